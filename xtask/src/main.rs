//! `cargo xtask …`: sets up what is missing, builds, and runs. Needs nothing but cargo to begin with.

mod build;
mod check;
mod mutate;
mod run;
mod tidy;
mod tool;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask demo [--once] [--records N] [--data DIR]   the main job: sandbox org, worker, import, badges in Chromium
cargo xtask test                                       all tests, set-up included
cargo xtask check                                      format, clippy, deny, tidy, types of the small JS
cargo xtask build                                      target/dist: chrome, firefox (unpacked and zipped), worker for wrangler
cargo xtask serve [--port P] [--state DIR] [--salesforce URL]   the worker alone, embedded storage
cargo xtask restore FILE --server URL --setup-code CODE   a backup from the options page, into another server
cargo xtask read FILE.html --url URL                   what the reader makes of a saved page
cargo xtask sandbox [--port P] [--records N] [--seed S] [--data DIR]   the sandbox org alone
cargo xtask link RECORDS.csv SIGHTINGS.csv --kind person|company [--out FILE]   the matching engine on your own files
cargo xtask link --dedupe RECORDS.csv --kind person|company [--out FILE]        records that are the same person or company
cargo xtask simulate [--seeds N] [--from S] | --broken   thousands of days of imports with everything that can go wrong; or the
                                                       product broken on purpose, which the simulation must notice
cargo xtask learn                                      the shipped model, learnt anew from seeded worlds
cargo xtask bench import|increment|look-up|match|link|names|dedupe|page [--records N] [--alone]   a benchmark: a table, then one JSON line
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let rest = words.get(1..).unwrap_or(&[]);
    let done = match words.first().map(String::as_str) {
        Some("build") => build::all(),
        Some("check") => check::all(),
        Some("test") => run::test(rest),
        Some("sandbox") => run::house("sandbox", rest, &run::Needs::NOTHING),
        Some("serve") => run::house("serve", rest, &run::Needs::WORKER),
        Some("read") => run::house("read", rest, &run::Needs::EXTENSION),
        Some("demo") => run::house("demo", rest, &run::Needs::ALL),
        Some("learn") => run::house("learn", rest, &run::Needs::NOTHING),
        Some("restore") => run::house("restore", rest, &run::Needs::NOTHING),
        Some("simulate") if rest.first().is_some_and(|word| word == "--broken") => mutate::all(),
        Some("simulate") => run::house("simulate", rest, &run::Needs::NOTHING),
        Some("link") => run::house("link", rest, &run::Needs::NOTHING),
        Some("bench") if rest.first().is_some_and(|name| ["match", "link", "names", "dedupe"].contains(&name.as_str())) => {
            run::house("bench", rest, &run::Needs::PEERS)
        }
        Some("bench") if rest.first().is_some_and(|name| name == "import") => run::house("bench", rest, &run::Needs::WORKER_AND_CLIENT),
        Some("bench") if rest.first().is_some_and(|name| name == "increment") => run::house("bench", rest, &run::Needs::WORKER),
        Some("bench") => run::house("bench", rest, &run::Needs::ALL),
        _ => {
            print!("{HELP}");
            return if words.is_empty() || words[0] == "--help" { ExitCode::SUCCESS } else { ExitCode::from(2) };
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("xtask: {reason}");
            ExitCode::FAILURE
        }
    }
}

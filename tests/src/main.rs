//! The house's own programs, started by `cargo xtask`: sandbox, serve, demo, read, bench, link, simulate.

use inlay_tests::program::{bench, demo, learn, link, read, restore, sandbox, serve, simulate};
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let rest = words.get(1..).unwrap_or(&[]);
    let done = match words.first().map(String::as_str) {
        Some("sandbox") => sandbox::run(rest),
        Some("serve") => serve::run(rest),
        Some("demo") => demo::run(rest),
        Some("restore") => restore::run(rest),
        Some("read") => read::run(rest),
        Some("bench") => bench::run(rest),
        Some("learn") => learn::run(),
        Some("simulate") => simulate::run(rest),
        Some("link") => link::run(rest),
        _ => Err("use it through `cargo xtask`".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

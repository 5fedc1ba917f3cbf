//! `cargo xtask simulate --broken`: breaks the product on purpose, in a copy, and sees that the simulation notices.

use crate::tool::{Done, root};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Seeds that each broken product gets.
const SEEDS: &str = "400";

/// A way to break it: what it is, and (file, what stands there, what shall stand there).
type Mutant = (&'static str, &'static [(&'static str, &'static str, &'static str)]);

const MUTANTS: &[Mutant] = &[
    ("windows don't overlap", &[("core/src/import/plan.rs", "cursor.plus_seconds(-OVERLAP_SECONDS)", "cursor")]),
    ("Salesforce's clock is taken for true", &[("core/src/import/run.rs", "self.until.map(|until| until.min(self.started))", "self.until")]),
    (
        "what got no answer is sent again without a look",
        &[("core/src/outbox/item.rs", "self.go(now, State::Doubt, now.plus_seconds(LOOK_SECONDS));", "self.unwritten(now, now);")],
    ),
    (
        "one look is believed, however early",
        &[("core/src/outbox/item.rs", "if passed(doubt.ours, now) &&", "if passed(doubt.ours, doubt.ours.plus_seconds(DOUBT_SECONDS)) ||")],
    ),
    ("a new refresh token isn't stored", &[("core/src/workspace/connection.rs", "self.tokens = tokens;", "self.tokens.access = tokens.access;")]),
    (
        "the place is committed before its rows",
        &[
            ("core/src/import/page.rs", "#[derive(Default)]\npub struct Bite {", "#[derive(Clone, Default)]\npub struct Bite {"),
            ("core/src/workspace/mod.rs", "page_counts: Counts,", "page_counts: Counts,\n    held: Vec<crate::import::page::Bite>,"),
            ("core/src/workspace/mod.rs", "page_counts: Counts::default(),", "page_counts: Counts::default(),\n            held: Vec::new(),"),
            (
                "core/src/workspace/reading.rs",
                "let counts = self.store(now, &run, bite)?;",
                "let counts = Counts { received: bite.received(), stored: bite.received(), ..Counts::default() };\n            self.held.push(bite.clone());",
            ),
            (
                "core/src/workspace/reading.rs",
                "counts += self.store(now, run, &ended.bite)?;",
                "for bite in std::mem::take(&mut self.held) {\n            self.store(now, run, &bite)?;\n        }\n        counts += self.store(now, run, &ended.bite)?;",
            ),
        ],
    ),
    (
        "rows change along with what the index has of them",
        &[
            ("core/src/workspace/home.rs", "self.ask(amends.collect())?;", ""),
            ("core/src/workspace/home.rs", "self.ask(removes.chain(puts).collect())", "self.ask(amends.chain(removes).chain(puts).collect())"),
        ],
    ),
    ("a purge leaves shards to their fate", &[("core/src/workspace/purge.rs", "home.erase()?;", "")]),
];

/// Every broken product must fail.
pub(crate) fn all() -> Done {
    let copy = root().join("target/mutant");
    for (name, changes) in MUTANTS {
        let _ = fs::remove_dir_all(&copy);
        for part in ["core", "extension", "tests", "worker", "xtask", ".cargo", "Cargo.toml", "Cargo.lock", "manifest.json"] {
            copy_all(&root().join(part), &copy.join(part))?;
        }
        for (file, before, after) in *changes {
            let path = copy.join(file);
            let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
            if text.matches(before).count() != 1 {
                return Err(format!("{name}: {file} has not one `{before}`; the mutant must follow the code"));
            }
            fs::write(&path, text.replace(before, after)).map_err(|error| error.to_string())?;
        }
        let words = ["run", "--quiet", "--profile", "native", "--package", "inlay-tests", "--bin", "house", "--", "simulate", "--seeds", SEEDS];
        let lived = Command::new("cargo").current_dir(&copy).env("CARGO_TARGET_DIR", root().join("target/mutants")).args(words).output();
        let lived = lived.map_err(|error| error.to_string())?;
        let told = String::from_utf8_lossy(&lived.stdout);
        let first = told.lines().find(|line| line.starts_with("seed "));
        match first {
            Some(line) if !lived.status.success() => println!("{name}: noticed. {}", line.chars().take(150).collect::<String>()),
            _ => {
                let said = String::from_utf8_lossy(&lived.stderr);
                let what = if said.contains("could not compile") { "doesn't compile".into() } else { format!("not noticed in {SEEDS} seeds") };
                return Err(format!("{name}: {what}\n{said}"));
            }
        }
    }
    Ok(())
}

fn copy_all(from: &Path, to: &Path) -> Done {
    let words = |error: std::io::Error| format!("{}: {error}", from.display());
    if from.is_file() {
        fs::create_dir_all(to.parent().unwrap_or(to)).map_err(words)?;
        return fs::copy(from, to).map(|_| ()).map_err(words);
    }
    if from.is_dir() {
        for entry in fs::read_dir(from).map_err(words)?.flatten() {
            if entry.file_name() != "target" && entry.file_name() != "node_modules" {
                copy_all(&entry.path(), &to.join(entry.file_name()))?;
            }
        }
    }
    Ok(())
}

//! Runs the house's own programs and tests, with everything they need in place.

use crate::build;
use crate::tool::{Done, chromium, node_modules, python, root};
use std::process::Command;

/// What a program needs before it can run.
pub(crate) struct Needs {
    worker: bool,
    extension: bool,
}

impl Needs {
    /// Native code only.
    pub(crate) const NOTHING: Self = Self { worker: false, extension: false };
    /// The worker under workerd.
    pub(crate) const WORKER: Self = Self { worker: true, extension: false };
    /// The extension in Chromium.
    pub(crate) const EXTENSION: Self = Self { worker: false, extension: true };
    /// Both.
    pub(crate) const ALL: Self = Self { worker: true, extension: true };
}

/// Runs a program of the house: `tests/src/main.rs`.
pub(crate) fn house(program: &str, words: &[String], needs: &Needs) -> Done {
    let environment = prepare(needs)?;
    let mut command = Command::new("cargo");
    command
        .current_dir(root())
        .args(["run", "--quiet", "--profile", "native", "--package", "inlay-tests", "--bin", "house", "--", program])
        .args(words)
        .envs(environment);
    finish(&mut command, program)
}

/// All tests: native, through workerd, in Chromium, with clients nobody here wrote.
pub(crate) fn test(words: &[String]) -> Done {
    let mut environment = prepare(&Needs::ALL)?;
    environment.push(("INLAY_PYTHON", python()?.into_os_string()));
    let mut command = Command::new("cargo");
    command.current_dir(root()).args(["test", "--workspace", "--exclude", "inlay-worker"]).args(words).envs(environment);
    finish(&mut command, "test")?;
    Ok(())
}

fn prepare(needs: &Needs) -> Done<Vec<(&'static str, std::ffi::OsString)>> {
    let mut environment = Vec::new();
    if needs.worker || needs.extension {
        environment.push(("INLAY_NODE_MODULES", node_modules()?.into_os_string()));
    }
    if needs.worker {
        build::worker()?;
    }
    if needs.extension {
        build::extension()?;
        environment.push(("INLAY_CHROMIUM", chromium()?.into_os_string()));
    }
    Ok(environment)
}

fn finish(command: &mut Command, what: &str) -> Done {
    let status = command.status().map_err(|error| format!("{what}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{what} failed")) }
}

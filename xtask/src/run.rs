//! Runs the house's own programs and tests, with everything they need in place.

use crate::build;
use crate::tool::{Done, Python, chromium, node_modules, root};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// What a program needs before it can run.
pub(crate) struct Needs {
    worker: bool,
    extension: bool,
    peers: bool,
    client: bool,
}

impl Needs {
    /// Native code only.
    pub(crate) const NOTHING: Self = Self { worker: false, extension: false, peers: false, client: false };
    /// The worker under workerd.
    pub(crate) const WORKER: Self = Self { worker: true, extension: false, peers: false, client: false };
    /// The extension in Chromium.
    pub(crate) const EXTENSION: Self = Self { worker: false, extension: true, peers: false, client: false };
    /// Both.
    pub(crate) const ALL: Self = Self { worker: true, extension: true, peers: false, client: false };
    /// The worker, and a client nobody here wrote.
    pub(crate) const WORKER_AND_CLIENT: Self = Self { worker: true, extension: false, peers: false, client: true };
    /// The peers that benchmarks compare with; native code besides.
    pub(crate) const PEERS: Self = Self { worker: false, extension: false, peers: true, client: false };
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
    environment.push(("INLAY_PYTHON", Python::CLIENT.ready()?.into_os_string()));
    let mut command = Command::new("cargo");
    command.current_dir(root()).args(["test", "--workspace", "--exclude", "inlay-worker", "--no-fail-fast"]).args(words).envs(environment);
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| format!("test: {error}"))?;
    let (mut passed, mut failed) = (0, 0);
    for line in BufReader::new(child.stdout.take().expect("it is piped")).lines().map_while(Result::ok) {
        println!("{line}");
        passed += count_before(&line, " passed");
        failed += count_before(&line, " failed");
    }
    let status = child.wait().map_err(|error| format!("test: {error}"))?;
    println!("{passed} passed, {failed} failed");
    if status.success() && failed == 0 { Ok(()) } else { Err("test failed".into()) }
}

/// The number before a word in a closing line of cargo's, `test result: ok. 4 passed; 0 failed; …`; 0 in other lines.
fn count_before(line: &str, word: &str) -> u32 {
    let counts = line.strip_prefix("test result: ").unwrap_or("");
    counts
        .split(word)
        .next()
        .filter(|head| head.len() < counts.len())
        .and_then(|head| head.rsplit(' ').next())
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
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
    if needs.client {
        environment.push(("INLAY_PYTHON", Python::CLIENT.ready()?.into_os_string()));
    }
    if needs.peers {
        environment.push(("INLAY_PEERS", Python::PEERS.ready()?.into_os_string()));
    }
    Ok(environment)
}

fn finish(command: &mut Command, what: &str) -> Done {
    let status = command.status().map_err(|error| format!("{what}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{what} failed")) }
}

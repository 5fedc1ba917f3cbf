//! `cargo xtask demo`: the main job on embedded defaults, in a real Chromium.

use super::sandbox::org;
use super::{Done, only};
use crate::house::{dist, node, root, scratch};
use crate::sandbox::server::Sandbox;
use crate::workerd::{Workerd, free_port};
use inlay_core::api::Status;
use inlay_core::model::object::Object;
use serde_json::{Map, Value, json};
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Runs a script of `tests/browser` with a JSON configuration on its standard input; gives the JSON of its last line.
pub fn browser(script: &str, config: &Value) -> Done<Value> {
    let failed = |error: std::io::Error| format!("{script}: {error}");
    let mut command = Command::new(node());
    command.arg(root().join("tests/browser").join(script)).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut child = command.spawn().map_err(failed)?;
    child.stdin.take().map_or(Ok(()), |mut input| input.write_all(config.to_string().as_bytes())).map_err(failed)?;
    let output = child.wait_with_output().map_err(failed)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().unwrap_or("");
    if !output.status.success() {
        return Err(format!("{script} failed: {text}"));
    }
    serde_json::from_str(last).map_err(|error| format!("{script}: {error}: {text}"))
}

/// What the browser needs to connect.
pub fn connection(sandbox: &Sandbox, workerd: &Workerd) -> Value {
    json!({
        "sandbox": sandbox.url, "server": workerd.url, "setup_code": workerd.setup_code, "host": sandbox.url, "client_id": sandbox.client_id,
        "client_secret": sandbox.client_secret, "extension": dist("chrome"), "root": root(),
    })
}

/// Runs the demo.
pub fn run(words: &[String]) -> Done {
    only(words, &["--records", "--data", "--seed"], &["--once"])?;
    let once = words.iter().any(|word| word == "--once");
    let begun = Instant::now();
    let sandbox = Sandbox::start(org(words, 2000)?, 0);
    eprintln!("  the sandbox org, a Salesforce look-alike, is at {}", sandbox.url);
    let workerd = Workerd::start(&scratch("demo"), free_port(), &sandbox.url);
    eprintln!("  the worker runs under workerd at {}, its data in {}", workerd.url, workerd.state.display());
    let mut config = connection(&sandbox, &workerd);
    config["once"] = once.into();
    config["shots"] = json!(root().join("target/demo"));
    let mut result = browser("demo.mjs", &config)?;
    let session = workerd.sign_in(1).map_err(|problem| problem.message)?;
    let status: Status = workerd.status(&session.token);
    let run = status.run.ok_or("no import ran")?;
    let mut imported = Map::new();
    for tally in &run.tallies {
        let visible = sandbox.org.read().expect("no panic holds it").visible(tally.object.name());
        if tally.received != visible {
            return Err(format!("{}: {} imported, the org has {visible}", tally.object.name(), tally.received));
        }
        imported.insert(tally.object.name().to_owned(), tally.received.into());
    }
    let rejected: u64 = run.tallies.iter().map(|tally| tally.rejected).sum();
    let total: u64 = run.tallies.iter().map(|tally| tally.received).sum();
    eprintln!("\n  All {} objects were imported, {total} rows, and every count is the org's own.", Object::ALL.len());
    eprintln!(
        "  On the sample pages {} of {} people and companies in the CRM got the right badge; {} sure badges were wrong.",
        result["badged"], result["in_crm"], result["wrong_sure"]
    );
    eprintln!("  Screenshots: {}", root().join("target/demo").display());
    for miss in result["misses"].as_array().into_iter().flatten() {
        eprintln!("    without the right badge: {}", miss.as_str().unwrap_or(""));
    }
    result["imported"] = imported.into();
    result["rejected"] = rejected.into();
    result["seconds"] = json!(begun.elapsed().as_secs_f64());
    println!("{result}");
    Ok(())
}

//! Clients nobody here wrote work with the sandbox org unchanged: jsforce (npm) and simple-salesforce (PyPI).

use inlay_tests::house::{node, root};
use inlay_tests::sandbox::org::Org;
use inlay_tests::sandbox::server::Sandbox;
use inlay_tests::sandbox::world::World;
use serde_json::json;
use std::process::Command;

const CONTACTS: u64 = 2500;

fn tell(mut command: Command) {
    let sandbox = Sandbox::start(Org::generated(World { seed: 2, contacts: CONTACTS }), 0);
    let config = json!({ "url": sandbox.url, "client_id": sandbox.client_id, "client_secret": sandbox.client_secret, "contacts": CONTACTS });
    let output = command.arg(config.to_string()).output().expect("the client's program starts");
    assert!(output.status.success(), "{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
}

#[test]
fn jsforce_tells_its_story() {
    let mut command = Command::new(node());
    command.arg(root().join("tests/clients/jsforce.mjs"));
    tell(command);
}

#[test]
fn simple_salesforce_tells_its_story() {
    let python = std::env::var_os("INLAY_PYTHON").expect("INLAY_PYTHON isn't set; run this through `cargo xtask test`");
    let mut command = Command::new(python);
    command.arg(root().join("tests/clients/simple_salesforce_story.py"));
    tell(command);
}

//! Browser runs: the real extension in Chromium, the real worker under workerd, the sandbox org. Run by `cargo xtask test`.

use inlay_tests::house::{root, scratch};
use inlay_tests::program::demo::{browser, connection};
use inlay_tests::sandbox::org::Org;
use inlay_tests::sandbox::server::Sandbox;
use inlay_tests::sandbox::world::World;
use inlay_tests::workerd::{Workerd, free_port};
use serde_json::json;

#[test]
fn stories_of_reading() {
    tell("story.mjs", 24);
}

#[test]
fn stories_of_writing() {
    tell("writing.mjs", 14);
}

/// Tells a script's stories, of which there must be so many, on an org with somebody to read about.
fn tell(script: &str, least: usize) {
    let mut org = Org::generated(World { seed: 4, contacts: 300 });
    let now = 1_793_491_200;
    let account = org.create(
        "Account",
        &[
            ("Name", "Northwind Instruments Ltd"),
            ("Website", "https://northwind-instruments.example"),
            ("BillingCity", "Leeds"),
            ("BillingCountry", "United Kingdom"),
        ],
        now,
    );
    let owner = World::id("005", 1);
    org.create(
        "Contact",
        &[
            ("FirstName", "Dana"),
            ("LastName", "Okafor"),
            ("Title", "VP Operations"),
            ("AccountId", &account),
            ("MailingCity", "Leeds"),
            ("MailingCountry", "United Kingdom"),
            ("Email", "dana@northwind-instruments.example"),
            ("OwnerId", &owner),
        ],
        now,
    );
    let other = org.create("Contact", &[("FirstName", "Quill"), ("LastName", "Vantongeren"), ("AccountId", &account), ("OwnerId", &owner)], now);
    let sandbox = Sandbox::start(org, 0);
    let workerd = Workerd::start(&scratch(script), free_port(), &sandbox.url);
    let mut config = connection(&sandbox, &workerd);
    config["other"] = json!(other);
    config["shots"] = json!(root().join("target/shots"));
    let results = browser(script, &config).expect("the script ends");
    let told = results.as_object().expect("results by name");
    let failed: Vec<String> =
        told.iter().filter(|(_, result)| *result != "ok").map(|(name, result)| format!("{name}: {}", result.as_str().unwrap_or(""))).collect();
    assert!(failed.is_empty(), "\n{}", failed.join("\n\n"));
    assert!(told.len() >= least, "all stories were told, not only {:?}", told.keys());
}

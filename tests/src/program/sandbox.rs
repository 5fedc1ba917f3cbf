//! `cargo xtask sandbox`: the sandbox org alone.

use super::{Done, number, only, option};
use crate::sandbox::load;
use crate::sandbox::object::user_name;
use crate::sandbox::org::Org;
use crate::sandbox::server::Sandbox;
use crate::sandbox::world::World;
use std::path::Path;
use std::sync::Arc;

/// An org as the words say: generated, or loaded from a folder of CSV files.
pub fn org(words: &[String], records: u64) -> Done<Org> {
    let world = World { seed: number(words, "--seed", 1)?, contacts: number(words, "--records", records)? };
    let mut org = Org::generated(world);
    if let Some(folder) = option(words, "--data") {
        for loaded in load::folder(&mut org, Path::new(&folder)).map_err(|error| error.to_string())? {
            let unknown = if loaded.unknown.is_empty() { String::new() } else { format!(" (left out, unknown to the sandbox: {})", loaded.unknown.join(", ")) };
            eprintln!("  {}: {} rows{unknown}", loaded.object, loaded.rows);
        }
    }
    Ok(org)
}

/// Prints what a client needs to know.
pub fn introduce(sandbox: &Sandbox) {
    println!("address          {}", sandbox.url);
    println!("API version      {}", inlay_core::salesforce::API_VERSION);
    println!("client id        {}", sandbox.client_id);
    println!("client secret    {}", sandbox.client_secret);
    println!("redirect address any http://127.0.0.1, http://localhost or https address");
    for user in 0..4 {
        println!("user             {} (no password: choose it on the consent page; client credentials run as the first)", user_name(user));
    }
    println!("faults           curl -X PATCH {}/sandbox/faults -H 'content-type: application/json' -d '{{\"next_expired\":1}}'", sandbox.url);
    println!("counts           {}/sandbox/counts", sandbox.url);
}

/// Runs until it is ended.
pub fn run(words: &[String]) -> Done {
    only(words, &["--port", "--records", "--seed", "--data"], &[])?;
    let sandbox: Arc<Sandbox> = Sandbox::start(org(words, 1000)?, number(words, "--port", 8600)?);
    introduce(&sandbox);
    loop {
        std::thread::park();
    }
}

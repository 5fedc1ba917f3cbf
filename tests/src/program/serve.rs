//! `cargo xtask serve`: the worker alone under workerd, with embedded storage: how someone self-hosts on one machine.

use super::{Done, number, only, option};
use crate::house::root;
use crate::workerd::Workerd;
use std::path::PathBuf;

/// Runs until it is ended.
pub fn run(words: &[String]) -> Done {
    only(words, &["--port", "--state", "--salesforce"], &[])?;
    let state = option(words, "--state").map_or_else(|| root().join(".state"), PathBuf::from);
    let mut workerd = Workerd::start(&state, number(words, "--port", 8700)?, &option(words, "--salesforce").unwrap_or_default());
    println!("server address   {}", workerd.url);
    println!("callback address {}/salesforce/callback", workerd.url);
    println!("set-up code      {}", workerd.setup_code);
    println!("storage          {} (keep inlay.key and a copy of data/ together in your backups)", state.display());
    println!("log              {}", state.join("workerd.log").display());
    workerd.wait();
    Err("workerd has ended; see the log".into())
}

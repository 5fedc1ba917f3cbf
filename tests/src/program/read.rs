//! `cargo xtask read`: what the reader makes of a saved page, for authors of selector packs.

use super::demo::browser;
use super::{Done, only, option};
use crate::house::{dist, root};
use serde_json::json;

/// Reads one page and prints JSON.
pub fn run(words: &[String]) -> Done {
    only(words, &["--url"], &[])?;
    let file = words
        .iter()
        .find(|word| !word.starts_with("--") && option(words, "--url").as_ref() != Some(word))
        .ok_or("which file? cargo xtask read FILE.html --url URL")?;
    let url = option(words, "--url").ok_or("which address does the page stand for? --url URL")?;
    let file = std::fs::canonicalize(file).map_err(|error| format!("{file}: {error}"))?;
    let result = browser("read.mjs", &json!({ "file": file, "url": url, "extension": dist("chrome"), "root": root() }))?;
    println!("{}", serde_json::to_string_pretty(&result).map_err(|error| error.to_string())?);
    Ok(())
}

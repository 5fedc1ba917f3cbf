//! House rules that no tool knows: file heads and lengths, core's dependencies, what may name `chrome.*`, permissions, locales.

use crate::tool::{Done, root};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Longest Rust file. The house aims at 250 lines and splits at 400; tables and the sandbox's routes are long by nature.
const LONGEST: usize = 620;
/// What core may depend on: no clock, no randomness, no network, no JavaScript.
const CORE_MAY: &[&str] = &[
    "base64",
    "blake3",
    "chacha20poly1305",
    "csv-core",
    "deunicode",
    "psl",
    "rapidfuzz",
    "serde",
    "serde_json",
    "sha2",
    "siphasher",
    "thiserror",
    "time",
    "unicode-normalization",
    "zip",
];
/// Words that would bring time, chance or the outside world into core.
const CORE_NEVER: &[&str] = &["std::time", "SystemTime", "Instant::now", "std::env::var", "std::fs::", "std::thread", "std::net", "wasm_bindgen", "js_sys"];

/// All rules.
pub(crate) fn all() -> Done {
    let mut broken = Vec::new();
    for file in files(&root(), "rs") {
        let text = std::fs::read_to_string(&file).map_err(|error| error.to_string())?;
        let name = file.strip_prefix(root()).unwrap_or(&file).display().to_string();
        if !text.starts_with("//!") {
            broken.push(format!("{name}: a file begins with `//!`: what it does, and what it leaves to whom"));
        }
        if text.lines().count() > LONGEST {
            broken.push(format!("{name}: over {LONGEST} lines; split it by noun"));
        }
        let production = text.split("#[cfg(test)]").next().unwrap_or("");
        if name.starts_with("core/") {
            broken.extend(CORE_NEVER.iter().filter(|word| production.contains(**word)).map(|word| format!("{name}: core knows no `{word}`")));
        }
        if !name.starts_with("tests/") && !name.starts_with("xtask/") && production.contains(".unwrap()") {
            broken.push(format!("{name}: no unwrap in production"));
        }
        if name.starts_with("extension/") && !name.ends_with("chrome.rs") && production.contains("js_namespace = [\"chrome\"") {
            broken.push(format!("{name}: only chrome.rs names chrome.*"));
        }
    }
    broken.extend(core_dependencies()?);
    broken.extend(manifest()?);
    broken.extend(locales()?);
    if broken.is_empty() {
        return Ok(());
    }
    Err(format!("tidy:\n  {}", broken.join("\n  ")))
}

fn core_dependencies() -> Done<Vec<String>> {
    let manifest = std::fs::read_to_string(root().join("core/Cargo.toml")).map_err(|error| error.to_string())?;
    let section = manifest.split("[dependencies]").nth(1).and_then(|rest| rest.split("\n[").next()).unwrap_or("");
    let names = section.lines().filter_map(|line| line.split(['.', ' ', '=']).next()).filter(|name| !name.is_empty() && !name.starts_with('#'));
    Ok(names.filter(|name| !CORE_MAY.contains(name)).map(|name| format!("core/Cargo.toml: `{name}` isn't on core's list in xtask/src/tidy.rs")).collect())
}

/// README names every permission, and nothing is web-accessible.
fn manifest() -> Done<Vec<String>> {
    let read = |file: &str| std::fs::read_to_string(root().join(file)).map_err(|error| format!("{file}: {error}"));
    let (manifest, readme) = (read("manifest.json")?, read("README.md")?);
    let mut broken = Vec::new();
    let list = manifest.split("\"permissions\":").nth(1).and_then(|rest| rest.split(']').next()).unwrap_or("");
    for permission in list.split('"').filter(|word| word.chars().all(|letter| letter.is_ascii_alphabetic()) && !word.is_empty()) {
        if !readme.contains(&format!("`{permission}`")) {
            broken.push(format!("README.md doesn't explain the permission `{permission}`"));
        }
    }
    for word in ["web_accessible_resources", "externally_connectable", "<all_urls>", "unsafe-eval'\"", "\"tabs\""] {
        if manifest.contains(word) {
            broken.push(format!("manifest.json: `{word}` is not for Inlay"));
        }
    }
    Ok(broken)
}

/// Every language has the same messages.
fn locales() -> Done<Vec<String>> {
    let folder = root().join("extension/static/_locales");
    let keys = |language: &str| -> Done<BTreeSet<String>> {
        let text = std::fs::read_to_string(folder.join(language).join("messages.json")).map_err(|error| format!("{language}: {error}"))?;
        Ok(text.lines().filter_map(|line| line.trim().strip_prefix('"')).filter_map(|line| line.split_once("\": {")).map(|(key, _)| key.to_owned()).collect())
    };
    let english = keys("en")?;
    let mut broken = Vec::new();
    for language in ["it", "pt", "nl", "es"] {
        let other = keys(language)?;
        broken.extend(english.symmetric_difference(&other).map(|key| format!("_locales/{language}: `{key}` isn't in both languages")));
    }
    if english.len() < 50 {
        broken.push("_locales/en: fewer than 50 messages were found; the file must have one message a line".into());
    }
    Ok(broken)
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let is_ours = !matches!(name.to_str(), Some("target" | "node_modules" | ".git" | "build"));
        if path.is_dir() && is_ours {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|extension| extension == ending) && (is_ours || path.is_file()) {
            found.push(path);
        }
    }
    found.sort();
    found
}

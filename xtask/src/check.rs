//! `cargo xtask check`: format, clippy (native and wasm32), deny, tidy, types of the small JS.

use crate::tidy;
use crate::tool::{Done, WasmCargo, cargo_deny, node_modules, root, step};
use std::process::Command;

/// All checks; the first that fails ends it.
pub(crate) fn all() -> Done {
    let cargo = |words: &[&str]| {
        let mut command = Command::new("cargo");
        command.current_dir(root()).args(words);
        command
    };
    step("format", &mut cargo(&["fmt", "--all", "--check"]))?;
    tidy::all()?;
    step("clippy, native", &mut cargo(&["clippy", "--quiet", "--workspace", "--exclude", "inlay-worker", "--all-targets", "--", "-D", "warnings"]))?;
    let wasm = WasmCargo::find()?;
    step(
        "clippy, wasm32",
        wasm.cargo().args(["clippy", "--quiet", "--target", "wasm32-unknown-unknown", "-p", "inlay-worker", "-p", "inlay-extension", "--", "-D", "warnings"]),
    )?;
    step("deny", Command::new(cargo_deny()?).current_dir(root()).args(["--log-level", "error", "check", "bans", "licenses", "sources"]))?;
    step("types of the small JS", Command::new(node_modules()?.join(".bin/tsc")).current_dir(root()).args(["--project", "extension/jsconfig.json"]))?;
    eprintln!("all checks passed");
    Ok(())
}

//! Builds `target/dist`: the worker ready for wrangler, the extension for Chrome and Firefox.

use crate::tool::{Done, WasmCargo, node_modules, root, step, wasm_bindgen, worker_build};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Everything, with zips.
pub(crate) fn all() -> Done {
    worker()?;
    extension()?;
    for browser in ["chrome", "firefox"] {
        zip(&dist(browser), &dist(&format!("inlay-{browser}.zip")))?;
    }
    eprintln!("built: target/dist/chrome, target/dist/firefox, both zipped, and target/dist/worker (wrangler deploy)");
    Ok(())
}

/// Where a part lies when built.
pub(crate) fn dist(name: &str) -> PathBuf {
    root().join("target/dist").join(name)
}

/// `target/dist/worker`.
pub(crate) fn worker() -> Done {
    let (wasm, modules) = (WasmCargo::find()?, node_modules()?);
    let (bindgen, tool) = (wasm_bindgen()?, worker_build()?);
    let mut command = Command::new(tool);
    wasm.prepare(&mut command);
    command.current_dir(root().join("worker")).env("WASM_BINDGEN_BIN", bindgen);
    command.env("ESBUILD_BIN", modules.join(".bin/esbuild")).env("WASM_OPT_BIN", modules.join(".bin/wasm-opt"));
    command.args(["--release", "--no-opt"]);
    step("building the worker", &mut command)?;
    let to = dist("worker");
    std::fs::create_dir_all(&to).map_err(|error| error.to_string())?;
    for file in ["index.js", "index_bg.wasm"] {
        copy(&root().join("worker/build").join(file), &to.join(file))?;
    }
    copy(&root().join("worker/wrangler.toml"), &to.join("wrangler.toml"))
}

/// `target/dist/chrome` and `target/dist/firefox`.
pub(crate) fn extension() -> Done {
    let (wasm, modules, bindgen) = (WasmCargo::find()?, node_modules()?, wasm_bindgen()?);
    step("building the extension", wasm.cargo().args(["build", "-q", "--profile", "small", "--target", "wasm32-unknown-unknown", "-p", "inlay-extension"]))?;
    let made = root().join("target/wasm/extension");
    let module = root().join("target/wasm/wasm32-unknown-unknown/small/inlay_extension.wasm");
    step("wasm-bindgen", Command::new(bindgen).args(["--target", "web", "--no-typescript", "--out-name", "inlay", "--out-dir"]).arg(&made).arg(module))?;
    let wasm_file = made.join("inlay_bg.wasm");
    let mut optimise = Command::new(modules.join(".bin/wasm-opt"));
    optimise.args([
        "-Oz",
        "--enable-bulk-memory",
        "--enable-reference-types",
        "--enable-sign-ext",
        "--enable-mutable-globals",
        "--enable-nontrapping-float-to-int",
        "--enable-multivalue",
        "--strip-debug",
        "--strip-producers",
    ]);
    step("wasm-opt", optimise.arg(&wasm_file).arg("-o").arg(made.join("inlay_small.wasm")))?;
    for browser in ["chrome", "firefox"] {
        let to = dist(browser);
        let _ = std::fs::remove_dir_all(&to);
        copy_folder(&root().join("extension/static"), &to)?;
        copy(&made.join("inlay_small.wasm"), &to.join("inlay_bg.wasm"))?;
        copy(&made.join("inlay.js"), &to.join("inlay.js"))?;
        let manifest = std::fs::read_to_string(root().join("manifest.json")).map_err(|error| format!("manifest.json: {error}"))?;
        std::fs::write(to.join("manifest.json"), if browser == "firefox" { for_firefox(&manifest) } else { manifest }).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Firefox wants no key and no minimum Chrome version, and calls the side panel a sidebar; the rest of the one manifest serves both.
fn for_firefox(manifest: &str) -> String {
    manifest
        .lines()
        .filter(|line| !line.trim_start().starts_with("\"key\"") && !line.trim_start().starts_with("\"minimum_chrome_version\""))
        .collect::<Vec<_>>()
        .join("\n")
        .replace(
            "\"side_panel\": { \"default_path\": \"panel.html\" }",
            "\"sidebar_action\": { \"default_panel\": \"panel.html\", \"default_title\": \"Inlay\" }",
        )
        .replace(", \"sidePanel\"", "")
}

fn copy(from: &Path, to: &Path) -> Done {
    std::fs::copy(from, to).map(|_| ()).map_err(|error| format!("{}: {error}", from.display()))
}

fn copy_folder(from: &Path, to: &Path) -> Done {
    std::fs::create_dir_all(to).map_err(|error| error.to_string())?;
    for entry in std::fs::read_dir(from).map_err(|error| format!("{}: {error}", from.display()))?.flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() { copy_folder(&entry.path(), &target)? } else { copy(&entry.path(), &target)? }
    }
    Ok(())
}

/// Zips a folder with Python's standard library, which every machine of ours has.
fn zip(folder: &Path, file: &Path) -> Done {
    let _ = std::fs::remove_file(file);
    let script = "import shutil,sys; shutil.make_archive(sys.argv[2][:-4],'zip',sys.argv[1])";
    step("zip", Command::new("python3").arg("-c").arg(script).arg(folder).arg(file))
}

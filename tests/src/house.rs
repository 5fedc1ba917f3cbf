//! Where things lie: the repository, what `cargo xtask` built, the tools it fetched.

use std::path::{Path, PathBuf};

/// The repository's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the repository").to_owned()
}

/// What was built: `chrome`, `firefox`, `worker`.
pub fn dist(name: &str) -> PathBuf {
    let path = root().join("target/dist").join(name);
    assert!(path.exists(), "{} isn't built; run this through `cargo xtask`", path.display());
    path
}

/// npm's modules, fetched by `cargo xtask` into its cache.
pub fn node_modules() -> PathBuf {
    let path = std::env::var_os("INLAY_NODE_MODULES").map(PathBuf::from);
    path.filter(|path| path.exists()).expect("INLAY_NODE_MODULES isn't set; run this through `cargo xtask`")
}

/// Node 22.
pub fn node() -> PathBuf {
    node_modules().join(".bin/node")
}

/// A fresh folder for one run, under `target/`.
pub fn scratch(name: &str) -> PathBuf {
    let path = root().join("target/scratch").join(format!("{name}-{}-{}", std::process::id(), nanos()));
    std::fs::create_dir_all(&path).expect("target/ can be written");
    path
}

fn nanos() -> u128 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_nanos() % 1_000_000_000)
}

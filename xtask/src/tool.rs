//! Tools: finds or fetches each, once a machine, outside the clone. What is missing and can't be fetched is one line: what, why, how.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// The wasm-bindgen that `Cargo.lock` has; its command-line tool must be the same.
const WASM_BINDGEN: &str = "0.2.130";
const WORKER_BUILD: &str = "0.8.7";

/// What went wrong, in one line that says what to do.
pub(crate) type Done<T = ()> = Result<T, String>;

/// The repository's folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask/ lies in the repository").to_owned()
}

/// Where tools are kept: `~/.cache/inlay`, or `INLAY_CACHE`.
pub(crate) fn cache() -> PathBuf {
    let home = std::env::var_os("HOME").map_or_else(|| PathBuf::from("/tmp"), PathBuf::from);
    std::env::var_os("INLAY_CACHE").map_or_else(|| home.join(".cache/inlay"), PathBuf::from)
}

/// Says what is being done, does it, says how long it took. Output is shown only if it fails.
pub(crate) fn step(what: &str, command: &mut Command) -> Done {
    eprint!("  {what} …");
    let begun = Instant::now();
    let output =
        command.stdin(Stdio::null()).output().map_err(|error| format!("{what}: {} can't be started: {error}", command.get_program().to_string_lossy()))?;
    eprintln!(" {:.0} s", begun.elapsed().as_secs_f32());
    if output.status.success() {
        return Ok(());
    }
    eprintln!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Err(format!("{what} failed"))
}

fn succeeds(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// How Wasm is compiled on this machine.
pub(crate) struct WasmCargo {
    debian: bool,
}

impl WasmCargo {
    /// Finds a compiler with a wasm32 standard library: rustup's, or Debian's with std built once (`facts/edge.md` 1a).
    pub(crate) fn find() -> Done<Self> {
        let installed = Command::new("rustup")
            .args(["target", "list", "--installed"])
            .output()
            .map(|output| String::from_utf8_lossy(&output.stdout).contains("wasm32-unknown-unknown"));
        if installed.unwrap_or(false) {
            return Ok(Self { debian: false });
        }
        if debian_std().is_some() {
            return Ok(Self { debian: true });
        }
        eprintln!("  the wasm32 target is missing; asking rustup for it …");
        if succeeds(Command::new("timeout").args(["60", "rustup", "target", "add", "wasm32-unknown-unknown"])) {
            return Ok(Self { debian: false });
        }
        debian_packages(&["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy", "lld-19"], "to compile Wasm where rustup's server can't be reached")?;
        build_std()?;
        Ok(Self { debian: true })
    }

    /// `cargo` for wasm32, with its own target folder.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = Command::new(if self.debian { "/usr/bin/cargo" } else { "cargo" });
        self.prepare(&mut command);
        command
    }

    /// Sets the environment in which a tool finds this compiler.
    pub(crate) fn prepare(&self, command: &mut Command) {
        command.current_dir(root()).env("CARGO_TARGET_DIR", root().join("target/wasm"));
        // Set by the outer cargo for xtask itself; the inner one must choose anew.
        command.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
        if self.debian {
            let path = std::env::var("PATH").unwrap_or_default();
            command.env("PATH", format!("/usr/bin:{path}")).env("RUSTC", "/usr/bin/rustc").env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld-19");
        }
    }
}

fn debian_std() -> Option<PathBuf> {
    let output = Command::new("/usr/bin/rustc").args(["--target", "wasm32-unknown-unknown", "--print", "target-libdir"]).output().ok()?;
    let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    let has_std = std::fs::read_dir(&folder).ok()?.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"));
    has_std.then_some(folder)
}

/// Builds the standard library for wasm32 once and lays it where Debian's compiler looks.
fn build_std() -> Done {
    let folder = cache().join("std");
    std::fs::create_dir_all(folder.join("src")).map_err(|error| error.to_string())?;
    std::fs::write(folder.join("src/lib.rs"), "").map_err(|error| error.to_string())?;
    std::fs::write(folder.join("Cargo.toml"), "[package]\nname = \"empty\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[workspace]\n")
        .map_err(|error| error.to_string())?;
    let mut command = Command::new("/usr/bin/cargo");
    command
        .current_dir(&folder)
        .env_remove("RUSTUP_TOOLCHAIN")
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-Cembed-bitcode=yes -Clinker=wasm-ld-19");
    command.args(["build", "-q", "--release", "--target", "wasm32-unknown-unknown", "-Z", "build-std=std,panic_abort"]);
    step("building the standard library for wasm32, once", &mut command)?;
    let output =
        Command::new("/usr/bin/rustc").args(["--target", "wasm32-unknown-unknown", "--print", "target-libdir"]).output().map_err(|error| error.to_string())?;
    let library = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    std::fs::create_dir_all(&library).map_err(|error| format!("{}: {error}; run this once as root", library.display()))?;
    let built = folder.join("target/wasm32-unknown-unknown/release/deps");
    for entry in std::fs::read_dir(built).map_err(|error| error.to_string())?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().extension().is_some_and(|extension| extension == "rlib") && !name.starts_with("libempty") {
            std::fs::copy(entry.path(), library.join(&name)).map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

/// Installs Debian packages if this is Debian and we may.
fn debian_packages(packages: &[&str], why: &str) -> Done {
    let hint = format!("{} missing, needed {why}. Install: apt-get install {}", packages.join(", "), packages.join(" "));
    if !succeeds(Command::new("apt-get").arg("--version")) {
        return Err(hint);
    }
    step("apt-get update", Command::new("apt-get").args(["update", "-qq"])).map_err(|_| hint.clone())?;
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").args(["install", "-y", "-qq", "--no-install-recommends"]).args(packages);
    step(&format!("apt-get install {}", packages.join(" ")), &mut command).map_err(|_| hint)
}

/// A command-line tool from crates.io, in the cache.
fn crate_tool(name: &str, version: Option<&str>, binary: &str, minutes: &str) -> Done<PathBuf> {
    let path = cache().join("tools/bin").join(binary);
    let marker = cache().join("tools").join(format!("{binary}-{}", version.unwrap_or("any")));
    if path.exists() && (version.is_none() || marker.exists() || is_version(&path, version.unwrap_or(""))) {
        return Ok(path);
    }
    let mut command = Command::new("cargo");
    command
        .env_remove("CARGO_TARGET_DIR")
        .args(["install", "--quiet", "--root"])
        .arg(cache().join("tools"))
        .arg(version.map_or_else(|| name.to_owned(), |version| format!("{name}@{version}")));
    step(&format!("cargo install {name}, once, about {minutes} minutes"), &mut command)?;
    std::fs::write(marker, "").map_err(|error| error.to_string())?;
    Ok(path)
}

fn is_version(path: &Path, version: &str) -> bool {
    Command::new(path).arg("--version").output().is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(version))
}

/// worker-build.
pub(crate) fn worker_build() -> Done<PathBuf> {
    crate_tool("worker-build", Some(WORKER_BUILD), "worker-build", "3")
}

/// The wasm-bindgen command line.
pub(crate) fn wasm_bindgen() -> Done<PathBuf> {
    crate_tool("wasm-bindgen-cli", Some(WASM_BINDGEN), "wasm-bindgen", "3")
}

/// cargo-deny.
pub(crate) fn cargo_deny() -> Done<PathBuf> {
    crate_tool("cargo-deny", None, "cargo-deny", "3")
}

/// npm's modules, in the cache, as `package-lock.json` pins them.
pub(crate) fn node_modules() -> Done<PathBuf> {
    let lock = std::fs::read_to_string(root().join("package-lock.json")).map_err(|error| format!("package-lock.json: {error}"))?;
    let folder = cache().join(format!("npm-{:016x}", hash(&lock)));
    let modules = folder.join("node_modules");
    if folder.join("complete").exists() {
        return Ok(modules);
    }
    if !succeeds(Command::new("npm").arg("--version")) {
        return Err("npm is missing, needed for workerd, the browser driver and esbuild. Install Node.js: https://nodejs.org or apt-get install npm".into());
    }
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    for file in ["package.json", "package-lock.json"] {
        std::fs::copy(root().join(file), folder.join(file)).map_err(|error| error.to_string())?;
    }
    // Not `npm ci`: it wants workerd's packages for other systems in the lock file, which npm itself leaves out.
    step("npm install", Command::new("npm").current_dir(&folder).args(["install", "--no-audit", "--no-fund", "--loglevel=error"]))?;
    std::fs::write(folder.join("complete"), "").map_err(|error| error.to_string())?;
    Ok(modules)
}

/// What Python is needed for: each has an environment of its own in the cache.
pub(crate) struct Python {
    folder: &'static str,
    packages: &'static [&'static str],
    purpose: &'static str,
}

impl Python {
    /// The client that tests run against the sandbox org.
    pub(crate) const CLIENT: Self =
        Self { folder: "python", packages: &["simple-salesforce==1.12.9"], purpose: "to run simple-salesforce against the sandbox org" };
    /// The peers that benchmarks run beside Inlay.
    pub(crate) const PEERS: Self = Self {
        folder: "peers",
        packages: &["splink==5.0.0", "pandas==3.1.1", "rapidfuzz==3.14.6", "scikit-learn==1.9.1"],
        purpose: "to run Splink, rapidfuzz and scikit-learn beside Inlay",
    };

    /// The interpreter, its packages installed.
    pub(crate) fn ready(&self) -> Done<PathBuf> {
        let folder = cache().join(self.folder);
        let python = folder.join("bin/python");
        let wanted = self.packages.join("\n");
        if std::fs::read_to_string(folder.join("complete")).is_ok_and(|installed| installed == wanted) {
            return Ok(python);
        }
        if !succeeds(Command::new("python3").args(["-m", "venv", "--help"])) {
            return Err(format!("python3 with venv is missing, needed {}. Install: apt-get install python3-venv", self.purpose));
        }
        step("python3 -m venv", Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        let install = format!("pip install {}", self.packages.join(" "));
        step(&install, Command::new(&python).args(["-m", "pip", "install", "-q"]).args(self.packages))?;
        std::fs::write(folder.join("complete"), wanted).map_err(|error| error.to_string())?;
        Ok(python)
    }
}

/// Chromium.
pub(crate) fn chromium() -> Done<PathBuf> {
    let places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome-for-testing"];
    let find = || std::env::var_os("INLAY_CHROMIUM").map(PathBuf::from).into_iter().chain(places.iter().map(PathBuf::from)).find(|path| path.exists());
    let is_debian = |path: &Path| path == Path::new("/usr/bin/chromium") && Path::new("/etc/debian_version").exists();
    match find() {
        // Debian keeps Chromium's own languages in a package apart.
        Some(path) if !is_debian(&path) || Path::new("/usr/lib/chromium/locales/it.pak").exists() => return Ok(path),
        _ => debian_packages(&["chromium", "chromium-l10n", "fonts-noto-core", "fonts-noto-cjk", "openssl"], "to show the extension at work")?,
    }
    find().ok_or_else(|| "Chromium is missing, needed to show the extension at work. Install it, or set INLAY_CHROMIUM to its path".into())
}

/// FNV-1a: names a cache folder after its contents.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

//! The worker under workerd, as `cargo xtask serve` runs it, and a client of its API.

use crate::house::{dist, node_modules};
use crate::native::{ORIGIN, consent};
use crate::sandbox::server::Sandbox;
use inlay_core::api::{Authorize, Card, LookUp, Problem, RunState, Session, Status, Verdicts};
use inlay_core::seal::challenge;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// The extension's id: fixed by the key in `manifest.json`.
pub const EXTENSION_ID: &str = "hmkllbmdbpaplcdfdonopdjmmhegifkj";
const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-long";

/// A running worker. Ends with its owner.
pub struct Workerd {
    /// Its address.
    pub url: String,
    /// Where its databases lie.
    pub state: PathBuf,
    /// The set-up code.
    pub setup_code: String,
    process: Child,
    port: u16,
    salesforce: String,
    shard_records: Option<u64>,
    key: String,
}

static AGENT: LazyLock<ureq::Agent> =
    LazyLock::new(|| ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).timeout_global(Some(Duration::from_secs(60))).build().into());

/// A port nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port is free").port()
}

impl Workerd {
    /// Starts the worker with its databases in `state`; `salesforce` is where "production" leads.
    pub fn start(state: &Path, port: u16, salesforce: &str) -> Self {
        Self::start_with(state, port, salesforce, None)
    }

    /// The same, where one object holds so many people and companies.
    pub fn start_with(state: &Path, port: u16, salesforce: &str, shard_records: Option<u64>) -> Self {
        std::fs::create_dir_all(state.join("data")).expect("the state folder can be written");
        let secret = |name: &str| {
            let path = state.join(name);
            std::fs::read_to_string(&path).unwrap_or_else(|_| {
                let fresh = fresh_secret(name);
                std::fs::write(&path, &fresh).expect("the state folder can be written");
                fresh
            })
        };
        let (key, setup_code) = (secret("inlay.key"), secret("setup.code"));
        let config = state.join("workerd.capnp");
        std::fs::write(&config, configuration(port, salesforce, shard_records)).expect("the state folder can be written");
        for file in ["index.js", "index_bg.wasm"] {
            std::fs::copy(dist("worker").join(file), state.join(file)).expect("the worker was built");
        }
        let process = spawn(state, &key, &setup_code);
        let workerd = Self {
            url: format!("http://127.0.0.1:{port}"),
            state: state.to_owned(),
            setup_code,
            process,
            port,
            salesforce: salesforce.to_owned(),
            shard_records,
            key,
        };
        workerd.wait_until_up();
        workerd
    }

    /// Kills it as `kill -9` does and starts it again.
    pub fn kill_and_restart(&mut self) {
        self.kill();
        std::fs::write(self.state.join("workerd.capnp"), configuration(self.port, &self.salesforce, self.shard_records))
            .expect("the state folder can be written");
        self.process = spawn(&self.state, &self.key, &self.setup_code);
        self.wait_until_up();
    }

    /// Kills it.
    pub fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Gives the platform time to write its files.
    pub fn settle_files(&self) {
        std::thread::sleep(Duration::from_millis(500));
    }

    /// Waits for the process to end.
    pub fn wait(&mut self) {
        let _ = self.process.wait();
    }

    /// Resident memory of the process, in bytes.
    pub fn resident_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
        line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap_or(0) * 1024
    }

    fn wait_until_up(&self) {
        let end = Instant::now() + Duration::from_secs(20);
        while ureq::get(format!("{}/v1/health", self.url)).call().is_err() {
            assert!(Instant::now() < end, "workerd didn't come up; see {}", self.state.join("workerd.log").display());
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// Sends a request as the extension would.
    pub fn call<T: DeserializeOwned>(&self, method: &str, path: &str, token: &str, body: Option<&Value>) -> Result<T, Problem> {
        self.call_from(&origin(), method, path, token, body)
    }

    /// Sends a request from an origin.
    pub fn call_from<T: DeserializeOwned>(&self, origin: &str, method: &str, path: &str, token: &str, body: Option<&Value>) -> Result<T, Problem> {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url)).header("origin", origin);
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = body.map_or(String::new(), Value::to_string);
        let mut reply = AGENT.run(request.body(body).expect("a valid request")).expect("the worker answers");
        let text = reply.body_mut().read_to_string().expect("a text");
        if reply.status().is_success() {
            Ok(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}: {text}")))
        } else {
            Err(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {} {error}: {text}", reply.status())))
        }
    }

    /// Connects the sandbox org as its first user.
    pub fn connect(&self, sandbox: &Sandbox) -> Session {
        let ask = json!({ "setup_code": self.setup_code, "host": sandbox.url, "client_id": sandbox.client_id, "client_secret": sandbox.client_secret, "return_to": return_to(), "challenge": challenge(VERIFIER) });
        let authorize: Authorize = self.call("POST", "/v1/connect", "", Some(&ask)).expect("the code is right");
        self.finish(&authorize.url, 0).expect("consent was given")
    }

    /// Signs a member in.
    pub fn sign_in(&self, user: u64) -> Result<Session, Problem> {
        let ask = json!({ "return_to": return_to(), "challenge": challenge(VERIFIER) });
        let authorize: Authorize = self.call("POST", "/v1/sign-in", "", Some(&ask))?;
        self.finish(&authorize.url, user)
    }

    fn finish(&self, authorize_url: &str, user: u64) -> Result<Session, Problem> {
        let (state, code) = consent(authorize_url, user, "allow");
        let location = self.come_back(&state, code.as_deref());
        let ticket = location.split_once("ticket=").expect("a ticket").1;
        self.call("POST", "/v1/session", "", Some(&json!({ "ticket": ticket, "verifier": VERIFIER })))
    }

    /// The browser's return from Salesforce; gives where it is sent next.
    pub fn come_back(&self, state: &str, code: Option<&str>) -> String {
        let query = code.map_or_else(|| format!("state={state}&error=access_denied"), |code| format!("state={state}&code={code}"));
        let request = ureq::http::Request::builder().uri(format!("{}/salesforce/callback?{query}", self.url)).body(()).expect("a valid request");
        let reply = AGENT.run(request).expect("the worker answers");
        reply.headers().get("location").and_then(|value| value.to_str().ok()).unwrap_or("").to_owned()
    }

    /// The state of import and connection.
    pub fn status(&self, token: &str) -> Status {
        self.call("GET", "/v1/status", token, None).expect("signed in")
    }

    /// Waits until the import is done; gives the last status.
    pub fn wait_for_import(&self, token: &str, patience: Duration) -> Status {
        let end = Instant::now() + patience;
        loop {
            let status = self.status(token);
            if status.run.as_ref().is_some_and(|run| matches!(run.state, RunState::Done | RunState::Stopped)) {
                return status;
            }
            assert!(Instant::now() < end, "the import isn't done: {:?}", status.run);
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Looks sightings up.
    pub fn look_up(&self, token: &str, ask: &LookUp) -> Verdicts {
        self.call("POST", "/v1/look-up", token, Some(&serde_json::to_value(ask).expect("plain data"))).expect("signed in")
    }

    /// A record's card.
    pub fn card(&self, token: &str, id: &str) -> Result<Card, Problem> {
        self.call("GET", &format!("/v1/card/{id}"), token, None)
    }

    /// The high-water mark of the Wasm instance's memory, in bytes.
    pub fn wasm_memory(&self) -> u64 {
        self.health()["wasm_memory_bytes"].as_u64().unwrap_or(0)
    }

    /// How the server says it is.
    pub fn health(&self) -> Value {
        self.call("GET", "/v1/health", "", None).expect("health needs no session")
    }
}

impl Drop for Workerd {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The extension's origin.
pub fn origin() -> String {
    format!("chrome-extension://{EXTENSION_ID}")
}

fn return_to() -> String {
    format!("https://{EXTENSION_ID}.chromiumapp.org/")
}

fn fresh_secret(name: &str) -> String {
    use base64::Engine as _;
    let mut bytes = [0; 32];
    std::io::Read::read_exact(&mut std::fs::File::open("/dev/urandom").expect("this system has random bytes"), &mut bytes).expect("it gives them");
    if name == "inlay.key" { base64::engine::general_purpose::STANDARD.encode(bytes) } else { crate::sandbox::server::base64url(&bytes[..12]) }
}

fn spawn(state: &Path, key: &str, setup_code: &str) -> Child {
    let log = std::fs::OpenOptions::new().create(true).append(true).open(state.join("workerd.log")).expect("the state folder can be written");
    Command::new(node_modules().join("@cloudflare/workerd-linux-64/bin/workerd"))
        .args(["serve", "workerd.capnp", "--experimental"])
        .current_dir(state)
        .env("INLAY_KEY", key)
        .env("SETUP_CODE", setup_code)
        .env("PUBLIC_URL", std::env::var("PUBLIC_URL").unwrap_or_default())
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a file can be shared"))
        .stderr(log)
        .spawn()
        .expect("workerd runs; `cargo xtask` fetches it")
}

fn configuration(port: u16, salesforce: &str, shard_records: Option<u64>) -> String {
    let shard_records = shard_records.map(|records| records.to_string()).unwrap_or_default();
    let origins = [origin(), ORIGIN.to_owned()].join(",");
    format!(
        r#"using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .inlay),
    (name = "internet", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))),
    (name = "disk", disk = (path = "data", writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:{port}", http = (), service = "main")],
);
const inlay :Workerd.Worker = (
  modules = [(name = "index.js", esModule = embed "index.js"), (name = "index_bg.wasm", wasm = embed "index_bg.wasm")],
  compatibilityDate = "2026-11-01",
  bindings = [
    (name = "INLAY_KEY", fromEnvironment = "INLAY_KEY"),
    (name = "SETUP_CODE", fromEnvironment = "SETUP_CODE"),
    (name = "EXTENSION_ORIGINS", text = "{origins}"),
    (name = "SALESFORCE", text = "{salesforce}"),
    (name = "PUBLIC_URL", fromEnvironment = "PUBLIC_URL"),
    (name = "SELF_HOSTED", text = "1"),
    (name = "WORKSPACE", durableObjectNamespace = "WorkspaceObject"),
    (name = "SHARD_RECORDS", text = "{shard_records}"),
    (name = "DIRECTORY", durableObjectNamespace = "DirectoryObject"),
    (name = "SHARD", durableObjectNamespace = "ShardObject"),
  ],
  durableObjectNamespaces = [
    (className = "WorkspaceObject", uniqueKey = "inlay-workspace", enableSql = true),
    (className = "DirectoryObject", uniqueKey = "inlay-directory", enableSql = true),
    (className = "ShardObject", uniqueKey = "inlay-shard", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "disk"),
);
"#
    )
}

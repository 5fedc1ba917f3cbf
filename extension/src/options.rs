//! The options page: what is pressed, what follows from it. How it looks is `view::options`.

use crate::chrome;
use crate::clock::moment;
use crate::paint::{chosen, download, empty, entered, on_action, paint, set_language};
use crate::server;
use crate::settings;
use crate::view::activity::state_name;
use crate::view::matches::probability;
use crate::view::options::{Knows, Section, draw};
use crate::view::writeback::{STATES, content_of, field_of, record_of};
use crate::words::Words;
use inlay_core::api::{
    ActivityIds, AlertAddress, AuditLine, Authorize, BackupPiece, Connect, Export, Hello, Ledger, ManualMatch, Preview, ProblemKind, Purge, Receipt, Receipts,
    Role, RunState, Says, Session, Settings, SignIn, Status, TakeSession, TakenSettings, Thresholds, Unmatched, Whom, Writeback,
};
use inlay_core::model::activity::ActivityKind;
use inlay_core::model::time::Timestamp;
use std::cell::RefCell;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// The status is asked for again after this time; sooner while an import runs.
const PULSE_MILLIS: u32 = 5_000;
const RUNNING_MILLIS: u32 = 700;

const CSV: &str = "text/csv;charset=utf-8";

thread_local! {
    static KNOWS: RefCell<Knows> = RefCell::default();
}

fn change(with: impl FnOnce(&mut Knows)) {
    KNOWS.with_borrow_mut(|knows| {
        with(knows);
        knows.now = Timestamp(js_sys::Date::now() as i64);
    });
    KNOWS.with_borrow(|knows| paint(draw(&Words(&chrome::message), knows, &moment)));
}

/// Runs the page.
#[wasm_bindgen]
pub async fn options() {
    set_language();
    let server = settings::server().await;
    let section =
        if web_sys::window().and_then(|window| window.location().hash().ok()).as_deref() == Some("#import") { Section::Import } else { Section::Connection };
    change(|knows| (knows.server, knows.section) = (server, section));
    on_action(|action| spawn_local(async move { act(&action).await }));
    refresh().await;
    spawn_local(pulse());
}

async fn pulse() {
    loop {
        let runs = KNOWS.with_borrow(|knows| {
            knows.status.as_ref().and_then(|status| status.run.as_ref()).is_some_and(|run| matches!(run.state, RunState::Reading | RunState::Indexing))
        });
        gloo::timers::future::TimeoutFuture::new(if runs { RUNNING_MILLIS } else { PULSE_MILLIS }).await;
        if KNOWS.with_borrow(|knows| knows.member.is_some() && !knows.busy) {
            load_status().await;
            if KNOWS.with_borrow(|knows| knows.section == Section::Writeback && knows.member.as_ref().is_some_and(|member| member.role == Role::Admin)) {
                load_writeback().await;
            }
        }
    }
}

async fn refresh() {
    if settings::server().await.is_empty() {
        return change(|knows| knows.problem = None);
    }
    match server::ask::<Hello>("GET", "/v1/hello", None).await {
        Ok(hello) => change(|knows| (knows.hello, knows.problem) = (Some(hello), None)),
        Err(kind) => return change(|knows| (knows.hello, knows.problem) = (None, Some(kind))),
    }
    let member = settings::session().await.map(|session| session.member);
    change(|knows| knows.member = member);
    load_status().await;
}

async fn load_status() {
    if settings::session().await.is_none() {
        return change(|knows| (knows.member, knows.status) = (None, None));
    }
    match server::ask_as_member::<Status>("GET", "/v1/status", None).await {
        Ok(status) => change(|knows| (knows.member, knows.status, knows.problem) = (Some(status.member.clone()), Some(status), None)),
        Err(kind @ (ProblemKind::NotSignedIn | ProblemKind::NoWorkspace)) => {
            change(|knows| (knows.member, knows.status, knows.problem) = (None, None, Some(kind)));
        }
        Err(kind) => change(|knows| knows.problem = Some(kind)),
    }
}

async fn act(action: &str) {
    match action {
        "go_connection" => change(|knows| knows.section = Section::Connection),
        "go_import" => change(|knows| knows.section = Section::Import),
        "go_matches" => {
            change(|knows| knows.section = Section::Matches);
            thresholds("GET", "/v1/thresholds", None).await;
        }
        "go_audit" => {
            change(|knows| knows.section = Section::Audit);
            match server::ask_as_member::<Vec<AuditLine>>("GET", "/v1/audit", None).await {
                Ok(lines) => change(|knows| knows.audit = Some(lines)),
                Err(kind) => change(|knows| knows.problem = Some(kind)),
            }
        }
        "go_writeback" => {
            change(|knows| knows.section = Section::Writeback);
            load_writeback().await;
        }
        "preflight" => match server::ask_as_member::<Status>("POST", "/v1/preflight", None).await {
            Ok(status) => change(|knows| knows.status = Some(status)),
            Err(kind) => change(|knows| knows.problem = Some(kind)),
        },
        "test_writing" => writeback("/v1/writeback/test", None).await,
        "remove_test" => writeback("/v1/writeback/test/remove", None).await,
        "install_package" => writeback("/v1/writeback/package", None).await,
        "remove_package" => writeback("/v1/writeback/package/remove", None).await,
        "save_writeback" => save_writeback().await,
        "export_settings" => save("/v1/settings/file", "application/json").await,
        "take_settings" => take_settings().await,
        "export_ledger" => save("/v1/ledger/file", CSV).await,
        "export_audit" => save("/v1/audit/file", CSV).await,
        "export_rejects" => save("/v1/rejects/file", CSV).await,
        "save_settings" => save_settings().await,
        // An empty field: a test to the address that is kept.
        "save_alerts" => set_alerts(Some(entered("alerts_url")).filter(|url| !url.trim().is_empty())).await,
        "stop_alerts" => set_alerts(Some(String::new())).await,
        "purge" => change(|knows| knows.purging = true),
        "purge_no" => change(|knows| knows.purging = false),
        "purge_now" => purge().await,
        "backup" => backup().await,
        "rotate_key" => {
            let done = server::ask_as_member::<serde_json::Value>("POST", "/v1/key", None).await;
            change(|knows| knows.problem = done.err());
        }
        "preview" => preview().await,
        "apply" => {
            let proposed = KNOWS.with_borrow(|knows| knows.preview.as_ref().and_then(|(proposed, _)| server::json(proposed)));
            thresholds("POST", "/v1/thresholds", proposed).await;
        }
        "take_back" => thresholds("POST", "/v1/thresholds/back", None).await,
        "discard" => change(|knows| knows.preview = None),
        "check_server" => check_server().await,
        "connect" => connect().await,
        "sign_in" => sign_in().await,
        "sign_out" => {
            let _ = server::ask_as_member::<serde_json::Value>("DELETE", "/v1/session", None).await;
            settings::set_session(None).await;
            change(|knows| (knows.member, knows.status) = (None, None));
            refresh().await;
        }
        "import_now" => match server::ask_as_member::<Status>("POST", "/v1/import", None).await {
            Ok(status) => change(|knows| knows.status = Some(status)),
            Err(kind) => change(|knows| knows.problem = Some(kind)),
        },
        "disconnect" => change(|knows| knows.disconnecting = true),
        "disconnect_no" => change(|knows| knows.disconnecting = false),
        "disconnect_now" => {
            let done = server::ask_as_member::<serde_json::Value>("POST", "/v1/disconnect", None).await;
            change(|knows| (knows.disconnecting, knows.problem) = (false, done.err()));
            load_status().await;
        }
        "copy_callback" => copy_callback().await,
        other => match other.split_once(':') {
            Some(("ledger", state)) => {
                let state = STATES.into_iter().find(|known| state_name(*known) == state);
                change(|knows| knows.ledger_state = state);
                load_writeback().await;
            }
            Some(("match", id)) => match record_of(&entered(&format!("match_{id}"))) {
                Some(record) => {
                    let matched = ManualMatch { whom: Whom::Activity(id.to_owned()), says: Says::Is(record.to_string()) };
                    let done = server::ask_as_member::<Receipts>("POST", "/v1/match", server::json(&matched)).await;
                    load_writeback().await;
                    if let Err(kind) = done {
                        change(|knows| knows.problem = Some(kind));
                    }
                }
                None => change(|knows| knows.problem = Some(ProblemKind::NotFound)),
            },
            Some((deed @ ("retry" | "withdraw"), id)) => {
                let ids = ActivityIds { ids: vec![id.to_owned()] };
                let done = server::ask_as_member::<Receipts>("POST", &format!("/v1/activities/{deed}"), server::json(&ids)).await;
                load_writeback().await;
                if let Err(kind) = done {
                    change(|knows| knows.problem = Some(kind));
                }
            }
            _ => {}
        },
    }
}

/// Asks what may be written, and what was.
async fn load_writeback() {
    let state = KNOWS.with_borrow(|knows| knows.ledger_state);
    let path = state.map_or_else(|| "/v1/ledger".to_owned(), |state| format!("/v1/ledger/{}", state_name(state)));
    match server::ask_as_member::<Writeback>("GET", "/v1/writeback", None).await {
        Ok(writeback) => change(|knows| (knows.writeback, knows.problem) = (Some(writeback), None)),
        Err(kind) => return change(|knows| knows.problem = Some(kind)),
    }
    match server::ask_as_member::<Ledger>("GET", &path, None).await {
        Ok(ledger) => change(|knows| knows.ledger = Some(ledger)),
        Err(ProblemKind::NotAdmin) => {}
        Err(kind) => change(|knows| knows.problem = Some(kind)),
    }
}

/// Asks for a change of what may be written.
async fn writeback(path: &str, body: Option<String>) {
    match server::ask_as_member::<Writeback>("POST", path, body).await {
        Ok(writeback) => change(|knows| (knows.writeback, knows.problem) = (Some(writeback), None)),
        Err(kind) => change(|knows| knows.problem = Some(kind)),
    }
}

async fn save_writeback() {
    let kinds = ActivityKind::ALL.into_iter().filter_map(|kind| Some((kind, content_of(&entered(field_of(kind)))?))).collect();
    let unmatched = if entered("unmatched") == "unassigned" { Unmatched::Unassigned } else { Unmatched::Held };
    let Ok(warn_days) = entered("warn_days").parse() else { return change(|knows| knows.problem = Some(ProblemKind::OutOfRange)) };
    let wanted = Writeback { kinds, unmatched, warn_days, redacts: entered("redacts") == "yes", ..Writeback::default() };
    writeback("/v1/writeback", server::json(&wanted)).await;
}

/// Asks for thresholds, or for others to be put in force.
async fn thresholds(method: &str, path: &str, body: Option<String>) {
    match server::ask_as_member::<Thresholds>(method, path, body).await {
        Ok(thresholds) => change(|knows| (knows.thresholds, knows.preview, knows.problem) = (Some(thresholds), None, None)),
        Err(kind) => change(|knows| knows.problem = Some(kind)),
    }
}

async fn preview() {
    let (Some(sure), Some(unsure)) = (probability(&entered("sure")), probability(&entered("unsure"))) else {
        return change(|knows| knows.problem = Some(ProblemKind::OutOfRange));
    };
    let proposed = Thresholds { sure, unsure, before: None };
    match server::ask_as_member::<Preview>("POST", "/v1/thresholds/preview", server::json(&proposed)).await {
        Ok(preview) => change(|knows| (knows.preview, knows.problem) = (Some((proposed, preview)), None)),
        Err(kind) => change(|knows| knows.problem = Some(kind)),
    }
}

async fn save_settings() {
    let wanted = Settings { import_hours: entered("import_hours").parse().unwrap_or(0), api_share: entered("api_share").parse().unwrap_or(0) };
    if !wanted.is_valid() {
        return change(|knows| knows.problem = Some(ProblemKind::OutOfRange));
    }
    match server::ask_as_member::<Settings>("POST", "/v1/settings", server::json(&wanted)).await {
        Ok(_) => load_status().await,
        Err(kind) => change(|knows| knows.problem = Some(kind)),
    }
}

/// Has alerts sent there from now on; the answer to the test message comes a little later.
async fn set_alerts(url: Option<String>) {
    match server::ask_as_member::<Status>("POST", "/v1/alerts", server::json(&AlertAddress { url })).await {
        Ok(status) => {
            empty("alerts_url");
            change(|knows| (knows.status, knows.problem) = (Some(status), None));
        }
        Err(kind) => change(|knows| knows.problem = Some(kind)),
    }
}

/// Takes over another workspace's settings from the file that was chosen.
async fn take_settings() {
    let taken = match chosen("settings_file").await {
        Some(text) => server::ask_as_member::<TakenSettings>("POST", "/v1/settings/file", Some(text)).await,
        None => Err(ProblemKind::Unreadable),
    };
    change(|knows| knows.taken = Some(taken));
    load_status().await;
}

/// Erases the workspace; the session goes with it, the receipt stays on the page.
async fn purge() {
    let ask = Purge { confirm: entered("purge_confirm") };
    match server::ask_as_member::<Receipt>("POST", "/v1/purge", server::json(&ask)).await {
        Ok(receipt) => {
            settings::set_session(None).await;
            change(|knows| (knows.receipt, knows.purging, knows.member, knows.status) = (Some(receipt), false, None, None));
            refresh().await;
        }
        Err(kind) => change(|knows| knows.problem = Some(kind)),
    }
}

/// Fetches a backup piece by piece, a line each, and has the browser save it.
async fn backup() {
    let (mut lines, mut cursor) = (Vec::new(), None::<String>);
    change(|knows| (knows.busy, knows.problem) = (true, None));
    loop {
        match server::ask_as_member::<BackupPiece>("POST", "/v1/backup", server::json(&cursor)).await {
            Ok(piece) => {
                cursor.clone_from(&piece.next);
                lines.push(server::json(&piece).unwrap_or_default() + "\n");
                change(|knows| knows.pieces = lines.len() as u64);
            }
            Err(kind) => return change(|knows| (knows.busy, knows.pieces, knows.problem) = (false, 0, Some(kind))),
        }
        if cursor.is_none() {
            break;
        }
    }
    download("inlay-backup.jsonl", "application/jsonl", &lines);
    change(|knows| (knows.busy, knows.pieces) = (false, 0));
}

/// Fetches a table and has the browser save it.
async fn save(path: &str, kind: &str) {
    match server::ask_as_member::<Export>("GET", path, None).await {
        Ok(export) => download(&export.name, kind, &[export.text]),
        Err(kind) => change(|knows| knows.problem = Some(kind)),
    }
}

async fn check_server() {
    let address = entered("server");
    let is_local = |local: &str| address.strip_prefix(local).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']));
    let is_safe = address.starts_with("https://") || ["http://127.0.0.1", "http://localhost"].into_iter().any(is_local);
    if !is_safe {
        return change(|knows| knows.problem = Some(ProblemKind::Unreadable));
    }
    settings::set_server(&address).await;
    change(|knows| knows.server = address);
    refresh().await;
}

async fn connect() {
    if !entered("confirm").eq_ignore_ascii_case("import") || entered("client_id").is_empty() {
        return change(|knows| knows.problem = Some(ProblemKind::Unreadable));
    }
    let host = match entered("host").as_str() {
        "own" => entered("own_host"),
        known => known.to_owned(),
    };
    let verifier = fresh_verifier();
    let ask = Connect {
        setup_code: entered("setup_code"),
        host,
        client_id: entered("client_id"),
        client_secret: entered("client_secret"),
        return_to: chrome::return_address(),
        challenge: challenge(&verifier).await,
    };
    authorize("/v1/connect", server::json(&ask), verifier).await;
    if KNOWS.with_borrow(|knows| knows.member.is_some() && knows.problem.is_none()) {
        change(|knows| knows.section = Section::Import);
    }
}

async fn sign_in() {
    let verifier = fresh_verifier();
    let ask = SignIn { org: None, return_to: chrome::return_address(), challenge: challenge(&verifier).await };
    authorize("/v1/sign-in", server::json(&ask), verifier).await;
}

/// To Salesforce's consent page and back, then takes the session.
async fn authorize(path: &str, ask: Option<String>, verifier: String) {
    change(|knows| (knows.busy, knows.problem) = (true, None));
    let outcome = go_and_return(path, ask, verifier).await;
    change(|knows| knows.busy = false);
    match outcome {
        Ok(session) => {
            settings::set_session(Some(&session)).await;
            refresh().await;
        }
        Err(kind) => change(|knows| knows.problem = Some(kind)),
    }
}

async fn go_and_return(path: &str, ask: Option<String>, verifier: String) -> Result<Session, ProblemKind> {
    let Authorize { url } = server::ask("POST", path, ask).await?;
    let ended = chrome::web_auth(&url).await.ok_or(ProblemKind::ConsentDenied)?;
    if let Some(word) = query_value(&ended, "problem") {
        return Err(serde_json::from_value(word.into()).unwrap_or(ProblemKind::SignInExpired));
    }
    let ticket = query_value(&ended, "ticket").ok_or(ProblemKind::SignInExpired)?;
    server::ask("POST", "/v1/session", server::json(&TakeSession { ticket, verifier })).await
}

fn query_value(url: &str, name: &str) -> Option<String> {
    url.split_once('?')?.1.split('#').next()?.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
}

async fn copy_callback() {
    let callback = KNOWS.with_borrow(|knows| knows.hello.as_ref().map(|hello| hello.callback.clone())).unwrap_or_default();
    if let Some(window) = web_sys::window() {
        let _ = JsFuture::from(window.navigator().clipboard().write_text(&callback)).await;
        change(|knows| knows.copied = true);
        gloo::timers::future::TimeoutFuture::new(2_000).await;
        change(|knows| knows.copied = false);
    }
}

fn fresh_verifier() -> String {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("a browser has random bytes");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The S256 challenge, by the browser's own SHA-256.
async fn challenge(verifier: &str) -> String {
    let digest = sha256(verifier).await.unwrap_or_default();
    base64url(&digest)
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = digest, catch)]
    fn subtle_digest(algorithm: &str, data: &js_sys::Uint8Array) -> Result<js_sys::Promise, JsValue>;
}

async fn sha256(text: &str) -> Result<Vec<u8>, JsValue> {
    let digest = JsFuture::from(subtle_digest("SHA-256", &js_sys::Uint8Array::from(text.as_bytes()))?).await?;
    Ok(js_sys::Uint8Array::new(&digest).to_vec())
}

fn base64url(bytes: &[u8]) -> String {
    let binary: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let text = web_sys::window().and_then(|window| window.btoa(&binary).ok()).unwrap_or_default();
    text.replace('+', "-").replace('/', "_").trim_end_matches('=').to_owned()
}

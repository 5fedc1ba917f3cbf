//! Routes: decode, ask the object, encode. CORS, security headers and error bodies are the same for all.

use crate::binding;
use crate::directory::Ask;
use crate::schedule::post;
use crate::sql::rows_written;
use inlay_core::api::{ActivityDeed, BackupPiece, Connect, Health, Hello, Problem, ProblemKind, TakeSession};
use inlay_core::directory::{Admitted, Landing, lost};
use inlay_core::workspace::{Call, MemberAsk, OutboxAsk, WorkspaceError, link};
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::{Context, Env, Method, Request, Response, Result, event};

/// The largest body taken: a hundred sightings fit many times over.
const BODY_MAX: usize = 1 << 20;
/// What somebody reads who opens a tracked link that is no more.
const GONE: &str =
    "This link no longer works.\nQuesto link non funziona più.\nEste link não funciona mais.\nDeze link werkt niet meer.\nEste enlace ya no funciona.\n";
/// What somebody reads who opens one while the server can't look it up.
const LATER: &str =
    "Please try again in a moment.\nRiprova tra un momento.\nTente novamente daqui a pouco.\nProbeer het zo weer.\nInténtelo de nuevo en un momento.\n";
/// The largest piece of a backup.
const PIECE_MAX: usize = 8 << 20;

/// Every request to the worker.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    let origin = request.headers().get("origin")?.filter(|origin| !origin.is_empty());
    let begun = binding::now();
    let (method, path) = (request.method(), request.path());
    let allowed = origin.as_deref().is_none_or(|origin| binding::allows_origin(&env, origin));
    let mut response = if method == Method::Options {
        Response::empty()?.with_status(if allowed { 204 } else { 403 })
    } else if !allowed {
        problem(ProblemKind::OriginRefused)?
    } else {
        route(request, &env, origin.clone()).await.or_else(|error| {
            worker::console_error!("{{\"event\":\"request_failed\",\"error\":\"{error}\"}}");
            problem(ProblemKind::ServerBroken)
        })?
    };
    let headers = response.headers_mut();
    for (name, value) in [
        ("cache-control", "no-store"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ("referrer-policy", "no-referrer"),
        ("strict-transport-security", "max-age=63072000; includeSubDomains"),
        ("x-content-type-options", "nosniff"),
    ] {
        headers.set(name, value)?;
    }
    if let (true, Some(origin)) = (allowed, origin) {
        headers.set("access-control-allow-origin", &origin)?;
        headers.set("access-control-allow-headers", "authorization, content-type")?;
        headers.set("access-control-allow-methods", "GET, POST, DELETE")?;
        headers.set("access-control-max-age", "7200")?;
        headers.set("vary", "origin")?;
    }
    // A tracked link's address is its recipient's, and isn't logged.
    let depth = if path.starts_with("/l/") { 2 } else { 3 };
    let kind = path.split('/').take(depth).collect::<Vec<_>>().join("/");
    let millis = binding::now().0 - begun.0;
    worker::console_log!(
        "{{\"event\":\"request\",\"method\":\"{}\",\"route\":\"{kind}\",\"status\":{},\"ms\":{millis}}}",
        method.to_string(),
        response.status_code()
    );
    Ok(response)
}

async fn route(mut request: Request, env: &Env, origin: Option<String>) -> Result<Response> {
    let path = request.path();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match (request.method(), parts.as_slice()) {
        (Method::Get, ["v1", "hello"]) => hello(&request, env).await,
        (Method::Get, ["v1", "health"]) => health(env).await,
        (Method::Get, ["salesforce", "callback"]) => callback(&request, env).await,
        (Method::Post, ["v1", "connect"]) => {
            let callback = callback_address(&request, env)?;
            let Ok(mut ask) = body::<Connect>(&mut request).await else { return problem(ProblemKind::Unreadable) };
            ask.host = binding::login_host(env, &ask.host);
            ask_directory(env, &Ask::Connect { ask, origin: origin.unwrap_or_default(), callback }).await
        }
        (Method::Post, ["v1", "sign-in"]) => {
            let Ok(ask) = body(&mut request).await else { return problem(ProblemKind::Unreadable) };
            ask_directory(env, &Ask::SignIn { ask, origin: origin.unwrap_or_default() }).await
        }
        (Method::Post, ["v1", "session"]) => {
            let Ok(ask) = body::<TakeSession>(&mut request).await else { return problem(ProblemKind::Unreadable) };
            take_session(env, ask).await
        }
        (Method::Delete, ["v1", "session"]) => member(&request, env, origin, MemberAsk::SignOut).await,
        (Method::Post, ["v1", "look-up"]) => {
            let Ok(ask) = body(&mut request).await else { return problem(ProblemKind::Unreadable) };
            member(&request, env, origin, MemberAsk::LookUp(ask)).await
        }
        (Method::Get, ["v1", "card", id]) => member(&request, env, origin, MemberAsk::Card((*id).to_owned())).await,
        (Method::Get, ["v1", "thresholds"]) => member(&request, env, origin, MemberAsk::Thresholds).await,
        (Method::Post, ["v1", "thresholds"]) => {
            let Ok(wanted) = body(&mut request).await else { return problem(ProblemKind::Unreadable) };
            member(&request, env, origin, MemberAsk::SetThresholds(wanted)).await
        }
        (Method::Post, ["v1", "thresholds", "preview"]) => {
            let Ok(proposed) = body(&mut request).await else { return problem(ProblemKind::Unreadable) };
            member(&request, env, origin, MemberAsk::Preview(proposed)).await
        }
        (Method::Post, ["v1", "thresholds", "back"]) => member(&request, env, origin, MemberAsk::TakeThresholdsBack).await,
        (Method::Get, ["v1", "status"]) => member(&request, env, origin, MemberAsk::Status).await,
        (Method::Post, ["v1", "preflight"]) => member(&request, env, origin, MemberAsk::Preflight).await,
        (Method::Post, ["v1", "import"]) => member(&request, env, origin, MemberAsk::ImportNow).await,
        (Method::Post, ["v1", "disconnect"]) => member(&request, env, origin, MemberAsk::Disconnect).await,
        (Method::Get, ["v1", "settings"]) => member(&request, env, origin, MemberAsk::Settings).await,
        (Method::Post, ["v1", "settings"]) => {
            let Ok(wanted) = body(&mut request).await else { return problem(ProblemKind::Unreadable) };
            member(&request, env, origin, MemberAsk::SetSettings(wanted)).await
        }
        (Method::Post, ["v1", "alerts"]) => {
            let Ok(wanted) = body(&mut request).await else { return problem(ProblemKind::Unreadable) };
            member(&request, env, origin, MemberAsk::SetAlerts(wanted)).await
        }
        (Method::Get, ["v1", "settings", "file"]) => member(&request, env, origin, MemberAsk::SettingsFile).await,
        (Method::Post, ["v1", "settings", "file"]) => {
            let Ok(copied) = body(&mut request).await else { return problem(ProblemKind::Unreadable) };
            member(&request, env, origin, MemberAsk::TakeSettings(copied)).await
        }
        (Method::Post, ["v1", "purge"]) => {
            let Ok(ask) = body(&mut request).await else { return problem(ProblemKind::Unreadable) };
            member(&request, env, origin, MemberAsk::Purge(ask)).await
        }
        (Method::Post, ["v1", "key"]) => {
            let secret = binding::random()?;
            member(&request, env, origin, MemberAsk::RotateKey(secret)).await
        }
        (Method::Post, ["v1", "backup"]) => {
            let Ok(cursor) = body(&mut request).await else { return problem(ProblemKind::Unreadable) };
            member(&request, env, origin, MemberAsk::Backup(cursor)).await
        }
        (Method::Post, ["v1", "restore"]) => {
            // Before the piece is read: only who knows the code may send so much.
            let checked = ask_directory(env, &Ask::CheckCode(bearer(&request)?)).await?;
            if checked.status_code() != 200 {
                return Ok(checked);
            }
            let Ok(piece) = body_of(&mut request, PIECE_MAX).await else { return problem(ProblemKind::Unreadable) };
            restore(env, piece).await
        }
        (Method::Post, ["v1", "links"]) => {
            let base = public_url(&request, env)?;
            let Ok(ask) = body(&mut request).await else { return problem(ProblemKind::Unreadable) };
            member(&request, env, origin, MemberAsk::MakeLink(ask, base, binding::random()?)).await
        }
        (Method::Get | Method::Head, ["l", address]) => follow(&request, env, address).await,
        (Method::Post, ["v1", "match", "profiles"]) => {
            let Ok(ask) = body(&mut request).await else { return problem(ProblemKind::Unreadable) };
            member(&request, env, origin, MemberAsk::Profiles(ask)).await
        }
        (_, ["v1", "activities" | "match" | "ledger" | "writeback", ..]) => match outbox_ask(&mut request, &parts).await? {
            Ok(ask) => member(&request, env, origin, MemberAsk::Outbox(ask)).await,
            Err(kind) => problem(kind),
        },
        (Method::Get, ["v1", "purges"]) => ask_directory(env, &Ask::Receipts(bearer(&request)?)).await,
        (Method::Get, ["v1", "audit"]) => member(&request, env, origin, MemberAsk::Audit).await,
        (Method::Get, ["v1", "audit", "file"]) => member(&request, env, origin, MemberAsk::AuditFile).await,
        (Method::Get, ["v1", "rejects", "file"]) => member(&request, env, origin, MemberAsk::RejectsFile).await,
        _ => problem(ProblemKind::NotFound),
    }
}

/// What is asked of the outbox.
async fn outbox_ask(request: &mut Request, parts: &[&str]) -> Result<std::result::Result<OutboxAsk, ProblemKind>> {
    async fn read<T: DeserializeOwned>(request: &mut Request, ask: impl FnOnce(T) -> OutboxAsk) -> std::result::Result<OutboxAsk, ProblemKind> {
        body(request).await.map(ask).map_err(|()| ProblemKind::Unreadable)
    }
    Ok(match (request.method(), &parts[1..]) {
        (Method::Post, ["activities"]) => read(request, OutboxAsk::Capture).await,
        (Method::Post, ["activities", "receipts"]) => read(request, OutboxAsk::Receipts).await,
        (Method::Get, ["activities", "inbox"]) => Ok(OutboxAsk::Inbox),
        (Method::Post, ["activities", "retry"]) => read(request, |ids| OutboxAsk::Do(ActivityDeed::Retry, ids)).await,
        (Method::Post, ["activities", "withdraw"]) => read(request, |ids| OutboxAsk::Do(ActivityDeed::Withdraw, ids)).await,
        (Method::Post, ["match"]) => read(request, |ask| OutboxAsk::Match(Box::new(ask))).await,
        (Method::Get, ["ledger"]) => Ok(OutboxAsk::Ledger(None)),
        (Method::Get, ["ledger", "file"]) => Ok(OutboxAsk::LedgerFile),
        (Method::Get, ["ledger", state]) => {
            serde_json::from_value((*state).into()).map(|state| OutboxAsk::Ledger(Some(state))).map_err(|_| ProblemKind::NotFound)
        }
        (Method::Get, ["writeback"]) => Ok(OutboxAsk::Writeback),
        (Method::Post, ["writeback"]) => read(request, OutboxAsk::SetWriteback).await,
        (Method::Post, ["writeback", "test"]) => Ok(OutboxAsk::Test(binding::random()?)),
        (Method::Post, ["writeback", "package"]) => Ok(OutboxAsk::Package { installs: true }),
        (Method::Post, ["writeback", "package", "remove"]) => Ok(OutboxAsk::Package { installs: false }),
        (Method::Post, ["writeback", "test", "remove"]) => Ok(OutboxAsk::RemoveTest),
        _ => Err(ProblemKind::NotFound),
    })
}

/// A piece of a backup, from who knows the set-up code.
async fn restore(env: &Env, piece: BackupPiece) -> Result<Response> {
    let org = piece.org.clone();
    if org.len() != 15 || !org.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return problem(ProblemKind::Unreadable);
    }
    ask_workspace(env, &org, &Call::Restore(Box::new(piece))).await
}

/// How the deployment is: 200 if all is well, 503 if a workspace is overdue.
async fn health(env: &Env) -> Result<Response> {
    #[derive(Serialize)]
    struct Body {
        version: &'static str,
        wasm_memory_bytes: usize,
        rows_written: u64,
        #[serde(flatten)]
        health: Option<Health>,
    }
    let mut reply = ask_directory(env, &Ask::Health).await?;
    let health = serde_json::from_str::<Health>(&reply.text().await?).ok();
    let status = if health.as_ref().is_some_and(|health| health.ok) { 200 } else { 503 };
    Ok(Response::from_json(&Body { version: env!("CARGO_PKG_VERSION"), wasm_memory_bytes: memory(), rows_written: rows_written(), health })?
        .with_status(status))
}

async fn hello(request: &Request, env: &Env) -> Result<Response> {
    let mut reply = ask_directory(env, &Ask::Orgs).await?;
    let orgs: Vec<String> = serde_json::from_str(&reply.text().await?).unwrap_or_default();
    Response::from_json(&Hello {
        name: "inlay".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        callback: callback_address(request, env)?,
        connected: !orgs.is_empty(),
    })
}

/// The server's own address, as others know it; `PUBLIC_URL` wins where a proxy hides the real host.
fn public_url(request: &Request, env: &Env) -> Result<String> {
    let base = match env.var("PUBLIC_URL") {
        Ok(url) if !url.to_string().is_empty() => url.to_string(),
        _ => request.url()?.origin().ascii_serialization(),
    };
    Ok(base.trim_end_matches('/').to_owned())
}

/// The callback address to register in Salesforce.
fn callback_address(request: &Request, env: &Env) -> Result<String> {
    Ok(format!("{}/salesforce/callback", public_url(request, env)?))
}

/// A tracked link: on to the document. Who opens it isn't asked for anything and gets no cookie.
async fn follow(request: &Request, env: &Env, address: &str) -> Result<Response> {
    #[derive(serde::Deserialize)]
    struct Redirect {
        url: String,
    }
    let gone = || Ok(Response::ok(GONE)?.with_status(404));
    let Some((org, id)) = link::read_address(address) else { return gone() };
    let header = |name: &str| request.headers().get(name).ok().flatten().unwrap_or_default();
    let counts = link::counts(request.method() == Method::Get, header);
    let mut reply = ask_workspace(env, &org, &Call::View { id, counts }).await?;
    if reply.status_code() >= 500 {
        return Ok(Response::ok(LATER)?.with_status(503));
    }
    let Ok(Redirect { url }) = serde_json::from_str(&reply.text().await?) else { return gone() };
    let mut response = Response::empty()?.with_status(302);
    response.headers_mut().set("location", &url)?;
    response.headers_mut().set("x-robots-tag", "noindex")?;
    Ok(response)
}

async fn callback(request: &Request, env: &Env) -> Result<Response> {
    let url = request.url()?;
    let field = |name: &str| url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
    let ask = Ask::Callback { state: field("state").unwrap_or_default(), code: field("code") };
    let mut reply = ask_directory(env, &ask).await?;
    let text = reply.text().await?;
    let Ok(landing) = serde_json::from_str::<Landing>(&text) else {
        let kind = serde_json::from_str::<Problem>(&text).map_or(ProblemKind::ServerBroken, |problem| problem.kind);
        return Ok(Response::ok(lost(kind))?.with_status(400));
    };
    if let Some((org, hand_over)) = landing.hand_over {
        let app = hand_over.connection.app.clone();
        let handed = ask_workspace(env, &org, &Call::HandOver(Box::new(hand_over))).await?;
        if handed.status_code() != 200 {
            return Ok(handed);
        }
        let adopted = ask_directory(env, &Ask::Adopt { org, app }).await?;
        if adopted.status_code() != 200 {
            return Ok(adopted);
        }
    }
    let mut response = Response::empty()?.with_status(302);
    response.headers_mut().set("location", &landing.redirect)?;
    Ok(response)
}

async fn take_session(env: &Env, ask: TakeSession) -> Result<Response> {
    let mut reply = ask_directory(env, &Ask::Admit(ask)).await?;
    if reply.status_code() != 200 {
        return Ok(reply);
    }
    let admitted: Admitted = serde_json::from_str(&reply.text().await?)?;
    let org = admitted.identity.org.clone();
    let call = Call::OpenSession { identity: admitted.identity, role: admitted.role, origin: admitted.origin, random: binding::random()? };
    ask_workspace(env, &org, &call).await
}

/// A request with a session's token, which names its workspace before the dot.
async fn member(request: &Request, env: &Env, origin: Option<String>, ask: MemberAsk) -> Result<Response> {
    let token = bearer(request)?;
    let org = token.split('.').next().filter(|org| org.len() == 15 && org.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let Some(org) = org.map(str::to_owned) else { return problem(ProblemKind::NotSignedIn) };
    ask_workspace(env, &org, &Call::Member { token, origin, ask }).await
}

fn bearer(request: &Request) -> Result<String> {
    let header = request.headers().get("authorization")?.unwrap_or_default();
    Ok(header.strip_prefix("Bearer ").unwrap_or("").to_owned())
}

async fn ask_directory(env: &Env, ask: &Ask) -> Result<Response> {
    pass_on(binding::directory(env)?.fetch_with_request(post("https://directory/", &serde_json::to_string(ask)?)?).await?).await
}

async fn ask_workspace(env: &Env, org: &str, call: &Call) -> Result<Response> {
    pass_on(binding::workspace(env, org)?.fetch_with_request(post("https://workspace/", &serde_json::to_string(call)?)?).await?).await
}

/// An object's reply with headers of our own.
async fn pass_on(mut reply: Response) -> Result<Response> {
    let status = reply.status_code();
    let text = reply.text().await?;
    let mut response = Response::ok(text)?.with_status(status);
    response.headers_mut().set("content-type", "application/json; charset=utf-8")?;
    Ok(response)
}

async fn body<T: DeserializeOwned>(request: &mut Request) -> std::result::Result<T, ()> {
    body_of(request, BODY_MAX).await
}

async fn body_of<T: DeserializeOwned>(request: &mut Request, most: usize) -> std::result::Result<T, ()> {
    let announced = request.headers().get("content-length").ok().flatten().and_then(|length| length.parse::<usize>().ok());
    if announced.is_none_or(|length| length > most) {
        return Err(()); // Refused before it is read: Wasm's memory never shrinks.
    }
    let text = request.text().await.map_err(|_| ())?;
    if text.len() > most {
        return Err(());
    }
    serde_json::from_str(&text).map_err(|_| ())
}

/// An error body: `{kind, message, remedy}`.
pub(crate) fn problem(kind: ProblemKind) -> Result<Response> {
    encode(&Problem::of(kind))
}

fn encode(problem: &Problem) -> Result<Response> {
    #[derive(Serialize)]
    struct Body<'a>(&'a Problem);
    Ok(Response::from_json(&Body(problem))?.with_status(problem.status()))
}

/// The error body of a failed step; storage and key errors go to the log, not to the client.
pub(crate) fn failure(error: &WorkspaceError) -> Result<Response> {
    match error {
        WorkspaceError::Problem(problem) => encode(problem),
        WorkspaceError::Store(_) | WorkspaceError::Key(_) | WorkspaceError::Elsewhere(_) => {
            worker::console_error!("{{\"event\":\"storage_failed\",\"error\":\"{error}\"}}");
            problem(ProblemKind::ServerBroken)
        }
    }
}

/// The size of this instance's memory, which only grows: its high-water mark.
fn memory() -> usize {
    core::arch::wasm32::memory_size(0) << 16
}

//! The sandbox org as a server: state, routes, and what every data call has in common.

use super::bulk::{self, Jobs};
use super::fault::{Faults, strike};
use super::metadata;
use super::oauth::{self, Tokens};
use super::org::Org;
use super::outside;
use super::rest;
use super::row;
use super::{collection, ingest};
use super::{deed, dice, hook};
use axum::Json;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{any, get, patch, post};
use base64::Engine as _;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, SystemTime};

/// A running org.
pub struct Sandbox {
    /// Its address.
    pub url: String,
    /// The org's 15-character id.
    pub org_id: String,
    /// Consumer key.
    pub client_id: String,
    /// Consumer secret.
    pub client_secret: String,
    /// Rows.
    pub org: RwLock<Org>,
    /// Codes and tokens.
    pub tokens: Mutex<Tokens>,
    /// Bulk jobs.
    pub jobs: Mutex<Jobs>,
    /// Switches.
    pub faults: Mutex<Faults>,
    /// REST queries that have more rows to give.
    pub cursors: Mutex<HashMap<String, rest::Cursor>>,
    /// Deployments by the Metadata API.
    pub deployments: Mutex<Vec<metadata::Deployment>>,
    /// What a receiver of alerts was told.
    pub alerts: Mutex<Vec<Value>>,
    /// Data calls by hour: what counts is the last day.
    pub calls: Mutex<BTreeMap<i64, u64>>,
    /// The org's clock, where a test sets it: seconds since 1970.
    pub clock: Mutex<Option<i64>>,
}

impl Sandbox {
    /// Starts an org on a port of this machine; port 0 takes a free one. It runs until the process ends.
    pub fn start(org: Org, port: u16) -> Arc<Self> {
        Self::start_as(org, port, oauth::ORG)
    }

    /// Starts an org of another id.
    pub fn start_as(org: Org, port: u16, org_id: &str) -> Arc<Self> {
        let listener = std::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], port))).expect("the port is free; try another --port");
        listener.set_nonblocking(true).expect("a listener can be non-blocking");
        let port = listener.local_addr().expect("it is bound").port();
        let sandbox = Arc::new(Self::of(org, format!("http://127.0.0.1:{port}"), org_id));
        let state = Arc::clone(&sandbox);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a runtime is there");
                axum::serve(listener, routes(state)).await.expect("the listener stays");
            });
        });
        sandbox
    }

    fn of(org: Org, url: String, org_id: &str) -> Self {
        Self {
            url,
            org_id: org_id.to_owned(),
            client_id: "3MVG9.sandbox.inlay".into(),
            client_secret: "sandbox-secret-of-no-value".into(),
            org: RwLock::new(org),
            tokens: Mutex::default(),
            jobs: Mutex::default(),
            faults: Mutex::default(),
            cursors: Mutex::default(),
            deployments: Mutex::default(),
            alerts: Mutex::default(),
            calls: Mutex::default(),
            clock: Mutex::default(),
        }
    }

    /// An org without a port, and its routes: for programs that ask it in their own process.
    pub fn in_process(org: Org) -> (Arc<Self>, Router) {
        let sandbox = Arc::new(Self::of(org, "http://org.invalid".into(), oauth::ORG));
        (Arc::clone(&sandbox), routes(sandbox))
    }

    /// Seconds since 1970.
    pub fn now(&self) -> i64 {
        let set = *self.clock.lock().expect("no panic holds it");
        set.unwrap_or_else(|| SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64))
    }

    /// Data calls in the last day.
    pub fn calls_of_day(&self) -> u64 {
        let hour = self.now() / 3600;
        self.calls.lock().expect("no panic holds it").range(hour - 23..=hour).map(|(_, calls)| calls).sum()
    }

    /// Any local server, the extension's own address, or a test client's may be returned to.
    #[allow(clippy::unused_self, reason = "later the registered address can be set")]
    pub fn allows_redirect(&self, address: &str) -> bool {
        address.starts_with("http://127.0.0.1") || address.starts_with("http://localhost") || address.starts_with("https://")
    }

    /// The user of a request's token.
    pub fn user_of(&self, headers: &HeaderMap) -> Option<u64> {
        let token = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let token = token.strip_prefix("Bearer ").or_else(|| token.strip_prefix("OAuth "))?;
        let seconds = self.faults.lock().expect("no panic holds it").token_seconds;
        self.tokens.lock().expect("no panic holds it").user(token, self.now(), seconds)
    }

    /// Sets switches from JSON; the others stay.
    pub fn set_faults(&self, change: &Value) -> Result<(), String> {
        let mut faults = self.faults.lock().expect("no panic holds it");
        let mut all = serde_json::to_value(&*faults).map_err(|error| error.to_string())?;
        for (name, value) in change.as_object().into_iter().flatten() {
            all[name] = value.clone();
        }
        *faults = serde_json::from_value(all).map_err(|error| error.to_string())?;
        Ok(())
    }
}

/// URL-safe Base64 without padding.
pub fn base64url(bytes: &[u8]) -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// A small page.
pub fn html(body: &str) -> Html<String> {
    Html(format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Sandbox org</title><style>body{{font:15px/1.5 system-ui;max-width:32rem;margin:3rem auto}}label{{display:block}}</style><body>{body}"
    ))
}

/// An error of the data API: always an array.
pub fn error(status: u16, code: &str, message: &str) -> Response {
    (StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), Json(json!([{ "message": message, "errorCode": code }]))).into_response()
}

/// The number of a data call's user, put in by [`guard`].
#[derive(Clone, Copy)]
pub struct Caller(pub u64);

fn routes(state: Arc<Sandbox>) -> Router {
    let data = Router::new()
        .route("/services/data/{version}/", get(rest::resources))
        .route("/services/data/{version}/limits", get(rest::limits))
        .route("/services/data/{version}/limits/", get(rest::limits))
        .route("/services/data/{version}/query", get(rest::query::<false>))
        .route("/services/data/{version}/query/", get(rest::query::<false>))
        .route("/services/data/{version}/queryAll", get(rest::query::<true>))
        .route("/services/data/{version}/queryAll/", get(rest::query::<true>))
        .route("/services/data/{version}/query/{cursor}", get(rest::more))
        .route("/services/data/{version}/sobjects", get(rest::describe_global))
        .route("/services/data/{version}/sobjects/", get(rest::describe_global))
        .route("/services/data/{version}/sobjects/{object}", get(rest::basic).post(row::create))
        .route("/services/data/{version}/sobjects/{object}/", get(rest::basic).post(row::create))
        .route("/services/data/{version}/sobjects/{object}/describe", get(rest::describe))
        .route("/services/data/{version}/sobjects/{object}/updated/", get(rest::updated))
        .route("/services/data/{version}/sobjects/{object}/updated", get(rest::updated))
        .route("/services/data/{version}/sobjects/{object}/deleted/", get(rest::deleted))
        .route("/services/data/{version}/sobjects/{object}/deleted", get(rest::deleted))
        .route("/services/data/{version}/sobjects/{object}/{id}", get(row::read).patch(row::update).delete(row::delete))
        .route("/services/data/{version}/sobjects/{object}/{field}/{value}", get(row::read_external).patch(row::upsert))
        .route("/services/data/{version}/metadata/deployRequest", post(metadata::deploy))
        .route("/services/data/{version}/metadata/deployRequest/{id}", get(metadata::status))
        .route("/services/data/{version}/composite", post(collection::composite))
        .route("/services/data/{version}/composite/batch", post(collection::batch))
        .route(
            "/services/data/{version}/composite/sobjects",
            post(collection::create_many).patch(collection::update_many).delete(collection::delete_many).get(collection::read_none),
        )
        .route("/services/data/{version}/composite/sobjects/{object}", get(collection::read_many).post(collection::read_many_posted))
        .route("/services/data/{version}/composite/sobjects/{object}/{field}", patch(collection::upsert_many))
        .route("/services/data/{version}/jobs/query", post(bulk::create_query).get(bulk::list_queries))
        .route("/services/data/{version}/jobs/query/", post(bulk::create_query))
        .route("/services/data/{version}/jobs/query/{id}", get(bulk::query_job).patch(bulk::abort_query).delete(bulk::delete_query))
        .route("/services/data/{version}/jobs/query/{id}/results", get(bulk::results))
        .route("/services/data/{version}/jobs/query/{id}/resultPages", get(bulk::result_pages))
        .route("/services/data/{version}/jobs/ingest", post(ingest::create_ingest))
        .route("/services/data/{version}/jobs/ingest/", post(ingest::create_ingest))
        .route("/services/data/{version}/jobs/ingest/{id}", get(ingest::ingest_job).patch(ingest::finish_ingest).delete(ingest::delete_ingest))
        .route("/services/data/{version}/jobs/ingest/{id}/batches", axum::routing::put(ingest::upload))
        .route("/services/data/{version}/jobs/ingest/{id}/{which}", get(ingest::ingest_results))
        .layer(axum::extract::DefaultBodyLimit::max(150 << 20))
        .layer(middleware::from_fn_with_state(Arc::clone(&state), guard));
    Router::new()
        .route("/services/data", get(versions))
        .route("/services/data/", get(versions))
        .route("/services/oauth2/authorize", get(oauth::authorize).post(oauth::decide))
        .route("/services/oauth2/token", post(oauth::token))
        .route("/services/oauth2/revoke", post(oauth::revoke))
        .route("/services/oauth2/introspect", post(oauth::introspect))
        .route("/services/oauth2/userinfo", get(oauth::userinfo).post(oauth::userinfo))
        .route("/id/{org}/{user}", get(oauth::identity_url))
        .route("/sandbox/faults", get(faults).patch(set_faults))
        .route("/sandbox/counts", get(counts))
        .route("/sandbox/secrets", get(secrets))
        .route("/sandbox/revoke-all", post(revoke_all))
        .route("/sandbox/do", post(deed::happen))
        .route("/sandbox/alerts", get(hook::told))
        .route("/hook/{secret}", post(hook::take))
        .route("/sandbox/pages", get(outside::list))
        .route("/sandbox/page/{name}", get(outside::page))
        .route("/sandbox/truth", get(outside::truth))
        .merge(data)
        .fallback(any(record_page))
        .with_state(state)
}

/// What every data call has in common: the token, the limits, the faults, the headers.
async fn guard(State(sandbox): State<Arc<Sandbox>>, mut request: Request, next: Next) -> Response {
    let delay = sandbox.faults.lock().expect("no panic holds it").delay_ms;
    if delay > 0 {
        tokio::time::sleep(Duration::from_millis(delay)).await;
    }
    *sandbox.calls.lock().expect("no panic holds it").entry(sandbox.now() / 3600).or_default() += 1;
    let used = sandbox.calls_of_day();
    let (limit, bursts, date_ahead) = {
        let faults = sandbox.faults.lock().expect("no panic holds it");
        (faults.daily_limit, faults.bursts, faults.date_ahead)
    };
    let mut response = match refusal(&sandbox, request.headers(), used > limit) {
        Some(response) => response,
        None => {
            let user = sandbox.user_of(request.headers()).unwrap_or(0);
            request.extensions_mut().insert(Caller(user));
            next.run(request).await
        }
    };
    let usage = format!("api-usage={used}/{limit}{}", if bursts { "; api-bursts=1/750" } else { "" });
    let headers = response.headers_mut();
    let date = dice::http_date(sandbox.now() + date_ahead);
    headers.insert(header::DATE, HeaderValue::from_str(&date).expect("ASCII"));
    headers.insert("sforce-limit-info", HeaderValue::from_str(&usage).expect("ASCII"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache,must-revalidate,max-age=0,no-store,private"));
    response
}

fn refusal(sandbox: &Sandbox, headers: &HeaderMap, over_limit: bool) -> Option<Response> {
    let known = sandbox.user_of(headers).is_some();
    let mut faults = sandbox.faults.lock().expect("no panic holds it");
    if !known || strike(&mut faults.next_expired) {
        return Some(error(401, "INVALID_SESSION_ID", "Session expired or invalid"));
    }
    if faults.api_disabled {
        return Some(error(403, "API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization."));
    }
    if over_limit || strike(&mut faults.next_daily_limit) {
        return Some(error(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."));
    }
    if strike(&mut faults.next_concurrent_limit) {
        return Some(error(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded."));
    }
    if strike(&mut faults.next_unavailable) {
        return Some((StatusCode::SERVICE_UNAVAILABLE, Html("<html><body>Service Unavailable</body></html>")).into_response());
    }
    if strike(&mut faults.next_not_acceptable) {
        return Some(StatusCode::NOT_ACCEPTABLE.into_response());
    }
    if strike(&mut faults.next_web_pages) {
        return Some(Html("<html><body>Please sign in to the network</body></html>").into_response());
    }
    strike(&mut faults.next_setting_up).then(|| (StatusCode::from_u16(420).expect("in range"), Html("<html>Setting things up</html>")).into_response())
}

async fn versions() -> Json<Value> {
    let versions: Vec<Value> = (20..=67)
        .map(|version| json!({ "label": format!("v{version}"), "url": format!("/services/data/v{version}.0"), "version": format!("{version}.0") }))
        .collect();
    Json(versions.into())
}

async fn faults(State(sandbox): State<Arc<Sandbox>>) -> Json<Faults> {
    Json(sandbox.faults.lock().expect("no panic holds it").clone())
}

async fn set_faults(State(sandbox): State<Arc<Sandbox>>, Json(change): Json<Value>) -> Response {
    match sandbox.set_faults(&change) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(reason) => (StatusCode::BAD_REQUEST, reason).into_response(),
    }
}

async fn counts(State(sandbox): State<Arc<Sandbox>>) -> Json<Value> {
    let org = sandbox.org.read().expect("no panic holds it");
    let counts: serde_json::Map<String, Value> = org.specs.iter().map(|spec| (spec.name.to_owned(), org.visible(spec.name).into())).collect();
    Json(counts.into())
}

async fn secrets(State(sandbox): State<Arc<Sandbox>>) -> Json<Vec<String>> {
    Json(sandbox.tokens.lock().expect("no panic holds it").all())
}

async fn revoke_all(State(sandbox): State<Arc<Sandbox>>) -> StatusCode {
    sandbox.tokens.lock().expect("no panic holds it").revoke_all();
    StatusCode::NO_CONTENT
}

/// `{instance_url}/{Id}`: the record in Salesforce's own pages, here a line of text.
async fn record_page(State(sandbox): State<Arc<Sandbox>>, request: Request) -> Response {
    let id = request.uri().path().trim_matches('/').to_owned();
    let org = sandbox.org.read().expect("no panic holds it");
    let found = org.specs.iter().find_map(|spec| org.find(spec, &id).map(|_| spec.name));
    match found {
        Some(object) => html(&format!("<h1>{object}</h1><p>Record {id} of the sandbox org. Here Salesforce would show it.</p>")).into_response(),
        None => error(404, "NOT_FOUND", "The requested resource does not exist"),
    }
}

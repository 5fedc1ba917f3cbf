//! Bulk API 2.0 of the sandbox org: query jobs with locators.

use super::dice::{Dice, datetime};
use super::fault::strike;
use super::ingest::IngestJob;
use super::org::Row;
use super::rest::hidden_from;
use super::server::{Caller, Sandbox, base64url, error};
use super::soql::{self, Query, Refusal};
use super::world::World;
use axum::body::{Body, Bytes};
use axum::extract::{Extension, Json, Path, Query as UrlQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::io::Write as _;
use std::sync::Arc;
use tokio_stream::wrappers::ReceiverStream;

/// Jobs by id.
#[derive(Default)]
pub struct Jobs {
    pub(super) counter: u64,
    queries: HashMap<String, QueryJob>,
    pub(super) ingests: HashMap<String, IngestJob>,
}

struct QueryJob {
    user: u64,
    version: String,
    query: Query,
    operation: String,
    state: &'static str,
    polls: u32,
    created: i64,
    rows: Arc<Rows>,
}

/// Which rows a job gives, and in which order: every `step`-th, where `step` is prime to their number, visits each once. A job's results
/// are files: what changes later doesn't change them.
struct Rows {
    indexes: Vec<u64>,
    step: u64,
    changed: BTreeMap<u64, Row>,
}

impl Rows {
    fn len(&self) -> u64 {
        self.indexes.len() as u64
    }

    fn get(&self, place: u64) -> u64 {
        self.indexes[(u128::from(place) * u128::from(self.step) % u128::from(self.len())) as usize]
    }
}

pub(super) type Shared = State<Arc<Sandbox>>;
type Fields = HashMap<String, String>;

pub(super) fn not_found() -> Response {
    error(404, "NOT_FOUND", "The requested resource does not exist")
}

impl QueryJob {
    fn json(&self, id: &str, with_progress: bool) -> Value {
        let created = datetime(self.created).replace('Z', "+0000");
        let mut body = json!({ "id": id, "operation": self.operation, "object": self.query.object, "createdById": World::id("005", self.user), "createdDate": created, "systemModstamp": created, "state": self.state, "concurrencyMode": "Parallel", "contentType": "CSV", "apiVersion": self.version.trim_start_matches('v').parse::<f64>().unwrap_or(66.0), "lineEnding": "LF", "columnDelimiter": "COMMA" });
        if with_progress {
            body["jobType"] = "V2Query".into();
            body["numberRecordsProcessed"] = if self.state == "JobComplete" { self.rows.len().into() } else { 0.into() };
            body["retries"] = 0.into();
            body["totalProcessingTime"] = 12.into();
            body["isPkChunkingSupported"] = true.into();
        }
        body
    }
}

/// `POST jobs/query`.
pub async fn create_query(State(sandbox): Shared, Extension(caller): Extension<Caller>, Path(version): Path<String>, Json(ask): Json<Value>) -> Response {
    let operation = ask["operation"].as_str().unwrap_or("").to_owned();
    if operation != "query" && operation != "queryAll" {
        return error(400, "INVALIDJOB", "operation must be query or queryAll");
    }
    if strike(&mut sandbox.faults.lock().expect("no panic holds it").next_bulk_limit) {
        return error(400, "LIMIT_EXCEEDED", "Max bulk v2 query jobs (10000) per 24 hrs has been reached (10021)");
    }
    let (shuffled, no_bulk) = {
        let faults = sandbox.faults.lock().expect("no panic holds it");
        (faults.shuffled, faults.no_bulk.clone())
    };
    let state = Arc::clone(&sandbox);
    let all = operation == "queryAll";
    let parsed = tokio::task::spawn_blocking(move || {
        let org = state.org.read().expect("no panic holds it");
        let query = Query::parse(&org, ask["query"].as_str().unwrap_or(""), &hidden_from(&org, caller.0), state.now())?;
        if query.counts() {
            return Err(Refusal("API_ERROR", "Aggregate queries are not supported by Bulk Query".into()));
        }
        let spec = org.spec(&query.object).expect("checked when parsed");
        if spec.no_bulk || no_bulk.iter().any(|object| object == spec.name) {
            return Err(Refusal("INVALIDENTITY", format!("Entity '{}' is not supported by the Bulk API.", spec.name)));
        }
        let indexes = query.run(&org, all);
        let step = if shuffled && query.is_plain() { step(indexes.len() as u64) } else { 1 };
        let rows = Rows { indexes, step, changed: org.changed_rows(spec) };
        Ok((query, rows))
    })
    .await
    .expect("parsing doesn't panic");
    let (query, rows) = match parsed {
        Ok(parsed) => parsed,
        Err(Refusal(code, message)) => return error(400, code, &message),
    };
    let mut jobs = sandbox.jobs.lock().expect("no panic holds it");
    jobs.counter += 1;
    let id = World::id("750", jobs.counter);
    let job = QueryJob { user: caller.0, version, query, operation, state: "UploadComplete", polls: 0, created: sandbox.now(), rows: Arc::new(rows) };
    let body = job.json(&id, false);
    jobs.queries.insert(id, job);
    Json(body).into_response()
}

fn step(count: u64) -> u64 {
    let gcd = |mut a: u64, mut b: u64| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    (0..10_000).map(|more| 7919 + 2 * more).find(|step| gcd(*step, count) == 1).unwrap_or(1)
}

/// Runs `give` on the caller's job; another user's job is not to be found.
fn with_query(sandbox: &Sandbox, caller: Caller, id: &str, give: impl FnOnce(&mut Jobs, &str) -> Response) -> Response {
    let mut jobs = sandbox.jobs.lock().expect("no panic holds it");
    match jobs.queries.get(id) {
        Some(job) if job.user == caller.0 => give(&mut jobs, id),
        _ => not_found(),
    }
}

/// `GET jobs/query/id`: states change from poll to poll.
pub async fn query_job(State(sandbox): Shared, Extension(caller): Extension<Caller>, Path((_, id)): Path<(String, String)>) -> Response {
    let (needed, fails) = {
        let mut faults = sandbox.faults.lock().expect("no panic holds it");
        if strike(&mut faults.next_gone_jobs) {
            return not_found();
        }
        (faults.polls, strike(&mut faults.next_failed_jobs))
    };
    with_query(&sandbox, caller, &id, |jobs, id| {
        let job = jobs.queries.get_mut(id).expect("it was there");
        if job.state == "UploadComplete" || job.state == "InProgress" {
            job.polls += 1;
            job.state = if fails {
                "Failed"
            } else if job.polls > needed {
                "JobComplete"
            } else {
                "InProgress"
            };
        }
        let mut body = job.json(id, true);
        if job.state == "Failed" {
            body["errorMessage"] = "InvalidBatch : Failed to process query: TIMEOUT".into();
        }
        Json(body).into_response()
    })
}

/// `PATCH jobs/query/id` with `{"state":"Aborted"}`.
pub async fn abort_query(State(sandbox): Shared, Extension(caller): Extension<Caller>, Path((_, id)): Path<(String, String)>) -> Response {
    with_query(&sandbox, caller, &id, |jobs, id| {
        let job = jobs.queries.get_mut(id).expect("it was there");
        if !matches!(job.state, "UploadComplete" | "InProgress") {
            return error(400, "INVALIDJOBSTATE", "Job can't be aborted in this state");
        }
        job.state = "Aborted";
        Json(job.json(id, true)).into_response()
    })
}

/// `DELETE jobs/query/id`.
pub async fn delete_query(State(sandbox): Shared, Extension(caller): Extension<Caller>, Path((_, id)): Path<(String, String)>) -> Response {
    with_query(&sandbox, caller, &id, |jobs, id| {
        if matches!(jobs.queries[id].state, "UploadComplete" | "InProgress") {
            return error(400, "API_ERROR", "Error encountered when deleting the job because the job is not terminated");
        }
        jobs.queries.remove(id);
        StatusCode::NO_CONTENT.into_response()
    })
}

/// `GET jobs/query`.
pub async fn list_queries(State(sandbox): Shared, Extension(caller): Extension<Caller>) -> Response {
    let jobs = sandbox.jobs.lock().expect("no panic holds it");
    let records: Vec<Value> = jobs.queries.iter().filter(|(_, job)| job.user == caller.0).map(|(id, job)| job.json(id, true)).collect();
    Json(json!({ "done": true, "records": records, "nextRecordsUrl": null })).into_response()
}

fn locator(place: u64, id: &str) -> String {
    base64url(format!("{place}:{id}:1").as_bytes())
}

fn place_of(locator: &str) -> Option<u64> {
    use base64::Engine as _;
    let text = String::from_utf8(base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(locator).ok()?).ok()?;
    text.split(':').next()?.parse().ok()
}

/// `GET jobs/query/id/results`: a page of CSV, streamed.
pub async fn results(
    State(sandbox): Shared,
    Extension(caller): Extension<Caller>,
    Path((version, id)): Path<(String, String)>,
    UrlQuery(ask): UrlQuery<Fields>,
    headers: HeaderMap,
) -> Response {
    let (rows, query) = {
        let jobs = sandbox.jobs.lock().expect("no panic holds it");
        match jobs.queries.get(&id) {
            Some(job) if job.user != caller.0 => return not_found(),
            Some(job) if job.version != version => return error(409, "VERSION_MISMATCH", "The API version must be the one the job was created with"),
            Some(job) if job.state == "JobComplete" => (Arc::clone(&job.rows), job.query.clone()),
            Some(_) => return error(400, "INVALIDJOBSTATE", "Results are there when the job is complete"),
            None => return not_found(),
        }
    };
    let start = match ask.get("locator") {
        None => 0,
        Some(text) => match place_of(text).filter(|place| *place <= rows.len()) {
            Some(place) => place,
            None => return error(400, "INVALID_LOCATOR", "The locator is invalid"),
        },
    };
    let mut faults = sandbox.faults.lock().expect("no panic holds it");
    let wanted = ask.get("maxRecords").and_then(|rows| rows.parse().ok()).unwrap_or(faults.default_page_rows);
    let most = faults.page_rows.map_or(wanted, |rows| rows.min(wanted)).max(1);
    let size = if faults.random_pages { most / 2 + Dice::new(start, 90, rows.len()).below(most / 2 + 1) } else { most }.max(1);
    let end = (start + size).min(rows.len());
    let page = PageWriter {
        rows: Arc::clone(&rows),
        start,
        end,
        header: start == 0 || faults.header_each_page,
        offset_datetimes: faults.offset_datetimes,
        gzip: faults.gzip && headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("gzip")),
        damage: if strike(&mut faults.next_cut_pages) {
            Damage::Cut
        } else if strike(&mut faults.next_short_pages) {
            Damage::Short
        } else {
            Damage::None
        },
    };
    let next = if end < rows.len() { locator(end, &id) } else { "null".into() };
    let next = if strike(&mut faults.next_no_locator) {
        None
    } else if strike(&mut faults.next_empty_locator) {
        Some(String::new())
    } else {
        Some(next)
    };
    drop(faults);
    let gzip = page.gzip;
    let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Bytes, std::io::Error>>(8);
    let state = Arc::clone(&sandbox);
    tokio::task::spawn_blocking(move || page.write(&state, &query, &sender));
    let mut response = Response::new(Body::from_stream(ReceiverStream::new(receiver)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=UTF-8"));
    headers.insert("sforce-numberofrecords", HeaderValue::from(end - start));
    if let Some(next) = next {
        headers.insert("sforce-locator", HeaderValue::from_str(&next).expect("ASCII"));
    }
    if gzip {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum Damage {
    None,
    Short,
    Cut,
}

struct PageWriter {
    rows: Arc<Rows>,
    start: u64,
    end: u64,
    header: bool,
    offset_datetimes: bool,
    gzip: bool,
    damage: Damage,
}

impl PageWriter {
    fn write(&self, sandbox: &Sandbox, query: &Query, sender: &tokio::sync::mpsc::Sender<Result<Bytes, std::io::Error>>) {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        let mut text = String::with_capacity(80_000);
        if self.header {
            write_row(&mut text, query.fields.iter().map(String::as_str));
        }
        let damaged_at = self.start + (self.end - self.start) / 2;
        let mut place = self.start;
        while place < self.end {
            let org = sandbox.org.read().expect("no panic holds it");
            let spec = org.spec(&query.object).expect("checked when parsed");
            let columns: Vec<Option<usize>> = query.fields.iter().map(|field| soql::position(spec, field)).collect();
            while place < self.end && text.len() < 64 << 10 {
                if self.damage != Damage::None && place > damaged_at {
                    break;
                }
                let row = org.row_as_of(spec, self.rows.get(place), &self.rows.changed);
                let values: Vec<String> = query
                    .fields
                    .iter()
                    .zip(&columns)
                    .map(|(field, column)| {
                        let value = column.map_or_else(|| soql::value(&org, spec, &row, field), |column| row[column].clone());
                        if self.offset_datetimes && super::schema::kind(field) == "datetime" { value.replace('Z', "+0000") } else { value }
                    })
                    .collect();
                let torn = strike(&mut sandbox.faults.lock().expect("no panic holds it").next_torn_rows);
                write_row(&mut text, values.iter().take(values.len() - usize::from(torn)).map(String::as_str));
                place += 1;
            }
            drop(org);
            let bytes = if self.gzip {
                encoder.write_all(text.as_bytes()).expect("memory takes it");
                std::mem::take(encoder.get_mut())
            } else {
                text.clone().into_bytes()
            };
            text.clear();
            if !bytes.is_empty() && sender.blocking_send(Ok(bytes.into())).is_err() {
                return;
            }
            if self.damage != Damage::None && place > damaged_at {
                break;
            }
        }
        if self.damage == Damage::Cut {
            let _ = sender.blocking_send(Err(std::io::Error::new(std::io::ErrorKind::ConnectionReset, "cut")));
            return;
        }
        if self.gzip {
            encoder.write_all(text.as_bytes()).expect("memory takes it");
            let _ = sender.blocking_send(Ok(encoder.finish().expect("memory takes it").into()));
        } else if !text.is_empty() {
            let _ = sender.blocking_send(Ok(text.into_bytes().into()));
        }
    }
}

/// A CSV row, every value quoted.
pub fn write_row<'a>(text: &mut String, values: impl Iterator<Item = &'a str>) {
    for (place, value) in values.enumerate() {
        text.push_str(if place == 0 { "\"" } else { ",\"" });
        if value.contains('"') {
            text.push_str(&value.replace('"', "\"\""));
        } else {
            text.push_str(value);
        }
        text.push('"');
    }
    text.push('\n');
}

/// `GET jobs/query/id/resultPages`: up to five pages by address.
pub async fn result_pages(State(sandbox): Shared, Extension(caller): Extension<Caller>, Path((version, id)): Path<(String, String)>) -> Response {
    let size = sandbox.faults.lock().expect("no panic holds it").default_page_rows;
    with_query(&sandbox, caller, &id, |jobs, id| {
        let total = jobs.queries[id].rows.len();
        let pages: Vec<Value> = (0..total.div_ceil(size.max(1)).max(1)).take(5).map(|page| json!({ "resultUrl": format!("/services/data/{version}/jobs/query/{id}/results{}", if page == 0 { String::new() } else { format!("?locator={}", locator(page * size, id)) }) })).collect();
        Json(json!({ "resultPages": pages, "nextRecordsUrl": null, "done": true })).into_response()
    })
}

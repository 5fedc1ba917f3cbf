//! REST of the sandbox org: query, describe, limits, change windows. Rows: `row`.

use super::dice::date;
use super::fault::strike;
use super::metadata;
use super::org::{Org, Row};
use super::schema::{self, Spec, kind};
use super::server::{Caller, Sandbox, error};
use super::soql::{self, Query, Refusal};
use axum::extract::{Extension, Json, Path, Query as UrlQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use inlay_core::salesforce::metadata::KEY_FIELD;
use serde_json::{Map, Value, json};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The rest of a query.
#[derive(Clone)]
pub struct Cursor {
    query: Query,
    rows: Vec<u64>,
}

pub(super) type Fields = HashMap<String, String>;
pub(super) type Shared = State<Arc<Sandbox>>;

/// Fields hidden from a user.
pub fn hidden_from(org: &Org, user: u64) -> HashSet<(String, String)> {
    let user = super::world::World::id("005", user);
    let mut hidden = org.hidden.get(&user).cloned().unwrap_or_default();
    if !metadata::is_assigned(org, &user) {
        hidden.insert(("Task".into(), KEY_FIELD.into()));
    }
    hidden
}

fn refused(Refusal(code, message): Refusal) -> Response {
    error(400, code, &message)
}

/// A value in REST's JSON.
pub(super) fn to_json(field: &str, value: &str) -> Value {
    match kind(field) {
        "boolean" => (value == "true").into(),
        _ if value.is_empty() => Value::Null,
        "int" => value.parse::<i64>().map_or(Value::Null, Value::from),
        "currency" => value.parse::<f64>().map_or(Value::Null, Value::from),
        "datetime" => value.replace('Z', "+0000").into(),
        _ => value.into(),
    }
}

pub(super) fn from_json(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

pub(super) fn record(org: &Org, spec: &Spec, row: &Row, fields: &[String], version: &str) -> Value {
    let attributes = |spec: &Spec, id: &str| json!({ "type": spec.name, "url": format!("/services/data/{version}/sobjects/{}/{id}", spec.name) });
    let mut record = Map::new();
    record.insert("attributes".into(), attributes(spec, &row[0]));
    for field in fields {
        match field.split_once('.') {
            None => {
                let name = soql::position(spec, field).map_or(field.as_str(), |place| spec.fields[place]);
                record.insert(name.into(), to_json(name, &soql::value(org, spec, row, field)));
            }
            Some((parent, of)) => {
                let entry = record.entry(parent.to_owned()).or_insert_with(|| json!({ "attributes": { "type": parent } }));
                entry[of] = to_json(of, &soql::value(org, spec, row, field));
            }
        }
    }
    record.into()
}

fn page_of(sandbox: &Sandbox, cursor: Cursor, total: usize, version: &str, size: usize) -> Response {
    let org = sandbox.org.read().expect("no panic holds it");
    let spec = org.spec(&cursor.query.object).expect("checked when parsed");
    let (now, later) = cursor.rows.split_at(size.min(cursor.rows.len()));
    let records: Vec<Value> = now.iter().map(|index| record(&org, spec, &org.row(spec, *index), &cursor.query.fields, version)).collect();
    let mut body = json!({ "totalSize": total, "done": later.is_empty(), "records": records });
    if !later.is_empty() {
        let mut cursors = sandbox.cursors.lock().expect("no panic holds it");
        let name = format!("01g{:012}-{}", cursors.len(), total - later.len());
        body["nextRecordsUrl"] = format!("/services/data/{version}/query/{name}").into();
        let rest = Cursor { query: cursor.query.clone(), rows: later.to_vec() };
        cursors.insert(name, rest);
    }
    if strike(&mut sandbox.faults.lock().expect("no panic holds it").next_cut_replies) {
        return cut(&body.to_string());
    }
    Json(body).into_response()
}

/// A reply whose connection is cut in the middle.
fn cut(body: &str) -> Response {
    let half = axum::body::Bytes::copy_from_slice(&body.as_bytes()[..body.len() / 2]);
    let gone = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "cut");
    Response::new(axum::body::Body::from_stream(tokio_stream::iter([Ok(half), Err(gone)])))
}

fn batch_size(headers: &HeaderMap) -> usize {
    let options = headers.get("sforce-query-options").and_then(|value| value.to_str().ok()).unwrap_or("");
    options.split_once("batchSize=").and_then(|(_, size)| size.parse().ok()).unwrap_or(2000).clamp(200, 2000)
}

pub(super) fn run_query(sandbox: &Sandbox, caller: Caller, version: &str, ask: &Fields, headers: &HeaderMap, include_deleted: bool) -> Response {
    let text = ask.get("q").map_or("", String::as_str);
    let (query, rows) = {
        let org = sandbox.org.read().expect("no panic holds it");
        let query = match Query::parse(&org, text, &hidden_from(&org, caller.0), sandbox.now()) {
            Ok(query) => query,
            Err(refusal) => return refused(refusal),
        };
        let rows = query.run(&org, include_deleted);
        (query, rows)
    };
    let total = rows.len();
    if query.counts() {
        return Json(json!({ "totalSize": total, "done": true, "records": [] })).into_response();
    }
    page_of(sandbox, Cursor { query, rows }, total, version, batch_size(headers))
}

/// `GET query?q=` and `GET queryAll?q=`, which gives deleted and archived rows too.
pub async fn query<const ALL: bool>(
    State(sandbox): Shared,
    Extension(caller): Extension<Caller>,
    Path(version): Path<String>,
    UrlQuery(ask): UrlQuery<Fields>,
    headers: HeaderMap,
) -> Response {
    run_query(&sandbox, caller, &version, &ask, &headers, ALL)
}

/// The next rows of a query.
pub async fn more(State(sandbox): Shared, Path((version, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    // An address may be asked for again; a cursor ends after two days, or when the switch says so.
    if strike(&mut sandbox.faults.lock().expect("no panic holds it").next_ended_cursors) {
        sandbox.cursors.lock().expect("no panic holds it").remove(&name);
    }
    let cursor = sandbox.cursors.lock().expect("no panic holds it").get(&name).cloned();
    let Some(cursor) = cursor else { return error(400, "INVALID_QUERY_LOCATOR", "invalid query locator") };
    let given = name.rsplit_once('-').and_then(|(_, given)| given.parse::<usize>().ok()).unwrap_or(0);
    let total = given + cursor.rows.len();
    page_of(&sandbox, cursor, total, &version, batch_size(&headers))
}

/// `GET /services/data/vXX/`.
pub async fn resources(Path(version): Path<String>) -> Json<Value> {
    let link = |name: &str| format!("/services/data/{version}/{name}");
    Json(
        json!({ "sobjects": link("sobjects"), "query": link("query"), "queryAll": link("queryAll"), "limits": link("limits"), "composite": link("composite"), "jobs": link("jobs") }),
    )
}

/// `GET limits`.
pub async fn limits(State(sandbox): Shared) -> Json<Value> {
    let max = sandbox.faults.lock().expect("no panic holds it").daily_limit;
    let used = sandbox.calls_of_day();
    let limit = |max: u64, used: u64| json!({ "Max": max, "Remaining": max.saturating_sub(used) });
    Json(
        json!({ "DailyApiRequests": limit(max, used), "DailyBulkV2QueryJobs": limit(10_000, 0), "DailyBulkV2QueryFileStorageMB": limit(976_562, 0), "DailyBulkApiBatches": limit(15_000, 0) }),
    )
}

/// `GET sobjects`.
pub async fn describe_global(State(sandbox): Shared, Path(version): Path<String>) -> Json<Value> {
    let org = sandbox.org.read().expect("no panic holds it");
    let objects: Vec<Value> = org
        .specs
        .iter()
        .map(|spec| json!({ "name": spec.name, "label": spec.name, "keyPrefix": spec.prefix, "queryable": true, "createable": true, "updateable": true, "custom": false, "urls": { "sobject": format!("/services/data/{version}/sobjects/{}", spec.name) } }))
        .collect();
    Json(json!({ "encoding": "UTF-8", "maxBatchSize": 200, "sobjects": objects }))
}

pub(super) fn no_object() -> Response {
    error(404, "NOT_FOUND", "The requested resource does not exist")
}

/// `GET sobjects/X`.
pub async fn basic(State(sandbox): Shared, Path((_, object)): Path<(String, String)>) -> Response {
    let org = sandbox.org.read().expect("no panic holds it");
    match org.spec(&object) {
        Some(spec) => Json(json!({ "objectDescribe": { "name": spec.name, "keyPrefix": spec.prefix }, "recentItems": [] })).into_response(),
        None => no_object(),
    }
}

/// `GET sobjects/X/describe`: per user; 304 if nothing changed.
pub async fn describe(State(sandbox): Shared, Extension(caller): Extension<Caller>, Path((_, object)): Path<(String, String)>, headers: HeaderMap) -> Response {
    if headers.contains_key(header::IF_MODIFIED_SINCE) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let org = sandbox.org.read().expect("no panic holds it");
    let hidden = hidden_from(&org, caller.0);
    if sandbox.faults.lock().expect("no panic holds it").no_describe.contains(&object) {
        return error(403, "INSUFFICIENT_ACCESS", "insufficient access rights on object id");
    }
    let is_task = object.eq_ignore_ascii_case("Task");
    let record_types = if is_task { metadata::record_types(&org, &super::world::World::id("005", caller.0)) } else { Vec::new() };
    match org.spec(&object) {
        Some(spec) if !hidden.contains(&(spec.name.to_owned(), "Id".into())) => {
            ([(header::LAST_MODIFIED, "Sun, 01 Nov 2026 00:00:00 GMT")], Json(schema::describe(spec, &hidden, record_types))).into_response()
        }
        _ => no_object(),
    }
}

fn window(sandbox: &Sandbox, object: &str, ask: &Fields, deleted: bool) -> Result<Vec<(String, String)>, Response> {
    let (Some(start), Some(end)) = (ask.get("start"), ask.get("end")) else {
        return Err(error(400, "INVALID_REPLICATION_DATE", "startDate and endDate are needed"));
    };
    let day = |seconds: i64| date(seconds);
    let oldest = day(sandbox.now() - if deleted { 15 } else { 30 } * 86_400);
    if start.as_str() < oldest.as_str() || start >= end {
        return Err(error(400, "INVALID_REPLICATION_DATE", "startDate is too old or not before endDate"));
    }
    let org = sandbox.org.read().expect("no panic holds it");
    let Some(spec) = org.spec(object) else { return Err(no_object()) };
    let (from, to) = (start.get(..19).unwrap_or(start), end.get(..19).unwrap_or(end));
    Ok((0..org.len(spec.name))
        .map(|index| org.row(spec, index))
        .filter(|row| Org::is_deleted(spec, row) == deleted)
        .map(|row| (row[0].clone(), soql::value(&org, spec, &row, "SystemModstamp")))
        .filter(|(_, stamp)| stamp.get(..19).is_some_and(|stamp| stamp >= from && stamp < to))
        .collect())
}

/// `GET sobjects/X/updated`.
pub async fn updated(State(sandbox): Shared, Path((_, object)): Path<(String, String)>, UrlQuery(ask): UrlQuery<Fields>) -> Response {
    match window(&sandbox, &object, &ask, false) {
        Ok(rows) => Json(json!({ "ids": rows.into_iter().map(|(id, _)| id).collect::<Vec<_>>(), "latestDateCovered": ask["end"] })).into_response(),
        Err(response) => response,
    }
}

/// `GET sobjects/X/deleted`.
pub async fn deleted(State(sandbox): Shared, Path((_, object)): Path<(String, String)>, UrlQuery(ask): UrlQuery<Fields>) -> Response {
    match window(&sandbox, &object, &ask, true) {
        Ok(rows) => Json(json!({ "deletedRecords": rows.into_iter().map(|(id, at)| json!({ "id": id, "deletedDate": at.replace('Z', "+0000") })).collect::<Vec<_>>(), "earliestDateAvailable": date(sandbox.now() - 15 * 86_400), "latestDateCovered": ask["end"] })).into_response(),
        Err(response) => response,
    }
}

//! Bulk API 2.0 of the sandbox org: ingest jobs with three result files.

use super::bulk::{Shared, not_found, write_row};
use super::dice::datetime;
use super::org::Org;
use super::server::{Caller, Sandbox, error};
use super::soql;
use super::world::World;
use axum::body::Bytes;
use axum::extract::{Extension, Json, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

pub(super) struct IngestJob {
    user: u64,
    version: String,
    object: String,
    operation: String,
    external: String,
    state: &'static str,
    data: Vec<u8>,
    created: i64,
    good: Vec<(String, bool, Vec<String>)>,
    failed: Vec<(String, String, Vec<String>)>,
    header: Vec<String>,
}

impl IngestJob {
    fn json(&self, id: &str) -> Value {
        let created = datetime(self.created).replace('Z', "+0000");
        json!({ "id": id, "operation": self.operation, "object": self.object, "createdById": World::id("005", self.user), "createdDate": created, "systemModstamp": created, "state": self.state, "externalIdFieldName": self.external, "concurrencyMode": "Parallel", "contentType": "CSV", "apiVersion": self.version.trim_start_matches('v').parse::<f64>().unwrap_or(66.0), "contentUrl": format!("services/data/{}/jobs/ingest/{id}/batches", self.version), "lineEnding": "LF", "columnDelimiter": "COMMA", "jobType": "V2Ingest", "numberRecordsProcessed": self.good.len() + self.failed.len(), "numberRecordsFailed": self.failed.len(), "retries": 0, "totalProcessingTime": 9, "apiActiveProcessingTime": 9, "apexProcessingTime": 0 })
    }
}

/// `POST jobs/ingest`.
pub async fn create_ingest(State(sandbox): Shared, Extension(caller): Extension<Caller>, Path(version): Path<String>, Json(ask): Json<Value>) -> Response {
    let get = |name: &str| ask[name].as_str().unwrap_or("").to_owned();
    if sandbox.org.read().expect("no panic holds it").spec(&get("object")).is_none() {
        return error(400, "INVALIDJOB", "InvalidJob : Unable to find object");
    }
    let job = IngestJob {
        user: caller.0,
        version,
        object: get("object"),
        operation: get("operation"),
        external: get("externalIdFieldName"),
        state: "Open",
        data: Vec::new(),
        created: sandbox.now(),
        good: Vec::new(),
        failed: Vec::new(),
        header: Vec::new(),
    };
    let mut jobs = sandbox.jobs.lock().expect("no panic holds it");
    jobs.counter += 1;
    let id = World::id("750", jobs.counter);
    let body = job.json(&id);
    jobs.ingests.insert(id, job);
    Json(body).into_response()
}

/// `PUT jobs/ingest/id/batches`.
pub async fn upload(State(sandbox): Shared, Path((_, id)): Path<(String, String)>, body: Bytes) -> Response {
    let mut jobs = sandbox.jobs.lock().expect("no panic holds it");
    match jobs.ingests.get_mut(&id).filter(|job| job.state == "Open" && job.data.is_empty()) {
        Some(job) => {
            job.data = body.to_vec();
            StatusCode::CREATED.into_response()
        }
        None => error(400, "INVALIDJOBSTATE", "Found multiple contents for job"),
    }
}

/// `PATCH jobs/ingest/id`: `UploadComplete` lets it run, `Aborted` ends it.
pub async fn finish_ingest(State(sandbox): Shared, Path((_, id)): Path<(String, String)>, Json(ask): Json<Value>) -> Response {
    let mut jobs = sandbox.jobs.lock().expect("no panic holds it");
    let Some(job) = jobs.ingests.get_mut(&id) else { return not_found() };
    if ask["state"] == "Aborted" {
        job.state = "Aborted";
    } else {
        ingest(&sandbox, job);
    }
    Json(job.json(&id)).into_response()
}

fn ingest(sandbox: &Sandbox, job: &mut IngestJob) {
    let mut rows = Vec::new();
    let mut decoder = inlay_core::csv::Decoder::default();
    let mut take = |row: inlay_core::csv::Row| rows.push(row.texts().unwrap_or_default().into_iter().map(str::to_owned).collect::<Vec<String>>());
    decoder.push(&job.data, &mut take);
    decoder.finish(&mut take);
    let mut rows = rows.into_iter();
    job.header = rows.next().unwrap_or_default();
    let now = sandbox.now();
    for row in rows {
        let mut org = sandbox.org.write().expect("no panic holds it");
        let outcome = ingest_row(&mut org, job, &row, now);
        match outcome {
            Ok((id, created)) => job.good.push((id, created, row)),
            Err(reason) => job.failed.push((String::new(), reason, row)),
        }
    }
    job.state = "JobComplete";
}

fn ingest_row(org: &mut Org, job: &IngestJob, row: &[String], now: i64) -> Result<(String, bool), String> {
    let spec = org.spec(&job.object).expect("checked when created").clone();
    if row.len() != job.header.len() {
        return Err("INVALID_CSV:The number of columns doesn't fit the header:--".into());
    }
    if let Some(name) = job.header.iter().find(|name| soql::position(&spec, name).is_none()) {
        return Err(format!("INVALID_FIELD:No such column '{name}':--"));
    }
    // Empty leaves a field alone, #N/A empties it.
    let values: Vec<(&str, &str)> = job
        .header
        .iter()
        .map(String::as_str)
        .zip(row.iter().map(String::as_str))
        .filter(|(name, value)| !value.is_empty() && !name.eq_ignore_ascii_case("Id"))
        .map(|(name, value)| (name, if value == "#N/A" { "" } else { value }))
        .collect();
    let get = |name: &str| job.header.iter().position(|known| known.eq_ignore_ascii_case(name)).map_or("", |place| row[place].as_str());
    let found = match job.operation.as_str() {
        "insert" => None,
        "upsert" if !job.external.eq_ignore_ascii_case("Id") => {
            let place = soql::position(&spec, &job.external).ok_or("INVALID_FIELD:external id:--")?;
            (0..org.len(spec.name)).find(|index| org.row(&spec, *index)[place] == get(&job.external))
        }
        _ => Some(org.index(&spec, get("Id")).ok_or("MALFORMED_ID:bad id:Id --")?),
    };
    match (job.operation.as_str(), found) {
        ("delete" | "hardDelete", Some(index)) => {
            org.update(spec.name, index, &[("IsDeleted", "true")], now);
            Ok((org.row(&spec, index)[0].clone(), false))
        }
        (_, Some(index)) => {
            org.update(spec.name, index, &values, now);
            Ok((org.row(&spec, index)[0].clone(), false))
        }
        (_, None) => {
            let missing: Vec<&str> = super::schema::required(spec.name).iter().copied().filter(|field| get(field).is_empty()).collect();
            if missing.is_empty() {
                Ok((org.create(spec.name, &values, now), true))
            } else {
                Err(format!("REQUIRED_FIELD_MISSING:Required fields are missing: [{}]:{} --", missing.join(", "), missing.join(" ")))
            }
        }
    }
}

/// `GET jobs/ingest/id`.
pub async fn ingest_job(State(sandbox): Shared, Path((_, id)): Path<(String, String)>) -> Response {
    sandbox.jobs.lock().expect("no panic holds it").ingests.get(&id).map_or_else(not_found, |job| Json(job.json(&id)).into_response())
}

/// `DELETE jobs/ingest/id`.
pub async fn delete_ingest(State(sandbox): Shared, Path((_, id)): Path<(String, String)>) -> Response {
    sandbox.jobs.lock().expect("no panic holds it").ingests.remove(&id).map_or_else(not_found, |_| StatusCode::NO_CONTENT.into_response())
}

/// `GET jobs/ingest/id/successfulResults` and its two sisters.
pub async fn ingest_results(State(sandbox): Shared, Path((_, id, which)): Path<(String, String, String)>) -> Response {
    let jobs = sandbox.jobs.lock().expect("no panic holds it");
    let Some(job) = jobs.ingests.get(&id) else { return not_found() };
    let mut text = String::new();
    let header = |first: &[&str]| first.iter().map(|&name| name.to_owned()).chain(job.header.iter().cloned()).collect::<Vec<_>>();
    match which.to_ascii_lowercase().trim_end_matches('/') {
        "successfulresults" => {
            write_row(&mut text, header(&["sf__Id", "sf__Created"]).iter().map(String::as_str));
            for (id, created, row) in &job.good {
                write_row(&mut text, [id.as_str(), if *created { "true" } else { "false" }].into_iter().chain(row.iter().map(String::as_str)));
            }
        }
        "failedresults" => {
            write_row(&mut text, header(&["sf__Id", "sf__Error"]).iter().map(String::as_str));
            for (id, reason, row) in &job.failed {
                write_row(&mut text, [id.as_str(), reason.as_str()].into_iter().chain(row.iter().map(String::as_str)));
            }
        }
        "unprocessedrecords" => write_row(&mut text, job.header.iter().map(String::as_str)),
        _ => return not_found(),
    }
    ([(header::CONTENT_TYPE, "text/csv; charset=UTF-8")], text).into_response()
}

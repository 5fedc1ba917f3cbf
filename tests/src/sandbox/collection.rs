//! Many rows of the sandbox org over REST in one request: collections and composite.

use super::rest::{Fields, Shared, describe, from_json, hidden_from, record, run_query};
use super::row::{RowError, allows_duplicates, find, remove, upsert_one, write};
use super::server::{Caller, Sandbox, error};
use super::soql;
use axum::extract::{Extension, Json, Path, Query as UrlQuery, State};
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use inlay_core::salesforce::metadata::KEY_FIELD;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Carries out a list of rows in order; with `allOrNone` the first failure takes all back.
fn many(sandbox: &Sandbox, body: &Value, mut each: impl FnMut(&Value) -> Result<Value, RowError>) -> Response {
    let records = body["records"].as_array().cloned().unwrap_or_default();
    if records.len() > 200 {
        return error(400, "LIMIT_EXCEEDED", "record limit reached. cannot submit more than 200 records in this operation");
    }
    let mut results = Vec::new();
    let mut failed = false;
    for record in &records {
        match each(record) {
            Ok(result) => results.push(result),
            Err(error) => {
                failed = true;
                results.push(error.result());
            }
        }
    }
    if failed && body["allOrNone"] == true {
        let rolled = "Record rolled back because not all records were valid and the request was using AllOrNone header";
        for result in results.iter_mut().filter(|result| result["success"] == true) {
            if let Some(id) = result["id"].as_str() {
                let object = records.first().and_then(|record| record["attributes"]["type"].as_str()).unwrap_or("").to_owned();
                let _ = remove(sandbox, &object, id);
            }
            *result = json!({ "success": false, "errors": [{ "statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK", "message": rolled, "fields": [] }] });
        }
    }
    Json(Value::from(results)).into_response()
}

fn type_of(record: &Value) -> &str {
    record["attributes"]["type"].as_str().unwrap_or("")
}

/// `POST composite/sobjects`.
pub async fn create_many(State(sandbox): Shared, Extension(caller): Extension<Caller>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    let allow = allows_duplicates(&headers);
    many(&sandbox, &body, |record| write(&sandbox, type_of(record), None, record, allow, caller.0).map(|id| json!({ "id": id, "success": true, "errors": [] })))
}

/// `PATCH composite/sobjects`.
pub async fn update_many(State(sandbox): Shared, Extension(caller): Extension<Caller>, Json(body): Json<Value>) -> Response {
    many(&sandbox, &body, |record| {
        let id = record["id"].as_str().or_else(|| record["Id"].as_str()).unwrap_or("");
        let (spec, index, _) = find(&sandbox.org.read().expect("no panic holds it"), type_of(record), id)?;
        let mut changes = record.clone();
        if let Some(fields) = changes.as_object_mut() {
            fields.remove("id");
            fields.remove("Id");
        }
        write(&sandbox, spec.name, Some(index), &changes, true, caller.0).map(|id| json!({ "id": id, "success": true, "errors": [] }))
    })
}

/// `PATCH composite/sobjects/X/Field__c`.
pub async fn upsert_many(
    State(sandbox): Shared,
    Extension(caller): Extension<Caller>,
    Path((_, object, field)): Path<(String, String, String)>,
    Json(body): Json<Value>,
) -> Response {
    let is_there = {
        let org = sandbox.org.read().expect("no panic holds it");
        let known = org.spec(&object).and_then(|spec| Some((spec.name.to_owned(), spec.fields[soql::position(spec, &field)?].to_owned())));
        known.is_some_and(|known| !hidden_from(&org, caller.0).contains(&known))
    };
    if !is_there || (field == KEY_FIELD && sandbox.faults.lock().expect("no panic holds it").refuses_key) {
        return error(404, "NOT_FOUND", &format!("Provided external ID field does not exist or is not accessible: {field}"));
    }
    many(&sandbox, &body, |record| {
        let value = from_json(&record[&field]);
        match upsert_one(&sandbox, &object, &field, &value, record, caller.0)? {
            Ok((id, created)) => Ok(json!({ "id": id, "success": true, "errors": [], "created": created })),
            Err(_) => Err(RowError::new("DUPLICATE_EXTERNAL_ID", "Duplicate external id specified", &[])),
        }
    })
}

/// `DELETE composite/sobjects?ids=`.
pub async fn delete_many(State(sandbox): Shared, UrlQuery(ask): UrlQuery<Fields>) -> Response {
    let prefixes: Vec<(&'static str, &'static str)> =
        sandbox.org.read().expect("no panic holds it").specs.iter().map(|spec| (spec.prefix, spec.name)).collect();
    let ids = ask.get("ids").map_or("", String::as_str).split(',').filter(|id| !id.is_empty());
    let results: Vec<Value> = ids
        .map(|id| {
            let object = prefixes.iter().find(|(prefix, _)| id.starts_with(prefix)).map_or("", |(_, object)| object);
            remove(&sandbox, object, id).map_or_else(|error| error.result(), |()| json!({ "id": id, "success": true, "errors": [] }))
        })
        .collect();
    Json(Value::from(results)).into_response()
}

/// A collection is read under its object's name.
pub async fn read_none() -> Response {
    error(405, "METHOD_NOT_ALLOWED", "HTTP Method 'GET' not allowed. Allowed are POST,PATCH,DELETE")
}

/// `GET composite/sobjects/X?ids=&fields=`.
pub async fn read_many(State(sandbox): Shared, Path((version, object)): Path<(String, String)>, UrlQuery(ask): UrlQuery<Fields>) -> Response {
    let list = |name: &str| ask.get(name).map_or("", String::as_str).split(',').map(str::to_owned).collect::<Vec<_>>();
    read_list(&sandbox, &version, &object, &list("ids"), &list("fields"))
}

/// `POST composite/sobjects/X` with ids and fields in the body.
pub async fn read_many_posted(State(sandbox): Shared, Path((version, object)): Path<(String, String)>, Json(body): Json<Value>) -> Response {
    let list = |name: &str| body[name].as_array().into_iter().flatten().map(from_json).collect::<Vec<_>>();
    read_list(&sandbox, &version, &object, &list("ids"), &list("fields"))
}

fn read_list(sandbox: &Sandbox, version: &str, object: &str, ids: &[String], fields: &[String]) -> Response {
    let org = sandbox.org.read().expect("no panic holds it");
    let rows: Vec<Value> =
        ids.iter().map(|id| find(&org, object, id).map_or(Value::Null, |(spec, _, row)| record(&org, &spec, &row, fields, version))).collect();
    Json(Value::from(rows)).into_response()
}

/// `POST composite`: up to 25 requests, later ones may name earlier results.
pub async fn composite(State(sandbox): Shared, Extension(caller): Extension<Caller>, Json(body): Json<Value>) -> Response {
    let mut done: HashMap<String, Value> = HashMap::new();
    let mut results = Vec::new();
    let mut halted = false;
    let asks = body["compositeRequest"].as_array().cloned().unwrap_or_default();
    if asks.len() > 25 {
        return error(400, "LIMIT_EXCEEDED", "The composite request has more than 25 subrequests");
    }
    for ask in asks {
        let reference = ask["referenceId"].as_str().unwrap_or("").to_owned();
        let mut text = ask.to_string();
        for (name, result) in &done {
            text = text.replace(&format!("@{{{name}.id}}"), result["id"].as_str().unwrap_or(""));
        }
        let ask: Value = serde_json::from_str(&text).unwrap_or(ask);
        let (status, inner) = if halted || text.contains("@{") {
            (400, json!([{ "errorCode": "PROCESSING_HALTED", "message": "Invalid reference specified. No value found." }]))
        } else {
            one_of_composite(&sandbox, caller, &ask)
        };
        halted |= status >= 400 && body["allOrNone"] == true;
        if status < 300 {
            done.insert(reference.clone(), inner.clone());
        }
        results.push(json!({ "body": inner, "httpHeaders": {}, "httpStatusCode": status, "referenceId": reference }));
    }
    Json(json!({ "compositeResponse": results })).into_response()
}

fn one_of_composite(sandbox: &Sandbox, caller: Caller, ask: &Value) -> (u16, Value) {
    let failed = |error: RowError| {
        (if error.code == "NOT_FOUND" { 404 } else { 400 }, json!([{ "errorCode": error.code, "message": error.message, "fields": error.fields }]))
    };
    let url = ask["url"].as_str().unwrap_or("");
    let parts: Vec<&str> = url.split('?').next().unwrap_or("").trim_matches('/').split('/').collect();
    match (ask["method"].as_str().unwrap_or("GET"), parts.as_slice()) {
        ("POST", ["services", "data", _, "sobjects", object]) => {
            write(sandbox, object, None, &ask["body"], false, caller.0).map_or_else(failed, |id| (201, json!({ "id": id, "success": true, "errors": [] })))
        }
        ("PATCH", ["services", "data", _, "sobjects", object, id]) => {
            let found = find(&sandbox.org.read().expect("no panic holds it"), object, id);
            found.and_then(|(_, index, _)| write(sandbox, object, Some(index), &ask["body"], true, caller.0)).map_or_else(failed, |_| (204, Value::Null))
        }
        ("DELETE", ["services", "data", _, "sobjects", object, id]) => remove(sandbox, object, id).map_or_else(failed, |()| (204, Value::Null)),
        ("GET", ["services", "data", version, "sobjects", object, id]) => {
            let org = sandbox.org.read().expect("no panic holds it");
            find(&org, object, id).map_or_else(failed, |(spec, _, row)| {
                let fields: Vec<String> = spec.fields.iter().map(|&field| field.to_owned()).collect();
                (200, record(&org, &spec, &row, &fields, version))
            })
        }
        _ => (404, json!([{ "errorCode": "NOT_FOUND", "message": "The requested resource does not exist" }])),
    }
}

/// `POST composite/batch`: up to 25 requests that know nothing of each other; here queries and descriptions.
pub async fn batch(
    State(sandbox): Shared,
    Extension(caller): Extension<Caller>,
    Path(version): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    if sandbox.faults.lock().expect("no panic holds it").no_batch {
        return error(404, "NOT_FOUND", "The requested resource does not exist");
    }
    let asks = body["batchRequests"].as_array().cloned().unwrap_or_default();
    if asks.len() > 25 {
        return error(400, "LIMIT_EXCEEDED", "The batch request has more than 25 subrequests");
    }
    let mut results = Vec::new();
    for ask in asks {
        let url = format!("http://org/{}", ask["url"].as_str().unwrap_or("").trim_start_matches('/'));
        let Ok(uri) = url.parse::<Uri>() else { return error(400, "JSON_PARSER_ERROR", "a URL can't be read") };
        let fields = UrlQuery::<Fields>::try_from_uri(&uri).map(|query| query.0).unwrap_or_default();
        let resource = uri.path().rsplit('/').find(|part| !part.is_empty()).unwrap_or("");
        let object = uri.path().rsplit('/').nth(1).unwrap_or("").to_owned();
        let response = match resource {
            "query" | "queryAll" => run_query(&sandbox, caller, &version, &fields, &headers, resource == "queryAll"),
            "describe" => describe(State(sandbox.clone()), Extension(caller), Path((version.clone(), object)), HeaderMap::new()).await,
            _ => error(404, "NOT_FOUND", "The requested resource does not exist"),
        };
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default();
        results.push(json!({ "statusCode": status, "result": serde_json::from_slice::<Value>(&bytes).unwrap_or_default() }));
    }
    let failed = results.iter().any(|result| result["statusCode"] != 200);
    Json(json!({ "hasErrors": failed, "results": results })).into_response()
}

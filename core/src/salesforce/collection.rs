//! Many rows in one request (`salesforce.md` 3.3): created, removed; and the queries that find them again.

use super::Api;
use super::http::{Method, Reply, Request};
use super::query;
use crate::api::Refusal;
use crate::model::id::RecordId;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Rows that one request may have.
pub const ROWS_MOST: usize = 200;

/// Creates rows of one object; each stands or fails by itself.
pub fn create(api: Api, rows: &[Map<String, Value>]) -> Request {
    api.request(Method::Post, "composite/sobjects").json(&json!({ "allOrNone": false, "records": rows }))
}

/// Creates rows of one object, or changes those that have the same external id; each stands or fails by itself.
pub fn upsert(api: Api, object: &str, field: &str, rows: &[Map<String, Value>]) -> Request {
    api.request(Method::Patch, &format!("composite/sobjects/{object}/{field}")).json(&json!({ "allOrNone": false, "records": rows }))
}

/// Removes rows.
pub fn remove(api: Api, ids: &[RecordId]) -> Request {
    let list: Vec<&str> = ids.iter().map(RecordId::as_str).collect();
    api.request(Method::Delete, &format!("composite/sobjects?ids={}&allOrNone=false", list.join(",")))
}

/// Asks for rows whose field has one of these values; deleted and archived ones, too.
pub fn find(api: Api, object: &str, fields: &[&str], by: &str, values: &[String], also: &str) -> Request {
    let list: Vec<String> = values.iter().map(|value| format!("'{}'", escape(value))).collect();
    query::first(api, &format!("SELECT {} FROM {object} WHERE {by} IN ({}){also}", fields.join(", "), list.join(",")), true)
}

/// A text as SOQL writes it between quotes.
fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, letter| {
        match letter {
            '\\' => escaped.push_str("\\\\"),
            '\'' => escaped.push_str("\\'"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            letter => escaped.push(letter),
        }
        escaped
    })
}

#[derive(Deserialize)]
struct SfResult {
    #[serde(default)]
    id: Option<String>,
    success: bool,
    #[serde(default)]
    errors: Vec<SfError>,
}

#[derive(Deserialize)]
struct SfError {
    #[serde(rename = "statusCode", alias = "errorCode")]
    code: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    fields: Vec<String>,
}

/// The results, in the order of the request; none if they can't be read as so many.
pub fn results(reply: &Reply, asked: usize) -> Option<Vec<Result<Option<RecordId>, Refusal>>> {
    let results: Vec<SfResult> = serde_json::from_slice(&reply.body).ok()?;
    let read = |result: SfResult| {
        if result.success {
            Ok(result.id.and_then(|id| RecordId::parse(&id).ok()))
        } else {
            Err(result.errors.into_iter().next().map(refusal).unwrap_or_default())
        }
    };
    (results.len() == asked).then(|| results.into_iter().map(read).collect())
}

/// Whether a request was refused because of something in it: another request, or a part of it, may be taken.
pub fn is_about_content(reply: &Reply) -> bool {
    reply.status == 413 || (reply.status == 400 && serde_json::from_slice::<Vec<SfError>>(&reply.body).is_ok_and(|errors| !errors.is_empty()))
}

/// The refusal of a whole request.
pub fn refused(reply: &Reply) -> Refusal {
    let errors: Vec<SfError> = serde_json::from_slice(&reply.body).unwrap_or_default();
    errors.into_iter().next().map_or_else(|| Refusal { code: format!("HTTP_{}", reply.status), ..Refusal::default() }, refusal)
}

fn refusal(error: SfError) -> Refusal {
    Refusal { code: error.code, text: error.message, fields: error.fields }
}

/// The rows that a query found, and whether these are all.
pub fn found(reply: &Reply) -> Option<(Vec<Map<String, Value>>, bool)> {
    #[derive(Deserialize)]
    struct SfFound {
        done: bool,
        records: Vec<Map<String, Value>>,
    }
    let found: SfFound = serde_json::from_slice(&reply.body).ok()?;
    Some((found.records, found.done))
}

/// A row's field, if it is a text.
pub fn text<'r>(row: &'r Map<String, Value>, field: &str) -> &'r str {
    row.get(field).and_then(Value::as_str).unwrap_or("")
}

/// A row's field, if it is an id.
pub fn id(row: &Map<String, Value>, field: &str) -> Option<RecordId> {
    RecordId::parse(text(row, field)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_or_fail_by_themselves() {
        let body = r#"[{"id":"00T000000000001AAA","success":true,"errors":[]},
            {"success":false,"errors":[{"statusCode":"FIELD_CUSTOM_VALIDATION_EXCEPTION","message":"Região é obrigatória","fields":["Region__c"]}]}]"#;
        let reply = Reply { status: 200, body: body.into(), ..Reply::default() };
        let results = results(&reply, 2).expect("two results");
        assert_eq!(results[0], Ok(RecordId::parse("00T000000000001AAA").ok()));
        assert_eq!(results[1].as_ref().map_err(|refusal| refusal.text.as_str()), Err("Região é obrigatória"));
        assert_eq!(super::results(&reply, 3), None, "another number is no answer");
    }

    #[test]
    fn only_what_is_in_a_request_makes_its_parts_worth_a_try() {
        let content = |status, body: &str| is_about_content(&Reply { status, body: body.into(), ..Reply::default() });
        assert!(content(400, r#"[{"errorCode":"JSON_PARSER_ERROR","message":"x"}]"#));
        assert!(content(413, ""));
        assert!(!content(403, r#"[{"errorCode":"API_DISABLED_FOR_ORG","message":"x"}]"#));
        assert!(!content(404, r#"[{"errorCode":"NOT_FOUND","message":"x"}]"#));
        assert!(!content(400, "<html>"), "a proxy's");
    }

    #[test]
    fn quotes_don_t_leave_their_text() {
        assert_eq!(escape("O'Neil \\ x\n"), "O\\'Neil \\\\ x\\n");
    }
}

//! Several questions in one call, which know nothing of each other (`salesforce.md` 3.3, batch).

use super::Api;
use super::http::{Method, Reply, Request};
use serde::Deserialize;
use serde_json::{Value, json};

/// Asks for resources of the API, at most 25.
pub fn ask(api: Api, resources: &[String]) -> Request {
    let requests: Vec<Value> = resources.iter().map(|resource| json!({ "method": "GET", "url": format!("{}/{resource}", api.version) })).collect();
    api.request(Method::Post, "composite/batch").json(&json!({ "batchRequests": requests }))
}

/// What was told of each, in the order asked; none for one that was refused. None if these aren't so many answers.
pub fn told(reply: &Reply, asked: usize) -> Option<Vec<Option<Value>>> {
    #[derive(Deserialize)]
    struct SfBatch {
        results: Vec<SfResult>,
    }
    #[derive(Deserialize)]
    struct SfResult {
        #[serde(rename = "statusCode")]
        status: u16,
        #[serde(default)]
        result: Value,
    }
    let batch: SfBatch = serde_json::from_slice(&reply.body).ok()?;
    let told = batch.results.into_iter().map(|one| Some(one.result).filter(|_| (200..300).contains(&one.status)));
    Some(told.collect::<Vec<_>>()).filter(|told| told.len() == asked)
}

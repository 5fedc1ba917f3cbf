//! Bulk API 2.0 query jobs (`salesforce.md` 2). The end is only the literal header text `Sforce-Locator: null`.

use super::Api;
use super::http::{Method, Reply, Request, encode_form};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The largest page asked for. Buffers stay small whatever the size: pages are streamed.
pub const PAGE_ROWS: u32 = 20_000;

/// A query job as Salesforce reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Job {
    /// Not finished.
    Working,
    /// Results are ready: how many rows there are.
    Complete(u64),
    /// Failed or aborted; create another.
    Failed,
}

/// Where a page of results ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Next {
    /// Another page follows.
    Page(String),
    /// That was the last one.
    End,
}

/// The head of a page of results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageHead {
    /// How many rows the page has, if the server says.
    pub rows: Option<u64>,
    /// What follows.
    pub next: Next,
}

/// A page head that can't be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the page doesn't say what follows it")]
pub struct NoLocator;

#[derive(Deserialize)]
struct SfJob {
    id: String,
    #[serde(default)]
    state: String,
    #[serde(rename = "numberRecordsProcessed", default)]
    rows: u64,
}

/// Creates a query job; with `all`, deleted and merged rows are among the results.
pub fn create(api: Api, soql: &str, all: bool) -> Request {
    let operation = if all { "queryAll" } else { "query" };
    api.request(Method::Post, "jobs/query").json(&json!({ "operation": operation, "query": soql }))
}

/// Asks how a job is doing.
pub fn poll(api: Api, job: &str) -> Request {
    api.request(Method::Get, &format!("jobs/query/{job}"))
}

/// Asks for one page of results.
pub fn results(api: Api, job: &str, locator: Option<&str>) -> Request {
    let rows = PAGE_ROWS.to_string();
    let mut query = vec![("maxRecords", rows.as_str())];
    query.extend(locator.map(|locator| ("locator", locator)));
    let mut request = api.request(Method::Get, &format!("jobs/query/{job}/results?{}", encode_form(&query)));
    request.headers.push(("accept", "text/csv".into()));
    request.headers.push(("accept-encoding", "gzip".into()));
    request
}

/// Deletes a finished job, so that its results don't wait seven days.
pub fn delete(api: Api, job: &str) -> Request {
    api.request(Method::Delete, &format!("jobs/query/{job}"))
}

/// Reads the id of a created job; none if the reply has none.
pub fn created(reply: &Reply) -> Option<String> {
    let job: SfJob = serde_json::from_slice(&reply.body).ok()?;
    job.id.bytes().all(|byte| byte.is_ascii_alphanumeric()).then_some(job.id).filter(|id| !id.is_empty())
}

/// Reads a job's state; none if the reply isn't a job.
pub fn job(reply: &Reply) -> Option<Job> {
    let job: SfJob = serde_json::from_slice(&reply.body).ok()?;
    Some(match job.state.as_str() {
        "JobComplete" => Job::Complete(job.rows),
        "Failed" | "Aborted" => Job::Failed,
        _ => Job::Working,
    })
}

/// Reads a page's head. A missing or empty locator is an error, never the end.
pub fn page_head(reply: &Reply) -> Result<PageHead, NoLocator> {
    let next = match reply.header("sforce-locator") {
        None | Some("") => return Err(NoLocator),
        Some("null") => Next::End,
        Some(locator) => Next::Page(locator.to_owned()),
    };
    Ok(PageHead { rows: reply.header("sforce-numberofrecords").and_then(|rows| rows.parse().ok()), next })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(locator: Option<&str>) -> Result<PageHead, NoLocator> {
        let mut headers = vec![("sforce-numberofrecords".to_owned(), "3".to_owned())];
        headers.extend(locator.map(|locator| ("sforce-locator".to_owned(), locator.to_owned())));
        page_head(&Reply { status: 200, headers, body: Vec::new() })
    }

    #[test]
    fn only_the_text_null_is_the_end() {
        assert_eq!(head(Some("null")).map(|head| head.next), Ok(Next::End));
        assert_eq!(head(Some("MTAw")).map(|head| head.next), Ok(Next::Page("MTAw".into())));
        assert_eq!(head(Some("")), Err(NoLocator));
        assert_eq!(head(None), Err(NoLocator));
    }
}

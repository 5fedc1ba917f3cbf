//! What Salesforce's errors mean and what a well-built client does about them (`salesforce.md` 3.6).
//! Messages are localised, so only codes are branched on.

use super::http::Reply;
use serde::Deserialize;

/// What a reply that isn't a success asks of us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Treatment {
    /// The access token is no longer good: refresh once, replay once.
    Refresh,
    /// Nothing wrong with the request: try again later.
    Retry,
    /// The org's daily API limit is spent: keep the place, go on when it frees up.
    WaitForBudget,
    /// The org's daily Bulk jobs are spent.
    WaitForBulk,
    /// A field is unknown or hidden: describe again and leave it out.
    Describe,
    /// The thing asked for is gone.
    Gone,
    /// Nothing but a person can help. Holds Salesforce's code.
    GiveUp(String),
}

#[derive(Deserialize)]
struct SfError {
    #[serde(default, alias = "error")]
    #[serde(rename = "errorCode")]
    error_code: String,
    #[serde(default)]
    message: String,
}

/// Reads the treatment off a failed reply. Bodies may be an array, an object, HTML or empty.
///
/// ```
/// use inlay_core::salesforce::{error::{treat, Treatment}, http::Reply};
/// let body = br#"[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]"#.to_vec();
/// assert_eq!(treat(&Reply { status: 401, body, ..Reply::default() }), Treatment::Refresh);
/// ```
pub fn treat(reply: &Reply) -> Treatment {
    let (code, message) = code_and_message(&reply.body);
    match (reply.status, code.as_str()) {
        (401, "" | "INVALID_SESSION_ID") if message.contains("not valid for use") || message.contains("not attached") => {
            Treatment::GiveUp("API_DISABLED_FOR_ORG".into())
        }
        (401, _) => Treatment::Refresh,
        (_, "REQUEST_LIMIT_EXCEEDED") if message.contains("ConcurrentRequests") => Treatment::Retry,
        (_, "REQUEST_LIMIT_EXCEEDED") => Treatment::WaitForBudget,
        (_, "LIMIT_EXCEEDED") => Treatment::WaitForBulk,
        (_, "INVALID_FIELD" | "INVALID_FIELD_FOR_INSERT_UPDATE") => Treatment::Describe,
        (_, "UNABLE_TO_LOCK_ROW" | "SERVER_UNAVAILABLE") => Treatment::Retry,
        // A cursor or a job that ended, or a job made under another version: ask from the start.
        (404 | 409, _) | (_, "INVALID_QUERY_LOCATOR" | "INVALID_LOCATOR" | "INVALIDJOBSTATE") => Treatment::Gone,
        (406 | 408 | 420 | 429 | 500.., _) => Treatment::Retry,
        (status, "") => Treatment::GiveUp(format!("HTTP_{status}")),
        (_, code) => Treatment::GiveUp(code.to_owned()),
    }
}

fn code_and_message(body: &[u8]) -> (String, String) {
    let errors: Vec<SfError> = serde_json::from_slice(body).or_else(|_| serde_json::from_slice::<SfError>(body).map(|error| vec![error])).unwrap_or_default();
    errors.into_iter().next().map(|error| (error.error_code, error.message)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, body: &str, expected: Treatment) {
        assert_eq!(treat(&Reply { status, body: body.into(), ..Reply::default() }), expected, "{status} {body}");
    }

    #[test]
    fn each_error_has_its_treatment() {
        check(401, r#"[{"errorCode":"INVALID_SESSION_ID","message":"Session expired or invalid"}]"#, Treatment::Refresh);
        check(401, r#"[{"errorCode":"INVALID_SESSION_ID","message":"Sessão expirada"}]"#, Treatment::Refresh);
        check(
            401,
            r#"[{"errorCode":"INVALID_SESSION_ID","message":"This session is not valid for use with the REST API"}]"#,
            Treatment::GiveUp("API_DISABLED_FOR_ORG".into()),
        );
        check(403, r#"[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]"#, Treatment::WaitForBudget);
        check(403, r#"[{"message":"ConcurrentRequests (Concurrent API Requests) Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]"#, Treatment::Retry);
        check(400, r#"[{"errorCode":"INVALID_FIELD","message":"No such column"}]"#, Treatment::Describe);
        check(403, r#"[{"errorCode":"API_DISABLED_FOR_ORG","message":"x"}]"#, Treatment::GiveUp("API_DISABLED_FOR_ORG".into()));
        check(404, r#"[{"errorCode":"NOT_FOUND","message":"x"}]"#, Treatment::Gone);
        check(420, "<html>setting things up</html>", Treatment::Retry);
        check(503, "", Treatment::Retry);
        check(406, "", Treatment::Retry);
        check(400, "<html>", Treatment::GiveUp("HTTP_400".into()));
    }
}

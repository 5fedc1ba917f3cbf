//! Speaks Salesforce: HTTP values in and out. Knows no scores, pages or members.

pub mod bulk;
pub mod describe;
pub mod error;
pub mod http;
pub mod oauth;

/// The API version Inlay speaks. A run pins it: results must be read with the version that created the job.
pub const API_VERSION: &str = "v66.0";

/// Where an org's REST resources live: its instance URL, and the version.
pub(crate) fn resource(instance_url: &str, path: &str) -> String {
    format!("{}/services/data/{API_VERSION}/{path}", instance_url.trim_end_matches('/'))
}

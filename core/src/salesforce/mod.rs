//! Speaks Salesforce: HTTP values in and out. Knows no scores, pages or members.

pub mod bulk;
pub mod describe;
pub mod error;
pub mod http;
pub mod limit;
pub mod moment;
pub mod oauth;
pub mod query;
pub mod rows;

use http::{Method, Request};
use oauth::Tokens;

/// The API version Inlay speaks. A run pins it: results must be read with the version that created the job.
pub const API_VERSION: &str = "v66.0";

/// The org's REST resources, in one version.
#[derive(Clone, Copy)]
pub struct Api<'a> {
    /// Where, and with which access token.
    pub tokens: &'a Tokens,
    /// Such as `v66.0`.
    pub version: &'a str,
}

impl Api<'_> {
    /// A request for a resource below the version.
    pub fn request(self, method: Method, path: &str) -> Request {
        self.request_at(method, &format!("/services/data/{}/{path}", self.version))
    }

    /// A request for a path that Salesforce gave. Some begin with a slash, some don't: one stands between host and path either way.
    pub fn request_at(self, method: Method, path: &str) -> Request {
        let host = self.tokens.instance_url.trim_end_matches('/');
        Request::new(method, format!("{host}/{}", path.trim_start_matches('/'))).bearer(&self.tokens.access)
    }
}

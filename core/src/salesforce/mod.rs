//! Speaks Salesforce: HTTP values in and out. Knows no scores, pages or members.

pub mod batch;
pub mod bulk;
pub mod collection;
pub mod describe;
pub mod error;
pub mod http;
pub mod limit;
pub mod metadata;
pub mod moment;
pub mod oauth;
pub mod query;
pub mod rights;
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

#[cfg(test)]
mod tests {
    use super::http::{Method, Reply};
    use super::*;
    use crate::model::object::Object;
    use proptest::prelude::*;

    /// Bytes that are nearly a reply: parts of real ones in any order, and anything at all between them.
    fn body() -> impl Strategy<Value = Vec<u8>> {
        let parts = prop::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\\",
            "null",
            "true",
            "-1",
            "1e999",
            "{\"id\":\"750",
            "\"state\":\"JobComplete\"",
            "\"numberRecordsProcessed\":18446744073709551616",
            "\"fields\":[{\"name\":\"Id\"}]",
            "\"results\":[{\"statusCode\":200,\"result\":{\"totalSize\":3}}]",
            "\"errorCode\":\"INVALID_FIELD\"",
            "\"access_token\":\"a\"",
            "\"instance_url\":\"https://x\"",
            "<html>",
            "\u{feff}",
            "\0",
        ]);
        let part = prop_oneof![parts.prop_map(|part| part.as_bytes().to_vec()), prop::collection::vec(any::<u8>(), 0..6)];
        prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
    }

    proptest! {
        /// A million of them: `PROPTEST_CASES=1000000 cargo test --release -p inlay-core any_reply`.
        #[test]
        fn any_reply_is_read_or_refused(status in 0_u16..600, body in body(), locator in ".{0,40}", rows in ".{0,24}", usage in ".{0,30}", date in ".{0,32}") {
            let headers = [("sforce-locator", locator), ("sforce-numberofrecords", rows), ("sforce-limit-info", format!("api-usage={usage}")), ("date", date.clone())];
            let reply = Reply { status, headers: headers.map(|(name, value)| (name.to_owned(), value)).to_vec(), body };
            let _ = (bulk::created(&reply), bulk::job(&reply), bulk::page_head(&reply), query::counts(&reply, 7), limit::org_use(&reply), moment::of_http(&date));
            let _ = (describe::selection(&reply, Object::Lead), error::treat(&reply), oauth::tokens(&reply, None), oauth::identity(&reply));
            // What Salesforce hands out goes back to it in one piece: no locator leaves its place in the address.
            if let Ok(bulk::PageHead { next: bulk::Next::Page(locator), .. }) = bulk::page_head(&reply) {
                let tokens = Tokens { access: "a".into(), refresh: None, instance_url: "https://x".into() };
                let request = bulk::results(Api { tokens: &tokens, version: API_VERSION }, "750", Some(&locator));
                prop_assert!(request.method == Method::Get && request.url.starts_with("https://x/services/data/v66.0/jobs/query/750/results?maxRecords="));
                prop_assert_eq!(request.url.matches(['#', ' ', '\n']).count(), 0);
            }
        }
    }
}

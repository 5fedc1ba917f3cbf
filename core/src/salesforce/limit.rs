//! What Salesforce tells of the org's API use with every reply (`Sforce-Limit-Info`).

use super::http::Reply;
use serde::{Deserialize, Serialize};

/// Calls of the whole org in the last 24 hours, and how many it may make. Approximate: the counter isn't monotonic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgUse {
    /// Calls made, by anyone.
    pub used: u64,
    /// Calls allowed.
    pub max: u64,
}

/// Reads the header, which may tell the bursts too.
///
/// ```
/// use inlay_core::salesforce::{http::Reply, limit::{OrgUse, org_use}};
/// let headers = vec![("sforce-limit-info".to_owned(), "api-usage=10018/100000; api-bursts=1/750".to_owned())];
/// assert_eq!(org_use(&Reply { headers, ..Reply::default() }), Some(OrgUse { used: 10_018, max: 100_000 }));
/// ```
pub fn org_use(reply: &Reply) -> Option<OrgUse> {
    let header = reply.header("sforce-limit-info")?;
    let usage = header.split(';').find_map(|part| part.trim().strip_prefix("api-usage="))?;
    let (used, max) = usage.split_once('/')?;
    // Per-app limits may follow in brackets: `17/250(appName=Inlay)`.
    let max: String = max.chars().take_while(char::is_ascii_digit).collect();
    Some(OrgUse { used: used.trim().parse().ok()?, max: max.parse().ok().filter(|max| *max > 0)? })
}

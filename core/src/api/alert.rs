//! Alerts: where an admin's own tools are told what needs somebody (spec 86).

use crate::model::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What somebody is told of: once when it begins, once when it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// Salesforce no longer accepts the connection.
    Disconnected,
    /// No import has come to its end for more than twice the interval, or one waits for a person.
    ImportLate,
    /// An activity has waited for more than an hour.
    WritesLate,
    /// The share of the org's API calls is used up.
    ApiSpent,
    /// Somebody tries the address.
    Test,
}

impl AlertKind {
    /// What is wrong and what to do, as the message says it.
    pub fn text(self) -> &'static str {
        match self {
            Self::Disconnected => {
                "Salesforce no longer accepts Inlay's connection. An admin must connect again on Inlay's options page; nothing is lost meanwhile."
            }
            Self::ImportLate => "Imports from Salesforce are late. See the run's state on Inlay's options page, under Import.",
            Self::WritesLate => "Activities have waited for more than an hour to be written to Salesforce. See the ledger on Inlay's options page.",
            Self::ApiSpent => {
                "Inlay has used its share of the org's API calls, or the org hardly has any left. Imports wait and go on by themselves; activities are still written."
            }
            Self::Test => "This is a test: Inlay's alerts arrive here.",
        }
    }
}

/// For the options page: where alerts go, and what is open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alerts {
    /// The host they are sent to; the rest of the address may be a secret and isn't told. Empty: nobody is told.
    pub host: String,
    /// What is wrong, and since when.
    pub open: Vec<(AlertKind, Timestamp)>,
    /// When a message was last taken.
    pub told: Option<Timestamp>,
    /// The last message wasn't taken; it is sent again.
    pub is_refused: bool,
    /// A message is on its way.
    pub is_sending: bool,
}

/// `POST /v1/alerts`: where to send alerts from now on. A test message goes there at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertAddress {
    /// An `https` address that takes JSON by POST, at most 2,000 characters; empty for nowhere, none for a test to the one there is.
    pub url: Option<String>,
}

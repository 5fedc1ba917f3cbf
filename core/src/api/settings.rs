//! What an admin sets for the workspace.

use super::{Content, Thresholds, Unmatched};
use crate::model::activity::ActivityKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `GET` and `POST /v1/settings`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Hours between two imports: 1 to 24 (spec 10).
    pub import_hours: u8,
    /// Share of the org's daily API calls that imports may use, in percent: 1 to 100 (spec 87).
    pub api_share: u8,
}

impl Default for Settings {
    fn default() -> Self {
        Self { import_hours: 12, api_share: 20 }
    }
}

impl Settings {
    /// Whether each value is in its range.
    pub fn is_valid(&self) -> bool {
        (1..=24).contains(&self.import_hours) && (1..=100).contains(&self.api_share)
    }

    /// Seconds between two imports.
    pub fn import_seconds(&self) -> i64 {
        i64::from(self.import_hours) * 3600
    }
}

/// `GET` and `POST /v1/settings/file`: all that an admin sets, to be taken over by another workspace, such as from a sandbox org to
/// production or back (spec 6). What belongs to one org (keys, tokens, the test run, the package) isn't in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CopiedSettings {
    /// Imports.
    pub settings: Settings,
    /// How sure a match must be.
    pub thresholds: Thresholds,
    /// Kinds that are written, and how much of each.
    pub kinds: BTreeMap<ActivityKind, Content>,
    /// Phone numbers and e-mail addresses are taken out of texts.
    pub redacts: bool,
    /// What becomes of the unmatched.
    pub unmatched: Unmatched,
    /// Days within which a colleague's touch is warned of.
    pub warn_days: u16,
}

/// What was taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenSettings {
    /// Kinds to write weren't enabled: this org's test run hasn't passed.
    pub untested: bool,
}

/// How much of the org's API is used (spec 87).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiBudget {
    /// Inlay's calls in the last 24 hours.
    pub ours: u64,
    /// How many it may make, if Salesforce told the org's limit.
    pub granted: Option<u64>,
    /// Calls of the whole org, as Salesforce last told.
    pub org_used: Option<u64>,
    /// How many the org may make.
    pub org_max: Option<u64>,
    /// Four fifths of what is granted are used.
    pub is_low: bool,
    /// Imports wait.
    pub is_spent: bool,
}

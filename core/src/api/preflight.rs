//! Whether the connected user has what Inlay needs (spec 3).

use crate::model::time::Timestamp;
use serde::{Deserialize, Serialize};

/// In [`super::Status`]: the last preflight. `POST /v1/preflight` makes another one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preflight {
    /// When Salesforce was asked; none before that.
    pub at: Option<Timestamp>,
    /// It is being asked.
    pub running: bool,
    /// What it came to, what needs a person first.
    pub lines: Vec<CheckLine>,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckLine {
    /// What was checked.
    pub check: Check,
    /// What it came to.
    pub result: CheckResult,
    /// API names or codes it is about.
    pub names: Vec<String>,
    /// Where in Salesforce it is mended.
    pub link: String,
}

/// What a check came to, what needs a person first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckResult {
    /// Something doesn't work.
    Fail,
    /// Something works in part, or may fail.
    Warn,
    /// Salesforce doesn't tell; a person can look.
    Look,
    /// As it should be.
    Pass,
}

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The user may use the API.
    ApiEnabled,
    /// The user sees all records, not only those shared with it.
    ViewAllData,
    /// The user may write on all records. Where writeback is on.
    ModifyAllData,
    /// The session isn't of a low security level.
    SessionLevel,
    /// Fields that the user may not see.
    HiddenFields,
    /// Tasks can be created, with the fields that Inlay fills in.
    Tasks,
    /// The record types of Inlay's package can be used. Where it is installed.
    RecordTypes,
    /// Notes or ContentNotes can be created.
    Notes,
    /// No sign-in was refused for its address.
    IpRanges,
    /// The app is installed in the org, so that members may sign in with it.
    InstalledApp,
    /// New leads are answered by no template.
    WebToLead,
}

impl Check {
    /// All there are.
    pub const ALL: [Self; 11] = [
        Self::ApiEnabled,
        Self::ViewAllData,
        Self::ModifyAllData,
        Self::SessionLevel,
        Self::HiddenFields,
        Self::Tasks,
        Self::RecordTypes,
        Self::Notes,
        Self::IpRanges,
        Self::InstalledApp,
        Self::WebToLead,
    ];
}

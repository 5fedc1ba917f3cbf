//! Activities, their receipts, and what the admin allows.

use crate::model::activity::{Activity, ActivityKind};
use crate::model::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most activities in one message.
pub const CAPTURE_MAX: usize = 50;

/// `POST /v1/activities`: what a member did. Sent again, it is the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capture {
    /// Up to [`CAPTURE_MAX`].
    pub activities: Vec<Activity>,
    /// Of these, by id, what the member has taken back before the server was known to have it.
    #[serde(default)]
    pub withdrawn: Vec<String>,
}

/// What became of activities, in the order asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipts {
    /// One receipt an activity.
    pub receipts: Vec<ActivityReceipt>,
}

/// Where an activity is on its way (spec 47).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptState {
    /// It will be written within minutes.
    Waiting,
    /// It stands in Salesforce.
    Written,
    /// It waits until the person is matched.
    Held,
    /// Salesforce, or the admin's settings, don't take it.
    Refused,
    /// Salesforce's answer was lost; it is looked up before anything is sent again.
    Unknown,
    /// It is being taken back.
    Withdrawing,
    /// It was taken back.
    Withdrawn,
}

/// Why a record became another one, and what points to it was moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moved {
    /// The record lost a merge.
    Merged,
    /// The lead became a contact.
    Converted,
}

/// Why Salesforce refused a row: its code, and its own words, which may be an admin's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Such as `FIELD_CUSTOM_VALIDATION_EXCEPTION`.
    pub code: String,
    /// In the language of the connected user.
    pub text: String,
    /// The fields that are to blame.
    pub fields: Vec<String>,
}

/// What became of an activity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityReceipt {
    /// The activity's id.
    pub id: String,
    /// Its kind.
    pub kind: ActivityKind,
    /// When it happened.
    pub at: Timestamp,
    /// With whom.
    pub name: String,
    /// Its subject.
    pub subject: String,
    /// Where it is.
    pub state: ReceiptState,
    /// When it came to that.
    pub since: Timestamp,
    /// Its address in Salesforce, once written.
    pub link: String,
    /// The record it is on, once known.
    pub record: String,
    /// Why it was refused; of a written one, why it couldn't be taken back.
    pub refusal: Option<Refusal>,
    /// It is on another record than the one it was captured for, because.
    pub moved: Option<Moved>,
    /// Until when it can be taken back.
    pub undo_until: Option<Timestamp>,
    /// Who did it: a user id.
    pub member: String,
    /// The member's name, where it is known.
    pub member_name: String,
}

/// `GET /v1/ledger`: all members' activities, newest first, and how many there are in each state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Counts of all.
    pub counts: BTreeMap<ReceiptState, u64>,
    /// The newest few hundred, of the state asked for.
    pub lines: Vec<ActivityReceipt>,
}

/// What is done with an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivityDeed {
    /// Try again what was refused.
    Retry,
    /// Take it back: before it is written it never will be, afterwards the written row is removed.
    Withdraw,
}

/// `POST /v1/activities/{deed}` names some.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityIds {
    /// Up to [`CAPTURE_MAX`].
    pub ids: Vec<String>,
}

/// How much of an activity is written (spec 48).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// That it happened.
    Fact,
    /// And its subject.
    Subject,
    /// And its text.
    #[default]
    Full,
}

/// What becomes of an activity with somebody who isn't in the CRM (spec 45).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unmatched {
    /// It waits for a match.
    #[default]
    Held,
    /// It is written without a person. Notes need one, and wait.
    Unassigned,
}

/// `GET` and `POST /v1/writeback`: what the admin allows (spec 42).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Writeback {
    /// Kinds that are written, and how much of each. A kind that isn't here is off.
    pub kinds: BTreeMap<ActivityKind, Content>,
    /// Phone numbers and e-mail addresses are taken out of texts before they leave the browser.
    pub redacts: bool,
    /// What becomes of the unmatched.
    pub unmatched: Unmatched,
    /// Who writes to somebody is warned if a colleague did within so many days (spec 49); 0 warns of none, up to 365.
    pub warn_days: u16,
    /// The test run; kinds can be enabled after it has passed. Not set by the admin.
    pub test: WriteTest,
    /// Inlay's package in the org. Not set by the admin.
    pub package: Package,
}

/// Inlay's package in the org: a field that names an activity, record types, a permission set. All works without it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Package {
    /// It isn't there.
    #[default]
    None,
    /// It is being installed or removed.
    Working,
    /// It is there.
    Installed,
    /// Salesforce doesn't install or remove it.
    Failed {
        /// Why.
        refusal: Refusal,
        /// It is there all the same.
        installed: bool,
    },
}

impl Default for Writeback {
    fn default() -> Self {
        Self { kinds: BTreeMap::new(), redacts: false, unmatched: Unmatched::default(), warn_days: 7, test: WriteTest::default(), package: Package::default() }
    }
}

/// The test run: a contact with an activity of each form, written and read back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum WriteTest {
    /// Not yet made.
    #[default]
    None,
    /// Under way.
    Running,
    /// What was written was read back as it should be.
    Passed {
        /// What stands in Salesforce: object and address; empty once it was removed.
        rows: Vec<(String, String)>,
        /// Why some of it couldn't be removed.
        refusal: Option<Refusal>,
    },
    /// Salesforce refused it, gave back something else, or its reply was lost.
    Failed {
        /// Why; `NO_REPLY` if that isn't known.
        refusal: Refusal,
        /// What stands in Salesforce all the same.
        rows: Vec<(String, String)>,
    },
}

//! The state of a workspace: runs, counts, rejects.

use super::{Alerts, ApiBudget, Member, Preflight, Problem, Settings, WorkspaceName};
use crate::model::object::Object;
use crate::model::time::Timestamp;
use serde::{Deserialize, Serialize};

/// `GET /v1/status`: for options page and popup.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The workspace.
    pub workspace: WorkspaceName,
    /// Who asks.
    pub member: Member,
    /// The server's version.
    pub version: String,
    /// Why the connection doesn't work, if it doesn't.
    pub broken: Option<Problem>,
    /// Since when; three days later it counts as disconnected, and the data stay (spec 56).
    pub broken_since: Option<Timestamp>,
    /// It was disconnected, or nobody mended it in three days.
    pub is_disconnected: bool,
    /// The user Inlay connects as, for admins.
    pub connected_as: String,
    /// Since when.
    pub connected: Timestamp,
    /// The running or last import run.
    pub run: Option<RunReport>,
    /// Earlier runs, newest first.
    pub history: Vec<RunReport>,
    /// Fields the connected user may not see, by object.
    pub hidden: Vec<(Object, Vec<String>)>,
    /// Whether the connected user has what Inlay needs, for admins.
    pub preflight: Option<Preflight>,
    /// Where alerts go and what is open, for admins.
    pub alerts: Option<Alerts>,
    /// The first rejected rows of the last run.
    pub rejects: Vec<Reject>,
    /// How much of the org's API is used.
    pub api: ApiBudget,
    /// What the admin set.
    pub settings: Settings,
    /// When everything was last in step with Salesforce; none before the first import has ended.
    pub synced: Option<Timestamp>,
    /// When the next run begins.
    pub next_import: Timestamp,
}

/// An import run with counts that add up: received = stored + unchanged + removed + rejected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// The run's number.
    pub number: u32,
    /// What it is for.
    pub kind: RunKind,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// What it is doing.
    pub state: RunState,
    /// The object being read.
    pub object: Option<Object>,
    /// Why it waits or stopped.
    pub problem: Option<Problem>,
    /// Objects that Salesforce refused, with its code; what was imported of them earlier stays.
    pub left_out: Vec<(Object, String)>,
    /// API calls so far.
    pub api_calls: u32,
    /// How many rows there are to read, where Salesforce said.
    pub expected: Option<u64>,
    /// Counts by object, in the order of import.
    pub tallies: Vec<Tally>,
}

/// What a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// The first one: everything, into an empty workspace.
    First,
    /// What changed since the last run.
    Increment,
    /// Everything, compared with what is stored.
    Compare,
}

/// What a run is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Reading rows.
    Reading,
    /// Making the look-up index from the rows read.
    Indexing,
    /// Ended, all counts add up.
    Done,
    /// Waits for a person.
    Stopped,
}

/// Counts of one object in one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// The object.
    pub object: Object,
    /// How many rows Salesforce announced, once known.
    pub announced: Option<u64>,
    /// Rows that arrived.
    pub received: u64,
    /// New or changed rows.
    pub stored: u64,
    /// Rows equal to what was stored.
    pub unchanged: u64,
    /// Rows that told of a deletion or merge.
    pub removed: u64,
    /// Rows that can't be read.
    pub rejected: u64,
    /// Stored rows that didn't come when all were read, and were removed.
    pub swept: u64,
    /// All pages are in.
    pub done: bool,
}

impl Tally {
    /// Nothing counted yet.
    pub fn of(object: Object) -> Self {
        Self { object, announced: None, received: 0, stored: 0, unchanged: 0, removed: 0, rejected: 0, swept: 0, done: false }
    }
}

/// A row that can't be read (spec 12).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// The object.
    pub object: Object,
    /// The row's place in the object, from 1.
    pub position: u64,
    /// The row's id, if it can be read.
    pub record: String,
    /// The field, if one is to blame.
    pub field: String,
    /// Why, as a kind that screens translate.
    pub reason: RejectReason,
}

/// Why a row can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectReason {
    /// More or fewer fields than the header.
    FieldCount,
    /// A field isn't UTF-8.
    NotText,
    /// The id is not one of this object.
    BadId,
}

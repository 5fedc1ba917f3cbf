//! Where a run is, what it wants next, and what it is told: plain values between `run` and the workspace.

use crate::model::id::RecordId;
use crate::salesforce::describe::Selection;
use crate::salesforce::http::Request;
use serde::{Deserialize, Serialize};

/// Where a run is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are what the phase needs to be asked again: job id, locator")]
pub enum Phase {
    /// How much is there to read?
    Count,
    /// Which fields may we see?
    Describe,
    /// Make a query job.
    Create,
    /// Wait for the job.
    Poll { job: String },
    /// Read a page; the first `flushed` rows of it are stored already.
    Page { source: Source, flushed: u64 },
    /// Remove the job.
    Delete { job: String },
    /// Remove what is stored and didn't come, up to this id so far.
    Sweep { after: Option<RecordId> },
    /// Build the index, part by part.
    Index { part: u8, bits: Option<u32> },
    /// All counts add up.
    Done,
    /// Waits for a person.
    Stopped,
}

/// Where a page comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "job id and locator, or the address of the next rows")]
pub enum Source {
    /// A Bulk job's results: the same page is the same rows, however often it is read.
    Job { job: String, locator: Option<String> },
    /// A REST query: asked again from its start, it may give other rows.
    Query { next: Option<String> },
}

/// What a run wants next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// A request with a small reply.
    Fetch(Request),
    /// A page of results, to be streamed.
    Stream(Request),
    /// Remove what didn't come.
    Sweep,
    /// Build a part of the index.
    Index,
    /// Nothing: it has ended.
    Nothing,
}

/// What a reply asks of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// Nothing more.
    Went,
    /// A new access token is needed first.
    Refresh,
    /// A layout for these fields.
    Described(Selection),
    /// The counts came, or never will: plan.
    Counted,
}

/// What became of some rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows that arrived.
    pub received: u64,
    /// New or changed rows.
    pub stored: u64,
    /// Rows that told of a deletion, and were stored.
    pub removed: u64,
    /// Rows that can't be read.
    pub rejected: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.received += more.received;
        self.stored += more.stored;
        self.removed += more.removed;
        self.rejected += more.rejected;
    }
}

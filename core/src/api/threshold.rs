//! How sure a match must be, and what other thresholds would change.

use super::Band;
use crate::model::object::Object;
use serde::{Deserialize, Serialize};

/// From which probability on a match is named (spec 19).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Sure from here.
    pub sure: f64,
    /// Unsure from here; below, no badge.
    pub unsure: f64,
    /// Sure and unsure before the last change, while it can be taken back.
    #[serde(default)]
    pub before: Option<(f64, f64)>,
}

/// `POST /v1/thresholds/preview`: what other thresholds would change, on the workspace's own sightings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    /// How many sightings were decided anew.
    pub sightings: usize,
    /// Matches that would appear.
    pub appear: usize,
    /// Matches that would vanish.
    pub vanish: usize,
    /// Matches that go to another record than when they were seen, since records changed.
    pub other_record: usize,
    /// Matches that would turn from sure to unsure or back.
    pub other_band: usize,
    /// The first of them.
    pub changes: Vec<Change>,
}

/// What would change for a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// There was none.
    Appears,
    /// There would be none.
    Vanishes,
    /// It goes to another record.
    OtherRecord,
    /// It turns from sure to unsure or back.
    OtherBand,
}

/// One match that would change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// How.
    pub kind: ChangeKind,
    /// The name that the page showed.
    pub shown: String,
    /// Lead, contact or account.
    pub object: Object,
    /// The record's name.
    pub name: String,
    /// The record's company.
    pub company: String,
    /// The record's address in Salesforce.
    pub link: String,
    /// The probability that it is the same.
    pub probability: f64,
    /// How sure today.
    pub before: Band,
    /// How sure it would be.
    pub after: Band,
}

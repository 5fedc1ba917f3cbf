//! Matches that members make themselves (spec 21).

use crate::model::sighting::Sighting;
use crate::model::time::Timestamp;
use serde::{Deserialize, Serialize};

/// `POST /v1/match`: a member says who somebody is, for the whole workspace; what is held for the person is released.
/// Answered with the activity's [`Receipts`](super::Receipts), or with the sighting's [`Verdicts`](super::Verdicts).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManualMatch {
    /// Of whom.
    pub whom: Whom,
    /// What the member says.
    pub says: Says,
}

/// Of whom a member says something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whom {
    /// Whom an activity is with, by its id.
    Activity(String),
    /// Somebody on a page.
    Sighting(Box<Sighting>),
}

/// What a member says of somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Says {
    /// It is this record, by its id.
    Is(String),
    /// It isn't this record.
    IsNot(String),
    /// What was said by hand no longer holds.
    Undo,
}

/// Who made a match by hand, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByHand {
    /// The member's name.
    pub name: String,
    /// When.
    pub at: Timestamp,
}

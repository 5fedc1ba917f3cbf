//! Matches that members make themselves (spec 21).

use super::Band;
use crate::model::evidence::Evidence;
use crate::model::id::RecordId;
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

/// `POST /v1/match/profiles`: which of the profiles that members saw may be this record? Answered with [`Profiles`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindProfiles {
    /// The lead, contact or account, by its id.
    pub record: String,
    /// What name, company or title must hold, word by word, or a profile's address; empty for those likeliest to be the record.
    #[serde(default)]
    pub text: String,
}

/// Profiles that may be a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profiles {
    /// The record, as it is called now.
    pub record: NamedRecord,
    /// Best first, ten at most.
    pub found: Vec<ProfileFound>,
}

/// A record by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedRecord {
    /// The record.
    pub record: RecordId,
    /// Its name in the CRM.
    pub name: String,
    /// Its company in the CRM, of a person.
    pub company: String,
}

/// A profile that a member saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProfileFound {
    /// What its page said when it was last seen.
    pub sighting: Sighting,
    /// How sure it is that the record is meant.
    pub band: Band,
    /// What speaks for and against it, field by field.
    pub evidence: Vec<Evidence>,
    /// Who matched the two by hand.
    pub by_hand: Option<ByHand>,
    /// The record that the profile is matched with instead.
    pub other: Option<NamedRecord>,
}

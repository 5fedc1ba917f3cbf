//! Look-ups and their verdicts.

use super::ByHand;
use crate::model::evidence::Evidence;
use crate::model::id::RecordId;
use crate::model::object::Object;
use crate::model::sighting::Sighting;
use serde::{Deserialize, Serialize};

/// The most sightings in one look-up.
pub const LOOK_UP_MAX: usize = 100;

/// `POST /v1/look-up`: who of these is in the CRM?
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookUp {
    /// Up to [`LOOK_UP_MAX`] sightings.
    pub sightings: Vec<Sighting>,
}

/// The answer to a look-up, in the order of its sightings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Verdicts {
    /// One verdict a sighting.
    pub verdicts: Vec<Verdict>,
}

/// How sure a match is (spec 19).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// Badge.
    Sure,
    /// Badge with a question mark.
    Unsure,
    /// No badge.
    None,
}

/// What the CRM knows of one sighting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The sighting's id.
    pub sighting: String,
    /// How sure.
    pub band: Band,
    /// The matched record.
    pub matched: Option<Matched>,
}

/// A matched record with its explanation (spec 20).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Matched {
    /// The record.
    pub record: RecordId,
    /// Lead, contact or account.
    pub object: Object,
    /// Its name in the CRM.
    pub name: String,
    /// Its company in the CRM, of a person.
    pub company: String,
    /// Its owner's name.
    pub owner: String,
    /// Its address in Salesforce.
    pub link: String,
    /// The probability that it is the same person or company.
    pub probability: f64,
    /// The score in bits.
    pub weight: f64,
    /// How many bits ahead of the next best.
    pub margin: Option<f64>,
    /// Field by field.
    pub evidence: Vec<Evidence>,
    /// The next best record, if any.
    pub runner_up: Option<RunnerUp>,
    /// A member said so (spec 18: before anything else).
    pub by_hand: Option<ByHand>,
}

/// The next best record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunnerUp {
    /// The record.
    pub record: RecordId,
    /// Lead, contact or account.
    pub object: Object,
    /// Its name.
    pub name: String,
    /// Its company.
    pub company: String,
    /// Its score in bits.
    pub weight: f64,
}

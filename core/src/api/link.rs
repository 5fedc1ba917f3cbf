//! Tracked links: to a document, for one person (spec 78).

use crate::model::time::Timestamp;
use serde::{Deserialize, Serialize};

/// `POST /v1/links`: a member makes a link for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewLink {
    /// The document's address; `https` only, at most 2,000 characters.
    pub url: String,
    /// What it is called, in Salesforce and on the card.
    pub title: String,
    /// The person it is for: a contact's or lead's id.
    pub record: String,
}

/// A tracked link, and how often it was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackedLink {
    /// What it is called.
    pub title: String,
    /// The address to send.
    pub link: String,
    /// Visits: what follows within half an hour is the same one.
    pub views: u64,
    /// The last one.
    pub viewed: Option<Timestamp>,
}

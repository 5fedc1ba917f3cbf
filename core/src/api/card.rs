//! The panel behind a badge.

use super::{ActivityReceipt, TrackedLink};
use crate::model::activity::ActivityKind;
use crate::model::object::Object;
use crate::model::time::Timestamp;
use serde::{Deserialize, Serialize};

/// `GET /v1/card/{record}`: the panel behind a badge.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Card {
    /// The record's id.
    pub record: String,
    /// Lead, contact or account.
    pub object: Option<Object>,
    /// Its name.
    pub name: String,
    /// Title, of a person.
    pub title: String,
    /// Company, of a person.
    pub company: String,
    /// The account's address in Salesforce, of a contact.
    pub company_link: String,
    /// Its address in Salesforce.
    pub link: String,
    /// The person asked not to be called.
    pub do_not_call: bool,
    /// The person opted out of e-mail.
    pub opted_out: bool,
    /// E-mail address.
    pub email: String,
    /// Mobile phone.
    pub mobile: String,
    /// Phone.
    pub phone: String,
    /// Postal address in one line.
    pub address: String,
    /// Website, of a company.
    pub website: String,
    /// Industry, of a company.
    pub industry: String,
    /// The owner's name.
    pub owner: String,
    /// Lead status, or account type.
    pub status: String,
    /// Date of the last activity, `YYYY-MM-DD`.
    pub last_activity: String,
    /// Open opportunities.
    pub opportunities: Vec<OpenOpportunity>,
    /// People in the CRM at this account: the first few.
    pub people: Vec<PersonLink>,
    /// People in the CRM at this account: how many in all.
    pub people_count: u32,
    /// What the member did with it lately, and what became of it.
    pub receipts: Vec<ActivityReceipt>,
    /// What a colleague did with it within the days of [`warn_days`](super::Writeback::warn_days).
    pub touch: Option<Touch>,
    /// The member's tracked links for the person, newest first.
    pub links: Vec<TrackedLink>,
    /// Kinds of activity that may be written.
    pub writes: Vec<ActivityKind>,
    /// Phone numbers and e-mail addresses are taken out of texts before they leave the browser.
    pub redacts: bool,
}

/// What a colleague did with somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touch {
    /// The colleague's name.
    pub name: String,
    /// What it was.
    pub kind: ActivityKind,
    /// When.
    pub at: Timestamp,
}

/// An open opportunity on a card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenOpportunity {
    /// Its name.
    pub name: String,
    /// Its stage.
    pub stage: String,
    /// Its amount as Salesforce gives it.
    pub amount: String,
    /// Its currency (ISO 4217), where the org has several; empty elsewhere.
    pub currency: String,
    /// Close date, `YYYY-MM-DD`.
    pub close: String,
    /// The owner's name.
    pub owner: String,
    /// Its address in Salesforce.
    pub link: String,
}

/// A person on an account's card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersonLink {
    /// Name.
    pub name: String,
    /// Title.
    pub title: String,
    /// Address in Salesforce.
    pub link: String,
}

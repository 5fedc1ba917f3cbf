//! A sighting: what a page says of one person or company (spec, "Words").

use super::evidence::Field;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Whether a sighting is of a person or of a company.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SightingKind {
    /// A person.
    Person,
    /// A company.
    Company,
}

/// The kinds of page that Inlay reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageKind {
    /// A person's profile.
    Profile,
    /// A company's page.
    Company,
    /// A lead page of Sales Navigator.
    SalesLead,
    /// An account page of Sales Navigator.
    SalesAccount,
    /// A list of people found in Sales Navigator.
    SalesSearchPeople,
    /// A list of people found on the network itself.
    PeopleSearch,
    /// A message thread with one person.
    Messaging,
    /// A record page of Salesforce Lightning or Classic.
    SalesforceRecord,
}

/// What a page says of one person or company. All texts are text: never parsed as HTML, never evaluated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sighting {
    /// Names the sighting in one exchange, given by the reader; usually the strongest key.
    pub id: String,
    /// Person or company.
    pub kind: Option<SightingKind>,
    /// Profile keys such as `in/dana-okafor` or `sales/lead/ACwAAAF1000`, strongest first.
    pub keys: Vec<String>,
    /// The name as shown.
    pub name: String,
    /// Given name, where a source tells the parts of a name apart.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub first_name: String,
    /// Family name, where a source tells the parts of a name apart.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub last_name: String,
    /// Title or headline.
    pub title: String,
    /// Company name.
    pub company: String,
    /// Earlier company, where the page shows one.
    pub past_company: String,
    /// Place as shown: city, region, country.
    pub location: String,
    /// E-mail address, where the page shows one.
    pub email: String,
    /// Phone number, where the page shows one.
    pub phone: String,
    /// Website, of a company.
    pub website: String,
    /// Industry, of a company.
    pub industry: String,
    /// What else it says, by field: street, postal code, ticker, head-count.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<Field, String>,
    /// When it was seen.
    pub seen: Timestamp,
}

/// How the id of a sighting begins that is known by its name only.
const NAME: &str = "name/";

impl Sighting {
    /// A person of whom the page says nothing but the name, such as a message's recipient.
    pub fn of_name(name: &str, seen: Timestamp) -> Self {
        Self { id: format!("{NAME}{name}"), kind: Some(SightingKind::Person), name: name.to_owned(), seen, ..Self::default() }
    }

    /// Whether its id is of one person or company, and not a name that several may have.
    pub fn is_keyed(&self) -> bool {
        !self.id.starts_with(NAME)
    }
}

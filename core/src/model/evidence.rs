//! Evidence: what each compared field says for or against a match (spec 20).

use serde::{Deserialize, Serialize};

/// What was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Before looking: how likely any record is the one.
    Prior,
    /// Profile address or id stored in the CRM.
    ProfileKey,
    /// E-mail address.
    Email,
    /// Phone number.
    Phone,
    /// First and last name together, weighed by how rare they are.
    Name,
    /// Company, its domain and the e-mail's domain: one correlated group.
    Company,
    /// Title or headline.
    Title,
    /// Place.
    Location,
    /// Website, of a company.
    Website,
    /// Industry, of a company.
    Industry,
    /// Street and number, of a company.
    Street,
    /// Postal code.
    PostalCode,
    /// Stock ticker, of a company.
    Ticker,
    /// Head-count, of a company.
    Employees,
    /// Date of birth: compared where a model weighs it; the shipped one doesn't.
    BirthDate,
    /// A number that a state gives a person: as the date of birth.
    NationalId,
    /// What members answered so far, where cards asked: by how much the model is surer or less sure than it should be.
    Feedback,
}

/// How well the two sides of a field agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The same.
    Equal,
    /// Nearly the same, or the same in another form.
    Close,
    /// One holds a part of the other.
    Partial,
    /// They share something, and each has something of its own.
    Faint,
    /// The first name agrees, the surname doesn't: married, or another person.
    Given,
    /// Equal to what the page names as earlier: the person moved, the record didn't.
    Past,
    /// Different.
    Differs,
    /// One side has nothing to compare.
    NotCompared,
}

/// One line of the explanation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// What was compared.
    pub field: Field,
    /// How well it agrees.
    pub level: Level,
    /// The weight in bits: positive speaks for the match.
    pub bits: f64,
    /// What the page says.
    pub page: String,
    /// What the record says.
    pub crm: String,
}

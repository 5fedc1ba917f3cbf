//! A candidate: what of a record is compared, prepared once.

use super::company::Company;
use super::contact::{domain, email, phone};
use super::key::stored_profile_key;
use super::name::PersonName;
use super::normalise::fold;
use super::place::country;
use crate::model::id::RecordId;
use crate::model::object::Object;
use crate::model::record::Record;

/// A record made comparable.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The record.
    pub id: RecordId,
    /// Lead, contact or account.
    pub object: Object,
    /// Name as the CRM shows it.
    pub name: String,
    /// Person's name, comparable.
    pub person: PersonName,
    /// Company as the CRM shows it; the own name of an account.
    pub company_name: String,
    /// Company, comparable.
    pub company: Company,
    /// Registrable domain of the company or of the e-mail address.
    pub domains: Vec<String>,
    /// E-mail address in one case.
    pub email: Option<String>,
    /// Last nine digits of each phone.
    pub phones: Vec<String>,
    /// Title as the CRM shows it.
    pub title: String,
    /// City, region, country as the CRM shows them.
    pub place: [String; 3],
    /// Profile keys stored in the CRM.
    pub profile_keys: Vec<String>,
    /// Industry.
    pub industry: String,
    /// How many records the rarest key stands for by which this one was found.
    pub shared: f64,
    /// When the record was last changed.
    pub modified: String,
}

impl Candidate {
    /// Prepares a record. A contact's company is its account's name.
    pub fn new(record: &Record, account: Option<&Record>) -> Self {
        let object = record.layout.object;
        let (company_name, website) = match object {
            Object::Account => (record.get("Name"), record.get("Website")),
            Object::Lead => (record.get("Company"), record.get("Website")),
            _ => account.map_or(("", ""), |account| (account.get("Name"), account.get("Website"))),
        };
        let email = email(record.get("Email"));
        let mut domains: Vec<String> = [Some(website), email.as_deref()].into_iter().flatten().filter_map(domain).collect();
        domains.dedup();
        let place = match object {
            Object::Contact => ["MailingCity", "MailingState", "MailingCountry"],
            Object::Account => ["BillingCity", "BillingState", "BillingCountry"],
            _ => ["City", "State", "Country"],
        };
        Self {
            id: record.id,
            object,
            name: shown_name(record),
            person: PersonName::from_parts(record.get("FirstName"), record.get("LastName")),
            company: Company::parse(company_name),
            company_name: company_name.to_owned(),
            domains,
            email,
            phones: ["Phone", "MobilePhone"].iter().filter_map(|field| phone(record.get(field))).collect(),
            title: record.get("Title").to_owned(),
            place: place.map(|field| record.get(field).to_owned()),
            profile_keys: record
                .layout
                .fields
                .iter()
                .filter(|field| crate::salesforce::describe::is_linkedin_name(field))
                .filter_map(|field| stored_profile_key(field, record.get(field)))
                .collect(),
            industry: record.get("Industry").to_owned(),
            shared: 1.0,
            modified: record.get("LastModifiedDate").to_owned(),
        }
    }

    /// City, region and country, folded.
    pub fn folded_place(&self) -> [String; 3] {
        let [city, region, land] = &self.place;
        [fold(city), fold(region), country(&fold(land))]
    }

    /// Whether two records are the same person or company twice: equal names, and one thing more that strangers don't share.
    pub fn is_duplicate_of(&self, other: &Self) -> bool {
        if (self.object == Object::Account) != (other.object == Object::Account) {
            return false;
        }
        let shares_email = self.email.is_some() && self.email == other.email;
        let shares_company = !self.company.is_empty() && self.company.clean == other.company.clean;
        let shares_domain = self.domains.iter().any(|domain| other.domains.contains(domain));
        let shares_phone = self.phones.iter().any(|phone| other.phones.contains(phone));
        if self.object == Object::Account {
            return shares_company && (shares_domain || shares_phone || self.folded_place()[0] == other.folded_place()[0]);
        }
        self.person.signature == other.person.signature && (shares_email || shares_phone || shares_company || shares_domain)
    }
}

/// A record's name as the CRM shows it.
pub fn shown_name(record: &Record) -> String {
    let name = record.get("Name");
    if name.is_empty() { format!("{} {}", record.get("FirstName"), record.get("LastName")).trim().to_owned() } else { name.to_owned() }
}

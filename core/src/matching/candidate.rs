//! A candidate: what of a record is compared, prepared once.

use super::company::Company;
use super::contact::{domain, email, label, phone, website};
use super::detail;
use super::key::stored_profile_key;
use super::name::PersonName;
use super::phrase::Phrase;
use super::place::Place;
use super::reading::Readings;
use crate::model::evidence::Field;
use crate::model::id::RecordId;
use crate::model::object::Object;
use crate::model::record::Record;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A record made comparable.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The record.
    pub id: RecordId,
    /// Lead, contact or account.
    pub object: Object,
    /// Person's name, comparable.
    pub person: PersonName,
    /// Company, comparable; the own name of an account.
    pub company: Arc<Company>,
    /// Registrable domain of the company or of the e-mail address.
    pub domains: Vec<String>,
    /// The first part of each domain, squashed: how a company's name may stand in it.
    pub domain_labels: Vec<String>,
    /// E-mail address in one case.
    pub email: Option<String>,
    /// Last nine digits of each phone.
    pub phones: Vec<String>,
    /// Title.
    pub title: Arc<Phrase>,
    /// Where they are.
    pub place: Arc<Place>,
    /// Profile keys stored in the CRM.
    pub profile_keys: Vec<String>,
    /// Industry.
    pub industry: Arc<Phrase>,
    /// Other details by field, normalised.
    pub details: BTreeMap<Field, String>,
    /// When the record was last changed.
    pub modified: String,
}

impl Candidate {
    /// Prepares a record. A contact's company is its account's name.
    pub fn new(record: &Record, account: Option<&Record>) -> Self {
        Self::read(record, account, &mut Readings::default())
    }

    /// Prepares one of many records.
    pub fn read(record: &Record, account: Option<&Record>, readings: &mut Readings) -> Self {
        let object = record.layout.object;
        let site = website(account.filter(|_| object == Object::Contact).unwrap_or(record).get("Website"));
        let email = email(record.get("Email"));
        let mut domains: Vec<String> = site.into_iter().chain(email.as_deref().and_then(domain)).collect();
        domains.dedup();
        Self {
            id: record.id,
            object,
            person: PersonName::from_parts(record.get("FirstName"), record.get("LastName")),
            company: readings.company(company_name(record, account)),
            domain_labels: domains.iter().map(|domain| label(domain)).collect(),
            domains,
            email,
            phones: ["Phone", "MobilePhone"].iter().filter_map(|field| phone(record.get(field))).collect(),
            title: readings.phrase(record.get("Title")),
            place: readings.stored(place_fields(object).map(|field| record.get(field))),
            profile_keys: record
                .layout
                .fields
                .iter()
                .filter(|field| crate::salesforce::describe::is_linkedin_name(field))
                .filter_map(|field| stored_profile_key(field, record.get(field)))
                .collect(),
            industry: readings.phrase(record.get("Industry")),
            details: detail::STORED
                .iter()
                .filter_map(|(field, names)| Some((*field, names.iter().find_map(|name| detail::normalised(*field, record.get(name)))?)))
                .collect(),
            modified: record.get("LastModifiedDate").to_owned(),
        }
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
            return shares_company && (shares_domain || shares_phone || self.place.city == other.place.city);
        }
        self.person.signature == other.person.signature && (shares_email || shares_phone || shares_company || shares_domain)
    }
}

pub(super) fn place_fields(object: Object) -> [&'static str; 3] {
    match object {
        Object::Contact => ["MailingCity", "MailingState", "MailingCountry"],
        Object::Account => ["BillingCity", "BillingState", "BillingCountry"],
        _ => ["City", "State", "Country"],
    }
}

/// A record's name as the CRM shows it.
pub fn shown_name(record: &Record) -> String {
    let name = record.get("Name");
    if name.is_empty() { format!("{} {}", record.get("FirstName"), record.get("LastName")).trim().to_owned() } else { name.to_owned() }
}

/// A record's company as the CRM shows it: a contact's is its account's name, an account's its own.
pub fn company_name<'r>(record: &'r Record, account: Option<&'r Record>) -> &'r str {
    match record.layout.object {
        Object::Account => record.get("Name"),
        Object::Lead => record.get("Company"),
        _ => account.map_or("", |account| account.get("Name")),
    }
}

/// What a record says in a field, as the CRM shows it.
pub fn shown(field: Field, candidate: &Candidate, record: &Record, account: Option<&Record>) -> String {
    let first = |values: &[String]| values.first().cloned().unwrap_or_default();
    match field {
        Field::Prior => String::new(),
        Field::ProfileKey => first(&candidate.profile_keys),
        Field::Email => candidate.email.clone().unwrap_or_default(),
        Field::Phone => first(&candidate.phones),
        Field::Name => shown_name(record),
        Field::Company => company_name(record, account).to_owned(),
        Field::Title => record.get("Title").to_owned(),
        Field::Location => {
            let parts = place_fields(record.layout.object).map(|field| record.get(field));
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
        }
        Field::Website => first(&candidate.domains),
        Field::Industry => record.get("Industry").to_owned(),
        detail => candidate.details.get(&detail).cloned().unwrap_or_default(),
    }
}

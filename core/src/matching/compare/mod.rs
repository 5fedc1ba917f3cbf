//! Compares a sighting with a candidate, field by field. Says how well they agree, not what it weighs.

pub mod company;
pub mod person;

use self::company::companies;
use self::person::{emails, names};
use super::candidate::Candidate;
use super::company::Company;
use super::contact::{SHORTEST_BRAND, brand, domain, email, phone, website};
use super::detail;
use super::name::PersonName;
use super::phrase::{Phrase, company_of};
use super::place::Place;
use super::reading::Readings;
use super::slug::{self, Named};
use crate::model::evidence::{Field, Level};
use crate::model::sighting::{Sighting, SightingKind};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How well each field agrees.
pub type Levels = Vec<(Field, Level)>;

/// A sighting made comparable, once for all its candidates.
#[derive(Debug, Clone)]
pub struct Seen<'a> {
    pub(super) sighting: &'a Sighting,
    pub(super) named: Named,
    /// The name, and the address that says more than it.
    name_told: String,
    /// The company that the title names, where nothing else does.
    headline: &'a str,
    pub(super) company: Arc<Company>,
    pub(super) past_company: Arc<Company>,
    pub(super) domains: Vec<String>,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) website: Option<String>,
    pub(super) title: Arc<Phrase>,
    pub(super) industry: Arc<Phrase>,
    pub(super) place: Arc<Place>,
    pub(super) details: BTreeMap<Field, String>,
}

impl<'a> Seen<'a> {
    /// Prepares a sighting.
    pub fn new(sighting: &'a Sighting) -> Self {
        Self::read(sighting, &mut Readings::default())
    }

    /// Prepares one of many sightings.
    pub fn read(sighting: &'a Sighting, readings: &mut Readings) -> Self {
        let is_company = sighting.kind == Some(SightingKind::Company);
        let headline = if is_company || !sighting.company.trim().is_empty() { "" } else { company_of(&sighting.title) };
        let company = match () {
            () if is_company => &sighting.name,
            () if headline.is_empty() => &sighting.company,
            () => headline,
        };
        let mut company = readings.company(company);
        let named = if is_company { Named::default() } else { Named::of(sighting) };
        let mut address = named.address.as_ref();
        if is_company && let Some((key, also)) = slug::company(&company, &sighting.keys) {
            Arc::make_mut(&mut company).also.push(also);
            address = Some(key);
        }
        let website = website(&sighting.website);
        if is_company && let Some(brand) = website.as_deref().and_then(brand).filter(|brand| *brand != company.clean) {
            Arc::make_mut(&mut company).also.push(Company::parse(&brand));
        }
        Self {
            name_told: address.map_or_else(|| sighting.name.clone(), |address| format!("{} ({address})", sighting.name)),
            sighting,
            headline,
            named,
            company,
            past_company: readings.company(&sighting.past_company),
            domains: website.iter().cloned().chain(domain(&sighting.email)).collect(),
            email: email(&sighting.email),
            phone: phone(&sighting.phone),
            website,
            title: readings.role(&sighting.title),
            industry: readings.phrase(&sighting.industry),
            place: readings.shown(&sighting.location),
            details: sighting.details.iter().filter_map(|(field, text)| Some((*field, detail::normalised(*field, text)?))).collect(),
        }
    }

    /// The person's name as the page shows it, with what the profile's address has in full of its initials.
    pub fn person(&self) -> &PersonName {
        &self.named.shown
    }

    /// Compares all fields that the kind has; none where the names differ and no address or number is shared: nothing else would
    /// make up for that.
    pub fn compare_likely(&self, candidate: &Candidate) -> Option<Levels> {
        let is_company = self.is_company();
        let name = self.name(candidate);
        let shares = |own: Option<&String>, theirs: &[String]| own.is_some_and(|own| theirs.contains(own));
        let is_likely = name != Level::Differs
            || shares(self.email.as_ref(), candidate.email.as_slice())
            || shares(self.phone.as_ref(), &candidate.phones)
            || is_company && shares(self.website.as_ref(), &candidate.domains)
            || self.profile_key(candidate) == Level::Equal;
        is_likely.then(|| self.compare_named(candidate, name))
    }

    /// Compares all fields that the kind has.
    pub fn compare(&self, candidate: &Candidate) -> Levels {
        self.compare_named(candidate, self.name(candidate))
    }

    fn is_company(&self) -> bool {
        self.sighting.kind == Some(SightingKind::Company)
    }

    fn name(&self, candidate: &Candidate) -> Level {
        if self.is_company() {
            let level = companies(&self.company, &candidate.company);
            let is_brand = || self.company.clean.len() >= SHORTEST_BRAND && candidate.domain_labels.contains(&self.company.clean);
            return if level > Level::Close && level != Level::NotCompared && is_brand() { Level::Close } else { level };
        }
        let level = names(&self.named.shown, &candidate.person);
        let also = self.named.also.as_ref().filter(|_| level > Level::Close).map(|also| names(also, &candidate.person).max(Level::Close));
        also.filter(|also| *also <= Level::Partial).map_or(level, |also| also.min(level))
    }

    fn compare_named(&self, candidate: &Candidate, name: Level) -> Levels {
        let mut levels = Vec::with_capacity(8);
        levels.push((Field::ProfileKey, self.profile_key(candidate)));
        levels.push((Field::Phone, shared(self.phone.as_ref(), &candidate.phones)));
        levels.push((Field::Location, self.place.compare(&candidate.place)));
        levels.push((Field::Name, name));
        if self.is_company() {
            levels.push((Field::Website, shared(self.website.as_ref(), &candidate.domains)));
            levels.push((Field::Industry, self.industry.compare(&candidate.industry)));
        } else {
            levels.push((Field::Company, self.company(candidate)));
            levels.push((Field::Title, self.title.compare(&candidate.title)));
            levels.push((Field::Email, emails(self.email.as_deref(), candidate.email.as_deref(), &self.named.shown)));
        }
        levels.extend(self.details.iter().filter_map(|(field, seen)| Some((*field, detail::compare(*field, seen, candidate.details.get(field)?)))));
        levels
    }

    /// What the page says in a field.
    pub fn text(&self, field: Field) -> &str {
        let sighting = self.sighting;
        match field {
            Field::Prior => "",
            Field::ProfileKey => sighting.keys.first().map_or("", String::as_str),
            Field::Email => &sighting.email,
            Field::Phone => &sighting.phone,
            Field::Name => &self.name_told,
            Field::Company if !self.headline.is_empty() => self.headline,
            Field::Company => &sighting.company,
            Field::Title => &sighting.title,
            Field::Location => &sighting.location,
            Field::Website => &sighting.website,
            Field::Industry => &sighting.industry,
            detail => sighting.details.get(&detail).map_or("", String::as_str),
        }
    }

    fn profile_key(&self, candidate: &Candidate) -> Level {
        let kind = |key: &str| key.split_once('/').map_or(String::new(), |(kind, _)| kind.to_owned());
        if candidate.profile_keys.iter().any(|key| self.sighting.keys.contains(key)) {
            return Level::Equal;
        }
        // Only keys of one kind can contradict: a lead id says nothing against an address.
        let comparable = candidate.profile_keys.iter().any(|stored| self.sighting.keys.iter().any(|seen| kind(seen) == kind(stored)));
        if comparable { Level::Differs } else { Level::NotCompared }
    }

    /// Company, its domain and the e-mail's domain are one group: the best of them counts, once.
    fn company(&self, candidate: &Candidate) -> Level {
        let by_name = companies(&self.company, &candidate.company);
        if matches!(by_name, Level::Equal | Level::Close) {
            return by_name;
        }
        if self.domains.iter().any(|domain| candidate.domains.contains(domain)) {
            return Level::Close;
        }
        if self.company.is_empty() {
            return by_name;
        }
        if candidate.domain_labels.contains(&self.company.clean) {
            return Level::Close;
        }
        if !self.past_company.is_empty() && matches!(companies(&self.past_company, &candidate.company), Level::Equal | Level::Close) {
            return Level::Past;
        }
        by_name
    }
}

fn shared(seen: Option<&String>, stored: &[String]) -> Level {
    match seen {
        None => Level::NotCompared,
        Some(_) if stored.is_empty() => Level::NotCompared,
        Some(seen) if stored.contains(seen) => Level::Equal,
        Some(_) => Level::Differs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domain_of_a_website_or_address_stands_for_the_company() {
        let layout = std::sync::Arc::new(crate::model::record::Layout {
            number: 1,
            object: crate::model::object::Object::Lead,
            fields: ["FirstName", "LastName", "Company", "Website"].map(str::to_owned).to_vec(),
        });
        let id = crate::model::id::RecordId::parse("00Q000000000001").expect("an id");
        let values = ["Dana", "Okafor", "Northwind", "https://www.northwind.example/"];
        let record = crate::model::record::Record::decode(id, &layout, &crate::model::record::encode(1, values.into_iter())).expect("it fits");
        let candidate = Candidate::new(&record, None);
        let level = |seen: Sighting| Seen::new(&seen).compare(&candidate).into_iter().find(|(field, _)| *field == Field::Company).map(|(_, level)| level);
        assert_eq!(level(Sighting { website: "northwind.example".into(), ..Sighting::default() }), Some(Level::Close));
        assert_eq!(level(Sighting { company: "NW".into(), email: "d@northwind.example".into(), ..Sighting::default() }), Some(Level::Close));
        assert_eq!(level(Sighting { email: "d@gmail.com".into(), ..Sighting::default() }), Some(Level::NotCompared));
    }
}

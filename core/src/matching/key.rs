//! Blocking: which keys a record is filed under, and which keys a sighting asks for. A union of keys, no single rule.

use super::candidate::place_fields;
use super::company::Company;
use super::compare::Seen;
use super::contact::{brand, domain, email, label, phone, profile_key, website};
use super::detail;
use super::name::{PersonName, nicknames_of};
use super::normalise::{consonants, fold, squash};
use super::phrase::Phrase;
use super::place::Place;
use crate::model::evidence::Field;
use crate::model::object::Object;
use crate::model::sighting::{Sighting, SightingKind};

/// Which keys records are filed under. Where other keys come of the same names than before, it counts up, and indexes are built anew.
pub const VERSION: i64 = 4;

/// Kinds of key. The number is hashed with the value; never change one, add one. 15 was of a name in a city.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum KeyKind {
    /// Two words of a name, in alphabetical order: which is given isn't always told.
    Name = 1,
    /// Initial and family word.
    Initial = 2,
    /// E-mail address.
    Email = 3,
    /// Last nine digits.
    Phone = 4,
    /// Profile address or id.
    Profile = 5,
    /// A person's given word and company.
    GivenAtCompany = 6,
    /// Whole company name without legal form.
    Company = 7,
    /// A distinctive word of a company name.
    CompanyWord = 8,
    /// Registrable domain of a company.
    Domain = 9,
    /// People of an account, by its id.
    PersonOfAccount = 10,
    /// Opportunities of an account, by its id.
    OpportunityOfAccount = 11,
    /// Roles of a contact, by its id.
    RoleOfContact = 12,
    /// Consonants of given and family word: other spellings of one name, and names written without vowels.
    Consonants = 13,
    /// The same of a record that is written without vowels.
    BareConsonants = 14,
    /// The first two telling words of a company name in alphabetical order, each of which many may share.
    CompanyPair = 16,
    /// Consonants of a company name: finds it misspelt.
    CompanyConsonants = 17,
    /// Given word and the beginning of the family word: finds it misspelt.
    NameStart = 18,
    /// Date of birth.
    BirthDate = 19,
    /// A number that a state gives a person.
    NationalId = 20,
    /// Postal code of a person, and the initial of a family word.
    PostalCode = 21,
    /// A person's family word and company, of a lead whose given name isn't known or an initial.
    FamilyAtCompany = 22,
    /// What the web address of a company calls it, where its name is another.
    Brand = 23,
    /// A name and where they are: finds one of a thousand namesakes.
    NameInPlace = 24,
    /// A name and what they do: finds who has moved.
    NameAndTitle = 25,
}

/// A key: its kind and its plain value. Only its keyed hash is ever stored.
pub type Key = (KeyKind, String);

/// The keys of an imported row. `field` gives a field's value, empty if there is none.
pub fn of_record<'a>(object: Object, fields: &[String], field: impl Fn(&str) -> &'a str) -> Vec<Key> {
    let person =
        if matches!(object, Object::Contact | Object::Lead) { PersonName::from_parts(field("FirstName"), field("LastName")) } else { PersonName::default() };
    let company = match object {
        Object::Lead => Company::parse(field("Company")),
        Object::Account => Company::parse(field("Name")),
        _ => Company::default(),
    };
    let (place, title) = if person == PersonName::default() {
        (Place::default(), Phrase::default())
    } else {
        (Place::stored(place_fields(object).map(&field)), Phrase::parse(field("Title")))
    };
    of_read(object, fields, field, Read { person: &person, company: &company, place: &place, title: &title })
}

/// What was read of a row already.
#[derive(Clone, Copy)]
pub(super) struct Read<'a> {
    pub(super) person: &'a PersonName,
    pub(super) company: &'a Company,
    pub(super) place: &'a Place,
    pub(super) title: &'a Phrase,
}

/// The keys of a row that was read already.
pub(super) fn of_read<'a>(object: Object, fields: &[String], field: impl Fn(&str) -> &'a str, read: Read<'_>) -> Vec<Key> {
    let Read { person, company, place, title } = read;
    let mut keys = Vec::with_capacity(12);
    match object {
        Object::Contact | Object::Lead => {
            of_person(person, &Apart { place, title }, &mut keys);
            if fields.iter().any(|name| name == "Birthdate" || name == "NationalId") {
                let stored =
                    |wanted| detail::STORED.iter().find(|(field, _)| *field == wanted)?.1.iter().find_map(|name| detail::normalised(wanted, field(name)));
                of_details(stored, field("LastName"), &mut keys);
            }
            let (email, site) = (email(field("Email")), website(field("Website")));
            for domain in email.as_deref().and_then(domain).into_iter().chain(site) {
                at_company(person, &[&label(&domain)], &mut keys);
            }
            keys.extend(email.map(|value| (KeyKind::Email, value)));
            for number in ["Phone", "MobilePhone"] {
                keys.extend(phone(field(number)).map(|value| (KeyKind::Phone, value)));
            }
            if object == Object::Contact {
                push_id(KeyKind::PersonOfAccount, field("AccountId"), &mut keys);
            } else {
                at_company(person, &[&company.clean, &company.house], &mut keys);
            }
        }
        // A person account is a person: it is found as the contact that Salesforce keeps beside it.
        Object::Account if field("IsPersonAccount") == "true" => return keys,
        Object::Account => {
            of_company(company, &mut keys);
            if let Some(domain) = website(field("Website")) {
                // A firm is often called by its web address: Tolona, of Austin Systems Inc.
                keys.extend(brand(&domain).filter(|brand| *brand != company.clean).map(|brand| (KeyKind::Brand, brand)));
                keys.push((KeyKind::Domain, domain));
            }
            keys.extend(phone(field("Phone")).map(|value| (KeyKind::Phone, value)));
        }
        Object::Opportunity => push_id(KeyKind::OpportunityOfAccount, field("AccountId"), &mut keys),
        Object::OpportunityContactRole => push_id(KeyKind::RoleOfContact, field("ContactId"), &mut keys),
        Object::User | Object::UserRole => {}
    }
    for name in fields.iter().filter(|name| crate::salesforce::describe::is_linkedin_name(name)) {
        keys.extend(stored_profile_key(name, field(name)).map(|value| (KeyKind::Profile, value)));
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// A LinkedIn field holds an address, or the LinkedIn package's bare id.
pub fn stored_profile_key(field: &str, value: &str) -> Option<String> {
    match field {
        "LID__LinkedIn_Company_Id__c" if !value.is_empty() => Some(format!("company/{value}")),
        "LID__LinkedIn_Member_Token__c" if !value.is_empty() => Some(format!("sales/lead/{value}")),
        _ => profile_key(value),
    }
}

/// The keys a sighting asks for.
pub fn of_sighting(sighting: &Sighting) -> Vec<Key> {
    of_seen(&Seen::new(sighting))
}

/// The keys a sighting asks for that was read already.
pub fn of_seen(seen: &Seen<'_>) -> Vec<Key> {
    let sighting = seen.sighting;
    let mut keys: Vec<Key> = sighting.keys.iter().map(|key| (KeyKind::Profile, key.clone())).collect();
    keys.extend(seen.phone.iter().map(|value| (KeyKind::Phone, value.clone())));
    if sighting.kind == Some(SightingKind::Company) {
        of_company(&seen.company, &mut keys);
        keys.push((KeyKind::Brand, seen.company.clean.clone()));
        keys.extend(seen.website.iter().map(|value| (KeyKind::Domain, value.clone())));
    } else {
        let (name, company) = (&seen.named.shown, &seen.company);
        keys.extend(seen.email.iter().map(|value| (KeyKind::Email, value.clone())));
        let names = || std::iter::once(name).chain(&seen.named.also);
        for name in names() {
            asked_of_person(name, &Apart { place: &seen.place, title: &seen.title }, &mut keys);
        }
        if seen.details.contains_key(&Field::BirthDate) || seen.details.contains_key(&Field::NationalId) {
            of_details(|wanted| seen.details.get(&wanted).cloned(), &sighting.last_name, &mut keys);
        }
        // Contacts are found through their account, when name keys can't find them (hidden or married names). Who has moved is where
        // they were.
        let past = &seen.past_company;
        for at in [&company.house, &company.clean, &past.house, &past.clean].into_iter().filter(|at| !at.is_empty()) {
            // Names are swapped, and shortened.
            let spelt = names().flat_map(|name| name.spelt_given.first().into_iter().chain(name.spelt_family.last())).filter(|word| word.len() > 1);
            keys.extend(spelt.map(|given| (KeyKind::GivenAtCompany, pair(given, at))));
            let nicknames = name.given.first().map_or(&[][..], |given| nicknames_of(given)).iter().take(NICKNAMES);
            keys.extend(nicknames.map(|nickname| (KeyKind::GivenAtCompany, pair(&squash(nickname), at))));
            keys.extend(name.spelt_family.last().filter(|word| word.len() > 1).map(|family| (KeyKind::FamilyAtCompany, pair(family, at))));
            keys.push((KeyKind::Company, at.clone()));
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Somebody at a company, by its names or by what its web address calls it: by the given name; by the surname where that is all there is.
fn at_company(person: &PersonName, names: &[&str], keys: &mut Vec<Key>) {
    let given = person.spelt_given.first();
    for at in names.iter().filter(|at| !at.is_empty()) {
        keys.extend(given.map(|given| (KeyKind::GivenAtCompany, pair(given, at))));
        if given.is_none_or(|given| given.len() == 1) {
            keys.extend(person.spelt_family.last().map(|family| (KeyKind::FamilyAtCompany, pair(family, at))));
        }
    }
}

fn push_id(kind: KeyKind, id: &str, keys: &mut Vec<Key>) {
    if let Ok(id) = crate::model::id::RecordId::parse(id) {
        keys.push((kind, id.to_string()));
    }
}

/// What tells a person apart besides the name, in lists that have it.
fn of_details(detail: impl Fn(Field) -> Option<String>, family: &str, keys: &mut Vec<Key>) {
    keys.extend(detail(Field::BirthDate).map(|value| (KeyKind::BirthDate, value)));
    keys.extend(detail(Field::NationalId).map(|value| (KeyKind::NationalId, value)));
    if let (Some(code), Some(initial)) = (detail(Field::PostalCode), fold(family).get(..1)) {
        keys.push((KeyKind::PostalCode, pair(&code, initial)));
    }
}

fn pair(given: &str, family: &str) -> String {
    format!("{given}|{family}")
}

/// Two words of a name, whichever is given.
fn name_of(one: &str, other: &str) -> String {
    if one <= other { pair(one, other) } else { pair(other, one) }
}

/// What tells namesakes apart.
struct Apart<'a> {
    place: &'a Place,
    title: &'a Phrase,
}

impl Apart<'_> {
    /// Files a name, and asks for it, together with what tells its bearers apart.
    fn push(&self, name: String, keys: &mut Vec<Key>) {
        keys.extend(self.title.sorted().map(|title| (KeyKind::NameAndTitle, pair(&name, &title))));
        self.push_placed(name, keys);
    }

    /// The same without the title.
    fn push_placed(&self, name: String, keys: &mut Vec<Key>) {
        keys.extend(self.place.districts().map(|district| (KeyKind::NameInPlace, pair(&name, district))));
        keys.push((KeyKind::Name, name));
    }
}

fn of_person(name: &PersonName, apart: &Apart<'_>, keys: &mut Vec<Key>) {
    for family in name.spelt_family.iter().take(3) {
        for (number, given) in name.spelt_given.iter().take(2).enumerate() {
            if number == 0 {
                apart.push(name_of(given, family), keys);
            } else {
                keys.push((KeyKind::Name, name_of(given, family)));
            }
        }
        if let Some(initial) = name.given.first().and_then(|word| word.get(..1)) {
            keys.push((KeyKind::Initial, pair(initial, family)));
        }
    }
    joined(name, keys);
    begun(name, keys);
    if let Some((given, family)) = &name.skeleton {
        let kind = if name.has_no_vowels { KeyKind::BareConsonants } else { KeyKind::Consonants };
        keys.push((kind, pair(given, family)));
    }
}

/// Nicknames of one name that are asked for: Margaret has fifteen.
const NICKNAMES: usize = 16;
/// Letters of a family word that its beginning has.
const BEGINNING: usize = 3;

fn begun(name: &PersonName, keys: &mut Vec<Key>) {
    let family = name.family.last().map(|word| squash(word)).filter(|word| word.len() > BEGINNING);
    if let (Some(given), Some(family)) = (name.given.first(), family) {
        keys.push((KeyKind::NameStart, pair(&squash(given), &family[..BEGINNING])));
    }
}

/// Surnames in one word, and given names in one word: `O Brien`, `Min-jun`.
fn joined(name: &PersonName, keys: &mut Vec<Key>) {
    let Some(given) = name.given.first().map(|word| squash(word)) else { return };
    if name.family.len() != 1 || name.joined != squash(&name.family[0]) {
        keys.push((KeyKind::Name, name_of(&given, &name.joined)));
    }
    if let (true, Some(family)) = (name.given.len() > 1, name.family.last()) {
        keys.push((KeyKind::Name, name_of(&squash(&name.given.concat()), &squash(family))));
    }
}

/// Every word may be given or family: names are swapped, doubled, and in some countries written surname first.
fn asked_of_person(name: &PersonName, apart: &Apart<'_>, keys: &mut Vec<Key>) {
    let words: Vec<String> = name.words().take(5).map(squash).filter(|word| word.len() > 1).collect();
    for (place, one) in words.iter().enumerate() {
        for other in &words[place + 1..] {
            apart.push(name_of(one, other), keys);
        }
    }
    joined(name, keys);
    begun(name, keys);
    if let Some((given, family)) = &name.skeleton {
        keys.push((KeyKind::Consonants, pair(given, family)));
        keys.push((KeyKind::BareConsonants, pair(given, family)));
    }
    let Some(given) = name.given.first() else { return };
    // The given name's initial behind the family name: Balasubramanian S.
    if let Some(initial) = name.family.last().filter(|_| name.hides_surname() && name.family.len() == 1 && given.len() > 1) {
        keys.push((KeyKind::Initial, pair(initial, &squash(given))));
    }
    name.former.iter().for_each(|former| apart.push(name_of(&squash(given), former), keys));
    // Surname first, and a given name of several syllables: Kim Min-jun.
    if name.family.len() > 1 {
        apart.push(name_of(&squash(&name.family.concat()), &squash(given)), keys);
    }
    // Surname first, and a short form behind it: Gibson Tom.
    if let ([given], [family]) = (name.given.as_slice(), name.family.as_slice()) {
        nicknames_of(family).iter().take(NICKNAMES).for_each(|nickname| apart.push_placed(name_of(&squash(nickname), &squash(given)), keys));
    }
    for family in name.family.iter().filter(|word| word.len() > 1).map(|word| squash(word)) {
        for nickname in nicknames_of(given).iter().take(NICKNAMES) {
            apart.push_placed(name_of(&squash(nickname), &family), keys);
        }
        keys.extend(given.get(..1).map(|initial| (KeyKind::Initial, pair(initial, &family))));
    }
}

fn of_company(company: &Company, keys: &mut Vec<Key>) {
    if company.is_empty() {
        return;
    }
    for name in std::iter::once(company).chain(&company.also) {
        keys.push((KeyKind::Company, name.clean.clone()));
        keys.extend(name.distinctive().take(4).map(|word| (KeyKind::CompanyWord, squash(if word.len() > 4 { word.trim_end_matches('s') } else { word }))));
        keys.extend(name.pair().map(|(one, two)| (KeyKind::CompanyPair, pair(one, two))));
        keys.extend(name.acronyms.iter().map(|acronym| (KeyKind::CompanyWord, acronym.clone())));
        // A name that is itself initials is filed as a word too, however short.
        if name.whole.len() <= 6 {
            keys.push((KeyKind::CompanyWord, name.whole.clone()));
        }
    }
    let skeleton = consonants(&company.clean);
    if skeleton.len() >= 4 {
        keys.push((KeyKind::CompanyConsonants, skeleton.chars().take(10).collect()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meets(first: &str, last: &str, shown: &str) -> bool {
        let record = of_record(Object::Contact, &[], |field| match field {
            "FirstName" => first,
            "LastName" => last,
            _ => "",
        });
        let sighting = Sighting { name: shown.into(), ..Sighting::default() };
        of_sighting(&sighting).iter().any(|key| record.contains(key))
    }

    /// By which kinds of key a page finds a lead.
    fn found_by(record: &[(&str, &str)], page: &Sighting) -> Vec<KeyKind> {
        let record = of_record(Object::Lead, &[], |field| record.iter().find(|(name, _)| *name == field).map_or("", |(_, value)| value));
        of_sighting(page).into_iter().filter(|key| record.contains(key)).map(|(kind, _)| kind).collect()
    }

    #[test]
    fn namesakes_are_told_apart_by_place_title_and_company() {
        let record = [
            ("FirstName", "Dana"),
            ("LastName", "Okafor"),
            ("Title", "Head of Sales"),
            ("Company", "Northwind Ltd"),
            ("Email", "d.okafor@talus-robotics.example"),
            ("City", "Leeds"),
            ("Country", "United Kingdom"),
        ];
        let page = |name: &str| Sighting { name: name.into(), ..Sighting::default() };
        let by = |page: Sighting, kind| found_by(&record, &page).contains(&kind);
        assert!(by(Sighting { location: "Greater Leeds Area, England".into(), ..page("Okafor Dana") }, KeyKind::NameInPlace));
        assert!(by(Sighting { title: "Sales Head".into(), ..page("Dana Okafor") }, KeyKind::NameAndTitle));
        assert!(by(Sighting { past_company: "Northwind".into(), ..page("Dana Okafor") }, KeyKind::GivenAtCompany), "who has moved is where they were");
        assert!(by(Sighting { company: "Talus Robotics".into(), ..page("Dana O.") }, KeyKind::GivenAtCompany), "an e-mail address names its company");
        assert!(found_by(&record, &Sighting { location: "Sydney, Australia".into(), ..page("Ravi Haddad") }).is_empty());
    }

    #[test]
    fn names_meet_in_all_their_forms() {
        assert!(meets("Dana", "Okafor", "Dana Okafor, PhD"));
        assert!(meets("Robert", "Miller", "Bob Miller"));
        assert!(meets("Okafor", "Dana", "Dana Okafor"));
        assert!(meets("Hans", "Müller", "Hans Mueller"));
        assert!(meets("María José", "García López", "María García"));
        assert!(meets("伟", "王", "王伟"));
        assert!(meets("Jan", "van der Berg", "J. Berg"));
        assert!(!meets("Dana", "Okafor", "Ravi Haddad"));
    }
}

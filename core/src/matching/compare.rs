//! Compares a sighting with a candidate, field by field. Says how well they agree, not what it weighs.

use super::candidate::Candidate;
use super::company::Company;
use super::contact::{SHORTEST_BRAND, brand, domain, email, phone, website};
use super::detail;
use super::name::{PersonName, are_nicknames, is_short_form};
use super::phrase::{Phrase, company_of};
use super::place::Place;
use super::slug::{self, Named};
use crate::model::evidence::{Field, Level};
use crate::model::sighting::{Sighting, SightingKind};
use rapidfuzz::distance::{jaro_winkler, osa};
use std::cell::LazyCell;
use std::collections::BTreeMap;

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
    pub(super) company: Company,
    pub(super) past_company: Company,
    pub(super) domains: Vec<String>,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) website: Option<String>,
    pub(super) title: Phrase,
    pub(super) industry: Phrase,
    pub(super) place: Place,
    pub(super) details: BTreeMap<Field, String>,
}

impl<'a> Seen<'a> {
    /// Prepares a sighting.
    pub fn new(sighting: &'a Sighting) -> Self {
        let is_company = sighting.kind == Some(SightingKind::Company);
        let headline = if is_company || !sighting.company.trim().is_empty() { "" } else { company_of(&sighting.title) };
        let company = match () {
            () if is_company => &sighting.name,
            () if headline.is_empty() => &sighting.company,
            () => headline,
        };
        let mut company = Company::parse(company);
        let named = if is_company { Named::default() } else { Named::of(sighting) };
        let mut address = named.address.as_ref();
        if is_company && let Some((key, also)) = slug::company(&company, &sighting.keys) {
            company.also.push(also);
            address = Some(key);
        }
        let website = website(&sighting.website);
        if is_company && let Some(brand) = website.as_deref().and_then(brand).filter(|brand| *brand != company.clean) {
            company.also.push(Company::parse(&brand));
        }
        Self {
            name_told: address.map_or_else(|| sighting.name.clone(), |address| format!("{} ({address})", sighting.name)),
            sighting,
            headline,
            named,
            company,
            past_company: Company::parse(&sighting.past_company),
            domains: website.iter().cloned().chain(domain(&sighting.email)).collect(),
            email: email(&sighting.email),
            phone: phone(&sighting.phone),
            website,
            title: Phrase::role(&sighting.title),
            industry: Phrase::parse(&sighting.industry),
            place: Place::shown(&sighting.location),
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
            let level = self.company.compare(&candidate.company);
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
        let by_name = self.company.compare(&candidate.company);
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
        if !self.past_company.is_empty() && matches!(self.past_company.compare(&candidate.company), Level::Equal | Level::Close) {
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

/// Addresses that reach whoever is there, not one person.
const ROLES: &[&str] = &["info", "sales", "contact", "office", "admin", "hello", "support", "mail", "enquiries", "service", "marketing"];

/// The whole address; misspelt; or the same before the @, at another host: where that is made of the name, it says no more than the name.
fn emails(page: Option<&str>, crm: Option<&str>, person: &PersonName) -> Level {
    let (Some(page), Some(crm)) = (page, crm) else { return Level::NotCompared };
    let local = |address: &str| address.split('@').next().unwrap_or("").to_owned();
    let (ours, theirs) = (local(page), local(crm));
    match () {
        () if page == crm => Level::Equal,
        () if ours.len().min(theirs.len()) >= 5 && page.len().abs_diff(crm.len()) <= 2 && osa::distance(page.chars(), crm.chars()) <= 2 => Level::Close,
        () if ours == theirs && person.words().any(|word| word.len() >= 3 && ours.contains(word)) => Level::NotCompared,
        () if ours == theirs && ours.len() >= 5 && !ROLES.contains(&ours.as_str()) => Level::Partial,
        () => Level::Differs,
    }
}

pub(super) fn similar(a: &str, b: &str) -> bool {
    // Jaro-Winkler over-rates short names and longer ones of one beginning: Smith and Smithson are two (`matching.md` 7).
    let shorter = a.len().min(b.len());
    let slips = if shorter >= 8 { 2 } else { 1 };
    let is_near = || a.len().abs_diff(b.len()) <= slips || !a.is_ascii() || !b.is_ascii();
    if shorter == 4 {
        // Short ones part by a letter (Rose, Ross): only left out or turned around, and not the first or the last, it is a slip.
        let ends = |word: &str| (word.as_bytes()[0], word.as_bytes()[word.len() - 1]);
        let letters = |word: &str| {
            let mut letters = word.as_bytes().to_vec();
            letters.sort_unstable();
            letters
        };
        return a.len().abs_diff(b.len()) <= 1
            && ends(a) == ends(b)
            && (a.len() != b.len() || letters(a) == letters(b))
            && osa::distance(a.chars(), b.chars()) <= 1;
    }
    shorter >= 5 && is_near() && jaro_winkler::normalized_similarity(a.chars(), b.chars()) >= 0.9 && osa::distance(a.chars(), b.chars()) <= slips
}

/// Whether two given names are one misspelt: one slip, not at the ending, where Daniel and Daniela, Mario and Maria part.
fn is_typo(a: &str, b: &str) -> bool {
    let stem = |name: &str| name.trim_end_matches(['a', 'e', 'i', 'o', 'u']).len();
    a.len().min(b.len()) >= 5
        && a.len().abs_diff(b.len()) <= 1
        && a[..stem(a)] != b[..stem(b)]
        && a.chars().last() == b.chars().last()
        && osa::distance(a.chars(), b.chars()) <= 1
}

/// Whether the words of one name, turned, are the other in one: Kim Min-jun, Minjun Kim.
fn is_turned(page: &PersonName, crm: &PersonName) -> bool {
    let length = |name: &PersonName| name.spelt_given.iter().chain(&name.spelt_family).map(String::len).sum::<usize>();
    if page.spelt_given.len() + page.spelt_family.len() <= 2 || length(page) != length(crm) {
        return false;
    }
    let words: Vec<&str> = page.spelt_given.iter().chain(&page.spelt_family).map(String::as_str).collect();
    let whole = [crm.spelt_given.concat(), crm.spelt_family.concat()].concat();
    (0..words.len()).any(|place| [&words[place..], &words[..place]].concat().concat() == whole)
}

/// Whether two words, turned, are the surname and a short form of the given name: Gibson Tom, Thomas Gibson.
fn is_turned_short(page: &PersonName, crm: &PersonName) -> bool {
    let ([given], [family], [own]) = (page.spelt_given.as_slice(), page.family.as_slice(), crm.given.as_slice()) else { return false };
    crm.spelt_family.contains(given) && are_nicknames(family, own)
}

/// Whether one name is written without vowels and the other has its consonants.
fn is_skeleton(page: &PersonName, crm: &PersonName) -> bool {
    (page.has_no_vowels || crm.has_no_vowels) && page.skeleton.is_some() && page.skeleton == crm.skeleton
}

/// Compares two persons' names.
pub fn names(page: &PersonName, crm: &PersonName) -> Level {
    if page.given.is_empty() && page.family.is_empty() || crm.given.is_empty() && crm.family.is_empty() {
        return Level::NotCompared;
    }
    if page.signature == crm.signature {
        return Level::Equal;
    }
    if is_turned(page, crm) || is_skeleton(page, crm) || is_turned_short(page, crm) {
        return Level::Close;
    }
    // One part alone, on either side: it agrees as far as it goes.
    let lacks_part = page.family.is_empty() || crm.family.is_empty() || crm.given.is_empty();
    let (given_a, given_b) = (&page.spelt_given, &crm.spelt_given);
    let (family_a, family_b) = (&page.spelt_family, &crm.spelt_family);
    let on_page = |word: &String| given_a.contains(word) || family_a.contains(word);
    let is_joined = !crm.joined.is_empty() && page.joined == crm.joined;
    let family_equal = is_joined || !family_b.is_empty() && family_b.iter().all(on_page);
    let is_former = page.former.iter().any(|former| family_b.contains(former));
    let family_shared = family_equal || is_former || family_b.iter().any(|word| word.len() > 1 && on_page(word));
    // Syllables of one given name stand apart or in one, and behind the surname: Dong-mi Lee, Lee Dongmi.
    let is_in = |joined: &String, words: &[String]| joined.len() > 1 && words.contains(joined);
    let given_in_one =
        is_in(&crm.joined_given, given_a) || is_in(&crm.joined_given, family_a) || is_in(&page.joined_given, given_b) || is_in(&page.joined, given_b);
    let given_equal = given_in_one || given_b.iter().any(|word| word.len() > 1 && on_page(word));
    // What costs more is looked at only where it decides.
    let family_close = LazyCell::new(|| family_a.iter().any(|a| family_b.iter().any(|b| similar(a, b))));
    let given_close = given_equal
        || page.given.iter().any(|a| crm.given.iter().any(|b| are_nicknames(a, b)))
        || given_a.iter().any(|a| given_b.iter().any(|b| is_typo(a, b)));
    let initial = |a: &str, b: &str| (a.len() == 1 || b.len() == 1) && a.as_bytes().first() == b.as_bytes().first();
    // Cut short it may be another name, too: Hao isn't Haoran.
    let given_initial = LazyCell::new(|| given_a.iter().any(|a| given_b.iter().any(|b| initial(a, b) || is_short_form(a, b))));
    // Each has a surname that the other hasn't: Berrada and Bennani are two, whatever else they share.
    let has_own = |words: &[String], other: &PersonName| {
        let known = |word: &String| other.spelt_given.iter().chain(&other.spelt_family).any(|other| other == word || similar(word, other));
        words.iter().any(|word| word.len() > 1 && !known(word))
    };
    let contradicts = || !is_joined && !is_former && has_own(family_a, crm) && has_own(family_b, page);
    if given_close && family_shared {
        return if contradicts() { Level::Faint } else { Level::Close };
    }
    if given_equal && *family_close {
        return Level::Close;
    }
    if lacks_part {
        let agrees = given_b.iter().chain(family_b).any(on_page);
        return if agrees || given_close { Level::Partial } else { Level::Differs };
    }
    if family_equal && *given_initial {
        return Level::Partial;
    }
    if given_close && page.hides_surname() && family_a.last().is_some_and(|a| family_b.iter().any(|b| initial(a, b))) {
        return Level::Partial;
    }
    if given_equal && !family_a.is_empty() && !page.hides_surname() {
        return Level::Given;
    }
    // Misspelt in both parts, or of one surname only.
    let is_faint = family_equal && !page.hides_surname() || (given_close || *given_initial) && *family_close;
    if is_faint { Level::Faint } else { Level::Differs }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(page: &str, first: &str, last: &str, expected: Level) {
        assert_eq!(names(&PersonName::parse(page), &PersonName::from_parts(first, last)), expected, "{page} / {first} {last}");
    }

    #[test]
    fn persons() {
        check("Dana Okafor", "Dana", "Okafor", Level::Equal);
        check("Okafor Dana", "Dana", "Okafor", Level::Equal);
        check("Miller Bob", "Robert", "Miller", Level::Close);
        check("Fede Okafor", "Federico", "Okafor", Level::Close);
        check("Maria Okafor", "Mariana", "Okafor", Level::Faint);
        check("Bob M.", "Robert", "Miller", Level::Partial);
        check("Bob Miller", "Robert", "Miller", Level::Close);
        check("María García", "María", "García López", Level::Close);
        check("Dana Okafor-Lindqvist", "Dana", "Okafor", Level::Close);
        check("Pawel M.", "Pawel", "Mazur", Level::Partial);
        check("D. Okafor", "Dana", "Okafor", Level::Partial);
        check("Mari Costa", "Mario", "Costa", Level::Faint);
        check("Fatima Zahra Berrada", "Fatima", "Zahra Bennani", Level::Faint);
        check("Fatima Zahra Bennani", "Fatima", "Bennani", Level::Close);
        check("Ana Paula Santos", "Ana Paula", "Oliveira dos Santos", Level::Close);
        check("Balasubramanian S", "S.", "Balasubramanian", Level::Equal);
        check("Ravi Haddad", "Dana", "Okafor", Level::Differs);
        for (page, first, last) in [
            ("동미 이", "Dong-mi", "Lee"),
            ("서지경", "Ji-kyung", "Seo"),
            ("문선윤", "SUN-YOON", "MOON"),
            ("Lee Hee-seo", "희서", "이"),
            ("조경영", "Kyungyoung", "Cho"),
            ("Said Al-Balushi", "البلوشي", "سعيد"),
            ("Said Al-Balushi", "سعيد", "البلوشي"),
            ("Sakamoto Kohei", "康平", "坂本"),
        ] {
            let level = names(&PersonName::parse(page), &PersonName::from_parts(first, last));
            assert!(level <= Level::Close, "{page} / {first} {last}: {level:?}");
        }
    }

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

    #[test]
    fn company_names() {
        let check = |a: &str, b: &str, expected| assert_eq!(Company::parse(a).compare(&Company::parse(b)), expected, "{a} / {b}");
        check("Northwind Instruments", "Northwind Instruments Ltd", Level::Equal);
        check("International Business Machines", "IBM", Level::Close);
        check("Northwind Instruments Canada", "Northwind Instruments", Level::Partial);
        check("Northwind", "Talus Robotics", Level::Differs);
        check("Self-employed", "Talus Robotics", Level::NotCompared);
        check("Procter & Gamble", "Proctor & Gamble", Level::Close);
        check("Alza", "Alza.cz", Level::Equal);
        check("Kaspi.kz", "Kaspi", Level::Equal);
    }
}

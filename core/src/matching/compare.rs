//! Compares a sighting with a candidate, field by field. Says how well they agree, not what it weighs.

use super::candidate::Candidate;
use super::company::Company;
use super::contact::{domain, email, phone};
use super::name::{PersonName, are_nicknames};
use super::normalise::{bounded, fold, squash};
use super::place::places;
use crate::model::evidence::{Field, Level};
use crate::model::sighting::{Sighting, SightingKind};
use rapidfuzz::distance::{jaro_winkler, osa};

/// One compared field.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The field.
    pub field: Field,
    /// How well it agrees.
    pub level: Level,
    /// What the page says.
    pub page: String,
    /// What the record says.
    pub crm: String,
}

/// A sighting made comparable, once for all its candidates.
#[derive(Debug, Clone)]
pub struct Seen<'a> {
    sighting: &'a Sighting,
    person: PersonName,
    company: Company,
    past_company: Company,
    domains: Vec<String>,
    title: Phrase,
    industry: Phrase,
    places: Vec<String>,
}

impl<'a> Seen<'a> {
    /// Prepares a sighting.
    pub fn new(sighting: &'a Sighting) -> Self {
        let company = if sighting.kind == Some(SightingKind::Company) { &sighting.name } else { &sighting.company };
        Self {
            sighting,
            person: PersonName::parse(&sighting.name),
            company: Company::parse(company),
            past_company: Company::parse(&sighting.past_company),
            domains: [&sighting.website, &sighting.email].into_iter().filter_map(|address| domain(address)).collect(),
            title: Phrase::parse(role(&sighting.title)),
            industry: Phrase::parse(&sighting.industry),
            places: places(&sighting.location),
        }
    }

    /// Compares all fields that the kind has.
    pub fn compare(&self, candidate: &Candidate) -> Vec<Comparison> {
        let sighting = self.sighting;
        let line = |field, level, page: &str, crm: &str| Comparison { field, level, page: page.to_owned(), crm: crm.to_owned() };
        let key_page = sighting.keys.first().map_or("", String::as_str);
        let key_crm = candidate.profile_keys.first().map_or("", String::as_str);
        let place_crm = candidate.place.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(", ");
        let mut lines = vec![
            line(Field::ProfileKey, self.profile_key(candidate), key_page, key_crm),
            line(
                Field::Phone,
                shared(phone(&sighting.phone).as_ref(), &candidate.phones),
                &sighting.phone,
                candidate.phones.first().map_or("", String::as_str),
            ),
            line(Field::Location, self.place(candidate), &sighting.location, &place_crm),
        ];
        if sighting.kind == Some(SightingKind::Company) {
            let website = shared(domain(&sighting.website).as_ref(), &candidate.domains);
            lines.push(line(Field::Name, self.company.compare(&candidate.company), &sighting.name, &candidate.name));
            lines.push(line(Field::Website, website, &sighting.website, candidate.domains.first().map_or("", String::as_str)));
            lines.push(line(Field::Industry, words(&self.industry, &candidate.industry), &sighting.industry, &candidate.industry));
        } else {
            lines.push(line(Field::Name, names(&self.person, &candidate.person), &sighting.name, &candidate.name));
            lines.push(line(Field::Company, self.company(candidate), &sighting.company, &candidate.company_name));
            lines.push(line(Field::Title, words(&self.title, &candidate.title), &sighting.title, &candidate.title));
            let mail = shared(email(&sighting.email).as_ref(), candidate.email.as_slice());
            lines.push(line(Field::Email, mail, &sighting.email, candidate.email.as_deref().unwrap_or("")));
        }
        lines
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

    fn place(&self, candidate: &Candidate) -> Level {
        let [city, region, land] = candidate.folded_place();
        if self.places.is_empty() || (city.is_empty() && region.is_empty() && land.is_empty()) {
            return Level::NotCompared;
        }
        let has = |part: &str| !part.is_empty() && self.places.iter().any(|place| place == part);
        // "Greater Leeds Area" holds the city's words.
        let holds = |part: &str| part.len() > 3 && self.places.iter().any(|place| format!(" {place} ").contains(&format!(" {part} ")));
        if has(&city) || holds(&city) {
            Level::Equal
        } else if has(&region) || has(&land) {
            Level::Partial
        } else {
            Level::Differs
        }
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
        let label = |domain: &str| squash(domain.split('.').next().unwrap_or(""));
        if candidate.domains.iter().any(|domain| fold(&label(domain)).replace(' ', "") == self.company.clean) {
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

fn similar(a: &str, b: &str) -> bool {
    // Jaro-Winkler over-rates short names and longer ones of one beginning: Smith and Smithson are two (`matching.md` 7).
    let shorter = a.len().min(b.len());
    let slips = if shorter >= 8 { 2 } else { 1 };
    shorter >= 5 && jaro_winkler::normalized_similarity(a.chars(), b.chars()) >= 0.9 && osa::distance(a.chars(), b.chars()) <= slips
}

/// Whether two given names are one misspelt: one slip, not at the ending, where Daniel and Daniela, Mario and Maria part.
fn is_typo(a: &str, b: &str) -> bool {
    let (a, b) = (squash(a), squash(b));
    let stem = |name: &str| name.trim_end_matches(['a', 'e', 'i', 'o', 'u']).to_owned();
    a.len().min(b.len()) >= 5 && stem(&a) != stem(&b) && a.chars().last() == b.chars().last() && osa::distance(a.chars(), b.chars()) <= 1
}

/// Whether the words of one name, turned, are the other in one: Kim Min-jun, Minjun Kim.
fn is_turned(page: &PersonName, crm: &PersonName) -> bool {
    let words: Vec<&str> = page.spelt_given.iter().chain(&page.spelt_family).map(String::as_str).collect();
    let whole = [crm.spelt_given.concat(), crm.spelt_family.concat()].concat();
    words.len() > 2 && (0..words.len()).any(|place| [&words[place..], &words[..place]].concat().concat() == whole)
}

/// Whether one name is written without vowels and the other has its consonants.
fn is_skeleton(page: &PersonName, crm: &PersonName) -> bool {
    (page.has_no_vowels() || crm.has_no_vowels()) && page.skeleton().is_some() && page.skeleton() == crm.skeleton()
}

/// Compares two persons' names.
pub fn names(page: &PersonName, crm: &PersonName) -> Level {
    if page.given.is_empty() || crm.given.is_empty() && crm.family.is_empty() {
        return Level::NotCompared;
    }
    if page.signature == crm.signature {
        return Level::Equal;
    }
    if is_turned(page, crm) || is_skeleton(page, crm) {
        return Level::Close;
    }
    let (given_a, given_b) = (&page.spelt_given, &crm.spelt_given);
    let (family_a, family_b) = (&page.spelt_family, &crm.spelt_family);
    let all_a: Vec<&String> = given_a.iter().chain(family_a).collect();
    let is_joined = !crm.joined.is_empty() && page.joined == crm.joined;
    let family_equal = is_joined || !family_b.is_empty() && family_b.iter().all(|word| all_a.contains(&word));
    let is_former = page.former.iter().any(|former| family_b.contains(&squash(former)));
    let family_shared = is_former || family_b.iter().any(|word| word.len() > 1 && all_a.contains(&word));
    let family_close = family_a.iter().any(|a| family_b.iter().any(|b| similar(a, b)));
    let given_equal = given_b.iter().any(|word| word.len() > 1 && all_a.contains(&word));
    let given_close = page.given.iter().any(|a| crm.given.iter().any(|b| are_nicknames(a, b) || is_typo(a, b)));
    let initial = |a: &str, b: &str| (a.len() == 1 || b.len() == 1) && a.as_bytes().first() == b.as_bytes().first();
    let given_initial = given_a.iter().any(|a| given_b.iter().any(|b| initial(a, b)));
    let family_initial = page.hides_surname() && family_a.last().is_some_and(|a| family_b.iter().any(|b| initial(a, b)));
    match (given_equal, given_close, given_initial) {
        (true, _, _) if family_equal || family_shared => Level::Close,
        (_, true, _) if family_equal || family_shared => Level::Close,
        (true, _, _) if family_close => Level::Close,
        (_, _, true) if family_equal => Level::Partial,
        (true, _, _) if family_initial => Level::Partial,
        (true, _, _) if !family_a.is_empty() && !page.hides_surname() => Level::Given,
        _ => Level::Differs,
    }
}

/// A headline's role: what stands before the company.
fn role(headline: &str) -> &str {
    headline
        .split([" at ", " @ ", " | ", " bei ", " presso ", " chez "].iter().find(|mark| headline.contains(**mark)).copied().unwrap_or("\n"))
        .next()
        .unwrap_or("")
}

/// A text of words, such as a title or an industry, made comparable.
#[derive(Debug, Clone)]
struct Phrase {
    plain: String,
    listed: Vec<String>,
}

impl Phrase {
    fn parse(text: &str) -> Self {
        let plain = fold(bounded(text)).replace("vice president", "vp").replace("executive vp", "evp").replace("senior vp", "svp");
        let listed = plain.split(' ').filter(|word| word.len() > 2 || *word == "vp").map(str::to_owned).collect();
        Self { plain, listed }
    }
}

/// Compares two texts by their words.
fn words(page: &Phrase, crm: &str) -> Level {
    if page.plain.is_empty() || crm.is_empty() {
        return Level::NotCompared;
    }
    let crm = Phrase::parse(crm);
    if crm.plain.is_empty() {
        return Level::NotCompared;
    }
    if page.plain == crm.plain {
        return Level::Equal;
    }
    let common = crm.listed.iter().filter(|word| page.listed.contains(word)).count();
    let least = page.listed.len().min(crm.listed.len()).max(1);
    if common == least {
        Level::Close
    } else if common * 2 >= least {
        Level::Partial
    } else {
        Level::Differs
    }
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
        check("Bob Miller", "Robert", "Miller", Level::Close);
        check("María García", "María", "García López", Level::Close);
        check("Dana Okafor-Lindqvist", "Dana", "Okafor", Level::Close);
        check("Pawel M.", "Pawel", "Mazur", Level::Partial);
        check("D. Okafor", "Dana", "Okafor", Level::Partial);
        check("Mari Costa", "Mario", "Costa", Level::Differs);
        check("Ravi Haddad", "Dana", "Okafor", Level::Differs);
    }

    #[test]
    fn the_domain_of_a_website_or_address_stands_for_the_company() {
        let layout = std::rc::Rc::new(crate::model::record::Layout {
            number: 1,
            object: crate::model::object::Object::Lead,
            fields: ["FirstName", "LastName", "Company", "Website"].map(str::to_owned).to_vec(),
        });
        let id = crate::model::id::RecordId::parse("00Q000000000001").expect("an id");
        let values = ["Dana", "Okafor", "Northwind", "https://www.northwind.example/"];
        let record = crate::model::record::Record::decode(id, &layout, &crate::model::record::encode(1, values.into_iter())).expect("it fits");
        let candidate = Candidate::new(&record, None);
        let level = |seen: Sighting| Seen::new(&seen).compare(&candidate).into_iter().find(|line| line.field == Field::Company).map(|line| line.level);
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
    }
}

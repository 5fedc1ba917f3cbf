//! A crowd: thousands of sightings of a world's people and companies, with the truth and the trap that makes each hard.
//! Strangers stand among them, a quarter of them namesakes or near-namesakes at known employers.

use crate::sandbox::dice::Dice;
use crate::sandbox::name::{FUNCTIONS, RANKS};
use crate::sandbox::world::{Company, Person, World, romanised};
use inlay_core::matching::contact::profile_key;
use inlay_core::model::id::RecordId;
use inlay_core::model::object::Object;
use inlay_core::model::record::{Layout, Record, encode};
use inlay_core::model::sighting::{Sighting, SightingKind};
use std::sync::Arc;

/// A sighting and what is true of it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// As the reader would send it.
    pub sighting: Sighting,
    /// The record, by its order; none for a stranger.
    pub record: Option<usize>,
    /// What makes it hard.
    pub trap: &'static str,
}

/// How far a world's pages and its CRM have drifted apart, in percent of sightings. Worlds differ in this more than in names.
#[derive(Debug, Clone, Copy)]
pub struct Habits {
    /// Not in the CRM.
    pub strangers: u64,
    /// Whose title on the page is another than in the CRM.
    pub new_title: u64,
    /// Whose page shows no title.
    pub no_title: u64,
    /// Whose page names another city.
    pub other_city: u64,
    /// Whose page shows no place.
    pub no_location: u64,
    /// Of the strangers, who work at a company that is in the CRM.
    pub known_employer: u64,
}

impl Habits {
    /// What `bench match` measures with.
    pub const USUAL: Self = Self { strangers: 30, new_title: 15, no_title: 15, other_city: 10, no_location: 10, known_employer: 40 };

    /// Some world's own.
    pub fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed, 93, 0);
        let mut between = |low: u64, high: u64| low + dice.below(high - low);
        Self {
            strangers: between(15, 60),
            new_title: between(10, 50),
            no_title: between(5, 30),
            other_city: between(5, 35),
            no_location: between(5, 30),
            known_employer: between(10, 70),
        }
    }
}

/// Traps of people in the CRM, and how many of forty have each.
const PERSON_TRAPS: [(&str, u64); 13] = [
    ("plain", 14),
    ("credentials", 4),
    ("nickname", 4),
    ("moved", 5),
    ("hidden surname", 2),
    ("transliteration", 3),
    ("swapped", 1),
    ("married", 1),
    ("generic employer", 1),
    ("subsidiary", 2),
    ("no company", 1),
    ("typo", 1),
    ("new title", 1),
];
/// Traps of companies in the CRM, and how many of twelve have each.
const COMPANY_TRAPS: [(&str, u64); 8] =
    [("plain", 3), ("legal form", 2), ("subsidiary", 1), ("no website", 2), ("other website", 1), ("abbreviated", 1), ("capitals", 1), ("moved", 1)];

/// One of some traps, as often as its share.
fn trap(traps: &[(&'static str, u64)], dice: &mut Dice) -> &'static str {
    let mut place = dice.below(traps.iter().map(|(_, share)| share).sum());
    for (trap, share) in traps {
        match place.checked_sub(*share) {
            None => return trap,
            Some(rest) => place = rest,
        }
    }
    unreachable!("the place is below the sum of the shares")
}

const LEAD_FIELDS: [&str; 11] = ["FirstName", "LastName", "Title", "Company", "Website", "Email", "Phone", "City", "State", "Country", "LinkedIn_Profile__c"];
const ACCOUNT_FIELDS: [&str; 7] = ["Name", "Website", "Phone", "BillingCity", "BillingState", "BillingCountry", "Industry"];

/// The world's contacts as one table, their company's name and website beside them.
pub fn people(world: &World) -> Vec<Record> {
    let wanted = ["FirstName", "LastName", "Title", "Email", "Phone", "MailingCity", "MailingState", "MailingCountry", "LinkedIn_Profile__c", "AccountId"];
    records(Object::Lead, &LEAD_FIELDS, world.contacts, |index| {
        let row = world.row(Object::Contact, index, &wanted);
        let account = World::index(&row[9]).map(|account| world.row(Object::Account, account, &["Name", "Website"]));
        let [company, website] = account.map_or([String::new(), String::new()], |row| [row[0].clone(), row[1].clone()]);
        let at = |place: usize| row[place].clone();
        vec![at(0), at(1), at(2), company, website, at(3), at(4), at(5), at(6), at(7), at(8)]
    })
}

/// The world's accounts as one table.
pub fn companies(world: &World) -> Vec<Record> {
    records(Object::Account, &ACCOUNT_FIELDS, world.count(Object::Account), |index| world.row(Object::Account, index, &ACCOUNT_FIELDS))
}

fn records(object: Object, fields: &[&str], count: u64, row: impl Fn(u64) -> Vec<String>) -> Vec<Record> {
    let layout = Arc::new(Layout { number: 1, object, fields: fields.iter().map(|field| (*field).to_owned()).collect() });
    let prefix = if object == Object::Account { "001" } else { "00Q" };
    let record = |index: u64| {
        let id = RecordId::parse(&format!("{prefix}{index:012}")).expect("digits");
        Record::decode(id, &layout, &encode(1, row(index).iter().map(String::as_str))).expect("it was encoded for this layout")
    };
    (0..count).map(record).collect()
}

/// Sightings of people, `count` of them.
pub fn people_seen(world: &World, habits: Habits, seed: u64, count: u64) -> Vec<Seen> {
    (0..count).map(|place| person_seen(world, habits, &mut Dice::new(seed, 90, place), place)).collect()
}

fn person_seen(world: &World, habits: Habits, dice: &mut Dice, place: u64) -> Seen {
    let contact = dice.below(world.contacts);
    let own_company = world.company(world.account_of(contact));
    let elsewhere = world.company(world.count(Object::Account) * 2 + 500 + dice.below(3000));
    if !dice.chance(habits.strangers) {
        let trap = trap(&PERSON_TRAPS, dice);
        let mut person = world.person(1, contact);
        if trap == "married" {
            person.family = world.person(60, dice.below(1 << 30)).family;
        }
        let company = if trap == "moved" { &elsewhere } else { &own_company };
        let mut sighting = shown(&person, company, trap, habits, dice);
        if trap == "moved" && dice.chance(60) {
            sighting.past_company.clone_from(&own_company.name);
        }
        contact_details(world, contact, &mut sighting, dice);
        sighting.id = place.to_string();
        return Seen { sighting, record: Some(contact as usize), trap };
    }
    let own = world.person(1, contact);
    let other = world.person(50, dice.below(1 << 30));
    // At one employer people share titles too.
    let title = if dice.chance(40) { own.title.clone() } else { other.title.clone() };
    let namesake = Person { title, city: *dice.pick(own.land.cities), nickname: own.given.clone(), ..own };
    let (person, company, trap) = match dice.below(12) {
        0 => (namesake, elsewhere, "namesake"),
        1 => (Person { nickname: other.given.clone(), given: other.given, ..namesake }, own_company, "colleague of one surname"),
        2 => (Person { family: other.family, ..namesake }, own_company, "colleague of one given name"),
        _ => (other, if dice.chance(habits.known_employer) { own_company } else { elsewhere }, "stranger"),
    };
    let look = dice.pick(&["plain", "plain", "plain", "credentials", "nickname", "hidden surname", "transliteration"]);
    let mut sighting = shown(&person, &company, look, habits, dice);
    sighting.id = place.to_string();
    Seen { sighting, record: None, trap }
}

/// What the page shows of a person: name, title, company, place.
fn shown(person: &Person, company: &Company, trap: &str, habits: Habits, dice: &mut Dice) -> Sighting {
    let (given, family) = (&person.given, &person.family);
    let full = format!("{given} {family}");
    let initial = family.chars().find(|letter| letter.is_uppercase() || !letter.is_ascii()).unwrap_or('X');
    let name = match trap {
        "credentials" => {
            format!("{full}{}", dice.pick(&[", PhD", ", MBA, PMP", " 🎯", " (She/Her)", ", CPA", " | MSc", ", P.Eng.", " 🚀 hiring!"]))
        }
        "nickname" => format!("{} {family}", person.nickname),
        "hidden surname" => format!("{given} {initial}."),
        "transliteration" => capitals(&romanised(given, family)),
        "swapped" => format!("{family} {given}"),
        "typo" => typo(&full, dice),
        _ => full,
    };
    let shown_company = match trap {
        "generic employer" => (*dice.pick(&["Self-employed", "Freelance", "Confidential", "Stealth Startup"])).to_owned(),
        "subsidiary" => format!("{} {}", company.name, dice.pick(&["Canada", "Europe", "Group", "North America", "Deutschland"])),
        "no company" => String::new(),
        _ if dice.chance(30) => format!("{} {}", company.name, company.form),
        _ => company.name.clone(),
    };
    let title = match dice.below(100) {
        _ if dice.chance(habits.no_title) => String::new(),
        _ if dice.chance(habits.new_title) => format!("{} {}", dice.pick(RANKS), dice.pick(FUNCTIONS)),
        _ if trap == "new title" => format!("Senior {}", person.title),
        0..15 => format!("{} at {}", person.title, company.name),
        15..30 => person.title.replace("VP", "Vice President"),
        _ => person.title.clone(),
    };
    let (city, region) = if dice.chance(habits.other_city) { *dice.pick(person.land.cities) } else { person.city };
    let country = person.land.country;
    let location = match dice.below(100) {
        _ if dice.chance(habits.no_location) => String::new(),
        0..10 => country.to_owned(),
        10..20 => format!("Greater {city} Area"),
        _ => format!("{city}, {region}, {country}"),
    };
    Sighting { kind: Some(SightingKind::Person), name, title, company: shown_company, location, ..Sighting::default() }
}

/// A page shows an address or phone now and then, and always its own address, which the CRM seldom knows.
fn contact_details(world: &World, contact: u64, sighting: &mut Sighting, dice: &mut Dice) {
    let row = world.row(Object::Contact, contact, &["Email", "Phone"]);
    let person = world.person(1, contact);
    if dice.chance(10) {
        sighting.email.clone_from(&row[0]);
    }
    if dice.chance(3) {
        sighting.phone.clone_from(&row[1]);
    }
    if dice.chance(50) {
        sighting.keys = profile_key(&format!("https://www.linkedin.com/in/{}", person.slug)).into_iter().collect();
    }
}

/// Sightings of companies, `count` of them.
pub fn companies_seen(world: &World, habits: Habits, seed: u64, count: u64) -> Vec<Seen> {
    (0..count).map(|place| company_seen(world, habits, &mut Dice::new(seed, 91, place), place)).collect()
}

fn company_seen(world: &World, habits: Habits, dice: &mut Dice, place: u64) -> Seen {
    let accounts = world.count(Object::Account);
    let known = dice.below(accounts);
    let own = world.company(known);
    let (company, record, trap) = match dice.below(100) {
        _ if !dice.chance(habits.strangers) => (own, Some(known as usize), trap(&COMPANY_TRAPS, dice)),
        0..30 => {
            let other = world.company(accounts * 2 + dice.below(5000));
            let head = own.name.split(' ').next().unwrap_or("").to_owned();
            let tail = other.name.split_once(' ').map_or("", |(_, tail)| tail).to_owned();
            (Company { name: format!("{head} {tail}"), ..other }, None, "one word the same")
        }
        _ => (world.company(accounts * 2 + dice.below(5000)), None, "stranger"),
    };
    // Two companies of one name are one here: the world parts them by city, the page may not.
    let name = match trap {
        "legal form" => format!("{} {}", company.name, dice.pick(company.land.forms)),
        "subsidiary" => format!("{} {}", company.name, dice.pick(&["Canada", "Europe", "Deutschland", "International"])),
        "abbreviated" => company.name.replace("Instruments", "Instr.").replace("Logistics", "Log."),
        "capitals" => company.name.to_uppercase(),
        _ => company.name.clone(),
    };
    let website = match trap {
        "no website" => String::new(),
        "other website" => format!("https://{}-group.example/", company.domain.trim_end_matches(".example")),
        _ => format!("https://{}/", company.domain),
    };
    let city = if trap == "moved" || dice.chance(habits.other_city) { *dice.pick(company.land.cities) } else { company.city };
    let location = if dice.chance(habits.no_location) { String::new() } else { format!("{}, {}, {}", city.0, city.1, company.land.country) };
    let industry = if dice.chance(30) { String::new() } else { company.industry.to_owned() };
    let sighting = Sighting { id: place.to_string(), kind: Some(SightingKind::Company), name, website, location, industry, ..Sighting::default() };
    Seen { sighting, record, trap }
}

fn capitals(folded: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
    };
    folded.split(' ').map(capital).collect::<Vec<_>>().join(" ")
}

/// One letter left out or doubled, never the first.
fn typo(name: &str, dice: &mut Dice) -> String {
    let letters: Vec<char> = name.chars().collect();
    let place = 1 + dice.below(letters.len().saturating_sub(2) as u64) as usize;
    let is_left_out = dice.chance(50);
    letters
        .iter()
        .enumerate()
        .flat_map(|(at, letter)| {
            std::iter::repeat_n(
                *letter,
                if at != place {
                    1
                } else if is_left_out {
                    0
                } else {
                    2
                },
            )
        })
        .collect()
}

//! A register: names of real companies, and how people write them. Real names have habits that no generator has.

use crate::crowd::Seen;
use crate::sandbox::dice::Dice;
use inlay_core::csv::{Decoder, Row};
use inlay_core::model::id::RecordId;
use inlay_core::model::object::Object;
use inlay_core::model::record::{Layout, Record, encode};
use inlay_core::model::sighting::{Sighting, SightingKind};
use std::sync::Arc;

/// Forms that a page may show whatever the register says.
const FORMS: [&str; 10] = ["Inc.", "Ltd", "Limited", "Corp.", "Corporation", "plc", "S.A.", "LLC", "GmbH", "Co."];
/// Places that daughters are named after.
const PLACES: [&str; 6] = ["Canada", "Europe", "Deutschland", "North America", "UK", "International"];
/// Words and how they are cut short.
const SHORT: [(&str, &str); 12] = [
    ("International", "Intl"),
    ("Technologies", "Tech"),
    ("Technology", "Tech."),
    ("Industries", "Ind."),
    ("Communications", "Comm."),
    ("Systems", "Sys"),
    ("Resources", "Res."),
    ("Holdings", "Hldgs"),
    ("Group", "Grp"),
    ("Services", "Svcs"),
    ("Manufacturing", "Mfg"),
    ("National", "Nat'l"),
];

/// The names of the register and their countries, without repetitions.
fn register() -> Vec<(String, String)> {
    let rows = rows(include_str!("../fixtures/companies.csv"));
    let mut names: Vec<(String, String)> = rows.iter().skip(1).filter_map(|row| Some((row.get(0)?.to_owned(), row.get(1)?.to_owned()))).collect();
    names.sort();
    names.dedup_by(|a, b| a.0 == b.0);
    names
}

/// The rows of a small file of this house.
pub fn rows(text: &str) -> Vec<Row> {
    let (mut rows, mut decoder) = (Vec::new(), Decoder::default());
    decoder.push(text.as_bytes(), |row| rows.push(row));
    decoder.finish(|row| rows.push(row));
    rows
}

/// Accounts that have a name and a country, and nothing else.
pub fn accounts<'a>(names: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<Record> {
    let layout = Arc::new(Layout { number: 1, object: Object::Account, fields: ["Name", "BillingCountry"].map(str::to_owned).to_vec() });
    let account = |(place, (name, country)): (usize, (&str, &str))| {
        let id = RecordId::parse(&format!("001{place:012}")).expect("digits");
        Record::decode(id, &layout, &encode(1, [name, country].into_iter())).expect("it was encoded for this layout")
    };
    names.enumerate().map(account).collect()
}

/// Part of the register as a CRM's accounts, and sightings of them and of companies that it leaves out.
pub fn crowd(seed: u64, count: u64) -> (Vec<Record>, Vec<Seen>) {
    let mut dice = Dice::new(seed, 95, 0);
    let (known, strangers): (Vec<_>, Vec<_>) = register().into_iter().partition(|_| dice.chance(65));
    let seen = (0..count).map(|place| {
        let mut dice = Dice::new(seed, 96, place);
        let record = (!dice.chance(35)).then(|| dice.below(known.len() as u64) as usize);
        let (name, country) = record.map_or_else(|| dice.pick(&strangers).clone(), |record| known[record].clone());
        let (name, trap) = written(&name, &mut dice);
        let location = if dice.chance(40) { country } else { String::new() };
        Seen { sighting: Sighting { id: place.to_string(), kind: Some(SightingKind::Company), name, location, ..Sighting::default() }, record, trap }
    });
    let seen = seen.collect();
    (accounts(known.iter().map(|(name, country)| (name.as_str(), if country.len() % 2 == 0 { country.as_str() } else { "" }))), seen)
}

/// A name as somebody writes it.
fn written(name: &str, dice: &mut Dice) -> (String, &'static str) {
    let words: Vec<&str> = name.split_whitespace().collect();
    let bare = words.iter().take_while(|word| !word.ends_with('.') && !FORMS.contains(&word.trim_end_matches(['.', ',']))).copied().collect::<Vec<_>>();
    let bare = if bare.is_empty() { words.clone() } else { bare };
    let plain = bare.join(" ").trim_end_matches(',').to_owned();
    match dice.below(12) {
        0 | 1 => (plain, "no legal form"),
        2 | 3 => (format!("{plain} {}", dice.pick(&FORMS)), "other legal form"),
        4 => (name.to_uppercase(), "capitals"),
        5 => (format!("{plain} {}", dice.pick(&PLACES)), "daughter"),
        6 => (SHORT.iter().fold(name.to_owned(), |name, (long, short)| name.replace(long, short)), "cut short"),
        7 if bare.len() >= 2 => (bare[..bare.len() - 1].join(" "), "last word left out"),
        8 if bare.len() >= 2 => (format!("{}{}", bare[0], bare[1..].join(" ")), "written together"),
        9 if bare.len() >= 3 => (bare.iter().filter_map(|word| word.chars().next()).collect::<String>().to_uppercase(), "initials"),
        10 => (slip(&plain, dice), "slip"),
        _ => (name.to_owned(), "plain"),
    }
}

/// Two neighbouring letters exchanged, or one left out; never the first.
fn slip(name: &str, dice: &mut Dice) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    if letters.len() < 6 {
        return name.to_owned();
    }
    let place = 1 + dice.below(letters.len() as u64 - 3) as usize;
    if dice.chance(50) {
        letters.swap(place, place + 1);
    } else {
        letters.remove(place);
    }
    letters.into_iter().collect()
}

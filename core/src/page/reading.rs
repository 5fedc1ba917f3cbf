//! Checks what the reader found and makes sightings of it. Unresolved is none with a reason, never a guess (spec 24, 31).

use super::address::{Address, key_of_link};
use super::pack::PagePack;
use crate::model::sighting::{PageKind, Sighting, SightingKind};
use crate::model::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The longest text kept of a field, in characters. Real ones are far shorter; a hostile page's needn't be kept.
const LONGEST: usize = 300;

/// What the reader found of one item: field to text and the number of the alternative that gave it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raw {
    /// The reader's own mark on the item.
    pub mark: u32,
    /// Texts by field.
    pub fields: BTreeMap<String, (String, u32)>,
}

/// What a page came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// Sightings by the reader's mark.
    pub sightings: Vec<(u32, Sighting)>,
    /// What is missing of which item, and why.
    pub missing: Vec<Missing>,
    /// How often which alternative gave a field: `company#1` to 3.
    pub used: BTreeMap<String, u32>,
}

/// A field that couldn't be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// The reader's mark on the item.
    pub mark: u32,
    /// The field.
    pub field: &'static str,
    /// Why.
    pub reason: &'static str,
    /// Whether the item can't be understood without it.
    pub required: bool,
}

impl Reading {
    /// Items were found but none was understood: the page's layout has changed, badges pause.
    pub fn is_paused(&self) -> bool {
        self.sightings.is_empty() && self.missing.iter().any(|missing| missing.required)
    }
}

/// Makes sightings of what the reader found. `title` is the document's.
pub fn read(address: &Address, pack: &PagePack, title: &str, raws: &[Raw], now: Timestamp) -> Reading {
    let mut reading = Reading::default();
    for raw in raws {
        for (field, (_, alternative)) in &raw.fields {
            *reading.used.entry(format!("{field}#{alternative}")).or_default() += 1;
        }
        let sighting = sighting(address, pack, title, raw, now, &mut reading.missing);
        reading.sightings.extend(sighting.map(|sighting| (raw.mark, sighting)));
    }
    reading
}

fn sighting(address: &Address, pack: &PagePack, title: &str, raw: &Raw, now: Timestamp, missing: &mut Vec<Missing>) -> Option<Sighting> {
    let get = |field: &str| raw.fields.get(field).map_or(String::new(), |(text, _)| clean(text));
    let mut miss = |field, reason, required| missing.push(Missing { mark: raw.mark, field, reason, required });
    let name = get("name");
    if name.is_empty() {
        miss("name", "no alternative found a text", true);
        return None;
    }
    if is_nobody(&name) {
        miss("name", "the site hides who this is", false);
        return None;
    }
    let mut keys: Vec<String> = address.key.iter().cloned().collect();
    let link = raw.fields.get("link").and_then(|(href, _)| key_of_link(href));
    match (&address.key, &link) {
        // Two-sided: the address and the link in the card must name the same profile.
        (Some(key), Some(linked)) if address.kind == PageKind::Profile && key != linked => {
            miss("link", "the link in the card names another profile than the address", true);
            return None;
        }
        (None, Some(linked)) => keys.push(linked.clone()),
        (None, None) => {
            miss("link", "no link names the profile", true);
            return None;
        }
        _ => {}
    }
    keys.extend(raw.fields.get("profile").and_then(|(href, _)| key_of_link(href)));
    keys.dedup();
    let is_head = address.key.is_some();
    if is_head && !title.is_empty() && !clean(title).contains(&name) {
        miss("name", "the document's title names somebody else", true);
        return None;
    }
    let mut sighting = Sighting { id: keys[0].clone(), kind: Some(pack.subject), keys, name, seen: now, ..Sighting::default() };
    sighting.website = raw.fields.get("website").map_or(String::new(), |(href, _)| clean(href));
    sighting.industry = get("industry");
    sighting.location = get("location");
    sighting.company = get("company");
    sighting.title = get("title");
    if pack.subject == SightingKind::Person {
        fill_from_lines(&mut sighting, raw.fields.get("lines").map_or("", |(text, _)| text));
        split_headline(&mut sighting);
        for (field, text) in [("title", &sighting.title), ("company", &sighting.company), ("location", &sighting.location)] {
            if text.is_empty() {
                miss(field, "no alternative found a text", false);
            }
        }
    }
    Some(sighting)
}

/// One line, no control characters, at most [`LONGEST`] characters. Stays text whatever it looks like.
fn clean(text: &str) -> String {
    let visible =
        |character: &char| !character.is_control() && !matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}' | '\u{feff}');
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().filter(visible).take(LONGEST).collect::<String>().trim().trim_matches('·').trim().to_owned()
}

fn is_nobody(name: &str) -> bool {
    ["LinkedIn Member", "Membro di LinkedIn", "Utente LinkedIn", "Usuário do LinkedIn", "LinkedIn-lid", "Miembro de LinkedIn"].contains(&name)
}

/// A layout without names for its lines: a degree begins with a dot, a place has commas and no "at", the rest is the headline.
fn fill_from_lines(sighting: &mut Sighting, lines: &str) {
    for line in lines.lines().filter(|line| !line.trim_start().starts_with('·')).map(clean).filter(|line| !line.is_empty()) {
        let is_place = line.contains(", ") && !is_headline(&line);
        if is_place && sighting.location.is_empty() {
            sighting.location = line;
        } else if !is_place && sighting.title.is_empty() && line != sighting.company {
            sighting.title = line;
        }
    }
}

const AT: [&str; 8] = [" at ", " bei ", " chez ", " presso ", " na ", " bij ", " en ", " @ "];

fn is_headline(line: &str) -> bool {
    AT.iter().any(|at| line.contains(at))
}

/// "VP Operations at Northwind · people person": the title is what stands before "at", the company what follows, if none was found.
fn split_headline(sighting: &mut Sighting) {
    let Some((title, rest)) = AT[..6].iter().find_map(|at| sighting.title.split_once(at)) else { return };
    let company = rest.split(['·', '|', ',']).next().unwrap_or("").trim();
    if sighting.company.is_empty() {
        company.clone_into(&mut sighting.company);
    }
    sighting.title = title.trim().to_owned();
}

#[cfg(test)]
mod tests {
    use super::super::address;
    use super::super::pack::Pack;
    use super::*;

    fn reading(url: &str, title: &str, fields: &[(&str, &str)]) -> Reading {
        let address = address::read(url).expect("a known address");
        let pack = Pack::shipped().page(address.kind).expect("a pack");
        let fields = fields.iter().map(|(field, text)| ((*field).to_owned(), ((*text).to_owned(), 0))).collect();
        read(&address, pack, title, &[Raw { mark: 1, fields }], Timestamp(0))
    }

    const PROFILE: &str = "https://www.linkedin.com/in/dana-okafor-4b1a2/";

    #[test]
    fn a_profile_gives_title_and_company_of_its_headline() {
        let reading = reading(
            PROFILE,
            "(3) Dana Okafor | LinkedIn",
            &[("name", "Dana Okafor"), ("link", "/in/dana-okafor-4b1a2/overlay/x/"), ("title", "VP Operations at Northwind Instruments · people")],
        );
        let sighting = &reading.sightings[0].1;
        assert_eq!((sighting.title.as_str(), sighting.company.as_str()), ("VP Operations", "Northwind Instruments"));
        assert_eq!(sighting.keys, ["in/dana-okafor-4b1a2"]);
    }

    #[test]
    fn lines_without_names_are_told_apart() {
        let lines = "· 2nd\nVP Operations at Northwind Instruments\nLeeds, England, United Kingdom";
        let reading = reading(PROFILE, "Dana Okafor | LinkedIn", &[("name", "Dana Okafor"), ("company", "Northwind Instruments"), ("lines", lines)]);
        let sighting = &reading.sightings[0].1;
        assert_eq!((sighting.title.as_str(), sighting.location.as_str()), ("VP Operations", "Leeds, England, United Kingdom"));
    }

    #[test]
    fn a_page_that_contradicts_itself_gets_no_badge() {
        assert!(reading(PROFILE, "Dana Okafor | LinkedIn", &[("name", "Dana Okafor"), ("link", "/in/somebody-else/")]).is_paused());
        assert!(reading(PROFILE, "Ravi Haddad | LinkedIn", &[("name", "Dana Okafor")]).is_paused());
        assert!(reading(PROFILE, "Dana Okafor | LinkedIn", &[]).is_paused());
        let hidden = reading("https://www.linkedin.com/sales/search/people", "", &[("name", "LinkedIn Member"), ("link", "/sales/lead/ACw1,x")]);
        assert!(hidden.sightings.is_empty() && !hidden.is_paused());
    }

    #[test]
    fn hostile_names_stay_text_and_short() {
        for name in ["<img src=x onerror=alert(1)>", "Dana\u{202e}rofakO", &"x".repeat(10_000)] {
            let reading = reading(PROFILE, "", &[("name", name)]);
            let shown = &reading.sightings[0].1.name;
            assert!(shown.chars().count() <= LONGEST && !shown.contains('\u{202e}'));
        }
    }
}

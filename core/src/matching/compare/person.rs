//! Compares two names of persons, and addresses made of them.

use crate::matching::name::{PersonName, are_nicknames, is_short_form};
use crate::model::evidence::Level;
use rapidfuzz::distance::{jaro_winkler, osa};
use std::cell::LazyCell;

/// Whether two folded words differ by a slip: one letter, two in long words.
pub fn similar(a: &str, b: &str) -> bool {
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

/// Addresses that reach whoever is there, not one person.
const ROLES: &[&str] = &["info", "sales", "contact", "office", "admin", "hello", "support", "mail", "enquiries", "service", "marketing"];

/// The whole address; misspelt; or the same before the @, at another host: where that is made of the name, it says no more than the name.
pub fn emails(page: Option<&str>, crm: Option<&str>, person: &PersonName) -> Level {
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
}

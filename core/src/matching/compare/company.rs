//! Compares two names of companies.

use crate::matching::company::{Company, EVERYWHERE, Sense, is_common};
use crate::model::evidence::Level;
use rapidfuzz::distance::osa;
use std::borrow::Cow;

/// Compares two names. Names that one goes by besides count as much, but never as equal.
pub fn companies(page: &Company, crm: &Company) -> Level {
    if page.is_empty() || crm.is_empty() {
        return Level::NotCompared;
    }
    let own = own_names(page, crm);
    if own == Level::Equal || page.also.is_empty() && crm.also.is_empty() {
        return own;
    }
    let ours = std::iter::once(page).chain(&page.also);
    let besides = ours.flat_map(|one| std::iter::once(crm).chain(&crm.also).map(|two| own_names(one, two)));
    besides.chain([own]).min().unwrap_or(own).max(Level::Close)
}

/// Compares the names themselves, without those besides.
fn own_names(one: &Company, other: &Company) -> Level {
    if one.clean == other.clean {
        return Level::Equal;
    }
    // Two letters are many companies' initials: a hint, no more.
    let is_initials = |name: &Company| name.words.len() == 1 || name.whole.len() <= 5;
    let acronym = |of: &Company, short: &Company| is_initials(short) && of.acronyms.contains(&short.whole);
    if acronym(one, other) || acronym(other, one) {
        return if one.whole.len().min(other.whole.len()) >= 3 { Level::Close } else { Level::Partial };
    }
    // A place after the name: a daughter of the same house, however short the name.
    if one.house == other.house && !one.house.is_empty() {
        return Level::Partial;
    }
    // Short words of several are initials, and another letter another company: BAE and BEA Systems.
    let is_one_word = one.words.len() == 1 || other.words.len() == 1;
    if is_one_word && numbers(&one.words) == numbers(&other.words) && is_slip(&one.whole, &other.whole) {
        return Level::Close;
    }
    if has_one_slip(one, other) {
        return Level::Close;
    }
    by_words(one, other)
}

/// Whether one long word of several is misspelt, and another that tells is the same: Procter and Proctor & Gamble.
fn has_one_slip(page: &Company, crm: &Company) -> bool {
    let pairs = || page.words.iter().zip(&crm.words).zip(&page.senses);
    let mut others = pairs().filter(|((one, two), _)| one != two);
    let Some(((one, two), _)) = others.next().filter(|_| page.words.len() == crm.words.len()) else { return false };
    let is_told = pairs().any(|((one, two), sense)| one == two && sense.weight >= 1.0);
    others.next().is_none() && is_told && one.len().min(two.len()) >= 6 && is_slip(one, two)
}

fn numbers(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).filter(|word| word.bytes().all(|byte| byte.is_ascii_digit())).collect()
}

/// Whether two names differ by a slip or two only, not at the beginning.
fn is_slip(a: &str, b: &str) -> bool {
    let slips = match a.len().min(b.len()) {
        0..=6 => return false,
        7..=11 => 1,
        _ => 2,
    };
    a.len().abs_diff(b.len()) <= slips && a.as_bytes().first() == b.as_bytes().first() && osa::distance(a.chars(), b.chars()) <= slips
}

/// Whether two words of company names differ by a slip: in short ones letters are exchanged, doubled or left out, not replaced.
fn is_misspelt(short: &str, long: &str) -> bool {
    let slips = if short.len() >= 10 { 2 } else { 1 };
    let letters = |word: &str| {
        let mut letters: Vec<u8> = word.bytes().collect();
        letters.sort_unstable();
        letters
    };
    short.len() >= 6
        && long.len() - short.len() <= slips
        && osa::distance(short.chars(), long.chars()) <= slips
        && (short.len() >= 8 || short.len() != long.len() || letters(short) == letters(long))
}

/// How far two words are one: the same, misspelt, cut short, in another ending.
fn alike(a: &str, b: &str) -> f64 {
    if a == b {
        return 1.0;
    }
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if short.len() < 3 || short.as_bytes()[0] != long.as_bytes()[0] || short.bytes().any(|byte| byte.is_ascii_digit()) {
        return 0.0;
    }
    let common = short.bytes().zip(long.bytes()).take_while(|(a, b)| a == b).count();
    if common == short.len() && long.len() >= short.len() + 3 && is_common(long) {
        return 0.7; // Cut short, as common words are: "instr".
    }
    let is_inflected = common >= 6 && long.len() - common <= 4;
    if is_inflected || is_misspelt(short, long) { 0.85 } else { 0.0 }
}

/// The words, with those in one that the other name writes in one: Wal-Mart and Walmart.
fn joined_as<'a>(name: &'a Company, other: &Company) -> Cow<'a, [Sense]> {
    let is_joined =
        |pair: &[String]| other.words.iter().any(|word| word.len() == pair[0].len() + pair[1].len() && word.starts_with(&pair[0]) && word.ends_with(&pair[1]));
    match name.words.windows(2).position(is_joined) {
        None => Cow::Borrowed(&name.senses),
        Some(place) => {
            let mut senses = name.senses.clone();
            senses.splice(place..place + 2, [Sense::of(&name.words[place..place + 2].concat())]);
            Cow::Owned(senses)
        }
    }
}

/// Compares word by word, each for what it tells: a soft cosine (Cohen, Ravikumar & Fienberg 2003, "SoftTFIDF") over a shipped table.
fn by_words(a: &Company, b: &Company) -> Level {
    let (one, other) = (joined_as(a, b), joined_as(b, a));
    let (few, many) = if one.len() <= other.len() { (&one, &other) } else { (&other, &one) };
    let mut free: Vec<&Sense> = many.iter().collect();
    let (mut shared, mut told, mut is_held) = (0.0, 0.0_f64, true);
    for own in few.iter() {
        let best = free
            .iter()
            .enumerate()
            .map(|(place, other)| (alike(&own.form, &other.form), place))
            .fold((0.0, 0), |best, one| if one.0 > best.0 { one } else { best });
        if best.0 > 0.0 {
            let other = free.swap_remove(best.1);
            shared += best.0 * own.weight * other.weight;
            told += if own.form.len() >= 3 { best.0 * own.weight.min(other.weight) } else { 0.0 };
        } else if own.weight > EVERYWHERE {
            is_held = false;
        }
    }
    if shared == 0.0 {
        return Level::Differs;
    }
    // Where each has a word of its own, they are two of one beginning: Summit Partners, Summit Healthcare.
    let parts = !is_held && free.iter().any(|other| other.weight > EVERYWHERE);
    let length = |senses: &[Sense]| senses.iter().map(|sense| sense.weight.powi(2)).sum::<f64>().sqrt();
    let cosine = shared / (length(few) * length(many)).max(f64::MIN_POSITIVE);
    let (ours, theirs) = (numbers(&a.words), numbers(&b.words));
    match () {
        () if !ours.is_empty() && !theirs.is_empty() && ours != theirs => {
            if cosine >= 0.5 {
                Level::Faint
            } else {
                Level::Differs
            }
        }
        () if parts && told < 1.6 => {
            if told >= 0.7 && cosine >= 0.5 {
                Level::Faint
            } else {
                Level::Differs
            }
        }
        () if cosine >= 0.88 && !parts => Level::Close,
        () if is_held && told >= 0.7 && cosine >= 0.5 || cosine >= 0.75 => Level::Partial,
        () if told >= 0.7 && cosine >= 0.4 => Level::Faint,
        () => Level::Differs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn company_names() {
        let check = |a: &str, b: &str, expected| assert_eq!(companies(&Company::parse(a), &Company::parse(b)), expected, "{a} / {b}");
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

//! Names of companies: legal forms, other names, daughters, initials.

use super::normalise::{bounded, fold, squash};
use crate::model::evidence::Level;
use rapidfuzz::distance::osa;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// What stands in names and is none: `employer` that is no company, `form` that the list of legal forms leaves out, `place` that a
/// daughter is named after, `native` form written onto the name, longest first.
fn marks(kind: &'static str) -> impl Iterator<Item = &'static str> {
    include_str!("table/company_marks.csv").lines().filter_map(move |line| line.strip_prefix(kind)?.strip_prefix(','))
}

static GENERIC_EMPLOYERS: LazyLock<HashSet<&str>> = LazyLock::new(|| marks("employer").collect());
static PLACES: LazyLock<HashSet<&str>> = LazyLock::new(|| marks("place").collect());
static NATIVE_FORMS: LazyLock<Vec<&str>> = LazyLock::new(|| marks("native").collect());
static LEGAL_FORMS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let listed = include_str!("table/legal_forms.csv").lines().skip(1).filter_map(|line| line.split(',').next());
    listed.chain(marks("form")).map(|form| fold(form).replace(' ', "")).collect()
});

/// Legal forms that stand before the name.
const LEADING_FORMS: &[&str] = &["ooo", "oao", "zao", "pao", "uab", "aktiebolaget"];
/// The same, but words too: forms only where they alone are written in capitals (PT Telkom, not Sia Partners).
const CAPITAL_FORMS: &[&str] = &["PT", "SIA"];
/// The same, but only in Cyrillic: AO World and IP Group are no such forms.
const CYRILLIC_FORMS: &[&str] = &["ao", "too", "chp", "ip"];
/// Other names of one company that are read.
const MOST_ALIASES: usize = 3;
/// Words that a name may end with or not.
const TRAILING_WORDS: &[&str] = &["group", "holding", "holdings", "gruppe", "gruppo", "grupo", "groupe", "groep", "worldwide"];
/// Endings of names that are web addresses too.
const WEB_ENDINGS: &[&str] = &[".com", ".io", ".ai", ".net", ".org", ".co"];

/// Booking.com is Booking.
fn without_web_ending(word: &str) -> &str {
    let word = word.trim_end_matches(',');
    // Countries have two letters: Alza.cz is Alza.
    let of_country =
        || word.rsplit_once('.').filter(|(rest, land)| land.len() == 2 && !rest.contains('.') && land.chars().all(|letter| letter.is_ascii_lowercase()));
    let rest = WEB_ENDINGS.iter().find_map(|ending| word.strip_suffix(ending)).or_else(|| of_country().map(|(rest, _)| rest));
    rest.filter(|rest| rest.len() >= 3).unwrap_or(word)
}

/// What parts a name from another name of the same company: the first words of such marks, and the marks.
const ALIAS_WORDS: &[&str] = &["dba", "d/b/a", "t/a", "trading", "aka", "a/k/a", "formerly", "previously"];
const ALIAS_MARKS: &[&str] = &[" dba ", " d/b/a ", " t/a ", " trading as ", " aka ", " a/k/a ", " formerly known as ", " formerly ", " previously "];

/// What a word of a company name stands for.
#[derive(Debug, Clone, PartialEq)]
struct Sense {
    /// The one form of its forms and languages.
    form: Cow<'static, str>,
    /// How much it tells.
    weight: f64,
}

impl Sense {
    fn of(word: &str) -> Self {
        match WORDS.get(word) {
            Some((form, weight)) => Self { form: Cow::Borrowed(form), weight: *weight },
            None => Self { form: Cow::Owned(word.to_owned()), weight: weight(word) },
        }
    }
}

/// A company name, made comparable.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Company {
    /// Words without legal forms.
    pub words: Vec<String>,
    /// What each word stands for, and how much it tells.
    senses: Vec<Sense>,
    /// The words in one.
    pub whole: String,
    /// The words in one, squashed: what equal companies share.
    pub clean: String,
    /// The name of the house without the places that its daughters are named after: `adp` of ADP Canada.
    pub house: String,
    /// First letters of its words, with and without the small ones and the legal form; none of a single word.
    pub acronyms: Vec<String>,
    /// Other names that it goes by: in brackets, after "dba", "formerly", in another language after a stroke.
    pub also: Vec<Company>,
}

impl Company {
    /// Reads a name. Generic employers (self-employed, stealth, `[not provided]`) are no company at all.
    pub fn parse(name: &str) -> Self {
        let (own, others) = without_aliases(bounded(name));
        let mut words = company_words(&own);
        let others = others.iter().map(|(other, is_marked)| (company_words(other), *is_marked));
        // What is said to be a name is one; in brackets stand places and remarks, too.
        let is_name = |(words, is_marked): &(Vec<String>, bool)| {
            words.iter().any(|word| !is_place(word) && weight(word) > RARE) || *is_marked && words.iter().any(|word| weight(word) >= COMMON)
        };
        let (others, places): (Vec<_>, Vec<_>) = others.partition(is_name);
        if !words.is_empty() {
            // A place in brackets is a place, as it is without them.
            words.extend(places.into_iter().flat_map(|(words, _)| words).filter(|word| is_place(word)));
        }
        let mut company = Self::of(words);
        company.acronyms = acronyms(&own, &company.words);
        let others = others.into_iter().map(|(words, _)| Self::of(words));
        company.also = others.filter(|other| other.clean.len() >= 2 && other.clean != company.clean).take(MOST_ALIASES).collect();
        company
    }

    fn of(words: Vec<String>) -> Self {
        let places = words.iter().rev().take_while(|word| is_place(word)).count();
        let house = &words[..words.len() - places];
        let tells = house.iter().any(|word| weight(word) >= RARE);
        let (clean, house) = (squash(&words.concat()), if tells { squash(&house.concat()) } else { String::new() });
        Self { senses: words.iter().map(|word| Sense::of(word)).collect(), whole: words.concat(), words, clean, house, acronyms: Vec::new(), also: Vec::new() }
    }

    /// Whether there is nothing to compare.
    pub fn is_empty(&self) -> bool {
        self.clean.is_empty()
    }

    /// Words that tell this company from others, in one form each. Common ones only where there are no others.
    pub fn distinctive(&self) -> impl Iterator<Item = &str> {
        let told = |least: f64| move |sense: &&Sense| sense.form.len() >= 3 && sense.weight >= least;
        let least = if self.senses.iter().any(|sense| told(RARE)(&sense)) { RARE } else { COMMON };
        self.senses.iter().filter(told(least)).map(|sense| &*sense.form)
    }

    /// Its first two words that tell anything, in one form each, in either order: Arredamenti Oakwood is Oakwood Arredamenti.
    pub fn pair(&self) -> Option<(&str, &str)> {
        let mut telling = self.senses.iter().filter(|sense| sense.weight > EVERYWHERE).map(|sense| &*sense.form);
        let (one, two) = (telling.next()?, telling.next()?);
        Some((one.min(two), one.max(two)))
    }

    /// Compares two names. Names that one goes by besides count as much, but never as equal.
    pub fn compare(&self, other: &Self) -> Level {
        if self.is_empty() || other.is_empty() {
            return Level::NotCompared;
        }
        let own = self.compare_own(other);
        if own == Level::Equal || self.also.is_empty() && other.also.is_empty() {
            return own;
        }
        let ours = std::iter::once(self).chain(&self.also);
        let besides = ours.flat_map(|one| std::iter::once(other).chain(&other.also).map(|two| one.compare_own(two)));
        besides.chain([own]).min().unwrap_or(own).max(Level::Close)
    }

    fn compare_own(&self, other: &Self) -> Level {
        if self.clean == other.clean {
            return Level::Equal;
        }
        // Two letters are many companies' initials: a hint, no more.
        let is_initials = |name: &Self| name.words.len() == 1 || name.whole.len() <= 5;
        let acronym = |of: &Self, short: &Self| is_initials(short) && of.acronyms.contains(&short.whole);
        if acronym(self, other) || acronym(other, self) {
            return if self.whole.len().min(other.whole.len()) >= 3 { Level::Close } else { Level::Partial };
        }
        // A place after the name: a daughter of the same house, however short the name.
        if self.house == other.house && !self.house.is_empty() {
            return Level::Partial;
        }
        // Short words of several are initials, and another letter another company: BAE and BEA Systems.
        let is_one_word = self.words.len() == 1 || other.words.len() == 1;
        if is_one_word && numbers(&self.words) == numbers(&other.words) && is_slip(&self.whole, &other.whole) {
            return Level::Close;
        }
        if self.is_misspelt(other) {
            return Level::Close;
        }
        by_words(self, other)
    }

    /// Whether one long word of several is misspelt, and another that tells is the same: Procter and Proctor & Gamble.
    fn is_misspelt(&self, other: &Self) -> bool {
        let pairs = || self.words.iter().zip(&other.words).zip(&self.senses);
        let mut others = pairs().filter(|((one, two), _)| one != two);
        let Some(((one, two), _)) = others.next().filter(|_| self.words.len() == other.words.len()) else { return false };
        let is_told = pairs().any(|((one, two), sense)| one == two && sense.weight >= 1.0);
        others.next().is_none() && is_told && one.len().min(two.len()) >= 6 && is_slip(one, two)
    }
}

/// A word's share in a name that consists of such words.
const RARE: f64 = 0.6;
const COMMON: f64 = 0.35;
const EVERYWHERE: f64 = 0.15;

/// What a folded word stands for, in one of its forms and languages, and how much it tells.
static WORDS: LazyLock<HashMap<&'static str, (&'static str, f64)>> = LazyLock::new(|| {
    let row = |line: &'static str| match line.split(',').collect::<Vec<_>>()[..] {
        [word, sense, class] => Some((
            word,
            (
                sense,
                match class {
                    "a" => EVERYWHERE,
                    "b" => COMMON,
                    _ => RARE,
                },
            ),
        )),
        _ => None,
    };
    include_str!("table/company_words.csv").lines().skip(1).filter_map(row).collect()
});

fn is_place(word: &str) -> bool {
    PLACES.contains(word)
}

fn weight(word: &str) -> f64 {
    // Initials and titles before a name tell less than the name.
    let unknown = match word.len() {
        0 | 1 => COMMON,
        2 => RARE,
        _ => 1.0,
    };
    WORDS.get(word).map_or(unknown, |(_, weight)| *weight)
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
    if common == short.len() && long.len() >= short.len() + 3 && WORDS.contains_key(long) {
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

/// First letters of a name's words: all of them, those that tell anything, those of the house; with its last words and without.
fn acronyms(name: &str, words: &[String]) -> Vec<String> {
    if words.len() < 2 {
        return Vec::new();
    }
    let spelt: Vec<String> = fold(name).split(' ').filter(|word| !matches!(*word, "and" | "the" | "")).map(str::to_owned).collect();
    let house = &words[..words.len() - words.iter().rev().take_while(|word| is_place(word)).count()];
    let initials = |words: &[String], least: f64| {
        words.iter().filter(|word| word.len() > 3 || weight(word) > least).filter_map(|word| word.chars().next()).collect::<String>()
    };
    let mut acronyms: Vec<String> = [words, &spelt, house].iter().flat_map(|words| [initials(words, 0.0), initials(words, EVERYWHERE)]).collect();
    acronyms.retain(|acronym| (2..=8).contains(&acronym.len()));
    acronyms.sort();
    acronyms.dedup();
    acronyms
}

/// Words of a name without legal forms, "and" and "the"; none of a generic employer's.
fn company_words(name: &str) -> Vec<String> {
    let is_ascii = name.is_ascii();
    let native = if is_ascii { name.to_owned() } else { NATIVE_FORMS.iter().fold(name.to_owned(), |name, form| name.replace(form, " ")) };
    let native = if is_ascii || fold(&native).is_empty() { name.to_owned() } else { native };
    // Syllables of one word stay one: 百度 is baidu, not "bai du".
    let whole = |word: &str| if word.chars().any(|letter| letter >= '\u{2e80}') { syllables(word) } else { without_web_ending(word).to_owned() };
    let bare: Vec<String> = native.split_whitespace().map(whole).collect();
    let folded = fold(&bare.join(" ").replace('&', " and "));
    let mut words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
    if GENERIC_EMPLOYERS.contains(words.concat().as_str()) {
        return Vec::new();
    }
    words.retain(|word| *word != "and" && *word != "the");
    strip_legal_forms(&mut words);
    if words.len() > 1 && (LEADING_FORMS.contains(&words[0]) || begins_with_form(name, words[0])) {
        words.remove(0);
    }
    // Berlin Group is another than Berlin Holding: a place alone names nobody.
    while words.len() > 1 && words.last().is_some_and(|word| TRAILING_WORDS.contains(word)) && words[..words.len() - 1].iter().any(|word| !is_place(word)) {
        words.pop();
    }
    words.into_iter().map(str::to_owned).collect()
}

/// A text of syllables as words: runs of one script, Han and Hangul two by two, as most of their words are.
fn syllables(text: &str) -> String {
    let is_kana = |letter: char| ('\u{3040}'..'\u{3100}').contains(&letter) || letter == 'ー';
    let letters: Vec<char> = text.chars().collect();
    let runs = letters.chunk_by(|a, b| is_kana(*a) == is_kana(*b) && a.is_ascii() == b.is_ascii());
    let words = runs.flat_map(|run| if run[0].is_ascii() || is_kana(run[0]) { run.chunks(run.len()) } else { run.chunks(2) });
    words.map(|word| fold(&word.iter().collect::<String>()).replace(' ', "")).collect::<Vec<_>>().join(" ")
}

/// Whether a name begins with what is a legal form in its spelling only.
fn begins_with_form(name: &str, folded: &str) -> bool {
    let first = name.split_whitespace().next().unwrap_or("");
    let is_shouted = !name.contains(char::is_lowercase);
    CAPITAL_FORMS.contains(&first) && !is_shouted || CYRILLIC_FORMS.contains(&folded) && first.starts_with(|letter| ('\u{400}'..'\u{500}').contains(&letter))
}

/// A name parted from the other names in it, and whether a word says that they are names. What stands in square brackets alone is the name.
fn without_aliases(name: &str) -> (String, Vec<(String, bool)>) {
    let is_mark = |word: &str| ALIAS_WORDS.iter().any(|mark| word.eq_ignore_ascii_case(mark));
    if !name.contains(['(', '（']) && !name.contains(" / ") && !name.split([' ', ',']).any(is_mark) {
        return (name.to_owned(), Vec::new());
    }
    let (name, tongue) = name.split_once(" / ").unwrap_or((name, ""));
    let mut others = if tongue.is_empty() { Vec::new() } else { vec![(tongue.to_owned(), false)] };
    let mut own = String::new();
    let mut rest = name;
    while let Some((before, after)) = rest.split_once(['(', '（']) {
        let (inside, after) = after.split_once([')', '）']).unwrap_or((after, ""));
        own.push_str(before);
        own.push(' ');
        others.push((inside.to_owned(), false));
        rest = after;
    }
    own.push_str(rest);
    let lower = format!(" {} ", own.to_lowercase().replace(',', " , "));
    for mark in ALIAS_MARKS {
        if let Some((before, after)) = lower.split_once(mark).filter(|(before, after)| !before.trim().is_empty() && !after.trim().is_empty()) {
            others.push((after.to_owned(), true));
            let before = before.trim().trim_end_matches(',');
            own.clear();
            own.push_str(before);
            break;
        }
    }
    let strip = |(text, is_marked): (String, bool)| {
        let text = format!(" {} ", text.to_lowercase());
        let bare = ALIAS_MARKS.iter().fold(text.clone(), |text, mark| text.replace(mark, " "));
        let is_marked = is_marked || bare != text;
        (bare.trim().to_owned(), is_marked)
    };
    let others = others.into_iter().map(strip).filter(|(other, _)| !other.is_empty()).collect();
    if own.trim().is_empty() { (name.to_owned(), Vec::new()) } else { (own, others) }
}

/// At the end only, repeatedly, never to nothing; forms of several words first.
fn strip_legal_forms(words: &mut Vec<&str>) {
    'again: loop {
        for length in (1..=4).rev() {
            if words.len() > length && LEGAL_FORMS.contains(&words[words.len() - length..].concat()) {
                words.truncate(words.len() - length);
                continue 'again;
            }
        }
        return;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legal_forms_go_and_names_stay() {
        let check = |name: &str, clean: &str| assert_eq!(Company::parse(name).clean, clean, "{name}");
        check("Northwind Instruments Ltd.", "northwindinstruments");
        check("Northwind Instruments GmbH & Co. KG", "northwindinstruments");
        check("Nordhavn Pumps S.p.A.", "nordhavnpumps");
        check("AG", "ag");
        check("Self-employed", "");
        check("Harbour & Vale", "harbourvale");
    }
}

//! Names of companies: legal forms, other names, daughters, initials.

use super::normalise::{bounded, fold, squash};
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
pub(super) struct Sense {
    /// The one form of its forms and languages.
    pub(super) form: Cow<'static, str>,
    /// How much it tells.
    pub(super) weight: f64,
}

impl Sense {
    pub(super) fn of(word: &str) -> Self {
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
    pub(super) senses: Vec<Sense>,
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
        let others = others.iter().map(|other| (company_words(&other.text), other.is_told));
        // What is said to be a name is one; in brackets stand places and remarks, too.
        let is_name = |(words, is_told): &(Vec<String>, bool)| {
            words.iter().any(|word| !is_place(word) && weight(word) > RARE) || *is_told && words.iter().any(|word| weight(word) >= COMMON)
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
}

/// A word's share in a name that consists of such words.
const RARE: f64 = 0.6;
const COMMON: f64 = 0.35;
pub(super) const EVERYWHERE: f64 = 0.15;

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

/// Whether a folded word is in the names of many companies.
pub(super) fn is_common(word: &str) -> bool {
    WORDS.contains_key(word)
}

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

/// What stands beside a name, and may be another name.
struct Alias {
    text: String,
    /// Whether a word says that it is a name: "formerly".
    is_told: bool,
}

/// A name parted from the other names in it. What stands in brackets alone is the name.
fn without_aliases(name: &str) -> (String, Vec<Alias>) {
    let is_mark = |word: &str| ALIAS_WORDS.iter().any(|mark| word.eq_ignore_ascii_case(mark));
    if !name.contains(['(', '（']) && !name.contains(" / ") && !name.split([' ', ',']).any(is_mark) {
        return (name.to_owned(), Vec::new());
    }
    let (name, tongue) = name.split_once(" / ").unwrap_or((name, ""));
    let mut others = if tongue.is_empty() { Vec::new() } else { vec![Alias { text: tongue.to_owned(), is_told: false }] };
    let mut own = String::new();
    let mut rest = name;
    while let Some((before, after)) = rest.split_once(['(', '（']) {
        let (inside, after) = after.split_once([')', '）']).unwrap_or((after, ""));
        own.push_str(before);
        own.push(' ');
        others.push(Alias { text: inside.to_owned(), is_told: false });
        rest = after;
    }
    own.push_str(rest);
    let lower = format!(" {} ", own.to_lowercase().replace(',', " , "));
    for mark in ALIAS_MARKS {
        if let Some((before, after)) = lower.split_once(mark).filter(|(before, after)| !before.trim().is_empty() && !after.trim().is_empty()) {
            others.push(Alias { text: after.to_owned(), is_told: true });
            let before = before.trim().trim_end_matches(',');
            own.clear();
            own.push_str(before);
            break;
        }
    }
    let strip = |other: Alias| {
        let text = format!(" {} ", other.text.to_lowercase());
        let bare = ALIAS_MARKS.iter().fold(text.clone(), |text, mark| text.replace(mark, " "));
        Alias { is_told: other.is_told || bare != text, text: bare.trim().to_owned() }
    };
    let others = others.into_iter().map(strip).filter(|other| !other.text.is_empty()).collect();
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

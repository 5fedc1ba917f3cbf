//! Names of persons: given and family words, hidden surnames, credentials, nicknames.

use super::frequency::is_common_given_name;
use super::normalise::{bounded, consonants, fold, squash};
use super::script::{japanese, japanese_parts, korean, korean_given};
use crate::model::sighting::Sighting;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

/// A person's name, made comparable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonName {
    /// Given words, folded.
    pub given: Vec<String>,
    /// Family words without particles, folded. The last may be one letter: a hidden surname ("Pawel M.").
    pub family: Vec<String>,
    /// The surname with its particles in one, squashed: `obrien`, `macdonald`, `alrashid`, however they are parted.
    pub joined: String,
    /// Surnames in brackets, squashed: a name before marriage.
    pub former: Vec<String>,
    /// The given words squashed.
    pub spelt_given: Vec<String>,
    /// The family words squashed.
    pub spelt_family: Vec<String>,
    /// Given names of several words in one, squashed: `dongmi` of Dong-mi; empty of one word.
    pub joined_given: String,
    /// All words sorted and squashed: equal for equal names whatever their order.
    pub signature: String,
    /// The consonants of the first and of the last word, in alphabetical order: how a script without vowels writes the name.
    pub skeleton: Option<(String, String)>,
    /// Whether the name was written without vowels.
    pub has_no_vowels: bool,
}

/// Words of a given or a family name that are read.
const MOST_WORDS: usize = 8;
/// Former surnames that are read.
const MOST_FORMER: usize = 3;

/// What stands beside a former name.
const FORMER_MARKS: &[&str] = &["nee", "ne", "geb", "geboren", "born", "formerly", "maiden", "nata", "nacida"];

/// Whether a folded word stands before a surname and is left out of it.
fn is_particle(word: &str) -> bool {
    matches!(
        word,
        "van"
            | "von"
            | "der"
            | "den"
            | "de"
            | "del"
            | "della"
            | "di"
            | "da"
            | "dos"
            | "das"
            | "do"
            | "la"
            | "le"
            | "el"
            | "al"
            | "bin"
            | "ibn"
            | "ter"
            | "ten"
            | "zu"
            | "zum"
            | "y"
            | "e"
            | "st"
            | "mc"
            | "t"
    )
}

/// Whether a folded word is a degree, a form of address or the like.
fn is_credential(word: &str) -> bool {
    matches!(
        word,
        "phd"
            | "mba"
            | "md"
            | "msc"
            | "bsc"
            | "cpa"
            | "pmp"
            | "cfa"
            | "jd"
            | "pe"
            | "rn"
            | "cissp"
            | "sphr"
            | "shrm"
            | "esq"
            | "jr"
            | "sr"
            | "ii"
            | "iii"
            | "dr"
            | "mr"
            | "mrs"
            | "ms"
            | "prof"
            | "ing"
            | "dott"
            | "dipl"
            | "him"
            | "his"
            | "she"
            | "her"
            | "hers"
            | "they"
            | "them"
            | "eng"
            | "dottssa"
            | "caia"
            | "hiring"
            | "inz"
            | "mgr"
            | "ingegnere"
            | "avv"
            | "geom"
            | "rag"
            | "lic"
            | "mtro"
            | "dra"
            | "mme"
            | "acca"
            | "csm"
            | "aca"
            | "fca"
            | "llm"
            | "msw"
            | "lcsw"
    )
}

/// Whether a folded word is one of these and a name, too: written as a degree, MEng and not Meng, it is none.
fn is_credential_or_name(word: &str) -> bool {
    matches!(word, "ma" | "ba" | "he" | "cima" | "beng" | "meng")
}

/// Words as written that are degrees, not names: where not all is in capitals, they have two; or they are pronouns.
fn are_written_as_credentials(text: &str, word: &str) -> bool {
    let capitals = |text: &str| text.chars().filter(|letter| letter.is_uppercase()).count();
    let is_all_capitals = !text.chars().any(char::is_lowercase);
    word.contains('/') || !is_all_capitals && capitals(word) >= 2
}

static NICKNAMES: LazyLock<HashMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
    let mut related: HashMap<&str, Vec<&str>> = HashMap::new();
    let tables = [include_str!("table/nicknames.csv"), include_str!("table/nicknames_of_europe.csv")];
    for line in tables.iter().flat_map(|table| table.lines().skip(1)) {
        if let [name, _, nickname] = line.split(',').collect::<Vec<_>>()[..] {
            related.entry(name).or_default().push(nickname);
            related.entry(nickname).or_default().push(name);
        }
    }
    related
});

impl PersonName {
    /// Reads a name shown as one text: "Dr. Dana M. Okafor-Lindqvist, PhD 🎯 (She/Her)".
    pub fn parse(shown: &str) -> Self {
        let (bare, bracketed) = without_brackets(bounded(shown));
        let bare = bare.split([',', '|']).next().unwrap_or("");
        let words = words_of(&japanese(&korean(&without_remarks(bare))));
        let is_former = |word: &&str| word.len() >= 3 && !FORMER_MARKS.contains(word) && !is_credential(word);
        let former = fold(&bracketed).split(' ').filter(is_former).take(MOST_FORMER).map(str::to_owned).collect();
        match words.len() {
            0 => Self::default(),
            // Two words are a name, of whatever else "Abdul" is the beginning: Abdul Harrison.
            1 if let Some((stem, rest)) = parted_servant(bare, &words[0]) => {
                Self { given: vec![stem], joined: squash(&rest), family: vec![rest], former, ..Self::default() }
            }
            1 => Self { given: words, ..Self::default() },
            _ => Self { given: words[..1].to_vec(), family: without_particles(&words[1..]), joined: squash(&words[1..].concat()), former, ..Self::default() },
        }
        .spelt()
    }

    /// The name of a sighting, whose source may tell its parts apart.
    pub fn of(sighting: &Sighting) -> Self {
        if sighting.first_name.is_empty() && sighting.last_name.is_empty() {
            Self::parse(&sighting.name)
        } else {
            Self::from_parts(&sighting.first_name, &sighting.last_name)
        }
    }

    /// Reads a name stored in two fields.
    pub fn from_parts(first: &str, last: &str) -> Self {
        let (first, last) = (bounded(first), bounded(last));
        if let Some(whole) = in_one_field(first, last) {
            return Self::parse(whole);
        }
        let (read_first, read_last) = japanese_parts(first, last);
        let (first, last) = (&*read_first, &*read_last);
        let family = words_of(&korean(last.split(',').next().unwrap_or("")));
        Self {
            given: without_article(words_of(&korean_given(first.split(',').next().unwrap_or("").trim()))),
            family: without_particles(&family),
            joined: squash(&family.concat()),
            ..Self::default()
        }
        .spelt()
    }

    /// All words, in the order of the page.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.given.iter().chain(&self.family).map(String::as_str)
    }

    /// Whether the surname is shown as an initial only.
    pub fn hides_surname(&self) -> bool {
        self.family.last().is_some_and(|word| word.len() == 1)
    }

    /// Spells the words once, since a name is compared with many.
    fn spelt(mut self) -> Self {
        self.spelt_given = self.given.iter().map(|word| squash(word)).collect();
        self.spelt_family = self.family.iter().map(|word| squash(word)).collect();
        let mut words: Vec<&str> = self.spelt_given.iter().chain(&self.spelt_family).map(String::as_str).collect();
        words.sort_unstable();
        self.signature = words.join(" ");
        self.joined_given = if self.given.len() > 1 { squash(&self.given.concat()) } else { String::new() };
        for former in &mut self.former {
            *former = squash(former);
        }
        if let (Some(given), Some(family)) = (self.given.first(), self.family.last()) {
            let bare = |word: &str| word.len() >= 2 && !word.contains(['a', 'e', 'i', 'o', 'u']);
            self.has_no_vowels = bare(given) && bare(family);
            let (one, other) = (consonants(given), consonants(family));
            self.skeleton = (!one.is_empty() && !other.is_empty()).then(|| if one <= other { (one, other) } else { (other, one) });
        }
        self
    }
}

/// Whether two given names are forms of one another in a list of English nicknames. Neither symmetric guesses nor chains.
pub fn are_nicknames(a: &str, b: &str) -> bool {
    NICKNAMES.get(a).is_some_and(|related| related.contains(&b))
}

/// Whether one given name is the other cut short, as friends do: Fede, Federico. Not where the short one is a name of its own: Maria and
/// Mariana are two.
pub fn is_short_form(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    short.len() >= 3 && long.len() >= short.len() + 2 && long.starts_with(short) && !is_common_given_name(&squash(short))
}

/// Given names that may stand for this one.
pub fn nicknames_of(name: &str) -> &'static [&'static str] {
    NICKNAMES.get(name).map_or(&[], Vec::as_slice)
}

/// What is typed where a form demands a name and there is none.
const NO_NAMES: &[&str] = &[
    "do not call",
    "do not contact",
    "do not use",
    "dnc",
    "duplicate",
    "dupe",
    "unknown",
    "no name",
    "not provided",
    "not available",
    "none",
    "null",
    "na",
    "n a",
    "tbd",
    "tbc",
    "test",
    "x",
    "xx",
    "xxx",
];

/// Whether a field of a name holds none: nothing, a form of address, a remark.
fn is_no_name(field: &str) -> bool {
    let folded = fold(field);
    let is_latin = folded.is_empty() || field.bytes().any(|byte| byte.is_ascii_alphabetic());
    is_latin && (NO_NAMES.contains(&folded.trim()) || folded.split(' ').all(|word| word.is_empty() || is_credential(word)))
}

/// The field that holds the whole name while the other holds none: "DO NOT CALL | Dana Okafor", "Dana Okafor | .".
fn in_one_field<'a>(first: &'a str, last: &'a str) -> Option<&'a str> {
    let whole = match (is_no_name(first), is_no_name(last)) {
        (true, false) => last,
        (false, true) => first,
        _ => return None,
    };
    // "van der Berg" is a surname without its given name.
    let words = words_of(whole);
    (words.len() >= 2 && !is_particle(&words[0])).then_some(whole)
}

/// A name in Han or Hangul without degrees, remarks and emoji in Latin letters behind it, since it is read as a whole.
fn without_remarks(shown: &str) -> Cow<'_, str> {
    let is_syllabic = |word: &&str| word.chars().all(|letter| letter >= '\u{2e80}' && letter.is_alphabetic());
    let words: Vec<&str> = shown.split_whitespace().filter(is_syllabic).collect();
    let is_remark = |word: &str| {
        let folded = fold(word);
        folded.split(' ').all(|word| word.is_empty() || is_credential(word) || is_credential_or_name(word))
    };
    let all_else = shown.split_whitespace().filter(|word| !is_syllabic(word));
    if words.is_empty() || !all_else.into_iter().all(is_remark) { shown.into() } else { words.join(" ").into() }
}

/// What stands outside brackets, and what inside.
fn without_brackets(text: &str) -> (String, String) {
    let (mut outside, mut inside, mut depth) = (String::new(), String::new(), 0_u32);
    for character in text.chars() {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => outside.push(character),
            _ => inside.push(character),
        }
        if matches!(character, '(' | ')' | '[' | ']') {
            inside.push(' ');
        }
    }
    (outside, inside)
}

/// Folded words; credentials and forms of address go where at least two words stay.
fn words_of(text: &str) -> Vec<String> {
    // The Arabic article is written onto its word; romanised it stands alone, as a particle does.
    let parted: Vec<String> =
        bounded(text).split_whitespace().map(|word| word.strip_prefix("ال").map_or(word.to_owned(), |rest| format!("al {rest}"))).collect();
    let mut words: Vec<(String, bool)> = Vec::new();
    for word in parted.iter().flat_map(|part| part.split(' ')) {
        let is_degree = are_written_as_credentials(text, word);
        let folded = fold(word);
        let own = folded.split(' ').filter(|word| !word.is_empty());
        // Degrees are in Latin letters: عمر is a name, though romanised it is "mr".
        let is_latin = word.bytes().any(|byte| byte.is_ascii_alphabetic());
        words.extend(own.map(|one| (one.to_owned(), is_latin && is_credential(one) || is_degree && is_credential_or_name(one))));
    }
    let left = words.iter().filter(|(_, is_credential)| !is_credential).count();
    let chosen = words.into_iter().filter(|(_, is_credential)| left < 2 || !is_credential).map(|(word, _)| word);
    servants(chosen.take(MOST_WORDS).collect())
}

/// Abdul Rahman, Abdel Rahman and Abd al-Rahman are Abdulrahman: the first word is no name without the second.
fn servants(words: Vec<String>) -> Vec<String> {
    let mut joined: Vec<String> = Vec::with_capacity(words.len());
    let mut words = words.into_iter().peekable();
    while let Some(word) = words.next() {
        let stem = ["abdul", "abdel", "abdal", "abdol"].into_iter().find_map(|stem| word.strip_prefix(stem));
        let (is_servant, rest) = match (word.as_str(), stem) {
            ("abd" | "abdu", _) => (words.peek().is_some(), ""),
            (_, Some(rest)) => (true, rest),
            _ => (false, ""),
        };
        if !is_servant {
            joined.push(word);
            continue;
        }
        let mut rest = rest.to_owned();
        if rest.is_empty() {
            while words.next_if(|word| matches!(word.as_str(), "al" | "el" | "ul")).is_some() {}
            rest = words.next().unwrap_or_default();
        }
        joined.push(format!("abdul{rest}"));
    }
    joined
}

/// The two words of a name that was taken for one.
fn parted_servant(shown: &str, joined: &str) -> Option<(String, String)> {
    let folded = fold(shown);
    let (stem, rest) = folded.trim().split_once(' ')?;
    (!rest.contains(' ') && joined == format!("abdul{rest}")).then(|| (stem.to_owned(), rest.to_owned()))
}

/// A surname stands in the field of given names: its article is none.
fn without_article(mut words: Vec<String>) -> Vec<String> {
    if words.len() == 2 && words[0] == "al" {
        words.remove(0);
    }
    words
}

fn without_particles(words: &[String]) -> Vec<String> {
    let kept: Vec<String> = words.iter().filter(|word| !is_particle(word)).cloned().collect();
    if kept.is_empty() { words.to_vec() } else { kept }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(shown: &str, given: &[&str], family: &[&str]) {
        let name = PersonName::parse(shown);
        assert_eq!((name.given, name.family), (given.iter().map(|&w| w.into()).collect(), family.iter().map(|&w| w.into()).collect()), "{shown}");
    }

    #[test]
    fn names_as_pages_show_them() {
        check("Dana Okafor", &["dana"], &["okafor"]);
        check("Dr. Dana Okafor, PhD, PMP", &["dana"], &["okafor"]);
        check("Dana Okafor 🎯 (She/Her)", &["dana"], &["okafor"]);
        check("Pawel M.", &["pawel"], &["m"]);
        check("Jan van der Berg", &["jan"], &["berg"]);
        check("María García-López", &["maria"], &["garcia", "lopez"]);
        check("Jack Ma", &["jack"], &["ma"]);
        check("Jack Ma Chen", &["jack"], &["ma", "chen"]);
        check("Tan Wee Beng", &["tan"], &["wee", "beng"]);
        check("Anna Maria Cima", &["anna"], &["maria", "cima"]);
        check("Dana Okafor MEng", &["dana"], &["okafor"]);
        check("Dana Okafor MA He/Him", &["dana"], &["okafor"]);
        check("直子 中川 🚀 hiring!", &["naoko"], &["nakagawa"]);
        check("김민지, PhD", &["kim"], &["minji"]);
        check("عمر الشريف", &["mr"], &["shryf"]);
        check("LI MENG YAO", &["li"], &["meng", "yao"]);
        check("", &[], &[]);
        check("🎯", &[], &[]);
    }

    #[test]
    fn a_whole_name_in_one_field_is_read_as_shown() {
        let read = |first: &str, last: &str| PersonName::from_parts(first, last);
        let dana = PersonName::parse("Dana Okafor");
        for (first, last) in [
            ("", "Dana Okafor"),
            ("DO NOT CALL", "Dana Okafor"),
            ("Mr", "Dana Okafor"),
            ("", "Dr. Dana Okafor"),
            ("Dana Okafor", "."),
            ("Dana Okafor", "Unknown"),
        ] {
            assert_eq!(read(first, last), dana, "{first} | {last}");
        }
        assert_eq!(read("", "van der Berg").family, ["berg"]);
        assert_eq!((read("", "Okafor").family, read("Ma", "Okafor").given), (vec!["okafor".to_owned()], vec!["ma".to_owned()]));
    }

    #[test]
    fn servants_are_one_word_however_parted() {
        for shown in ["Abdul Rahman Al-Otaibi", "Abdulrahman Alotaibi", "Abdel Rahman Al Otaibi", "Abd al-Rahman Al Otaibi", "Abdelrahman Alotaibi"] {
            let name = PersonName::parse(shown);
            assert_eq!((name.given[0].as_str(), name.joined.as_str()), ("abdulrahman", "alotaibi"), "{shown}");
        }
        check("Paula Abdul", &["paula"], &["abdul"]);
        check("Abdul Harrison", &["abdul"], &["harrison"]);
        check("Abdulrahman", &["abdulrahman"], &[]);
    }

    #[test]
    fn nicknames_are_per_name_not_chained() {
        assert!(are_nicknames("robert", "bob"));
        assert!(are_nicknames("bob", "robert"));
        assert!(!are_nicknames("albert", "alan"));
    }
}

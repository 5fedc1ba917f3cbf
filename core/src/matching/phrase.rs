//! Texts of words, made comparable: titles and industries.

use super::normalise::{bounded, fold};
use crate::model::evidence::Level;

/// What stands before the company in a headline.
const BEFORE_COMPANY: [&str; 7] = [" at ", " @ ", " @", " bei ", " presso ", " chez ", " bij "];
/// What ends a part of a headline.
const PARTS: [&str; 6] = [" | ", " · ", " • ", ", ", " - ", " – "];

/// The company that a headline names: "VP Operations at Northwind | Speaker" is at Northwind. Empty if it names none: who is "looking at
/// new things" writes them small.
pub fn company_of(headline: &str) -> &str {
    let named = BEFORE_COMPANY.iter().filter_map(|mark| headline.split_once(mark)).min_by_key(|(before, _)| before.len());
    let named = named.map_or("", |(_, named)| named);
    let company = PARTS.iter().fold(named, |named, part| named.split(part).next().unwrap_or("")).trim();
    if company.starts_with(char::is_lowercase) { "" } else { company }
}

/// A text of words.
#[derive(Debug, Clone, Default)]
pub struct Phrase {
    plain: String,
    listed: Vec<String>,
}

impl Phrase {
    /// Reads a text.
    pub fn parse(text: &str) -> Self {
        let plain = fold(bounded(text)).replace("vice president", "vp").replace("executive vp", "evp").replace("senior vp", "svp");
        let listed = plain.split(' ').filter(|word| word.len() > 2 || *word == "vp").map(str::to_owned).collect();
        Self { plain, listed }
    }

    /// Reads a headline's role: what stands before the company.
    pub fn role(headline: &str) -> Self {
        let role = BEFORE_COMPANY.iter().chain(&PARTS[..1]).fold(headline, |role, mark| role.split(mark).next().unwrap_or(role));
        Self::parse(role)
    }

    /// Its words in alphabetical order; none of an empty text.
    pub(super) fn sorted(&self) -> Option<String> {
        let mut words: Vec<&str> = self.listed.iter().map(String::as_str).collect();
        words.sort_unstable();
        Some(words.join(" ")).filter(|words| !words.is_empty())
    }

    /// Compares two texts by their words.
    pub fn compare(&self, other: &Self) -> Level {
        if self.plain.is_empty() || other.plain.is_empty() {
            return Level::NotCompared;
        }
        if self.plain == other.plain {
            return Level::Equal;
        }
        let common = other.listed.iter().filter(|word| self.listed.contains(word)).count();
        let least = self.listed.len().min(other.listed.len()).max(1);
        match common * 2 {
            shared if shared == least * 2 => Level::Close,
            shared if shared >= least => Level::Partial,
            _ => Level::Differs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_headline_names_role_and_company() {
        for (headline, company) in [
            ("VP Operations at Northwind Instruments", "Northwind Instruments"),
            ("Direttore presso Northwind S.p.A. | Relatore", "Northwind S.p.A."),
            ("Einkauf @Northwind · Leeds", "Northwind"),
            ("Head of Sales", ""),
            ("Looking at new things", ""),
            ("", ""),
        ] {
            assert_eq!(company_of(headline), company, "{headline}");
        }
        assert_eq!(Phrase::role("VP Operations at Northwind | Speaker").compare(&Phrase::parse("VP Operations")), Level::Equal);
        assert_eq!(Phrase::role("VP Operations | Speaker").compare(&Phrase::parse("VP Operations")), Level::Equal);
    }
}

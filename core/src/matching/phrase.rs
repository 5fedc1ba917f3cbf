//! Texts of words, made comparable: titles and industries.

use super::normalise::{bounded, fold};
use crate::model::evidence::Level;

/// What parts a headline's role from the company.
const BEFORE_COMPANY: [&str; 6] = [" at ", " @ ", " | ", " bei ", " presso ", " chez "];

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
        let mark = BEFORE_COMPANY.iter().find(|mark| headline.contains(**mark));
        Self::parse(mark.and_then(|mark| headline.split(mark).next()).unwrap_or(headline))
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

//! Blocking: of all records that share a key with a sighting, the ones worth comparing. Rarest key first, within a budget.

use super::key::KeyKind;
use super::weigh::Population;
use std::collections::HashMap;
use std::hash::Hash;

/// Records compared for one sighting.
const CANDIDATES: usize = 40;
/// A key that more records share tells too little to fetch them all.
pub const KEY_LIMIT: usize = 200;
/// How many more people share a given name at a company than its index knows of.
const GIVEN_NAMESAKES: usize = 16;

/// A key that was asked for, and what is filed under it.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a, Id> {
    /// The key's kind.
    pub kind: KeyKind,
    /// Its plain value.
    pub value: &'a str,
    /// How many records are filed under it.
    pub count: usize,
    /// Which; empty or short where they are too many.
    pub ids: &'a [Id],
}

/// A whole name that more records share than this is no rare one.
const RARE_NAME: usize = 12;
/// From this weight on, in bits, a candidate is so likely the one that those found by loose keys alone needn't be looked at.
pub const SETTLED: f64 = 9.0;

/// Candidates, each with the number of records that the rarest name key it was found by stands for.
#[derive(Debug, Clone)]
pub struct Candidates<Id> {
    /// Found by an address, a number, a rare name, or a name and where the person is: the one is mostly among them.
    pub close: Vec<(Id, f64)>,
    /// Found by looser keys only.
    pub loose: Vec<(Id, f64)>,
}

impl<Id: Copy + Eq + Hash + Ord> Candidates<Id> {
    /// Rarest key first, within the budget.
    pub fn of(mut keys: Vec<Found<'_, Id>>, population: Population) -> Self {
        keys.sort_by_key(|key| (key.count, key.kind));
        let names: HashMap<&str, usize> = keys.iter().filter(|key| key.kind == KeyKind::Name).map(|key| (key.value, key.count)).collect();
        let mut found: HashMap<Id, (f64, bool)> = HashMap::new();
        for key in keys.iter().filter(|key| key.count <= KEY_LIMIT) {
            let mut is_close = true;
            let shared = match key.kind {
                KeyKind::Name | KeyKind::Company => {
                    is_close = key.count <= RARE_NAME;
                    population.expected(key.count, false)
                }
                // The name is as common as it is, in whichever city.
                KeyKind::NameInCity => {
                    population.expected(key.value.rsplit_once('|').and_then(|(name, _)| names.get(name).copied()).unwrap_or(key.count), false)
                }
                KeyKind::Initial | KeyKind::Consonants | KeyKind::BareConsonants | KeyKind::CompanyWord | KeyKind::CompanyPair | KeyKind::CompanyConsonants => {
                    is_close = false;
                    population.expected(key.count, true)
                }
                // A given name alone is shared by many, whatever the company has on file.
                KeyKind::GivenAtCompany => (key.count * GIVEN_NAMESAKES) as f64,
                KeyKind::NameStart | KeyKind::PostalCode => {
                    is_close = false;
                    f64::INFINITY
                }
                // The name is compared, its rarity unknown, so it counts as not rare at all.
                _ => f64::INFINITY,
            };
            for id in key.ids {
                if found.len() >= CANDIDATES && !found.contains_key(id) {
                    break;
                }
                let known = found.entry(*id).or_insert((f64::INFINITY, false));
                *known = (known.0.min(shared), known.1 || is_close);
            }
        }
        let mut found: Vec<(Id, (f64, bool))> = found.into_iter().collect();
        found.sort_unstable_by_key(|(id, _)| *id);
        let of = |close: bool| found.iter().filter(|(_, (_, is_close))| *is_close == close).map(|(id, (shared, _))| (*id, *shared)).collect();
        Self { close: of(true), loose: of(false) }
    }
}

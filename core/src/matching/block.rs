//! Blocking: of all records that share a key with a sighting, the ones worth comparing. Rarest key first, within a budget.

use super::frequency::share_of_name;
use super::key::KeyKind;
use super::weigh::Population;

/// Records compared for one sighting.
pub const CANDIDATES: usize = 40;
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

/// A whole name that more records share than this is no rare one: of its bearers only those are looked at of whom a place, a title or a
/// company says the same. The others couldn't be told from one another.
pub const RARE_NAME: usize = 12;
/// From this weight on, in bits, a candidate is so likely the one that those found by looser keys needn't be looked at.
pub const SETTLED: f64 = 9.0;

/// Candidates by how they were found, each with the number of records that the rarest name key stands for by which it was found.
/// The second group is worth a look only if the first settles nothing.
#[derive(Debug, Clone)]
pub struct Candidates<Id>(pub [Vec<(Id, f64)>; 2]);

/// Found by an address, a number, a rare name, or a name together with a place, title or company: the one is mostly among them, and who might
/// be taken for it.
const NEAR: usize = 0;
/// Found by looser keys.
const LOOSE: usize = 1;

impl<Id: Copy + Ord> Candidates<Id> {
    /// Rarest key first, within the budget.
    pub fn of(mut keys: Vec<Found<'_, Id>>, population: Population) -> Self {
        keys.sort_by_key(|key| (key.count, key.kind));
        let name = |key: &Found<'_, Id>| population.expected_of(key.count, false, share_of_name(key.value));
        // A handful of each: looked through faster than hashed.
        let names: Vec<(&str, f64)> = keys.iter().filter(|key| key.kind == KeyKind::Name).map(|key| (key.value, name(key))).collect();
        let of_name = |value: &str| names.iter().find(|(name, _)| *name == value).map(|(_, shared)| *shared);
        // Part of a name is no rarer than the name.
        let rarest = names.iter().map(|(_, shared)| *shared).reduce(f64::min).unwrap_or(0.0);
        let mut found: Vec<(Id, (f64, usize))> = Vec::with_capacity(CANDIDATES);
        for key in keys.iter().filter(|key| key.count <= if key.kind == KeyKind::Name { RARE_NAME } else { KEY_LIMIT }) {
            let (shared, group) = match key.kind {
                KeyKind::Name => (of_name(key.value).unwrap_or(f64::INFINITY), NEAR),
                KeyKind::Company => (population.expected(key.count, false), if key.count <= RARE_NAME { NEAR } else { LOOSE }),
                // The name is as common as it is, wherever.
                KeyKind::NameInPlace | KeyKind::NameAndTitle => {
                    let shared = key.value.rsplit_once('|').and_then(|(name, _)| of_name(name));
                    (shared.unwrap_or_else(|| population.expected(key.count, false)), NEAR)
                }
                KeyKind::Initial => (population.expected_of(key.count, true, share_of_name(key.value)).max(rarest), LOOSE),
                KeyKind::Consonants | KeyKind::BareConsonants => (population.expected(key.count, true).max(rarest), LOOSE),
                KeyKind::CompanyWord | KeyKind::CompanyPair | KeyKind::CompanyConsonants => (population.expected(key.count, true), LOOSE),
                // A given name alone is shared by many, whatever the company has on file.
                KeyKind::GivenAtCompany | KeyKind::FamilyAtCompany => ((key.count * GIVEN_NAMESAKES) as f64, NEAR),
                // The name is compared, its rarity unknown, so it counts as not rare at all.
                KeyKind::NameStart | KeyKind::PostalCode => (f64::INFINITY, LOOSE),
                _ => (f64::INFINITY, NEAR),
            };
            for id in key.ids {
                match found.iter().position(|(known, _)| known == id) {
                    Some(place) => {
                        let known = &mut found[place].1;
                        *known = (known.0.min(shared), known.1.min(group));
                    }
                    None if found.len() >= CANDIDATES => break,
                    None => found.push((*id, (shared, group))),
                }
            }
        }
        found.sort_unstable_by_key(|(id, _)| *id);
        let mut groups = [Vec::new(), Vec::new()];
        for (id, (shared, group)) in found {
            groups[group].push((id, shared));
        }
        Self(groups)
    }
}

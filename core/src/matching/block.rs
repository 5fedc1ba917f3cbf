//! Blocking: of all records that share a key with a sighting, the ones worth comparing. Rarest key first, within a budget.

use super::frequency::share_of_name;
use super::key::KeyKind;
use super::weigh::{Population, Weights};
use crate::model::evidence::Field;

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
    ///
    /// A name stands for all who bear it, or for those who bear it here, times as many as places agree by chance in, whichever is fewer:
    /// the only John Smith of a town is rarer than John Smiths are.
    pub fn of(mut keys: Vec<Found<'_, Id>>, population: Population, weights: &Weights) -> Self {
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
                KeyKind::NameInPlace | KeyKind::NameAndTitle => {
                    let field = if key.kind == KeyKind::NameInPlace { Field::Location } else { Field::Title };
                    let here = population.expected(key.count, false) * weights.by_chance(field);
                    (key.value.rsplit_once('|').and_then(|(name, _)| of_name(name)).map_or(here, |name| name.min(here)), NEAR)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::weigh::{Model, Spread};

    const IDS: [u32; 13] = [7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19];

    fn near(bearers: usize, in_leeds: usize) -> Vec<(u32, f64)> {
        let found = |kind, value, count: usize| Found { kind, value, count, ids: &IDS[..count.min(IDS.len())] };
        let keys = vec![found(KeyKind::Name, "dana|okafor", bearers), found(KeyKind::NameInPlace, "dana|okafor|leeds", in_leeds)];
        let population = Population::counted(1_000_000, 100_000, Spread::default(), Spread::default());
        Candidates::of(keys, population, &Model::shipped().person).0[NEAR].clone()
    }

    #[test]
    fn of_a_common_name_those_are_looked_at_who_share_something() {
        assert_eq!(near(RARE_NAME, 0).len(), RARE_NAME);
        assert_eq!(near(RARE_NAME + 1, 2).iter().map(|(id, _)| *id).collect::<Vec<_>>(), IDS[..2]);
    }

    #[test]
    fn the_only_one_of_a_place_is_rarer_than_the_name() {
        let shared = |bearers, in_leeds| near(bearers, in_leeds)[0].1;
        assert!(shared(60, 1) < shared(60, 60) / 4.0, "one of sixty is here, where one in six or so would be by chance");
        assert!((shared(60, 60) - shared(60, 30)).abs() < 1e-9, "as many as half of them here say nothing more than the name");
        assert!((shared(2, 1) - shared(2, 2)).abs() < 1e-9, "nor does one of two");
    }
}

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
/// A name, address or number that so few share tells alone who is meant, or who might be taken for them.
const OWN: usize = 3;
/// From this weight on, in bits, a candidate is so likely the one that those found by looser keys needn't be looked at.
pub const SETTLED: f64 = 9.0;

/// Candidates by how they were found, each with the number of records that the rarest name key stands for by which it was found.
#[derive(Debug, Clone)]
pub struct Candidates<Id> {
    /// Groups to look at one after the other, each only if those before settle nothing: reading and comparing is what costs.
    pub groups: [Vec<(Id, f64)>; GROUPS],
    /// Those of whom the index knows already that they can't be told from many namesakes: not worth a look.
    pub alike: Vec<(Id, f64)>,
}

/// How many groups there are.
pub const GROUPS: usize = 3;
/// Found by what hardly anybody shares, or by a name together with two of place, title, company and number.
const CLOSEST: usize = 0;
/// Found by a rare name, or by a name together with a place, title or company: the one is mostly among them, and who might be taken for it.
const NEAR: usize = 1;
/// Found by looser keys.
const LOOSE: usize = 2;

/// What a candidate was found by.
#[derive(Clone, Copy)]
struct Met {
    shared: f64,
    group: usize,
    /// A bit for each of place, title, company and number.
    beside_name: u8,
}

impl Met {
    fn and(self, other: Self) -> Self {
        Self { shared: self.shared.min(other.shared), group: self.group.min(other.group), beside_name: self.beside_name | other.beside_name }
    }

    fn group(self) -> usize {
        if self.beside_name.count_ones() >= 2 { CLOSEST } else { self.group }
    }
}

fn beside_name(kind: KeyKind) -> u8 {
    match kind {
        KeyKind::NameInPlace => 1,
        KeyKind::NameAndTitle => 2,
        KeyKind::GivenAtCompany | KeyKind::FamilyAtCompany => 4,
        KeyKind::Phone => 8,
        _ => 0,
    }
}

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
        let mut found: Vec<(Id, Met)> = Vec::with_capacity(CANDIDATES);
        for key in keys.iter().filter(|key| key.count <= if key.kind == KeyKind::Name { RARE_NAME } else { KEY_LIMIT }) {
            let own = if key.count <= OWN { CLOSEST } else { NEAR };
            let (shared, group) = match key.kind {
                KeyKind::Name => (of_name(key.value).unwrap_or(f64::INFINITY), own),
                KeyKind::Company => (population.expected(key.count, false), if key.count <= RARE_NAME { NEAR } else { LOOSE }),
                KeyKind::NameInPlace | KeyKind::NameAndTitle => {
                    let field = if key.kind == KeyKind::NameInPlace { Field::Location } else { Field::Title };
                    let here = population.expected(key.count, false) * weights.by_chance(field);
                    let group = if key.count <= RARE_NAME { NEAR } else { LOOSE };
                    (key.value.rsplit_once('|').and_then(|(name, _)| of_name(name)).map_or(here, |name| name.min(here)), group)
                }
                KeyKind::Initial => (population.expected_of(key.count, true, share_of_name(key.value)).max(rarest), LOOSE),
                KeyKind::Consonants | KeyKind::BareConsonants => (population.expected(key.count, true).max(rarest), LOOSE),
                KeyKind::CompanyWord | KeyKind::CompanyPair | KeyKind::CompanyConsonants => (population.expected(key.count, true), LOOSE),
                // A given name alone is shared by many, whatever the company has on file.
                KeyKind::GivenAtCompany | KeyKind::FamilyAtCompany => ((key.count * GIVEN_NAMESAKES) as f64, NEAR),
                // The name is compared, its rarity unknown, so it counts as not rare at all.
                KeyKind::NameStart | KeyKind::PostalCode => (f64::INFINITY, LOOSE),
                // A company's address is its group's, too.
                KeyKind::Domain | KeyKind::Brand => (f64::INFINITY, NEAR),
                _ => (f64::INFINITY, own),
            };
            let met = Met { shared, group, beside_name: beside_name(key.kind) };
            for id in key.ids {
                match found.iter().position(|(known, _)| known == id) {
                    Some(place) => found[place].1 = found[place].1.and(met),
                    None if found.len() >= CANDIDATES => break,
                    None => found.push((*id, met)),
                }
            }
        }
        found.sort_unstable_by_key(|(id, _)| *id);
        let is_common = |key: &&Found<'_, Id>| {
            matches!(key.kind, KeyKind::Name | KeyKind::NameInPlace | KeyKind::NameAndTitle) && (RARE_NAME + 1..=KEY_LIMIT).contains(&key.count)
        };
        let mut is_alike = vec![false; found.len()];
        for id in keys.iter().filter(is_common).flat_map(|key| key.ids) {
            if let Ok(place) = found.binary_search_by_key(id, |(id, _)| *id) {
                is_alike[place] = found[place].1.group() == LOOSE;
            }
        }
        let mut all = Self { groups: [const { Vec::new() }; GROUPS], alike: Vec::new() };
        for ((id, met), is_alike) in found.into_iter().zip(is_alike) {
            let group = if is_alike { &mut all.alike } else { &mut all.groups[met.group()] };
            group.push((id, met.shared));
        }
        all
    }

    /// All of them, worth a look or not.
    pub fn all(self) -> impl Iterator<Item = (Id, f64)> {
        self.groups.into_iter().flatten().chain(self.alike)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::weigh::{Model, Spread};

    const IDS: [u32; 13] = [7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19];

    fn candidates(bearers: usize, in_leeds: usize) -> Candidates<u32> {
        let found = |kind, value, count: usize| Found { kind, value, count, ids: &IDS[..count.min(IDS.len())] };
        let keys = vec![found(KeyKind::Name, "dana|okafor", bearers), found(KeyKind::NameInPlace, "dana|okafor|leeds", in_leeds)];
        let population = Population::counted(1_000_000, 100_000, Spread::default(), Spread::default());
        Candidates::of(keys, population, &Model::shipped().person)
    }

    fn read_near(bearers: usize, in_leeds: usize) -> usize {
        candidates(bearers, in_leeds).groups[..LOOSE].concat().len()
    }

    #[test]
    fn of_a_common_name_those_are_looked_at_who_share_something() {
        assert_eq!(read_near(RARE_NAME, 0), RARE_NAME);
        assert_eq!(candidates(RARE_NAME + 1, 2).groups[NEAR].iter().map(|(id, _)| *id).collect::<Vec<_>>(), IDS[..2]);
        assert_eq!(read_near(60, RARE_NAME), RARE_NAME);
        let common_here = candidates(60, RARE_NAME + 1);
        assert_eq!(common_here.groups.concat().len(), 0, "a place as full of namesakes tells as little as the name");
        assert_eq!(common_here.alike.len(), RARE_NAME + 1);
    }

    #[test]
    fn the_closest_are_looked_at_first_and_mere_namesakes_never() {
        let found = |kind, value, count, ids| Found { kind, value, count, ids };
        let keys = vec![
            found(KeyKind::Name, "dana|okafor", 20, &IDS[..10]),
            found(KeyKind::NameInPlace, "dana|okafor|leeds", 20, &IDS[..2]),
            found(KeyKind::NameAndTitle, "dana|okafor|head sales", 5, &IDS[1..3]),
            found(KeyKind::Initial, "d|okafor", 20, &IDS),
        ];
        let population = Population::counted(1_000_000, 100_000, Spread::default(), Spread::default());
        let candidates = Candidates::of(keys, population, &Model::shipped().person);
        let ids = |group: &[(u32, f64)]| group.iter().map(|(id, _)| *id).collect::<Vec<_>>();
        assert_eq!(candidates.groups.each_ref().map(|group| ids(group)), [vec![IDS[1]], vec![IDS[2]], IDS[10..].to_vec()]);
        assert_eq!(ids(&candidates.alike), [&IDS[..1], &IDS[3..10]].concat(), "nothing but a common name, or one that is common in Leeds, speaks for them");
        assert_eq!(candidates.all().count(), IDS.len());
    }

    #[test]
    fn the_only_one_of_a_place_is_rarer_than_the_name() {
        let shared = |bearers, in_leeds| candidates(bearers, in_leeds).all().next().map(|(_, shared)| shared).expect("one of them");
        assert!(shared(60, 1) < shared(60, 60) / 4.0, "one of sixty is here, where one in six or so would be by chance");
        assert!((shared(60, 60) - shared(60, 30)).abs() < 1e-9, "as many as half of them here say nothing more than the name");
        assert!((shared(2, 1) - shared(2, 2)).abs() < 1e-9, "nor does one of two");
    }
}

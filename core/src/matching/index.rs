//! The match keys of a table in memory: sorted hashes, found through a directory of their first bits.

use super::key::{Key, KeyKind};
use super::weigh::Spread;
use std::hash::{DefaultHasher, Hash, Hasher};

/// A key's hash, whose last two bits tell whether the key is a whole name, a part of one, or neither; and a record's place.
pub type Entry = (u64, u32);

const CLASS: u64 = 3;
const NAME: u64 = 1;
const PART: u64 = 2;
/// Entries that a place of the directory leads to, about.
const ENTRIES: usize = 4;

/// A key's hash.
pub fn hash((kind, value): &Key) -> u64 {
    let mut hasher = DefaultHasher::new();
    (*kind as u8, value).hash(&mut hasher);
    let class = match kind {
        KeyKind::Name | KeyKind::Company => NAME,
        KeyKind::Initial | KeyKind::CompanyWord => PART,
        _ => 0,
    };
    hasher.finish() & !CLASS | class
}

/// Which records have which keys.
#[derive(Debug, Default)]
pub struct Index {
    hashes: Vec<u64>,
    places: Vec<u32>,
    /// Where the hashes of each beginning start.
    directory: Vec<u32>,
    shift: u32,
}

impl Index {
    /// Merges sorted runs of entries.
    pub fn of(runs: Vec<Vec<Entry>>) -> Self {
        let length = runs.iter().map(Vec::len).sum::<usize>();
        let bits = (length / ENTRIES).max(2).ilog2().min(28);
        let mut index = Self { hashes: Vec::with_capacity(length), places: Vec::with_capacity(length), directory: vec![0; (1 << bits) + 1], shift: 64 - bits };
        let mut ends = vec![0; runs.len()];
        let next = |ends: &[usize]| runs.iter().enumerate().filter_map(|(run, entries)| Some((*entries.get(ends[run])?, run))).min();
        while let Some(((hash, place), run)) = next(&ends) {
            ends[run] += 1;
            index.directory[(hash >> index.shift) as usize + 1] += 1;
            index.hashes.push(hash);
            index.places.push(place);
        }
        for place in 1..index.directory.len() {
            index.directory[place] += index.directory[place - 1];
        }
        index
    }

    /// The records of a key, in order.
    pub fn find(&self, hash: u64) -> &[u32] {
        let bucket = (hash >> self.shift) as usize;
        let (from, to) = (self.directory[bucket] as usize, self.directory[bucket + 1] as usize);
        let start = from + self.hashes[from..to].partition_point(|other| *other < hash);
        let length = self.hashes[start..to].partition_point(|other| *other == hash);
        &self.places[start..start + length]
    }

    /// How whole names are spread, and how their parts; `count` tells for how many the records of a key stand.
    pub fn spread(&self, count: impl Fn(&[u32]) -> usize) -> (Spread, Spread) {
        let (mut names, mut parts) = (Spread::default(), Spread::default());
        let mut from = 0;
        for same in self.hashes.chunk_by(|a, b| a == b) {
            let places = &self.places[from..from + same.len()];
            from += same.len();
            let spread = match same[0] & CLASS {
                NAME => &mut names,
                PART => &mut parts,
                _ => continue,
            };
            match if places.len() > 100 { places.len() } else { count(places) } {
                1 => spread.once += 1,
                2 => spread.twice += 1,
                _ => {}
            }
        }
        (names, parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn what_is_filed_is_found(keys in prop::collection::vec((0_u8..40, 0_u32..50), 0..200), cut in 0_usize..200) {
            let entry = |(key, place): &(u8, u32)| (hash(&(KeyKind::Name, key.to_string())), *place);
            let mut expected: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
            for (hash, place) in keys.iter().map(entry) {
                expected.entry(hash).or_default().push(place);
            }
            let (one, two) = keys.split_at(cut.min(keys.len()));
            let sorted = |keys: &[(u8, u32)]| {
                let mut run: Vec<Entry> = keys.iter().map(entry).collect();
                run.sort_unstable();
                run
            };
            let index = Index::of(vec![sorted(one), sorted(two)]);
            for (hash, places) in &mut expected {
                places.sort_unstable();
                prop_assert_eq!(index.find(*hash), places.as_slice());
            }
            prop_assert!(index.find(hash(&(KeyKind::Email, "nobody".into()))).is_empty());
        }
    }
}

//! Posting blocks: which records have which match keys, at about 0.05 rows written a record instead of a row a key.
//!
//! ```text
//! page of rows ──▶ entries, sorted, one segment a part (64 parts by the hash's first 6 bits)
//! end of run   ──▶ each part's segments merged, cut into buckets of about 64 entries (the hash's first `bits` bits)
//! look-up      ──▶ hash ▶ bucket ▶ one row, by its number ▶ binary search ▶ amended by what changed since
//! change           ──▶ entries gone and come ──▶ the amendments of their parts: at most 64 rows written, however many records
//! fold             ──▶ a part's amendments written into the buckets that they touch
//! ```
//! An entry is 16 bytes: 6 of the keyed hash, 1 of the object's tag, 9 of the packed id. A new generation is built
//! beside the old one and takes over in one write, so badges stay as they were until a run ends.

use super::{Sql, StoreError, Value, insert_many, meta};
use crate::model::id::PackedId;
use crate::model::object::Object;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};

/// Parts that segments are cut into; the index is built part by part.
pub const PARTS: u8 = 64;
const HASH_BITS: u32 = 48;
const PART_BITS: u32 = 6;
const ENTRY: usize = 16;
const BUCKET_ENTRIES: u64 = 64;
/// Most bits of a hash that name a bucket; above them stands the generation.
const BUCKET_BITS: u32 = 24;
/// An entry and whether it came or went.
const AMENDED: usize = ENTRY + 1;
/// Amendments of a part that are kept beside its buckets: more are folded into them.
const AMENDMENTS: usize = 1_000;
/// Entries kept of one key: a catch-all account's people must not grow a row past the platform's 2 MB.
const KEY_MOST: usize = 20_000;

/// A match key's keyed hash and the record that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry([u8; ENTRY]);

impl Entry {
    /// An entry for a 48-bit hash and a record of a known object.
    pub fn new(hash: u64, object: Object, packed_id: &[u8; 9]) -> Self {
        let mut bytes = [0; ENTRY];
        bytes[..6].copy_from_slice(&hash.to_be_bytes()[2..]);
        bytes[6] = object.tag();
        bytes[7..].copy_from_slice(packed_id);
        Self(bytes)
    }
}

/// The index in use: which generation of buckets, and how many bits of the hash name one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// The generation.
    pub generation: u32,
    /// Bits of the hash.
    pub bits: u32,
}

/// Entries that came (`true`) or went since the postings were built.
type Amendments = BTreeMap<[u8; ENTRY], bool>;

/// The records of one key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Posting {
    /// How many records have the key in all.
    pub count: usize,
    /// Their ids, up to the caller's limit.
    pub ids: Vec<PackedId>,
}

/// A page's entries, by part: in one list, its growth alone would take as much memory again.
#[derive(Debug, PartialEq, Eq)]
pub struct Entries(Vec<Vec<Entry>>);

impl Default for Entries {
    fn default() -> Self {
        Self(vec![Vec::new(); usize::from(PARTS)])
    }
}

impl Entries {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Vec::is_empty)
    }

    /// Takes them apart by their keys' hashes.
    pub fn split(&self, places: usize, place_of: impl Fn(u64) -> usize) -> Vec<Self> {
        let mut split: Vec<Self> = (0..places).map(|_| Self::default()).collect();
        for entry in self.0.iter().flatten() {
            split[place_of(hash_of(&entry.0))].extend([*entry]);
        }
        split
    }

    /// One after the other, 16 bytes each.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flatten().flat_map(|entry| entry.0).collect()
    }

    /// Takes back what [`Entries::to_bytes`] gave.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        let mut entries = Self::default();
        entries.extend(bytes.chunks_exact(ENTRY).map(|entry| Entry(std::array::from_fn(|place| entry[place]))));
        entries
    }
}

impl Extend<Entry> for Entries {
    fn extend<T: IntoIterator<Item = Entry>>(&mut self, entries: T) {
        for entry in entries {
            self.0[usize::from(entry.0[0] >> (8 - PART_BITS))].push(entry);
        }
    }
}

/// Stores a page's entries. The same page again replaces them.
pub fn stage(sql: &dyn Sql, page: u32, entries: &Entries) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    let none: Vec<usize> = entries.0.iter().enumerate().filter(|(_, entries)| entries.is_empty()).map(|(part, _)| part).collect();
    let none = serde_json::to_string(&none).map_err(|error| StoreError(error.to_string()))?;
    sql.run("DELETE FROM segment WHERE page = ? AND part IN (SELECT value FROM json_each(?))", vec![i64::from(page).into(), none.into()])?;
    for (part, entries) in entries.0.iter().enumerate().filter(|(_, entries)| !entries.is_empty()) {
        let mut entries = entries.clone();
        entries.sort_unstable_by_key(|entry| entry.0);
        let bytes: Vec<u8> = entries.iter().flat_map(|entry| entry.0).collect();
        rows.push(vec![(part as i64).into(), i64::from(page).into(), bytes.into()]);
    }
    insert_many(sql, "INSERT OR REPLACE INTO segment (part, page, entries)", "", 3, rows)?;
    Ok(())
}

/// Forgets what was staged from a page on: before a run, or before an object's rows are read again.
pub fn clear_staged(sql: &dyn Sql, from_page: u32) -> Result<(), StoreError> {
    sql.run("DELETE FROM segment WHERE page >= ?", vec![i64::from(from_page).into()])?;
    Ok(())
}

/// How many entries are staged.
pub fn staged(sql: &dyn Sql) -> Result<u64, StoreError> {
    let rows = sql.run("SELECT coalesce(sum(length(entries)), 0) FROM segment", Vec::new())?.rows;
    Ok(rows.first().and_then(|row| row[0].integer()).unwrap_or(0) as u64 / ENTRY as u64)
}

/// How many bits of the hash name a bucket, for so many entries.
pub fn bucket_bits(entries: u64) -> u32 {
    (entries / BUCKET_ENTRIES).max(1).ilog2().clamp(PART_BITS, BUCKET_BITS)
}

/// Builds the buckets of one part of an index.
pub fn build(sql: &dyn Sql, Index { generation, bits }: Index, part: u8) -> Result<(), StoreError> {
    let segments = sql.run("SELECT entries FROM segment WHERE part = ?", vec![i64::from(part).into()])?.rows;
    let mut entries = merged(segments.iter().filter_map(|row| row[0].blob()).collect()).filter(kept()).peekable();
    // A few buckets at a time are copied: a part of a million records has megabytes of them.
    let rows = std::iter::from_fn(|| {
        let mut bytes = entries.next()?.to_vec();
        let bucket = bucket_of(hash_of(&bytes), bits);
        while let Some(entry) = entries.next_if(|entry| bucket_of(hash_of(entry), bits) == bucket) {
            bytes.extend(entry);
        }
        Some(vec![number_of(generation, bucket).into(), bytes.into()])
    });
    insert_many(sql, "INSERT OR REPLACE INTO bucket (number, entries)", "", 2, rows)?;
    Ok(())
}

/// The next entry of a segment.
fn next_of<'s>(segment: &mut &'s [u8]) -> Option<&'s [u8]> {
    let (entry, rest) = segment.split_at_checked(ENTRY)?;
    *segment = rest;
    Some(entry)
}

/// The entries of segments, each of which is sorted, in order.
fn merged(mut segments: Vec<&[u8]>) -> impl Iterator<Item = &[u8]> {
    let mut heads: BinaryHeap<Reverse<(&[u8], usize)>> =
        segments.iter_mut().enumerate().filter_map(|(number, segment)| Some(Reverse((next_of(segment)?, number)))).collect();
    std::iter::from_fn(move || {
        let Reverse((entry, number)) = heads.pop()?;
        heads.extend(next_of(&mut segments[number]).map(|entry| Reverse((entry, number))));
        Some(entry)
    })
}

/// Which of sorted entries are kept: each once, and so many of one key.
fn kept<'e>() -> impl FnMut(&&'e [u8]) -> bool {
    let (mut last, mut same): (&[u8], usize) = (&[], 0);
    move |entry| {
        let (is_new, is_same_key) = (*entry != last, !last.is_empty() && hash_of(entry) == hash_of(last));
        same = if is_same_key { same + usize::from(is_new) } else { 1 };
        last = entry;
        is_new && same <= KEY_MOST
    }
}

/// Changes the index in use: what of it went and what came. An entry that does both stays. A run that builds a new generation must
/// hold what changes meanwhile: [`tidy`] forgets the old one's amendments. Parts with many changes are folded.
pub fn amend(sql: &dyn Sql, index: Option<Index>, gone: &Entries, come: &Entries) -> Result<(), StoreError> {
    for part in 0..usize::from(PARTS) {
        let (gone, come) = (&gone.0[part], &come.0[part]);
        if gone.is_empty() && come.is_empty() {
            continue;
        }
        let part = part as u8;
        let mut amendments = amendments(sql, &[part])?.remove(&part).unwrap_or_default();
        amendments.extend(gone.iter().map(|entry| (entry.0, false)));
        amendments.extend(come.iter().map(|entry| (entry.0, true)));
        if amendments.len() > AMENDMENTS {
            fold(sql, index, &amendments)?;
            sql.run("DELETE FROM amendment WHERE part = ?", vec![i64::from(part).into()])?;
        } else {
            let bytes: Vec<u8> = amendments.iter().flat_map(|(entry, comes)| entry.iter().copied().chain([u8::from(*comes)])).collect();
            sql.run("INSERT OR REPLACE INTO amendment (part, entries) VALUES (?, ?)", vec![i64::from(part).into(), bytes.into()])?;
        }
    }
    Ok(())
}

/// What changed of some parts, sorted.
fn amendments(sql: &dyn Sql, parts: &[u8]) -> Result<HashMap<u8, Amendments>, StoreError> {
    let list = serde_json::to_string(parts).map_err(|error| StoreError(error.to_string()))?;
    let rows = sql.run("SELECT part, entries FROM amendment WHERE part IN (SELECT value FROM json_each(?))", vec![list.into()])?.rows;
    let read =
        |bytes: &[u8]| bytes.chunks_exact(AMENDED).map(|amended| (std::array::from_fn(|place| amended[place]), amended[ENTRY] == 1)).collect::<Amendments>();
    Ok(rows
        .iter()
        .filter_map(|row| match row.as_slice() {
            [Value::Integer(part), Value::Blob(entries)] => Some((*part as u8, read(entries))),
            _ => None,
        })
        .collect())
}

/// Writes amendments into the buckets that they touch.
fn fold(sql: &dyn Sql, index: Option<Index>, amendments: &Amendments) -> Result<(), StoreError> {
    let Some(Index { generation, bits }) = index else { return Ok(()) };
    let amendments: Vec<(&[u8; ENTRY], &bool)> = amendments.iter().collect();
    let mut rows = Vec::new();
    for same in amendments.chunk_by(|a, b| bucket_of(hash_of(a.0), bits) == bucket_of(hash_of(b.0), bits)) {
        let number = number_of(generation, bucket_of(hash_of(same[0].0), bits));
        let stored = sql.run("SELECT entries FROM bucket WHERE number = ?", vec![number.into()])?.rows;
        let block = stored.first().and_then(|row| row[0].blob()).unwrap_or(&[]);
        let mut entries: BTreeSet<[u8; ENTRY]> = block.chunks_exact(ENTRY).map(|entry| std::array::from_fn(|place| entry[place])).collect();
        for (entry, comes) in same {
            if **comes {
                entries.insert(**entry);
            } else {
                entries.remove(*entry);
            }
        }
        let entries: Vec<&[u8]> = entries.iter().map(<[u8; ENTRY]>::as_slice).filter(kept()).collect();
        rows.push(vec![number.into(), entries.concat().into()]);
    }
    insert_many(sql, "INSERT OR REPLACE INTO bucket (number, entries)", "", 2, rows)?;
    Ok(())
}

/// The index in use; none before the first import is in.
pub fn in_use(sql: &dyn Sql) -> Result<Option<Index>, StoreError> {
    let (generation, bits) = (meta::integer(sql, "generation")?, meta::integer(sql, "bucket_bits")?);
    Ok(generation.zip(bits).map(|(generation, bits)| Index { generation: generation as u32, bits: bits as u32 }))
}

/// Lets an index take over.
pub fn use_index(sql: &dyn Sql, Index { generation, bits }: Index) -> Result<(), StoreError> {
    meta::set(sql, "generation", i64::from(generation).into())?;
    meta::set(sql, "bucket_bits", i64::from(bits).into())
}

/// Removes what is of no index in use: other generations, what changed of them, and what was staged.
pub fn tidy(sql: &dyn Sql, index: Index) -> Result<(), StoreError> {
    sql.run("DELETE FROM amendment", Vec::new())?;
    let of = |generation| number_of(generation, 0).into();
    sql.run("DELETE FROM bucket WHERE number < ? OR number >= ?", vec![of(index.generation), of(index.generation + 1)])?;
    clear_staged(sql, 0)
}

/// Finds the records of many keys at once, at most `limit` ids a key. Keys without records are left out.
pub fn find(sql: &dyn Sql, Index { generation, bits }: Index, hashes: &[u64], limit: usize) -> Result<HashMap<u64, Posting>, StoreError> {
    let mut buckets: Vec<i64> = hashes.iter().map(|hash| number_of(generation, bucket_of(*hash, bits))).collect();
    buckets.sort_unstable();
    buckets.dedup();
    let list = serde_json::to_string(&buckets).map_err(|error| StoreError(error.to_string()))?;
    let rows = sql.run("SELECT number, entries FROM bucket WHERE number IN (SELECT value FROM json_each(?))", vec![list.into()])?.rows;
    let blocks: HashMap<i64, &[u8]> = rows
        .iter()
        .filter_map(|row| match row.as_slice() {
            [Value::Integer(number), Value::Blob(entries)] => Some((*number, entries.as_slice())),
            _ => None,
        })
        .collect();
    let mut parts: Vec<u8> = hashes.iter().map(|hash| part_of(*hash)).collect();
    parts.sort_unstable();
    parts.dedup();
    let amendments = amendments(sql, &parts)?;
    let mut found = HashMap::new();
    for hash in hashes {
        let block = blocks.get(&number_of(generation, bucket_of(*hash, bits))).copied().unwrap_or(&[]);
        let posting = match amendments.get(&part_of(*hash)) {
            None => search(block, *hash, limit),
            Some(amendments) => search(&amended(block, *hash, amendments), *hash, limit),
        };
        if posting.count > 0 {
            found.insert(*hash, posting);
        }
    }
    Ok(found)
}

/// The entries of one key as they are now.
fn amended(block: &[u8], hash: u64, amendments: &Amendments) -> Vec<u8> {
    let (mut from, mut to) = ([0; ENTRY], [u8::MAX; ENTRY]);
    from[..6].copy_from_slice(&hash.to_be_bytes()[2..]);
    to[..6].copy_from_slice(&hash.to_be_bytes()[2..]);
    let of_key = block[first_of(block, hash) * ENTRY..].chunks_exact(ENTRY).take_while(|entry| hash_of(entry) == hash);
    let mut entries: BTreeSet<[u8; ENTRY]> = of_key.map(|entry| std::array::from_fn(|place| entry[place])).collect();
    for (entry, comes) in amendments.range(from..=to) {
        if *comes {
            entries.insert(*entry);
        } else {
            entries.remove(entry);
        }
    }
    entries.into_iter().flatten().collect()
}

/// The place of the first entry of a key in a block, or where it would stand.
fn first_of(block: &[u8], hash: u64) -> usize {
    let (mut low, mut high) = (0, block.len() / ENTRY);
    while low < high {
        let middle = usize::midpoint(low, high);
        if hash_of(&block[middle * ENTRY..]) < hash {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

fn search(block: &[u8], hash: u64, limit: usize) -> Posting {
    let mut posting = Posting::default();
    for entry in block[first_of(block, hash) * ENTRY..].chunks_exact(ENTRY).take_while(|entry| hash_of(entry) == hash) {
        posting.count += 1;
        if posting.ids.len() < limit {
            posting.ids.push(PackedId(std::array::from_fn(|place| entry[6 + place])));
        }
    }
    posting
}

fn hash_of(entry: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    bytes[2..].copy_from_slice(&entry[..6]);
    u64::from_be_bytes(bytes)
}

fn part_of(hash: u64) -> u8 {
    (hash >> (HASH_BITS - PART_BITS)) as u8
}

/// A bucket's row. Numbers of rows are found in a few steps, however large the rows are.
fn number_of(generation: u32, bucket: u64) -> i64 {
    i64::from(generation) << BUCKET_BITS | bucket as i64
}

fn bucket_of(hash: u64, bits: u32) -> u64 {
    hash >> (HASH_BITS - bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn segments_are_merged_in_order_each_entry_once(segments in prop::collection::vec(prop::collection::vec((0_u64..20, 0_u8..5), 0..30), 0..6)) {
            let entry = |(hash, id): &(u64, u8)| Entry::new(*hash, Object::Lead, &[*id; 9]).0;
            let expected: BTreeSet<[u8; ENTRY]> = segments.iter().flatten().map(entry).collect();
            let staged: Vec<Vec<u8>> = segments.iter().map(|segment| segment.iter().map(entry).collect::<BTreeSet<_>>().into_iter().flatten().collect()).collect();
            let merged: Vec<&[u8]> = merged(staged.iter().map(Vec::as_slice).collect()).filter(kept()).collect();
            prop_assert_eq!(merged, expected.iter().map(<[u8; ENTRY]>::as_slice).collect::<Vec<_>>());
        }
    }

    #[test]
    fn of_one_key_so_many_are_kept() {
        let entries: Vec<[u8; ENTRY]> = (0..KEY_MOST as u32 + 5)
            .map(|id| Entry::new(7, Object::Lead, &[[0; 5].as_slice(), &id.to_be_bytes()].concat().try_into().expect("nine bytes")).0)
            .collect();
        let other = Entry::new(8, Object::Lead, &[0; 9]).0;
        let kept: Vec<&[u8]> = entries.iter().chain([&other]).map(<[u8; ENTRY]>::as_slice).filter(kept()).collect();
        assert_eq!((kept.len(), *kept.last().expect("some")), (KEY_MOST + 1, other.as_slice()));
    }
}

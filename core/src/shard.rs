//! A shard: the storage of a part of a large org's records, and of a part of their index (architecture, "Where it scales"). Records
//! are spread by their ids, the index by its keys: so one shard knows all records of a key, and a look-up reads no more than in one object.
//!
//! It holds sealed rows and keyed hashes and no key, and decides nothing: the workspace asks, it answers. Who writes shows a fence,
//! a number that the shard itself gave: a newer one shuts out whoever had an older one, so that what a killed process asked for and
//! arrives late does nothing any more.

use crate::model::id::{PackedId, RecordId};
use crate::model::object::Object;
use crate::model::time::Timestamp;
use crate::store::dump::{self, Piece, Place};
use crate::store::posting::{self, Entries, Index, Posting};
use crate::store::record::{self, Parcel};
use crate::store::{Sql, StoreError, meta, schema};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher24;
use std::any::Any;
use std::cell::Cell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hasher as _;

/// Records and keys are spread over so many virtual buckets, and those over the shards.
pub const BUCKETS: u16 = 64;
/// Shards that a workspace which outgrew one object has at least.
const FEWEST: u64 = 8;

/// The shards that hold a workspace's records, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Set {
    /// The first one's number: a workspace that grows moves into new shards.
    pub first: u16,
    /// How many; a power of two.
    pub count: u16,
}

impl Set {
    /// How many shards so many records need, at most `each` in one; none if one object holds them.
    pub fn needed(records: u64, each: u64) -> Option<u16> {
        let needed = records.div_ceil(each.max(1)).next_power_of_two();
        (needed > 1).then(|| needed.clamp(FEWEST, u64::from(BUCKETS)) as u16)
    }

    /// Their numbers.
    pub fn numbers(self) -> std::ops::Range<u16> {
        self.first..self.first + self.count
    }

    /// The place among them of a record's shard; one of no known object stands in the first.
    pub fn place_of_id(self, id: &RecordId) -> usize {
        let Some(object) = id.object() else { return 0 };
        let mut packed = [object.tag(); 10];
        packed[1..].copy_from_slice(&id.pack());
        // Ids count up: multiplied, their lowest digits reach the highest bits.
        let number = packed.iter().fold(0_u64, |number, byte| (number ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
        self.place_of_bucket(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - BUCKETS.ilog2()))
    }

    /// The place of a key's shard, by its hash: the lowest bits, as the highest ones part the index inside a shard.
    pub fn place_of_key(self, hash: u64) -> usize {
        self.place_of_bucket(hash % u64::from(BUCKETS))
    }

    fn place_of_bucket(self, bucket: u64) -> usize {
        bucket as usize * usize::from(self.count) / usize::from(BUCKETS)
    }
}

/// What is told, and the bytes that go with it: bodies, entries, hashes or packed ids, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter<Head> {
    /// What is told.
    pub head: Head,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// A question to a shard.
pub type Ask = Letter<Want>;
/// Its answer.
pub type Answer = Letter<Told>;

/// A question and whom it is for, in a step that had written to shards so many times before: what is read again after a write is
/// asked again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The shard's number.
    pub shard: u16,
    /// What it is asked.
    pub ask: Ask,
    after: u32,
}

/// What is asked of a shard. What comes with a `fence` writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each variant's line names its fields")]
pub enum Want {
    /// The fence of one who will write, and is the only one to write from now on.
    Fence,
    /// The records of keys, whose hashes are the bytes: at most so many ids a key.
    Find { index: Index, limit: usize },
    /// Sealed rows by id.
    Sealed { ids: Vec<RecordId> },
    /// How many rows of an object there are.
    Count { object: Object },
    /// An object's ids, in order, after this one.
    Ids { object: Object, after: Option<RecordId>, most: usize },
    /// An object's sealed rows, in order, after this id.
    Stretch { object: Object, after: Option<RecordId>, most: usize, bytes: usize },
    /// How many entries are staged.
    Staged,
    /// How many rows each table has.
    Tables,
    /// A piece of a backup.
    Dump { place: Place, most: usize },
    /// Store rows, whose bodies are the bytes.
    Put { fence: u64, places: Vec<(RecordId, usize, usize)> },
    /// Remove rows.
    Remove { fence: u64, ids: Vec<RecordId> },
    /// Change the index: the bytes are so many of what goes, then what comes.
    Amend { fence: u64, index: Option<Index>, gone: usize },
    /// Stage a page's entries.
    Stage { fence: u64, page: u32 },
    /// Forget what was staged from a page on.
    ClearStaged { fence: u64, from_page: u32 },
    /// Build a part of an index.
    Build { fence: u64, index: Index, part: u8 },
    /// Remove what is of no index in use.
    Tidy { fence: u64, index: Index },
    /// Take a piece of a backup, by its number; the shard's first one erases what was there.
    Restore { backup: String, number: u32, begins: bool },
    /// Remove all rows and the index.
    Empty { fence: u64 },
    /// Erase everything; the shell removes the storage itself.
    Erase { fence: u64 },
}

/// What a shard answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each variant's line names its fields")]
pub enum Told {
    /// A number: a fence, a count, rows written.
    Number(u64),
    /// Of each key in the order asked: how many records have it, and of how many the packed ids are among the bytes.
    Postings(Vec<(usize, usize)>),
    /// Rows, their bodies in the bytes; whether these were the last.
    Rows { places: Vec<(RecordId, usize, usize)>, is_last: bool },
    /// Ids.
    Ids(Vec<RecordId>),
    /// A piece of a backup, in the bytes, and what follows it.
    Piece(Option<Place>),
    /// Rows, by table.
    Tables(Vec<(String, u64)>),
    /// Done.
    Done,
}

impl<Head: Serialize + DeserializeOwned> Letter<Head> {
    /// Writes letters one after the other: the head's length, the head, the bytes' length, the bytes.
    pub fn pack<'l>(letters: impl Iterator<Item = &'l Self> + Clone) -> Vec<u8>
    where
        Head: 'l,
    {
        let mut packed = Vec::with_capacity(letters.clone().map(|letter| letter.bytes.len() + 256).sum());
        for letter in letters {
            for part in [serde_json::to_vec(&letter.head).expect("plain data").as_slice(), &letter.bytes] {
                packed.extend((part.len() as u32).to_le_bytes());
                packed.extend(part);
            }
        }
        packed
    }

    /// Reads what [`Letter::pack`] wrote.
    pub fn unpack(mut packed: &[u8]) -> Result<Vec<Self>, StoreError> {
        let cut = || StoreError("a letter between workspace and shard was cut".into());
        let mut letters = Vec::new();
        let mut part = || -> Option<&[u8]> {
            let (length, rest) = packed.split_first_chunk()?;
            let (part, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            packed = rest;
            Some(part)
        };
        while let Some(head) = part() {
            let head = serde_json::from_slice(head).map_err(|_| cut())?;
            letters.push(Self { head, bytes: part().ok_or_else(cut)?.to_vec() });
        }
        if packed.is_empty() { Ok(letters) } else { Err(cut()) }
    }
}

impl Ask {
    /// A question without bytes.
    pub fn of(head: Want) -> Self {
        Self { head, bytes: Vec::new() }
    }
}

impl Question {
    /// Questions by whom they are for: each shard gets its own in one letter.
    pub fn by_shard(questions: Vec<Self>) -> BTreeMap<u16, Vec<Self>> {
        let mut letters: BTreeMap<u16, Vec<Self>> = BTreeMap::new();
        for question in questions {
            letters.entry(question.shard).or_default().push(question);
        }
        letters
    }

    /// Questions of one shard as they go over the wire.
    pub fn pack(questions: &[Self]) -> Vec<u8> {
        Ask::pack(questions.iter().map(|question| &question.ask))
    }

    /// What it is known by: the bytes of a large one aren't kept twice.
    pub(crate) fn digest(&self) -> u64 {
        digest_of(&(self.shard, self.after, &self.ask.head), &self.ask.bytes)
    }
}

/// What shards answered to the questions of a step that is tried again with it.
#[derive(Debug, Default)]
pub struct Answers {
    told: HashMap<u64, Answer>,
    /// The fences that shards gave.
    pub(crate) fences: HashMap<u16, u64>,
    /// How many times this try wrote to shards.
    writes: Cell<u32>,
    /// Records that aren't there.
    pub(crate) absent: HashSet<RecordId>,
    /// What the last try had worked out, by what it was of: the next one goes on from there.
    begun: HashMap<u64, Box<dyn Any>>,
}

impl Answers {
    /// Notes a shard's answers to questions, in their order.
    pub fn note(&mut self, questions: &[Question], answers: Vec<Answer>) {
        for (question, answer) in questions.iter().zip(answers) {
            match (&question.ask.head, answer.head.number()) {
                (Want::Fence, Some(fence)) => _ = self.fences.insert(question.shard, fence),
                _ => _ = self.told.insert(question.digest(), answer),
            }
        }
    }

    /// What was answered, if it was asked.
    pub(crate) fn to(&self, question: &Question) -> Option<&Answer> {
        self.told.get(&question.digest())
    }

    /// A question at this point of the try.
    pub(crate) fn question(&self, shard: u16, ask: Ask) -> Question {
        Question { shard, ask, after: self.writes.get() }
    }

    /// Shards have written what they were asked to: what was read before may be other now.
    pub(crate) fn wrote(&self) {
        self.writes.set(self.writes.get() + 1);
    }

    /// A try begins.
    pub(crate) fn begin(&self) {
        self.writes.set(0);
    }

    /// Whether no shard was asked.
    pub fn is_empty(&self) -> bool {
        self.told.is_empty() && self.fences.is_empty()
    }

    /// Keeps what a try had worked out.
    pub(crate) fn keep<T: Any>(&mut self, of: u64, begun: T) {
        self.begun.insert(of, Box::new(begun));
    }

    /// What the last try had worked out.
    pub(crate) fn begun<T: Any>(&mut self, of: u64) -> Option<T> {
        self.begun.remove(&of)?.downcast().ok().map(|begun| *begun)
    }
}

/// A hash of plain data, and of bytes that go with it.
pub(crate) fn digest_of<T: Serialize>(data: &T, bytes: &[u8]) -> u64 {
    let mut hasher = SipHasher24::new();
    hasher.write(&serde_json::to_vec(data).expect("plain data"));
    hasher.write(bytes);
    hasher.finish()
}

impl Told {
    /// The number, if it is one.
    pub fn number(&self) -> Option<u64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }
}

/// Reads the postings of keys from an answer.
pub(crate) fn postings(hashes: &[u64], counts: &[(usize, usize)], bytes: &[u8]) -> Vec<(u64, Posting)> {
    let mut ids = bytes.chunks_exact(10).map(|id| PackedId(std::array::from_fn(|place| id[place])));
    let found = hashes.iter().zip(counts).map(|(hash, (count, listed))| (*hash, Posting { count: *count, ids: ids.by_ref().take(*listed).collect() }));
    found.filter(|(_, posting)| posting.count > 0).collect()
}

/// Answers questions in their order. The shell keeps what was written whole, or after an error nothing.
pub fn answer(sql: &dyn Sql, now: Timestamp, asks: Vec<Ask>) -> Result<Vec<Answer>, StoreError> {
    asks.into_iter().map(|ask| answer_one(sql, now, ask)).collect()
}

fn answer_one(sql: &dyn Sql, now: Timestamp, ask: Ask) -> Result<Answer, StoreError> {
    let Letter { head, bytes } = ask;
    let told = |head: Told| Ok(Answer { head, bytes: Vec::new() });
    let rows = |parcel: Parcel, is_last: bool| Ok(Answer { head: Told::Rows { places: parcel.places, is_last }, bytes: parcel.bodies });
    let is_there = schema::exists(sql)?;
    if !is_there && let Some(nothing) = head.of_nothing(&bytes) {
        return Ok(nothing);
    }
    if let Some(fence) = head.fence()
        && (!is_there || meta::integer(sql, "fence")? != Some(fence as i64))
    {
        return Err(StoreError("another process writes to this shard now".into()));
    }
    match head {
        Want::Fence => {
            schema::migrate_shard(sql)?;
            next_fence(sql, now, meta::integer(sql, "fence")?).and_then(|fence| told(Told::Number(fence as u64)))
        }
        Want::Restore { backup, number, begins } => {
            let restored: Option<(String, u32)> = if is_there { meta::json(sql, "restored")? } else { None };
            let last = restored.filter(|(of, _)| *of == backup).map(|(_, last)| last);
            // What was sent once more arrives late: what came after it would be lost.
            if last.is_some_and(|last| last > number) || !begins && last.is_none_or(|last| last + 1 < number) {
                return Err(StoreError("a backup's piece came out of order".into()));
            }
            if begins {
                let before = if is_there { meta::integer(sql, "fence")? } else { None };
                schema::erase(sql)?;
                schema::migrate_shard(sql)?;
                next_fence(sql, now, before)?;
            }
            meta::set_json(sql, "restored", &(backup, number))?;
            let piece: Piece = serde_json::from_slice(&bytes).map_err(|_| StoreError("a backup's piece can't be read".into()))?;
            dump::write(sql, &piece)?;
            told(Told::Done)
        }
        Want::Find { index, limit } => {
            let hashes: Vec<u64> = bytes.chunks_exact(8).map(|hash| u64::from_le_bytes(std::array::from_fn(|place| hash[place]))).collect();
            let found = posting::find(sql, index, &hashes, limit)?;
            let postings = || hashes.iter().map(|hash| found.get(hash));
            let counts = postings().map(|posting| posting.map_or((0, 0), |posting| (posting.count, posting.ids.len()))).collect();
            Ok(Answer { head: Told::Postings(counts), bytes: postings().flatten().flat_map(|posting| &posting.ids).flat_map(|id| id.0).collect() })
        }
        Want::Sealed { ids } => rows(Parcel::of(record::sealed(sql, &ids)?), true),
        Want::Count { object } => told(Told::Number(record::count(sql, object)?)),
        Want::Ids { object, after, most } => told(Told::Ids(record::ids(sql, object, after, most)?)),
        Want::Stretch { object, after, most, bytes } => {
            let (stretch, is_last) = record::stretch(sql, object, after, most, bytes)?;
            rows(Parcel::of(stretch), is_last)
        }
        Want::Staged => told(Told::Number(posting::staged(sql)?)),
        Want::Dump { place, most } => {
            let (piece, next) = dump::read(sql, &place, most)?;
            Ok(Answer { head: Told::Piece(next), bytes: serde_json::to_vec(&piece).expect("plain data") })
        }
        Want::Put { places, .. } => told(Told::Number(record::put(sql, Parcel { places, bodies: bytes })?)),
        Want::Amend { index, gone, .. } => {
            let (gone, come) = bytes.split_at_checked(gone).ok_or_else(|| StoreError("entries were cut".into()))?;
            posting::amend(sql, index, &Entries::of_bytes(gone), &Entries::of_bytes(come)).and_then(|()| told(Told::Done))
        }
        Want::Remove { ids, .. } => record::remove(sql, &ids).and_then(|()| told(Told::Done)),
        Want::Stage { page, .. } => posting::stage(sql, page, &Entries::of_bytes(&bytes)).and_then(|()| told(Told::Done)),
        Want::ClearStaged { from_page, .. } => posting::clear_staged(sql, from_page).and_then(|()| told(Told::Done)),
        Want::Build { index, part, .. } => posting::build(sql, index, part).and_then(|()| told(Told::Done)),
        Want::Tidy { index, .. } => posting::tidy(sql, index).and_then(|()| told(Told::Done)),
        Want::Empty { .. } => schema::empty_records(sql).and_then(|()| told(Told::Done)),
        Want::Erase { .. } => schema::erase(sql).and_then(|()| told(Told::Done)),
        Want::Tables => told(Told::Tables(schema::tables(sql)?)),
    }
}

/// A fence that no one had before: also after the storage, and with it the last one, was erased.
fn next_fence(sql: &dyn Sql, now: Timestamp, before: Option<i64>) -> Result<i64, StoreError> {
    let fence = (before.unwrap_or(0) + 1).max(now.0);
    meta::set(sql, "fence", fence.into())?;
    Ok(fence)
}

impl Want {
    /// What a shard that was never written to tells a reader.
    fn of_nothing(&self, bytes: &[u8]) -> Option<Answer> {
        let told = |head| Answer { head, bytes: Vec::new() };
        Some(match self {
            Self::Find { .. } => told(Told::Postings(vec![(0, 0); bytes.len() / size_of::<u64>()])),
            Self::Sealed { .. } | Self::Stretch { .. } => told(Told::Rows { places: Vec::new(), is_last: true }),
            Self::Count { .. } | Self::Staged => told(Told::Number(0)),
            Self::Ids { .. } => told(Told::Ids(Vec::new())),
            Self::Tables => told(Told::Tables(Vec::new())),
            Self::Dump { .. } => Answer { head: Told::Piece(None), bytes: serde_json::to_vec(&Piece::of_nothing()).expect("plain data") },
            _ => return None,
        })
    }

    /// Whether nothing is written.
    pub fn only_reads(&self) -> bool {
        self.fence().is_none() && !matches!(self, Self::Fence | Self::Restore { .. })
    }

    /// The fence of one who writes.
    fn fence(&self) -> Option<u64> {
        match self {
            Self::Put { fence, .. }
            | Self::Remove { fence, .. }
            | Self::Empty { fence }
            | Self::Amend { fence, .. }
            | Self::Stage { fence, .. }
            | Self::ClearStaged { fence, .. }
            | Self::Build { fence, .. }
            | Self::Tidy { fence, .. }
            | Self::Erase { fence } => Some(*fence),
            Self::Fence
            | Self::Find { .. }
            | Self::Sealed { .. }
            | Self::Count { .. }
            | Self::Ids { .. }
            | Self::Stretch { .. }
            | Self::Staged
            | Self::Tables
            | Self::Dump { .. }
            | Self::Restore { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_come_back_and_cut_ones_are_refused() {
        let letters = [Ask { head: Want::Staged, bytes: vec![1, 2, 3] }, Ask::of(Want::Count { object: Object::Lead })];
        let packed = Ask::pack(letters.iter());
        assert_eq!(Ask::unpack(&packed), Ok(letters.to_vec()));
        let whole = Ask::pack(letters[..1].iter()).len();
        for length in (1..packed.len()).filter(|length| *length != whole) {
            assert!(Ask::unpack(&packed[..length]).is_err(), "{length} of {} bytes", packed.len());
        }
    }

    #[test]
    fn records_are_spread_evenly_and_stay_where_they_are() {
        let set = Set { first: 8, count: 8 };
        let mut shares = [0; 8];
        for number in 0..8_000 {
            let id = RecordId::parse(&format!("003{number:012}")).expect("digits");
            shares[set.place_of_id(&id)] += 1;
        }
        assert!(shares.iter().all(|share| (850..1_150).contains(share)), "{shares:?}");
        assert_eq!(set.numbers(), 8..16);
    }

    #[test]
    fn a_large_org_has_eight_shards_and_a_huge_one_more() {
        let needed = |records| Set::needed(records, 1_250_000);
        assert_eq!([needed(0), needed(1_250_000), needed(1_250_001), needed(10_000_000)], [None, None, Some(8), Some(8)]);
        assert_eq!([needed(10_000_001), needed(1_000_000_000)], [Some(16), Some(64)]);
    }
}

//! The home of records and of their index: the workspace's own storage, or, of a large org, shards of it.
//!
//! Shards answer later than a step can wait. So a step that wants something of them fails with [`WorkspaceError::Elsewhere`] and
//! what it wants; the shell keeps nothing of it, carries the questions to the shards, and tries the step again with the answers. What
//! is written there is written before the step is kept: each such write may come again, and changes nothing then. Where a process dies
//! half-way, the step is worked out anew from the rows that are stored: so they are the last to change.

use super::{Workspace, WorkspaceError};
use crate::model::id::RecordId;
use crate::model::object::Object;
use crate::shard::{self, Answer, Answers, Ask, Set, Told, Want};
use crate::store::posting::{self, Entries, Index, Posting};
use crate::store::record::{self, Parcel, Sealed};
use crate::store::{Sql, StoreError, meta, schema};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Rows asked of shards in one go beyond what would be asked of one storage: they are spread evenly, but not exactly.
const SPREAD: usize = 4;

/// Where a workspace's records are, once it was read.
#[derive(Clone, Copy, Default)]
pub(super) enum Whereabouts {
    /// It wasn't.
    #[default]
    Unread,
    /// In shards, or in the workspace's own storage.
    In(Option<Set>),
}

/// Where records are, and what shards said so far.
#[derive(Clone, Copy)]
pub(super) struct Home<'w> {
    sql: &'w dyn Sql,
    set: Option<Set>,
    given: &'w Answers,
    fences: &'w HashMap<u16, u64>,
}

/// What of an index changes together with rows.
#[derive(Default)]
pub(super) struct Amended {
    /// Rows that are new or other.
    pub rows: Vec<Sealed>,
    /// Rows that go.
    pub removed: Vec<RecordId>,
    /// Entries that go.
    pub gone: Entries,
    /// Entries that come.
    pub come: Entries,
}

pub(super) fn strange() -> WorkspaceError {
    StoreError("a shard answered something else".into()).into()
}

impl<'w> Home<'w> {
    /// Asks shards; answers come when the step is tried again.
    fn ask(&self, asks: Vec<(u16, Ask)>) -> Result<Vec<&'w Answer>, WorkspaceError> {
        let (mut answers, mut wanted) = (Vec::with_capacity(asks.len()), Vec::new());
        let writes = asks.iter().any(|(_, ask)| !ask.head.only_reads());
        for (shard, ask) in asks {
            let question = self.given.question(shard, ask);
            match self.given.to(&question) {
                Some(answer) => answers.push(answer),
                None => wanted.push(question),
            }
        }
        if !wanted.is_empty() {
            return Err(WorkspaceError::Elsewhere(wanted));
        }
        if writes {
            self.given.wrote();
        }
        Ok(answers)
    }

    fn ask_all(&self, set: Set, want: &Want) -> Result<Vec<&'w Answer>, WorkspaceError> {
        self.ask(set.numbers().map(|shard| (shard, Ask::of(want.clone()))).collect())
    }

    /// The fences of shards that are written to.
    fn fences(&self, shards: impl IntoIterator<Item = u16>) -> Result<BTreeMap<u16, u64>, WorkspaceError> {
        let known: Vec<(u16, Option<u64>)> = shards.into_iter().map(|shard| (shard, self.fences.get(&shard).copied())).collect();
        let unknown: Vec<_> = known.iter().filter(|(_, fence)| fence.is_none()).map(|(shard, _)| self.given.question(*shard, Ask::of(Want::Fence))).collect();
        if !unknown.is_empty() {
            return Err(WorkspaceError::Elsewhere(unknown));
        }
        Ok(known.into_iter().filter_map(|(shard, fence)| Some((shard, fence?))).collect())
    }

    /// Shuts out what an earlier process asked for and may yet arrive: before what is stored is read to be changed.
    pub(super) fn shut_out_others(&self) -> Result<(), WorkspaceError> {
        self.fences(self.set.into_iter().flat_map(Set::numbers)).map(|_| ())
    }

    /// Writes something of the same kind to each shard.
    fn write_all(&self, set: Set, want: impl Fn(u64) -> Want) -> Result<(), WorkspaceError> {
        let fences = self.fences(set.numbers())?;
        self.ask(set.numbers().map(|shard| (shard, Ask::of(want(fences[&shard])))).collect()).map(|_| ())
    }

    /// Things by the shard they belong to.
    fn by_shard<T>(set: Set, things: impl IntoIterator<Item = T>, place: impl Fn(&T) -> usize) -> Vec<(u16, Vec<T>)> {
        let mut parts: Vec<(u16, Vec<T>)> = set.numbers().map(|shard| (shard, Vec::new())).collect();
        for thing in things {
            parts[place(&thing)].1.push(thing);
        }
        parts.retain(|(_, part)| !part.is_empty());
        parts
    }

    /// Sealed rows by id; unknown ids are left out.
    pub(super) fn sealed(&self, ids: &[RecordId]) -> Result<HashMap<RecordId, Vec<u8>>, WorkspaceError> {
        let Some(set) = self.set else { return Ok(record::sealed(self.sql, ids)?) };
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let asks = Self::by_shard(set, ids, |id| set.place_of_id(id)).into_iter().map(|(shard, ids)| (shard, Ask::of(Want::Sealed { ids }))).collect();
        let mut rows = HashMap::new();
        for answer in self.ask(asks)? {
            rows.extend(rows_of(answer)?.0.map(|(id, body)| (id, body.to_vec())));
        }
        Ok(rows)
    }

    /// The records of many keys at once, at most `limit` ids a key.
    pub(super) fn find(&self, index: Index, hashes: &[u64], limit: usize) -> Result<HashMap<u64, Posting>, WorkspaceError> {
        let Some(set) = self.set else { return Ok(posting::find(self.sql, index, hashes, limit)?) };
        let mut parts = Self::by_shard(set, hashes.iter().copied(), |hash| set.place_of_key(*hash));
        for (_, hashes) in &mut parts {
            hashes.sort_unstable();
            hashes.dedup();
        }
        let bytes = |hashes: &[u64]| hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect();
        let asks = parts.iter().map(|(shard, hashes)| (*shard, Ask { head: Want::Find { index, limit }, bytes: bytes(hashes) })).collect();
        let mut found = HashMap::new();
        for (answer, (_, hashes)) in self.ask(asks)?.into_iter().zip(&parts) {
            let Told::Postings(counts) = &answer.head else { return Err(strange()) };
            found.extend(shard::postings(hashes, counts, &answer.bytes));
        }
        Ok(found)
    }

    fn sum(&self, set: Set, want: &Want) -> Result<u64, WorkspaceError> {
        self.ask_all(set, want)?.iter().map(|answer| answer.head.number().ok_or_else(strange)).sum()
    }

    /// How many rows of an object are stored.
    pub(super) fn count(&self, object: Object) -> Result<u64, WorkspaceError> {
        match self.set {
            None => Ok(record::count(self.sql, object)?),
            Some(set) => self.sum(set, &Want::Count { object }),
        }
    }

    /// How many of so many things each shard is asked for.
    fn share(set: Set, most: usize) -> usize {
        most / usize::from(set.count) + SPREAD
    }

    /// An object's ids in order, from the one after `after` on, and whether these were the last.
    pub(super) fn ids(&self, object: Object, after: Option<RecordId>, most: usize) -> Result<(Vec<RecordId>, bool), WorkspaceError> {
        let Some(set) = self.set else {
            let ids = record::ids(self.sql, object, after, most)?;
            let is_last = ids.len() < most;
            return Ok((ids, is_last));
        };
        let most = Self::share(set, most);
        let parts = self.ask_all(set, &Want::Ids { object, after, most })?.into_iter().map(|answer| match &answer.head {
            Told::Ids(ids) => Ok((ids.clone(), ids.len() < most)),
            _ => Err(strange()),
        });
        Ok(in_order(parts.collect::<Result<_, _>>()?, |id| *id))
    }

    /// An object's sealed rows in order, from the one after `after` on, and whether these were the last.
    pub(super) fn stretch(&self, object: Object, after: Option<RecordId>, most: usize, bytes: usize) -> Result<(Vec<Sealed>, bool), WorkspaceError> {
        let Some(set) = self.set else { return Ok(record::stretch(self.sql, object, after, most, bytes)?) };
        let want = Want::Stretch { object, after, most: Self::share(set, most), bytes: bytes / usize::from(set.count) };
        let parts = self.ask_all(set, &want)?.into_iter().map(|answer| {
            let (rows, is_last) = rows_of(answer)?;
            Ok((rows.map(|(id, body)| (id, body.to_vec())).collect(), is_last))
        });
        Ok(in_order(parts.collect::<Result<_, WorkspaceError>>()?, |(id, _)| *id))
    }

    /// Stores rows; gives how many were new or other.
    pub(super) fn put(&self, rows: &[Sealed]) -> Result<u64, WorkspaceError> {
        let Some(set) = self.set else {
            return record::parcels(rows).into_iter().map(|parcel| Ok(record::put(self.sql, parcel)?)).sum();
        };
        let parts = Self::by_shard(set, rows, |(id, _)| set.place_of_id(id));
        let fences = self.fences(parts.iter().map(|(shard, _)| *shard))?;
        let asks = parts.into_iter().flat_map(|(shard, rows)| put_asks(shard, fences[&shard], rows)).collect();
        self.ask(asks)?.iter().map(|answer| answer.head.number().ok_or_else(strange)).sum()
    }

    /// Changes rows and the index together.
    pub(super) fn amend(&self, index: Option<Index>, amended: &Amended) -> Result<(), WorkspaceError> {
        let Amended { rows, removed, gone, come } = amended;
        let Some(set) = self.set else {
            posting::amend(self.sql, index, gone, come)?;
            record::remove(self.sql, removed)?;
            return self.put(rows).map(|_| ());
        };
        // The rows last: what the index has of them is worked out from those that are stored.
        let entries = gone
            .split(usize::from(set.count), |hash| set.place_of_key(hash))
            .into_iter()
            .zip(come.split(usize::from(set.count), |hash| set.place_of_key(hash)));
        let entries: Vec<_> = set.numbers().zip(entries).filter(|(_, (gone, come))| !gone.is_empty() || !come.is_empty()).collect();
        let removed = Self::by_shard(set, removed.iter().copied(), |id| set.place_of_id(id));
        let rows = Self::by_shard(set, rows, |(id, _)| set.place_of_id(id));
        let written = entries.iter().map(|(shard, _)| *shard).chain(removed.iter().map(|(shard, _)| *shard)).chain(rows.iter().map(|(shard, _)| *shard));
        let fences = self.fences(written)?;
        let amends = entries.into_iter().map(|(shard, (gone, come))| {
            let (gone, come) = (gone.to_bytes(), come.to_bytes());
            (shard, Ask { head: Want::Amend { fence: fences[&shard], index, gone: gone.len() }, bytes: [gone, come].concat() })
        });
        self.ask(amends.collect())?;
        let removes = removed.into_iter().map(|(shard, ids)| (shard, Ask::of(Want::Remove { fence: fences[&shard], ids })));
        let puts = rows.into_iter().flat_map(|(shard, rows)| put_asks(shard, fences[&shard], rows));
        self.ask(removes.chain(puts).collect()).map(|_| ())
    }

    /// Stores a page's entries for a new index. The same page again replaces them.
    pub(super) fn stage(&self, page: u32, entries: &Entries) -> Result<(), WorkspaceError> {
        let Some(set) = self.set else { return Ok(posting::stage(self.sql, page, entries)?) };
        let fences = self.fences(set.numbers())?;
        let parts = entries.split(usize::from(set.count), |hash| set.place_of_key(hash)).into_iter().zip(set.numbers());
        let asks = parts.map(|(part, shard)| (shard, Ask { head: Want::Stage { fence: fences[&shard], page }, bytes: part.to_bytes() }));
        self.ask(asks.collect()).map(|_| ())
    }

    /// Forgets what was staged from a page on.
    pub(super) fn clear_staged(&self, from_page: u32) -> Result<(), WorkspaceError> {
        match self.set {
            None => Ok(posting::clear_staged(self.sql, from_page)?),
            Some(set) => self.write_all(set, |fence| Want::ClearStaged { fence, from_page }),
        }
    }

    /// How many bits of the hash name a bucket, for what is staged.
    pub(super) fn bucket_bits(&self) -> Result<u32, WorkspaceError> {
        Ok(posting::bucket_bits(match self.set {
            None => posting::staged(self.sql)?,
            Some(set) => self.sum(set, &Want::Staged)? / u64::from(set.count),
        }))
    }

    /// Builds a part of an index from what is staged.
    pub(super) fn build(&self, index: Index, part: u8) -> Result<(), WorkspaceError> {
        match self.set {
            None => Ok(posting::build(self.sql, index, part)?),
            Some(set) => self.write_all(set, |fence| Want::Build { fence, index, part }),
        }
    }

    /// Removes what is of no index in use.
    pub(super) fn tidy(&self, index: Index) -> Result<(), WorkspaceError> {
        match self.set {
            None => Ok(posting::tidy(self.sql, index)?),
            Some(set) => self.write_all(set, |fence| Want::Tidy { fence, index }),
        }
    }

    /// Removes all records and the index.
    pub(super) fn empty(&self) -> Result<(), WorkspaceError> {
        match self.set {
            None => Ok(schema::empty_records(self.sql)?),
            Some(set) => self.write_all(set, |fence| Want::Empty { fence }),
        }
    }

    /// The same, for a home that is left: of shards nothing remains.
    pub(super) fn erase(&self) -> Result<(), WorkspaceError> {
        match self.set {
            None => self.empty(),
            Some(set) => self.write_all(set, |fence| Want::Erase { fence }),
        }
    }

    /// How many rows each table of each shard has.
    pub(super) fn tables(&self) -> Result<Vec<(String, u64)>, WorkspaceError> {
        let Some(set) = self.set else { return Ok(Vec::new()) };
        let tables = self.ask_all(set, &Want::Tables)?.into_iter().map(|answer| match &answer.head {
            Told::Tables(tables) => Ok(tables.clone()),
            _ => Err(strange()),
        });
        Ok(tables.collect::<Result<Vec<_>, _>>()?.concat())
    }

    /// Asks one shard.
    pub(super) fn ask_one(&self, shard: u16, ask: Ask) -> Result<&'w Answer, WorkspaceError> {
        self.ask(vec![(shard, ask)])?.pop().ok_or_else(strange)
    }
}

impl<'w> Home<'w> {
    /// The home of a workspace that isn't whole yet, or no longer.
    pub(super) fn bare(sql: &'w dyn Sql, set: Option<Set>, given: &'w Answers) -> Self {
        Self { sql, set, given, fences: &given.fences }
    }
}

fn put_asks<'r>(shard: u16, fence: u64, rows: impl IntoIterator<Item = &'r Sealed>) -> impl Iterator<Item = (u16, Ask)> {
    let parcels = record::parcels(rows).into_iter();
    parcels.map(move |Parcel { places, bodies }| (shard, Ask { head: Want::Put { fence, places }, bytes: bodies }))
}

/// Rows of an answer, and whether these were the last.
fn rows_of(answer: &Answer) -> Result<(impl Iterator<Item = (RecordId, &[u8])>, bool), WorkspaceError> {
    let Told::Rows { places, is_last } = &answer.head else { return Err(strange()) };
    Ok((record::rows_at(places, &answer.bytes), *is_last))
}

/// Joins what each shard gave of a stretch, in order, up to where one of them has more; and says whether none has.
fn in_order<T>(parts: Vec<(Vec<T>, bool)>, id: impl Fn(&T) -> RecordId) -> (Vec<T>, bool) {
    let until = parts.iter().filter(|(_, is_last)| !is_last).filter_map(|(part, _)| part.iter().map(&id).max()).min();
    let mut all: Vec<T> = parts.into_iter().flat_map(|(part, _)| part).filter(|one| until.is_none_or(|until| id(one) <= until)).collect();
    all.sort_unstable_by_key(id);
    (all, until.is_none())
}

/// Does the same with many things, none of which writes to shards. What some of them want to know of shards is asked for together.
pub(super) fn together<T, R>(things: impl IntoIterator<Item = T>, mut each: impl FnMut(T) -> Result<R, WorkspaceError>) -> Result<Vec<R>, WorkspaceError> {
    let (mut done, mut wanted, mut known) = (Vec::new(), Vec::new(), HashSet::new());
    for thing in things {
        match each(thing) {
            Err(WorkspaceError::Elsewhere(questions)) => wanted.extend(questions.into_iter().filter(|question| known.insert(question.digest()))),
            result => done.push(result?),
        }
    }
    if wanted.is_empty() { Ok(done) } else { Err(WorkspaceError::Elsewhere(wanted)) }
}

impl Workspace {
    /// Tries something with what shards answered so far. If it wants more of them, nothing of it may be kept: the shell asks them,
    /// notes their answers, and tries again.
    pub fn given<T>(&mut self, answers: &mut Answers, attempt: impl FnOnce(&mut Self) -> Result<T, WorkspaceError>) -> Result<T, WorkspaceError> {
        let before = (self.asked, self.awaits, self.watched, self.alert_due, self.alert_is_out);
        answers.begin();
        self.fences.extend(&answers.fences);
        std::mem::swap(&mut self.given, answers);
        let tried = attempt(self);
        std::mem::swap(&mut self.given, answers);
        if let Err(error) = &tried {
            self.whereabouts.take();
            if matches!(error, WorkspaceError::Elsewhere(_)) {
                (self.asked, self.awaits, self.watched, self.alert_due, self.alert_is_out) = before;
            }
        }
        tried
    }

    /// The shards that hold the records; none if the workspace's own storage does.
    pub fn shards(&self) -> Result<Option<Set>, WorkspaceError> {
        if let Whereabouts::In(known) = self.whereabouts.get() {
            return Ok(known);
        }
        let set = meta::json(&*self.sql, "shards")?;
        self.whereabouts.set(Whereabouts::In(set));
        Ok(set)
    }

    /// Lets records live in shards from now on.
    pub(super) fn settle_in(&self, set: Set) -> Result<(), WorkspaceError> {
        self.whereabouts.take();
        Ok(meta::set_json(&*self.sql, "shards", &set)?)
    }

    /// Where records are.
    pub(super) fn home(&self) -> Result<Home<'_>, WorkspaceError> {
        Ok(self.home_in(self.shards()?))
    }

    /// A home that is left, or moved into.
    pub(super) fn home_in(&self, set: Option<Set>) -> Home<'_> {
        Home { sql: &*self.sql, set, given: &self.given, fences: &self.fences }
    }
}

//! Rotation of the workspace's key (spec 33): everything is sealed anew, step by step, while badges go on. Until the index is
//! built anew, too, look-up hashes are the old key's.
//!
//! ```text
//! RotateKey (activities, manual matches, links) ─▶ Records, a stretch a step ─▶ Rest (connection, members, sightings) ─▶ Index ×64 ─▶ the old key is destroyed
//! ```
//! No run goes on meanwhile, and it waits for one that does. A first import ends under the old key's hashes.
//!
//! An index of an earlier version's keys is built anew the same way. An org that outgrew its shards moves the same way into more of them: its rows are copied, the index is built there, then badges
//! come from there, and the old ones are erased.

use super::{Workspace, WorkspaceError};
use crate::api::ProblemKind;
use crate::matching::key;
use crate::model::id::RecordId;
use crate::model::object::Object;
use crate::seal::{Key, SealError};
use crate::shard::Set;
use crate::store::posting::{Entries, Entry, Index, PARTS};
use crate::store::{activity, link, manual, member, meta, posting, record, seen};
use serde::{Deserialize, Serialize};

/// Bytes of a step, unless one row alone has more.
const STEP_BYTES: usize = 1_000_000;

/// Single values that are stored sealed.
const SEALED: [&str; 3] = ["connection", "thresholds", "alerts"];

/// Where a rotation is. Saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Reseal {
    Records {
        object: Object,
        after: Option<RecordId>,
        page: u32,
        /// Where the rows move; none if they stay.
        #[serde(default)]
        into: Option<Set>,
    },
    Index {
        part: u8,
        bits: u32,
        #[serde(default)]
        into: Option<Set>,
    },
    /// The new index is in use; the old one goes.
    Tidy,
    /// So are new shards; the old ones go, or what the workspace's own storage had.
    Leave { from: Option<Set> },
}

impl Workspace {
    /// Begins to replace the key by one of 32 random bytes. A rotation under way goes on instead.
    pub(super) fn rotate_key(&mut self, deployment: &Key, secret: &[u8; 32]) -> Result<(), WorkspaceError> {
        if self.is_resealing()? {
            // A rotation goes on; after a move, or while the index is built anew, one may begin.
            let is_rotation = meta::blob(&*self.sql, "key_old")?.is_some();
            return if is_rotation { Ok(()) } else { Err(ProblemKind::ImportRuns.into()) };
        }
        let old = meta::blob(&*self.sql, "key")?.ok_or(SealError)?;
        meta::set(&*self.sql, "key_old", old.into())?;
        meta::set(&*self.sql, "key", deployment.seal("key", secret).into())?;
        self.key = Key::new(secret).replacing(self.key.alone());
        // At once, as these are found by hashes of the newest key.
        activity::reseal(&*self.sql, &self.key)?;
        manual::reseal(&*self.sql, &self.key)?;
        link::reseal(&*self.sql, &self.key)?;
        Ok(meta::set_json(&*self.sql, "reseal", &Reseal::Records { object: Object::ALL[0], after: None, page: 0, into: None })?)
    }

    /// Begins to move into more shards, if there are more people and companies than the present ones should hold.
    pub(super) fn move_if_grown(&self, records: u64) -> Result<(), WorkspaceError> {
        let (now, needed) = (self.shards()?, Set::needed(records, self.limits.shard_records));
        let Some(count) = needed.filter(|needed| now.is_none_or(|now| now.count < *needed)) else { return Ok(()) };
        if self.is_resealing()? {
            return Ok(()); // After the next import, then.
        }
        let into = Some(Set { first: now.map_or(0, |now| now.numbers().end), count });
        Ok(meta::set_json(&*self.sql, "reseal", &Reseal::Records { object: Object::ALL[0], after: None, page: 0, into })?)
    }

    /// Where rows move, or what they are about to leave: shards that hold something, besides those in use.
    pub(super) fn moves_into(&self) -> Result<Option<Set>, WorkspaceError> {
        Ok(match meta::json(&*self.sql, "reseal")? {
            Some(Reseal::Records { into, .. } | Reseal::Index { into, .. }) => into,
            Some(Reseal::Leave { from }) => from,
            Some(Reseal::Tidy) | None => None,
        })
    }

    pub(super) fn is_resealing(&self) -> Result<bool, WorkspaceError> {
        Ok(meta::json::<Reseal>(&*self.sql, "reseal")?.is_some())
    }

    /// Does one step of a rotation; false if there is none, or the first import must end before. No run may be under way.
    pub(super) fn reseal(&mut self) -> Result<bool, WorkspaceError> {
        if meta::integer(&*self.sql, "generation")?.is_none() {
            return Ok(false);
        }
        let state = match meta::json::<Reseal>(&*self.sql, "reseal")? {
            Some(state) => state,
            None if meta::integer(&*self.sql, "keys")? == Some(key::VERSION) => return Ok(false),
            // Imported by an earlier version, whose keys were others: the index is built anew.
            None => Reseal::Records { object: Object::ALL[0], after: None, page: 0, into: None },
        };
        let next = match state {
            Reseal::Records { object, after, page, into } => self.reseal_records(object, after, page, into)?,
            Reseal::Index { part, bits, into } => self.reindex(part, bits, into)?,
            Reseal::Leave { from } => {
                self.home_in(from).erase()?;
                Some(Reseal::Tidy)
            }
            Reseal::Tidy => self.tidy()?,
        };
        match next {
            Some(next) => meta::set_json(&*self.sql, "reseal", &next)?,
            None => meta::remove(&*self.sql, "reseal")?,
        }
        Ok(true)
    }

    fn reseal_records(&mut self, object: Object, after: Option<RecordId>, page: u32, into: Option<Set>) -> Result<Option<Reseal>, WorkspaceError> {
        match into {
            // Whatever an earlier workspace may have left there.
            Some(into) if page == 0 => self.home_in(Some(into)).empty()?,
            None if page == 0 => self.home()?.clear_staged(0)?,
            _ => {}
        }
        let (sealed, is_last) = self.home()?.stretch(object, after, self.limits.copied_rows, STEP_BYTES)?;
        let last = sealed.last().map(|(id, _)| *id);
        let new = self.key.alone();
        let (mut rows, mut entries) = (Vec::with_capacity(sealed.len()), Entries::default());
        for (id, body) in sealed {
            rows.push((id, new.seal(id.as_str(), &self.key.open(id.as_str(), &body)?)));
            if let Some(record) = record::open(&*self.sql, &self.key, &mut self.layouts, id, &body)? {
                let keys = key::of_record(object, &record.layout.fields, |field| record.get(field));
                entries.extend(keys.iter().map(|(kind, value)| Entry::new(new.lookup(*kind as u8, value), object, &id.pack())));
            }
        }
        let home = self.home_in(into.or(self.shards()?));
        home.put(&rows)?;
        home.stage(page, &entries)?;
        if !is_last {
            return Ok(Some(Reseal::Records { object, after: last, page: page + 1, into }));
        }
        let place = Object::ALL.iter().position(|known| *known == object).map_or(0, |place| place + 1);
        if let Some(object) = Object::ALL.get(place) {
            return Ok(Some(Reseal::Records { object: *object, after: None, page: page + 1, into }));
        }
        let bits = home.bucket_bits()?;
        if into.is_none() {
            self.reseal_rest()?;
        }
        Ok(Some(Reseal::Index { part: 0, bits, into }))
    }

    fn reseal_rest(&self) -> Result<(), WorkspaceError> {
        for name in SEALED {
            meta::reseal(&*self.sql, &self.key, name)?;
        }
        for known in member::all(&*self.sql, &self.key)? {
            member::put(&*self.sql, &self.key, &known)?;
        }
        Ok(seen::reseal(&*self.sql, &self.key)?)
    }

    fn reindex(&mut self, part: u8, bits: u32, into: Option<Set>) -> Result<Option<Reseal>, WorkspaceError> {
        let index = Index { generation: meta::integer(&*self.sql, "generation")?.unwrap_or(0) as u32 + 1, bits };
        self.home_in(into.or(self.shards()?)).build(index, part)?;
        if part + 1 < PARTS {
            return Ok(Some(Reseal::Index { part: part + 1, bits, into }));
        }
        self.use_index(index)?;
        if let Some(into) = into {
            let from = self.shards()?;
            self.settle_in(into)?;
            return Ok(Some(Reseal::Leave { from }));
        }
        meta::remove(&*self.sql, "key_old")?;
        self.key = self.key.alone();
        Ok(Some(Reseal::Tidy))
    }

    /// Lets an index take over that was built by today's keys.
    pub(super) fn use_index(&self, index: Index) -> Result<(), WorkspaceError> {
        meta::set(&*self.sql, "keys", key::VERSION.into())?;
        Ok(posting::use_index(&*self.sql, index)?)
    }

    /// Removes what is of no index in use.
    fn tidy(&self) -> Result<Option<Reseal>, WorkspaceError> {
        if let Some(index) = posting::in_use(&*self.sql)? {
            self.home()?.tidy(index)?;
        }
        Ok(None)
    }
}

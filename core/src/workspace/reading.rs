//! Import: which run is due, its pages, and what becomes of their rows. Rows, keys and place are stored together, so a crash
//! loses and doubles nothing.

use super::home::{Amended, together};
use super::{Command, Workspace, WorkspaceError};
use crate::api::{Moved, RunKind};
use crate::import::page::{Bite, Ended, Page};
use crate::import::phase::{Ask, Counts, Phase, Source};
use crate::import::plan::{COMPARE_AGAIN_SECONDS, COMPARE_EVERY_SECONDS, Known, Scope};
use crate::import::run::Run;
use crate::matching::key;
use crate::model::id::{RecordId, Tail};
use crate::model::object::Object;
use crate::model::record::{Layout, Record};
use crate::model::time::Timestamp;
use crate::salesforce::bulk::{Next, page_head};
use crate::salesforce::describe::Selection;
use crate::salesforce::http::Reply;
use crate::salesforce::oauth::Tokens;
use crate::shard::Set;
use crate::store::posting::{Entry, Index};
use crate::store::{log, meta, moved, posting, present, record};
use std::collections::BTreeMap;

/// A description is taken for true this long; one that no longer is shows at once, by a query that is refused.
const DESCRIBE_SECONDS: i64 = 24 * 3600;

impl Workspace {
    /// Begins a run if one is due; otherwise says when.
    pub(super) fn begin_run(&mut self, now: Timestamp) -> Result<Result<Run, Timestamp>, WorkspaceError> {
        let due = Timestamp(meta::integer(&*self.sql, "next_import")?.unwrap_or(0));
        let every = self.settings()?.import_seconds();
        // A clock that once ran ahead must not put the next import off for years.
        if due > now && due <= now.plus_seconds(2 * every) {
            return Ok(Err(due));
        }
        let last = log::runs(&*self.sql, 1)?.pop();
        let run = match last {
            Some(mut stopped) if stopped.phase == Phase::Stopped => {
                stopped.resume(now);
                stopped
            }
            last => self.new_run(now, last.map_or(0, |run| run.number) + 1)?,
        };
        meta::set(&*self.sql, "next_import", now.plus_seconds(every).plus_millis(self.jitter(every)).0.into())?;
        meta::remove(&*self.sql, "describe_now")?;
        log::save_run(&*self.sql, &run)?;
        Ok(Ok(run))
    }

    fn new_run(&self, now: Timestamp, number: u32) -> Result<Run, WorkspaceError> {
        let known = self.known()?;
        let compared = Timestamp(meta::integer(&*self.sql, "compared")?.unwrap_or(0));
        let kind = if meta::integer(&*self.sql, "generation")?.is_none() {
            self.home()?.clear_staged(0)?;
            RunKind::First
        } else if now >= compared.plus_seconds(COMPARE_EVERY_SECONDS) || compared > now {
            RunKind::Compare
        } else {
            RunKind::Increment
        };
        let is_fresh = |known: &&Known| known.described <= now && now < known.described.plus_seconds(DESCRIBE_SECONDS);
        let asked_for = kind != RunKind::Increment || meta::integer(&*self.sql, "describe_now")?.is_some();
        let cached: Vec<Known> = if asked_for { Vec::new() } else { known.iter().filter(is_fresh).cloned().collect() };
        Ok(Run::new(number, kind, now, &cached))
    }

    /// Workspaces of a deployment don't all begin at once. Up to a twentieth of the interval, always the same for one.
    fn jitter(&self, every: i64) -> i64 {
        (self.key.lookup(u8::MAX, "jitter") % (every.max(1) as u64 * 50)) as i64
    }

    /// What is known of the objects between runs.
    pub(super) fn known(&self) -> Result<Vec<Known>, WorkspaceError> {
        Ok(meta::json(&*self.sql, "known")?.unwrap_or_default())
    }

    fn save_known(&self, known: &[Known]) -> Result<(), WorkspaceError> {
        Ok(meta::set_json(&*self.sql, "known", &known)?)
    }

    /// What the run asks for now.
    pub(super) fn asked_by(&mut self, run: &Run, tokens: &Tokens) -> Result<Ask, WorkspaceError> {
        let fields = match run.layout() {
            Some(number) => self.layouts.get(&*self.sql, number)?.map(|layout| layout.fields.clone()).unwrap_or_default(),
            None => Vec::new(),
        };
        Ok(run.ask(tokens, &fields, &self.known()?, &self.retries(run)?))
    }

    /// Rows that the run reads by name in its next request: those that an earlier run couldn't read.
    fn retries(&self, run: &Run) -> Result<Vec<RecordId>, WorkspaceError> {
        match run.pass().filter(|pass| pass.scope == Scope::Retry) {
            Some(pass) => Ok(log::rejected_ids(&*self.sql, run.number, Some(pass.object), run.retried, self.limits.named_rows)?),
            None => Ok(Vec::new()),
        }
    }

    /// The counts came, or were refused: the run is planned.
    pub(super) fn counted(&self, now: Timestamp, run: &mut Run, reply: &Reply) -> Result<(), WorkspaceError> {
        let mut retries = Vec::new();
        for object in Object::ALL {
            if !log::rejected_ids(&*self.sql, run.number, Some(object), None, 1)?.is_empty() {
                retries.push(object);
            }
        }
        run.plan(now, reply, &self.known()?, &retries, &self.limits);
        // A large org's records are spread over shards from the first on.
        if run.kind == RunKind::First && self.shards()?.is_none() {
            let expected = run.passes.iter().filter(|pass| is_matched(pass.object)).filter_map(|pass| pass.expected).sum();
            if let Some(count) = Set::needed(expected, self.limits.shard_records) {
                let set = Set { first: 0, count };
                // Whatever an earlier workspace may have left there.
                self.home_in(Some(set)).empty()?;
                self.settle_in(set)?;
            }
        }
        Ok(())
    }

    /// An object was described: its SELECT list is kept, and whether it is another than before.
    pub(super) fn described(&mut self, now: Timestamp, run: &mut Run, selection: &Selection) -> Result<(), WorkspaceError> {
        let Some(object) = run.object() else { return Ok(()) };
        let layout = self.layouts.ensure(&*self.sql, object, &selection.fields)?;
        let mut known = self.known()?;
        let before = known.iter().position(|known| known.object == object).map(|place| known.remove(place));
        let is_new = before.as_ref().is_some_and(|before| before.layout != layout);
        let cursor = before.and_then(|before| before.cursor);
        known.push(Known { object, layout, described: now, cursor, hidden: selection.hidden.clone() });
        self.save_known(&known)?;
        run.described(now, layout, is_new, self.home()?.count(object)?, &self.limits);
        Ok(())
    }

    pub(super) fn open_page(&mut self, head: &Reply) -> Result<Vec<Command>, WorkspaceError> {
        (self.page, self.bite, self.ended) = (None, None, None);
        let Some(run) = self.active_run()? else { return Ok(Vec::new()) };
        let (Phase::Page { source, flushed }, Some(pass), Some(layout)) = (&run.phase, run.pass(), run.layout()) else { return Ok(Vec::new()) };
        let received = run.tallies.iter().find(|tally| tally.object == pass.object).map_or(0, |tally| tally.received);
        let builds_index = run.kind == RunKind::First;
        if let Some(layout) = self.layouts.get(&*self.sql, layout)? {
            self.page = match (source, page_head(head)) {
                (Source::Job { .. }, Ok(head)) => Some(Page::csv(head, layout, received - flushed, *flushed, builds_index)),
                // A head that doesn't say what follows makes the page end as cut.
                (Source::Job { .. }, Err(_)) => None,
                (Source::Query { .. }, _) => Some(Page::json(layout, received, builds_index)),
            };
        }
        self.page_counts = Counts::default();
        Ok(Vec::new())
    }

    pub(super) fn take_chunk(&mut self, now: Timestamp, chunk: &[u8]) -> Result<(), WorkspaceError> {
        let Some(page) = &mut self.page else { return Ok(()) };
        // Rows that shards are storing: the chunk that completed them comes again.
        if self.bite.is_none() {
            page.push(&self.key, chunk);
            self.bite = page.bite(if page.builds_index() { self.limits.bite_rows } else { self.limits.exchange_rows });
        }
        let Some(bite) = self.bite.take() else { return Ok(()) };
        let stored = self.take_bite(now, &bite);
        if matches!(stored, Err(WorkspaceError::Elsewhere(_))) {
            self.bite = Some(bite);
        }
        stored
    }

    fn take_bite(&mut self, now: Timestamp, bite: &Bite) -> Result<(), WorkspaceError> {
        if let Some(mut run) = self.active_run()? {
            let counts = self.store(now, &run, bite)?;
            // A job's page can be taken up where it was left. A query's may have other rows then: its rows count when it is in.
            match &run.phase {
                Phase::Page { source: Source::Job { .. }, .. } => {
                    run.flushed(&counts);
                    log::save_run(&*self.sql, &run)?;
                }
                _ => {
                    if run.kind == RunKind::First && !run.remains {
                        run.remains = true;
                        log::save_run(&*self.sql, &run)?;
                    }
                    self.page_counts += counts;
                }
            }
        }
        Ok(())
    }

    pub(super) fn end_page(&mut self, now: Timestamp) -> Result<(), WorkspaceError> {
        let Some(mut run) = self.active_run()? else { return Ok(()) };
        if let Some(page) = self.page.take() {
            self.ended = Some(page.finish(&self.key));
        }
        let ended = self.ended.take();
        let taken = match &ended {
            Some(Ok(ended)) => self.page_ended(now, &mut run, ended),
            Some(Err(_)) | None => {
                run.page_failed(now);
                Ok(())
            }
        };
        // Kept until the whole step is.
        self.ended = ended;
        taken?;
        self.save(now, &run)
    }

    fn page_ended(&mut self, now: Timestamp, run: &mut Run, ended: &Ended) -> Result<(), WorkspaceError> {
        let mut counts = self.page_counts;
        counts += self.store(now, run, &ended.bite)?;
        run.flushed(&counts);
        if let Some(entries) = &ended.entries {
            if run.pages == run.pages_before {
                self.home()?.clear_staged(run.pages)?;
            }
            self.home()?.stage(run.pages, entries)?;
        }
        if run.notes_present() {
            self.note_present(run, ended.present.clone())?;
        }
        let named = self.retries(run)?;
        let retried = named.last().copied().filter(|_| ended.next == Next::End && named.len() == self.limits.named_rows);
        run.page_done(now, ended.next.clone(), ended.total, retried);
        Ok(())
    }

    fn note_present(&self, run: &Run, tails: Vec<Tail>) -> Result<(), WorkspaceError> {
        if run.pages == run.pages_before {
            present::clear(&*self.sql)?;
        }
        Ok(present::note(&*self.sql, run.pages, tails)?)
    }

    pub(super) fn cut_page(&mut self, now: Timestamp) -> Result<(), WorkspaceError> {
        (self.page, self.bite, self.ended) = (None, None, None);
        let Some(mut run) = self.active_run()? else { return Ok(()) };
        run.page_failed(now);
        self.save(now, &run)
    }

    /// Saves the run; one that has just ended leaves what the next one begins with.
    pub(super) fn save(&mut self, now: Timestamp, run: &Run) -> Result<(), WorkspaceError> {
        if run.phase == Phase::Done {
            self.end_run(now, run)?;
            self.release(now)?;
        }
        Ok(log::save_run(&*self.sql, run)?)
    }

    fn end_run(&mut self, now: Timestamp, run: &Run) -> Result<(), WorkspaceError> {
        let mut known = self.known()?;
        for tally in run.tallies.iter().filter(|tally| tally.done) {
            if let Some(known) = known.iter_mut().find(|known| known.object == tally.object) {
                known.cursor = run.cursor();
            }
        }
        self.save_known(&known)?;
        if run.kind != RunKind::Increment {
            // What was left out is tried again in a day, not in a week.
            let early = if run.left_out.is_empty() { 0 } else { COMPARE_EVERY_SECONDS - COMPARE_AGAIN_SECONDS };
            meta::set(&*self.sql, "compared", now.plus_seconds(-early).0.into())?;
        }
        let what = match run.kind {
            RunKind::First => "imported",
            RunKind::Increment => "changes_imported",
            RunKind::Compare => "compared",
        };
        log::audit(&*self.sql, now, "", what)?;
        log::prune_rejects(&*self.sql, run.number)?;
        present::clear(&*self.sql)?;
        meta::set_json(&*self.sql, "synced", &now)?;
        let counts = together([Object::Contact, Object::Lead, Object::Account], |object| self.home()?.count(object))?;
        let (people, companies) = (counts[0] + counts[1], counts[2]);
        meta::set(&*self.sql, "people", (people as i64).into())?;
        meta::set(&*self.sql, "companies", (companies as i64).into())?;
        self.move_if_grown(people + companies)
    }

    /// Stores rows. The first run builds its index when it has read all; later ones amend the index in use.
    fn store(&mut self, now: Timestamp, run: &Run, bite: &Bite) -> Result<Counts, WorkspaceError> {
        self.home()?.shut_out_others()?;
        log::add_rejects(&*self.sql, run.number, &bite.rejects)?;
        let mut counts = Counts { received: bite.received(), rejected: bite.rejects.len() as u64, ..Counts::default() };
        if run.kind == RunKind::First {
            counts.stored = self.home()?.put(&bite.rows)?;
        } else {
            counts.stored = self.exchange(&bite.rows)?;
            let removed: Vec<RecordId> = bite.removed.iter().map(|(id, _)| *id).collect();
            counts.removed = self.remove(&removed)?;
        }
        let merged = bite.removed.iter().filter_map(|(id, master)| Some((*id, (*master)?, Moved::Merged)));
        let converted = bite.converted.iter().map(|(lead, contact)| (*lead, *contact, Moved::Converted));
        moved::note(&*self.sql, now, &merged.chain(converted).collect::<Vec<_>>())?;
        Ok(counts)
    }

    /// Puts rows in the place of stored ones and amends the index by what changed; gives how many were new or other.
    fn exchange(&mut self, rows: &[record::Sealed]) -> Result<u64, WorkspaceError> {
        let ids: Vec<RecordId> = rows.iter().map(|(id, _)| *id).collect();
        let stored = self.home()?.sealed(&ids)?;
        let mut amended = Amended::default();
        // A page may have a row twice; the last one counts.
        let rows: BTreeMap<RecordId, &Vec<u8>> = rows.iter().map(|(id, body)| (*id, body)).collect();
        for (id, body) in rows {
            let old = stored.get(&id);
            if old == Some(body) {
                continue;
            }
            let before = old.map_or(Ok(Vec::new()), |old| self.entries_of_sealed(id, old))?;
            let after = self.entries_of_sealed(id, body)?;
            // Most changes touch no key: what stays costs nothing.
            amended.gone.extend(before.iter().filter(|entry| !after.contains(entry)).copied());
            amended.come.extend(after.iter().filter(|entry| !before.contains(entry)).copied());
            amended.rows.push((id, body.clone()));
        }
        let themselves: Vec<RecordId> = amended.rows.iter().map(|(id, _)| *id).collect();
        moved::forget(&*self.sql, &themselves)?;
        self.home()?.amend(posting::in_use(&*self.sql)?, &amended)?;
        Ok(amended.rows.len() as u64)
    }

    /// Removes records and what the index has of them; gives how many there were.
    fn remove(&mut self, ids: &[RecordId]) -> Result<u64, WorkspaceError> {
        let stored = self.home()?.sealed(ids)?;
        let stored: BTreeMap<RecordId, Vec<u8>> = stored.into_iter().collect();
        let mut amended = Amended { removed: stored.keys().copied().collect(), ..Amended::default() };
        for (id, body) in &stored {
            amended.gone.extend(self.entries_of_sealed(*id, body)?);
        }
        self.home()?.amend(posting::in_use(&*self.sql)?, &amended)?;
        Ok(stored.len() as u64)
    }

    fn entries_of_sealed(&mut self, id: RecordId, body: &[u8]) -> Result<Vec<Entry>, WorkspaceError> {
        let record = record::open(&*self.sql, &self.key, &mut self.layouts, id, body)?;
        Ok(record.map(|record| self.entries_of(&record)).unwrap_or_default())
    }

    fn entries_of(&self, record: &Record) -> Vec<Entry> {
        let Layout { object, fields, .. } = &*record.layout;
        let packed = record.id.pack();
        let keys = key::of_record(*object, fields, |field| record.get(field));
        keys.iter().map(|(kind, value)| Entry::new(self.key.lookup(*kind as u8, value), *object, &packed)).collect()
    }

    /// Removes some of what is stored and didn't come: it was deleted for good, or may no longer be seen.
    pub(super) fn sweep(&mut self, now: Timestamp, mut run: Run) -> Result<(), WorkspaceError> {
        let (Phase::Sweep { after }, Some(object)) = (&run.phase, run.object()) else { return Ok(()) };
        self.home()?.shut_out_others()?;
        if after.is_none() && run.is_left_out() {
            present::clear(&*self.sql)?;
            self.home()?.clear_staged(run.pages)?;
        }
        let (ids, is_last) = self.home()?.ids(object, *after, self.limits.sweep_rows)?;
        let missing = present::missing(&*self.sql, &ids)?;
        self.remove(&missing)?;
        let last = ids.last().copied().filter(|_| !is_last);
        run.swept(now, missing.len() as u64, last);
        self.save(now, &run)
    }

    /// Builds one part of the index; the last part lets the new generation take over.
    pub(super) fn index(&mut self, now: Timestamp, mut run: Run) -> Result<(), WorkspaceError> {
        let Phase::Index { part, bits } = run.phase else { return Ok(()) };
        let bits = match bits {
            Some(bits) => bits,
            None => self.home()?.bucket_bits()?,
        };
        let index = Index { generation: run.number, bits };
        self.home()?.build(index, part)?;
        run.indexed(now, bits);
        if run.phase == Phase::Done {
            self.use_index(index)?;
            self.home()?.tidy(index)?;
        }
        self.save(now, &run)
    }
}

/// Whether an object's records are who or what is seen on pages.
fn is_matched(object: Object) -> bool {
    matches!(object, Object::Contact | Object::Lead | Object::Account)
}

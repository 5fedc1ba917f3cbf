//! Reading pages and building the index: rows, keys and place are stored together, so a crash loses and doubles nothing.

use super::{Command, Workspace, WorkspaceError};
use crate::import::page::{Bite, Page};
use crate::import::run::{Phase, Run};
use crate::model::object::Object;
use crate::model::time::Timestamp;
use crate::salesforce::bulk::page_head;
use crate::salesforce::http::Reply;
use crate::store::{log, meta, posting, record};

impl Workspace {
    pub(super) fn open_page(&mut self, now: Timestamp, head: &Reply) -> Result<Vec<Command>, WorkspaceError> {
        self.page = None;
        let Some(run) = self.active_run()? else { return Ok(Vec::new()) };
        let Phase::Page { object, layout, flushed, .. } = run.phase else { return Ok(Vec::new()) };
        // A head that doesn't say what follows makes the page end as cut.
        if let (Ok(head), Some(layout)) = (page_head(head), self.layouts.get(&*self.sql, layout)?) {
            let received = run.tallies.iter().find(|tally| tally.object == object).map_or(0, |tally| tally.received);
            self.page = Some(Page::new(head, layout, received - flushed, flushed));
        }
        let _ = now;
        Ok(Vec::new())
    }

    pub(super) fn take_chunk(&mut self, chunk: &[u8]) -> Result<(), WorkspaceError> {
        let Some(page) = &mut self.page else { return Ok(()) };
        page.push(&self.key, chunk);
        if let Some(bite) = page.bite()
            && let Some(mut run) = self.active_run()?
        {
            self.store(&mut run, bite)?;
            log::save_run(&*self.sql, &run)?;
        }
        Ok(())
    }

    pub(super) fn end_page(&mut self, now: Timestamp) -> Result<(), WorkspaceError> {
        let Some(mut run) = self.active_run()? else { return Ok(()) };
        match self.page.take().map(|page| page.finish(&self.key)) {
            Some(Ok(ended)) => {
                self.store(&mut run, ended.bite)?;
                posting::stage(&*self.sql, run.pages, ended.entries)?;
                run.page_done(now, ended.head.next);
            }
            Some(Err(_)) | None => run.page_failed(now),
        }
        Ok(log::save_run(&*self.sql, &run)?)
    }

    pub(super) fn cut_page(&mut self, now: Timestamp) -> Result<(), WorkspaceError> {
        self.page = None;
        let Some(mut run) = self.active_run()? else { return Ok(()) };
        run.page_failed(now);
        Ok(log::save_run(&*self.sql, &run)?)
    }

    fn store(&self, run: &mut Run, bite: Bite) -> Result<(), WorkspaceError> {
        let (received, rejected) = (bite.received(), bite.rejects.len() as u64);
        log::add_rejects(&*self.sql, run.number, &bite.rejects)?;
        let stored = record::upsert(&*self.sql, &self.key, bite.rows)?;
        run.flushed(received, stored, rejected);
        Ok(())
    }

    /// Builds one part of the index; the last part lets the new generation take over.
    pub(super) fn index(&mut self, now: Timestamp, mut run: Run) -> Result<(), WorkspaceError> {
        let Phase::Index { part, bits } = run.phase else { return Ok(()) };
        let bits = match bits {
            Some(bits) => bits,
            None => posting::bucket_bits(&*self.sql)?,
        };
        posting::build(&*self.sql, run.number, part, bits)?;
        run.indexed(now, bits);
        if run.phase == Phase::Done {
            log::prune_rejects(&*self.sql, run.number)?;
            posting::activate(&*self.sql, run.number, bits)?;
            let count = |object| record::count(&*self.sql, object);
            meta::set(&*self.sql, "people", ((count(Object::Contact)? + count(Object::Lead)?) as i64).into())?;
            meta::set(&*self.sql, "companies", (count(Object::Account)? as i64).into())?;
        }
        Ok(log::save_run(&*self.sql, &run)?)
    }
}

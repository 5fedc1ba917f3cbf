//! What must be true of every run, and at the end.

use super::{HALF_DAY, Simulation};
use crate::mirror;
use inlay_core::api::{RunReport, RunState};
use inlay_core::store::log;
use std::collections::BTreeSet;

impl Simulation {
    pub(super) fn runs(&self) -> Result<Vec<RunReport>, String> {
        Ok(log::runs(&self.sql, 1 << 20).map_err(|error| error.to_string())?.iter().map(inlay_core::import::run::Run::report).collect())
    }

    pub(super) fn runs_done(&self) -> Result<u32, String> {
        Ok(self.runs()?.iter().filter(|run| run.state == RunState::Done).map(|run| run.number).max().unwrap_or(0))
    }

    /// Runs that ended since have counts that add up; and imports have kept to their share of the API.
    pub(super) fn check_runs(&mut self, before: u32) -> Result<(), String> {
        for run in self.runs()?.iter().filter(|run| run.number > before && run.state == RunState::Done) {
            self.passed.runs += 1;
            if run.kind != inlay_core::api::RunKind::Increment {
                // What went while it read may have gone after its rows were read.
                self.untraceable.retain(|_, newest| *newest >= run.number);
            }
            for tally in run.tallies.iter().filter(|tally| tally.done) {
                let sum = tally.stored + tally.unchanged + tally.removed + tally.rejected;
                if tally.received != sum || tally.announced != Some(tally.received) {
                    return Err(format!("run {}: counts of {:?} don't add up: {tally:?}", run.number, tally.object));
                }
            }
        }
        Ok(())
    }

    pub(super) fn is_broken(&mut self) -> Result<bool, String> {
        let broken = self.workspace.broken().map_err(|error| error.to_string())?.is_some();
        if broken && !self.token_lost {
            return Err("the connection is said to be dead, and it isn't: no token was lost".into());
        }
        Ok(broken)
    }

    /// The weather clears: after a run or two, the workspace shows what the org has; after a comparison, everything.
    pub(super) fn good_end(&mut self) -> Result<(), String> {
        self.clear_up();
        while !self.unacknowledged.is_empty() {
            self.send_captures()?;
        }
        // A token that was lost in the last bad hour is missed in the first good one.
        self.work(self.time + HALF_DAY)?;
        if self.is_broken()? {
            self.connect();
        }
        // Three days: a run that waits for its budget, one that was stopped, and one that reads again what was rejected.
        for _ in 0..6 {
            self.work(self.time + HALF_DAY)?;
        }
        if self.is_broken()? {
            return Err("the connection didn't last through good days".into());
        }
        let open = mirror::differences(&self.sql, &self.sandbox, &self.untraceable.keys().cloned().collect());
        if !open.is_empty() {
            return Err(format!("after increments: {}", open.join("; ")));
        }
        for _ in 0..17 {
            self.work(self.time + HALF_DAY)?;
        }
        let open = mirror::differences(&self.sql, &self.sandbox, &BTreeSet::new());
        if !open.is_empty() {
            return Err(format!("after a comparison: {}", open.join("; ")));
        }
        self.check_settings()?;
        self.check_activities()?;
        self.check_alerts()?;
        match mirror::stale_entries(&self.sql) {
            0 => Ok(()),
            stale => Err(format!("{stale} keys lead to records that don't have them")),
        }
    }
}

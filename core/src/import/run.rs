//! The run: one pass after the other (spec 10–12). What is still to do can always be read back from the saved state,
//! so a killed step is simply asked again.
//!
//! ```text
//! Count ─▶ each pass made ready: Describe ─▶ Create       (if not cached; if by Bulk: so that all jobs run at once)
//!       ─▶ each pass read: ─┬▶ Poll ─▶ Page ─▶ … ─▶ Delete ─┬▶ Sweep ─▶ …   then Index ×64 ─▶ Done
//!                           └▶ Page ─▶ Page ─▶ …     (REST) ┘ (all rows)        (first run)
//! ```

use super::phase::{Ask, Counts, Phase, Source};
use super::plan::{self, Known, Limits, Pass, Path, Scope};
use crate::api::{Problem, ProblemKind, RunKind, RunReport, RunState, Tally};
use crate::model::id::RecordId;
use crate::model::object::Object;
use crate::model::time::Timestamp;
use crate::salesforce::bulk::{self, Next};
use crate::salesforce::describe;
use crate::salesforce::http::Reply;
use crate::salesforce::oauth::Tokens;
use crate::salesforce::query::{self, Which};
use crate::salesforce::{API_VERSION, Api, moment};
use crate::store::posting::PARTS;
use serde::{Deserialize, Serialize};

/// Tries of one page or job before the run stops and says so.
const TRIES: u32 = 8;

/// What a Bulk job usually takes, for the few rows of an increment.
const JOB_SECONDS: i64 = 3;

/// A run's saved state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Counts runs of the workspace from 1; also the generation of the index it builds.
    pub number: u32,
    /// What it is for.
    pub kind: RunKind,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Windows end here: Salesforce's clock when the run began.
    pub until: Option<Timestamp>,
    /// The API version that all its requests speak.
    pub version: String,
    /// What it reads.
    pub passes: Vec<Pass>,
    /// Which pass it is at.
    pub at: usize,
    /// Passes are being made ready; none is read yet.
    pub prepares: bool,
    /// Where it is.
    pub phase: Phase,
    /// Layouts of this run's SELECT lists.
    pub layouts: Vec<(Object, u16)>,
    /// Counts by object.
    pub tallies: Vec<Tally>,
    /// Failures in a row of the present step.
    pub attempt: u32,
    /// How often the present pass was begun again.
    pub restarts: u32,
    /// Not before this moment.
    pub due: Timestamp,
    /// Requests sent to Salesforce.
    pub api_calls: u32,
    /// Pages stored, of all objects.
    pub pages: u32,
    /// Pages stored when the present pass began.
    pub pages_before: u32,
    /// The last of the rows that were read again because an earlier run couldn't.
    pub retried: Option<RecordId>,
    /// Counts of the present object when the present pass began: what to go back to if it must begin again.
    pub before: Option<Tally>,
    /// A first run only: rows of an earlier try of the present pass may be stored, which its index won't know.
    #[serde(default)]
    pub remains: bool,
    /// Why it waits or stopped.
    pub problem: Option<ProblemKind>,
    /// Objects that Salesforce refused in this run, with its code; their rows stay as they were.
    pub left_out: Vec<(Object, String)>,
}

impl Run {
    /// A new run. Objects whose description is cached begin without asking for it.
    pub fn new(number: u32, kind: RunKind, now: Timestamp, cached: &[Known]) -> Self {
        Self {
            number,
            kind,
            started: now,
            ended: None,
            until: None,
            version: API_VERSION.to_owned(),
            passes: Vec::new(),
            at: 0,
            prepares: true,
            phase: Phase::Count,
            layouts: cached.iter().map(|known| (known.object, known.layout)).collect(),
            tallies: Object::ALL.map(Tally::of).to_vec(),
            attempt: 0,
            restarts: 0,
            due: now,
            api_calls: 0,
            pages: 0,
            pages_before: 0,
            retried: None,
            before: None,
            remains: false,
            problem: None,
            left_out: Vec::new(),
        }
    }

    /// Whether there is something left to do without a person.
    pub fn is_active(&self) -> bool {
        !matches!(self.phase, Phase::Done | Phase::Stopped)
    }

    /// Lets a stopped run go on with the pass it stopped at.
    pub fn resume(&mut self, now: Timestamp) {
        if self.phase == Phase::Stopped {
            (self.ended, self.problem, self.due, self.attempt, self.restarts) = (None, None, now, 0, 0);
            if let Some(object) = self.object() {
                self.layouts.retain(|(known, _)| *known != object);
                self.take_back(object);
            }
            self.begin_pass(now);
        }
    }

    /// The pass being read.
    pub fn pass(&self) -> Option<&Pass> {
        self.passes.get(self.at)
    }

    /// The object being read.
    pub fn object(&self) -> Option<Object> {
        self.pass().map(|pass| pass.object)
    }

    /// The layout of the rows being read.
    pub fn layout(&self) -> Option<u16> {
        let object = self.object()?;
        self.layouts.iter().find(|(known, _)| *known == object).map(|(_, layout)| *layout)
    }

    /// What to ask for now. `fields` are those of the pass's layout, `known` is what earlier runs left, `retries` the rows to read again.
    pub fn ask(&self, tokens: &Tokens, fields: &[String], known: &[Known], retries: &[RecordId]) -> Ask {
        let api = Api { tokens, version: &self.version };
        match (&self.phase, self.pass()) {
            (Phase::Count, _) => {
                let asks = Object::ALL.map(|object| (object, plan::since(self.kind, object, known)));
                Ask::Fetch(query::count(api, &asks))
            }
            (Phase::Describe, Some(pass)) => Ask::Fetch(describe::request(api, pass.object)),
            (Phase::Create, Some(pass)) => Ask::Fetch(bulk::create(api, &self.soql(pass, fields, retries), self.wants_deleted())),
            (Phase::Poll { job }, _) => Ask::Fetch(bulk::poll(api, job)),
            (Phase::Page { source: Source::Job { job, locator }, .. }, _) => Ask::Stream(bulk::results(api, job, locator.as_deref())),
            (Phase::Page { source: Source::Query { next: Some(address) }, .. }, _) => Ask::Stream(query::next(api, address)),
            (Phase::Page { source: Source::Query { next: None }, .. }, Some(pass)) => {
                Ask::Stream(query::first(api, &self.soql(pass, fields, retries), self.wants_deleted()))
            }
            (Phase::Delete { job }, _) => Ask::Fetch(bulk::delete(api, job)),
            (Phase::Sweep { .. }, _) => Ask::Sweep,
            (Phase::Index { .. }, _) => Ask::Index,
            (Phase::Describe | Phase::Create | Phase::Page { .. } | Phase::Done | Phase::Stopped, _) => Ask::Nothing,
        }
    }

    fn soql(&self, pass: &Pass, fields: &[String], retries: &[RecordId]) -> String {
        let which = match (pass.scope, self.until) {
            (Scope::Since(from), Some(until)) => Which::Changed { from, until },
            (Scope::Retry, _) => Which::Named(retries),
            (Scope::All | Scope::Since(_), _) => Which::All,
        };
        query::soql(pass.object, fields, which)
    }

    /// Deleted and merged rows tell what to remove; an empty workspace has nothing to remove.
    fn wants_deleted(&self) -> bool {
        self.kind != RunKind::First
    }

    /// Whether the rows that are stored and don't come are to be removed after this pass.
    pub fn sweeps(&self) -> bool {
        (self.kind != RunKind::First || self.remains) && self.pass().is_some_and(|pass| pass.scope == Scope::All)
    }

    /// Whether it is noted which rows come: a first run may have to begin a pass again, and must sweep then.
    pub fn notes_present(&self) -> bool {
        self.kind == RunKind::First || self.sweeps()
    }

    /// Whether the present pass was refused after rows of it had come; those are being removed.
    pub fn is_left_out(&self) -> bool {
        self.remains && self.object().is_some_and(|object| self.left_out.iter().any(|(left, _)| *left == object))
    }

    /// Takes the counts, or goes without: from now on it is known what to read, and up to when by Salesforce's own clock.
    pub fn plan(&mut self, now: Timestamp, reply: &Reply, known: &[Known], retries: &[Object], limits: &Limits) {
        let counts = query::counts(reply, Object::ALL.len()).unwrap_or_default();
        let until = reply.header("date").and_then(moment::of_http).unwrap_or(now);
        self.until = Some(until);
        self.passes = plan::passes(self.kind, until, known, &counts, retries, limits);
        self.begin_pass(now);
    }

    /// The layout for the described fields is known. If it isn't the one of earlier runs, all rows are read: those that
    /// don't change would never get a new field, nor lose one that may no longer be seen. `stored` is how many rows there are.
    pub fn described(&mut self, now: Timestamp, layout: u16, is_new: bool, stored: u64, limits: &Limits) {
        let Some(object) = self.object() else { return };
        self.layouts.retain(|(known, _)| *known != object);
        self.layouts.push((object, layout));
        if let Some(pass) = self.passes.get_mut(self.at)
            && let (true, Scope::Since(_)) = (is_new, pass.scope)
        {
            (pass.scope, pass.expected, pass.job) = (Scope::All, Some(stored), None);
            pass.path = plan::path(pass.scope, pass.expected, limits);
        }
        self.begin_pass(now);
    }

    /// Rows of the open page were stored.
    pub fn flushed(&mut self, counts: &Counts) {
        if let Phase::Page { flushed, .. } = &mut self.phase {
            *flushed += counts.received;
        }
        if let Some(object) = self.object() {
            let tally = self.tally(object);
            tally.received += counts.received;
            tally.stored += counts.stored;
            tally.removed += counts.removed;
            tally.rejected += counts.rejected;
            tally.unchanged += counts.received - counts.stored - counts.removed - counts.rejected;
        }
    }

    /// A page is in, whole. `total` is what a REST query says to have in all; `retried` is the last row named, if more are to be.
    pub fn page_done(&mut self, now: Timestamp, next: Next, total: Option<u64>, retried: Option<RecordId>) {
        self.api_calls += 1;
        self.pages += 1;
        let (Phase::Page { source, .. }, Some(object)) = (self.phase.clone(), self.object()) else { return };
        if let Some(total) = total {
            self.announce(object, total);
        }
        match (next, source) {
            (Next::Page(locator), Source::Job { job, .. }) => {
                self.go(now, Phase::Page { source: Source::Job { job, locator: Some(locator) }, flushed: 0 });
            }
            (Next::Page(address), Source::Query { .. }) => self.go(now, Phase::Page { source: Source::Query { next: Some(address) }, flushed: 0 }),
            (Next::End, source) => {
                let tally = self.tally(object);
                if tally.announced != Some(tally.received) {
                    return self.again(now);
                }
                match source {
                    // An increment's few rows aren't worth the call: Salesforce deletes them by itself after a week.
                    Source::Job { job, .. } if self.kind != RunKind::Increment => self.go(now, Phase::Delete { job }),
                    Source::Job { .. } => self.rows_read(now),
                    Source::Query { .. } if retried.is_some() => {
                        self.retried = retried;
                        self.note_counts();
                        self.go(now, Phase::Page { source: Source::Query { next: None }, flushed: 0 });
                    }
                    Source::Query { .. } => self.rows_read(now),
                }
            }
        }
    }

    /// A page was cut, short, or didn't say what follows: fetch it again. Its stored rows stay.
    pub fn page_failed(&mut self, now: Timestamp) {
        self.api_calls += 1;
        if self.attempt + 1 >= TRIES {
            self.stop(now, ProblemKind::CountsDontAddUp);
        } else {
            self.retry(now);
        }
    }

    /// Some rows that didn't come were removed, up to this id; none when that was all.
    pub fn swept(&mut self, now: Timestamp, removed: u64, after: Option<RecordId>) {
        if let Some(object) = self.object() {
            self.tally(object).swept += removed;
        }
        match after {
            Some(after) => self.go(now, Phase::Sweep { after: Some(after) }),
            None if self.is_left_out() => self.forget_pass(now),
            None => self.pass_done(now),
        }
    }

    /// Where the next windows begin, less the overlap. Of two clocks one may run ahead, Salesforce's as a proxy tells it or ours: the
    /// earlier one leaves nothing out.
    pub fn cursor(&self) -> Option<Timestamp> {
        self.until.map(|until| until.min(self.started))
    }

    /// A part of the index is built.
    pub fn indexed(&mut self, now: Timestamp, bits: u32) {
        if let Phase::Index { part, .. } = self.phase {
            if part + 1 < PARTS {
                self.go(now, Phase::Index { part: part + 1, bits: Some(bits) });
            } else {
                self.done(now);
            }
        }
    }

    /// For screens.
    pub fn report(&self) -> RunReport {
        let state = match self.phase {
            Phase::Done => RunState::Done,
            Phase::Stopped => RunState::Stopped,
            Phase::Index { .. } => RunState::Indexing,
            _ => RunState::Reading,
        };
        RunReport {
            number: self.number,
            kind: self.kind,
            started: self.started,
            ended: self.ended,
            state,
            object: self.object().filter(|_| state == RunState::Reading),
            problem: self.problem.map(Problem::of),
            left_out: self.left_out.clone(),
            api_calls: self.api_calls,
            expected: self.passes.iter().map(|pass| pass.expected).sum(),
            tallies: self.tallies.clone(),
        }
    }

    pub(super) fn tally(&mut self, object: Object) -> &mut Tally {
        let place = Object::ALL.iter().position(|known| *known == object).expect("all objects have a tally");
        &mut self.tallies[place]
    }

    pub(super) fn go(&mut self, now: Timestamp, phase: Phase) {
        (self.phase, self.attempt, self.due, self.problem) = (phase, 0, now, None);
    }

    pub(super) fn go_rest(&mut self, now: Timestamp) {
        if let Some(pass) = self.passes.get_mut(self.at) {
            pass.path = Path::Rest;
        }
        self.begin_pass(now);
    }

    /// All rows of the pass are in.
    pub(super) fn rows_read(&mut self, now: Timestamp) {
        if self.sweeps() { self.go(now, Phase::Sweep { after: None }) } else { self.pass_done(now) }
    }

    fn pass_done(&mut self, now: Timestamp) {
        if let Some(object) = self.object() {
            self.tally(object).done = true;
        }
        self.next_pass(now);
    }

    fn next_pass(&mut self, now: Timestamp) {
        self.at += 1;
        (self.restarts, self.retried, self.remains) = (0, None, false);
        self.begin_pass(now);
    }

    /// Begins the pass it is at; counts of the object go on from where they were.
    pub(super) fn begin_pass(&mut self, now: Timestamp) {
        let Some(pass) = self.pass().cloned() else {
            return if self.until.is_none() {
                self.go(now, Phase::Count);
            } else if self.prepares {
                (self.prepares, self.at) = (false, 0);
                let waits = self.kind != RunKind::First && self.passes.iter().any(|pass| pass.job.is_some());
                self.begin_pass(now);
                // Nobody waits for an increment: asked a little later, jobs are done at the first call.
                if waits {
                    self.due = self.due.max(now.plus_seconds(JOB_SECONDS));
                }
            } else if self.kind == RunKind::First {
                self.go(now, Phase::Index { part: 0, bits: None });
            } else {
                self.done(now);
            };
        };
        self.pages_before = self.pages;
        self.note_counts();
        let is_empty = pass.expected == Some(0) && matches!(pass.scope, Scope::Since(_));
        match (self.layout(), pass.path, pass.job) {
            (None, _, _) => self.go(now, Phase::Describe),
            (Some(_), Path::Bulk, None) if !is_empty => self.go(now, Phase::Create),
            _ if self.prepares => self.next_pass(now),
            _ if is_empty => {
                self.tally(pass.object).announced.get_or_insert(0);
                self.pass_done(now);
            }
            (Some(_), Path::Bulk, Some(job)) => self.go(now, Phase::Poll { job }),
            (Some(_), _, _) => self.go(now, Phase::Page { source: Source::Query { next: None }, flushed: 0 }),
        }
    }

    fn note_counts(&mut self) {
        self.before = self.object().map(|object| self.tally(object).clone());
    }

    /// Salesforce says how many rows the present pass has.
    pub(super) fn announce(&mut self, object: Object, rows: u64) {
        let before = self.before.as_ref().map_or(0, |before| before.received);
        self.tally(object).announced = Some(before + rows);
    }

    pub(super) fn describe_again(&mut self, now: Timestamp) {
        if let Some(object) = self.object() {
            self.layouts.retain(|(known, _)| *known != object);
        }
        self.again(now);
    }

    /// The pass is read from its start, and its counts begin again.
    pub(super) fn again(&mut self, now: Timestamp) {
        self.restarts += 1;
        let Some(object) = self.object().filter(|_| self.restarts < TRIES) else {
            return self.stop(now, ProblemKind::CountsDontAddUp);
        };
        self.take_back(object);
        self.begin_pass(now);
        self.due = now.plus_millis(500 * 2_i64.pow(self.restarts));
    }

    /// Counts and pages go back to where the pass began; its job is forgotten.
    fn take_back(&mut self, object: Object) {
        let before = self.before.clone().unwrap_or_else(|| Tally::of(object));
        self.remains |= self.kind == RunKind::First && self.tally(object).received > before.received;
        *self.tally(object) = before;
        self.pages = self.pages_before;
        if let Some(pass) = self.passes.get_mut(self.at) {
            pass.job = None;
        }
    }

    pub(super) fn leave_out(&mut self, now: Timestamp, code: String) {
        if let Some(object) = self.object() {
            self.left_out.push((object, code));
            if self.kind == RunKind::First {
                self.take_back(object);
            }
            if self.remains {
                return self.go(now, Phase::Sweep { after: None });
            }
        }
        self.forget_pass(now);
    }

    fn forget_pass(&mut self, now: Timestamp) {
        if self.at < self.passes.len() {
            self.passes.remove(self.at);
            (self.restarts, self.retried, self.remains) = (0, None, false);
        }
        self.begin_pass(now);
    }

    pub(super) fn retry(&mut self, now: Timestamp) {
        self.attempt += 1;
        self.problem = Some(ProblemKind::SalesforceUnavailable);
        self.due = now.plus_millis((250 * 2_i64.pow(self.attempt.min(8))).min(60_000));
    }

    fn done(&mut self, now: Timestamp) {
        self.go(now, Phase::Done);
        self.ended = Some(now);
    }

    pub(super) fn stop(&mut self, now: Timestamp, problem: ProblemKind) {
        (self.phase, self.problem, self.ended) = (Phase::Stopped, Some(problem), Some(now));
    }
}

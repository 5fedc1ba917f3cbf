//! The run: one pass after the other (spec 10–12). What is still to do can always be read back from the saved state,
//! so a killed step is simply asked again.
//!
//! ```text
//! Count ─▶ for each pass:  Describe ─┬▶ Create ─▶ Poll ─▶ Page ─▶ … ─▶ Delete ─┬▶ Sweep ─▶ …   then Index ×64 ─▶ Done
//!                    (if not cached) └▶ Page ─▶ Page ─▶ …  (REST)               ┘ (all rows)       (first run)
//! ```

use super::plan::{self, Known, Pass, Path, Scope};
use crate::api::{Problem, ProblemKind, RunKind, RunReport, RunState, Tally};
use crate::model::id::RecordId;
use crate::model::object::Object;
use crate::model::time::Timestamp;
use crate::salesforce::bulk::{self, Job, Next};
use crate::salesforce::describe::{self, Selection};
use crate::salesforce::error::{Treatment, treat};
use crate::salesforce::http::{NoReply, Reply, Request};
use crate::salesforce::oauth::Tokens;
use crate::salesforce::query::{self, Which};
use crate::salesforce::{API_VERSION, Api, moment};
use crate::store::posting::PARTS;
use serde::{Deserialize, Serialize};

/// Tries of one page or job before the run stops and says so.
const TRIES: u32 = 8;
/// Rows that are worth reading over REST when the day's Bulk jobs are spent.
const REST_INSTEAD: u64 = 50_000;

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
    /// Why it waits or stopped.
    pub problem: Option<ProblemKind>,
    /// Objects that Salesforce refused in this run, with its code; their rows stay as they were.
    pub left_out: Vec<(Object, String)>,
}

/// Where a run is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are what the phase needs to be asked again: job id, locator")]
pub enum Phase {
    /// How much is there to read?
    Count,
    /// Which fields may we see?
    Describe,
    /// Make a query job.
    Create,
    /// Wait for the job.
    Poll { job: String },
    /// Read a page; the first `flushed` rows of it are stored already.
    Page { source: Source, flushed: u64 },
    /// Remove the job.
    Delete { job: String },
    /// Remove what is stored and didn't come, up to this id so far.
    Sweep { after: Option<RecordId> },
    /// Build the index, part by part.
    Index { part: u8, bits: Option<u32> },
    /// All counts add up.
    Done,
    /// Waits for a person.
    Stopped,
}

/// Where a page comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "job id and locator, or the address of the next rows")]
pub enum Source {
    /// A Bulk job's results: the same page is the same rows, however often it is read.
    Job { job: String, locator: Option<String> },
    /// A REST query: asked again from its start, it may give other rows.
    Query { next: Option<String> },
}

/// What a run wants next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// A request with a small reply.
    Fetch(Request),
    /// A page of results, to be streamed.
    Stream(Request),
    /// Remove what didn't come.
    Sweep,
    /// Build a part of the index.
    Index,
    /// Nothing: it has ended.
    Nothing,
}

/// What a reply asks of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// Nothing more.
    Went,
    /// A new access token is needed first.
    Refresh,
    /// A layout for these fields.
    Described(Selection),
    /// The counts came, or never will: plan.
    Counted,
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
                *self.tally(object) = self.before.clone().unwrap_or_else(|| Tally::of(object));
                self.pages = self.pages_before;
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
        self.kind != RunKind::First && self.pass().is_some_and(|pass| pass.scope == Scope::All)
    }

    /// Takes the counts, or goes without: from now on it is known what to read, and up to when by Salesforce's own clock.
    pub fn plan(&mut self, now: Timestamp, reply: &Reply, known: &[Known], retries: &[Object]) {
        let counts = query::counts(reply, Object::ALL.len()).unwrap_or_default();
        self.until = Some(reply.header("date").and_then(moment::of_http).unwrap_or(now));
        self.passes = plan::passes(self.kind, known, &counts, retries);
        self.begin_pass(now);
    }

    /// Takes a small reply, or a page that was refused. Counts are taken by [`Run::plan`].
    pub fn take(&mut self, now: Timestamp, reply: &Result<Reply, NoReply>) -> Taken {
        if !self.is_active() {
            return Taken::Went;
        }
        self.api_calls += 1;
        let Ok(reply) = reply else {
            self.retry(now);
            return Taken::Went;
        };
        // Deleting is a courtesy: whatever the answer, go on.
        if matches!(self.phase, Phase::Delete { .. }) {
            if treat(reply) == Treatment::Refresh && !reply.is_success() {
                return Taken::Refresh;
            }
            self.rows_read(now);
            return Taken::Went;
        }
        if reply.is_success() { self.take_success(now, reply) } else { self.take_failure(now, reply) }
    }

    fn take_success(&mut self, now: Timestamp, reply: &Reply) -> Taken {
        match (self.phase.clone(), self.object()) {
            (Phase::Count, _) => return Taken::Counted,
            (Phase::Describe, Some(object)) => match describe::selection(reply, object) {
                Some(selection) => return Taken::Described(selection),
                None => self.retry(now),
            },
            (Phase::Create, _) => match bulk::created(reply) {
                Some(job) => self.go(now, Phase::Poll { job }),
                None => self.retry(now),
            },
            (Phase::Poll { job }, Some(object)) => match bulk::job(reply) {
                Some(Job::Complete(rows)) => {
                    self.announce(object, rows);
                    self.go(now, Phase::Page { source: Source::Job { job, locator: None }, flushed: 0 });
                }
                Some(Job::Working) => {
                    self.attempt = (self.attempt + 1).min(20);
                    self.due = now.plus_millis((250 * 2_i64.pow(self.attempt.min(7))).min(30_000));
                }
                Some(Job::Failed) => self.again(now),
                None => self.retry(now),
            },
            _ => self.retry(now),
        }
        Taken::Went
    }

    fn take_failure(&mut self, now: Timestamp, reply: &Reply) -> Taken {
        match (treat(reply), &self.phase) {
            (Treatment::Refresh, _) => return Taken::Refresh,
            (Treatment::Retry, _) => self.retry(now),
            // The day's Bulk jobs are spent, the API calls are not: little is read over REST.
            (Treatment::WaitForBulk, Phase::Create) if self.pass().is_some_and(|pass| pass.expected.is_some_and(|rows| rows <= REST_INSTEAD)) => {
                self.go_rest(now);
            }
            (Treatment::WaitForBudget | Treatment::WaitForBulk, _) => {
                self.problem = Some(ProblemKind::ApiBudgetSpent);
                self.due = now.plus_seconds(15 * 60);
            }
            (Treatment::GiveUp(code), _) if code == "API_DISABLED_FOR_ORG" => self.stop(now, ProblemKind::ApiDisabled),
            // Counts are an estimate: without them, sizes are guessed.
            (_, Phase::Count) => return Taken::Counted,
            (Treatment::Describe, _) => self.describe_again(now),
            // The user may not see the object at all: leave it out and say so; other objects go on.
            (Treatment::Gone, Phase::Describe) => self.leave_out(now, "NOT_FOUND".to_owned()),
            (Treatment::Gone, _) => self.again(now),
            // What Bulk refuses, REST may give; what both refuse is left out of this run.
            (Treatment::GiveUp(_), Phase::Create) => self.go_rest(now),
            (Treatment::GiveUp(code), _) => self.leave_out(now, code),
        }
        Taken::Went
    }

    /// The layout for the described fields is known. If it isn't the one of earlier runs, all rows are read: those that
    /// don't change would never get a new field, nor lose one that may no longer be seen. `stored` is how many rows there are.
    pub fn described(&mut self, now: Timestamp, layout: u16, is_new: bool, stored: u64) {
        let Some(object) = self.object() else { return };
        self.layouts.retain(|(known, _)| *known != object);
        self.layouts.push((object, layout));
        if let Some(pass) = self.passes.get_mut(self.at)
            && let (true, Scope::Since(_)) = (is_new, pass.scope)
        {
            (pass.scope, pass.expected) = (Scope::All, Some(stored));
            pass.path = plan::path(pass.scope, pass.expected);
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
                    Source::Job { job, .. } => self.go(now, Phase::Delete { job }),
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
            None => self.pass_done(now),
        }
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

    fn tally(&mut self, object: Object) -> &mut Tally {
        let place = Object::ALL.iter().position(|known| *known == object).expect("all objects have a tally");
        &mut self.tallies[place]
    }

    fn go(&mut self, now: Timestamp, phase: Phase) {
        (self.phase, self.attempt, self.due, self.problem) = (phase, 0, now, None);
    }

    fn go_rest(&mut self, now: Timestamp) {
        if let Some(pass) = self.passes.get_mut(self.at) {
            pass.path = Path::Rest;
        }
        self.begin_pass(now);
    }

    /// All rows of the pass are in.
    fn rows_read(&mut self, now: Timestamp) {
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
        (self.restarts, self.retried) = (0, None);
        self.begin_pass(now);
    }

    /// Begins the pass it is at; counts of the object go on from where they were.
    fn begin_pass(&mut self, now: Timestamp) {
        let Some(pass) = self.pass().cloned() else {
            return if self.passes.is_empty() {
                self.go(now, Phase::Count);
            } else if self.kind == RunKind::First {
                self.go(now, Phase::Index { part: 0, bits: None });
            } else {
                self.done(now);
            };
        };
        self.pages_before = self.pages;
        self.note_counts();
        if let (Some(0), Scope::Since(_)) = (pass.expected, pass.scope) {
            self.tally(pass.object).announced.get_or_insert(0);
            return self.pass_done(now);
        }
        let phase = match (self.layout(), pass.path) {
            (None, _) => Phase::Describe,
            (Some(_), Path::Bulk) => Phase::Create,
            (Some(_), Path::Rest) => Phase::Page { source: Source::Query { next: None }, flushed: 0 },
        };
        self.go(now, phase);
    }

    fn note_counts(&mut self) {
        self.before = self.object().map(|object| self.tally(object).clone());
    }

    /// Salesforce says how many rows the present pass has.
    fn announce(&mut self, object: Object, rows: u64) {
        let before = self.before.as_ref().map_or(0, |before| before.received);
        self.tally(object).announced = Some(before + rows);
    }

    fn describe_again(&mut self, now: Timestamp) {
        if let Some(object) = self.object() {
            self.layouts.retain(|(known, _)| *known != object);
        }
        self.again(now);
    }

    /// The pass is read from its start, and its counts begin again.
    fn again(&mut self, now: Timestamp) {
        self.restarts += 1;
        let Some(object) = self.object().filter(|_| self.restarts < TRIES) else {
            return self.stop(now, ProblemKind::CountsDontAddUp);
        };
        *self.tally(object) = self.before.clone().unwrap_or_else(|| Tally::of(object));
        self.pages = self.pages_before;
        self.begin_pass(now);
        self.due = now.plus_millis(500 * 2_i64.pow(self.restarts));
    }

    fn leave_out(&mut self, now: Timestamp, code: String) {
        if let Some(object) = self.object() {
            self.left_out.push((object, code));
        }
        self.next_pass(now);
    }

    fn retry(&mut self, now: Timestamp) {
        self.attempt += 1;
        self.problem = Some(ProblemKind::SalesforceUnavailable);
        self.due = now.plus_millis((250 * 2_i64.pow(self.attempt.min(8))).min(60_000));
    }

    fn done(&mut self, now: Timestamp) {
        self.go(now, Phase::Done);
        self.ended = Some(now);
    }

    fn stop(&mut self, now: Timestamp, problem: ProblemKind) {
        (self.phase, self.problem, self.ended) = (Phase::Stopped, Some(problem), Some(now));
    }
}

/// What became of some rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows that arrived.
    pub received: u64,
    /// New or changed rows.
    pub stored: u64,
    /// Rows that told of a deletion, and were stored.
    pub removed: u64,
    /// Rows that can't be read.
    pub rejected: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.received += more.received;
        self.stored += more.stored;
        self.removed += more.removed;
        self.rejected += more.rejected;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[allow(clippy::unnecessary_wraps, reason = "what the shell brings back")]
    fn ok(body: &str) -> Result<Reply, NoReply> {
        Ok(Reply { status: 200, headers: Vec::new(), body: body.into() })
    }

    fn refused(status: u16, code: &str) -> Result<Reply, NoReply> {
        let body = format!(r#"[{{"message":"x","errorCode":"{code}"}}]"#);
        Ok(Reply { status, headers: Vec::new(), body: body.into() })
    }

    fn at(phase: Phase) -> Run {
        let pass = Pass { object: Object::Lead, scope: Scope::All, path: Path::Bulk, expected: Some(3_000) };
        Run { phase, passes: vec![pass], layouts: vec![(Object::Lead, 1)], ..Run::new(1, RunKind::First, Timestamp(0), &[]) }
    }

    fn poll() -> Run {
        at(Phase::Poll { job: "750".into() })
    }

    #[test]
    fn a_failed_job_is_made_again_and_counts_begin_again() {
        let mut run = poll();
        run.tally(Object::Lead).received = 9;
        run.take(Timestamp(0), &ok(r#"{"id":"750","state":"Failed"}"#));
        assert_eq!((run.tally(Object::Lead).received, run.phase), (0, Phase::Create));
    }

    #[test]
    fn a_job_that_always_fails_ends_the_run_with_words() {
        let mut run = at(Phase::Create);
        for _ in 0..40 {
            run.take(Timestamp(0), &ok(r#"{"id":"750"}"#));
            run.take(Timestamp(0), &ok(r#"{"id":"750","state":"Failed"}"#));
        }
        assert_eq!((run.is_active(), run.problem), (false, Some(ProblemKind::CountsDontAddUp)));
        run.resume(Timestamp(9));
        assert_eq!((&run.phase, run.is_active()), (&Phase::Describe, true));
    }

    #[test]
    fn no_reply_is_not_a_failure() {
        let mut run = at(Phase::Create);
        run.take(Timestamp(0), &Err(NoReply));
        assert_eq!(run.phase, Phase::Create);
        assert!(run.due > Timestamp(0));
    }

    #[test]
    fn a_spent_budget_keeps_the_place() {
        let mut run = poll();
        run.take(Timestamp(0), &refused(403, "REQUEST_LIMIT_EXCEEDED"));
        assert_eq!((run.problem, &run.phase), (Some(ProblemKind::ApiBudgetSpent), &poll().phase));
    }

    #[test]
    fn what_bulk_refuses_is_asked_over_rest_and_what_rest_refuses_is_left_out() {
        let mut run = at(Phase::Create);
        run.take(Timestamp(0), &refused(400, "INVALIDENTITY"));
        assert_eq!(run.phase, Phase::Page { source: Source::Query { next: None }, flushed: 0 });
        run.take(Timestamp(0), &refused(400, "INVALID_TYPE"));
        assert_eq!((run.left_out.len(), &run.phase), (1, &Phase::Index { part: 0, bits: None }));
        assert!(!run.tallies[4].done, "it wasn't read");
    }

    #[test]
    fn spent_bulk_jobs_wait_unless_there_is_little_to_read() {
        let mut run = at(Phase::Create);
        run.take(Timestamp(0), &refused(400, "LIMIT_EXCEEDED"));
        assert!(matches!(run.phase, Phase::Page { .. }));
        let mut run = at(Phase::Create);
        run.passes[0].expected = Some(900_000);
        run.take(Timestamp(0), &refused(400, "LIMIT_EXCEEDED"));
        assert_eq!((&run.phase, run.problem), (&Phase::Create, Some(ProblemKind::ApiBudgetSpent)));
    }

    #[test]
    fn another_field_means_that_all_rows_are_read() {
        let mut run = at(Phase::Describe);
        run.kind = RunKind::Increment;
        run.passes[0].scope = Scope::Since(Timestamp(5));
        let mut same = run.clone();
        same.described(Timestamp(0), 1, false, 40);
        assert_eq!(same.passes[0].scope, Scope::Since(Timestamp(5)));
        run.described(Timestamp(0), 2, true, 40);
        assert_eq!((run.passes[0].scope, run.passes[0].path, run.layout(), run.sweeps()), (Scope::All, Path::Rest, Some(2), true));
    }

    #[test]
    fn an_object_without_changes_costs_no_call() {
        let mut run = at(Phase::Count);
        run.kind = RunKind::Increment;
        (run.passes[0].scope, run.passes[0].expected) = (Scope::Since(Timestamp(5)), Some(0));
        run.begin_pass(Timestamp(0));
        assert_eq!((&run.phase, run.api_calls, run.tallies[4].done), (&Phase::Done, 0, true));
    }

    #[test]
    fn the_last_page_must_make_the_counts_add_up() {
        let mut run = at(Phase::Page { source: Source::Job { job: "750".into(), locator: None }, flushed: 0 });
        run.tally(Object::Lead).announced = Some(3);
        run.flushed(&Counts { received: 2, stored: 1, removed: 0, rejected: 1 });
        let mut short = run.clone();
        short.page_done(Timestamp(0), Next::End, None, None);
        assert_eq!(short.phase, Phase::Create);
        run.flushed(&Counts { received: 1, ..Counts::default() });
        run.page_done(Timestamp(0), Next::End, None, None);
        assert_eq!(run.phase, Phase::Delete { job: "750".into() });
        let tally = run.tally(Object::Lead).clone();
        assert_eq!(tally.received, tally.stored + tally.unchanged + tally.removed + tally.rejected);
    }
}

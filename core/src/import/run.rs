//! The run: one pass of all objects (spec 10, 12). What is still to do can always be read back from the saved state,
//! so a killed step is simply asked again.
//!
//! ```text
//! for each object: Describe ─▶ Create ─▶ Poll ─▶ Page ─▶ … ─▶ Page ─▶ Delete      then Index ×64 ─▶ Done
//! ```

use crate::api::{Problem, ProblemKind, RunReport, RunState, Tally};
use crate::model::object::Object;
use crate::model::time::Timestamp;
use crate::salesforce::bulk::{self, Job, Next};
use crate::salesforce::describe::{self, Selection};
use crate::salesforce::error::{Treatment, treat};
use crate::salesforce::http::{NoReply, Reply, Request};
use crate::salesforce::oauth::Tokens;
use crate::store::posting::PARTS;
use serde::{Deserialize, Serialize};

/// Tries of one page or job before the run stops and says so.
const TRIES: u32 = 8;

/// A run's saved state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Version of this saved form.
    pub version: u8,
    /// Counts runs of the workspace from 1; also the generation of the index it builds.
    pub number: u32,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Where it is.
    pub phase: Phase,
    /// Counts by object.
    pub tallies: Vec<Tally>,
    /// Failures in a row of the present step.
    pub attempt: u32,
    /// How often the present object was begun again.
    #[serde(default)]
    pub restarts: u32,
    /// Not before this moment.
    pub due: Timestamp,
    /// Requests sent to Salesforce.
    pub api_calls: u32,
    /// Pages stored, of all objects.
    pub pages: u32,
    /// Why it waits or stopped.
    pub problem: Option<ProblemKind>,
    /// Fields the connected user may not see.
    pub hidden: Vec<(Object, Vec<String>)>,
}

/// Where a run is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are what the phase needs to be asked again: object, layout number, job id, locator")]
pub enum Phase {
    /// Which fields may we see?
    Describe { object: Object },
    /// Make a query job.
    Create { object: Object, layout: u16 },
    /// Wait for the job.
    Poll { object: Object, layout: u16, job: String },
    /// Read a page; the first `flushed` rows of it are stored already.
    Page { object: Object, layout: u16, job: String, locator: Option<String>, flushed: u64 },
    /// Remove the job.
    Delete { object: Object, job: String },
    /// Build the index, part by part.
    Index { part: u8, bits: Option<u32> },
    /// All counts add up.
    Done,
    /// Waits for a person; keeps the object to begin again with.
    Stopped { object: Object },
}

/// What a run wants next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// A request with a small reply.
    Fetch(Request),
    /// A page of results, to be streamed.
    Stream(Request),
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
}

impl Run {
    /// A full run.
    pub fn full(number: u32, now: Timestamp) -> Self {
        let tallies = Object::ALL.map(|object| Tally { object, announced: None, received: 0, stored: 0, unchanged: 0, rejected: 0, done: false });
        Self {
            version: 1,
            number,
            started: now,
            ended: None,
            phase: Phase::Describe { object: Object::ALL[0] },
            tallies: tallies.to_vec(),
            attempt: 0,
            restarts: 0,
            due: now,
            api_calls: 0,
            pages: 0,
            problem: None,
            hidden: Vec::new(),
        }
    }

    /// Whether there is something left to do without a person.
    pub fn is_active(&self) -> bool {
        !matches!(self.phase, Phase::Done | Phase::Stopped { .. })
    }

    /// Lets a stopped run go on with the object it stopped at.
    pub fn resume(&mut self, now: Timestamp) {
        if let Phase::Stopped { object } = self.phase {
            self.begin(object);
            (self.ended, self.problem, self.due, self.attempt) = (None, None, now, 0);
        }
    }

    /// What to ask for now. `fields` are those of the phase's layout.
    pub fn ask(&self, tokens: &Tokens, fields: &[String]) -> Ask {
        match &self.phase {
            Phase::Describe { object } => Ask::Fetch(describe::request(tokens, *object)),
            Phase::Create { object, .. } => Ask::Fetch(bulk::create(tokens, *object, fields)),
            Phase::Poll { job, .. } => Ask::Fetch(bulk::poll(tokens, job)),
            Phase::Page { job, locator, .. } => Ask::Stream(bulk::results(tokens, job, locator.as_deref())),
            Phase::Delete { job, .. } => Ask::Fetch(bulk::delete(tokens, job)),
            Phase::Index { .. } => Ask::Index,
            Phase::Done | Phase::Stopped { .. } => Ask::Nothing,
        }
    }

    /// Takes a small reply, or a page that was refused.
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
        if let Phase::Delete { object, .. } = self.phase {
            if treat(reply) == Treatment::Refresh && !reply.is_success() {
                return Taken::Refresh;
            }
            self.next_object(object);
            return Taken::Went;
        }
        if reply.is_success() { self.take_success(now, reply) } else { self.take_failure(now, reply) }
    }

    fn take_success(&mut self, now: Timestamp, reply: &Reply) -> Taken {
        match self.phase.clone() {
            Phase::Describe { object } => {
                let Some(selection) = describe::selection(reply, object) else {
                    self.retry(now);
                    return Taken::Went;
                };
                self.hidden.retain(|(known, _)| *known != object);
                if !selection.hidden.is_empty() {
                    self.hidden.push((object, selection.hidden.clone()));
                }
                return Taken::Described(selection);
            }
            Phase::Create { object, layout } => match bulk::created(reply) {
                Some(job) => self.go(now, Phase::Poll { object, layout, job }),
                None => self.retry(now),
            },
            Phase::Poll { object, layout, job } => match bulk::job(reply) {
                Some(Job::Complete(rows)) => {
                    self.tally(object).announced = Some(rows);
                    self.go(now, Phase::Page { object, layout, job, locator: None, flushed: 0 });
                }
                Some(Job::Working) => {
                    self.attempt = (self.attempt + 1).min(20);
                    self.due = now.plus_millis((100 * 2_i64.pow(self.attempt.min(7))).min(10_000));
                }
                Some(Job::Failed) => self.again(now, object, Phase::Create { object, layout }),
                None => self.retry(now),
            },
            Phase::Page { .. } | Phase::Delete { .. } | Phase::Index { .. } | Phase::Done | Phase::Stopped { .. } => self.retry(now),
        }
        Taken::Went
    }

    fn take_failure(&mut self, now: Timestamp, reply: &Reply) -> Taken {
        let Some(object) = self.object() else { return Taken::Went };
        match treat(reply) {
            Treatment::Refresh => return Taken::Refresh,
            Treatment::Retry => self.retry(now),
            Treatment::WaitForBudget => {
                self.problem = Some(ProblemKind::ApiBudgetSpent);
                self.due = now.plus_seconds(15 * 60);
            }
            Treatment::Describe => self.again(now, object, Phase::Describe { object }),
            // The user may not see the object at all: leave it out and say so; other objects go on.
            Treatment::Gone if matches!(self.phase, Phase::Describe { .. }) => {
                self.hidden.push((object, object.fields().iter().map(|&field| field.to_owned()).collect()));
                self.next_object(object);
            }
            Treatment::Gone => self.again(now, object, Phase::Describe { object }),
            Treatment::GiveUp(code) => self.stop(now, if code == "API_DISABLED_FOR_ORG" { ProblemKind::ApiDisabled } else { ProblemKind::SalesforceRefused }),
        }
        Taken::Went
    }

    /// The layout for the described fields is known.
    pub fn described(&mut self, now: Timestamp, object: Object, layout: u16) {
        self.go(now, Phase::Create { object, layout });
    }

    /// Rows of the open page were stored.
    pub fn flushed(&mut self, rows: u64, stored: u64, rejected: u64) {
        if let Phase::Page { object, flushed, .. } = &mut self.phase {
            *flushed += rows;
            let object = *object;
            let tally = self.tally(object);
            tally.received += rows;
            tally.stored += stored;
            tally.rejected += rejected;
            tally.unchanged += rows - stored - rejected;
        }
    }

    /// A page is in, whole.
    pub fn page_done(&mut self, now: Timestamp, next: Next) {
        self.api_calls += 1;
        self.pages += 1;
        let Phase::Page { object, layout, job, .. } = self.phase.clone() else { return };
        match next {
            Next::Page(locator) => self.go(now, Phase::Page { object, layout, job, locator: Some(locator), flushed: 0 }),
            Next::End => {
                let tally = self.tally(object);
                if tally.announced == Some(tally.received) {
                    tally.done = true;
                    self.go(now, Phase::Delete { object, job });
                } else {
                    self.again(now, object, Phase::Create { object, layout });
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

    /// A part of the index is built.
    pub fn indexed(&mut self, now: Timestamp, bits: u32) {
        if let Phase::Index { part, .. } = self.phase {
            let next = if part + 1 < PARTS { Phase::Index { part: part + 1, bits: Some(bits) } } else { Phase::Done };
            if next == Phase::Done {
                self.ended = Some(now);
            }
            self.go(now, next);
        }
    }

    /// The object being read.
    pub fn object(&self) -> Option<Object> {
        match &self.phase {
            Phase::Describe { object }
            | Phase::Create { object, .. }
            | Phase::Poll { object, .. }
            | Phase::Page { object, .. }
            | Phase::Delete { object, .. }
            | Phase::Stopped { object } => Some(*object),
            Phase::Index { .. } | Phase::Done => None,
        }
    }

    /// The layout of the rows being read.
    pub fn layout(&self) -> Option<u16> {
        match &self.phase {
            Phase::Create { layout, .. } | Phase::Poll { layout, .. } | Phase::Page { layout, .. } => Some(*layout),
            Phase::Describe { .. } | Phase::Delete { .. } | Phase::Index { .. } | Phase::Done | Phase::Stopped { .. } => None,
        }
    }

    /// For screens.
    pub fn report(&self) -> RunReport {
        let state = match self.phase {
            Phase::Done => RunState::Done,
            Phase::Stopped { .. } => RunState::Stopped,
            Phase::Index { .. } => RunState::Indexing,
            _ => RunState::Reading,
        };
        RunReport {
            number: self.number,
            started: self.started,
            ended: self.ended,
            state,
            object: self.object(),
            problem: self.problem.map(Problem::of),
            api_calls: self.api_calls,
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

    fn next_object(&mut self, object: Object) {
        let place = Object::ALL.iter().position(|known| *known == object).expect("all objects are in the order");
        (self.attempt, self.restarts) = (0, 0);
        self.phase = match Object::ALL.get(place + 1) {
            Some(object) => Phase::Describe { object: *object },
            None => Phase::Index { part: 0, bits: None },
        };
    }

    /// The object's rows are read from the start: counts begin again.
    fn again(&mut self, now: Timestamp, object: Object, phase: Phase) {
        self.restarts += 1;
        if self.restarts >= TRIES {
            return self.stop(now, ProblemKind::CountsDontAddUp);
        }
        let restarts = self.restarts;
        self.begin(object);
        (self.phase, self.restarts, self.attempt) = (phase, restarts, 0);
        self.due = now.plus_millis(500 * 2_i64.pow(restarts));
    }

    fn begin(&mut self, object: Object) {
        let tally = self.tally(object);
        *tally = Tally { object, announced: None, received: 0, stored: 0, unchanged: 0, rejected: 0, done: false };
        (self.phase, self.restarts) = (Phase::Describe { object }, 0);
    }

    fn retry(&mut self, now: Timestamp) {
        self.attempt += 1;
        self.problem = Some(ProblemKind::SalesforceUnavailable);
        self.due = now.plus_millis((250 * 2_i64.pow(self.attempt.min(8))).min(60_000));
    }

    fn stop(&mut self, now: Timestamp, problem: ProblemKind) {
        let object = self.object().unwrap_or(Object::ALL[0]);
        self.phase = Phase::Stopped { object };
        self.problem = Some(problem);
        self.ended = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[allow(clippy::unnecessary_wraps, reason = "what the shell brings back")]
    fn ok(body: &str) -> Result<Reply, NoReply> {
        Ok(Reply { status: 200, headers: Vec::new(), body: body.into() })
    }

    fn at(phase: Phase) -> Run {
        Run { phase, ..Run::full(1, Timestamp(0)) }
    }

    #[test]
    fn a_failed_job_is_made_again_and_counts_begin_again() {
        let mut run = at(Phase::Poll { object: Object::Lead, layout: 1, job: "750".into() });
        run.tally(Object::Lead).received = 9;
        run.take(Timestamp(0), &ok(r#"{"id":"750","state":"Failed"}"#));
        assert_eq!(run.phase, Phase::Create { object: Object::Lead, layout: 1 });
        assert_eq!(run.tally(Object::Lead).received, 0);
    }

    #[test]
    fn a_job_that_always_fails_ends_the_run_with_words() {
        let mut run = at(Phase::Create { object: Object::Lead, layout: 1 });
        for _ in 0..40 {
            run.take(Timestamp(0), &ok(r#"{"id":"750"}"#));
            run.take(Timestamp(0), &ok(r#"{"id":"750","state":"Failed"}"#));
        }
        assert_eq!((run.is_active(), run.problem), (false, Some(ProblemKind::CountsDontAddUp)));
    }

    #[test]
    fn no_reply_is_not_a_failure() {
        let mut run = at(Phase::Create { object: Object::Lead, layout: 1 });
        let before = run.phase.clone();
        run.take(Timestamp(0), &Err(NoReply));
        assert_eq!(run.phase, before);
        assert!(run.due > Timestamp(0));
    }

    #[test]
    fn a_spent_budget_keeps_the_place() {
        let mut run = at(Phase::Poll { object: Object::Lead, layout: 1, job: "750".into() });
        let body = r#"[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]"#;
        run.take(Timestamp(0), &Ok(Reply { status: 403, headers: Vec::new(), body: body.into() }));
        assert_eq!(run.problem, Some(ProblemKind::ApiBudgetSpent));
        assert!(run.is_active());
    }

    #[test]
    fn the_last_page_must_make_the_counts_add_up() {
        let page = Phase::Page { object: Object::Lead, layout: 1, job: "750".into(), locator: None, flushed: 0 };
        let mut run = at(page);
        run.tally(Object::Lead).announced = Some(3);
        run.flushed(2, 1, 1);
        let mut short = run.clone();
        short.page_done(Timestamp(0), Next::End);
        assert_eq!(short.phase, Phase::Create { object: Object::Lead, layout: 1 });
        run.flushed(1, 0, 0);
        run.page_done(Timestamp(0), Next::End);
        assert_eq!(run.phase, Phase::Delete { object: Object::Lead, job: "750".into() });
        let tally = run.tally(Object::Lead).clone();
        assert_eq!(tally.received, tally.stored + tally.unchanged + tally.rejected);
    }
}

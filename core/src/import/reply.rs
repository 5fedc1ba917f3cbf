//! What a run makes of replies: of each answer that Salesforce gives, or doesn't.

use super::phase::{Phase, Source, Taken};
use super::run::Run;
use crate::api::ProblemKind;
use crate::model::time::Timestamp;
use crate::salesforce::bulk::{self, Job};
use crate::salesforce::describe;
use crate::salesforce::error::{Treatment, treat};
use crate::salesforce::http::{NoReply, Reply};

/// Rows that are worth reading over REST when the day's Bulk jobs are spent.
const REST_INSTEAD: u64 = 50_000;

/// Polls of a job before it is made again: over an hour.
const POLLS: u32 = 150;

impl Run {
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
                Some(job) => {
                    if let Some(pass) = self.passes.get_mut(self.at) {
                        pass.job = Some(job);
                    }
                    self.begin_pass(now);
                }
                None => self.retry(now),
            },
            (Phase::Poll { job }, Some(object)) => match bulk::job(reply) {
                Some(Job::Complete(rows)) => {
                    self.announce(object, rows);
                    self.go(now, Phase::Page { source: Source::Job { job, locator: None }, flushed: 0 });
                }
                // Stuck.
                Some(Job::Working) if self.attempt >= POLLS => self.again(now),
                Some(Job::Working) => {
                    self.attempt += 1;
                    self.due = now.plus_millis((100 * 2_i64.pow(self.attempt.min(9))).min(30_000));
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::RunKind;
    use crate::import::phase::Counts;
    use crate::import::plan::{Limits, Pass, Path, Scope};
    use crate::model::object::Object;
    use crate::salesforce::bulk::Next;

    #[allow(clippy::unnecessary_wraps, reason = "what the shell brings back")]
    fn ok(body: &str) -> Result<Reply, NoReply> {
        Ok(Reply { status: 200, headers: Vec::new(), body: body.into() })
    }

    #[allow(clippy::unnecessary_wraps, reason = "what the shell brings back")]
    fn refused(status: u16, code: &str) -> Result<Reply, NoReply> {
        let body = format!(r#"[{{"message":"x","errorCode":"{code}"}}]"#);
        Ok(Reply { status, headers: Vec::new(), body: body.into() })
    }

    fn at(phase: Phase) -> Run {
        let pass = Pass { object: Object::Lead, scope: Scope::All, path: Path::Bulk, expected: Some(3_000), job: None };
        Run {
            phase,
            prepares: false,
            until: Some(Timestamp(0)),
            passes: vec![pass],
            layouts: vec![(Object::Lead, 1)],
            ..Run::new(1, RunKind::First, Timestamp(0), &[])
        }
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
        same.described(Timestamp(0), 1, false, 40, &Limits::default());
        assert_eq!(same.passes[0].scope, Scope::Since(Timestamp(5)));
        run.described(Timestamp(0), 2, true, 40, &Limits::default());
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

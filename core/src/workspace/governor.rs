//! The API governor: imports use a share of the org's daily calls, and wait when it is spent (spec 87).

use super::{Workspace, WorkspaceError};
use crate::api::{ApiBudget, ProblemKind};
use crate::import::run::Run;
use crate::model::time::Timestamp;
use crate::salesforce::http::Reply;
use crate::salesforce::limit::{OrgUse, org_use};
use crate::store::{log, meta};
use serde::{Deserialize, Serialize};

const HOUR: i64 = 3600 * 1000;
/// Salesforce counts over a rolling day.
const DAY_HOURS: i64 = 24;
/// What the org's own counter said is trusted this long: others use it too.
const TRUSTED: i64 = HOUR / 4;

/// Calls counted by the hour, and what Salesforce last told.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Used {
    /// Hours since 1970, and calls in each.
    hours: Vec<(i64, u64)>,
    org: Option<OrgUse>,
    told: Timestamp,
}

impl Used {
    fn count(&mut self, now: Timestamp, org: Option<OrgUse>) {
        let hour = now.0.div_euclid(HOUR);
        // Hours to come are those of a clock that ran ahead.
        self.hours.retain(|(known, _)| *known > hour - DAY_HOURS && *known <= hour);
        match self.hours.iter_mut().find(|(known, _)| *known == hour) {
            Some((_, calls)) => *calls += 1,
            None => self.hours.push((hour, 1)),
        }
        if org.is_some() {
            (self.org, self.told) = (org, now);
        }
    }

    fn ours(&self, now: Timestamp) -> u64 {
        let hour = now.0.div_euclid(HOUR);
        self.hours.iter().filter(|(known, _)| *known > hour - DAY_HOURS && *known <= hour).map(|(_, calls)| calls).sum()
    }

    fn budget(&self, now: Timestamp, share: u8) -> ApiBudget {
        let (ours, granted) = (self.ours(now), self.org.map(|org| (org.max * u64::from(share) / 100).max(1)));
        let part = |percent: u64| granted.is_some_and(|granted| ours * 100 >= granted * percent);
        let is_told = now.0 - self.told.0 < TRUSTED && self.told <= now;
        let others = self.org.is_some_and(|org| is_told && org.used * 100 >= org.max * 95);
        ApiBudget {
            ours,
            granted,
            org_used: self.org.map(|org| org.used),
            org_max: self.org.map(|org| org.max),
            is_low: part(80),
            is_spent: part(95) || others,
        }
    }
}

impl Workspace {
    /// A call to the data API was answered, or not: it may have arrived, so it counts.
    pub(super) fn count_call(&self, now: Timestamp, reply: Option<&Reply>) -> Result<(), WorkspaceError> {
        let mut used: Used = meta::json(&*self.sql, "api_used")?.unwrap_or_default();
        used.count(now, reply.and_then(org_use));
        Ok(meta::set_json(&*self.sql, "api_used", &used)?)
    }

    /// How much of the API is used.
    pub(super) fn api_budget(&self, now: Timestamp) -> Result<ApiBudget, WorkspaceError> {
        let used: Used = meta::json(&*self.sql, "api_used")?.unwrap_or_default();
        Ok(used.budget(now, self.settings()?.api_share))
    }

    /// When imports may go on, if the budget is spent: it is looked at again every quarter of an hour.
    pub(super) fn api_pause(&self, now: Timestamp) -> Result<Option<Timestamp>, WorkspaceError> {
        Ok(self.api_budget(now)?.is_spent.then(|| now.plus_millis(TRUSTED)))
    }

    /// The run waits until then, and says why.
    pub(super) fn pause(&self, mut run: Run, later: Timestamp) -> Result<Timestamp, WorkspaceError> {
        (run.problem, run.due) = (Some(ProblemKind::ApiShareSpent), later);
        log::save_run(&*self.sql, &run)?;
        Ok(later)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp(1_000 * DAY_HOURS * HOUR + hours * HOUR)
    }

    #[test]
    fn imports_wait_at_95_percent_of_their_share_and_go_on_when_the_day_is_over() {
        let mut used = Used::default();
        let org = Some(OrgUse { used: 10, max: 1_000 });
        for _ in 0..159 {
            used.count(at(0), org);
        }
        assert_eq!((used.budget(at(0), 20).is_low, used.budget(at(0), 20).granted), (false, Some(200)));
        used.count(at(5), org);
        assert_eq!((used.budget(at(5), 20).is_low, used.budget(at(5), 20).is_spent), (true, false));
        for _ in 0..30 {
            used.count(at(5), org);
        }
        assert_eq!((used.ours(at(5)), used.budget(at(5), 20).is_spent), (190, true));
        assert_eq!((used.ours(at(24)), used.budget(at(24), 20).is_spent), (31, false));
        assert_eq!(used.ours(at(4)), 159, "a clock that went back doesn't count what is to come");
    }

    #[test]
    fn what_others_use_is_respected_while_it_is_news() {
        let mut used = Used::default();
        used.count(at(0), Some(OrgUse { used: 960, max: 1_000 }));
        assert!(used.budget(at(0), 20).is_spent);
        assert!(!used.budget(at(1), 20).is_spent);
    }
}

//! What a run reads: a pass for each object, over all rows or over those changed since the last run (spec 10, 11).

use crate::api::RunKind;
use crate::model::object::Object;
use crate::model::time::Timestamp;
use crate::salesforce::query::NAMED_MOST;
use serde::{Deserialize, Serialize};

/// Windows begin this much before the last one's end: rows appear late with stamps below it (`salesforce.md` 0, fact 7).
pub const OVERLAP_SECONDS: i64 = 15 * 60;
/// How much is done at once. The simulation makes them small, so that a small org reaches every corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Up to so many rows are read over REST, more by Bulk API (spec 10).
    pub rest_rows: u64,
    /// Rows of a page that are stored at once, so that a step needs little memory.
    pub bite_rows: usize,
    /// The same once badges are looked up: what a step does, they wait for.
    pub exchange_rows: usize,
    /// Stored ids looked at in one step of a sweep.
    pub sweep_rows: usize,
    /// Rows asked for by name in one query: their ids must fit into an address.
    pub named_rows: usize,
    /// Rows sealed anew, or taken into a piece of a backup, in one step.
    pub copied_rows: usize,
    /// People and companies that one object holds; more are spread over shards (`edge.md`, Sharding).
    pub shard_records: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rest_rows: 2_000, bite_rows: 6_000, exchange_rows: 500, sweep_rows: 5_000, named_rows: NAMED_MOST, copied_rows: 1_000, shard_records: 1_250_000 }
    }
}

/// All rows are compared this often: it finds hard deletes, rows that became visible or invisible, and what changes without a stamp.
pub const COMPARE_EVERY_SECONDS: i64 = 7 * 24 * 3600;

/// The same after a comparison that had to leave an object out.
pub const COMPARE_AGAIN_SECONDS: i64 = 24 * 3600;

/// What is known of an object between runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The object.
    pub object: Object,
    /// The layout of its SELECT list.
    pub layout: u16,
    /// When Salesforce last described it.
    pub described: Timestamp,
    /// Everything stamped before this moment was read; none if it never was.
    pub cursor: Option<Timestamp>,
    /// Fields the connected user may not see.
    pub hidden: Vec<String>,
}

/// Which rows a pass reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All of them; those that are stored and didn't come are removed.
    All,
    /// Those stamped from this moment on.
    Since(Timestamp),
    /// Those that couldn't be read in an earlier run.
    Retry,
}

/// How rows are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Path {
    /// A Bulk API 2.0 job.
    Bulk,
    /// REST queries.
    Rest,
}

/// One reading of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pass {
    /// Whose rows.
    pub object: Object,
    /// Which of them.
    pub scope: Scope,
    /// How they are asked for.
    pub path: Path,
    /// How many there are, if Salesforce said.
    pub expected: Option<u64>,
    /// The Bulk job that was made for it.
    pub job: Option<String>,
}

/// From when on an object's rows are read; none for all of them.
pub fn since(kind: RunKind, object: Object, known: &[Known]) -> Option<Timestamp> {
    let cursor = known.iter().find(|known| known.object == object)?.cursor?;
    (kind == RunKind::Increment).then(|| cursor.plus_seconds(-OVERLAP_SECONDS))
}

/// The passes of a run whose windows end at `until`. `counts` has one number for each object in the order of import, or none where
/// Salesforce gave none; `retries` are the objects with rows that couldn't be read. A cursor beyond the window's end came of a clock
/// that ran ahead: nobody knows what it left out, so all is read.
pub fn passes(kind: RunKind, until: Timestamp, known: &[Known], counts: &[Option<u64>], retries: &[Object], limits: &Limits) -> Vec<Pass> {
    let mut passes = Vec::new();
    for (place, object) in Object::ALL.into_iter().enumerate() {
        let window = since(kind, object, known);
        let scope = window.filter(|from| *from < until).map_or(Scope::All, Scope::Since);
        let expected = counts.get(place).copied().flatten().filter(|_| window.is_none() || scope != Scope::All);
        passes.push(Pass { object, scope, path: path(scope, expected, limits), expected, job: None });
        if retries.contains(&object) && scope != Scope::All {
            passes.push(Pass { object, scope: Scope::Retry, path: Path::Rest, expected: None, job: None });
        }
    }
    passes
}

/// Bulk above the limit. Of unknown size, a window is taken for small and everything for large.
pub fn path(scope: Scope, expected: Option<u64>, limits: &Limits) -> Path {
    match expected {
        Some(rows) if rows <= limits.rest_rows => Path::Rest,
        Some(_) => Path::Bulk,
        None if scope == Scope::All => Path::Bulk,
        None => Path::Rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(20_000_000);

    fn known(cursor: Option<i64>) -> Vec<Known> {
        let known = |object| Known { object, layout: 1, described: Timestamp(0), cursor: cursor.map(Timestamp), hidden: Vec::new() };
        Object::ALL.map(known).to_vec()
    }

    #[test]
    fn windows_overlap_and_only_increments_have_them() {
        assert_eq!(since(RunKind::Increment, Object::Lead, &known(Some(10_000_000))), Some(Timestamp(10_000_000 - 900_000)));
        assert_eq!(since(RunKind::Increment, Object::Lead, &known(None)), None);
        assert_eq!(since(RunKind::Compare, Object::Lead, &known(Some(10_000_000))), None);
        assert_eq!(since(RunKind::Increment, Object::Lead, &[]), None);
    }

    #[test]
    fn bulk_above_two_thousand_rows_rest_below() {
        let mut counts = vec![Some(0), Some(3), Some(2_000), Some(2_001), None, Some(7), Some(900_000)];
        let paths = |passes: Vec<Pass>| passes.iter().map(|pass| pass.path).collect::<Vec<_>>();
        let (rest, bulk) = (Path::Rest, Path::Bulk);
        assert_eq!(paths(passes(RunKind::Increment, NOW, &known(Some(1)), &counts, &[], &Limits::default())), [rest, rest, rest, bulk, rest, rest, bulk]);
        counts.clear();
        assert_eq!(paths(passes(RunKind::First, NOW, &[], &counts, &[], &Limits::default())), [bulk; 7]);
    }

    #[test]
    fn a_cursor_from_a_clock_that_ran_ahead_means_that_all_is_read() {
        let pass = &passes(RunKind::Increment, NOW, &known(Some(30_000_000)), &[Some(0); 7], &[], &Limits::default())[0];
        assert_eq!((pass.scope, pass.path, pass.expected), (Scope::All, Path::Bulk, None));
    }

    #[test]
    fn rejected_rows_are_read_again_unless_all_are() {
        let scopes =
            |kind| passes(kind, NOW, &known(Some(1)), &[], &[Object::Lead], &Limits::default()).iter().filter(|pass| pass.scope == Scope::Retry).count();
        assert_eq!((scopes(RunKind::Increment), scopes(RunKind::Compare)), (1, 0));
    }
}

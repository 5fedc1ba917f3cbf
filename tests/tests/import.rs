//! Stories of the import: native workspace, sandbox org, real HTTP.

use inlay_core::api::{ProblemKind, RunKind, RunState};
use inlay_core::import::phase::Phase;
use inlay_core::model::id::RecordId;
use inlay_core::model::object::Object;
use inlay_core::store::{log, record};
use inlay_core::workspace::{Answer, MemberAsk};
use inlay_tests::mirror;
use inlay_tests::native::Native;
use inlay_tests::sandbox::org::Org;
use inlay_tests::sandbox::server::Sandbox;
use inlay_tests::sandbox::world::World;
use inlay_tests::story::Story;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(3600);

fn sandbox(contacts: u64) -> Arc<Sandbox> {
    Sandbox::start(Org::generated(World { seed: 11, contacts }), 0)
}

/// The run is done, its counts add up, and the workspace shows what the org has.
fn assert_exact(native: &mut Native, sandbox: &Sandbox, token: &str) {
    let run = native.status(token).run.expect("a run");
    assert_eq!((run.state, run.problem), (RunState::Done, None));
    for tally in &run.tallies {
        assert_eq!((tally.announced, tally.done), (Some(tally.received), true), "{:?}", tally.object);
        assert_eq!(tally.received, tally.stored + tally.unchanged + tally.removed + tally.rejected, "{:?}", tally.object);
    }
    assert_eq!(mirror::differences(&native.sql, sandbox, &BTreeSet::new()), Vec::<String>::new());
    assert_eq!(mirror::stale_entries(&native.sql), 0);
}

#[test]
fn all_seven_objects_arrive_and_counts_are_the_orgs_own() {
    let sandbox = sandbox(3000);
    let mut native = Native::connected(&sandbox);
    let session = native.sign_in(1);
    native.settle(PATIENCE);
    assert_exact(&mut native, &sandbox, &session.token);
}

#[test]
fn a_second_run_finds_everything_unchanged() {
    let sandbox = sandbox(400);
    let (mut native, session) = Native::imported(&sandbox);
    native.now = native.now.plus_seconds(13 * 3600);
    native.settle(PATIENCE);
    let run = native.status(&session.token).run.expect("a run");
    assert_eq!((run.number, run.kind, run.api_calls), (2, RunKind::Increment, 1), "one call to count");
    assert!(run.tallies.iter().all(|tally| tally.received == 0), "{:?}", run.tallies);
    native.now = native.now.plus_seconds(8 * 24 * 3600);
    native.settle(PATIENCE);
    let session = native.sign_in(0);
    let run = native.status(&session.token).run.expect("a run");
    assert_eq!(run.kind, RunKind::Compare);
    assert!(run.tallies.iter().all(|tally| tally.stored == 0 && tally.swept == 0 && tally.received > 0), "{:?}", run.tallies);
}

#[test]
fn small_pages_without_order_and_with_one_header_are_no_special_case() {
    let sandbox = sandbox(900);
    sandbox
        .set_faults(&json!({ "no_batch": true, "page_rows": 70, "random_pages": true, "header_each_page": false, "offset_datetimes": true, "gzip": false }))
        .expect("known switches");
    let (mut native, session) = Native::imported(&sandbox);
    assert_exact(&mut native, &sandbox, &session.token);
}

#[test]
fn the_bad_day_changes_nothing() {
    let sandbox = sandbox(700);
    sandbox
        .set_faults(&json!({ "no_batch": true, "page_rows": 100, "next_expired": 2, "next_unavailable": 2, "next_not_acceptable": 1, "next_setting_up": 1, "next_concurrent_limit": 1,
            "next_no_locator": 1, "next_empty_locator": 1, "next_short_pages": 2, "next_cut_pages": 2, "next_failed_jobs": 1, "next_gone_jobs": 1, "next_refresh_races": 2, "next_bulk_limit": 1, "bursts": true }))
        .expect("known switches");
    let (mut native, session) = Native::imported(&sandbox);
    assert_exact(&mut native, &sandbox, &session.token);
}

#[test]
fn a_process_killed_at_any_step_goes_on_where_it_was() {
    let sandbox = sandbox(2500);
    sandbox.set_faults(&json!({ "no_batch": true, "page_rows": 900 })).expect("known switches");
    let mut native = Native::connected(&sandbox);
    let session = native.sign_in(0);
    for life in 1..400 {
        native.settle_until(PATIENCE, |steps| steps > 3 + life % 23);
        native.restart();
        if native.status(&session.token).run.is_some_and(|run| run.state == RunState::Done) {
            break;
        }
    }
    native.settle(PATIENCE);
    assert_exact(&mut native, &sandbox, &session.token);
}

#[test]
fn a_spent_day_keeps_the_place_and_says_so() {
    let sandbox = sandbox(300);
    let mut native = Native::connected(&sandbox);
    let session = native.sign_in(0);
    sandbox.set_faults(&json!({ "next_daily_limit": 3 })).expect("a known switch");
    native.settle(Duration::from_secs(60));
    let run = native.status(&session.token).run.expect("a run");
    assert_eq!(run.problem.map(|problem| problem.kind), Some(ProblemKind::ApiBudgetSpent));
    native.settle(Duration::from_secs(7200));
    assert_exact(&mut native, &sandbox, &session.token);
}

#[test]
fn hidden_fields_are_left_out_and_listed() {
    let sandbox = sandbox(200);
    let user = World::id("005", 0);
    let hidden = [("Contact", "Fax"), ("Contact", "Department")].map(|(object, field)| (object.to_owned(), field.to_owned()));
    sandbox.org.write().expect("no panic holds it").hidden.entry(user).or_default().extend(hidden);
    let (mut native, session) = Native::imported(&sandbox);
    let status = native.status(&session.token);
    assert_eq!(status.hidden, [(Object::Contact, vec!["Department".to_owned(), "Fax".to_owned()])]);
    assert_exact(&mut native, &sandbox, &session.token);
}

#[test]
fn an_org_without_api_stops_with_its_remedy_and_goes_on_when_it_has_one() {
    let sandbox = sandbox(200);
    sandbox.set_faults(&json!({ "api_disabled": true })).expect("a known switch");
    let mut native = Native::connected(&sandbox);
    let session = native.sign_in(0);
    native.settle(Duration::from_secs(600));
    let run = native.status(&session.token).run.expect("a run");
    assert_eq!((run.state, run.problem.map(|problem| problem.kind)), (RunState::Stopped, Some(ProblemKind::ApiDisabled)));
    sandbox.set_faults(&json!({ "api_disabled": false })).expect("a known switch");
    let _ = native.ask(&session.token, inlay_core::workspace::MemberAsk::ImportNow);
    native.settle(PATIENCE);
    assert_exact(&mut native, &sandbox, &session.token);
}

#[test]
fn a_revoked_connection_says_so_keeps_its_data_and_can_be_connected_again() {
    let sandbox = sandbox(200);
    let (mut native, session) = Native::imported(&sandbox);
    sandbox.tokens.lock().expect("no panic holds it").revoke_all();
    native.now = native.now.plus_seconds(13 * 3600);
    native.settle(Duration::from_secs(600));
    let status = native.status(&session.token);
    assert_eq!(status.broken.map(|problem| problem.kind), Some(ProblemKind::ConnectionRevoked));
    assert!(native.card(&session.token, &World::id("003", 3)).is_ok_and(|card| !card.name.is_empty()));
    assert!(status.broken_since.is_some() && !status.is_disconnected);
    // Three days later it counts as disconnected; still, nothing is purged.
    native.settle(Duration::from_secs(4 * 24 * 3600));
    assert!(native.status(&session.token).is_disconnected);
    assert!(native.card(&session.token, &World::id("003", 3)).is_ok_and(|card| !card.name.is_empty()));
    let session = native.connect(&sandbox);
    native.settle(PATIENCE);
    assert_eq!(native.status(&session.token).broken, None);
    assert_exact(&mut native, &sandbox, &session.token);
}

#[test]
fn rotated_tokens_survive_many_expiries() {
    let sandbox = sandbox(500);
    sandbox.set_faults(&json!({ "no_batch": true, "page_rows": 50 })).expect("a known switch");
    let mut native = Native::connected(&sandbox);
    let session = native.sign_in(0);
    let org = Arc::clone(&sandbox);
    native.settle_until(PATIENCE, move |steps| {
        if steps % 40 == 0 {
            let _ = org.set_faults(&json!({ "next_expired": 1 }));
        }
        false
    });
    assert_exact(&mut native, &sandbox, &session.token);
}

#[test]
fn a_session_that_asks_without_end_is_told_to_wait() {
    let sandbox = sandbox(60);
    let mut native = Native::connected(&sandbox);
    let session = native.sign_in(1);
    let ask = |native: &mut Native| native.card(&session.token, "003000000000001AAA").expect_err("no such record");
    let kinds: Vec<ProblemKind> = (0..1_001).map(|_| ask(&mut native)).collect();
    assert_eq!((kinds[999], kinds[1_000]), (ProblemKind::NotFound, ProblemKind::TooManyTries));
    native.now = native.now.plus_seconds(11);
    assert_eq!(ask(&mut native), ProblemKind::NotFound);
}

/// A first import of which the contacts' page is cut again and again after some rows were stored, until the run stops.
fn stopped_amid_contacts() -> (Story, Vec<RecordId>) {
    let mut story = Story::connected(21, 600, &json!({ "gzip": false }));
    story.native.workspace.limits.bite_rows = 5;
    story.native.workspace.limits.rest_rows = 0;
    let sandbox = Arc::clone(&story.sandbox);
    story.native.settle_with(PATIENCE, |native, _| {
        let run = log::runs(&native.sql, 1).expect("storage works").pop();
        if run.is_some_and(|run| run.object() == Some(Object::Contact) && matches!(run.phase, Phase::Page { .. }) && run.attempt == 0) {
            sandbox.set_faults(&json!({ "next_cut_pages": 20 })).expect("a switch");
        }
        false
    });
    story.switch(json!({ "next_cut_pages": 0 }));
    assert_eq!(story.native.status(&story.session.token).run.map(|run| run.state), Some(RunState::Stopped));
    let stored = record::ids(&story.native.sql, Object::Contact, None, 1_000).expect("storage works");
    assert!(!stored.is_empty(), "rows were stored before the cut");
    (story, stored)
}

#[test]
fn a_first_import_that_reads_an_object_again_keeps_no_row_that_went_meanwhile() {
    let (mut story, stored) = stopped_amid_contacts();
    let gone = stored[0].to_string();
    story.happens(json!({ "deed": "delete", "object": "Contact", "id": gone }));
    assert_eq!(story.run().state, RunState::Done);
    story.assert_in_step();
    // Back as it was, it is found by its keys again.
    story.happens(json!({ "deed": "undelete", "object": "Contact", "id": gone }));
    story.run();
    story.assert_in_step();
}

#[test]
fn a_backup_ends_when_a_stopped_run_goes_on_under_it() {
    let (mut story, _) = stopped_amid_contacts();
    story.native.workspace.limits.copied_rows = 100;
    let token = story.session.token.clone();
    let next = |story: &mut Story, cursor: Option<String>| match story.native.ask(&token, MemberAsk::Backup(cursor)) {
        Ok(Answer::Backup(piece)) => Ok(piece.next),
        Ok(_) => panic!("a piece was asked for"),
        Err(problem) => Err(problem),
    };
    let mut cursor = None;
    for _ in 0..5 {
        cursor = next(&mut story, cursor).expect("nothing changes meanwhile");
    }
    assert!(cursor.is_some(), "there is more to come");
    // The same run reads on, and ends: the rest would be of other data.
    assert_eq!(story.run().state, RunState::Done);
    assert_eq!(next(&mut story, cursor).err(), Some(ProblemKind::ImportRuns));
    let mut cursor = next(&mut story, None).expect("it is begun anew");
    while cursor.is_some() {
        cursor = next(&mut story, cursor).expect("nothing changes meanwhile");
    }
}

#[test]
fn a_first_import_that_is_refused_an_object_half_way_keeps_none_of_it() {
    let (mut story, _) = stopped_amid_contacts();
    story.happens(json!({ "deed": "hide", "object": "Contact", "field": "Id", "user": 0 }));
    let run = story.run();
    assert_eq!((run.state, run.left_out.len()), (RunState::Done, 1));
    assert_eq!(record::count(&story.native.sql, Object::Contact).expect("storage works"), 0);
    story.happens(json!({ "deed": "show", "object": "Contact", "field": "Id", "user": 0 }));
    // What was left out is compared in a day.
    for _ in 0..3 {
        story.run();
    }
    story.assert_in_step();
}

//! Stories of the runs after the first: what changed, went, moved, was hidden or came late.

use inlay_core::api::{ProblemKind, RunKind, RunReport, RunState, Settings};
use inlay_core::model::object::Object;
use inlay_core::workspace::MemberAsk;
use inlay_tests::sandbox::world::World;
use inlay_tests::story::{PATIENCE, Story};
use serde_json::json;
use std::time::Duration;

fn contact(index: u64) -> String {
    World::id("003", index)
}

fn of(run: &RunReport, object: Object) -> (u64, u64, u64) {
    let tally = run.tallies.iter().find(|tally| tally.object == object).expect("every object has a tally");
    (tally.received, tally.stored, tally.removed)
}

#[test]
fn what_changed_came_and_went_arrives_in_few_calls() {
    let mut story = Story::imported(5, 600);
    story.happens(
        json!({ "deed": "change", "object": "Contact", "id": contact(3), "fields": { "LastName": "Vasquez-Lindqvist", "Email": "new.address@moved.example" } }),
    );
    story.happens(json!({ "deed": "change", "object": "Contact", "id": contact(4), "fields": { "Title": "Head of Nothing" } }));
    story.happens(json!({ "deed": "create", "object": "Lead", "fields": { "FirstName": "Ilse", "LastName": "Brandvold", "Company": "Neverland Pumps", "Email": "ilse@neverland.example" } }));
    story.happens(json!({ "deed": "delete", "object": "Contact", "id": contact(9) }));
    let run = story.run();
    assert_eq!((run.kind, run.state), (RunKind::Increment, RunState::Done));
    assert_eq!((of(&run, Object::Contact), of(&run, Object::Lead)), ((3, 2, 1), (1, 1, 0)));
    assert!(run.api_calls <= 12, "{} calls", run.api_calls);
    story.assert_in_step();
}

#[test]
fn merged_and_converted_records_are_followed() {
    let mut story = Story::imported(5, 600);
    let before = story.native.card(&story.session.token, &contact(7)).expect("a card").name;
    story.happens(json!({ "deed": "merge", "object": "Contact", "id": contact(7), "into": contact(8) }));
    story.happens(json!({ "deed": "merge", "object": "Account", "id": World::id("001", 0), "into": World::id("001", 1) }));
    story.happens(json!({ "deed": "convert", "object": "Lead", "id": World::id("00Q", 2), "into": contact(11) }));
    story.run();
    story.assert_in_step();
    let card = |story: &mut Story, id: &str| story.native.card(&story.session.token.clone(), id).expect("a card").record;
    assert_eq!(card(&mut story, &contact(7)), contact(8));
    assert_eq!(card(&mut story, &World::id("00Q", 2)), contact(11));
    story.happens(json!({ "deed": "undelete", "object": "Contact", "id": contact(7) }));
    story.run();
    story.assert_in_step();
    let again = story.native.card(&story.session.token, &contact(7)).expect("a card");
    assert_eq!((again.record, again.name), (contact(7), before), "an undeleted record is itself again");
}

#[test]
fn rows_that_appear_late_with_old_stamps_are_found() {
    let mut story = Story::imported(5, 300);
    story.pass(12 * 3600);
    story.settle();
    // Committed after the run has read, stamped ten minutes before it.
    story.happens(json!({ "deed": "late", "object": "Contact", "id": contact(5) }));
    let run = story.run();
    assert_eq!((run.kind, of(&run, Object::Contact)), (RunKind::Increment, (1, 1, 0)));
    story.assert_in_step();
}

#[test]
fn what_leaves_no_trace_is_found_by_the_weekly_comparison() {
    let mut story = Story::imported(5, 500);
    for index in [2, 3, 4] {
        story.happens(json!({ "deed": "purge", "object": "Contact", "id": contact(index) }));
    }
    story.happens(json!({ "deed": "unshare", "object": "Account", "id": World::id("001", 3) }));
    story.run();
    let gone = story.differences().iter().filter(|words| words.contains("isn't in the org")).count();
    assert_eq!(gone, 4, "an increment can't see them");
    story.pass(7 * 24 * 3600);
    let run = story.settle();
    assert_eq!((run.kind, run.tallies.iter().map(|tally| tally.swept).sum::<u64>()), (RunKind::Compare, 4));
    story.assert_in_step();
    story.happens(json!({ "deed": "share", "object": "Account", "id": World::id("001", 3) }));
    story.pass(8 * 24 * 3600);
    story.settle();
    story.assert_in_step();
}

#[test]
fn fields_that_are_hidden_or_shown_between_runs_go_and_come_in_all_rows() {
    let mut story = Story::imported(5, 300);
    story.happens(json!({ "deed": "hide", "user": 0, "object": "Contact", "field": "Email" }));
    // Something must change, or no query names the field before the next description.
    story.happens(json!({ "deed": "change", "object": "Contact", "id": contact(1), "fields": { "Title": "x" } }));
    story.pass(12 * 3600);
    story.settle();
    story.assert_in_step();
    assert!(story.native.card(&story.session.token, &contact(1)).is_ok_and(|card| card.email.is_empty()));
    story.happens(json!({ "deed": "show", "user": 0, "object": "Contact", "field": "Email" }));
    let _ = story.native.ask(&story.session.token, MemberAsk::ImportNow);
    story.settle();
    story.assert_in_step();
}

#[test]
fn amounts_have_their_currency_where_an_org_has_several() {
    let mut story = Story::imported(5, 600);
    let currency = |story: &mut Story| {
        let token = story.session.token.clone();
        let cards = (0..600).map(|index| story.native.card(&token, &contact(index)));
        let open: Vec<_> = cards.filter_map(Result::ok).flat_map(|card| card.opportunities).filter(|opportunity| !opportunity.amount.is_empty()).collect();
        assert!(!open.is_empty(), "there are open opportunities");
        open.into_iter().map(|opportunity| opportunity.currency).collect::<std::collections::BTreeSet<_>>().into_iter().collect::<Vec<_>>()
    };
    assert_eq!(currency(&mut story), ["EUR", "GBP", "USD"]);
    // An org with one currency has no such field.
    story.happens(json!({ "deed": "hide", "user": 0, "object": "Opportunity", "field": "CurrencyIsoCode" }));
    story.native.ask(&story.session.token.clone(), MemberAsk::ImportNow).map(|_| ()).expect("an admin");
    story.settle();
    assert_eq!(currency(&mut story), [""]);
    story.assert_in_step();
}

#[test]
fn large_windows_are_read_by_bulk_and_small_ones_by_rest() {
    let mut story = Story::imported(5, 9_000);
    for index in 0..2_500 {
        story.happens(json!({ "deed": "change", "object": "Contact", "id": contact(index), "fields": { "Phone": format!("+44 20 7946 {index:04}") } }));
    }
    story.happens(json!({ "deed": "change", "object": "Account", "id": World::id("001", 5), "fields": { "Name": "Palladium Ferries Ltd" } }));
    let run = story.run();
    assert_eq!((of(&run, Object::Contact), of(&run, Object::Account)), ((2_500, 2_500, 0), (1, 1, 0)));
    assert!(run.api_calls <= 7 + 1 + 1 + 5, "describe, count, one REST query, and a job's calls: {}", run.api_calls);
    story.assert_in_step();
}

#[test]
fn broken_replies_of_rest_are_asked_for_again() {
    let mut story = Story::imported(5, 4_000);
    for index in 0..1_500 {
        story.happens(json!({ "deed": "change", "object": "Contact", "id": contact(index), "fields": { "Department": "Sails" } }));
    }
    story.switch(json!({ "next_cut_replies": 3, "next_unavailable": 2, "next_expired": 1, "next_ended_cursors": 1 }));
    let run = story.run();
    // Rows that a broken reply brought are stored already when they come again.
    assert_eq!((run.state, of(&run, Object::Contact).0), (RunState::Done, 1_500));
    story.assert_in_step();
}

#[test]
fn what_bulk_refuses_comes_over_rest() {
    let mut story = Story::connected(5, 3_000, &json!({ "no_batch": true, "no_bulk": ["OpportunityContactRole", "Contact"] }));
    let run = story.settle();
    assert_eq!((run.state, &run.left_out), (RunState::Done, &Vec::new()));
    story.assert_in_step();
}

#[test]
fn rows_that_can_t_be_read_are_listed_and_read_again_in_the_next_run() {
    let mut story = Story::connected(5, 3_000, &json!({ "no_batch": true, "next_torn_rows": 700 }));
    story.settle();
    story.switch(json!({ "no_batch": false }));
    let first = story.native.status(&story.session.token);
    assert_eq!(first.run.map(|run| run.tallies.iter().map(|tally| tally.rejected).sum()), Some(700));
    assert!(!first.rejects.is_empty());
    let run = story.run();
    assert_eq!((run.state, run.tallies.iter().map(|tally| tally.stored).sum::<u64>()), (RunState::Done, 700));
    story.assert_in_step();
    assert_eq!(story.native.status(&story.session.token).rejects, Vec::new());
}

#[test]
fn imports_use_no_more_than_their_share_of_the_api() {
    let mut story = Story::connected(5, 2_500, &json!({ "daily_limit": 100, "page_rows": 100 }));
    story.native.settle(Duration::from_secs(600));
    let status = story.native.status(&story.session.token);
    assert_eq!(status.run.and_then(|run| run.problem).map(|problem| problem.kind), Some(ProblemKind::ApiShareSpent));
    assert_eq!((status.api.granted, status.api.ours, status.api.is_spent), (Some(20), 19, true));
    let wanted = Settings { api_share: 80, ..status.settings };
    assert!(story.native.ask(&story.session.token, MemberAsk::SetSettings(wanted)).is_ok());
    assert_eq!(story.settle().state, RunState::Done);
    story.assert_in_step();
}

#[test]
fn a_process_killed_at_any_step_of_an_increment_goes_on_where_it_was() {
    let mut story = Story::imported(5, 5_000);
    story.switch(json!({ "page_rows": 700 }));
    for index in 0..2_300 {
        story.happens(json!({ "deed": "change", "object": "Contact", "id": contact(index * 2), "fields": { "LastName": format!("Renamed {index}") } }));
    }
    story.happens(json!({ "deed": "delete", "object": "Contact", "id": contact(1) }));
    story.pass(13 * 3600);
    for life in 1..400 {
        story.native.settle_until(PATIENCE, |steps| steps > 2 + life % 9);
        story.native.restart();
        if story.native.status(&story.session.token).run.is_some_and(|run| run.number == 2 && run.state == RunState::Done) {
            break;
        }
    }
    let run = story.settle();
    assert_eq!((run.number, run.state, of(&run, Object::Contact).0), (2, RunState::Done, 2_301));
    story.assert_in_step();
}

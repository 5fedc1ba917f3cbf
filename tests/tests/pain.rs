//! The fifteen pains that users of other clients report (`salesforce.md` 5), each as a story that a naive client fails.

use inlay_core::api::{ProblemKind, ReceiptState, RunState};
use inlay_core::model::activity::{Activity, ActivityKind};
use inlay_core::workspace::MemberAsk;
use inlay_tests::sandbox::world::World;
use inlay_tests::story::Story;
use inlay_tests::writing;
use serde_json::{Value, json};
use std::time::Duration;

/// An org on a bad day, connected and not yet imported. Without counts everything comes by Bulk API.
fn begin(contacts: u64, faults: Value) -> Story {
    let story = Story::connected(6, contacts, &json!({ "no_batch": true }));
    story.switch(faults);
    story
}

/// Imports to the end, with nothing missing.
fn assert_imports(mut story: Story) {
    let run = story.settle();
    assert_eq!((run.state, run.problem), (RunState::Done, None));
    story.assert_in_step();
}

#[test]
fn pain_01_every_page_is_fetched_not_only_the_first() {
    assert_imports(begin(1_200, json!({ "page_rows": 90, "random_pages": true })));
}

#[test]
fn pain_02_pages_are_asked_for_where_salesforce_says_whatever_its_slashes() {
    use inlay_core::salesforce::Api;
    use inlay_core::salesforce::http::Method;
    use inlay_core::salesforce::oauth::Tokens;
    for instance_url in ["https://org.example", "https://org.example/"] {
        let tokens = Tokens { access: String::new(), refresh: None, instance_url: instance_url.into() };
        let api = Api { tokens: &tokens, version: "v66.0" };
        for path in ["/services/data/v66.0/query/01g-2000", "services/data/v66.0/query/01g-2000"] {
            assert_eq!(api.request_at(Method::Get, path).url, "https://org.example/services/data/v66.0/query/01g-2000");
        }
        assert_eq!(api.request(Method::Get, "limits").url, "https://org.example/services/data/v66.0/limits");
    }
}

#[test]
fn pain_03_line_ends_and_quotes_inside_fields_split_nothing() {
    let story = begin(300, json!({}));
    for (index, text) in ["two\nlines", "\"quoted\", and a comma", "ends in a quote\"", "\r\n", "\"\"\n\"\""].iter().enumerate() {
        story.happens(json!({ "deed": "change", "object": "Contact", "id": World::id("003", index as u64), "fields": { "Description": text, "Title": text } }));
    }
    assert_imports(story);
}

#[test]
fn pain_04_a_download_cut_in_a_quoted_field_is_fetched_again() {
    assert_imports(begin(900, json!({ "page_rows": 200, "next_cut_pages": 5 })));
}

#[test]
fn pain_05_a_result_that_is_short_of_what_was_announced_is_noticed() {
    assert_imports(begin(900, json!({ "page_rows": 200, "next_short_pages": 4 })));
}

#[test]
fn pain_06_rows_stamped_before_the_last_run_s_end_and_seen_after_it_are_found() {
    let mut story = begin(300, json!({}));
    story.settle();
    story.happens(json!({ "deed": "late", "object": "Lead", "id": World::id("00Q", 4) }));
    story.run();
    story.assert_in_step();
}

#[test]
fn pain_07_a_job_that_never_ends_is_made_again() {
    let mut story = begin(200, json!({ "polls": 1_000_000 }));
    story.native.settle(Duration::from_secs(1800));
    assert!(
        story.native.status(&story.session.token).run.is_some_and(|run| run.state == RunState::Reading && run.api_calls < 100),
        "it is asked ever more rarely"
    );
    story.native.settle(Duration::from_secs(3 * 3600));
    story.switch(json!({ "polls": 1 }));
    assert_imports(story);
}

#[test]
fn pain_08_single_use_refresh_tokens_survive_races_and_expiries() {
    assert_imports(begin(600, json!({ "page_rows": 40, "rotation": true, "reuse_revokes_all": true, "next_expired": 3, "next_refresh_races": 4 })));
}

#[test]
fn pain_09_a_spent_day_is_a_pause_not_a_failure() {
    let mut story = begin(300, json!({ "next_daily_limit": 2 }));
    story.native.settle(Duration::from_secs(60));
    let problem = story.native.status(&story.session.token).run.and_then(|run| run.problem).map(|problem| problem.kind);
    assert_eq!(problem, Some(ProblemKind::ApiBudgetSpent));
    assert_imports(story);
}

#[test]
fn pain_10_locked_rows_are_tried_again_by_us_and_once() {
    let mut story = writing::writing();
    let (contact, ..) = writing::people(&mut story);
    let activities = (1..=5).map(|number| writing::activity(&story, number, ActivityKind::Message, Some(&contact))).collect();
    writing::capture(&mut story, activities);
    story.switch(json!({ "next_locked_rows": 7 }));
    story.native.settle(writing::MINUTES);
    for number in 1..=5 {
        assert_eq!((writing::receipt(&mut story, number).state, writing::rows_of(&story, number)), (ReceiptState::Written, vec![false]));
    }
}

#[test]
fn pain_11_hidden_fields_are_named_and_fail_nothing() {
    let mut story = begin(300, json!({}));
    story.happens(json!({ "deed": "hide", "user": 0, "object": "Contact", "field": "Phone" }));
    assert_eq!(story.settle().state, RunState::Done);
    assert_eq!(story.native.status(&story.session.token).hidden, [(inlay_core::model::object::Object::Contact, vec!["Phone".to_owned()])]);
    story.assert_in_step();
}

#[test]
fn pain_12_an_object_that_bulk_refuses_comes_another_way() {
    assert_imports(begin(400, json!({ "no_bulk": ["Lead", "User"] })));
}

#[test]
fn pain_13_a_lost_answer_while_waiting_is_no_failed_job() {
    assert_imports(begin(400, json!({ "polls": 3, "next_unavailable": 4, "next_not_acceptable": 2, "next_setting_up": 2 })));
}

#[test]
fn pain_14_nothing_and_quotes_are_written_as_nothing_and_quotes() {
    let mut story = writing::writing();
    let (contact, ..) = writing::people(&mut story);
    let texts = ["#N/A", "\"\"quoted\"\", \"", "null", ""];
    let activities =
        texts.iter().zip(1..).map(|(text, number)| Activity { text: (*text).into(), ..writing::activity(&story, number, ActivityKind::Call, Some(&contact)) });
    let activities = activities.collect();
    writing::capture(&mut story, activities);
    story.native.settle(writing::MINUTES);
    for (text, number) in texts.iter().zip(1..) {
        let receipt = writing::receipt(&mut story, number);
        let row = writing::row(&story, &receipt);
        assert_eq!(["Description", "CallDurationInSeconds", "CallDisposition"].map(|field| row[field].as_str()), [*text, "", ""]);
    }
}

#[test]
fn pain_15_deletes_and_merges_arrive() {
    let mut story = begin(400, json!({}));
    story.settle();
    story.happens(json!({ "deed": "delete", "object": "Contact", "id": World::id("003", 9) }));
    story.happens(json!({ "deed": "merge", "object": "Account", "id": World::id("001", 2), "into": World::id("001", 3) }));
    story.run();
    story.assert_in_step();
    let merged = story.native.card(&story.session.token, &World::id("001", 2)).expect("the winner's card");
    assert_eq!(merged.record, World::id("001", 3));
    // What leaves no trace at all is found when everything is compared.
    story.happens(json!({ "deed": "purge", "object": "Opportunity", "id": World::id("006", 1) }));
    story.pass(7 * 24 * 3600);
    story.run();
    story.assert_in_step();
}

#[test]
fn two_workspaces_of_one_token_don_t_kill_the_connection() {
    // Another process refreshes first: this one is told to come again, and finds what it has still good.
    let mut story = begin(200, json!({ "rotation": false }));
    story.settle();
    for _ in 0..3 {
        story.switch(json!({ "next_expired": 1, "next_refresh_races": 3 }));
        assert!(story.native.ask(&story.session.token, MemberAsk::ImportNow).is_ok());
        assert_eq!(story.settle().state, RunState::Done);
    }
    assert_eq!(story.native.status(&story.session.token).broken, None);
}

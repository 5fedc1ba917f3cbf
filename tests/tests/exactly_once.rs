//! Each activity once, through outages, lost and unreadable answers, backups, and a package that comes and goes.

use inlay_core::api::Capture;
use inlay_core::api::{ActivityDeed, ActivityIds, ManualMatch, Package, ReceiptState, Says, Whom, WriteTest};
use inlay_core::model::activity::ActivityKind;
use inlay_core::seal::base64url;
use inlay_core::workspace::{Answer, MemberAsk, OutboxAsk};
use inlay_tests::native::Native;
use inlay_tests::sqlite::Sqlite;
use inlay_tests::story::Story;
use inlay_tests::writing::{MINUTES, activity, ask, capture, count, people, receipt, receipts, row, rows_of, writeback, writing};
use serde_json::json;
use std::time::Duration;

/// The next request is sent, as far as the workspace knows, and never answered.
fn unanswered(story: &mut Story) {
    story.native.settle_until(MINUTES, |steps| steps > 1);
    story.native.restart();
    story.native.settle(Duration::from_secs(1));
}

/// Three quarters of an hour, after which both clocks have passed what a doubt needs.
fn quarters(story: &mut Story) {
    for _ in 0..3 {
        story.pass(900);
        story.native.settle(MINUTES);
    }
}

#[test]
fn an_org_that_takes_nothing_for_a_while_refuses_no_activity_and_costs_few_calls() {
    let mut story = writing();
    let (contact, ..) = people(&mut story);
    let activities = (1..=40).map(|number| activity(&story, number, ActivityKind::Message, Some(&contact))).collect();
    capture(&mut story, activities);
    story.switch(json!({ "api_disabled": true }));
    let before = story.sandbox.calls_of_day();
    story.native.settle(Duration::from_secs(3600));
    assert!(story.sandbox.calls_of_day() - before <= 6, "{} calls", story.sandbox.calls_of_day() - before);
    assert!((1..=40).all(|number| receipt(&mut story, number).state == ReceiptState::Waiting));
    story.switch(json!({ "api_disabled": false }));
    story.native.settle(Duration::from_secs(1800));
    assert!((1..=40).all(|number| receipt(&mut story, number).state == ReceiptState::Written));
}

#[test]
fn answers_that_aren_t_salesforce_s_are_asked_for_again_without_haste() {
    let mut story = writing();
    let (contact, ..) = people(&mut story);
    let sent = vec![activity(&story, 1, ActivityKind::Message, Some(&contact)), activity(&story, 2, ActivityKind::Note, Some(&contact))];
    capture(&mut story, sent);
    story.switch(json!({ "next_web_pages": 10 }));
    let steps = story.native.settle(MINUTES);
    assert!(steps < 40, "{steps} steps in five minutes");
    for _ in 0..4 {
        story.pass(900);
        story.native.settle(MINUTES);
    }
    for number in [1, 2] {
        let rows = Some(rows_of(&story, number));
        assert_eq!((receipt(&mut story, number).state, rows), (ReceiptState::Written, Some(vec![false])), "{number}");
    }
    // Nor when what was written is removed.
    ask(&mut story, OutboxAsk::Do(ActivityDeed::Withdraw, ActivityIds { ids: vec![base64url(&[1; 16])] })).map(|_| ()).expect("the member's own");
    story.switch(json!({ "next_web_pages": 3 }));
    let steps = story.native.settle(MINUTES);
    assert!(steps < 40, "{steps} steps in five minutes");
    let rows = Some(rows_of(&story, 1));
    assert_eq!(rows, Some(vec![true]));
}

#[test]
fn what_was_written_after_a_backup_isn_t_written_again_by_the_restored_workspace() {
    let mut story = writing();
    let (contact, ..) = people(&mut story);
    let mut activities = vec![activity(&story, 1, ActivityKind::Message, Some(&contact)), activity(&story, 2, ActivityKind::Note, Some(&contact))];
    activities.extend([3, 4, 5].map(|number| activity(&story, number, ActivityKind::Message, None)));
    capture(&mut story, activities);
    let pieces = story.backup();
    // The server goes on, writes, what was held, too, and is lost.
    let by_hand = |story: &mut Story, number: u8| {
        let matched = ManualMatch { whom: Whom::Activity(base64url(&[number; 16])), says: Says::Is(contact.clone()) };
        ask(story, OutboxAsk::Match(Box::new(matched))).map(|_| ()).expect("a contact");
    };
    by_hand(&mut story, 3);
    by_hand(&mut story, 4);
    story.native.settle(MINUTES);
    assert!([1, 2, 3, 4].map(|number| receipt(&mut story, number).state).iter().all(|state| *state == ReceiptState::Written));
    let sql = Sqlite::memory();
    for piece in &pieces {
        sql.restore(piece).expect("in order");
    }
    story.native.sql = sql;
    story.native.restart();
    story.session = story.native.sign_in(0);
    assert_eq!(receipt(&mut story, 1).state, ReceiptState::Unknown, "it may have been written since");
    by_hand(&mut story, 3);
    by_hand(&mut story, 5);
    ask(&mut story, OutboxAsk::Do(ActivityDeed::Withdraw, ActivityIds { ids: vec![base64url(&[4; 16])] })).map(|_| ()).expect("the member's own");
    story.native.settle(MINUTES);
    story.pass(900);
    story.native.settle(Duration::from_secs(3600));
    for number in [1, 2, 3, 5] {
        assert_eq!((receipt(&mut story, number).state, rows_of(&story, number)), (ReceiptState::Written, vec![false]), "{number}");
    }
    assert_eq!((receipt(&mut story, 4).state, rows_of(&story, 4)), (ReceiptState::Withdrawn, vec![true]), "it stood there, and was removed");
}

#[test]
fn the_package_is_installed_used_and_removed_at_a_press_and_nothing_is_written_twice_over_it() {
    let mut story = writing();
    let (contact, ..) = people(&mut story);
    let package = |story: &mut Story, installs: bool| {
        ask(story, OutboxAsk::Package { installs }).map(|_| ()).expect("an admin");
        story.native.settle(MINUTES);
        writeback(story).package
    };
    let written = |story: &mut Story, number: u8, kind: ActivityKind| {
        let activities = vec![activity(story, number, kind, Some(&contact))];
        capture(story, activities);
        story.native.settle(MINUTES);
        let receipt = receipt(story, number);
        assert_eq!(receipt.state, ReceiptState::Written, "{receipt:?}");
        row(story, &receipt)
    };
    assert_eq!(written(&mut story, 1, ActivityKind::Call)["RecordTypeId"], "");
    // Refused, in Salesforce's words; writing goes on.
    story.switch(json!({ "refuses_package": true }));
    let failed = package(&mut story, true);
    assert!(matches!(&failed, Package::Failed { refusal, installed: false } if refusal.text.contains("limite")), "{failed:?}");
    story.switch(json!({ "refuses_package": false, "next_unavailable": 2, "next_cut_replies": 1, "next_web_pages": 0 }));
    assert_eq!(package(&mut story, true), Package::Installed);
    assert_eq!(package(&mut story, true), Package::Installed, "twice is once");
    let call = written(&mut story, 2, ActivityKind::Call);
    assert_eq!((call["Inlay_Key__c"].as_str(), call["RecordTypeId"].is_empty()), (base64url(&[2; 16]).as_str(), false));
    assert_ne!(written(&mut story, 3, ActivityKind::Inmail)["RecordTypeId"], call["RecordTypeId"]);
    assert!(written(&mut story, 4, ActivityKind::Note)["Body"].contains("curve"));
    // What may have been carried out is looked up.
    let lost = vec![activity(&story, 5, ActivityKind::Message, Some(&contact))];
    capture(&mut story, lost);
    unanswered(&mut story);
    quarters(&mut story);
    assert_eq!((receipt(&mut story, 5).state, rows_of(&story, 5)), (ReceiptState::Written, vec![false]));
    // Somebody takes it out of the org by hand: what is written goes without, once that is known.
    story.sandbox.org.write().expect("no panic holds it").drop_package();
    assert_eq!(written(&mut story, 6, ActivityKind::Call)["RecordTypeId"], "");
    assert_eq!(writeback(&mut story).package, Package::None);
    assert_eq!(package(&mut story, true), Package::Installed);
    assert_eq!(package(&mut story, false), Package::None);
    assert_eq!(written(&mut story, 7, ActivityKind::Call)["RecordTypeId"], "");
    assert!((1..=7).all(|number| rows_of(&story, number) == [false]));
}

#[test]
fn a_press_while_something_is_under_way_changes_nothing_of_it() {
    // At each moment on the way.
    for moment in 1..12 {
        let mut story = writing();
        let token = story.session.token.clone();
        let press = |native: &mut Native, press: OutboxAsk| native.ask(&token, MemberAsk::Outbox(press)).map(|_| ()).expect("an admin");
        let mut is_early = false;
        press(&mut story.native, OutboxAsk::Package { installs: true });
        story.native.settle_with(MINUTES, |native, steps| {
            if steps == moment {
                is_early = !matches!(native.ask(&token, MemberAsk::Outbox(OutboxAsk::Writeback)), Ok(Answer::Writeback(writeback)) if writeback.package == Package::Installed);
                press(native, OutboxAsk::Package { installs: false });
                press(native, OutboxAsk::Package { installs: true });
            }
            false
        });
        assert!(!is_early || writeback(&mut story).package == Package::Installed, "at step {moment}: {:?}", writeback(&mut story).package);
        // A test run: its rows are one run's.
        let contacts = count(&story, "Contact");
        press(&mut story.native, OutboxAsk::Test([201; 16]));
        story.native.settle_with(MINUTES, |native, steps| {
            if steps == moment {
                press(native, OutboxAsk::Test([202; 16]));
            }
            false
        });
        story.native.settle(MINUTES);
        let WriteTest::Passed { rows, .. } = writeback(&mut story).test else { panic!("{:?}", writeback(&mut story).test) };
        let runs = count(&story, "Contact") - contacts;
        assert_eq!(rows.len() as u64, 4 + 4 * runs, "at step {moment}, with those of the first run");
    }
}

#[test]
fn a_field_that_is_described_and_refused_all_the_same_is_told_and_costs_few_calls() {
    let mut story = writing();
    let (contact, ..) = people(&mut story);
    ask(&mut story, OutboxAsk::Package { installs: true }).map(|_| ()).expect("an admin");
    story.native.settle(MINUTES);
    story.switch(json!({ "refuses_key": true }));
    let activities = (1..=3).map(|number| activity(&story, number, ActivityKind::Message, Some(&contact))).collect();
    let before = story.sandbox.calls_of_day();
    capture(&mut story, activities);
    story.native.settle(Duration::from_secs(2 * 3600));
    assert!(story.sandbox.calls_of_day() - before <= 40, "{} calls", story.sandbox.calls_of_day() - before);
    for number in 1..=3 {
        let receipt = receipt(&mut story, number);
        assert!(receipt.refusal.is_some_and(|refusal| refusal.text.contains("external ID field")), "{number}: {:?}", receipt.state);
    }
    // Once it is mended, a press sends them.
    story.switch(json!({ "refuses_key": false }));
    let ids = (1..=3).map(|number: u8| base64url(&[number; 16])).collect();
    ask(&mut story, OutboxAsk::Do(ActivityDeed::Retry, ActivityIds { ids })).map(|_| ()).expect("the member's own");
    story.native.settle(MINUTES);
    assert!((1..=3).all(|number| rows_of(&story, number) == [false]));
}

#[test]
fn what_can_t_be_described_is_used_no_more_and_troubles_nobody() {
    let mut story = writing();
    let (contact, ..) = people(&mut story);
    ask(&mut story, OutboxAsk::Package { installs: true }).map(|_| ()).expect("an admin");
    story.native.settle(MINUTES);
    // Taken out by hand, and Task isn't described to the connected user any more.
    story.sandbox.org.write().expect("no panic holds it").drop_package();
    story.switch(json!({ "no_describe": ["Task"] }));
    let activities = vec![activity(&story, 1, ActivityKind::Message, Some(&contact))];
    capture(&mut story, activities);
    story.native.settle(MINUTES);
    assert_eq!(writeback(&mut story).package, Package::None, "nobody pressed anything");
    assert_eq!((receipt(&mut story, 1).state, rows_of(&story, 1)), (ReceiptState::Written, vec![false]));
}

#[test]
fn a_look_up_that_always_fails_holds_up_nobody_else() {
    let mut story = writing();
    let (contact, lead, _) = people(&mut story);
    let note = vec![activity(&story, 1, ActivityKind::Note, Some(&contact))];
    capture(&mut story, note);
    unanswered(&mut story);
    assert_eq!(receipt(&mut story, 1).state, ReceiptState::Unknown);
    // Its body can't be seen any more.
    story.happens(json!({ "deed": "hide", "user": 0, "object": "Note", "field": "Body" }));
    let message = vec![activity(&story, 2, ActivityKind::Message, Some(&lead))];
    capture(&mut story, message);
    story.native.settle(MINUTES);
    assert_eq!([1, 2].map(|number| receipt(&mut story, number).state), [ReceiptState::Unknown, ReceiptState::Written]);
    story.happens(json!({ "deed": "show", "user": 0, "object": "Note", "field": "Body" }));
    quarters(&mut story);
    assert_eq!((receipt(&mut story, 1).state, rows_of(&story, 1)), (ReceiptState::Written, vec![false]));
}

#[test]
fn what_was_taken_back_before_the_server_knew_of_it_is_never_sent() {
    let mut story = writing();
    let (contact, ..) = people(&mut story);
    let activities = vec![activity(&story, 1, ActivityKind::Message, Some(&contact)), activity(&story, 2, ActivityKind::Message, Some(&contact))];
    let withdrawn = vec![base64url(&[1; 16])];
    let both = receipts(ask(&mut story, OutboxAsk::Capture(Capture { activities: activities.clone(), withdrawn })));
    assert_eq!([both[0].state, both[1].state], [ReceiptState::Withdrawn, ReceiptState::Waiting]);
    story.native.settle(MINUTES);
    assert_eq!((rows_of(&story, 1), rows_of(&story, 2)), (vec![], vec![false]));
    // It had come, though its answer was lost: what was written is removed; after two weeks it stays, and that is no error.
    let late = Capture { activities: activities[1..].to_vec(), withdrawn: vec![base64url(&[2; 16])] };
    assert_eq!(receipts(ask(&mut story, OutboxAsk::Capture(late.clone())))[0].state, ReceiptState::Withdrawing);
    story.native.settle(MINUTES);
    assert_eq!(rows_of(&story, 2), [true]);
    let third = vec![activity(&story, 3, ActivityKind::Message, Some(&contact))];
    capture(&mut story, third.clone());
    story.native.settle(MINUTES);
    for _ in 0..15 {
        story.pass(24 * 3600);
        story.settle();
    }
    let too_late = Capture { activities: third, withdrawn: vec![base64url(&[3; 16])] };
    assert_eq!(receipts(ask(&mut story, OutboxAsk::Capture(too_late)))[0].state, ReceiptState::Written);
}

#[test]
fn what_is_taken_back_while_its_new_record_is_asked_for_stays_taken_back() {
    // At each moment on the way.
    for moment in 1..8 {
        taken_back_at(moment);
    }
}

fn taken_back_at(moment: u32) {
    let mut story = writing();
    let (contact, lead, _) = people(&mut story);
    let activities = vec![activity(&story, 1, ActivityKind::Message, Some(&lead))];
    capture(&mut story, activities);
    story.happens(json!({ "deed": "convert", "object": "Lead", "id": lead, "into": contact }));
    story.native.settle_until(MINUTES, |steps| steps > moment);
    ask(&mut story, OutboxAsk::Do(ActivityDeed::Withdraw, ActivityIds { ids: vec![base64url(&[1; 16])] })).map(|_| ()).expect("the member's own");
    quarters(&mut story);
    assert_eq!(receipt(&mut story, 1).state, ReceiptState::Withdrawn, "after {moment} steps");
    assert!(rows_of(&story, 1).iter().all(|is_deleted| *is_deleted), "after {moment} steps");
}

//! Writeback, story by story: what members do stands in Salesforce with the right fields, or says why it doesn't.

use inlay_core::api::{ActivityDeed, ActivityIds, Capture, Content, ProblemKind, ReceiptState, Refusal, WriteTest, Writeback};
use inlay_core::model::activity::{Activity, ActivityKind, Direction};
use inlay_core::seal::base64url;
use inlay_core::workspace::{Answer, MemberAsk, OutboxAsk};
use inlay_tests::sandbox::world::World;
use inlay_tests::story::Story;
use inlay_tests::writing::{MINUTES, activity, allow, ask, capture, count, people, receipt, receipts, row, rows_of, writeback, writing};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

#[test]
fn each_kind_stands_in_salesforce_with_its_fields_within_five_minutes() {
    let mut story = writing();
    let (contact, lead, account) = people(&mut story);
    let call = Activity {
        seconds: Some(340),
        direction: Some(Direction::Outbound),
        outcome: "Left a message".into(),
        ..activity(&story, 3, ActivityKind::Call, Some(&lead))
    };
    let activities = vec![
        activity(&story, 1, ActivityKind::Message, Some(&contact)),
        activity(&story, 2, ActivityKind::Inmail, Some(&lead)),
        call,
        activity(&story, 4, ActivityKind::Note, Some(&contact)),
        activity(&story, 5, ActivityKind::Note, Some(&account)),
    ];
    let waiting = capture(&mut story, activities.clone());
    assert!(waiting.iter().all(|receipt| receipt.state == ReceiptState::Waiting));
    story.native.settle(MINUTES);
    let written = receipts(ask(&mut story, OutboxAsk::Receipts(ActivityIds { ids: activities.iter().map(|one| one.id.clone()).collect() })));
    assert!(written.iter().all(|receipt| receipt.state == ReceiptState::Written && !receipt.link.is_empty()), "{written:?}");
    let rows: Vec<_> = written.iter().map(|receipt| row(&story, receipt)).collect();
    let user = World::id("005", 0);
    for row in &rows {
        assert_eq!((&row["OwnerId"], &row["CreatedById"]), (&user, &user), "the member owns it, the connected user made it");
    }
    let task = |row: &BTreeMap<&str, String>| ["Subject", "WhoId", "Status", "ActivityDate", "Description"].map(|field| row[field].clone());
    assert_eq!(task(&rows[0]), ["LinkedIn message to Dana Okafor", &contact, "Completed", "2026-11-18", "Dear Dana,\nhere is the curve."]);
    assert!(rows[0]["WhatId"].starts_with("006") || rows[0]["WhatId"].starts_with("001"), "a contact's task is on an opportunity or the account");
    assert_eq!((rows[1]["Subject"].as_str(), rows[1]["WhatId"].as_str()), ("LinkedIn InMail: Pumps", ""), "never with a lead");
    assert_eq!(
        ["TaskSubtype", "CallDurationInSeconds", "CallType", "CallDisposition"].map(|field| rows[2][field].as_str()),
        ["Call", "340", "Outbound", "Left a message"]
    );
    assert_eq!(["ParentId", "Title"].map(|field| rows[3][field].as_str()), [contact.as_str(), "Pumps"]);
    assert_eq!(rows[4]["ParentId"], account);
    // The same again is the same.
    let again = capture(&mut story, activities.clone());
    story.native.settle(MINUTES);
    assert!(again.iter().all(|receipt| receipt.state == ReceiptState::Written));
    assert!((1..=5).all(|number| rows_of(&story, number) == [false]));
}

#[test]
fn nothing_is_taken_that_the_admin_has_off_and_nothing_enabled_untested() {
    let mut story = Story::imported(9, 60);
    let (contact, _, account) = people(&mut story);
    let note = activity(&story, 1, ActivityKind::Note, Some(&contact));
    assert_eq!(ask(&mut story, OutboxAsk::Capture(Capture { activities: vec![note.clone()], withdrawn: Vec::new() })).err(), Some(ProblemKind::WritebackOff));
    let wanted = Writeback { kinds: [(ActivityKind::Note, Content::Full)].into(), ..Writeback::default() };
    assert_eq!(ask(&mut story, OutboxAsk::SetWriteback(wanted)).err(), Some(ProblemKind::WriteUntested));
    // A test that Salesforce refuses says so in its words.
    story.switch(json!({ "next_locked_rows": 1 }));
    ask(&mut story, OutboxAsk::Test([1; 16])).expect("an admin");
    story.native.settle(MINUTES);
    assert!(matches!(writeback(&mut story).test, WriteTest::Failed { refusal, .. } if refusal.code == "UNABLE_TO_LOCK_ROW"));
    ask(&mut story, OutboxAsk::Test([2; 16])).expect("an admin");
    story.native.settle(MINUTES);
    assert!(matches!(writeback(&mut story).test, WriteTest::Passed { .. }));
    // The test contact stands there already, and a duplicate rule doesn't take another.
    story.switch(json!({ "duplicate_rule": true }));
    ask(&mut story, OutboxAsk::Test([3; 16])).expect("an admin");
    story.native.settle(MINUTES);
    let test = writeback(&mut story).test;
    let is_readable = |refusal: &Refusal| refusal.code == "DUPLICATES_DETECTED" && refusal.text.starts_with("Você está criando um registro duplicado");
    assert!(matches!(&test, WriteTest::Failed { refusal, rows } if is_readable(refusal) && rows.len() == 4), "{test:?}");
    story.switch(json!({ "duplicate_rule": false }));
    ask(&mut story, OutboxAsk::Test([4; 16])).expect("an admin");
    story.native.settle(MINUTES);
    let notes_only = Writeback { kinds: [(ActivityKind::Note, Content::Subject), (ActivityKind::Call, Content::Fact)].into(), ..Writeback::default() };
    ask(&mut story, OutboxAsk::SetWriteback(notes_only)).expect("tested");
    let message = activity(&story, 2, ActivityKind::Message, Some(&contact));
    assert_eq!(ask(&mut story, OutboxAsk::Capture(Capture { activities: vec![message], withdrawn: Vec::new() })).err(), Some(ProblemKind::WritebackOff));
    let call = activity(&story, 3, ActivityKind::Call, Some(&account));
    assert_eq!(ask(&mut story, OutboxAsk::Capture(Capture { activities: vec![call], withdrawn: Vec::new() })).err(), Some(ProblemKind::NotesOnly));
    // Of a note the subject only.
    capture(&mut story, vec![note]);
    story.native.settle(MINUTES);
    let written = receipt(&mut story, 1);
    let body = row(&story, &written)["Body"].clone();
    assert!(!body.contains("Dana"), "{body}");
    // What the tests wrote goes when the admin wants it and Salesforce lets it go.
    let before = (count(&story, "Task"), count(&story, "Contact"));
    story.switch(json!({ "keeps_rows": true }));
    ask(&mut story, OutboxAsk::RemoveTest).expect("an admin");
    story.native.settle(MINUTES);
    let test = writeback(&mut story).test;
    let why = Some("INSUFFICIENT_ACCESS_OR_READONLY");
    assert!(
        matches!(&test, WriteTest::Passed { rows, refusal } if rows.len() == 8 && refusal.as_ref().map(|refusal| refusal.code.as_str()) == why),
        "{test:?}"
    );
    story.switch(json!({ "keeps_rows": false }));
    ask(&mut story, OutboxAsk::RemoveTest).expect("an admin");
    story.native.settle(MINUTES);
    assert_eq!((count(&story, "Task"), count(&story, "Contact")), (before.0 - 4, before.1 - 2));
    assert!(matches!(writeback(&mut story).test, WriteTest::Passed { rows, refusal: None } if rows.is_empty()));
}

#[test]
fn ten_thousand_waiting_activities_need_at_most_six_calls_a_thousand() {
    let mut story = writing();
    let (contact, lead, _) = people(&mut story);
    let kinds = [ActivityKind::Message, ActivityKind::Call, ActivityKind::Note];
    for part in 0..200_u64 {
        let activities = (0..50_u64).map(|place| {
            let number = part * 50 + place;
            let mut id = [7; 16];
            id[..8].copy_from_slice(&number.to_be_bytes());
            // Of a person the notes come after all else: what is of two objects goes in two requests, in order.
            let (kind, record) = (kinds[(number / 3_400) as usize], if number % 2 == 0 { &contact } else { &lead });
            Activity { id: base64url(&id), ..activity(&story, 1, kind, Some(record)) }
        });
        let activities = activities.collect();
        capture(&mut story, activities);
        story.native.now = story.native.now.plus_seconds(1);
    }
    let (before, tasks) = (story.sandbox.calls_of_day(), count(&story, "Task") + count(&story, "Note"));
    story.pass(0);
    story.native.settle(Duration::from_secs(600));
    assert_eq!(count(&story, "Task") + count(&story, "Note"), tasks + 10_000);
    let calls = story.sandbox.calls_of_day() - before;
    assert!(calls <= 60, "{calls} calls");
}

#[test]
fn who_writes_to_somebody_is_warned_that_a_colleague_did() {
    let mut story = writing();
    let (contact, ..) = people(&mut story);
    let theirs = vec![activity(&story, 1, ActivityKind::Call, Some(&contact))];
    capture(&mut story, theirs);
    let rep = story.native.sign_in(2);
    let touch = |story: &mut Story, token: &str| story.native.card(token, &contact).expect("a card").touch;
    let seen = touch(&mut story, &rep.token).expect("the admin called");
    assert_eq!((seen.name.as_str(), seen.kind), (story.session.member.name.as_str(), ActivityKind::Call));
    let own = story.session.token.clone();
    assert_eq!(touch(&mut story, &own), None, "one's own is no warning");
    allow(&mut story, |writeback| writeback.warn_days = 0);
    story.pass(60);
    assert_eq!(touch(&mut story, &rep.token), None);
    allow(&mut story, |writeback| writeback.warn_days = 7);
    story.pass(8 * 24 * 3600);
    let rep = story.native.sign_in(2);
    assert_eq!(touch(&mut story, &rep.token), None, "after the days");
}

#[test]
fn a_refusal_is_told_in_salesforce_s_words_and_can_be_tried_again() {
    let mut story = writing();
    let (contact, ..) = people(&mut story);
    let activities = vec![activity(&story, 1, ActivityKind::Message, Some(&contact)), activity(&story, 2, ActivityKind::Note, Some(&contact))];
    capture(&mut story, activities);
    story.switch(json!({ "refuses_tasks": true }));
    story.native.settle(MINUTES);
    let refused = receipt(&mut story, 1);
    let refusal = refused.refusal.expect("why");
    assert_eq!((refused.state, refusal.code.as_str()), (ReceiptState::Refused, "FIELD_CUSTOM_VALIDATION_EXCEPTION"));
    assert!(refusal.text.contains("Região"), "{}", refusal.text);
    assert_eq!(receipt(&mut story, 2).state, ReceiptState::Written, "others go on");
    story.switch(json!({ "refuses_tasks": false }));
    receipts(ask(&mut story, OutboxAsk::Do(ActivityDeed::Retry, ActivityIds { ids: vec![base64url(&[1; 16])] })));
    story.native.settle(MINUTES);
    assert_eq!(receipt(&mut story, 1).state, ReceiptState::Written);
}

#[test]
fn taking_back_removes_what_inlay_wrote_and_nothing_else() {
    let mut story = writing();
    let (contact, ..) = people(&mut story);
    let others = count(&story, "Task");
    let activities = (1..=3).map(|number| activity(&story, number, ActivityKind::Message, Some(&contact))).collect();
    capture(&mut story, activities);
    let withdraw = |story: &mut Story, number: u8| ask(story, OutboxAsk::Do(ActivityDeed::Withdraw, ActivityIds { ids: vec![base64url(&[number; 16])] }));
    // Skipped before it is written.
    assert_eq!(receipts(withdraw(&mut story, 1))[0].state, ReceiptState::Withdrawn);
    story.native.settle(MINUTES);
    assert_eq!(count(&story, "Task"), others + 2);
    // Another member can't touch it.
    let rep = story.native.sign_in(3);
    let theirs = OutboxAsk::Do(ActivityDeed::Withdraw, ActivityIds { ids: vec![base64url(&[2; 16])] });
    assert_eq!(story.native.ask(&rep.token, MemberAsk::Outbox(theirs)).err(), Some(ProblemKind::NotFound));
    // Salesforce keeps it: it stands as it stood, with the reason, and can be tried again.
    let written = receipt(&mut story, 2);
    story.switch(json!({ "keeps_rows": true }));
    assert_eq!(receipts(withdraw(&mut story, 2))[0].state, ReceiptState::Withdrawing);
    story.native.settle(MINUTES);
    let stays = receipt(&mut story, 2);
    assert_eq!((stays.state, stays.since, stays.undo_until), (ReceiptState::Written, written.since, written.undo_until));
    assert!(stays.refusal.is_some_and(|refusal| refusal.text.contains("insuficientes")));
    story.switch(json!({ "keeps_rows": false }));
    assert_eq!(receipts(withdraw(&mut story, 2))[0].state, ReceiptState::Withdrawing);
    story.native.settle(MINUTES);
    assert_eq!(receipt(&mut story, 2).state, ReceiptState::Withdrawn);
    assert_eq!(count(&story, "Task"), others + 1);
    assert_eq!(receipt(&mut story, 3).state, ReceiptState::Written);
    // After 14 days it stays.
    for _ in 0..15 {
        story.pass(24 * 3600);
        story.settle();
    }
    assert_eq!(withdraw(&mut story, 3).err(), Some(ProblemKind::TooLate));
}

#[test]
fn an_owner_who_left_doesn_t_stop_what_was_written() {
    let mut story = writing();
    let (contact, ..) = people(&mut story);
    let rep = story.native.sign_in(3);
    let message = activity(&story, 1, ActivityKind::Message, Some(&contact));
    let captured = story.native.ask(&rep.token, MemberAsk::Outbox(OutboxAsk::Capture(Capture { activities: vec![message], withdrawn: Vec::new() })));
    assert_eq!(receipts(captured)[0].state, ReceiptState::Waiting);
    story.happens(json!({ "deed": "change", "object": "User", "id": World::id("005", 3), "fields": { "IsActive": "false" } }));
    story.native.settle(MINUTES);
    let written = receipt(&mut story, 1);
    assert_eq!((written.state, &row(&story, &written)["OwnerId"]), (ReceiptState::Written, &World::id("005", 0)));
}

#[test]
fn the_ledger_shows_all_and_its_file_has_no_texts() {
    let mut story = writing();
    let (contact, ..) = people(&mut story);
    let activities = vec![activity(&story, 1, ActivityKind::Message, Some(&contact)), activity(&story, 2, ActivityKind::Message, None)];
    capture(&mut story, activities);
    story.native.settle(MINUTES);
    let Ok(Answer::Ledger(ledger)) = ask(&mut story, OutboxAsk::Ledger(None)) else { panic!("a ledger was asked for") };
    assert_eq!((ledger.counts[&ReceiptState::Written], ledger.counts[&ReceiptState::Held], ledger.lines.len()), (1, 1, 2));
    let Ok(Answer::Ledger(held)) = ask(&mut story, OutboxAsk::Ledger(Some(ReceiptState::Held))) else { panic!("a ledger was asked for") };
    assert_eq!(held.lines.len(), 1);
    // It stands in its member's inbox, and in nobody else's.
    assert_eq!(receipts(ask(&mut story, OutboxAsk::Inbox)).into_iter().map(|one| one.id).collect::<Vec<_>>(), [held.lines[0].id.clone()]);
    let rep = story.native.sign_in(2);
    assert!(receipts(story.native.ask(&rep.token, MemberAsk::Outbox(OutboxAsk::Inbox))).is_empty());
    let Ok(Answer::Export(file)) = ask(&mut story, OutboxAsk::LedgerFile) else { panic!("a file was asked for") };
    assert!(file.text.lines().count() == 3 && file.text.contains("written") && !file.text.contains("here is the curve"));
    let rep = story.native.sign_in(3);
    assert_eq!(story.native.ask(&rep.token, MemberAsk::Outbox(OutboxAsk::Ledger(None))).err(), Some(ProblemKind::NotAdmin));
}

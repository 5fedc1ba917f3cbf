//! Writeback, story by story: what members do stands in Salesforce once, with the right fields, or says why it doesn't.

use inlay_core::api::{
    ActivityDeed, ActivityIds, ActivityReceipt, Capture, Content, ManualMatch, Moved, NewLink, ProblemKind, ReceiptState, Says, Unmatched, Whom, WriteTest,
    Writeback,
};
use inlay_core::model::activity::{Activity, ActivityKind, Direction};
use inlay_core::model::id::RecordId;
use inlay_core::model::sighting::{Sighting, SightingKind};
use inlay_core::seal::{Key, base64url};
use inlay_core::workspace::link::read_address;
use inlay_core::workspace::{Answer, Call, MemberAsk, OutboxAsk, Workspace};
use inlay_tests::mirror;
use inlay_tests::native::DEPLOYMENT;
use inlay_tests::sandbox::world::World;
use inlay_tests::sqlite::Sqlite;
use inlay_tests::story::Story;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

const MINUTES: Duration = Duration::from_secs(5 * 60);

/// A story whose admin lets all kinds be written.
fn writing() -> Story {
    let mut story = Story::imported(9, 400);
    ask(&mut story, OutboxAsk::Test([200; 16])).expect("an admin");
    story.native.settle(MINUTES);
    let writeback = writeback(&mut story);
    assert!(matches!(&writeback.test, WriteTest::Passed { rows, .. } if rows.len() == 4), "{:?}", writeback.test);
    allow(&mut story, |_| ());
    story
}

fn writeback(story: &mut Story) -> Writeback {
    let Ok(Answer::Writeback(writeback)) = ask(story, OutboxAsk::Writeback) else { panic!("writeback was asked for") };
    *writeback
}

fn allow(story: &mut Story, change: impl FnOnce(&mut Writeback)) {
    let mut wanted = Writeback { kinds: ActivityKind::ALL.map(|kind| (kind, Content::Full)).into(), ..Writeback::default() };
    change(&mut wanted);
    ask(story, OutboxAsk::SetWriteback(wanted)).expect("an admin may");
}

fn ask(story: &mut Story, ask: OutboxAsk) -> Result<Answer, ProblemKind> {
    let token = story.session.token.clone();
    story.native.ask(&token, MemberAsk::Outbox(ask))
}

fn receipts(answer: Result<Answer, ProblemKind>) -> Vec<ActivityReceipt> {
    match answer {
        Ok(Answer::Receipts(receipts)) => receipts.receipts,
        Ok(_) => panic!("receipts were asked for"),
        Err(kind) => panic!("{kind:?}"),
    }
}

fn activity(story: &Story, number: u8, kind: ActivityKind, record: Option<&str>) -> Activity {
    Activity {
        id: base64url(&[number; 16]),
        kind,
        at: story.native.now,
        offset: 0,
        sighting: Sighting { id: format!("in/person-{number}"), kind: Some(SightingKind::Person), name: "Dana Okafor".into(), ..Sighting::default() },
        record: record.and_then(|id| RecordId::parse(id).ok()),
        subject: "Pumps".into(),
        text: "Dear Dana,\nhere is the curve.".into(),
        seconds: None,
        direction: None,
        outcome: String::new(),
    }
}

fn capture(story: &mut Story, activities: Vec<Activity>) -> Vec<ActivityReceipt> {
    receipts(ask(story, OutboxAsk::Capture(Capture { activities })))
}

fn receipt(story: &mut Story, number: u8) -> ActivityReceipt {
    receipts(ask(story, OutboxAsk::Receipts(ActivityIds { ids: vec![base64url(&[number; 16])] }))).remove(0)
}

/// The row behind a receipt, by field.
fn row(story: &Story, receipt: &ActivityReceipt) -> BTreeMap<&'static str, String> {
    let id = receipt.link.rsplit('/').next().expect("a link").to_owned();
    let org = story.sandbox.org.read().expect("no panic holds it");
    let spec = org.spec(if id.starts_with("00T") { "Task" } else { "Note" }).expect("a known object").clone();
    let (_, row) = org.find(&spec, &id).expect("the row is there");
    spec.fields.iter().copied().zip(row).collect()
}

fn count(story: &Story, object: &str) -> u64 {
    story.sandbox.org.read().expect("no panic holds it").visible(object)
}

/// A contact, a lead and an account that are in the CRM.
fn people(story: &mut Story) -> (String, String, String) {
    let token = story.session.token.clone();
    let contact = (0..400).map(|index| World::id("003", index)).find(|id| story.native.card(&token, id).is_ok()).expect("a contact");
    let lead = (0..400).map(|index| World::id("00Q", index)).find(|id| story.native.card(&token, id).is_ok_and(|card| card.record == *id)).expect("a lead");
    (contact, lead, World::id("001", 1))
}

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
    for activity in &activities {
        assert_eq!(mirror::rows_of_activities(&story.sandbox)[&inlay_core::outbox::row::marker(&activity.id)].len(), 1);
    }
}

#[test]
fn nothing_is_taken_that_the_admin_has_off_and_nothing_enabled_untested() {
    let mut story = Story::imported(9, 60);
    let (contact, _, account) = people(&mut story);
    let note = activity(&story, 1, ActivityKind::Note, Some(&contact));
    assert_eq!(ask(&mut story, OutboxAsk::Capture(Capture { activities: vec![note.clone()] })).err(), Some(ProblemKind::WritebackOff));
    let wanted = Writeback { kinds: [(ActivityKind::Note, Content::Full)].into(), ..Writeback::default() };
    assert_eq!(ask(&mut story, OutboxAsk::SetWriteback(wanted)).err(), Some(ProblemKind::WriteUntested));
    // A test that Salesforce refuses says so in its words.
    story.switch(json!({ "next_locked_rows": 1 }));
    ask(&mut story, OutboxAsk::Test([1; 16])).expect("an admin");
    story.native.settle(MINUTES);
    assert!(matches!(writeback(&mut story).test, WriteTest::Failed { refusal, .. } if refusal.code == "UNABLE_TO_LOCK_ROW"));
    ask(&mut story, OutboxAsk::Test([2; 16])).expect("an admin");
    story.native.settle(MINUTES);
    let notes_only = Writeback { kinds: [(ActivityKind::Note, Content::Subject), (ActivityKind::Call, Content::Fact)].into(), ..Writeback::default() };
    ask(&mut story, OutboxAsk::SetWriteback(notes_only)).expect("tested");
    let message = activity(&story, 2, ActivityKind::Message, Some(&contact));
    assert_eq!(ask(&mut story, OutboxAsk::Capture(Capture { activities: vec![message] })).err(), Some(ProblemKind::WritebackOff));
    let call = activity(&story, 3, ActivityKind::Call, Some(&account));
    assert_eq!(ask(&mut story, OutboxAsk::Capture(Capture { activities: vec![call] })).err(), Some(ProblemKind::NotesOnly));
    // Of a note the subject only.
    capture(&mut story, vec![note]);
    story.native.settle(MINUTES);
    let written = receipt(&mut story, 1);
    let body = row(&story, &written)["Body"].clone();
    assert!(!body.contains("Dana"), "{body}");
    // What the test wrote goes when the admin wants it and Salesforce lets it go.
    let before = (count(&story, "Task"), count(&story, "Contact"));
    story.switch(json!({ "keeps_rows": true }));
    ask(&mut story, OutboxAsk::RemoveTest).expect("an admin");
    story.native.settle(MINUTES);
    let test = writeback(&mut story).test;
    let why = Some("INSUFFICIENT_ACCESS_OR_READONLY");
    assert!(
        matches!(&test, WriteTest::Passed { rows, refusal } if rows.len() == 4 && refusal.as_ref().map(|refusal| refusal.code.as_str()) == why),
        "{test:?}"
    );
    story.switch(json!({ "keeps_rows": false }));
    ask(&mut story, OutboxAsk::RemoveTest).expect("an admin");
    story.native.settle(MINUTES);
    assert_eq!((count(&story, "Task"), count(&story, "Contact")), (before.0 - 2, before.1 - 1));
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
fn what_is_held_is_released_by_hand_and_by_import() {
    let mut story = writing();
    let (contact, ..) = people(&mut story);
    let unknown = |story: &Story, number: u8, name: &str| {
        let mut activity = activity(story, number, ActivityKind::Message, None);
        (activity.sighting.name, activity.sighting.id) = (name.into(), format!("in/{}", name.to_lowercase().replace(' ', "-")));
        activity.sighting.email = format!("{}@quarry-lane.example", name.to_lowercase().replace(' ', "."));
        activity.sighting.company = "Quarry Lane".into();
        activity
    };
    let activities = vec![unknown(&story, 1, "Ngozi Marchetti"), unknown(&story, 2, "Ngozi Marchetti"), unknown(&story, 3, "Tiberio Vandersloot")];
    let held = capture(&mut story, activities);
    assert!(held.iter().all(|receipt| receipt.state == ReceiptState::Held));
    story.native.settle(MINUTES);
    assert_eq!(receipt(&mut story, 1).state, ReceiptState::Held, "it waits");
    // One person, by hand: what else is held for the same person goes along.
    let matched = ManualMatch { whom: Whom::Activity(base64url(&[1; 16])), says: Says::Is(contact.clone()) };
    assert_eq!(receipts(ask(&mut story, OutboxAsk::Match(Box::new(matched)))).len(), 2);
    story.native.settle(MINUTES);
    let states = |story: &mut Story| [1, 2, 3].map(|number| receipt(story, number).state);
    assert_eq!(states(&mut story), [ReceiptState::Written, ReceiptState::Written, ReceiptState::Held]);
    // Of whom only the name is known goes alone: another may have the same.
    let mut named = [6, 7].map(|number| activity(&story, number, ActivityKind::Message, None));
    for one in &mut named {
        one.sighting = Sighting::of_name("Wei Chen", story.native.now);
    }
    capture(&mut story, named.to_vec());
    let matched = ManualMatch { whom: Whom::Activity(base64url(&[6; 16])), says: Says::Is(contact.clone()) };
    assert_eq!(receipts(ask(&mut story, OutboxAsk::Match(Box::new(matched)))).len(), 1);
    assert_eq!([6, 7].map(|number| receipt(&mut story, number).state), [ReceiptState::Waiting, ReceiptState::Held]);
    // The other one is added to Salesforce, and the next import finds out.
    let fields = json!({ "FirstName": "Tiberio", "LastName": "Vandersloot", "Name": "Tiberio Vandersloot", "Email": "tiberio.vandersloot@quarry-lane.example", "OwnerId": World::id("005", 0) });
    story.happens(json!({ "deed": "create", "object": "Contact", "fields": fields }));
    story.run();
    assert_eq!(states(&mut story)[2], ReceiptState::Written);
    // Where the admin wants it, the unmatched are written without a person; notes can't be.
    allow(&mut story, |writeback| writeback.unmatched = Unmatched::Unassigned);
    let activities = vec![unknown(&story, 4, "Nobody Known"), Activity { kind: ActivityKind::Note, ..unknown(&story, 5, "Nobody Known") }];
    capture(&mut story, activities);
    story.native.settle(MINUTES);
    let written = receipt(&mut story, 4);
    assert_eq!((written.state, row(&story, &written)["WhoId"].as_str()), (ReceiptState::Written, ""));
    assert_eq!(receipt(&mut story, 5).state, ReceiptState::Held);
}

#[test]
fn what_is_held_for_a_person_stays_together_while_the_key_is_replaced() {
    let mut story = writing();
    let (contact, ..) = people(&mut story);
    let held = |story: &Story, number: u8| {
        let mut activity = activity(story, number, ActivityKind::Message, None);
        activity.sighting.id = "in/ngozi".into();
        activity.sighting.name = "Ngozi Marchetti".into();
        activity
    };
    let before = vec![held(&story, 1)];
    capture(&mut story, before);
    let token = story.session.token.clone();
    story.native.ask(&token, MemberAsk::RotateKey([99; 32])).map(|_| ()).expect("an admin");
    for number in 2..=6 {
        story.native.settle_until(MINUTES, |steps| steps > 8);
        story.native.restart();
        let meanwhile = vec![held(&story, number)];
        capture(&mut story, meanwhile);
    }
    story.native.settle(MINUTES);
    let matched = ManualMatch { whom: Whom::Activity(base64url(&[1; 16])), says: Says::Is(contact) };
    assert_eq!(receipts(ask(&mut story, OutboxAsk::Match(Box::new(matched)))).len(), 6);
    story.native.settle(MINUTES);
    assert!([1, 2, 3, 4, 5, 6].map(|number| receipt(&mut story, number).state).iter().all(|state| *state == ReceiptState::Written));
}

#[test]
fn a_converted_lead_and_a_merge_s_loser_take_their_activities_along_and_say_why() {
    let mut story = writing();
    let (contact, lead, _) = people(&mut story);
    let token = story.session.token.clone();
    let loser = (1..400).map(|index| World::id("003", index)).find(|id| *id != contact && story.native.card(&token, id).is_ok()).expect("another contact");
    let activities = vec![
        activity(&story, 1, ActivityKind::Message, Some(&lead)),
        activity(&story, 2, ActivityKind::Note, Some(&loser)),
        activity(&story, 3, ActivityKind::Call, Some(&loser)),
    ];
    capture(&mut story, activities);
    // No import knows of it yet: Salesforce says it when the row is sent.
    story.happens(json!({ "deed": "convert", "object": "Lead", "id": lead, "into": contact }));
    story.happens(json!({ "deed": "merge", "object": "Contact", "id": loser, "into": contact }));
    story.native.settle(Duration::from_secs(1800));
    for (number, why) in [(1, Moved::Converted), (2, Moved::Merged), (3, Moved::Merged)] {
        let receipt = receipt(&mut story, number);
        assert_eq!((receipt.state, receipt.moved, &receipt.record), (ReceiptState::Written, Some(why), &contact), "{receipt:?}");
    }
}

#[test]
fn a_task_is_on_the_one_open_opportunity_of_its_person_s_roles_or_account_else_on_the_account() {
    let mut story = writing();
    let owner = World::id("005", 0);
    let create = |object: &str, mut fields: serde_json::Value| {
        fields["OwnerId"] = owner.clone().into();
        let before = story.sandbox.org.read().expect("no panic holds it").len(object);
        story.happens(json!({ "deed": "create", "object": object, "fields": fields }));
        let org = story.sandbox.org.read().expect("no panic holds it");
        let spec = org.spec(object).expect("a known object");
        org.row(spec, before)[0].clone()
    };
    let account = create("Account", json!({ "Name": "Quarry Lane" }));
    let [ngozi, tiberio, wei] =
        ["Ngozi", "Tiberio", "Wei"].map(|name| create("Contact", json!({ "FirstName": name, "LastName": "Quarry", "AccountId": account })));
    let opportunity = |name: &str, closed: &str| {
        create("Opportunity", json!({ "Name": name, "AccountId": account, "StageName": "Prospecting", "CloseDate": "2027-01-31", "IsClosed": closed }))
    };
    let (pumps, valves, old) = (opportunity("Pumps", "false"), opportunity("Valves", "false"), opportunity("Old", "true"));
    for (contact, opportunity) in [(&ngozi, &pumps), (&ngozi, &old), (&tiberio, &pumps), (&tiberio, &valves)] {
        create("OpportunityContactRole", json!({ "ContactId": contact, "OpportunityId": opportunity, "Role": "Evaluator" }));
    }
    story.run();
    let activities =
        [&ngozi, &tiberio, &wei].into_iter().zip(1..).map(|(contact, number)| activity(&story, number, ActivityKind::Message, Some(contact))).collect();
    capture(&mut story, activities);
    story.native.settle(MINUTES);
    let what = [1, 2, 3].map(|number| {
        let written = receipt(&mut story, number);
        row(&story, &written)["WhatId"].clone()
    });
    assert_eq!(what, [pumps, account.clone(), account], "of one role; of two; of the account's two");
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
fn a_tracked_link_s_visits_become_tasks_of_who_made_it() {
    let mut story = writing();
    let (contact, _, account) = people(&mut story);
    let token = story.session.token.clone();
    let make = |story: &mut Story, url: &str, record: &str| {
        let ask = NewLink { url: url.into(), title: "Pump curves".into(), record: record.into() };
        story.native.ask(&token, MemberAsk::MakeLink(ask, "https://inlay.example/".into(), [9; 16]))
    };
    for (url, record) in [("http://a.example", &contact), ("javascript:alert(1)", &contact), ("https://a b.example", &contact), ("https://a.example", &account)]
    {
        assert!(make(&mut story, url, record).is_err(), "{url}");
    }
    let Ok(Answer::Link(made)) = make(&mut story, "https://files.example/curves.pdf?x=1", &contact) else { panic!("a link was asked for") };
    let address = made.link.strip_prefix("https://inlay.example/l/").expect("the server's address");
    assert!(!address.contains("00D"), "the org isn't told");
    let (org, id) = read_address(&Key::new(&DEPLOYMENT), address).expect("made under this key");
    assert_eq!(org, story.session.workspace.org);
    let open = |story: &mut Story, counts: bool| match story.native.call(Call::View { id: id.clone(), counts }) {
        Ok(Answer::Redirect { url }) => url,
        _ => panic!("a link leads somewhere"),
    };
    // A robot; a person twice in half an hour; the same person the day after.
    for (counts, later) in [(false, 5), (true, 60), (true, 24 * 3600), (true, 5)] {
        assert_eq!(open(&mut story, counts), "https://files.example/curves.pdf?x=1");
        story.pass(later);
    }
    let link = story.native.card(&token, &contact).expect("a card").links.remove(0);
    assert_eq!((link.title.as_str(), link.views), ("Pump curves", 2));
    story.native.settle(MINUTES);
    let tasks = |story: &Story| {
        let org = story.sandbox.org.read().expect("no panic holds it");
        let spec = org.spec("Task").expect("a known object").clone();
        let field = |name: &str| spec.fields.iter().position(|known| *known == name).expect("a known field");
        let (subject, who, owner) = (field("Subject"), field("WhoId"), field("OwnerId"));
        (0..org.len("Task"))
            .map(|index| org.row(&spec, index))
            .filter(|row| row[subject] == "Viewed Pump curves")
            .map(|row| (row[who].clone(), row[owner].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(tasks(&story), vec![(contact.clone(), World::id("005", 0)); 2]);
    // Off is off: the link still leads on.
    allow(&mut story, |writeback| _ = writeback.kinds.remove(&ActivityKind::LinkView));
    story.pass(24 * 3600);
    assert_eq!(open(&mut story, true), "https://files.example/curves.pdf?x=1");
    story.native.settle(MINUTES);
    assert_eq!(tasks(&story).len(), 2);
    assert_eq!(make(&mut story, "https://a.example", &contact).err(), Some(ProblemKind::WritebackOff));
    // Nobody captures a view.
    let forged = activity(&story, 1, ActivityKind::LinkView, Some(&contact));
    assert_eq!(ask(&mut story, OutboxAsk::Capture(Capture { activities: vec![forged] })).err(), Some(ProblemKind::Unreadable));
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
        let rows = mirror::rows_of_activities(&story.sandbox).remove(&inlay_core::outbox::row::marker(&base64url(&[number; 16])));
        assert_eq!((receipt(&mut story, number).state, rows), (ReceiptState::Written, Some(vec![false])), "{number}");
    }
    // Nor when what was written is removed.
    ask(&mut story, OutboxAsk::Do(ActivityDeed::Withdraw, ActivityIds { ids: vec![base64url(&[1; 16])] })).map(|_| ()).expect("the member's own");
    story.switch(json!({ "next_web_pages": 3 }));
    let steps = story.native.settle(MINUTES);
    assert!(steps < 40, "{steps} steps in five minutes");
    let rows = mirror::rows_of_activities(&story.sandbox).remove(&inlay_core::outbox::row::marker(&base64url(&[1; 16])));
    assert_eq!(rows, Some(vec![true]));
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
fn what_was_written_after_a_backup_isn_t_written_again_by_the_restored_workspace() {
    let mut story = writing();
    let (contact, ..) = people(&mut story);
    let mut activities = vec![activity(&story, 1, ActivityKind::Message, Some(&contact)), activity(&story, 2, ActivityKind::Note, Some(&contact))];
    activities.extend([3, 4, 5].map(|number| activity(&story, number, ActivityKind::Message, None)));
    capture(&mut story, activities);
    let (mut pieces, mut cursor) = (Vec::new(), None);
    loop {
        let token = story.session.token.clone();
        let Ok(Answer::Backup(piece)) = story.native.ask(&token, MemberAsk::Backup(cursor.clone())) else { panic!("a backup was asked for") };
        cursor.clone_from(&piece.next);
        pieces.push(piece);
        if cursor.is_none() {
            break;
        }
    }
    // The server goes on, writes, what was held, too, and is lost.
    let by_hand = |story: &mut Story, number: u8| {
        let matched = ManualMatch { whom: Whom::Activity(base64url(&[number; 16])), says: Says::Is(contact.clone()) };
        ask(story, OutboxAsk::Match(Box::new(matched))).map(|_| ()).expect("a contact");
    };
    by_hand(&mut story, 3);
    by_hand(&mut story, 4);
    story.native.settle(MINUTES);
    assert!([1, 2, 3, 4].map(|number| receipt(&mut story, number).state).iter().all(|state| *state == ReceiptState::Written));
    let (sql, deployment) = (Sqlite::memory(), Key::new(&DEPLOYMENT));
    for piece in &pieces {
        Workspace::restore(&sql, &deployment, piece).expect("in order");
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
    let rows = |story: &Story, number: u8| {
        let marker = inlay_core::outbox::row::marker(&base64url(&[number; 16]));
        mirror::rows_of_activities(&story.sandbox).remove(&marker).unwrap_or_default()
    };
    for number in [1, 2, 3, 5] {
        assert_eq!((receipt(&mut story, number).state, rows(&story, number)), (ReceiptState::Written, vec![false]), "{number}");
    }
    assert_eq!((receipt(&mut story, 4).state, rows(&story, 4)), (ReceiptState::Withdrawn, vec![true]), "it stood there, and was removed");
}

#[test]
fn an_owner_who_left_doesn_t_stop_what_was_written() {
    let mut story = writing();
    let (contact, ..) = people(&mut story);
    let rep = story.native.sign_in(3);
    let message = activity(&story, 1, ActivityKind::Message, Some(&contact));
    let captured = story.native.ask(&rep.token, MemberAsk::Outbox(OutboxAsk::Capture(Capture { activities: vec![message] })));
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
    let Ok(Answer::Export(file)) = ask(&mut story, OutboxAsk::LedgerFile) else { panic!("a file was asked for") };
    assert!(file.text.lines().count() == 3 && file.text.contains("written") && !file.text.contains("here is the curve"));
    let rep = story.native.sign_in(3);
    assert_eq!(story.native.ask(&rep.token, MemberAsk::Outbox(OutboxAsk::Ledger(None))).err(), Some(ProblemKind::NotAdmin));
}

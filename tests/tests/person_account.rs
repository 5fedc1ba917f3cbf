//! Person accounts (spec 14): in Salesforce a person is an account and a contact at once. Here they are one person.

use inlay_core::api::{Band, FindProfiles, LookUp, ManualMatch, ReceiptState, Says, Verdict, Whom};
use inlay_core::model::activity::ActivityKind;
use inlay_core::model::evidence::{Field, Level};
use inlay_core::model::sighting::{Sighting, SightingKind};
use inlay_core::workspace::{Answer, MemberAsk, OutboxAsk};
use inlay_tests::mirror::rows_of_activities;
use inlay_tests::story::Story;
use inlay_tests::writing::{MINUTES, activity, capture, links, receipt, row, rows_of, without_notes, writing};
use serde_json::json;

const ACCOUNT: &str = "0015g00000PERS1AAP";
const CONTACT: &str = "0035g00000PERS1AAP";
/// The same person once more.
const OTHER_ACCOUNT: &str = "0015g00000PERS2AAP";
const OTHER_CONTACT: &str = "0035g00000PERS2AAP";

fn with_person_account(mut story: Story) -> Story {
    person_account(&mut story, ACCOUNT, CONTACT);
    story.run();
    story.assert_in_step();
    story
}

fn person_account(story: &mut Story, account: &str, contact: &str) {
    let fields = json!({ "Id": account, "Name": "Quill Vantongeren", "IsPersonAccount": "true", "PersonContactId": contact, "Phone": "+31 20 555 0199" });
    story.happens(json!({ "deed": "create", "object": "Account", "fields": fields }));
    let fields = json!({ "Id": contact, "FirstName": "Quill", "LastName": "Vantongeren", "AccountId": account, "IsPersonAccount": "true",
        "Email": "quill@vantongeren.example", "MailingCity": "Haarlem", "MailingCountry": "Netherlands" });
    story.happens(json!({ "deed": "create", "object": "Contact", "fields": fields }));
}

fn quill(kind: SightingKind) -> Sighting {
    Sighting {
        id: "in/quill".into(),
        kind: Some(kind),
        keys: vec!["in/quill".into()],
        name: "Quill Vantongeren".into(),
        company: "Rijnmond Bakeries".into(),
        location: "Haarlem, Netherlands".into(),
        ..Sighting::default()
    }
}

fn look(story: &mut Story, sighting: Sighting) -> Verdict {
    let token = story.session.token.clone();
    story.native.look_up(&token, LookUp { sightings: vec![sighting] }).verdicts.remove(0)
}

#[test]
fn a_person_account_is_one_person_and_no_company() {
    let mut story = with_person_account(Story::imported(5, 200));
    let verdict = look(&mut story, quill(SightingKind::Person));
    let matched = verdict.matched.expect("the person is known");
    assert_eq!((verdict.band, matched.record.as_str()), (Band::Sure, CONTACT));
    // Their own name is no employer: that they work somewhere else speaks against nothing.
    assert_eq!((matched.company.as_str(), matched.link.contains(ACCOUNT)), ("", true));
    assert!(matched.evidence.iter().any(|line| line.field == Field::Company && line.level == Level::NotCompared));
    assert!(look(&mut story, quill(SightingKind::Company)).matched.is_none(), "a company so named is somebody else");
    let token = story.session.token.clone();
    for id in [ACCOUNT, CONTACT] {
        let card = story.native.card(&token, id).expect("a card");
        assert_eq!((card.record.as_str(), card.company.as_str(), card.email.as_str()), (CONTACT, "", "quill@vantongeren.example"));
        assert!(card.link.contains(ACCOUNT), "{}", card.link);
    }
}

#[test]
fn from_a_person_account_s_page_the_person_is_matched_by_hand() {
    let mut story = with_person_account(Story::imported(5, 200));
    let token = story.session.token.clone();
    let other = Sighting { name: "Q. V. Tongeren".into(), id: "in/qvt".into(), keys: vec!["in/qvt".into()], ..quill(SightingKind::Person) };
    let ask = ManualMatch { whom: Whom::Sighting(Box::new(other.clone())), says: Says::Is(ACCOUNT.into()) };
    story.native.ask(&token, MemberAsk::Outbox(OutboxAsk::Match(Box::new(ask)))).map(|_| ()).expect("a person");
    let verdict = look(&mut story, other);
    assert_eq!(verdict.matched.map(|matched| matched.record.to_string()).as_deref(), Some(CONTACT));
    look(&mut story, quill(SightingKind::Person));
    let Ok(Answer::Profiles(told)) = story.native.ask(&token, MemberAsk::Profiles(FindProfiles { record: ACCOUNT.into(), text: String::new() })) else {
        panic!("profiles were asked for")
    };
    assert_eq!(told.record.record.as_str(), CONTACT);
    assert!(told.found.iter().any(|found| found.sighting.keys == ["in/quill"]));
}

#[test]
fn a_call_is_with_the_person_and_a_note_stands_on_the_account() {
    let mut story = with_person_account(writing());
    let (call, note) = (activity(&story, 1, ActivityKind::Call, Some(ACCOUNT)), activity(&story, 2, ActivityKind::Note, Some(CONTACT)));
    capture(&mut story, vec![call, note]);
    story.pass(300);
    story.native.settle(MINUTES);
    let (call, note) = (receipt(&mut story, 1), receipt(&mut story, 2));
    assert_eq!((call.state, note.state), (ReceiptState::Written, ReceiptState::Written));
    let (task, note) = (row(&story, &call), row(&story, &note));
    assert_eq!((task["WhoId"].as_str(), task["WhatId"].as_str()), (CONTACT, ""));
    assert_eq!(note["ParentId"], ACCOUNT);
}

#[test]
fn a_note_that_is_a_file_follows_its_person_account_through_a_merge() {
    let mut story = without_notes();
    person_account(&mut story, OTHER_ACCOUNT, OTHER_CONTACT);
    let mut story = with_person_account(story);
    let note = activity(&story, 1, ActivityKind::Note, Some(CONTACT));
    capture(&mut story, vec![note]);
    story.pass(300);
    let sandbox = story.sandbox.clone();
    let mut is_merged = false;
    // The person is merged away between the file and its link.
    story.native.settle_with(MINUTES, |_, _| {
        let is_written = rows_of_activities(&sandbox).values().flatten().any(|is_deleted| !is_deleted);
        if is_written && !is_merged {
            for (object, id, into) in [("Account", ACCOUNT, OTHER_ACCOUNT), ("Contact", CONTACT, OTHER_CONTACT)] {
                let deed: serde_json::Value = json!({ "deed": "merge", "object": object, "id": id, "into": into });
                sandbox.happen(&deed).expect("it is there");
            }
            is_merged = true;
        }
        false
    });
    story.native.settle(MINUTES);
    assert_eq!((receipt(&mut story, 1).state, rows_of(&story, 1)), (ReceiptState::Written, vec![false]));
    assert_eq!(links(&mut story, 1), vec![OTHER_ACCOUNT.to_owned()]);
}

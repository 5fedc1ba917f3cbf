//! On which record an activity goes: held until it is known, moved along with merges and conversions, on the one open opportunity.

use inlay_core::api::{ManualMatch, Moved, ReceiptState, Says, Unmatched, Whom};
use inlay_core::model::activity::{Activity, ActivityKind};
use inlay_core::model::sighting::Sighting;
use inlay_core::seal::base64url;
use inlay_core::workspace::{MemberAsk, OutboxAsk};
use inlay_tests::sandbox::world::World;
use inlay_tests::story::Story;
use inlay_tests::writing::{MINUTES, activity, allow, ask, capture, people, receipt, receipts, row, writing, writing_in_shards};
use serde_json::json;
use std::time::Duration;

#[test]
fn what_is_held_is_released_by_hand_and_by_import() {
    released(writing());
}

/// The import writes a row to its shard, and in the same step reads it back.
#[test]
fn what_is_held_is_released_where_records_are_in_shards() {
    released(writing_in_shards());
}

fn released(mut story: Story) {
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

//! Notes in an org without Notes: ContentNotes, each linked to its record, exactly once.

use base64::Engine as _;
use inlay_core::api::{ActivityDeed, ActivityIds, ManualMatch, ReceiptState, Says, Whom};
use inlay_core::model::activity::ActivityKind;
use inlay_core::seal::base64url;
use inlay_core::workspace::OutboxAsk;
use inlay_tests::sandbox::world::World;
use inlay_tests::story::Story;
use inlay_tests::writing::{MINUTES, activity, ask, capture, links, people, receipt, row, rows_of, without_notes};
use serde_json::json;
use std::time::Duration;

fn noted(story: &mut Story, number: u8, record: Option<&str>) {
    let note = vec![activity(story, number, ActivityKind::Note, record)];
    capture(story, note);
}

#[test]
fn a_note_becomes_a_file_that_is_linked_to_its_record() {
    let mut story = without_notes();
    let (contact, _, account) = people(&mut story);
    let mut first = activity(&story, 1, ActivityKind::Note, Some(&contact));
    (first.subject, first.text) = (String::new(), "Likes <b>\"curves\"</b> & 'pumps'\nand 🎯".into());
    capture(&mut story, vec![first]);
    noted(&mut story, 2, Some(&account));
    story.native.settle(MINUTES);
    let told = receipt(&mut story, 1);
    assert_eq!(told.state, ReceiptState::Written, "{:?}", told.refusal);
    assert_eq!(told.subject, "Likes <b>\"curves\"</b> & 'pumps' and 🎯");
    let written = row(&story, &told);
    assert_eq!(written["Title"], format!("{} (inlay:{})", told.subject, base64url(&[1; 16])));
    let html = base64::engine::general_purpose::STANDARD.decode(&written["Content"]).expect("Base64");
    assert_eq!(String::from_utf8(html).expect("a text"), "Likes &lt;b&gt;&quot;curves&quot;&lt;/b&gt; &amp; &#39;pumps&#39;<br>and 🎯");
    assert_eq!((links(&mut story, 1), links(&mut story, 2)), (vec![contact.clone()], vec![account]));
    // Whoever may not make it another's owns it; whoever may, does.
    assert_eq!(written["OwnerId"], written["CreatedById"]);
    story.switch(json!({ "sets_owners": true }));
    noted(&mut story, 3, Some(&contact));
    story.native.settle(MINUTES);
    let told = receipt(&mut story, 3);
    assert_eq!(row(&story, &told)["OwnerId"], World::id("005", 0));
    // Taken back: the row goes, and its link with it.
    ask(&mut story, OutboxAsk::Do(ActivityDeed::Withdraw, ActivityIds { ids: vec![base64url(&[3; 16])] })).map(|_| ()).expect("the member's own");
    story.native.settle(MINUTES);
    assert_eq!((receipt(&mut story, 3).state, rows_of(&story, 3)), (ReceiptState::Withdrawn, vec![true]));
}

#[test]
fn whatever_is_lost_on_the_way_it_stands_there_once_and_is_linked_once() {
    for moment in 1..6 {
        let mut story = without_notes();
        let (contact, ..) = people(&mut story);
        noted(&mut story, 1, Some(&contact));
        // This request is carried out, and its answer lost; at the next one the process dies.
        story.native.settle_with(MINUTES, |native, steps| {
            native.loses_next = steps == moment;
            steps > moment + 1
        });
        story.native.restart();
        for _ in 0..4 {
            story.native.settle(Duration::from_secs(60));
            story.pass(900);
        }
        story.native.settle(MINUTES);
        assert_eq!((receipt(&mut story, 1).state, rows_of(&story, 1)), (ReceiptState::Written, vec![false]), "at step {moment}");
        assert_eq!(links(&mut story, 1), vec![contact], "at step {moment}");
    }
}

#[test]
fn a_note_whose_record_is_gone_before_it_is_linked_is_held_and_linked_by_hand() {
    for (deed, state) in [(ActivityDeed::Retry, ReceiptState::Written), (ActivityDeed::Withdraw, ReceiptState::Withdrawn)] {
        let mut story = without_notes();
        let (contact, lead, _) = people(&mut story);
        noted(&mut story, 1, Some(&contact));
        let sandbox = story.sandbox.clone();
        story.native.settle_with(MINUTES, |_, _| {
            let is_written =
                !inlay_tests::mirror::rows_of_activities(&sandbox).get(&format!("inlay:{}", base64url(&[1; 16]))).map_or(&[][..], Vec::as_slice).is_empty();
            if is_written {
                let deleted: serde_json::Value = json!({ "deed": "delete", "object": "Contact", "id": contact });
                let _ = sandbox.happen(&deleted); // Once is enough.
            }
            false
        });
        assert_eq!((receipt(&mut story, 1).state, rows_of(&story, 1)), (ReceiptState::Held, vec![false]));
        let done = if deed == ActivityDeed::Retry {
            ask(&mut story, OutboxAsk::Match(Box::new(ManualMatch { whom: Whom::Activity(base64url(&[1; 16])), says: Says::Is(lead.clone()) })))
        } else {
            ask(&mut story, OutboxAsk::Do(deed, ActivityIds { ids: vec![base64url(&[1; 16])] }))
        };
        done.map(|_| ()).expect("the member's own");
        story.native.settle(MINUTES);
        assert_eq!(receipt(&mut story, 1).state, state);
        if state == ReceiptState::Written {
            assert_eq!((rows_of(&story, 1), links(&mut story, 1)), (vec![false], vec![lead]));
        } else {
            assert_eq!(rows_of(&story, 1), vec![true]);
        }
    }
}

//! What stories of writing share: an admin who lets all kinds be written, activities, their receipts and rows.

use crate::mirror::{links_of_notes, rows_of_activities};
use crate::sandbox::world::World;
use crate::story::Story;
use inlay_core::api::{ActivityIds, ActivityReceipt, Capture, Content, ProblemKind, WriteTest, Writeback};
use inlay_core::model::activity::{Activity, ActivityKind};
use inlay_core::model::id::RecordId;
use inlay_core::model::sighting::{Sighting, SightingKind};
use inlay_core::outbox::row::marker;
use inlay_core::seal::base64url;
use inlay_core::workspace::{Answer, MemberAsk, OutboxAsk};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// Within it everything is written.
pub const MINUTES: Duration = Duration::from_secs(5 * 60);

/// A story whose admin lets all kinds be written.
pub fn writing() -> Story {
    let_write(Story::imported(9, 400))
}

/// The same, of an org whose records are in shards.
pub fn writing_in_shards() -> Story {
    let mut story = Story::connected(9, 400, &Value::Null);
    story.native.workspace.limits.shard_records = 40;
    story.settle();
    story.pass(3600);
    assert_eq!(story.native.sql.shards().len(), 16);
    let_write(story)
}

fn let_write(mut story: Story) -> Story {
    ask(&mut story, OutboxAsk::Test([200; 16])).expect("an admin");
    story.native.settle(MINUTES);
    let writeback = writeback(&mut story);
    assert!(matches!(&writeback.test, WriteTest::Passed { rows, .. } if rows.len() == 4), "{:?}", writeback.test);
    allow(&mut story, |_| ());
    story
}

/// What the admin allows.
pub fn writeback(story: &mut Story) -> Writeback {
    let Ok(Answer::Writeback(writeback)) = ask(story, OutboxAsk::Writeback) else { panic!("writeback was asked for") };
    *writeback
}

/// All kinds are allowed in full, but for a change.
pub fn allow(story: &mut Story, change: impl FnOnce(&mut Writeback)) {
    let mut wanted = Writeback { kinds: ActivityKind::ALL.map(|kind| (kind, Content::Full)).into(), ..Writeback::default() };
    change(&mut wanted);
    ask(story, OutboxAsk::SetWriteback(wanted)).expect("an admin may");
}

/// Asks the outbox as the admin.
pub fn ask(story: &mut Story, ask: OutboxAsk) -> Result<Answer, ProblemKind> {
    let token = story.session.token.clone();
    story.native.ask(&token, MemberAsk::Outbox(ask))
}

/// The receipts of an answer.
pub fn receipts(answer: Result<Answer, ProblemKind>) -> Vec<ActivityReceipt> {
    match answer {
        Ok(Answer::Receipts(receipts)) => receipts.receipts,
        Ok(_) => panic!("receipts were asked for"),
        Err(kind) => panic!("{kind:?}"),
    }
}

/// An activity of this moment, named by a number.
pub fn activity(story: &Story, number: u8, kind: ActivityKind, record: Option<&str>) -> Activity {
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

/// The admin does something.
pub fn capture(story: &mut Story, activities: Vec<Activity>) -> Vec<ActivityReceipt> {
    receipts(ask(story, OutboxAsk::Capture(Capture { activities, withdrawn: Vec::new() })))
}

/// What became of a numbered activity.
pub fn receipt(story: &mut Story, number: u8) -> ActivityReceipt {
    receipts(ask(story, OutboxAsk::Receipts(ActivityIds { ids: vec![base64url(&[number; 16])] }))).remove(0)
}

/// The row behind a receipt, by field.
pub fn row(story: &Story, receipt: &ActivityReceipt) -> BTreeMap<&'static str, String> {
    let id = receipt.link.rsplit('/').next().expect("a link").to_owned();
    let org = story.sandbox.org.read().expect("no panic holds it");
    let spec = org.specs.iter().find(|spec| id.starts_with(spec.prefix)).expect("a known object").clone();
    let (_, row) = org.find(&spec, &id).expect("the row is there");
    spec.fields.iter().copied().zip(row).collect()
}

/// Rows that stand in the org.
pub fn count(story: &Story, object: &str) -> u64 {
    story.sandbox.org.read().expect("no panic holds it").visible(object)
}

/// A contact, a lead and an account that are in the CRM.
pub fn people(story: &mut Story) -> (String, String, String) {
    let token = story.session.token.clone();
    let contact = (0..400).map(|index| World::id("003", index)).find(|id| story.native.card(&token, id).is_ok()).expect("a contact");
    let lead = (0..400).map(|index| World::id("00Q", index)).find(|id| story.native.card(&token, id).is_ok_and(|card| card.record == *id)).expect("a lead");
    (contact, lead, World::id("001", 1))
}

/// The rows of a numbered activity that ever were in the org: whether each is deleted.
pub fn rows_of(story: &Story, number: u8) -> Vec<bool> {
    rows_of_activities(&story.sandbox).remove(&marker(&base64url(&[number; 16]))).unwrap_or_default()
}

/// A story in an org without Notes, of which a test run has learnt.
pub fn without_notes() -> Story {
    let mut story = writing();
    story.happens(json!({ "deed": "hide", "user": 0, "object": "Note", "field": "Id" }));
    ask(&mut story, OutboxAsk::Test([201; 16])).map(|_| ()).expect("an admin");
    story.native.settle(MINUTES);
    let WriteTest::Passed { rows, .. } = writeback(&mut story).test else { panic!("{:?}", writeback(&mut story).test) };
    assert!(rows.iter().any(|(object, _)| object == "ContentNote"), "{rows:?}");
    story
}

/// The records that a numbered note is linked to.
pub fn links(story: &mut Story, number: u8) -> Vec<String> {
    let row = receipt(story, number).link.rsplit('/').next().expect("a link").to_owned();
    links_of_notes(&story.sandbox).remove(&row).unwrap_or_default()
}

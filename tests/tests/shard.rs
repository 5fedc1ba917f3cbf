//! Shards: a large org's records are spread over several objects, and nobody notices.

use inlay_core::api::{LookUp, Matched, Purge, RunKind, Thresholds};
use inlay_core::model::id::RecordId;
use inlay_core::model::object::Object;
use inlay_core::model::sighting::{Sighting, SightingKind};
use inlay_core::model::time::Timestamp;
use inlay_core::seal::Key;
use inlay_core::shard::{self, Ask, Want};
use inlay_core::store::{Sql as _, record, schema};
use inlay_core::workspace::{Answer, MemberAsk, Workspace};
use inlay_tests::native::DEPLOYMENT;
use inlay_tests::sandbox::world::World;
use inlay_tests::sqlite::Sqlite;
use inlay_tests::story::{PATIENCE, Story};
use serde_json::{Value, json};

/// An org whose records are in eight shards.
fn sharded(seed: u64, contacts: u64) -> Story {
    let mut story = Story::connected(seed, contacts, &Value::Null);
    story.native.workspace.limits.shard_records = 40;
    story.settle();
    assert!(story.native.sql.shards().into_keys().eq(0..8));
    story
}

/// Some of the org's people and companies, as pages show them.
fn sightings(story: &mut Story) -> Vec<Sighting> {
    let token = story.session.token.clone();
    let mut seen = Vec::new();
    for place in 0..30 {
        for (prefix, kind) in [("003", SightingKind::Person), ("00Q", SightingKind::Person), ("001", SightingKind::Company)] {
            let Ok(card) = story.native.card(&token, &World::id(prefix, place)) else { continue };
            let id = format!("{prefix}-{place}");
            // Some with all that is known, some with a name alone.
            let company = if place % 3 == 0 { String::new() } else { card.company };
            seen.push(Sighting { id: id.clone(), kind: Some(kind), keys: vec![id], name: card.name, title: card.title, company, ..Sighting::default() });
        }
    }
    seen
}

fn look(story: &mut Story, sightings: &[Sighting]) -> Vec<Option<Matched>> {
    let token = story.session.token.clone();
    let pages = sightings.chunks(25).map(|page| LookUp { sightings: page.to_vec() });
    let verdicts = pages.flat_map(|ask| story.native.look_up(&token, ask).verdicts).collect::<Vec<_>>();
    verdicts.into_iter().map(|verdict| verdict.matched.map(|matched| Matched { link: String::new(), ..matched })).collect()
}

fn cards(story: &mut Story, found: &[Option<Matched>]) -> Vec<String> {
    let token = story.session.token.clone();
    let ids: Vec<RecordId> = found.iter().flatten().map(|matched| matched.record).collect();
    let cards = ids.iter().map(|id| story.native.card(&token, id.as_str()).expect("it is there"));
    cards.map(|card| serde_json::to_string(&card).expect("plain data").replace(&story.sandbox.url, "")).collect()
}

fn rows_of_its_own(sql: &Sqlite) -> u64 {
    Object::ALL.iter().map(|object| record::count(sql, *object).expect("storage works")).sum()
}

#[test]
fn shards_answer_as_one_object_does() {
    let (mut one, mut eight) = (Story::imported(5, 150), sharded(5, 150));
    eight.pass(3600);
    eight.assert_in_step();
    assert_eq!(rows_of_its_own(&eight.native.sql), 0);
    let seen = sightings(&mut one);
    assert!(seen.len() > 60);
    let (by_one, by_eight) = (look(&mut one, &seen), look(&mut eight, &seen));
    assert!(by_one.iter().flatten().count() > seen.len() / 2);
    assert_eq!(by_one, by_eight, "the same records, for the same reasons");
    let (cards_of_one, cards_of_eight) = (cards(&mut one, &by_one), cards(&mut eight, &by_eight));
    assert_eq!(cards_of_one, cards_of_eight);
    let preview =
        |story: &mut Story| match story.native.ask(&story.session.token.clone(), MemberAsk::Preview(Thresholds { sure: 0.999, ..Thresholds::default() })) {
            Ok(Answer::Preview(preview)) => (preview.sightings, preview.appear, preview.vanish, preview.other_record, preview.other_band),
            _ => panic!("a preview was asked for"),
        };
    assert_eq!(preview(&mut one), preview(&mut eight));
}

#[test]
fn increments_deletions_and_comparisons_reach_the_shards() {
    let mut story = sharded(6, 120);
    let contact = |number| World::id("003", number);
    story.happens(json!({ "deed": "change", "object": "Contact", "id": contact(3), "fields": { "LastName": "Vantongeren" } }));
    story.happens(json!({ "deed": "delete", "object": "Contact", "id": contact(4) }));
    story.happens(json!({ "deed": "merge", "object": "Contact", "id": contact(7), "into": contact(8) }));
    assert_eq!(story.run().kind, RunKind::Increment);
    story.assert_in_step();
    // Gone without a trace: only a comparison of all rows finds it.
    story.happens(json!({ "deed": "purge", "object": "Contact", "id": contact(5) }));
    story.pass(8 * 24 * 3600);
    let run = story.settle();
    assert_eq!((run.kind, run.problem), (RunKind::Compare, None));
    story.assert_in_step();
}

#[test]
fn an_org_that_grows_moves_while_badges_are_looked_up() {
    let mut story = Story::imported(7, 120);
    let seen = sightings(&mut story);
    let before = look(&mut story, &seen);
    assert!(story.native.sql.shards().is_empty());
    for (each, shards) in [(40, 0..8), (15, 8..24)] {
        story.native.workspace.limits.shard_records = each;
        story.native.workspace.limits.copied_rows = 50;
        story.pass(13 * 3600);
        let (token, session) = (story.session.token.clone(), story.session.clone());
        let (mut steps, mut found) = (0, 0);
        story.native.settle_with(PATIENCE, |native, _| {
            steps += 1;
            if steps % 7 == 0 {
                found += native.look_up(&token, LookUp { sightings: seen[..20].to_vec() }).verdicts.iter().filter(|verdict| verdict.matched.is_some()).count();
            }
            false
        });
        assert_eq!(found, steps / 7 * before[..20].iter().flatten().count(), "at each moment each is found");
        story.session = session;
        assert!(story.native.sql.shards().into_keys().eq(shards), "the former home is left");
        assert_eq!(rows_of_its_own(&story.native.sql), 0);
        assert_eq!(look(&mut story, &seen).iter().map(|found| found.as_ref().map(|found| found.record)).collect::<Vec<_>>(), records(&before));
        story.assert_in_step();
    }
    story.run();
    story.assert_in_step();
}

fn records(found: &[Option<Matched>]) -> Vec<Option<RecordId>> {
    found.iter().map(|found| found.as_ref().map(|found| found.record)).collect()
}

#[test]
fn keys_are_replaced_in_shards_too() {
    let mut story = sharded(8, 120);
    story.native.workspace.limits.copied_rows = 50;
    let seen = sightings(&mut story);
    let before = records(&look(&mut story, &seen));
    let token = story.session.token.clone();
    story.native.ask(&token, MemberAsk::RotateKey([9; 32])).map(|_| ()).expect("an admin may");
    story.settle();
    story.assert_in_step();
    assert_eq!(records(&look(&mut story, &seen)), before);
}

#[test]
fn a_purge_erases_the_shards() {
    let mut story = sharded(9, 120);
    let token = story.session.token.clone();
    let org = story.native.status(&token).workspace.org;
    let Ok(Answer::Purged(receipt)) = story.native.ask(&token, MemberAsk::Purge(Purge { confirm: org })) else { panic!("an admin may") };
    let rows = receipt.erased.iter().find(|(table, _)| table == "record").map(|(_, rows)| *rows);
    assert!(rows.is_some_and(|rows| rows > 120), "the receipt counts what was in them: {rows:?}");
    // The key went first. What is left goes when somebody asks, or the alarm rings: as often as it takes.
    let sql = story.native.sql.clone();
    assert!(sql.shards().len() == 8 && Workspace::open(Box::new(sql.clone()), &Key::new(&DEPLOYMENT)).expect("storage works").is_err());
    for _ in 0..2 {
        assert_eq!(sql.finish_purge(receipt.at).expect("shards are there"), Some((*receipt).clone()));
        assert!(receipt.left == 0 && sql.shards().is_empty(), "nothing is left of them");
    }
}

/// A restore was begun, and another backup is restored instead, or the org connected anew: nothing of the first may stay.
#[test]
fn a_restore_that_is_given_up_leaves_nothing_in_shards() {
    let mut story = sharded(10, 120);
    let pieces = story.backup();
    let sql = Sqlite::memory();
    let most = pieces.iter().rposition(|piece| piece.next.is_some()).expect("there are several");
    for piece in &pieces[..most] {
        sql.restore(piece).expect("in order");
    }
    assert!(!sql.shards().is_empty(), "it came as far as the shards");
    sql.give_up_restore(Timestamp(0)).expect("shards are there");
    assert!(sql.shards().is_empty() && !schema::exists(&sql).expect("storage works"));
}

/// A piece that was sent once more, as no answer came, arrives after the one that follows it.
#[test]
fn a_backups_piece_that_arrives_late_is_refused() {
    let sql = Sqlite::memory();
    let piece = |id: &str| json!({ "table": "record", "rows": [[{ "Text": id }, { "Blob": "AA==" }]] }).to_string().into_bytes();
    let restore = |number: u32, begins: bool, id: &str| {
        let ask = Ask { head: Want::Restore { backup: "b".into(), number, begins }, bytes: piece(id) };
        sql.atomically(|| shard::answer(&sql, Timestamp(5), vec![ask])).is_ok()
    };
    assert!(!restore(8, false, "one"), "the first one isn't there");
    assert!(restore(7, true, "one") && restore(7, true, "one") && restore(8, false, "two") && restore(8, false, "two"));
    assert!(!restore(7, true, "one"), "it would erase what came since");
    assert!(!restore(10, false, "four"), "one between is missing");
    assert!(schema::tables(&sql).expect("storage works").contains(&("record".to_owned(), 2)));
}

/// What a killed process asked for arrives after another one has begun to write.
#[test]
fn who_writes_shuts_out_who_wrote_before() {
    let sql = Sqlite::memory();
    let now = Timestamp(5);
    let fence = || {
        let given = sql.atomically(|| shard::answer(&sql, now, vec![Ask::of(Want::Fence)])).expect("memory is there");
        given[0].head.number().expect("a fence")
    };
    let (old, new) = (fence(), fence());
    assert!(new > old);
    let write = |to: &Sqlite, fence: u64| to.atomically(|| shard::answer(to, now, vec![Ask::of(Want::ClearStaged { fence, from_page: 0 })]));
    assert!(write(&Sqlite::memory(), new).is_err(), "a shard that nobody opened takes nothing");
    assert!(write(&sql, old).is_err());
    assert!(write(&sql, new).is_ok());
    let tables = sql.run("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name", Vec::new()).expect("storage works").rows;
    let known = ["amendment", "bucket", "meta", "record", "segment"].map(|name| vec![name.into()]);
    assert_eq!(tables, known, "a shard knows nothing of members, tokens or activities");
}

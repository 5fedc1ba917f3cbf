//! Keys are replaced while people work: the workspace's, and the deployment's.

use inlay_core::api::Session;
use inlay_core::seal::Key;
use inlay_core::store::dump::{self, Piece};
use inlay_core::store::{Sql as _, meta};
use inlay_core::workspace::{MemberAsk, Workspace};
use inlay_tests::mirror;
use inlay_tests::native::{DEPLOYMENT, Native};
use inlay_tests::sandbox::org::Org;
use inlay_tests::sandbox::server::Sandbox;
use inlay_tests::sandbox::world::World;
use inlay_tests::story::Story;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(3600);
const NEW: [u8; 32] = [99; 32];

fn imported() -> (Arc<Sandbox>, Native, Session) {
    let sandbox = Sandbox::start(Org::generated(World { seed: 4, contacts: 2_600 }), 0);
    let (native, session) = Native::imported(&sandbox);
    (sandbox, native, session)
}

#[test]
fn the_workspace_s_key_is_replaced_while_cards_are_read() {
    let (sandbox, mut native, session) = imported();
    let card = |native: &mut Native| native.card(&session.token, &World::id("003", 3)).expect("a card").name;
    let name = card(&mut native);
    assert!(native.ask(&session.token, MemberAsk::RotateKey(NEW)).is_ok());
    for life in 1..40 {
        assert_eq!(card(&mut native), name);
        native.settle_until(PATIENCE, |steps| steps > life % 5);
        native.restart();
    }
    native.settle(PATIENCE);
    assert_eq!(card(&mut native), name);
    assert_eq!(mirror::differences(&native.sql, &sandbox, &BTreeSet::new()), Vec::<String>::new(), "the new key opens and finds all by itself");
    native.now = native.now.plus_seconds(13 * 3600);
    native.settle(PATIENCE);
    assert!(native.status(&session.token).run.is_some_and(|run| run.number == 2 && run.problem.is_none()));
}

#[test]
fn the_deployment_s_key_is_replaced_at_the_next_opening() {
    let (_sandbox, native, _session) = imported();
    let (old, new) = (Key::new(&DEPLOYMENT), Key::new(&[43; 32]));
    let opens = |key: &Key| Workspace::open(Box::new(native.sql.clone()), key).is_ok_and(|opened| opened.is_ok());
    assert!(!opens(&new));
    assert!(opens(&new.clone().replacing(old.clone())));
    assert!(opens(&new) && !opens(&old), "from then on the new key alone opens it");
}

/// Until version 3 of the tables, buckets had names of two columns.
#[test]
fn a_database_of_an_earlier_version_gets_its_index_anew() {
    let mut story = Story::imported(4, 200);
    let run = |story: &Story, statement: &str| story.native.sql.run(statement, Vec::new()).expect("storage works").rows;
    run(&story, "CREATE TABLE posting (generation INTEGER, bucket INTEGER, entries BLOB NOT NULL, PRIMARY KEY (generation, bucket)) WITHOUT ROWID");
    run(&story, "INSERT INTO posting SELECT number >> 24, number & 16777215, entries FROM bucket");
    run(&story, "DROP TABLE bucket");
    meta::set(&story.native.sql, "schema", 2.into()).expect("storage works");
    story.native.restart();
    story.native.settle(Duration::from_secs(60));
    story.assert_in_step();
    assert!(run(&story, "SELECT name FROM sqlite_master WHERE name = 'posting'").is_empty(), "nothing of the old index is left");
    let piece = json!({ "table": "posting", "rows": [[{ "Integer": 1 }, { "Integer": 2 }, { "Blob": "AAAA" }]] });
    let piece: Piece = serde_json::from_value(piece).expect("as such a version wrote it into its backups");
    assert_eq!(dump::write(&story.native.sql, &piece), Ok(()), "a backup of such a version can be restored");
    story.assert_in_step();
}

/// An older version filed records under other keys; what it built is no longer found by today's.
#[test]
fn an_index_of_an_earlier_version_is_built_anew() {
    let mut story = Story::imported(4, 200);
    let generation = |story: &Story| meta::integer(&story.native.sql, "generation").expect("storage works");
    let before = generation(&story);
    meta::set(&story.native.sql, "keys", 1.into()).expect("storage works");
    story.native.sql.run("UPDATE bucket SET entries = zeroblob(16)", Vec::new()).expect("storage works");
    assert!(!story.differences().is_empty(), "as such an index, it finds nobody");
    story.native.restart();
    story.native.settle(Duration::from_secs(60));
    story.assert_in_step();
    assert_eq!(generation(&story), before.map(|before| before + 1));
    let rotated = story.native.ask(&story.session.token.clone(), MemberAsk::RotateKey([8; 32])).map(|_| ());
    assert_eq!(rotated, Ok(()), "when it is done, keys can be replaced");
    story.native.settle(Duration::from_secs(60));
    story.assert_in_step();
}

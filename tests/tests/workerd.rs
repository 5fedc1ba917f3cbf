//! Stories through workerd: the real worker, real storage, kill and restart. Run by `cargo xtask test`.

use inlay_core::api::{BackupPiece, ProblemKind, Receipt, RunState, Session};
use inlay_tests::house::scratch;
use inlay_tests::native::consent;
use inlay_tests::sandbox::org::Org;
use inlay_tests::sandbox::server::Sandbox;
use inlay_tests::sandbox::world::World;
use inlay_tests::workerd::{Workerd, free_port};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(120);

fn start(contacts: u64, name: &str) -> (Arc<Sandbox>, Workerd) {
    start_with(contacts, name, None)
}

/// The same, where one object holds so many people and companies.
fn start_with(contacts: u64, name: &str, shard_records: Option<u64>) -> (Arc<Sandbox>, Workerd) {
    let sandbox = Sandbox::start(Org::generated(World { seed: 11, contacts }), 0);
    let workerd = Workerd::start_with(&scratch(name), free_port(), &sandbox.url, shard_records);
    (sandbox, workerd)
}

/// How many shards have files.
fn shards(workerd: &Workerd) -> usize {
    let files = std::fs::read_dir(workerd.state.join("data/inlay-shard")).into_iter().flatten().flatten();
    let is_object = |name: &str| name.ends_with(".sqlite") && !name.starts_with("metadata");
    files.filter(|file| file.file_name().to_str().is_some_and(is_object)).count()
}

fn assert_exact(sandbox: &Sandbox, workerd: &Workerd, session: &Session) {
    let run = workerd.wait_for_import(&session.token, PATIENCE).run.expect("a run");
    assert_eq!((run.state, &run.problem), (RunState::Done, &None));
    for tally in &run.tallies {
        assert_eq!(tally.received, sandbox.org.read().expect("no panic holds it").visible(tally.object.name()), "{:?}", tally.object);
        assert_eq!(tally.received, tally.stored + tally.unchanged + tally.rejected, "{:?}", tally.object);
    }
}

#[test]
fn an_org_is_connected_imported_and_looked_up() {
    let (sandbox, workerd) = start(3000, "story");
    let session = workerd.connect(&sandbox);
    assert_exact(&sandbox, &workerd, &session);
    let card = workerd.card(&session.token, &World::id("003", 7)).expect("an imported contact");
    assert!(!card.name.is_empty() && !card.owner.is_empty());
}

#[test]
fn killed_in_mid_import_it_ends_by_itself_with_exact_counts() {
    for (name, each) in [("kill", None), ("kill-shards", Some(12_000))] {
        let (sandbox, mut workerd) = start_with(12_000, name, each);
        sandbox.set_faults(&json!({ "page_rows": 2000, "delay_ms": 40 })).expect("known switches");
        let session = workerd.connect(&sandbox);
        for _ in 0..3 {
            std::thread::sleep(Duration::from_millis(450));
            workerd.kill_and_restart();
        }
        sandbox.set_faults(&json!({ "delay_ms": 0 })).expect("a known switch");
        assert_exact(&sandbox, &workerd, &session);
        assert_eq!(shards(&workerd) >= 8, each.is_some());
    }
}

#[test]
fn killed_at_twenty_moments_of_an_import_counts_are_exact_each_time() {
    let (sandbox, mut workerd) = start(12_000, "kills");
    sandbox.set_faults(&serde_json::json!({ "page_rows": 700, "polls": 2, "delay_ms": 15 })).expect("known switches");
    let session = workerd.connect(&sandbox);
    for kill in 0..20_u64 {
        std::thread::sleep(Duration::from_millis(40 + kill * 37 % 210));
        workerd.kill_and_restart();
    }
    assert_exact(&sandbox, &workerd, &session);
}

#[test]
fn a_purge_leaves_nothing_and_others_untouched() {
    for (name, each) in [("purge", None), ("purge-shards", Some(50))] {
        let (sandbox, workerd) = start_with(300, name, each);
        let other = Sandbox::start_as(Org::generated(World { seed: 77, contacts: 200 }), 0, "00D5g0000000077");
        let (session, others) = (workerd.connect(&sandbox), workerd.connect(&other));
        assert_exact(&sandbox, &workerd, &session);
        assert_exact(&other, &workerd, &others);
        assert_eq!(shards(&workerd) >= 16, each.is_some());
        let purge = |confirm: &str| workerd.call::<Receipt>("POST", "/v1/purge", &session.token, Some(&serde_json::json!({ "confirm": confirm })));
        assert_eq!(purge("purge").expect_err("another word").kind, ProblemKind::NotConfirmed);
        let receipt = purge(&sandbox.org_id).expect("a receipt");
        let records = receipt.erased.iter().find(|(table, _)| table == "record").map_or(0, |(_, rows)| *rows);
        assert!(records > 300 && receipt.left == 0 && receipt.org == sandbox.org_id, "{receipt:?}");
        assert_eq!(workerd.call::<Value>("GET", "/v1/status", &session.token, None).expect_err("it is gone").kind, ProblemKind::NoWorkspace);
        // Salesforce was told, too.
        assert!(sandbox.tokens.lock().expect("no panic holds it").all_ended());
        assert_exact(&other, &workerd, &others);
        // Byte by byte, the log of changes included: no record's id, which stands in the clear while it is there.
        workerd.settle_files();
        let mut bytes = Vec::new();
        collect(&workerd.state.join("data"), &mut bytes);
        let kept = ids(&other);
        assert!(kept.iter().all(|id| holds(&bytes, id.as_bytes())), "the search finds what is there");
        // Both worlds count their ids alike: what the other org doesn't have must be nowhere.
        let gone: Vec<String> = ids(&sandbox).into_iter().filter(|id| !kept.contains(id)).collect();
        assert!(gone.len() > 90, "there is something to look for");
        let left: Vec<&String> = gone.iter().filter(|id| holds(&bytes, id.as_bytes())).collect();
        assert!(left.is_empty(), "{} left", left.len());
    }
}

#[test]
fn a_purge_that_is_killed_is_finished_with_one_receipt() {
    let (sandbox, mut workerd) = start(60, "purge-kill");
    let receipts = |workerd: &Workerd| workerd.call::<Vec<Receipt>>("GET", "/v1/purges", &workerd.setup_code, None).expect("the set-up code is right");
    let mut purged = 0;
    // Later each time, until one is through: how long it takes is the machine's affair.
    for millis in [1, 4, 8, 16, 64, 256, 1_024, 8_192] {
        if purged > 1 {
            break;
        }
        let session = workerd.connect(&sandbox);
        workerd.wait_for_import(&session.token, PATIENCE);
        let (url, token, org) = (workerd.url.clone(), session.token.clone(), sandbox.org_id.clone());
        let asked = std::thread::spawn(move || {
            let request = ureq::post(format!("{url}/v1/purge")).header("authorization", format!("Bearer {token}"));
            let _ = request.send(json!({ "confirm": org }).to_string());
        });
        std::thread::sleep(Duration::from_millis(millis));
        workerd.kill_and_restart();
        asked.join().expect("it only asks");
        // Whoever asks next finds it there, as it was, or gone for good.
        match workerd.call::<Value>("GET", "/v1/status", &session.token, None) {
            Ok(_) => {}
            Err(problem) => {
                assert_eq!(problem.kind, ProblemKind::NoWorkspace);
                purged += 1;
                assert_eq!(workerd.sign_in(0).expect_err("the directory forgot it").kind, ProblemKind::NoWorkspace);
            }
        }
        assert_eq!(receipts(&workerd).len(), purged, "killed after {millis} ms");
    }
    assert!(purged > 0, "no purge came as far as that");
    assert_eq!(workerd.call::<Value>("GET", "/v1/purges", "guess", None).expect_err("another code").kind, ProblemKind::WrongSetupCode);
}

#[test]
fn a_backup_goes_back_into_another_server_of_the_same_key() {
    for (name, each) in [("backup", None), ("backup-shards", Some(50))] {
        let (sandbox, workerd) = start_with(400, name, each);
        let session = workerd.connect(&sandbox);
        assert_exact(&sandbox, &workerd, &session);
        let (mut pieces, mut cursor) = (Vec::<BackupPiece>::new(), Value::Null);
        loop {
            let piece: BackupPiece = workerd.call("POST", "/v1/backup", &session.token, Some(&cursor)).expect("a piece");
            cursor = piece.next.clone().into();
            pieces.push(piece);
            if cursor.is_null() {
                break;
            }
        }
        assert_eq!(shards(&workerd) >= 8, each.is_some());
        let file = serde_json::to_string(&pieces).expect("JSON");
        let in_the_clear = ids(&sandbox).into_iter().any(|id| file.contains(&id));
        assert!(pieces.len() > 8 && !file.contains('@') && !in_the_clear, "sealed, record ids too");
        let restore = |server: &Workerd, code: &str, piece: &BackupPiece| {
            server.call::<Value>("POST", "/v1/restore", code, Some(&serde_json::to_value(piece).expect("JSON")))
        };
        assert_eq!(restore(&workerd, &workerd.setup_code, &pieces[0]).expect_err("it is there").kind, ProblemKind::AlreadyThere);
        let stranger = Workerd::start(&scratch(&format!("{name}-stranger")), free_port(), &sandbox.url);
        assert_eq!(restore(&stranger, &stranger.setup_code, &pieces[0]).expect_err("another key").kind, ProblemKind::OtherKey);
        let folder = scratch(&format!("{name}-other"));
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::copy(workerd.state.join("inlay.key"), folder.join("inlay.key")).expect("the key goes along");
        let other = Workerd::start(&folder, free_port(), &sandbox.url);
        assert_eq!(restore(&other, "guess", &pieces[0]).expect_err("another code").kind, ProblemKind::WrongSetupCode);
        for piece in pieces[..3].iter().chain(&pieces) {
            restore(&other, &other.setup_code, piece).expect("in order, into an empty server");
        }
        assert_eq!(restore(&other, &other.setup_code, &pieces[0]).expect_err("it is there now").kind, ProblemKind::AlreadyThere);
        let moved = other.sign_in(0).expect("members sign in as before");
        let id = World::id("003", 3);
        assert_eq!(other.card(&moved.token, &id).expect("a card"), workerd.card(&session.token, &id).expect("a card"));
        assert_exact(&sandbox, &other, &moved);
    }
}

#[test]
fn the_database_files_hold_nothing_in_the_clear() {
    let (sandbox, mut workerd) = start(1500, "sealed");
    let session = workerd.connect(&sandbox);
    assert_exact(&sandbox, &workerd, &session);
    workerd.kill();
    let mut bytes = Vec::new();
    collect(&workerd.state.join("data"), &mut bytes);
    assert!(bytes.len() > 500_000, "the databases are there");
    let log = std::fs::read(workerd.state.join("workerd.log")).expect("a log");
    let org = sandbox.org.read().expect("no panic holds it");
    let mut secrets: Vec<String> = sandbox.tokens.lock().expect("no panic holds it").all();
    secrets.extend([session.token.clone(), sandbox.client_secret.clone(), workerd.setup_code.clone()]);
    for (object, fields) in [
        ("Contact", &["LastName", "Email", "Phone", "MailingStreet"][..]),
        ("Lead", &["LastName", "Email", "Phone", "Company"]),
        ("Account", &["Name", "Phone", "Website"]),
        ("User", &["LastName", "Email", "Username"]),
    ] {
        let spec = org.spec(object).expect("known");
        for index in (0..org.len(object)).step_by(7) {
            let row = org.row(spec, index);
            let values = fields.iter().map(|field| inlay_tests::sandbox::soql::value(&org, spec, &row, field));
            secrets.extend(values.filter(|value| value.len() >= 7));
        }
    }
    assert!(secrets.len() > 500, "there is something to look for");
    let found: Vec<&String> = secrets.iter().filter(|secret| holds(&bytes, secret.as_bytes()) || holds(&log, secret.as_bytes())).collect();
    assert!(found.is_empty(), "in the clear: {found:?}");
    // The search finds what is there: an org's id is no secret.
    assert!(holds(&bytes, b"CREATE TABLE"));
}

fn ids(sandbox: &Sandbox) -> Vec<String> {
    let org = sandbox.org.read().expect("no panic holds it");
    let spec = org.spec("Contact").expect("known");
    org.present(spec).into_iter().map(|index| org.row(spec, index)[0].clone()).collect()
}

fn collect(folder: &std::path::Path, bytes: &mut Vec<u8>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() { collect(&path, bytes) } else { bytes.extend(std::fs::read(path).expect("a file")) }
    }
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    let first = needle[0];
    let mut rest = bytes;
    while let Some(place) = rest.iter().position(|byte| *byte == first) {
        if rest[place..].starts_with(needle) {
            return true;
        }
        rest = &rest[place + 1..];
    }
    false
}

#[test]
fn doors_are_shut_to_strangers_each_with_a_remedy() {
    let (sandbox, workerd) = start(60, "doors");
    let none = |result: Result<Value, inlay_core::api::Problem>| result.expect_err("it must be refused");
    // Nobody is connected yet.
    assert_eq!(workerd.sign_in(0).expect_err("no workspace").kind, ProblemKind::NoWorkspace);
    // A wrong set-up code, five times, then no more.
    let ask = |code: &str| json!({ "setup_code": code, "host": sandbox.url, "client_id": sandbox.client_id, "client_secret": sandbox.client_secret, "return_to": "https://hmkllbmdbpaplcdfdonopdjmmhegifkj.chromiumapp.org/", "challenge": "x" });
    let wrong = none(workerd.call("POST", "/v1/connect", "", Some(&ask("guess"))));
    assert_eq!(wrong.kind, ProblemKind::WrongSetupCode);
    assert!(!wrong.remedy.is_empty());
    // Another return address than the extension's own.
    let mut elsewhere = ask(&workerd.setup_code);
    elsewhere["return_to"] = "https://evil.example/".into();
    assert_eq!(none(workerd.call("POST", "/v1/connect", "", Some(&elsewhere))).kind, ProblemKind::OriginRefused);
    // Consent denied.
    let authorize: inlay_core::api::Authorize = workerd.call("POST", "/v1/connect", "", Some(&ask(&workerd.setup_code))).expect("the code is right");
    let (state, code) = consent(&authorize.url, 0, "deny");
    assert!(workerd.come_back(&state, code.as_deref()).ends_with("problem=consent_denied"));
    // A wrong client secret.
    let mut bad = ask(&workerd.setup_code);
    bad["client_secret"] = "wrong".into();
    let authorize: inlay_core::api::Authorize = workerd.call("POST", "/v1/connect", "", Some(&bad)).expect("the code is right");
    let (state, code) = consent(&authorize.url, 0, "allow");
    assert!(workerd.come_back(&state, code.as_deref()).ends_with("problem=unknown_app"));
    // A session's token, its origin, its end.
    let session = workerd.connect(&sandbox);
    assert_eq!(none(workerd.call("GET", "/v1/status", "00D5g0000000001.forged", None)).kind, ProblemKind::NotSignedIn);
    assert_eq!(none(workerd.call("GET", "/v1/status", "", None)).kind, ProblemKind::NotSignedIn);
    assert_eq!(none(workerd.call_from("https://evil.example", "GET", "/v1/status", &session.token, None)).kind, ProblemKind::OriginRefused);
    assert_eq!(none(workerd.call_from(inlay_tests::native::ORIGIN, "GET", "/v1/status", &session.token, None)).kind, ProblemKind::OriginRefused);
    // A rep may not do what admins do.
    let rep = workerd.sign_in(1).expect("a user of the org");
    assert_eq!(none(workerd.call("POST", "/v1/import", &rep.token, None)).kind, ProblemKind::NotAdmin);
    assert_eq!(none(workerd.call("POST", "/v1/look-up", &rep.token, Some(&json!({ "nonsense": 1 })))).kind, ProblemKind::Unreadable);
    assert_eq!(none(workerd.call("GET", "/v1/card/003000000000001AAA", &rep.token, None)).kind, ProblemKind::NotFound);
    assert_eq!(none(workerd.call("GET", "/nothing", "", None)).kind, ProblemKind::NotFound);
    let _: Value = workerd.call("DELETE", "/v1/session", &rep.token, None).expect("signed out");
    assert_eq!(none(workerd.call("GET", "/v1/status", &rep.token, None)).kind, ProblemKind::NotSignedIn);
    // Guessing the set-up code ends after five tries.
    let kinds: Vec<ProblemKind> = (0..7).map(|_| none(workerd.call("POST", "/v1/connect", "", Some(&ask("guess")))).kind).collect();
    assert_eq!(kinds.last(), Some(&ProblemKind::TooManyTries));
}

#[test]
fn disconnecting_revokes_in_salesforce_and_keeps_the_data() {
    let (sandbox, workerd) = start(200, "disconnect");
    let session = workerd.connect(&sandbox);
    assert_exact(&sandbox, &workerd, &session);
    let _: Value = workerd.call("POST", "/v1/disconnect", &session.token, None).expect("an admin may");
    let status = workerd.status(&session.token);
    assert_eq!(status.broken.map(|problem| problem.kind), Some(ProblemKind::ConnectionRevoked));
    assert!(workerd.card(&session.token, &World::id("003", 3)).is_ok());
}

//! Alerts (spec 86): an address of the admin's is told when something needs somebody, and when it is over. Once each.

use inlay_core::api::{AlertAddress, AlertKind, Alerts, ProblemKind, Status};
use inlay_core::model::activity::ActivityKind;
use inlay_core::store::meta;
use inlay_core::workspace::{Answer, MemberAsk};
use inlay_tests::sandbox::world::World;
use inlay_tests::story::Story;
use inlay_tests::writing::{MINUTES, activity, capture, writing};
use serde_json::{Value, json};
use std::time::Duration;

const HOUR: i64 = 3600;

fn set(story: &mut Story, url: &str) -> Result<Status, ProblemKind> {
    let token = story.native.sign_in(0).token;
    match story.native.ask(&token, MemberAsk::SetAlerts(AlertAddress { url: Some(url.to_owned()) }))? {
        Answer::Status(status) => Ok(*status),
        _ => panic!("the status was asked for"),
    }
}

fn alerts(story: &mut Story) -> Alerts {
    let token = story.native.sign_in(0).token;
    story.native.status(&token).alerts.expect("an admin sees them")
}

/// The receiver's address; its last part is a secret.
fn address(story: &Story) -> String {
    format!("{}/hook/T0-secret", story.sandbox.url)
}

/// What the receiver was told: what, and whether it began.
fn told(story: &Story) -> Vec<(String, bool)> {
    let all = story.sandbox.alerts.lock().expect("no panic holds it");
    all.iter().map(|one| (one["alert"].as_str().unwrap_or("").to_owned(), one["state"] == "open")).collect()
}

fn alerted(mut story: Story) -> Story {
    let url = address(&story);
    set(&mut story, &url).expect("an address");
    story.native.settle(MINUTES);
    assert_eq!(told(&story), [("test".to_owned(), true)], "a test comes at once");
    story.sandbox.alerts.lock().expect("no panic holds it").clear();
    story
}

fn settle(story: &mut Story, seconds: i64) {
    story.pass(seconds);
    story.native.settle(MINUTES);
}

#[test]
fn a_lost_connection_is_told_once_and_that_it_is_back() {
    let mut story = alerted(Story::imported(3, 100));
    story.sandbox.tokens.lock().expect("no panic holds it").revoke_all();
    for _ in 0..4 {
        settle(&mut story, 13 * HOUR);
    }
    assert_eq!(told(&story), [("disconnected".to_owned(), true)], "once, however often it is looked at");
    let message: Value = story.sandbox.alerts.lock().expect("no panic holds it")[0].clone();
    assert!(message["text"].as_str().is_some_and(|text| text.contains("connect again")), "{message}");
    assert_eq!(message["org"].as_str(), Some(story.sandbox.org_id.as_str()));
    assert_eq!(alerts(&mut story).open.first().map(|(kind, _)| *kind), Some(AlertKind::Disconnected));
    story.native.connect(&story.sandbox.clone());
    settle(&mut story, 60);
    assert_eq!(told(&story).last(), Some(&("disconnected".to_owned(), false)));
    settle(&mut story, HOUR);
    assert!(alerts(&mut story).open.is_empty());
    assert_eq!(told(&story).len(), 2 + 2 * told(&story).iter().filter(|(kind, is_open)| kind == "import_late" && *is_open).count());
}

#[test]
fn a_receiver_that_is_down_is_told_later_and_nothing_twice() {
    let mut story = alerted(Story::imported(3, 100));
    story.switch(json!({ "hook_is_down": true }));
    story.sandbox.tokens.lock().expect("no panic holds it").revoke_all();
    settle(&mut story, 13 * HOUR);
    let open = alerts(&mut story);
    assert!(open.is_refused && open.is_sending && told(&story).is_empty());
    // The process dies meanwhile.
    story.native.restart();
    settle(&mut story, HOUR);
    story.switch(json!({ "hook_is_down": false }));
    settle(&mut story, 7 * HOUR);
    assert_eq!(told(&story), [("disconnected".to_owned(), true)]);
    let now = alerts(&mut story);
    assert!(!now.is_refused && !now.is_sending && now.told.is_some());
}

#[test]
fn activities_that_wait_too_long_are_told() {
    let mut story = alerted(writing());
    story.switch(json!({ "next_locked_rows": 1_000_000 }));
    let call = activity(&story, 1, ActivityKind::Call, Some(&World::id("003", 5)));
    capture(&mut story, vec![call]);
    story.native.settle(MINUTES);
    assert!(told(&story).is_empty());
    settle(&mut story, 2 * HOUR);
    assert_eq!(told(&story), [("writes_late".to_owned(), true)]);
    story.switch(json!({ "next_locked_rows": 0 }));
    settle(&mut story, 2 * HOUR);
    settle(&mut story, HOUR);
    assert_eq!(told(&story).last(), Some(&("writes_late".to_owned(), false)), "{:?}", told(&story));
}

#[test]
fn imports_that_don_t_end_and_a_spent_budget_are_told() {
    let mut story = alerted(Story::imported(3, 100));
    story.switch(json!({ "api_disabled": true }));
    settle(&mut story, 13 * HOUR);
    settle(&mut story, 20 * HOUR);
    assert_eq!(told(&story).first(), Some(&("import_late".to_owned(), true)));
    story.switch(json!({ "api_disabled": false }));
    for _ in 0..3 {
        settle(&mut story, 13 * HOUR);
    }
    assert!(told(&story).contains(&("import_late".to_owned(), false)), "{:?}", told(&story));
    story.switch(json!({ "daily_limit": 5 }));
    settle(&mut story, 13 * HOUR);
    settle(&mut story, HOUR);
    assert!(told(&story).contains(&("api_spent".to_owned(), true)), "{:?}", told(&story));
    // Others use the org up for hours: imports ask again each quarter of an hour, and nobody is told anew.
    for _ in 0..12 {
        settle(&mut story, HOUR / 3);
    }
    assert_eq!(told(&story).iter().filter(|(kind, _)| kind == "api_spent").count(), 1, "{:?}", told(&story));
}

#[test]
fn a_test_is_sent_again_to_the_address_there_is() {
    let mut story = alerted(Story::imported(3, 100));
    let token = story.native.sign_in(0).token;
    story.native.ask(&token, MemberAsk::SetAlerts(AlertAddress { url: None })).map(|_| ()).expect("there is one");
    story.native.settle(MINUTES);
    assert_eq!(told(&story), [("test".to_owned(), true)]);
    set(&mut story, "").expect("nowhere");
    assert!(story.native.ask(&token, MemberAsk::SetAlerts(AlertAddress { url: None })).is_err(), "there is none");
}

#[test]
fn nothing_is_over_because_the_connection_broke() {
    let mut story = alerted(Story::imported(3, 100));
    story.switch(json!({ "api_disabled": true }));
    settle(&mut story, 13 * HOUR);
    settle(&mut story, 20 * HOUR);
    assert_eq!(told(&story), [("import_late".to_owned(), true)]);
    story.sandbox.tokens.lock().expect("no panic holds it").revoke_all();
    story.switch(json!({ "api_disabled": false }));
    settle(&mut story, 13 * HOUR);
    assert_eq!(told(&story), [("import_late".to_owned(), true), ("disconnected".to_owned(), true)]);
    story.native.connect(&story.sandbox.clone());
    for _ in 0..3 {
        settle(&mut story, 13 * HOUR);
    }
    assert!(alerts(&mut story).open.is_empty(), "{:?}", told(&story));
}

#[test]
fn the_address_is_kept_as_a_secret_and_only_an_admin_sets_it() {
    let mut story = alerted(Story::imported(3, 100));
    let status = alerts(&mut story);
    assert!(story.sandbox.url.ends_with(&status.host) && !format!("{status:?}").contains("T0-secret"));
    let stored = meta::blob(&story.native.sql, "alerts").expect("storage works").expect("it is stored");
    assert!(!stored.windows(9).any(|bytes| bytes == b"T0-secret"), "stored sealed");
    // The key is replaced; the address is still known.
    let token = story.native.sign_in(0).token;
    story.native.ask(&token, MemberAsk::RotateKey([9; 32])).map(|_| ()).expect("an admin");
    story.native.settle(Duration::from_secs(60));
    assert_eq!(alerts(&mut story).host, status.host);
    for wrong in ["http://hooks.example/x", "hooks.example", "https://hooks.example/a b"] {
        assert_eq!(set(&mut story, wrong).err(), Some(ProblemKind::Unreadable), "{wrong}");
    }
    let member = story.native.sign_in(1).token;
    assert!(story.native.ask(&member, MemberAsk::SetAlerts(AlertAddress { url: None })).is_err());
    assert!(story.native.status(&member).alerts.is_none());
    set(&mut story, "").expect("nowhere");
    story.sandbox.tokens.lock().expect("no panic holds it").revoke_all();
    settle(&mut story, 13 * HOUR);
    assert!(told(&story).is_empty() && alerts(&mut story).host.is_empty());
}

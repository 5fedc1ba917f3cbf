//! The preflight names each right that is missing (spec 3).

use inlay_core::api::{Check, CheckLine, CheckResult};
use inlay_core::workspace::OutboxAsk;
use inlay_core::workspace::{Answer, MemberAsk};
use inlay_tests::story::Story;
use inlay_tests::writing::{MINUTES, allow, ask};
use serde_json::json;

/// What the last preflight came to.
fn lines(story: &mut Story) -> Vec<CheckLine> {
    let token = story.session.token.clone();
    let preflight = story.native.status(&token).preflight.expect("an admin asks");
    assert!(preflight.at.is_some() && !preflight.running, "{preflight:?}");
    preflight.lines
}

fn again(story: &mut Story) -> Vec<CheckLine> {
    let token = story.session.token.clone();
    let Ok(Answer::Status(status)) = story.native.ask(&token, MemberAsk::Preflight) else { panic!("an admin asked") };
    assert!(status.preflight.is_some_and(|preflight| preflight.running));
    story.native.settle(MINUTES);
    lines(story)
}

fn result(lines: &[CheckLine], check: Check) -> Option<CheckResult> {
    lines.iter().find(|line| line.check == check).map(|line| line.result)
}

#[test]
fn after_a_connect_it_is_known_what_the_connected_user_lacks() {
    let mut story = Story::imported(9, 100);
    let told = lines(&mut story);
    for check in [Check::ApiEnabled, Check::ViewAllData, Check::SessionLevel, Check::HiddenFields, Check::Tasks, Check::Notes, Check::IpRanges] {
        assert_eq!(result(&told, check), Some(CheckResult::Pass), "{check:?}");
    }
    assert_eq!((result(&told, Check::ModifyAllData), result(&told, Check::RecordTypes)), (None, None), "nothing is written, nothing installed");
    assert_eq!(result(&told, Check::WebToLead), Some(CheckResult::Look));

    // An admin of the org takes rights away.
    let row = |object: &str| story.sandbox.org.read().expect("no panic holds it").present_rows(object)[0].1[0].clone();
    let (rights, session, sign_in) = (row("UserPermissionAccess"), row("AuthSession"), row("LoginHistory"));
    let change = |story: &Story, object: &str, id: &str, fields: serde_json::Value| {
        story.happens(json!({ "deed": "change", "object": object, "id": id, "fields": fields }));
    };
    change(&story, "UserPermissionAccess", &rights, json!({ "PermissionsViewAllData": "false", "PermissionsModifyAllData": "false" }));
    change(&story, "AuthSession", &session, json!({ "SessionSecurityLevel": "LOW" }));
    change(&story, "LoginHistory", &sign_in, json!({ "Status": "Restricted IP" }));
    for (object, field) in [("Contact", "Fax"), ("Task", "CallObject"), ("Note", "Id"), ("ContentNote", "Id")] {
        story.happens(json!({ "deed": "hide", "user": 0, "object": object, "field": field }));
    }
    let told = again(&mut story);
    for check in [Check::ViewAllData, Check::SessionLevel, Check::Tasks, Check::Notes, Check::IpRanges] {
        assert_eq!(result(&told, check), Some(CheckResult::Warn), "{check:?}: nothing is written yet");
    }
    assert!(told.iter().any(|line| line.names == ["Task.CallObject"] && line.link.contains("/lightning/setup/")), "{told:?}");
    // What imports learn is told at once.
    let token = story.session.token.clone();
    story.native.ask(&token, MemberAsk::ImportNow).map(|_| ()).expect("an admin");
    story.settle();
    let hidden = lines(&mut story);
    assert!(hidden.iter().any(|line| line.check == Check::HiddenFields && line.names == ["Contact.Fax"]), "{hidden:?}");
}

#[test]
fn with_writeback_on_what_it_needs_fails_and_untold_is_no_pass() {
    let mut story = Story::imported(9, 100);
    ask(&mut story, OutboxAsk::Test([200; 16])).map(|_| ()).expect("an admin");
    story.native.settle(MINUTES);
    allow(&mut story, |_| ());
    story.happens(json!({ "deed": "hide", "user": 0, "object": "Task", "field": "CallObject" }));
    let told = again(&mut story);
    assert_eq!((result(&told, Check::Tasks), result(&told, Check::ModifyAllData)), (Some(CheckResult::Fail), Some(CheckResult::Pass)));
    assert_eq!(told[0].check, Check::Tasks, "what needs a person comes first");
    // The moment is bad: it is asked again. An org that knows no batches tells nothing.
    story.switch(json!({ "next_unavailable": 2 }));
    assert_eq!(result(&again(&mut story), Check::Tasks), Some(CheckResult::Fail));
    story.switch(json!({ "no_batch": true }));
    assert_eq!(result(&again(&mut story), Check::ViewAllData), Some(CheckResult::Look));
    story.switch(json!({ "no_batch": false, "api_disabled": true }));
    assert_eq!(result(&again(&mut story), Check::ApiEnabled), Some(CheckResult::Fail));
}

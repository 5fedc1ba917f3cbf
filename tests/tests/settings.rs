//! What an admin sets goes from one workspace to another, either way (spec 6).

use inlay_core::api::{Content, CopiedSettings, ProblemKind, Settings, TakenSettings, Thresholds, Unmatched};
use inlay_core::model::activity::ActivityKind;
use inlay_core::workspace::{Answer, MemberAsk, OutboxAsk};
use inlay_tests::story::Story;
use inlay_tests::writing::{MINUTES, allow, ask, writeback, writing};

fn file(story: &mut Story) -> CopiedSettings {
    let token = story.session.token.clone();
    let Ok(Answer::Export(file)) = story.native.ask(&token, MemberAsk::SettingsFile) else { panic!("a file was asked for") };
    assert_eq!(file.name, "inlay-settings.json");
    serde_json::from_str(&file.text).expect("what it writes it reads")
}

fn take(story: &mut Story, copied: CopiedSettings) -> Result<TakenSettings, ProblemKind> {
    let token = story.session.token.clone();
    match story.native.ask(&token, MemberAsk::TakeSettings(Box::new(copied)))? {
        Answer::Taken(taken) => Ok(taken),
        _ => panic!("settings were taken over"),
    }
}

#[test]
fn settings_go_from_a_sandbox_to_production_and_kinds_only_where_they_were_tested() {
    let mut sandbox = writing();
    let token = sandbox.session.token.clone();
    allow(&mut sandbox, |wanted| {
        wanted.kinds = [(ActivityKind::Call, Content::Subject)].into();
        (wanted.redacts, wanted.unmatched, wanted.warn_days) = (true, Unmatched::Unassigned, 30);
    });
    sandbox.native.ask(&token, MemberAsk::SetThresholds(Thresholds { sure: 0.99, unsure: 0.7, before: None })).map(|_| ()).expect("an admin");
    sandbox.native.ask(&token, MemberAsk::SetSettings(Settings { import_hours: 6, api_share: 35 })).map(|_| ()).expect("an admin");
    let copied = file(&mut sandbox);

    let mut production = Story::imported(3, 100);
    let before = file(&mut production);
    // What can't be in force changes nothing.
    let broken = CopiedSettings { thresholds: Thresholds { sure: 0.2, unsure: 0.7, before: None }, ..copied.clone() };
    assert_eq!(take(&mut production, broken), Err(ProblemKind::OutOfRange));
    let broken = CopiedSettings { warn_days: 9_999, ..copied.clone() };
    assert_eq!(take(&mut production, broken), Err(ProblemKind::OutOfRange));
    assert_eq!(file(&mut production), before);

    assert_eq!(take(&mut production, copied.clone()), Ok(TakenSettings { untested: true }));
    assert_eq!(file(&mut production), CopiedSettings { kinds: before.kinds.clone(), ..copied.clone() }, "all but the kinds");
    ask(&mut production, OutboxAsk::Test([200; 16])).map(|_| ()).expect("an admin");
    production.native.settle(MINUTES);
    assert_eq!(take(&mut production, copied.clone()), Ok(TakenSettings { untested: false }));
    assert_eq!(file(&mut production), copied);
    assert_eq!(writeback(&mut production).kinds, copied.kinds);
    // And back.
    assert_eq!(take(&mut sandbox, before.clone()), Ok(TakenSettings { untested: false }));
    assert_eq!(file(&mut sandbox), before);
}

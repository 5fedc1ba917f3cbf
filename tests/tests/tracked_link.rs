//! Tracked links: where they lead, which visits count, what becomes of them.

use inlay_core::api::{Capture, NewLink, ProblemKind};
use inlay_core::model::activity::ActivityKind;
use inlay_core::workspace::link::read_address;
use inlay_core::workspace::{Answer, Call, MemberAsk, OutboxAsk};
use inlay_tests::sandbox::world::World;
use inlay_tests::story::Story;
use inlay_tests::writing::{MINUTES, activity, allow, ask, people, writing};
use std::time::Duration;

#[test]
fn a_tracked_link_s_visits_become_tasks_of_who_made_it() {
    let mut story = writing();
    let (contact, _, account) = people(&mut story);
    let token = story.session.token.clone();
    let make = |story: &mut Story, url: &str, record: &str| {
        let ask = NewLink { url: url.into(), title: "Pump curves".into(), record: record.into() };
        story.native.ask(&token, MemberAsk::MakeLink(ask, "https://inlay.example/".into(), [9; 16]))
    };
    for (url, record) in [("http://a.example", &contact), ("javascript:alert(1)", &contact), ("https://a b.example", &contact), ("https://a.example", &account)]
    {
        assert!(make(&mut story, url, record).is_err(), "{url}");
    }
    let Ok(Answer::Link(made)) = make(&mut story, "https://files.example/curves.pdf?x=1", &contact) else { panic!("a link was asked for") };
    let address = made.link.strip_prefix("https://inlay.example/l/").expect("the server's address");
    let (org, id) = read_address(address).expect("the form of one");
    assert_eq!(org, story.session.workspace.org);
    let open = |story: &mut Story, counts: bool| match story.native.call(Call::View { id: id.clone(), counts }) {
        Ok(Answer::Redirect { url }) => url,
        _ => panic!("a link leads somewhere"),
    };
    // A robot; a person twice in half an hour; the same person the day after.
    for (counts, later) in [(false, 5), (true, 60), (true, 24 * 3600), (true, 5)] {
        assert_eq!(open(&mut story, counts), "https://files.example/curves.pdf?x=1");
        story.pass(later);
    }
    let link = story.native.card(&token, &contact).expect("a card").links.remove(0);
    assert_eq!((link.title.as_str(), link.views), ("Pump curves", 2));
    story.native.settle(MINUTES);
    let tasks = |story: &Story| {
        let org = story.sandbox.org.read().expect("no panic holds it");
        let spec = org.spec("Task").expect("a known object").clone();
        let field = |name: &str| spec.fields.iter().position(|known| *known == name).expect("a known field");
        let (subject, who, owner) = (field("Subject"), field("WhoId"), field("OwnerId"));
        (0..org.len("Task"))
            .map(|index| org.row(&spec, index))
            .filter(|row| row[subject] == "Viewed Pump curves")
            .map(|row| (row[who].clone(), row[owner].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(tasks(&story), vec![(contact.clone(), World::id("005", 0)); 2]);
    // What is opened within two minutes goes along in one call.
    let (before, tasks_before) = (story.sandbox.calls_of_day(), tasks(&story).len());
    let others: Vec<String> = (20..26)
        .map(|number| {
            let ask = NewLink { url: "https://files.example/curves.pdf".into(), title: "Pump curves".into(), record: contact.clone() };
            let Ok(Answer::Link(made)) = story.native.ask(&token, MemberAsk::MakeLink(ask, "https://inlay.example/".into(), [number; 16])) else {
                panic!("a link was asked for")
            };
            read_address(made.link.strip_prefix("https://inlay.example/l/").expect("the server's address")).expect("the form of one").1
        })
        .collect();
    for id in others {
        story.native.call(Call::View { id, counts: true }).map(|_| ()).expect("a link leads somewhere");
        story.native.settle(Duration::from_secs(10));
    }
    story.native.settle(MINUTES);
    assert_eq!((tasks(&story).len() - tasks_before, story.sandbox.calls_of_day() - before), (6, 1));
    // Off is off: the link still leads on.
    allow(&mut story, |writeback| _ = writeback.kinds.remove(&ActivityKind::LinkView));
    story.pass(24 * 3600);
    assert_eq!(open(&mut story, true), "https://files.example/curves.pdf?x=1");
    story.native.settle(MINUTES);
    assert_eq!(tasks(&story).len(), 8);
    assert_eq!(make(&mut story, "https://a.example", &contact).err(), Some(ProblemKind::WritebackOff));
    // Nobody captures a view.
    let forged = activity(&story, 1, ActivityKind::LinkView, Some(&contact));
    assert_eq!(ask(&mut story, OutboxAsk::Capture(Capture { activities: vec![forged], withdrawn: Vec::new() })).err(), Some(ProblemKind::Unreadable));
}

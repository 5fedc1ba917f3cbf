//! Matches that members make themselves: for the whole workspace, through imports, merges and rotations, until they are taken back.

use inlay_core::api::{AuditLine, Band, FindProfiles, LookUp, ManualMatch, Matched, ProblemKind, Profiles, Says, Verdict, Whom};
use inlay_core::model::evidence::{Field, Level};
use inlay_core::model::sighting::{Sighting, SightingKind};
use inlay_core::workspace::{Answer, MemberAsk, OutboxAsk};
use inlay_tests::sandbox::world::World;
use inlay_tests::story::Story;
use serde_json::json;

/// Somebody whom nothing connects with any record.
fn stranger(number: u8) -> Sighting {
    let key = format!("in/quill-vantongeren-{number}");
    Sighting { id: key.clone(), kind: Some(SightingKind::Person), keys: vec![key], name: "Quill Vantongeren".into(), ..Sighting::default() }
}

fn say(story: &mut Story, sighting: &Sighting, says: Says) -> Result<Verdict, ProblemKind> {
    let token = story.session.token.clone();
    let ask = ManualMatch { whom: Whom::Sighting(Box::new(sighting.clone())), says };
    match story.native.ask(&token, MemberAsk::Outbox(OutboxAsk::Match(Box::new(ask))))? {
        Answer::Verdicts(mut verdicts) => Ok(verdicts.verdicts.remove(0)),
        _ => panic!("a verdict was asked for"),
    }
}

fn look(story: &mut Story, sightings: &[&Sighting]) -> Vec<Verdict> {
    let token = story.session.token.clone();
    story.native.look_up(&token, LookUp { sightings: sightings.iter().copied().cloned().collect() }).verdicts
}

fn contacts(story: &mut Story) -> Vec<String> {
    let token = story.session.token.clone();
    (0..300).map(|index| World::id("003", index)).filter(|id| story.native.card(&token, id).is_ok()).take(3).collect()
}

fn is_matched(verdict: &Verdict, record: &str) -> bool {
    verdict.band == Band::Sure && verdict.matched.as_ref().is_some_and(|matched| matched.record.as_str() == record && matched.by_hand.is_some())
}

#[test]
fn what_a_member_says_holds_for_everybody_until_it_is_taken_back() {
    let mut story = Story::imported(9, 300);
    let people = contacts(&mut story);
    let quill = stranger(1);
    assert_eq!(look(&mut story, &[&quill])[0].band, Band::None);
    let verdict = say(&mut story, &quill, Says::Is(people[0].clone())).expect("a contact");
    assert!(is_matched(&verdict, &people[0]), "{verdict:?}");
    // Another member sees it, with who said so; the next import leaves it.
    let rep = story.native.sign_in(2);
    let theirs = story.native.look_up(&rep.token, LookUp { sightings: vec![quill.clone()] }).verdicts.remove(0);
    let named = theirs.matched.as_ref().and_then(|matched| matched.by_hand.as_ref()).map(|by| by.name.clone());
    assert_eq!(named, Some(story.session.member.name.clone()));
    story.run();
    assert!(is_matched(&look(&mut story, &[&quill])[0], &people[0]));
    // The key is replaced.
    let token = story.session.token.clone();
    story.native.ask(&token, MemberAsk::RotateKey([99; 32])).map(|_| ()).expect("an admin");
    assert!(is_matched(&look(&mut story, &[&quill])[0], &people[0]));
    story.settle();
    assert!(is_matched(&look(&mut story, &[&quill])[0], &people[0]));
    // Its record loses a merge: the winner it is.
    story.happens(json!({ "deed": "merge", "object": "Contact", "id": people[0], "into": people[1] }));
    story.run();
    assert!(is_matched(&look(&mut story, &[&quill])[0], &people[1]));
    // Another record after all; then nobody says anything any more.
    assert!(is_matched(&say(&mut story, &quill, Says::Is(people[2].clone())).expect("a contact"), &people[2]));
    assert_eq!(say(&mut story, &quill, Says::Undo).expect("it can be undone").band, Band::None);
    let token = story.session.token.clone();
    let Ok(Answer::Audit(lines)) = story.native.ask(&token, MemberAsk::Audit) else { panic!("the log was asked for") };
    let count = |deed: &str| lines.iter().filter(|line: &&AuditLine| line.what == deed).count();
    assert_eq!((count("matched_by_hand"), count("match_undone")), (2, 1));
}

#[test]
fn a_rejected_record_isn_t_proposed_again_and_a_removed_one_matches_nobody() {
    let mut story = Story::imported(9, 300);
    let people = contacts(&mut story);
    let token = story.session.token.clone();
    let card = story.native.card(&token, &people[0]).expect("a card");
    let known = Sighting { name: card.name.clone(), email: card.email.clone(), company: card.company.clone(), title: card.title, ..stranger(2) };
    let before = look(&mut story, &[&known]).remove(0);
    assert_eq!(before.matched.map(|matched| matched.record.to_string()), Some(people[0].clone()));
    let rejected = say(&mut story, &known, Says::IsNot(people[0].clone())).expect("anybody may");
    assert!(rejected.matched.is_none_or(|matched| matched.record.as_str() != people[0]));
    // Said to be it after all.
    assert!(is_matched(&say(&mut story, &known, Says::Is(people[0].clone())).expect("a contact"), &people[0]));
    // What is said of one wins over what the page looks like for another.
    let twin = Sighting { id: "in/twin".into(), keys: vec!["in/twin".into()], ..known.clone() };
    let verdicts = look(&mut story, &[&twin, &known]);
    assert!(is_matched(&verdicts[1], &people[0]) && verdicts[0].band != Band::Sure, "{verdicts:?}");
    story.happens(json!({ "deed": "delete", "object": "Contact", "id": people[0] }));
    story.run();
    assert!(look(&mut story, &[&known])[0].matched.as_ref().is_none_or(|matched| matched.record.as_str() != people[0]));
}

#[test]
fn what_is_said_on_a_page_with_more_keys_is_undone_on_one_with_fewer_and_a_rejection_follows_its_record() {
    let mut story = Story::imported(9, 300);
    let people = contacts(&mut story);
    let both = Sighting { keys: vec!["in/quill".into(), "sales/lead/ACwAAAF9".into()], id: "in/quill".into(), ..stranger(1) };
    let one = Sighting { keys: vec!["sales/lead/ACwAAAF9".into()], id: "sales/lead/ACwAAAF9".into(), ..stranger(1) };
    assert!(is_matched(&say(&mut story, &both, Says::Is(people[0].clone())).expect("a contact"), &people[0]));
    assert!(is_matched(&look(&mut story, &[&one])[0], &people[0]));
    say(&mut story, &one, Says::Undo).expect("anybody may");
    assert_eq!(look(&mut story, &[&both])[0].band, Band::None);
    // Not the one who is merged away: nor the winner, who is the same person.
    let token = story.session.token.clone();
    let card = story.native.card(&token, &people[1]).expect("a card");
    let known = Sighting { name: card.name, email: card.email, company: card.company, ..stranger(2) };
    say(&mut story, &known, Says::IsNot(people[0].clone())).expect("anybody may");
    story.happens(json!({ "deed": "merge", "object": "Contact", "id": people[0], "into": people[1] }));
    story.run();
    assert!(look(&mut story, &[&known])[0].matched.as_ref().is_none_or(|matched| matched.record.as_str() != people[1]));
}

#[test]
fn what_can_t_be_said_is_refused() {
    let mut story = Story::imported(9, 60);
    let people = contacts(&mut story);
    let named = Sighting::of_name("Wei Chen", story.native.now);
    let company = Sighting { kind: Some(SightingKind::Company), ..stranger(3) };
    for (sighting, record) in [
        (&named, people[0].as_str()),
        (&company, &people[0]),
        (&stranger(3), &World::id("001", 1)),
        (&stranger(3), "Dana"),
        (&stranger(3), "003000000000zzzAAA"),
    ] {
        assert_eq!(say(&mut story, sighting, Says::Is(record.to_owned())).err(), Some(ProblemKind::NotFound), "{record}");
    }
}

fn profiles(story: &mut Story, record: &str, text: &str) -> Result<Profiles, ProblemKind> {
    let token = story.session.token.clone();
    match story.native.ask(&token, MemberAsk::Profiles(FindProfiles { record: record.into(), text: text.into() }))? {
        Answer::Profiles(profiles) => Ok(*profiles),
        _ => panic!("profiles were asked for"),
    }
}

#[test]
fn from_a_record_s_own_page_the_profiles_that_members_saw_are_found() {
    let mut story = Story::imported(9, 300);
    let people = contacts(&mut story);
    let token = story.session.token.clone();
    let seen = |story: &mut Story, number: u8, record: &str| {
        let card = story.native.card(&token, record).expect("a card");
        Sighting { name: card.name.clone(), company: card.company.clone(), title: card.title, ..stranger(number) }
    };
    let (one, other) = (seen(&mut story, 3, &people[0]), seen(&mut story, 4, &people[1]));
    assert!(profiles(&mut story, &people[0], "").expect("a contact").found.is_empty(), "nobody was seen yet");
    look(&mut story, &[&one, &other]);
    let told = profiles(&mut story, &people[0], "").expect("a contact");
    assert_eq!((told.record.record.as_str(), told.record.name.as_str()), (people[0].as_str(), one.name.as_str()));
    let best = &told.found[0];
    assert_eq!((best.sighting.keys.clone(), best.band, best.by_hand.is_none()), (one.keys.clone(), Band::Sure, true));
    assert!(best.evidence.iter().any(|line| line.field == Field::Name && line.level == Level::Equal));
    assert!(!told.found.iter().any(|found| found.sighting.keys == other.keys), "another name is no proposal");
    // By a text anybody is found, with the record that is theirs now; folded, in any order of words.
    let (first, last) = other.name.split_once(' ').expect("two words");
    let named = profiles(&mut story, &people[0], &format!("{} {first}", last.to_uppercase())).expect("a contact");
    let theirs = named.found.iter().find(|found| found.sighting.keys == other.keys).expect("it names them");
    assert_eq!((theirs.band, theirs.other.as_ref().map(|other| other.record.to_string())), (Band::None, Some(people[1].clone())));
    assert!(profiles(&mut story, &people[0], "nobody is called so").expect("a contact").found.is_empty());
    // Matched by hand: it says who did it.
    say(&mut story, &other, Says::Is(people[0].clone())).expect("a contact");
    let named = profiles(&mut story, &people[0], &other.name).expect("a contact");
    let theirs = named.found.iter().find(|found| found.sighting.keys == other.keys).expect("it names them");
    assert_eq!((theirs.band, theirs.by_hand.is_some(), theirs.other.is_none()), (Band::Sure, true, true));
    // Who isn't it is found by name, and not proposed.
    say(&mut story, &one, Says::IsNot(people[0].clone())).expect("anybody may");
    let is_there = |told: &Profiles| told.found.iter().any(|found| found.sighting.keys == one.keys);
    assert!(!is_there(&profiles(&mut story, &people[0], "").expect("a contact")) && is_there(&profiles(&mut story, &people[0], &one.name).expect("a contact")));
    // A company isn't a person, a record that isn't there is nobody.
    assert!(profiles(&mut story, &World::id("001", 0), "").expect("an account").found.is_empty());
    assert_eq!(profiles(&mut story, "003999999999999", "").err(), Some(ProblemKind::NotFound));
    assert_eq!(profiles(&mut story, "no id", "").err(), Some(ProblemKind::NotFound));
}

#[test]
fn what_members_answer_moves_how_sure_others_are_until_it_is_taken_back() {
    let mut story = Story::imported(9, 300);
    let token = story.session.token.clone();
    // People of whom only the name is seen: some are unsure.
    let mut unsure = Vec::new();
    for (number, index) in (0..250).enumerate() {
        let Ok(card) = story.native.card(&token, &World::id("003", index)) else { continue };
        let seen = Sighting { name: card.name.clone(), title: "Skipper".into(), ..stranger(number as u8) };
        let verdict = look(&mut story, &[&seen]).remove(0);
        if verdict.band == Band::Unsure {
            unsure.push((seen, verdict.matched.expect("an unsure match has a record")));
        }
    }
    assert!(unsure.len() > 4, "{} are unsure", unsure.len());
    let (other, before) = unsure.pop().expect("some");
    let after = |story: &mut Story| look(story, &[&other]).remove(0).matched.expect("still a candidate");
    let told = |matched: &Matched| matched.evidence.iter().find(|line| line.field == Field::Feedback).map(|line| line.bits);
    assert_eq!(told(&before), None);
    let (first, record) = unsure[0].clone();
    say(&mut story, &first, Says::Is(record.record.to_string())).expect("a contact");
    let surer = after(&mut story);
    assert!(surer.probability > before.probability && told(&surer) > Some(0.0));
    assert!((surer.weight - before.weight - told(&surer).unwrap_or_default()).abs() < 1e-9, "the lines still add up to the score");
    // Corrected: it counts once, and the other way.
    say(&mut story, &first, Says::Undo).expect("it can be undone");
    let undone = after(&mut story);
    assert!((undone.probability - before.probability).abs() < 1e-9 && told(&undone).is_none());
    for (seen, record) in &unsure[..2] {
        say(&mut story, seen, Says::IsNot(record.record.to_string())).expect("anybody may");
    }
    // One that is so much less sure may have no badge any more.
    let less = look(&mut story, &[&other]).remove(0);
    assert!(less.matched.as_ref().is_none_or(|matched| matched.probability < before.probability && told(matched) < Some(0.0)), "{less:?}");
}

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
    let mut unsure = asked(&mut story);
    let (other, _) = unsure.pop().expect("some");
    let after = |story: &mut Story| look(story, &[&other]).remove(0).matched.expect("still a candidate");
    let told = |matched: &Matched| matched.evidence.iter().find(|line| line.field == Field::Feedback).map(|line| line.bits);
    // After all were seen: each that is seen says something of how many are in the CRM.
    let before = after(&mut story);
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

/// People of whom only the name is seen, where a card asks whether they are a contact; with that contact.
fn asked(story: &mut Story) -> Vec<(Sighting, Matched)> {
    let token = story.session.token.clone();
    let mut asked = Vec::new();
    for index in 0..250 {
        let Ok(card) = story.native.card(&token, &World::id("003", index)) else { continue };
        let seen = Sighting { name: card.name.clone(), title: "Skipper".into(), ..stranger(index as u8) };
        let verdict = look(story, &[&seen]).remove(0);
        if verdict.band == Band::Unsure {
            asked.push((seen, verdict.matched.expect("an unsure match has a record")));
        }
    }
    assert!(asked.len() > 4, "{} are unsure", asked.len());
    asked
}

/// By how many bits answers move the probabilities.
fn shift(story: &mut Story, of: &Sighting) -> f64 {
    let matched = look(story, &[of]).remove(0).matched.expect("still a candidate");
    matched.evidence.iter().find(|line| line.field == Field::Feedback).map_or(0.0, |line| line.bits)
}

#[test]
fn an_answer_counts_once_however_often_and_wherever_it_is_given() {
    let mut story = Story::imported(9, 300);
    let mut all = asked(&mut story);
    let (other, _) = all.pop().expect("some");
    let (seen, record) = all[0].clone();
    let elsewhere = contacts(&mut story).into_iter().find(|id| *id != record.record.as_str()).expect("another contact");
    say(&mut story, &seen, Says::Is(record.record.to_string())).expect("a contact");
    let once = shift(&mut story, &other);
    assert!(once > 0.0);
    let is = |story: &mut Story| (shift(story, &other) - once).abs() < 1e-9;
    // Said again, and of another record that it isn't.
    say(&mut story, &seen, Says::Is(record.record.to_string())).expect("a contact");
    assert!(is(&mut story), "said again");
    say(&mut story, &seen, Says::IsNot(elsewhere.clone())).expect("anybody may");
    assert!(is(&mut story), "of another");
    // On a page that tells another of the profile's keys, too.
    let both = Sighting { keys: vec![seen.keys[0].clone(), "sales/lead/ACwAAAF77".into()], ..seen.clone() };
    say(&mut story, &both, Says::Is(record.record.to_string())).expect("a contact");
    assert!(is(&mut story), "under two keys");
    // Somebody else after all: the same question is answered with no.
    let alone = Sighting { keys: vec!["sales/lead/ACwAAAF77".into()], id: "sales/lead/ACwAAAF77".into(), ..seen.clone() };
    say(&mut story, &alone, Says::Is(elsewhere)).expect("a contact");
    assert!(shift(&mut story, &other) < 0.0, "corrected");
    let no = shift(&mut story, &other);
    // Taken back wherever it is seen, it counts no more; nor does it when that is said once more.
    for _ in 0..2 {
        say(&mut story, &seen, Says::Undo).expect("it can be undone");
        assert!(shift(&mut story, &other).abs() < 1e-9, "undone");
    }
    // What was no stays no when another turns out to be the one.
    say(&mut story, &seen, Says::IsNot(record.record.to_string())).expect("anybody may");
    assert!((shift(&mut story, &other) - no).abs() < 1e-9);
}

#[test]
fn an_answer_follows_its_record_through_a_merge() {
    let mut story = Story::imported(9, 300);
    let mut all = asked(&mut story);
    let (other, _) = all.pop().expect("some");
    let (seen, record) = all[0].clone();
    let record = record.record.to_string();
    let winner = contacts(&mut story).into_iter().find(|id| *id != record).expect("another contact");
    say(&mut story, &seen, Says::Is(record.clone())).expect("a contact");
    let yes = shift(&mut story, &other);
    story.happens(json!({ "deed": "merge", "object": "Contact", "id": record, "into": winner }));
    story.run();
    for id in [record, winner] {
        say(&mut story, &seen, Says::Is(id)).expect("a contact");
        assert!((shift(&mut story, &other) - yes).abs() < 1e-9, "it is the same person");
    }
}

#[test]
fn a_match_by_hand_owes_nothing_to_answers() {
    let mut story = Story::imported(9, 300);
    let all = asked(&mut story);
    let (seen, record) = all[0].clone();
    let verdict = say(&mut story, &seen, Says::Is(record.record.to_string())).expect("a contact");
    assert!(shift(&mut story, &all[1].0) > 0.0, "others owe something to it");
    let matched = verdict.matched.expect("by hand");
    assert!(matched.evidence.iter().all(|line| line.field != Field::Feedback));
    let sum: f64 = matched.evidence.iter().map(|line| line.bits).sum();
    assert!((sum - matched.weight).abs() < 1e-6, "{sum} {}", matched.weight);
}

#[test]
fn a_pasted_address_names_a_profile_that_nobody_saw_and_tells_what_holds_of_it() {
    let mut story = Story::imported(9, 300);
    let people = contacts(&mut story);
    let address = "linkedin.com/in/Quill-Vantongeren-9/";
    let told = profiles(&mut story, &people[0], address).expect("a contact").found;
    assert_eq!((told.len(), told[0].sighting.keys.clone(), told[0].evidence.len()), (1, vec!["in/quill-vantongeren-9".to_owned()], 0));
    // Matched elsewhere: from here it says so.
    say(&mut story, &told[0].sighting, Says::Is(people[1].clone())).expect("a contact");
    let told = profiles(&mut story, &people[0], address).expect("a contact").found;
    assert_eq!(told[0].other.as_ref().map(|other| other.record.as_str()), Some(people[1].as_str()));
    let told = profiles(&mut story, &people[1], address).expect("a contact").found;
    assert!(told[0].by_hand.is_some() && told[0].band == Band::Sure);
    // Seen with a name, it has it, whatever is pasted later; what was pasted is no proposal for others.
    let seen = stranger(9);
    look(&mut story, &[&seen]);
    let pasted = Sighting { name: String::new(), ..seen.clone() };
    say(&mut story, &pasted, Says::Is(people[1].clone())).expect("a contact");
    let told = profiles(&mut story, &people[1], address).expect("a contact").found;
    assert_eq!((told.len(), told[0].sighting.name.as_str()), (1, "Quill Vantongeren"));
    // A company's address is nobody's beside a person.
    assert!(profiles(&mut story, &people[0], "https://www.linkedin.com/company/1035001/").expect("a contact").found.is_empty());
}

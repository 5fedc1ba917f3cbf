//! How many of those whom a team sees are in its CRM: learnt from its own pages, explained, kept.

use inlay_core::api::{LookUp, Matched};
use inlay_core::matching::weigh::Model;
use inlay_core::model::evidence::Field;
use inlay_core::model::sighting::{Sighting, SightingKind};
use inlay_tests::sandbox::world::World;
use inlay_tests::story::Story;
use serde_json::json;

fn sighting(key: &str, name: &str) -> Sighting {
    let key = format!("in/{key}");
    Sighting { id: key.clone(), kind: Some(SightingKind::Person), keys: vec![key], name: name.into(), title: "Skipper".into(), ..Sighting::default() }
}

/// A page of people whom the CRM doesn't know.
fn strangers(page: usize) -> Vec<Sighting> {
    (0..25).map(|place| sighting(&format!("stranger-{page}-{place}"), &format!("Quill{page} Vantongeren{place}"))).collect()
}

fn look(story: &mut Story, sightings: Vec<Sighting>) -> Vec<Option<Matched>> {
    let token = story.session.token.clone();
    story.native.look_up(&token, LookUp { sightings }).verdicts.into_iter().map(|verdict| verdict.matched).collect()
}

/// A contact of whom only the name is seen, and is unsure.
fn unsure(story: &mut Story) -> Sighting {
    let token = story.session.token.clone();
    let names = (0..300).filter_map(|index| Some((index, story.native.card(&token, &World::id("003", index)).ok()?.name))).collect::<Vec<_>>();
    let seen = names.into_iter().map(|(index, name)| sighting(&format!("known-{index}"), &name));
    seen.into_iter().find(|seen| matched(story, seen).is_some_and(|matched| (0.5..0.95).contains(&matched.probability))).expect("somebody is unsure")
}

fn matched(story: &mut Story, seen: &Sighting) -> Option<Matched> {
    look(story, vec![seen.clone()]).remove(0)
}

/// Of a hundred seen, so many are in the CRM, as the explanation says.
fn told(matched: &Matched) -> u32 {
    let prior = matched.evidence.iter().find(|line| line.field == Field::Prior).expect("it begins with the prior");
    let sum: f64 = matched.evidence.iter().map(|line| line.bits).sum();
    assert!((sum - matched.weight).abs() < 1e-6, "the lines add up to the score");
    prior.page.parse().expect("a number")
}

#[test]
fn a_team_that_reads_strangers_is_less_sure_of_everybody() {
    let mut story = Story::imported(9, 300);
    let seen = unsure(&mut story);
    let before = matched(&mut story, &seen).expect("a contact");
    // A page that is read again tells nothing new.
    let page = strangers(0);
    look(&mut story, page.clone());
    let once = matched(&mut story, &seen).expect("a contact");
    (0..20).for_each(|_| drop(look(&mut story, page.clone())));
    assert_eq!(matched(&mut story, &seen).expect("a contact").probability.to_bits(), once.probability.to_bits());
    (1..12).for_each(|number| drop(look(&mut story, strangers(number))));
    let after = story.native.look_up(&story.session.token.clone(), LookUp { sightings: vec![seen.clone()] });
    // Perhaps so unlikely by now that it isn't named any more.
    let after = after.verdicts.into_iter().next().and_then(|verdict| verdict.matched);
    assert!(after.as_ref().is_none_or(|after| after.probability < before.probability - 0.1 && told(after) < 30), "{before:?} {after:?}");
    // Those who are sure stay so: what speaks for them is more than a prior.
    let token = story.session.token.clone();
    let card = story.native.card(&token, before.record.as_str()).expect("a card");
    let full = Sighting { email: card.email, company: card.company, ..sighting("in-full", &card.name) };
    let sure = matched(&mut story, &full).expect("by e-mail and name");
    assert!(sure.probability > 0.99 && told(&sure) < 30, "{sure:?}");
    // The process begins anew, an import comes: what was learnt stays.
    story.native.restart();
    story.run();
    assert!(told(&matched(&mut story, &full).expect("still")) < 30);
}

/// The shipped share, in percent.
fn shipped() -> u32 {
    (Model::shipped().person.in_crm * 100.0).round() as u32
}

#[test]
fn before_an_import_is_in_nothing_is_learnt() {
    let mut story = Story::connected(9, 300, &serde_json::Value::Null);
    (0..10).for_each(|number| drop(look(&mut story, strangers(number))));
    story.run();
    let token = story.session.token.clone();
    let card = (0..300).find_map(|index| story.native.card(&token, &World::id("003", index)).ok()).expect("a contact");
    let full = Sighting { email: card.email, company: card.company, ..sighting("in-full", &card.name) };
    assert_eq!(told(&matched(&mut story, &full).expect("by e-mail and name")), shipped());
}

#[test]
fn where_nobody_of_a_kind_may_be_read_nothing_is_learnt_of_it() {
    let mut story = Story::connected(9, 300, &serde_json::Value::Null);
    for (deed, share) in [("hide", None), ("show", Some(shipped()))] {
        for object in ["Contact", "Lead"] {
            story.happens(json!({ "deed": deed, "user": 0, "object": object, "field": "Id" }));
        }
        story.run();
        (0..10).for_each(|number| drop(look(&mut story, strangers(number))));
        let token = story.session.token.clone();
        let card = (0..300).find_map(|index| story.native.card(&token, &World::id("003", index)).ok());
        assert_eq!(card.is_some(), share.is_some(), "{deed}");
        let Some(card) = card else { continue };
        // The same pages again, in the same process: nothing new.
        let full = Sighting { email: card.email, company: card.company, ..sighting("in-full", &card.name) };
        assert_eq!(Some(told(&matched(&mut story, &full).expect("by e-mail and name"))), share);
    }
}

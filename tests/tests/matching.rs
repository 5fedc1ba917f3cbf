//! Stories of matching: the world outside against the imported org, judged by the truth.

use inlay_core::api::{Band, LookUp, ProblemKind, Thresholds};
use inlay_core::model::object::Object;
use inlay_core::model::sighting::{Sighting, SightingKind};
use inlay_core::workspace::{Answer, MemberAsk};
use inlay_tests::crowd::{Habits, people_seen};
use inlay_tests::native::Native;
use inlay_tests::sandbox::org::Org;
use inlay_tests::sandbox::outside::{Shown, shown};
use inlay_tests::sandbox::server::Sandbox;
use inlay_tests::sandbox::world::World;
use inlay_tests::story::Story;
use serde_json::json;

fn sighting(shown: &Shown) -> Sighting {
    let [title, company, location] = shown.details();
    let is_company = shown.variant == "company";
    let kind = if is_company { SightingKind::Company } else { SightingKind::Person };
    let base = Sighting { id: shown.key.clone(), kind: Some(kind), keys: vec![shown.key.clone()], name: shown.name.clone(), location, ..Sighting::default() };
    if is_company { Sighting { industry: title, website: format!("https://{company}/"), ..base } } else { Sighting { title, company, ..base } }
}

/// Sure badges that are wrong, and people in the CRM with the right badge, over several worlds.
#[test]
fn no_sure_badge_is_wrong_and_most_people_are_found() {
    let (mut wrong, mut found, mut in_crm) = (Vec::new(), 0, 0);
    for seed in [3, 17, 101] {
        let world = World { seed, contacts: 4000 };
        let sandbox = Sandbox::start(Org::generated(world), 0);
        let (mut native, session) = Native::imported(&sandbox);
        for page in ["profile.html", "profile-2026.html", "sales-lead.html", "messaging.html", "company.html", "sales-account.html", "sales-search-people.html"]
        {
            let all: Vec<Shown> = shown(&world).into_iter().filter(|shown| shown.page == page).collect();
            let verdicts = native.look_up(&session.token, LookUp { sightings: all.iter().map(sighting).collect() }).verdicts;
            for (shown, verdict) in all.iter().zip(verdicts) {
                let record = verdict.matched.map(|matched| matched.record.to_string());
                in_crm += u32::from(shown.record.is_some());
                found += u32::from(shown.record.is_some() && record == shown.record);
                if verdict.band == Band::Sure && record != shown.record {
                    wrong.push(format!("{seed} {} {} {}", shown.page, shown.variant, shown.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(f64::from(found) >= 0.85 * f64::from(in_crm), "{found} of {in_crm}");
}

#[test]
fn a_converted_lead_is_seen_as_the_contact_it_became() {
    let world = World { seed: 5, contacts: 600 };
    let sandbox = Sandbox::start(Org::generated(world), 0);
    let (mut native, session) = Native::imported(&sandbox);
    let lead = (0..world.count(Object::Lead)).find(|lead| world.contact_of_lead(*lead).is_some_and(|(_, converted)| converted)).expect("one is converted");
    let contact = world.contact_of_lead(lead).expect("it is").0;
    let person = world.person(1, contact);
    let company = world.company(world.account_of(contact));
    let seen = Sighting {
        id: "in/x".into(),
        kind: Some(SightingKind::Person),
        name: format!("{} {}", person.given, person.family),
        company: company.name,
        title: person.title,
        location: format!("{}, {}", person.city.0, person.land.country),
        ..Sighting::default()
    };
    let matched = native.look_up(&session.token, LookUp { sightings: vec![seen] }).verdicts.remove(0).matched.expect("a match");
    assert_eq!((matched.object, matched.record.to_string()), (Object::Contact, World::id("003", contact)));
    assert!(matched.evidence.len() >= 6, "every match shows its evidence field by field");
    let sum: f64 = matched.evidence.iter().map(|line| line.bits).sum();
    assert!((sum - matched.weight).abs() < 1e-9, "the evidence adds up to the score");
}

#[test]
fn a_profile_address_stored_in_the_crm_decides_at_once() {
    let world = World { seed: 5, contacts: 600 };
    let sandbox = Sandbox::start(Org::generated(world), 0);
    let (mut native, session) = Native::imported(&sandbox);
    let fields = ["LinkedIn_Profile__c"];
    let contact = (0..600).find(|contact| !world.row(Object::Contact, *contact, &fields)[0].is_empty()).expect("one has an address");
    let person = world.person(1, contact);
    let seen = Sighting {
        id: "x".into(),
        kind: Some(SightingKind::Person),
        keys: vec![format!("in/{}", person.slug)],
        name: format!("{} {}", person.given, person.family),
        company: "Somewhere Else".into(),
        ..Sighting::default()
    };
    let verdict = native.look_up(&session.token, LookUp { sightings: vec![seen] }).verdicts.remove(0);
    assert_eq!((verdict.band, verdict.matched.map(|matched| matched.record.to_string())), (Band::Sure, Some(World::id("003", contact))));
}

#[test]
fn hostile_and_empty_sightings_get_an_answer_and_no_badge() {
    let sandbox = Sandbox::start(Org::generated(World { seed: 5, contacts: 60 }), 0);
    let (mut native, session) = Native::imported(&sandbox);
    let names = ["", " ", "<img src=x onerror=alert(1)>", &"x".repeat(10_000), "\u{202e}\u{200b}", "'; DROP TABLE record; --", "🎯", "M."];
    let sightings = names.iter().enumerate().map(|(place, name)| Sighting { id: place.to_string(), name: (*name).to_owned(), ..Sighting::default() }).collect();
    let verdicts = native.look_up(&session.token, LookUp { sightings }).verdicts;
    assert!(verdicts.iter().all(|verdict| verdict.band == Band::None));
    assert_eq!(verdicts.len(), names.len());
}

/// The admin sees what other thresholds would change before they do, and takes it back (spec 19).
#[test]
fn thresholds_are_previewed_on_the_workspace_s_own_sightings() {
    let world = World { seed: 11, contacts: 2000 };
    let sandbox = Sandbox::start(Org::generated(world), 0);
    let (mut native, session) = Native::imported(&sandbox);
    let all: Vec<Sighting> = people_seen(&world, Habits::USUAL, 9, 400).into_iter().map(|seen| seen.sighting).collect();
    let bands = |native: &mut Native| -> Vec<Band> {
        all.chunks(100).flat_map(|part| native.look_up(&session.token, LookUp { sightings: part.to_vec() }).verdicts).map(|verdict| verdict.band).collect()
    };
    let count = |bands: &[Band], band: Band| bands.iter().filter(|one| **one == band).count();
    bands(&mut native); // From whom it sees it learns how many are in the CRM; seen again they say nothing new.
    let before = bands(&mut native);
    let ask = |native: &mut Native, ask: MemberAsk| native.ask(&session.token, ask).expect("the admin may");
    let Answer::Thresholds(shipped) = ask(&mut native, MemberAsk::Thresholds) else { panic!("thresholds were asked for") };
    assert_eq!(shipped, Thresholds::default());
    let strict = Thresholds { sure: 0.9999, unsure: 0.9, before: None };
    let Answer::Preview(preview) = ask(&mut native, MemberAsk::Preview(strict.clone())) else { panic!("a preview was asked for") };
    assert!(preview.vanish > 0 && preview.other_band > 0 && preview.appear == 0 && preview.other_record == 0, "{preview:?}");
    assert!(preview.changes.iter().all(|change| !change.shown.is_empty() && change.before != change.after));
    assert_eq!(bands(&mut native), before, "a preview changes nothing");
    let Answer::Preview(lax) = ask(&mut native, MemberAsk::Preview(Thresholds { sure: 0.97, unsure: 0.11, before: None })) else { panic!("a preview") };
    assert!(lax.appear > 0 && lax.vanish == 0, "who was too unlikely to be named was kept: {lax:?}");

    ask(&mut native, MemberAsk::SetThresholds(strict));
    let after = bands(&mut native);
    assert!(count(&after, Band::None) > count(&before, Band::None) && count(&after, Band::Sure) < count(&before, Band::Sure));
    let Answer::Thresholds(back) = ask(&mut native, MemberAsk::TakeThresholdsBack) else { panic!("thresholds were asked for") };
    assert_eq!((back.sure, back.unsure, back.before), (shipped.sure, shipped.unsure, None));
    assert_eq!(bands(&mut native), before, "all is as it was");

    let upside_down = native.ask(&session.token, MemberAsk::SetThresholds(Thresholds { sure: 0.2, unsure: 0.5, before: None }));
    assert!(matches!(upside_down, Err(ProblemKind::OutOfRange)));
    let rep = native.sign_in(3);
    assert!(matches!(native.ask(&rep.token, MemberAsk::Preview(Thresholds::default())), Err(ProblemKind::NotAdmin)));
}

/// A hundred namesakes in as many accounts, on whose cards stands no city: only the company tells which one is meant.
#[test]
fn of_many_namesakes_the_one_at_the_company_is_found() {
    for (namesakes, colleagues) in [(100, 0), (260, 0), (100, 400)] {
        let mut story = Story::imported(11, 3000);
        let token = story.session.token.clone();
        let accounts: Vec<(String, String)> =
            (0..).map(|index| World::id("001", index)).filter_map(|id| Some((id.clone(), story.native.card(&token, &id).ok()?.name))).take(namesakes).collect();
        for (account, _) in &accounts {
            let fields = json!({ "FirstName": "Marisa", "LastName": "Quintela", "AccountId": account });
            story.happens(json!({ "deed": "create", "object": "Contact", "fields": fields }));
        }
        // One of the companies is big: its people are many, too.
        for number in 0..colleagues {
            let fields = json!({ "FirstName": "Quill", "LastName": format!("Vantongeren{number}"), "AccountId": accounts[9].0 });
            story.happens(json!({ "deed": "create", "object": "Contact", "fields": fields }));
        }
        story.run();
        let of = |company: &str| Sighting {
            id: "in/marisa".into(),
            kind: Some(SightingKind::Person),
            keys: vec!["in/marisa".into()],
            name: "Marisa Quintela".into(),
            company: company.into(),
            ..Sighting::default()
        };
        let mut missed = Vec::new();
        for (_, company) in accounts.iter().step_by(9) {
            let verdict = story.native.look_up(&token, LookUp { sightings: vec![of(company)] }).verdicts.remove(0);
            if verdict.matched.is_none_or(|matched| matched.company != *company) {
                missed.push(company.clone());
            }
        }
        assert!(missed.is_empty(), "of {namesakes}, {colleagues} colleagues: {missed:?}");
    }
}

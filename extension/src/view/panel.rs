//! The side panel: what about the page in the open tab; on a record's own page in Salesforce, the profile that it is (spec 21).

use super::activity;
use super::card::{field_key, level_key};
use super::part::{button, count, good, object_name, piece, problem};
use super::popup::{header, this_page};
use crate::node::{Element, element};
use crate::words::Words;
use inlay_core::api::{ActivityReceipt, Band, ProblemKind, ProfileFound, Profiles, Status};
use inlay_core::badge::State;
use inlay_core::model::evidence::{Evidence, Field, Level};
use inlay_core::model::object::Object;
use inlay_core::model::time::Timestamp;

/// Lines of evidence that fit.
const EVIDENCE: usize = 3;

/// What the panel knows.
#[derive(Debug, Clone, Default)]
pub struct Knows {
    /// The workspace's state, if signed in and reachable.
    pub status: Option<Status>,
    /// Why not.
    pub problem: Option<ProblemKind>,
    /// Badges on the page by state; none if Inlay doesn't read it.
    pub tally: Option<Vec<(State, u64)>>,
    /// The page is a record's in Salesforce: the profiles that it may be.
    pub profiles: Option<Result<Profiles, ProblemKind>>,
    /// What was searched for.
    pub text: String,
    /// The member's activities that are held, refused, or only on this device.
    pub inbox: Vec<(ActivityReceipt, Option<ProblemKind>)>,
    /// Why it may hold more than is shown.
    pub untold: Option<ProblemKind>,
    /// What became of the last deed: a match, or another.
    pub told: Option<Result<bool, ProblemKind>>,
}

/// The whole panel.
pub fn draw(words: &Words, knows: &Knows, moment: &dyn Fn(Timestamp) -> String) -> Element {
    let main = element("main", "panel").child(header(words, knows.status.as_ref()));
    let main = main.children(knows.problem.map(|kind| {
        let deed = button("btn primary", "options", &words.get(if kind == ProblemKind::NotSignedIn { "sign_in" } else { "open_options" }));
        element("section", "").child(problem(words, kind)).child(element("p", "do").child(deed))
    }));
    match &knows.profiles {
        Some(Ok(profiles)) => main.children(this_record(words, knows, profiles, moment)),
        Some(Err(kind)) => main.child(element("section", "").child(problem(words, *kind))),
        None => {
            let is_known = knows.status.is_some() || !knows.inbox.is_empty();
            main.child(this_page(words, knows.tally.as_deref())).children(if is_known { my_inbox(words, knows, moment) } else { Vec::new() })
        }
    }
}

/// What needs the member: it lasts until they or an import settle it.
fn my_inbox(words: &Words, knows: &Knows, moment: &dyn Fn(Timestamp) -> String) -> Vec<Element> {
    // What ails the whole server stands above already.
    let untold = knows.untold.filter(|_| knows.problem.is_none());
    let head = element("h2", "day").text(words.get("inbox")).text(" ").child(element("span", "count").text(count(knows.inbox.len() as u64)));
    let told = knows.told.and_then(Result::err).or(untold).map(|kind| element("section", "").child(problem(words, kind)));
    let body = match (knows.inbox.is_empty(), knows.untold) {
        (true, None) => Some(element("p", "endline").text(words.get("inbox_empty"))),
        (true, Some(_)) => None,
        (false, _) => Some(element("div", "inbox").children(activity::inbox(words, &knows.inbox, moment))),
    };
    [Some(head).filter(|_| body.is_some()), told, body].into_iter().flatten().collect()
}

fn this_record(words: &Words, knows: &Knows, profiles: &Profiles, moment: &dyn Fn(Timestamp) -> String) -> Vec<Element> {
    let record = &profiles.record;
    let object = record.record.object().unwrap_or(Object::Contact);
    let title = element("h2", "medium cut").with("dir", "auto").with("title", &record.name).text(&record.name);
    let sub = [words.get("this_record"), record.company.clone()].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ");
    let about = element("div", "ctx")
        .with("data-object", object_name(object))
        .child(piece(object, "z24"))
        .child(element("div", "cut").child(title).child(element("div", "small dim cut").with("dir", "auto").text(sub)));
    let input = element("input", "").with("type", "search").with("id", "find").with("autocomplete", "off").with("dir", "auto").with("value", &knows.text);
    let search = button("btn", "find", &words.get("find_now")).with("type", "submit");
    let form = element("form", "")
        .with("method", "dialog")
        .with("role", "search")
        .child(element("label", "label").with("for", "find").text(words.get("find_profile")))
        .child(element("div", "find").child(element("div", "field").child(input)).child(search))
        .child(element("p", "small dim").text(words.get("find_profile_hint")));
    let mut parts = vec![about, element("section", "").child(form)];
    if profiles.found.is_empty() {
        parts.push(element("p", "endline").with("role", "status").text(words.get(if knows.text.is_empty() { "no_profile_fits" } else { "no_profile_named" })));
    } else {
        parts.push(element("h3", "day").text(words.with("n_profiles_found", &[&count(profiles.found.len() as u64)])));
        let list = element("div", "").with("role", "radiogroup").with("aria-label", words.get("find_profile"));
        parts.push(list.children(profiles.found.iter().enumerate().map(|(place, found)| proposal(words, place, found, moment))));
    }
    let told = knows.told.map(|told| match told {
        Ok(is_matched) => element("p", "").with("role", "status").child(good(&words.get(if is_matched { "matched_now" } else { "said_now" }))),
        Err(kind) => problem(words, kind),
    });
    let mut foot = element("div", "pfoot").children(told).child(element("p", "small dim").text(words.get("matching_holds")));
    if !profiles.found.is_empty() {
        let deeds = element("p", "do").child(button("btn primary", "match_profile", &words.get("match_now")));
        foot = foot.child(deeds.child(button("btn", "not_profile", &words.get("not_this_one"))));
    }
    parts.push(foot);
    parts
}

/// One profile to choose, with what speaks for it.
fn proposal(words: &Words, place: usize, found: &ProfileFound, moment: &dyn Fn(Timestamp) -> String) -> Element {
    let sighting = &found.sighting;
    let key = sighting.keys.first().map_or("", String::as_str);
    let id = format!("profile {key}").replace(' ', "-");
    let radio = element("input", "").with("type", "radio").with("name", "profile").with("id", &id).with("value", key);
    let radio = if place == 0 { radio.with("checked", "") } else { radio };
    // Of an address that was pasted nothing else is known.
    let name = if sighting.name.is_empty() { key } else { &sighting.name };
    let mut head = element("label", "hstack").with("for", &id).child(element("span", "medium cut").with("dir", "auto").with("title", name).text(name));
    if !found.evidence.is_empty() {
        let (band, class) = match found.band {
            Band::Sure => ("sure_match", "push small"),
            Band::Unsure => ("unsure_match", "push small dim"),
            Band::None => ("hardly", "push small dim"),
        };
        head = head.child(element("span", class).text(words.get(band)));
    }
    let line = [sighting.title.as_str(), &sighting.company].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ");
    let chips = told_most(&found.evidence).into_iter().map(|line| chip(words, line));
    let by_hand = found.by_hand.as_ref().map(|by| {
        element("p", "small dim")
            .child(element("span", "").with("dir", "auto").text(words.with("by_hand", &[&by.name, &moment(by.at)])))
            .text(" ")
            .child(button("link", &format!("undo_profile {key}"), &words.get("undo")))
    });
    let other = found.other.as_ref().map(|other| element("p", "small dim").with("dir", "auto").text(words.with("matched_with", &[&other.name])));
    let body = element("div", "")
        .child(head)
        .child(element("div", "small dim cut").with("dir", "auto").text(line))
        // Which of two with one name it is.
        .children((name != key).then(|| element("div", "small dim cut").with("dir", "ltr").with("title", key).text(key)))
        .child(element("p", "evid").children(chips))
        .children(other)
        .children(by_hand);
    element("div", "cand").child(radio).child(body)
}

/// The lines that say most, whether for or against.
fn told_most(evidence: &[Evidence]) -> Vec<&Evidence> {
    let mut lines: Vec<&Evidence> = evidence.iter().filter(|line| line.field != Field::Prior && line.level != Level::NotCompared).collect();
    lines.sort_by(|a, b| b.bits.abs().total_cmp(&a.bits.abs()));
    lines.truncate(EVIDENCE);
    lines
}

/// A line of evidence in words, with a bar as high as it weighs; against, the bar is hollow.
fn chip(words: &Words, line: &Evidence) -> Element {
    let weight = match line.bits {
        bits if bits < 0.0 => "m1",
        bits if bits < 2.0 => "p1",
        bits if bits < 5.0 => "p2",
        _ => "p3",
    };
    let said = format!("{}: {}", words.get(&field_key(line.field)), words.get(&level_key(line.level)));
    element("span", &format!("ev {weight}")).child(element("i", "").with("aria-hidden", "true")).text(said)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::of_language;
    use inlay_core::api::{ByHand, NamedRecord};
    use inlay_core::model::id::RecordId;
    use inlay_core::model::sighting::Sighting;

    fn found(name: &str, band: Band) -> ProfileFound {
        let line = |field, level, bits| Evidence { field, level, bits, page: String::new(), crm: String::new() };
        ProfileFound {
            sighting: Sighting { keys: vec![format!("in/{name}")], name: name.into(), ..Sighting::default() },
            band,
            evidence: vec![line(Field::Prior, Level::NotCompared, -17.0), line(Field::Name, Level::Equal, 12.0), line(Field::Title, Level::Differs, -1.0)],
            by_hand: None,
            other: None,
        }
    }

    #[test]
    fn a_record_s_profiles_are_told_in_every_language() {
        let record = NamedRecord { record: RecordId::parse("003000000000001").expect("an id"), name: "Dana Okafor".into(), company: "Northwind".into() };
        let by = ByHand { name: "Tom Visser".into(), at: Timestamp(0) };
        let other = ProfileFound { other: Some(record.clone()), ..found("Dana O.", Band::None) };
        let said = vec![ProfileFound { by_hand: Some(by), ..found("<b>Dana</b>", Band::Sure) }, other];
        for language in ["en", "it", "pt", "nl", "es"] {
            let messages = of_language(language);
            let words = Words(&messages);
            let of = |found: Vec<ProfileFound>, text: &str| {
                let profiles = Profiles { record: record.clone(), found };
                draw(&words, &Knows { profiles: Some(Ok(profiles)), text: text.into(), told: Some(Ok(true)), ..Knows::default() }, &|_| "now".into())
            };
            let told = of(said.clone(), "").all_text();
            assert!(told.contains("in/Dana O."), "which profile it is: {told}");
            for wanted in
                ["<b>Dana</b>", "Tom Visser", "Northwind", &words.with("matched_with", &["Dana Okafor"]), &words.get("matched_now"), &words.get("hardly")]
            {
                assert!(told.contains(wanted), "{language}: {wanted} not in {told}");
            }
            assert!(of(Vec::new(), "").all_text().contains(&words.get("no_profile_fits")));
            assert!(of(Vec::new(), "x").all_text().contains(&words.get("no_profile_named")));
        }
    }

    #[test]
    fn an_inbox_that_couldn_t_be_asked_for_isn_t_called_empty() {
        let messages = of_language("en");
        let words = Words(&messages);
        let told = |untold| element("div", "").children(my_inbox(&words, &Knows { untold, ..Knows::default() }, &|_| "now".into())).all_text();
        assert!(told(None).contains(&words.get("inbox_empty")));
        let unreachable = told(Some(ProblemKind::ServerUnreachable));
        assert!(!unreachable.contains(&words.get("inbox_empty")) && unreachable != told(None));
    }
}

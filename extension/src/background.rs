//! The service worker: sightings, cache, look-ups, badges and cards. It may stop at any moment; what must last is in storage.

use crate::chrome::{self, Area, to_js};
use crate::clock::{self, now};
use crate::composer::{self, Composer};
use crate::node::Element;
use crate::outbox;
use crate::server;
use crate::settings;
use crate::view;
use crate::view::part::object_name;
use crate::view::writeback::record_of;
use crate::words::Words;
use inlay_core::api::{Band, Card, LOOK_UP_MAX, LookUp, ManualMatch, Matched, NewLink, ProblemKind, Says, TrackedLink, Verdict, Verdicts, Whom};
use inlay_core::badge::{Badge, State};
use inlay_core::model::activity::{Activity, ActivityKind, Direction};
use inlay_core::model::object::Object;
use inlay_core::model::sighting::{PageKind, Sighting};
use inlay_core::page::address;
use inlay_core::page::pack::{Pack, PagePack, Place};
use inlay_core::page::reading::{Raw, Reading, read};
use inlay_core::redact::redact;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wasm_bindgen::prelude::*;

/// A verdict is asked for again after this time.
const FRESH_MILLIS: i64 = 10 * 60 * 1000;
/// Verdicts kept.
const CACHE_MAX: usize = 400;

const SHEETS: [&str; 2] = [include_str!("../static/tokens.css"), include_str!("../static/parts.css")];

#[derive(Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
enum Ask {
    Page {
        url: String,
    },
    Rows {
        url: String,
        title: String,
        rows: String,
    },
    Press {
        mark: u32,
        action: String,
        straight: bool,
        url: String,
        /// What is entered in the card, by field.
        #[serde(default)]
        entered: BTreeMap<String, String>,
    },
    Read {
        url: String,
        title: String,
        rows: String,
    },
    /// Something in the side panel's inbox is tried again or taken back.
    Deed {
        action: String,
    },
    Composer(Composer),
    Sent(Composer),
}

#[derive(Deserialize)]
struct Sender {
    /// The tab and its document: a reload is another place, where marks begin again.
    tab: String,
    page: bool,
}

#[derive(Serialize)]
struct Opened {
    pack: Option<&'static PagePack>,
    kind: Option<PageKind>,
    sheets: [&'static str; 2],
    looks: BTreeMap<String, Element>,
}

/// A badge for one item: its mark, its look, what is read aloud, and itself if it is no copy of a look. In rows most badges look alike but
/// for what is read aloud: the page got the looks when it was opened. A wide badge has its own words and comes whole.
#[derive(Serialize)]
struct Paint(u32, String, String, Option<Element>);

impl Paint {
    fn of(mark: u32, badge: &Badge, place: Place) -> Self {
        match place {
            Place::End => Self(mark, look(badge), view::badge::label(&words(), badge, false), None),
            Place::Beside => Self(mark, look(badge), String::new(), Some(view::badge::wide(&words(), badge))),
        }
    }
}

/// State and object: what badges that look alike have in common.
fn look(badge: &Badge) -> String {
    let object = badge.object.map(object_name);
    [view::badge::state_name(badge.state)].into_iter().chain(object).collect::<Vec<_>>().join(" ")
}

#[derive(Serialize, Default)]
struct Paints {
    paints: Vec<Paint>,
}

#[derive(Serialize, Default)]
struct Told {
    card: Option<Element>,
    /// The badge as it is from now on.
    paint: Option<Paint>,
    /// Nobody is matched any more: badge and card go.
    gone: bool,
}

/// What is known of one item of a tab, for the press on its badge.
#[derive(Clone, Serialize, Deserialize)]
struct Known {
    url: String,
    sighting: Sighting,
    verdict: Verdict,
}

#[derive(Default, Serialize, Deserialize)]
struct Cache(BTreeMap<String, (i64, Verdict)>);

/// A message from the content script or one of our pages.
#[wasm_bindgen]
pub async fn message(ask: JsValue, sender: JsValue) -> Result<JsValue, JsValue> {
    let ask: Ask = serde_wasm_bindgen::from_value(ask)?;
    let sender: Sender = serde_wasm_bindgen::from_value(sender)?;
    Ok(match ask {
        Ask::Page { url } => to_js(&open_page(&sender.tab, &url).await),
        Ask::Rows { url, title, rows } => to_js(&rows_seen(&sender.tab, &url, &title, &raws(&rows)).await),
        Ask::Press { mark, action, straight, url, entered } => {
            to_js(&pressed(&sender.tab, mark, &Press { action: &action, straight, url: &url, entered: &entered }).await)
        }
        Ask::Composer(composer) => composer::strip(&sender.tab, &composer).await,
        Ask::Sent(composer) => composer::sent(&sender.tab, &composer).await,
        // For authors of selector packs (`cargo xtask read`): what the page came to, without asking the server.
        Ask::Read { url, title, rows } if sender.page => to_js(&reading(&url, &title, &raws(&rows))),
        Ask::Deed { action } if sender.page => to_js(&deed(&action).await),
        Ask::Read { .. } | Ask::Deed { .. } => JsValue::NULL,
    })
}

/// What the reader found, as the text it sends; a text that can't be read is nothing found.
fn raws(rows: &str) -> Vec<Raw> {
    serde_json::from_str(rows).unwrap_or_default()
}

pub(crate) fn words() -> Words<'static> {
    Words(&chrome::message)
}

fn known_key(tab: &str, mark: u32) -> String {
    format!("seen:{tab}:{mark}")
}

async fn open_page(tab: &str, url: &str) -> Opened {
    // What this tab showed before is no longer pressed.
    let before = tab.split(':').next().unwrap_or("");
    chrome::forget(&format!("seen:{before}:")).await;
    wasm_bindgen_futures::spawn_local(outbox::send());
    let address = address::read(url);
    let kind = address.as_ref().map(|address| address.kind);
    let signed_in = settings::session().await.is_some();
    // A session that ended by itself: what is written to people is kept, badges there are none.
    let keeps = |pack: &&PagePack| signed_in || !pack.composers.is_empty();
    let pack = if settings::member().await.is_some() { kind.and_then(|kind| Pack::shipped().page(kind)).filter(keeps) } else { None };
    let asking = Badge::asking("");
    let looks = match pack.filter(|_| signed_in).map(|pack| pack.place) {
        Some(Place::Beside) => BTreeMap::from([(look(&asking), view::badge::wide(&words(), &asking))]),
        Some(Place::End) => {
            let each = |state| [Object::Lead, Object::Contact, Object::Account].map(|object| Badge { object: Some(object), state, ..Badge::paused() });
            let all = [State::In, State::Unsure].into_iter().flat_map(each).chain([Badge::paused(), asking]);
            all.map(|badge| (look(&badge), view::badge::row(&badge))).collect()
        }
        None => BTreeMap::new(),
    };
    Opened { pack, kind, sheets: SHEETS, looks }
}

/// One runner sends what is kept, wherever it was pressed: this one. Gives what went wrong.
async fn deed(action: &str) -> Option<ProblemKind> {
    let (deed, id) = outbox::deed_of(action)?;
    outbox::act(deed, id).await.err()
}

fn reading(url: &str, title: &str, rows: &[Raw]) -> Option<Reading> {
    let address = address::read(url)?;
    Some(read(&address, Pack::shipped().page(address.kind)?, title, rows, now()))
}

async fn rows_seen(tab: &str, url: &str, title: &str, rows: &[Raw]) -> Paints {
    let Some(reading) = reading(url, title, rows) else { return Paints::default() };
    let place = address::read(url).and_then(|address| Pack::shipped().page(address.kind)).map_or(Place::End, |pack| pack.place);
    if reading.is_paused() {
        return Paints { paints: rows.iter().map(|raw| Paint::of(raw.mark, &Badge::paused(), place)).collect() };
    }
    let verdicts = verdicts_of(&reading).await;
    let mut paints = Vec::new();
    for (mark, sighting) in reading.sightings {
        let Some(verdict) = verdicts.get(&sighting.id) else { continue };
        let Some(badge) = Badge::of(&sighting.name, verdict) else { continue };
        paints.push(Paint::of(mark, &badge, place));
        chrome::write(Area::Session, &known_key(tab, mark), &Known { url: url.to_owned(), sighting, verdict: verdict.clone() }).await;
    }
    Paints { paints }
}

/// Fresh verdicts come from the cache, the others from the server; if that can't be reached, what is known stays.
async fn verdicts_of(reading: &Reading) -> BTreeMap<String, Verdict> {
    let mut cache: Cache = chrome::read(Area::Session, "cache").await.unwrap_or_default();
    let now = now().0;
    let stale = |sighting: &&Sighting| cache.0.get(&cache_key(sighting)).is_none_or(|(at, _)| now - at > FRESH_MILLIS);
    let wanted: Vec<Sighting> = reading.sightings.iter().map(|(_, sighting)| sighting).filter(stale).cloned().collect();
    for part in wanted.chunks(LOOK_UP_MAX) {
        if let Ok(answer) = server::ask_as_member::<Verdicts>("POST", "/v1/look-up", server::json(&LookUp { sightings: part.to_vec() })).await {
            for (sighting, verdict) in part.iter().zip(answer.verdicts) {
                cache.0.insert(cache_key(sighting), (now, verdict));
            }
        }
    }
    let found = reading.sightings.iter().filter_map(|(_, sighting)| Some((sighting.id.clone(), cache.0.get(&cache_key(sighting))?.1.clone()))).collect();
    while cache.0.len() > CACHE_MAX {
        let oldest = cache.0.iter().min_by_key(|(_, (at, _))| *at).map(|(key, _)| key.clone());
        oldest.map(|key| cache.0.remove(&key));
    }
    chrome::write(Area::Session, "cache", &cache).await;
    found
}

/// Whom a composer writes to: the page's own person, if the composer names nobody else; with what the CRM knows.
pub(crate) async fn person_of(url: &str, title: &str, name: &str, rows: &str) -> Option<(Sighting, Option<Verdict>)> {
    let of_page = reading(url, title, &raws(rows)).filter(|reading| !reading.is_paused());
    if let Some(reading) = of_page {
        // Of several whom it may be it is none.
        let mut so_named = reading.sightings.iter().map(|(_, sighting)| sighting).filter(|sighting| name.is_empty() || sighting.name == name);
        let first = so_named.next();
        if let Some(sighting) = first.filter(|first| so_named.all(|other| other.id == first.id)) {
            let verdict = verdicts_of(&reading).await.remove(&sighting.id);
            return Some((sighting.clone(), verdict));
        }
    }
    let name: String = name.chars().take(200).collect();
    (!name.is_empty()).then(|| (Sighting::of_name(&name, now()), None))
}

/// What a page says of a profile can change from page to page: a list shows less than a profile.
fn cache_key(sighting: &Sighting) -> String {
    format!("{}\n{}\n{}\n{}\n{}", sighting.id, sighting.name, sighting.title, sighting.company, sighting.location)
}

/// What was pressed.
struct Press<'a> {
    action: &'a str,
    straight: bool,
    url: &'a str,
    entered: &'a BTreeMap<String, String>,
}

async fn pressed(tab: &str, mark: u32, press: &Press<'_>) -> Told {
    let Press { action, straight, url, .. } = *press;
    let known: Option<Known> = chrome::read(Area::Session, &known_key(tab, mark)).await;
    let Some(known) = known.filter(|known| known.url == url) else { return Told::default() };
    let Some(matched) = &known.verdict.matched else { return Told::default() };
    if straight && known.verdict.band == Band::Sure {
        chrome::open_tab(&matched.link).await;
        return Told::default();
    }
    let card = match action {
        "why" => view::card::explain(&words(), matched, known.verdict.band),
        "log_call" => activity_form(ActivityKind::Call, matched, press, None),
        "add_note" => activity_form(ActivityKind::Note, matched, press, None),
        "new_link" => view::card::new_link(&words(), &matched.name, "", "", None),
        "save_link" => {
            let value = |field: &str| press.entered.get(field).map(|text| text.trim().to_owned()).unwrap_or_default();
            let ask = NewLink { url: value("url"), title: value("link_title"), record: matched.record.to_string() };
            match server::ask_as_member::<TrackedLink>("POST", "/v1/links", server::json(&ask)).await {
                Ok(_) => record_card(&known, matched).await,
                Err(kind) => view::card::new_link(&words(), &matched.name, &ask.url, &ask.title, Some(kind)),
            }
        }
        "rematch" => view::card::rematch(&words(), &known.sighting.name, "", None),
        "confirm" => return said(tab, mark, &known, Says::Is(matched.record.to_string()), "").await,
        "reject" => return said(tab, mark, &known, Says::IsNot(matched.record.to_string()), "").await,
        "undo_match" => return said(tab, mark, &known, Says::Undo, "").await,
        "save_match" => {
            let entered = press.entered.get("record").map_or("", String::as_str);
            match record_of(entered) {
                Some(record) => return said(tab, mark, &known, Says::Is(record.to_string()), entered).await,
                None => view::card::rematch(&words(), &known.sighting.name, entered, Some(ProblemKind::NotFound)),
            }
        }
        "save_call" | "save_note" => {
            let kind = if action == "save_call" { ActivityKind::Call } else { ActivityKind::Note };
            let mut activity = activity_of(kind, &known, matched, press);
            if chrome::read(Area::Session, "redacts").await.unwrap_or(true) {
                (activity.subject, activity.text) = (redact(&activity.subject), redact(&activity.text));
            }
            match outbox::keep(activity).await {
                Ok(()) => record_card(&known, matched).await,
                // What was entered stays in the form.
                Err(problem) => activity_form(kind, matched, press, Some(problem)),
            }
        }
        other => {
            let why = match outbox::deed_of(other) {
                Some((deed, id)) => outbox::act(deed, id).await.err(),
                None => None,
            };
            record_card(&known, matched).await.children(why.map(|kind| view::part::problem(&words(), kind)))
        }
    };
    Told { card: Some(card), ..Told::default() }
}

/// The member says who somebody is: badge and card follow.
async fn said(tab: &str, mark: u32, known: &Known, says: Says, entered: &str) -> Told {
    let ask = ManualMatch { whom: Whom::Sighting(Box::new(known.sighting.clone())), says };
    let verdict = match server::ask_as_member::<Verdicts>("POST", "/v1/match", server::json(&ask)).await {
        Ok(mut told) => told.verdicts.pop(),
        Err(kind) => {
            let card = view::card::rematch(&words(), &known.sighting.name, entered, Some(kind));
            return Told { card: Some(card), ..Told::default() };
        }
    };
    chrome::forget("cache").await;
    let Some(verdict) = verdict else { return Told::default() };
    let place = address::read(&known.url).and_then(|address| Pack::shipped().page(address.kind)).map_or(Place::End, |pack| pack.place);
    let paint = Badge::of(&known.sighting.name, &verdict).map(|badge| Paint::of(mark, &badge, place));
    let known = Known { verdict, ..known.clone() };
    chrome::write(Area::Session, &known_key(tab, mark), &known).await;
    match (&known.verdict.matched, paint) {
        (Some(matched), Some(paint)) => Told { card: Some(record_card(&known, matched).await), paint: Some(paint), gone: false },
        _ => Told { gone: true, ..Told::default() },
    }
}

/// The card of a record, with what is known from the look-up where there isn't more.
async fn record_card(known: &Known, matched: &Matched) -> Element {
    outbox::send().await;
    let told = server::ask_as_member::<Card>("GET", &format!("/v1/card/{}", matched.record), None).await;
    let (mut card, why) = match told {
        Ok(card) => (card, None),
        Err(kind) => {
            let card = Card {
                record: matched.record.to_string(),
                name: matched.name.clone(),
                company: matched.company.clone(),
                owner: matched.owner.clone(),
                link: matched.link.clone(),
                ..Card::default()
            };
            (card, Some(kind))
        }
    };
    let receipts = outbox::with(matched.record.as_str(), std::mem::take(&mut card.receipts)).await;
    chrome::write(Area::Session, "redacts", &card.redacts).await;
    let receipts = view::activity::receipts(&words(), &receipts, &clock::moment);
    view::card::draw(&words(), &card, matched, known.verdict.band, &known.sighting, receipts, &clock::moment)
        .children(why.map(|kind| view::part::problem(&words(), kind)))
}

fn activity_form(kind: ActivityKind, matched: &Matched, press: &Press<'_>, why: Option<ProblemKind>) -> Element {
    view::activity::form(&words(), kind, &matched.name, &clock::field(now()), press.entered, why)
}

/// What was entered, as an activity on the card's record.
fn activity_of(kind: ActivityKind, known: &Known, matched: &Matched, press: &Press<'_>) -> Activity {
    let value = |field: &str| press.entered.get(field).map(|text| text.trim().to_owned()).unwrap_or_default();
    let outcome = view::activity::OUTCOMES.iter().find(|outcome| **outcome == value("outcome"));
    Activity {
        subject: value("subject"),
        text: value("text"),
        seconds: value("minutes").parse::<u32>().ok().map(|minutes| minutes.min(600) * 60),
        direction: (kind == ActivityKind::Call).then(|| if value("direction") == "inbound" { Direction::Inbound } else { Direction::Outbound }),
        outcome: outcome.map(|outcome| words().get(&format!("outcome_{outcome}"))).unwrap_or_default(),
        ..outbox::activity(kind, clock::of_field(&value("at")), known.sighting.clone(), Some(matched.record))
    }
}

//! Composers: whether the member wants what is sent to be written, and what was sent. Off until the member turns it on (spec 42).

use crate::background::{activity_moment, now, person_of, words};
use crate::chrome::{self, Area, to_js};
use crate::node::Element;
use crate::outbox;
use crate::server;
use crate::settings;
use crate::view::composer::{Strip, draw};
use inlay_core::api::{ActivityIds, ActivityReceipt, Band, Card, Content, ProblemKind, ReceiptState, Receipts, Verdict, Writeback};
use inlay_core::model::activity::{Activity, ActivityKind};
use inlay_core::model::sighting::Sighting;
use inlay_core::redact::redact;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wasm_bindgen::prelude::*;

/// What the workspace allows is asked for again after this time.
const FRESH_MILLIS: i64 = 30_000;
/// Receipts shown under one composer.
const SHOWN: usize = 3;

/// A composer on a page.
#[derive(Deserialize)]
pub(crate) struct Composer {
    url: String,
    title: String,
    kind: ActivityKind,
    /// Whom the composer itself names.
    name: String,
    /// The page's own people.
    rows: String,
    /// What was pressed on the strip.
    #[serde(default)]
    action: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    subject: String,
}

/// What a member chose here.
#[derive(Default, Serialize, Deserialize)]
struct Choice {
    /// The next one isn't written.
    skips: bool,
    /// What was sent, newest last.
    sent: Vec<String>,
}

#[derive(Serialize)]
struct Told {
    strip: Option<Element>,
    /// Some receipts may still change.
    waits: bool,
}

async fn toggles() -> (String, BTreeMap<ActivityKind, bool>) {
    let member = settings::session().await.map(|session| session.member.user.to_string()).unwrap_or_default();
    let key = format!("writes:{member}");
    let kinds = chrome::read(Area::Local, &key).await.unwrap_or_default();
    (key, kinds)
}

/// A kind that was off may be on by now: that is always asked.
async fn writeback(kind: ActivityKind) -> Option<Writeback> {
    let (at, known): (i64, Option<Writeback>) = chrome::read(Area::Session, "writeback").await.unwrap_or_default();
    if known.as_ref().is_some_and(|known| known.kinds.contains_key(&kind)) && now().0 - at < FRESH_MILLIS {
        return known;
    }
    match server::ask_as_member::<Writeback>("GET", "/v1/writeback", None).await {
        Ok(told) => {
            chrome::write(Area::Session, "writeback", &(now().0, Some(&told))).await;
            Some(told)
        }
        Err(_) => known,
    }
}

fn place(tab: &str, kind: ActivityKind, sighting: &Sighting) -> String {
    format!("composer:{}:{kind:?}:{}", tab.split(':').next().unwrap_or(""), sighting.id)
}

/// The strip of a composer, after what was pressed on it.
pub(crate) async fn strip(tab: &str, composer: &Composer) -> JsValue {
    if settings::session().await.is_none() {
        return JsValue::NULL;
    }
    let Some((sighting, verdict)) = person_of(&composer.url, &composer.title, &composer.name, &composer.rows).await else { return JsValue::NULL };
    let key = place(tab, composer.kind, &sighting);
    let mut choice: Choice = chrome::read(Area::Session, &key).await.unwrap_or_default();
    match composer.action.split_once(':').unwrap_or((&composer.action, "")) {
        ("toggle", _) => {
            let (member, mut kinds) = toggles().await;
            let is_on = kinds.entry(composer.kind).or_default();
            *is_on = !*is_on;
            chrome::write(Area::Local, &member, &kinds).await;
        }
        ("skip", _) => choice.skips = !choice.skips,
        (deed @ ("withdraw" | "retry"), id) => {
            outbox::again(id, deed == "retry").await;
            let _ = server::ask_as_member::<Receipts>("POST", &format!("/v1/activities/{deed}"), server::json(&ActivityIds { ids: vec![id.to_owned()] })).await;
        }
        _ => {}
    }
    chrome::write(Area::Session, &key, &choice).await;
    outbox::send().await;
    let (writeback, (_, kinds)) = (writeback(composer.kind).await, toggles().await);
    let card = match verdict.filter(|verdict| verdict.band == Band::Sure).and_then(|verdict| verdict.matched) {
        Some(matched) => server::ask_as_member::<Card>("GET", &format!("/v1/card/{}", matched.record), None).await.ok(),
        None => None,
    };
    let receipts = receipts(&choice.sent).await;
    let waits = receipts.iter().any(|(receipt, _)| matches!(receipt.state, ReceiptState::Waiting | ReceiptState::Unknown));
    let strip = Strip {
        kind: composer.kind,
        writeback: writeback.as_ref(),
        is_on: kinds.get(&composer.kind).copied().unwrap_or_default(),
        skips: choice.skips,
        card: card.as_ref(),
        receipts: &receipts,
    };
    to_js(&Told { strip: Some(draw(&words(), &strip, &activity_moment)), waits })
}

async fn receipts(ids: &[String]) -> Vec<(ActivityReceipt, Option<ProblemKind>)> {
    let mut receipts = Vec::new();
    if !ids.is_empty() {
        let ask = ActivityIds { ids: ids.to_vec() };
        if let Ok(told) = server::ask_as_member::<Receipts>("POST", "/v1/activities/receipts", server::json(&ask)).await {
            receipts.extend(told.receipts.into_iter().map(|receipt| (receipt, None)));
        }
    }
    receipts.extend(outbox::kept_of(ids).await);
    let from = receipts.len().saturating_sub(SHOWN);
    receipts.split_off(from)
}

/// Something was sent: it is captured if admin and member want that, and it isn't to be skipped.
pub(crate) async fn sent(tab: &str, composer: &Composer) -> JsValue {
    let Some((sighting, verdict)) = person_of(&composer.url, &composer.title, &composer.name, &composer.rows).await else { return JsValue::NULL };
    let (writeback, (_, kinds)) = (writeback(composer.kind).await, toggles().await);
    let key = place(tab, composer.kind, &sighting);
    let mut choice: Choice = chrome::read(Area::Session, &key).await.unwrap_or_default();
    let is_skipped = std::mem::take(&mut choice.skips);
    let content = writeback.as_ref().and_then(|writeback| writeback.kinds.get(&composer.kind)).copied();
    if let (Some(content), true, false) = (content, kinds.get(&composer.kind).copied().unwrap_or_default(), is_skipped) {
        let redacts = writeback.is_some_and(|writeback| writeback.redacts);
        let activity = activity(composer, sighting, verdict.as_ref(), content, redacts);
        let id = activity.id.clone();
        if outbox::keep(activity).await.is_ok() {
            choice.sent.push(id);
        }
    }
    chrome::write(Area::Session, &key, &choice).await;
    JsValue::NULL
}

/// What was sent, with no more of it than the admin allows: the rest doesn't leave the browser.
fn activity(composer: &Composer, sighting: Sighting, verdict: Option<&Verdict>, content: Content, redacts: bool) -> Activity {
    let kept = |text: &str, wanted: bool| match (wanted, redacts) {
        (false, _) => String::new(),
        (true, true) => redact(text),
        (true, false) => text.to_owned(),
    };
    let mut random = [0; 16];
    getrandom::fill(&mut random).expect("a browser has random bytes");
    let at = now();
    Activity {
        id: Activity::id_of(&random),
        kind: composer.kind,
        at,
        offset: -(js_sys::Date::new(&JsValue::from_f64(at.0 as f64)).get_timezone_offset() as i32),
        sighting,
        record: verdict.filter(|verdict| verdict.band == Band::Sure).and_then(|verdict| Some(verdict.matched.as_ref()?.record)),
        subject: kept(&composer.subject, content != Content::Fact),
        text: kept(&composer.text, content == Content::Full),
        seconds: None,
        direction: None,
        outcome: String::new(),
    }
}

//! Composers: whether the member wants what is sent to be written, and what was sent. Off until the member turns it on (spec 42).

use crate::background::{person_of, words};
use crate::chrome::{self, Area, to_js};
use crate::clock::{self, now};
use crate::node::Element;
use crate::outbox;
use crate::server;
use crate::settings;
use crate::view::composer::{Strip, draw};
use inlay_core::api::{ActivityIds, Band, Card, Content, ProblemKind, ReceiptState, Receipts, Verdict, Writeback};
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
    /// What was sent and doesn't fit on this device; here it is until the browser closes.
    #[serde(default)]
    unkept: Vec<Activity>,
}

#[derive(Serialize)]
struct Told {
    strip: Option<Element>,
    /// Some receipts may still change.
    waits: bool,
}

async fn toggles(member: &str) -> BTreeMap<ActivityKind, bool> {
    chrome::read(Area::Local, &format!("writes:{member}")).await.unwrap_or_default()
}

/// What the workspace allows, as far as it is known: a kind that was off may be on by now, so that is always asked. What was told before
/// holds while the server can't be asked.
async fn writeback(member: &str, kind: ActivityKind) -> Option<Writeback> {
    let key = format!("writeback:{member}");
    let (at, known): (i64, Option<Writeback>) = chrome::read(Area::Local, &key).await.unwrap_or_default();
    if known.as_ref().is_some_and(|known| known.kinds.contains_key(&kind)) && now().0 - at < FRESH_MILLIS {
        return known;
    }
    match server::ask_as_member::<Writeback>("GET", "/v1/writeback", None).await {
        Ok(told) => {
            chrome::write(Area::Local, &key, &(now().0, Some(&told))).await;
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
    let Some(member) = settings::member().await else { return JsValue::NULL };
    let Some((sighting, verdict)) = person_of(&composer.url, &composer.title, &composer.name, &composer.rows).await else { return JsValue::NULL };
    let key = place(tab, composer.kind, &sighting);
    let mut problem = None;
    if let Some((deed, id)) = outbox::deed_of(&composer.action) {
        problem = outbox::act(deed, id).await.err();
    }
    if composer.action == "toggle" {
        let mut kinds = toggles(&member).await;
        let is_on = kinds.entry(composer.kind).or_default();
        *is_on = !*is_on;
        chrome::write(Area::Local, &format!("writes:{member}"), &kinds).await;
    }
    // Read after all that takes time, and written before the next: what is sent meanwhile changes it, too.
    let mut choice: Choice = chrome::read(Area::Session, &key).await.unwrap_or_default();
    if composer.action == "skip" || !choice.unkept.is_empty() {
        choice.skips ^= composer.action == "skip";
        keep_rest(&mut choice).await;
        chrome::write(Area::Session, &key, &choice).await;
    }
    outbox::send().await;
    let (writeback, kinds) = (writeback(&member, composer.kind).await, toggles(&member).await);
    let card = match verdict.filter(|verdict| verdict.band == Band::Sure).and_then(|verdict| verdict.matched) {
        Some(matched) => server::ask_as_member::<Card>("GET", &format!("/v1/card/{}", matched.record), None).await.ok(),
        None => None,
    };
    let receipts = receipts(&choice.sent).await;
    let may_change = |state| matches!(state, ReceiptState::Waiting | ReceiptState::Unknown | ReceiptState::Withdrawing);
    let waits = !choice.unkept.is_empty() || receipts.iter().any(|(receipt, _)| may_change(receipt.state));
    if settings::session().await.is_none() {
        problem = Some(ProblemKind::NotSignedIn);
    }
    let strip = Strip {
        kind: composer.kind,
        writeback: writeback.as_ref(),
        is_on: kinds.get(&composer.kind).copied().unwrap_or_default(),
        skips: choice.skips,
        card: card.as_ref(),
        receipts: &receipts,
        problem,
        unkept: choice.unkept.len(),
    };
    to_js(&Told { strip: Some(draw(&words(), &strip, &clock::moment)), waits })
}

async fn receipts(ids: &[String]) -> Vec<outbox::Told> {
    let mut told = Receipts::default();
    if !ids.is_empty() {
        let ask = ActivityIds { ids: ids.to_vec() };
        told = server::ask_as_member("POST", "/v1/activities/receipts", server::json(&ask)).await.unwrap_or_default();
    }
    let mut receipts = outbox::of(ids, told.receipts).await;
    receipts.sort_by_key(|(receipt, _)| ids.iter().position(|id| *id == receipt.id));
    let from = receipts.len().saturating_sub(SHOWN);
    receipts.split_off(from)
}

/// What didn't fit on this device may fit now.
async fn keep_rest(choice: &mut Choice) {
    for activity in std::mem::take(&mut choice.unkept) {
        let id = activity.id.clone();
        match outbox::store(activity.clone()).await {
            Ok(()) => choice.sent.push(id),
            Err(_) => choice.unkept.push(activity),
        }
    }
}

/// Something was sent: it is captured if admin and member want that, and it isn't to be skipped.
pub(crate) async fn sent(tab: &str, composer: &Composer) -> JsValue {
    let Some(member) = settings::member().await else { return JsValue::NULL };
    let Some((sighting, verdict)) = person_of(&composer.url, &composer.title, &composer.name, &composer.rows).await else { return JsValue::NULL };
    let (writeback, kinds) = (writeback(&member, composer.kind).await, toggles(&member).await);
    let key = place(tab, composer.kind, &sighting);
    let mut choice: Choice = chrome::read(Area::Session, &key).await.unwrap_or_default();
    let is_skipped = std::mem::take(&mut choice.skips);
    let content = writeback.as_ref().and_then(|writeback| writeback.kinds.get(&composer.kind)).copied();
    if let (Some(content), true, false) = (content, kinds.get(&composer.kind).copied().unwrap_or_default(), is_skipped) {
        let redacts = writeback.is_some_and(|writeback| writeback.redacts);
        choice.unkept.push(activity(composer, sighting, verdict.as_ref(), content, redacts));
        keep_rest(&mut choice).await;
    }
    chrome::write(Area::Session, &key, &choice).await;
    outbox::send().await;
    JsValue::NULL
}

/// What was sent, with no more of it than the admin allows: the rest doesn't leave the browser.
fn activity(composer: &Composer, sighting: Sighting, verdict: Option<&Verdict>, content: Content, redacts: bool) -> Activity {
    let kept = |text: &str, wanted: bool| match (wanted, redacts) {
        (false, _) => String::new(),
        (true, true) => redact(text),
        (true, false) => text.to_owned(),
    };
    let record = verdict.filter(|verdict| verdict.band == Band::Sure).and_then(|verdict| Some(verdict.matched.as_ref()?.record));
    Activity {
        subject: kept(&composer.subject, content != Content::Fact),
        text: kept(&composer.text, content == Content::Full),
        ..outbox::activity(composer.kind, now(), sighting, record)
    }
}

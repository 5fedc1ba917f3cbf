//! The side panel: follows the open tab, searches and matches profiles. How it looks is `view::panel`.

use crate::chrome;
use crate::clock::{moment, now};
use crate::outbox;
use crate::paint::{entered, on_action, paint, picked, set_language};
use crate::popup::{record_of_page, tally_of_page};
use crate::server;
use crate::view::panel::{Knows, draw};
use crate::words::Words;
use inlay_core::api::{Band, FindProfiles, ManualMatch, ProblemKind, ProfileFound, Profiles, Says, Status, Verdicts, Whom};
use inlay_core::model::id::RecordId;
use inlay_core::model::sighting::{PageKind, Sighting, SightingKind};
use inlay_core::page::address;
use std::cell::RefCell;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

thread_local! {
    /// The record in the open tab and its profiles, as they stand on the screen.
    static SHOWN: RefCell<Option<(RecordId, Profiles)>> = const { RefCell::new(None) };
}

/// Runs the side panel.
#[wasm_bindgen]
pub async fn panel() {
    set_language();
    on_action(|action| spawn_local(async move { act(&action).await }));
    chrome::on_page_turned(|| spawn_local(turned()));
    show(String::new(), None).await;
}

/// Another page is open: what was searched for belonged to the one before, unless it is the same record's.
async fn turned() {
    let record = record_of_page().await;
    let same = SHOWN.with_borrow(|shown| record.is_some() && shown.as_ref().map(|(page, _)| *page) == record);
    if !same {
        show(String::new(), None).await;
    }
}

async fn show(text: String, told: Option<Result<bool, ProblemKind>>) {
    let status = server::ask_as_member::<Status>("GET", "/v1/status", None).await;
    let record = record_of_page().await;
    let profiles = match (&status, record) {
        (Ok(_), Some(record)) => Some(find(record, &text).await),
        _ => None,
    };
    let shown = profiles.as_ref().and_then(|profiles| profiles.as_ref().ok()).cloned();
    // Beside a record nothing else is shown.
    let inbox = if record.is_some() { Vec::new() } else { outbox::inbox().await.unwrap_or_default() };
    let tally = tally_of_page().await;
    let knows = Knows { inbox, problem: status.as_ref().err().copied(), status: status.ok(), tally, profiles, text, told };
    // What is pressed is what stands on the screen: nothing is waited for between the two.
    SHOWN.set(record.zip(shown));
    paint(draw(&Words(&chrome::message), &knows, &moment));
}

/// The profiles that may be the record; of a pasted address, the one it names.
async fn find(record: RecordId, text: &str) -> Result<Profiles, ProblemKind> {
    let named = profile_at(text);
    let ask = FindProfiles { record: record.to_string(), text: if named.is_some() { String::new() } else { text.to_owned() } };
    let mut told: Profiles = server::ask_as_member("POST", "/v1/match/profiles", server::json(&ask)).await?;
    if let Some(sighting) = named {
        let seen = told.found.into_iter().find(|found| found.sighting.keys.iter().any(|key| sighting.keys.contains(key)));
        let pasted = || ProfileFound { sighting, band: Band::None, evidence: Vec::new(), by_hand: None, other: None };
        told.found = vec![seen.unwrap_or_else(pasted)];
    }
    Ok(told)
}

/// The profile at an address, as if it had been seen.
fn profile_at(text: &str) -> Option<Sighting> {
    let page = address::read(text)?;
    let kind = match page.kind {
        PageKind::Profile | PageKind::SalesLead => SightingKind::Person,
        PageKind::Company | PageKind::SalesAccount => SightingKind::Company,
        _ => return None,
    };
    let key = page.key?;
    Some(Sighting { id: key.clone(), kind: Some(kind), keys: vec![key], seen: now(), ..Sighting::default() })
}

/// Says something of the profile at a place of the list and of the record.
async fn say(place: Option<usize>, says: impl FnOnce(String) -> Says) -> Result<(), ProblemKind> {
    let chosen = SHOWN.with_borrow(|shown| {
        let (page, profiles) = shown.as_ref()?;
        Some((*page, profiles.record.record, profiles.found.get(place?)?.sighting.clone()))
    });
    let (page, record, sighting) = chosen.ok_or(ProblemKind::NotFound)?;
    // The page may have turned a moment before the press.
    if record_of_page().await != Some(page) {
        return Err(ProblemKind::NotFound);
    }
    let ask = ManualMatch { whom: Whom::Sighting(Box::new(sighting)), says: says(record.to_string()) };
    server::ask_as_member::<Verdicts>("POST", "/v1/match", server::json(&ask)).await?;
    chrome::forget("cache").await;
    Ok(())
}

async fn act(action: &str) {
    let chosen = picked("profile").and_then(|place| place.parse().ok());
    let told = match action.split_once(' ').unwrap_or((action, "")) {
        ("options", _) => return chrome::open_options().await,
        ("find", _) => None,
        ("match_profile", _) => Some(say(chosen, Says::Is).await.map(|()| true)),
        ("not_profile", _) => Some(say(chosen, Says::IsNot).await.map(|()| false)),
        ("undo_profile", place) => Some(say(place.parse().ok(), |_| Says::Undo).await.map(|()| false)),
        _ if outbox::deed_of(action).is_some() => chrome::ask_worker::<Option<ProblemKind>>(action).await.flatten().map(Err),
        _ => return,
    };
    show(entered("find"), told).await;
}

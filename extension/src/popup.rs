//! The popup: asks the page and the server, shows both. How it looks is `view::popup`.

use crate::chrome;
use crate::clock::{moment, now};
use crate::paint::{entered, on_action, paint, set_language};
use crate::server;
use crate::settings;
use crate::view::popup::{Knows, draw};
use crate::words::Words;
use inlay_core::api::{ManualMatch, ProblemKind, Says, Status, Verdicts, Whom};
use inlay_core::badge::State;
use inlay_core::model::id::RecordId;
use inlay_core::model::object::Object;
use inlay_core::model::sighting::{PageKind, Sighting, SightingKind};
use inlay_core::page::address;
use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

/// Runs the popup.
#[wasm_bindgen]
pub async fn popup() {
    set_language();
    on_action(|action| spawn_local(async move { act(&action).await }));
    show().await;
}

async fn show() {
    show_after(None).await;
}

/// Shows all anew, with what became of a match.
async fn show_after(matching: Option<Result<(), ProblemKind>>) {
    let profile = entered("profile");
    let tally = chrome::ask_active_tab("tally").await.map(|counts| {
        let count = |name: &str| Reflect::get(&counts, &name.into()).ok().and_then(|number| number.as_f64()).unwrap_or(0.0) as u64;
        vec![(State::In, count("in")), (State::Unsure, count("unsure")), (State::Paused, count("paused")), (State::Asking, count("asking"))]
            .into_iter()
            .filter(|(_, number)| *number > 0)
            .collect()
    });
    let status = server::ask_as_member::<Status>("GET", "/v1/status", None).await;
    let knows = Knows { problem: status.as_ref().err().copied(), status: status.ok(), tally, record: record().await, matching, profile };
    paint(draw(&Words(&chrome::message), &knows, &moment));
}

/// The record whose page in Salesforce is open.
async fn record() -> Option<RecordId> {
    let url = Reflect::get(&chrome::ask_active_tab("where").await?, &"url".into()).ok()?.as_string()?;
    let page = address::read(&url).filter(|page| page.kind == PageKind::SalesforceRecord)?;
    let record = RecordId::parse(&page.key?).ok()?;
    matches!(record.object(), Some(Object::Lead | Object::Contact | Object::Account)).then_some(record)
}

/// The profile that was entered, as if it had been seen.
fn profile() -> Option<Sighting> {
    let page = address::read(&entered("profile"))?;
    let kind = match page.kind {
        PageKind::Profile | PageKind::SalesLead => SightingKind::Person,
        PageKind::Company | PageKind::SalesAccount => SightingKind::Company,
        _ => return None,
    };
    let key = page.key?;
    Some(Sighting { id: key.clone(), kind: Some(kind), keys: vec![key], seen: now(), ..Sighting::default() })
}

/// Says what the record's profile is, or that nothing is said of it any more.
async fn say(is_wanted: bool) -> Result<(), ProblemKind> {
    let (record, sighting) = record().await.zip(profile()).ok_or(ProblemKind::NotFound)?;
    let says = if is_wanted { Says::Is(record.to_string()) } else { Says::Undo };
    let ask = ManualMatch { whom: Whom::Sighting(Box::new(sighting)), says };
    server::ask_as_member::<Verdicts>("POST", "/v1/match", server::json(&ask)).await?;
    chrome::forget("cache").await;
    Ok(())
}

async fn act(action: &str) {
    match action {
        "options" => chrome::open_options().await,
        "match_record" => show_after(Some(say(true).await)).await,
        "undo_record" => {
            let undone = say(false).await;
            show_after(undone.err().map(Err)).await;
        }
        "sign_out" => {
            let _ = server::ask_as_member::<serde_json::Value>("DELETE", "/v1/session", None).await;
            settings::set_session(None).await;
            show().await;
        }
        _ => {}
    }
}

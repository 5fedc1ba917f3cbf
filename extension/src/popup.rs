//! The popup: asks the page and the server, shows both. How it looks is `view::popup`.

use crate::chrome;
use crate::clock::moment;
use crate::outbox;
use crate::paint::{on_action, paint, set_language};
use crate::server;
use crate::settings;
use crate::view::popup::{Knows, draw};
use crate::words::Words;
use inlay_core::api::Status;
use inlay_core::badge::State;
use inlay_core::model::id::RecordId;
use inlay_core::model::object::Object;
use inlay_core::model::sighting::PageKind;
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
    let status = server::ask_as_member::<Status>("GET", "/v1/status", None).await;
    let is_record = record_of_page().await.is_some();
    let (inbox, untold) = outbox::inbox().await;
    let inbox = inbox.into_iter().map(|(receipt, _)| receipt.state).collect();
    let knows = Knows { inbox, problem: status.as_ref().err().copied().or(untold), status: status.ok(), tally: tally_of_page().await, is_record };
    paint(draw(&Words(&chrome::message), &knows, &moment));
}

/// Badges on the page in the open tab, by state; none if Inlay doesn't read it.
pub(crate) async fn tally_of_page() -> Option<Vec<(State, u64)>> {
    let counts = chrome::ask_active_tab("tally").await?;
    let count = |name: &str| Reflect::get(&counts, &name.into()).ok().and_then(|number| number.as_f64()).unwrap_or(0.0) as u64;
    let all = [(State::In, "in"), (State::Unsure, "unsure"), (State::Paused, "paused"), (State::Asking, "asking")];
    Some(all.map(|(state, name)| (state, count(name))).into_iter().filter(|(_, number)| *number > 0).collect())
}

/// The record whose page in Salesforce is open.
pub(crate) async fn record_of_page() -> Option<RecordId> {
    let url = Reflect::get(&chrome::ask_active_tab("where").await?, &"url".into()).ok()?.as_string()?;
    let page = address::read(&url).filter(|page| page.kind == PageKind::SalesforceRecord)?;
    let record = RecordId::parse(&page.key?).ok()?;
    matches!(record.object(), Some(Object::Lead | Object::Contact | Object::Account)).then_some(record)
}

async fn act(action: &str) {
    match action {
        "options" => chrome::open_options().await,
        "panel" => chrome::open_panel().await,
        "sign_out" => {
            let _ = server::ask_as_member::<serde_json::Value>("DELETE", "/v1/session", None).await;
            settings::set_session(None).await;
            show().await;
        }
        _ => {}
    }
}

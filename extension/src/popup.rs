//! The popup: asks the page and the server, shows both. How it looks is `view::popup`.

use crate::chrome;
use crate::clock::moment;
use crate::paint::{on_action, paint, set_language};
use crate::server;
use crate::settings;
use crate::view::popup::{Knows, draw};
use crate::words::Words;
use inlay_core::api::Status;
use inlay_core::badge::State;
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
    let tally = chrome::ask_active_tab("tally").await.map(|counts| {
        let count = |name: &str| Reflect::get(&counts, &name.into()).ok().and_then(|number| number.as_f64()).unwrap_or(0.0) as u64;
        vec![(State::In, count("in")), (State::Unsure, count("unsure")), (State::Paused, count("paused")), (State::Asking, count("asking"))]
            .into_iter()
            .filter(|(_, number)| *number > 0)
            .collect()
    });
    let status = server::ask_as_member::<Status>("GET", "/v1/status", None).await;
    let knows = Knows { problem: status.as_ref().err().copied(), status: status.ok(), tally };
    paint(draw(&Words(&chrome::message), &knows, &moment));
}

async fn act(action: &str) {
    match action {
        "options" => chrome::open_options().await,
        "sign_out" => {
            let _ = server::ask_as_member::<serde_json::Value>("DELETE", "/v1/session", None).await;
            settings::set_session(None).await;
            show().await;
        }
        _ => {}
    }
}

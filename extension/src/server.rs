//! Talks to the worker. A failure is a kind of problem; screens have words for it.

use crate::settings;
use inlay_core::api::{Problem, ProblemKind};
use js_sys::Promise;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, Request, RequestInit, Response};

const PATIENCE_MILLIS: u32 = 15_000;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = fetch)]
    fn global_fetch(request: &Request) -> Promise;
}

/// Asks the server that is set, as the member who is signed in.
pub(crate) async fn ask<T: DeserializeOwned>(method: &str, path: &str, body: Option<String>) -> Result<T, ProblemKind> {
    let server = settings::server().await;
    if server.is_empty() {
        return Err(ProblemKind::NoServer);
    }
    let token = settings::session().await.map(|session| session.token);
    ask_at(&server, method, path, token, body).await
}

/// As [`ask`], but only if somebody is signed in; a session that the server doesn't know any more has ended.
pub(crate) async fn ask_as_member<T: DeserializeOwned>(method: &str, path: &str, body: Option<String>) -> Result<T, ProblemKind> {
    let session = settings::session().await;
    if !settings::server().await.is_empty() && session.is_none() {
        return Err(ProblemKind::NotSignedIn);
    }
    let answer = ask(method, path, body).await;
    // The member may have signed in anew meanwhile.
    if matches!(answer, Err(ProblemKind::NotSignedIn | ProblemKind::NoWorkspace)) && session == settings::session().await {
        settings::end_session().await;
    }
    answer
}

/// A body of JSON.
pub(crate) fn json<T: Serialize>(value: &T) -> Option<String> {
    serde_json::to_string(value).ok()
}

async fn ask_at<T: DeserializeOwned>(server: &str, method: &str, path: &str, token: Option<String>, body: Option<String>) -> Result<T, ProblemKind> {
    let (status, text) = exchange(server, method, path, token, body).await.map_err(|_| ProblemKind::ServerUnreachable)?;
    if (200..300).contains(&status) {
        return serde_json::from_str(&text).map_err(|_| ProblemKind::ServerUnreachable);
    }
    // Anything but one of our own error bodies comes from something that isn't our server.
    Err(serde_json::from_str::<Problem>(&text).map_or(ProblemKind::ServerUnreachable, |problem| problem.kind))
}

async fn exchange(server: &str, method: &str, path: &str, token: Option<String>, body: Option<String>) -> Result<(u16, String), JsValue> {
    let headers = Headers::new()?;
    if let Some(token) = token {
        headers.set("authorization", &format!("Bearer {token}"))?;
    }
    let init = RequestInit::new();
    init.set_method(method);
    init.set_signal(Some(&AbortSignal::timeout_with_u32(PATIENCE_MILLIS)));
    if let Some(body) = body {
        headers.set("content-type", "application/json")?;
        init.set_body(&body.into());
    }
    init.set_headers(&headers);
    let request = Request::new_with_str_and_init(&format!("{server}{path}"), &init)?;
    let response: Response = JsFuture::from(global_fetch(&request)).await?.dyn_into()?;
    let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    Ok((response.status(), text))
}

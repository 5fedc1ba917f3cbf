//! A receiver of alerts, as an admin's chat or pager has one. No part of Salesforce.

use super::rest::Shared;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::Value;

/// `POST /hook/{secret}`: keeps what it is told, unless it is down.
pub async fn take(State(sandbox): Shared, Json(message): Json<Value>) -> StatusCode {
    if sandbox.faults.lock().expect("no panic holds it").hook_is_down {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    sandbox.alerts.lock().expect("no panic holds it").push(message);
    StatusCode::OK
}

/// `GET /sandbox/alerts`: what it was told.
pub async fn told(State(sandbox): Shared) -> Json<Vec<Value>> {
    Json(sandbox.alerts.lock().expect("no panic holds it").clone())
}

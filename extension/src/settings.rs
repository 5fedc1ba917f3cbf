//! What the extension keeps: the server's address and the session. State lives in storage, never in globals.

use crate::chrome::{Area, read, write};
use inlay_core::api::Session;

/// The server's address; empty if none is set.
pub(crate) async fn server() -> String {
    read(Area::Local, "server").await.unwrap_or_default()
}

/// Sets the server's address.
pub(crate) async fn set_server(address: &str) {
    write(Area::Local, "server", &address.trim().trim_end_matches('/')).await;
}

/// The session, if signed in.
pub(crate) async fn session() -> Option<Session> {
    read::<Option<Session>>(Area::Local, "session").await.flatten()
}

/// Keeps a session, or forgets it.
pub(crate) async fn set_session(session: Option<&Session>) {
    write(Area::Local, "session", &session).await;
}

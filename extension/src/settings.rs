//! What the extension keeps: the server's address and the session. State lives in storage, never in globals.

use crate::chrome::{Area, forget, read, write};
use inlay_core::api::Session;

/// The server's address; empty if none is set.
pub(crate) async fn server() -> String {
    read(Area::Local, "server").await.unwrap_or_default()
}

/// Sets the server's address. Another server gets neither the old one's session nor what the old one told.
pub(crate) async fn set_server(address: &str) {
    let address = address.trim().trim_end_matches('/');
    if server().await != address {
        set_session(None).await;
    }
    write(Area::Local, "server", &address).await;
}

/// The session, if signed in.
pub(crate) async fn session() -> Option<Session> {
    read::<Option<Session>>(Area::Local, "session").await.flatten()
}

/// The user id of whoever is signed in, or was when the session ended by itself: what they do meanwhile is kept for them.
pub(crate) async fn member() -> Option<String> {
    match session().await {
        Some(session) => Some(session.member.user.to_string()),
        None => read::<Option<String>>(Area::Local, "member").await.flatten(),
    }
}

/// Keeps a session, or forgets it and whose it was. What was looked up in another is forgotten either way; of another member's, all.
pub(crate) async fn set_session(session: Option<&Session>) {
    let (before, now) = (member().await, session.map(|session| session.member.user.to_string()));
    write(Area::Local, "session", &session).await;
    write(Area::Local, "member", &now).await;
    if now.is_some() && now == before {
        forget_looked_up().await;
    } else {
        forget("").await;
    }
}

/// The session has ended by itself: what was looked up in it is forgotten, not whose it was.
pub(crate) async fn end_session() {
    write(Area::Local, "session", &None::<Session>).await;
    forget_looked_up().await;
}

async fn forget_looked_up() {
    for beginning in ["cache", "seen:"] {
        forget(beginning).await;
    }
}

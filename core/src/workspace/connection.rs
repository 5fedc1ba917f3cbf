//! The connection to the org: tokens, refresh, and why it doesn't work (spec 1, 2, 56).

use super::{Workspace, WorkspaceError};
use crate::api::ProblemKind;
use crate::model::time::Timestamp;
use crate::salesforce::http::{NoReply, Reply, Request};
use crate::salesforce::oauth::{self, ClientApp, GrantError, Identity, Tokens};
use crate::store::meta;
use serde::{Deserialize, Serialize};

/// A lost race is asked again this often before the connection counts as dead.
const RACES: u32 = 6;
/// A broken connection waits this long for a person before it counts as disconnected.
const BROKEN_SECONDS: i64 = 3 * 24 * 3600;
/// Refreshed tokens refused in a row before a person must look.
const REFUSALS: u32 = 4;
/// A token that lasted this long was good: it ended as all do.
const FRESH_SECONDS: i64 = 10 * 60;

/// A connected org. Stored sealed.
#[derive(Clone, Serialize, Deserialize)]
pub struct Connection {
    /// The External Client App.
    pub app: ClientApp,
    /// The tokens.
    pub tokens: Tokens,
    /// The user Inlay connects as.
    pub identity: Identity,
    /// Since when.
    pub since: Timestamp,
    /// How it is.
    pub(super) link: Link,
    /// Refreshes since a call last succeeded: a session that is refused over and over needs a person.
    #[serde(default)]
    pub(super) refreshes: u32,
    /// When the token was last refreshed.
    #[serde(default)]
    pub(super) refreshed_at: Option<Timestamp>,
    /// Since when it is broken.
    #[serde(default)]
    pub(super) broken_at: Option<Timestamp>,
    /// A token that Salesforce hasn't been told to revoke yet.
    #[serde(default)]
    pub(super) revoking: Option<String>,
}

/// How a connection is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Link {
    /// It worked at the last call.
    Good,
    /// A new access token is being asked for. One request at a time: the machine is the lock.
    Refreshing {
        attempt: u32,
        #[serde(default)]
        races: u32,
        due: Timestamp,
    },
    /// A person must connect again.
    Broken(ProblemKind),
    /// An admin disconnected; data stay.
    Disconnected,
}

impl Connection {
    /// A fresh connection.
    pub fn new(app: ClientApp, tokens: Tokens, identity: Identity, since: Timestamp) -> Self {
        Self { app, tokens, identity, since, link: Link::Good, refreshes: 0, refreshed_at: None, broken_at: None, revoking: None }
    }

    pub(super) fn refresh_request(&self) -> Option<Request> {
        self.tokens.refresh.as_deref().map(|token| self.app.refresh(token))
    }

    /// Whether this is the grant that a refresh waits for.
    pub(super) fn takes_grant(&self, reply: &Reply) -> bool {
        matches!(self.link, Link::Refreshing { .. }) && oauth::tokens(reply, self.tokens.refresh.as_deref()).is_ok()
    }

    pub(super) fn refreshed(&mut self, now: Timestamp, reply: &Result<Reply, NoReply>) {
        let Link::Refreshing { attempt, races, .. } = self.link else { return };
        let due = now.plus_millis((250 * 2_i64.pow(attempt.min(8))).min(60_000));
        let later = |races| Link::Refreshing { attempt: attempt + 1, races, due };
        let grant = match reply {
            Ok(reply) => oauth::tokens(reply, self.tokens.refresh.as_deref()),
            Err(NoReply) => Err(GrantError::Transient),
        };
        self.link = match grant {
            Ok(tokens) => {
                self.tokens = tokens;
                self.refreshes += 1;
                self.refreshed_at = Some(now);
                Link::Good
            }
            Err(GrantError::AlreadyProcessing) if races >= RACES => Link::Broken(ProblemKind::ConnectionRevoked),
            Err(GrantError::AlreadyProcessing) => later(races + 1),
            Err(GrantError::Transient) => later(races),
            Err(GrantError::Revoked) => Link::Broken(ProblemKind::ConnectionRevoked),
            Err(GrantError::UnknownApp) => Link::Broken(ProblemKind::UnknownApp),
        };
        self.note_broken(now);
    }

    fn note_broken(&mut self, now: Timestamp) {
        if matches!(self.link, Link::Broken(_)) {
            self.broken_at.get_or_insert(now);
        }
    }

    /// When a broken connection counts as disconnected: after three days (spec 56).
    pub(super) fn given_up(&self) -> Option<Timestamp> {
        self.broken_at.map(|at| at.plus_seconds(BROKEN_SECONDS))
    }

    /// A call was refused for its session: refresh, unless that is hopeless.
    pub(super) fn refused(&mut self, now: Timestamp) {
        // By a clock that was put back it isn't known how long the token lasted.
        let is_fresh = |at: Timestamp| (at..at.plus_seconds(FRESH_SECONDS)).contains(&now);
        if !self.refreshed_at.is_some_and(is_fresh) {
            self.refreshes = 0;
        }
        let hopeless = self.tokens.refresh.is_none() || self.refreshes >= REFUSALS;
        self.link = if hopeless { Link::Broken(ProblemKind::ConnectionRevoked) } else { Link::Refreshing { attempt: 0, races: 0, due: now } };
        self.note_broken(now);
    }

    pub(super) fn problem(&self) -> Option<ProblemKind> {
        match self.link {
            Link::Broken(kind) => Some(kind),
            Link::Disconnected => Some(ProblemKind::ConnectionRevoked),
            Link::Good | Link::Refreshing { .. } => None,
        }
    }

    /// The address of a record; works for Classic and Lightning.
    pub(super) fn link_to(&self, id: &str) -> String {
        if id.is_empty() { String::new() } else { format!("{}/{id}", self.tokens.instance_url) }
    }
}

impl Workspace {
    /// Why the connection doesn't work, if a person must look after it.
    pub fn broken(&self) -> Result<Option<ProblemKind>, WorkspaceError> {
        Ok(self.connection()?.and_then(|connection| connection.problem()))
    }

    /// The org's 15-character id.
    pub fn org(&self) -> Result<Option<String>, WorkspaceError> {
        Ok(self.connection()?.map(|connection| connection.identity.org))
    }

    pub(super) fn connection(&self) -> Result<Option<Connection>, WorkspaceError> {
        Ok(meta::sealed(&*self.sql, &self.key, "connection")?)
    }

    pub(super) fn save_connection(&self, connection: &Connection) -> Result<(), WorkspaceError> {
        Ok(meta::set_sealed(&*self.sql, &self.key, "connection", connection)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::RecordId;

    /// A connection whose calls are refused so many times, each token so many seconds after it came.
    fn refused(times: u32, seconds: i64) -> Connection {
        let app =
            ClientApp { host: "https://login.example".into(), client_id: "app".into(), client_secret: "x".into(), callback: "https://inlay.example".into() };
        let tokens = Tokens { access: "a".into(), refresh: Some("r".into()), instance_url: "https://org.example".into() };
        let user = RecordId::parse("005000000000001").expect("an id");
        let identity = Identity { org: "00D000000000001".into(), user, username: "x@example.org".into(), name: "X".into(), email: "x@example.org".into() };
        let mut connection = Connection::new(app, tokens, identity, Timestamp(0));
        let grant = Reply { status: 200, body: br#"{"access_token":"b","instance_url":"https://org.example"}"#.to_vec(), ..Reply::default() };
        let mut now = Timestamp(0);
        for _ in 0..times {
            connection.refused(now);
            connection.refreshed(now, &Ok(grant.clone()));
            now = now.plus_seconds(seconds);
        }
        connection.refused(now);
        connection
    }

    #[test]
    fn only_fresh_tokens_refused_over_and_over_need_a_person() {
        assert_eq!(refused(REFUSALS, 1).problem(), Some(ProblemKind::ConnectionRevoked));
        assert_eq!(refused(REFUSALS - 1, 1).problem(), None);
        assert_eq!(refused(20, 2 * 3600).problem(), None, "each lasted two hours");
        assert_eq!(refused(20, -3600).problem(), None, "the clock was put back each time");
    }
}

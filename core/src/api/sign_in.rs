//! Connecting, signing in, members.

use crate::model::id::RecordId;
use crate::model::time::Timestamp;
use serde::{Deserialize, Serialize};

/// `GET /v1/hello`: who answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Always `inlay`.
    pub name: String,
    /// The server's version.
    pub version: String,
    /// The callback address to register in Salesforce (spec 4).
    pub callback: String,
    /// Whether an org is connected.
    pub connected: bool,
}

/// `POST /v1/connect`: an admin connects an org.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connect {
    /// The deployment's set-up code, so that a stranger can't claim a fresh server.
    pub setup_code: String,
    /// `production`, `sandbox`, or an https address of the org's own.
    pub host: String,
    /// The External Client App's consumer key.
    pub client_id: String,
    /// The External Client App's consumer secret.
    pub client_secret: String,
    /// Where the browser returns to at the end.
    pub return_to: String,
    /// S256 challenge whose verifier takes the session.
    pub challenge: String,
}

/// `POST /v1/sign-in`: a member signs in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The org's id, where the server holds more than one workspace.
    #[serde(default)]
    pub org: Option<String>,
    /// Where the browser returns to at the end.
    pub return_to: String,
    /// S256 challenge whose verifier takes the session.
    pub challenge: String,
}

/// Where to send the browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorize {
    /// Salesforce's consent page.
    pub url: String,
}

/// `POST /v1/session`: takes the session that a sign-in prepared.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakeSession {
    /// The one-time ticket from the return address.
    pub ticket: String,
    /// Proves that the taker is who asked.
    pub verifier: String,
}

/// What a member may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May change the workspace.
    Admin,
    /// Reads pages and writes own activities.
    Rep,
}

/// A session, given once. The token is stored hashed on the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Sent with each request.
    pub token: String,
    /// When it ends.
    pub expires: Timestamp,
    /// Who signed in.
    pub member: Member,
    /// To which workspace.
    pub workspace: WorkspaceName,
}

/// A Salesforce user who signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The user's id.
    pub user: RecordId,
    /// The user's name.
    pub name: String,
    /// What the user may do.
    pub role: Role,
}

/// A workspace by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceName {
    /// The org's 15-character id.
    pub org: String,
    /// The login host.
    pub host: String,
    /// The org's address.
    pub instance_url: String,
}

//! OAuth 2.0: web-server flow with PKCE and state, refresh with rotation, revoke, identity (spec 1, 2, 5; `salesforce.md` 1).

use super::http::{Method, Reply, Request, encode_form};
use crate::model::id::RecordId;
use serde::{Deserialize, Serialize};

/// The External Client App that the self-hoster registered (spec 4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientApp {
    /// Login host, such as `https://login.salesforce.com`, `https://test.salesforce.com` or a My Domain.
    pub host: String,
    /// Consumer key.
    pub client_id: String,
    /// Consumer secret; empty for a public client, which then must not send one.
    pub client_secret: String,
    /// The callback address registered with the app; must match exactly.
    pub callback: String,
}

/// Tokens of one connection.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Sent with each call.
    pub access: String,
    /// Gets new tokens; single-use under rotation. Absent for a sign-in without `refresh_token` scope.
    pub refresh: Option<String>,
    /// Where the org's API lives. Taken from every token response, never derived.
    pub instance_url: String,
}

/// Who the tokens speak for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The org.
    pub org: String,
    /// The user's id.
    pub user: RecordId,
    /// The user's name.
    pub name: String,
    /// The user's login name.
    pub username: String,
    /// The user's e-mail address.
    pub email: String,
}

/// Why no tokens came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// Another request is refreshing the same token: not a dead connection, read the store again.
    #[error("the token request is already being processed")]
    AlreadyProcessing,
    /// Revoked, expired, or used twice: a person must connect again.
    #[error("the connection was revoked or has expired")]
    Revoked,
    /// The client id or secret is wrong, or the app isn't installed in the org.
    #[error("Salesforce doesn't know this client app")]
    UnknownApp,
    /// Salesforce is busy or broken: try again.
    #[error("Salesforce didn't answer as expected")]
    Transient,
}

#[derive(Deserialize)]
struct SfTokens {
    access_token: String,
    #[serde(default)]
    refresh_token: Option<String>,
    instance_url: String,
}

#[derive(Deserialize, Default)]
struct SfGrantError {
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
}

#[derive(Deserialize)]
struct SfIdentity {
    user_id: String,
    organization_id: String,
    #[serde(default)]
    preferred_username: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
}

impl ClientApp {
    /// The address that asks the user for consent.
    pub fn authorize_url(&self, scope: &str, state: &str, challenge: &str) -> String {
        let query = encode_form(&[
            ("response_type", "code"),
            ("client_id", &self.client_id),
            ("redirect_uri", &self.callback),
            ("scope", scope),
            ("state", state),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256"),
        ]);
        format!("{}/services/oauth2/authorize?{query}", self.host)
    }

    /// Exchanges a one-time code.
    pub fn exchange(&self, code: &str, verifier: &str) -> Request {
        self.token_request(&[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", &self.callback), ("code_verifier", verifier)])
    }

    /// Asks for a new access token.
    pub fn refresh(&self, refresh_token: &str) -> Request {
        self.token_request(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)])
    }

    /// Revokes a token, and with a refresh token the whole connection.
    pub fn revoke(&self, token: &str) -> Request {
        Request::new(Method::Post, format!("{}/services/oauth2/revoke", self.host)).form(&[("token", token)])
    }

    fn token_request(&self, fields: &[(&str, &str)]) -> Request {
        let mut form = fields.to_vec();
        form.push(("client_id", &self.client_id));
        if !self.client_secret.is_empty() {
            form.push(("client_secret", &self.client_secret));
        }
        Request::new(Method::Post, format!("{}/services/oauth2/token", self.host)).form(&form)
    }
}

/// Asks who a token speaks for.
pub fn userinfo(tokens: &Tokens) -> Request {
    Request::new(Method::Get, format!("{}/services/oauth2/userinfo", tokens.instance_url)).bearer(&tokens.access)
}

/// Reads tokens off a reply of the token endpoint. Under rotation a new refresh token replaces the old one.
pub fn tokens(reply: &Reply, old_refresh: Option<&str>) -> Result<Tokens, GrantError> {
    if reply.is_success() {
        let tokens: SfTokens = serde_json::from_slice(&reply.body).map_err(|_| GrantError::Transient)?;
        return Ok(Tokens {
            access: tokens.access_token,
            refresh: tokens.refresh_token.or_else(|| old_refresh.map(str::to_owned)),
            instance_url: tokens.instance_url,
        });
    }
    let error: SfGrantError = serde_json::from_slice(&reply.body).unwrap_or_default();
    Err(match error.error.as_str() {
        // The concurrency text was "expired authorization code" in 2024; both are matched (`salesforce.md` 1).
        "invalid_grant" if error.error_description.contains("already being processed") || error.error_description == "expired authorization code" => {
            GrantError::AlreadyProcessing
        }
        "invalid_grant" => GrantError::Revoked,
        "invalid_client_id" | "invalid_client" | "app_not_found" => GrantError::UnknownApp,
        _ => GrantError::Transient,
    })
}

/// Reads the identity off a reply of the userinfo endpoint; none if it isn't one.
pub fn identity(reply: &Reply) -> Option<Identity> {
    let identity: SfIdentity = serde_json::from_slice(&reply.body).ok().filter(|_| reply.is_success())?;
    Some(Identity {
        org: identity.organization_id.get(..15)?.to_owned(),
        user: RecordId::parse(&identity.user_id).ok()?,
        name: identity.name,
        username: identity.preferred_username,
        email: identity.email,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, body: &str) -> Reply {
        Reply { status, body: body.into(), ..Reply::default() }
    }

    #[test]
    fn rotation_replaces_the_refresh_token_and_its_absence_keeps_it() {
        let body = r#"{"access_token":"a2","instance_url":"https://x","id":"https://x/id/00D/005","issued_at":"1"}"#;
        let kept = tokens(&reply(200, body), Some("r1")).map(|tokens| tokens.refresh);
        assert_eq!(kept, Ok(Some("r1".into())));
        let rotated = body.replace("\"issued_at\"", "\"refresh_token\":\"r2\",\"issued_at\"");
        assert_eq!(tokens(&reply(200, &rotated), Some("r1")).map(|tokens| tokens.refresh), Ok(Some("r2".into())));
    }

    #[test]
    fn a_lost_race_is_not_a_dead_connection() {
        let race = r#"{"error":"invalid_grant","error_description":"token request is already being processed"}"#;
        assert_eq!(tokens(&reply(400, race), None).err(), Some(GrantError::AlreadyProcessing));
        let dead = r#"{"error":"invalid_grant","error_description":"expired access/refresh token"}"#;
        assert_eq!(tokens(&reply(400, dead), None).err(), Some(GrantError::Revoked));
        assert_eq!(tokens(&reply(503, "<html>"), None).err(), Some(GrantError::Transient));
    }
}

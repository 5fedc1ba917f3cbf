//! OAuth of the sandbox org: consent page, code with PKCE, refresh with rotation and reuse detection, revoke, identity, introspection.

use super::fault::strike;
use super::object::user_name;
use super::server::{Sandbox, base64url, html};
use super::world::World;
use axum::Json;
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;

/// The org's 15-character id.
pub const ORG: &str = "00D5g0000000001";

/// Codes and tokens given out.
#[derive(Default)]
pub struct Tokens {
    counter: u64,
    codes: HashMap<String, Code>,
    access: HashMap<String, Access>,
    /// Refresh token to connection; ended ones stay, so that reuse is noticed.
    refresh: HashMap<String, Refresh>,
}

struct Code {
    user: u64,
    redirect: String,
    challenge: Option<String>,
    scope: String,
    issued: i64,
}

struct Access {
    user: u64,
    connection: u64,
    issued: i64,
    scope: String,
}

struct Refresh {
    user: u64,
    connection: u64,
    ended: bool,
    scope: String,
}

type Fields = HashMap<String, String>;

fn refuse(error: &str, description: &str) -> Response {
    let body = Json(json!({ "error": error, "error_description": description }));
    (StatusCode::BAD_REQUEST, [(header::CACHE_CONTROL, "no-store")], body).into_response()
}

impl Tokens {
    fn fresh(&mut self, kind: &str) -> String {
        self.counter += 1;
        let digest = Sha256::digest(format!("{kind}{}{:?}", self.counter, std::time::SystemTime::now()));
        base64url(&digest)
    }

    fn grant(&mut self, sandbox: &Sandbox, user: u64, connection: u64, scope: &str) -> Value {
        let access = format!("{}!{}", sandbox.org_id, self.fresh("access"));
        let issued = sandbox.now();
        self.access.insert(access.clone(), Access { user, connection, issued, scope: scope.into() });
        let id = format!("{}/id/{}AAA/{}", sandbox.url, sandbox.org_id, World::id("005", user));
        json!({ "access_token": access, "instance_url": sandbox.url, "id": id, "token_type": "Bearer", "issued_at": (issued * 1000).to_string(), "signature": "c2lnbmF0dXJl", "scope": scope })
    }

    fn grant_refresh(&mut self, user: u64, connection: u64, scope: &str) -> String {
        let token = format!("5Aep{}", self.fresh("refresh"));
        self.refresh.insert(token.clone(), Refresh { user, connection, ended: false, scope: scope.into() });
        token
    }

    /// What a user's consent gives: access and refresh token.
    pub fn connect(&mut self, sandbox: &Sandbox, user: u64) -> (String, String) {
        self.counter += 1;
        let (connection, scope) = (self.counter, "api refresh_token openid id");
        let granted = self.grant(sandbox, user, connection, scope);
        (granted["access_token"].as_str().unwrap_or_default().to_owned(), self.grant_refresh(user, connection, scope))
    }

    /// The user of an access token, if it is good.
    pub fn user(&self, token: &str, now: i64, seconds: Option<i64>) -> Option<u64> {
        let access = self.access.get(token)?;
        seconds.is_none_or(|seconds| now - access.issued < seconds).then_some(access.user)
    }

    /// All tokens in clear text, so that a test can search for them where they must not be.
    pub fn all(&self) -> Vec<String> {
        self.access.keys().chain(self.refresh.keys()).cloned().collect()
    }

    /// Whether every connection with a refresh token was ended.
    pub fn all_ended(&self) -> bool {
        !self.refresh.is_empty() && self.refresh.values().all(|refresh| refresh.ended)
    }

    fn end_connection(&mut self, connection: u64) {
        self.access.retain(|_, access| access.connection != connection);
        self.refresh.values_mut().filter(|refresh| refresh.connection == connection).for_each(|refresh| refresh.ended = true);
    }

    /// Ends everything, as an admin in Salesforce can.
    pub fn revoke_all(&mut self) {
        self.access.clear();
        self.refresh.values_mut().for_each(|refresh| refresh.ended = true);
    }
}

/// The consent page: choose the user, allow or deny.
pub async fn authorize(State(sandbox): State<Arc<Sandbox>>, Query(ask): Query<Fields>) -> Response {
    let get = |name: &str| ask.get(name).map_or("", String::as_str);
    if get("client_id") != sandbox.client_id {
        return (StatusCode::BAD_REQUEST, html("invalid_client_id: client identifier invalid")).into_response();
    }
    if !sandbox.allows_redirect(get("redirect_uri")) {
        return (StatusCode::BAD_REQUEST, html("redirect_uri_mismatch: redirect_uri must match configuration")).into_response();
    }
    let hidden: String = ["redirect_uri", "state", "scope", "code_challenge"]
        .iter()
        .map(|name| format!("<input type=hidden name={name} value=\"{}\">", escape(get(name))))
        .collect();
    let users: String = (0..4)
        .map(|user| format!("<label><input type=radio name=user value={user}{}> {}</label>", if user == 0 { " checked" } else { "" }, escape(&user_name(user))))
        .collect();
    html(&format!(
        "<h1>Allow access?</h1><p>This is the sandbox org, not Salesforce. Inlay asks for: {}.</p><form method=post action=/services/oauth2/authorize>{hidden}<fieldset><legend>Sign in as</legend>{users}</fieldset><p><button name=choice value=allow>Allow</button> <button name=choice value=deny>Deny</button></p></form>",
        escape(get("scope"))
    ))
    .into_response()
}

/// The press on Allow or Deny.
pub async fn decide(State(sandbox): State<Arc<Sandbox>>, Form(form): Form<Fields>) -> Response {
    let get = |name: &str| form.get(name).cloned().unwrap_or_default();
    let state = inlay_core::salesforce::http::encode_form(&[("state", &get("state"))]);
    if get("choice") != "allow" {
        return Redirect::to(&format!("{}?error=access_denied&error_description=end-user+denied+authorization&{state}", get("redirect_uri"))).into_response();
    }
    let mut tokens = sandbox.tokens.lock().expect("no panic holds it");
    let code = tokens.fresh("code");
    let challenge = Some(get("code_challenge")).filter(|challenge| !challenge.is_empty());
    let user = get("user").parse().unwrap_or(0);
    let code_state = Code { user, redirect: get("redirect_uri"), challenge, scope: get("scope"), issued: sandbox.now() };
    tokens.codes.insert(code.clone(), code_state);
    Redirect::to(&format!("{}?code={code}&{state}", get("redirect_uri"))).into_response()
}

/// The token endpoint.
pub async fn token(State(sandbox): State<Arc<Sandbox>>, headers: HeaderMap, Form(mut form): Form<Fields>) -> Response {
    if let Some((id, secret)) = basic(&headers) {
        form.insert("client_id".into(), id);
        form.insert("client_secret".into(), secret);
    }
    let get = |name: &str| form.get(name).map_or("", String::as_str);
    if get("client_id") != sandbox.client_id {
        return refuse("invalid_client_id", "client identifier invalid");
    }
    let secret_is_wrong = get("client_secret") != sandbox.client_secret;
    if secret_is_wrong && (get("grant_type") == "client_credentials" || !get("client_secret").is_empty()) {
        return refuse("invalid_client", "invalid client credentials");
    }
    let rotation;
    {
        let mut faults = sandbox.faults.lock().expect("no panic holds it");
        rotation = faults.rotation;
        if get("grant_type") == "refresh_token" && strike(&mut faults.next_refresh_races) {
            return refuse("invalid_grant", "token request is already being processed");
        }
    }
    let mut tokens = sandbox.tokens.lock().expect("no panic holds it");
    match get("grant_type") {
        "authorization_code" => {
            let Some(code) = tokens.codes.remove(get("code")).filter(|code| sandbox.now() - code.issued < 900) else {
                return refuse("invalid_grant", "expired authorization code");
            };
            if code.redirect != get("redirect_uri") {
                return refuse("invalid_grant", "redirect_uri mismatch");
            }
            if let Some(challenge) = &code.challenge {
                if get("code_verifier").is_empty() {
                    return refuse("invalid_grant", "missing code verifier");
                }
                if base64url(&Sha256::digest(get("code_verifier"))) != *challenge {
                    return refuse("invalid_request", "invalid code verifier");
                }
            }
            tokens.counter += 1;
            let connection = tokens.counter;
            let mut body = tokens.grant(&sandbox, code.user, connection, &code.scope);
            if code.scope.contains("refresh_token") || code.scope.contains("offline_access") {
                body["refresh_token"] = tokens.grant_refresh(code.user, connection, &code.scope).into();
            }
            Json(body).into_response()
        }
        "refresh_token" => {
            let Some((user, connection, ended, scope)) =
                tokens.refresh.get(get("refresh_token")).map(|refresh| (refresh.user, refresh.connection, refresh.ended, refresh.scope.clone()))
            else {
                return refuse("invalid_grant", "expired access/refresh token");
            };
            if ended {
                if sandbox.faults.lock().expect("no panic holds it").reuse_revokes_all {
                    tokens.end_connection(connection);
                }
                return refuse("invalid_grant", "expired access/refresh token");
            }
            let mut body = tokens.grant(&sandbox, user, connection, &scope);
            if rotation {
                if let Some(old) = tokens.refresh.get_mut(get("refresh_token")) {
                    old.ended = true;
                }
                body["refresh_token"] = tokens.grant_refresh(user, connection, &scope).into();
            }
            Json(body).into_response()
        }
        "client_credentials" => {
            tokens.counter += 1;
            let connection = tokens.counter;
            Json(tokens.grant(&sandbox, 0, connection, "api")).into_response()
        }
        _ => refuse("unsupported_grant_type", "grant type not supported"),
    }
}

/// Ends a token; a refresh token ends its connection.
pub async fn revoke(State(sandbox): State<Arc<Sandbox>>, Form(form): Form<Fields>) -> Response {
    let token = form.get("token").map_or("", String::as_str);
    let mut tokens = sandbox.tokens.lock().expect("no panic holds it");
    let connection = tokens.refresh.get(token).map(|refresh| refresh.connection).or_else(|| tokens.access.get(token).map(|access| access.connection));
    match connection {
        Some(connection) => {
            tokens.end_connection(connection);
            StatusCode::OK.into_response()
        }
        None => refuse("unsupported_token_type", "this token is invalid"),
    }
}

/// Whose token is this?
pub async fn introspect(State(sandbox): State<Arc<Sandbox>>, Form(form): Form<Fields>) -> Json<Value> {
    let tokens = sandbox.tokens.lock().expect("no panic holds it");
    Json(match form.get("token").and_then(|token| tokens.access.get(token)) {
        Some(access) => {
            json!({ "active": true, "scope": access.scope, "client_id": sandbox.client_id, "username": user_name(access.user), "sub": format!("{}/id/{}AAA/{}", sandbox.url, sandbox.org_id, World::id("005", access.user)), "token_type": "access_token", "exp": access.issued + 7200, "iat": access.issued, "nbf": access.issued })
        }
        None => json!({ "active": false }),
    })
}

/// The identity of the token's user.
pub async fn userinfo(State(sandbox): State<Arc<Sandbox>>, headers: HeaderMap) -> Response {
    match sandbox.user_of(&headers) {
        Some(user) => Json(identity(&sandbox, user)).into_response(),
        None => (StatusCode::FORBIDDEN, "Bad_OAuth_Token").into_response(),
    }
}

/// The identity address.
pub async fn identity_url(State(sandbox): State<Arc<Sandbox>>, Path((_, user)): Path<(String, String)>, headers: HeaderMap) -> Response {
    match (sandbox.user_of(&headers), World::index(&user)) {
        (Some(_), Some(user)) => {
            let mut body = identity(&sandbox, user);
            body["urls"] = json!({ "rest": format!("{}/services/data/v{{version}}/", sandbox.url), "query": format!("{}/services/data/v{{version}}/query/", sandbox.url), "sobjects": format!("{}/services/data/v{{version}}/sobjects/", sandbox.url) });
            Json(body).into_response()
        }
        _ => (StatusCode::FORBIDDEN, "Bad_OAuth_Token").into_response(),
    }
}

fn identity(sandbox: &Sandbox, user: u64) -> Value {
    let org = sandbox.org.read().expect("no panic holds it");
    let spec = org.spec("User").expect("users exist");
    let row = org.row(spec, user);
    let get = |field: &str| super::soql::value(&org, spec, &row, field);
    json!({ "sub": format!("{}/id/{}AAA/{}", sandbox.url, sandbox.org_id, get("Id")), "user_id": get("Id"), "organization_id": format!("{}AAA", sandbox.org_id), "preferred_username": get("Username"), "nickname": get("FirstName"), "name": get("Name"), "email": get("Email"), "email_verified": true, "given_name": get("FirstName"), "family_name": get("LastName"), "zoneinfo": "Europe/Amsterdam", "user_type": "STANDARD" })
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    use base64::Engine as _;
    let encoded = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let text = String::from_utf8(base64::engine::general_purpose::STANDARD.decode(encoded).ok()?).ok()?;
    text.split_once(':').map(|(id, secret)| (id.to_owned(), secret.to_owned()))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

//! The directory: which workspaces exist, and the sign-ins under way. One for a deployment.
//!
//! ```text
//! connect / sign in ─▶ pending(state) ─▶ Salesforce's consent ─▶ callback ─▶ code ─▶ tokens ─▶ identity ─▶ ticket ─▶ session
//! ```
//! A rep's token is dropped as soon as the identity is known (spec 5). Nothing here is stored in the clear.

use crate::api::{Authorize, Connect, Health, Problem, ProblemKind, Receipt, Role, SignIn, TakeSession};
use crate::model::time::Timestamp;
use crate::salesforce::http::{NoReply, Reply, Request};
use crate::salesforce::oauth::{self, ClientApp, Identity, Tokens};
use crate::seal::{Key, base64url, challenge, fingerprint, same_secret};
use crate::store::{Sql, Value, meta, schema};
use crate::workspace::{Connection, HandOver, WorkspaceError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A consent may take this long.
const CONSENT_SECONDS: i64 = 15 * 60;
/// A ticket must be taken within this time.
const TICKET_SECONDS: i64 = 120;
/// A workspace that slept this long beyond its time is told of in the health report.
const OVERDUE_SECONDS: i64 = 15 * 60;
const TRIES: i64 = 5;
const TRIES_SECONDS: i64 = 600;

/// A workspace that exists.
#[derive(Clone, Serialize, Deserialize)]
pub struct Entry {
    /// The org's 15-character id, which names the workspace's object.
    pub org: String,
    /// How members sign in.
    pub app: ClientApp,
}

/// A sign-in under way. Stored sealed under its state.
#[derive(Clone, Serialize, Deserialize)]
struct Pending {
    app: ClientApp,
    connects: bool,
    verifier: String,
    challenge: String,
    return_to: String,
    origin: String,
    /// The org whose members sign in here; none while an org is connected for the first time.
    org: Option<String>,
    identity: Option<Identity>,
}

/// Where a callback leads.
pub enum Callback {
    /// Exchange the code: carry out, then [`Directory::exchanged`].
    Exchange(Request),
    /// Send the browser back with a problem.
    Back(String),
}

/// A finished sign-in.
#[derive(Serialize, Deserialize)]
pub struct Landing {
    /// Where to send the browser.
    pub redirect: String,
    /// The connection to hand to the workspace of this org.
    pub hand_over: Option<(String, HandOver)>,
}

/// Who took a ticket.
#[derive(Serialize, Deserialize)]
pub struct Admitted {
    /// The user whom Salesforce vouched for.
    pub identity: Identity,
    /// Admin for who connected the org.
    pub role: Role,
    /// The extension's origin.
    pub origin: String,
}

/// The directory in memory.
pub struct Directory {
    sql: Box<dyn Sql>,
    key: Key,
}

impl Directory {
    /// Opens the directory under the deployment's key.
    pub fn open(sql: Box<dyn Sql>, deployment: &Key) -> Result<Self, WorkspaceError> {
        schema::migrate(&*sql)?;
        let directory = Self { sql, key: deployment.clone() };
        // What the deployment's former key sealed is sealed anew, so that it can be thrown away.
        let entries = directory.entries()?;
        if !entries.is_empty() {
            directory.save_entries(&entries)?;
        }
        Ok(directory)
    }

    fn save_entries(&self, entries: &[Entry]) -> Result<(), WorkspaceError> {
        Ok(meta::set_sealed(&*self.sql, &self.key, "workspaces", &entries)?)
    }

    /// A workspace was purged: nothing but the receipt stays.
    pub fn purged(&mut self, receipt: &Receipt) -> Result<(), WorkspaceError> {
        let mut entries = self.entries()?;
        entries.retain(|entry| entry.org != receipt.org);
        self.save_entries(&entries)?;
        let mut due = self.due()?;
        due.remove(&receipt.org);
        meta::set_json(&*self.sql, "due", &due)?;
        let mut receipts = self.receipts()?;
        if receipts.contains(receipt) {
            return Ok(()); // Told twice: the teller was killed in between.
        }
        receipts.push(receipt.clone());
        Ok(meta::set_sealed(&*self.sql, &self.key, "receipts", &receipts)?)
    }

    /// Receipts of all purges.
    pub fn receipts(&self) -> Result<Vec<Receipt>, WorkspaceError> {
        Ok(meta::sealed(&*self.sql, &self.key, "receipts")?.unwrap_or_default())
    }

    fn due(&self) -> Result<BTreeMap<String, Timestamp>, WorkspaceError> {
        Ok(meta::json(&*self.sql, "due")?.unwrap_or_default())
    }

    /// A workspace says when it next has something to do.
    pub fn note_due(&mut self, org: &str, at: Timestamp) -> Result<(), WorkspaceError> {
        let mut due = self.due()?;
        due.insert(org.to_owned(), at);
        Ok(meta::set_json(&*self.sql, "due", &due)?)
    }

    /// Workspaces that should be woken: what they had to do is due, or they never said when.
    pub fn overdue(&self, now: Timestamp) -> Result<Vec<String>, WorkspaceError> {
        let due = self.due()?;
        Ok(self.entries()?.into_iter().map(|entry| entry.org).filter(|org| due.get(org).is_none_or(|at| *at <= now)).collect())
    }

    /// Messages that couldn't be delivered, however often they were tried.
    pub fn note_dead(&mut self, now: Timestamp, count: u64) -> Result<(), WorkspaceError> {
        let (before, _): (u64, Timestamp) = meta::json(&*self.sql, "dead")?.unwrap_or_default();
        Ok(meta::set_json(&*self.sql, "dead", &(before + count, now))?)
    }

    /// How the deployment is, without a word about any org.
    pub fn health(&self, now: Timestamp) -> Result<Health, WorkspaceError> {
        let (dead_letters, last_dead): (u64, Timestamp) = meta::json(&*self.sql, "dead")?.unwrap_or_default();
        let overdue = self.due()?.values().filter(|at| **at < now.plus_seconds(-OVERDUE_SECONDS)).count() as u64;
        Ok(Health {
            ok: overdue == 0,
            workspaces: self.entries()?.len() as u64,
            overdue,
            dead_letters,
            last_dead_letter: (dead_letters > 0).then_some(last_dead),
        })
    }

    /// The workspaces that exist.
    pub fn entries(&self) -> Result<Vec<Entry>, WorkspaceError> {
        Ok(meta::sealed(&*self.sql, &self.key, "workspaces")?.unwrap_or_default())
    }

    /// Whether a set-up code is this server's; guesses are counted.
    pub fn check_code(&mut self, now: Timestamp, given: &str, setup_code: &str) -> Result<(), WorkspaceError> {
        self.count_try(now)?;
        if setup_code.is_empty() || !same_secret(given.trim(), setup_code) {
            return Err(ProblemKind::WrongSetupCode.into());
        }
        Ok(meta::remove(&*self.sql, "tries")?)
    }

    /// A workspace was connected or restored here.
    pub fn adopt(&mut self, now: Timestamp, org: &str, app: &ClientApp) -> Result<(), WorkspaceError> {
        let mut entries = self.entries()?;
        entries.retain(|entry| entry.org != org);
        entries.push(Entry { org: org.to_owned(), app: app.clone() });
        self.save_entries(&entries)?;
        self.note_due(org, now)
    }

    /// Begins to connect an org, if the set-up code is right. `origin` is the extension's, `callback` the server's own.
    pub fn connect(
        &mut self,
        now: Timestamp,
        ask: Connect,
        setup_code: &str,
        origin: &str,
        callback: &str,
        random: &[u8; 64],
    ) -> Result<Authorize, WorkspaceError> {
        self.check_code(now, &ask.setup_code, setup_code)?;
        let host = match ask.host.trim().trim_end_matches('/') {
            "production" => "https://login.salesforce.com".to_owned(),
            "sandbox" => "https://test.salesforce.com".to_owned(),
            own if own.starts_with("https://") || own.starts_with("http://127.0.0.1:") || own.starts_with("http://localhost:") => own.to_owned(),
            _ => return Err(ProblemKind::Unreadable.into()),
        };
        let app = ClientApp { host, client_id: ask.client_id.trim().into(), client_secret: ask.client_secret.trim().into(), callback: callback.into() };
        self.begin(now, app, None, ask.return_to, ask.challenge, origin, random)
    }

    /// Begins a member's sign-in.
    pub fn sign_in(&mut self, now: Timestamp, ask: SignIn, origin: &str, random: &[u8; 64]) -> Result<Authorize, WorkspaceError> {
        let mut entries = self.entries()?.into_iter();
        let entry = match &ask.org {
            Some(org) => entries.find(|entry| &entry.org == org),
            None => entries.next_back(),
        };
        let Entry { org, app } = entry.ok_or(ProblemKind::NoWorkspace)?;
        self.begin(now, app, Some(org), ask.return_to, ask.challenge, origin, random)
    }

    #[allow(clippy::too_many_arguments, reason = "what both doors know")]
    fn begin(
        &mut self,
        now: Timestamp,
        app: ClientApp,
        org: Option<String>,
        return_to: String,
        challenge_: String,
        origin: &str,
        random: &[u8; 64],
    ) -> Result<Authorize, WorkspaceError> {
        if !returns_home(&return_to, origin) {
            return Err(ProblemKind::OriginRefused.into());
        }
        let (state, verifier) = (base64url(&random[..32]), base64url(&random[32..]));
        // A member's sign-in needs the identity only; the integration user's connection also the API and a refresh token.
        let connects = org.is_none();
        let scope = if connects { "api refresh_token openid id" } else { "openid id" };
        let url = app.authorize_url(scope, &state, &challenge(&verifier));
        let pending = Pending { app, connects, verifier, challenge: challenge_, return_to, origin: origin.into(), org, identity: None };
        self.save(now.plus_seconds(CONSENT_SECONDS), &state, &pending)?;
        self.sql.run("DELETE FROM pending WHERE expires <= ?", vec![now.0.into()])?;
        Ok(Authorize { url })
    }

    /// Takes the browser's return from Salesforce. A state works once.
    pub fn callback(&mut self, now: Timestamp, state: &str, code: Option<&str>) -> Result<Callback, WorkspaceError> {
        let pending = self.pending(now, state)?.ok_or(ProblemKind::SignInExpired)?;
        let Some(code) = code else {
            self.forget(state)?;
            return Ok(Callback::Back(back(&pending.return_to, "problem", "consent_denied")));
        };
        Ok(Callback::Exchange(pending.app.exchange(code, &pending.verifier)))
    }

    /// Takes the tokens; gives the request that asks whose they are, or where to send the browser with a problem.
    pub fn exchanged(&mut self, now: Timestamp, state: &str, reply: &Result<Reply, NoReply>) -> Result<Result<(Tokens, Request), String>, WorkspaceError> {
        let pending = self.pending(now, state)?.ok_or(ProblemKind::SignInExpired)?;
        let grant = reply.as_ref().map_err(|NoReply| oauth::GrantError::Transient).and_then(|reply| oauth::tokens(reply, None));
        match grant {
            Ok(tokens) => {
                let request = oauth::userinfo(&tokens);
                Ok(Ok((tokens, request)))
            }
            Err(error) => {
                self.forget(state)?;
                Ok(Err(back(&pending.return_to, "problem", problem_word(error))))
            }
        }
    }

    /// Takes the identity; a connection is handed over, to be adopted when its workspace has it; a rep's token is dropped. 64 random bytes make ticket and key.
    pub fn identified(
        &mut self,
        now: Timestamp,
        state: &str,
        tokens: Tokens,
        reply: &Result<Reply, NoReply>,
        random: &[u8; 64],
    ) -> Result<Landing, WorkspaceError> {
        let mut pending = self.pending(now, state)?.ok_or(ProblemKind::SignInExpired)?;
        self.forget(state)?;
        let Some(identity) = reply.as_ref().ok().and_then(oauth::identity) else {
            return Ok(Landing { redirect: back(&pending.return_to, "problem", "salesforce_unavailable"), hand_over: None });
        };
        if pending.org.as_ref().is_some_and(|org| *org != identity.org) {
            return Ok(Landing { redirect: back(&pending.return_to, "problem", "other_org"), hand_over: None });
        }
        let mut hand_over = None;
        if pending.connects {
            let connection = Connection::new(pending.app.clone(), tokens, identity.clone(), now);
            let mut secret = [0; 32];
            secret.copy_from_slice(&random[32..]);
            hand_over = Some((identity.org.clone(), HandOver { connection, secret }));
        }
        let ticket = base64url(&random[..32]);
        pending.identity = Some(identity);
        self.save(now.plus_seconds(TICKET_SECONDS), &ticket, &pending)?;
        Ok(Landing { redirect: back(&pending.return_to, "ticket", &ticket), hand_over })
    }

    /// Takes a ticket, once, if the verifier proves that the taker asked for it.
    pub fn admit(&mut self, now: Timestamp, ask: &TakeSession) -> Result<Admitted, WorkspaceError> {
        let pending = self.pending(now, &ask.ticket)?.ok_or(ProblemKind::SignInExpired)?;
        self.forget(&ask.ticket)?;
        let identity = pending.identity.filter(|_| same_secret(&challenge(&ask.verifier), &pending.challenge));
        let identity = identity.ok_or(ProblemKind::SignInExpired)?;
        let role = if pending.connects { Role::Admin } else { Role::Rep };
        Ok(Admitted { identity, role, origin: pending.origin })
    }

    fn count_try(&self, now: Timestamp) -> Result<(), WorkspaceError> {
        let (count, since): (i64, i64) = meta::sealed(&*self.sql, &self.key, "tries")?.unwrap_or((0, now.0));
        let (count, since) = if now.0 - since > TRIES_SECONDS * 1000 { (0, now.0) } else { (count, since) };
        if count >= TRIES {
            return Err(ProblemKind::TooManyTries.into());
        }
        Ok(meta::set_sealed(&*self.sql, &self.key, "tries", &(count + 1, since))?)
    }

    fn save(&self, expires: Timestamp, secret: &str, pending: &Pending) -> Result<(), WorkspaceError> {
        let name = fingerprint(secret);
        let text = serde_json::to_vec(pending).expect("plain data");
        let body = self.key.seal(&name, &text);
        self.sql.run("INSERT OR REPLACE INTO pending (state, body, expires) VALUES (?, ?, ?)", vec![name.into(), body.into(), expires.0.into()])?;
        Ok(())
    }

    fn pending(&self, now: Timestamp, secret: &str) -> Result<Option<Pending>, WorkspaceError> {
        let name = fingerprint(secret);
        let rows = self.sql.run("SELECT body FROM pending WHERE state = ? AND expires > ?", vec![name.clone().into(), now.0.into()])?.rows;
        let Some(Value::Blob(body)) = rows.first().map(|row| &row[0]) else { return Ok(None) };
        Ok(serde_json::from_slice(&self.key.open(&name, body)?).ok())
    }

    fn forget(&self, secret: &str) -> Result<(), WorkspaceError> {
        self.sql.run("DELETE FROM pending WHERE state = ?", vec![fingerprint(secret).into()])?;
        Ok(())
    }
}

/// A browser is only ever sent back to the extension that asked: `https://<id>.chromiumapp.org/` belongs to `chrome-extension://<id>`.
fn returns_home(return_to: &str, origin: &str) -> bool {
    let Some((_, id)) = origin.split_once("://") else { return false };
    // Browsers read more signs than these as the end of a host; a host has none of them.
    let plain = |host: &&str| host.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte));
    let host = return_to.strip_prefix("https://").and_then(|rest| rest.split(['/', '?', '#']).next()).filter(plain).unwrap_or("");
    host == format!("{id}.chromiumapp.org") || (origin.starts_with("moz-extension://") && host.ends_with(".extensions.allizom.org"))
}

fn back(return_to: &str, name: &str, value: &str) -> String {
    let mark = if return_to.contains('?') { '&' } else { '?' };
    format!("{return_to}{mark}{name}={value}")
}

fn problem_word(error: oauth::GrantError) -> &'static str {
    match error {
        oauth::GrantError::UnknownApp => "unknown_app",
        oauth::GrantError::Revoked | oauth::GrantError::AlreadyProcessing => "sign_in_expired",
        oauth::GrantError::Transient => "salesforce_unavailable",
    }
}

/// For a browser that can't be sent anywhere: the problem in words.
pub fn lost(kind: ProblemKind) -> String {
    let problem = Problem::of(kind);
    format!("Inlay: {} {}", problem.message, problem.remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_only_sent_back_to_the_extension_that_asked() {
        let check = |return_to: &str, origin: &str, expected: bool| assert_eq!(returns_home(return_to, origin), expected, "{return_to}");
        check("https://abc.chromiumapp.org/", "chrome-extension://abc", true);
        check("https://abc.chromiumapp.org.evil.example/", "chrome-extension://abc", false);
        check("https://evil.example/?abc.chromiumapp.org", "chrome-extension://abc", false);
        check("https://other.chromiumapp.org/", "chrome-extension://abc", false);
        check("http://abc.chromiumapp.org/", "chrome-extension://abc", false);
        check("https://evil.example\\x.extensions.allizom.org/", "moz-extension://1f2e-33", false);
        check("https://1f2e.extensions.allizom.org/", "moz-extension://1f2e-33", true);
    }
}

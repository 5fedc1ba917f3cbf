//! The directory's Durable Object: sign-ins under way, and which workspaces exist.

use crate::binding::{self, deployment_key, now, random};
use crate::fetch;
use crate::route::{failure, problem};
use crate::sql::ObjectSql;
use inlay_core::api::{Connect, ProblemKind, Receipt, SignIn, TakeSession};
use inlay_core::directory::{Callback, Directory, Landing};
use inlay_core::model::time::Timestamp;
use inlay_core::salesforce::oauth::ClientApp;
use inlay_core::workspace::WorkspaceError;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

/// Under workerd alone the directory's alarm does what cron and queue do on Cloudflare.
const ROUND_MILLIS: i64 = 120_000;

/// A question to the directory.
#[derive(Serialize, Deserialize)]
pub(crate) enum Ask {
    Connect { ask: Connect, origin: String, callback: String },
    SignIn { ask: SignIn, origin: String },
    Callback { state: String, code: Option<String> },
    Admit(TakeSession),
    Orgs,
    Overdue,
    Due { org: String, at: Timestamp },
    Purged(Receipt),
    Dead(u64),
    Health,
    Receipts(String),
    CheckCode(String),
    Adopt { org: String, app: ClientApp },
}

/// The deployment's directory.
#[durable_object]
pub struct DirectoryObject {
    state: State,
    env: Env,
    machine: RefCell<Option<Directory>>,
}

impl DurableObject for DirectoryObject {
    fn new(state: State, env: Env) -> Self {
        Self { state, env, machine: RefCell::new(None) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let Ok(ask) = serde_json::from_str::<Ask>(&request.text().await?) else { return problem(ProblemKind::Unreadable) };
        match ask {
            Ask::Connect { ask, origin, callback } => {
                let (code, random) = (binding::setup_code(&self.env), random()?);
                if code.is_empty() {
                    return problem(ProblemKind::WrongSetupCode);
                }
                self.reply(|directory| directory.connect(now(), ask, &code, &origin, &callback, &random))
            }
            Ask::SignIn { ask, origin } => {
                let random = random()?;
                self.reply(|directory| directory.sign_in(now(), ask, &origin, &random))
            }
            Ask::Callback { state, code } => match self.land(&state, code.as_deref()).await? {
                Ok(landing) => {
                    if binding::is_self_hosted(&self.env) {
                        self.state.storage().set_alarm(ROUND_MILLIS).await?;
                    }
                    Response::from_json(&landing)
                }
                Err(error) => failure(&error),
            },
            Ask::Admit(ask) => self.reply(|directory| directory.admit(now(), &ask)),
            Ask::Overdue => self.reply(|directory| directory.overdue(now())),
            Ask::Due { org, at } => self.reply(|directory| directory.note_due(&org, at)),
            Ask::Purged(receipt) => self.reply(|directory| directory.purged(&receipt)),
            Ask::Dead(count) => self.reply(|directory| directory.note_dead(now(), count)),
            Ask::CheckCode(given) => {
                let code = binding::setup_code(&self.env);
                self.reply(|directory| directory.check_code(now(), &given, &code))
            }
            Ask::Receipts(given) => {
                let code = binding::setup_code(&self.env);
                self.reply(|directory| directory.check_code(now(), &given, &code).and_then(|()| directory.receipts()))
            }
            Ask::Adopt { org, app } => self.reply(|directory| directory.adopt(now(), &org, &app)),
            Ask::Health => self.reply(|directory| directory.health(now())),
            Ask::Orgs => self.reply(|directory| Ok(directory.entries()?.into_iter().map(|entry| entry.org).collect::<Vec<_>>())),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        let orgs = self.with_machine(|directory| directory.overdue(now())).unwrap_or_default();
        crate::schedule::nudge_all(&self.env, orgs.into_iter()).await;
        let _ = self.state.storage().set_alarm(ROUND_MILLIS).await;
        Response::empty()
    }
}

impl DirectoryObject {
    async fn land(&self, state: &str, code: Option<&str>) -> Result<std::result::Result<Landing, WorkspaceError>> {
        let back = |redirect| Ok(Ok(Landing { redirect, hand_over: None }));
        let request = match self.with_machine(|directory| directory.callback(now(), state, code)) {
            Ok(Callback::Exchange(request)) => request,
            Ok(Callback::Back(redirect)) => return back(redirect),
            Err(error) => return Ok(Err(error)),
        };
        let reply = fetch::whole(&request).await;
        let (tokens, request) = match self.with_machine(|directory| directory.exchanged(now(), state, &reply)) {
            Ok(Ok(next)) => next,
            Ok(Err(redirect)) => return back(redirect),
            Err(error) => return Ok(Err(error)),
        };
        let (reply, random) = (fetch::whole(&request).await, random()?);
        Ok(self.with_machine(|directory| directory.identified(now(), state, tokens, &reply, &random)))
    }

    fn reply<T: Serialize>(&self, use_it: impl FnOnce(&mut Directory) -> std::result::Result<T, WorkspaceError>) -> Result<Response> {
        match self.with_machine(use_it) {
            Ok(answer) => Response::from_json(&answer),
            Err(error) => failure(&error),
        }
    }

    fn with_machine<T>(&self, use_it: impl FnOnce(&mut Directory) -> std::result::Result<T, WorkspaceError>) -> std::result::Result<T, WorkspaceError> {
        let mut machine = self.machine.borrow_mut();
        if machine.is_none() {
            let deployment = deployment_key(&self.env).map_err(|error| inlay_core::store::StoreError(error.to_string()))?;
            *machine = Some(Directory::open(Box::new(ObjectSql(self.state.storage().sql())), &deployment)?);
        }
        use_it(machine.as_mut().expect("it was just opened"))
    }
}

//! The workspace's Durable Object: opens the machine, carries its commands out, feeds events in.

use crate::binding::{self, deployment_key, now};
use crate::directory::Ask;
use crate::fetch;
use crate::route::{failure, problem};
use crate::schedule::post;
use crate::shard;
use crate::sql::{ObjectSql, atomically};
use inlay_core::api::{BackupPiece, ProblemKind, Receipt};
use inlay_core::model::time::Timestamp;
use inlay_core::salesforce::http::{NoReply, Request as SalesforceRequest};
use inlay_core::shard::Answers;
use inlay_core::store::{Sql, StoreError};
use inlay_core::workspace::{Answer, Call, Command, Event, Ticket, Workspace, WorkspaceError};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use worker::{DurableObject, Env, Request, Response, Result, ScheduledTime, State, durable_object};

/// An alarm's work is cut into parts of this length, far below the platform's limits.
const SHIFT_MILLIS: i64 = 20_000;
/// If the process dies in a shift, the next one begins by itself.
const WATCHDOG_MILLIS: i64 = 10_000;
/// A workspace that waits for a person is looked at this often.
const IDLE_SECONDS: i64 = 3600;
/// One step asks shards a few times; if it never ends, something is wrong.
const MOST_ROUNDS: usize = 1_000;
/// Waits shorter than this are not worth an alarm.
const NAP_MILLIS: i64 = 1_500;

/// One connected org.
#[durable_object]
pub struct WorkspaceObject {
    state: State,
    env: Env,
    machine: Rc<RefCell<Option<Workspace>>>,
    driving: Cell<bool>,
}

impl DurableObject for WorkspaceObject {
    fn new(state: State, env: Env) -> Self {
        Self { state, env, machine: Rc::default(), driving: Cell::new(false) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        if request.path() == "/nudge" {
            self.wake_at(now()).await?;
            return Response::empty();
        }
        self.finish_purge().await?;
        let Ok(call) = serde_json::from_str::<Call>(&request.text().await?) else { return problem(ProblemKind::Unreadable) };
        let secret = match &call {
            Call::HandOver(hand_over) => {
                if self.machine.borrow().is_none()
                    && let Err(error) = self.bare(&hand_over.connection.identity.org, Workspace::give_up_restore).await
                {
                    return failure(&error);
                }
                Some(hand_over.secret)
            }
            Call::Restore(piece) => return self.restore(piece.as_ref().clone()).await,
            Call::OpenSession { .. } | Call::View { .. } | Call::Member { .. } => None,
        };
        let deployment = deployment_key(&self.env)?;
        let at = now();
        let answer = self.attempt(secret, move |machine| machine.answer(at, &deployment, call.clone())).await;
        match answer {
            Ok((mut answer, commands)) => {
                if let Answer::Purged(receipt) = &mut answer {
                    *self.machine.borrow_mut() = None;
                    // If a shard can't be reached now, the alarm goes on.
                    match self.finish_purge().await {
                        Ok(finished) => **receipt = finished.unwrap_or_else(|| receipt.as_ref().clone()),
                        Err(_) => worker::console_error!("{{\"event\":\"purge_unfinished\"}}"),
                    }
                }
                for command in commands {
                    match command {
                        Command::WakeAt(at) => self.wake_by(at).await?,
                        // Told once; no reply is waited for.
                        Command::Fetch(_, request) | Command::Stream(_, request) => {
                            let _ = fetch::whole(&request).await;
                        }
                    }
                }
                Response::from_json(&answer)
            }
            Err(error) => failure(&error),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        if self.finish_purge().await.is_err() {
            worker::console_error!("{{\"event\":\"purge_unfinished\"}}");
            let _ = self.wake_at(now().plus_millis(WATCHDOG_MILLIS)).await;
            return Response::empty();
        }
        if !self.driving.replace(true) {
            self.shift().await;
            self.driving.set(false);
        }
        Response::empty()
    }
}

impl WorkspaceObject {
    /// Works until nothing is due or the shift is over. Never fails: the platform gives up on alarms that do.
    async fn shift(&self) {
        let begun = now();
        let _ = self.wake_at(begun.plus_millis(WATCHDOG_MILLIS + SHIFT_MILLIS)).await;
        let mut event = Event::Woken;
        loop {
            let command = match self.step(event).await {
                Ok(command) => command,
                // It was purged meanwhile. What is left of that has an alarm of its own.
                Err(WorkspaceError::Problem(_)) if self.is_purging() => return,
                Err(WorkspaceError::Problem(_)) => None,
                Err(error) => {
                    worker::console_error!("{{\"event\":\"step_failed\",\"error\":\"{error}\"}}");
                    let _ = self.wake_at(now().plus_seconds(60)).await;
                    return;
                }
            };
            let is_over = now().0 - begun.0 > SHIFT_MILLIS;
            event = match command {
                None => {
                    let _ = self.state.storage().delete_alarm().await;
                    return self.tell_due(now().plus_seconds(IDLE_SECONDS)).await;
                }
                Some(Command::WakeAt(at)) if is_over || at.0 - now().0 > NAP_MILLIS => {
                    let _ = self.wake_at(at).await;
                    return self.tell_due(at).await;
                }
                Some(Command::WakeAt(at)) => {
                    if at > now() {
                        worker::Delay::from(std::time::Duration::from_millis((at.0 - now().0).max(1) as u64)).await;
                    }
                    Event::Woken
                }
                // What was to be asked is read back from the saved state in the next shift.
                Some(Command::Fetch(..) | Command::Stream(..)) if is_over => {
                    let _ = self.wake_at(now()).await;
                    return;
                }
                Some(Command::Fetch(ticket, request)) if ticket.is_alert() => Event::Reply(ticket, fetch::status(&request).await),
                Some(Command::Fetch(ticket, request)) => Event::Reply(ticket, fetch::whole(&request).await),
                Some(Command::Stream(ticket, request)) => self.stream(ticket, &request).await,
            };
        }
    }

    /// Tells the directory when there is something to do again, so that cron needn't wake who sleeps rightly.
    async fn tell_due(&self, at: Timestamp) {
        let Ok(Some(org)) = self.with_machine(None, |machine| machine.org()) else { return };
        let told = async {
            let body = serde_json::to_string(&Ask::Due { org, at })?;
            binding::directory(&self.env)?.fetch_with_request(post("https://directory/", &body)?).await
        };
        if told.await.is_err() {
            worker::console_error!("{{\"event\":\"due_not_told\"}}");
        }
    }

    /// After a purge: shards are erased, the directory forgets the org and keeps the receipt, then the storage itself goes. Killed in
    /// between, the alarm or whoever asks next begins here again.
    async fn finish_purge(&self) -> Result<Option<Receipt>> {
        if self.machine.borrow().is_some() {
            return Ok(None);
        }
        let failed = |error: WorkspaceError| worker::Error::RustError(error.to_string());
        let deployment = deployment_key(&self.env)?;
        let unfinished = || Workspace::unfinished_purge(&ObjectSql(self.state.storage().sql()), &deployment).map_err(failed);
        let Some(org) = unfinished()? else { return Ok(None) };
        self.wake_at(now().plus_millis(WATCHDOG_MILLIS)).await?;
        let key = deployment.clone();
        let Some(receipt) = self.bare(&org, move |sql, answers| Workspace::finish_purge(sql, &key, answers)).await.map_err(failed)? else { return Ok(None) };
        let body = serde_json::to_string(&Ask::Purged(receipt.clone()))?;
        let told = binding::directory(&self.env)?.fetch_with_request(post("https://directory/", &body)?).await?;
        if told.status_code() != 200 {
            return Err(worker::Error::RustError("the directory wasn't told of a purge".into()));
        }
        // Another call may have finished meanwhile, and an org be connected again.
        if unfinished()?.is_some() {
            self.state.storage().delete_alarm().await?;
            self.state.storage().delete_all().await?;
        }
        Ok(Some(receipt))
    }

    /// Takes a piece of a backup into this object's storage, which must hold no workspace; after the last one it is known and woken.
    async fn restore(&self, piece: BackupPiece) -> Result<Response> {
        let (org, deployment) = (piece.org.clone(), deployment_key(&self.env)?);
        let restored = self.bare(&org.clone(), move |sql, answers| Workspace::restore(sql, &deployment, &piece, answers)).await;
        match restored {
            Ok(None) => Response::from_json(&Answer::Done {}),
            Ok(Some(app)) => {
                let body = serde_json::to_string(&Ask::Adopt { org, app })?;
                binding::directory(&self.env)?.fetch_with_request(post("https://directory/", &body)?).await?;
                self.wake_at(now()).await?;
                Response::from_json(&Answer::Done {})
            }
            Err(error) => failure(&error),
        }
    }

    /// Feeds a streamed page in; gives the event that ends it.
    async fn stream(&self, ticket: Ticket, request: &SalesforceRequest) -> Event {
        use futures_util::StreamExt as _;
        let Some(Ok((head, mut response))) = fetch::patiently(fetch::open(request)).await else { return Event::Reply(ticket, Err(NoReply)) };
        if head.status != 200 {
            let body = fetch::patiently(response.bytes()).await.and_then(Result::ok).unwrap_or_default();
            return Event::Reply(ticket, Ok(inlay_core::salesforce::http::Reply { body, ..head }));
        }
        let Ok(mut chunks) = fetch::chunks(response) else { return Event::PageCut };
        if self.step(Event::PageOpened(ticket, head)).await.is_err() {
            return Event::PageCut;
        }
        loop {
            // A connection that falls silent is one that was cut.
            let chunk = match fetch::patiently(chunks.next()).await {
                Some(Some(Ok(chunk))) => chunk,
                Some(None) => return Event::PageEnded,
                Some(Some(Err(_))) | None => return Event::PageCut,
            };
            if self.step(Event::PageChunk(chunk)).await.is_err() {
                return Event::PageCut;
            }
        }
    }

    async fn step(&self, event: Event) -> std::result::Result<Option<Command>, WorkspaceError> {
        let at = now();
        let commands = self.attempt(None, move |machine| machine.step(at, event.clone())).await?;
        Ok(commands.into_iter().next())
    }

    /// Uses the machine; what it wants of shards is asked of them, and it is used again.
    async fn attempt<T: 'static>(
        &self,
        secret: Option<[u8; 32]>,
        use_it: impl Fn(&mut Workspace) -> std::result::Result<T, WorkspaceError> + 'static,
    ) -> std::result::Result<T, WorkspaceError> {
        let (answers, use_it) = (Rc::new(RefCell::new(Answers::default())), Rc::new(use_it));
        for _ in 0..MOST_ROUNDS {
            let (given, tried) = (Rc::clone(&answers), Rc::clone(&use_it));
            match self.with_machine(secret, move |machine| machine.given(&mut given.borrow_mut(), |machine| tried(machine))) {
                Err(WorkspaceError::Elsewhere(questions)) => {
                    let org = self.with_machine(None, |machine| machine.org())?.unwrap_or_default();
                    let only_reads = questions.iter().all(|question| question.ask.head.only_reads());
                    if let Err(error) = shard::ask(&self.env, &org, questions, &answers).await {
                        // Who knows what they did: the machine begins again with what was stored. If they were only asked, it goes on.
                        if !only_reads {
                            *self.machine.borrow_mut() = None;
                        }
                        return Err(error);
                    }
                }
                done => return done,
            }
        }
        Err(StoreError("shards were asked again and again".into()).into())
    }

    /// Does something with the storage alone, where no machine is; what it wants of shards is asked of them, and it is done again.
    async fn bare<T: 'static>(
        &self,
        org: &str,
        attempt: impl Fn(&dyn Sql, &Answers) -> std::result::Result<T, WorkspaceError> + 'static,
    ) -> std::result::Result<T, WorkspaceError> {
        let (answers, attempt) = (Rc::new(RefCell::new(Answers::default())), Rc::new(attempt));
        for _ in 0..MOST_ROUNDS {
            let (given, tried, sql) = (Rc::clone(&answers), Rc::clone(&attempt), ObjectSql(self.state.storage().sql()));
            match atomically(&self.state, move || tried(&sql, &given.borrow())) {
                Err(WorkspaceError::Elsewhere(questions)) => shard::ask(&self.env, org, questions, &answers).await?,
                done => return done,
            }
        }
        Err(StoreError("shards were asked again and again".into()).into())
    }

    fn is_purging(&self) -> bool {
        deployment_key(&self.env).is_ok_and(|key| Workspace::unfinished_purge(&ObjectSql(self.state.storage().sql()), &key).is_ok_and(|org| org.is_some()))
    }

    /// Opens the machine if need be, and uses it. All that is written on the way is kept, or, after an error, nothing. A hand-over
    /// makes a new machine in empty storage.
    fn with_machine<T: 'static>(
        &self,
        secret: Option<[u8; 32]>,
        use_it: impl FnOnce(&mut Workspace) -> std::result::Result<T, WorkspaceError> + 'static,
    ) -> std::result::Result<T, WorkspaceError> {
        let mut closed = None;
        if self.machine.borrow().is_none() {
            let key = deployment_key(&self.env).map_err(|error| StoreError(error.to_string()))?;
            closed = Some((key, Box::new(ObjectSql(self.state.storage().sql()))));
        }
        let (machine, shard_records) = (Rc::clone(&self.machine), binding::shard_records(&self.env));
        let used = atomically(&self.state, move || {
            let mut machine = machine.borrow_mut();
            if let Some((deployment, sql)) = closed {
                *machine = match (Workspace::open(sql, &deployment)?, secret) {
                    (Ok(workspace), _) => Some(workspace),
                    (Err(sql), Some(secret)) => Some(Workspace::create(sql, &deployment, &secret)?),
                    (Err(_), _) => return Err(ProblemKind::NoWorkspace.into()),
                };
            }
            let machine = machine.as_mut().expect("it was just opened");
            if let Some(records) = shard_records {
                machine.limits.shard_records = records;
            }
            use_it(machine)
        });
        // What is in memory may be ahead of what was kept.
        if matches!(used, Err(WorkspaceError::Store(_) | WorkspaceError::Key(_))) {
            *self.machine.borrow_mut() = None;
        }
        used
    }

    /// Wakes at this moment at the latest.
    async fn wake_by(&self, at: Timestamp) -> Result<()> {
        match self.state.storage().get_alarm().await? {
            Some(set) if set <= at.0.max(now().0) => Ok(()),
            _ => self.wake_at(at).await,
        }
    }

    async fn wake_at(&self, at: Timestamp) -> Result<()> {
        let date = worker::js_sys::Date::new(&worker::wasm_bindgen::JsValue::from_f64(at.0.max(now().0) as f64));
        self.state.storage().set_alarm(ScheduledTime::new(date)).await
    }
}

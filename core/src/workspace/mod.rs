//! The machine: one connected org with its settings, members and data. The only room that knows all the others.
//!
//! `step(now, event) -> commands`: decides and stores in one go; what must happen outside comes out as a command.
//! One request is outstanding at a time, and which one is always read back from the saved state.

mod alert;
mod answer;
mod backup;
mod capture;
mod connection;
mod export;
mod flush;
mod governor;
mod home;
mod ledger;
pub mod link;
mod look_up;
mod manual;
mod package;
mod preflight;
mod profile;
mod purge;
mod reading;
mod reseal;
mod settings;
mod threshold;
mod write_test;

use crate::api::{Problem, ProblemKind};
use crate::import::page::{Bite, BrokenPage, Ended, Page};
use crate::import::phase::{Ask, Counts, Taken};
use crate::import::plan::Limits;
use crate::import::run::Run;
use crate::model::time::Timestamp;
use crate::salesforce::http::{NoReply, Reply, Request};
use crate::seal::{Key, SealError};
use crate::shard::{Answers, Question};
use crate::store::record::Layouts;
use crate::store::{Sql, StoreError, log, meta, schema};

pub use answer::{Answer, Ask as MemberAsk, Call, HandOver};
pub use connection::Connection;
use connection::Link;
use home::Whereabouts;
pub use ledger::OutboxAsk;
use std::cell::Cell;
use std::collections::{HashMap, HashSet};

/// What is due and yet can't be done is tried again after so long.
const CIRCLE_SECONDS: i64 = 60;

/// Which request a reply answers. A reply that comes twice, or after another was asked, is nobody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket(u64);

impl Ticket {
    /// An alert's: what its receiver answers is never taken for Salesforce's.
    const ALERT: Self = Self(u64::MAX);

    /// Whether it is an alert's: of its receiver's answer only the status counts.
    pub fn is_alert(self) -> bool {
        self == Self::ALERT
    }
}

/// What happened outside.
#[derive(Debug, Clone)]
pub enum Event {
    /// The alarm rang, or somebody nudged.
    Woken,
    /// A reply, or none.
    Reply(Ticket, Result<Reply, NoReply>),
    /// A streamed page began: status and headers.
    PageOpened(Ticket, Reply),
    /// A part of its body.
    PageChunk(Vec<u8>),
    /// Its body ended.
    PageEnded,
    /// Its body was cut.
    PageCut,
}

/// What must happen outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Carry out and bring the reply back.
    Fetch(Ticket, Request),
    /// Carry out and bring the body back in chunks if the status is 200, else the whole reply.
    Stream(Ticket, Request),
    /// Wake me at this moment; a moment gone by means at once.
    WakeAt(Timestamp),
}

/// Why a step failed. The shell keeps nothing of it, and after any but a [`Problem`] begins again with what was stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorkspaceError {
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The deployment key doesn't fit this database.
    #[error("the server's key (INLAY_KEY) doesn't fit this workspace: {0}")]
    Key(#[from] SealError),
    /// A rule says no, in words for the asker.
    #[error("{}", .0.message)]
    Problem(Problem),
    /// Shards are to be asked this first; then the same is to be tried again: see [`Workspace::given`].
    #[error("shards weren't asked")]
    Elsewhere(Vec<Question>),
}

impl From<ProblemKind> for WorkspaceError {
    fn from(kind: ProblemKind) -> Self {
        Self::Problem(Problem::of(kind))
    }
}

/// A workspace in memory: its storage, its key, and what may be lost at any moment.
pub struct Workspace {
    /// How much is done at once.
    pub limits: Limits,
    sql: Box<dyn Sql>,
    key: Key,
    layouts: Layouts,
    /// Requests asked for since the process began, and whether the last one's answer is still to come.
    asked: Ticket,
    awaits: bool,
    page: Option<Page>,
    /// Rows of it that are being stored, and what it gave when it ended: until shards have answered, the same step comes again.
    bite: Option<Bite>,
    ended: Option<Result<Ended, BrokenPage>>,
    /// What became of the rows of a REST page so far.
    page_counts: Counts,
    /// Requests of each session in the present window; forgotten with the process, which is as well.
    recent: HashMap<String, (Timestamp, u32)>,
    /// Sightings that were kept lately, by hash, so that a page read again writes nothing; forgotten with the process, which costs a row.
    kept: HashSet<u64>,
    /// When it was last looked whether something is wrong, when it is looked again, and whether an alert is on its way.
    watched: Timestamp,
    alert_due: Option<Timestamp>,
    alert_is_out: bool,
    /// Where the records are, once read; the fences that shards gave this process; what they answered to the step being tried.
    whereabouts: Cell<Whereabouts>,
    fences: HashMap<u16, u64>,
    given: Answers,
}

impl Workspace {
    /// Opens a workspace; none if this storage holds none yet. A key wrapped by the deployment's former key is wrapped anew.
    pub fn open(sql: Box<dyn Sql>, deployment: &Key) -> Result<Result<Self, Box<dyn Sql>>, WorkspaceError> {
        // A made-up org's object is asked, too: it must not leave a database behind.
        if !schema::exists(&*sql)? {
            return Ok(Err(sql));
        }
        schema::migrate(&*sql)?;
        if backup::is_restoring(&*sql)? {
            return Ok(Err(sql)); // Half a workspace is none.
        }
        let secret_of = |name: &str| -> Result<Option<[u8; 32]>, WorkspaceError> {
            let Some(wrapped) = meta::blob(&*sql, name)? else { return Ok(None) };
            let secret: [u8; 32] = deployment.open("key", &wrapped)?.try_into().map_err(|_| SealError)?;
            let anew = deployment.seal("key", &secret);
            if anew != wrapped {
                meta::set(&*sql, name, anew.into())?;
            }
            Ok(Some(secret))
        };
        let (Some(secret), old) = (secret_of("key")?, secret_of("key_old")?) else { return Ok(Err(sql)) };
        let mut workspace = Self::of(sql, &secret);
        if let Some(old) = old {
            workspace.key = workspace.key.replacing(Key::new(&old));
        }
        Ok(Ok(workspace))
    }

    fn of(sql: Box<dyn Sql>, secret: &[u8; 32]) -> Self {
        Self {
            limits: Limits::default(),
            sql,
            key: Key::new(secret),
            layouts: Layouts::default(),
            asked: Ticket(0),
            awaits: false,
            page: None,
            bite: None,
            ended: None,
            page_counts: Counts::default(),
            recent: HashMap::new(),
            kept: HashSet::new(),
            watched: Timestamp(0),
            alert_due: None,
            alert_is_out: false,
            whereabouts: Cell::default(),
            fences: HashMap::new(),
            given: Answers::default(),
        }
    }

    /// Makes a workspace in empty storage, with 32 random bytes as its key.
    pub fn create(sql: Box<dyn Sql>, deployment: &Key, secret: &[u8; 32]) -> Result<Self, WorkspaceError> {
        schema::migrate(&*sql)?;
        meta::set(&*sql, "key", deployment.seal("key", secret).into())?;
        Ok(Self::of(sql, secret))
    }

    /// Takes an event, stores what follows from it, and says what must happen outside.
    pub fn step(&mut self, now: Timestamp, event: Event) -> Result<Vec<Command>, WorkspaceError> {
        match event {
            Event::Woken => {}
            Event::Reply(Ticket::ALERT, reply) => self.alerted(now, &reply)?,
            Event::Reply(ticket, reply) => {
                if self.answers(ticket) || self.is_awaited_grant(&reply)? {
                    self.take_reply(now, &reply)?;
                }
            }
            Event::PageOpened(ticket, head) => {
                if !self.answers(ticket) {
                    return Ok(Vec::new());
                }
                self.count_call(now, Some(&head))?;
                if let Some(mut connection) = self.connection()? {
                    self.call_succeeded(&mut connection)?;
                }
                return self.open_page(&head);
            }
            Event::PageChunk(chunk) => {
                self.take_chunk(now, &chunk)?;
                return Ok(Vec::new());
            }
            Event::PageEnded => self.end_page(now)?,
            Event::PageCut => self.cut_page(now)?,
        }
        let commands = self.next(now)?;
        self.ended = None;
        Ok(commands)
    }

    fn answers(&mut self, ticket: Ticket) -> bool {
        ticket == self.asked && std::mem::take(&mut self.awaits)
    }

    /// A machine that was opened anew meanwhile has no ticket; a refreshed token may be the only one there is, and is taken all the same.
    fn is_awaited_grant(&self, reply: &Result<Reply, NoReply>) -> Result<bool, WorkspaceError> {
        let Ok(reply) = reply else { return Ok(false) };
        Ok(self.connection()?.is_some_and(|connection| connection.takes_grant(reply)))
    }

    fn ask(&mut self) -> Ticket {
        (self.asked, self.awaits) = (Ticket(self.asked.0 + 1), true);
        self.asked
    }

    fn take_reply(&mut self, now: Timestamp, reply: &Result<Reply, NoReply>) -> Result<(), WorkspaceError> {
        let Some(mut connection) = self.connection()? else { return Ok(()) };
        match connection.link {
            Link::Good => {
                self.count_call(now, reply.as_ref().ok())?;
                if self.is_flushing()? {
                    return self.take_flushed(now, &mut connection, reply);
                }
                let Some(mut run) = self.active_run()? else { return Ok(()) };
                let taken = run.take(now, reply);
                if taken != Taken::Refresh && reply.is_ok() {
                    self.call_succeeded(&mut connection)?;
                }
                match taken {
                    Taken::Refresh => {
                        connection.refused(now);
                        self.save_connection(&connection)?;
                    }
                    Taken::Went => {}
                    Taken::Counted => {
                        if let Ok(reply) = reply {
                            self.counted(now, &mut run, reply)?;
                        }
                    }
                    Taken::Described(selection) => self.described(now, &mut run, &selection)?,
                }
                self.save(now, &run)?;
            }
            Link::Refreshing { .. } => {
                connection.refreshed(now, reply);
                self.save_connection(&connection)?;
            }
            // Salesforce knows of the revocation once it answered at all; an unknown token counts as revoked.
            Link::Disconnected if connection.revoking.is_some() && reply.as_ref().is_ok_and(|reply| reply.status < 500) => {
                connection.revoking = None;
                self.save_connection(&connection)?;
            }
            // A reply that nobody waits for any more.
            Link::Broken(_) | Link::Disconnected => {}
        }
        Ok(())
    }

    fn take_flushed(&mut self, now: Timestamp, connection: &mut Connection, reply: &Result<Reply, NoReply>) -> Result<(), WorkspaceError> {
        if self.flushed(now, connection, reply)? {
            connection.refused(now);
            return self.save_connection(connection);
        }
        if reply.is_ok() { self.call_succeeded(connection) } else { Ok(()) }
    }

    /// A call was answered, if only by a refusal of something else: the session is good, however often it was refreshed before.
    fn call_succeeded(&self, connection: &mut Connection) -> Result<(), WorkspaceError> {
        if connection.refreshes > 0 {
            connection.refreshes = 0;
            self.save_connection(connection)?;
        }
        Ok(())
    }

    fn next(&mut self, now: Timestamp) -> Result<Vec<Command>, WorkspaceError> {
        if self.is_watch_due(now)
            && let Some(command) = self.alert(now)?
        {
            return Ok(vec![command]);
        }
        let commands = self.next_of_work(now)?;
        let sleeps = commands.iter().all(|command| matches!(command, Command::WakeAt(at) if *at > now));
        if sleeps && let Some(command) = self.alert(now)? {
            return Ok(vec![command]);
        }
        Ok(no_later(commands, self.alert_due))
    }

    fn next_of_work(&mut self, now: Timestamp) -> Result<Vec<Command>, WorkspaceError> {
        let active = self.active_run()?;
        if active.is_none() && self.reseal()? {
            return Ok(vec![Command::WakeAt(now)]);
        }
        let Some(mut connection) = self.connection()? else { return Ok(Vec::new()) };
        match &connection.link {
            Link::Broken(_) => match connection.given_up() {
                Some(later) if later > now => return Ok(vec![Command::WakeAt(later)]),
                // Nobody came in three days. Data stay.
                _ => {
                    connection.link = Link::Disconnected;
                    self.save_connection(&connection)?;
                    log::audit(&*self.sql, now, "", "given_up")?;
                    return Ok(Vec::new());
                }
            },
            Link::Disconnected => {
                return Ok(connection.revoking.as_deref().map(|token| Command::Fetch(self.ask(), connection.app.revoke(token))).into_iter().collect());
            }
            Link::Refreshing { due, .. } if *due > now => return Ok(vec![Command::WakeAt(*due)]),
            Link::Refreshing { .. } => return Ok(connection.refresh_request().map(|request| Command::Fetch(self.ask(), request)).into_iter().collect()),
            Link::Good => {}
        }
        if let Some(command) = self.flush(now, &connection)? {
            return Ok(vec![command]);
        }
        // Whatever it waits for, it is never asked in a circle.
        let due = self.outbox_due()?.map(|due| if due <= now { now.plus_seconds(CIRCLE_SECONDS) } else { due });
        let commands = self.next_of_run(now, active, &connection)?;
        Ok(no_later(commands, due))
    }

    fn next_of_run(&mut self, now: Timestamp, active: Option<Run>, connection: &Connection) -> Result<Vec<Command>, WorkspaceError> {
        let run = match active {
            Some(run) => run,
            None => match self.begin_run(now)? {
                Ok(run) => run,
                Err(later) => return Ok(vec![Command::WakeAt(later)]),
            },
        };
        if run.due > now {
            return Ok(vec![Command::WakeAt(run.due)]);
        }
        let ask = self.asked_by(&run, &connection.tokens)?;
        if let (Ask::Fetch(_) | Ask::Stream(_), Some(later)) = (&ask, self.api_pause(now)?) {
            return Ok(vec![Command::WakeAt(self.pause(run, later)?)]);
        }
        Ok(match ask {
            Ask::Fetch(request) => vec![Command::Fetch(self.ask(), request)],
            Ask::Stream(request) => vec![Command::Stream(self.ask(), request)],
            Ask::Sweep => {
                self.sweep(now, run)?;
                vec![Command::WakeAt(now)]
            }
            Ask::Index => {
                self.index(now, run)?;
                vec![Command::WakeAt(now)]
            }
            Ask::Nothing => Vec::new(),
        })
    }

    fn active_run(&self) -> Result<Option<Run>, WorkspaceError> {
        Ok(log::runs(&*self.sql, 1)?.pop().filter(Run::is_active))
    }
}

/// What must happen outside, with a wake no later than something else is due.
fn no_later(commands: Vec<Command>, due: Option<Timestamp>) -> Vec<Command> {
    match (commands.as_slice(), due) {
        ([Command::WakeAt(at)], Some(due)) => vec![Command::WakeAt((*at).min(due))],
        ([], Some(due)) => vec![Command::WakeAt(due)],
        _ => commands,
    }
}

//! Deterministic simulation: the workspace machine against the sandbox org in one process, virtual time, and everything that can go
//! wrong between them: every fault of `salesforce.md` 7, crashes between and inside steps, storage that fails, lost and repeated
//! replies, clocks that jump. All of it follows from one seed.

mod admin;
mod check;
mod deed;
mod member;
mod weather;
mod wire;

use crate::native::{DEPLOYMENT, KEY};
use crate::sandbox::dice::Dice;
use crate::sandbox::org::Org;
use crate::sandbox::server::Sandbox;
use crate::sandbox::world::World;
use crate::sqlite::Sqlite;
use axum::Router;
use inlay_core::api::{AlertAddress, BackupPiece};
use inlay_core::import::plan::Limits;
use inlay_core::model::activity::Activity;
use inlay_core::model::id::RecordId;
use inlay_core::model::time::Timestamp;
use inlay_core::salesforce::http::Request;
use inlay_core::salesforce::oauth::{ClientApp, Identity, Tokens};
use inlay_core::seal::Key;
use inlay_core::shard::{Answers, Question};
use inlay_core::workspace::{Call, Command, Connection, Event, HandOver, MemberAsk, Workspace, WorkspaceError};
use std::collections::BTreeMap;
use std::sync::Arc;

/// 18 November 2026: after the world's last change.
const BEGIN: i64 = 1_795_000_000;
const HOUR: i64 = 3600;
/// Between two runs, jitter and all.
const HALF_DAY: i64 = 13 * HOUR;
/// Commands in one half day: far above what the worst one needs.
const MOST_COMMANDS: u32 = 20_000;

/// What one seed went through.
#[derive(Debug, Clone, Copy, Default)]
pub struct Passed {
    /// Runs that ended.
    pub runs: u64,
    /// Requests carried out.
    pub calls: u64,
    /// Activities that were captured.
    pub activities: u64,
    /// Processes that died, storage that failed, replies that were lost or came twice.
    pub mishaps: u64,
}

/// One life of a workspace.
struct Simulation {
    dice: Dice,
    sandbox: Arc<Sandbox>,
    router: Router,
    runtime: tokio::runtime::Runtime,
    sql: Sqlite,
    workspace: Workspace,
    /// The org's clock, in seconds: true time.
    time: i64,
    /// How far the workspace's clock is off, in seconds.
    skew: i64,
    /// How likely a mishap is, of 1000 chances; 0 on a good day.
    mishap: u64,
    /// People work in the org.
    is_busy: bool,
    /// The answer to a refresh was lost: the token is, too, and a person must connect again.
    token_lost: bool,
    /// The org has person accounts.
    has_persons: bool,
    /// An admin is told of what needs somebody.
    has_alerts: bool,
    /// People and companies that one object holds: few, in some orgs, so that they have shards from the first on or grow into them.
    shard_records: u64,
    /// Rows that changed without a trace, and the newest run then: only a later one surely compares them.
    untraceable: BTreeMap<String, u32>,
    /// What members did and weren't told that it was taken; and the ids of what was taken.
    unacknowledged: Vec<Activity>,
    captured: Vec<String>,
    /// Requests that are carried out late: their answer was given up.
    late: Vec<(i64, Request)>,
    /// What was asked of shards the same way: it arrives when another process asks them.
    late_questions: Vec<(i64, Vec<Question>)>,
    /// Pieces of the backup that is being taken.
    backup: Vec<BackupPiece>,
    passed: Passed,
    /// Tells what happens, for a seed that is looked into.
    tells: bool,
}

/// What became of a command.
enum Done {
    /// The next command.
    Next(Option<Command>),
    /// The process died.
    Died,
}

/// Lives through one seed, and tells of it if wanted; the first thing that isn't as it should be, in words.
pub fn live(seed: u64, tells: bool) -> Result<Passed, String> {
    let mut simulation = Simulation::new(seed, tells);
    let half_days = match simulation.dice.below(100) {
        0 => 730,
        1..=9 => 60,
        _ => 4 + simulation.dice.below(20),
    };
    for _ in 0..half_days {
        simulation.half_day()?;
    }
    simulation.good_end()?;
    simulation.purge()?;
    Ok(simulation.passed)
}

fn shard_records(seed: u64) -> u64 {
    let mut dice = Dice::new(seed, 4, 0);
    if dice.chance(35) { 15 + dice.below(100) } else { Limits::default().shard_records }
}

impl Simulation {
    fn new(seed: u64, tells: bool) -> Self {
        let mut dice = Dice::new(seed, 1, 0);
        let contacts = 12 + dice.below(60);
        let mut org = Org::generated(World { seed, contacts });
        if dice.chance(30) {
            // An org without Notes.
            org.hidden.entry(World::id("005", 0)).or_default().insert(("Note".into(), "Id".into()));
        }
        let (sandbox, router) = Sandbox::in_process(org);
        let sql = Sqlite::memory();
        let workspace = Workspace::create(Box::new(sql.clone()), &Key::new(&DEPLOYMENT), &KEY).expect("memory is there");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let mut simulation = Self {
            dice,
            sandbox,
            router,
            runtime,
            sql,
            workspace,
            time: BEGIN,
            skew: 0,
            mishap: 0,
            is_busy: true,
            token_lost: false,
            has_persons: Dice::new(seed, 2, 0).chance(30),
            has_alerts: Dice::new(seed, 3, 0).chance(30),
            shard_records: shard_records(seed),
            untraceable: BTreeMap::new(),
            unacknowledged: Vec::new(),
            captured: Vec::new(),
            late: Vec::new(),
            late_questions: Vec::new(),
            backup: Vec::new(),
            passed: Passed::default(),
            tells,
        };
        simulation.limits();
        simulation.set_clock(BEGIN);
        if simulation.has_persons {
            simulation.create_person_accounts();
        }
        simulation.connect();
        if simulation.has_alerts {
            let address = AlertAddress { url: Some("https://hooks.example/hook/secret".into()) };
            simulation.ask(MemberAsk::SetAlerts(address)).ok().and_then(Result::ok).expect("an admin may, on a good day");
        }
        simulation
    }

    /// A small org reaches every corner if little is done at once.
    fn limits(&mut self) {
        self.workspace.limits =
            Limits { rest_rows: 6, bite_rows: 5, exchange_rows: 4, sweep_rows: 7, named_rows: 3, copied_rows: 9, shard_records: self.shard_records };
    }

    fn set_clock(&mut self, seconds: i64) {
        self.time = self.time.max(seconds);
        self.carry_out_late();
        *self.sandbox.clock.lock().expect("no panic holds it") = Some(self.time);
    }

    fn now(&self) -> Timestamp {
        Timestamp((self.time + self.skew) * 1000)
    }

    fn tell(&self, what: impl FnOnce() -> String) {
        if self.tells {
            eprintln!("{:>9} s  {}", self.time - BEGIN, what());
        }
    }

    /// A person connects the org.
    fn connect(&mut self) {
        let (access, refresh) = self.sandbox.tokens.lock().expect("no panic holds it").connect(&self.sandbox, 0);
        let app = ClientApp {
            host: self.sandbox.url.clone(),
            client_id: self.sandbox.client_id.clone(),
            client_secret: self.sandbox.client_secret.clone(),
            callback: "http://127.0.0.1/callback".into(),
        };
        let tokens = Tokens { access, refresh: Some(refresh), instance_url: self.sandbox.url.clone() };
        let connection = Connection::new(app, tokens, Self::admin(), self.now());
        let hand_over = HandOver { connection, secret: KEY };
        let (now, workspace) = (self.now(), &mut self.workspace);
        let call = Call::HandOver(Box::new(hand_over));
        self.sql.clone().machine(now, workspace, |workspace| workspace.answer(now, &Key::new(&DEPLOYMENT), call.clone())).expect("handed over");
        self.token_lost = false;
    }

    fn admin() -> Identity {
        let user = RecordId::parse(&World::id("005", 0)).expect("an id");
        Identity { org: "00D5g0000000001".into(), user, name: String::new(), username: String::new(), email: String::new() }
    }

    /// Things happen in the org, the network has moods, and the workspace does what is due.
    fn half_day(&mut self) -> Result<(), String> {
        let end = self.time + HALF_DAY;
        self.weather();
        for _ in 0..self.dice.below(4) {
            let later = self.time + self.dice.below(3 * HOUR as u64) as i64;
            self.set_clock(later);
            for _ in 0..self.dice.below(4) {
                self.something_happens();
            }
            let until = later + self.dice.below(HOUR as u64) as i64;
            self.work(until)?;
            self.admin_acts()?;
            for _ in 0..self.dice.below(5) {
                self.member_acts()?;
            }
        }
        self.enable_writing()?;
        self.work(end)?;
        if self.is_broken()? {
            self.connect();
        }
        self.set_clock(end);
        Ok(())
    }

    fn mishap(&mut self) -> bool {
        let happens = self.mishap > 0 && self.dice.below(1000) < self.mishap;
        self.passed.mishaps += u64::from(happens);
        if happens {
            self.tell(|| "a mishap".into());
        }
        happens
    }

    /// The process ends and begins again: what was in memory is gone.
    fn restart(&mut self) -> Result<(), String> {
        let opened = Workspace::open(Box::new(self.sql.clone()), &Key::new(&DEPLOYMENT)).map_err(|error| error.to_string())?;
        self.workspace = opened.map_err(|_| "the workspace is gone")?;
        self.limits();
        Ok(())
    }

    /// Does what is due until then, in the org's time.
    fn work(&mut self, until: i64) -> Result<(), String> {
        let before = self.runs_done()?;
        let mut command = self.step(Event::Woken);
        for _ in 0..MOST_COMMANDS {
            let done = match command {
                Ok(Done::Next(next)) => next,
                Ok(Done::Died) => {
                    self.restart()?;
                    command = self.step(Event::Woken);
                    continue;
                }
                // The shell keeps nothing of the step, and tries again a minute later.
                Err(_) => {
                    self.restart()?;
                    Some(Command::WakeAt(self.now().plus_seconds(60)))
                }
            };
            command = match done {
                None => break,
                Some(Command::WakeAt(at)) => {
                    let at = self.time.max(at.0.div_euclid(1000) - self.skew + 1);
                    if at > until {
                        break;
                    }
                    self.set_clock(at);
                    self.step(Event::Woken)
                }
                Some(_) if self.mishap() => {
                    self.restart()?;
                    self.step(Event::Woken)
                }
                Some(Command::Fetch(ticket, request)) => {
                    self.meanwhile()?;
                    self.fetch(ticket, &request)
                }
                Some(Command::Stream(ticket, request)) => {
                    self.meanwhile()?;
                    self.stream(ticket, &request)
                }
            };
        }
        self.set_clock(until);
        self.check_runs(before)
    }

    /// People don't stop working because a run reads.
    fn meanwhile(&mut self) -> Result<(), String> {
        if self.is_busy && self.dice.chance(4) {
            self.something_happens();
            self.admin_acts()?;
        }
        if self.is_busy && self.dice.chance(6) {
            self.member_acts()?;
        }
        Ok(())
    }

    /// One step. Inside it the process may die, or storage may fail: either way, nothing of it is kept.
    fn step(&mut self, event: Event) -> Result<Done, WorkspaceError> {
        if self.mishap() {
            self.sql.fail_after(self.dice.below(12));
        }
        let (now, mut answers) = (self.now(), Answers::default());
        let stepped = loop {
            let workspace = &mut self.workspace;
            match self.sql.clone().atomically(|| workspace.given(&mut answers, |workspace| workspace.step(now, event.clone()))) {
                Err(WorkspaceError::Elsewhere(questions)) => match self.ask_shards(now, questions, &mut answers) {
                    Ok(()) => {}
                    Err(error) => break Err(error.into()),
                },
                done => break done,
            }
        };
        self.sql.heal();
        stepped.map(|commands| Done::Next(commands.into_iter().next()))
    }
}

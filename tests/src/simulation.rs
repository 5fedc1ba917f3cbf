//! Deterministic simulation: the workspace machine against the sandbox org in one process, virtual time, and everything that can go
//! wrong between them: every fault of `salesforce.md` 7, crashes between and inside steps, storage that fails, lost and repeated
//! replies, clocks that jump. All of it follows from one seed.

use crate::mirror;
use crate::native::KEY;
use crate::sandbox::dice::Dice;
use crate::sandbox::org::Org;
use crate::sandbox::server::Sandbox;
use crate::sandbox::world::World;
use crate::sqlite::Sqlite;
use axum::Router;
use inlay_core::api::{RunReport, RunState};
use inlay_core::import::plan::Limits;
use inlay_core::model::id::RecordId;
use inlay_core::model::object::Object;
use inlay_core::model::time::Timestamp;
use inlay_core::salesforce::http::{Method, NoReply, Reply, Request};
use inlay_core::salesforce::oauth::{ClientApp, Identity, Tokens};
use inlay_core::seal::Key;
use inlay_core::store::log;
use inlay_core::workspace::{Call, Command, Connection, Event, HandOver, Ticket, Workspace, WorkspaceError};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio_stream::StreamExt as _;
use tower::ServiceExt as _;

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
    /// Rows that changed without a trace since all were compared, and the run that was under way.
    untraceable: BTreeMap<String, u32>,
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
    Ok(simulation.passed)
}

impl Simulation {
    fn new(seed: u64, tells: bool) -> Self {
        let mut dice = Dice::new(seed, 1, 0);
        let contacts = 12 + dice.below(60);
        let (sandbox, router) = Sandbox::in_process(Org::generated(World { seed, contacts }));
        let sql = Sqlite::memory();
        let workspace = Workspace::create(Box::new(sql.clone()), &Key::new(&[42; 32]), &KEY).expect("memory is there");
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
            untraceable: BTreeMap::new(),
            passed: Passed::default(),
            tells,
        };
        simulation.limits();
        simulation.set_clock(BEGIN);
        simulation.connect();
        simulation
    }

    /// A small org reaches every corner if little is done at once.
    fn limits(&mut self) {
        self.workspace.limits = Limits { rest_rows: 6, bite_rows: 5, exchange_rows: 4, sweep_rows: 7, named_rows: 3 };
    }

    fn set_clock(&mut self, seconds: i64) {
        self.time = self.time.max(seconds);
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
        let user = RecordId::parse(&World::id("005", 0)).expect("an id");
        let identity = Identity { org: "00D5g0000000001".into(), user, name: String::new(), username: String::new(), email: String::new() };
        let connection = Connection::new(app, tokens, identity, self.now());
        let hand_over = HandOver { connection, secret: KEY };
        let (now, workspace) = (self.now(), &mut self.workspace);
        self.sql.clone().atomically(|| workspace.answer(now, &Key::new(&[42; 32]), Call::HandOver(Box::new(hand_over)))).expect("handed over");
        self.token_lost = false;
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
        }
        self.work(end)?;
        if self.is_broken()? {
            self.connect();
        }
        self.set_clock(end);
        Ok(())
    }

    /// What goes wrong this half day.
    fn weather(&mut self) {
        let dice = &mut self.dice;
        self.mishap = if dice.chance(40) { 0 } else { 1 + dice.below(60) };
        let mut rare = |percent: u64, most: u64| if dice.chance(percent) { 1 + dice.below(most) } else { 0 };
        let mut faults = json!({
            "token_seconds": 2 * HOUR, "next_refresh_races": rare(10, 3), "next_expired": rare(10, 2), "next_unavailable": rare(10, 3),
            "next_not_acceptable": rare(5, 1), "next_setting_up": rare(5, 1), "next_daily_limit": rare(4, 2), "next_concurrent_limit": rare(5, 2),
            "next_bulk_limit": rare(5, 1), "next_no_locator": rare(5, 1), "next_empty_locator": rare(5, 1), "next_short_pages": rare(8, 2),
            "next_cut_pages": rare(8, 2), "next_failed_jobs": rare(5, 1), "next_gone_jobs": rare(5, 1), "next_torn_rows": rare(6, 3),
            "next_cut_replies": rare(8, 2), "next_ended_cursors": rare(5, 1), "polls": dice.below(3), "page_rows": 1 + dice.below(12)
        });
        for switch in ["rotation", "header_each_page", "shuffled", "random_pages", "offset_datetimes", "bursts"] {
            faults[switch] = dice.chance(60).into();
        }
        faults["no_batch"] = dice.chance(20).into();
        faults["no_bulk"] = if dice.chance(10) { json!([dice.pick(&Object::ALL).name()]) } else { json!([]) };
        faults["daily_limit"] = if dice.chance(15) { (700 + dice.below(500)).into() } else { 100_000.into() };
        self.tell(|| format!("weather: mishap {}, {faults}", self.mishap));
        self.sandbox.set_faults(&faults).expect("known switches");
        let dice = &mut self.dice;
        self.skew = if dice.chance(90) { dice.below(60) as i64 - 30 } else { dice.below(6 * 24 * 3600) as i64 - 3 * 24 * 3600 };
    }

    fn something_happens(&mut self) {
        let object = *self.dice.pick(&[Object::Account, Object::Contact, Object::Contact, Object::Lead, Object::Opportunity, Object::OpportunityContactRole]);
        let deed = self.deed(object);
        let id = deed["id"].as_str().unwrap_or_default().to_owned();
        let done = self.sandbox.happen(&deed);
        self.tell(|| format!("deed {deed}: {done:?}"));
        if done.is_ok() && matches!(deed["deed"].as_str(), Some("purge" | "unshare" | "share")) {
            let under_way = self.runs().ok().and_then(|runs| runs.first().filter(|run| run.state != RunState::Done).map(|run| run.number));
            self.untraceable.insert(id, under_way.unwrap_or(0));
        }
    }

    fn deed(&mut self, object: Object) -> Value {
        let count = self.sandbox.org.read().expect("no panic holds it").len(object.name());
        let dice = &mut self.dice;
        let id = World::id(object.prefix(), dice.below(count));
        let other = World::id(object.prefix(), dice.below(count));
        let word = format!("{} {}", dice.pick(&["Ada", "Lin", "Bo", "Zoë", "\"Q\"", "a,b", "two\nlines", "李"]), dice.below(50));
        let name = match object {
            Object::Contact | Object::Lead => "LastName",
            _ => "Name",
        };
        match dice.below(20) {
            0..=8 => {
                json!({ "deed": "change", "object": object.name(), "id": id, "fields": { name: word, "Email": format!("x{}@mail.example", dice.below(90)), "Role": word } })
            }
            9..=11 => {
                json!({ "deed": "create", "object": object.name(), "fields": { name: word, "Company": word, "Email": format!("y{}@mail.example", dice.below(90)) } })
            }
            12 | 13 => json!({ "deed": "delete", "object": object.name(), "id": id }),
            14 => json!({ "deed": "undelete", "object": object.name(), "id": id }),
            15 if matches!(object, Object::Account | Object::Contact | Object::Lead) && id != other => {
                json!({ "deed": "merge", "object": object.name(), "id": id, "into": other })
            }
            16 if object == Object::Lead => json!({ "deed": "convert", "object": "Lead", "id": id, "into": World::id("003", dice.below(12)) }),
            17 => json!({ "deed": "late", "object": object.name(), "id": id }),
            18 if dice.chance(30) => json!({ "deed": "purge", "object": object.name(), "id": id }),
            18 if dice.chance(50) => json!({ "deed": *dice.pick(&["unshare", "share"]), "object": object.name(), "id": id }),
            19 if dice.chance(20) => {
                let field = *dice.pick(&["Email", "Phone", "Title", "Website", "LastActivityDate", "Description"]);
                json!({ "deed": *dice.pick(&["hide", "show", "show"]), "user": 0, "object": object.name(), "field": field })
            }
            _ => json!({ "deed": "change", "object": object.name(), "id": id, "fields": { "Description": word } }),
        }
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
        let opened = Workspace::open(Box::new(self.sql.clone()), &Key::new(&[42; 32])).map_err(|error| error.to_string())?;
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
                    self.meanwhile();
                    self.fetch(ticket, &request)
                }
                Some(Command::Stream(ticket, request)) => {
                    self.meanwhile();
                    self.stream(ticket, &request)
                }
            };
        }
        self.set_clock(until);
        self.check_runs(before)
    }

    /// People don't stop working because a run reads.
    fn meanwhile(&mut self) {
        if self.is_busy && self.dice.chance(3) {
            self.something_happens();
        }
    }

    /// One step. Inside it the process may die, or storage may fail: either way, nothing of it is kept.
    fn step(&mut self, event: Event) -> Result<Done, WorkspaceError> {
        if self.mishap() {
            self.sql.fail_after(self.dice.below(12));
        }
        let (now, workspace) = (self.now(), &mut self.workspace);
        let stepped = self.sql.clone().atomically(|| workspace.step(now, event));
        self.sql.heal();
        stepped.map(|commands| Done::Next(commands.into_iter().next()))
    }

    fn fetch(&mut self, ticket: Ticket, request: &Request) -> Result<Done, WorkspaceError> {
        let is_refresh = request.url.ends_with("/oauth2/token");
        if self.mishap() {
            return self.step(Event::Reply(ticket, Err(NoReply))); // It never arrived.
        }
        let reply = self.carry_out(request).map(|(head, chunks)| Reply { body: chunks.concat(), ..head });
        let rotated = is_refresh && reply.as_ref().is_ok_and(|reply| String::from_utf8_lossy(&reply.body).contains("refresh_token\":"));
        let tokens_before = self.token_lost;
        if self.mishap() {
            self.token_lost |= rotated;
            return self.step(Event::Reply(ticket, Err(NoReply))); // The answer was lost.
        }
        let twice = (!is_refresh && self.mishap()).then(|| reply.clone());
        self.token_lost |= rotated;
        let stepped = self.step(Event::Reply(ticket, reply));
        if matches!(stepped, Ok(Done::Next(_))) {
            self.token_lost = tokens_before; // It was stored.
        }
        match (twice, &stepped) {
            (Some(reply), Ok(Done::Next(_))) => self.step(Event::Reply(ticket, reply)),
            _ => stepped,
        }
    }

    fn stream(&mut self, ticket: Ticket, request: &Request) -> Result<Done, WorkspaceError> {
        if self.mishap() {
            return self.step(Event::Reply(ticket, Err(NoReply)));
        }
        let (head, chunks) = match self.carry_out(request) {
            Ok(reply) => reply,
            Err(none) => return self.step(Event::Reply(ticket, Err(none))),
        };
        if head.status != 200 {
            return self.step(Event::Reply(ticket, Ok(Reply { body: chunks.concat(), ..head })));
        }
        let was_cut = head.headers.iter().any(|(name, _)| name == CUT);
        match self.step(Event::PageOpened(ticket, head)) {
            Ok(Done::Next(_)) => {}
            Ok(Done::Died) => return Ok(Done::Died),
            Err(error) => return Err(error),
        }
        let body = chunks.concat();
        let mut rest = body.as_slice();
        while !rest.is_empty() {
            let size = 1 + self.dice.below(600) as usize;
            let (chunk, later) = rest.split_at(size.min(rest.len()));
            rest = later;
            if self.mishap() {
                return if self.dice.chance(50) { Ok(Done::Died) } else { self.step(Event::PageCut) };
            }
            match self.step(Event::PageChunk(chunk.to_vec())) {
                Ok(Done::Next(_)) => {}
                Ok(Done::Died) => return Ok(Done::Died),
                Err(error) => return Err(error),
            }
        }
        self.step(if was_cut { Event::PageCut } else { Event::PageEnded })
    }

    /// Carries a request out in this process.
    fn carry_out(&mut self, request: &Request) -> Result<(Reply, Vec<Vec<u8>>), NoReply> {
        self.passed.calls += 1;
        let method = match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        };
        let mut builder = axum::http::Request::builder().method(method).uri(request.url.trim_start_matches(&self.sandbox.url));
        for (name, value) in request.headers.iter().filter(|(name, _)| *name != "accept-encoding") {
            builder = builder.header(*name, value);
        }
        let asked = builder.body(axum::body::Body::from(request.body.clone().unwrap_or_default())).map_err(|_| NoReply)?;
        let router = self.router.clone();
        let (reply, chunks, was_cut) = self.runtime.block_on(async move {
            let response = router.oneshot(asked).await.map_err(|_| NoReply)?;
            let text = |value: &axum::http::HeaderValue| value.to_str().unwrap_or("").to_owned();
            let mut headers: Vec<(String, String)> = response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
            headers.sort();
            let reply = Reply { status: response.status().as_u16(), headers, body: Vec::new() };
            let (mut chunks, mut was_cut) = (Vec::new(), false);
            let mut body = response.into_body().into_data_stream();
            while let Some(chunk) = body.next().await {
                match chunk {
                    Ok(chunk) => chunks.push(chunk.to_vec()),
                    Err(_) => was_cut = true,
                }
            }
            Ok((reply, chunks, was_cut))
        })?;
        let mut reply = reply;
        self.tell(|| {
            format!(
                "{method} {} {}: {}, {} bytes{}",
                request.url,
                request.body.as_deref().unwrap_or(""),
                reply.status,
                chunks.iter().map(Vec::len).sum::<usize>(),
                if was_cut { ", cut" } else { "" }
            )
        });
        if was_cut {
            reply.headers.push((CUT.into(), String::new()));
        }
        Ok((reply, chunks))
    }

    fn runs(&self) -> Result<Vec<RunReport>, String> {
        Ok(log::runs(&self.sql, 1 << 20).map_err(|error| error.to_string())?.iter().map(inlay_core::import::run::Run::report).collect())
    }

    fn runs_done(&self) -> Result<u32, String> {
        Ok(self.runs()?.iter().filter(|run| run.state == RunState::Done).map(|run| run.number).max().unwrap_or(0))
    }

    /// Runs that ended since have counts that add up; and imports have kept to their share of the API.
    fn check_runs(&mut self, before: u32) -> Result<(), String> {
        for run in self.runs()?.iter().filter(|run| run.number > before && run.state == RunState::Done) {
            self.passed.runs += 1;
            if run.kind != inlay_core::api::RunKind::Increment {
                // What went while it read may have gone after its rows were read.
                self.untraceable.retain(|_, under_way| *under_way >= run.number);
            }
            for tally in run.tallies.iter().filter(|tally| tally.done) {
                let sum = tally.stored + tally.unchanged + tally.removed + tally.rejected;
                if tally.received != sum || tally.announced != Some(tally.received) {
                    return Err(format!("run {}: counts of {:?} don't add up: {tally:?}", run.number, tally.object));
                }
            }
        }
        Ok(())
    }

    fn is_broken(&mut self) -> Result<bool, String> {
        let broken = self.workspace.broken().map_err(|error| error.to_string())?.is_some();
        if broken && !self.token_lost {
            return Err("the connection is said to be dead, and it isn't: no token was lost".into());
        }
        Ok(broken)
    }

    /// The weather clears: after a run or two, the workspace shows what the org has; after a comparison, everything.
    fn good_end(&mut self) -> Result<(), String> {
        (self.mishap, self.skew, self.is_busy) = (0, 0, false);
        if self.is_broken()? {
            self.connect();
        }
        let faults = json!({ "token_seconds": 2 * HOUR, "page_rows": 5, "no_batch": false, "no_bulk": [], "daily_limit": 1_000_000, "polls": 1 });
        let names = [
            "refresh_races",
            "expired",
            "unavailable",
            "not_acceptable",
            "setting_up",
            "daily_limit",
            "concurrent_limit",
            "bulk_limit",
            "no_locator",
            "empty_locator",
            "short_pages",
            "cut_pages",
            "failed_jobs",
            "gone_jobs",
            "torn_rows",
            "cut_replies",
            "ended_cursors",
        ];
        self.sandbox.set_faults(&faults).expect("known switches");
        for name in names {
            self.sandbox.set_faults(&json!({ format!("next_{name}"): 0 })).expect("a known switch");
        }
        // Three days: a run that waits for its budget, one that was stopped, and one that reads again what was rejected.
        for _ in 0..6 {
            self.work(self.time + HALF_DAY)?;
        }
        if self.is_broken()? {
            return Err("the connection didn't last through good days".into());
        }
        let open = mirror::differences(&self.sql, &self.sandbox, &self.untraceable.keys().cloned().collect());
        if !open.is_empty() {
            return Err(format!("after increments: {}", open.join("; ")));
        }
        for _ in 0..17 {
            self.work(self.time + HALF_DAY)?;
        }
        let open = mirror::differences(&self.sql, &self.sandbox, &BTreeSet::new());
        if !open.is_empty() {
            return Err(format!("after a comparison: {}", open.join("; ")));
        }
        match mirror::stale_entries(&self.sql) {
            0 => Ok(()),
            stale => Err(format!("{stale} keys lead to records that don't have them")),
        }
    }
}

/// Marks a reply whose body was cut; no server sends such a header.
const CUT: &str = "x-simulated-cut";

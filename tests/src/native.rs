//! A native shell: carries out a workspace's commands over real HTTP, with a clock that jumps to whatever is due.

use crate::sandbox::server::Sandbox;
use crate::sqlite::Sqlite;
use inlay_core::api::{Card, Connect, LookUp, ProblemKind, Session, SignIn, Status, TakeSession, Verdicts};
use inlay_core::directory::{Callback, Directory};
use inlay_core::model::time::Timestamp;
use inlay_core::salesforce::http::{Method, NoReply, Reply, Request};
use inlay_core::seal::{Key, challenge};
use inlay_core::workspace::{Answer, Call, Command, Event, MemberAsk, Ticket, Workspace, WorkspaceError};
use std::io::Read as _;
use std::sync::LazyLock;
use std::time::Duration;

/// The set-up code of test deployments.
pub const SETUP_CODE: &str = "test-set-up-code";
/// The deployment's key in tests.
pub const DEPLOYMENT: [u8; 32] = [42; 32];
/// The workspace's first key in tests.
pub const KEY: [u8; 32] = [7; 32];
/// The extension's origin in tests.
pub const ORIGIN: &str = "chrome-extension://abcdefghijklmnopabcdefghijklmnop";
const RETURN_TO: &str = "https://abcdefghijklmnopabcdefghijklmnop.chromiumapp.org/";
const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-long";

/// A deployment in memory: directory, one workspace, a clock.
pub struct Native {
    /// The workspace's storage; outlives the workspace.
    pub sql: Sqlite,
    /// The machine.
    pub workspace: Workspace,
    /// The directory.
    pub directory: Directory,
    /// The clock.
    pub now: Timestamp,
    /// The next request is carried out, and its answer lost.
    pub loses_next: bool,
    deployment: Key,
}

static AGENT: LazyLock<ureq::Agent> =
    LazyLock::new(|| ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(60))).max_redirects(0).build().into());

/// Carries out a request.
pub fn fetch(request: &Request) -> Result<Reply, NoReply> {
    let (head, mut body) = open(request)?;
    let mut bytes = Vec::new();
    body.read_to_end(&mut bytes).map_err(|_| NoReply)?;
    Ok(Reply { body: bytes, ..head })
}

fn open(request: &Request) -> Result<(Reply, Box<dyn std::io::Read>), NoReply> {
    let method = match request.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    };
    let mut builder = ureq::http::Request::builder().method(method).uri(&request.url);
    for (name, value) in request.headers.iter().filter(|(name, _)| *name != "accept-encoding") {
        builder = builder.header(*name, value);
    }
    let body = request.body.clone().unwrap_or_default();
    let response = AGENT.run(builder.body(body).map_err(|_| NoReply)?).map_err(|_| NoReply)?;
    let headers = response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap_or("").to_owned())).collect();
    let status = response.status().as_u16();
    Ok((Reply { status, headers, body: Vec::new() }, Box::new(response.into_body().into_reader())))
}

/// Where a redirect leads, and the value of one of its query fields.
fn landing(reply: &Reply, name: &str) -> Option<String> {
    let location = reply.header("location")?;
    let query = location.split_once('?')?.1;
    query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")).map(str::to_owned))
}

/// Goes through Salesforce's consent as a user would; gives the callback's state and code.
pub fn consent(authorize_url: &str, user: u64, choice: &str) -> (String, Option<String>) {
    let query = authorize_url.split_once('?').expect("an authorize address has a query").1;
    let host = authorize_url.split("/services/").next().expect("it has a host");
    let body = format!("{query}&user={user}&choice={choice}");
    let headers = vec![("content-type", "application/x-www-form-urlencoded".to_owned())];
    let request = Request { method: Method::Post, url: format!("{host}/services/oauth2/authorize"), headers, body: Some(body.into_bytes()) };
    let reply = fetch(&request).expect("the sandbox answers");
    (landing(&reply, "state").expect("a state comes back"), landing(&reply, "code"))
}

/// Carries a callback through: code, tokens, identity, ticket.
pub fn land(directory: &mut Directory, now: Timestamp, state: &str, code: Option<&str>) -> Result<inlay_core::directory::Landing, String> {
    let words = |error: WorkspaceError| error.to_string();
    match directory.callback(now, state, code).map_err(words)? {
        Callback::Back(address) => Err(address),
        Callback::Exchange(request) => {
            let (tokens, request) = directory.exchanged(now, state, &fetch(&request)).map_err(words)??;
            directory.identified(now, state, tokens, &fetch(&request), &[9; 64]).map_err(words)
        }
    }
}

impl Native {
    /// A deployment connected to a sandbox org as its first user, before the first import.
    pub fn connected(sandbox: &Sandbox) -> Self {
        let deployment = Key::new(&DEPLOYMENT);
        let directory = Directory::open(Box::new(Sqlite::memory()), &deployment).expect("memory is there");
        let sql = Sqlite::memory();
        let workspace = Workspace::create(Box::new(sql.clone()), &deployment, &KEY).expect("memory is there");
        let mut native = Self { sql, workspace, directory, now: Timestamp(1_795_000_000_000), loses_next: false, deployment };
        native.connect(sandbox);
        native
    }

    /// A connected deployment whose first import is done, and a session of its first user.
    pub fn imported(sandbox: &Sandbox) -> (Self, Session) {
        let mut native = Self::connected(sandbox);
        let session = native.sign_in(0);
        native.settle(Duration::from_secs(3600));
        (native, session)
    }

    /// Connects, or connects again; gives the admin's session.
    pub fn connect(&mut self, sandbox: &Sandbox) -> Session {
        let ask = Connect {
            setup_code: SETUP_CODE.into(),
            host: sandbox.url.clone(),
            client_id: sandbox.client_id.clone(),
            client_secret: sandbox.client_secret.clone(),
            return_to: RETURN_TO.into(),
            challenge: challenge(VERIFIER),
        };
        let url = self.directory.connect(self.now, ask, SETUP_CODE, ORIGIN, "http://127.0.0.1/salesforce/callback", &[1; 64]).expect("the code is right").url;
        let (state, code) = consent(&url, 0, "allow");
        let landing = land(&mut self.directory, self.now, &state, code.as_deref()).expect("consent was given");
        let (org, hand_over) = landing.hand_over.expect("a connection");
        let app = hand_over.connection.app.clone();
        self.workspace.answer(self.now, &self.deployment, Call::HandOver(Box::new(hand_over))).expect("handed over");
        self.directory.adopt(self.now, &org, &app).expect("adopted");
        self.take(&landing.redirect)
    }

    /// Signs a member in.
    pub fn sign_in(&mut self, user: u64) -> Session {
        let ask = SignIn { org: None, return_to: RETURN_TO.into(), challenge: challenge(VERIFIER) };
        let url = self.directory.sign_in(self.now, ask, ORIGIN, &[2; 64]).expect("a workspace is there").url;
        let (state, code) = consent(&url, user, "allow");
        let landing = land(&mut self.directory, self.now, &state, code.as_deref()).expect("consent was given");
        self.take(&landing.redirect)
    }

    fn take(&mut self, redirect: &str) -> Session {
        let ticket = redirect.split_once("ticket=").expect("a ticket").1.to_owned();
        let admitted = self.directory.admit(self.now, &TakeSession { ticket, verifier: VERIFIER.into() }).expect("the verifier fits");
        let random = std::array::from_fn(|place| (place as i64 + self.now.0) as u8);
        let call = Call::OpenSession { identity: admitted.identity, role: admitted.role, origin: admitted.origin, random };
        match self.workspace.answer(self.now, &self.deployment, call) {
            Ok((Answer::Session(session), _)) => *session,
            _ => panic!("a session was asked for"),
        }
    }

    /// Carries out commands until nothing is due for `patience`; gives how many steps it took.
    pub fn settle(&mut self, patience: Duration) -> u32 {
        self.settle_until(patience, |_| false)
    }

    /// As [`Native::settle`], but stops in the middle when told to: whatever was in memory is lost.
    pub fn settle_until(&mut self, patience: Duration, mut stop: impl FnMut(u32) -> bool) -> u32 {
        self.settle_with(patience, |_, steps| stop(steps))
    }

    /// As [`Native::settle_until`], but something may happen in each middle: what was asked for is under way.
    pub fn settle_with(&mut self, patience: Duration, mut stop: impl FnMut(&mut Self, u32) -> bool) -> u32 {
        let end = Timestamp(self.now.0 + patience.as_millis() as i64);
        let mut steps = 0;
        let mut commands = self.step(Event::Woken);
        while let Some(command) = commands.pop() {
            steps += 1;
            if stop(self, steps) {
                return steps;
            }
            commands = match command {
                Command::WakeAt(at) if at > end => break,
                Command::WakeAt(at) => {
                    self.now = self.now.max(at);
                    self.step(Event::Woken)
                }
                Command::Fetch(ticket, request) => {
                    let answer = fetch(&request).and_then(|reply| if std::mem::take(&mut self.loses_next) { Err(NoReply) } else { Ok(reply) });
                    self.step(Event::Reply(ticket, answer))
                }
                Command::Stream(ticket, request) => self.stream(ticket, &request, &mut steps, &mut stop),
            };
        }
        steps
    }

    fn stream(&mut self, ticket: Ticket, request: &Request, steps: &mut u32, stop: &mut impl FnMut(&mut Self, u32) -> bool) -> Vec<Command> {
        let Ok((head, mut body)) = open(request) else { return self.step(Event::Reply(ticket, Err(NoReply))) };
        if head.status != 200 {
            let mut bytes = Vec::new();
            let _ = body.read_to_end(&mut bytes);
            return self.step(Event::Reply(ticket, Ok(Reply { body: bytes, ..head })));
        }
        self.step(Event::PageOpened(ticket, head));
        let mut chunk = vec![0; 16 << 10];
        loop {
            *steps += 1;
            if stop(self, *steps) {
                return Vec::new();
            }
            match body.read(&mut chunk) {
                Ok(0) => return self.step(Event::PageEnded),
                Ok(length) => self.step(Event::PageChunk(chunk[..length].to_vec())),
                Err(_) => return self.step(Event::PageCut),
            };
        }
    }

    fn step(&mut self, event: Event) -> Vec<Command> {
        self.now = self.now.plus_millis(1);
        let (now, workspace) = (self.now, &mut self.workspace);
        self.sql.clone().machine(now, workspace, |workspace| workspace.step(now, event.clone())).expect("memory is there")
    }

    /// Ends the process and starts it again: only what was stored is left.
    pub fn restart(&mut self) {
        self.workspace =
            Workspace::open(Box::new(self.sql.clone()), &self.deployment).expect("the key fits").unwrap_or_else(|_| panic!("a workspace was there"));
    }

    /// Asks as a member.
    pub fn ask(&mut self, token: &str, ask: MemberAsk) -> Result<Answer, ProblemKind> {
        self.call(Call::Member { token: token.into(), origin: Some(ORIGIN.into()), ask })
    }

    /// Asks the workspace.
    pub fn call(&mut self, call: Call) -> Result<Answer, ProblemKind> {
        let (now, deployment, workspace) = (self.now, self.deployment.clone(), &mut self.workspace);
        match self.sql.clone().machine(now, workspace, |workspace| workspace.answer(now, &deployment, call.clone())) {
            Ok((answer, _)) => Ok(answer),
            Err(WorkspaceError::Problem(problem)) => Err(problem.kind),
            Err(error) => panic!("{error}"),
        }
    }

    /// The state of import and connection.
    pub fn status(&mut self, token: &str) -> Status {
        match self.ask(token, MemberAsk::Status) {
            Ok(Answer::Status(status)) => *status,
            _ => panic!("a status was asked for"),
        }
    }

    /// Looks sightings up.
    pub fn look_up(&mut self, token: &str, ask: LookUp) -> Verdicts {
        match self.ask(token, MemberAsk::LookUp(ask)) {
            Ok(Answer::Verdicts(verdicts)) => verdicts,
            _ => panic!("verdicts were asked for"),
        }
    }

    /// A record's card.
    pub fn card(&mut self, token: &str, id: &str) -> Result<Card, ProblemKind> {
        match self.ask(token, MemberAsk::Card(id.into()))? {
            Answer::Card(card) => Ok(*card),
            _ => panic!("a card was asked for"),
        }
    }
}

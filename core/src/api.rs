//! Messages between extension and worker, version 1. Serde types only, no behaviour but their plain words in English.

use crate::model::evidence::Evidence;
use crate::model::id::RecordId;
use crate::model::object::Object;
use crate::model::sighting::Sighting;
use crate::model::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The most sightings in one look-up.
pub const LOOK_UP_MAX: usize = 100;

/// What went wrong, as a kind that screens translate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each kind's words stand in `Problem::of`")]
pub enum ProblemKind {
    WrongSetupCode,
    TooManyTries,
    ConsentDenied,
    SignInExpired,
    UnknownApp,
    OtherOrg,
    NoWorkspace,
    NoSeat,
    NotSignedIn,
    NotAdmin,
    ConnectionRevoked,
    ApiDisabled,
    ApiBudgetSpent,
    SalesforceUnavailable,
    SalesforceRefused,
    CountsDontAddUp,
    Unreadable,
    NotFound,
    OriginRefused,
    ServerBroken,
    ServerUnreachable,
    NoServer,
}

/// A clear error: what happened, and what to do. Never holds a person's data or a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What went wrong.
    pub kind: ProblemKind,
    /// What happened and what still works, in English.
    pub message: String,
    /// What to do, in English.
    pub remedy: String,
}

impl Problem {
    /// The problem of a kind, in plain English. Screens use their own words for the same kind.
    pub fn of(kind: ProblemKind) -> Self {
        let (message, remedy) = match kind {
            ProblemKind::WrongSetupCode => {
                ("This isn't the server's set-up code.", "Copy it from the server's settings or from the output of `cargo xtask serve`.")
            }
            ProblemKind::TooManyTries => ("Too many tries from here. Nothing was changed.", "Wait ten minutes, then try again."),
            ProblemKind::ConsentDenied => ("Access was not allowed in Salesforce. Nothing was changed.", "Start again and press Allow."),
            ProblemKind::SignInExpired => ("This sign-in took too long or was used before.", "Start again."),
            ProblemKind::UnknownApp => ("Salesforce doesn't know this client app.", "Check consumer key and secret; a new app can take ten minutes to work."),
            ProblemKind::OtherOrg => ("This is a user of another Salesforce org.", "Sign in with a user of the connected org."),
            ProblemKind::NoWorkspace => ("No Salesforce org is connected to this server yet.", "An admin connects one on the options page."),
            ProblemKind::NoSeat => ("This user has no seat in Inlay.", "Ask an admin for one."),
            ProblemKind::NotSignedIn => ("The session has ended. Nothing was lost.", "Sign in again."),
            ProblemKind::NotAdmin => ("Only an admin can do this.", "Ask an admin."),
            ProblemKind::ConnectionRevoked => (
                "Salesforce no longer accepts the connection: it was revoked or has expired. Imported data stay and badges still work.",
                "An admin connects again on the options page.",
            ),
            ProblemKind::ApiDisabled => (
                "Salesforce says that the API isn't enabled for this org or user.",
                "Use an edition with API access and tick API Enabled for the connected user.",
            ),
            ProblemKind::ApiBudgetSpent => (
                "The org's API calls for today are spent. The import keeps its place and goes on by itself.",
                "Nothing to do; or raise the limit in Salesforce.",
            ),
            ProblemKind::SalesforceUnavailable => {
                ("Salesforce doesn't answer as it should. Imported data stay.", "Nothing to do: Inlay tries again by itself.")
            }
            ProblemKind::SalesforceRefused => ("Salesforce refused the request.", "Check the connected user's rights."),
            ProblemKind::CountsDontAddUp => {
                ("Salesforce sent fewer rows than it announced, several times over. What arrived is kept.", "Press Import now to try again.")
            }
            ProblemKind::Unreadable => ("The request couldn't be read.", "Update the extension; its version may not fit the server's."),
            ProblemKind::NotFound => ("There is no such record in the imported data.", "It may have been deleted; the next import will tell."),
            ProblemKind::OriginRefused => ("This server doesn't accept requests from here.", "Add the extension's address to the server's EXTENSION_ORIGINS."),
            ProblemKind::ServerBroken => ("The server met an error of its own. Nothing was lost.", "Try again; if it stays, look at the server's log."),
            ProblemKind::ServerUnreachable => ("The Inlay server can't be reached. Known badges stay.", "Check the address and your network."),
            ProblemKind::NoServer => ("No Inlay server is set yet.", "Enter its address on the options page."),
        };
        Self { kind, message: message.into(), remedy: remedy.into() }
    }

    /// The HTTP status that goes with the kind.
    pub fn status(&self) -> u16 {
        match self.kind {
            ProblemKind::NotSignedIn => 401,
            ProblemKind::WrongSetupCode
            | ProblemKind::ConsentDenied
            | ProblemKind::OtherOrg
            | ProblemKind::NoSeat
            | ProblemKind::NotAdmin
            | ProblemKind::OriginRefused => 403,
            ProblemKind::NoWorkspace | ProblemKind::NotFound => 404,
            ProblemKind::TooManyTries => 429,
            ProblemKind::ServerBroken => 500,
            ProblemKind::ConnectionRevoked
            | ProblemKind::ApiDisabled
            | ProblemKind::ApiBudgetSpent
            | ProblemKind::SalesforceUnavailable
            | ProblemKind::SalesforceRefused
            | ProblemKind::CountsDontAddUp => 502,
            ProblemKind::ServerUnreachable | ProblemKind::NoServer => 503,
            ProblemKind::SignInExpired | ProblemKind::UnknownApp | ProblemKind::Unreadable => 400,
        }
    }
}

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
#[derive(Clone, Debug, Serialize, Deserialize)]
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

/// `POST /v1/look-up`: who of these is in the CRM?
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookUp {
    /// Up to [`LOOK_UP_MAX`] sightings.
    pub sightings: Vec<Sighting>,
}

/// The answer to a look-up, in the order of its sightings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Verdicts {
    /// One verdict a sighting.
    pub verdicts: Vec<Verdict>,
}

/// How sure a match is (spec 19).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// Badge.
    Sure,
    /// Badge with a question mark.
    Unsure,
    /// No badge.
    None,
}

/// From which probability on a match is named (spec 19).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Sure from here.
    pub sure: f64,
    /// Unsure from here; below, no badge.
    pub unsure: f64,
    /// Sure and unsure before the last change, while it can be taken back.
    #[serde(default)]
    pub before: Option<(f64, f64)>,
}

/// `POST /v1/thresholds/preview`: what other thresholds would change, on the workspace's own sightings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    /// How many sightings were decided anew.
    pub sightings: usize,
    /// Matches that would appear.
    pub appear: usize,
    /// Matches that would vanish.
    pub vanish: usize,
    /// Matches that go to another record than when they were seen, since records changed.
    pub other_record: usize,
    /// Matches that would turn from sure to unsure or back.
    pub other_band: usize,
    /// The first of them.
    pub changes: Vec<Change>,
}

/// What would change for a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// There was none.
    Appears,
    /// There would be none.
    Vanishes,
    /// It goes to another record.
    OtherRecord,
    /// It turns from sure to unsure or back.
    OtherBand,
}

/// One match that would change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// How.
    pub kind: ChangeKind,
    /// The name that the page showed.
    pub shown: String,
    /// Lead, contact or account.
    pub object: Object,
    /// The record's name.
    pub name: String,
    /// The record's company.
    pub company: String,
    /// The record's address in Salesforce.
    pub link: String,
    /// The probability that it is the same.
    pub probability: f64,
    /// How sure today.
    pub before: Band,
    /// How sure it would be.
    pub after: Band,
}

/// What the CRM knows of one sighting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The sighting's id.
    pub sighting: String,
    /// How sure.
    pub band: Band,
    /// The matched record.
    pub matched: Option<Matched>,
}

/// A matched record with its explanation (spec 20).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Matched {
    /// The record.
    pub record: RecordId,
    /// Lead, contact or account.
    pub object: Object,
    /// Its name in the CRM.
    pub name: String,
    /// Its company in the CRM, of a person.
    pub company: String,
    /// Its owner's name.
    pub owner: String,
    /// Its address in Salesforce.
    pub link: String,
    /// The probability that it is the same person or company.
    pub probability: f64,
    /// The score in bits.
    pub weight: f64,
    /// How many bits ahead of the next best.
    pub margin: Option<f64>,
    /// Field by field.
    pub evidence: Vec<Evidence>,
    /// The next best record, if any.
    pub runner_up: Option<RunnerUp>,
}

/// The next best record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunnerUp {
    /// The record.
    pub record: RecordId,
    /// Lead, contact or account.
    pub object: Object,
    /// Its name.
    pub name: String,
    /// Its company.
    pub company: String,
    /// Its score in bits.
    pub weight: f64,
}

/// `GET /v1/card/{record}`: the panel behind a badge.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Card {
    /// The record's id.
    pub record: String,
    /// Lead, contact or account.
    pub object: Option<Object>,
    /// Its name.
    pub name: String,
    /// Title, of a person.
    pub title: String,
    /// Company, of a person.
    pub company: String,
    /// The account's address in Salesforce, of a contact.
    pub company_link: String,
    /// Its address in Salesforce.
    pub link: String,
    /// The person asked not to be called.
    pub do_not_call: bool,
    /// The person opted out of e-mail.
    pub opted_out: bool,
    /// E-mail address.
    pub email: String,
    /// Mobile phone.
    pub mobile: String,
    /// Phone.
    pub phone: String,
    /// Postal address in one line.
    pub address: String,
    /// Website, of a company.
    pub website: String,
    /// Industry, of a company.
    pub industry: String,
    /// The owner's name.
    pub owner: String,
    /// Lead status, or account type.
    pub status: String,
    /// Date of the last activity, `YYYY-MM-DD`.
    pub last_activity: String,
    /// Open opportunities.
    pub opportunities: Vec<OpenOpportunity>,
    /// People in the CRM at this account: the first few.
    pub people: Vec<PersonLink>,
    /// People in the CRM at this account: how many in all.
    pub people_count: u32,
}

/// An open opportunity on a card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenOpportunity {
    /// Its name.
    pub name: String,
    /// Its stage.
    pub stage: String,
    /// Its amount as Salesforce gives it.
    pub amount: String,
    /// Close date, `YYYY-MM-DD`.
    pub close: String,
    /// The owner's name.
    pub owner: String,
    /// Its address in Salesforce.
    pub link: String,
}

/// A person on an account's card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersonLink {
    /// Name.
    pub name: String,
    /// Title.
    pub title: String,
    /// Address in Salesforce.
    pub link: String,
}

/// `GET /v1/status`: for options page and popup.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The workspace.
    pub workspace: WorkspaceName,
    /// Who asks.
    pub member: Member,
    /// The server's version.
    pub version: String,
    /// Why the connection doesn't work, if it doesn't.
    pub broken: Option<Problem>,
    /// The user Inlay connects as, for admins.
    pub connected_as: String,
    /// Since when.
    pub connected: Timestamp,
    /// The running or last import run.
    pub run: Option<RunReport>,
    /// Earlier runs, newest first.
    pub history: Vec<RunReport>,
    /// Fields the connected user may not see, by object.
    pub hidden: Vec<(Object, Vec<String>)>,
    /// The first rejected rows of the last run.
    pub rejects: Vec<Reject>,
    /// When the next run begins.
    pub next_import: Timestamp,
}

/// An import run with counts that add up: received = stored + unchanged + rejected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// The run's number.
    pub number: u32,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// What it is doing.
    pub state: RunState,
    /// The object being read.
    pub object: Option<Object>,
    /// Why it waits or stopped.
    pub problem: Option<Problem>,
    /// API calls so far.
    pub api_calls: u32,
    /// Counts by object, in the order of import.
    pub tallies: Vec<Tally>,
}

/// What a run is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Reading rows.
    Reading,
    /// Making the look-up index from the rows read.
    Indexing,
    /// Ended, all counts add up.
    Done,
    /// Waits for a person.
    Stopped,
}

/// Counts of one object in one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// The object.
    pub object: Object,
    /// How many rows Salesforce announced, once known.
    pub announced: Option<u64>,
    /// Rows that arrived.
    pub received: u64,
    /// New or changed rows.
    pub stored: u64,
    /// Rows equal to what was stored.
    pub unchanged: u64,
    /// Rows that can't be read.
    pub rejected: u64,
    /// All pages are in.
    pub done: bool,
}

/// A row that can't be read (spec 12).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// The object.
    pub object: Object,
    /// The row's place in the object, from 1.
    pub position: u64,
    /// The row's id, if it can be read.
    pub record: String,
    /// The field, if one is to blame.
    pub field: String,
    /// Why, as a kind that screens translate.
    pub reason: RejectReason,
}

/// Why a row can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectReason {
    /// More or fewer fields than the header.
    FieldCount,
    /// A field isn't UTF-8.
    NotText,
    /// The id is not one of this object.
    BadId,
}

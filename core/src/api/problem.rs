//! What went wrong, as members are told.

use serde::{Deserialize, Serialize};

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
    ApiShareSpent,
    SalesforceUnavailable,
    SalesforceRefused,
    CountsDontAddUp,
    Unreadable,
    OutOfRange,
    NotFound,
    NotConfirmed,
    WritebackOff,
    WriteUntested,
    NotesOnly,
    TooLate,
    StorageFull,
    ImportRuns,
    OtherKey,
    PieceOutOfPlace,
    AlreadyThere,
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
            ProblemKind::ApiShareSpent => (
                "Imports have used their share of the org's API calls for today. The import keeps its place and goes on by itself.",
                "Nothing to do; or grant imports a larger share in the settings.",
            ),
            ProblemKind::SalesforceUnavailable => {
                ("Salesforce doesn't answer as it should. Imported data stay.", "Nothing to do: Inlay tries again by itself.")
            }
            ProblemKind::SalesforceRefused => ("Salesforce refused the request.", "Check the connected user's rights."),
            ProblemKind::CountsDontAddUp => {
                ("Salesforce sent fewer rows than it announced, several times over. What arrived is kept.", "Press Import now to try again.")
            }
            ProblemKind::Unreadable => ("The request couldn't be read.", "Update the extension; its version may not fit the server's."),
            ProblemKind::OutOfRange => ("A value is outside its range. Nothing was changed.", "Enter a value within the range that stands beside the field."),
            ProblemKind::NotFound => ("There is no such record in the imported data.", "It may have been deleted; the next import will tell."),
            ProblemKind::NotConfirmed => ("The typed word isn't the org's id. Nothing was erased.", "Type the id exactly as it is shown."),
            ProblemKind::WritebackOff => {
                ("Writing this kind to Salesforce is off in this workspace. It stays on this site only.", "Ask an admin to enable it.")
            }
            ProblemKind::WriteUntested => ("A kind can be enabled after the test run has passed. Nothing was changed.", "Run the test first."),
            ProblemKind::NotesOnly => ("Accounts take notes only.", "Write a note, or log it on a person."),
            ProblemKind::TooLate => ("It was written more than 14 days ago and stays in Salesforce.", "Delete it there if it must go."),
            ProblemKind::StorageFull => ("This browser's storage is full: it could not be kept. Nothing was sent.", "Free some space, then press Save again."),
            ProblemKind::ImportRuns => ("An import is under way, and a backup must be of one moment.", "Wait until it has ended, then begin the backup again."),
            ProblemKind::OtherKey => {
                ("This backup was made under another server key. Nothing was changed.", "Set INLAY_KEY to the key of the server that made it.")
            }
            ProblemKind::PieceOutOfPlace => (
                "This isn't the backup's next piece; it is missing, damaged or of another backup.",
                "Send one backup's pieces in their order, from the first one on.",
            ),
            ProblemKind::AlreadyThere => ("This server has that workspace already. Nothing was changed.", "Purge it first, or restore on another server."),
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
            | ProblemKind::ApiShareSpent
            | ProblemKind::SalesforceUnavailable
            | ProblemKind::SalesforceRefused
            | ProblemKind::CountsDontAddUp => 502,
            ProblemKind::ServerUnreachable | ProblemKind::NoServer | ProblemKind::StorageFull => 503,
            ProblemKind::SignInExpired
            | ProblemKind::UnknownApp
            | ProblemKind::Unreadable
            | ProblemKind::OutOfRange
            | ProblemKind::NotConfirmed
            | ProblemKind::NotesOnly
            | ProblemKind::OtherKey
            | ProblemKind::PieceOutOfPlace => 400,
            ProblemKind::ImportRuns | ProblemKind::AlreadyThere | ProblemKind::WriteUntested | ProblemKind::TooLate | ProblemKind::WritebackOff => 409,
        }
    }
}

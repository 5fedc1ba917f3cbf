//! What was done in the workspace, and the proof that it is gone.

use crate::model::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A line of the audit log (spec 35).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    /// Lines are counted from 1, and none is ever removed.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// The user's id; empty where Inlay did it by itself.
    pub who: String,
    /// The user's name, if it is a member's.
    pub name: String,
    /// What was done, as a word that screens translate.
    pub what: String,
}

/// Proof of a purge (spec 34): what was erased, when, and by whom. Holds no imported data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The org that was disconnected.
    pub org: String,
    /// When.
    pub at: Timestamp,
    /// Who did it, by user id.
    pub by: String,
    /// Rows erased, by table.
    pub erased: Vec<(String, u64)>,
    /// Fingerprint of the wrapped key that was destroyed: without it, nothing sealed can ever be opened, wherever a copy may lie.
    pub key: String,
    /// Tables left: none.
    pub left: u64,
}

/// Asks for a purge; the typed word must be the org's id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purge {
    /// The org's 15-character id, typed by the admin.
    pub confirm: String,
}

/// A table in comma-separated values, to be saved as a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// The file's name.
    pub name: String,
    /// Its text: UTF-8 with a header row, RFC 4180.
    pub text: String,
}

/// `GET /v1/health`: how the deployment is, for whoever watches it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Nothing needs a person.
    pub ok: bool,
    /// Workspaces there are.
    pub workspaces: u64,
    /// Those that should have been at work a quarter of an hour ago.
    pub overdue: u64,
    /// Wake-up messages that couldn't be delivered.
    pub dead_letters: u64,
    /// When the last one was given up.
    pub last_dead_letter: Option<Timestamp>,
}

/// A sealed piece of a backup, and what to ask the next one with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupPiece {
    /// The org's 15-character id.
    pub org: String,
    /// Pieces are counted from 0.
    pub number: u32,
    /// The piece, sealed under the deployment's key, in Base64.
    pub sealed: String,
    /// Asks for the next piece; none after the last.
    pub next: Option<String>,
}

//! A story of one org and one workspace whose clocks go together.

use crate::mirror;
use crate::native::Native;
use crate::sandbox::org::Org;
use crate::sandbox::server::Sandbox;
use crate::sandbox::world::World;
use inlay_core::api::{BackupPiece, RunReport, Session};
use inlay_core::workspace::{Answer, MemberAsk};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// A run ends within it, whatever it waits for.
pub const PATIENCE: Duration = Duration::from_secs(3600);

/// An org, its workspace, and an admin's session.
pub struct Story {
    /// The org.
    pub sandbox: Arc<Sandbox>,
    /// The workspace.
    pub native: Native,
    /// The newest session.
    pub session: Session,
}

impl Story {
    /// A connected org before its first import.
    pub fn connected(seed: u64, contacts: u64, faults: &Value) -> Self {
        let sandbox = Sandbox::start(Org::generated(World { seed, contacts }), 0);
        sandbox.set_faults(faults).expect("known switches");
        let mut native = Native::connected(&sandbox);
        let session = native.sign_in(0);
        let mut story = Self { sandbox, native, session };
        story.pass(0);
        story
    }

    /// An org imported an hour ago.
    pub fn imported(seed: u64, contacts: u64) -> Self {
        let mut story = Self::connected(seed, contacts, &Value::Null);
        story.settle();
        story.pass(3600);
        story
    }

    /// Time goes by for both.
    pub fn pass(&mut self, seconds: i64) {
        self.native.now = self.native.now.plus_seconds(seconds);
        *self.sandbox.clock.lock().expect("no panic holds it") = Some(self.native.now.0 / 1000);
    }

    /// Something happens in the org.
    pub fn happens(&self, deed: Value) {
        self.sandbox.happen(&deed).expect("a deed on a row that is there");
    }

    /// The org has other moods.
    pub fn switch(&self, faults: Value) {
        self.sandbox.set_faults(&faults).expect("known switches");
    }

    /// Does what is due; gives the newest run.
    pub fn settle(&mut self) -> RunReport {
        self.native.settle(PATIENCE);
        self.session = self.native.sign_in(0);
        self.native.status(&self.session.token).run.expect("a run")
    }

    /// Half a day later, the next run.
    pub fn run(&mut self) -> RunReport {
        self.pass(13 * 3600);
        self.settle()
    }

    /// A backup, piece by piece.
    pub fn backup(&mut self) -> Vec<BackupPiece> {
        let mut pieces: Vec<BackupPiece> = Vec::new();
        loop {
            let cursor = pieces.last().and_then(|piece| piece.next.clone());
            if cursor.is_none() && !pieces.is_empty() {
                return pieces;
            }
            let token = self.session.token.clone();
            let Ok(Answer::Backup(piece)) = self.native.ask(&token, MemberAsk::Backup(cursor)) else { panic!("an admin may") };
            pieces.push(*piece);
        }
    }

    /// What the workspace shows otherwise than the org has it.
    pub fn differences(&self) -> Vec<String> {
        mirror::differences(&self.native.sql, &self.sandbox, &BTreeSet::new())
    }

    /// The workspace shows what the org has, and its index finds nothing else.
    pub fn assert_in_step(&self) {
        assert_eq!(self.differences(), Vec::<String>::new());
        assert_eq!(mirror::stale_entries(&self.native.sql), 0);
    }
}

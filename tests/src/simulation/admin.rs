//! What an admin does meanwhile: replaces the key, sets thresholds, takes backups and tries them out.

use super::{HALF_DAY, Simulation};
use crate::mirror;
use crate::native::{DEPLOYMENT, ORIGIN};
use crate::sqlite::Sqlite;
use inlay_core::api::{BackupPiece, ProblemKind, Purge, Receipt, Role, Thresholds};
use inlay_core::seal::Key;
use inlay_core::shard::Answers;
use inlay_core::store::schema;
use inlay_core::workspace::{Answer, Call, MemberAsk, Workspace, WorkspaceError};

/// Pieces that an admin fetches at one go.
const PIECES: u64 = 25;

impl Simulation {
    /// Something of it, now and then.
    pub(super) fn admin_acts(&mut self) -> Result<(), String> {
        match self.dice.below(12) {
            0 => {
                let secret = std::array::from_fn(|_| self.dice.roll() as u8);
                self.ask(MemberAsk::RotateKey(secret)).map(|_| ())
            }
            1 => {
                let sure = 0.90 + self.dice.below(10) as f64 / 100.0;
                self.ask(MemberAsk::SetThresholds(Thresholds { sure, ..Thresholds::default() })).map(|_| ())
            }
            2..=5 => self.back_up(),
            _ => Ok(()),
        }
    }

    /// An admin asks; a problem in words is for the admin, anything else is a fault.
    pub(super) fn ask(&mut self, ask: MemberAsk) -> Result<Result<Answer, ProblemKind>, String> {
        let (now, deployment) = (self.now(), Key::new(&DEPLOYMENT));
        let random = std::array::from_fn(|_| self.dice.roll() as u8);
        let opened = Call::OpenSession { identity: Self::admin(), role: Role::Admin, origin: ORIGIN.into(), random };
        let (sql, workspace) = (self.sql.clone(), &mut self.workspace);
        let mut answer = |call: Call| match sql.machine(now, workspace, |workspace| workspace.answer(now, &deployment, call.clone())) {
            Ok((answer, _)) => Ok(Ok(answer)),
            Err(WorkspaceError::Problem(problem)) => Ok(Err(problem.kind)),
            Err(error) => Err(format!("an admin asked: {error}")),
        };
        let Ok(Answer::Session(session)) = answer(opened)? else { return Err("no session for an admin".into()) };
        answer(Call::Member { token: session.token, origin: Some(ORIGIN.into()), ask })
    }

    /// What an admin set can be read, whatever became of the key.
    pub(super) fn check_settings(&mut self) -> Result<(), String> {
        match self.ask(MemberAsk::Thresholds)? {
            Ok(Answer::Thresholds(_)) => Ok(()),
            _ => Err("the thresholds can't be read".into()),
        }
    }

    /// After good days nothing is wrong any more, and the admin was told of all that was.
    pub(super) fn check_alerts(&mut self) -> Result<(), String> {
        let Ok(Answer::Status(status)) = self.ask(MemberAsk::Status)? else { return Err("no status for an admin".into()) };
        match status.alerts {
            Some(alerts) if self.has_alerts && (!alerts.open.is_empty() || alerts.is_sending || alerts.told.is_none()) => Err(format!("alerts: {alerts:?}")),
            _ => Ok(()),
        }
    }

    /// Takes the next pieces of a backup; whole, it must give a workspace that can be opened and is in itself complete.
    fn back_up(&mut self) -> Result<(), String> {
        for _ in 0..=self.dice.below(PIECES) {
            let cursor = self.backup.last().and_then(|piece| piece.next.clone());
            let Ok(Answer::Backup(piece)) = self.ask(MemberAsk::Backup(cursor))? else {
                self.backup.clear();
                return Ok(());
            };
            let is_last = piece.next.is_none();
            self.backup.push(*piece);
            if is_last {
                self.tell(|| "a backup is whole".into());
                return check_backup(&std::mem::take(&mut self.backup));
            }
        }
        Ok(())
    }
}

impl Simulation {
    /// An admin disconnects the org in the middle of whatever goes on: in the end nothing is left, however often that fails.
    pub(super) fn purge(&mut self) -> Result<(), String> {
        self.weather();
        self.work(self.time + HALF_DAY)?;
        let confirm = Self::admin().org;
        let Ok(Answer::Purged(receipt)) = self.ask(MemberAsk::Purge(Purge { confirm }))? else { return Err("no purge for an admin".into()) };
        let finished = loop {
            // People connect another time; what the former process asked for arrives.
            let later = self.time + self.dice.below(300) as i64;
            self.set_clock(later);
            if let Some(finished) = self.finish_purge()? {
                break finished;
            }
        };
        if finished != *receipt {
            return Err(format!("a purge's receipt changed: {finished:?}, {receipt:?}"));
        }
        self.set_clock(self.time + 600);
        for (name, storage) in std::iter::once(("the workspace".to_owned(), self.sql.clone()))
            .chain(self.sql.shards().into_iter().map(|(shard, sql)| (format!("shard {shard}"), sql)))
        {
            let left: Vec<_> = schema::tables(&storage)
                .map_err(|error| error.to_string())?
                .into_iter()
                .filter(|(table, rows)| *rows > 0 && !["meta", "purged"].contains(&table.as_str()))
                .collect();
            if !left.is_empty() {
                return Err(format!("after a purge {name} has {left:?}"));
            }
        }
        Ok(())
    }

    /// Goes on with it once; none if a shard couldn't be reached.
    fn finish_purge(&mut self) -> Result<Option<Receipt>, String> {
        let mut answers = Answers::default();
        loop {
            let sql = self.sql.clone();
            match sql.atomically(|| Workspace::finish_purge(&sql, &Key::new(&DEPLOYMENT), &answers)) {
                Ok(finished) => return Ok(finished),
                Err(WorkspaceError::Elsewhere(questions)) => {
                    if self.ask_shards(self.now(), questions, &mut answers).is_err() {
                        return Ok(None);
                    }
                }
                Err(error) => return Err(format!("a purge went on: {error}")),
            }
        }
    }
}

fn check_backup(pieces: &[BackupPiece]) -> Result<(), String> {
    let (sql, deployment) = (Sqlite::memory(), Key::new(&DEPLOYMENT));
    for piece in pieces {
        sql.restore(piece).map_err(|error| format!("a backup's piece {}: {error}", piece.number))?;
    }
    match Workspace::open(Box::new(sql.clone()), &deployment) {
        Ok(Ok(_)) => {}
        Ok(Err(_)) => return Err("a whole backup gave no workspace".into()),
        Err(error) => return Err(format!("a restored workspace: {error}")),
    }
    match (mirror::unreadable(&sql), mirror::stale_entries(&sql)) {
        (0, 0) => Ok(()),
        (unreadable, stale) => Err(format!("a restored workspace: {unreadable} rows or keys that can't be found, {stale} that shouldn't be")),
    }
}

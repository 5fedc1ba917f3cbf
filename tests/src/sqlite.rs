//! The storage port on rusqlite: what a Durable Object's SQLite is in production.

use crate::native::DEPLOYMENT;
use inlay_core::api::{BackupPiece, Receipt};
use inlay_core::model::time::Timestamp;
use inlay_core::salesforce::oauth::ClientApp;
use inlay_core::seal::Key;
use inlay_core::shard::{self, Answer, Answers, Ask, Question, Set};
use inlay_core::store::{MAX_VALUES, Outcome, Sql, StoreError, Value, meta, schema};
use inlay_core::workspace::{Workspace, WorkspaceError};
use rusqlite::Connection;
use rusqlite::types::{ToSqlOutput, ValueRef};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

/// A database in memory or in a file, and the shards of the workspace in it, in memory. Clones share it, so that a workspace can be
/// dropped and opened again.
#[derive(Clone)]
pub struct Sqlite(Rc<Connection>, Rc<Cell<Option<u64>>>, Shards);

/// Shards by number.
type Shards = Rc<RefCell<BTreeMap<u16, Sqlite>>>;

impl Sqlite {
    /// A database in memory.
    pub fn memory() -> Self {
        Self(Rc::new(Connection::open_in_memory().expect("memory is there")), Rc::default(), Rc::default())
    }

    /// A database in a file.
    pub fn file(path: &Path) -> Self {
        Self(Rc::new(Connection::open(path).expect("the test's folder can be written")), Rc::default(), Rc::default())
    }

    /// After so many statements, all fail as on a full disk, until healed.
    pub fn fail_after(&self, statements: u64) {
        self.1.set(Some(statements));
    }

    /// Statements work again; whether any had failed.
    pub fn heal(&self) -> bool {
        self.1.take() == Some(0)
    }

    /// Runs a step as the platform does: all of it is kept, or nothing.
    pub fn atomically<T, E>(&self, step: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.0.execute_batch("BEGIN").expect("no transaction is open");
        let result = step();
        self.0.execute_batch(if result.is_ok() { "COMMIT" } else { "ROLLBACK" }).expect("a transaction is open");
        result
    }

    /// Takes a step, or answers, as the shell does: what it wants of shards is asked of them, and it is tried again.
    pub fn machine<T>(
        &self,
        now: Timestamp,
        workspace: &mut Workspace,
        mut attempt: impl FnMut(&mut Workspace) -> Result<T, WorkspaceError>,
    ) -> Result<T, WorkspaceError> {
        let mut answers = Answers::default();
        loop {
            match self.atomically(|| workspace.given(&mut answers, &mut attempt)) {
                Err(WorkspaceError::Elsewhere(questions)) => self.ask_shards(now, questions, &mut answers)?,
                done => return done,
            }
        }
    }

    /// Does something with the storage alone, as the shell does.
    fn bare<T>(&self, now: Timestamp, attempt: impl Fn(&Self, &Answers) -> Result<T, WorkspaceError>) -> Result<T, WorkspaceError> {
        let mut answers = Answers::default();
        loop {
            match self.atomically(|| attempt(self, &answers)) {
                Err(WorkspaceError::Elsewhere(questions)) => self.ask_shards(now, questions, &mut answers)?,
                done => return done,
            }
        }
    }

    /// Takes a piece of a backup.
    pub fn restore(&self, piece: &BackupPiece) -> Result<Option<ClientApp>, WorkspaceError> {
        self.bare(Timestamp(0), |sql, answers| Workspace::restore(sql, &Key::new(&DEPLOYMENT), piece, answers))
    }

    /// Goes on with a purge.
    pub fn finish_purge(&self, now: Timestamp) -> Result<Option<Receipt>, WorkspaceError> {
        self.bare(now, |sql, answers| Workspace::finish_purge(sql, &Key::new(&DEPLOYMENT), answers))
    }

    /// Removes what came of a restore that wasn't finished.
    pub fn give_up_restore(&self, now: Timestamp) -> Result<(), WorkspaceError> {
        self.bare(now, |sql, answers| Workspace::give_up_restore(sql, answers))
    }

    /// Asks shards, and notes what they answer.
    pub fn ask_shards(&self, now: Timestamp, questions: Vec<Question>, answers: &mut Answers) -> Result<(), StoreError> {
        for (shard, questions) in Question::by_shard(questions) {
            let sql = self.2.borrow_mut().entry(shard).or_insert_with(Self::memory).clone();
            // As it goes over the wire.
            let asked = Ask::unpack(&Question::pack(&questions))?;
            let answered = sql.atomically(|| shard::answer(&sql, now, asked))?;
            answers.note(&questions, Answer::unpack(&Answer::pack(answered.iter()))?);
            if !schema::exists(&sql)? {
                self.2.borrow_mut().remove(&shard);
            }
        }
        Ok(())
    }

    /// The shards that were ever written to, by number.
    pub fn shards(&self) -> BTreeMap<u16, Self> {
        self.2.borrow().clone()
    }

    /// The storages that hold the workspace's records: its own, or its shards.
    pub fn homes(&self) -> Vec<Self> {
        match meta::json::<Set>(self, "shards").expect("storage works") {
            None => vec![self.clone()],
            Some(set) => set.numbers().filter_map(|shard| self.2.borrow().get(&shard).cloned()).collect(),
        }
    }
}

struct Bound(Value);

impl rusqlite::ToSql for Bound {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match &self.0 {
            Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Value::Integer(number) => ToSqlOutput::Borrowed(ValueRef::Integer(*number)),
            Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Value::Blob(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}

impl Sql for Sqlite {
    fn run(&self, statement: &str, values: Vec<Value>) -> Result<Outcome, StoreError> {
        match self.1.get() {
            Some(0) => return Err(StoreError("the disk is full".into())),
            Some(left) => self.1.set(Some(left - 1)),
            None => {}
        }
        assert!(values.len() <= MAX_VALUES, "the platform takes {MAX_VALUES} values at most");
        let broken = |error: rusqlite::Error| StoreError(error.to_string());
        let mut prepared = self.0.prepare_cached(statement).map_err(broken)?;
        let columns = prepared.column_count();
        let bound = rusqlite::params_from_iter(values.into_iter().map(Bound));
        if columns == 0 {
            return Ok(Outcome { rows: Vec::new(), written: prepared.execute(bound).map_err(broken)? as u64 });
        }
        let rows = prepared
            .query_map(bound, |row| {
                (0..columns)
                    .map(|column| {
                        Ok(match row.get_ref(column)? {
                            ValueRef::Null | ValueRef::Real(_) => Value::Null,
                            ValueRef::Integer(number) => Value::Integer(number),
                            ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                            ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
                        })
                    })
                    .collect()
            })
            .map_err(broken)?
            .collect::<Result<_, _>>()
            .map_err(broken)?;
        Ok(Outcome { rows, written: 0 })
    }
}

//! Backup and restore of a workspace (spec 88): all tables, sealed piece by piece under the deployment's key. What is personal
//! stays sealed under the workspace's own key inside.

use super::home::{Home, strange};
use super::{Workspace, WorkspaceError};
use crate::api::{BackupPiece, ProblemKind};
use crate::model::time::Timestamp;
use crate::outbox::item::{Item, State};
use crate::salesforce::oauth::ClientApp;
use crate::seal::{Key, fingerprint};
use crate::shard::{Answers, Ask, Set, Told, Want};
use crate::store::dump::{self, Place};
use crate::store::{Sql, activity, meta, schema};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// Where a backup is; goes to the client and comes back.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Cursor {
    /// Of the data it is of, and the moment it began: pieces of two backups don't go together.
    backup: String,
    place: Place,
    number: u32,
    rows: u64,
    /// The fingerprint of the newest run when it began: another one, or the same that went on after it had stopped, means other data.
    run: String,
    /// The fingerprint of the wrapped key then: rows under another one wouldn't open.
    key: String,
}

/// What is sealed: a piece, of which backup it is, and after the last one how many rows there are in all.
#[derive(Serialize, Deserialize)]
struct Frame {
    org: String,
    backup: String,
    piece: dump::Piece,
    /// Of which shard, and whether it is that one's first; none of the workspace's own tables.
    #[serde(default)]
    shard: Option<(u16, bool)>,
    total: Option<u64>,
}

/// What a cursor is sealed under.
const CURSOR: &str = "backup/cursor";

fn open_cursor(deployment: &Key, text: &str) -> Option<Cursor> {
    serde_json::from_slice(&deployment.open(CURSOR, &STANDARD.decode(text).ok()?).ok()?).ok()
}

/// How far a restore is: of which backup, the piece that comes next, rows so far.
type Restoring = (String, u32, u64);

fn context(number: u32) -> String {
    format!("backup/{number}")
}

/// Whether only a part of a backup came so far.
pub(super) fn is_restoring(sql: &dyn Sql) -> Result<bool, WorkspaceError> {
    Ok(meta::json::<Restoring>(sql, "restoring")?.is_some())
}

impl Workspace {
    /// The next piece of a backup; `cursor` is what the last piece gave. No run may be under way.
    pub(super) fn backup(&self, now: Timestamp, deployment: &Key, cursor: Option<&str>) -> Result<BackupPiece, WorkspaceError> {
        let newest = crate::store::log::runs(&*self.sql, 1)?.pop();
        if newest.as_ref().is_some_and(crate::import::run::Run::is_active) || self.is_resealing()? {
            return Err(ProblemKind::ImportRuns.into());
        }
        let org = self.org()?.ok_or(ProblemKind::NoWorkspace)?;
        let run = fingerprint(&serde_json::to_string(&newest).expect("plain data"));
        let key = fingerprint(&STANDARD.encode(meta::blob(&*self.sql, "key")?.unwrap_or_default()));
        let mut cursor: Cursor = match cursor {
            Some(text) => open_cursor(deployment, text).ok_or(ProblemKind::Unreadable)?,
            None => {
                let backup = fingerprint(&format!("{org}/{run}/{key}/{}", now.0));
                Cursor { backup, place: Place::default(), number: 0, rows: 0, run: run.clone(), key: key.clone() }
            }
        };
        if (&cursor.run, &cursor.key) != (&run, &key) {
            return Err(ProblemKind::ImportRuns.into());
        }
        let shard = cursor.place.shard.map(|shard| (shard, cursor.place.begins()));
        let (piece, next) = self.dump(&cursor.place)?;
        let (number, rows) = (cursor.number, cursor.rows + piece.len());
        let frame = Frame { org: org.clone(), backup: cursor.backup.clone(), piece, shard, total: next.is_none().then_some(rows) };
        let text = serde_json::to_vec(&frame).expect("plain data");
        let next = next.map(|place| {
            (cursor.place, cursor.number, cursor.rows) = (place, number + 1, rows);
            // Sealed, too: it names the last record.
            STANDARD.encode(deployment.seal(CURSOR, &serde_json::to_vec(&cursor).expect("plain data")))
        });
        Ok(BackupPiece { org, number, sealed: STANDARD.encode(deployment.seal(&context(number), &text)), next })
    }

    /// The rows at a place, and the place after them: first the workspace's own tables, then each shard's.
    fn dump(&self, place: &Place) -> Result<(dump::Piece, Option<Place>), WorkspaceError> {
        let most = self.limits.copied_rows;
        let (piece, next) = match place.shard {
            None => dump::read(&*self.sql, place, most)?,
            Some(shard) => {
                let answer = self.home()?.ask_one(shard, Ask::of(Want::Dump { place: place.clone(), most }))?;
                let Told::Piece(next) = &answer.head else { return Err(strange()) };
                (serde_json::from_slice(&answer.bytes).map_err(|_| strange())?, next.clone())
            }
        };
        let mut shards = self.shards()?.into_iter().flat_map(Set::numbers);
        let after = || shards.find(|shard| place.shard.is_none_or(|done| *shard > done)).map(Place::of_shard);
        Ok((piece, next.or_else(after)))
    }

    /// Removes what came of a restore that was never finished, if there is any.
    pub fn give_up_restore(sql: &dyn Sql, answers: &Answers) -> Result<(), WorkspaceError> {
        answers.begin();
        if !schema::exists(sql)? || !is_restoring(sql)? {
            return Ok(());
        }
        // Shards come after the workspace's own tables, which name them.
        Home::bare(sql, meta::json(sql, "shards")?, answers).erase()?;
        Ok(schema::erase(sql)?)
    }

    /// Takes a piece of a backup into empty storage, in order, with what shards answered so far. After the last one, gives the client
    /// app that members sign in with.
    pub fn restore(sql: &dyn Sql, deployment: &Key, piece: &BackupPiece, answers: &Answers) -> Result<Option<ClientApp>, WorkspaceError> {
        let sealed = STANDARD.decode(&piece.sealed).map_err(|_| ProblemKind::PieceOutOfPlace)?;
        let text = deployment.open(&context(piece.number), &sealed).map_err(|_| ProblemKind::OtherKey)?;
        let frame: Frame = serde_json::from_slice(&text).map_err(|_| ProblemKind::PieceOutOfPlace)?;
        answers.begin();
        if schema::exists(sql)? {
            let _: Restoring = meta::json(sql, "restoring")?.ok_or(ProblemKind::AlreadyThere)?;
        }
        // The first piece, maybe again.
        if piece.number == 0 {
            Self::give_up_restore(sql, answers)?;
            schema::migrate(sql)?;
            meta::set_json(sql, "restoring", &(&frame.backup, 0, 0))?;
        }
        let under_way: Option<Restoring> = if schema::exists(sql)? { meta::json(sql, "restoring")? } else { None };
        let Some((backup, expected, before)) = under_way else { return Err(ProblemKind::PieceOutOfPlace.into()) };
        if (&frame.org, &frame.backup, piece.number) != (&piece.org, &backup, expected) {
            return Err(ProblemKind::PieceOutOfPlace.into());
        }
        match frame.shard {
            None => dump::write(sql, &frame.piece)?,
            Some((shard, begins)) => {
                let head = Want::Restore { backup: backup.clone(), number: piece.number, begins };
                let ask = Ask { head, bytes: serde_json::to_vec(&frame.piece).expect("plain data") };
                Home::bare(sql, None, answers).ask_one(shard, ask)?;
            }
        }
        let rows = before + frame.piece.len();
        meta::set_json(sql, "restoring", &(backup, expected + 1, rows))?;
        let Some(total) = frame.total else { return Ok(None) };
        if total != rows {
            return Err(ProblemKind::PieceOutOfPlace.into());
        }
        meta::remove(sql, "restoring")?;
        let wrapped = meta::blob(sql, "key")?.ok_or(ProblemKind::PieceOutOfPlace)?;
        let secret: [u8; 32] = deployment.open("key", &wrapped)?.try_into().map_err(|_| ProblemKind::PieceOutOfPlace)?;
        let key = Key::new(&secret);
        let connection: super::Connection = meta::sealed(sql, &key, "connection")?.ok_or(ProblemKind::NoWorkspace)?;
        // The server that made the backup may have gone on: what was to be sent may stand in Salesforce by now.
        meta::remove(sql, "flight")?;
        activity::change(sql, &key, &[State::Held, State::Waiting, State::Doubt, State::Astray, State::Refused], Item::restored)?;
        Ok(Some(connection.app))
    }
}

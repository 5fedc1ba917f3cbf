//! Backup and restore of a workspace (spec 88): all tables, sealed piece by piece under the deployment's key. What is personal
//! stays sealed under the workspace's own key inside.

use super::{Workspace, WorkspaceError};
use crate::api::{BackupPiece, ProblemKind};
use crate::salesforce::oauth::ClientApp;
use crate::seal::Key;
use crate::store::dump::{self, Place};
use crate::store::{Sql, meta, schema};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// Where a backup is; goes to the client and comes back.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Cursor {
    place: Place,
    number: u32,
    rows: u64,
    /// The newest run when it began: another one means other data.
    run: u32,
}

/// What is sealed: a piece, which one it is, and after the last one how many rows there are in all.
#[derive(Serialize, Deserialize)]
struct Frame {
    org: String,
    piece: dump::Piece,
    total: Option<u64>,
}

fn context(number: u32) -> String {
    format!("backup/{number}")
}

impl Workspace {
    /// The next piece of a backup; `cursor` is what the last piece gave. No run may be under way.
    pub(super) fn backup(&self, deployment: &Key, cursor: Option<&str>) -> Result<BackupPiece, WorkspaceError> {
        let newest = crate::store::log::runs(&*self.sql, 1)?.pop();
        if newest.as_ref().is_some_and(crate::import::run::Run::is_active) || self.is_resealing()? {
            return Err(ProblemKind::ImportRuns.into());
        }
        let run = newest.map_or(0, |run| run.number);
        let mut cursor: Cursor = match cursor {
            Some(text) => serde_json::from_str(text).map_err(|_| ProblemKind::Unreadable)?,
            None => Cursor { run, ..Cursor::default() },
        };
        if cursor.run != run {
            return Err(ProblemKind::ImportRuns.into());
        }
        let org = self.org()?.ok_or(ProblemKind::NoWorkspace)?;
        let (piece, next) = dump::read(&*self.sql, &cursor.place)?;
        let (number, rows) = (cursor.number, cursor.rows + piece.len());
        let frame = Frame { org: org.clone(), piece, total: next.is_none().then_some(rows) };
        let text = serde_json::to_vec(&frame).expect("plain data");
        let next = next.map(|place| {
            (cursor.place, cursor.number, cursor.rows) = (place, number + 1, rows);
            serde_json::to_string(&cursor).expect("plain data")
        });
        Ok(BackupPiece { org, number, sealed: STANDARD.encode(deployment.seal(&context(number), &text)), next })
    }

    /// Takes a piece of a backup into empty storage, in order. After the last one, gives the client app that members sign in with.
    pub fn restore(sql: &dyn Sql, deployment: &Key, piece: &BackupPiece) -> Result<Option<ClientApp>, WorkspaceError> {
        let sealed = STANDARD.decode(&piece.sealed).map_err(|_| ProblemKind::Unreadable)?;
        let text = deployment.open(&context(piece.number), &sealed).map_err(|_| ProblemKind::OtherKey)?;
        let frame: Frame = serde_json::from_slice(&text).map_err(|_| ProblemKind::Unreadable)?;
        let (expected, before): (u32, u64) = if schema::exists(sql)? {
            let under_way = meta::json(sql, "restoring")?.ok_or(ProblemKind::AlreadyThere)?;
            // The first piece again: whatever came of an earlier try goes.
            if piece.number == 0 {
                schema::erase(sql)?;
                schema::migrate(sql)?;
                (0, 0)
            } else {
                under_way
            }
        } else {
            schema::migrate(sql)?;
            (0, 0)
        };
        if frame.org != piece.org || piece.number != expected {
            return Err(ProblemKind::Unreadable.into());
        }
        dump::write(sql, &frame.piece)?;
        let rows = before + frame.piece.len();
        meta::set_json(sql, "restoring", &(expected + 1, rows))?;
        let Some(total) = frame.total else { return Ok(None) };
        if total != rows {
            return Err(ProblemKind::Unreadable.into());
        }
        meta::remove(sql, "restoring")?;
        let wrapped = meta::blob(sql, "key")?.ok_or(ProblemKind::Unreadable)?;
        let secret: [u8; 32] = deployment.open("key", &wrapped)?.try_into().map_err(|_| ProblemKind::Unreadable)?;
        let connection: super::Connection = meta::sealed(sql, &Key::new(&secret), "connection")?.ok_or(ProblemKind::NoWorkspace)?;
        Ok(Some(connection.app))
    }
}

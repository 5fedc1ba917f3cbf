//! Disconnect and purge (spec 34): everything of the workspace is erased, its key first of all.
//!
//! ```text
//! purge: the workspace's own tables, the key among them ─▶ finish_purge: its shards ─▶ the directory is told ─▶ the storage itself
//! ```
//! The first step leaves a receipt, sealed under the deployment's key, and with it what is still to do: from then on there is no
//! workspace any more that could write, and whoever is asked or woken next goes on.

use super::home::{Home, together};
use super::{Workspace, WorkspaceError};
use crate::api::{Member, ProblemKind, Purge, Receipt};
use crate::model::time::Timestamp;
use crate::seal::{Key, fingerprint};
use crate::shard::{Answers, Set};
use crate::store::{Sql, meta, schema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a receipt is sealed under.
const RECEIPT: &str = "purged";

/// A purge that isn't finished.
#[derive(Serialize, Deserialize)]
struct Purging {
    #[serde(flatten)]
    receipt: Receipt,
    /// Shards that are to be erased, too.
    #[serde(default)]
    shards: Vec<Set>,
}

impl Workspace {
    /// Erases the workspace's own tables, if the typed word is the org's id; gives the receipt as it will be once shards are erased, too.
    pub(super) fn purge(&mut self, now: Timestamp, deployment: &Key, member: &Member, ask: &Purge) -> Result<Receipt, WorkspaceError> {
        let org = self.connection()?.ok_or(ProblemKind::NoWorkspace)?.identity.org;
        if ask.confirm.trim() != org {
            return Err(ProblemKind::NotConfirmed.into());
        }
        let wrapped = meta::blob(&*self.sql, "key")?.unwrap_or_default();
        let key = fingerprint(&String::from_utf8_lossy(&wrapped));
        let shards: Vec<Set> = self.shards()?.into_iter().chain(self.moves_into()?).collect();
        let of_shards = together(&shards, |set| self.home_in(Some(*set)).tables())?;
        let mut erased = BTreeMap::new();
        for (table, rows) in of_shards.into_iter().flatten().chain(schema::tables(&*self.sql)?) {
            *erased.entry(table).or_default() += rows;
        }
        schema::erase(&*self.sql)?;
        let left = schema::tables(&*self.sql)?.len() as u64;
        let receipt = Receipt { org, at: now, by: member.user.to_string(), erased: erased.into_iter().collect(), key, left };
        let purging = Purging { receipt, shards };
        schema::leave_receipt(&*self.sql, deployment.seal(RECEIPT, &serde_json::to_vec(&purging).expect("plain data")))?;
        (self.page, self.bite, self.ended) = (None, None, None);
        Ok(purging.receipt)
    }

    /// Of which org a purge isn't finished.
    pub fn unfinished_purge(sql: &dyn Sql, deployment: &Key) -> Result<Option<String>, WorkspaceError> {
        Ok(purging(sql, deployment)?.map(|purging| purging.receipt.org))
    }

    /// Erases what a purge has left, with what shards answered so far. Then all that remains is the receipt: the shell tells the
    /// directory, and removes the storage itself.
    pub fn finish_purge(sql: &dyn Sql, deployment: &Key, answers: &Answers) -> Result<Option<Receipt>, WorkspaceError> {
        answers.begin();
        let Some(Purging { mut receipt, shards }) = purging(sql, deployment)? else { return Ok(None) };
        for set in shards {
            let home = Home::bare(sql, Some(set), answers);
            home.erase()?;
            receipt.left += home.tables()?.len() as u64;
        }
        Ok(Some(receipt))
    }
}

fn purging(sql: &dyn Sql, deployment: &Key) -> Result<Option<Purging>, WorkspaceError> {
    let Some(sealed) = schema::receipt(sql)? else { return Ok(None) };
    Ok(serde_json::from_slice(&deployment.open(RECEIPT, &sealed)?).ok())
}

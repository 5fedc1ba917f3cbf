//! Disconnect and purge (spec 34): everything of the workspace is erased, its key first of all.

use super::home::together;
use super::{Workspace, WorkspaceError};
use crate::api::{Member, ProblemKind, Purge, Receipt};
use crate::model::time::Timestamp;
use crate::seal::{Key, fingerprint};
use crate::store::{Sql, meta, schema};
use std::collections::BTreeMap;

/// What a receipt is sealed under.
const RECEIPT: &str = "purged";

impl Workspace {
    /// Erases all tables, if the typed word is the org's id, and leaves the receipt, sealed under the deployment's key. The shell then
    /// tells the directory, and removes the file itself; killed before that, it finds the receipt when it is next asked or woken.
    pub(super) fn purge(&mut self, now: Timestamp, deployment: &Key, member: &Member, ask: &Purge) -> Result<Receipt, WorkspaceError> {
        let org = self.connection()?.ok_or(ProblemKind::NoWorkspace)?.identity.org;
        if ask.confirm.trim() != org {
            return Err(ProblemKind::NotConfirmed.into());
        }
        let wrapped = meta::blob(&*self.sql, "key")?.unwrap_or_default();
        let key = fingerprint(&String::from_utf8_lossy(&wrapped));
        // Shards first: once their numbers are forgotten, nobody would find them.
        let shards = self.shards()?.into_iter().chain(self.moves_into()?);
        let of_shards = together(shards, |set| self.home_in(Some(set)).erase())?;
        let mut erased = BTreeMap::new();
        for (table, rows) in of_shards.into_iter().flatten().chain(schema::erase(&*self.sql)?) {
            *erased.entry(table).or_default() += rows;
        }
        let left = schema::erase(&*self.sql)?.len() as u64;
        (self.page, self.bite, self.ended) = (None, None, None);
        let receipt = Receipt { org, at: now, by: member.user.to_string(), erased: erased.into_iter().collect(), key, left };
        schema::leave_receipt(&*self.sql, deployment.seal(RECEIPT, &serde_json::to_vec(&receipt).expect("plain data")))?;
        Ok(receipt)
    }

    /// The receipt of a purge that isn't finished: everything is erased, and the directory may not know.
    pub fn unfinished_purge(sql: &dyn Sql, deployment: &Key) -> Result<Option<Receipt>, WorkspaceError> {
        let Some(sealed) = schema::receipt(sql)? else { return Ok(None) };
        Ok(serde_json::from_slice(&deployment.open(RECEIPT, &sealed)?).ok())
    }
}

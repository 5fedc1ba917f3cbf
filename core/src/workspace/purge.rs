//! Disconnect and purge (spec 34): everything of the workspace is erased, its key first of all.

use super::{Workspace, WorkspaceError};
use crate::api::{Member, ProblemKind, Purge, Receipt};
use crate::model::time::Timestamp;
use crate::seal::fingerprint;
use crate::store::{meta, schema};

impl Workspace {
    /// Erases all tables, if the typed word is the org's id. The shell then removes the file itself, and whoever else knows of the org.
    pub(super) fn purge(&mut self, now: Timestamp, member: &Member, ask: &Purge) -> Result<Receipt, WorkspaceError> {
        let org = self.connection()?.ok_or(ProblemKind::NoWorkspace)?.identity.org;
        if ask.confirm.trim() != org {
            return Err(ProblemKind::NotConfirmed.into());
        }
        let wrapped = meta::blob(&*self.sql, "key")?.unwrap_or_default();
        let key = fingerprint(&String::from_utf8_lossy(&wrapped));
        let erased = schema::erase(&*self.sql)?;
        let left = schema::erase(&*self.sql)?.len() as u64;
        self.page = None;
        Ok(Receipt { org, at: now, by: member.user.to_string(), erased, key, left })
    }
}

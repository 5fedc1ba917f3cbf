//! What an admin sets for the workspace.

use super::{Workspace, WorkspaceError};
use crate::api::{Member, ProblemKind, Settings};
use crate::model::time::Timestamp;
use crate::store::{log, meta};

impl Workspace {
    pub(super) fn settings(&self) -> Result<Settings, WorkspaceError> {
        Ok(meta::json(&*self.sql, "settings")?.unwrap_or_default())
    }

    /// Puts settings in force. A shorter interval counts from the last import.
    pub(super) fn set_settings(&self, now: Timestamp, member: &Member, wanted: Settings) -> Result<Settings, WorkspaceError> {
        if !wanted.is_valid() {
            return Err(ProblemKind::OutOfRange.into());
        }
        meta::set_json(&*self.sql, "settings", &wanted)?;
        let began = log::runs(&*self.sql, 1)?.pop().map(|run| run.started);
        if let (Some(began), Some(next)) = (began, meta::integer(&*self.sql, "next_import")?) {
            let sooner = began.plus_seconds(wanted.import_seconds()).0.max(now.0).min(next);
            meta::set(&*self.sql, "next_import", sooner.into())?;
        }
        log::audit(&*self.sql, now, member.user.as_str(), "settings_changed")?;
        Ok(wanted)
    }
}

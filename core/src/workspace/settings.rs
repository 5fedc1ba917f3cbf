//! What an admin sets for the workspace.

use super::{Workspace, WorkspaceError};
use crate::api::{CopiedSettings, Export, Member, ProblemKind, Settings, TakenSettings, Thresholds, WriteTest, Writeback};
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

    /// All that an admin sets, as a file.
    pub(super) fn settings_file(&self) -> Result<Export, WorkspaceError> {
        let Writeback { kinds, redacts, unmatched, warn_days, .. } = self.writeback()?;
        let thresholds = Thresholds { before: None, ..self.thresholds()? };
        let copied = CopiedSettings { settings: self.settings()?, thresholds, kinds, redacts, unmatched, warn_days };
        Ok(Export { name: "inlay-settings.json".into(), text: serde_json::to_string_pretty(&copied).expect("plain data") })
    }

    /// Takes over what another workspace's file says: all of it or, if something in it can't be, nothing. Kinds are enabled only where
    /// this org's test run has passed.
    pub(super) fn take_settings(&mut self, now: Timestamp, member: &Member, copied: CopiedSettings) -> Result<TakenSettings, WorkspaceError> {
        let CopiedSettings { settings, thresholds, kinds, redacts, unmatched, warn_days } = copied;
        let before = self.writeback()?;
        let is_new = kinds.keys().any(|kind| !before.kinds.contains_key(kind));
        let untested = is_new && !matches!(before.test, WriteTest::Passed { .. });
        let kinds = if untested { before.kinds } else { kinds };
        // Checked before anything is put in force.
        if !settings.is_valid() {
            return Err(ProblemKind::OutOfRange.into());
        }
        super::threshold::check(&thresholds)?;
        self.set_writeback(now, member, Writeback { kinds, redacts, unmatched, warn_days, ..Writeback::default() })?;
        self.set_settings(now, member, settings)?;
        self.set_thresholds(now, member, &thresholds)?;
        log::audit(&*self.sql, now, member.user.as_str(), "settings_taken")?;
        Ok(TakenSettings { untested })
    }
}

//! The preflight (spec 3): asked after each connect and at a press, decided here, kept until the next one.

use super::{Connection, Workspace, WorkspaceError};
use crate::api::{Check, CheckLine, CheckResult, Preflight};
use crate::model::time::Timestamp;
use crate::outbox::row::NEEDED;
use crate::salesforce::http::{Reply, Request};
use crate::salesforce::rights::{self, Rights};
use crate::salesforce::{API_VERSION, Api, collection};
use crate::store::meta;

impl Workspace {
    /// The last preflight, and whether another one is under way. Which fields are hidden every import learns anew.
    pub(super) fn preflight(&self, connection: &Connection) -> Result<Preflight, WorkspaceError> {
        let mut last: Preflight = meta::json(&*self.sql, "preflight")?.unwrap_or_default();
        let known = self.known()?;
        if last.at.is_some() && !known.is_empty() {
            let names: Vec<String> = known.iter().flat_map(|known| known.hidden.iter().map(|field| format!("{}.{field}", known.object.name()))).collect();
            last.lines.push(line(connection, Check::HiddenFields, if names.is_empty() { CheckResult::Pass } else { CheckResult::Warn }, names));
            last.lines.sort_by_key(|line| line.result);
        }
        Ok(Preflight { running: self.preflight_due()?.is_some(), ..last })
    }

    /// Salesforce is to be asked at this moment.
    pub(super) fn begin_preflight(&self, due: Timestamp) -> Result<(), WorkspaceError> {
        Ok(meta::set_json(&*self.sql, "preflight_due", &Some(due))?)
    }

    pub(super) fn preflight_due(&self) -> Result<Option<Timestamp>, WorkspaceError> {
        Ok(meta::json::<Option<Timestamp>>(&*self.sql, "preflight_due")?.flatten())
    }

    pub(super) fn preflight_request(&self, now: Timestamp, connection: &Connection) -> Result<Option<Request>, WorkspaceError> {
        let api = Api { tokens: &connection.tokens, version: API_VERSION };
        Ok(self.preflight_due()?.filter(|due| *due <= now).map(|_| rights::ask(api, connection.identity.user)))
    }

    /// Salesforce answered. What can't be read is nothing told.
    pub(super) fn preflight_answered(&self, now: Timestamp, connection: &Connection, reply: &Reply) -> Result<(), WorkspaceError> {
        let rights = rights::read(reply).unwrap_or_default();
        self.preflight_ends(now, self.checks(connection, &rights)?)
    }

    /// Salesforce refused to tell anything: no API, if it says so.
    pub(super) fn preflight_refused(&self, now: Timestamp, connection: &Connection, reply: &Reply) -> Result<(), WorkspaceError> {
        let refusal = collection::refused(reply);
        let rights = Rights { api: (refusal.code == "API_DISABLED_FOR_ORG").then_some(false), ..Rights::default() };
        self.preflight_ends(now, self.checks(connection, &rights)?)
    }

    fn preflight_ends(&self, now: Timestamp, lines: Vec<CheckLine>) -> Result<(), WorkspaceError> {
        meta::set_json(&*self.sql, "preflight", &Preflight { at: Some(now), running: false, lines })?;
        Ok(meta::set_json(&*self.sql, "preflight_due", &None::<Timestamp>)?)
    }

    fn checks(&self, connection: &Connection, rights: &Rights) -> Result<Vec<CheckLine>, WorkspaceError> {
        let (writes, has_key) = (!self.writeback()?.kinds.is_empty(), self.task_setup()?.has_key);
        let judged = Check::ALL.into_iter().filter_map(|check| judge(check, rights, writes, has_key).map(|(result, names)| (check, result, names)));
        Ok(judged.map(|(check, result, names)| line(connection, check, result, names)).collect())
    }
}

fn line(connection: &Connection, check: Check, result: CheckResult, names: Vec<String>) -> CheckLine {
    let link = if result == CheckResult::Pass { String::new() } else { connection.link_to(setup_page(check)) };
    CheckLine { check, result, names, link }
}

/// Where in Salesforce a check's matter is set up.
fn setup_page(check: Check) -> &'static str {
    match check {
        Check::ApiEnabled | Check::ViewAllData | Check::ModifyAllData => "lightning/setup/PermSets/home",
        Check::SessionLevel => "lightning/setup/SecuritySession/home",
        Check::HiddenFields => "lightning/setup/ObjectManager/home",
        Check::Tasks => "lightning/setup/ObjectManager/Task/FieldsAndRelationships/view",
        Check::RecordTypes => "lightning/setup/PermSets/home",
        Check::Notes => "lightning/setup/NotesSettings/home",
        Check::IpRanges => "lightning/setup/OrgLoginHistory/home",
        Check::InstalledApp => "lightning/setup/ConnectedAppsUsage/home",
        Check::WebToLead => "lightning/setup/LeadWebtoleads/home",
    }
}

/// What a check comes to, and the names it is about; none where it doesn't matter.
fn judge(check: Check, rights: &Rights, writes: bool, has_package: bool) -> Option<(CheckResult, Vec<String>)> {
    use CheckResult::{Fail, Look, Pass, Warn};
    // Without writeback what it needs is no fault yet.
    let unwritten = if writes { Fail } else { Warn };
    let may = |told: Option<bool>, otherwise: CheckResult| match told {
        Some(true) => Pass,
        Some(false) => otherwise,
        None => Look,
    };
    let result = match check {
        Check::ApiEnabled => may(rights.api, Fail),
        Check::ViewAllData => may(rights.views_all, Warn),
        Check::ModifyAllData if !writes => return None,
        Check::ModifyAllData => may(rights.modifies_all, Warn),
        Check::SessionLevel => may(rights.session.as_ref().map(|level| level != "LOW"), Warn),
        // Imports know.
        Check::HiddenFields => return None,
        Check::Tasks => {
            let Some((fields, _)) = &rights.task else { return Some((Look, Vec::new())) };
            let missing: Vec<String> =
                NEEDED.iter().filter(|needed| !fields.iter().any(|field| field == *needed)).map(|&name| format!("Task.{name}")).collect();
            return Some((if missing.is_empty() { Pass } else { unwritten }, if fields.is_empty() { vec!["Task".into()] } else { missing }));
        }
        Check::RecordTypes if !has_package => return None,
        Check::RecordTypes => may(rights.task.as_ref().map(|(_, types)| types.len() == 4), Warn),
        Check::Notes if rights.task.is_none() => Look,
        Check::Notes => may(Some(rights.notes || rights.content_notes), unwritten),
        Check::IpRanges => may(rights.restricted.map(|is_restricted| !is_restricted), Warn),
        Check::InstalledApp | Check::WebToLead => Look,
    };
    Some((result, Vec::new()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn result(check: Check, rights: &Rights, writes: bool) -> Option<CheckResult> {
        judge(check, rights, writes, true).map(|(result, _)| result)
    }

    #[test]
    fn what_is_missing_fails_where_it_is_needed() {
        let fields: Vec<String> = NEEDED.iter().map(|&name| name.to_owned()).collect();
        let good = Rights {
            api: Some(true),
            views_all: Some(true),
            modifies_all: Some(true),
            session: Some("STANDARD".into()),
            restricted: Some(false),
            task: Some((fields, BTreeMap::new())),
            notes: false,
            content_notes: true,
        };
        for check in [Check::ApiEnabled, Check::ViewAllData, Check::ModifyAllData, Check::SessionLevel, Check::Tasks, Check::Notes, Check::IpRanges] {
            assert_eq!(result(check, &good, true), Some(CheckResult::Pass), "{check:?}");
            assert_eq!(result(check, &Rights::default(), true), Some(CheckResult::Look), "{check:?} isn't told");
        }
        assert_eq!(result(Check::RecordTypes, &good, true), Some(CheckResult::Warn), "none of the four");
        assert_eq!(result(Check::ModifyAllData, &good, false), None, "nothing is written");
        let bad = Rights { notes: false, content_notes: false, task: Some((Vec::new(), BTreeMap::new())), session: Some("LOW".into()), ..good };
        assert_eq!(result(Check::Notes, &bad, true), Some(CheckResult::Fail));
        assert_eq!(result(Check::Notes, &bad, false), Some(CheckResult::Warn));
        assert_eq!(result(Check::Tasks, &bad, true), Some(CheckResult::Fail));
        assert_eq!(result(Check::SessionLevel, &bad, true), Some(CheckResult::Warn));
    }
}

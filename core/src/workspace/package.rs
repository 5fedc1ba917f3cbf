//! Inlay's package in the org: installed and removed at a press, and known of when rows are written. All works without it.
//!
//! ```text
//! install:  Deploy ─▶ Wait ─▶ FindSet ─▶ Assign ─▶ Learn
//! remove:   FindAssigned ─▶ Unassign ─▶ FindAssigned … ─▶ Deploy ─▶ Wait ─▶ Learn
//! ```
//! Every step can be done twice. An answer counts for the step that asked for it only.

use super::{Connection, Workspace, WorkspaceError};
use crate::api::{Member, Package, Refusal, Writeback};
use crate::model::id::RecordId;
use crate::model::time::Timestamp;
use crate::outbox::reply::is_gone;
use crate::outbox::row::Setup;
use crate::salesforce::http::{Method, Reply, Request};
use crate::salesforce::metadata::{self, PERMISSION_SET};
use crate::salesforce::{Api, collection, query};
use crate::store::{log, meta};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// How a deployment is asked for, and how often until it counts as failed: an hour.
const WAIT_SECONDS: i64 = 5;
const ASKS_MOST: u32 = 720;

/// Where an installation or removal is. Saved, with when it goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Step {
    Deploy { installs: bool },
    Wait { id: String, installs: bool, asks: u32 },
    FindSet,
    Assign { set: RecordId },
    FindAssigned,
    Unassign { rows: Vec<RecordId> },
    Learn,
}

impl Workspace {
    /// How the org takes Tasks.
    pub(super) fn task_setup(&self) -> Result<Setup, WorkspaceError> {
        Ok(meta::json(&*self.sql, "task_setup")?.unwrap_or_default())
    }

    pub(super) fn save_task_setup(&self, setup: &Setup) -> Result<(), WorkspaceError> {
        Ok(meta::set_json(&*self.sql, "task_setup", setup)?)
    }

    /// Begins to install the package, or to remove it. What is under way comes to its end first.
    pub(super) fn change_package(&self, now: Timestamp, member: &Member, installs: bool) -> Result<Writeback, WorkspaceError> {
        let before = self.writeback()?;
        if before.package == Package::Working && self.step_of_package()?.is_some() {
            return Ok(before);
        }
        self.go_on(now, Some(if installs { Step::Deploy { installs } } else { Step::FindAssigned }))?;
        log::audit(&*self.sql, now, member.user.as_str(), if installs { "package_installed" } else { "package_removed" })?;
        self.tell(Package::Working)
    }

    /// The package may have come or gone by another's hand: what is there is asked for.
    pub(super) fn learn_setup(&self) -> Result<(), WorkspaceError> {
        if self.step_of_package()?.is_none() {
            self.go_on(Timestamp(0), Some(Step::Learn))?;
        }
        Ok(())
    }

    fn tell(&self, package: Package) -> Result<Writeback, WorkspaceError> {
        let writeback = Writeback { package, ..self.writeback()? };
        self.save_writeback(&writeback)?;
        Ok(writeback)
    }

    fn step_of_package(&self) -> Result<Option<(Step, Timestamp)>, WorkspaceError> {
        Ok(meta::json::<Option<(Step, Timestamp)>>(&*self.sql, "package")?.flatten())
    }

    fn go_on(&self, due: Timestamp, step: Option<Step>) -> Result<(), WorkspaceError> {
        Ok(meta::set_json(&*self.sql, "package", &step.map(|step| (step, due)))?)
    }

    pub(super) fn package_due(&self) -> Result<Option<Timestamp>, WorkspaceError> {
        Ok(self.step_of_package()?.map(|(_, due)| due))
    }

    /// The next request, if one is due, and the step that asks for it.
    pub(super) fn package_request(&self, now: Timestamp, api: Api, connection: &Connection) -> Result<Option<(Step, Request)>, WorkspaceError> {
        let Some((step, _)) = self.step_of_package()?.filter(|(_, due)| *due <= now) else { return Ok(None) };
        let user = connection.identity.user;
        let request = match &step {
            Step::Deploy { installs } => metadata::deploy(api, *installs),
            Step::Wait { id, .. } => metadata::ask(api, id),
            Step::FindSet => query::first(api, &format!("SELECT Id FROM PermissionSet WHERE Name = '{PERMISSION_SET}'"), false),
            Step::Assign { set } => {
                api.request(Method::Post, "sobjects/PermissionSetAssignment").json(&json!({ "AssigneeId": user.as_str(), "PermissionSetId": set.as_str() }))
            }
            Step::FindAssigned => {
                let most = collection::ROWS_MOST;
                let soql = format!("SELECT Id FROM PermissionSetAssignment WHERE PermissionSet.Name = '{PERMISSION_SET}' LIMIT {most}");
                query::first(api, &soql, false)
            }
            Step::Unassign { rows } => collection::remove(api, rows),
            Step::Learn => api.request(Method::Get, "sobjects/Task/describe"),
        };
        Ok(Some((step, request)))
    }

    /// No answer: the same again, later.
    pub(super) fn package_waits(&self, now: Timestamp, seconds: i64) -> Result<(), WorkspaceError> {
        let step = self.step_of_package()?.map(|(step, _)| step);
        self.go_on(now.plus_seconds(seconds), step)
    }

    /// Salesforce refused a step: what passes is waited for, `pause` seconds; what doesn't is told.
    pub(super) fn package_refused(&self, now: Timestamp, asked: &Step, pause: Option<i64>, refusal: Refusal) -> Result<(), WorkspaceError> {
        match (asked, pause) {
            _ if !self.is_at(asked)? => Ok(()),
            // It is assigned already.
            (Step::Assign { .. }, _) if refusal.code == "DUPLICATE_VALUE" => self.go_on(now, Some(Step::Learn)),
            (_, Some(seconds)) => self.package_waits(now, seconds),
            (_, None) => self.package_failed(asked, refusal),
        }
    }

    /// Whether a step is still the one under way: somebody may have pressed something meanwhile.
    fn is_at(&self, asked: &Step) -> Result<bool, WorkspaceError> {
        Ok(self.step_of_package()?.is_some_and(|(step, _)| step == *asked))
    }

    fn package_failed(&self, asked: &Step, refusal: Refusal) -> Result<(), WorkspaceError> {
        self.go_on(Timestamp(0), None)?;
        let setup = self.task_setup()?;
        let had_key = setup.has_key;
        if *asked == Step::Learn {
            // What isn't known to be there isn't used.
            self.save_task_setup(&Setup { record_types: BTreeMap::new(), has_key: false, ..setup })?;
            if self.writeback()?.package != Package::Working {
                return self.tell(Package::None).map(|_| ()); // Nobody pressed anything.
            }
        }
        let installed = had_key || !matches!(asked, Step::Deploy { installs: true } | Step::Wait { installs: true, .. });
        self.tell(Package::Failed { refusal, installed }).map(|_| ())
    }

    pub(super) fn package_answered(&self, now: Timestamp, asked: Step, reply: &Reply) -> Result<(), WorkspaceError> {
        if !self.is_at(&asked)? {
            return Ok(());
        }
        let first = || collection::found(reply).map(|(rows, _)| rows.iter().filter_map(|row| collection::id(row, "Id")).collect::<Vec<_>>());
        let failed = |refusal| self.package_failed(&asked, refusal);
        let unread = || Refusal { code: "UNREADABLE".into(), ..Refusal::default() };
        let next = match &asked {
            Step::Deploy { installs } => match metadata::accepted(reply) {
                Some(id) => Step::Wait { id, installs: *installs, asks: 0 },
                None => return failed(unread()),
            },
            Step::Wait { id, installs, asks } => match metadata::ended(reply) {
                Some(Ok(())) if *installs => Step::FindSet,
                Some(Ok(())) => Step::Learn,
                Some(Err(refusal)) => return failed(refusal),
                None if *asks < ASKS_MOST => {
                    let again = Step::Wait { id: id.clone(), installs: *installs, asks: asks + 1 };
                    return self.go_on(now.plus_seconds(WAIT_SECONDS), Some(again));
                }
                None => return failed(unread()),
            },
            Step::FindSet => match first().and_then(|rows| rows.first().copied()) {
                Some(set) => Step::Assign { set },
                None => return failed(unread()),
            },
            Step::Assign { .. } => Step::Learn,
            Step::FindAssigned => match first() {
                Some(rows) if rows.is_empty() => Step::Deploy { installs: false },
                Some(rows) => Step::Unassign { rows },
                None => return failed(unread()),
            },
            Step::Unassign { rows } => {
                let results = collection::results(reply, rows.len()).unwrap_or_else(|| vec![Err(unread())]);
                match results.into_iter().find_map(|result| result.err().filter(|refusal| !is_gone(refusal))) {
                    Some(refusal) => return failed(refusal),
                    None => Step::FindAssigned,
                }
            }
            Step::Learn => {
                let Some((record_types, has_key)) = metadata::found(reply) else { return failed(unread()) };
                let is_there = has_key || !record_types.is_empty();
                self.save_task_setup(&Setup { record_types, has_key, ..self.task_setup()? })?;
                self.go_on(now, None)?;
                self.tell(if is_there { Package::Installed } else { Package::None })?;
                return Ok(());
            }
        };
        self.go_on(now, Some(next))
    }
}

//! Inlay's package in the org: installed and removed at a press, and known of when rows are written. All works without it.
//!
//! ```text
//! install:  Deploy ─▶ Wait ─▶ FindSet ─▶ Assign ─▶ Learn
//! remove:   FindAssigned ─▶ Unassign ─▶ Deploy ─▶ Wait ─▶ Learn
//! ```
//! Every step can be done twice.

use super::{Connection, Workspace, WorkspaceError};
use crate::api::{Member, Package, Refusal, Writeback};
use crate::model::id::RecordId;
use crate::model::time::Timestamp;
use crate::outbox::reply::is_gone;
use crate::outbox::row::Setup;
use crate::salesforce::http::{Method, Reply, Request};
use crate::salesforce::metadata::{self, PERMISSION_SET};
use crate::salesforce::{Api, collection};
use crate::store::{log, meta};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// How a deployment is asked for, and how often until it counts as failed: an hour.
const WAIT_SECONDS: i64 = 5;
const ASKS_MOST: u32 = 720;

/// Where an installation or removal is. Saved, with when it goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Step {
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

    /// Begins to install the package, or to remove it.
    pub(super) fn change_package(&self, now: Timestamp, member: &Member, installs: bool) -> Result<Writeback, WorkspaceError> {
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

    /// The next request, if one is due.
    pub(super) fn package_request(&self, now: Timestamp, api: Api, connection: &Connection) -> Result<Option<Request>, WorkspaceError> {
        let Some((step, _)) = self.step_of_package()?.filter(|(_, due)| *due <= now) else { return Ok(None) };
        let user = connection.identity.user;
        Ok(Some(match step {
            Step::Deploy { installs } => metadata::deploy(api, installs),
            Step::Wait { id, .. } => metadata::ask(api, &id),
            Step::FindSet => collection::find(api, "PermissionSet", &["Id"], "Name", &[PERMISSION_SET.to_owned()], ""),
            Step::Assign { set } => {
                api.request(Method::Post, "sobjects/PermissionSetAssignment").json(&json!({ "AssigneeId": user.as_str(), "PermissionSetId": set.as_str() }))
            }
            Step::FindAssigned => collection::find(api, "PermissionSetAssignment", &["Id"], "PermissionSet.Name", &[PERMISSION_SET.to_owned()], ""),
            Step::Unassign { rows } => collection::remove(api, &rows),
            Step::Learn => api.request(Method::Get, "sobjects/Task/describe"),
        }))
    }

    /// No answer: the same again, later.
    pub(super) fn package_waits(&self, now: Timestamp, seconds: i64) -> Result<(), WorkspaceError> {
        let step = self.step_of_package()?.map(|(step, _)| step);
        self.go_on(now.plus_seconds(seconds), step)
    }

    /// Salesforce refused a step: what passes is waited for, what doesn't is told.
    pub(super) fn package_refused(&self, now: Timestamp, pause: i64, refusal: Refusal) -> Result<(), WorkspaceError> {
        match self.step_of_package()? {
            // It is assigned already.
            Some((Step::Assign { .. }, _)) if refusal.code == "DUPLICATE_VALUE" => self.go_on(now, Some(Step::Learn)),
            Some(_) if pause < 60 || refusal.code == "REQUEST_LIMIT_EXCEEDED" => self.package_waits(now, pause),
            Some(_) => self.package_failed(refusal),
            None => Ok(()),
        }
    }

    fn package_failed(&self, refusal: Refusal) -> Result<(), WorkspaceError> {
        self.go_on(Timestamp(0), None)?;
        self.tell(Package::Failed { refusal, installed: self.task_setup()?.has_key }).map(|_| ())
    }

    pub(super) fn package_answered(&self, now: Timestamp, reply: &Reply) -> Result<(), WorkspaceError> {
        let Some((step, _)) = self.step_of_package()? else { return Ok(()) };
        let first = || collection::found(reply).map(|(rows, _)| rows.iter().filter_map(|row| collection::id(row, "Id")).collect::<Vec<_>>());
        let unread = || Refusal { code: "UNREADABLE".into(), ..Refusal::default() };
        let next = match step {
            Step::Deploy { installs } => match metadata::accepted(reply) {
                Some(id) => Step::Wait { id, installs, asks: 0 },
                None => return self.package_failed(unread()),
            },
            Step::Wait { id, installs, asks } => match metadata::ended(reply) {
                Some(Ok(())) if installs => Step::FindSet,
                Some(Ok(())) => Step::Learn,
                Some(Err(refusal)) => return self.package_failed(refusal),
                None if asks < ASKS_MOST => {
                    return self.go_on(now.plus_seconds(WAIT_SECONDS), Some(Step::Wait { id, installs, asks: asks + 1 }));
                }
                None => return self.package_failed(unread()),
            },
            Step::FindSet => match first().and_then(|rows| rows.first().copied()) {
                Some(set) => Step::Assign { set },
                None => return self.package_failed(unread()),
            },
            Step::Assign { .. } => Step::Learn,
            Step::FindAssigned => match first() {
                Some(rows) if rows.is_empty() => Step::Deploy { installs: false },
                Some(rows) => Step::Unassign { rows: rows.into_iter().take(collection::ROWS_MOST).collect() },
                None => return self.package_failed(unread()),
            },
            Step::Unassign { rows } => {
                let results = collection::results(reply, rows.len()).unwrap_or_else(|| vec![Err(unread())]);
                match results.into_iter().find_map(|result| result.err().filter(|refusal| !is_gone(refusal))) {
                    Some(refusal) => return self.package_failed(refusal),
                    None => Step::Deploy { installs: false },
                }
            }
            Step::Learn => {
                let Some((record_types, has_key)) = metadata::found(reply) else { return self.package_failed(unread()) };
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

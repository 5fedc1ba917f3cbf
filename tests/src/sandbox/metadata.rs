//! Metadata API over REST: takes a zip of Inlay's package, installs or removes what is in it after a while.

use super::fault::Faults;
use super::org::Org;
use super::rest::{Shared, no_object};
use super::schema;
use super::server::error;
use axum::body::Bytes;
use axum::extract::{Json, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use inlay_core::salesforce::metadata::{KEY_FIELD, PERMISSION_SET};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{Cursor, Read as _};

/// A deployment under way or ended.
pub struct Deployment {
    files: HashMap<String, String>,
    polls: u32,
    result: Option<Result<(), (String, String)>>,
}

/// The texts of `<tag>…</tag>`.
fn all<'t>(text: &'t str, tag: &str) -> Vec<&'t str> {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    text.split(&open).skip(1).filter_map(|rest| rest.split_once(&close)).map(|(inside, _)| inside).collect()
}

/// `POST metadata/deployRequest`.
pub async fn deploy(State(sandbox): Shared, body: Bytes) -> Response {
    let begin = body.windows(4).position(|four| four == b"PK\x03\x04");
    let end = body.windows(4).rposition(|four| four == b"\r\n--");
    let read = || {
        let mut archive = zip::ZipArchive::new(Cursor::new(body.slice(begin?..end?))).ok()?;
        let mut files = HashMap::new();
        for index in 0..archive.len() {
            let (mut file, mut text) = (archive.by_index(index).ok()?, String::new());
            file.read_to_string(&mut text).ok()?;
            files.insert(file.name().to_owned(), text);
        }
        files.contains_key("package.xml").then_some(files)
    };
    let Some(files) = read() else { return error(400, "INVALID_ZIP_FILE", "No package.xml found") };
    let polls = sandbox.faults.lock().expect("no panic holds it").polls;
    let mut deployments = sandbox.deployments.lock().expect("no panic holds it");
    deployments.push(Deployment { files, polls, result: None });
    let id = super::world::World::id("0Af", deployments.len() as u64);
    (StatusCode::CREATED, Json(json!({ "id": id, "deployResult": { "id": id, "done": false, "status": "Pending", "success": false } }))).into_response()
}

/// `GET metadata/deployRequest/{id}`.
pub async fn status(State(sandbox): Shared, Path((_, id)): Path<(String, String)>) -> Response {
    let mut deployments = sandbox.deployments.lock().expect("no panic holds it");
    let place = (1..=deployments.len()).find(|number| super::world::World::id("0Af", *number as u64) == id);
    let Some(deployment) = place.and_then(|number| deployments.get_mut(number - 1)) else { return no_object() };
    if deployment.polls > 0 {
        deployment.polls -= 1;
        return Json(json!({ "id": id, "deployResult": { "id": id, "done": false, "status": "InProgress", "success": false } })).into_response();
    }
    let (now, faults) = (sandbox.now(), sandbox.faults.lock().expect("no panic holds it").clone());
    let files = &deployment.files;
    let result = deployment.result.get_or_insert_with(|| carry_out(&mut sandbox.org.write().expect("no panic holds it"), files, &faults, now));
    let details = match result {
        Ok(()) => json!({ "componentFailures": [] }),
        Err((name, problem)) => json!({ "componentFailures": { "fullName": name, "problem": problem, "problemType": "Error", "success": false } }),
    };
    let said = if result.is_ok() { "Succeeded" } else { "Failed" };
    Json(json!({ "id": id, "deployResult": { "id": id, "done": true, "status": said, "success": result.is_ok(), "details": details } })).into_response()
}

fn carry_out(org: &mut Org, files: &HashMap<String, String>, faults: &Faults, now: i64) -> Result<(), (String, String)> {
    if faults.refuses_package {
        return Err((format!("Activity.{KEY_FIELD}"), "O limite de campos personalizados de Atividade foi atingido.".into()));
    }
    if let Some(gone) = files.get("destructiveChanges.xml") {
        if !org.present_rows("PermissionSetAssignment").is_empty() {
            return Err((PERMISSION_SET.into(), "This permission set is assigned to users and can't be deleted.".into()));
        }
        for name in all(gone, "members") {
            let (object, field, wanted) =
                if name == PERMISSION_SET { ("PermissionSet", "Name", name) } else { ("RecordType", "DeveloperName", name.rsplit('.').next().unwrap_or(name)) };
            let spec = org.spec(object).expect("a known object").clone();
            let place = spec.fields.iter().position(|known| *known == field).expect("a known field");
            for (index, row) in org.present_rows(object) {
                if row[place] == wanted {
                    org.update(spec.name, index, &[("IsDeleted", "true")], now);
                }
            }
        }
        return Ok(());
    }
    let set = format!("permissionsets/{PERMISSION_SET}.permissionset");
    for (name, part) in [("objects/Activity.object", KEY_FIELD), ("objects/Task.object", "<recordTypes>"), (&set, KEY_FIELD)] {
        if !files.get(name).is_some_and(|text| text.contains(part)) {
            return Err((name.to_owned(), format!("An object '{name}' was named in package.xml, but was not found in zipped directory")));
        }
    }
    for (name, label) in all(&files["objects/Task.object"], "fullName").into_iter().zip(all(&files["objects/Task.object"], "label")) {
        if !has(org, "RecordType", "DeveloperName", name) {
            org.create("RecordType", &[("DeveloperName", name), ("Name", label), ("SobjectType", "Task"), ("IsActive", "true")], now);
        }
    }
    if !has(org, "PermissionSet", "Name", PERMISSION_SET) {
        org.create("PermissionSet", &[("Name", PERMISSION_SET), ("Label", "Inlay integration")], now);
    }
    Ok(())
}

fn has(org: &Org, object: &str, field: &str, value: &str) -> bool {
    let place = org.spec(object).and_then(|spec| spec.fields.iter().position(|known| *known == field));
    place.is_some_and(|place| org.present_rows(object).iter().any(|(_, row)| row[place] == value))
}

/// Whether the package is there.
pub fn is_installed(org: &Org) -> bool {
    has(org, "PermissionSet", "Name", PERMISSION_SET)
}

/// Whether a user has the package's permission set.
pub fn is_assigned(org: &Org, user: &str) -> bool {
    is_installed(org) && has(org, "PermissionSetAssignment", "AssigneeId", user)
}

/// The record types that a user may give a Task.
pub fn record_types(org: &Org, user: &str) -> Vec<Value> {
    if !is_assigned(org, user) {
        return Vec::new();
    }
    let info = |(_, row): &(u64, Vec<String>)| json!({ "active": true, "available": true, "defaultRecordTypeMapping": false, "developerName": row[2], "master": false, "name": row[1], "recordTypeId": row[0], "urls": {} });
    org.present_rows("RecordType").iter().map(info).collect()
}

impl Org {
    /// An admin of the org takes the package out by hand.
    pub fn drop_package(&mut self) {
        for object in ["PermissionSetAssignment", "PermissionSet", "RecordType"] {
            let spec = self.spec(object).expect("a known object").clone();
            for (index, _) in self.present_rows(object) {
                self.update(spec.name, index, &[("IsDeleted", "true")], 0);
            }
        }
    }

    /// An object's rows that aren't deleted.
    pub fn present_rows(&self, object: &str) -> Vec<(u64, Vec<String>)> {
        let Some(spec) = self.spec(object).cloned() else { return Vec::new() };
        (0..self.len(spec.name)).map(|index| (index, self.row(&spec, index))).filter(|(_, row)| !Self::is_deleted(&spec, row)).collect()
    }
}

/// Whether a field of a Task is the package's.
pub fn is_packaged(spec: &schema::Spec, field: &str) -> bool {
    spec.name == "Task" && field == KEY_FIELD
}

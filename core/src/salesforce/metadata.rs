//! Inlay's package in the org, by the Metadata REST API (Metadata API Developer Guide, "Deploy with REST"): a field that names an activity,
//! record types of activities, a permission set for the connected user. Its source stands in `package/`.

use super::Api;
use super::http::{Method, Reply, Request};
use crate::api::Refusal;
use crate::model::activity::ActivityKind;
use crate::model::id::RecordId;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// The field that names an activity, as it is called on Task.
pub const KEY_FIELD: &str = "Inlay_Key__c";
/// The permission set's name.
pub const PERMISSION_SET: &str = "Inlay_Integration";
const BOUNDARY: &str = "inlay-package-boundary";

const INSTALL: &[(&str, &str)] = &[
    ("package.xml", include_str!("package/package.xml")),
    ("objects/Activity.object", include_str!("package/objects/Activity.object")),
    ("objects/Task.object", include_str!("package/objects/Task.object")),
    ("permissionsets/Inlay_Integration.permissionset", include_str!("package/permissionsets/Inlay_Integration.permissionset")),
];
const REMOVE: &[(&str, &str)] =
    &[("package.xml", include_str!("package/remove/package.xml")), ("destructiveChanges.xml", include_str!("package/remove/destructiveChanges.xml"))];

fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, text) in files {
        writer.start_file(*name, options).expect("memory takes it");
        writer.write_all(text.as_bytes()).expect("memory takes it");
    }
    writer.finish().expect("memory takes it").into_inner()
}

/// Deploys the package, or removes it. Doing so twice comes to the same.
pub fn deploy(api: Api, installs: bool) -> Request {
    let options =
        json!({ "deployOptions": { "rollbackOnError": true, "singlePackage": true, "checkOnly": false, "ignoreWarnings": true, "purgeOnDelete": false } });
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"json\"\r\nContent-Type: application/json\r\n\r\n{options}\r\n\
         --{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"inlay.zip\"\r\nContent-Type: application/zip\r\n\r\n"
    );
    let body = [head.as_bytes(), &archive(if installs { INSTALL } else { REMOVE }), format!("\r\n--{BOUNDARY}--\r\n").as_bytes()].concat();
    let mut request = api.request(Method::Post, "metadata/deployRequest");
    request.headers.push(("content-type", format!("multipart/form-data; boundary={BOUNDARY}")));
    request.body = Some(body);
    request
}

/// The id of a deployment that was accepted.
pub fn accepted(reply: &Reply) -> Option<String> {
    let told: Value = serde_json::from_slice(&reply.body).ok()?;
    let id = told["id"].as_str().or_else(|| told["deployResult"]["id"].as_str())?;
    RecordId::parse(id).is_ok().then(|| id.to_owned())
}

/// Asks how a deployment is.
pub fn ask(api: Api, id: &str) -> Request {
    api.request(Method::Get, &format!("metadata/deployRequest/{id}?includeDetails=true"))
}

/// How a deployment ended: none while it goes on, or if the answer can't be read.
pub fn ended(reply: &Reply) -> Option<Result<(), Refusal>> {
    #[derive(Deserialize)]
    struct SfStatus {
        #[serde(rename = "deployResult")]
        result: SfResult,
    }
    #[derive(Deserialize)]
    struct SfResult {
        done: bool,
        success: bool,
        #[serde(default, rename = "errorMessage")]
        message: Option<String>,
        #[serde(default)]
        details: Value,
    }
    let SfStatus { result } = serde_json::from_slice(&reply.body).ok()?;
    if !result.done {
        return None;
    }
    if result.success {
        return Some(Ok(()));
    }
    // One failure comes as an object, several as an array.
    let failures = &result.details["componentFailures"];
    let first = failures.get(0).unwrap_or(failures);
    let text = |name: &str| first[name].as_str().unwrap_or("").to_owned();
    let said = [text("problem"), result.message.unwrap_or_default()].into_iter().find(|said| !said.is_empty()).unwrap_or_default();
    Some(Err(Refusal { code: "DEPLOY_FAILED".into(), text: said, fields: vec![text("fullName")].into_iter().filter(|name| !name.is_empty()).collect() }))
}

/// What a describe of Task says of the package: its record types that the connected user may use, and whether the field is there.
pub fn found(reply: &Reply) -> Option<(BTreeMap<ActivityKind, RecordId>, bool)> {
    found_in(serde_json::from_slice(&reply.body).ok()?)
}

/// The same of a describe that came among others.
pub fn found_in(describe: Value) -> Option<(BTreeMap<ActivityKind, RecordId>, bool)> {
    #[derive(Deserialize)]
    struct SfTask {
        fields: Vec<SfField>,
        #[serde(default, rename = "recordTypeInfos")]
        types: Vec<SfType>,
    }
    #[derive(Deserialize)]
    struct SfField {
        name: String,
        #[serde(default)]
        createable: bool,
    }
    #[derive(Deserialize)]
    struct SfType {
        #[serde(default, rename = "developerName")]
        name: String,
        #[serde(default)]
        available: bool,
        #[serde(rename = "recordTypeId")]
        id: RecordId,
    }
    let task: SfTask = serde_json::from_value(describe).ok()?;
    let kind = |name: &str| match name {
        "Inlay_InMail" => Some(ActivityKind::Inmail),
        "Inlay_Message" => Some(ActivityKind::Message),
        "Inlay_Call" => Some(ActivityKind::Call),
        "Inlay_Link_View" => Some(ActivityKind::LinkView),
        _ => None,
    };
    let types = task.types.iter().filter(|one| one.available).filter_map(|one| Some((kind(&one.name)?, one.id))).collect();
    Some((types, task.fields.iter().any(|field| field.name == KEY_FIELD && field.createable)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployment_that_failed_says_which_part_and_why() {
        let reply = |body: &str| Reply { status: 200, body: body.into(), ..Reply::default() };
        assert_eq!(ended(&reply(r#"{"deployResult":{"done":false,"success":false}}"#)), None);
        assert_eq!(ended(&reply(r#"{"deployResult":{"done":true,"success":true}}"#)), Some(Ok(())));
        let failure = r#"{"problem":"O campo não pode ser único","fullName":"Activity.Inlay_Key__c"}"#;
        for failures in [failure.to_owned(), format!("[{failure}]")] {
            let body = format!(r#"{{"deployResult":{{"done":true,"success":false,"details":{{"componentFailures":{failures}}}}}}}"#);
            let refusal = ended(&reply(&body)).and_then(Result::err).expect("a failure");
            assert_eq!((refusal.text.as_str(), refusal.fields), ("O campo não pode ser único", vec!["Activity.Inlay_Key__c".to_owned()]));
        }
        assert_eq!(ended(&reply("<html>")), None);
    }

    #[test]
    fn every_part_of_the_package_is_removed_again() {
        let members = |text: &str| text.lines().filter(|line| line.contains("<members>")).map(|line| line.trim().to_owned()).collect::<Vec<_>>();
        assert_eq!(members(INSTALL[0].1), members(REMOVE[1].1));
        assert_eq!(members(INSTALL[0].1).len(), 6);
    }
}

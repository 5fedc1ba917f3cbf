//! Rows of the sandbox org over REST: create, read, update, delete, upsert by external id.

use super::fault::strike;
use super::metadata;
use super::org::{Org, Row};
use super::rest::{Fields, Shared, from_json, hidden_from, no_object, record};
use super::schema::{self, Spec, kind};
use super::server::{Caller, Sandbox};
use super::soql::{self, Query};
use axum::extract::{Extension, Json, Path, Query as UrlQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use serde_json::{Value, json};
use std::collections::HashSet;

/// A row's error: code, message, fields, and what a duplicate rule adds.
pub(super) struct RowError {
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) fields: Vec<String>,
    duplicate: Option<Value>,
}

impl RowError {
    pub(super) fn new(code: &'static str, message: impl Into<String>, fields: &[&str]) -> Self {
        Self { code, message: message.into(), fields: fields.iter().map(|&field| field.to_owned()).collect(), duplicate: None }
    }

    pub(super) fn response(&self) -> Response {
        let status = match self.code {
            "NOT_FOUND" | "ENTITY_IS_DELETED" => StatusCode::NOT_FOUND,
            _ => StatusCode::BAD_REQUEST,
        };
        let mut body = json!({ "message": self.message, "errorCode": self.code, "fields": self.fields });
        if let Some(duplicate) = &self.duplicate {
            body["duplicateResult"] = duplicate.clone();
        }
        (status, Json(json!([body]))).into_response()
    }

    pub(super) fn result(&self) -> Value {
        json!({ "success": false, "errors": [{ "statusCode": self.code, "message": self.message, "fields": self.fields }] })
    }
}

/// Checks and defaults of a new or changed row, then the write.
pub(super) fn write(sandbox: &Sandbox, object: &str, index: Option<u64>, body: &Value, allow_duplicates: bool, user: u64) -> Result<String, RowError> {
    let now = sandbox.now();
    let mut org = sandbox.org.write().expect("no panic holds it");
    let spec = org.spec(object).ok_or_else(|| RowError::new("NOT_FOUND", "The requested resource does not exist", &[]))?.clone();
    let fields: Vec<(String, String)> =
        body.as_object().into_iter().flatten().filter(|(name, _)| *name != "attributes").map(|(name, value)| (name.clone(), from_json(value))).collect();
    let hidden = hidden_from(&org, user);
    if hidden.contains(&(spec.name.to_owned(), "Id".into())) {
        return Err(RowError::new("NOT_FOUND", "The requested resource does not exist", &[]));
    }
    for (name, value) in &fields {
        let seen = soql::position(&spec, name).filter(|place| !hidden.contains(&(spec.name.to_owned(), spec.fields[*place].to_owned())));
        let Some(place) = seen else {
            return Err(RowError::new("INVALID_FIELD", format!("No such column '{name}' on sobject of type {}", spec.name), &[]));
        };
        let field = spec.fields[place];
        if schema::is_read_only(field) && field != "Id" {
            return Err(RowError::new(
                "INVALID_FIELD_FOR_INSERT_UPDATE",
                format!(
                    "Unable to create/update fields: {field}. Please check the security settings of this field and verify that it is read/write for your profile or permission set."
                ),
                &[field],
            ));
        }
        if value.chars().count() > schema::length(field) {
            return Err(RowError::new(
                "STRING_TOO_LONG",
                format!("{field}: data value too large: {}… (max length={})", value.chars().take(20).collect::<String>(), schema::length(field)),
                &[field],
            ));
        }
        if !value.is_empty() && schema::restricted(spec.name, field).is_some_and(|values| !values.contains(&value.as_str())) {
            return Err(RowError::new(
                "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                format!("{field}: bad value for restricted picklist field: {value}"),
                &[field],
            ));
        }
        if kind(field) == "reference" && !value.is_empty() && inlay_core::model::id::RecordId::parse(value).is_err() {
            return Err(RowError::new("MALFORMED_ID", format!("{field}: id value of incorrect type: {value}"), &[field]));
        }
    }
    let get = |name: &str| value_of(&fields, name);
    if !get("RecordTypeId").is_empty() && !org.present_rows("RecordType").iter().any(|(_, row)| row[0] == get("RecordTypeId")) {
        return Err(RowError::new("INVALID_CROSS_REFERENCE_KEY", "Record Type ID: this ID value isn't valid for the user", &["RecordTypeId"]));
    }
    if spec.name == "PermissionSetAssignment" && metadata::is_assigned(&org, get("AssigneeId")) {
        return Err(RowError::new("DUPLICATE_VALUE", "duplicate value found: PermissionSetId duplicates value on record", &["PermissionSetId"]));
    }
    if index.is_none() {
        let missing: Vec<&str> = schema::required(spec.name).iter().copied().filter(|field| get(field).is_empty()).collect();
        if !missing.is_empty() {
            return Err(RowError::new("REQUIRED_FIELD_MISSING", format!("Required fields are missing: [{}]", missing.join(", ")), &missing));
        }
    }
    check_rules(sandbox, &org, &spec, &fields, allow_duplicates, index.is_none())?;
    let mut values: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let me = super::world::World::id("005", user);
    match index {
        Some(index) => {
            org.update(spec.name, index, &values, now);
            Ok(org.row(&spec, index)[0].clone())
        }
        None => {
            if get("OwnerId").is_empty() {
                values.push(("OwnerId", &me));
            }
            values.push(("CreatedById", &me));
            let closed = (spec.name == "Task" && get("Status") == "Completed").to_string();
            values.push(("IsClosed", &closed));
            Ok(org.create(spec.name, &values, now))
        }
    }
}

fn value_of<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value.as_str())
}

fn check_rules(sandbox: &Sandbox, org: &Org, spec: &Spec, fields: &[(String, String)], allow_duplicates: bool, is_new: bool) -> Result<(), RowError> {
    let get = |name: &str| value_of(fields, name);
    let mut faults = sandbox.faults.lock().expect("no panic holds it");
    if strike(&mut faults.next_locked_rows) {
        return Err(RowError::new("UNABLE_TO_LOCK_ROW", format!("unable to obtain exclusive access to this record or 1 records: {}", get("WhatId")), &[]));
    }
    if is_new && spec.name.starts_with("Content") {
        check_content(org, spec, &get, faults.sets_owners)?;
    }
    if is_new && matches!(spec.name, "Task" | "Note" | "ContentNote" | "ContentDocumentLink") {
        for field in ["WhoId", "WhatId", "ParentId", "ContentDocumentId", "LinkedEntityId"] {
            check_reference(org, field, get(field))?;
        }
        let user = org.spec("User").expect("users exist");
        let owner = org.find(user, get("OwnerId"));
        if owner.is_some_and(|(_, row)| soql::value(org, user, &row, "IsActive") == "false") {
            return Err(RowError::new("INACTIVE_OWNER_OR_USER", "operation performed with inactive user [User]", &["OwnerId"]));
        }
    }
    if spec.name == "Task" && is_new {
        if faults.refuses_tasks {
            return Err(RowError::new("FIELD_CUSTOM_VALIDATION_EXCEPTION", "O campo Região é obrigatório nas tarefas.", &[]));
        }
        if faults.validation_rule && get("Subject").is_empty() {
            return Err(RowError::new("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Give every task a subject, so that colleagues know.", &["Subject"]));
        }
        if get("WhoId").starts_with("00Q") {
            if !get("WhatId").is_empty() {
                return Err(RowError::new("INVALID_CROSS_REFERENCE_KEY", "A lead in WhoId forbids WhatId", &["WhatId"]));
            }
            let lead = org.spec("Lead").expect("leads exist");
            if org.find(lead, get("WhoId")).is_some_and(|(_, row)| soql::value(org, lead, &row, "IsConverted") == "true") {
                return Err(RowError::new("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", &["WhoId"]));
            }
        }
    }
    if faults.duplicate_rule && is_new && !allow_duplicates && matches!(spec.name, "Contact" | "Lead") {
        // Without an e-mail the name tells.
        let field = if get("Email").is_empty() { "LastName" } else { "Email" };
        let text = format!("SELECT Id FROM {} WHERE {field} = '{}' LIMIT 1", spec.name, get(field).replace('\'', "\\'"));
        let found = Query::parse(org, &text, &HashSet::new(), 0).map(|query| query.run(org, false)).unwrap_or_default();
        if let Some(index) = found.first() {
            let id = org.row(spec, *index)[0].clone();
            return Err(RowError {
                code: "DUPLICATES_DETECTED",
                message: "Você está criando um registro duplicado. Recomendamos usar um registro existente.".into(),
                fields: Vec::new(),
                duplicate: Some(
                    json!({ "allowSave": true, "duplicateRule": "Regra_padrao", "duplicateRuleEntityType": spec.name, "errorMessage": "Registro duplicado", "matchResults": [{ "entityType": spec.name, "success": true, "errors": [], "matchEngine": "FuzzyMatchEngine", "rule": "Regra", "size": 1, "matchRecords": [{ "matchConfidence": 98.0, "additionalInformation": [], "fieldDiffs": [], "record": { "attributes": { "type": spec.name }, "Id": id } }] }] }),
                ),
            });
        }
    }
    Ok(())
}

/// Notes that are files: HTML in Base64, each linked to a record once.
fn check_content<'f>(org: &Org, spec: &Spec, get: &impl Fn(&str) -> &'f str, sets_owners: bool) -> Result<(), RowError> {
    if spec.name == "ContentDocumentLink" {
        let is_same = |row: &Row| row[1] == get("ContentDocumentId") && row[2] == get("LinkedEntityId");
        let is_there = org.present_rows(spec.name).iter().any(|(_, row)| is_same(row));
        let refused = || RowError::new("DUPLICATE_VALUE", "duplicate value found: <unknown> duplicates value on record with id: <unknown>", &[]);
        return if is_there { Err(refused()) } else { Ok(()) };
    }
    if !get("OwnerId").is_empty() && !sets_owners {
        return Err(RowError::new("INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: OwnerId.", &["OwnerId"]));
    }
    let content = base64::engine::general_purpose::STANDARD.decode(get("Content")).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    if content.is_none_or(|html| html.contains(['\n', '\0']) || html.replace("<br>", "").contains(['<', '>', '"', '\''])) {
        return Err(RowError::new("UNKNOWN_EXCEPTION", "Note Can't Be Saved Because it contains HTML tags or unescaped characters", &["Content"]));
    }
    Ok(())
}

/// A record that a new row points to must be there.
fn check_reference(org: &Org, field: &str, id: &str) -> Result<(), RowError> {
    if id.is_empty() {
        return Ok(());
    }
    let spec = org.specs.iter().find(|spec| id.starts_with(spec.prefix));
    match spec.and_then(|spec| Some((spec, org.find(spec, id)?.1))) {
        Some((spec, row)) if Org::is_deleted(spec, &row) => Err(RowError::new("ENTITY_IS_DELETED", "entity is deleted", &[])),
        Some(_) => Ok(()),
        None => Err(RowError::new("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", &[field])),
    }
}

pub(super) fn allows_duplicates(headers: &HeaderMap) -> bool {
    headers.get("sforce-duplicate-rule-header").and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("allowSave=true"))
}

/// `POST sobjects/X`.
pub async fn create(
    State(sandbox): Shared,
    Extension(caller): Extension<Caller>,
    Path((version, object)): Path<(String, String)>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    match write(&sandbox, &object, None, &body, allows_duplicates(&headers), caller.0) {
        Ok(id) => (
            StatusCode::CREATED,
            [(header::LOCATION, format!("/services/data/{version}/sobjects/{object}/{id}"))],
            Json(json!({ "id": id, "success": true, "errors": [] })),
        )
            .into_response(),
        Err(error) => error.response(),
    }
}

pub(super) fn find(org: &Org, object: &str, id: &str) -> Result<(Spec, u64, Row), RowError> {
    let missing = || RowError::new("NOT_FOUND", "The requested resource does not exist", &[]);
    let spec = org.spec(object).ok_or_else(missing)?;
    let (index, row) = org.find(spec, id).ok_or_else(missing)?;
    if Org::is_deleted(spec, &row) {
        return Err(RowError::new("ENTITY_IS_DELETED", "entity is deleted", &[]));
    }
    Ok((spec.clone(), index, row))
}

/// `GET sobjects/X/id`.
pub async fn read(
    State(sandbox): Shared,
    Extension(caller): Extension<Caller>,
    Path((version, object, id)): Path<(String, String, String)>,
    UrlQuery(ask): UrlQuery<Fields>,
) -> Response {
    let org = sandbox.org.read().expect("no panic holds it");
    match find(&org, &object, &id) {
        Ok((spec, _, row)) => {
            let hidden = hidden_from(&org, caller.0);
            let fields: Vec<String> = match ask.get("fields") {
                Some(fields) => fields.split(',').map(|field| field.trim().to_owned()).collect(),
                None => {
                    spec.fields.iter().filter(|field| !hidden.contains(&(spec.name.to_owned(), (**field).to_owned()))).map(|&field| field.to_owned()).collect()
                }
            };
            Json(record(&org, &spec, &row, &fields, &version)).into_response()
        }
        Err(error) => error.response(),
    }
}

/// `PATCH sobjects/X/id`.
pub async fn update(
    State(sandbox): Shared,
    Extension(caller): Extension<Caller>,
    Path((_, object, id)): Path<(String, String, String)>,
    Json(body): Json<Value>,
) -> Response {
    let found = find(&sandbox.org.read().expect("no panic holds it"), &object, &id);
    match found.and_then(|(_, index, _)| write(&sandbox, &object, Some(index), &body, true, caller.0)) {
        Ok(_) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => error.response(),
    }
}

pub(super) fn remove(sandbox: &Sandbox, object: &str, id: &str) -> Result<(), RowError> {
    if sandbox.faults.lock().expect("no panic holds it").keeps_rows {
        return Err(RowError::new("INSUFFICIENT_ACCESS_OR_READONLY", "direitos de acesso insuficientes no ID do objeto", &[]));
    }
    let mut org = sandbox.org.write().expect("no panic holds it");
    let (spec, index, _) = find(&org, object, id)?;
    org.update(spec.name, index, &[("IsDeleted", "true")], sandbox.now());
    Ok(())
}

/// `DELETE sobjects/X/id`.
pub async fn delete(State(sandbox): Shared, Path((_, object, id)): Path<(String, String, String)>) -> Response {
    match remove(&sandbox, &object, &id) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => error.response(),
    }
}

pub(super) fn by_external(org: &Org, object: &str, field: &str, value: &str) -> Result<(Spec, Vec<u64>), RowError> {
    let spec = org.spec(object).ok_or_else(|| RowError::new("NOT_FOUND", "The requested resource does not exist", &[]))?.clone();
    if field.eq_ignore_ascii_case("Id") {
        let found = org.index(&spec, value).into_iter().collect();
        return Ok((spec, found));
    }
    let is_missing = super::metadata::is_packaged(&spec, field) && !super::metadata::is_installed(org);
    if is_missing || !field.eq_ignore_ascii_case("Inlay_Key__c") && !field.eq_ignore_ascii_case("Email") || soql::position(&spec, field).is_none() {
        return Err(RowError::new("NOT_FOUND", format!("Provided external ID field does not exist or is not accessible: {field}"), &[]));
    }
    let text = format!("SELECT Id FROM {} WHERE {field} = '{}'", spec.name, value.replace('\'', "\\'"));
    let found = Query::parse(org, &text, &HashSet::new(), 0).map(|query| query.run(org, false)).unwrap_or_default();
    Ok((spec, found))
}

/// What an upsert came to: id and whether it is new; or several rows.
pub(super) fn upsert_one(
    sandbox: &Sandbox,
    object: &str,
    field: &str,
    value: &str,
    body: &Value,
    user: u64,
) -> Result<Result<(String, bool), Vec<String>>, RowError> {
    let (spec, found) = by_external(&sandbox.org.read().expect("no panic holds it"), object, field, value)?;
    if found.len() > 1 {
        let org = sandbox.org.read().expect("no panic holds it");
        return Ok(Err(found.iter().map(|index| org.row(&spec, *index)[0].clone()).collect()));
    }
    let mut body = body.clone();
    if found.is_empty() && !field.eq_ignore_ascii_case("Id") {
        body[field] = value.into();
    }
    write(sandbox, object, found.first().copied(), &body, true, user).map(|id| Ok((id, found.is_empty())))
}

/// `PATCH sobjects/X/Field__c/value`: creates or changes; 300 if several rows have the value.
pub async fn upsert(
    State(sandbox): Shared,
    Extension(caller): Extension<Caller>,
    Path((version, object, field, value)): Path<(String, String, String, String)>,
    Json(body): Json<Value>,
) -> Response {
    match upsert_one(&sandbox, &object, &field, &value, &body, caller.0) {
        Ok(Ok((id, created))) => {
            (if created { StatusCode::CREATED } else { StatusCode::OK }, Json(json!({ "id": id, "success": true, "errors": [], "created": created })))
                .into_response()
        }
        Ok(Err(ids)) => {
            (StatusCode::MULTIPLE_CHOICES, Json(json!(ids.iter().map(|id| format!("/services/data/{version}/sobjects/{object}/{id}")).collect::<Vec<_>>())))
                .into_response()
        }
        Err(error) => error.response(),
    }
}

/// `GET sobjects/X/Field__c/value`.
pub async fn read_external(State(sandbox): Shared, Path((version, object, field, value)): Path<(String, String, String, String)>) -> Response {
    let org = sandbox.org.read().expect("no panic holds it");
    match by_external(&org, &object, &field, &value) {
        Ok((spec, found)) if found.len() == 1 => {
            let fields: Vec<String> = spec.fields.iter().map(|&field| field.to_owned()).collect();
            Json(record(&org, &spec, &org.row(&spec, found[0]), &fields, &version)).into_response()
        }
        Ok((_, found)) if found.is_empty() => no_object(),
        Ok(_) => StatusCode::MULTIPLE_CHOICES.into_response(),
        Err(error) => error.response(),
    }
}

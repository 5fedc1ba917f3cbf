//! Objects and fields of the sandbox org, and their describe results.

use inlay_core::model::object::Object;
use serde_json::{Value, json};
use std::collections::HashSet;

/// An object: its fields in order.
#[derive(Debug, Clone)]
pub struct Spec {
    /// API name.
    pub name: &'static str,
    /// First three characters of its ids.
    pub prefix: &'static str,
    /// Field names; `Id` first.
    pub fields: Vec<&'static str>,
    /// Bulk queries are refused.
    pub no_bulk: bool,
}

/// All objects of the org.
pub fn specs() -> Vec<Spec> {
    let mut specs: Vec<Spec> = Object::ALL
        .iter()
        .map(|object| {
            let mut fields = [object.fields(), object.added_fields()].concat();
            match object {
                Object::Contact | Object::Lead => fields.extend(["LinkedIn_Profile__c", "Inlay_Key__c"]),
                Object::Account => fields.push("Inlay_Key__c"),
                Object::User => fields.extend(["Username", "UserType"]),
                _ => {}
            }
            Spec { name: object.name(), prefix: object.prefix(), fields, no_bulk: false }
        })
        .collect();
    let mut add = |name, prefix, fields: &[&'static str], no_bulk| specs.push(Spec { name, prefix, fields: fields.to_vec(), no_bulk });
    add("OpportunityStage", "01J", &["Id", "MasterLabel", "SortOrder", "IsClosed", "IsWon", "IsActive", "SystemModstamp"], true);
    add(
        "Task",
        "00T",
        &[
            "Id",
            "WhoId",
            "WhatId",
            "OwnerId",
            "Subject",
            "Status",
            "Priority",
            "Description",
            "ActivityDate",
            "TaskSubtype",
            "CallDurationInSeconds",
            "CallType",
            "CallDisposition",
            "CallObject",
            "RecordTypeId",
            "Inlay_Key__c",
            "IsClosed",
            "IsArchived",
            "CreatedById",
            "CreatedDate",
            "LastModifiedDate",
            "SystemModstamp",
            "IsDeleted",
        ],
        false,
    );
    add(
        "Note",
        "002",
        &["Id", "ParentId", "Title", "Body", "OwnerId", "IsPrivate", "CreatedById", "CreatedDate", "LastModifiedDate", "SystemModstamp", "IsDeleted"],
        false,
    );
    add(
        "ContentNote",
        "069",
        &["Id", "Title", "Content", "OwnerId", "FileType", "CreatedById", "CreatedDate", "LastModifiedDate", "SystemModstamp", "IsDeleted"],
        true,
    );
    add("ContentDocumentLink", "06A", &["Id", "ContentDocumentId", "LinkedEntityId", "ShareType", "Visibility", "SystemModstamp", "IsDeleted"], true);
    add("TaskStatus", "01T", &["Id", "MasterLabel", "SortOrder", "IsClosed", "IsDefault", "SystemModstamp"], true);
    add("RecordType", "012", &["Id", "Name", "DeveloperName", "SobjectType", "IsActive", "SystemModstamp", "IsDeleted"], true);
    add("PermissionSet", "0PS", &["Id", "Name", "Label", "SystemModstamp", "IsDeleted"], true);
    add("PermissionSetAssignment", "0Pa", &["Id", "AssigneeId", "PermissionSetId", "SystemModstamp", "IsDeleted"], true);
    add("UserPermissionAccess", "0UP", &["Id", "PermissionsApiEnabled", "PermissionsViewAllData", "PermissionsModifyAllData", "SystemModstamp"], true);
    add("AuthSession", "0Ak", &["Id", "UsersId", "IsCurrent", "SessionSecurityLevel", "SystemModstamp"], true);
    add("LoginHistory", "0Ya", &["Id", "UserId", "LoginTime", "Status", "SystemModstamp"], true);
    add("Group", "00G", &["Id", "Name", "DeveloperName", "Type", "SystemModstamp"], false);
    add("Organization", "00D", &["Id", "Name", "OrganizationType", "IsSandbox", "InstanceName", "TrialExpirationDate", "SystemModstamp"], true);
    specs
}

/// A field's Salesforce type.
pub fn kind(field: &str) -> &'static str {
    match field {
        "Id" => "id",
        "ConvertedDate" | "CloseDate" | "LastActivityDate" | "ActivityDate" => "date",
        "SystemModstamp" | "CreatedDate" | "LastModifiedDate" | "LastReferencedDate" | "LastViewedDate" | "TrialExpirationDate" => "datetime",
        "DoNotCall" | "HasOptedOutOfEmail" => "boolean",
        "Email" => "email",
        "Phone" | "MobilePhone" | "Fax" => "phone",
        "Website" | "LinkedIn_Profile__c" => "url",
        "AnnualRevenue" | "Amount" => "currency",
        "NumberOfEmployees" | "SortOrder" | "CallDurationInSeconds" => "int",
        "Description" | "Street" | "MailingStreet" | "BillingStreet" | "ShippingStreet" | "Body" | "Content" => "textarea",
        "Status" | "Rating" | "Industry" | "StageName" | "LeadSource" | "Type" | "Role" | "Ownership" | "Priority" | "TaskSubtype" | "CallType"
        | "CurrencyIsoCode" => "picklist",
        name if name.starts_with("Is") || name.starts_with("Permissions") => "boolean",
        name if name.ends_with("Id") => "reference",
        _ => "string",
    }
}

/// The most characters a field takes.
pub fn length(field: &str) -> usize {
    match field {
        "FirstName" | "Phone" | "MobilePhone" | "Fax" => 40,
        "LastName" | "Email" => 80,
        "Title" => 128,
        "Description" | "Body" => 32_000,
        "Content" => 50 << 20,
        _ => 255,
    }
}

/// Fields that a new row must have.
pub fn required(object: &str) -> &'static [&'static str] {
    match object {
        "Contact" => &["LastName"],
        "Lead" => &["LastName", "Company"],
        "Account" => &["Name"],
        "Opportunity" => &["Name", "StageName", "CloseDate"],
        "OpportunityContactRole" => &["OpportunityId", "ContactId"],
        "Note" => &["ParentId", "Title"],
        "ContentNote" => &["Title"],
        "ContentDocumentLink" => &["ContentDocumentId", "LinkedEntityId"],
        _ => &[],
    }
}

/// Fields only Salesforce writes.
pub fn is_read_only(field: &str) -> bool {
    matches!(
        field,
        "Id" | "SystemModstamp"
            | "CreatedDate"
            | "LastModifiedDate"
            | "LastReferencedDate"
            | "LastViewedDate"
            | "IsDeleted"
            | "MasterRecordId"
            | "IsConverted"
            | "ConvertedDate"
            | "ConvertedContactId"
            | "ConvertedAccountId"
            | "ConvertedOpportunityId"
            | "IsClosed"
            | "IsWon"
            | "LastActivityDate"
            | "CreatedById"
            | "IsArchived"
    )
}

/// The values of a restricted picklist.
pub fn restricted(object: &str, field: &str) -> Option<&'static [&'static str]> {
    match (object, field) {
        ("Account", "Rating") => Some(&["Hot", "Warm", "Cold"]),
        ("Task", "Status") => Some(&["Not Started", "In Progress", "Completed", "Waiting on someone else", "Deferred"]),
        ("Task", "TaskSubtype") => Some(&["Task", "Email", "Call", "LinkedIn"]),
        _ => None,
    }
}

/// The describe result for a user who may not see the hidden fields, and may use these record types besides the master.
pub fn describe(spec: &Spec, hidden: &HashSet<(String, String)>, record_types: Vec<Value>) -> Value {
    let master = json!({ "active": true, "available": true, "defaultRecordTypeMapping": true, "developerName": "Master", "master": true, "name": "Master", "recordTypeId": "012000000000000AAA", "urls": {} });
    let record_types: Vec<Value> = record_types.into_iter().chain([master]).collect();
    let fields: Vec<Value> = spec
        .fields
        .iter()
        .filter(|field| !hidden.contains(&(spec.name.to_owned(), (**field).to_owned())))
        .map(|field| describe_field(spec.name, field))
        .collect();
    json!({
        "name": spec.name, "label": spec.name, "labelPlural": format!("{}s", spec.name), "keyPrefix": spec.prefix, "custom": false,
        "createable": true, "updateable": true, "deletable": true, "queryable": true, "retrieveable": true, "searchable": true,
        "undeletable": true, "mergeable": matches!(spec.name, "Account" | "Contact" | "Lead"), "layoutable": true, "triggerable": true,
        "replicateable": true, "activateable": false, "feedEnabled": true, "customSetting": false, "deprecatedAndHidden": false,
        "childRelationships": [], "recordTypeInfos": record_types,
        "supportedScopes": [], "urls": { "sobject": format!("/services/data/v66.0/sobjects/{}", spec.name) }, "fields": fields
    })
}

fn describe_field(object: &str, field: &str) -> Value {
    let kind = kind(field);
    let values: Vec<Value> = restricted(object, field)
        .unwrap_or(&[])
        .iter()
        .map(|value| json!({ "active": true, "defaultValue": false, "label": value, "value": value, "validFor": null }))
        .collect();
    let reference = match field {
        "AccountId" | "ConvertedAccountId" => json!(["Account"]),
        "OwnerId" if object == "Lead" || object == "Task" => json!(["Group", "User"]),
        "OwnerId" | "CreatedById" => json!(["User"]),
        "WhoId" => json!(["Contact", "Lead"]),
        "WhatId" => json!(["Account", "Opportunity"]),
        "ContactId" | "ConvertedContactId" => json!(["Contact"]),
        "OpportunityId" | "ConvertedOpportunityId" => json!(["Opportunity"]),
        _ if kind == "reference" => json!([object]),
        _ => json!([]),
    };
    json!({
        "name": field, "label": field, "type": kind, "length": if matches!(kind, "string" | "textarea" | "picklist" | "phone" | "email" | "url") { length(field) } else { 0 },
        "byteLength": 765, "nillable": !required(object).contains(&field) && field != "Id", "createable": !is_read_only(field), "updateable": !is_read_only(field),
        "custom": field.ends_with("__c"), "externalId": field == "Inlay_Key__c", "unique": field == "Inlay_Key__c", "idLookup": matches!(field, "Id" | "Inlay_Key__c" | "Email"),
        "filterable": true, "sortable": true, "groupable": true, "calculated": false, "autoNumber": false, "defaultedOnCreate": kind == "boolean" || field == "OwnerId",
        "deprecatedAndHidden": false, "permissionable": true, "nameField": matches!(field, "Name" | "Subject"), "referenceTo": reference, "relationshipName": field.strip_suffix("Id").filter(|_| kind == "reference"),
        "restrictedPicklist": restricted(object, field).is_some(), "picklistValues": values, "soapType": match kind { "boolean" => "xsd:boolean", "int" => "xsd:int", "currency" => "xsd:double", "date" => "xsd:date", "datetime" => "xsd:dateTime", "id" | "reference" => "tns:ID", _ => "xsd:string" },
        "precision": 0, "scale": 0, "digits": 0, "inlineHelpText": null, "defaultValue": null, "controllerName": null, "calculatedFormula": null, "compoundFieldName": null, "encrypted": false, "htmlFormatted": false, "mask": null, "extraTypeInfo": null
    })
}

//! What an object looks like to the connected user: fields hidden by field-level security are simply absent (spec 9).

use super::Api;
use super::http::{Method, Reply, Request};
use crate::model::object::Object;
use serde::Deserialize;

/// Fields to import, in SELECT order, and what the user may not see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// Fields named by `fields.md`, those Inlay adds, and LinkedIn fields found by name.
    pub fields: Vec<String>,
    /// Fields named by `fields.md` that the connected user may not see.
    pub hidden: Vec<String>,
}

#[derive(Deserialize)]
struct SfDescribe {
    fields: Vec<SfField>,
}

#[derive(Deserialize)]
struct SfField {
    name: String,
    #[serde(rename = "type", default)]
    kind: String,
}

/// Asks for an object's description.
pub fn request(api: Api, object: Object) -> Request {
    api.request(Method::Get, &format!("sobjects/{}/describe", object.name()))
}

/// Reads the SELECT list off a description; none if the reply isn't one.
pub fn selection(reply: &Reply, object: Object) -> Option<Selection> {
    let describe: SfDescribe = serde_json::from_slice(&reply.body).ok()?;
    let visible = |name: &&str| describe.fields.iter().any(|field| field.name == **name);
    let listed = object.fields().iter().copied().filter(visible);
    let added = object.added_fields().iter().copied().filter(visible);
    // A LinkedIn address or member id stored in the CRM decides a match at once (spec 18).
    let linked = describe.fields.iter().filter(|field| is_linkedin(field)).map(|field| field.name.as_str());
    Some(Selection {
        fields: listed.chain(added).chain(linked).map(str::to_owned).collect(),
        hidden: object.fields().iter().filter(|name| !visible(name)).map(|name| (*name).to_owned()).collect(),
    })
}

/// Whether a field's name tells that it holds a LinkedIn address or id.
pub(crate) fn is_linkedin_name(name: &str) -> bool {
    name.ends_with("__c") && (name.to_ascii_lowercase().contains("linkedin") || name.starts_with("LID__LinkedIn"))
}

fn is_linkedin(field: &SfField) -> bool {
    is_linkedin_name(&field.name) && matches!(field.kind.as_str(), "url" | "string")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_fields_are_listed_and_never_selected() {
        let body = r#"{"fields":[{"name":"Id","type":"id"},{"name":"Name","type":"string"},
            {"name":"SystemModstamp","type":"datetime"},{"name":"LinkedIn_Page__c","type":"url"}]}"#;
        let reply = Reply { status: 200, body: body.into(), ..Reply::default() };
        let selection = selection(&reply, Object::UserRole).expect("a description");
        assert_eq!(selection.fields, ["Id", "Name", "SystemModstamp", "LinkedIn_Page__c"]);
        assert_eq!(selection.hidden, ["ParentRoleId", "LastModifiedDate"]);
    }
}

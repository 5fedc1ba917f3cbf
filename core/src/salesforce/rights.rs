//! What the connected user may do, asked in one call: its permissions (UserPermissionAccess), its session (AuthSession), its sign-ins
//! (LoginHistory), and what may be created.

use super::http::{Reply, Request, encode_form};
use super::{Api, batch, metadata};
use crate::model::activity::ActivityKind;
use crate::model::id::RecordId;
use serde_json::Value;
use std::collections::BTreeMap;

/// Sign-ins looked at.
const SIGN_INS: usize = 50;
/// What Salesforce calls a sign-in from a wrong address; in English whatever the org's language.
const RESTRICTED: &str = "Restricted IP";

/// What was told. None where Salesforce didn't.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights {
    /// "API Enabled".
    pub api: Option<bool>,
    /// "View All Data".
    pub views_all: Option<bool>,
    /// "Modify All Data".
    pub modifies_all: Option<bool>,
    /// The session's security level, such as `STANDARD`.
    pub session: Option<String>,
    /// A sign-in was refused for its address lately.
    pub restricted: Option<bool>,
    /// Of Task: fields that can be filled in when one is created, none of them if none can be; and the record types of Inlay's package.
    pub task: Option<(Vec<String>, BTreeMap<ActivityKind, RecordId>)>,
    /// Whether a Note can be created.
    pub notes: bool,
    /// Whether a ContentNote can be created.
    pub content_notes: bool,
}

/// Asks for all of it.
pub fn ask(api: Api, user: RecordId) -> Request {
    let query = |soql: &str| format!("query?{}", encode_form(&[("q", soql)]));
    let parts = [
        query("SELECT PermissionsApiEnabled, PermissionsViewAllData, PermissionsModifyAllData FROM UserPermissionAccess"),
        query(&format!("SELECT SessionSecurityLevel FROM AuthSession WHERE UsersId = '{user}' AND IsCurrent = true")),
        query(&format!("SELECT Status FROM LoginHistory WHERE UserId = '{user}' ORDER BY LoginTime DESC LIMIT {SIGN_INS}")),
        "sobjects/Task/describe".to_owned(),
        "sobjects/Note/describe".to_owned(),
        "sobjects/ContentNote/describe".to_owned(),
    ];
    batch::ask(api, &parts)
}

/// Reads the answer; none if it isn't one.
pub fn read(reply: &Reply) -> Option<Rights> {
    let [permissions, sessions, sign_ins, task, note, content_note] = batch::told(reply, 6)?.try_into().ok()?;
    let can_create = |object: &Option<Value>| object.as_ref().is_some_and(|object| object["createable"] == true);
    let may = |name: &str| permissions.as_ref()?["records"][0][name].as_bool();
    let task = task.and_then(|task| {
        let is_creatable = task["createable"] == true;
        let fields = task["fields"].as_array()?.iter().filter(|field| is_creatable && field["createable"] == true);
        let names = fields.filter_map(|field| Some(field["name"].as_str()?.to_owned())).collect();
        Some((names, metadata::found_in(task)?.0))
    });
    Some(Rights {
        api: may("PermissionsApiEnabled"),
        views_all: may("PermissionsViewAllData"),
        modifies_all: may("PermissionsModifyAllData"),
        session: sessions.and_then(|sessions| Some(sessions["records"][0]["SessionSecurityLevel"].as_str()?.to_owned())),
        restricted: sign_ins.and_then(|sign_ins| Some(sign_ins["records"].as_array()?.iter().any(|one| one["Status"] == RESTRICTED))),
        task,
        notes: can_create(&note),
        content_notes: can_create(&content_note),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_isn_t_told_isn_t_known() {
        let reply = |body: &str| Reply { status: 200, body: body.into(), ..Reply::default() };
        assert_eq!(read(&reply("<html>")), None);
        assert_eq!(read(&reply(r#"{"results":[]}"#)), None);
        let refused = r#"{"statusCode":400,"result":[{"errorCode":"INVALID_TYPE","message":"x"}]}"#;
        assert_eq!(read(&reply(&format!(r#"{{"results":[{}]}}"#, [refused; 6].join(",")))), Some(Rights::default()));
    }
}

//! What happens to rows in Salesforce itself, whoever does it there: merges, conversions, deletions, sharing, field-level security.

use super::org::Org;
use super::rest::{Shared, no_object};
use super::server::{Sandbox, error};
use super::world::World;
use axum::extract::{Json, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// Why a deed can't be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undone {
    /// There is no such row.
    NoRow,
    /// There is no such deed.
    NoDeed,
}

impl Org {
    /// Does a deed at a moment, in seconds: `{"deed":"change|create|convert|merge|delete|undelete|purge|late|archive|unshare|share","object":…,"id":…,
    /// "into":…,"fields":{…}}`, `{"deed":"hide|show","user":…,"object":…,"field":…}`.
    pub fn happen(&mut self, now: i64, deed: &Value) -> Result<(), Undone> {
        let get = |name: &str| deed[name].as_str().unwrap_or("");
        let fields: Vec<(&str, &str)> =
            deed["fields"].as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value.as_str().unwrap_or(""))).collect();
        match get("deed") {
            "hide" | "show" => {
                let hidden = self.hidden.entry(World::id("005", deed["user"].as_u64().unwrap_or(0))).or_default();
                let field = (get("object").to_owned(), get("field").to_owned());
                let _ = if get("deed") == "hide" { hidden.insert(field) } else { hidden.remove(&field) };
                return Ok(());
            }
            "create" => {
                self.create(get("object"), &fields, now);
                return Ok(());
            }
            _ => {}
        }
        let spec = self.spec(get("object")).ok_or(Undone::NoRow)?.clone();
        let index = self.index(&spec, get("id")).ok_or(Undone::NoRow)?;
        let into = get("into");
        match get("deed") {
            "change" => self.update(spec.name, index, &fields, now),
            "delete" => self.update(spec.name, index, &[("IsDeleted", "true")], now),
            "undelete" => self.update(spec.name, index, &[("IsDeleted", "false"), ("MasterRecordId", "")], now),
            "merge" => {
                self.update(spec.name, index, &[("IsDeleted", "true"), ("MasterRecordId", into)], now);
                self.adopt(spec.name, get("id"), into, now);
            }
            "convert" => self.update(spec.name, index, &[("IsConverted", "true"), ("ConvertedContactId", into), ("Status", "Closed - Converted")], now),
            "archive" => self.update(spec.name, index, &[("IsArchived", "true")], now),
            // Committed now, stamped ten minutes ago.
            "late" => self.update(spec.name, index, &[("Title", "late"), ("Description", "late")], now - 600),
            "purge" => self.purge(spec.name, index),
            "unshare" | "share" => self.share(get("id"), get("deed") == "share"),
            _ => return Err(Undone::NoDeed),
        }
        Ok(())
    }

    /// A merge's winner takes over the loser's children.
    fn adopt(&mut self, object: &str, loser: &str, winner: &str, now: i64) {
        let children: &[(&str, &str)] = match object {
            "Account" => &[("Contact", "AccountId"), ("Opportunity", "AccountId")],
            "Contact" => &[("OpportunityContactRole", "ContactId")],
            _ => &[],
        };
        for (child, field) in children {
            let spec = self.spec(child).expect("a known object").clone();
            let place = spec.fields.iter().position(|known| known == field).expect("a known field");
            for index in self.present(&spec) {
                if self.row(&spec, index)[place] == loser {
                    self.update(child, index, &[(field, winner)], now);
                }
            }
        }
    }
}

impl Sandbox {
    /// Does a deed now.
    pub fn happen(&self, deed: &Value) -> Result<(), Undone> {
        self.org.write().expect("no panic holds it").happen(self.now(), deed)
    }
}

/// `POST /sandbox/do`.
pub async fn happen(State(sandbox): Shared, Json(deed): Json<Value>) -> Response {
    match sandbox.happen(&deed) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(Undone::NoRow) => no_object(),
        Err(Undone::NoDeed) => error(400, "INVALID_INPUT", "unknown deed"),
    }
}

//! What people do in the org meanwhile.

use super::Simulation;
use crate::sandbox::world::World;
use inlay_core::model::object::Object;
use serde_json::{Value, json};

/// Person accounts of an org that has any.
const PERSON_ACCOUNTS: u64 = 3;

/// A person account's number as its account and its contact: after all others.
fn person_account(number: u64) -> [(Object, String); 2] {
    [Object::Account, Object::Contact].map(|object| (object, World::id(object.prefix(), 50_000 + number)))
}

impl Simulation {
    /// Some orgs sell to persons, too.
    pub(super) fn create_person_accounts(&mut self) {
        for number in 0..PERSON_ACCOUNTS {
            let [(_, account), (_, contact)] = person_account(number);
            let fields = json!({ "Id": account, "Name": format!("Person {number}"), "IsPersonAccount": "true", "PersonContactId": contact });
            let of_contact = json!({ "Id": contact, "LastName": format!("Person {number}"), "IsPersonAccount": "true", "AccountId": account });
            for (object, fields) in [("Account", fields), ("Contact", of_contact)] {
                self.sandbox.happen(&json!({ "deed": "create", "object": object, "fields": fields })).expect("nobody has these ids");
            }
        }
    }

    /// One half of a person account, whose number is any.
    pub(super) fn some_person_account(&mut self) -> String {
        let [(_, account), (_, contact)] = person_account(self.dice.below(PERSON_ACCOUNTS));
        if self.dice.chance(50) { account } else { contact }
    }

    /// What happens to a person account happens to both its rows.
    fn something_happens_to_a_person(&mut self) {
        let (number, other) = (self.dice.below(PERSON_ACCOUNTS), self.dice.below(PERSON_ACCOUNTS));
        let (roll, word) = (self.dice.below(20), format!("Person {}", self.dice.below(50)));
        for ((object, id), (_, into)) in person_account(number).into_iter().zip(person_account(other)) {
            let name = if object == Object::Account { "Name" } else { "LastName" };
            let deed = match roll {
                0..=11 => json!({ "deed": "change", "object": object.name(), "id": id, "fields": { name: word } }),
                12..=14 => json!({ "deed": "delete", "object": object.name(), "id": id }),
                15..=17 => json!({ "deed": "undelete", "object": object.name(), "id": id }),
                _ if number == other => return,
                _ => json!({ "deed": "merge", "object": object.name(), "id": id, "into": into }),
            };
            let done = self.sandbox.happen(&deed);
            self.tell(|| format!("deed {deed}: {done:?}"));
        }
    }

    pub(super) fn something_happens(&mut self) {
        if self.has_persons && self.dice.chance(20) {
            return self.something_happens_to_a_person();
        }
        let object = *self.dice.pick(&[Object::Account, Object::Contact, Object::Contact, Object::Lead, Object::Opportunity, Object::OpportunityContactRole]);
        let deed = self.deed(object);
        let id = deed["id"].as_str().unwrap_or_default().to_owned();
        let done = self.sandbox.happen(&deed);
        self.tell(|| format!("deed {deed}: {done:?}"));
        if done.is_ok() && matches!(deed["deed"].as_str(), Some("purge" | "unshare" | "share")) {
            let newest = self.runs().ok().and_then(|runs| runs.first().map(|run| run.number));
            self.untraceable.insert(id, newest.unwrap_or(0));
        }
    }

    fn deed(&mut self, object: Object) -> Value {
        let count = self.sandbox.org.read().expect("no panic holds it").len(object.name());
        let dice = &mut self.dice;
        let id = World::id(object.prefix(), dice.below(count));
        let other = World::id(object.prefix(), dice.below(count));
        let word = format!("{} {}", dice.pick(&["Ada", "Lin", "Bo", "Zoë", "\"Q\"", "a,b", "two\nlines", "李"]), dice.below(50));
        let name = match object {
            Object::Contact | Object::Lead => "LastName",
            _ => "Name",
        };
        match dice.below(20) {
            0..=8 => {
                json!({ "deed": "change", "object": object.name(), "id": id, "fields": { name: word, "Email": format!("x{}@mail.example", dice.below(90)), "Role": word } })
            }
            9..=11 => {
                json!({ "deed": "create", "object": object.name(), "fields": { name: word, "Company": word, "Email": format!("y{}@mail.example", dice.below(90)) } })
            }
            12 | 13 => json!({ "deed": "delete", "object": object.name(), "id": id }),
            14 => json!({ "deed": "undelete", "object": object.name(), "id": id }),
            15 if matches!(object, Object::Account | Object::Contact | Object::Lead) && id != other => {
                json!({ "deed": "merge", "object": object.name(), "id": id, "into": other })
            }
            16 if object == Object::Lead => json!({ "deed": "convert", "object": "Lead", "id": id, "into": World::id("003", dice.below(12)) }),
            17 => json!({ "deed": "late", "object": object.name(), "id": id }),
            18 if dice.chance(30) => json!({ "deed": "purge", "object": object.name(), "id": id }),
            18 if dice.chance(50) => json!({ "deed": *dice.pick(&["unshare", "share"]), "object": object.name(), "id": id }),
            19 if dice.chance(20) => {
                let field = *dice.pick(&["Email", "Phone", "Title", "Website", "LastActivityDate", "Description"]);
                json!({ "deed": *dice.pick(&["hide", "show", "show"]), "user": 0, "object": object.name(), "field": field })
            }
            _ => json!({ "deed": "change", "object": object.name(), "id": id, "fields": { "Description": word } }),
        }
    }
}

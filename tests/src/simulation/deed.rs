//! What people do in the org meanwhile.

use super::Simulation;
use crate::sandbox::world::World;
use inlay_core::model::object::Object;
use serde_json::{Value, json};

impl Simulation {
    pub(super) fn something_happens(&mut self) {
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

//! The org's rows: generated ones computed when asked, changed and created ones kept.

use super::dice::datetime;
use super::object::STAGES;
use super::schema::{Spec, specs};
use super::world::World;
use inlay_core::model::id::RecordId;
use inlay_core::model::object::Object;
use std::collections::{BTreeMap, HashMap, HashSet};

/// A row in the order of its object's fields.
pub type Row = Vec<String>;

/// The org.
pub struct Org {
    /// The generated world.
    pub world: World,
    /// Objects.
    pub specs: Vec<Spec>,
    /// Fields hidden by user id.
    pub hidden: HashMap<String, HashSet<(String, String)>>,
    /// Ids that sharing keeps from the connected user.
    unshared: HashSet<String>,
    changed: HashMap<&'static str, BTreeMap<u64, Row>>,
    count: HashMap<&'static str, u64>,
    index_of_foreign: HashMap<String, u64>,
}

impl Org {
    /// An org with a generated world.
    pub fn generated(world: World) -> Self {
        let specs = specs();
        let count = Object::ALL.iter().map(|object| (object.name(), world.count(*object))).collect();
        let mut org = Self { world, specs, hidden: HashMap::new(), unshared: HashSet::new(), changed: HashMap::new(), count, index_of_foreign: HashMap::new() };
        org.add_fixed_rows();
        for object in [Object::Contact, Object::Lead, Object::Account, Object::Opportunity] {
            org.add_deleted_rows(object);
        }
        org
    }

    /// Rows that are gone: duplicates merged into a row that stays, and plainly deleted ones. Behind all others, so that
    /// every generated row keeps its index.
    fn add_deleted_rows(&mut self, object: Object) {
        let spec = self.spec(object.name()).expect("a known object").clone();
        let total = self.len(spec.name);
        for copy in 0..=total / 250 {
            let original = copy * 31 % total.max(1);
            let row = self.row(&spec, original);
            let master = if copy % 2 == 0 { row[0].clone() } else { String::new() };
            let values: Vec<(&str, &str)> = spec.fields.iter().copied().zip(row.iter().map(String::as_str)).filter(|(name, _)| *name != "Id").collect();
            self.create(spec.name, &values, 1_793_491_200);
            self.update(spec.name, self.len(spec.name) - 1, &[("IsDeleted", "true"), ("MasterRecordId", &master)], 1_793_491_200);
        }
    }

    fn add_fixed_rows(&mut self) {
        for (order, (name, closed, won)) in STAGES.iter().enumerate() {
            self.create(
                "OpportunityStage",
                &[
                    ("MasterLabel", name),
                    ("SortOrder", &(order + 1).to_string()),
                    ("IsClosed", &closed.to_string()),
                    ("IsWon", &won.to_string()),
                    ("IsActive", "true"),
                ],
                0,
            );
        }
        let statuses = ["Not Started", "In Progress", "Completed", "Waiting on someone else", "Deferred"];
        for (order, status) in statuses.iter().enumerate() {
            let (closed, default) = ((*status == "Completed").to_string(), (order == 0).to_string());
            self.create("TaskStatus", &[("MasterLabel", status), ("SortOrder", &(order + 1).to_string()), ("IsClosed", &closed), ("IsDefault", &default)], 0);
        }
        self.create("UserPermissionAccess", &[("PermissionsApiEnabled", "true"), ("PermissionsViewAllData", "true"), ("PermissionsModifyAllData", "true")], 0);
        let user = World::id("005", 0);
        self.create("AuthSession", &[("UsersId", &user), ("IsCurrent", "true"), ("SessionSecurityLevel", "STANDARD")], 0);
        self.create("LoginHistory", &[("UserId", &user), ("LoginTime", "2026-11-01T00:00:00.000Z"), ("Status", "Success")], 0);
        self.create("Group", &[("Name", "Partner queue"), ("DeveloperName", "Partner_queue"), ("Type", "Queue")], 0);
        self.create(
            "Organization",
            &[("Name", "Sandbox Org"), ("OrganizationType", "Enterprise Edition"), ("IsSandbox", "true"), ("InstanceName", "LOCAL1")],
            0,
        );
    }

    /// An object by name, whatever its case.
    pub fn spec(&self, name: &str) -> Option<&Spec> {
        self.specs.iter().find(|spec| spec.name.eq_ignore_ascii_case(name))
    }

    /// How many rows an object has or had, deleted ones included.
    pub fn len(&self, object: &str) -> u64 {
        self.count.get(object).copied().unwrap_or(0)
    }

    /// A row by index.
    pub fn row(&self, spec: &Spec, index: u64) -> Row {
        self.changed.get(spec.name).map_or_else(|| self.generated_row(spec, index), |changed| self.row_as_of(spec, index, changed))
    }

    /// An object's rows that are other than generated, at this moment.
    pub fn changed_rows(&self, spec: &Spec) -> BTreeMap<u64, Row> {
        self.changed.get(spec.name).cloned().unwrap_or_default()
    }

    /// A row as it was when these rows were other than generated.
    pub fn row_as_of(&self, spec: &Spec, index: u64, changed: &BTreeMap<u64, Row>) -> Row {
        changed.get(&index).cloned().unwrap_or_else(|| self.generated_row(spec, index))
    }

    fn generated_row(&self, spec: &Spec, index: u64) -> Row {
        Object::from_name(spec.name).map_or_else(|| vec![String::new(); spec.fields.len()], |object| self.world.row(object, index, &spec.fields))
    }

    /// The indexes of the rows that a query gives: those not deleted for good nor kept back by sharing, and, if wanted, those in
    /// the recycle bin. Costs no row: generated ones are neither. With `newer`, only rows stamped after the world was made.
    pub fn visible_rows(&self, spec: &Spec, with_deleted: bool, newer: bool) -> Vec<u64> {
        let changed = self.changed.get(spec.name);
        let keeps = |index: &u64| {
            let row = changed.and_then(|rows| rows.get(index));
            let is_there = row.is_none_or(|row| !row[0].is_empty() && (with_deleted || !Self::is_deleted(spec, row)));
            is_there && (self.unshared.is_empty() || !self.unshared.contains(&row.map_or_else(|| World::id(spec.prefix, *index), |row| row[0].clone())))
        };
        match (newer, changed) {
            (true, Some(changed)) => changed.keys().copied().filter(keeps).collect(),
            (true, None) => Vec::new(),
            (false, _) => (0..self.len(spec.name)).filter(keeps).collect(),
        }
    }

    /// The indexes of the rows that aren't in the recycle bin.
    pub fn present(&self, spec: &Spec) -> Vec<u64> {
        self.visible_rows(spec, false, false)
    }

    /// Deletes a row for good: no query gives it any more.
    pub fn purge(&mut self, object: &'static str, index: u64) {
        let fields = self.spec(object).expect("a known object").fields.len();
        self.put(object, index, vec![String::new(); fields]);
    }

    /// Whether sharing keeps nothing back.
    pub fn is_all_shared(&self) -> bool {
        self.unshared.is_empty()
    }

    /// Keeps a row from the connected user, or no longer.
    pub fn share(&mut self, id: &str, is_shared: bool) {
        let _ = if is_shared { self.unshared.remove(id) } else { self.unshared.insert(id.to_owned()) };
    }

    /// The index of an id of this object, 15 or 18 characters.
    pub fn index(&self, spec: &Spec, id: &str) -> Option<u64> {
        let id = RecordId::parse(id).ok()?;
        let id = id.as_str();
        if !id.starts_with(spec.prefix) {
            return None;
        }
        // A row that was given an id stands in a place whose own id is nobody's.
        let is_free = |index: &u64| self.changed.get(spec.name).and_then(|rows| rows.get(index)).is_none_or(|row| row[0].is_empty() || row[0] == id);
        let index = self.index_of_foreign.get(id).copied().or_else(|| World::index(id).filter(is_free))?;
        (index < self.len(spec.name)).then_some(index)
    }

    /// A row by id, deleted or not.
    pub fn find(&self, spec: &Spec, id: &str) -> Option<(u64, Row)> {
        let index = self.index(spec, id)?;
        Some((index, self.row(spec, index))).filter(|(_, row)| !row[0].is_empty())
    }

    /// Whether a row is in the recycle bin.
    pub fn is_deleted(spec: &Spec, row: &Row) -> bool {
        spec.fields.iter().position(|field| *field == "IsDeleted").is_some_and(|place| row[place] == "true")
    }

    /// Replaces a row.
    pub fn put(&mut self, object: &'static str, index: u64, row: Row) {
        self.changed.entry(object).or_default().insert(index, row);
    }

    /// Creates a row; gives its id. Empty fields get Salesforce's defaults.
    pub fn create(&mut self, object: &str, values: &[(&str, &str)], now: i64) -> String {
        let spec = self.spec(object).expect("a known object").clone();
        let index = self.len(spec.name);
        let given_id = values.iter().find(|(name, _)| *name == "Id").and_then(|(_, id)| RecordId::parse(id).ok());
        let id = given_id.map_or_else(|| World::id(spec.prefix, index), |id| id.to_string());
        if given_id.is_some() {
            self.index_of_foreign.insert(id.clone(), index);
        }
        let row = spec
            .fields
            .iter()
            .map(|field| match values.iter().find(|(name, _)| name.eq_ignore_ascii_case(field)) {
                _ if *field == "Id" => id.clone(),
                Some((_, value)) => (*value).to_owned(),
                None => match *field {
                    "SystemModstamp" | "CreatedDate" | "LastModifiedDate" => datetime(now),
                    "Status" if spec.name == "Task" => "Not Started".into(),
                    "Priority" => "Normal".into(),
                    "Name" if matches!(spec.name, "Contact" | "User") => {
                        let part = |field| values.iter().find(|(name, _)| *name == field).map_or("", |(_, value)| value);
                        format!("{} {}", part("FirstName"), part("LastName")).trim().to_owned()
                    }
                    field if super::schema::kind(field) == "boolean" => "false".into(),
                    _ => String::new(),
                },
            })
            .collect();
        self.count.insert(spec.name, index + 1);
        self.put(spec.name, index, row);
        id
    }

    /// Changes fields of a row.
    pub fn update(&mut self, object: &str, index: u64, values: &[(&str, &str)], now: i64) {
        let spec = self.spec(object).expect("a known object").clone();
        let mut row = self.row(&spec, index);
        for (place, field) in spec.fields.iter().enumerate() {
            if let Some((_, value)) = values.iter().find(|(name, _)| name.eq_ignore_ascii_case(field)) {
                (*value).clone_into(&mut row[place]);
            } else if matches!(*field, "SystemModstamp" | "LastModifiedDate") {
                row[place] = datetime(now);
            }
        }
        self.put(spec.name, index, row);
    }

    /// Removes all generated rows of an object, to load a user's own.
    pub fn clear(&mut self, object: &'static str) {
        self.count.insert(object, 0);
        self.changed.remove(object);
    }

    /// How many rows a user sees now.
    pub fn visible(&self, object: &str) -> u64 {
        self.spec(object).map_or(0, |spec| self.present(spec).len() as u64)
    }
}

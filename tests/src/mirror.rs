//! Whether a workspace shows what the org has: every row and field the connected user may see, and an index that finds each.

use crate::native::DEPLOYMENT;
use crate::sandbox::org::Org;
use crate::sandbox::rest::hidden_from;
use crate::sandbox::schema::Spec;
use crate::sandbox::server::Sandbox;
use crate::sqlite::Sqlite;
use inlay_core::matching::key;
use inlay_core::model::id::RecordId;
use inlay_core::model::object::Object;
use inlay_core::model::record::Record;
use inlay_core::outbox::item::{Item, State};
use inlay_core::seal::Key;
use inlay_core::store::posting::Posting;
use inlay_core::store::record::{self, Layouts};
use inlay_core::store::{activity, meta, posting};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Differences told at most.
const MOST: usize = 12;

/// The workspace's key alone, as the deployment's key opens it: what an unfinished rotation left under the old one doesn't open.
fn key_of(sql: &Sqlite) -> Key {
    secret_of(&meta::blob(sql, "key").expect("storage works").expect("a workspace has a key"))
}

fn secret_of(wrapped: &[u8]) -> Key {
    let secret = Key::new(&DEPLOYMENT).open("key", wrapped).expect("the deployment's key fits");
    Key::new(&secret.try_into().expect("32 bytes"))
}

/// The newest activities in the outbox, of some states.
pub fn activities(sql: &Sqlite, states: &[State], most: usize) -> Vec<Item> {
    // An unfinished rotation has two keys, as the workspace itself.
    let older = meta::blob(sql, "key_old").expect("storage works").map(|wrapped| secret_of(&wrapped));
    let key = key_of(sql);
    let key = older.map_or(key.clone(), |older| key.replacing(older));
    activity::newest(sql, &key, states, most).expect("activities open")
}

/// Rows of Task, Note and ContentNote in the org by their marker, and whether each is deleted.
pub fn rows_of_activities(sandbox: &Sandbox) -> BTreeMap<String, Vec<bool>> {
    let org = sandbox.org.read().expect("no panic holds it");
    let mut rows: BTreeMap<String, Vec<bool>> = BTreeMap::new();
    for (object, field) in [("Task", "CallObject"), ("Note", "Body"), ("ContentNote", "Title")] {
        let spec = org.spec(object).expect("a known object");
        let place = spec.fields.iter().position(|known| *known == field).expect("a known field");
        for row in (0..org.len(object)).map(|index| org.row(spec, index)) {
            let marker = row[place].rfind("inlay:").map_or("", |from| row[place][from..].trim_end_matches(')'));
            rows.entry(marker.to_owned()).or_default().push(Org::is_deleted(spec, &row));
        }
    }
    rows
}

/// The records that each ContentNote is linked to, by the note's id.
pub fn links_of_notes(sandbox: &Sandbox) -> BTreeMap<String, Vec<String>> {
    let org = sandbox.org.read().expect("no panic holds it");
    let mut links: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (_, row) in org.present_rows("ContentDocumentLink") {
        links.entry(row[1].clone()).or_default().push(row[2].clone());
    }
    links
}

fn ids_of(home: &Sqlite, object: Object) -> Vec<RecordId> {
    record::ids(home, object, None, usize::MAX >> 1).expect("storage works")
}

/// An object's records, wherever the workspace has them.
fn records_of(sql: &Sqlite, key: &Key, layouts: &mut Layouts, object: Object) -> BTreeMap<RecordId, Record> {
    let mut records = BTreeMap::new();
    for home in sql.homes() {
        for ids in ids_of(&home, object).chunks(500) {
            for (id, body) in record::sealed(&home, ids).expect("storage works") {
                let record = record::open(sql, key, layouts, id, &body).expect("rows open").expect("its layout is known");
                assert!(records.insert(id, record).is_none(), "{id} is in two shards");
            }
        }
    }
    records
}

/// The records of keys, wherever the workspace has its index.
fn find(sql: &Sqlite, hashes: &[u64], limit: usize) -> HashMap<u64, Posting> {
    let mut found: HashMap<u64, Posting> = HashMap::new();
    let Some(index) = posting::in_use(sql).expect("storage works") else { return found };
    for home in sql.homes() {
        for (hash, posting) in posting::find(&home, index, hashes, limit).expect("the index can be read") {
            let known = found.entry(hash).or_default();
            known.count += posting.count;
            known.ids.extend(posting.ids);
        }
    }
    found
}

/// What differs between workspace and org, in words; empty if nothing does. The rows in `except` may differ.
pub fn differences(sql: &Sqlite, sandbox: &Sandbox, except: &BTreeSet<String>) -> Vec<String> {
    let (key, mut found, mut layouts) = (&key_of(sql), Vec::new(), Layouts::default());
    let org = sandbox.org.read().expect("no panic holds it");
    let hidden = hidden_from(&org, 0);
    let mut expected_entries: BTreeMap<u64, BTreeSet<String>> = BTreeMap::new();
    for object in Object::ALL {
        let spec = org.spec(object.name()).expect("a known object");
        let is_hidden = |field: &str| hidden.contains(&(spec.name.to_owned(), field.to_owned()));
        let records = records_of(sql, key, &mut layouts, object);
        let mut ids: Vec<RecordId> = records.keys().copied().collect();
        for index in org.present(spec) {
            let row = org.row(spec, index);
            let Ok(id) = RecordId::parse(&row[0]) else { continue };
            ids.retain(|known| *known != id);
            if except.contains(id.as_str()) {
                continue;
            }
            let Some(record) = records.get(&id) else {
                found.push(format!("{id} isn't stored"));
                continue;
            };
            found.extend(fields_that_differ(spec, record, &row, &is_hidden));
            for (kind, value) in key::of_record(object, &record.layout.fields, |field| record.get(field)) {
                expected_entries.entry(key.lookup(kind as u8, &value)).or_default().insert(id.to_string());
            }
        }
        found.extend(ids.iter().filter(|id| !except.contains(id.as_str())).map(|id| format!("{id} is stored and isn't in the org")));
    }
    let hashes: Vec<u64> = expected_entries.keys().copied().collect();
    for hashes in hashes.chunks(2_000) {
        let postings = find(sql, hashes, 30_000);
        for hash in hashes {
            let ids: BTreeSet<String> = postings
                .get(hash)
                .into_iter()
                .flat_map(|posting| &posting.ids)
                .filter_map(RecordId::of_packed)
                .map(String::from)
                .filter(|id| !except.contains(id))
                .collect();
            if ids != expected_entries[hash] {
                found.push(format!("a key finds {ids:?}, not {:?}", expected_entries[hash]));
            }
        }
    }
    found.truncate(MOST);
    found
}

fn fields_that_differ(spec: &Spec, record: &Record, row: &[String], is_hidden: &impl Fn(&str) -> bool) -> Vec<String> {
    let differs = |(place, field): (usize, &&str)| {
        let wanted = if is_hidden(field) { "" } else { row[place].trim_end_matches(".0") };
        let is_imported = record.layout.position(field).is_some() || is_hidden(field);
        (is_imported && record.get(field).trim_end_matches(".0") != wanted).then(|| format!("{} {field}: {:?}, not {wanted:?}", record.id, record.get(field)))
    };
    spec.fields.iter().enumerate().filter_map(differs).collect()
}

/// Rows that don't open, and, once there is an index, keys of rows that don't find them.
pub fn unreadable(sql: &Sqlite) -> u64 {
    let (key, mut layouts, mut lost) = (key_of(sql), Layouts::default(), 0);
    let has_index = meta::integer(sql, "generation").expect("storage works").is_some();
    for object in Object::ALL {
        for (home, id) in sql.homes().iter().flat_map(|home| ids_of(home, object).into_iter().map(move |id| (home, id))) {
            let sealed = record::sealed(home, &[id]).unwrap_or_default().remove(&id).unwrap_or_default();
            let Ok(Some(record)) = record::open(sql, &key, &mut layouts, id, &sealed) else {
                lost += 1;
                continue;
            };
            let keys = key::of_record(object, &record.layout.fields, |field| record.get(field));
            let hashes: Vec<u64> = keys.iter().map(|(kind, value)| key.lookup(*kind as u8, value)).collect();
            let found = find(sql, &hashes, usize::MAX);
            let finds = |hash: &&u64| found.get(hash).is_some_and(|posting| posting.ids.iter().any(|packed| RecordId::of_packed(packed) == Some(id)));
            lost += if has_index { (hashes.len() - hashes.iter().filter(finds).count()) as u64 } else { 0 };
        }
    }
    lost
}

/// Keys that find more than they should: entries of records that are gone or have other keys now.
pub fn stale_entries(sql: &Sqlite) -> u64 {
    use inlay_core::store::Sql as _;
    let (key, mut layouts) = (key_of(sql), Layouts::default());
    let mut expected = BTreeSet::new();
    for object in Object::ALL {
        for record in records_of(sql, &key, &mut layouts, object).into_values() {
            let keys = key::of_record(object, &record.layout.fields, |field| record.get(field));
            expected.extend(keys.iter().map(|(kind, value)| key.lookup(*kind as u8, value)));
        }
    }
    let of = |home: Sqlite| home.run("SELECT entries FROM bucket", Vec::new()).expect("storage works").rows;
    let rows: Vec<_> = sql.homes().into_iter().flat_map(of).collect();
    let hashes: BTreeSet<u64> = rows
        .iter()
        .filter_map(|row| match &row[0] {
            inlay_core::store::Value::Blob(bytes) => {
                Some(bytes.chunks_exact(16).map(|entry| entry[..6].iter().fold(0, |hash, byte| hash << 8 | u64::from(*byte))).collect::<Vec<_>>())
            }
            _ => None,
        })
        .flatten()
        .filter(|hash| !expected.contains(hash))
        .collect();
    let hashes: Vec<u64> = hashes.into_iter().collect();
    hashes.chunks(2_000).map(|hashes| find(sql, hashes, 1).len() as u64).sum()
}

//! The outbox's table: activities, sealed, with what must be searched: state, moment, form, and who it is with as a keyed hash.

use super::{Sql, StoreError, Value, sealed};
use crate::model::time::Timestamp;
use crate::outbox::item::{Form, Item, State};
use crate::seal::Key;
use std::collections::BTreeMap;

fn context(id: &str) -> String {
    format!("activity/{id}")
}

/// Whom an item is with, as a keyed hash under the newest key: the record, or the sighting while there is none.
fn person(key: &Key, with: &str) -> i64 {
    key.lookup_newest(u8::MAX, with) as i64
}

/// Adds an item or puts it in the place of what it was.
pub fn put(sql: &dyn Sql, key: &Key, item: &Item) -> Result<(), StoreError> {
    let id = &item.activity.id;
    let statement = "INSERT INTO activity (id, state, due, form, person, body) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET state = excluded.state, due = excluded.due, person = excluded.person, body = excluded.body";
    let values = vec![
        id.as_str().into(),
        (item.state as i64).into(),
        item.due.0.into(),
        (item.form() as i64).into(),
        person(key, &item.on.map_or_else(|| item.activity.sighting.id.clone(), String::from)).into(),
        sealed::seal(key, &context(id), item)?.into(),
    ];
    sql.run(statement, values)?;
    Ok(())
}

fn select(sql: &dyn Sql, key: &Key, rest: &str, values: Vec<Value>) -> Result<Vec<Item>, StoreError> {
    let rows = sql.run(&format!("SELECT id, body FROM activity {rest}"), values)?.rows;
    let open = |row: &Vec<Value>| Some(sealed::open(key, &context(row[0].text()?), row[1].blob()?));
    rows.iter().filter_map(open).collect()
}

/// An item by id.
pub fn get(sql: &dyn Sql, key: &Key, id: &str) -> Result<Option<Item>, StoreError> {
    Ok(select(sql, key, "WHERE id = ?", vec![id.into()])?.pop())
}

/// Items by id, in the order asked; unknown ones are left out.
pub fn some(sql: &dyn Sql, key: &Key, ids: &[String]) -> Result<Vec<Item>, StoreError> {
    let list = serde_json::to_string(ids).map_err(|error| StoreError(error.to_string()))?;
    let items = select(sql, key, "WHERE id IN (SELECT value FROM json_each(?))", vec![list.into()])?;
    let mut items: BTreeMap<String, Item> = items.into_iter().map(|item| (item.activity.id.clone(), item)).collect();
    Ok(ids.iter().filter_map(|id| items.remove(id)).collect())
}

/// When each state has something to do next.
pub fn agenda(sql: &dyn Sql) -> Result<Vec<(i64, Timestamp)>, StoreError> {
    let rows = sql.run("SELECT state, min(due) FROM activity WHERE state IN (1, 2, 3, 5, 8) GROUP BY state", Vec::new())?.rows;
    Ok(rows.iter().filter_map(|row| Some((row[0].integer()?, Timestamp(row[1].integer()?)))).collect())
}

/// When something is to be sent next, and what form it has: only the earliest activity with each person counts.
pub fn next_to_send(sql: &dyn Sql) -> Result<Option<(Timestamp, Form)>, StoreError> {
    let statement = "SELECT due, form FROM activity WHERE state = 1 AND number IN (
        SELECT min(number) FROM activity WHERE state IN (1, 2, 3) GROUP BY person) ORDER BY due LIMIT 1";
    let rows = sql.run(statement, Vec::new())?.rows;
    Ok(match rows.first().map(Vec::as_slice) {
        Some([Value::Integer(due), Value::Integer(form)]) => Some((Timestamp(*due), Form::from_number(*form))),
        _ => None,
    })
}

/// Items of a form to send: due, in the order they were captured, none before an earlier one with the same person (spec 43).
pub fn to_send(sql: &dyn Sql, key: &Key, form: Form, due: Timestamp, most: usize) -> Result<Vec<Item>, StoreError> {
    let rest = "AS one LEFT JOIN (
            SELECT person AS whom, min(number) AS first FROM activity WHERE state IN (1, 2, 3) AND (state <> 1 OR due > ? OR form <> ?) GROUP BY person
        ) ON whom = one.person
        WHERE state = 1 AND form = ? AND due <= ? AND (first IS NULL OR number < first) ORDER BY number LIMIT ?";
    select(sql, key, rest, vec![due.0.into(), (form as i64).into(), (form as i64).into(), due.0.into(), (most as i64).into()])
}

/// Items in a state that are due, the longest waiting ones first.
pub fn due(sql: &dyn Sql, key: &Key, state: State, due: Timestamp, most: usize) -> Result<Vec<Item>, StoreError> {
    select(sql, key, "WHERE state = ? AND due <= ? ORDER BY due, number LIMIT ?", vec![(state as i64).into(), due.0.into(), (most as i64).into()])
}

/// Since when what is to be written, checked or removed has waited: the longest of those that were captured first.
pub fn unsent_since(sql: &dyn Sql, key: &Key) -> Result<Option<Timestamp>, StoreError> {
    let first = select(sql, key, "WHERE state IN (1, 2, 3, 5, 8) ORDER BY number LIMIT 50", Vec::new())?;
    Ok(first.iter().map(|item| item.unsent.unwrap_or(item.since)).min())
}

/// The newest items with a person, or on a record.
pub fn with(sql: &dyn Sql, key: &Key, with: &str, most: usize) -> Result<Vec<Item>, StoreError> {
    select(sql, key, "WHERE person = ? ORDER BY number DESC LIMIT ?", vec![person(key, with).into(), (most as i64).into()])
}

/// The newest items, of some states or of all.
pub fn newest(sql: &dyn Sql, key: &Key, states: &[State], most: usize) -> Result<Vec<Item>, StoreError> {
    let numbers: Vec<i64> = states.iter().map(|state| *state as i64).collect();
    let list = serde_json::to_string(&numbers).map_err(|error| StoreError(error.to_string()))?;
    select(sql, key, "WHERE state IN (SELECT value FROM json_each(?)) ORDER BY number DESC LIMIT ?", vec![list.into(), (most as i64).into()])
}

/// How many items there are in each state, by the state's number.
pub fn counts(sql: &dyn Sql) -> Result<Vec<(i64, u64)>, StoreError> {
    let rows = sql.run("SELECT state, count(*) FROM activity GROUP BY state", Vec::new())?.rows;
    Ok(rows.iter().filter_map(|row| Some((row[0].integer()?, row[1].integer()? as u64))).collect())
}

/// Nothing in these states is done before a moment.
pub fn postpone(sql: &dyn Sql, states: &[State], until: Timestamp) -> Result<(), StoreError> {
    for state in states {
        sql.run("UPDATE activity SET due = ? WHERE state = ? AND due < ?", vec![until.0.into(), (*state as i64).into(), until.0.into()])?;
    }
    Ok(())
}

/// Changes every item of some states.
pub fn change(sql: &dyn Sql, key: &Key, states: &[State], change: impl Fn(&mut Item)) -> Result<(), StoreError> {
    let numbers: Vec<i64> = states.iter().map(|state| *state as i64).collect();
    let list = serde_json::to_string(&numbers).map_err(|error| StoreError(error.to_string()))?;
    let ids = sql.run("SELECT id FROM activity WHERE state IN (SELECT value FROM json_each(?)) ORDER BY number", vec![list.into()])?.rows;
    for id in ids.iter().filter_map(|row| row[0].text()) {
        if let Some(mut item) = get(sql, key, id)? {
            change(&mut item);
            put(sql, key, &item)?;
        }
    }
    Ok(())
}

/// Seals all anew, under the key's newest.
pub fn reseal(sql: &dyn Sql, key: &Key) -> Result<(), StoreError> {
    change(sql, key, &State::ALL, |_| {})
}

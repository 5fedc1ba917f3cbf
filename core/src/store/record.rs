//! Imported rows, sealed one by one, and the layouts that name their fields.

use super::{Sql, StoreError, Value, insert_many};
use crate::model::id::RecordId;
use crate::model::object::Object;
use crate::model::record::{Layout, Record};
use crate::seal::Key;
use std::collections::HashMap;
use std::sync::Arc;

/// A row ready to be stored: its id and its encoded fields.
pub type Encoded = (RecordId, Vec<u8>);

/// Stores rows; gives how many were new or changed. An equal row costs no write.
pub fn upsert(sql: &dyn Sql, key: &Key, rows: Vec<Encoded>) -> Result<u64, StoreError> {
    put(sql, rows.into_iter().map(|(id, encoded)| (id, key.seal(id.as_str(), &encoded))).collect())
}

/// Stores sealed rows; gives how many were new or changed.
pub fn put(sql: &dyn Sql, rows: Vec<(RecordId, Vec<u8>)>) -> Result<u64, StoreError> {
    let rows = rows.into_iter().map(|(id, body)| vec![id.as_str().into(), body.into()]).collect();
    insert_many(sql, "INSERT INTO record (id, body)", "ON CONFLICT (id) DO UPDATE SET body = excluded.body WHERE record.body IS NOT excluded.body", 2, rows)
}

/// Sealed rows by id; unknown ids are left out.
pub fn sealed(sql: &dyn Sql, ids: &[RecordId]) -> Result<HashMap<RecordId, Vec<u8>>, StoreError> {
    let rows = sql.run("SELECT id, body FROM record WHERE id IN (SELECT value FROM json_each(?))", vec![list(ids)?])?.rows;
    Ok(rows
        .into_iter()
        .filter_map(|row| match <[Value; 2]>::try_from(row) {
            Ok([Value::Text(id), Value::Blob(body)]) => Some((RecordId::parse(&id).ok()?, body)),
            _ => None,
        })
        .collect())
}

/// Removes rows; unknown ids do no harm.
pub fn remove(sql: &dyn Sql, ids: &[RecordId]) -> Result<(), StoreError> {
    if !ids.is_empty() {
        sql.run("DELETE FROM record WHERE id IN (SELECT value FROM json_each(?))", vec![list(ids)?])?;
    }
    Ok(())
}

/// An object's ids in order, from the one after `after` on.
pub fn ids(sql: &dyn Sql, object: Object, after: Option<RecordId>, most: usize) -> Result<Vec<RecordId>, StoreError> {
    let (first, last) = (object.prefix(), format!("{}~", object.prefix()));
    let from = after.as_ref().map_or(first, RecordId::as_str);
    let rows = sql.run("SELECT id FROM record WHERE id > ? AND id < ? ORDER BY id LIMIT ?", vec![from.into(), last.into(), (most as i64).into()])?.rows;
    Ok(rows.iter().filter_map(|row| RecordId::parse(row[0].text()?).ok()).collect())
}

pub(crate) fn list(ids: &[RecordId]) -> Result<Value, StoreError> {
    Ok(serde_json::to_string(ids).map_err(|error| StoreError(error.to_string()))?.into())
}

/// Opens a sealed row; none if its layout is unknown.
pub fn open(sql: &dyn Sql, key: &Key, layouts: &mut Layouts, id: RecordId, body: &[u8]) -> Result<Option<Record>, StoreError> {
    let encoded = key.open(id.as_str(), body).map_err(|error| StoreError(error.to_string()))?;
    let Some(number) = Record::layout_number(&encoded) else { return Ok(None) };
    Ok(layouts.get(sql, number)?.and_then(|layout| Record::decode(id, &layout, &encoded)))
}

/// Reads records by id; unknown ids are left out. The order is of no meaning.
pub fn get(sql: &dyn Sql, key: &Key, layouts: &mut Layouts, ids: &[RecordId]) -> Result<Vec<Record>, StoreError> {
    let mut records = Vec::with_capacity(ids.len());
    for (id, body) in sealed(sql, ids)? {
        records.extend(open(sql, key, layouts, id, &body)?);
    }
    Ok(records)
}

/// How many rows of an object are stored.
pub fn count(sql: &dyn Sql, object: Object) -> Result<u64, StoreError> {
    let last = format!("{}~", object.prefix());
    let rows = sql.run("SELECT count(*) FROM record WHERE id >= ? AND id < ?", vec![object.prefix().into(), last.into()])?.rows;
    Ok(rows.first().and_then(|row| row[0].integer()).unwrap_or(0) as u64)
}

/// Layouts read so far; they never change once written.
#[derive(Default)]
pub struct Layouts(HashMap<u16, Arc<Layout>>);

impl Layouts {
    /// A layout by number.
    pub fn get(&mut self, sql: &dyn Sql, number: u16) -> Result<Option<Arc<Layout>>, StoreError> {
        if let Some(layout) = self.0.get(&number) {
            return Ok(Some(Arc::clone(layout)));
        }
        let rows = sql.run("SELECT object, fields FROM layout WHERE number = ?", vec![i64::from(number).into()])?.rows;
        let Some([Value::Integer(tag), Value::Text(fields)]) = rows.first().map(Vec::as_slice) else { return Ok(None) };
        let (Some(object), Ok(fields)) = (Object::from_tag(*tag as u8), serde_json::from_str(fields)) else { return Ok(None) };
        let layout = Arc::new(Layout { number, object, fields });
        self.0.insert(number, Arc::clone(&layout));
        Ok(Some(layout))
    }

    /// The layout of these fields: the known one, or a new one.
    pub fn ensure(&mut self, sql: &dyn Sql, object: Object, fields: &[String]) -> Result<u16, StoreError> {
        let names = serde_json::to_string(fields).map_err(|error| StoreError(error.to_string()))?;
        let tag = i64::from(object.tag());
        let known = sql.run("SELECT number FROM layout WHERE object = ? AND fields = ?", vec![tag.into(), names.clone().into()])?.rows;
        if let Some(number) = known.first().and_then(|row| row[0].integer()) {
            return Ok(number as u16);
        }
        let last = sql.run("SELECT coalesce(max(number), 0) FROM layout", Vec::new())?.rows;
        let number = last.first().and_then(|row| row[0].integer()).unwrap_or(0) + 1;
        sql.run("INSERT INTO layout (number, object, fields) VALUES (?, ?, ?)", vec![number.into(), tag.into(), names.into()])?;
        Ok(number as u16)
    }
}

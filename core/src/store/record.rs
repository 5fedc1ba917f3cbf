//! Imported rows, sealed one by one, and the layouts that name their fields.

use super::{Sql, StoreError, Value};
use crate::model::id::RecordId;
use crate::model::object::Object;
use crate::model::record::{Layout, Record};
use crate::seal::Key;
use std::collections::HashMap;
use std::sync::Arc;

/// Bytes of bodies in one statement; the platform takes 2 MB a value.
const STATEMENT_BYTES: usize = 1_000_000;

/// A row ready to be stored: its id and its sealed fields.
pub type Sealed = (RecordId, Vec<u8>);

/// Sealed rows, their bodies one after the other: so they cross to SQLite, or to a shard, as one value, which is several times
/// faster than one by one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parcel {
    /// Each row's id, where its body begins (from 1 on, as SQLite counts), and its length.
    pub places: Vec<(RecordId, usize, usize)>,
    /// The bodies.
    pub bodies: Vec<u8>,
}

impl Parcel {
    /// All rows in one.
    pub fn of(rows: impl IntoIterator<Item = Sealed>) -> Self {
        let mut parcel = Self::default();
        for (id, body) in rows {
            parcel.push(id, &body);
        }
        parcel
    }

    /// Adds a row.
    pub fn push(&mut self, id: RecordId, body: &[u8]) {
        self.places.push((id, self.bodies.len() + 1, body.len()));
        self.bodies.extend(body);
    }
}

/// The rows of a parcel; one whose place is beyond the bodies is left out.
pub fn rows_at<'b>(places: &'b [(RecordId, usize, usize)], bodies: &'b [u8]) -> impl Iterator<Item = (RecordId, &'b [u8])> {
    places.iter().filter_map(|(id, from, length)| Some((*id, bodies.get(from.checked_sub(1)?..from.checked_add(*length)?.checked_sub(1)?)?)))
}

/// Makes parcels of rows, each of so many bytes as a statement takes.
pub fn parcels<'r>(rows: impl IntoIterator<Item = &'r Sealed>) -> Vec<Parcel> {
    let mut rows: Vec<&Sealed> = rows.into_iter().collect();
    // Rows arrive in no order; sorted, those that share a page of the table are written together.
    rows.sort_by_key(|(id, _)| *id);
    let mut parcels: Vec<Parcel> = Vec::new();
    for (id, body) in rows {
        match parcels.last_mut() {
            Some(last) if last.bodies.len() + body.len() <= STATEMENT_BYTES => last.push(*id, body),
            _ => {
                let mut next = Parcel::default();
                next.push(*id, body);
                parcels.push(next);
            }
        }
    }
    parcels
}

/// Stores sealed rows; gives how many were new or changed. An equal row costs no write.
pub fn put(sql: &dyn Sql, parcel: Parcel) -> Result<u64, StoreError> {
    let statement = "INSERT INTO record (id, body) SELECT value ->> 0, substr(?, value ->> 1, value ->> 2) FROM json_each(?) WHERE true
        ON CONFLICT (id) DO UPDATE SET body = excluded.body WHERE record.body IS NOT excluded.body";
    let list = serde_json::to_string(&parcel.places).map_err(|error| StoreError(error.to_string()))?;
    Ok(sql.run(statement, vec![parcel.bodies.into(), list.into()])?.written)
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

/// An object's sealed rows in order, from the one after `after` on: at most so many, and so many bytes unless one alone has more.
/// Also whether these were the last.
pub fn stretch(sql: &dyn Sql, object: Object, after: Option<RecordId>, most: usize, bytes: usize) -> Result<(Vec<Sealed>, bool), StoreError> {
    let (first, last) = (object.prefix(), format!("{}~", object.prefix()));
    let from = after.as_ref().map_or(first, RecordId::as_str);
    let statement = "SELECT id, length(body) FROM record WHERE id > ? AND id < ? ORDER BY id LIMIT ?";
    let sizes = sql.run(statement, vec![from.into(), last.into(), (most as i64).into()])?.rows;
    let fitting = super::fitting(sizes.iter().map(|row| row[1].integer().unwrap_or(0) as usize), bytes);
    let ids: Vec<RecordId> = sizes[..fitting].iter().filter_map(|row| RecordId::parse(row[0].text()?).ok()).collect();
    let mut rows: Vec<Sealed> = sealed(sql, &ids)?.into_iter().collect();
    rows.sort_unstable_by_key(|(id, _)| *id);
    Ok((rows, fitting == sizes.len() && sizes.len() < most))
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

//! Import runs, their rejects, and the audit log.

use super::{Sql, StoreError, Value, insert_many};
use crate::api::{Reject, RejectReason};
use crate::import::run::Run;
use crate::model::id::RecordId;
use crate::model::object::Object;
use crate::model::time::Timestamp;

/// Rejects kept a run; the count is exact whatever their number.
const REJECTS_KEPT: i64 = 1000;

/// Saves a run's state.
pub fn save_run(sql: &dyn Sql, run: &Run) -> Result<(), StoreError> {
    let state = serde_json::to_string(run).map_err(|error| StoreError(error.to_string()))?;
    sql.run("INSERT OR REPLACE INTO run (number, state) VALUES (?, ?)", vec![i64::from(run.number).into(), state.into()])?;
    Ok(())
}

/// The newest runs, newest first.
pub fn runs(sql: &dyn Sql, most: i64) -> Result<Vec<Run>, StoreError> {
    let rows = sql.run("SELECT state FROM run ORDER BY number DESC LIMIT ?", vec![most.into()])?.rows;
    rows.iter()
        .filter_map(|row| row[0].text())
        .map(|state| serde_json::from_str(state).map_err(|error| StoreError(format!("a saved run can't be read: {error}"))))
        .collect()
}

/// Adds rejected rows to a run.
pub fn add_rejects(sql: &dyn Sql, run: u32, rejects: &[Reject]) -> Result<(), StoreError> {
    let rows = rejects
        .iter()
        .map(|reject| {
            let reason = serde_json::to_string(&reject.reason).unwrap_or_default();
            vec![
                i64::from(run).into(),
                i64::from(reject.object.tag()).into(),
                (reject.position as i64).into(),
                reject.record.clone().into(),
                reject.field.clone().into(),
                reason.into(),
            ]
        })
        .collect::<Vec<Vec<Value>>>();
    insert_many(sql, "INSERT OR REPLACE INTO reject (run, object, position, record, field, reason)", "", 6, rows)?;
    Ok(())
}

/// Forgets the rejects of earlier runs.
pub fn prune_rejects(sql: &dyn Sql, run: u32) -> Result<(), StoreError> {
    sql.run("DELETE FROM reject WHERE run < ?", vec![i64::from(run).into()])?;
    Ok(())
}

/// Rows of an object, or of all, that earlier runs rejected and whose id is known, in the order of their ids, after one of them.
pub fn rejected_ids(sql: &dyn Sql, before_run: u32, object: Option<Object>, after: Option<RecordId>, most: usize) -> Result<Vec<RecordId>, StoreError> {
    let statement = "SELECT DISTINCT record FROM reject WHERE run < ? AND record > ? AND (? IS NULL OR object = ?) ORDER BY record LIMIT ?";
    let tag = object.map_or(Value::Null, |object| i64::from(object.tag()).into());
    let after = after.as_ref().map_or("", RecordId::as_str);
    let rows = sql.run(statement, vec![i64::from(before_run).into(), after.into(), tag.clone(), tag, (most as i64).into()])?.rows;
    Ok(rows.iter().filter_map(|row| RecordId::parse(row[0].text()?).ok()).collect())
}

/// The first rejected rows of a run.
pub fn rejects(sql: &dyn Sql, run: u32) -> Result<Vec<Reject>, StoreError> {
    let statement = "SELECT object, position, record, field, reason FROM reject WHERE run = ? ORDER BY object, position LIMIT ?";
    let rows = sql.run(statement, vec![i64::from(run).into(), REJECTS_KEPT.into()])?.rows;
    Ok(rows
        .iter()
        .filter_map(|row| match row.as_slice() {
            [Value::Integer(tag), Value::Integer(position), Value::Text(record), Value::Text(field), Value::Text(reason)] => Some(Reject {
                object: Object::from_tag(*tag as u8)?,
                position: *position as u64,
                record: record.clone(),
                field: field.clone(),
                reason: serde_json::from_str(reason).unwrap_or(RejectReason::FieldCount),
            }),
            _ => None,
        })
        .collect())
}

/// Adds a line to the audit log; `who` is a user id, `what` a fixed word, never personal data.
pub fn audit(sql: &dyn Sql, at: Timestamp, who: &str, what: &str) -> Result<(), StoreError> {
    sql.run("INSERT INTO audit (at, who, what) VALUES (?, ?, ?)", vec![at.0.into(), who.into(), what.into()])?;
    Ok(())
}

/// The newest audit lines: number, time, who, what.
pub fn audit_lines(sql: &dyn Sql, most: i64) -> Result<Vec<(i64, Timestamp, String, String)>, StoreError> {
    let rows = sql.run("SELECT number, at, who, what FROM audit ORDER BY number DESC LIMIT ?", vec![most.into()])?.rows;
    Ok(rows
        .iter()
        .filter_map(|row| match row.as_slice() {
            [Value::Integer(number), Value::Integer(at), Value::Text(who), Value::Text(what)] => Some((*number, Timestamp(*at), who.clone(), what.clone())),
            _ => None,
        })
        .collect())
}

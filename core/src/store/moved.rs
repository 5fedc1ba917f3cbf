//! Records that became another one: merged, or converted from lead to contact (spec 11, 96). What points to the old id follows.

use super::record::list;
use super::{Sql, StoreError, Value, insert_many};
use crate::api::Moved;
use crate::model::id::RecordId;
use crate::model::time::Timestamp;

/// Steps followed at most: a winner may have lost another merge.
const STEPS: usize = 8;

fn word(why: Moved) -> &'static str {
    match why {
        Moved::Merged => "merged",
        Moved::Converted => "converted",
    }
}

/// Notes what became of records: (old id, new id, why).
pub fn note(sql: &dyn Sql, at: Timestamp, moves: &[(RecordId, RecordId, Moved)]) -> Result<(), StoreError> {
    let rows = moves
        .iter()
        .filter(|(id, into, _)| id != into)
        .map(|(id, into, why)| vec![id.as_str().into(), into.as_str().into(), word(*why).into(), at.0.into()])
        .collect::<Vec<Vec<Value>>>();
    let tail = "ON CONFLICT (id) DO UPDATE SET into_id = excluded.into_id, why = excluded.why, at = excluded.at WHERE into_id IS NOT excluded.into_id";
    insert_many(sql, "INSERT INTO moved (id, into_id, why, at)", tail, 4, rows)?;
    Ok(())
}

/// Records that are themselves again: undeleted, or never converted.
pub fn forget(sql: &dyn Sql, ids: &[RecordId]) -> Result<(), StoreError> {
    if !ids.is_empty() {
        sql.run("DELETE FROM moved WHERE id IN (SELECT value FROM json_each(?))", vec![list(ids)?])?;
    }
    Ok(())
}

/// What a record is now: itself, or what it became in the end.
pub fn follow(sql: &dyn Sql, id: RecordId) -> Result<RecordId, StoreError> {
    fate(sql, id).map(|(now, _)| now)
}

/// The records that became this one.
pub fn became(sql: &dyn Sql, id: RecordId) -> Result<Vec<RecordId>, StoreError> {
    let rows = sql.run("SELECT id FROM moved WHERE into_id = ?", vec![id.as_str().into()])?.rows;
    Ok(rows.iter().filter_map(|row| RecordId::parse(row[0].text()?).ok()).collect())
}

/// What a record is now, and why it isn't itself.
pub fn fate(sql: &dyn Sql, id: RecordId) -> Result<(RecordId, Option<Moved>), StoreError> {
    let (mut now, mut why) = (id, None);
    for _ in 0..STEPS {
        let rows = sql.run("SELECT into_id, why FROM moved WHERE id = ?", vec![now.as_str().into()])?.rows;
        let next = rows.first().and_then(|row| Some((RecordId::parse(row[0].text()?).ok()?, row[1].text()?)));
        let Some((into, stored)) = next else { break };
        now = into;
        why = why.or([Moved::Merged, Moved::Converted].into_iter().find(|why| word(*why) == stored));
    }
    Ok((now, why))
}

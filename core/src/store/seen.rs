//! Sightings that a match needs (spec 32): those with a candidate worth naming at some threshold, sealed, the newest few thousand.
//! One row holds what one look-up added.

use super::{Sql, StoreError, Value, meta};
use crate::model::id::RecordId;
use crate::model::sighting::Sighting;
use crate::seal::Key;
use serde::{Deserialize, Serialize};

/// Rows kept; the next one takes the oldest one's place.
const SLOTS: i64 = 200;

/// A sighting and the record it was likeliest to be when it was seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// What the page said.
    pub sighting: Sighting,
    /// The likeliest record then.
    pub record: RecordId,
}

/// Adds what a look-up saw.
pub fn add(sql: &dyn Sql, key: &Key, seen: &[Seen]) -> Result<(), StoreError> {
    if seen.is_empty() {
        return Ok(());
    }
    let slot = meta::integer(sql, "seen_slot")?.unwrap_or(0);
    let text = serde_json::to_vec(seen).map_err(|error| StoreError(error.to_string()))?;
    sql.run("INSERT OR REPLACE INTO seen (slot, body) VALUES (?, ?)", vec![slot.into(), key.seal(&context(slot), &text).into()])?;
    meta::set(sql, "seen_slot", ((slot + 1) % SLOTS).into())
}

/// All that is kept, oldest first.
pub fn all(sql: &dyn Sql, key: &Key) -> Result<Vec<Seen>, StoreError> {
    let next = meta::integer(sql, "seen_slot")?.unwrap_or(0);
    let mut rows = sql.run("SELECT slot, body FROM seen", Vec::new())?.rows;
    rows.sort_by_key(|row| row[0].integer().map(|slot| (slot - next).rem_euclid(SLOTS)));
    let mut all = Vec::new();
    for row in &rows {
        if let [Value::Integer(slot), Value::Blob(body)] = row.as_slice() {
            let text = key.open(&context(*slot), body).map_err(|error| StoreError(error.to_string()))?;
            let seen: Vec<Seen> = serde_json::from_slice(&text).map_err(|error| StoreError(error.to_string()))?;
            all.extend(seen);
        }
    }
    Ok(all)
}

fn context(slot: i64) -> String {
    format!("seen/{slot}")
}

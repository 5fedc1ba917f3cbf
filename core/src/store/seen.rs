//! Sightings that a match needs (spec 32): those with a candidate worth naming at some threshold, sealed, the newest few thousand.
//! One row holds what one look-up added.

use super::{Sql, StoreError, Value, meta, sealed};
use crate::matching::normalise::bounded;
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

impl Seen {
    /// A sighting as it is kept: no longer than what is compared of it, so that a row stays far below the platform's 2 MB.
    pub fn of(sighting: &Sighting, record: RecordId) -> Self {
        Self { sighting: shortened(sighting), record }
    }
}

/// A sighting no longer than what is compared of it.
pub fn shortened(sighting: &Sighting) -> Sighting {
    let short = |text: &String| bounded(text).to_owned();
    Sighting {
        id: short(&sighting.id),
        kind: sighting.kind,
        keys: sighting.keys.iter().take(4).map(short).collect(),
        name: short(&sighting.name),
        first_name: short(&sighting.first_name),
        last_name: short(&sighting.last_name),
        title: short(&sighting.title),
        company: short(&sighting.company),
        past_company: short(&sighting.past_company),
        location: short(&sighting.location),
        email: short(&sighting.email),
        phone: short(&sighting.phone),
        website: short(&sighting.website),
        industry: short(&sighting.industry),
        details: sighting.details.iter().map(|(field, text)| (*field, short(text))).collect(),
        seen: sighting.seen,
    }
}

/// Adds what a look-up saw.
pub fn add(sql: &dyn Sql, key: &Key, seen: &[Seen]) -> Result<(), StoreError> {
    if seen.is_empty() {
        return Ok(());
    }
    let slot = meta::integer(sql, "seen_slot")?.unwrap_or(0);
    sql.run("INSERT OR REPLACE INTO seen (slot, body) VALUES (?, ?)", vec![slot.into(), sealed::seal(key, &context(slot), seen)?.into()])?;
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
            // What another version kept and this one can't read is left out: it is an aid, and soon overwritten.
            all.extend(serde_json::from_slice::<Vec<Seen>>(&text).unwrap_or_default());
        }
    }
    Ok(all)
}

/// Seals all anew, under the key's newest.
pub fn reseal(sql: &dyn Sql, key: &Key) -> Result<(), StoreError> {
    for row in sql.run("SELECT slot, body FROM seen", Vec::new())?.rows {
        if let [Value::Integer(slot), Value::Blob(body)] = row.as_slice() {
            let text = key.open(&context(*slot), body).map_err(|error| StoreError(error.to_string()))?;
            sql.run("UPDATE seen SET body = ? WHERE slot = ?", vec![key.seal(&context(*slot), &text).into(), (*slot).into()])?;
        }
    }
    Ok(())
}

fn context(slot: i64) -> String {
    format!("seen/{slot}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_short_whatever_was_sent() {
        let long = "Dana ".repeat(20_000);
        let sighting = Sighting {
            keys: vec![long.clone(); 50],
            name: long.clone(),
            title: long.clone(),
            company: long.clone(),
            location: long.clone(),
            email: long.clone(),
            id: long,
            ..Sighting::default()
        };
        let kept = serde_json::to_vec(&Seen::of(&sighting, RecordId::parse("003000000000001").expect("an id"))).expect("JSON");
        assert!(kept.len() < 4_000, "{} bytes", kept.len());
    }
}

//! What members said by hand of who is who: by profile key, as a keyed hash under the newest key; sealed (spec 21).

use super::{Sql, StoreError, Value, sealed};
use crate::matching::calibrate::Said;
use crate::model::id::RecordId;
use crate::model::sighting::Sighting;
use crate::model::time::Timestamp;
use crate::seal::Key;
use serde::{Deserialize, Serialize};

/// What is said of one profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manual {
    /// The profile key.
    pub profile: String,
    /// The record it is.
    pub is: Option<RecordId>,
    /// Records that it isn't.
    pub is_not: Vec<RecordId>,
    /// Who said so last.
    pub by: RecordId,
    /// When.
    pub at: Timestamp,
    /// All keys of which the same was said.
    pub with: Vec<String>,
    /// Records that a card asked about, with what the model alone had said of each.
    #[serde(default)]
    pub asked: Vec<(RecordId, Said)>,
}

impl Manual {
    /// What the cards' questions were answered with: whether each record is the one. None of those of which nothing holds now.
    pub fn answers(&self) -> impl Iterator<Item = (Said, bool)> {
        let answer = |record| match self.is {
            Some(is) => Some(is == record),
            None => self.is_not.contains(&record).then_some(false),
        };
        self.asked.iter().filter_map(move |(record, said)| Some((*said, answer(*record)?)))
    }
}

/// The keys under which something can be said of a sighting; none if only its name is known.
pub fn profiles(sighting: &Sighting) -> impl Iterator<Item = &str> {
    sighting.keys.iter().map(String::as_str).filter(|key| !key.is_empty()).take(4)
}

fn hash(key: &Key, profile: &str) -> i64 {
    key.lookup_newest(0, profile) as i64
}

fn context(hash: i64) -> String {
    format!("manual/{hash}")
}

/// Adds what is said, or puts it in the place of what was.
pub fn put(sql: &dyn Sql, key: &Key, manual: &Manual) -> Result<(), StoreError> {
    let hash = hash(key, &manual.profile);
    sql.run("INSERT OR REPLACE INTO manual (profile, body) VALUES (?, ?)", vec![hash.into(), sealed::seal(key, &context(hash), manual)?.into()])?;
    Ok(())
}

/// Forgets what was said of a profile.
pub fn remove(sql: &dyn Sql, key: &Key, profile: &str) -> Result<(), StoreError> {
    sql.run("DELETE FROM manual WHERE profile = ?", vec![hash(key, profile).into()])?;
    Ok(())
}

fn select(sql: &dyn Sql, key: &Key, rest: &str, values: Vec<Value>) -> Result<Vec<Manual>, StoreError> {
    let rows = sql.run(&format!("SELECT profile, body FROM manual {rest}"), values)?.rows;
    let open = |row: &Vec<Value>| Some(sealed::open(key, &context(row[0].integer()?), row[1].blob()?));
    rows.iter().filter_map(open).collect()
}

/// What is said of profiles.
pub fn of<'a>(sql: &dyn Sql, key: &Key, profiles: impl Iterator<Item = &'a str>) -> Result<Vec<Manual>, StoreError> {
    let hashes: Vec<i64> = profiles.map(|profile| hash(key, profile)).collect();
    if hashes.is_empty() {
        return Ok(Vec::new());
    }
    let list = serde_json::to_string(&hashes).map_err(|error| StoreError(error.to_string()))?;
    select(sql, key, "WHERE profile IN (SELECT value FROM json_each(?))", vec![list.into()])
}

/// Seals and hashes all anew, under the key's newest.
pub fn reseal(sql: &dyn Sql, key: &Key) -> Result<(), StoreError> {
    let all = select(sql, key, "", Vec::new())?;
    sql.run("DELETE FROM manual", Vec::new())?;
    all.iter().try_for_each(|manual| put(sql, key, manual))
}

//! Tracked links: sealed, by id, with whom they are for and who made them as one keyed hash under the newest key.

use super::{Sql, StoreError, Value, sealed};
use crate::model::id::RecordId;
use crate::model::time::Timestamp;
use crate::seal::Key;
use serde::{Deserialize, Serialize};

/// A tracked link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// 16 random bytes in URL-safe Base64.
    pub id: String,
    /// The address to send.
    pub address: String,
    /// Where it leads.
    pub url: String,
    /// What it is called.
    pub title: String,
    /// Whom it is for.
    pub record: RecordId,
    /// That person's name when it was made.
    pub name: String,
    /// The member who made it.
    pub member: RecordId,
    /// Visits.
    pub views: u64,
    /// The last one.
    pub viewed: Option<Timestamp>,
}

fn context(id: &str) -> String {
    format!("link/{id}")
}

fn hash(key: &Key, record: &str, member: RecordId) -> i64 {
    key.lookup_newest(u8::MAX - 1, &format!("{record}/{member}")) as i64
}

/// Adds a link or puts it in the place of what it was.
pub fn put(sql: &dyn Sql, key: &Key, link: &Link) -> Result<(), StoreError> {
    let body = sealed::seal(key, &context(&link.id), link)?;
    let values = vec![link.id.as_str().into(), hash(key, link.record.as_str(), link.member).into(), body.into()];
    sql.run("INSERT INTO link (id, person, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET person = excluded.person, body = excluded.body", values)?;
    Ok(())
}

fn select(sql: &dyn Sql, key: &Key, rest: &str, values: Vec<Value>) -> Result<Vec<Link>, StoreError> {
    let rows = sql.run(&format!("SELECT id, body FROM link {rest}"), values)?.rows;
    let open = |row: &Vec<Value>| Some(sealed::open(key, &context(row[0].text()?), row[1].blob()?));
    rows.iter().filter_map(open).collect()
}

/// A link by id.
pub fn get(sql: &dyn Sql, key: &Key, id: &str) -> Result<Option<Link>, StoreError> {
    Ok(select(sql, key, "WHERE id = ?", vec![id.into()])?.pop())
}

/// The newest links that a member made for a record.
pub fn of(sql: &dyn Sql, key: &Key, record: &str, member: RecordId, most: usize) -> Result<Vec<Link>, StoreError> {
    select(sql, key, "WHERE person = ? ORDER BY number DESC LIMIT ?", vec![hash(key, record, member).into(), (most as i64).into()])
}

/// Seals and hashes all anew, under the key's newest.
pub fn reseal(sql: &dyn Sql, key: &Key) -> Result<(), StoreError> {
    select(sql, key, "ORDER BY number", Vec::new())?.iter().try_for_each(|link| put(sql, key, link))
}

//! Members and their sessions. Tokens are stored as fingerprints only; what is personal is sealed.

use super::{Sql, StoreError, Value, sealed};
use crate::api::Member;
use crate::model::id::RecordId;
use crate::model::time::Timestamp;
use crate::seal::Key;

/// Adds a member or renews what is known of one.
pub fn put(sql: &dyn Sql, key: &Key, member: &Member) -> Result<(), StoreError> {
    let body = sealed::seal(key, member.user.as_str(), member)?;
    sql.run("INSERT OR REPLACE INTO member (user, body) VALUES (?, ?)", vec![member.user.as_str().into(), body.into()])?;
    Ok(())
}

/// A member by user id.
pub fn get(sql: &dyn Sql, key: &Key, user: RecordId) -> Result<Option<Member>, StoreError> {
    let rows = sql.run("SELECT body FROM member WHERE user = ?", vec![user.as_str().into()])?.rows;
    let Some(body) = rows.first().and_then(|row| row[0].blob()) else { return Ok(None) };
    let text = key.open(user.as_str(), body).map_err(|error| StoreError(error.to_string()))?;
    Ok(serde_json::from_slice(&text).ok())
}

/// Opens a session for a member; ended sessions are swept away.
pub fn open_session(sql: &dyn Sql, now: Timestamp, fingerprint: &str, user: RecordId, origin: &str, expires: Timestamp) -> Result<(), StoreError> {
    sql.run("DELETE FROM session WHERE expires <= ?", vec![now.0.into()])?;
    sql.run(
        "INSERT OR REPLACE INTO session (token, user, origin, expires) VALUES (?, ?, ?, ?)",
        vec![fingerprint.into(), user.as_str().into(), origin.into(), expires.0.into()],
    )?;
    Ok(())
}

/// Whose session this is, if it hasn't ended.
pub fn session(sql: &dyn Sql, now: Timestamp, fingerprint: &str) -> Result<Option<(RecordId, String)>, StoreError> {
    let rows = sql.run("SELECT user, origin FROM session WHERE token = ? AND expires > ?", vec![fingerprint.into(), now.0.into()])?.rows;
    Ok(match rows.first().map(Vec::as_slice) {
        Some([Value::Text(user), Value::Text(origin)]) => RecordId::parse(user).ok().map(|user| (user, origin.clone())),
        _ => None,
    })
}

/// Ends a session.
pub fn end_session(sql: &dyn Sql, fingerprint: &str) -> Result<(), StoreError> {
    sql.run("DELETE FROM session WHERE token = ?", vec![fingerprint.into()])?;
    Ok(())
}

/// All members.
pub fn all(sql: &dyn Sql, key: &Key) -> Result<Vec<Member>, StoreError> {
    let rows = sql.run("SELECT user, body FROM member ORDER BY user", Vec::new())?.rows;
    let mut members = Vec::with_capacity(rows.len());
    for row in &rows {
        let [Value::Text(user), Value::Blob(body)] = row.as_slice() else { continue };
        let text = key.open(user, body).map_err(|error| StoreError(error.to_string()))?;
        members.extend(serde_json::from_slice::<Member>(&text).ok());
    }
    Ok(members)
}

//! Single values by name: keys, tokens, settings, progress.

use super::{Sql, StoreError, Value, sealed};
use crate::seal::Key;
use serde::{Serialize, de::DeserializeOwned};

/// Sets a value.
pub fn set(sql: &dyn Sql, name: &str, value: Value) -> Result<(), StoreError> {
    sql.run("INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", vec![name.into(), value])?;
    Ok(())
}

/// Removes a value.
pub fn remove(sql: &dyn Sql, name: &str) -> Result<(), StoreError> {
    sql.run("DELETE FROM meta WHERE name = ?", vec![name.into()])?;
    Ok(())
}

fn get(sql: &dyn Sql, name: &str) -> Result<Option<Value>, StoreError> {
    Ok(sql.run("SELECT value FROM meta WHERE name = ?", vec![name.into()])?.rows.pop().and_then(|mut row| row.pop()))
}

/// A number.
pub fn integer(sql: &dyn Sql, name: &str) -> Result<Option<i64>, StoreError> {
    Ok(get(sql, name)?.and_then(|value| value.integer()))
}

/// Bytes.
pub fn blob(sql: &dyn Sql, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(get(sql, name)?.and_then(|value| value.blob().map(<[u8]>::to_vec)))
}

/// A value as JSON, for what isn't personal.
pub fn json<T: DeserializeOwned>(sql: &dyn Sql, name: &str) -> Result<Option<T>, StoreError> {
    let Some(value) = get(sql, name)? else { return Ok(None) };
    value.text().map(serde_json::from_str).transpose().map_err(|_| StoreError(format!("{name} can't be read")))
}

/// Sets a value as JSON; an equal one costs no write.
pub fn set_json<T: Serialize>(sql: &dyn Sql, name: &str, value: &T) -> Result<(), StoreError> {
    let text = serde_json::to_string(value).map_err(|error| StoreError(error.to_string()))?;
    let tail = "ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE value IS NOT excluded.value";
    sql.run(&format!("INSERT INTO meta (name, value) VALUES (?, ?) {tail}"), vec![name.into(), text.into()])?;
    Ok(())
}

/// Seals a value under its own name and stores it.
pub fn set_sealed<T: Serialize>(sql: &dyn Sql, key: &Key, name: &str, value: &T) -> Result<(), StoreError> {
    set(sql, name, sealed::seal(key, name, value)?.into())
}

/// Seals a value anew, under the key's newest.
pub fn reseal(sql: &dyn Sql, key: &Key, name: &str) -> Result<(), StoreError> {
    let Some(bytes) = blob(sql, name)? else { return Ok(()) };
    let text = key.open(name, &bytes).map_err(|error| StoreError(error.to_string()))?;
    set(sql, name, key.seal(name, &text).into())
}

/// Opens a sealed value.
pub fn sealed<T: DeserializeOwned>(sql: &dyn Sql, key: &Key, name: &str) -> Result<Option<T>, StoreError> {
    let Some(bytes) = blob(sql, name)? else { return Ok(None) };
    sealed::open(key, name, &bytes).map(Some)
}

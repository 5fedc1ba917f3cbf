//! Values that are sealed as JSON, each under a context that names its place.

use super::StoreError;
use crate::seal::Key;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Seals a value.
pub fn seal<T: Serialize + ?Sized>(key: &Key, context: &str, value: &T) -> Result<Vec<u8>, StoreError> {
    let text = serde_json::to_vec(value).map_err(|error| StoreError(error.to_string()))?;
    Ok(key.seal(context, &text))
}

/// Opens a value. What can't be read isn't told of by more than its place: it may hold personal data.
pub fn open<T: DeserializeOwned>(key: &Key, context: &str, body: &[u8]) -> Result<T, StoreError> {
    let text = key.open(context, body).map_err(|error| StoreError(error.to_string()))?;
    serde_json::from_slice(&text).map_err(|_| StoreError(format!("{context} can't be read")))
}

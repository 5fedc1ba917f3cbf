//! Schema, migrations and every SQL statement, behind the [`Sql`] port. Makes no decisions.
//!
//! Personal fields arrive here sealed or are sealed here; look-up keys are keyed hashes (spec 33).

pub mod activity;
pub mod dump;
pub mod link;
pub mod log;
pub mod manual;
pub mod member;
pub mod meta;
pub mod moved;
pub mod posting;
pub mod present;
pub mod record;
pub mod schema;
pub mod sealed;
pub mod seen;

/// A value of SQLite.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// NULL.
    Null,
    /// INTEGER; within ±2^53, because it may pass through JavaScript.
    Integer(i64),
    /// TEXT.
    Text(String),
    /// BLOB.
    Blob(Vec<u8>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}
impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}

impl Value {
    /// A whole number, if it is one.
    pub fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            Self::Null | Self::Text(_) | Self::Blob(_) => None,
        }
    }
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Integer(_) | Self::Blob(_) => None,
        }
    }
    pub(crate) fn blob(&self) -> Option<&[u8]> {
        match self {
            Self::Blob(bytes) => Some(bytes),
            Self::Null | Self::Integer(_) | Self::Text(_) => None,
        }
    }
}

/// What a statement gave.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Result rows.
    pub rows: Vec<Vec<Value>>,
    /// Rows written, as SQLite counts them; what the platform bills.
    pub written: u64,
}

/// Storage failed: disk full, database damaged, statement too large. Nothing of the step is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("storage: {0}")]
pub struct StoreError(pub String);

/// The only way to storage: synchronous SQLite, at most 100 values a statement.
pub trait Sql {
    /// Runs one statement.
    fn run(&self, statement: &str, values: Vec<Value>) -> Result<Outcome, StoreError>;
}

/// Bound values a statement may have on Durable Objects (`edge.md` 4).
pub const MAX_VALUES: usize = 100;

/// How many of the next rows fit into so many bytes: at least one, if there is one.
pub(crate) fn fitting(sizes: impl Iterator<Item = usize>, bytes: usize) -> usize {
    let mut total = 0;
    sizes
        .enumerate()
        .take_while(|(place, size)| {
            total += size;
            *place == 0 || total <= bytes
        })
        .count()
}

/// Inserts many rows with as few statements as the limit allows; gives the number of rows written.
pub(crate) fn insert_many(sql: &dyn Sql, head: &str, tail: &str, columns: usize, rows: impl IntoIterator<Item = Vec<Value>>) -> Result<u64, StoreError> {
    let group = format!("({})", vec!["?"; columns].join(","));
    let mut written = 0;
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let values: Vec<Value> = rows.by_ref().take(MAX_VALUES / columns).flatten().collect();
        let groups = vec![group.as_str(); values.len() / columns].join(",");
        written += sql.run(&format!("{head} VALUES {groups} {tail}"), values)?.written;
    }
    Ok(written)
}

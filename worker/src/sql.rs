//! The storage port on a Durable Object's SQLite.

use inlay_core::store::{Outcome, Sql, StoreError, Value};
use worker::{SqlStorage, SqlStorageValue};

/// A Durable Object's database. What is written between two awaits is kept as one, or not at all.
pub(crate) struct ObjectSql(pub(crate) SqlStorage);

impl Sql for ObjectSql {
    fn run(&self, statement: &str, values: Vec<Value>) -> Result<Outcome, StoreError> {
        let broken = |error: worker::Error| StoreError(error.to_string());
        let values: Vec<SqlStorageValue> = values.into_iter().map(bind).collect();
        let cursor = self.0.exec(statement, values).map_err(broken)?;
        let mut rows = Vec::new();
        for row in cursor.raw() {
            rows.push(row.map_err(broken)?.into_iter().map(read).collect());
        }
        Ok(Outcome { rows, written: cursor.rows_written() as u64 })
    }
}

fn bind(value: Value) -> SqlStorageValue {
    match value {
        Value::Null => SqlStorageValue::Null,
        Value::Integer(number) => SqlStorageValue::Integer(number),
        Value::Text(text) => SqlStorageValue::String(text),
        Value::Blob(bytes) => SqlStorageValue::Blob(bytes),
    }
}

fn read(value: SqlStorageValue) -> Value {
    match value {
        SqlStorageValue::Null => Value::Null,
        SqlStorageValue::Boolean(truth) => Value::Integer(i64::from(truth)),
        SqlStorageValue::Integer(number) => Value::Integer(number),
        SqlStorageValue::Float(number) => Value::Integer(number as i64),
        SqlStorageValue::String(text) => Value::Text(text),
        SqlStorageValue::Blob(bytes) => Value::Blob(bytes),
    }
}

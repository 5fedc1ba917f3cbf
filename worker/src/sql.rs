//! The storage port on a Durable Object's SQLite.

use inlay_core::store::{Outcome, Sql, StoreError, Value};
use inlay_core::workspace::WorkspaceError;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use worker::js_sys::{Function, Reflect};
use worker::wasm_bindgen::prelude::Closure;
use worker::wasm_bindgen::{JsCast as _, JsValue};
use worker::{SqlStorage, SqlStorageValue, State};

/// Rows written since the process began, as the platform bills them.
static ROWS_WRITTEN: AtomicU64 = AtomicU64::new(0);

/// Rows written since the process began, of all objects in it.
pub(crate) fn rows_written() -> u64 {
    ROWS_WRITTEN.load(Ordering::Relaxed)
}

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
        let written = cursor.rows_written() as u64;
        ROWS_WRITTEN.fetch_add(written, Ordering::Relaxed);
        Ok(Outcome { rows, written })
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

/// Does work whose writes are kept only if it succeeds. The crate has no binding for `transactionSync` (`edge.md` 1d), so it is called by name.
pub(crate) fn atomically<T: 'static>(
    state: &State,
    work: impl FnOnce() -> std::result::Result<T, WorkspaceError> + 'static,
) -> std::result::Result<T, WorkspaceError> {
    let broken = |what: &str| WorkspaceError::from(StoreError(format!("the platform's transaction failed: {what}")));
    let result = Rc::new(RefCell::new(None));
    let slot = Rc::clone(&result);
    let closure = Closure::once(move || -> std::result::Result<JsValue, JsValue> {
        let worked = work();
        let is_kept = worked.is_ok();
        *slot.borrow_mut() = Some(worked);
        if is_kept { Ok(JsValue::UNDEFINED) } else { Err(JsValue::from_str("taken back")) }
    });
    let storage = Reflect::get(state.as_raw(), &"storage".into()).map_err(|_| broken("no storage"))?;
    let transaction = Reflect::get(&storage, &"transactionSync".into()).ok().and_then(|found| found.dyn_into::<Function>().ok());
    let called = transaction.ok_or_else(|| broken("unknown"))?.call1(&storage, closure.as_ref());
    let worked = result.borrow_mut().take();
    match (worked, called) {
        (Some(Ok(_)), Err(error)) => Err(broken(&format!("{error:?}"))),
        (Some(worked), _) => worked,
        (None, _) => Err(broken("not begun")),
    }
}

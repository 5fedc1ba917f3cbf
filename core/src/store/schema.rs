//! The tables, and how an older database becomes today's.

use super::{Sql, StoreError, meta};

const VERSION: i64 = 3;

/// One statement a line; run in order on a fresh database.
const TABLES: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS layout (number INTEGER PRIMARY KEY, object INTEGER NOT NULL, fields TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS record (id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID",
    // Match keys as they arrive: one row a page and part. Made into buckets when the run has read everything.
    "CREATE TABLE IF NOT EXISTS segment (part INTEGER, page INTEGER, entries BLOB NOT NULL, PRIMARY KEY (part, page)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS bucket (number INTEGER PRIMARY KEY, entries BLOB NOT NULL)",
    // What changed since the buckets were built, by part: see `posting`.
    "CREATE TABLE IF NOT EXISTS amendment (part INTEGER PRIMARY KEY, entries BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS moved (id TEXT PRIMARY KEY, into_id TEXT NOT NULL, why TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS present (page INTEGER PRIMARY KEY, ids BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS link (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, person INTEGER NOT NULL, body BLOB NOT NULL)",
    "CREATE INDEX IF NOT EXISTS link_person ON link (person, number)",
    "CREATE TABLE IF NOT EXISTS manual (profile INTEGER PRIMARY KEY, body BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS seen (slot INTEGER PRIMARY KEY, body BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS member (user TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS session (token TEXT PRIMARY KEY, user TEXT NOT NULL, origin TEXT NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS pending (state TEXT PRIMARY KEY, body BLOB NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS activity (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, state INTEGER NOT NULL, due INTEGER NOT NULL, form INTEGER NOT NULL, person INTEGER NOT NULL, body BLOB NOT NULL)",
    "CREATE INDEX IF NOT EXISTS activity_due ON activity (state, due)",
    "CREATE INDEX IF NOT EXISTS activity_person ON activity (person, number)",
    "CREATE INDEX IF NOT EXISTS activity_active ON activity (person, number) WHERE state IN (1, 2, 3)",
    "CREATE TABLE IF NOT EXISTS run (number INTEGER PRIMARY KEY, state TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS reject (run INTEGER, object INTEGER, position INTEGER, record TEXT, field TEXT, reason TEXT, PRIMARY KEY (run, object, position)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS audit (number INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL)",
];

/// The tables that a shard has, too; in a workspace with shards its own are empty.
const OF_RECORDS: &[&str] = &["record", "segment", "bucket", "amendment"];

/// The buckets until version 3.
const NO_LONGER: &str = "DROP TABLE IF EXISTS posting";

/// Makes a shard's tables.
pub fn migrate_shard(sql: &dyn Sql) -> Result<(), StoreError> {
    sql.run(NO_LONGER, Vec::new())?;
    let is_shards = |table: &&&str| OF_RECORDS.iter().chain(&["meta"]).any(|name| table.contains(&format!("EXISTS {name} (")));
    TABLES.iter().filter(is_shards).try_for_each(|table| sql.run(table, Vec::new()).map(|_| ()))
}

/// Empties the tables of records, when these have moved into shards.
pub fn empty_records(sql: &dyn Sql) -> Result<(), StoreError> {
    for table in OF_RECORDS {
        sql.run(&format!("DROP TABLE IF EXISTS {table}"), Vec::new())?;
    }
    migrate_shard(sql)
}

/// Whether this storage was ever used.
pub fn exists(sql: &dyn Sql) -> Result<bool, StoreError> {
    has_table(sql, "meta")
}

fn has_table(sql: &dyn Sql, name: &str) -> Result<bool, StoreError> {
    Ok(!sql.run("SELECT name FROM sqlite_master WHERE type = 'table' AND name = ?", vec![name.into()])?.rows.is_empty())
}

/// Makes the tables, or brings an older database up to date.
pub fn migrate(sql: &dyn Sql) -> Result<(), StoreError> {
    for statement in [NO_LONGER].iter().chain(TABLES) {
        sql.run(statement, Vec::new())?;
    }
    match meta::integer(sql, "schema")? {
        Some(VERSION) => Ok(()),
        None => meta::set(sql, "schema", VERSION.into()),
        // Version 1 saved runs in a form that isn't read any more, and what a run of version 2 has staged are other keys than today's: the
        // next run compares everything. Meanwhile the index, whose buckets had names of two columns, is built anew from the records.
        Some(_) => {
            sql.run("DELETE FROM run", Vec::new())?;
            meta::remove(sql, "keys")?;
            meta::set(sql, "schema", VERSION.into())
        }
    }
}

/// Leaves a purge's sealed receipt in storage that was erased.
pub fn leave_receipt(sql: &dyn Sql, sealed: Vec<u8>) -> Result<(), StoreError> {
    sql.run("CREATE TABLE purged (receipt BLOB NOT NULL)", Vec::new())?;
    sql.run("INSERT INTO purged (receipt) VALUES (?)", vec![sealed.into()])?;
    Ok(())
}

/// The sealed receipt that a purge left.
pub fn receipt(sql: &dyn Sql) -> Result<Option<Vec<u8>>, StoreError> {
    if !has_table(sql, "purged")? {
        return Ok(None);
    }
    Ok(sql.run("SELECT receipt FROM purged", Vec::new())?.rows.first().and_then(|row| row[0].blob()).map(<[u8]>::to_vec))
}

/// How many rows each table has.
pub fn tables(sql: &dyn Sql) -> Result<Vec<(String, u64)>, StoreError> {
    let names =
        sql.run("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'", Vec::new())?.rows;
    let count = |name: &str| {
        let rows = sql.run(&format!("SELECT count(*) FROM \"{name}\""), Vec::new())?.rows;
        Ok((name.to_owned(), rows.first().and_then(|row| row[0].integer()).unwrap_or(0) as u64))
    };
    names.iter().filter_map(|row| row[0].text()).map(count).collect()
}

/// Removes all tables and what is in them.
pub fn erase(sql: &dyn Sql) -> Result<(), StoreError> {
    for (table, _) in tables(sql)? {
        sql.run(&format!("DROP TABLE \"{table}\""), Vec::new())?;
    }
    Ok(())
}

//! Tables as rows of plain values, in order, a piece at a time: for backups.

use super::{Sql, StoreError, Value, insert_many};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// Bytes of a piece, unless one row alone has more: memory that Wasm once took it never gives back.
const PIECE_BYTES: usize = 1_000_000;

/// A table of a backup: its columns, of which the first `key` name a row. Sessions and sign-ins aren't kept, nor what a stopped run
/// gathers anew when it goes on.
struct Table {
    name: &'static str,
    columns: &'static [&'static str],
    key: usize,
}

/// How many of them, the first, a shard has, too.
const OF_RECORDS: usize = 4;

const TABLES: &[Table] = &[
    Table { name: "record", columns: &["id", "body"], key: 1 },
    Table { name: "segment", columns: &["part", "page", "entries"], key: 2 },
    Table { name: "bucket", columns: &["number", "entries"], key: 1 },
    Table { name: "amendment", columns: &["part", "entries"], key: 1 },
    Table { name: "meta", columns: &["name", "value"], key: 1 },
    Table { name: "layout", columns: &["number", "object", "fields"], key: 1 },
    Table { name: "moved", columns: &["id", "into_id", "why", "at"], key: 1 },
    Table { name: "link", columns: &["number", "id", "person", "body"], key: 1 },
    Table { name: "manual", columns: &["profile", "body"], key: 1 },
    Table { name: "seen", columns: &["slot", "body"], key: 1 },
    Table { name: "member", columns: &["user", "body"], key: 1 },
    Table { name: "activity", columns: &["number", "id", "state", "due", "form", "person", "body"], key: 1 },
    Table { name: "run", columns: &["number", "state"], key: 1 },
    Table { name: "reject", columns: &["run", "object", "position", "record", "field", "reason"], key: 3 },
    Table { name: "audit", columns: &["number", "at", "who", "what"], key: 1 },
];

/// A value of SQLite as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cell {
    /// NULL.
    Null,
    /// INTEGER.
    Integer(i64),
    /// TEXT.
    Text(String),
    /// BLOB, in Base64.
    Blob(String),
}

/// Where in the tables a piece ends.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Of which shard; none for the workspace's own tables.
    #[serde(default)]
    pub(crate) shard: Option<u16>,
    table: usize,
    after: Vec<Cell>,
}

impl Place {
    /// Where a shard's tables begin.
    pub(crate) fn of_shard(shard: u16) -> Self {
        Self { shard: Some(shard), ..Self::default() }
    }

    /// Whether nothing of the shard, or of the workspace, came before.
    pub(crate) fn begins(&self) -> bool {
        self.table == 0 && self.after.is_empty()
    }
}

/// Rows of one table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    table: String,
    rows: Vec<Vec<Cell>>,
}

impl Piece {
    /// Of storage that was never written to.
    pub fn of_nothing() -> Self {
        Self { table: TABLES[0].name.to_owned(), rows: Vec::new() }
    }

    /// How many rows.
    pub fn len(&self) -> u64 {
        self.rows.len() as u64
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

fn to_cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Null,
        Value::Integer(number) => Cell::Integer(*number),
        Value::Text(text) => Cell::Text(text.clone()),
        Value::Blob(bytes) => Cell::Blob(STANDARD.encode(bytes)),
    }
}

fn to_value(cell: &Cell) -> Result<Value, StoreError> {
    Ok(match cell {
        Cell::Null => Value::Null,
        Cell::Integer(number) => Value::Integer(*number),
        Cell::Text(text) => Value::Text(text.clone()),
        Cell::Blob(text) => Value::Blob(STANDARD.decode(text).map_err(|_| StoreError("a backup's blob can't be read".into()))?),
    })
}

/// At most so many rows from a place on, and the place after them; none after the last.
pub fn read(sql: &dyn Sql, place: &Place, most: usize) -> Result<(Piece, Option<Place>), StoreError> {
    let tables = if place.shard.is_some() { OF_RECORDS } else { TABLES.len() };
    let table = TABLES[..tables].get(place.table).ok_or_else(|| StoreError("no such place in a backup".into()))?;
    let size = table.columns.iter().map(|column| format!("coalesce(length({column}), 0)")).collect::<Vec<_>>().join(" + ");
    let (columns, key) = (table.columns.join(", "), table.columns[..table.key].join(", "));
    let mut values: Vec<Value> = place.after.iter().map(to_value).collect::<Result<_, _>>()?;
    let filter = if values.len() == table.key { format!("WHERE ({key}) > ({})", vec!["?"; table.key].join(", ")) } else { String::new() };
    values.push((most as i64).into());
    let select = |what: &str| format!("SELECT {what} FROM {} {filter} ORDER BY {key} LIMIT ?", table.name);
    let sizes = sql.run(&select(&size), values.clone())?.rows;
    let fitting = super::fitting(sizes.iter().map(|row| row[0].integer().unwrap_or(0) as usize), PIECE_BYTES);
    values.pop();
    values.push((fitting as i64).into());
    let rows = sql.run(&select(&columns), values)?.rows;
    let rows: Vec<Vec<Cell>> = rows.iter().map(|row| row.iter().map(to_cell).collect()).collect();
    let next = match rows.last() {
        Some(last) if rows.len() < sizes.len() || sizes.len() == most => Some(Place { after: last[..table.key].to_vec(), ..*place }),
        _ if place.table + 1 < tables => Some(Place { table: place.table + 1, after: Vec::new(), ..*place }),
        _ => None,
    };
    Ok((Piece { table: table.name.to_owned(), rows }, next))
}

/// A table that backups of earlier versions have: the index, which is built anew from the records.
const NO_LONGER: &str = "posting";

/// Writes a piece back.
pub fn write(sql: &dyn Sql, piece: &Piece) -> Result<(), StoreError> {
    if piece.table == NO_LONGER {
        return Ok(());
    }
    let table = TABLES.iter().find(|table| table.name == piece.table).ok_or_else(|| StoreError("no such table in a backup".into()))?;
    if piece.rows.iter().any(|row| row.len() != table.columns.len()) {
        return Err(StoreError(format!("{}: a row of another width", table.name)));
    }
    let rows: Vec<Vec<Value>> = piece.rows.iter().map(|row| row.iter().map(to_value).collect()).collect::<Result<_, _>>()?;
    let head = format!("INSERT OR REPLACE INTO {} ({})", table.name, table.columns.join(", "));
    insert_many(sql, &head, "", table.columns.len(), rows)?;
    Ok(())
}

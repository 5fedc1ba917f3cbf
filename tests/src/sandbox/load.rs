//! Loads a user's own Salesforce export (Data Loader or Data Export CSV files, one per object) into the org.

use super::org::Org;
use inlay_core::csv::{Decoder, Row};
use inlay_core::model::id::RecordId;
use std::fmt;
use std::path::Path;

/// What was loaded of one object.
#[derive(Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The object.
    pub object: &'static str,
    /// Rows taken.
    pub rows: u64,
    /// Columns the org doesn't know, left out.
    pub unknown: Vec<String>,
}

/// Why a file can't be loaded: which, where, what was expected.
#[derive(Debug, PartialEq, Eq)]
pub struct LoadError {
    file: String,
    row: u64,
    reason: String,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: row {}: {}. Nothing of the file was loaded.", self.file, self.row, self.reason)
    }
}

/// Loads every `<Object>.csv` of a folder; objects without a file become empty. All files are read before anything changes.
pub fn folder(org: &mut Org, folder: &Path) -> Result<Vec<Loaded>, LoadError> {
    let files = std::fs::read_dir(folder).map_err(|error| LoadError { file: folder.display().to_string(), row: 0, reason: error.to_string() })?;
    let names: Vec<&'static str> = org.specs.iter().map(|spec| spec.name).collect();
    let mut tables = Vec::new();
    for path in files.flatten().map(|entry| entry.path()) {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("").to_lowercase();
        let is_csv = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
        if let Some(object) = names.iter().find(|name| is_csv && (stem == name.to_lowercase() || stem == format!("{}s", name.to_lowercase()))) {
            tables.push((*object, read(&path)?));
        }
    }
    if tables.is_empty() {
        return Err(LoadError { file: folder.display().to_string(), row: 0, reason: "no file named after an object, such as Contact.csv".into() });
    }
    for object in inlay_core::model::object::Object::ALL {
        if object != inlay_core::model::object::Object::User || tables.iter().any(|(name, _)| *name == "User") {
            org.clear(object.name());
        }
    }
    Ok(tables.into_iter().map(|(object, rows)| fill(org, object, rows)).collect())
}

fn read(path: &Path) -> Result<Vec<Vec<String>>, LoadError> {
    let file = path.display().to_string();
    let fail = |row: usize, reason: &str| LoadError { file: file.clone(), row: row as u64, reason: reason.into() };
    let bytes = std::fs::read(path).map_err(|error| fail(0, &error.to_string()))?;
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    let mut rows: Vec<Row> = Vec::new();
    let mut decoder = Decoder::default();
    decoder.push(bytes, |row| rows.push(row));
    decoder.finish(|row| rows.push(row));
    let quotes = bytes.split(|byte| *byte == b'"').count() - 1;
    if quotes % 2 == 1 {
        return Err(fail(rows.len(), "a quoted field is never closed; the file is cut in the middle"));
    }
    let width = rows.first().map_or(0, Row::len);
    let mut table = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        let texts = row.texts().ok_or_else(|| fail(place + 1, "not UTF-8; export the file again as UTF-8"))?;
        if texts.len() != width {
            return Err(fail(place + 1, &format!("{} columns where the header has {width}; the file may be cut in the middle of a row", texts.len())));
        }
        table.push(texts.into_iter().map(str::to_owned).collect());
    }
    let has_id = table.first().is_some_and(|header: &Vec<String>| header.iter().any(|name| name.eq_ignore_ascii_case("Id")));
    if !has_id {
        return Err(fail(1, "no column named Id; export with the Id field"));
    }
    let id = table[0].iter().position(|name| name.eq_ignore_ascii_case("Id")).expect("it was found");
    for (place, row) in table.iter().enumerate().skip(1) {
        RecordId::parse(&row[id]).map_err(|error| fail(place + 1, &format!("Id: {error}")))?;
    }
    Ok(table)
}

fn fill(org: &mut Org, object: &'static str, mut table: Vec<Vec<String>>) -> Loaded {
    let header = table.remove(0);
    let spec = org.spec(object).expect("a known object").clone();
    let unknown = header.iter().filter(|name| super::soql::position(&spec, name).is_none()).cloned().collect();
    let rows = table.len() as u64;
    for row in table {
        let values: Vec<(&str, &str)> = header
            .iter()
            .map(String::as_str)
            .zip(row.iter().map(String::as_str))
            .map(|(name, value)| (if name.eq_ignore_ascii_case("Id") { "Id" } else { name }, value))
            .collect();
        org.create(object, &values, 1_793_491_200);
    }
    Loaded { object, rows, unknown }
}

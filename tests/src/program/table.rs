//! A CSV file with named columns, read whole or refused with line and column.

use super::Done;
use inlay_core::csv::{Decoder, Row};
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// A file's rows, by column name.
#[derive(Debug)]
pub struct Table {
    columns: HashMap<String, usize>,
    rows: Vec<Row>,
}

impl Table {
    /// Reads a file that has a column `id` and any of `known`; columns of `ignored` may stand there too.
    pub fn read(path: &Path, known: &[&str], ignored: &[&str]) -> Done<Self> {
        let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Self::parse(&bytes, known, ignored).map_err(|reason| format!("{}, {reason}", path.display()))
    }

    /// Reads the bytes of such a file. Errors tell line, column and what was expected there.
    pub fn parse(bytes: &[u8], known: &[&str], ignored: &[&str]) -> Done<Self> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        if let Some(line) = open_quote(bytes) {
            return Err(format!("line {line}: a quote is opened and never closed; is one missing, or the file cut?"));
        }
        let mut rows = Vec::new();
        let mut decoder = Decoder::default();
        decoder.push(bytes, |row| rows.push(row));
        decoder.finish(|row| rows.push(row));
        let expected = || format!("expected `id` and any of: {}", known.join(", "));
        let mut rows = rows.into_iter();
        let head = rows.next().ok_or_else(|| format!("line 1: the file is empty; {}", expected()))?;
        let mut columns = HashMap::new();
        for place in 0..head.len() {
            let name = head.get(place).ok_or_else(|| format!("line 1, column {}: not UTF-8; save the file as UTF-8", place + 1))?.trim().to_lowercase();
            if name != "id" && !known.contains(&name.as_str()) && !ignored.contains(&name.as_str()) {
                return Err(format!("line 1, column {}: `{name}` is no column here; {}", place + 1, expected()));
            }
            if columns.insert(name.clone(), place).is_some() {
                return Err(format!("line 1, column {}: `{name}` stands there twice", place + 1));
            }
        }
        let id = *columns.get("id").ok_or_else(|| format!("line 1: no column `id`; {}", expected()))?;
        let mut line = 2;
        let mut ids = HashSet::new();
        let mut kept = Vec::new();
        for row in rows {
            if row.len() == 1 && row.get(0) == Some("") {
                line += 1; // An empty line.
                continue;
            }
            if row.len() != head.len() {
                return Err(format!("line {line}: {} fields, expected {} as in line 1; is a quote missing, or the file cut?", row.len(), head.len()));
            }
            let texts = (0..row.len()).map(|place| row.get(place).ok_or(place)).collect::<Result<Vec<_>, _>>();
            let texts = texts.map_err(|place| format!("line {line}, column {}: not UTF-8; save the file as UTF-8", place + 1))?;
            if texts[id].is_empty() {
                return Err(format!("line {line}, column {}: `id` is empty; every row needs its own", id + 1));
            }
            if !ids.insert(texts[id].to_owned()) {
                return Err(format!("line {line}, column {}: this `id` stood in an earlier line; every row needs its own", id + 1));
            }
            line += 1 + texts.iter().map(|text| text.matches('\n').count()).sum::<usize>();
            kept.push(row);
        }
        Ok(Self { columns, rows: kept })
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// A field; empty where the file has no such column.
    pub fn get(&self, row: usize, column: &str) -> &str {
        self.columns.get(column).and_then(|place| self.rows[row].get(*place)).unwrap_or("")
    }
}

/// The line of the quote that nothing closes, if there is one. Quotes inside a field that begins without one are letters.
fn open_quote(bytes: &[u8]) -> Option<usize> {
    let (mut opened, mut line, mut before) = (None, 1, b'\n');
    for &byte in bytes {
        match byte {
            b'"' if opened.is_some() => opened = None,
            // At the beginning of a field, or the second of a doubled one.
            b'"' if matches!(before, b',' | b'\n' | b'\r' | b'"') => opened = Some(line),
            b'\n' => line += 1,
            _ => {}
        }
        before = byte;
    }
    opened
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refused(text: &[u8]) -> String {
        Table::parse(text, &["name", "city"], &["ticker"]).expect_err("it is refused")
    }

    #[test]
    fn a_table_is_read_by_column() {
        let table = Table::parse("\u{feff}City,ID,ticker\n\"Leeds, \"\"N\"\"\",a,X\n,b,\n".as_bytes(), &["name", "city"], &["ticker"]).expect("it is one");
        assert_eq!((table.len(), table.get(0, "city"), table.get(1, "id"), table.get(0, "name")), (2, "Leeds, \"N\"", "b", ""));
    }

    #[test]
    fn bad_files_are_refused_with_line_and_column() {
        assert!(refused(b"").starts_with("line 1: the file is empty"));
        assert!(refused(b"name,city\nx,y\n").contains("no column `id`"));
        assert!(refused(b"id,nme\n1,x\n").starts_with("line 1, column 2: `nme` is no column"));
        assert!(refused(b"id,name,name\n").starts_with("line 1, column 3: `name` stands there twice"));
        assert!(refused(b"id,name\n1,\"a\nb\"\n2\n").starts_with("line 4: 1 fields, expected 2"));
        assert!(refused(b"id,name\n1,\xFF\n").starts_with("line 2, column 2: not UTF-8"));
        assert!(refused(b"name,id\nx,\n").starts_with("line 2, column 2: `id` is empty"));
        assert!(refused(b"id,name\n1,x\n2,\"cut in the mid").starts_with("line 3: a quote is opened and never closed"));
        assert!(Table::parse(b"id,name\n1,5\" pipe\n2,\"a \"\"b\"\" c\"\n", &["name"], &[]).is_ok(), "quotes that are letters, and doubled ones");
        assert!(refused(b"id,name\n1,x\n1,y\n").starts_with("line 3, column 1: this `id`"));
    }

    proptest! {
        /// Whatever a file holds, it is read or refused with a line, never worse.
        #[test]
        fn any_file_is_read_or_refused(bytes in prop::collection::vec(prop_oneof![Just(b','), Just(b'"'), Just(b'\n'), Just(b'\r'), any::<u8>()], 0..300), has_head in any::<bool>()) {
            let bytes = if has_head { [b"id,name\n".as_slice(), &bytes].concat() } else { bytes };
            match Table::parse(&bytes, &["name"], &[]) {
                Ok(table) => prop_assert!((0..table.len()).all(|row| !table.get(row, "id").is_empty())),
                Err(reason) => prop_assert!(reason.starts_with("line "), "{}", reason),
            }
        }

        #[test]
        fn what_is_written_is_read_back(names in prop::collection::vec("[^\\x00]{0,40}", 1..20)) {
            let rows: String = names.iter().enumerate().map(|(place, name)| format!("{place},\"{}\"\n", name.replace('"', "\"\""))).collect();
            let table = Table::parse(format!("id,name\n{rows}").as_bytes(), &["name"], &[]).expect("it is one");
            prop_assert_eq!((0..table.len()).map(|row| table.get(row, "name").to_owned()).collect::<Vec<_>>(), names);
        }
    }
}

//! A CSV file with named columns, read whole or refused with line and column.

use super::Done;
use inlay_core::csv::{Decoder, Row};
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// A file's rows, by column name: all texts in one, so that millions of rows take little more room than the file.
#[derive(Debug)]
pub struct Table {
    columns: HashMap<String, usize>,
    texts: String,
    /// Where each row begins in the texts, and where the last ends.
    starts: Vec<usize>,
    /// Where each field ends, from where its row begins.
    ends: Vec<u32>,
    /// The line of the file that each row begins in.
    lines: Vec<usize>,
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
        let mut reading = None;
        let mut take = |row: Row| match &mut reading {
            None => reading = Some(Self::headed(&row, known, ignored).map(|table| (table, 2))),
            Some(Ok((table, line))) => {
                if let Err(reason) = table.add(&row, line) {
                    reading = Some(Err(reason));
                }
            }
            Some(Err(_)) => {}
        };
        let mut decoder = Decoder::default();
        decoder.push(bytes, &mut take);
        decoder.finish(&mut take);
        let (table, _) = reading.unwrap_or_else(|| Err(format!("line 1: the file is empty; {}", expected(known))))?;
        table.is_told_apart()?;
        Ok(table)
    }

    /// An empty table with the columns that the first row names.
    fn headed(head: &Row, known: &[&str], ignored: &[&str]) -> Done<Self> {
        let mut columns = HashMap::new();
        for place in 0..head.len() {
            let name = head.get(place).ok_or_else(|| format!("line 1, column {}: not UTF-8; save the file as UTF-8", place + 1))?.trim().to_lowercase();
            if name != "id" && !known.contains(&name.as_str()) && !ignored.contains(&name.as_str()) {
                return Err(format!("line 1, column {}: `{name}` is no column here; {}", place + 1, expected(known)));
            }
            if columns.insert(name.clone(), place).is_some() {
                return Err(format!("line 1, column {}: `{name}` stands there twice", place + 1));
            }
        }
        if !columns.contains_key("id") {
            return Err(format!("line 1: no column `id`; {}", expected(known)));
        }
        Ok(Self { columns, texts: String::new(), starts: vec![0], ends: Vec::new(), lines: Vec::new() })
    }

    /// Adds the row that begins in a line, and counts the lines it takes.
    fn add(&mut self, row: &Row, line: &mut usize) -> Done {
        if row.len() == 1 && row.get(0) == Some("") {
            *line += 1; // An empty line.
            return Ok(());
        }
        let (width, id) = (self.columns.len(), self.columns["id"]);
        if row.len() != width {
            return Err(format!("line {line}: {} fields, expected {width} as in line 1; is a quote missing, or the file cut?", row.len()));
        }
        let start = self.texts.len();
        for place in 0..width {
            let text = row.get(place).ok_or_else(|| format!("line {line}, column {}: not UTF-8; save the file as UTF-8", place + 1))?;
            if place == id && text.is_empty() {
                return Err(format!("line {line}, column {}: `id` is empty; every row needs its own", id + 1));
            }
            self.texts.push_str(text);
            let end = u32::try_from(self.texts.len() - start).map_err(|_| format!("line {line}: a row of 4 GB; is a quote missing?"))?;
            self.ends.push(end);
        }
        self.starts.push(self.texts.len());
        self.lines.push(*line);
        *line += 1 + self.texts[start..].matches('\n').count();
        Ok(())
    }

    /// Every row needs an `id` of its own.
    fn is_told_apart(&self) -> Done {
        let mut ids = HashSet::with_capacity(self.len());
        let Some(again) = (0..self.len()).find(|row| !ids.insert(self.get(*row, "id"))) else { return Ok(()) };
        Err(format!("line {}, column {}: this `id` stood in an earlier line; every row needs its own", self.lines[again], self.columns["id"] + 1))
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A field; empty where the file has no such column.
    pub fn get(&self, row: usize, column: &str) -> &str {
        let Some(place) = self.columns.get(column) else { return "" };
        let (width, start) = (self.columns.len(), self.starts[row]);
        let end = |place: usize| start + self.ends[row * width + place] as usize;
        &self.texts[if *place == 0 { start } else { end(place - 1) }..end(*place)]
    }
}

fn expected(known: &[&str]) -> String {
    format!("expected `id` and any of: {}", known.join(", "))
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

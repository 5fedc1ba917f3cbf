//! CSV as Salesforce writes it: chunks in, rows out. A quote, a line or a character split over two chunks is no special case.
//! Knows nothing of Salesforce: which rows are missing is told by counts, elsewhere.

use csv_core::{ReadRecordResult, Reader};

/// A decoded row. Fields are bytes until asked for, so that one bad field rejects one row, not the file.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Row {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Row {
    /// How many fields the row has.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether the row has no field at all.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// A field's text; none past the end or if its bytes aren't UTF-8.
    pub fn get(&self, place: usize) -> Option<&str> {
        let start = if place == 0 { 0 } else { *self.ends.get(place - 1)? };
        std::str::from_utf8(self.bytes.get(start..*self.ends.get(place)?)?).ok()
    }

    /// All fields as texts; none if any isn't UTF-8.
    pub fn texts(&self) -> Option<Vec<&str>> {
        (0..self.len()).map(|place| self.get(place)).collect()
    }
}

/// Turns chunks of bytes into rows.
pub struct Decoder {
    reader: Reader,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    filled: usize,
    ended: usize,
    begun: bool,
}

impl Default for Decoder {
    fn default() -> Self {
        Self { reader: Reader::new(), bytes: vec![0; 4096], ends: vec![0; 64], filled: 0, ended: 0, begun: false }
    }
}

impl Decoder {
    /// Gives every row that this chunk completes. NUL bytes, which occur in real results, are dropped (`salesforce.md` 2.2).
    pub fn push(&mut self, chunk: &[u8], mut row: impl FnMut(Row)) {
        if chunk.iter().all(|byte| *byte == 0) {
            return; // Nothing in it, and csv-core would take an empty input for the end.
        }
        if chunk.contains(&0) {
            let clean: Vec<u8> = chunk.iter().copied().filter(|byte| *byte != 0).collect();
            self.read(&clean, &mut row);
        } else {
            self.read(chunk, &mut row);
        }
    }

    /// Gives the last row, if it had no line end. An open quote ends the field there: counts tell that rows are missing.
    pub fn finish(mut self, mut row: impl FnMut(Row)) {
        if self.begun {
            // An empty input tells csv-core that no more bytes come.
            self.read(&[], &mut row);
        }
    }

    fn read(&mut self, chunk: &[u8], row: &mut impl FnMut(Row)) {
        let mut input = chunk;
        let at_end = chunk.is_empty();
        self.begun |= !at_end;
        loop {
            let (result, consumed, written, ends) = self.reader.read_record(input, &mut self.bytes[self.filled..], &mut self.ends[self.ended..]);
            input = &input[consumed..];
            self.filled += written;
            self.ended += ends;
            match result {
                ReadRecordResult::InputEmpty if at_end => {}
                ReadRecordResult::InputEmpty | ReadRecordResult::End => return,
                ReadRecordResult::OutputFull => self.bytes.resize(self.bytes.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => {
                    row(Row { bytes: self.bytes[..self.filled].to_vec(), ends: self.ends[..self.ended].to_vec() });
                    self.filled = 0;
                    self.ended = 0;
                }
            }
            if input.is_empty() && !at_end {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(chunks: &[&[u8]]) -> Vec<Vec<String>> {
        let mut decoder = Decoder::default();
        let mut rows = Vec::new();
        let mut take = |row: Row| rows.push(row.texts().expect("UTF-8").into_iter().map(str::to_owned).collect());
        for chunk in chunks {
            decoder.push(chunk, &mut take);
        }
        decoder.finish(&mut take);
        rows
    }

    fn check(text: &str, expected: &[&[&str]]) {
        assert_eq!(rows(&[text.as_bytes()]), expected);
    }

    #[test]
    fn the_dialect_of_bulk_results() {
        check("\"Id\",\"Name\"\n\"1\",\"A\"\n", &[&["Id", "Name"], &["1", "A"]]);
        check("\"a \"\"quoted\"\" word\",\"two\nlines\"\n", &[&["a \"quoted\" word", "two\nlines"]]);
        check("\"\",\"NA\",\"null\"\r\n", &[&["", "NA", "null"]]);
        check("\"Łódź, 🎯\"", &[&["Łódź, 🎯"]]);
        check("\"nul\0byte\"\n", &[&["nulbyte"]]);
        check("", &[]);
    }

    #[test]
    fn a_split_quote_is_one_field() {
        assert_eq!(rows(&[b"\"a \"", b"\"b\"\" c\"\n"]), [["a \"b\" c"]]);
    }

    proptest! {
        #[test]
        fn chunking_never_changes_rows(
            table in prop::collection::vec(prop::collection::vec("[a-z\",\n\r é🎯]{0,12}", 3), 1..8),
            cut in 1_usize..9,
        ) {
            let mut text = String::new();
            for row in &table {
                let cells: Vec<String> = row.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
                text += &cells.join(",");
                text.push('\n');
            }
            let chunks: Vec<&[u8]> = text.as_bytes().chunks(cut).collect();
            prop_assert_eq!(rows(&chunks), table);
        }
    }
}

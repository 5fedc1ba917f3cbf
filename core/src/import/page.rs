//! A page of results: chunks in; sealed rows, match keys and rejects out, in bites small enough for 16 MB.
//! Lives in memory only: a killed page is read again from the locator that is saved.

use crate::api::{Reject, RejectReason};
use crate::csv::{Decoder, Row};
use crate::matching::key;
use crate::model::id::RecordId;
use crate::model::record::{Layout, encode};
use crate::salesforce::bulk::PageHead;
use crate::seal::Key;
use crate::store::posting::{Entries, Entry};
use crate::store::record::Encoded;
use std::sync::Arc;

/// Rows kept before they are stored.
const BITE_ROWS: usize = 2_000;
/// Bytes kept before they are stored.
const BITE_BYTES: usize = 4 << 20;

/// A page being read.
pub struct Page {
    head: PageHead,
    layout: Arc<Layout>,
    /// Which CSV column holds each of the layout's fields, once the header was seen.
    columns: Option<Vec<usize>>,
    decoder: Decoder,
    /// Rows of this page that an earlier try stored.
    skip: u64,
    /// Rows of the object before this page.
    before: u64,
    seen: u64,
    bite: Bite,
    entries: Entries,
}

/// Rows ready to be stored.
#[derive(Default)]
pub struct Bite {
    /// Good rows.
    pub rows: Vec<Encoded>,
    /// Rows that can't be read.
    pub rejects: Vec<Reject>,
    bytes: usize,
}

impl Bite {
    /// How many rows were received.
    pub fn received(&self) -> u64 {
        (self.rows.len() + self.rejects.len()) as u64
    }
}

/// A page that ended.
pub struct Ended {
    /// The last rows.
    pub bite: Bite,
    /// The match keys of all its rows.
    pub entries: Entries,
    /// What follows.
    pub head: PageHead,
}

/// The page has fewer or more rows than its header says; nothing of the last bite is to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the page has {received} rows, not {announced}")]
pub struct ShortPage {
    /// Rows announced.
    pub announced: u64,
    /// Rows that arrived.
    pub received: u64,
}

impl Page {
    /// Begins a page whose first `skip` rows are stored already, `before` rows into the object.
    pub fn new(head: PageHead, layout: Arc<Layout>, before: u64, skip: u64) -> Self {
        Self { head, layout, columns: None, decoder: Decoder::default(), skip, before, seen: 0, bite: Bite::default(), entries: Entries::default() }
    }

    /// Takes a chunk of the body.
    pub fn push(&mut self, key: &Key, chunk: &[u8]) {
        let mut decoder = std::mem::take(&mut self.decoder);
        decoder.push(chunk, |row| self.row(key, &row));
        self.decoder = decoder;
    }

    /// Gives the rows read so far, if they are enough to be worth storing.
    pub fn bite(&mut self) -> Option<Bite> {
        let full = self.bite.rows.len() >= BITE_ROWS || self.bite.bytes >= BITE_BYTES || self.bite.rejects.len() >= BITE_ROWS;
        full.then(|| std::mem::take(&mut self.bite))
    }

    /// Ends the page; its count must be what the header announced.
    pub fn finish(mut self, key: &Key) -> Result<Ended, ShortPage> {
        std::mem::take(&mut self.decoder).finish(|row| self.row(key, &row));
        match self.head.rows {
            Some(announced) if announced != self.seen => Err(ShortPage { announced, received: self.seen }),
            _ => Ok(Ended { bite: self.bite, entries: self.entries, head: self.head }),
        }
    }

    fn row(&mut self, key: &Key, row: &Row) {
        // Docs repeat the header on each page, some orgs give it once: a first row that names the fields is one.
        if self.columns.is_none() {
            let header = columns_of(&self.layout, row);
            self.columns = Some(header.clone().unwrap_or_else(|| (0..self.layout.fields.len()).collect()));
            if header.is_some() {
                return;
            }
        }
        self.seen += 1;
        let is_stored = self.seen <= self.skip;
        match self.read(key, row) {
            Ok((encoded, entries)) => {
                self.entries.extend(entries);
                if !is_stored {
                    self.bite.bytes += encoded.1.len();
                    self.bite.rows.push(encoded);
                }
            }
            Err(reject) if !is_stored => self.bite.rejects.push(reject),
            Err(_) => {}
        }
    }

    fn read(&self, key: &Key, row: &Row) -> Result<(Encoded, Vec<Entry>), Reject> {
        let object = self.layout.object;
        let columns = self.columns.as_deref().unwrap_or(&[]);
        let reject = |field: &str, reason| Reject {
            object,
            position: self.before + self.seen,
            record: row.get(0).and_then(|id| RecordId::parse(id).ok()).map(String::from).unwrap_or_default(),
            field: field.to_owned(),
            reason,
        };
        if row.len() != columns.len() {
            return Err(reject("", RejectReason::FieldCount));
        }
        let mut values = Vec::with_capacity(columns.len());
        for (field, column) in self.layout.fields.iter().zip(columns) {
            values.push(row.get(*column).ok_or_else(|| reject(field, RejectReason::NotText))?);
        }
        let id = self.layout.position("Id").and_then(|place| RecordId::parse(values[place]).ok());
        let id = id.filter(|id| id.object() == Some(object)).ok_or_else(|| reject("Id", RejectReason::BadId))?;
        let keys = key::of_record(object, &self.layout.fields, |field| self.layout.position(field).map_or("", |place| values[place]));
        let packed = id.pack();
        let entries = keys.iter().map(|(kind, value)| Entry::new(key.lookup(*kind as u8, value), object, &packed)).collect();
        Ok(((id, encode(self.layout.number, values.into_iter())), entries))
    }
}

/// Which column holds each field, if the row is a header.
fn columns_of(layout: &Layout, row: &Row) -> Option<Vec<usize>> {
    let names = row.texts()?;
    layout.fields.iter().map(|field| names.iter().position(|name| name == field)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::object::Object;
    use crate::salesforce::bulk::Next;

    fn page(rows: u64, skip: u64) -> Page {
        let fields = ["Id", "LastName"].map(str::to_owned).to_vec();
        let layout = Arc::new(Layout { number: 1, object: Object::Lead, fields });
        Page::new(PageHead { rows: Some(rows), next: Next::End }, layout, 100, skip)
    }

    fn read(mut page: Page, text: &str) -> Result<Ended, ShortPage> {
        let key = Key::new(&[1; 32]);
        page.push(&key, text.as_bytes());
        page.finish(&key)
    }

    #[test]
    fn good_rows_and_rejects_add_up() {
        let text = "\"Id\",\"LastName\"\n\"00Q000000000001\",\"A\"\n\"00Qx\",\"B\"\n\"00Q000000000003\",\"C\",\"D\"\n\"003000000000003\",\"E\"\n";
        let ended = read(page(4, 0), text).expect("counts fit");
        assert_eq!((ended.bite.rows.len(), ended.bite.rejects.len()), (1, 3));
        let reasons: Vec<_> = ended.bite.rejects.iter().map(|reject| (reject.position, reject.reason)).collect();
        assert_eq!(reasons, [(102, RejectReason::BadId), (103, RejectReason::FieldCount), (104, RejectReason::BadId)]);
    }

    #[test]
    fn a_header_may_be_missing_or_in_another_order() {
        assert_eq!(read(page(1, 0), "\"00Q000000000001\",\"A\"\n").map(|ended| ended.bite.rows.len()), Ok(1));
        assert_eq!(read(page(1, 0), "\"LastName\",\"Id\"\n\"A\",\"00Q000000000001\"\n").map(|ended| ended.bite.rows.len()), Ok(1));
    }

    #[test]
    fn a_page_cut_in_the_middle_is_short() {
        let cut = read(page(2, 0), "\"Id\",\"LastName\"\n\"00Q000000000001\",\"A\"\n").map(|_| ());
        assert_eq!(cut, Err(ShortPage { announced: 2, received: 1 }));
    }

    #[test]
    fn stored_rows_give_their_keys_again_but_are_not_counted_twice() {
        let text = "\"Id\",\"LastName\"\n\"00Q000000000001\",\"Aa\"\n\"00Q000000000002\",\"Bb\"\n";
        let all = read(page(2, 0), text).expect("fits");
        let rest = read(page(2, 1), text).expect("fits");
        assert_eq!((all.bite.received(), rest.bite.received()), (2, 1));
        assert_eq!(all.entries, rest.entries);
    }
}

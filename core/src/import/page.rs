//! A page of results: chunks in; sealed rows, match keys and rejects out, in bites small enough for 16 MB.
//! Lives in memory only: a killed page is read again from the locator that is saved.

use crate::api::{Reject, RejectReason};
use crate::csv;
use crate::matching::key;
use crate::model::id::{RecordId, Tail};
use crate::model::object::Object;
use crate::model::record::{Layout, encode};
use crate::salesforce::bulk::{Next, PageHead};
use crate::salesforce::rows;
use crate::seal::Key;
use crate::store::posting::{Entries, Entry};
use crate::store::record::Sealed;
use std::borrow::Cow;
use std::sync::Arc;

/// Bytes kept before they are stored.
const BITE_BYTES: usize = 3 << 20;

/// A page being read.
pub struct Page {
    rows: Rows,
    decoder: Decoder,
    /// What a Bulk page's headers said; a REST page says it in its body.
    head: Option<PageHead>,
}

enum Decoder {
    Csv(Box<csv::Decoder>),
    Json(rows::Decoder),
}

/// What was made of the rows so far.
struct Rows {
    layout: Arc<Layout>,
    /// Which column holds each of the layout's fields, once the header was seen.
    columns: Option<Vec<usize>>,
    /// Rows of this page that an earlier try stored.
    skip: u64,
    /// Rows of the object before this page.
    before: u64,
    seen: u64,
    bite: Bite,
    /// Match keys, for a new index; an index in use is amended row by row instead.
    entries: Option<Entries>,
    /// The page's rows that aren't deleted, for the sweep.
    present: Vec<Tail>,
}

/// Rows ready to be stored.
#[derive(Default)]
pub struct Bite {
    /// Good rows.
    pub rows: Vec<Sealed>,
    /// Rows that tell of a deletion, and the record they were merged into.
    pub removed: Vec<(RecordId, Option<RecordId>)>,
    /// Leads among the good rows that were converted, and the contact each became.
    pub converted: Vec<(RecordId, RecordId)>,
    /// Rows that can't be read.
    pub rejects: Vec<Reject>,
    bytes: usize,
}

impl Bite {
    /// How many rows were received.
    pub fn received(&self) -> u64 {
        (self.rows.len() + self.removed.len() + self.rejects.len()) as u64
    }
}

/// A page that ended.
pub struct Ended {
    /// The last rows.
    pub bite: Bite,
    /// The match keys of all its rows, if a new index is built.
    pub entries: Option<Entries>,
    /// The ids of all its rows that aren't deleted, without the object's prefix.
    pub present: Vec<Tail>,
    /// What follows.
    pub next: Next,
    /// How many rows the query has in all, if the page says so itself.
    pub total: Option<u64>,
}

/// The page is broken: it has fewer or more rows than it announced, or doesn't say what follows. Nothing of the last bite is to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the page was cut, or has other rows than it announced")]
pub struct BrokenPage;

impl Page {
    /// Begins a page of a Bulk job's results whose first `skip` rows are stored already, `before` rows into the object.
    pub fn csv(head: PageHead, layout: Arc<Layout>, before: u64, skip: u64, builds_index: bool) -> Self {
        Self { rows: Rows::new(layout, before, skip, builds_index), decoder: Decoder::Csv(Box::default()), head: Some(head) }
    }

    /// Begins a page of a REST query, `before` rows into the object.
    pub fn json(layout: Arc<Layout>, before: u64, builds_index: bool) -> Self {
        Self { rows: Rows::new(layout, before, 0, builds_index), decoder: Decoder::Json(rows::Decoder::default()), head: None }
    }

    /// Takes a chunk of the body.
    pub fn push(&mut self, key: &Key, chunk: &[u8]) {
        let rows = &mut self.rows;
        match &mut self.decoder {
            Decoder::Csv(decoder) => decoder.push(chunk, |row| rows.csv(key, &row)),
            Decoder::Json(decoder) => decoder.push(chunk, |record| rows.json(key, record)),
        }
    }

    /// Whether its match keys are for a new index.
    pub fn builds_index(&self) -> bool {
        self.rows.entries.is_some()
    }

    /// Gives the rows read so far, if they are so many or fill so much memory that they should be stored.
    pub fn bite(&mut self, rows: usize) -> Option<Bite> {
        let bite = &mut self.rows.bite;
        let full = bite.received() >= rows as u64 || bite.bytes >= BITE_BYTES;
        full.then(|| std::mem::take(bite))
    }

    /// Ends the page; its count must be what its head announced.
    pub fn finish(self, key: &Key) -> Result<Ended, BrokenPage> {
        let mut rows = self.rows;
        let (next, total) = match self.decoder {
            Decoder::Csv(decoder) => {
                decoder.finish(|row| rows.csv(key, &row));
                let head = self.head.ok_or(BrokenPage)?;
                if head.rows.is_some_and(|announced| announced != rows.seen) {
                    return Err(BrokenPage);
                }
                (head.next, None)
            }
            Decoder::Json(decoder) => {
                let head = decoder.finish().map_err(|_| BrokenPage)?;
                (head.next, head.total)
            }
        };
        Ok(Ended { bite: rows.bite, entries: rows.entries, present: rows.present, next, total })
    }
}

impl Rows {
    fn new(layout: Arc<Layout>, before: u64, skip: u64, builds_index: bool) -> Self {
        let entries = builds_index.then(Entries::default);
        Self { layout, columns: None, skip, before, seen: 0, bite: Bite::default(), entries, present: Vec::new() }
    }

    fn csv(&mut self, key: &Key, row: &csv::Row) {
        // Docs repeat the header on each page, some orgs give it once: a first row that names the fields is one.
        if self.columns.is_none() {
            let header = columns_of(&self.layout, row);
            self.columns = Some(header.clone().unwrap_or_else(|| (0..self.layout.fields.len()).collect()));
            if header.is_some() {
                return;
            }
        }
        let columns = self.columns.as_deref().unwrap_or(&[]);
        let values = if row.len() == columns.len() {
            let layout = &self.layout;
            columns
                .iter()
                .zip(&layout.fields)
                .map(|(column, field)| row.get(*column).map(|value| normal(field, value)).ok_or((field.clone(), RejectReason::NotText)))
                .collect()
        } else {
            Err((String::new(), RejectReason::FieldCount))
        };
        let id = row.get(0).and_then(|id| RecordId::parse(id).ok());
        self.take(key, id, values);
    }

    fn json(&mut self, key: &Key, record: &[u8]) {
        let fields = rows::Fields::read(record);
        let id = fields.as_ref().and_then(|fields| RecordId::parse(&fields.get("Id")?).ok());
        let values = match &fields {
            None => Err((String::new(), RejectReason::NotText)),
            Some(fields) => {
                let value =
                    |field: &String| fields.get(field).map(|value| normal(field, &value).into_owned().into()).ok_or((field.clone(), RejectReason::FieldCount));
                self.layout.fields.iter().map(value).collect()
            }
        };
        self.take(key, id, values);
    }

    /// Takes a row, its values in the layout's order, or why it has none.
    fn take(&mut self, key: &Key, id: Option<RecordId>, values: Result<Vec<Cow<'_, str>>, (String, RejectReason)>) {
        self.seen += 1;
        let object = self.layout.object;
        let is_stored = self.seen <= self.skip;
        let read = values.and_then(|values| {
            let id = self.layout.position("Id").and_then(|place| RecordId::parse(&values[place]).ok());
            let id = id.filter(|id| id.object() == Some(object)).ok_or(("Id".to_owned(), RejectReason::BadId))?;
            Ok((id, values))
        });
        let (id, values) = match read {
            Ok(read) => read,
            Err((field, reason)) => {
                // What can't be read is there all the same: it must not be swept away.
                self.present.extend(id.filter(|id| id.object() == Some(object)).map(|id| id.pack()));
                if !is_stored {
                    let record = id.map(String::from).unwrap_or_default();
                    self.bite.rejects.push(Reject { object, position: self.before + self.seen, record, field, reason });
                }
                return;
            }
        };
        let layout = &self.layout;
        let value = |field: &str| layout.position(field).map_or("", |place| &*values[place]);
        if value("IsDeleted") == "true" {
            if !is_stored {
                self.bite.removed.push((id, RecordId::parse(value("MasterRecordId")).ok()));
            }
            return;
        }
        let packed = id.pack();
        if let Some(entries) = &mut self.entries {
            let keys = key::of_record(object, &layout.fields, value);
            entries.extend(keys.iter().map(|(kind, value)| Entry::new(key.lookup(*kind as u8, value), object, &packed)));
        }
        if !is_stored {
            if object == Object::Lead && value("IsConverted") == "true" {
                self.bite.converted.extend(RecordId::parse(value("ConvertedContactId")).ok().map(|contact| (id, contact)));
            }
            let encoded = encode(layout.number, values.iter().map(|value| &**value));
            self.bite.bytes += encoded.len();
            self.bite.rows.push((id, key.seal(id.as_str(), &encoded)));
        }
        self.present.push(packed);
    }
}

/// A value in one form, whether it came as CSV or as JSON: REST ends moments in `+0000`, Bulk in `Z`, and numbers may or may
/// not have a point. So a row that didn't change is equal whichever way it came.
fn normal<'v>(field: &str, value: &'v str) -> Cow<'v, str> {
    if let Some(moment) = value.strip_suffix("+0000").filter(|_| field.ends_with("Date") || field == "SystemModstamp") {
        return format!("{moment}Z").into();
    }
    if matches!(field, "AnnualRevenue" | "Amount" | "NumberOfEmployees") {
        let plain = value.split_once('.').filter(|(_, decimals)| !decimals.is_empty() && decimals.bytes().all(|digit| digit == b'0'));
        if let Some((whole, _)) = plain {
            return whole.into();
        }
        if let (true, Ok(number)) = (value.contains(['e', 'E']), value.parse::<f64>()) {
            return format!("{number}").into();
        }
    }
    value.into()
}

/// Which column holds each field, if the row is a header.
fn columns_of(layout: &Layout, row: &csv::Row) -> Option<Vec<usize>> {
    let names = row.texts()?;
    layout.fields.iter().map(|field| names.iter().position(|name| name == field)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(fields: &[&str]) -> Arc<Layout> {
        Arc::new(Layout { number: 1, object: Object::Lead, fields: fields.iter().map(|&field| field.to_owned()).collect() })
    }

    fn page(rows: u64, skip: u64) -> Page {
        Page::csv(PageHead { rows: Some(rows), next: Next::End }, layout(&["Id", "LastName"]), 100, skip, true)
    }

    fn read(mut page: Page, text: &str) -> Result<Ended, BrokenPage> {
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
        assert_eq!(ended.present.len(), 2, "a lead that can't be read is there all the same");
    }

    #[test]
    fn a_header_may_be_missing_or_in_another_order() {
        assert_eq!(read(page(1, 0), "\"00Q000000000001\",\"A\"\n").map(|ended| ended.bite.rows.len()), Ok(1));
        assert_eq!(read(page(1, 0), "\"LastName\",\"Id\"\n\"A\",\"00Q000000000001\"\n").map(|ended| ended.bite.rows.len()), Ok(1));
    }

    #[test]
    fn a_page_cut_in_the_middle_is_broken() {
        let cut = read(page(2, 0), "\"Id\",\"LastName\"\n\"00Q000000000001\",\"A\"\n").map(|_| ());
        assert_eq!(cut, Err(BrokenPage));
        let cut = read(Page::json(layout(&["Id"]), 0, true), r#"{"totalSize":1,"done":true,"records":[{"Id":"00Q000000000001"}"#).map(|_| ());
        assert_eq!(cut, Err(BrokenPage));
    }

    #[test]
    fn stored_rows_give_their_keys_again_but_are_not_counted_twice() {
        let text = "\"Id\",\"LastName\"\n\"00Q000000000001\",\"Aa\"\n\"00Q000000000002\",\"Bb\"\n";
        let all = read(page(2, 0), text).expect("fits");
        let rest = read(page(2, 1), text).expect("fits");
        assert_eq!((all.bite.received(), rest.bite.received()), (2, 1));
        assert_eq!((all.entries, all.present), (rest.entries, rest.present));
    }

    #[test]
    fn a_row_is_the_same_by_bulk_and_by_rest() {
        let fields = layout(&["Id", "LastName", "Amount", "CreatedDate", "IsConverted"]);
        let csv = "\"Id\",\"LastName\",\"Amount\",\"CreatedDate\",\"IsConverted\"\n\"00Q000000000001EAA\",\"A \"\"B\"\"\",\"1200000.0\",\"2026-11-01T10:00:00.000Z\",\"false\"\n";
        let json = r#"{"totalSize":1,"done":true,"records":[{"attributes":{"type":"Lead"},"Id":"00Q000000000001EAA","IsConverted":false,"LastName":"A \"B\"","Amount":1.2E6,"CreatedDate":"2026-11-01T10:00:00.000+0000"}]}"#;
        let by_bulk = read(Page::csv(PageHead { rows: Some(1), next: Next::End }, Arc::clone(&fields), 0, 0, true), csv).expect("whole");
        let by_rest = read(Page::json(fields, 0, true), json).expect("whole");
        assert_eq!(by_bulk.bite.rows, by_rest.bite.rows);
        assert_eq!(by_bulk.entries, by_rest.entries);
    }

    #[test]
    fn deletions_and_conversions_are_told_apart() {
        let fields = layout(&["Id", "IsDeleted", "MasterRecordId", "IsConverted", "ConvertedContactId"]);
        let row = |id: &str, rest: &str| format!("\"{id}\",{rest}\n");
        let text = row("Id", "\"IsDeleted\",\"MasterRecordId\",\"IsConverted\",\"ConvertedContactId\"")
            + &row("00Q000000000001", "\"true\",\"00Q000000000002\",\"false\",\"\"")
            + &row("00Q000000000003", "\"true\",\"\",\"false\",\"\"")
            + &row("00Q000000000002", "\"false\",\"\",\"true\",\"003000000000009\"");
        let ended = read(Page::csv(PageHead { rows: Some(3), next: Next::End }, fields, 0, 0, false), &text).expect("whole");
        let id = |text: &str| RecordId::parse(text).expect("an id");
        assert_eq!(ended.bite.removed, [(id("00Q000000000001"), Some(id("00Q000000000002"))), (id("00Q000000000003"), None)]);
        assert_eq!(ended.bite.converted, [(id("00Q000000000002"), id("003000000000009"))]);
        assert_eq!((ended.bite.received(), ended.present.len()), (3, 1));
    }
}

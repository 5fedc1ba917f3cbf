//! The rows of a REST query, while they arrive: chunks of JSON in, one record at a time out, so that a reply of any size needs
//! the memory of its largest record.

use super::bulk::Next;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashMap;

/// A record's fields, as Salesforce wrote them.
pub struct Fields<'a>(HashMap<Cow<'a, str>, &'a RawValue>);

/// What a reply says beside its records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// How many rows the query has in all.
    pub total: Option<u64>,
    /// What follows: the address of the next rows.
    pub next: Next,
}

#[derive(Deserialize)]
struct SfHead {
    #[serde(rename = "totalSize", default)]
    total: Option<u64>,
    #[serde(default)]
    done: Option<bool>,
    #[serde(rename = "nextRecordsUrl", default)]
    next: Option<String>,
}

/// A reply that ended early or says nothing of what follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the reply was cut or isn't a query's")]
pub struct Cut;

/// Takes a reply apart.
#[derive(Default)]
pub struct Decoder {
    /// All but the records.
    head: Vec<u8>,
    /// The record that is being read.
    record: Vec<u8>,
    depth: u32,
    in_text: bool,
    escaped: bool,
    in_records: bool,
    /// The text that ended last: the member's name, when an array begins.
    name: Vec<u8>,
}

impl Decoder {
    /// Gives the bytes of each record that this chunk completes.
    pub fn push(&mut self, chunk: &[u8], mut record: impl FnMut(&[u8])) {
        for &byte in chunk {
            let is_record = self.in_records && (self.depth > 2 || byte == b'{');
            if is_record {
                self.record.push(byte);
            } else if !self.in_records || byte == b']' {
                self.head.push(byte);
            }
            if self.in_text {
                self.text_byte(byte);
                continue;
            }
            match byte {
                b'"' => {
                    self.in_text = true;
                    self.name.clear();
                }
                b'{' | b'[' => {
                    self.depth += 1;
                    self.in_records |= byte == b'[' && self.depth == 2 && self.name == b"records";
                }
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.in_records && self.depth == 2 {
                        record(&self.record);
                        self.record.clear();
                    }
                    self.in_records &= self.depth > 1;
                }
                _ => {}
            }
        }
    }

    fn text_byte(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => self.in_text = false,
            _ if self.depth == 1 => self.name.push(byte),
            _ => {}
        }
    }

    /// Ends the reply.
    pub fn finish(self) -> Result<Head, Cut> {
        let head: SfHead = serde_json::from_slice(&self.head).map_err(|_| Cut)?;
        let next = match (head.done, head.next) {
            (Some(true), _) => Next::End,
            (Some(false), Some(address)) => Next::Page(address),
            _ => return Err(Cut),
        };
        Ok(Head { total: head.total, next })
    }
}

impl<'a> Fields<'a> {
    /// Reads a record's bytes; none if they aren't an object.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().map(Self)
    }

    /// A field's value as Bulk's CSV writes it: empty for null, numbers as they stand; none if the record has no such field.
    pub fn get(&self, field: &str) -> Option<String> {
        let value = self.0.get(field)?.get();
        Some(match value.as_bytes().first()? {
            b'"' => serde_json::from_str::<String>(value).ok()?.replace('\0', ""),
            b'n' => String::new(),
            _ => value.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const REPLY: &str = r#"{"totalSize":3,"records":[{"attributes":{"type":"Lead","url":"/x"},"Id":"00Q1","Name":"A \"]}[{ \\","Amount":12.50,"Account":{"attributes":{},"Name":"N"}},
        {"Id":"00Q2","Name":null} , {"Id":"00Q3","Name":"Zo\u00eb \u0000"}],"done":false,"nextRecordsUrl":"/services/data/v66.0/query/01g-2000"}"#;

    fn read(chunks: &[&[u8]]) -> (Vec<Vec<u8>>, Result<Head, Cut>) {
        let (mut decoder, mut records) = (Decoder::default(), Vec::new());
        for chunk in chunks {
            decoder.push(chunk, |record| records.push(record.to_vec()));
        }
        (records, decoder.finish())
    }

    #[test]
    fn records_are_given_one_by_one_and_the_rest_is_the_head() {
        let (records, head) = read(&[REPLY.as_bytes()]);
        assert_eq!(head, Ok(Head { total: Some(3), next: Next::Page("/services/data/v66.0/query/01g-2000".into()) }));
        let get = |place: usize, field| Fields::read(&records[place]).and_then(|fields| fields.get(field));
        assert_eq!((get(0, "Name").as_deref(), get(0, "Amount").as_deref()), (Some("A \"]}[{ \\"), Some("12.50")));
        assert_eq!((get(1, "Name").as_deref(), get(1, "Email"), get(2, "Name").as_deref()), (Some(""), None, Some("Zoë ")));
    }

    #[test]
    fn a_reply_cut_at_any_byte_is_cut() {
        for end in 0..REPLY.len() {
            assert_eq!(read(&[&REPLY.as_bytes()[..end]]).1, Err(Cut), "at {end}");
        }
        assert_eq!(read(&[br#"{"totalSize":0,"done":true,"records":[]}"#]).1, Ok(Head { total: Some(0), next: Next::End }));
        assert_eq!(read(&[br#"{"totalSize":9,"done":false,"records":[]}"#]).1, Err(Cut), "more rows, and no address");
    }

    proptest! {
        #[test]
        fn chunks_make_no_difference(sizes in prop::collection::vec(1_usize..40, 1..200)) {
            let (mut rest, mut chunks) = (REPLY.as_bytes(), Vec::new());
            for size in sizes {
                let (chunk, later) = rest.split_at(size.min(rest.len()));
                chunks.push(chunk);
                rest = later;
            }
            chunks.push(rest);
            prop_assert_eq!(read(&chunks), read(&[REPLY.as_bytes()]));
        }

        #[test]
        fn any_bytes_are_read_or_cut(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            for record in read(&[&bytes]).0 {
                let _ = Fields::read(&record).and_then(|fields| fields.get("Id"));
            }
        }
    }
}

//! A record: an imported row, its fields by name. Encoded as one compact byte string, sealed by `store`.

use super::id::RecordId;
use super::object::Object;
use std::sync::Arc;

/// The field names of an object's rows, in the order of their values. A new SELECT list makes a new layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The layout's number in the workspace.
    pub number: u16,
    /// Whose rows these are.
    pub object: Object,
    /// Field names, as Salesforce writes them.
    pub fields: Vec<String>,
}

impl Layout {
    /// The place of a field, if the layout has it.
    pub fn position(&self, field: &str) -> Option<usize> {
        self.fields.iter().position(|name| name == field)
    }
}

/// An imported row.
#[derive(Debug, Clone)]
pub struct Record {
    /// Its 18-character id.
    pub id: RecordId,
    /// Its fields' names.
    pub layout: Arc<Layout>,
    values: Vec<u8>,
}

impl Record {
    /// A record from decoded bytes; none if they don't fit the layout.
    pub fn decode(id: RecordId, layout: &Arc<Layout>, encoded: &[u8]) -> Option<Self> {
        let record = Self { id, layout: Arc::clone(layout), values: encoded.get(2..)?.to_vec() };
        (record.values().count() == layout.fields.len()).then_some(record)
    }

    /// The layout number of encoded bytes.
    pub fn layout_number(encoded: &[u8]) -> Option<u16> {
        Some(u16::from_be_bytes([*encoded.first()?, *encoded.get(1)?]))
    }

    /// The value of a field; empty when it is empty, hidden or unknown: Salesforce's CSV makes no difference.
    pub fn get(&self, field: &str) -> &str {
        let bytes = self.layout.position(field).and_then(|place| self.values().nth(place)).unwrap_or(&[]);
        std::str::from_utf8(bytes).unwrap_or("")
    }

    /// Whether a checkbox field is ticked.
    pub fn is(&self, field: &str) -> bool {
        self.get(field).eq_ignore_ascii_case("true")
    }

    fn values(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.values.as_slice();
        std::iter::from_fn(move || {
            let (length, head) = read_length(rest)?;
            let value = rest.get(head..head + length)?;
            rest = &rest[head + length..];
            Some(value)
        })
    }
}

/// Encodes values in the order of a layout: its number, then each value behind its length (LEB128).
pub fn encode<'a>(layout: u16, values: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(512);
    encoded.extend_from_slice(&layout.to_be_bytes());
    for value in values {
        let mut length = value.len();
        while length >= 0x80 {
            encoded.push(length as u8 | 0x80);
            length >>= 7;
        }
        encoded.push(length as u8);
        encoded.extend_from_slice(value.as_bytes());
    }
    encoded
}

fn read_length(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut length = 0;
    for (place, byte) in bytes.iter().take(4).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((length, place + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_encoded_is_read_back(values in prop::collection::vec(".{0,300}", 1..30)) {
            let fields = (0..values.len()).map(|n| format!("F{n}")).collect();
            let layout = Arc::new(Layout { number: 7, object: Object::Lead, fields });
            let encoded = encode(7, values.iter().map(String::as_str));
            let id = RecordId::parse("00Q000000000001").expect("an id");
            prop_assert_eq!(Record::layout_number(&encoded), Some(7));
            let record = Record::decode(id, &layout, &encoded).expect("fits");
            for (n, value) in values.iter().enumerate() {
                prop_assert_eq!(record.get(&format!("F{n}")), value.as_str());
            }
        }

        #[test]
        fn broken_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let layout = Arc::new(Layout { number: 0, object: Object::Lead, fields: vec!["A".into(), "B".into()] });
            let id = RecordId::parse("00Q000000000001").expect("an id");
            let _ = Record::decode(id, &layout, &bytes);
        }
    }
}

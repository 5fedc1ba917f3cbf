//! Salesforce ids: 15 characters, case-sensitive, or 18 with a checksum (`salesforce.md` 4.1).

use super::object::Object;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A Salesforce id in its 18-character form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RecordId([u8; 18]);

/// Why a text is no Salesforce id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Neither 15 nor 18 characters.
    #[error("a Salesforce id has 15 or 18 characters, not {0}")]
    Length(usize),
    /// A character that isn't a letter or a digit.
    #[error("a Salesforce id has letters and digits only")]
    Character,
    /// The last three characters don't fit the first fifteen.
    #[error("the id's checksum doesn't fit: a character was changed")]
    Checksum,
}

const CHECK: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// An id as posting blocks hold it: the object's tag, then the packed tail. Most are never read, so they stay as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackedId(pub [u8; 10]);

/// The twelve characters after an id's prefix as a number.
pub type Tail = [u8; 9];

/// Six digits of base 62.
const HALF: u128 = 62_u128.pow(6);

impl RecordId {
    /// Reads a 15- or 18-character id.
    ///
    /// ```
    /// use inlay_core::model::id::RecordId;
    /// assert_eq!(RecordId::parse("001000000000001")?.as_str(), "001000000000001AAA");
    /// # Ok::<(), inlay_core::model::id::IdError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let bytes = text.as_bytes();
        if bytes.len() != 15 && bytes.len() != 18 {
            return Err(IdError::Length(text.chars().count()));
        }
        if !bytes.iter().all(u8::is_ascii_alphanumeric) {
            return Err(IdError::Character);
        }
        let mut id = [0; 18];
        id[..15].copy_from_slice(&bytes[..15]);
        id[15..].copy_from_slice(&checksum(&bytes[..15]));
        if bytes.len() == 18 && !id[15..].eq_ignore_ascii_case(&bytes[15..]) {
            return Err(IdError::Checksum);
        }
        Ok(Self(id))
    }

    /// The 18 characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("ids are ASCII")
    }

    /// The object that the first three characters name, if Inlay imports it.
    pub fn object(&self) -> Option<Object> {
        Object::from_prefix(&self.as_str()[..3])
    }

    /// The id of an entry in a posting block; none if no known object has its tag.
    pub fn of_packed(packed: &PackedId) -> Option<Self> {
        let mut tail = [0; 9];
        tail.copy_from_slice(&packed.0[1..]);
        Some(Self::unpack(Object::from_tag(packed.0[0])?, &tail))
    }

    /// The twelve characters after the prefix as a 9-byte number, for posting blocks.
    pub fn pack(&self) -> Tail {
        let mut number: u128 = 0;
        for byte in &self.0[3..15] {
            let digit = BASE62.iter().position(|b| b == byte).unwrap_or(0);
            number = number * 62 + digit as u128;
        }
        let mut packed = [0; 9];
        packed.copy_from_slice(&number.to_be_bytes()[7..]);
        packed
    }

    /// Takes back what [`RecordId::pack`] gave, for an id of this object.
    pub fn unpack(object: Object, packed: &Tail) -> Self {
        let mut wide = [0; 16];
        wide[7..].copy_from_slice(packed);
        let number = u128::from_be_bytes(wide);
        let mut id = [b'0'; 18];
        id[..3].copy_from_slice(object.prefix().as_bytes());
        // Two halves of six digits each: 64 bits divide many times faster than 128.
        for (half, last) in [((number % HALF) as u64, 14), ((number / HALF) as u64, 8)] {
            let mut half = half;
            for place in (last - 5..=last).rev() {
                id[place] = BASE62[(half % 62) as usize];
                half /= 62;
            }
        }
        let check = checksum(&id[..15]);
        id[15..].copy_from_slice(&check);
        Self(id)
    }
}

/// Five-bit groups of upper-case flags, low bit first, over `A–Z0–5`.
fn checksum(bytes: &[u8]) -> [u8; 3] {
    let mut check = [0; 3];
    for (place, group) in bytes.chunks(5).enumerate() {
        let flags = group.iter().enumerate().filter(|(_, b)| b.is_ascii_uppercase()).fold(0, |flags, (bit, _)| flags | 1 << bit);
        check[place] = CHECK[flags];
    }
    check
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for RecordId {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        Self::parse(&text)
    }
}

impl From<RecordId> for String {
    fn from(id: RecordId) -> Self {
        id.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fifteen_characters_gain_their_checksum() {
        assert_eq!(RecordId::parse("00QB0000000AbCd").map(|id| id.to_string()), Ok("00QB0000000AbCdMAK".into()));
    }

    #[test]
    fn a_changed_character_is_noticed() {
        assert_eq!(RecordId::parse("00QB0000000abCdMAK"), Err(IdError::Checksum));
        assert_eq!(RecordId::parse("00Q-000000000001"), Err(IdError::Length(16)));
        assert_eq!(RecordId::parse("00Q-00000000001"), Err(IdError::Character));
    }

    proptest! {
        #[test]
        fn packing_loses_nothing(tail in "[0-9A-Za-z]{12}") {
            let id = RecordId::parse(&format!("003{tail}")).expect("15 alphanumerics");
            prop_assert_eq!(RecordId::unpack(Object::Contact, &id.pack()), id);
        }
    }
}

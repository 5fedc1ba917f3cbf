//! Selector packs: where on a page things stand, as data with fallbacks, so that a redesign needs no new release (spec 31).

use crate::model::activity::ActivityKind;
use crate::model::sighting::{PageKind, SightingKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A versioned set of selectors.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// Date of the pack.
    pub version: String,
    /// How each page kind is read.
    pub pages: Vec<PagePack>,
}

/// How one page kind is read.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PagePack {
    /// The page kind.
    pub kind: PageKind,
    /// What its items are.
    pub subject: SightingKind,
    /// Selectors of an item, the first that finds any wins.
    pub items: Vec<String>,
    /// Selectors of the element in the item that the badge stands at.
    pub anchors: Vec<String>,
    /// Where the badge stands.
    pub place: Place,
    /// Selectors of each field, tried in order.
    pub fields: BTreeMap<String, Vec<Find>>,
    /// Where members write to somebody.
    #[serde(default)]
    pub composers: Vec<Composer>,
}

/// Where members write to somebody: all selectors but the first are inside the root.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Composer {
    /// What is sent.
    pub kind: ActivityKind,
    /// The composer itself.
    pub root: String,
    /// Its text.
    pub text: String,
    /// Its subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What sends.
    pub send: String,
    /// Whom it names, where that isn't the page's own person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Where a badge stands. None of these moves the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// At the end inside the anchor, small: for rows.
    End,
    /// Beside the anchor's line, wide: for the head of a page.
    Beside,
}

/// One way to find a field's text.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Find {
    /// Selector inside the item.
    pub css: String,
    /// An attribute instead of the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attr: Option<String>,
    /// Elements whose text is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minus: Option<String>,
    /// All elements, their texts parted by line ends.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub all: bool,
}

static SHIPPED: LazyLock<Pack> = LazyLock::new(|| serde_json::from_str(include_str!("pack.json")).expect("the shipped pack is valid, a test reads it"));

impl Pack {
    /// The pack of this release.
    pub fn shipped() -> &'static Self {
        &SHIPPED
    }

    /// How a page kind is read; none for kinds known by address only.
    pub fn page(&self, kind: PageKind) -> Option<&PagePack> {
        self.pages.iter().find(|page| page.kind == kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_pack_reads_a_name_on_every_page_kind() {
        for page in &Pack::shipped().pages {
            assert!(page.fields.contains_key("name"), "{:?}", page.kind);
            assert!(!page.items.is_empty() && !page.anchors.is_empty(), "{:?}", page.kind);
        }
    }
}

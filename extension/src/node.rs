//! A tree of nodes to be painted: tags, attributes, texts. The same tree goes to the page (as JSON, to the content script)
//! and to our own pages (`paint`). A text is a text: no tree is ever parsed from one.

use serde::ser::{Serialize, SerializeTuple, Serializer};
use std::collections::BTreeMap;

/// A node to be painted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A text.
    Text(String),
    /// An element.
    Element(Element),
}

/// An element to be painted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// Tag name.
    pub tag: &'static str,
    /// Attributes by name.
    pub attributes: BTreeMap<&'static str, String>,
    /// What is inside.
    pub children: Vec<Node>,
}

/// An element with a class; an empty class sets none.
pub fn element(tag: &'static str, class: &str) -> Element {
    let mut attributes = BTreeMap::new();
    if !class.is_empty() {
        attributes.insert("class", class.to_owned());
    }
    Element { tag, attributes, children: Vec::new() }
}

impl Element {
    /// Sets an attribute.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.insert(name, value.into());
        self
    }

    /// Adds a text.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.children.push(Node::Text(text.into()));
        self
    }

    /// Adds an element.
    #[must_use]
    pub fn child(mut self, child: Element) -> Self {
        self.children.push(Node::Element(child));
        self
    }

    /// Adds elements.
    #[must_use]
    pub fn children(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.children.extend(children.into_iter().map(Node::Element));
        self
    }

    /// All texts inside, one after the other.
    pub fn all_text(&self) -> String {
        self.children
            .iter()
            .map(|child| match child {
                Node::Text(text) => text.clone(),
                Node::Element(element) => element.all_text(),
            })
            .collect::<Vec<_>>()
            .join(" ")
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Element(element) => element.serialize(serializer),
        }
    }
}

impl Serialize for Element {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(3)?;
        tuple.serialize_element(self.tag)?;
        tuple.serialize_element(&self.attributes)?;
        tuple.serialize_element(&self.children)?;
        tuple.end()
    }
}

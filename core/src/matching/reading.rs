//! Texts that many records share, read once: companies, places, titles.

use super::company::Company;
use super::phrase::Phrase;
use super::place::Place;
use std::collections::HashMap;
use std::sync::Arc;

type Known<T> = HashMap<String, Arc<T>>;

/// What was read so far. Thousands of people are at one company and in one place: what is the same of them is kept once, and read once.
#[derive(Debug, Default)]
pub struct Readings {
    companies: Known<Company>,
    shown: Known<Place>,
    stored: Known<Place>,
    phrases: Known<Phrase>,
    roles: Known<Phrase>,
    empty: Arc<Phrase>,
}

fn known<T>(all: &mut Known<T>, text: &str, read: impl FnOnce() -> T) -> Arc<T> {
    if let Some(known) = all.get(text) {
        return Arc::clone(known);
    }
    let read = Arc::new(read());
    all.insert(text.to_owned(), Arc::clone(&read));
    read
}

impl Readings {
    /// A company's name.
    pub fn company(&mut self, name: &str) -> Arc<Company> {
        known(&mut self.companies, name, || Company::parse(name))
    }

    /// A place as a page shows it.
    pub fn shown(&mut self, text: &str) -> Arc<Place> {
        known(&mut self.shown, text, || Place::shown(text))
    }

    /// City, region and country of a record.
    pub fn stored(&mut self, parts @ [city, region, _]: [&str; 3]) -> Arc<Place> {
        let text = format!("{} {} {}", city.len(), region.len(), parts.concat());
        known(&mut self.stored, &text, || Place::stored(parts))
    }

    /// A title, an industry.
    pub fn phrase(&mut self, text: &str) -> Arc<Phrase> {
        if text.is_empty() {
            return Arc::clone(&self.empty);
        }
        known(&mut self.phrases, text, || Phrase::parse(text))
    }

    /// The role in a headline.
    pub fn role(&mut self, headline: &str) -> Arc<Phrase> {
        known(&mut self.roles, headline, || Phrase::role(headline))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same_is_read_once() {
        let mut readings = Readings::default();
        let (one, other) = (readings.company("Northwind Ltd"), readings.company("Northwind Ltd"));
        assert!(Arc::ptr_eq(&one, &other) && *one == Company::parse("Northwind Ltd"));
        assert!(!Arc::ptr_eq(&one, &readings.company("Northwind")));
        assert!(!Arc::ptr_eq(&readings.stored(["Leeds", "", ""]), &readings.stored(["", "Leeds", ""])), "which column it stands in counts");
        assert!(!Arc::ptr_eq(&readings.phrase("VP Sales at Northwind"), &readings.role("VP Sales at Northwind")));
    }
}

//! The engine on tables in memory: the same keys, comparisons and weights as a workspace's look-up, without storage.

use super::block::{self, Found};
use super::candidate::Candidate;
use super::compare::{Comparison, Seen};
use super::decide::{Decision, alone, decide};
use super::key::{self, Key, KeyKind};
use super::weigh::{Model, Population, Spread, Weights, weigh};
use crate::model::record::Record;
use crate::model::sighting::{Sighting, SightingKind};
use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

/// Records to link sightings with.
pub struct Linker<'m> {
    model: &'m Model,
    records: Vec<Record>,
    postings: HashMap<u64, Vec<u32>>,
    population: Population,
}

/// A candidate with its comparisons, before anything is weighed: what is learnt from.
#[derive(Debug, Clone)]
pub struct Compared {
    /// Which record, by its order.
    pub place: usize,
    /// The candidate.
    pub candidate: Candidate,
    /// Field by field.
    pub comparisons: Vec<Comparison>,
}

impl<'m> Linker<'m> {
    /// Files records under their keys. They are named by their order.
    pub fn new(model: &'m Model, records: impl IntoIterator<Item = Record>) -> Self {
        let mut linker =
            Self { model, records: Vec::new(), postings: HashMap::new(), population: Population::counted(0, Spread::default(), Spread::default()) };
        let (mut names, mut parts) = (Vec::new(), Vec::new());
        for record in records {
            linker.add(record, &mut names, &mut parts);
        }
        linker.population = Population::counted(linker.records.len() as u64, spread(names), spread(parts));
        linker
    }

    fn add(&mut self, record: Record, names: &mut Vec<u64>, parts: &mut Vec<u64>) {
        let place = u32::try_from(self.records.len()).unwrap_or(u32::MAX);
        let layout = &record.layout;
        for key in key::of_record(layout.object, &layout.fields, |field| record.get(field)) {
            let hash = hash(&key);
            self.postings.entry(hash).or_default().push(place);
            match key.0 {
                KeyKind::Name | KeyKind::Company => names.push(hash),
                KeyKind::Initial | KeyKind::CompanyWord => parts.push(hash),
                _ => {}
            }
        }
        self.records.push(record);
    }

    /// How many records there are, and how rare their names.
    pub fn population(&self) -> Population {
        self.population
    }

    /// The candidates of a sighting, compared.
    pub fn compare(&self, sighting: &Sighting) -> Vec<Compared> {
        self.compare_but(sighting, None)
    }

    /// The candidates of a sighting that is a record itself, if it has a place: that record is filed under its own keys too.
    fn compare_but(&self, sighting: &Sighting, own: Option<usize>) -> Vec<Compared> {
        let keys = key::of_sighting(sighting);
        let own = own.map(|place| place as u32);
        let found = keys.iter().filter_map(|key| Some((key, self.postings.get(&hash(key))?)));
        let count = |ids: &[u32]| ids.len() - usize::from(own.is_some_and(|own| ids.binary_search(&own).is_ok()));
        let found = found.map(|(key, ids)| Found { kind: key.0, value: &key.1, count: count(ids), ids });
        let mut found: Vec<(u32, f64)> = block::candidates(found.filter(|found| found.count > 0).collect(), self.population).into_iter().collect();
        found.sort_unstable_by_key(|(place, _)| *place);
        let seen = Seen::new(sighting);
        let compare = |(place, shared)| {
            let mut candidate = Candidate::new(&self.records[place as usize], None);
            candidate.shared = shared;
            Compared { place: place as usize, comparisons: seen.compare(&candidate), candidate }
        };
        found.into_iter().filter(|(place, _)| Some(*place) != own).map(compare).collect()
    }

    /// Decides one sighting: none where there is no candidate at all. The best record's place comes with the decision.
    pub fn link(&self, sighting: &Sighting) -> Option<(Decision, usize)> {
        let weights = self.weights(sighting);
        let compared = self.compare(sighting);
        let places: HashMap<_, _> = compared.iter().map(|one| (one.candidate.id, one.place)).collect();
        let weighed = compared.into_iter().map(|one| weigh(weights, self.population, one.candidate, one.comparisons)).collect();
        let decision = decide(self.model, weights, weighed)?;
        let place = places[&decision.best.candidate.id];
        Some((decision, place))
    }

    /// Later records that may be the same as the one at `own`, each with its probability, as if no other competed.
    pub fn pairs(&self, sighting: &Sighting, own: usize) -> Vec<(usize, f64)> {
        let weights = self.weights(sighting);
        let later = self.compare_but(sighting, Some(own)).into_iter().filter(|one| one.place > own);
        let weighed = later.map(|one| (one.place, weigh(weights, self.population, one.candidate, one.comparisons)));
        weighed.map(|(place, weighed)| (place, alone(weights, &weighed))).collect()
    }

    fn weights(&self, sighting: &Sighting) -> &'m Weights {
        if sighting.kind == Some(SightingKind::Company) { &self.model.company } else { &self.model.person }
    }
}

/// How many values stand there once, and how many twice.
fn spread(mut values: Vec<u64>) -> Spread {
    values.sort_unstable();
    let of = |times: usize| values.chunk_by(|a, b| a == b).filter(|same| same.len() == times).count() as u64;
    Spread { once: of(1), twice: of(2) }
}

fn hash((kind, value): &Key) -> u64 {
    let mut hasher = DefaultHasher::new();
    (*kind as u8, value).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::RecordId;
    use crate::model::object::Object;
    use crate::model::record::{Layout, encode};
    use proptest::prelude::*;
    use std::rc::Rc;

    const FIELDS: [&str; 6] = ["FirstName", "LastName", "Company", "Email", "City", "Title"];

    fn record(values: &[String]) -> Record {
        let layout = Rc::new(Layout { number: 1, object: Object::Lead, fields: FIELDS.map(str::to_owned).to_vec() });
        let id = RecordId::parse("00Q000000000001").expect("an id");
        Record::decode(id, &layout, &encode(1, values.iter().map(String::as_str))).expect("it fits")
    }

    /// Texts as people and machines leave them: any characters, and words that the tables know.
    fn text() -> impl Strategy<Value = String> {
        let words = prop::sample::select(vec![
            "Salvatore",
            "O'Brien",
            "(",
            ")",
            "dba",
            "Ltd",
            "al",
            "ال",
            "محمد",
            "株式会社",
            "阿里巴巴",
            "PhD",
            ",",
            "|",
            "van",
            "x",
            "🎯",
            "-",
            "Bob",
            "Müller",
            ".com",
            "&",
            "'",
        ]);
        prop_oneof![any::<String>(), prop::collection::vec(words, 0..8).prop_map(|words| words.join(" ")), "[a-zA-Z ]{0,40}"]
    }

    proptest! {
        #[test]
        fn any_text_is_linked_without_a_panic(stored in prop::collection::vec(text(), 6), shown in prop::collection::vec(text(), 6), is_company in any::<bool>()) {
            let kind = if is_company { SightingKind::Company } else { SightingKind::Person };
            let linker = Linker::new(Model::shipped(), [record(&stored)]);
            let [name, title, company, past_company, location, email] = <[String; 6]>::try_from(shown).expect("six");
            let same = format!("{} {}", stored[0], stored[1]);
            for name in [name, same] {
                let seen = Sighting { kind: Some(kind), name, title: title.clone(), company: company.clone(), past_company: past_company.clone(), location: location.clone(), email: email.clone(), ..Sighting::default() };
                if let Some((decision, _)) = linker.link(&seen) {
                    prop_assert!((0.0..=1.0).contains(&decision.probability));
                }
            }
        }
    }
}

//! The engine on tables in memory: the same keys, comparisons and weights as a workspace's look-up, without storage.

use super::block::{self, Candidates, Found};
use super::candidate::{Candidate, shown};
use super::compare::{Levels, Seen};
use super::decide::{Decision, alone, decide};
use super::index::{Entry, Index, hash};
use super::key;
use super::prior::Likelihoods;
use super::reading::Readings;
use super::weigh::{Model, Population, Scale, Spread, Weighed, Weights};
use crate::api::Thresholds;
use crate::model::evidence::Evidence;
use crate::model::record::Record;
use crate::model::sighting::{Sighting, SightingKind};
use std::collections::{BTreeSet, HashSet};

/// Records to link sightings with.
pub struct Linker<'m> {
    model: &'m Model,
    records: Vec<Record>,
    candidates: Vec<Candidate>,
    index: Index,
    population: Population,
    people: Scale<'m>,
    companies: Scale<'m>,
}

/// Sightings that are learnt from, about.
const ADAPTED_FROM: usize = 3_000;

/// A part of a table, prepared: several can be at once.
#[derive(Debug)]
pub struct Part {
    records: Vec<Record>,
    candidates: Vec<Candidate>,
    entries: Vec<Entry>,
}

impl Part {
    /// Reads records and files them under their keys. They are named by their order, from `first` on.
    pub fn prepare(records: Vec<Record>, first: usize) -> Self {
        let mut entries = Vec::with_capacity(records.len() * 10);
        let mut readings = Readings::default();
        let candidates: Vec<Candidate> = records.iter().map(|record| Candidate::read(record, None, &mut readings)).collect();
        for (number, (record, candidate)) in records.iter().zip(&candidates).enumerate() {
            let layout = &record.layout;
            let Candidate { person, company, place, title, .. } = candidate;
            let keys = key::of_read(layout.object, &layout.fields, |field| record.get(field), key::Read { person, company, place, title });
            entries.extend(keys.iter().map(|key| (hash(key), (first + number) as u32)));
        }
        entries.sort_unstable();
        Self { records, candidates, entries }
    }
}

/// How many companies there are.
fn companies(candidates: &[Candidate]) -> u64 {
    candidates.iter().map(|candidate| candidate.company.clean.as_str()).filter(|name| !name.is_empty()).collect::<HashSet<_>>().len() as u64
}

/// A candidate with its comparisons, before anything is weighed: what is learnt from.
#[derive(Debug, Clone)]
pub struct Compared {
    /// Which record, by its order.
    pub place: usize,
    /// How many records the rarest key stands for by which it was found.
    pub shared: f64,
    /// Field by field.
    pub levels: Levels,
}

impl<'m> Linker<'m> {
    /// Files records under their keys. They are named by their order.
    pub fn new(model: &'m Model, records: Vec<Record>) -> Self {
        Self::join(model, vec![Part::prepare(records, 0)])
    }

    /// Joins the parts of a table, in their order.
    pub fn join(model: &'m Model, parts: Vec<Part>) -> Self {
        let (mut records, mut candidates, mut runs) = (Vec::new(), Vec::new(), Vec::new());
        for part in parts {
            records.extend(part.records);
            candidates.extend(part.candidates);
            runs.push(part.entries);
        }
        let index = Index::of(runs);
        let (names, name_parts): (Spread, Spread) = index.spread(<[u32]>::len);
        let population = Population::counted(records.len() as u64, companies(&candidates), names, name_parts);
        let (people, companies) = (Scale::new(&model.person, population), Scale::new(&model.company, population));
        Self { model, records, candidates, index, population, people, companies }
    }

    /// How rare names are, counted once for each cluster that has them.
    pub(super) fn population_of(&self, clusters: &[u32]) -> Population {
        let distinct = |places: &[u32]| places.iter().map(|place| clusters[*place as usize]).collect::<BTreeSet<u32>>().len();
        let (names, parts) = self.index.spread(distinct);
        Population::counted(clusters.iter().collect::<BTreeSet<_>>().len() as u64, self.population.companies, names, parts)
    }

    /// The records, in their order.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// How many records there are, and how rare their names.
    pub fn population(&self) -> Population {
        self.population
    }

    /// The candidates of a sighting, compared.
    pub fn compare(&self, sighting: &Sighting) -> Vec<Compared> {
        self.compare_as(&Seen::new(sighting), self.population, <[u32]>::len)
    }

    /// The records that share a key with a sighting, and for how many records the rarest such key stands.
    fn candidates(&self, seen: &Seen<'_>, population: Population, count: impl Fn(&[u32]) -> usize) -> Candidates<u32> {
        let keys = key::of_seen(seen);
        let found = keys.iter().map(|key| {
            let places = self.index.find(hash(key));
            Found { kind: key.0, value: &key.1, count: if places.len() > block::KEY_LIMIT { places.len() } else { count(places) }, ids: places }
        });
        Candidates::of(found.filter(|found| found.count > 0).collect(), population, self.weights(seen.sighting))
    }

    /// The candidates of a sighting, compared; `count` tells for how many records those of a key stand.
    pub(super) fn compare_as(&self, seen: &Seen<'_>, population: Population, count: impl Fn(&[u32]) -> usize) -> Vec<Compared> {
        let compare = |(place, shared)| Compared { place: place as usize, shared, levels: seen.compare(&self.candidates[place as usize]) };
        let found = self.candidates(seen, population, count);
        let mut compared: Vec<Compared> = found.all().map(compare).collect();
        compared.sort_unstable_by_key(|one| one.place);
        compared
    }

    /// A sighting compared with any record.
    pub(super) fn compare_with(&self, seen: &Seen<'_>, place: usize) -> Levels {
        seen.compare(&self.candidates[place])
    }

    /// Decides one sighting: none where there is no candidate at all.
    pub fn link(&self, sighting: &Sighting) -> Option<Decision<'_>> {
        self.link_seen(&Seen::new(sighting))
    }

    /// Decides a sighting that was read already.
    pub fn link_seen(&self, seen: &Seen<'_>) -> Option<Decision<'_>> {
        let scale = self.scale(seen.sighting);
        let weigh = |(place, shared): (u32, f64)| {
            let candidate = &self.candidates[place as usize];
            Some(scale.weigh(candidate, place as usize, seen.compare_likely(candidate)?, shared))
        };
        let found = self.candidates(seen, self.population, <[u32]>::len);
        let mut weighed: Vec<Weighed<'_>> = Vec::new();
        for group in found.groups {
            if !weighed.iter().any(|weighed| weighed.weight >= block::SETTLED) {
                weighed.extend(group.into_iter().filter_map(weigh));
            }
        }
        decide(&Thresholds { sure: self.model.sure, unsure: self.model.unsure, before: None }, scale.in_crm, 0.0, weighed)
    }

    /// How likely the record at `own`, shown as a sighting, is the same as another, as if no third competed.
    pub fn likely(&self, sighting: &Sighting, own: usize, other: usize) -> f64 {
        let scale = self.scale(sighting);
        let count = |places: &[u32]| places.iter().filter(|place| **place as usize != own).count();
        let found = self.compare_as(&Seen::new(sighting), self.population, count).into_iter().find(|one| one.place == other);
        found.map_or(0.0, |one| alone(scale.in_crm, &scale.weigh(&self.candidates[other], other, one.levels, one.shared)))
    }

    /// What speaks for and against a record, field by field.
    pub fn explain(&self, seen: &Seen<'_>, weighed: &Weighed<'_>) -> Vec<Evidence> {
        let record = &self.records[weighed.place];
        self.scale(seen.sighting).explain(weighed, |field| (seen.text(field).to_owned(), shown(field, weighed.candidate, record, None)))
    }

    /// The model as these sightings would have it: with their own share of those who are among the records. Of many sightings every
    /// so-manieth is enough.
    pub fn adapted(&self, sightings: &[Sighting]) -> Model {
        let mut model = self.model.clone();
        let Some(first) = sightings.first() else { return model };
        let mut seen = Likelihoods::default();
        for sighting in sightings.iter().step_by(sightings.len().div_ceil(ADAPTED_FROM)) {
            let scale = self.scale(sighting);
            let compared = self.compare(sighting);
            seen.add(scale.likelihood(compared.iter().map(|one| scale.sum(&one.levels, one.shared))));
        }
        let weights = if first.kind == Some(SightingKind::Company) { &mut model.company } else { &mut model.person };
        weights.in_crm = seen.share(weights.in_crm);
        model
    }

    /// The same records under another model.
    pub fn under(self, model: &Model) -> Linker<'_> {
        let Self { records, candidates, index, population, .. } = self;
        Linker {
            model,
            records,
            candidates,
            index,
            population,
            people: Scale::new(&model.person, population),
            companies: Scale::new(&model.company, population),
        }
    }

    /// The weights for sightings of this one's kind.
    pub fn weights(&self, sighting: &Sighting) -> &'m Weights {
        self.scale(sighting).weights
    }

    pub(super) fn scale(&self, sighting: &Sighting) -> &Scale<'m> {
        if sighting.kind == Some(SightingKind::Company) { &self.companies } else { &self.people }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::RecordId;
    use crate::model::object::Object;
    use crate::model::record::{Layout, encode};
    use proptest::prelude::*;
    use std::sync::Arc;

    const FIELDS: [&str; 6] = ["FirstName", "LastName", "Company", "Email", "City", "Title"];

    fn record(values: &[String]) -> Record {
        let layout = Arc::new(Layout { number: 1, object: Object::Lead, fields: FIELDS.map(str::to_owned).to_vec() });
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
            let linker = Linker::new(Model::shipped(), vec![record(&stored)]);
            let [name, title, company, past_company, location, email] = <[String; 6]>::try_from(shown).expect("six");
            let same = format!("{} {}", stored[0], stored[1]);
            for name in [name, same] {
                let keys = vec![format!("in/{title}"), format!("company/{company}")];
                let seen = Sighting { kind: Some(kind), keys, name, title: title.clone(), company: company.clone(), past_company: past_company.clone(), location: location.clone(), email: email.clone(), ..Sighting::default() };
                if let Some(decision) = linker.link(&seen) {
                    prop_assert!((0.0..=1.0).contains(&decision.probability));
                }
            }
        }
    }
}

//! Weighs comparisons: Fellegi–Sunter weights in bits, from a versioned data file. A name weighs what its rarity in the CRM makes it worth.

use super::calibrate::log_odds;
use super::candidate::Candidate;
use super::compare::Levels;
use crate::model::evidence::{Evidence, Field, Level};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The parameters of the engine: data, not code.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Model {
    /// Counts up with every change of the numbers.
    pub version: u32,
    /// Where the numbers come from.
    pub about: String,
    /// Sure from this probability.
    pub sure: f64,
    /// Unsure from this probability.
    pub unsure: f64,
    /// People.
    pub person: Weights,
    /// Companies.
    pub company: Weights,
}

/// The weights of one kind of sighting.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Weights {
    /// How likely a sighted person or company is in the CRM at all.
    pub in_crm: f64,
    /// What a name that only one record has counts as: rarer in the world than one in the CRM's size.
    pub singleton: f64,
    /// The same of a part of a name.
    pub part_singleton: f64,
    /// The most a name may weigh, in bits.
    pub name_cap: f64,
    /// How much of a name's rarity counts, by how well the names agree.
    pub rarity: BTreeMap<Level, f64>,
    /// How much it counts that there are many companies, by how well the companies agree.
    #[serde(default)]
    pub company_rarity: BTreeMap<Level, f64>,
    /// Bits by field and level.
    pub levels: BTreeMap<Field, BTreeMap<Level, f64>>,
    /// How often each level is seen where both are the same: what learning on a table's own repetitions begins with.
    #[serde(default)]
    pub shares: BTreeMap<Field, BTreeMap<Level, f64>>,
}

static DEFAULT: LazyLock<Model> = LazyLock::new(|| serde_json::from_str(include_str!("model.json")).expect("the shipped model is valid, a test reads it"));

impl Model {
    /// The shipped model.
    pub fn shipped() -> &'static Self {
        &DEFAULT
    }
}

/// The records that a sighting may be one of: how many, and how rare what only one of them has is in the world.
///
/// By Good and Turing what one record has stands for twice what two have, by what one has: where most names are shared, a name
/// that one record has is no rarity either.
#[derive(Debug, Clone, Copy)]
pub struct Population {
    /// How many records of the kind.
    pub records: u64,
    /// How many companies the people work at: the more, the less likely two strangers share one.
    pub companies: u64,
    /// What a whole name that only one record has counts as.
    pub singleton: f64,
    /// The same of a part of a name: a word, an initial and a surname.
    pub part_singleton: f64,
}

/// What the table of common names says weighs as much as so many records do.
const WORLD: f64 = 20_000.0;

/// How many names, or parts of names, one record has alone, and how many two share.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spread {
    /// Had by one.
    pub once: u64,
    /// Shared by two.
    pub twice: u64,
}

impl Spread {
    fn singleton(self) -> f64 {
        // Counts as if one more had been seen twice, of eight seen once: small tables say little.
        (2.0 * (self.twice as f64 + 1.0) / (self.once as f64 + 8.0)).clamp(0.01, 1.0)
    }
}

impl Population {
    /// From how names and their parts are spread.
    pub fn counted(records: u64, companies: u64, names: Spread, parts: Spread) -> Self {
        Self { records, companies, singleton: names.singleton(), part_singleton: parts.singleton() }
    }

    /// How many records of such a name, or part of a name, stand for in a world of this size.
    pub fn expected(&self, count: usize, is_part: bool) -> f64 {
        // Simple Good–Turing (Gale & Sampson 1995): r records stand for r (1 + 1/r)^(b + 1), and b + 1 is the singletons' logarithm.
        let told = count.max(1) as f64;
        told * (1.0 + 1.0 / told).powf(if is_part { self.part_singleton } else { self.singleton }.log2())
    }

    /// The same of a name that this share of all people bear: a small CRM's own count says little of how common it is.
    pub fn expected_of(&self, count: usize, is_part: bool, share: f64) -> f64 {
        let (told, records) = (self.expected(count, is_part), self.records as f64);
        told.max(records * (told + WORLD * share) / (records + WORLD))
    }

    /// How many bits it is worth that a name agrees which stands for `shared` records.
    pub(super) fn rarity(&self, cap: f64, shared: f64) -> f64 {
        (self.records.max(1) as f64 / shared).log2().clamp(0.0, cap)
    }
}

/// Fields and levels, as places in a table.
const FIELDS: usize = 17;
const LEVELS: usize = 8;

/// The weights for one population, laid out for weighing many candidates.
#[derive(Debug, Clone)]
pub struct Scale<'m> {
    /// What it weighs by.
    pub weights: &'m Weights,
    /// What it weighs among.
    pub population: Population,
    /// How likely a sighted one is among them at all.
    pub in_crm: f64,
    prior: f64,
    /// By field and level, the companies' rarity in it.
    bits: [[f64; LEVELS]; FIELDS],
    rarity: [f64; LEVELS],
}

impl Weights {
    /// Among how many strangers one agrees in a field, as often as the same person does.
    pub(super) fn by_chance(&self, field: Field) -> f64 {
        self.levels.get(&field).and_then(|levels| levels.get(&Level::Equal)).map_or(1.0, |bits| bits.exp2())
    }

    /// What it is worth, besides, that companies agree so well among so many.
    pub(super) fn company_rarity(&self, level: Level, population: Population) -> f64 {
        self.company_rarity.get(&level).copied().unwrap_or(0.0) * (population.companies.max(1) as f64).log2()
    }
}

impl<'m> Scale<'m> {
    /// The weights of a kind of sighting among the records of that kind.
    pub fn new(weights: &'m Weights, population: Population) -> Self {
        let (mut bits, mut rarity) = ([[0.0; LEVELS]; FIELDS], [0.0; LEVELS]);
        for (field, levels) in &weights.levels {
            for (level, told) in levels {
                let rarity = if *field == Field::Company { weights.company_rarity(*level, population) } else { 0.0 };
                bits[*field as usize][*level as usize] = *told + rarity;
            }
        }
        for (level, told) in &weights.rarity {
            rarity[*level as usize] = *told;
        }
        Self { weights, population, in_crm: weights.in_crm, prior: 0.0, bits, rarity }.with_share(weights.in_crm)
    }

    /// The same where another share of those seen is in the CRM.
    #[must_use]
    pub fn with_share(self, in_crm: f64) -> Self {
        Self { in_crm, prior: (in_crm / self.population.records.max(1) as f64).log2(), ..self }
    }

    /// What a level is worth, of a candidate whose rarest key stands for `shared` records.
    pub fn bits(&self, field: Field, level: Level, shared: f64) -> f64 {
        let rarity = if field == Field::Name { self.rarity[level as usize] * self.population.rarity(self.weights.name_cap, shared) } else { 0.0 };
        self.bits[field as usize][level as usize] + rarity
    }

    /// All that speaks for and against, in bits.
    pub fn sum(&self, levels: &Levels, shared: f64) -> f64 {
        self.prior + levels.iter().map(|(field, level)| self.bits(*field, *level, shared)).sum::<f64>()
    }

    /// Weighs a compared candidate.
    pub fn weigh<'c>(&self, candidate: &'c Candidate, place: usize, levels: Levels, shared: f64) -> Weighed<'c> {
        let weight = self.sum(&levels, shared);
        Weighed { candidate, place, levels, shared, weight }
    }

    /// How many bits the prior's odds are off the shipped ones.
    pub fn prior_moved(&self) -> f64 {
        log_odds(self.in_crm) - log_odds(self.weights.in_crm)
    }

    /// How much likelier what a sighting shows is of one in the CRM than of another, in bits, from the weights of its candidates.
    pub fn likelihood(&self, weights: impl Iterator<Item = f64>) -> f64 {
        weights.map(|bits| bits.clamp(-60.0, 60.0).exp2()).sum::<f64>().log2() - self.in_crm.log2()
    }

    /// The evidence field by field, the prior first, which says how many of a hundred seen are in the CRM, and how many are there; what
    /// page and CRM say of the others is left to the caller.
    pub fn explain(&self, weighed: &Weighed<'_>, text: impl Fn(Field) -> (String, String)) -> Vec<Evidence> {
        let prior = Evidence {
            field: Field::Prior,
            level: Level::NotCompared,
            bits: self.prior,
            page: format!("{:.0}", self.in_crm * 100.0),
            crm: self.population.records.to_string(),
        };
        let line = |(field, level): &(Field, Level)| {
            let (page, crm) = text(*field);
            Evidence { field: *field, level: *level, bits: self.bits(*field, *level, weighed.shared), page, crm }
        };
        std::iter::once(prior).chain(weighed.levels.iter().map(line)).collect()
    }
}

/// A candidate with what speaks for and against it.
#[derive(Debug, Clone)]
pub struct Weighed<'c> {
    /// The candidate.
    pub candidate: &'c Candidate,
    /// Which it is, in the order that the caller keeps them in.
    pub place: usize,
    /// Field by field.
    pub levels: Levels,
    /// How many records the rarest key stands for by which it was found.
    pub shared: f64,
    /// Sum of bits.
    pub weight: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_model_is_valid() {
        let model = Model::shipped();
        assert!(model.unsure < model.sure && model.sure < 1.0);
        assert!(model.person.levels[&Field::Name][&Level::Equal] > model.person.levels[&Field::Name][&Level::Differs]);
    }

    #[test]
    fn a_rare_name_weighs_more_than_a_common_one() {
        let spread = |once, twice| Spread { once, twice };
        let bits = |of: Population, count| of.rarity(20.0, of.expected(count, false));
        let varied = Population::counted(1000, 100, spread(900, 20), Spread::default());
        assert!(bits(varied, 1) > bits(varied, 2));
        assert!(bits(varied, 2) > bits(varied, 40));
        let shared = Population::counted(1000, 100, spread(50, 300), Spread::default());
        assert!(bits(varied, 1) > bits(shared, 1), "where all share names, one's own name is luck");
    }
}

//! Weighs comparisons: Fellegi–Sunter weights in bits, from a versioned data file. A name weighs what its rarity in the CRM makes it worth.

use super::candidate::Candidate;
use super::compare::Comparison;
use crate::model::evidence::{Evidence, Field, Level};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::LazyLock;

/// The parameters of the engine: data, not code.
#[derive(Debug, Clone, Deserialize)]
pub struct Model {
    /// How likely a sighted person or company is in the CRM at all.
    pub in_crm: f64,
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
#[derive(Debug, Clone, Deserialize)]
pub struct Weights {
    /// What a name that only one record has counts as: rarer in the world than one in the CRM's size.
    pub singleton: f64,
    /// The most a name may weigh, in bits.
    pub name_cap: f64,
    /// Bits by field and level.
    pub levels: HashMap<Field, HashMap<Level, f64>>,
}

static DEFAULT: LazyLock<Model> = LazyLock::new(|| serde_json::from_str(include_str!("model.json")).expect("the shipped model is valid, a test reads it"));

impl Model {
    /// The shipped model.
    pub fn shipped() -> &'static Self {
        &DEFAULT
    }
}

/// A candidate with its evidence.
#[derive(Debug, Clone)]
pub struct Weighed {
    /// The candidate.
    pub candidate: Candidate,
    /// Field by field, the prior first.
    pub evidence: Vec<Evidence>,
    /// Sum of bits.
    pub weight: f64,
}

/// Weighs a candidate among `population` records of its kind.
pub fn weigh(model: &Model, weights: &Weights, population: u64, candidate: Candidate, comparisons: Vec<Comparison>) -> Weighed {
    let population = population.max(1) as f64;
    let mut evidence =
        vec![Evidence { field: Field::Prior, level: Level::NotCompared, bits: (model.in_crm / population).log2(), page: String::new(), crm: String::new() }];
    evidence.extend(comparisons.into_iter().map(|line| {
        let known = weights.levels.get(&line.field).and_then(|levels| levels.get(&line.level)).copied().unwrap_or(0.0);
        let agrees = matches!(line.level, Level::Equal | Level::Close | Level::Partial);
        let rarity = if line.field == Field::Name && agrees { rarity(weights, population, candidate.namesakes) } else { 0.0 };
        Evidence { field: line.field, level: line.level, bits: known + rarity, page: line.page, crm: line.crm }
    }));
    let weight = evidence.iter().map(|line| line.bits).sum();
    Weighed { candidate, evidence, weight }
}

/// How many bits it is worth that a name agrees which `namesakes` of `population` records share.
fn rarity(weights: &Weights, population: f64, namesakes: usize) -> f64 {
    let shared = if namesakes <= 1 { weights.singleton } else { namesakes as f64 };
    (population / shared).log2().clamp(0.0, weights.name_cap)
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
        let weights = &Model::shipped().person;
        assert!(rarity(weights, 1000.0, 1) > rarity(weights, 1000.0, 2));
        assert!(rarity(weights, 1000.0, 2) > rarity(weights, 1000.0, 40));
    }
}

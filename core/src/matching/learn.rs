//! Learns a model's weights from sightings whose record is known: conditional logistic regression over all candidates of a
//! sighting and "none of these". Starts from the model it is given and is pulled back to it by pseudo-counts, so that a level
//! seldom or never seen keeps its weight. Deterministic; ends after a fixed number of rounds.

use super::link::Compared;
use super::weigh::{Population, Weights};
use crate::model::evidence::{Field, Level};
use std::collections::BTreeMap;
use std::f64::consts::LN_2;

/// A sighting's candidates, and which of them is the one; none if none is.
#[derive(Debug, Clone)]
pub struct Case {
    /// The candidates, compared.
    pub compared: Vec<Compared>,
    /// The right one's place in `compared`.
    pub right: Option<usize>,
    /// The records it was sought among.
    pub population: Population,
}

/// What a weight counts for before anything is seen, in sightings.
const PSEUDO_COUNT: f64 = 40.0;
const ROUNDS: usize = 600;
/// Of a Newton step along each weight alone: weights depend on one another.
const STEP: f64 = 0.4;

/// A level's weight, by field and level.
type Parameter = (Field, Level);

/// A candidate's weight is what is fixed, and the parameters that it has.
struct Features {
    fixed: f64,
    levels: Vec<usize>,
}

/// Learns the weights; the share of sightings that are in the CRM is counted, the rarity of names is not learnt.
pub fn learn(start: &Weights, cases: &[Case]) -> Weights {
    let mut weights = start.clone();
    let known = cases.iter().filter(|case| case.right.is_some()).count();
    weights.in_crm = rounded((known as f64 / cases.len().max(1) as f64).clamp(0.01, 0.99));
    weights.shares = shares(cases);
    let mut numbers: BTreeMap<Parameter, usize> = BTreeMap::new();
    let cases: Vec<(Vec<Features>, Option<usize>)> =
        cases.iter().map(|case| (case.compared.iter().map(|one| features(&weights, one, case.population, &mut numbers)).collect(), case.right)).collect();
    let mut begun = vec![0.0; numbers.len()];
    for ((field, level), number) in &numbers {
        begun[*number] = start.levels.get(field).and_then(|levels| levels.get(level)).copied().unwrap_or(0.0);
    }
    let mut parameters = begun.clone();
    for _ in 0..ROUNDS {
        let (mut slope, mut bend) = (vec![0.0; begun.len()], vec![0.0; begun.len()]);
        for (candidates, right) in &cases {
            add(candidates, *right, &parameters, &mut slope, &mut bend);
        }
        for number in 0..begun.len() {
            let pull = PSEUDO_COUNT * LN_2 * LN_2 / 4.0;
            let climb = slope[number] - pull * (parameters[number] - begun[number]);
            parameters[number] += (STEP * climb / (bend[number] + pull)).clamp(-1.0, 1.0);
        }
    }
    for ((field, level), number) in &numbers {
        weights.levels.entry(*field).or_default().insert(*level, rounded(parameters[*number]));
    }
    weights
}

/// How often each level is seen where the record is the right one.
fn shares(cases: &[Case]) -> BTreeMap<Field, BTreeMap<Level, f64>> {
    let mut shares: BTreeMap<Field, BTreeMap<Level, f64>> = BTreeMap::new();
    let right = cases.iter().filter_map(|case| case.compared.get(case.right?));
    for (field, level) in right.flat_map(|one| &one.levels).filter(|(_, level)| *level != Level::NotCompared) {
        *shares.entry(*field).or_default().entry(*level).or_default() += 1.0;
    }
    for levels in shares.values_mut() {
        let all: f64 = levels.values().sum();
        for share in levels.values_mut() {
            *share = ((*share + 0.5) / (all + 4.0) * 10_000.0).round() / 10_000.0;
        }
    }
    shares
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

fn features(weights: &Weights, one: &Compared, population: Population, numbers: &mut BTreeMap<Parameter, usize>) -> Features {
    let mut fixed = (weights.in_crm / (1.0 - weights.in_crm)).log2() - (population.records.max(1) as f64).log2();
    let mut levels = Vec::with_capacity(one.levels.len());
    for (field, level) in one.levels.iter().filter(|(_, level)| *level != Level::NotCompared) {
        let next = numbers.len();
        levels.push(*numbers.entry((*field, *level)).or_insert(next));
        fixed += match field {
            Field::Name => weights.rarity.get(level).copied().unwrap_or(0.0) * population.rarity(weights.name_cap, one.shared),
            Field::Company => weights.company_rarity(*level, population),
            _ => 0.0,
        };
    }
    Features { fixed, levels }
}

/// Adds a case's part of the slope and bend of the likelihood.
fn add(candidates: &[Features], right: Option<usize>, parameters: &[f64], slope: &mut [f64], bend: &mut [f64]) {
    let weight = |one: &Features| one.fixed + one.levels.iter().map(|number| parameters[*number]).sum::<f64>();
    let odds: Vec<f64> = candidates.iter().map(|one| weight(one).clamp(-60.0, 60.0).exp2()).collect();
    let all: f64 = 1.0 + odds.iter().sum::<f64>();
    for (place, candidate) in candidates.iter().enumerate() {
        let probability = odds[place] / all;
        let is_right = f64::from(u8::from(right == Some(place)));
        for number in &candidate.levels {
            slope[*number] += LN_2 * (is_right - probability);
            bend[*number] += LN_2 * LN_2 * probability * (1.0 - probability);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::link::Linker;
    use crate::matching::weigh::Model;
    use crate::model::id::RecordId;
    use crate::model::object::Object;
    use crate::model::record::{Layout, Record, encode};
    use crate::model::sighting::{Sighting, SightingKind};
    use std::sync::Arc;

    fn record(place: usize, company: &str) -> Record {
        let layout = Arc::new(Layout { number: 1, object: Object::Lead, fields: ["FirstName", "LastName", "Company"].map(str::to_owned).to_vec() });
        let id = RecordId::parse(&format!("00Q{place:012}")).expect("digits");
        Record::decode(id, &layout, &encode(1, ["Dana", "Okafor", company].into_iter())).expect("it fits")
    }

    fn cases(is_known: bool) -> Vec<Case> {
        let linker = Linker::new(Model::shipped(), vec![record(1, "Northwind"), record(2, "Talus")]);
        let seen = Sighting { kind: Some(SightingKind::Person), name: "Dana Okafor".into(), company: "Northwind".into(), ..Sighting::default() };
        let compared = linker.compare(&seen);
        let right = is_known.then(|| compared.iter().position(|one| one.place == 0).expect("it is a candidate"));
        vec![Case { compared, right, population: linker.population() }; 200]
    }

    #[test]
    fn what_marks_the_right_one_gains_and_the_rest_stays() {
        let start = &Model::shipped().person;
        let of = |weights: &Weights, field, level| weights.levels[&field][&level];
        let right = learn(start, &cases(true));
        let wrong = learn(start, &cases(false));
        assert!(of(&right, Field::Company, Level::Equal) > of(&wrong, Field::Company, Level::Equal));
        assert!((of(&right, Field::Email, Level::Differs) - of(start, Field::Email, Level::Differs)).abs() < 1e-9, "never seen, never changed");
        assert!(right.in_crm > 0.98 && wrong.in_crm < 0.02);
        assert_eq!(serde_json::to_string(&right).ok(), serde_json::to_string(&learn(start, &cases(true))).ok(), "the same again");
    }
}

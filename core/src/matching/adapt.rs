//! Learns from a table that repeats itself, without labels: expectation–maximisation on its own pairs, blended with the shipped weights by pseudo-counts
//! (Fellegi & Sunter 1969; Winkler 1988; Enamorado, Fifield & Imai 2019).

use super::compare::Levels;
use super::weigh::{Population, Scale, Weights};
use crate::model::evidence::{Field, Level};
use std::collections::BTreeMap;

/// Two records that may be one.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The one.
    pub one: u32,
    /// The other.
    pub other: u32,
    /// How many records the rarest key stands for by which it was found.
    pub shared: f64,
    /// Field by field.
    pub levels: Levels,
}

/// What the shipped shares count for, in pairs that are the same.
const PSEUDO_COUNT: f64 = 40.0;
const ROUNDS: usize = 12;
/// No field weighs more for or against, in bits.
const MOST: f64 = 20.0;

type Shares = BTreeMap<Field, BTreeMap<Level, f64>>;

/// Learns how often each level is seen in pairs that are the same, from how likely the other fields make each pair; how often
/// it is seen by chance comes from pairs drawn at random. `in_crm` becomes how many of the other records are the same as one, of
/// `records`: above 1 where records repeat each other often.
pub fn adapt(start: &Weights, population: Population, pairs: &[Pair], random: &[&Levels], records: usize) -> Weights {
    let chance = chance(random);
    let mut weights = start.clone();
    for _ in 0..ROUNDS {
        let scale = Scale::new(&weights, population);
        let mut seen: Shares = BTreeMap::new();
        let mut same = 0.0;
        for pair in pairs {
            let bits = scale.sum(&pair.levels, pair.shared).clamp(-60.0, 60.0);
            same += bits.exp2() / (1.0 + bits.exp2());
            for (field, level) in pair.levels.iter().filter(|(_, level)| *level != Level::NotCompared) {
                // How likely the others make it, without this field.
                let without = (bits - scale.bits(*field, *level, pair.shared)).clamp(-60.0, 60.0).exp2();
                *seen.entry(*field).or_default().entry(*level).or_default() += without / (1.0 + without);
            }
        }
        // Where little but names is compared, nothing says which equal names are one, and each round would believe it less.
        weights.in_crm = (2.0 * same / records.max(1) as f64).max(start.in_crm / 2.0);
        for (field, levels) in &seen {
            blend(start, &mut weights, population, *field, levels, chance.get(field));
        }
    }
    weights
}

/// How often each level is seen by chance.
fn chance(random: &[&Levels]) -> Shares {
    let mut counts: Shares = BTreeMap::new();
    for (field, level) in random.iter().copied().flatten().filter(|(_, level)| *level != Level::NotCompared) {
        *counts.entry(*field).or_default().entry(*level).or_default() += 1.0;
    }
    for levels in counts.values_mut() {
        let all: f64 = levels.values().sum::<f64>() + 1.0;
        for count in levels.values_mut() {
            *count /= all;
        }
    }
    counts
}

/// One field's weights from what was seen of it, as if the shipped shares had been seen in some pairs more.
fn blend(start: &Weights, weights: &mut Weights, population: Population, field: Field, seen: &BTreeMap<Level, f64>, chance: Option<&BTreeMap<Level, f64>>) {
    let all: f64 = seen.values().sum::<f64>() + PSEUDO_COUNT;
    let shipped = |level: Level| start.shares.get(&field).and_then(|levels| levels.get(&level)).copied().unwrap_or(USUAL[level as usize]);
    let least = 1.0 / (chance.map_or(0.0, |levels| levels.len() as f64) + 200_000.0);
    for (level, count) in seen {
        let share = (count + PSEUDO_COUNT * shipped(*level)) / all;
        let bits = if field == Field::Name && start.rarity.get(level).is_some_and(|slope| *slope > 0.0) {
            // Where a name is weighed by its rarity, what the level is worth besides moves as far as its share does.
            let before = start.levels.get(&field).and_then(|levels| levels.get(level)).copied().unwrap_or(0.0);
            before + (share / shipped(*level)).log2()
        } else {
            let among_many = if field == Field::Company { start.company_rarity(*level, population) } else { 0.0 };
            (share / chance.and_then(|levels| levels.get(level)).copied().unwrap_or(0.0).max(least)).log2() - among_many
        };
        weights.levels.entry(field).or_default().insert(*level, bits.clamp(-MOST, MOST));
    }
}

/// Shares of levels in pairs that are the same, of a field that the shipped weights know nothing of.
const USUAL: [f64; 8] = [0.8, 0.06, 0.05, 0.03, 0.02, 0.02, 0.04, 0.0];

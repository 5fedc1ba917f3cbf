//! `cargo xtask bench match`: how right the engine is, and how honest its probabilities are, on crowds it wasn't learnt from.

use super::Done;
use crate::crowd::{self, Habits, Seen};
use crate::sandbox::world::World;
use inlay_core::api::Band;
use inlay_core::matching::link::Linker;
use inlay_core::matching::weigh::Model;
use inlay_core::model::record::Record;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Instant;

/// A tool's answer to one sighting: the best record and its probability, however small.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    /// The record, by its order.
    pub record: Option<usize>,
    /// Its probability.
    pub probability: f64,
    /// Whether the tool calls it sure.
    pub is_sure: bool,
}

/// How good answers are.
#[derive(Debug, Clone)]
pub struct Score {
    /// F1 at the cut that is best for this truth.
    pub f1_best: f64,
    /// F1 at probability .5.
    pub f1_half: f64,
    /// Expected calibration error, ten bins, over all sightings with a candidate.
    pub ece: f64,
    /// Precision of what is called sure.
    pub sure_precision: f64,
    /// Share of all sightings called sure.
    pub sure_share: f64,
    /// Recall at .5 by trap, of those in the CRM.
    pub traps: BTreeMap<&'static str, f64>,
}

/// Scores answers against the truth.
pub fn score(seen: &[Seen], answers: &[Answer]) -> Score {
    let truths = seen.iter().filter(|one| one.record.is_some()).count() as f64;
    let is_right = |place: usize| answers[place].record.is_some() && answers[place].record == seen[place].record;
    let f1 = |cut: f64| {
        let named: Vec<usize> = (0..seen.len()).filter(|&place| answers[place].record.is_some() && answers[place].probability >= cut).collect();
        let right = named.iter().filter(|&&place| is_right(place)).count() as f64;
        2.0 * right / (named.len() as f64 + truths).max(1.0)
    };
    let mut cuts: Vec<f64> = answers.iter().map(|answer| answer.probability).collect();
    cuts.sort_by(f64::total_cmp);
    cuts.dedup();
    let step = cuts.len().div_ceil(400).max(1);
    let f1_best = cuts.iter().step_by(step).map(|&cut| f1(cut)).fold(0.0, f64::max);
    let mut bins = [(0.0, 0.0, 0.0); 10];
    for place in (0..seen.len()).filter(|&place| answers[place].record.is_some()) {
        let bin = &mut bins[((answers[place].probability * 10.0) as usize).min(9)];
        *bin = (bin.0 + 1.0, bin.1 + answers[place].probability, bin.2 + f64::from(is_right(place)));
    }
    let counted: f64 = bins.iter().map(|bin| bin.0).sum();
    let ece = bins.iter().map(|(_, told, right)| (told - right).abs()).sum::<f64>() / counted.max(1.0);
    let sure: Vec<usize> = (0..seen.len()).filter(|&place| answers[place].is_sure).collect();
    let mut traps: BTreeMap<&'static str, (f64, f64)> = BTreeMap::new();
    for place in (0..seen.len()).filter(|&place| seen[place].record.is_some()) {
        let trap = traps.entry(seen[place].trap).or_default();
        *trap = (trap.0 + 1.0, trap.1 + f64::from(is_right(place) && answers[place].probability >= 0.5));
    }
    Score {
        f1_best,
        f1_half: f1(0.5),
        ece,
        sure_precision: sure.iter().filter(|&&place| is_right(place)).count() as f64 / (sure.len() as f64).max(1.0),
        sure_share: sure.len() as f64 / seen.len() as f64,
        traps: traps.into_iter().map(|(trap, (all, found))| (trap, found / all)).collect(),
    }
}

/// The engine's answers, and the share of the known whose record was among the candidates.
pub fn ours(model: &Model, records: Vec<Record>, seen: &[Seen]) -> (Vec<Answer>, f64) {
    let linker = Linker::new(model, records);
    let known: Vec<&Seen> = seen.iter().filter(|one| one.record.is_some()).collect();
    let met = known.iter().filter(|one| linker.compare(&one.sighting).iter().any(|compared| Some(compared.place) == one.record)).count();
    let answer = |one: &Seen| match linker.link(&one.sighting) {
        None => Answer { record: None, probability: 0.0, is_sure: false },
        Some((decision, place)) => Answer { record: Some(place), probability: decision.probability, is_sure: decision.band == Band::Sure },
    };
    (seen.iter().map(answer).collect(), met as f64 / (known.len() as f64).max(1.0))
}

/// Runs the benchmark.
pub fn run(records: u64) -> Done {
    let world = World { seed: 20_261_121, contacts: records };
    let mut results = serde_json::Map::new();
    let sets = [
        ("people", crowd::people(&world), crowd::people_seen(&world, Habits::USUAL, 404, 3000)),
        ("companies", crowd::companies(&world), crowd::companies_seen(&world, Habits::USUAL, 405, 3000)),
    ];
    for (name, records, seen) in sets {
        let begun = Instant::now();
        let count = records.len();
        let (answers, blocking) = ours(Model::shipped(), records, &seen);
        let score = score(&seen, &answers);
        println!("{name}: {} sightings against {count} records, {:.1} s", seen.len(), begun.elapsed().as_secs_f64());
        println!("  F1 best {:.4}   at .5 {:.4}   ECE {:.4}   blocking {blocking:.4}", score.f1_best, score.f1_half, score.ece);
        println!("  sure: precision {:.4} on {:.3} of the sightings", score.sure_precision, score.sure_share);
        for (trap, recall) in &score.traps {
            println!("  {trap:<24} {recall:.3}");
        }
        results.insert(name.into(), told(&score, blocking));
    }
    println!("{}", json!({ "bench": "match", "ours": results, "peers": {}, "goal": { "ece": 0.02, "blocking": 0.99, "sure_precision": 0.995, "sure_share": 0.6 }, "met": false }));
    Ok(())
}

fn told(score: &Score, blocking: f64) -> Value {
    json!({
        "f1_best": score.f1_best, "f1_half": score.f1_half, "ece": score.ece, "blocking_recall": blocking, "sure_precision": score.sure_precision,
        "sure_share": score.sure_share, "recall_by_trap": score.traps,
    })
}

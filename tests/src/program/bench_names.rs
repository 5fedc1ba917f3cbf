//! `cargo xtask bench names`: pairs of company names that are hard to tell apart or together, Inlay and the methods of
//! `matching.md` section 2 on the same pairs. The shipped weights, nothing learnt from the pairs.

use super::Done;
use crate::house::{root, scratch};
use crate::register::{accounts, rows};
use inlay_core::matching::link::Linker;
use inlay_core::matching::weigh::Model;
use inlay_core::model::sighting::{Sighting, SightingKind};
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, HashMap};
use std::process::Command;

/// Two names, and whether they are one company's.
struct Pair {
    a: String,
    b: String,
    is_same: bool,
}

/// Runs the benchmark: our own pairs, and those of `../shared/data` where it is.
pub fn run() -> Done {
    let own = include_str!("../../fixtures/company_pairs.csv").to_owned();
    let others = std::fs::read_to_string(root().join("../shared/data/companies/company_name_matcher_test.csv"));
    let sets = [("inlay, by hand", Some(own)), ("company_name_matcher", others.ok())];
    let (mut results, mut peers, mut met) = (Map::new(), Map::new(), true);
    for (name, text) in sets.into_iter().filter_map(|(name, text)| Some((name, text?))) {
        let pairs = read(text.trim_start_matches('\u{feff}'));
        let same = pairs.iter().filter(|pair| pair.is_same).count();
        println!("{name}: {} pairs, {same} of them the same", pairs.len());
        let probabilities = ours(&pairs);
        let (best, half) = (best(&pairs, &probabilities), f1(&pairs, &probabilities, 0.5));
        println!("  {:<40} {best:.4} at its best cut, {half:.4} at .5", "Inlay");
        results.insert(name.into(), json!({ "f1_best": best, "f1_half": half }));
        let theirs = theirs(&pairs)?;
        for (method, score) in &theirs {
            println!("  {method:<40} {score}");
            met &= score.as_f64().is_some_and(|score| score < best);
        }
        met &= !theirs.is_empty();
        peers.insert(name.into(), Value::Object(theirs));
        for (pair, probability) in pairs.iter().zip(&probabilities).filter(|(pair, probability)| pair.is_same != (**probability >= 0.5)) {
            println!("    {} {probability:.2}  {} | {}", if pair.is_same { "not found" } else { "wrong    " }, pair.a, pair.b);
        }
    }
    println!("{}", json!({ "bench": "names", "ours": results, "peers": peers, "goal": { "f1_best": "above every peer's" }, "met": met }));
    Ok(())
}

fn read(text: &str) -> Vec<Pair> {
    let pair = |row: &inlay_core::csv::Row| Some(Pair { a: row.get(0)?.to_owned(), b: row.get(1)?.to_owned(), is_same: row.get(2)? == "1" });
    rows(text).iter().skip(1).filter_map(pair).collect()
}

fn others() -> Vec<String> {
    rows(include_str!("../../fixtures/companies.csv")).iter().skip(1).filter_map(|row| row.get(0).map(str::to_owned)).collect()
}

/// How likely each pair is one company: the first name seen, all names of the pairs and the register's on file.
fn ours(pairs: &[Pair]) -> Vec<f64> {
    let names: BTreeSet<String> = pairs.iter().flat_map(|pair| [pair.a.clone(), pair.b.clone()]).chain(others()).collect();
    let places: HashMap<&str, usize> = names.iter().enumerate().map(|(place, name)| (name.as_str(), place)).collect();
    let linker = Linker::new(Model::shipped(), accounts(names.iter().map(|name| (name.as_str(), ""))));
    let likely = |seen: &str, stored: &str| {
        let sighting = Sighting { kind: Some(SightingKind::Company), name: seen.to_owned(), ..Sighting::default() };
        linker.likely(&sighting, places[seen], places[stored])
    };
    pairs.iter().map(|pair| likely(&pair.a, &pair.b).max(likely(&pair.b, &pair.a))).collect()
}

fn f1(pairs: &[Pair], probabilities: &[f64], cut: f64) -> f64 {
    let told = || pairs.iter().zip(probabilities).filter(|(_, probability)| **probability >= cut);
    let right = told().filter(|(pair, _)| pair.is_same).count() as f64;
    2.0 * right / (told().count() + pairs.iter().filter(|pair| pair.is_same).count()) as f64
}

fn best(pairs: &[Pair], probabilities: &[f64]) -> f64 {
    probabilities.iter().filter(|cut| **cut > 0.0).map(|cut| f1(pairs, probabilities, *cut)).fold(0.0, f64::max)
}

/// The peers' best F1 by method; none where they aren't installed.
fn theirs(pairs: &[Pair]) -> Done<Map<String, Value>> {
    let Some(python) = std::env::var_os("INLAY_PEERS") else { return Ok(Map::new()) };
    let folder = scratch("names");
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let lines: String = pairs.iter().map(|pair| format!("{},{},{}\n", quoted(&pair.a), quoted(&pair.b), u8::from(pair.is_same))).collect();
    std::fs::write(folder.join("pairs.csv"), format!("a,b,same\n{lines}")).map_err(failed)?;
    let lines: String = others().iter().map(|name| quoted(name) + "\n").collect();
    std::fs::write(folder.join("others.csv"), format!("name\n{lines}")).map_err(failed)?;
    std::fs::copy(root().join("core/src/matching/table/legal_forms.csv"), folder.join("forms.csv")).map_err(failed)?;
    let output = Command::new(python).arg(root().join("tests/peers/company_names.py")).arg(&folder).output().map_err(failed)?;
    let text = String::from_utf8_lossy(&output.stdout);
    match serde_json::from_str(text.lines().last().unwrap_or("")) {
        Ok(Value::Object(scores)) => Ok(scores),
        _ => Err(format!("the peers failed: {}", String::from_utf8_lossy(&output.stderr))),
    }
}

//! `cargo xtask bench dedupe`: duplicates in labelled tables of `../shared/data`, Splink 5 beside. One engine, the shipped weights
//! as the beginning; what these tables have and a CRM hasn't (a date of birth) is learnt from the table itself, without its labels.

use super::link::records;
use super::table::Table;
use super::{Done, link};
use crate::house::{root, scratch};
use inlay_core::matching::duplicate::duplicates;
use inlay_core::matching::link::Linker;
use inlay_core::matching::weigh::Model;
use inlay_core::model::sighting::SightingKind;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::Hash;
use std::process::Command;
use std::time::Instant;

/// A labelled set: its files, which of its columns (several in one) become which of ours, the column of its truth, and the F1 to reach.
struct Set {
    name: &'static str,
    files: &'static [&'static str],
    columns: &'static [(&'static str, &'static str)],
    truth: &'static str,
    goal: f64,
}

const SETS: [Set; 3] = [
    Set {
        name: "historical_50k",
        files: &["historical50k/historical_50k.csv"],
        columns: &[
            ("unique_id", "id"),
            ("first_name", "first_name"),
            ("surname", "last_name"),
            ("occupation", "title"),
            ("birth_place", "city"),
            ("dob", "birth_date"),
            ("postcode_fake", "postal_code"),
        ],
        truth: "cluster",
        goal: 0.83,
    },
    Set {
        name: "FEBRL4",
        files: &["febrl4/dataset4a.csv", "febrl4/dataset4b.csv"],
        columns: &[
            ("rec_id", "id"),
            ("given_name", "first_name"),
            ("surname", "last_name"),
            ("suburb", "city"),
            ("state", "state"),
            ("date_of_birth", "birth_date"),
            ("postcode", "postal_code"),
            ("soc_sec_id", "national_id"),
            ("street_number address_1", "street"),
        ],
        truth: "rec_id",
        goal: 0.999,
    },
    Set {
        name: "fake_1000",
        files: &["fake1000/fake_1000.csv"],
        columns: &[("unique_id", "id"), ("first_name", "first_name"), ("surname", "last_name"), ("city", "city"), ("email", "email"), ("dob", "birth_date")],
        truth: "cluster",
        goal: 0.0,
    },
];

/// Runs the benchmark.
pub fn run() -> Done {
    let (mut results, mut peers, mut met) = (Map::new(), Map::new(), true);
    for set in &SETS {
        let (text, truth) = read(set)?;
        let names: Vec<&str> = link::columns(SightingKind::Person);
        let known: Vec<&str> = names.iter().copied().chain(["cluster"]).collect();
        let table = Table::parse(text.as_bytes(), &known, &[])?;
        let begun = Instant::now();
        let linker = Linker::new(Model::shipped(), records(SightingKind::Person, &table));
        let clusters: Vec<usize> = duplicates(&linker, |_| {}).iter().map(|member| member.cluster).collect();
        let seconds = begun.elapsed().as_secs_f64();
        let right = together(clusters.iter().zip(&truth));
        let (told, same) = (together(&clusters), together(&truth));
        let f1 = 2.0 * right / (told + same);
        println!("{}: {} records, {same} pairs the same", set.name, table.len());
        println!("  Inlay     F1 of pairs {f1:.4}, precision {:.4}, recall {:.4}, {seconds:.1} s", right / told, right / same);
        met &= f1 >= set.goal;
        results.insert(set.name.into(), json!({ "f1_pairs": f1, "precision": right / told, "recall": right / same, "seconds": seconds }));
        match splink(set, &text)? {
            Some(theirs) => {
                println!("  Splink 5  F1 of pairs {}, {} s", theirs["f1_pairs"], theirs["seconds"]);
                peers.insert(format!("splink 5, {}", set.name), theirs);
            }
            None => met = false,
        }
    }
    let goal: Map<String, Value> = SETS.iter().map(|set| (set.name.into(), json!(set.goal))).collect();
    println!("{}", json!({ "bench": "dedupe", "ours": results, "peers": peers, "goal": { "f1_pairs": goal }, "met": met }));
    Ok(())
}

/// The set as one table with our columns and its truth, and the truth of each row.
fn read(set: &Set) -> Done<(String, Vec<String>)> {
    let mut text = set.columns.iter().map(|(_, ours)| *ours).chain(["cluster"]).collect::<Vec<_>>().join(",") + "\n";
    let mut truth = Vec::new();
    for file in set.files {
        let path = root().join("../shared/data").join(file);
        let bytes = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}; this benchmark needs the labelled data", path.display()))?;
        let rows = crate::register::rows(&bytes);
        let Some(head) = rows.first() else { return Err(format!("{}: it is empty", path.display())) };
        let head: Vec<&str> = (0..head.len()).map(|place| head.get(place).unwrap_or("").trim()).collect();
        let place = |name: &str| head.iter().position(|column| *column == name).ok_or_else(|| format!("{}: no column `{name}`", path.display()));
        let places = set.columns.iter().map(|(theirs, _)| theirs.split(' ').map(place).collect()).collect::<Done<Vec<Vec<usize>>>>()?;
        let truth_at = place(set.truth)?;
        for row in rows.iter().skip(1).filter(|row| row.len() == head.len()) {
            let get = |place: usize| row.get(place).unwrap_or("").trim().replace('"', "");
            // FEBRL names its rows `rec-1070-org` and `rec-1070-dup-0`.
            let cluster = get(truth_at).split('-').nth(usize::from(set.truth == "rec_id")).unwrap_or("").to_owned();
            let fields = places.iter().map(|places| places.iter().map(|place| get(*place)).collect::<Vec<_>>().join(" "));
            let fields: Vec<String> = fields.map(|field| format!("\"{}\"", field.trim())).collect();
            writeln!(text, "{},{cluster}", fields.join(",")).expect("a string takes all");
            truth.push(cluster);
        }
    }
    Ok((text, truth))
}

/// How many pairs stand together.
fn together<T: Hash + Eq>(values: impl IntoIterator<Item = T>) -> f64 {
    let mut counts: HashMap<T, u64> = HashMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    counts.values().map(|count| count * (count - 1) / 2).sum::<u64>() as f64
}

/// Splink's best F1 on the same table; none where it isn't installed.
fn splink(set: &Set, text: &str) -> Done<Option<Value>> {
    let Some(python) = std::env::var_os("INLAY_PEERS") else { return Ok(None) };
    let folder = scratch(&format!("splink-{}", set.name));
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    std::fs::write(folder.join("records.csv"), text).map_err(failed)?;
    let output =
        Command::new(python).current_dir(&folder).arg(root().join("tests/peers/splink_dedupe.py")).arg(&folder).arg(set.name).output().map_err(failed)?;
    let told = String::from_utf8_lossy(&output.stdout);
    match serde_json::from_str(told.lines().last().unwrap_or("")) {
        Ok(value) => Ok(Some(value)),
        Err(_) => Err(format!("Splink failed: {}", String::from_utf8_lossy(&output.stderr))),
    }
}

//! `cargo xtask learn`: the shipped model, learnt from crowds of many worlds. The same seeds give the same numbers.

use super::Done;
use crate::crowd::{self, Habits, Seen};
use crate::house::root;
use crate::register;
use crate::sandbox::world::World;
use inlay_core::matching::learn::{Case, learn};
use inlay_core::matching::link::Linker;
use inlay_core::matching::weigh::Model;
use inlay_core::model::record::Record;

/// Seeds and sizes of the worlds learnt from. `bench match` uses none of these seeds.
const WORLDS: [(u64, u64); 13] = [
    (11, 1_500),
    (12, 1_500),
    (13, 4_000),
    (14, 4_000),
    (15, 10_000),
    (16, 10_000),
    (17, 10_000),
    (18, 30_000),
    (19, 30_000),
    (20, 60_000),
    (21, 60_000),
    (22, 150_000),
    (23, 500_000),
];
/// Seeds of the crowds of real company names.
const REGISTERS: [u64; 4] = [31, 32, 33, 34];
/// Sightings of each.
const SIGHTINGS: u64 = 1500;

/// Runs the program: writes `core/src/matching/model.json`.
pub fn run() -> Done {
    let mut model: Model = serde_json::from_str(include_str!("reasoned_model.json")).map_err(|error| error.to_string())?;
    let (mut people, mut companies) = (Vec::new(), Vec::new());
    for (seed, contacts) in WORLDS {
        eprintln!("  a world of {contacts} contacts …");
        let (world, habits) = (World { seed, contacts }, Habits::of(seed));
        people.extend(cases(&model, crowd::people(&world), &crowd::people_seen(&world, habits, seed + 1000, SIGHTINGS)));
        companies.extend(cases(&model, crowd::companies(&world), &crowd::companies_seen(&world, habits, seed + 2000, SIGHTINGS)));
    }
    for seed in REGISTERS {
        let (records, seen) = register::crowd(seed, SIGHTINGS);
        companies.extend(cases(&model, records, &seen));
    }
    eprintln!("  learning from {} sightings of people and {} of companies …", people.len(), companies.len());
    model.person = learn(&model.person, &people);
    model.company = learn(&model.company, &companies);
    model.version = Model::shipped().version + 1;
    model.about = "Weights in bits (log2 of m/u) by field and level; a name counts its rarity besides. Learnt by `cargo xtask learn` from crowds of seeded worlds, whose people are invented, and of a register of companies.".into();
    let path = root().join("core/src/matching/model.json");
    let text = serde_json::to_string_pretty(&model).map_err(|error| error.to_string())?;
    std::fs::write(&path, text + "\n").map_err(|error| format!("{}: {error}", path.display()))?;
    println!("{} is written: {} of the people seen are in the CRM, {} of the companies", path.display(), model.person.in_crm, model.company.in_crm);
    Ok(())
}

fn cases(model: &Model, records: Vec<Record>, seen: &[Seen]) -> Vec<Case> {
    let linker = Linker::new(model, records);
    let case = |one: &Seen| {
        let compared = linker.compare(&one.sighting);
        let right = compared.iter().position(|candidate| Some(candidate.place) == one.record);
        // Whoever is in the CRM and was not found says nothing of "none of these".
        (right.is_some() == one.record.is_some()).then(|| Case { compared, right, population: linker.population() })
    };
    seen.iter().filter_map(case).collect()
}

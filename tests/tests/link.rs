//! Stories of `cargo xtask link`: the engine on files that somebody brings.

use inlay_core::matching::key::of_sighting;
use inlay_core::matching::link::Linker;
use inlay_core::matching::weigh::Model;
use inlay_core::model::sighting::{Sighting, SightingKind};
use inlay_tests::house::scratch;
use inlay_tests::program::link::{records, run};
use inlay_tests::program::table::Table;
use std::path::{Path, PathBuf};

const RECORDS: &str = "id,first_name,last_name,title,company,city,country,email\n\
    a,Dana,Okafor,VP Operations,Northwind Instruments Ltd,Leeds,United Kingdom,dana@northwind.example\n\
    b,Dana,Okafor,Plant Manager,Talus Robotics,Brno,Czechia,\n\
    c,Robert,Haddad,\"Director, Sales\",Brightmoor Foods AG,Zürich,Switzerland,\n\
    d,Bob,Haddad,Sales Director,Brightmoor Foods,Zurich,Switzerland,\n";

fn files(name: &str, sightings: &str) -> (PathBuf, Vec<String>) {
    let folder = scratch(name);
    std::fs::write(folder.join("records.csv"), RECORDS).expect("a file");
    std::fs::write(folder.join("sightings.csv"), sightings).expect("a file");
    let path = |file: &str| folder.join(file).display().to_string();
    let words = [path("records.csv"), path("sightings.csv"), "--kind".into(), "person".into(), "--out".into(), path("out.csv")].to_vec();
    (folder, words)
}

fn rows(file: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(file).expect("it was written");
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[test]
fn people_are_linked_and_strangers_are_not() {
    let (folder, words) = files(
        "link",
        "id,name,title,company,location\n1,\"Dana Okafor, PhD\",VP Operations,Northwind Instruments,\"Leeds, England, United Kingdom\"\n2,Ines Maduro,,Talus Robotics,\n3,,,,\n",
    );
    run(&words).expect("it is done");
    let rows = rows(&folder.join("out.csv"));
    assert_eq!(rows[0], ["sighting_id", "record_id", "probability", "band", "weight", "runner_up_id", "margin", "reasons"]);
    assert_eq!((rows[1][0].as_str(), rows[1][1].as_str(), rows[1][3].as_str(), rows[1][5].as_str()), ("1", "a", "sure", "b"));
    assert!(rows[1][7].contains("company equal"), "{}", rows[1][7]);
    assert_eq!((rows[2][1].as_str(), rows[2][3].as_str()), ("", "none"));
    assert_eq!((rows[3][1].as_str(), rows[3][2].as_str()), ("", "0.000000"));
}

#[test]
fn duplicates_are_clustered() {
    let (folder, mut words) = files("dedupe", "id\n");
    words.remove(1);
    words.insert(0, "--dedupe".into());
    run(&words).expect("it is done");
    let clusters: Vec<(String, String)> = rows(&folder.join("out.csv"))[1..].iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    let expected = [("a", "a"), ("b", "b"), ("c", "c"), ("d", "c")].map(|(id, cluster)| (id.to_owned(), cluster.to_owned()));
    assert_eq!(clusters, expected);
}

#[test]
fn a_bad_file_is_refused_and_nothing_is_written() {
    let (folder, words) = files("link-bad", "id,name\n1,Dana Okafor\n2\n");
    let reason = run(&words).expect_err("it is refused");
    assert!(reason.contains("sightings.csv, line 3: 1 fields, expected 2"), "{reason}");
    assert!(!folder.join("out.csv").exists());
    let reason = run(&["x.csv".to_owned()]).expect_err("no kind");
    assert!(reason.contains("--kind person"), "{reason}");
}

/// Neither a name of 100 kB nor ten thousand namesakes make more work than any other name.
#[test]
fn hostile_names_cost_no_more_than_others() {
    let long = Sighting { name: "Dana ".repeat(20_000), kind: Some(SightingKind::Person), ..Sighting::default() };
    assert!(of_sighting(&long).len() < 120, "{} keys", of_sighting(&long).len());
    for name in [
        format!("Dana ({})", "Okafor ".repeat(20_000)),
        "x".repeat(100_000),
        format!("Dana {}", "o".repeat(100_000)),
        "(".repeat(100_000),
        "dba ".repeat(20_000),
    ] {
        for kind in [SightingKind::Person, SightingKind::Company] {
            let seen =
                Sighting { company: name.clone(), title: name.clone(), location: name.clone(), name: name.clone(), kind: Some(kind), ..Sighting::default() };
            let keys = of_sighting(&seen);
            assert!(keys.len() < 120 && keys.iter().all(|(_, value)| value.len() < 2_000), "{} keys", keys.len());
        }
    }
    // What is compared is bounded, so a record of that name can be compared with a page of them.
    let text = format!("id,first_name,last_name,company\n1,Dana,{0},{0}\n", "Okafor ".repeat(20_000));
    let table = Table::parse(text.as_bytes(), &["first_name", "last_name", "company"], &[]).expect("a table");
    let linker = Linker::new(Model::shipped(), records(SightingKind::Person, &table));
    let name = format!("Dana {}", "Okafor ".repeat(20_000));
    let compared = linker.compare(&Sighting { company: name.clone(), name, kind: Some(SightingKind::Person), ..Sighting::default() });
    assert!(compared.len() == 1);
    let rows: Vec<String> = (0..10_000).map(|place| format!("{place},Dana,Okafor,Northwind {place}\n")).collect();
    let text = format!("id,first_name,last_name,company\n{}", rows.concat());
    let table = Table::parse(text.as_bytes(), &["first_name", "last_name", "company"], &[]).expect("a table");
    let linker = Linker::new(Model::shipped(), records(SightingKind::Person, &table));
    let seen = Sighting { name: "Dana Okafor".into(), company: "Northwind 77".into(), kind: Some(SightingKind::Person), ..Sighting::default() };
    assert!(linker.compare(&seen).len() <= 60);
    let decision = linker.link(&seen).expect("it is found by its company");
    assert_eq!(decision.best.place, 77);
}

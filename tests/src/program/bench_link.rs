//! `cargo xtask bench link`: as many sightings as records, file to file, by `cargo xtask link`; Splink 5 on the same people beside.

use super::Done;
use super::bench_match::{Answer, score, splink};
use super::link::PERSON;
use crate::crowd::{self, Habits, Seen};
use crate::house::scratch;
use crate::sandbox::world::World;
use inlay_core::csv::Decoder;
use inlay_core::model::record::Record;
use serde_json::json;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Runs the benchmark.
pub fn run(records: u64) -> Done {
    let folder = scratch("bench-link");
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let world = World { seed: 20_261_122, contacts: records };
    eprintln!("  making {records} people and as many sightings …");
    let people = crowd::people(&world);
    let seen = crowd::people_seen(&world, Habits::USUAL, 406, records);
    write_records(&folder.join("records.csv"), &people).map_err(failed)?;
    write_sightings(&folder.join("sightings.csv"), &seen).map_err(failed)?;
    let own = std::env::current_exe().map_err(failed)?;
    let begun = Instant::now();
    let words = ["link", "records.csv", "sightings.csv", "--kind", "person", "--out", "links.csv"];
    let mut child = Command::new(own).current_dir(&folder).args(words).spawn().map_err(failed)?;
    let mut peak_mb = 0;
    while child.try_wait().map_err(failed)?.is_none() {
        peak_mb = peak_mb.max(peak(child.id()));
        std::thread::sleep(Duration::from_millis(20));
    }
    let seconds = begun.elapsed().as_secs_f64();
    let ours = score(&seen, &answers(&folder.join("links.csv"), seen.len())?, |_| true);
    let rate = 2.0 * records as f64 / seconds * 60.0;
    println!(
        "Inlay     {seconds:.1} s file to file, {:.1} M records a minute, peak {peak_mb} MB, F1 {:.4} at .5, {:.4} at its best cut",
        rate / 1e6,
        ours.f1_half,
        ours.f1_best
    );
    let _ = std::fs::remove_dir_all(&folder);
    let mut met = rate >= 10e6;
    let mut peers = serde_json::Map::new();
    if let Some(theirs) = splink("link", &people, &seen)? {
        let score = score(&seen, &theirs.answers, |_| true);
        let rate = 2.0 * records as f64 / theirs.seconds * 60.0;
        println!(
            "Splink 5  {:.1} s, {:.1} M records a minute, peak {} MB, F1 {:.4} at its best cut",
            theirs.seconds,
            rate / 1e6,
            theirs.peak_mb,
            score.f1_best
        );
        met &= ours.f1_best >= score.f1_best && peak_mb < theirs.peak_mb;
        peers.insert("splink 5".into(), json!({ "seconds": theirs.seconds, "records_per_minute": rate, "peak_mb": theirs.peak_mb, "f1_best": score.f1_best }));
    } else {
        met = false;
    }
    let ours = json!({ "seconds": seconds, "records_per_minute": rate, "peak_mb": peak_mb, "f1_best": ours.f1_best, "f1_half": ours.f1_half });
    let goal = json!({ "records_per_minute": 10_000_000, "f1_best": "the peer's", "peak_mb": "below the peer's" });
    println!("{}", json!({ "bench": "link", "ours": ours, "peers": peers, "goal": goal, "met": met }));
    Ok(())
}

/// The most memory a process held so far, in MB.
fn peak(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()).unwrap_or(0) / 1024
}

fn row(out: &mut impl std::io::Write, fields: impl Iterator<Item = impl AsRef<str>>) -> std::io::Result<()> {
    let fields: Vec<String> = fields.map(|field| format!("\"{}\"", field.as_ref().replace('"', "\"\""))).collect();
    writeln!(out, "{}", fields.join(","))
}

fn write_records(path: &Path, people: &[Record]) -> std::io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    writeln!(out, "id,{}", PERSON.iter().map(|(column, _)| *column).collect::<Vec<_>>().join(","))?;
    for (place, record) in people.iter().enumerate() {
        row(&mut out, std::iter::once(place.to_string()).chain(PERSON.iter().map(|(_, field)| record.get(field).to_owned())))?;
    }
    out.flush()
}

fn write_sightings(path: &Path, seen: &[Seen]) -> std::io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    writeln!(out, "id,name,title,company,past_company,location,email,phone,website,profile_url")?;
    for Seen { sighting: one, .. } in seen {
        let address = one.keys.first().map(|key| format!("https://www.linkedin.com/{key}")).unwrap_or_default();
        row(
            &mut out,
            [&one.id, &one.name, &one.title, &one.company, &one.past_company, &one.location, &one.email, &one.phone, &one.website, &address].into_iter(),
        )?;
    }
    out.flush()
}

fn answers(path: &Path, count: usize) -> Done<Vec<Answer>> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut answers = Vec::with_capacity(count);
    let mut read = |row: inlay_core::csv::Row| {
        let get = |place: usize| row.get(place).unwrap_or("");
        if let Ok(probability) = get(2).parse() {
            answers.push(Answer { record: get(1).parse().ok(), probability, is_sure: get(3) == "sure" });
        }
    };
    let mut decoder = Decoder::default();
    decoder.push(&bytes, &mut read);
    decoder.finish(&mut read);
    if answers.len() == count { Ok(answers) } else { Err(format!("{} answers to {count} sightings", answers.len())) }
}

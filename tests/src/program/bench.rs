//! `cargo xtask bench NAME`: a table for people, last line one JSON object.

use super::demo::{browser, connection};
use super::{Done, number, only};
use crate::house::scratch;
use crate::sandbox::org::Org;
use crate::sandbox::outside::{known, shown};
use crate::sandbox::server::Sandbox;
use crate::sandbox::world::World;
use crate::workerd::{Workerd, free_port};
use inlay_core::api::{LookUp, Session};
use inlay_core::model::sighting::{Sighting, SightingKind};
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Runs a benchmark.
pub fn run(words: &[String]) -> Done {
    only(words, &["--records"], &["--alone"])?;
    match words.first().map(String::as_str) {
        Some("import") => super::bench_import::import(number(words, "--records", 100_000)?, words.iter().any(|word| word == "--alone")),
        Some("increment") => super::bench_import::increment(number(words, "--records", 100_000)?),
        Some("look-up") => {
            look_up(number(words, "--records", 100_000)?);
            Ok(())
        }
        Some("shards") => {
            shards(number(words, "--records", 20_000)?);
            Ok(())
        }
        Some("match") => super::bench_match::run(number(words, "--records", 100_000)?),
        Some("dedupe") => super::bench_dedupe::run(),
        Some("link") => super::bench_link::run(number(words, "--records", 1_000_000)?),
        Some("names") => super::bench_names::run(),
        Some("writeback") => super::bench_writeback::run(),
        Some("page") => page(),
        other => Err(format!(
            "no benchmark is called {}; there are import, increment, look-up, shards, match, link, names, dedupe, writeback and page",
            other.unwrap_or("that")
        )),
    }
}

pub(super) fn imported(records: u64, name: &str) -> (Arc<Sandbox>, Workerd, Session, u64, f64) {
    imported_with(records, name, None)
}

fn imported_with(records: u64, name: &str, shard_records: Option<u64>) -> (Arc<Sandbox>, Workerd, Session, u64, f64) {
    let sandbox = Sandbox::start(Org::generated(World { seed: 5, contacts: records }), 0);
    let workerd = Workerd::start_with(&scratch(name), free_port(), &sandbox.url, shard_records);
    eprintln!("  importing {records} contacts and what belongs to them …");
    let begun = Instant::now();
    let session = workerd.connect(&sandbox);
    let run = workerd.wait_for_import(&session.token, Duration::from_secs(3600)).run.expect("a run");
    let seconds = begun.elapsed().as_secs_f64();
    let rows = run.tallies.iter().map(|tally| tally.received).sum();
    eprintln!("  {rows} rows in {seconds:.1} s: {:.0} rows/s, wasm {:.1} MB", rows as f64 / seconds, workerd.wasm_memory() as f64 / 1_048_576.0);
    (sandbox, workerd, session, rows, seconds)
}

/// Sightings as a page of 25 shows them.
pub(super) fn page_of_25(world: &World) -> LookUp {
    let rows = shown(world).into_iter().filter(|shown| shown.page == "sales-search-people.html");
    let sightings = rows.map(|shown| {
        let [title, company, location] = shown.details();
        Sighting {
            id: shown.key.clone(),
            kind: Some(SightingKind::Person),
            keys: vec![shown.key],
            name: shown.name,
            title,
            company,
            location,
            ..Sighting::default()
        }
    });
    LookUp { sightings: sightings.collect() }
}

fn look_up(records: u64) {
    let (sandbox, workerd, session, _, _) = imported(records, "bench-look-up");
    let ask = page_of_25(&sandbox.org.read().expect("no panic holds it").world);
    let mut millis: Vec<f64> = (0..210)
        .map(|_| {
            let begun = Instant::now();
            let answer = workerd.look_up(&session.token, &ask);
            assert_eq!(answer.verdicts.len(), 25);
            begun.elapsed().as_secs_f64() * 1000.0
        })
        .skip(10)
        .collect();
    millis.sort_by(f64::total_cmp);
    let (p50, p95) = (millis[millis.len() / 2], millis[millis.len() * 95 / 100]);
    let met = p50 <= 30.0;
    println!("page of 25 against {records} contacts and their leads, through workerd, 200 times");
    println!("p50 ms   {p50:.1}");
    println!("p95 ms   {p95:.1}");
    println!(
        "{}",
        json!({ "bench": "look-up", "ours": { "p50_ms": p50, "p95_ms": p95, "records": records }, "peers": {}, "goal": { "p50_ms": 30 }, "met": met })
    );
}

/// So many contacts in one object beside five times as many in shards: whether their counts are exact, and what a look-up takes,
/// now in the one, now in the other.
fn shards(records: u64) {
    let (one_object, many) = (Some(u64::MAX), Some(records * 5 / 4));
    let orgs = [(records, "bench-one-object", one_object), (5 * records, "bench-shards", many)].map(|(records, name, each)| {
        let (sandbox, workerd, session, rows, _) = imported_with(records, name, each);
        let run = workerd.status(&session.token).run.expect("a run");
        let is_exact = run.tallies.iter().all(|tally| tally.received == sandbox.org.read().expect("no panic holds it").visible(tally.object.name()));
        let ask = page_of_25(&sandbox.org.read().expect("no panic holds it").world);
        (sandbox, workerd, session, rows, is_exact, ask)
    });
    let mut millis = [Vec::new(), Vec::new()];
    for round in 0..220 {
        for ((_, workerd, session, _, _, ask), millis) in orgs.iter().zip(&mut millis) {
            let begun = Instant::now();
            assert_eq!(workerd.look_up(&session.token, ask).verdicts.len(), 25);
            if round >= 20 {
                millis.push(begun.elapsed().as_secs_f64() * 1000.0);
            }
        }
    }
    let [one, many] = millis.map(|mut millis| {
        millis.sort_by(f64::total_cmp);
        (millis[millis.len() / 2], millis[millis.len() * 95 / 100])
    });
    let times = many.0 / one.0;
    println!("page of 25, through workerd, 200 times each     contacts       rows   exact   p50 ms   p95 ms");
    for (name, (_, _, _, rows, is_exact, _), contacts, (p50, p95)) in [("one object", &orgs[0], records, one), ("shards", &orgs[1], 5 * records, many)] {
        println!("{name:<44} {contacts:>11} {rows:>10} {is_exact:>7} {p50:>8.1} {p95:>8.1}");
    }
    let met = times <= 1.5 && orgs.iter().all(|org| org.4);
    let ours = json!({ "contacts": 5 * records, "rows": orgs[1].3, "exact": orgs[1].4, "p50_ms": many.0, "times_one_object": times });
    println!(
        "{}",
        json!({ "bench": "shards", "ours": ours, "peers": { "one object": { "contacts": records, "p50_ms": one.0 } }, "goal": { "times_one_object": 1.5 }, "met": met })
    );
}

fn page() -> Done {
    let (sandbox, workerd, _session, _, _) = imported(4_000, "bench-page");
    let mut config = connection(&sandbox, &workerd);
    let world = sandbox.org.read().expect("no panic holds it").world;
    let people = (0..1000).map(|index| {
        let shown = known(&world, index);
        let [title, company, location] = shown.details();
        json!({ "key": shown.key, "name": shown.name, "title": title, "company": company, "location": location })
    });
    config["people"] = people.collect();
    let ours = browser("page.mjs", &config)?;
    let ours = ours.as_object().ok_or("the script gives results by name")?;
    println!("page             µs a row (lowest–highest)   frames µs a row   long tasks   layout shift   heap MB   badges");
    let mut met = true;
    for (name, one) in ours {
        let number = |field: &str| one[field].as_f64().unwrap_or(f64::NAN);
        let (cost, tasks, shift, heap) = (number("us_per_row"), number("long_tasks"), number("layout_shift"), number("heap_mb"));
        let spread = format!("({}–{})", number("us_per_row_lowest"), number("us_per_row_highest"));
        println!("{name:<16} {cost:>8.1} {spread:<18} {:>17} {tasks:>12} {shift:>14} {heap:>9} {:>8}", number("frames_us_per_row"), number("badges"));
        // An answer as late as this is drawn twice; shown, and not what the goal is of.
        met &= (cost <= 50.0 || name.starts_with("late")) && tasks == 0.0 && shift <= 0.0 && heap <= 1.5;
    }
    let goal = json!({ "us_per_row": 50, "long_tasks": 0, "layout_shift": 0, "heap_mb": 1.5 });
    println!("{}", json!({ "bench": "page", "ours": ours, "peers": { "without badges": { "layout_shift": 0, "heap_mb": 0 } }, "goal": goal, "met": met }));
    Ok(())
}

//! `cargo xtask bench look-up` and `cargo xtask bench shards`: what a page of 25 costs.

use super::bench::{imported, imported_with};
use crate::crowd::{Habits, people_seen};
use crate::native::Native;
use crate::sandbox::outside::shown;
use crate::sandbox::world::World;
use inlay_core::api::{LookUp, Verdicts};
use inlay_core::model::sighting::{Sighting, SightingKind};
use serde_json::json;
use std::time::{Duration, Instant};

/// Pages nobody read before, of the sightings that `bench match` has.
const PAGES: u64 = 200;
/// Not a seed of learning, nor of `bench match`.
const SEED: u64 = 71;

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

/// Pages of 25 sightings, a third of them strangers, every trap among them.
fn pages_of_25(world: &World) -> Vec<LookUp> {
    let sightings: Vec<Sighting> = people_seen(world, Habits::USUAL, SEED, PAGES * 25).into_iter().map(|seen| seen.sighting).collect();
    sightings.chunks(25).map(|page| LookUp { sightings: page.to_vec() }).collect()
}

/// What each page took, in ms, the median and the 95th of a hundred, and how many of its people were found. The first pages warm up.
fn timed(pages: &[LookUp], mut look_up: impl FnMut(&LookUp) -> Verdicts) -> Timed {
    let (mut millis, mut found) = (Vec::new(), 0);
    for page in pages {
        let begun = Instant::now();
        let answer = look_up(page);
        millis.push(begun.elapsed().as_secs_f64() * 1000.0);
        assert_eq!(answer.verdicts.len(), 25);
        found += answer.verdicts.iter().filter(|verdict| verdict.matched.is_some()).count();
    }
    let mut millis = millis.split_off(pages.len() / 20);
    millis.sort_by(f64::total_cmp);
    Timed { p50: millis[millis.len() / 2], p95: millis[millis.len() * 95 / 100], found }
}

/// What pages took, in ms, and how many of their people were found.
#[derive(Clone, Copy)]
struct Timed {
    p50: f64,
    p95: f64,
    found: usize,
}

/// A page read again and again, and pages never read before: through workerd, and by the engine alone.
pub(super) fn look_up(records: u64) {
    let (sandbox, workerd, session, _, _) = imported(records, "bench-look-up");
    let world = sandbox.org.read().expect("no panic holds it").world;
    let (again, new) = (vec![page_of_25(&world); PAGES as usize], pages_of_25(&world));
    let through_workerd = |pages: &[LookUp]| timed(pages, |page| workerd.look_up(&session.token, page));
    let workerd_times = [through_workerd(&again), through_workerd(&new)];
    eprintln!("  the same natively …");
    let mut native = Native::connected(&sandbox);
    native.workspace.limits.shard_records = u64::MAX; // As on a machine of one's own.
    let session = native.sign_in(0);
    native.settle(Duration::from_secs(3600));
    let mut by_engine = |pages: &[LookUp]| timed(pages, |page| native.look_up(&session.token, page.clone()));
    let native_times = [by_engine(&again), by_engine(&new)];
    let goal = if records > 100_000 { 20.0 } else { 30.0 };
    println!("page of 25 against {records} contacts and their leads, {PAGES} times      p50 ms   p95 ms    found");
    for (name, [again, new]) in [("workerd", workerd_times), ("native", native_times)] {
        for (which, Timed { p50, p95, found }) in [("one page again and again", again), ("pages never read before", new)] {
            println!("{name:<10} {which:<49} {p50:>8.1} {p95:>8.1} {found:>8}");
        }
    }
    let of = |[again, new]: &[Timed; 2]| json!({ "p50_ms": again.p50, "p95_ms": again.p95, "new_p50_ms": new.p50, "new_p95_ms": new.p95 });
    let mut ours = of(&workerd_times);
    (ours["native"], ours["records"]) = (of(&native_times), json!(records));
    let met = workerd_times[0].p50 <= goal && native_times[0].p50 <= 10.0;
    println!("{}", json!({ "bench": "look-up", "ours": ours, "peers": {}, "goal": { "p50_ms": goal, "native": { "p50_ms": 10 } }, "met": met }));
}

/// So many contacts in one object beside five times as many in shards: whether their counts are exact, and what a look-up takes,
/// now in the one, now in the other.
pub(super) fn shards(records: u64) {
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

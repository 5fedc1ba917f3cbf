//! `bench import`: a first import through workerd, beside a peer on the same org; `bench increment`: what a run costs when one
//! row in a hundred changed, and what look-ups notice of it.

use super::Done;
use super::bench::imported;
use super::bench_look_up::page_of_25;
use crate::house::{root, scratch};
use crate::sandbox::server::Sandbox;
use crate::sandbox::world::World;
use crate::workerd::Workerd;
use inlay_core::api::{RunReport, RunState, Session};
use inlay_core::model::object::Object;
use serde_json::{Value, json};
use std::process::Command;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(1200);

/// Imports so many contacts and what belongs to them; `alone` leaves out the peer, which takes its time.
pub fn import(records: u64, alone: bool) -> Done {
    let (sandbox, workerd, session, rows, seconds) = imported(records, "bench-import");
    let rate = rows as f64 / seconds;
    let health = workerd.health();
    let wasm_mb = health["wasm_memory_bytes"].as_u64().unwrap_or(0) as f64 / 1_048_576.0;
    let written = health["rows_written"].as_u64().unwrap_or(0) as f64 / rows as f64;
    let exact = is_exact(&sandbox, &workerd, &session);
    let unchanged = rows_written_by_unchanged(&workerd, &session) / rows as f64;
    println!("                                                       Inlay   simple-salesforce");
    let peer = if alone { Value::Null } else { simple_salesforce(&sandbox)? };
    let number = |name: &str| peer[name].as_f64().unwrap_or(f64::NAN);
    let peak = workerd.resident_bytes() as f64 / 1_048_576.0;
    println!("rows, all seven objects                         {rows:>12} {:>12}", number("rows"));
    println!("seconds                                         {seconds:>12.1} {:>12.1}", number("seconds"));
    println!("rows/s                                          {rate:>12.0} {:>12.0}", number("rows_per_s"));
    println!("process memory high-water, MB                   {peak:>12.0} {:>12.0}", number("peak_mb"));
    println!("wasm memory high-water, MB                      {wasm_mb:>12.1}");
    println!("rows written a record, billed                   {written:>12.2}");
    println!("rows written a record when nothing changed      {unchanged:>12.4}");
    println!("sealed and indexed                                       yes           no");
    let met =
        exact && rate >= 40_000.0 && wasm_mb <= 16.0 && written <= 1.5 && (alone || rate >= 5.0 * number("rows_per_s") && peak * 4.0 <= number("peak_mb"));
    let ours = json!({ "rows": rows, "exact": exact, "seconds": seconds, "rows_per_s": rate, "wasm_peak_mb": wasm_mb, "peak_mb": peak,
        "rows_written_per_record": written, "rows_written_per_unchanged": unchanged });
    let goal = json!({ "rows_per_s": 40_000, "wasm_peak_mb": 16, "rows_written_per_record": 1.5, "rows_written_per_unchanged": 0, "times_peer": 5, "part_of_peer_memory": 0.25 });
    println!("{}", json!({ "bench": "import", "ours": ours, "peers": { "simple-salesforce": peer }, "goal": goal, "met": met }));
    Ok(())
}

/// Every object's counts are the org's own.
fn is_exact(sandbox: &Sandbox, workerd: &Workerd, session: &Session) -> bool {
    let run = workerd.status(&session.token).run;
    let org = sandbox.org.read().expect("no panic holds it");
    run.is_some_and(|run| run.state == RunState::Done && run.tallies.iter().all(|tally| tally.stored == org.visible(tally.object.name())))
}

/// Rows written by a run that finds nothing changed.
fn rows_written_by_unchanged(workerd: &Workerd, session: &Session) -> f64 {
    let before = workerd.health()["rows_written"].as_u64().unwrap_or(0);
    run_now(workerd, session, || {});
    (workerd.health()["rows_written"].as_u64().unwrap_or(0) - before) as f64
}

/// Presses Import now and waits for the run to end; `meanwhile` is done over and over.
fn run_now(workerd: &Workerd, session: &Session, mut meanwhile: impl FnMut()) -> RunReport {
    let before = workerd.status(&session.token).run.map_or(0, |run| run.number);
    let _: Value = workerd.call("POST", "/v1/import", &session.token, None).expect("an admin may");
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(run) = workerd.status(&session.token).run.filter(|run| run.number > before && run.state == RunState::Done) {
            return run;
        }
        assert!(Instant::now() < end, "the run doesn't end");
        meanwhile();
    }
}

fn simple_salesforce(sandbox: &Sandbox) -> Done<Value> {
    let python = std::env::var_os("INLAY_PYTHON").ok_or("INLAY_PYTHON isn't set; run this through `cargo xtask bench import`")?;
    let objects: serde_json::Map<String, Value> = {
        let org = sandbox.org.read().expect("no panic holds it");
        let fields = |object: Object| {
            let spec = org.spec(object.name()).expect("a known object");
            object.fields().iter().chain(object.added_fields()).filter(|field| spec.fields.contains(field)).copied().collect::<Vec<_>>()
        };
        Object::ALL.map(|object| (object.name().to_owned(), json!(fields(object)))).into_iter().collect()
    };
    let file = scratch("bench-import-peer").join("peer.sqlite");
    let config = json!({ "url": sandbox.url, "client_id": sandbox.client_id, "client_secret": sandbox.client_secret, "file": file, "objects": objects });
    let output =
        Command::new(python).arg(root().join("tests/peers/import_simple_salesforce.py")).arg(config.to_string()).output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().unwrap_or("");
    serde_json::from_str(last).map_err(|_| format!("simple-salesforce: {}", String::from_utf8_lossy(&output.stderr)))
}

/// One row in a hundred changes; the next run reads those, and people look up while it does.
pub fn increment(records: u64) -> Done {
    let (sandbox, workerd, session, _, _) = imported(records, "bench-increment");
    let ask = page_of_25(&sandbox.org.read().expect("no panic holds it").world);
    let millis = || {
        let begun = Instant::now();
        workerd.look_up(&session.token, &ask);
        begun.elapsed().as_secs_f64() * 1000.0
    };
    let mut idle: Vec<f64> = (0..300).map(|_| millis()).skip(50).collect();
    // Jobs of a few thousand rows take seconds: they are done when they are first asked about.
    sandbox.set_faults(&json!({ "polls": 0 }))?;
    let changed = change(&sandbox);
    std::thread::sleep(Duration::from_secs(2)); // A window ends before the second in which it is asked for.
    let before = workerd.health()["rows_written"].as_u64().unwrap_or(0);
    let (begun, mut busy) = (Instant::now(), Vec::new());
    let run = run_now(&workerd, &session, || busy.push(millis()));
    let seconds = begun.elapsed().as_secs_f64();
    let written = (workerd.health()["rows_written"].as_u64().unwrap_or(0) - before) as f64 / changed as f64;
    let received: u64 = run.tallies.iter().map(|tally| tally.received).sum();
    let stored: u64 = run.tallies.iter().map(|tally| tally.stored).sum();
    let (idle_p50, idle_p99) = (at(&mut idle, 50), at(&mut idle, 99));
    let (busy_p50, busy_p99) = (at(&mut busy, 50), at(&mut busy, 99));
    println!("rows changed                         {changed:>10}");
    println!("rows received, stored                {received:>10} {stored:>10}");
    println!("API calls                            {:>10}   (of them {} to describe)", run.api_calls, Object::ALL.len());
    println!("seconds                              {seconds:>10.1}");
    println!("rows written a changed row, billed   {written:>10.2}");
    println!("look-up of 25, idle p50, p99 ms      {idle_p50:>10.1} {idle_p99:>10.1}");
    println!("look-up of 25, meanwhile p50, p99 ms {busy_p50:>10.1} {busy_p99:>10.1}   ({} look-ups)", busy.len());
    // Import now describes every object again; a run by the clock does so once a day.
    let calls = u64::from(run.api_calls) - Object::ALL.len() as u64;
    let met = received == changed && stored == changed && calls <= 12 && busy_p99 - idle_p99 <= 50.0;
    let ours = json!({ "changed": changed, "received": received, "stored": stored, "api_calls": calls, "seconds": seconds, "rows_written_per_changed": written,
        "idle_p50_ms": idle_p50, "idle_p99_ms": idle_p99, "busy_p50_ms": busy_p50, "busy_p99_ms": busy_p99, "busy_to_idle_p99": busy_p99 / idle_p99 });
    println!("{}", json!({ "bench": "increment", "ours": ours, "peers": {}, "goal": { "api_calls": 12, "longer_p99_ms": 50 }, "met": met }));
    Ok(())
}

fn at(millis: &mut [f64], percent: usize) -> f64 {
    millis.sort_by(f64::total_cmp);
    millis.get((millis.len() * percent / 100).min(millis.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

/// Changes every hundredth row of what reps work with; gives how many.
fn change(sandbox: &Sandbox) -> u64 {
    let now = sandbox.now();
    let mut org = sandbox.org.write().expect("no panic holds it");
    let mut changed = 0;
    for (object, field) in [("Account", "Phone"), ("Contact", "Title"), ("Lead", "Status"), ("Opportunity", "StageName"), ("OpportunityContactRole", "Role")] {
        let count = org.visible(object);
        for index in (0..count).step_by(100) {
            let id = World::id(org.spec(object).expect("known").prefix, index);
            let deed = json!({ "deed": "change", "object": object, "id": id, "fields": { field: format!("Changed {index}") } });
            changed += u64::from(org.happen(now, &deed).is_ok());
        }
    }
    changed
}

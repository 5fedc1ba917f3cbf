//! `bench writeback`: ten thousand activities waiting in one workspace, through workerd: rows a second, API calls, and how long look-ups
//! wait meanwhile.

use super::Done;
use super::bench::imported;
use super::bench_look_up::page_of_25;
use crate::sandbox::world::World;
use inlay_core::api::{Capture, Content, Ledger, ReceiptState, Receipts, Verdicts, WriteTest, Writeback};
use inlay_core::model::activity::{Activity, ActivityKind};
use inlay_core::model::id::RecordId;
use inlay_core::model::sighting::{Sighting, SightingKind};
use inlay_core::model::time::Timestamp;
use serde_json::{Value, json};
use std::time::{Duration, Instant, SystemTime};

const ACTIVITIES: u64 = 10_000;
const AT_ONCE: u64 = 50;
const CONTACTS: u64 = 20_000;

fn words(problem: inlay_core::api::Problem) -> String {
    problem.message
}

/// Runs it.
pub(super) fn run() -> Done {
    let (sandbox, workerd, session, _, _) = imported(CONTACTS, "bench-writeback");
    let token = session.token.as_str();
    let ask = serde_json::to_value(page_of_25(&sandbox.org.read().expect("no panic holds it").world)).map_err(|error| error.to_string())?;
    let look_up = || {
        let begun = Instant::now();
        workerd.call::<Verdicts>("POST", "/v1/look-up", token, Some(&ask)).map(|_| begun.elapsed().as_secs_f64() * 1000.0).map_err(words)
    };
    workerd.call::<Writeback>("POST", "/v1/writeback/test", token, None).map_err(words)?;
    while !matches!(workerd.call::<Writeback>("GET", "/v1/writeback", token, None).map_err(words)?.test, WriteTest::Passed { .. }) {
        std::thread::sleep(Duration::from_millis(200));
    }
    let wanted = Writeback { kinds: ActivityKind::CAPTURED.map(|kind| (kind, Content::Full)).into(), ..Writeback::default() };
    workerd.call::<Writeback>("POST", "/v1/writeback", token, serde_json::to_value(wanted).ok().as_ref()).map_err(words)?;
    let mut idle: Vec<f64> = (0..100).map(|_| look_up()).collect::<Result<_, _>>()?;
    eprintln!("  {ACTIVITIES} activities are captured …");
    let captured = Instant::now();
    for part in 0..ACTIVITIES / AT_ONCE {
        let activities = (part * AT_ONCE..(part + 1) * AT_ONCE).map(activity).collect();
        let body = serde_json::to_value(Capture { activities, withdrawn: Vec::new() }).map_err(|error| error.to_string())?;
        workerd.call::<Receipts>("POST", "/v1/activities", token, Some(&body)).map_err(words)?;
    }
    let capturing = captured.elapsed().as_secs_f64();
    let written = || -> Result<u64, String> {
        let ledger: Ledger = workerd.call("GET", "/v1/ledger/written", token, None).map_err(words)?;
        Ok(ledger.counts.get(&ReceiptState::Written).copied().unwrap_or(0))
    };
    let calls = sandbox.calls_of_day();
    eprintln!("  captured in {capturing:.1} s; they are written two minutes after each …");
    while written()? == 0 {
        std::thread::sleep(Duration::from_millis(300));
    }
    let (begun, mut busy) = (Instant::now(), Vec::new());
    let mut last = Instant::now();
    loop {
        busy.push(look_up()?);
        if last.elapsed() > Duration::from_millis(500) {
            last = Instant::now();
            if written()? >= ACTIVITIES {
                break;
            }
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    let calls = sandbox.calls_of_day() - calls;
    let p = |times: &mut Vec<f64>, part: f64| {
        times.sort_by(f64::total_cmp);
        times[((times.len() - 1) as f64 * part) as usize]
    };
    let per_thousand = calls as f64 * 1000.0 / ACTIVITIES as f64;
    let (p99_idle, p99_busy) = (p(&mut idle, 0.99), p(&mut busy, 0.99));
    println!("activities   rows/s   calls a thousand   look-up p50/p99 idle   while they are written");
    println!(
        "{ACTIVITIES:>10}   {:>6.0}   {per_thousand:>16.1}   {:>9.1} / {p99_idle:.1} ms   {:>9.1} / {p99_busy:.1} ms",
        ACTIVITIES as f64 / seconds,
        p(&mut idle, 0.5),
        p(&mut busy, 0.5)
    );
    let ours = json!({
        "activities": ACTIVITIES, "capture_per_s": ACTIVITIES as f64 / capturing, "rows_per_s": ACTIVITIES as f64 / seconds, "calls_per_1000": per_thousand,
        "look_up_idle_p99_ms": p99_idle, "look_up_busy_p50_ms": p(&mut busy, 0.5), "look_up_busy_p99_ms": p99_busy, "look_ups_meanwhile": busy.len()
    });
    let met = per_thousand <= 6.0;
    println!("{}", json!({ "bench": "writeback", "ours": ours, "peers": Value::Object(serde_json::Map::new()), "goal": { "calls_per_1000": 6 }, "met": met }));
    Ok(())
}

fn activity(number: u64) -> Activity {
    let mut random = [5; 16];
    random[..8].copy_from_slice(&number.to_be_bytes());
    let kind = if number.is_multiple_of(3) { ActivityKind::Call } else { ActivityKind::Message };
    let id = World::id("003", number % (CONTACTS - 1));
    Activity {
        id: Activity::id_of(&random),
        kind,
        at: Timestamp(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)),
        offset: 0,
        sighting: Sighting { id: format!("in/bench-{number}"), kind: Some(SightingKind::Person), name: format!("Bench {number}"), ..Sighting::default() },
        record: RecordId::parse(&id).ok(),
        subject: String::new(),
        text: "A message of the usual length, with a question and a greeting at its end.".into(),
        seconds: Some(60),
        direction: None,
        outcome: String::new(),
    }
}

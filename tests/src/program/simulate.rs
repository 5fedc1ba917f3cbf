//! `simulate`: many seeds on all cores; a failing one is named with the command that replays it.

use super::{Done, number, only};
use crate::parallel;
use crate::simulation::{self, Passed};
use std::io::IsTerminal as _;
use std::panic::catch_unwind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Failing seeds told at most.
const TOLD: usize = 5;

/// Lives through `--seeds N` seeds, from `--from S` on.
pub fn run(words: &[String]) -> Done {
    only(words, &["--seeds", "--from"], &[])?;
    let (seeds, from) = (number(words, "--seeds", 1_000_u64)?, number(words, "--from", 0_u64)?);
    let (next, begun) = (AtomicU64::new(from), Instant::now());
    let (sum, failed) = (Mutex::new(Passed::default()), Mutex::new(Vec::new()));
    std::panic::set_hook(Box::new(|_| {})); // A panic is told with its seed.
    parallel::each((0..parallel::threads()).collect(), |_| {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= from + seeds || failed.lock().expect("no panic holds it").len() >= TOLD {
                return;
            }
            let lived = catch_unwind(|| simulation::live(seed, seeds == 1)).unwrap_or_else(|panic| Err(words_of(&*panic)));
            match lived {
                Ok(passed) => {
                    let mut sum = sum.lock().expect("no panic holds it");
                    sum.runs += passed.runs;
                    sum.calls += passed.calls;
                    sum.mishaps += passed.mishaps;
                    sum.activities += passed.activities;
                }
                Err(reason) => {
                    eprintln!("  seed {seed} failed"); // At once: a run that is stopped has told it.
                    failed.lock().expect("no panic holds it").push((seed, reason));
                }
            }
            let done = seed - from + 1;
            if std::io::stderr().is_terminal() || done % (seeds / 20).max(1) == 0 {
                eprintln!("  {done} of {seeds} seeds, {:.0} s", begun.elapsed().as_secs_f64());
            }
        }
    });
    let _ = std::panic::take_hook();
    let (sum, failed) = (sum.into_inner().expect("all threads ended"), failed.into_inner().expect("all threads ended"));
    for (seed, reason) in &failed {
        println!("seed {seed}: {reason}\n  again: cargo xtask simulate --seeds 1 --from {seed}");
    }
    if !failed.is_empty() {
        return Err(format!("{} seeds failed", failed.len()));
    }
    println!("{seeds} seeds: {} runs, {} calls, {} activities, {} mishaps", sum.runs, sum.calls, sum.activities, sum.mishaps);
    println!("every workspace shows what its org has; every activity stands in Salesforce once, or in a state that its member sees");
    Ok(())
}

fn words_of(panic: &(dyn std::any::Any + Send)) -> String {
    let words = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    format!("panicked: {}", words.unwrap_or("without words"))
}

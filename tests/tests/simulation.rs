//! Deterministic simulation: many seeds, each a workspace's life with everything that can go wrong. `cargo xtask simulate` runs more.

use inlay_tests::{parallel, simulation};

const SEEDS: usize = 500;

#[test]
fn every_seed_ends_with_a_workspace_that_shows_what_its_org_has() {
    let parts = (0..parallel::threads()).collect();
    let failed: Vec<String> = parallel::each(parts, |part| {
        let seeds = (part..SEEDS).step_by(parallel::threads());
        let lives = seeds.filter_map(|seed| Some(format!("seed {seed}: {}", simulation::live(seed as u64, false).err()?)));
        lives.collect::<Vec<_>>()
    })
    .concat();
    assert_eq!(failed, Vec::<String>::new(), "again: cargo xtask simulate --seeds 1 --from SEED");
}

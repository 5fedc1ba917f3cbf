//! The prior: how many of those who are seen are in the CRM. No two teams read the same pages, so it is learnt from a workspace's own
//! sightings, without labels: expectation–maximisation of a mixture's share, the likelihoods fixed (Dempster, Laird & Rubin 1977).
//! Weights of levels aren't learnt so: from unlabelled pairs they come to believe themselves (`bench match`, "other shares").

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the shipped share counts for, in sightings.
const PSEUDO_COUNT: f64 = 20.0;
/// Sightings that are remembered: older ones fade, as teams come to read other pages.
const REMEMBERED: u32 = 4_000;
/// Likelihood ratios are counted in steps of half a bit.
const STEPS_A_BIT: f64 = 2.0;
const LEAST_BITS: f64 = -20.0;
const MOST_BITS: f64 = 30.0;
const ROUNDS: usize = 60;

/// Sightings by how much likelier what they show is of somebody in the CRM than of somebody else. Counts only, of nobody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Likelihoods(BTreeMap<i32, u32>);

impl Likelihoods {
    /// Adds a sighting with its likelihood ratio, in bits; one without any candidate has −∞.
    pub fn add(&mut self, bits: f64) {
        let bounded = bits.clamp(LEAST_BITS, MOST_BITS);
        *self.0.entry((bounded * STEPS_A_BIT).round() as i32).or_default() += 1;
        if self.count() > REMEMBERED {
            self.0.values_mut().for_each(|count| *count -= *count / 2);
        }
    }

    /// How many sightings are remembered.
    pub fn count(&self) -> u32 {
        self.0.values().sum()
    }

    /// The likeliest share of those seen that is in the CRM, as if so many more had been seen with the shipped share.
    pub fn share(&self, shipped: f64) -> f64 {
        let seen = f64::from(self.count());
        let mut share = shipped;
        for _ in 0..ROUNDS {
            let of = |(step, count): (&i32, &u32)| {
                let odds = share * (f64::from(*step) / STEPS_A_BIT).exp2();
                f64::from(*count) * odds / (odds + 1.0 - share)
            };
            share = ((self.0.iter().map(of).sum::<f64>() + PSEUDO_COUNT * shipped) / (seen + PSEUDO_COUNT)).clamp(0.01, 0.99);
        }
        share
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Of a hundred, some known ones far above chance, the others below.
    fn seen(known: u32, others: u32) -> Likelihoods {
        let mut all = Likelihoods::default();
        (0..known).for_each(|place| all.add(f64::from(place % 9) + 3.0));
        (0..others).for_each(|place| all.add(if place % 3 == 0 { -4.0 } else { f64::NEG_INFINITY }));
        all
    }

    #[test]
    fn the_share_is_found_that_the_sightings_have() {
        for (known, others) in [(100, 900), (500, 500), (950, 50)] {
            let share = seen(known, others).share(0.67);
            assert!((share - f64::from(known) / 1_000.0).abs() < 0.05, "{known} of 1,000: {share}");
        }
    }

    #[test]
    fn without_sightings_it_is_the_shipped_one_and_few_move_it_little() {
        assert!((Likelihoods::default().share(0.67) - 0.67).abs() < 1e-9);
        let share = seen(0, 5).share(0.67);
        assert!((0.4..0.6).contains(&share), "{share}");
    }

    #[test]
    fn what_was_seen_long_ago_fades() {
        let mut all = seen(0, 4_000);
        assert!(all.share(0.67) < 0.05);
        (0..6_000).for_each(|_| all.add(12.0));
        assert!(all.share(0.67) > 0.7 && all.count() <= REMEMBERED, "{} of {}", all.share(0.67), all.count());
    }

    proptest! {
        #[test]
        fn the_share_is_one_and_better_answers_never_lower_it(bits in prop::collection::vec(-100.0_f64..100.0, 0..200), shipped in 0.05_f64..0.95) {
            let of = |shift: f64| {
                let mut all = Likelihoods::default();
                for bits in &bits {
                    all.add(bits + shift);
                }
                all.share(shipped)
            };
            prop_assert!((0.01..=0.99).contains(&of(0.0)));
            prop_assert!(of(2.0) >= of(0.0) - 1e-6);
        }
    }
}

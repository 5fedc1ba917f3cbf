//! Calibration by what members answer: where a card asks whether it is the same person, each answer tells whether the probability
//! meant what it said. All probabilities are moved by one shift of their log-odds, fitted with a prior, so that a few answers move little.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Before any answer the shift is as likely to be this many bits as a standard deviation says.
const PRIOR_BITS: f64 = 1.0;
/// Answers are to unsure matches only: sure ones are made out of them with care.
const UP_MOST: f64 = 1.0;
const DOWN_MOST: f64 = -3.0;
/// Log-odds are counted in steps of half a bit.
const STEPS_A_BIT: f64 = 2.0;

/// The log-odds that the shipped model alone gives a match, in steps of half a bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Said(i32);

impl Said {
    /// What it says of a match of which a probability was shown, when that had been moved by so many bits: by answers, and by the
    /// workspace's own prior.
    pub fn of(shown: f64, moved: f64) -> Self {
        Self(((log_odds(shown) - moved) * STEPS_A_BIT).round() as i32)
    }
}

/// Answers by what the model alone had said: right and wrong ones. Counts only, of nobody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback(BTreeMap<Said, (u32, u32)>);

impl Feedback {
    /// Adds an answer: whether what the model said was right.
    pub fn add(&mut self, said: Said, is_right: bool) {
        let (right, wrong) = self.0.entry(said).or_default();
        *(if is_right { right } else { wrong }) += 1;
    }

    /// Takes one back.
    pub fn take_back(&mut self, said: Said, is_right: bool) {
        let (right, wrong) = self.0.entry(said).or_default();
        let count = if is_right { right } else { wrong };
        *count = count.saturating_sub(1);
        self.0.retain(|_, counts| *counts != (0, 0));
    }

    /// How many bits all log-odds are to be moved by: the likeliest shift, between −3 and 1; 0 without answers. What the workspace's own
    /// prior moves them by already, `prior` bits, isn't moved twice.
    pub fn shift(&self, prior: f64) -> f64 {
        // The log-posterior's slope falls steadily: its root is found by halving.
        let slope = |shift: f64| {
            let told = self
                .0
                .iter()
                .map(|(said, (right, wrong))| f64::from(*right) - f64::from(right + wrong) * probability(f64::from(said.0) / STEPS_A_BIT + prior + shift));
            told.sum::<f64>() * std::f64::consts::LN_2 - shift / (PRIOR_BITS * PRIOR_BITS)
        };
        if self.0.is_empty() {
            return 0.0;
        }
        let (mut low, mut high) = (DOWN_MOST, UP_MOST);
        for _ in 0..50 {
            let middle = f64::midpoint(low, high);
            if slope(middle) > 0.0 { low = middle } else { high = middle }
        }
        f64::midpoint(low, high)
    }
}

/// A probability after a shift of its log-odds by so many bits.
pub fn shifted(told: f64, bits: f64) -> f64 {
    if bits == 0.0 { told } else { probability(log_odds(told) + bits) }
}

/// The log-odds of a probability, in bits.
pub fn log_odds(probability: f64) -> f64 {
    let bounded = probability.clamp(1e-12, 1.0 - 1e-12);
    (bounded / (1.0 - bounded)).log2()
}

fn probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp2())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn feedback(all: &[(f64, bool, u32)]) -> Feedback {
        let mut feedback = Feedback::default();
        for (shown, is_right, times) in all {
            (0..*times).for_each(|_| feedback.add(Said::of(*shown, 0.0), *is_right));
        }
        feedback
    }

    #[test]
    fn many_answers_bring_the_probability_to_what_was_answered() {
        // It said 80 %, and 60 of 100 were right.
        let shift = feedback(&[(0.8, true, 60), (0.8, false, 40)]).shift(0.0);
        let after = shifted(0.8, shift);
        assert!((after - 0.6).abs() < 0.02, "{after}");
        // It said 60 %, and 75 were right.
        let after = shifted(0.6, feedback(&[(0.6, true, 75), (0.6, false, 25)]).shift(0.0));
        assert!((after - 0.75).abs() < 0.02, "{after}");
    }

    #[test]
    fn a_few_answers_move_little_and_what_is_taken_back_nothing() {
        let shift = feedback(&[(0.8, false, 1)]).shift(0.0);
        assert!((-0.6..-0.1).contains(&shift), "{shift}");
        let mut some = feedback(&[(0.8, false, 1)]);
        some.take_back(Said::of(0.8, 0.0), false);
        assert_eq!((some.clone(), some.shift(0.0)), (Feedback::default(), 0.0));
        // What is shown after a shift is counted as what the model alone had said.
        assert_eq!(Said::of(shifted(0.8, -1.5), -1.5), Said::of(0.8, 0.0));
    }

    #[test]
    fn what_the_prior_moves_already_answers_move_no_more() {
        // Two thirds said, three of ten right; then the workspace's own prior brings it to just that.
        let answers = feedback(&[(0.67, true, 30), (0.67, false, 70)]);
        let needed = log_odds(0.3) - log_odds(0.67);
        assert!(answers.shift(0.0) < needed / 2.0 && answers.shift(needed).abs() < 0.2, "{} {}", answers.shift(0.0), answers.shift(needed));
    }

    proptest! {
        #[test]
        fn order_is_kept_and_the_shift_is_bounded(all in prop::collection::vec((0.01..0.99, any::<bool>(), 0_u32..500), 0..20), a in 0.0..1.0, b in 0.0..1.0) {
            let shift = feedback(&all).shift(0.0);
            prop_assert!((DOWN_MOST..=UP_MOST).contains(&shift));
            let (low, high) = if a <= b { (a, b) } else { (b, a) };
            prop_assert!(shifted(low, shift) <= shifted(high, shift));
        }
    }
}

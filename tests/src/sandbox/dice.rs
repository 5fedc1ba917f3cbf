//! Chance and time, the same in every run: seeded numbers, and moments as the org writes them.

use time::OffsetDateTime;
use time::macros::format_description;

/// A small generator of numbers (SplitMix64): good enough for names, the same everywhere.
#[derive(Clone)]
pub struct Dice(u64);

impl Dice {
    /// Dice for one thing of the world.
    pub fn new(seed: u64, kind: u64, index: u64) -> Self {
        let mut dice = Self(seed ^ kind.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ index.wrapping_mul(0xD1B5_4A32_D192_ED03));
        dice.roll();
        dice
    }

    /// The next number.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.roll() % end.max(1)
    }

    /// True in `percent` of a hundred cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of several.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u64) as usize]
    }

    /// One of several, the first ones more often: names are that way.
    pub fn pick_common<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let end = from.len() as u64;
        &from[self.below(end).min(self.below(end)) as usize]
    }
}

/// Seconds to the form of Bulk CSV.
pub fn datetime(seconds: i64) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    moment.format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].000Z")).expect("a moment has all parts")
}

/// Seconds to a plain date.
pub fn date(seconds: i64) -> String {
    datetime(seconds)[..10].to_owned()
}

/// Seconds to the form of HTTP's `Date`.
pub fn http_date(seconds: i64) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let format = format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
    moment.format(format).expect("a moment has all parts")
}

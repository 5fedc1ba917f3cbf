//! Turns a sighting into the one right record, or honestly into none (spec 16–20). Knows neither where data comes from nor colours.
//!
//! ```text
//! sighting ─▶ normalise ─▶ key (blocking) ─▶ candidates ─▶ compare ─▶ weigh ─▶ decide ─▶ verdict
//! ```

pub mod adapt;
pub mod block;
pub mod calibrate;
pub mod candidate;
pub mod company;
pub mod compare;
pub mod contact;
pub mod decide;
pub mod detail;
pub mod duplicate;
pub mod frequency;
pub mod index;
pub mod key;
pub mod learn;
pub mod link;
pub mod name;
pub mod normalise;
pub mod phrase;
pub mod place;
pub mod prior;
pub mod reading;
pub mod script;
mod slug;
pub mod weigh;

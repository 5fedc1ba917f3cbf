//! Outbox: activities on their way to Salesforce, each exactly once (spec 43, 44). Decides; knows no OAuth, no SQL, no matching.
//!
//! ```text
//! captured ─▶ Held ⇄ Waiting ─▶ [flight saved] ─▶ sent ─┬▶ Written ─▶ Withdrawing ─▶ Withdrawn
//!              ▲        ▲ ▲                             ├▶ Refused (a row's error that trying again won't mend)
//!              │        │ └──── locked row, converted lead, merged record: Astray ─▶ its new target is asked for
//!              └────────┘                               └▶ no answer: Doubt ─▶ looked up by marker ─▶ Written, or after
//!                                                          eleven minutes of both clocks without a trace: Waiting
//! ```
//! A note in an org without Notes is a ContentNote: once its row is there, Linking ─▶ its link to the record ─▶ Written.

pub mod item;
pub mod reply;
pub mod row;

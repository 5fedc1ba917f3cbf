//! Import: what a run reads (`plan`), the run as a saved state machine (`run`, its `phase`s, and what it makes of each `reply`), and the page that turns rows into records
//! (`page`). Asks for HTTP, never does it.

pub mod page;
pub mod phase;
pub mod plan;
mod reply;
pub mod run;

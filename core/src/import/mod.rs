//! Import: what a run reads (`plan`), the run as a saved state machine (`run`), and the page that turns rows into records
//! (`page`). Asks for HTTP, never does it.

pub mod page;
pub mod plan;
pub mod run;

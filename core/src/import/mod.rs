//! Import: the run as a saved state machine, and the page that turns rows into records. Asks for HTTP, never does it.

pub mod page;
pub mod run;

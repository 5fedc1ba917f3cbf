//! The test house: a Salesforce look-alike, native storage, and what stories, browser runs and benchmarks share.

pub mod crowd;
pub mod house;
pub mod mirror;
pub mod native;
pub mod parallel;
pub mod program;
pub mod register;
pub mod sandbox;
pub mod simulation;
pub mod sqlite;
pub mod story;
pub mod workerd;
pub mod writing;

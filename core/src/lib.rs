//! Inlay's decisions. Time, randomness and ids are arguments; what must happen outside comes out as a command.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod api;
pub mod badge;
pub mod card;
pub mod model;
pub mod page;
pub mod redact;

#[cfg(feature = "workspace")]
pub mod csv;
#[cfg(feature = "workspace")]
pub mod directory;
#[cfg(feature = "workspace")]
pub mod import;
#[cfg(feature = "workspace")]
pub mod matching;
#[cfg(feature = "workspace")]
pub mod outbox;
#[cfg(feature = "workspace")]
pub mod salesforce;
#[cfg(feature = "workspace")]
pub mod seal;
#[cfg(feature = "workspace")]
pub mod shard;
#[cfg(feature = "workspace")]
pub mod store;
#[cfg(feature = "workspace")]
pub mod workspace;

//! The edge worker: decodes, lets core step, encodes. Decides nothing about the domain.
#![cfg(target_arch = "wasm32")]

mod binding;
mod directory;
mod fetch;
mod route;
mod schedule;
mod shard;
mod sql;
mod workspace;

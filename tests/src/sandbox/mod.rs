//! The sandbox org: a Salesforce look-alike that clients nobody here wrote work with unchanged.
//! Facts: `../shared/facts/salesforce.md`. People and companies in it are invented.

pub mod bulk;
pub mod collection;
pub mod deed;
pub mod dice;
pub mod fault;
pub mod filter;
pub mod hook;
pub mod ingest;
pub mod load;
pub mod metadata;
pub mod name;
pub mod oauth;
pub mod object;
pub mod org;
pub mod outside;
pub mod rest;
pub mod row;
pub mod schema;
pub mod server;
pub mod soql;
pub mod world;

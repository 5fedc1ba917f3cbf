//! Plain data that every room may know: ids, objects, records, sightings, time. No I/O, no SQL, no Salesforce JSON.

pub mod activity;
pub mod evidence;
pub mod id;
pub mod object;
pub mod record;
pub mod sighting;
pub mod time;

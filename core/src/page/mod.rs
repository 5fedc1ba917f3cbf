//! What a page is and what it says: selector packs (data), addresses to page kind and keys, checks of what the reader
//! found. Never touches the DOM; never matches.

pub mod address;
pub mod pack;
pub mod reading;

//! What is shown, as pure functions: facts in, trees of nodes out. No DOM, no `chrome.*`.

pub mod activity;
pub mod audit;
pub mod badge;
pub mod card;
pub mod composer;
pub mod icon;
pub mod import;
pub mod matches;
pub mod options;
pub mod panel;
pub mod part;
pub mod popup;
pub mod preflight;
pub mod writeback;

//! What goes wrong: the network's moods of a half day, and the good days at the end.

use super::{HOUR, Simulation};
use inlay_core::model::object::Object;
use serde_json::json;

impl Simulation {
    /// What goes wrong this half day.
    pub(super) fn weather(&mut self) {
        // What is on its way arrives first: of two clocks at most one is wrong at a time.
        let arrived = self.time + 600;
        self.set_clock(arrived);
        let dice = &mut self.dice;
        self.mishap = if dice.chance(40) { 0 } else { 1 + dice.below(60) };
        let mut rare = |percent: u64, most: u64| if dice.chance(percent) { 1 + dice.below(most) } else { 0 };
        let mut faults = json!({
            "token_seconds": 2 * HOUR, "next_refresh_races": rare(10, 3), "next_expired": rare(10, 2), "next_unavailable": rare(10, 3),
            "next_not_acceptable": rare(5, 1), "next_setting_up": rare(5, 1), "next_web_pages": rare(5, 2), "next_daily_limit": rare(4, 2), "next_concurrent_limit": rare(5, 2),
            "next_bulk_limit": rare(5, 1), "next_no_locator": rare(5, 1), "next_empty_locator": rare(5, 1), "next_short_pages": rare(8, 2),
            "next_cut_pages": rare(8, 2), "next_failed_jobs": rare(5, 1), "next_gone_jobs": rare(5, 1), "next_torn_rows": rare(6, 3),
            "next_cut_replies": rare(8, 2), "next_ended_cursors": rare(5, 1), "next_locked_rows": rare(8, 4), "polls": dice.below(3), "page_rows": 1 + dice.below(12)
        });
        for switch in ["rotation", "header_each_page", "shuffled", "random_pages", "offset_datetimes", "bursts"] {
            faults[switch] = dice.chance(60).into();
        }
        faults["refuses_tasks"] = dice.chance(5).into();
        faults["keeps_rows"] = dice.chance(5).into();
        faults["no_batch"] = dice.chance(20).into();
        faults["no_bulk"] = if dice.chance(10) { json!([dice.pick(&Object::ALL).name()]) } else { json!([]) };
        faults["daily_limit"] = if dice.chance(15) { (700 + dice.below(500)).into() } else { 100_000.into() };
        faults["hook_is_down"] = (self.has_alerts && self.dice.chance(20)).into();
        let dice = &mut self.dice;
        // Of two clocks at most one is wrong.
        self.skew = if dice.chance(90) { dice.below(60) as i64 - 30 } else { dice.below(6 * 24 * 3600) as i64 - 3 * 24 * 3600 };
        faults["date_ahead"] = if self.skew.abs() <= 30 && dice.chance(8) { dice.below(3 * 24 * 3600).into() } else { 0.into() };
        self.tell(|| format!("weather: mishap {}, {faults}", self.mishap));
        self.sandbox.set_faults(&faults).expect("known switches");
    }

    /// From now on nothing goes wrong and nobody works in the org.
    pub(super) fn clear_up(&mut self) {
        (self.mishap, self.skew, self.is_busy) = (0, 0, false);
        let faults = json!({ "token_seconds": 2 * HOUR, "page_rows": 5, "no_batch": false, "no_bulk": [], "daily_limit": 1_000_000, "polls": 1, "date_ahead": 0, "refuses_tasks": false, "keeps_rows": false, "hook_is_down": false });
        let names = [
            "refresh_races",
            "expired",
            "unavailable",
            "not_acceptable",
            "setting_up",
            "web_pages",
            "daily_limit",
            "concurrent_limit",
            "bulk_limit",
            "no_locator",
            "empty_locator",
            "short_pages",
            "cut_pages",
            "failed_jobs",
            "gone_jobs",
            "torn_rows",
            "cut_replies",
            "ended_cursors",
            "locked_rows",
        ];
        self.sandbox.set_faults(&faults).expect("known switches");
        for name in names {
            self.sandbox.set_faults(&json!({ format!("next_{name}"): 0 })).expect("a known switch");
        }
    }
}

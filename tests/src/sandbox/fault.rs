//! Faults by switch: what Salesforce does on a bad day (`salesforce.md` 7). Set over HTTP (`PATCH /sandbox/faults`) or from tests.

use serde::{Deserialize, Serialize};

/// All switches. Numbers named `next_…` count down: so many coming calls are hit.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Each refresh gives a new refresh token and ends the old one.
    pub rotation: bool,
    /// Using an ended refresh token ends every token of the connection.
    pub reuse_revokes_all: bool,
    /// Access tokens end after this many seconds.
    pub token_seconds: Option<i64>,
    /// Refreshes answered with "token request is already being processed".
    pub next_refresh_races: u32,
    /// Data calls answered with 401.
    pub next_expired: u32,
    /// Data calls answered with 503 and an HTML body.
    pub next_unavailable: u32,
    /// Data calls answered with an empty 406.
    pub next_not_acceptable: u32,
    /// Data calls answered with 420 and an HTML body.
    pub next_setting_up: u32,
    /// Data calls answered with 200 and a page of HTML, by something between.
    pub next_web_pages: u32,
    /// Data calls answered with the daily limit.
    pub next_daily_limit: u32,
    /// Data calls answered with the concurrency limit.
    pub next_concurrent_limit: u32,
    /// Bulk jobs refused with LIMIT_EXCEEDED.
    pub next_bulk_limit: u32,
    /// The org has no API.
    pub api_disabled: bool,
    /// Result pages without a locator header.
    pub next_no_locator: u32,
    /// Result pages with an empty locator header.
    pub next_empty_locator: u32,
    /// Result pages whose body ends early, with status 200.
    pub next_short_pages: u32,
    /// Result pages whose connection is cut in the middle.
    pub next_cut_pages: u32,
    /// Bulk jobs that fail.
    pub next_failed_jobs: u32,
    /// Bulk jobs that are gone when asked for, as after seven days.
    pub next_gone_jobs: u32,
    /// REST queries whose next rows are gone when asked for.
    pub next_ended_cursors: u32,
    /// The org knows no composite batches.
    pub no_batch: bool,
    /// Bulk rows that lack their last field.
    pub next_torn_rows: u32,
    /// REST replies whose connection is cut in the middle.
    pub next_cut_replies: u32,
    /// Objects that Bulk refuses.
    pub no_bulk: Vec<String>,
    /// Polls before a bulk job is complete.
    pub polls: u32,
    /// The most rows a result page has, whatever was asked.
    pub page_rows: Option<u64>,
    /// Page sizes vary below the limit.
    pub random_pages: bool,
    /// Rows a page has when the caller names no number.
    pub default_page_rows: u64,
    /// The header stands on each page, not on the first only.
    pub header_each_page: bool,
    /// Rows come in no order.
    pub shuffled: bool,
    /// Bulk date-times end in `+0000`, not `Z`.
    pub offset_datetimes: bool,
    /// Results may be compressed.
    pub gzip: bool,
    /// `Sforce-Limit-Info` also tells the bursts.
    pub bursts: bool,
    /// Seconds that the `Date` header runs ahead, as behind a bad proxy.
    pub date_ahead: i64,
    /// Milliseconds each data call takes longer.
    pub delay_ms: u64,
    /// Rows whose parent is locked.
    pub next_locked_rows: u32,
    /// New contacts and leads with a known e-mail, or with none and a known surname, are refused as duplicates, in Portuguese.
    pub duplicate_rule: bool,
    /// Tasks without a subject are refused by a validation rule.
    pub validation_rule: bool,
    /// All tasks are refused by a validation rule, in Portuguese.
    pub refuses_tasks: bool,
    /// Nothing may be deleted, said in Portuguese.
    pub keeps_rows: bool,
    /// Deployments fail, said in Portuguese.
    pub refuses_package: bool,
    /// Users may make a new note another's ("Set Audit Fields upon Record Creation").
    pub sets_owners: bool,
    /// Objects that aren't described.
    pub no_describe: Vec<String>,
    /// No row is upserted by the package's field, though it is described.
    pub refuses_key: bool,
    /// The receiver of alerts doesn't work.
    pub hook_is_down: bool,
    /// The daily limit of API calls.
    pub daily_limit: u64,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            rotation: true,
            reuse_revokes_all: true,
            token_seconds: None,
            next_refresh_races: 0,
            next_expired: 0,
            next_unavailable: 0,
            next_not_acceptable: 0,
            next_setting_up: 0,
            next_web_pages: 0,
            next_daily_limit: 0,
            next_concurrent_limit: 0,
            next_bulk_limit: 0,
            api_disabled: false,
            next_no_locator: 0,
            next_empty_locator: 0,
            next_short_pages: 0,
            next_cut_pages: 0,
            next_failed_jobs: 0,
            next_gone_jobs: 0,
            next_ended_cursors: 0,
            no_batch: false,
            hook_is_down: false,
            next_torn_rows: 0,
            next_cut_replies: 0,
            no_bulk: Vec::new(),
            polls: 1,
            page_rows: None,
            random_pages: false,
            default_page_rows: 250_000,
            header_each_page: true,
            shuffled: true,
            offset_datetimes: false,
            gzip: true,
            bursts: false,
            date_ahead: 0,
            delay_ms: 0,
            next_locked_rows: 0,
            duplicate_rule: false,
            validation_rule: false,
            refuses_tasks: false,
            keeps_rows: false,
            refuses_package: false,
            sets_owners: false,
            no_describe: Vec::new(),
            refuses_key: false,
            daily_limit: 100_000,
        }
    }
}

/// Counts a switch down; true if it was on.
pub fn strike(switch: &mut u32) -> bool {
    let on = *switch > 0;
    *switch = switch.saturating_sub(1);
    on
}

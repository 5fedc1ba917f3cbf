//! Import: the run under way, its counts, what couldn't be read, how often it runs, and what it may use.

use super::icon::{IMPORT, RUNNING, STOP, WARN};
use super::options::{Knows, Moment, boxed, field, page};
use super::part::{button, count, flag, good, object_key, piece, problem};
use crate::node::{Element, element};
use crate::words::Words;
use inlay_core::api::{Role, RunKind, RunReport, RunState, Status, Tally};
use inlay_core::model::object::Object;
use inlay_core::model::time::Timestamp;

/// The section.
pub fn draw(words: &Words, knows: &Knows, moment: Moment) -> Element {
    let mut main = page(words, "import", "import_lead", knows);
    let Some(status) = &knows.status else {
        return main.child(element("p", "dim").text(words.get("import_signed_out")));
    };
    if status.member.role == Role::Admin && status.broken.is_none() {
        let running = status.run.as_ref().is_some_and(|run| matches!(run.state, RunState::Reading | RunState::Indexing));
        let mut now = button("btn lg", "import_now", "").child(IMPORT.draw()).text(words.get("import_now"));
        if running {
            now = now.with("aria-disabled", "true").with("title", words.get("import_running"));
        }
        main = main.child(element("p", "do").child(now).child(element("span", "small dim").text(words.with("next_import", &[&moment(status.next_import)]))));
    }
    if let Some(run) = &status.run {
        main = main.child(run_box(words, run, knows.now, moment));
    } else {
        main = main.child(element("p", "dim").text(words.get("no_run_yet")));
    }
    if status.member.role == Role::Admin {
        main = main.child(settings(words, status));
    }
    if !status.rejects.is_empty() {
        main = main.child(rejects(words, status));
    }
    if !status.history.is_empty() {
        main = main.child(history(words, &status.history, moment));
    }
    main
}

fn run_state(words: &Words, run: &RunReport) -> Element {
    match run.state {
        RunState::Done => good(&words.with("run_done", &[&duration(run)])),
        RunState::Reading => flag("accent", RUNNING, &words.get("run_reading")),
        RunState::Indexing => flag("accent", RUNNING, &words.get("run_indexing")),
        RunState::Stopped => flag("bad", STOP, &words.get("run_stopped")),
    }
}

fn duration(run: &RunReport) -> String {
    let seconds = run.ended.map_or(0, |ended| (ended.0 - run.started.0) / 1000);
    if seconds < 60 { format!("{seconds} s") } else { format!("{} min {} s", seconds / 60, seconds % 60) }
}

/// How often imports run, and how much of the org's API they may use (spec 10, 87).
fn settings(words: &Words, status: &Status) -> Element {
    let api = &status.api;
    let state = if api.is_spent {
        flag("bad", STOP, &words.get("api_spent"))
    } else if api.is_low {
        flag("warn", WARN, &words.get("api_low"))
    } else {
        good(&words.get("api_fine"))
    };
    let told = match (api.granted, api.org_used, api.org_max) {
        (Some(granted), Some(used), Some(max)) => words.with("api_use", &[&count(api.ours), &count(granted), &count(used), &count(max)]),
        _ => words.with("api_use_ours", &[&count(api.ours)]),
    };
    let body = element("div", "pad form")
        .child(field(words, "import_hours", "import_hours", &status.settings.import_hours.to_string(), "number"))
        .child(field(words, "api_share", "api_share", &status.settings.api_share.to_string(), "number"))
        .child(element("p", "small dim").text(told));
    boxed(&words.get("schedule"), Some(state), body).child(element("footer", "").child(button("btn primary", "save_settings", &words.get("save"))))
}

/// Rows a second, and how long it will go on; none before there is something to reckon with.
fn pace(words: &Words, run: &RunReport, now: Timestamp) -> Option<String> {
    let received: u64 = run.tallies.iter().map(|tally| tally.received).sum();
    let millis = u64::try_from(now.0 - run.started.0).ok().filter(|millis| *millis > 1_000 && received > 0)?;
    let rate = (received * 1_000 / millis).max(1);
    let left = run.expected?.checked_sub(received)? / rate;
    let time = if left < 90 { words.with("seconds", &[&left.to_string()]) } else { words.with("minutes", &[&(left / 60 + 1).to_string()]) };
    Some(words.with("pace", &[&count(rate), &time]))
}

fn kind_of(words: &Words, run: &RunReport) -> String {
    words.get(match run.kind {
        RunKind::First => "run_first",
        RunKind::Increment => "run_increment",
        RunKind::Compare => "run_compare",
    })
}

fn run_box(words: &Words, run: &RunReport, now: Timestamp, moment: Moment) -> Element {
    let heads = ["object", "progress", "received", "stored", "unchanged", "removed", "rejected"];
    let head = element("tr", "")
        .children(heads.iter().enumerate().map(|(place, key)| element("th", if place > 1 { "n" } else { "" }).with("scope", "col").text(words.get(key))));
    let rows = run.tallies.iter().map(|tally| tally_row(words, run, tally));
    let sum = |count_of: fn(&Tally) -> u64| run.tallies.iter().map(count_of).sum::<u64>();
    let totals =
        [sum(|tally| tally.received), sum(|tally| tally.stored), sum(|tally| tally.unchanged), sum(|tally| tally.removed), sum(|tally| tally.rejected)];
    let total = element("tr", "")
        .child(element("td", "").with("colspan", "2").text(words.get("adds_up")))
        .children(totals.map(|number| element("td", "n").text(count(number))));
    let table =
        element("table", "tbl").child(element("thead", "").child(head)).child(element("tbody", "").children(rows)).child(element("tfoot", "").child(total));
    let kind = element("span", "small dim").text(kind_of(words, run));
    let started = element("span", "small faint push").text(moment(run.started));
    let aside = element("span", "hstack grow").child(run_state(words, run)).child(kind).child(started);
    let mut body = element("div", "");
    if let (RunState::Reading, Some(pace)) = (run.state, pace(words, run, now)) {
        body = body.child(element("p", "pad small dim").text(pace));
    }
    if !run.left_out.is_empty() {
        let list = run.left_out.iter().map(|(object, code)| {
            let name = element("span", "medium").text(words.get(object_key(*object)));
            element("p", "").child(name).text(" ").child(element("span", "mono").text(code))
        });
        let title = element("p", "medium").text(words.get("left_out"));
        let notice = element("div", "notice warn").child(WARN.draw()).child(title).children(list).child(element("p", "").text(words.get("left_out_remedy")));
        body = body.child(element("div", "pad").child(notice));
    }
    if let Some(broken) = &run.problem {
        body = body.child(element("div", "pad").child(problem(words, broken.kind)));
    }
    boxed(&words.with("run_number", &[&run.number.to_string()]), Some(aside), body.child(element("div", "scroll").with("tabindex", "0").child(table)))
}

fn tally_row(words: &Words, run: &RunReport, tally: &Tally) -> Element {
    let shape = matches!(tally.object, Object::Lead | Object::Contact | Object::Account).then(|| piece(tally.object, "z16"));
    let name = element("td", "").child(element("span", "hstack").children(shape).child(element("span", "medium").text(words.get(object_key(tally.object)))));
    let announced = tally.announced.unwrap_or(0);
    let now = if tally.done {
        words.get("all_read")
    } else if run.object == Some(tally.object) && announced > 0 {
        words.with("n_of_m", &[&count(tally.received), &count(announced)])
    } else if run.object == Some(tally.object) {
        words.get("asking_salesforce")
    } else {
        words.get("waits_its_turn")
    };
    let percent = if tally.done { 100 } else { (tally.received * 100).checked_div(announced).unwrap_or(0) };
    let meter = element("div", "meter").with("role", "img").with("aria-label", &now).child(element("i", &format!("p{}", percent.min(100) / 5 * 5)));
    let progress = element("td", "progress").child(meter).child(element("span", "small dim").text(now));
    element("tr", "")
        .child(name)
        .child(progress)
        .children([tally.received, tally.stored, tally.unchanged, tally.removed, tally.rejected].map(|number| element("td", "n").text(count(number))))
}

fn rejects(words: &Words, status: &Status) -> Element {
    let head = element("tr", "").children(["where", "record", "reason"].map(|key| element("th", "").with("scope", "col").text(words.get(key))));
    let rows = status.rejects.iter().map(|reject| {
        let reason = serde_json::to_value(reject.reason).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default();
        element("tr", "")
            .child(element("td", "").text(words.with("row_of", &[&words.get(object_key(reject.object)), &count(reject.position)])))
            .child(element("td", "mono").text(&reject.record))
            .child(element("td", "").text(format!("{} {}", words.get(&format!("reject_{reason}")), reject.field)))
    });
    let table = element("table", "tbl").child(element("thead", "").child(head)).child(element("tbody", "").children(rows));
    boxed(
        &words.get("rejected_rows"),
        Some(element("span", "count").text(count(status.rejects.len() as u64))),
        element("div", "scroll").with("tabindex", "0").child(table),
    )
    .child(
        element("footer", "")
            .child(button("btn", "export_rejects", &words.get("export_csv")))
            .child(element("span", "small dim").text(words.get("rejects_again"))),
    )
}

fn history(words: &Words, runs: &[RunReport], moment: Moment) -> Element {
    let head = element("tr", "").children(
        ["run", "started", "kind", "outcome", "received", "rejected", "api_calls"].map(|key| element("th", "").with("scope", "col").text(words.get(key))),
    );
    let rows = runs.iter().map(|run| {
        let sum = |count_of: fn(&Tally) -> u64| count(run.tallies.iter().map(count_of).sum());
        element("tr", "")
            .child(element("td", "num").text(run.number.to_string()))
            .child(element("td", "").text(moment(run.started)))
            .child(element("td", "").text(kind_of(words, run)))
            .child(element("td", "").child(run_state(words, run)))
            .child(element("td", "n").text(sum(|tally| tally.received)))
            .child(element("td", "n").text(sum(|tally| tally.rejected)))
            .child(element("td", "n").text(count(u64::from(run.api_calls))))
    });
    let table = element("table", "tbl").child(element("thead", "").child(head)).child(element("tbody", "").children(rows));
    boxed(&words.get("history"), None, element("div", "scroll").with("tabindex", "0").child(table))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::of_language;
    use inlay_core::api::{ApiBudget, Member, Reject, RejectReason, Settings, WorkspaceName};
    use inlay_core::model::id::RecordId;

    #[test]
    fn a_run_has_words_for_everything_in_every_language() {
        let tally = Tally { announced: Some(9_000), received: 3_000, stored: 2_990, removed: 4, rejected: 6, ..Tally::of(Object::Contact) };
        let run = RunReport {
            number: 7,
            kind: RunKind::Compare,
            started: Timestamp(0),
            ended: None,
            state: RunState::Reading,
            object: Some(Object::Contact),
            problem: None,
            left_out: vec![(Object::Lead, "INVALID_TYPE".into())],
            api_calls: 9,
            expected: Some(9_000),
            tallies: vec![tally],
        };
        let reject = Reject { object: Object::Contact, position: 3, record: String::new(), field: String::new(), reason: RejectReason::FieldCount };
        let member = Member { user: RecordId::parse("005000000000001").expect("an id"), name: "Ines Maduro".into(), role: Role::Admin };
        let status = Status {
            workspace: WorkspaceName { org: "00D".into(), host: "https://x".into(), instance_url: "https://x".into() },
            member: member.clone(),
            version: "1".into(),
            broken: None,
            broken_since: None,
            is_disconnected: false,
            connected_as: String::new(),
            connected: Timestamp(0),
            run: Some(run.clone()),
            history: vec![run],
            hidden: Vec::new(),
            preflight: None,
            alerts: None,
            rejects: vec![reject],
            api: ApiBudget { ours: 90, granted: Some(100), org_used: Some(400), org_max: Some(500), is_low: true, is_spent: false },
            settings: Settings::default(),
            synced: None,
            next_import: Timestamp(0),
        };
        let knows = Knows { member: Some(member), status: Some(status), now: Timestamp(3_000), ..Knows::default() };
        for language in ["en", "it", "pt", "nl", "es"] {
            let words = of_language(language);
            let drawn = draw(&Words(&words), &knows, &|_| "now".into()).all_text();
            assert!(drawn.contains("INVALID_TYPE") && drawn.contains("1\u{202f}000"), "{language}: {drawn}");
        }
    }
}

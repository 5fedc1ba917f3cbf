//! The popup: what about this page, is Salesforce well. Never scrolls, never asks for settings.

use super::activity::state_name as state_name_of;
use super::badge::state_name;
use super::icon::{CLOCK, GEAR, IMPORT, LEAVE, PANEL, STOP, TRAY};
use super::part::{button, count, icon_button, piece, problem};
use crate::node::{Element, element};
use crate::words::Words;
use inlay_core::api::{ProblemKind, ReceiptState, RunState, Status};
use inlay_core::badge::State;
use inlay_core::model::object::Object;
use inlay_core::model::time::Timestamp;

/// What the popup knows.
#[derive(Debug, Clone, Default)]
pub struct Knows {
    /// The workspace's state, if signed in and reachable.
    pub status: Option<Status>,
    /// Why not.
    pub problem: Option<ProblemKind>,
    /// Badges on the page by state; none if Inlay doesn't read it.
    pub tally: Option<Vec<(State, u64)>>,
    /// The states of the member's activities that are held, refused, or only on this device.
    pub inbox: Vec<ReceiptState>,
    /// The page is a record's in Salesforce.
    pub is_record: bool,
}

/// The whole popup.
pub fn draw(words: &Words, knows: &Knows, moment: &dyn Fn(Timestamp) -> String) -> Element {
    let mut main = element("main", "pop").child(header(words, knows.status.as_ref()));
    if let Some(kind) = knows.problem {
        let deed = match kind {
            ProblemKind::NotSignedIn => Some(button("btn primary", "options", &words.get("sign_in"))),
            ProblemKind::NoServer => Some(button("btn primary", "options", &words.get("open_options"))),
            _ => None,
        };
        main = main.child(element("section", "").child(problem(words, kind)).children(deed));
    }
    main = main.child(if knows.is_record && knows.status.is_some() { this_record(words) } else { this_page(words, knows.tally.as_deref()) });
    if let Some(status) = &knows.status {
        main = main.child(salesforce(words, status, moment));
    }
    main = main.children(receipts(words, &knows.inbox));
    let item = |action: &str, icon: super::icon::Icon, key: &str| button("item", action, "").child(icon.draw()).text(words.get(key));
    let menu = element("div", "menu").children((!knows.is_record).then(|| item("panel", PANEL, "open_panel"))).child(item("options", GEAR, "options"));
    main.child(if knows.status.is_some() { menu.child(item("sign_out", LEAVE, "sign_out")) } else { menu })
}

/// Whose Inlay it is, and the way to its options.
pub(super) fn header(words: &Words, status: Option<&Status>) -> Element {
    let name = status.map_or_else(
        || words.get("extension_name"),
        |status| status.workspace.instance_url.trim_start_matches("https://").trim_start_matches("http://").to_owned(),
    );
    let member = status.map_or_else(String::new, |status| status.member.name.clone());
    let title = element("div", "cut").child(element("h1", "strong cut").text(name)).child(element("div", "small dim cut").text(member));
    element("header", "ph").child(element("span", "mark").with("aria-hidden", "true")).child(title).child(element("span", "push").child(icon_button(
        "options",
        GEAR,
        &words.get("options"),
    )))
}

/// A record's own page in Salesforce: matching it takes more than one press, so it is done in the side panel (spec 21).
fn this_record(words: &Words) -> Element {
    element("section", "")
        .child(element("h2", "head").text(words.get("this_record")))
        .child(element("p", "dim").text(words.get("this_record_lead")))
        .child(button("btn primary", "panel", &words.get("open_panel")))
}

pub(super) fn this_page(words: &Words, tally: Option<&[(State, u64)]>) -> Element {
    let section = element("section", "").child(element("h2", "head").text(words.get("this_page")));
    let Some(tally) = tally else {
        return section.child(element("p", "dim").text(words.get("page_not_read")));
    };
    if tally.iter().any(|(state, _)| *state == State::Paused) {
        return section.child(
            element("div", "notice warn")
                .child(super::icon::PAUSE.draw())
                .child(element("p", "medium").text(words.get("paused_title")))
                .child(element("p", "").text(words.get("paused_lead"))),
        );
    }
    let rows = tally.iter().filter(|(_, number)| *number > 0).flat_map(|(state, number)| {
        let sample = element("span", "badge").with("data-state", state_name(*state)).with("aria-hidden", "true");
        let sample = match state {
            State::Asking => sample.child(element("span", "dots")),
            State::Unsure => sample
                .with("data-object", "contact")
                .child(piece(Object::Contact, ""))
                .child(element("span", "").text(words.get("crm")))
                .child(element("span", "sign")),
            State::In | State::Paused => {
                sample.with("data-object", "contact").child(piece(Object::Contact, "")).child(element("span", "").text(words.get("crm")))
            }
        };
        [sample, element("span", "").text(words.get(&format!("state_{}", state_name(*state)))), element("span", "num medium").text(count(*number))]
    });
    let rows: Vec<Element> = rows.collect();
    if rows.is_empty() {
        return section.child(element("p", "dim").text(words.get("nobody_known")));
    }
    section.child(element("div", "tally").children(rows))
}

/// How many activities of the member's need a look, refused first; the side panel lists them.
fn receipts(words: &Words, inbox: &[ReceiptState]) -> Option<Element> {
    let states = [(ReceiptState::Refused, STOP), (ReceiptState::Held, TRAY), (ReceiptState::Waiting, CLOCK)];
    let rows = states.into_iter().filter_map(|(state, icon)| {
        let number = inbox.iter().filter(|one| **one == state).count();
        let name = state_name_of(state);
        let label = element("span", "").text(words.get(&format!("receipt_{name}")));
        (number > 0).then(|| {
            let line = element("div", "line receipt").with("data-receipt", name).child(icon.draw()).child(label);
            line.child(element("span", "push num medium").text(count(number as u64)))
        })
    });
    let rows: Vec<Element> = rows.collect();
    if rows.is_empty() {
        return None;
    }
    Some(element("section", "").child(element("h2", "head").text(words.get("inbox"))).children(rows).child(button("link", "panel", &words.get("inbox_open"))))
}

fn salesforce(words: &Words, status: &Status, moment: &dyn Fn(Timestamp) -> String) -> Element {
    let section =
        element("section", "").child(element("h2", "head").text("Salesforce")).children(status.broken.as_ref().map(|broken| problem(words, broken.kind)));
    let Some(run) = &status.run else { return section.child(element("p", "dim").text(words.get("no_run_yet"))) };
    let stored: u64 = run.tallies.iter().map(|tally| tally.stored).sum();
    let received: u64 = run.tallies.iter().map(|tally| tally.received).sum();
    let said = match run.state {
        RunState::Done => words.with("last_import", &[&moment(run.ended.unwrap_or(run.started))]),
        RunState::Reading | RunState::Indexing => words.with("import_reads", &[&count(received)]),
        RunState::Stopped => words.get("import_stopped"),
    };
    let line = element("div", "line")
        .child(IMPORT.draw())
        .child(element("span", "").text(said))
        .child(element("span", "push num dim").text(words.with("n_changed", &[&count(stored)])));
    section.child(line).children(run.problem.as_ref().map(|broken| problem(words, broken.kind)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::of_language;

    #[test]
    fn a_popup_says_why_it_knows_nothing() {
        let messages = of_language("nl");
        let popup = draw(&Words(&messages), &Knows { problem: Some(ProblemKind::NoServer), ..Knows::default() }, &|_| "now".into());
        assert!(popup.all_text().contains(&Words(&messages).problem(ProblemKind::NoServer).1));
    }
}

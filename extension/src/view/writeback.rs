//! Writeback: the test run, what may be written, and the ledger of what was (spec 42, 47, 48).

use super::activity::{kind_name, line, state_name};
use super::icon::STOP;
use super::options::{Knows, Moment, boxed, field, page};
use super::part::{button, choice, count, flag, good};
use crate::node::{Element, element};
use crate::words::Words;
use inlay_core::api::{ActivityReceipt, Content, Ledger, Package, ReceiptState, Refusal, Role, Unmatched, WriteTest, Writeback};
use inlay_core::model::activity::ActivityKind;
use inlay_core::model::id::RecordId;

/// States in the order of the filter.
pub const STATES: [ReceiptState; 7] = [
    ReceiptState::Refused,
    ReceiptState::Held,
    ReceiptState::Unknown,
    ReceiptState::Waiting,
    ReceiptState::Written,
    ReceiptState::Withdrawing,
    ReceiptState::Withdrawn,
];

/// How much of an activity is written, as the form names it.
pub fn content_name(content: Option<Content>) -> &'static str {
    match content {
        None => "off",
        Some(Content::Fact) => "fact",
        Some(Content::Subject) => "subject",
        Some(Content::Full) => "full",
    }
}

/// The reverse.
pub fn content_of(name: &str) -> Option<Content> {
    [Content::Fact, Content::Subject, Content::Full].into_iter().find(|content| content_name(Some(*content)) == name)
}

/// The name of a kind's field.
pub fn field_of(kind: ActivityKind) -> &'static str {
    match kind {
        ActivityKind::Inmail => "write_inmail",
        ActivityKind::Message => "write_message",
        ActivityKind::Call => "write_call",
        ActivityKind::Note => "write_note",
        ActivityKind::LinkView => "write_link_view",
    }
}

/// The section.
pub fn draw(words: &Words, knows: &Knows, moment: Moment) -> Element {
    let main = page(words, "writeback", "writeback_lead", knows);
    match (&knows.member, &knows.writeback) {
        (None, _) => main.child(element("p", "dim").text(words.get("import_signed_out"))),
        (Some(member), _) if member.role != Role::Admin => main.child(element("p", "dim").text(words.get("matches_admin_only"))),
        (Some(_), None) => main,
        (Some(_), Some(writeback)) => main
            .child(test(words, &writeback.test))
            .child(package(words, &writeback.package))
            .child(kinds(words, writeback))
            .children(knows.ledger.as_ref().map(|ledger| table(words, ledger, knows.ledger_state, moment))),
    }
}

fn test(words: &Words, test: &WriteTest) -> Element {
    let body = element("div", "pad form").child(element("p", "dim").text(words.get("write_test_lead")));
    let run = |key: &str, class: &'static str| element("p", "do").child(button(class, "test_writing", &words.get(key)));
    let told = |key: &str, refusal: &Refusal| {
        let said = if refusal.text.is_empty() { &refusal.code } else { &refusal.text };
        let text = words.with(key, &[said.trim_end_matches('.'), &refusal.code]);
        element("div", "notice bad").with("role", "alert").child(STOP.draw()).child(element("p", "").with("dir", "auto").text(text))
    };
    // What stands in Salesforce, its removal, and another try.
    let standing = |body: Element, rows: &[(String, String)], class: &'static str| {
        let links = rows.iter().map(|(object, link)| element("li", "").child(element("a", "").with("href", link).text(object)));
        let remove = (!rows.is_empty()).then(|| button("btn", "remove_test", &words.get("write_test_remove")));
        body.child(element("ul", "").children(links)).child(run("write_test_again", class).children(remove))
    };
    let (aside, body) = match test {
        WriteTest::None => (None, body.child(run("write_test_run", "btn primary lg"))),
        WriteTest::Running => (None, body.child(element("p", "").with("role", "status").text(words.get("write_test_running")))),
        WriteTest::Passed { rows, refusal } => {
            let body = body.children(refusal.as_ref().map(|refusal| told("write_test_stays", refusal)));
            (Some(good(&words.get("write_test_passed"))), standing(body, rows, "btn"))
        }
        WriteTest::Failed { refusal, rows } => {
            let key = if refusal.code == "NO_REPLY" { "write_test_lost" } else { "write_test_failed" };
            (None, standing(body.child(told(key, refusal)), rows, "btn primary lg"))
        }
    };
    boxed(&words.get("write_test"), aside, body)
}

/// Inlay's package in the org: what it brings, and a press to install or remove it.
fn package(words: &Words, package: &Package) -> Element {
    let body = element("div", "pad form").child(element("p", "dim").text(words.get("package_lead")));
    let press = |key: &str, deed: &str, class: &'static str| element("p", "do").child(button(class, deed, &words.get(key)));
    let (install, remove) = (press("package_install", "install_package", "btn"), press("package_remove", "remove_package", "btn danger"));
    let (aside, body) = match package {
        Package::None => (None, body.child(install)),
        Package::Working => (None, body.child(element("p", "").with("role", "status").text(words.get("package_working")))),
        Package::Installed => (Some(good(&words.get("package_installed"))), body.child(remove)),
        Package::Failed { refusal, installed } => {
            let said = if refusal.text.is_empty() { &refusal.code } else { &refusal.text };
            let told = words.with("package_failed", &[said.trim_end_matches('.'), &refusal.fields.join(", ")]);
            let notice = element("div", "notice bad").with("role", "alert").child(STOP.draw()).child(element("p", "").with("dir", "auto").text(told));
            (None, body.child(notice).child(install).children(installed.then_some(remove)))
        }
    };
    boxed(&words.get("package"), aside, body)
}

fn kinds(words: &Words, writeback: &Writeback) -> Element {
    let options = |options: &[(&'static str, &str)]| options.iter().map(|(value, key)| (*value, words.get(key))).collect::<Vec<_>>();
    let contents = options(&[("off", "content_off"), ("fact", "content_fact"), ("subject", "content_subject"), ("full", "content_full")]);
    let each = ActivityKind::ALL.map(|kind| {
        let label = words.get(&format!("kind_{}", kind_name(kind)));
        choice(field_of(kind), &label, &contents, content_name(writeback.kinds.get(&kind).copied()))
    });
    let unmatched = options(&[("held", "unmatched_held"), ("unassigned", "unmatched_unassigned")]);
    let held = if writeback.unmatched == Unmatched::Held { "held" } else { "unassigned" };
    let redacts = if writeback.redacts { "yes" } else { "no" };
    let unmatched = choice("unmatched", &words.get("unmatched"), &unmatched, held);
    let redacts = choice("redacts", &words.get("redacts"), &options(&[("no", "no"), ("yes", "yes")]), redacts);
    let warn = field(words, "warn_days", "warn_days", &writeback.warn_days.to_string(), "number");
    let form = element("div", "pad form").children(each).children([unmatched, redacts, warn]);
    boxed(&words.get("write_kinds"), None, form).child(element("footer", "").child(button("btn primary", "save_writeback", &words.get("save"))))
}

fn table(words: &Words, ledger: &Ledger, chosen: Option<ReceiptState>, moment: Moment) -> Element {
    let total: u64 = ledger.counts.values().sum();
    if total == 0 {
        return boxed(&words.get("ledger"), None, element("p", "pad dim").text(words.get("ledger_none")));
    }
    let filter = |state: Option<ReceiptState>, label: String, number: u64| {
        let name = state.map_or("ledger:all".to_owned(), |state| format!("ledger:{}", state_name(state)));
        let pressed = (state == chosen).to_string();
        button("btn small", &name, &format!("{label} {}", count(number))).with("aria-pressed", pressed)
    };
    let all = filter(None, words.get("all_states"), total);
    let each = STATES.into_iter().filter_map(|state| {
        let number = ledger.counts.get(&state).copied().filter(|number| *number > 0)?;
        Some(filter(Some(state), words.get(&format!("receipt_{}", state_name(state))), number))
    });
    let filters = element("div", "pad do").with("role", "group").with("aria-label", words.get("ledger")).child(all).children(each);
    let head =
        element("tr", "").children(["when", "who", "with_whom", "what", "receipt"].map(|key| element("th", "").with("scope", "col").text(words.get(key))));
    let rows = ledger.lines.iter().map(|one| row(words, one, moment));
    let table = element("table", "tbl").child(element("thead", "").child(head)).child(element("tbody", "").children(rows));
    let state = if ledger.counts.get(&ReceiptState::Refused).is_some_and(|refused| *refused > 0) {
        Some(flag("bad", STOP, &words.get("receipt_refused")))
    } else {
        None
    };
    let body = element("div", "").child(filters).child(element("div", "scroll").with("tabindex", "0").child(table));
    boxed(&words.get("ledger"), state, body).child(element("footer", "").child(button("btn", "export_ledger", &words.get("export_csv"))))
}

fn row(words: &Words, one: &ActivityReceipt, moment: Moment) -> Element {
    let who = if one.member_name.is_empty() { element("td", "mono").text(&one.member) } else { element("td", "").text(&one.member_name) };
    element("tr", "")
        .child(element("td", "num").text(moment(one.at)))
        .child(who)
        .child(element("td", "").with("dir", "auto").text(&one.name))
        .child(element("td", "").text(words.get(&format!("kind_{}", kind_name(one.kind)))))
        .child(element("td", "").child(line(words, one, None, moment)).children((one.state == ReceiptState::Held).then(|| matching(words, one))))
}

/// Who a held one is with, said by hand (spec 21): a record's link or id.
fn matching(words: &Words, one: &ActivityReceipt) -> Element {
    let label = words.with("match_whom", &[&one.name]);
    let input = element("input", "").with("id", format!("match_{}", one.id)).with("aria-label", &label).with("placeholder", &label).with("autocomplete", "off");
    element("div", "hstack").child(element("div", "field").child(input)).child(button("btn small", &format!("match:{}", one.id), &words.get("match_now")))
}

/// The record that a link of Salesforce leads to, or an id itself.
pub fn record_of(entered: &str) -> Option<RecordId> {
    entered.trim().split(['/', '?', '#', '=', '&']).rev().find_map(|part| RecordId::parse(part).ok().filter(|id| id.object().is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::of_language;
    use inlay_core::api::Member;

    #[test]
    fn the_section_speaks_every_language_in_every_state() {
        for language in ["en", "it", "pt", "nl", "es"] {
            let messages = of_language(language);
            for test in [
                WriteTest::None,
                WriteTest::Running,
                WriteTest::Passed { rows: vec![("Task".into(), "https://x.example/00T".into())], refusal: Some(Refusal::default()) },
                WriteTest::Failed { refusal: Refusal { code: "NO_REPLY".into(), ..Refusal::default() }, rows: Vec::new() },
                WriteTest::Failed { refusal: Refusal::default(), rows: vec![("Task".into(), "https://x.example/00T".into())] },
            ] {
                let package = match &test {
                    WriteTest::None => Package::None,
                    WriteTest::Running => Package::Working,
                    WriteTest::Passed { .. } => Package::Installed,
                    WriteTest::Failed { refusal, .. } => Package::Failed { refusal: refusal.clone(), installed: true },
                };
                let knows = Knows {
                    member: Some(Member { user: RecordId::parse("005000000000001").expect("an id"), name: "Ines".into(), role: Role::Admin }),
                    writeback: Some(Writeback { test, package, ..Writeback::default() }),
                    ledger: Some(Ledger::default()),
                    ..Knows::default()
                };
                let text = draw(&Words(&messages), &knows, &|_| "now".into()).all_text();
                assert!(text.len() > 200 && !text.contains("$1"), "{language}: {text}");
            }
        }
    }

    #[test]
    fn records_are_read_off_links() {
        let id = RecordId::parse("0035g0000000004AAA").ok();
        assert_eq!(record_of("https://x.lightning.force.com/lightning/r/Contact/0035g0000000004AAA/view"), id);
        assert_eq!(record_of(" https://x.my.salesforce.com/0035g0000000004 "), id);
        assert_eq!(record_of("0035g0000000004AAA"), id);
        assert_eq!(record_of("Dana Okafor"), None);
    }

    #[test]
    fn contents_have_names_both_ways() {
        for content in [None, Some(Content::Fact), Some(Content::Subject), Some(Content::Full)] {
            assert_eq!(content_of(content_name(content)), content);
        }
    }
}

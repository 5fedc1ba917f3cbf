//! Log a call, add a note, and what became of it (spec 47): forms and receipts on the card.

use super::icon::{CHECK, CLOCK, CLOSE, Icon, QUESTION, STOP, TRAY, WARN};
use super::options::Moment;
use super::part::{button, choice, entry, flag, icon_button, problem};
use crate::node::{Element, element};
use crate::words::Words;
use inlay_core::api::{ActivityReceipt, Moved, ProblemKind, ReceiptState, Touch};
use inlay_core::model::activity::ActivityKind;
use std::collections::BTreeMap;

/// What calls come to, as stored; screens have words for each.
pub const OUTCOMES: [&str; 3] = ["spoke", "message", "no_answer"];

/// The kind's name in words and sheet.
pub fn kind_name(kind: ActivityKind) -> &'static str {
    match kind {
        ActivityKind::Inmail => "inmail",
        ActivityKind::Message => "message",
        ActivityKind::Call => "call",
        ActivityKind::Note => "note",
        ActivityKind::LinkView => "link_view",
    }
}

/// The state's name in words and sheet.
pub fn state_name(state: ReceiptState) -> &'static str {
    match state {
        ReceiptState::Waiting => "waiting",
        ReceiptState::Written => "written",
        ReceiptState::Held => "held",
        ReceiptState::Refused => "refused",
        ReceiptState::Unknown => "unknown",
        ReceiptState::Withdrawing => "withdrawing",
        ReceiptState::Withdrawn => "withdrawn",
    }
}

/// The form of a call or a note with somebody. `entered` is what was entered before, where something went wrong; `at` the moment in the
/// form of a date field.
pub fn form(words: &Words, kind: ActivityKind, name: &str, at: &str, entered: &BTreeMap<String, String>, why: Option<ProblemKind>) -> Element {
    let value = |field: &str| entered.get(field).cloned().unwrap_or_default();
    let title = words.with(if kind == ActivityKind::Call { "call_with" } else { "note_on" }, &[name]);
    let close = icon_button("close", CLOSE, &words.get("close"));
    let mut fields = element("div", "pad form");
    if kind == ActivityKind::Call {
        let outcomes = OUTCOMES.map(|outcome| (outcome, words.get(&format!("outcome_{outcome}"))));
        let directions = ["outbound", "inbound"].map(|direction| (direction, words.get(&format!("direction_{direction}"))));
        let minutes = element("input", "").with("type", "number").with("min", "0").with("max", "600").with("value", value("minutes"));
        fields = fields
            .child(choice("outcome", &words.get("outcome"), &outcomes, &value("outcome")))
            .child(choice("direction", &words.get("direction"), &directions, &value("direction")))
            .child(entry("minutes", &words.get("call_minutes"), minutes));
    } else {
        fields = fields.child(entry("subject", &words.get("note_title"), element("input", "").with("maxlength", "80").with("value", value("subject"))));
    }
    let when =
        element("input", "").with("type", "datetime-local").with("max", at).with("value", if value("at").is_empty() { at.to_owned() } else { value("at") });
    let label = if kind == ActivityKind::Call { "call_text" } else { "note_text" };
    fields = fields
        .child(entry("text", &words.get(label), element("textarea", "").with("rows", "4").with("maxlength", "32000").with("dir", "auto").text(value("text"))))
        .child(entry("at", &words.get("when"), when));
    let save = button("btn primary", if kind == ActivityKind::Call { "save_call" } else { "save_note" }, &words.get("save"));
    let deeds = element("p", "do").child(save).child(button("btn plain", "open", &words.get("cancel")));
    element("div", "card inlay")
        .with("role", "dialog")
        .with("aria-label", &title)
        .child(element("div", "head plain").child(element("h2", "").with("dir", "auto").text(&title)).child(close))
        .children(why.map(|kind| problem(words, kind)))
        .child(fields.child(element("p", "small dim").text(words.get("written_within"))).child(deeds))
}

/// A colleague was there lately.
pub fn touch(words: &Words, touch: &Touch, moment: Moment) -> Element {
    let kind = words.get(&format!("kind_{}", kind_name(touch.kind)));
    flag("warn", WARN, &words.with("colleague_touch", &[&touch.name, &kind, &moment(touch.at)]))
}

/// The newest activities with somebody, each with its receipt.
pub fn receipts(words: &Words, receipts: &[(ActivityReceipt, Option<ProblemKind>)], moment: Moment) -> Option<Element> {
    if receipts.is_empty() {
        return None;
    }
    let rows = receipts.iter().map(|(receipt, why)| row(words, receipt, *why, moment));
    Some(element("section", "").child(element("h3", "").text(words.get("activities"))).children(rows))
}

/// What of the member's own is held, refused, or only on this device: with whom, and what can be done.
pub fn inbox(words: &Words, told: &[(ActivityReceipt, Option<ProblemKind>)], moment: Moment) -> Vec<Element> {
    let row = |(receipt, why): &(ActivityReceipt, Option<ProblemKind>)| {
        let head = element("p", "small hstack")
            .child(element("span", "medium").text(words.get(&format!("kind_{}", kind_name(receipt.kind)))))
            .child(element("span", "cut").with("dir", "auto").text(&receipt.name))
            .child(element("span", "faint num push").text(moment(receipt.at)));
        element("div", "did").child(head).child(line(words, receipt, *why, moment))
    };
    told.iter().map(row).collect()
}

fn row(words: &Words, receipt: &ActivityReceipt, why: Option<ProblemKind>, moment: Moment) -> Element {
    let head = element("p", "small hstack")
        .child(element("span", "medium").text(words.get(&format!("kind_{}", kind_name(receipt.kind)))))
        .child(element("span", "faint num").text(moment(receipt.at)))
        .children(
            (receipt.kind == ActivityKind::Note && !receipt.subject.is_empty()).then(|| element("span", "cut dim").with("dir", "auto").text(&receipt.subject)),
        );
    element("div", "did").child(head).child(line(words, receipt, why, moment))
}

/// The receipt: its state, what that means, what can be done about it.
pub fn line(words: &Words, receipt: &ActivityReceipt, why: Option<ProblemKind>, moment: Moment) -> Element {
    let state = state_name(receipt.state);
    let (icon, more): (Icon, String) = match receipt.state {
        ReceiptState::Waiting => (CLOCK, words.get("waiting_more")),
        ReceiptState::Written if receipt.refusal.is_some() => (CHECK, refused(words, "not_removed_more", receipt)),
        ReceiptState::Written => (CHECK, words.with("written_more", &[&moment(receipt.since)])),
        ReceiptState::Held => (TRAY, words.with("held_more", &[&receipt.name])),
        ReceiptState::Refused => (STOP, why.map_or_else(|| refused(words, "refused_more", receipt), |kind| own(words, kind))),
        ReceiptState::Unknown => (QUESTION, words.get("unknown_more")),
        ReceiptState::Withdrawing => (CLOCK, words.get("withdrawing_more")),
        ReceiptState::Withdrawn => (CLOSE, words.get("withdrawn_more")),
    };
    let mut text = element("span", "")
        .child(element("b", "").text(words.get(&format!("receipt_{state}"))))
        .child(element("span", "").with("dir", "auto").text(format!(" {more}")));
    if let Some(moved) = receipt.moved {
        text = text.child(element("span", "dim").text(format!(" {}", words.get(if moved == Moved::Converted { "moved_converted" } else { "moved_merged" }))));
    }
    let deed = |action: &str, key: &str| button("link", &format!("{action}:{}", receipt.id), &words.get(key));
    let mut deeds = Vec::new();
    if !receipt.link.is_empty() {
        deeds.push(element("a", "").with("href", &receipt.link).text(words.get("open_in_salesforce")));
    }
    match receipt.state {
        ReceiptState::Waiting => deeds.push(deed("withdraw", "skip_this")),
        ReceiptState::Written if receipt.undo_until.is_some() => deeds.push(deed("withdraw", "undo")),
        ReceiptState::Refused => deeds.extend([deed("retry", "retry"), deed("withdraw", "discard")]),
        ReceiptState::Held => deeds.push(deed("withdraw", "discard")),
        ReceiptState::Written | ReceiptState::Unknown | ReceiptState::Withdrawing | ReceiptState::Withdrawn => {}
    }
    element("div", "receipt").with("data-receipt", state).child(icon.draw()).child(element("div", "").child(text).child(element("div", "do").children(deeds)))
}

/// Our own problems have words.
fn own(words: &Words, kind: ProblemKind) -> String {
    let (message, remedy) = words.problem(kind);
    format!("{message} {remedy}")
}

/// Why Salesforce doesn't do something, and what to do: its reasons are an admin's or its own.
fn refused(words: &Words, key: &str, receipt: &ActivityReceipt) -> String {
    let refusal = receipt.refusal.clone().unwrap_or_default();
    let said = if refusal.text.is_empty() { refusal.code.clone() } else { refusal.text };
    words.with(key, &[said.trim_end_matches('.'), &refusal.code])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::of_language;
    use inlay_core::api::Refusal;
    use inlay_core::model::time::Timestamp;

    fn receipt(state: ReceiptState) -> ActivityReceipt {
        ActivityReceipt {
            id: "AAAAAAAAAAAAAAAAAAAAAA".into(),
            kind: ActivityKind::Call,
            at: Timestamp(0),
            name: "Dana Okafor".into(),
            subject: "Call with Dana Okafor".into(),
            state,
            since: Timestamp(0),
            link: String::new(),
            record: String::new(),
            refusal: Some(Refusal {
                code: "FIELD_CUSTOM_VALIDATION_EXCEPTION".into(), text: "<b>O campo Região é obrigatório</b>".into(), fields: Vec::new()
            }),
            moved: Some(Moved::Converted),
            undo_until: None,
            member: String::new(),
            member_name: String::new(),
        }
    }

    #[test]
    fn every_receipt_and_form_has_words_in_every_language() {
        for language in ["en", "it", "pt", "nl", "es"] {
            let messages = of_language(language);
            let words = Words(&messages);
            for state in super::super::writeback::STATES {
                let text = line(&words, &receipt(state), None, &|_| "now".into()).all_text();
                assert!(text.len() > 12 && !text.contains('$'), "{language}: {text}");
            }
            let refused = line(&words, &receipt(ReceiptState::Refused), None, &|_| "now".into()).all_text();
            let stays = line(&words, &receipt(ReceiptState::Written), None, &|_| "now".into()).all_text();
            assert!(stays.contains("O campo Região") && stays != refused, "why it couldn't be removed: {stays}");
            assert!(refused.contains("<b>O campo Região é obrigatório</b>"), "a text stays a text: {refused}");
            for kind in ActivityKind::ALL {
                assert!(!words.get(&format!("kind_{}", kind_name(kind))).is_empty());
                let form = form(&words, kind, "Dana Okafor", "2026-11-22T09:00", &BTreeMap::new(), Some(ProblemKind::StorageFull)).all_text();
                assert!(form.contains("Dana Okafor") && !form.contains("$1"), "{language}: {form}");
            }
        }
    }
}

//! Log a call, add a note, and what became of it (spec 47): forms and receipts on the card.

use super::icon::{CHECK, CLOCK, CLOSE, Icon, QUESTION, STOP, TRAY};
use super::options::Moment;
use super::part::{button, icon_button, problem};
use crate::node::{Element, element};
use crate::words::Words;
use inlay_core::api::{ActivityReceipt, Moved, ProblemKind, ReceiptState};
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
        ReceiptState::Withdrawn => "withdrawn",
    }
}

fn entry(words: &Words, name: &'static str, key: &str, control: Element) -> Element {
    let label = element("label", "label").with("for", name).text(words.get(key));
    element("div", "entry").child(label).child(element("div", "field").child(control.with("id", name).with("name", name)))
}

fn choice(words: &Words, name: &'static str, key: &str, options: &[(&'static str, String)], chosen: &str) -> Element {
    let options = options.iter().map(|(value, label)| {
        let option = element("option", "").with("value", *value).text(label);
        if *value == chosen { option.with("selected", "") } else { option }
    });
    entry(words, name, key, element("select", "").children(options))
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
            .child(choice(words, "outcome", "outcome", &outcomes, &value("outcome")))
            .child(choice(words, "direction", "direction", &directions, &value("direction")))
            .child(entry(words, "minutes", "call_minutes", minutes));
    } else {
        fields = fields.child(entry(words, "subject", "note_title", element("input", "").with("maxlength", "80").with("value", value("subject"))));
    }
    let when =
        element("input", "").with("type", "datetime-local").with("max", at).with("value", if value("at").is_empty() { at.to_owned() } else { value("at") });
    let label = if kind == ActivityKind::Call { "call_text" } else { "note_text" };
    fields = fields
        .child(entry(words, "text", label, element("textarea", "").with("rows", "4").with("maxlength", "32000").with("dir", "auto").text(value("text"))))
        .child(entry(words, "at", "when", when));
    let save = button("btn primary", if kind == ActivityKind::Call { "save_call" } else { "save_note" }, &words.get("save"));
    let deeds = element("p", "do").child(save).child(button("btn plain", "open", &words.get("cancel")));
    element("div", "card inlay")
        .with("role", "dialog")
        .with("aria-label", &title)
        .child(element("div", "head plain").child(element("h2", "").with("dir", "auto").text(&title)).child(close))
        .children(why.map(|kind| problem(words, kind)))
        .child(fields.child(element("p", "small dim").text(words.get("written_within"))).child(deeds))
}

/// The newest activities with somebody, each with its receipt.
pub fn receipts(words: &Words, receipts: &[(ActivityReceipt, Option<ProblemKind>)], moment: Moment) -> Option<Element> {
    if receipts.is_empty() {
        return None;
    }
    let rows = receipts.iter().map(|(receipt, why)| row(words, receipt, *why, moment));
    Some(element("section", "").child(element("h3", "").text(words.get("activities"))).children(rows))
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
        ReceiptState::Written => (CHECK, words.with("written_more", &[&moment(receipt.since)])),
        ReceiptState::Held => (TRAY, words.with("held_more", &[&receipt.name])),
        ReceiptState::Refused => (STOP, refused(words, receipt, why)),
        ReceiptState::Unknown => (QUESTION, words.get("unknown_more")),
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
        ReceiptState::Written | ReceiptState::Unknown | ReceiptState::Withdrawn => {}
    }
    element("div", "receipt").with("data-receipt", state).child(icon.draw()).child(element("div", "").child(text).child(element("div", "do").children(deeds)))
}

/// Why, and what to do: our own problems have words, Salesforce's reasons are an admin's or its own.
fn refused(words: &Words, receipt: &ActivityReceipt, why: Option<ProblemKind>) -> String {
    if let Some(kind) = why {
        let (message, remedy) = words.problem(kind);
        return format!("{message} {remedy}");
    }
    let refusal = receipt.refusal.clone().unwrap_or_default();
    let said = if refusal.text.is_empty() { refusal.code.clone() } else { refusal.text };
    words.with("refused_more", &[said.trim_end_matches('.'), &refusal.code])
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
            for state in
                [ReceiptState::Waiting, ReceiptState::Written, ReceiptState::Held, ReceiptState::Refused, ReceiptState::Unknown, ReceiptState::Withdrawn]
            {
                let text = line(&words, &receipt(state), None, &|_| "now".into()).all_text();
                assert!(text.len() > 12 && !text.contains('$'), "{language}: {text}");
            }
            let refused = line(&words, &receipt(ReceiptState::Refused), None, &|_| "now".into()).all_text();
            assert!(refused.contains("<b>O campo Região é obrigatório</b>"), "a text stays a text: {refused}");
            for kind in ActivityKind::ALL {
                assert!(!words.get(&format!("kind_{}", kind_name(kind))).is_empty());
                let form = form(&words, kind, "Dana Okafor", "2026-11-22T09:00", &BTreeMap::new(), Some(ProblemKind::StorageFull)).all_text();
                assert!(form.contains("Dana Okafor") && !form.contains("$1"), "{language}: {form}");
            }
        }
    }
}

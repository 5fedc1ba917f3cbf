//! The badge: a cut piece in a small tag. Shape and letter say the object, fill how sure, the sign what is wrong.

use super::icon::PAUSE;
use super::part::{object_name, piece};
use crate::node::{Element, element};
use crate::words::Words;
use inlay_core::badge::{Badge, Fact, State};

/// The state's name in the sheet and in tallies.
pub fn state_name(state: State) -> &'static str {
    match state {
        State::In => "in",
        State::Unsure => "unsure",
        State::Paused => "paused",
        State::Asking => "asking",
    }
}

/// Draws a badge: small in rows, wide at the head of a page.
pub fn draw(words: &Words, badge: &Badge, wide: bool) -> Element {
    let state = state_name(badge.state);
    let word = words.get(&format!("state_{state}"));
    let seen = if wide { word.clone() } else { words.get("crm") };
    if badge.state == State::Asking {
        // Nothing to press yet, and drawn for every row: as little as possible.
        let dots = element("span", "dots").with("aria-hidden", "true");
        let tag =
            element("span", if wide { "badge wide" } else { "badge" }).with("data-state", state).with("role", "img").with("aria-label", &word).child(dots);
        return tag.children(wide.then(|| element("span", "").text(word)));
    }
    let mut tag = element("button", if wide { "badge wide" } else { "badge" })
        .with("type", "button")
        .with("data-state", state)
        .with("data-action", "open")
        .with("aria-haspopup", "dialog")
        .with("aria-expanded", "false")
        .with("aria-label", label(words, badge, &word, wide));
    if let Some(object) = badge.object {
        tag = tag.with("data-object", object_name(object));
    }
    tag = match badge.state {
        State::Paused => tag.child(element("span", "piece").with("aria-hidden", "true").child(PAUSE.draw())),
        State::In | State::Unsure | State::Asking => tag.children(badge.object.map(|object| piece(object, ""))),
    };
    tag = tag.child(element("span", "").text(seen));
    if badge.state == State::Unsure {
        tag = tag.child(element("span", "sign").with("aria-hidden", "true"));
    }
    if wide && let Some(more) = more(words, badge) {
        tag = tag.text(" ").child(element("span", "more").text(more));
    }
    tag
}

fn more(words: &Words, badge: &Badge) -> Option<String> {
    match &badge.fact {
        Fact::Nothing if badge.state == State::Paused => Some(words.get("paused_why")),
        Fact::Nothing => None,
        Fact::Owner(owner) => Some(words.with("owner_is", &[owner])),
        Fact::Question(name, company) if company.is_empty() => Some(words.with("is_this", &[name])),
        Fact::Question(name, company) => Some(words.with("is_this_at", &[name, company])),
    }
}

/// Holds the words seen, in their order, so that voice control finds the badge by them.
fn label(words: &Words, badge: &Badge, word: &str, wide: bool) -> String {
    let told = match badge.object {
        Some(object) => words.with("badge_label_object", &[&badge.name, word, &words.get(&format!("object_{}", object_name(object)))]),
        None => words.with("badge_label", &[&badge.name, word]),
    };
    match more(words, badge) {
        _ if !wide => told,
        Some(more) => format!("{word} {more}. {told}"),
        None => format!("{word}. {told}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::of_language;
    use inlay_core::model::object::Object;

    #[test]
    fn every_state_reads_aloud_in_every_language() {
        for language in ["en", "it", "pt", "nl", "es"] {
            let messages = of_language(language);
            let words = Words(&messages);
            for state in [State::In, State::Unsure, State::Paused] {
                let badge = Badge { state, object: Some(Object::Contact), name: "Dana Okafor".into(), fact: Fact::Owner("Ines Maduro".into()) };
                for wide in [false, true] {
                    let label = &draw(&words, &badge, wide).attributes["aria-label"];
                    assert!(label.contains("Dana Okafor") && !label.contains('$'), "{language}: {label}");
                }
            }
        }
    }
}

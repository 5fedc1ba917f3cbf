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

/// Draws the badge at the head of a page, in its spot.
pub fn wide(words: &Words, badge: &Badge) -> Element {
    let word = words.get(&format!("state_{}", state_name(badge.state)));
    let tag = if badge.state == State::Asking {
        let dots = element("span", "dots").with("aria-hidden", "true");
        let tag = element("span", "badge wide").with("data-state", state_name(badge.state)).with("role", "img").with("aria-label", &word);
        tag.child(dots).child(element("span", "").text(word))
    } else {
        let piece = match badge.state {
            State::Paused => Some(element("span", "piece").with("aria-hidden", "true").child(PAUSE.draw())),
            _ => badge.object.map(|object| piece(object, "")),
        };
        let mut tag = button(badge, "badge wide").with("aria-label", label(words, badge, true)).children(piece).child(element("span", "").text(word));
        if badge.state == State::Unsure {
            tag = tag.child(element("span", "sign").with("aria-hidden", "true"));
        }
        if let Some(more) = more(words, badge) {
            tag = tag.text(" ").child(element("span", "more").text(more));
        }
        tag
    };
    element("span", "inlay spot").child(tag)
}

/// Draws a badge of a row, but for its label: one element, since a page can have a thousand; the sheet draws what is in it.
pub fn row(badge: &Badge) -> Element {
    match badge.state {
        State::Asking => element("span", "inlay badge row").with("data-state", "asking"),
        _ => button(badge, "inlay badge row"),
    }
}

fn button(badge: &Badge, class: &str) -> Element {
    let button = element("button", class)
        .with("type", "button")
        .with("data-state", state_name(badge.state))
        .with("data-action", "open")
        .with("aria-haspopup", "dialog")
        .with("aria-expanded", "false");
    match badge.object {
        Some(object) => button.with("data-object", object_name(object)),
        None => button,
    }
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

/// What is read aloud. Holds the words seen, in their order, so that voice control finds the badge by them.
pub fn label(words: &Words, badge: &Badge, wide: bool) -> String {
    let word = words.get(&format!("state_{}", state_name(badge.state)));
    let told = match badge.object {
        Some(object) => words.with("badge_label_object", &[&badge.name, &word, &words.get(&format!("object_{}", object_name(object)))]),
        None => words.with("badge_label", &[&badge.name, &word]),
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
                    let label = label(&words, &badge, wide);
                    assert!(label.contains("Dana Okafor") && !label.contains('$'), "{language}: {label}");
                }
            }
        }
    }
}

//! The strip under a composer: what to know before, whether it is written, what became of it (spec 42, 47, 49).

use super::activity::{kind_name, line, touch};
use super::icon::{NO_MAIL, STOP, WARN};
use super::options::Moment;
use super::part::{button, flag, problem};
use crate::node::{Element, element};
use crate::words::Words;
use inlay_core::api::{ActivityReceipt, Card, Content, ProblemKind, Writeback};
use inlay_core::model::activity::ActivityKind;

/// What the strip shows.
pub struct Strip<'a> {
    /// The composer's kind.
    pub kind: ActivityKind,
    /// What the workspace allows; none if it can't be asked.
    pub writeback: Option<&'a Writeback>,
    /// The member wants this kind written.
    pub is_on: bool,
    /// The next one isn't.
    pub skips: bool,
    /// Whom it goes to, if surely in the CRM.
    pub card: Option<&'a Card>,
    /// What was sent here.
    pub receipts: &'a [(ActivityReceipt, Option<ProblemKind>)],
    /// Why something couldn't be done, such as an ended session.
    pub problem: Option<ProblemKind>,
    /// How many were sent and don't fit on this device.
    pub unkept: usize,
}

/// Draws the strip.
pub fn draw(words: &Words, strip: &Strip, moment: Moment) -> Element {
    let receipts = strip.receipts.iter().map(|(receipt, why)| line(words, receipt, *why, moment));
    element("div", "inlay strip")
        .with("role", "group")
        .with("aria-label", format!("{}: {}", words.get("write_to_salesforce"), words.get(&format!("kind_{}", kind_name(strip.kind)))))
        .children((strip.problem != Some(ProblemKind::NotSignedIn)).then(|| before(words, strip.card, moment)))
        .children(strip.problem.map(|kind| problem(words, kind)))
        .children((strip.unkept > 0).then(|| unkept(words)))
        .child(toggle(words, strip))
        .children(receipts)
}

fn unkept(words: &Words) -> Element {
    let told = element("p", "").text(words.get("sent_unkept"));
    element("div", "notice bad").with("role", "alert").child(STOP.draw()).child(told).child(element("p", "").child(button("link", "keep", &words.get("retry"))))
}

fn before(words: &Words, card: Option<&Card>, moment: Moment) -> Element {
    let fact = |text: String| element("span", "small").with("dir", "auto").text(text);
    let mut row = element("div", "before").child(element("span", "medium small").text(words.get("before_you_send")));
    let Some(card) = card else { return row.child(fact(words.get("not_surely_in_crm"))) };
    if card.opted_out {
        row = row.child(flag("bad", NO_MAIL, &words.get("opted_out")));
    }
    row = row.children(card.touch.as_ref().map(|colleague| touch(words, colleague, moment)));
    if !card.last_activity.is_empty() {
        row = row.child(fact(words.with("last_touch", &[&card.last_activity])));
    }
    if !card.owner.is_empty() {
        row = row.child(fact(words.with("owner_is", &[&card.owner])));
    }
    row.children(card.opportunities.first().map(|opportunity| fact(opportunity.name.clone())))
}

fn toggle(words: &Words, strip: &Strip) -> Element {
    let off = |text: String| element("div", "tog").child(WARN.draw()).child(element("span", "small dim").text(text));
    let Some(writeback) = strip.writeback else { return off(words.get("write_not_known")) };
    let Some(content) = writeback.kinds.get(&strip.kind) else {
        return off(words.with("write_off_kind", &[&words.get(&format!("kind_{}", kind_name(strip.kind)))]));
    };
    let label = words.get("write_to_salesforce");
    let switch = element("button", "switch")
        .with("type", "button")
        .with("role", "switch")
        .with("aria-checked", strip.is_on.to_string())
        .with("data-action", "toggle")
        .child(element("span", "knob").with("aria-hidden", "true"))
        .child(element("span", "medium").text(label));
    let told = match (strip.is_on, strip.skips, content) {
        (false, _, _) => words.get("stays_here"),
        (true, true, _) => words.get("skipped_this"),
        (true, false, Content::Fact) => words.get("content_fact"),
        (true, false, Content::Subject) => words.get("content_subject"),
        (true, false, Content::Full) if writeback.redacts => format!("{}; {}", words.get("content_full"), words.get("redacted_first")),
        (true, false, Content::Full) => words.get("content_full"),
    };
    let mut row = element("div", "tog").child(switch).child(element("span", "small dim").text(told));
    if strip.is_on {
        row = row.child(button("link push", "skip", &words.get(if strip.skips { "write_this" } else { "skip_this" })));
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::of_language;

    #[test]
    fn the_strip_speaks_every_language_on_off_and_not_offered() {
        for language in ["en", "it", "pt", "nl", "es"] {
            let messages = of_language(language);
            let on = Writeback { kinds: [(ActivityKind::Message, Content::Full)].into(), redacts: true, ..Writeback::default() };
            for (writeback, is_on, skips) in [
                (None, false, false),
                (Some(Writeback::default()), false, false),
                (Some(on.clone()), false, false),
                (Some(on.clone()), true, false),
                (Some(on), true, true),
            ] {
                let strip = Strip {
                    kind: ActivityKind::Message,
                    writeback: writeback.as_ref(),
                    is_on,
                    skips,
                    card: None,
                    receipts: &[],
                    problem: skips.then_some(ProblemKind::NotSignedIn),
                    unkept: 1,
                };
                let text = draw(&Words(&messages), &strip, &|_| "now".into()).all_text();
                assert!(text.len() > 30 && !text.contains("$1"), "{language}: {text}");
            }
        }
    }
}

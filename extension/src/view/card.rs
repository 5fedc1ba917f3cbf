//! The card behind a badge: who, what forbids, how to reach, what is open, why we think so.

use super::icon::{CLOSE, COPY, NO_MAIL, NO_PHONE, OUT};
use super::options::Moment;
use super::part::{button, count, entry, flag, icon_button, object_name, piece, problem};
use crate::node::{Element, element};
use crate::words::Words;
use inlay_core::api::{Band, Card, Matched, OpenOpportunity, ProblemKind, TrackedLink};
use inlay_core::card::{Flag, Label, asks, flags, lines, reasons, why};
use inlay_core::model::activity::ActivityKind;
use inlay_core::model::evidence::{Evidence, Field, Level};
use inlay_core::model::object::Object;
use inlay_core::model::sighting::Sighting;

pub(super) fn field_key(field: Field) -> String {
    let name = serde_json::to_value(field).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default();
    format!("field_{name}")
}

fn dialog(label: &str, class: &str) -> Element {
    element("div", &format!("card inlay {class}")).with("role", "dialog").with("aria-label", label)
}

fn head(words: &Words, card: &Card, matched: &Matched) -> Element {
    let close = icon_button("close", CLOSE, &words.get("close"));
    let mut sub = element("p", "sub");
    if !card.title.is_empty() {
        sub = sub.text(if card.company.is_empty() { card.title.clone() } else { format!("{} · ", card.title) });
    }
    if !card.company.is_empty() {
        let company = element(if card.company_link.is_empty() { "span" } else { "a" }, "");
        sub = sub.child(if card.company_link.is_empty() { company } else { company.with("href", &card.company_link) }.text(&card.company));
    }
    let open = element("a", "hstack").with("href", &card.link).with("data-focus", "").text(words.get("open_in_salesforce")).child(OUT.draw());
    element("div", "head")
        .child(piece(matched.object, "z36"))
        .child(element("h2", "").with("dir", "auto").text(&card.name))
        .child(close)
        .child(sub)
        .child(element("p", "sub").child(open))
}

/// What a member can add. Accounts take notes only (spec 41); who isn't surely the person gets none.
fn deeds(words: &Words, allowed: &[ActivityKind], object: Object, band: Band) -> Option<Element> {
    let takes = |kind: &ActivityKind| match kind {
        ActivityKind::Note => true,
        ActivityKind::Call | ActivityKind::LinkView => object != Object::Account,
        ActivityKind::Inmail | ActivityKind::Message => false,
    };
    let kinds: Vec<ActivityKind> = allowed.iter().copied().filter(takes).collect();
    if kinds.is_empty() || band != Band::Sure {
        return None;
    }
    let deed = |kind: ActivityKind| match kind {
        ActivityKind::Call => button("btn small", "log_call", &words.get("log_call")),
        ActivityKind::LinkView => button("btn small", "new_link", &words.get("new_link")),
        _ => button("btn small", "add_note", &words.get("add_note")),
    };
    Some(element("section", "").child(element("p", "do").children(kinds.into_iter().map(deed))))
}

/// The card of a record; `receipts` of what was done with it.
pub fn draw(words: &Words, card: &Card, matched: &Matched, band: Band, sighting: &Sighting, receipts: Option<Element>, moment: Moment) -> Element {
    let label = format!("{}, {}", card.name, words.get(&format!("object_{}", object_name(matched.object))));
    let mut panel = dialog(&label, "").child(head(words, card, matched));
    let facts = flags(card);
    if !facts.is_empty() {
        panel = panel.child(element("div", "flags").children(facts.into_iter().map(|fact| match fact {
            Flag::DoNotCall => flag("bad", NO_PHONE, &words.get("do_not_call")),
            Flag::OptedOut => flag("bad", NO_MAIL, &words.get("opted_out")),
        })));
    }
    if let Some(touch) = &card.touch {
        panel = panel.child(element("div", "flags").child(super::activity::touch(words, touch, moment)));
    }
    if asks(band) {
        panel = panel.child(question(words, matched, sighting));
    }
    let values = lines(card);
    if !values.is_empty() {
        let pairs = values.into_iter().flat_map(|(label, value)| [element("dt", "").text(words.get(label_key(label))), line(words, label, value)]);
        panel = panel.child(element("section", "").child(element("dl", "pairs").children(pairs)));
    }
    panel
        .children(opportunities(words, card))
        .children(people(words, card))
        .children(receipts)
        .children(links(words, &card.links, moment))
        .children(deeds(words, &card.writes, matched.object, band))
        .child(by_hand(words, matched, moment))
        .child(foot(words, matched, band))
}

/// The member's tracked links for the person, each to be copied, with how often it was opened.
fn links(words: &Words, links: &[TrackedLink], moment: Moment) -> Option<Element> {
    if links.is_empty() {
        return None;
    }
    let row = |link: &TrackedLink| {
        let viewed = match link.viewed {
            Some(last) => words.with("link_views", &[&count(link.views), &moment(last)]),
            None => words.get("link_not_viewed"),
        };
        let copy = element("button", "copy").with("type", "button").with("data-action", "copy").with("data-value", &link.link);
        element("div", "hstack")
            .child(element("span", "cut medium").with("dir", "auto").with("title", &link.title).text(&link.title))
            .child(element("span", "small dim").text(viewed))
            .child(element("span", "push").child(copy.with("aria-label", words.with("copy_value", &[&link.title])).child(COPY.draw())))
    };
    Some(element("section", "").child(element("h3", "").text(words.get("tracked_links"))).children(links.iter().map(row)))
}

/// The form of a new tracked link for somebody.
pub fn new_link(words: &Words, name: &str, url: &str, title: &str, why: Option<ProblemKind>) -> Element {
    let label = words.with("link_for", &[name]);
    let close = icon_button("close", CLOSE, &words.get("close"));
    let deeds = element("p", "do").child(button("btn primary", "save_link", &words.get("make_link"))).child(button("btn plain", "open", &words.get("cancel")));
    let fields = element("div", "pad form")
        .child(entry("url", &words.get("link_url"), element("input", "").with("type", "url").with("maxlength", "2000").with("dir", "ltr").with("value", url)))
        .child(entry("link_title", &words.get("link_title"), element("input", "").with("maxlength", "200").with("value", title)))
        .child(element("p", "small dim").text(words.get("link_counts")))
        .child(deeds);
    dialog(&label, "")
        .child(element("div", "head plain").child(element("h2", "").with("dir", "auto").text(&label)).child(close))
        .children(why.map(|kind| problem(words, kind)))
        .child(fields)
}

fn label_key(label: Label) -> &'static str {
    match label {
        Label::Email => "field_email",
        Label::Mobile => "mobile",
        Label::Phone => "field_phone",
        Label::Address => "address",
        Label::Website => "field_website",
        Label::Industry => "field_industry",
        Label::Owner => "owner",
        Label::Status => "status",
        Label::LastActivity => "last_activity",
    }
}

fn line(words: &Words, label: Label, value: &str) -> Element {
    let shown = match label {
        Label::Email => element("a", "").with("href", format!("mailto:{value}")).text(value),
        Label::Website if value.starts_with("https://") => {
            element("a", "").with("href", value).text(value.trim_start_matches("https://").trim_end_matches('/'))
        }
        _ => element("span", "").with("dir", "auto").text(value),
    };
    let mut line = element("dd", "").child(element("span", "cut").with("dir", "auto").with("title", value).child(shown));
    if matches!(label, Label::Email | Label::Phone | Label::Mobile | Label::Address) {
        let copy = element("button", "copy").with("type", "button").with("data-action", "copy").with("data-value", value);
        line = line.child(copy.with("aria-label", words.with("copy_value", &[&words.get(label_key(label))])).child(COPY.draw()));
    }
    line
}

fn opportunities(words: &Words, card: &Card) -> Option<Element> {
    if card.opportunities.is_empty() {
        return None;
    }
    let title = element("h3", "").text(words.get("open_opportunities")).child(element("span", "count").text(count(card.opportunities.len() as u64)));
    let row = |opportunity: &OpenOpportunity| {
        element("div", "opp")
            .child(element("a", "cut medium").with("href", &opportunity.link).text(&opportunity.name))
            .child(element("span", "num end").text(amount(opportunity)))
            .child(element("span", "small dim cut").text(format!("{} · {}", opportunity.stage, opportunity.owner)))
            .child(element("span", "small faint num end").text(&opportunity.close))
    };
    Some(element("section", "").child(title).children(card.opportunities.iter().take(3).map(row)))
}

/// Salesforce's `450500.0` with its thousands parted, after its currency where there are several; anything else stays as it came.
fn amount(opportunity: &OpenOpportunity) -> String {
    let number = parted(&opportunity.amount);
    if number.is_empty() || opportunity.currency.is_empty() { number } else { format!("{}\u{a0}{number}", opportunity.currency) }
}

fn parted(text: &str) -> String {
    match text.split_once('.').map_or((text, ""), |(whole, rest)| (whole, rest.trim_end_matches('0'))) {
        (whole, "") => whole.parse().map_or_else(|_| text.to_owned(), count),
        (whole, rest) => whole.parse().map_or_else(|_| text.to_owned(), |whole| format!("{}.{rest}", count(whole))),
    }
}

fn people(words: &Words, card: &Card) -> Option<Element> {
    if card.people.is_empty() {
        return None;
    }
    let title = element("h3", "").text(words.get("people_in_crm")).child(element("span", "count").text(count(u64::from(card.people_count))));
    let rows = card.people.iter().map(|person| {
        element("div", "hstack")
            .child(element("a", "").with("href", &person.link).text(&person.name))
            .child(element("span", "small dim cut").text(&person.title))
    });
    Some(element("section", "").child(title).children(rows))
}

/// Both sides of an unsure match.
fn question(words: &Words, matched: &Matched, sighting: &Sighting) -> Element {
    let head = element("tr", "")
        .child(element("th", "").child(element("span", "sr").text(words.get("detail"))))
        .children(["on_this_page", "in_crm_column"].map(|key| element("th", "").with("scope", "col").text(words.get(key))));
    let mut body = element("tbody", "");
    for field in [Field::Name, Field::Company, Field::Title, Field::Location, Field::Website] {
        if let Some(line) = matched.evidence.iter().find(|line| line.field == field && !(line.page.is_empty() && line.crm.is_empty())) {
            let side = |text: &str| element("td", "").with("dir", "auto").text(if text.is_empty() { words.get("empty") } else { text.to_owned() });
            body = body.child(
                element("tr", "")
                    .child(element("th", "faint").with("scope", "row").text(words.get(&field_key(field))))
                    .child(side(&line.page))
                    .child(side(&line.crm)),
            );
        }
    }
    let title = element("p", "medium").text(words.with("unsure_question", &[&sighting.name]));
    let answer =
        element("p", "do").child(button("btn small primary", "confirm", &words.get("match_yes"))).child(button("btn small", "reject", &words.get("match_no")));
    element("section", "").child(title).child(element("table", "diff").child(element("thead", "").child(head)).child(body)).child(answer)
}

/// Who matched it by hand, and another record for it (spec 21).
fn by_hand(words: &Words, matched: &Matched, moment: Moment) -> Element {
    let mut row = element("section", "small dim hstack");
    if let Some(by) = &matched.by_hand {
        let said = element("span", "").with("dir", "auto").text(words.with("by_hand", &[&by.name, &moment(by.at)]));
        row = row.child(said).child(button("link", "undo_match", &words.get("undo")));
    }
    row.child(element("span", "push").child(button("link", "rematch", &words.get("rematch"))))
}

/// The form that names another record for somebody.
pub fn rematch(words: &Words, name: &str, entered: &str, why: Option<ProblemKind>) -> Element {
    let title = words.with("match_whom", &[name]);
    let close = icon_button("close", CLOSE, &words.get("close"));
    let input = element("input", "").with("value", entered).with("dir", "ltr");
    let deeds = element("p", "do").child(button("btn primary", "save_match", &words.get("match_now"))).child(button("btn plain", "open", &words.get("cancel")));
    let fields = element("div", "pad form").child(entry("record", &words.get("record_link"), input)).child(deeds);
    dialog(&title, "")
        .child(element("div", "head plain").child(element("h2", "").with("dir", "auto").text(&title)).child(close))
        .children(why.map(|kind| problem(words, kind)))
        .child(fields)
}

fn foot(words: &Words, matched: &Matched, band: Band) -> Element {
    let shown = if matched.by_hand.is_some() { Vec::new() } else { reasons(matched) };
    let mut names = shown.into_iter().map(|field| words.get(&field_key(field)).to_lowercase());
    let state = words.get(if band == Band::Sure { "sure_match" } else { "unsure_match" });
    let said = match (names.next(), names.next()) {
        (Some(a), Some(b)) => words.with("by_two", &[&state, &a, &b]),
        (Some(a), None) => words.with("by_one", &[&state, &a]),
        _ => state,
    };
    element("div", "foot").child(element("span", "").text(said)).child(element("span", "push").child(button("link", "why", &words.get("why_this_match"))))
}

/// "Why this match": each field with its weight, the score, the next best (spec 20).
pub fn explain(words: &Words, matched: &Matched, band: Band) -> Element {
    let label = words.get("why_this_match");
    let close = icon_button("close", CLOSE, &words.get("close"));
    let header = element("div", "head plain").child(element("h2", "").text(&label)).child(close);
    let verdict = element("div", "verdict")
        .child(
            element("span", "hstack")
                .child(piece(matched.object, ""))
                .child(element("span", "medium").text(&matched.name))
                .child(element("span", "dim").text(&matched.company)),
        )
        .child(element("span", "dim").text(words.with(
            if band == Band::Sure { "verdict_sure" } else { "verdict_unsure" },
            &[&format!("{:.0}", (matched.probability * 100.0).floor().min(99.0)), &format!("{:.1}", matched.weight)],
        )));
    let columns = ["field_column", "weight"].map(|key| element("th", "").with("scope", "col").text(words.get(key)));
    let rows = why(matched).into_iter().map(|line| why_row(words, line));
    let total = element("tr", "sum")
        .child(element("th", "medium").with("scope", "row").text(words.get("score")))
        .child(element("td", "n medium").text(signed(matched.weight)));
    let table =
        element("table", "tbl").child(element("thead", "").child(element("tr", "").children(columns))).child(element("tbody", "").children(rows).child(total));
    let mut panel = dialog(&label, "why").child(header).child(verdict).child(element("div", "scroll").child(table));
    if let Some(next) = &matched.runner_up {
        let line = element("div", "hstack")
            .child(piece(next.object, "z16"))
            .child(element("span", "medium").text(&next.name))
            .child(element("span", "dim cut").text(&next.company))
            .child(element("span", "push num").text(signed(next.weight)));
        panel = panel.child(element("section", "").child(element("h3", "").text(words.get("next_best"))).child(line));
    }
    panel.child(element("div", "foot").child(button("link", "open", &words.get("back"))))
}

/// The words for how well a field agrees.
pub(super) fn level_key(level: Level) -> String {
    let name = serde_json::to_value(level).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default();
    format!("level_{name}")
}

fn why_row(words: &Words, line: &Evidence) -> Element {
    let mut name = element("th", "").with("scope", "row").child(element("span", "medium").text(words.get(&field_key(line.field))));
    if line.field == Field::Prior && !line.page.is_empty() {
        let records = count(line.crm.parse().unwrap_or(0));
        name = name.child(element("span", "small dim sides").text(words.with("prior_sides", &[&line.page, &records])));
    } else if !matches!(line.field, Field::Prior | Field::Feedback) {
        let sides = [line.page.as_str(), &line.crm].map(|side| if side.is_empty() { words.get("empty") } else { side.to_owned() }).join(" / ");
        name = name
            .child(element("span", "dim level").text(words.get(&level_key(line.level))))
            .child(element("span", "small dim sides").with("dir", "auto").text(sides));
    }
    element("tr", "").child(name).child(element("td", if line.bits < 0.0 { "n minus" } else { "n" }).text(signed(line.bits)))
}

fn signed(bits: f64) -> String {
    let rounded = format!("{:.1}", bits.abs());
    match (bits < 0.0, rounded.as_str()) {
        (_, "0.0") => "0".into(),
        (true, _) => format!("−{rounded}"),
        (false, _) => format!("+{rounded}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::of_language;
    use inlay_core::api::ByHand;
    use inlay_core::model::id::RecordId;
    use inlay_core::model::time::Timestamp;

    fn matched() -> Matched {
        let line = |field, level, bits| Evidence { field, level, bits, page: "<img src=x onerror=alert(1)>".into(), crm: "Dana".into() };
        Matched {
            record: RecordId::parse("003000000000001").expect("an id"),
            object: Object::Contact,
            name: "Dana Okafor".into(),
            company: "Northwind".into(),
            owner: "Ines Maduro".into(),
            link: "https://x.example/003000000000001AAA".into(),
            probability: 0.98,
            weight: 6.0,
            margin: None,
            evidence: vec![
                line(Field::Prior, Level::NotCompared, -9.0),
                line(Field::Email, Level::Equal, 9.8),
                line(Field::Name, Level::Close, 6.4),
                line(Field::Location, Level::Differs, -1.2),
            ],
            runner_up: None,
            by_hand: None,
        }
    }

    #[test]
    fn cards_are_drawn_in_every_language_and_texts_stay_texts() {
        let card = Card {
            name: "Dana Okafor".into(),
            email: "dana@northwind.example".into(),
            do_not_call: true,
            link: "https://x.example/1".into(),
            links: vec![TrackedLink { title: "Pumps".into(), link: "https://x.example/l/1".into(), views: 2, viewed: Some(Timestamp(0)) }],
            ..Card::default()
        };
        for language in ["en", "it", "pt", "nl", "es"] {
            let messages = of_language(language);
            let words = Words(&messages);
            let said = Matched { by_hand: Some(ByHand { name: "Ines Maduro".into(), at: Timestamp(0) }), ..matched() };
            for band in [Band::Sure, Band::Unsure] {
                let text = draw(&words, &card, &said, band, &Sighting::default(), None, &|_| "now".into()).all_text()
                    + &explain(&words, &said, band).all_text()
                    + &new_link(&words, "Dana Okafor", "", "", None).all_text()
                    + &rematch(&words, "Dana Okafor", "", Some(ProblemKind::NotFound)).all_text();
                assert!(text.contains("dana@northwind.example") && text.contains("<img src=x"), "{language}");
                assert!(!text.contains("$1"), "{language}: {text}");
            }
        }
    }

    #[test]
    fn amounts_are_parted_and_have_their_currency() {
        let shown = |amount: &str, currency: &str| {
            let (name, stage, close, owner, link) = Default::default();
            super::amount(&OpenOpportunity { name, stage, amount: amount.into(), currency: currency.into(), close, owner, link })
        };
        assert_eq!(shown("450500.0", ""), "450\u{202f}500");
        assert_eq!(shown("450500.25", "EUR"), "EUR\u{a0}450\u{202f}500.25");
        assert_eq!((shown("", "EUR").as_str(), shown("much", "").as_str()), ("", "much"));
    }
}

//! How sure Inlay must be: thresholds, what others would change, apply and take back.

use super::icon::{CHECK, STOP, WARN};
use super::options::{Knows, boxed, field, page};
use super::part::{button, count, flag, object_name, piece};
use crate::node::{Element, element};
use crate::words::Words;
use inlay_core::api::{Band, Change, ChangeKind, Preview, Role, Thresholds};

/// The section.
pub fn draw(words: &Words, knows: &Knows) -> Element {
    let main = page(words, "matches", "matches_lead", knows);
    let (Some(member), Some(thresholds)) = (&knows.member, &knows.thresholds) else {
        return main.child(element("p", "dim").text(words.get("import_signed_out")));
    };
    if member.role != Role::Admin {
        let now = words.with("thresholds_now", &[&percent(thresholds.sure), &percent(thresholds.unsure)]);
        return main.child(element("p", "").text(now)).child(element("p", "dim").text(words.get("matches_admin_only")));
    }
    let main = main.child(entries(words, knows, thresholds));
    match &knows.preview {
        Some((proposed, preview)) => main.child(changes(words, proposed, preview)),
        None => main,
    }
}

/// A threshold in percent, with as many digits as it needs.
pub fn percent(probability: f64) -> String {
    let digits = format!("{:.4}", probability * 100.0);
    digits.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A probability in percent, never rounded up to certainty.
fn rounded(probability: f64) -> String {
    percent((probability * 1000.0).floor() / 1000.0)
}

/// What was entered, as a probability; none if it is no percentage.
pub fn probability(entered: &str) -> Option<f64> {
    let percent: f64 = entered.trim().trim_end_matches('%').trim().replace(',', ".").parse().ok()?;
    (0.0..=100.0).contains(&percent).then_some(percent / 100.0)
}

fn entries(words: &Words, knows: &Knows, now: &Thresholds) -> Element {
    let (sure, unsure) = knows.preview.as_ref().map_or((now.sure, now.unsure), |(proposed, _)| (proposed.sure, proposed.unsure));
    let form = element("div", "pad form")
        .child(field(words, "sure", "sure_from", &percent(sure), "text"))
        .child(field(words, "unsure", "unsure_from", &percent(unsure), "text"))
        .child(element("p", "small dim").text(words.get("thresholds_hint")));
    let mut deeds = element("footer", "").child(button("btn primary", "preview", &words.get("preview")));
    if let Some((sure, unsure)) = now.before {
        deeds = deeds.child(button("btn", "take_back", &words.with("take_back", &[&percent(sure), &percent(unsure)])));
    }
    let aside = element("span", "small dim").text(words.with("thresholds_now", &[&percent(now.sure), &percent(now.unsure)]));
    boxed(&words.get("thresholds"), Some(aside), form).child(deeds)
}

fn changes(words: &Words, proposed: &Thresholds, preview: &Preview) -> Element {
    let number = |number: usize| count(number as u64);
    let told = match preview {
        Preview { sightings: 0, .. } => words.get("none_seen_yet"),
        Preview { appear: 0, vanish: 0, other_record: 0, other_band: 0, .. } => words.with("nothing_would_change", &[&number(preview.sightings)]),
        _ => words.with(
            "would_change_counts",
            &[&number(preview.appear), &number(preview.vanish), &number(preview.other_record), &number(preview.other_band), &number(preview.sightings)],
        ),
    };
    let mut body = element("div", "").child(element("p", "pad").with("role", "status").text(told));
    if !preview.changes.is_empty() {
        let heads = ["change", "on_the_page", "record", "probability"];
        let head = element("tr", "")
            .children(heads.iter().map(|key| element("th", if *key == "probability" { "n" } else { "" }).with("scope", "col").text(words.get(key))));
        let table = element("table", "tbl")
            .child(element("thead", "").child(head))
            .child(element("tbody", "").children(preview.changes.iter().map(|change| row(words, change))));
        body = body.child(element("div", "scroll").with("tabindex", "0").child(table));
    }
    let apply = words.with("thresholds_now", &[&percent(proposed.sure), &percent(proposed.unsure)]);
    let deeds = element("footer", "")
        .child(button("btn primary", "apply", &words.get("apply")))
        .child(button("btn plain", "discard", &words.get("discard")))
        .child(element("span", "small dim push").text(apply));
    boxed(&words.get("would_change"), None, body).child(deeds)
}

fn row(words: &Words, change: &Change) -> Element {
    let kind = match (change.kind, change.after) {
        (ChangeKind::Appears, _) => flag("good", CHECK, &words.get("change_appears")),
        (ChangeKind::Vanishes, _) => flag("bad", STOP, &words.get("change_vanishes")),
        (ChangeKind::OtherRecord, _) => flag("accent", WARN, &words.get("change_other_record")),
        (ChangeKind::OtherBand, Band::Sure) => flag("good", CHECK, &words.get("change_sure")),
        (ChangeKind::OtherBand, _) => flag("warn", WARN, &words.get("change_unsure")),
    };
    let company = if change.company.is_empty() { String::new() } else { format!(", {}", change.company) };
    let record = element("span", "hstack")
        .child(piece(change.object, "z16"))
        .child(element("span", "sr").text(words.get(&format!("object_{}", object_name(change.object)))))
        .child(element("a", "cut").with("href", change.link.clone()).text(format!("{}{company}", change.name)));
    element("tr", "")
        .child(element("td", "").child(kind))
        .child(element("td", "medium").text(change.shown.clone()))
        .child(element("td", "").child(record))
        .child(element("td", "n").text(format!("{} %", rounded(change.probability))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::of_language;
    use inlay_core::api::Member;
    use inlay_core::model::id::RecordId;
    use inlay_core::model::object::Object;

    #[test]
    fn percentages_are_read_as_people_write_them() {
        assert_eq!(percent(0.97), "97");
        assert_eq!(percent(0.999_999), "99.9999");
        assert_eq!(rounded(0.999_999), "99.9");
        assert_eq!(percent(0.355), "35.5");
        assert_eq!(probability(" 97,5 % "), Some(0.975));
        assert_eq!(probability("101"), None);
        assert_eq!(probability("much"), None);
    }

    #[test]
    fn changes_have_words_in_every_language() {
        let change = Change {
            kind: ChangeKind::Appears,
            shown: "Dana Okafor".into(),
            object: Object::Contact,
            name: "D. Okafor".into(),
            company: "Northwind".into(),
            link: "https://org.example/003".into(),
            probability: 0.4,
            before: Band::None,
            after: Band::Unsure,
        };
        let kinds = [
            (ChangeKind::Appears, Band::Sure),
            (ChangeKind::Vanishes, Band::None),
            (ChangeKind::OtherRecord, Band::Sure),
            (ChangeKind::OtherBand, Band::Sure),
            (ChangeKind::OtherBand, Band::Unsure),
        ];
        let changes: Vec<Change> = kinds.map(|(kind, after)| Change { kind, after, ..change.clone() }).to_vec();
        let preview = Preview { sightings: 9, appear: 1, changes, ..Preview::default() };
        let knows = Knows {
            member: Some(Member { user: RecordId::parse("005000000000001").expect("an id"), name: "Ines Maduro".into(), role: Role::Admin }),
            thresholds: Some(Thresholds { sure: 0.97, unsure: 0.35, before: Some((0.9, 0.3)) }),
            preview: Some((Thresholds { sure: 0.9, unsure: 0.3, before: None }, preview)),
            ..Knows::default()
        };
        for language in ["en", "it", "pt", "nl", "es"] {
            let words = of_language(language);
            let drawn = format!("{:?}", draw(&Words(&words), &knows));
            assert!(drawn.contains("Dana Okafor") && drawn.contains("Northwind"), "{language}");
        }
    }
}

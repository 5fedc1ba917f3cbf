//! Audit: what was done in the workspace, when and by whom (spec 35).

use super::options::{Knows, Moment, boxed, page};
use super::part::button;
use crate::node::{Element, element};
use crate::words::Words;
use inlay_core::api::{AuditLine, Role};

/// The section.
pub fn draw(words: &Words, knows: &Knows, moment: Moment) -> Element {
    let main = page(words, "audit", "audit_lead", knows);
    match (&knows.member, &knows.audit) {
        (None, _) => main.child(element("p", "dim").text(words.get("import_signed_out"))),
        (Some(member), _) if member.role != Role::Admin => main.child(element("p", "dim").text(words.get("matches_admin_only"))),
        (Some(_), None) => main,
        (Some(_), Some(lines)) => main.child(table(words, lines, moment)),
    }
}

fn table(words: &Words, lines: &[AuditLine], moment: Moment) -> Element {
    let head = element("tr", "").children(["when", "who", "what"].map(|key| element("th", "").with("scope", "col").text(words.get(key))));
    let rows = lines.iter().map(|line| {
        let who = match (line.name.as_str(), line.who.as_str()) {
            ("", "") => element("td", "dim").text("Inlay"),
            ("", id) => element("td", "mono").text(id),
            (name, _) => element("td", "").text(name),
        };
        element("tr", "").child(element("td", "num").text(moment(line.at))).child(who).child(element("td", "").text(what(words, &line.what)))
    });
    let table = element("table", "tbl").child(element("thead", "").child(head)).child(element("tbody", "").children(rows));
    boxed(&words.get("audit"), None, element("div", "scroll").with("tabindex", "0").child(table)).child(element("footer", "").child(button(
        "btn",
        "export_audit",
        &words.get("export_csv"),
    )))
}

/// A deed in words; what follows its first word are numbers.
fn what(words: &Words, what: &str) -> String {
    let (deed, numbers) = what.split_once(' ').unwrap_or((what, ""));
    format!("{} {numbers}", words.get(&format!("audit_{deed}"))).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::of_language;
    use inlay_core::api::Member;
    use inlay_core::model::id::RecordId;
    use inlay_core::model::time::Timestamp;

    #[test]
    fn every_deed_has_words_in_every_language() {
        let deeds = [
            "writeback_tested",
            "writeback_changed",
            "matched_by_hand",
            "rejected_by_hand",
            "match_undone",
            "link_made",
            "package_installed",
            "package_removed",
            "preflight",
            "settings_taken",
            "ledger_exported",
            "connected",
            "disconnected",
            "signed_in",
            "import_now",
            "imported",
            "changes_imported",
            "compared",
            "settings_changed",
            "alerts_changed",
            "key_rotated",
            "backup_made",
            "given_up",
            "audit_exported",
            "rejects_exported",
            "thresholds 97 35",
        ];
        let line = |(number, what): (usize, &&str)| AuditLine {
            number: number as i64,
            at: Timestamp(0),
            who: String::new(),
            name: String::new(),
            what: (*what).into(),
        };
        let member = Member { user: RecordId::parse("005000000000001").expect("an id"), name: "Ines Maduro".into(), role: Role::Admin };
        let knows = Knows { member: Some(member), audit: Some(deeds.iter().enumerate().map(line).collect()), ..Knows::default() };
        for language in ["en", "it", "pt", "nl", "es"] {
            let words = of_language(language);
            assert!(draw(&Words(&words), &knows, &|_| "now".into()).all_text().contains("97 35"), "{language}");
        }
    }
}

//! The preflight: what the connected user has and lacks, each with cause, remedy and where to mend it (spec 3).

use super::icon::{CHECK, OUT, QUESTION, RUNNING, STOP, WARN};
use super::options::{Moment, boxed};
use super::part::{button, flag};
use crate::node::{Element, element};
use crate::words::Words;
use inlay_core::api::{Check, CheckLine, CheckResult, Preflight};

/// The box.
pub fn draw(words: &Words, preflight: &Preflight, moment: Moment) -> Element {
    let aside = preflight.at.map(|at| element("span", "small dim").text(words.with("preflight_told", &[&counts(words, preflight), &moment(at)])));
    let mut press = button("btn", "preflight", &words.get(if preflight.at.is_some() { "preflight_again" } else { "preflight_run" }));
    if preflight.running {
        press = press.with("aria-disabled", "true").with("title", words.get("preflight_running"));
    }
    let running = preflight.running.then(|| flag("accent", RUNNING, &words.get("preflight_running")).with("role", "status"));
    let deed = element("p", "do").child(press).children(running);
    let body = element("div", "").children((!preflight.lines.is_empty()).then(|| table(words, preflight))).child(element("div", "pad").child(deed));
    boxed(&words.get("preflight"), aside, body)
}

fn counts(words: &Words, preflight: &Preflight) -> String {
    let of = |result: CheckResult| preflight.lines.iter().filter(|line| line.result == result).count();
    let told = [CheckResult::Pass, CheckResult::Warn, CheckResult::Fail, CheckResult::Look].map(of);
    let told = told.map(|count| count.to_string());
    words.with("preflight_counts", &[&preflight.lines.len().to_string(), &told[0], &told[1], &told[2], &told[3]])
}

fn table(words: &Words, preflight: &Preflight) -> Element {
    let head = ["preflight_result", "preflight_check", "preflight_remedy"].map(|key| element("th", "").with("scope", "col").text(words.get(key)));
    let passed: Vec<String> = preflight.lines.iter().filter(|line| line.result == CheckResult::Pass).map(|line| label(words, line.check)).collect();
    let mut rows: Vec<Element> = preflight.lines.iter().filter(|line| line.result != CheckResult::Pass).map(|line| row(words, line)).collect();
    if !passed.is_empty() {
        let names = element("td", "").with("colspan", "2").text(passed.join(" · "));
        rows.push(element("tr", "").child(element("td", "").child(mark(words, CheckResult::Pass))).child(names));
    }
    let table = element("table", "tbl").child(element("thead", "").child(element("tr", "").children(head))).child(element("tbody", "").children(rows));
    element("div", "scroll").with("tabindex", "0").with("role", "region").with("aria-label", words.get("preflight")).child(table)
}

fn mark(words: &Words, result: CheckResult) -> Element {
    match result {
        CheckResult::Fail => flag("bad", STOP, &words.get("result_fail")),
        CheckResult::Warn => flag("warn", WARN, &words.get("result_warn")),
        CheckResult::Look => flag("", QUESTION, &words.get("result_look")),
        CheckResult::Pass => flag("good", CHECK, &words.get("result_pass")),
    }
}

fn row(words: &Words, line: &CheckLine) -> Element {
    // What is a person's to look at anyway has its own words; of the others Salesforce usually tells.
    let is_untold = line.result == CheckResult::Look && !matches!(line.check, Check::InstalledApp | Check::WebToLead);
    let key = key(line.check);
    let why = if is_untold { words.get("preflight_untold") } else { words.with(&format!("{key}_why"), &[&line.names.join(", ")]) };
    let check =
        element("td", "").child(element("span", "medium").text(label(words, line.check))).child(element("br", "")).child(element("span", "dim").text(why));
    let open =
        element("a", "hstack").with("href", &line.link).with("target", "_blank").with("rel", "noreferrer").text(words.get("preflight_open")).child(OUT.draw());
    let remedy = element("td", "").child(element("span", "dim").text(words.get(&format!("{key}_do")))).child(element("br", "")).child(open);
    element("tr", "").child(element("td", "").child(mark(words, line.result))).child(check).child(remedy)
}

fn key(check: Check) -> &'static str {
    match check {
        Check::ApiEnabled => "check_api_enabled",
        Check::ViewAllData => "check_view_all_data",
        Check::ModifyAllData => "check_modify_all_data",
        Check::SessionLevel => "check_session_level",
        Check::HiddenFields => "check_hidden_fields",
        Check::Tasks => "check_tasks",
        Check::RecordTypes => "check_record_types",
        Check::Notes => "check_notes",
        Check::IpRanges => "check_ip_ranges",
        Check::InstalledApp => "check_installed_app",
        Check::WebToLead => "check_web_to_lead",
    }
}

fn label(words: &Words, check: Check) -> String {
    words.get(key(check))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::of_language;
    use inlay_core::model::time::Timestamp;

    #[test]
    fn every_check_has_its_words_in_every_language() {
        for language in ["en", "it", "pt", "nl", "es"] {
            let words = of_language(language);
            for result in [CheckResult::Fail, CheckResult::Warn, CheckResult::Look, CheckResult::Pass] {
                let line = |check| CheckLine { check, result, names: vec!["Contact.Fax".into()], link: "https://x.example".into() };
                let preflight = Preflight { at: Some(Timestamp(0)), running: true, lines: Check::ALL.map(line).into() };
                let drawn = draw(&Words(&words), &preflight, &|_| "now".into()).all_text();
                assert!(result != CheckResult::Warn || drawn.contains("Contact.Fax"), "{language}: {drawn}");
                assert!(!drawn.contains("check_") && !drawn.contains("preflight_") && !drawn.contains("result_"), "{language}: {drawn}");
            }
        }
    }
}

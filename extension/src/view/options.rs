//! The options page: server, connection, sign-in, import. A pure function of what the page knows.

use super::icon::{CHECK, COPY, IMPORT, Icon, LIST, PEN, PLUG, RUNNING, SERVER, STOP, WARN};
use super::part::{button, choice, count, entry, flag, good, problem};
use super::{audit, import, matches, preflight, writeback};
use crate::node::{Element, element};
use crate::words::Words;
use inlay_core::api::{
    AlertKind, Alerts, AuditLine, Hello, Ledger, Member, Preview, ProblemKind, Receipt, ReceiptState, Role, Status, TakenSettings, Thresholds, Writeback,
};
use inlay_core::model::time::Timestamp;

/// What the options page knows.
#[derive(Debug, Clone, Default)]
pub struct Knows {
    /// The server's address, as entered.
    pub server: String,
    /// What the server says of itself, once asked.
    pub hello: Option<Hello>,
    /// Who is signed in.
    pub member: Option<Member>,
    /// The workspace's state.
    pub status: Option<Status>,
    /// What went wrong last.
    pub problem: Option<ProblemKind>,
    /// A request is under way.
    pub busy: bool,
    /// The section in view.
    pub section: Section,
    /// Another workspace's settings were taken over.
    pub taken: Option<Result<TakenSettings, ProblemKind>>,
    /// The admin pressed Disconnect once.
    pub disconnecting: bool,
    /// Something was copied.
    pub copied: bool,
    /// The thresholds in force.
    pub thresholds: Option<Thresholds>,
    /// Proposed thresholds, and what they would change.
    pub preview: Option<(Thresholds, Preview)>,
    /// What may be written.
    pub writeback: Option<Writeback>,
    /// What was written, of a state or all.
    pub ledger: Option<Ledger>,
    /// Which state.
    pub ledger_state: Option<ReceiptState>,
    /// The newest lines of the audit log.
    pub audit: Option<Vec<AuditLine>>,
    /// The admin pressed Disconnect and purge once.
    pub purging: bool,
    /// The proof of a purge.
    pub receipt: Option<Receipt>,
    /// Pieces of a backup that came so far.
    pub pieces: u64,
    /// What time it is.
    pub now: Timestamp,
}

/// Sections of the page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Section {
    /// Server, org, members' sign-in.
    #[default]
    Connection,
    /// Runs, counts, rejects.
    Import,
    /// How sure a match must be.
    Matches,
    /// What may be written, and what was.
    Writeback,
    /// What was done, and by whom.
    Audit,
}

/// Shows a moment in the reader's own way; given by the browser.
pub type Moment<'a> = &'a dyn Fn(Timestamp) -> String;

/// The whole page.
pub fn draw(words: &Words, knows: &Knows, moment: Moment) -> Element {
    let main = match knows.section {
        Section::Connection => connection(words, knows, moment),
        Section::Import => import::draw(words, knows, moment),
        Section::Matches => matches::draw(words, knows),
        Section::Writeback => writeback::draw(words, knows, moment),
        Section::Audit => audit::draw(words, knows, moment),
    };
    element("div", "app").child(side(words, knows)).child(main)
}

fn side(words: &Words, knows: &Knows) -> Element {
    let name = knows.status.as_ref().map_or_else(|| words.get("extension_name"), |status| host_name(&status.workspace.instance_url));
    let brand = element("div", "ws")
        .child(element("span", "mark").with("aria-hidden", "true"))
        .child(element("div", "cut").child(element("div", "strong cut").text(name)));
    let link = |section: Section, icon: Icon, key: &str| {
        let current = knows.section == section;
        let deed = match section {
            Section::Connection => "go_connection",
            Section::Import => "go_import",
            Section::Matches => "go_matches",
            Section::Writeback => "go_writeback",
            Section::Audit => "go_audit",
        };
        let mut item = button("nav", deed, "").child(icon.draw()).child(element("span", "cut").text(words.get(key)));
        if current {
            item = item.with("aria-current", "page");
        }
        item
    };
    let nav = element("nav", "").with("aria-label", words.get("options")).children([
        link(Section::Connection, PLUG, "connection"),
        link(Section::Import, IMPORT, "import"),
        link(Section::Matches, CHECK, "matches"),
        link(Section::Writeback, PEN, "writeback"),
        link(Section::Audit, LIST, "audit"),
    ]);
    let mut side = element("aside", "side").with("aria-label", words.get("workspace")).child(brand).child(nav);
    if let Some(member) = &knows.member {
        let role = words.get(if member.role == Role::Admin { "role_admin" } else { "role_rep" });
        side = side.child(element("div", "foot-side").child(element("span", "").text(format!("{}, {role}", member.name))).child(button(
            "link",
            "sign_out",
            &words.get("sign_out"),
        )));
    }
    side
}

pub(super) fn page(words: &Words, title: &str, lead: &str, knows: &Knows) -> Element {
    let head = element("div", "phd").child(element("div", "").child(element("h1", "").text(words.get(title))).child(element("p", "dim").text(words.get(lead))));
    // The slot is always there: what comes and goes in it must not move the fields somebody is filling in.
    element("main", "main").child(head).child(element("div", "slot").children(knows.problem.map(|kind| problem(words, kind))))
}

pub(super) fn boxed(title: &str, aside: Option<Element>, body: Element) -> Element {
    element("section", "box").child(element("header", "").child(element("h2", "").text(title)).children(aside)).child(body)
}

pub(super) fn field(words: &Words, id: &'static str, key: &str, value: &str, kind: &str) -> Element {
    let input = element("input", "").with("type", kind).with("value", value).with("autocomplete", "off").with("spellcheck", "false");
    entry(id, &words.get(key), input)
}

fn connection(words: &Words, knows: &Knows, moment: Moment) -> Element {
    let mut main = page(words, "connection", "connection_lead", knows)
        .children(knows.receipt.as_ref().map(|proof| receipt(words, proof, moment)))
        .child(server(words, knows));
    let Some(hello) = &knows.hello else { return main };
    if let Some(status) = &knows.status {
        main = main.child(org(words, knows, status, &hello.callback, moment));
        main = main.children(status.preflight.as_ref().map(|preflight| preflight::draw(words, preflight, moment)));
        if status.member.role == Role::Admin && !status.is_disconnected {
            main = main.children(status.alerts.as_ref().map(|told| alerts(words, told, moment))).child(copied(words, knows.taken));
        }
        if status.broken.is_none() {
            return main;
        }
    } else if hello.connected {
        let body = element("div", "pad").child(element("p", "dim").text(words.get("sign_in_lead"))).child(element("p", "do").child(button(
            "btn primary lg",
            "sign_in",
            &words.get("sign_in"),
        )));
        main = main.child(boxed(&words.get("sign_in_title"), None, body));
    }
    if knows.member.as_ref().is_none_or(|member| member.role == Role::Admin) {
        main = main.child(connect(words, knows, &hello.callback));
    }
    main
}

fn server(words: &Words, knows: &Knows) -> Element {
    let state = knows.hello.as_ref().map(|hello| good(&words.with("server_answers", &[&hello.version])));
    let check = button(if knows.hello.is_some() { "btn lg" } else { "btn primary lg" }, "check_server", &words.get("check_server"));
    let body = element("div", "pad form")
        .child(field(words, "server", "server_address", &knows.server, "url"))
        .child(element("p", "small dim").text(words.get("server_hint")))
        .child(element("p", "do").child(check));
    let title = words.get("server");
    let _ = SERVER;
    boxed(&title, state, body)
}

fn callback_line(words: &Words, callback: &str, copied: bool) -> Element {
    let copy = button("btn small", "copy_callback", "").child(if copied { CHECK } else { COPY }.draw()).text(words.get(if copied { "copied" } else { "copy" }));
    element("span", "hstack").child(element("code", "field mono cut").text(callback)).child(copy)
}

fn connect(words: &Words, knows: &Knows, callback: &str) -> Element {
    let hosts = [("production", "host_production"), ("sandbox", "host_sandbox"), ("own", "host_own")].map(|(value, key)| (value, words.get(key)));
    let host = choice("host", &words.get("host"), &hosts, "");
    let advice = element("div", "notice info")
        .child(WARN.draw())
        .child(element("p", "medium").text(words.get("backup_title")))
        .child(element("p", "").text(words.get("backup_advice")));
    let body = element("div", "pad form")
        .child(element("p", "dim").text(words.get("connect_lead")))
        .child(element("div", "entry").child(element("span", "label").text(words.get("callback"))).child(callback_line(words, callback, knows.copied)))
        .child(field(words, "setup_code", "setup_code", "", "password"))
        .child(host)
        .child(field(words, "own_host", "own_host", "", "url"))
        .child(field(words, "client_id", "client_id", "", "text"))
        .child(field(words, "client_secret", "client_secret", "", "password"))
        .child(advice)
        .child(field(words, "confirm", "confirm_label", "", "text"))
        .child(element("p", "do").child(button("btn primary lg", "connect", &words.get("connect"))));
    boxed(&words.get("connect_title"), None, body)
}

fn org(words: &Words, knows: &Knows, status: &Status, callback: &str, moment: Moment) -> Element {
    let state = match &status.broken {
        None => good(&words.get("connected")),
        Some(_) => flag("bad", STOP, &words.get("not_connected")),
    };
    let pair = |key: &str, value: Element| [element("span", "faint").text(words.get(key)), value];
    let mut pairs: Vec<Element> = Vec::new();
    pairs.extend(pair(
        "org",
        element("span", "")
            .child(element("span", "medium").text(host_name(&status.workspace.instance_url)))
            .text(" ")
            .child(element("span", "mono faint").text(&status.workspace.org)),
    ));
    if !status.connected_as.is_empty() {
        pairs.extend(pair("connected_as", element("span", "").text(words.with("connected_since", &[&status.connected_as, &moment(status.connected)]))));
    }
    pairs.extend(pair("callback", callback_line(words, callback, knows.copied)));
    let since = status.broken_since.filter(|_| !status.is_disconnected).map(|since| words.with("not_syncing_since", &[&moment(since)]));
    let mut body = element("div", "pad")
        .children(status.broken.as_ref().map(|broken| problem(words, broken.kind)))
        .children(since.map(|told| element("p", "small dim").text(told)))
        .child(element("div", "kv").children(pairs));
    if status.broken.is_none() && status.member.role == Role::Admin {
        let press = if knows.disconnecting {
            element("p", "do")
                .child(element("span", "dim").text(words.get("disconnect_effect")))
                .child(button("btn danger", "disconnect_now", &words.get("disconnect_yes")))
                .child(button("btn", "disconnect_no", &words.get("keep_connected")))
        } else {
            element("p", "do").child(button("btn danger", "disconnect", &words.get("disconnect")))
        };
        body = body.child(press).child(purge(words, knows, &status.workspace.org));
    }
    boxed("Salesforce", Some(state), body)
}

/// Disconnect and purge: a press, then the org's id typed (spec 34).
fn purge(words: &Words, knows: &Knows, org: &str) -> Element {
    if !knows.purging {
        let backup = if knows.pieces > 0 { words.with("backup_pieces", &[&count(knows.pieces)]) } else { words.get("backup_now") };
        return element("p", "do")
            .child(button("btn danger", "purge", &words.get("purge")))
            .child(button("btn", "rotate_key", &words.get("rotate_key")))
            .child(button("btn", "backup", &backup));
    }
    element("div", "notice bad")
        .child(STOP.draw())
        .child(element("p", "medium").text(words.get("purge_title")))
        .child(element("p", "").text(words.get("purge_effect")))
        .child(field(words, "purge_confirm", "purge_confirm", "", "text"))
        .child(element("p", "small dim").text(words.with("purge_type", &[org])))
        .child(element("p", "do").child(button("btn danger", "purge_now", &words.get("purge_yes"))).child(button(
            "btn",
            "purge_no",
            &words.get("keep_connected"),
        )))
}

/// Who is told when something needs somebody (spec 86).
fn alerts(words: &Words, told: &Alerts, moment: Moment) -> Element {
    let to = |key: &str| words.with(key, &[&told.host]);
    let state = match () {
        () if told.host.is_empty() => element("span", "small dim").text(words.get("alerts_none")),
        () if told.is_refused => flag("bad", STOP, &to("alerts_refused")),
        () if told.is_sending => flag("accent", RUNNING, &to("alerts_sending")),
        () => good(&to("alerts_to")),
    };
    let open = told.open.iter().filter_map(|(kind, since)| {
        let key = match kind {
            AlertKind::Disconnected => "alert_disconnected",
            AlertKind::ImportLate => "alert_import_late",
            AlertKind::WritesLate => "alert_writes_late",
            AlertKind::ApiSpent => "alert_api_spent",
            AlertKind::Test => return None,
        };
        Some(element("p", "").child(flag("warn", WARN, &words.with("alert_since", &[&words.get(key), &moment(*since)]))))
    });
    let stop = button("btn", "stop_alerts", &words.get("alerts_stop"));
    let body = element("div", "pad form")
        .child(element("p", "dim").text(words.get("alerts_lead")))
        .children(open)
        .child(field(words, "alerts_url", "alerts_url", "", "url"))
        .child(element("p", "small dim").text(words.get("alerts_hint")))
        .children(told.told.map(|at| element("p", "small dim").text(words.with("alerts_told", &[&moment(at)]))))
        .child(element("p", "do").child(button("btn", "save_alerts", &words.get("alerts_save"))).children((!told.host.is_empty()).then_some(stop)));
    boxed(&words.get("alerts"), Some(state), body)
}

/// Settings as a file, to another workspace or from one (spec 6).
fn copied(words: &Words, taken: Option<Result<TakenSettings, ProblemKind>>) -> Element {
    let file = element("input", "").with("type", "file").with("accept", ".json,application/json");
    let told = taken.map(|taken| {
        let (class, icon, key) = match taken {
            Ok(TakenSettings { untested: true }) => ("warn", WARN, "settings_untested"),
            Ok(TakenSettings { untested: false }) => ("good", CHECK, "settings_taken"),
            Err(ProblemKind::Unreadable) => ("bad", STOP, "settings_unread"),
            Err(kind) => return problem(words, kind),
        };
        element("div", &format!("notice {class}")).with("role", "status").child(icon.draw()).child(element("p", "").text(words.get(key)))
    });
    let body = element("div", "pad form")
        .child(element("p", "dim").text(words.get("copy_settings_lead")))
        .child(element("p", "do").child(button("btn", "export_settings", &words.get("export_settings"))))
        .child(entry("settings_file", &words.get("settings_file"), file))
        .children(told)
        .child(element("p", "do").child(button("btn", "take_settings", &words.get("take_settings"))));
    boxed(&words.get("copy_settings"), None, body)
}

/// The proof that nothing is left.
fn receipt(words: &Words, receipt: &Receipt, moment: Moment) -> Element {
    let pair = |key: &str, value: String| [element("span", "faint").text(words.get(key)), element("span", "mono").text(value)];
    let rows: u64 = receipt.erased.iter().map(|(_, rows)| rows).sum();
    let mut pairs: Vec<Element> = Vec::new();
    for (key, value) in [
        ("org", receipt.org.clone()),
        ("when", moment(receipt.at)),
        ("who", receipt.by.clone()),
        ("rows_erased", count(rows)),
        ("tables_left", receipt.left.to_string()),
        ("key_destroyed", receipt.key.chars().take(16).collect()),
    ] {
        pairs.extend(pair(key, value));
    }
    let body = element("div", "pad").child(element("p", "").with("role", "status").text(words.get("purged_lead"))).child(element("div", "kv").children(pairs));
    boxed(&words.get("purged"), Some(good(&words.get("purged_done"))), body)
}

fn host_name(url: &str) -> String {
    url.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::of_language;

    #[test]
    fn a_fresh_install_asks_for_the_server_in_every_language() {
        for language in ["en", "it", "pt", "nl", "es"] {
            let messages = of_language(language);
            for section in [Section::Connection, Section::Import, Section::Writeback, Section::Audit] {
                let page = draw(&Words(&messages), &Knows { section, ..Knows::default() }, &|_| "now".into());
                assert!(page.all_text().len() > 40, "{language}");
            }
        }
    }
}

//! What admins take with them: the audit log, and the rows that couldn't be read.

use super::{Workspace, WorkspaceError};
use crate::api::{AuditLine, Export};
use crate::salesforce::moment::to_soql;
use crate::store::{log, member};
use std::collections::HashMap;

/// Lines shown and exported at most.
const LINES: i64 = 10_000;

impl Workspace {
    /// The newest lines of the audit log, newest first.
    pub(super) fn audit_lines(&self, most: i64) -> Result<Vec<AuditLine>, WorkspaceError> {
        let members = member::all(&*self.sql, &self.key)?;
        let names: HashMap<&str, &str> = members.iter().map(|member| (member.user.as_str(), member.name.as_str())).collect();
        let lines = log::audit_lines(&*self.sql, most)?;
        let line = |(number, at, who, what): (i64, _, String, _)| {
            let name = names.get(who.as_str()).copied().unwrap_or_default().to_owned();
            AuditLine { number, at, who, name, what }
        };
        Ok(lines.into_iter().map(line).collect())
    }

    /// The audit log as a file.
    pub(super) fn audit_file(&self) -> Result<Export, WorkspaceError> {
        let rows = self.audit_lines(LINES)?.into_iter().map(|line| vec![line.number.to_string(), to_soql(line.at), line.who, line.name, line.what]);
        Ok(Export { name: "inlay-audit.csv".into(), text: csv(&["number", "at", "user", "name", "what"], rows) })
    }

    /// The ledger of activities as a file: without the texts.
    pub(super) fn ledger_file(&self) -> Result<Export, WorkspaceError> {
        let word = |value: Result<serde_json::Value, _>| value.ok().and_then(|word: serde_json::Value| word.as_str().map(str::to_owned)).unwrap_or_default();
        let rows = self.lines(None, LINES as usize)?.into_iter().map(|line| {
            let (kind, state) = (word(serde_json::to_value(line.kind)), word(serde_json::to_value(line.state)));
            let refusal = line.refusal.unwrap_or_default();
            vec![
                line.id,
                to_soql(line.at),
                kind,
                line.name,
                line.member,
                line.member_name,
                state,
                to_soql(line.since),
                line.record,
                line.link,
                refusal.code,
                refusal.text,
            ]
        });
        let head = ["activity", "at", "kind", "with", "user", "name", "state", "since", "record", "link", "code", "reason"];
        Ok(Export { name: "inlay-ledger.csv".into(), text: csv(&head, rows) })
    }

    /// The rows that the last run couldn't read, as a file: where they stand and why, never what they hold.
    pub(super) fn rejects_file(&self) -> Result<Export, WorkspaceError> {
        let run = log::runs(&*self.sql, 1)?.pop().map_or(0, |run| run.number);
        let rows = log::rejects(&*self.sql, run)?.into_iter().map(|reject| {
            let reason = serde_json::to_value(reject.reason).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default();
            vec![run.to_string(), reject.object.name().to_owned(), reject.position.to_string(), reject.record, reject.field, reason]
        });
        Ok(Export { name: "inlay-rejects.csv".into(), text: csv(&["run", "object", "row", "record", "field", "reason"], rows) })
    }
}

/// RFC 4180. A value that a spreadsheet would take for a formula gets an apostrophe before it.
fn csv(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let cell = |value: &str| {
        let guard = if value.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
        format!("\"{guard}{}\"", value.replace('"', "\"\""))
    };
    let line = |values: &mut dyn Iterator<Item = String>| values.collect::<Vec<_>>().join(",") + "\r\n";
    let mut text = line(&mut head.iter().map(|name| cell(name)));
    for row in rows {
        text.push_str(&line(&mut row.iter().map(|value| cell(value))));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stay_cells() {
        let text = csv(&["a", "b"], [vec!["x\"y,z".to_owned(), "=cmd()".to_owned()]].into_iter());
        assert_eq!(text, "\"a\",\"b\"\r\n\"x\"\"y,z\",\"'=cmd()\"\r\n");
    }
}

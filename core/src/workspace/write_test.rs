//! The test run before a kind may be written (spec 42): a contact with a task, a call and a note, written and read back in one request.

use super::{Connection, Workspace, WorkspaceError};
use crate::api::{Member, ProblemKind, Refusal, WriteTest, Writeback};
use crate::model::activity::{Activity, ActivityKind, Direction};
use crate::model::id::RecordId;
use crate::model::sighting::Sighting;
use crate::model::time::Timestamp;
use crate::outbox::item::{Item, State};
use crate::outbox::row::Setup;
use crate::outbox::{reply, row};
use crate::salesforce::http::{Method, Reply, Request, encode_form};
use crate::salesforce::metadata::KEY_FIELD;
use crate::salesforce::{API_VERSION, Api, collection};
use crate::seal::base64url;
use crate::store::{log, meta};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What the test contact is called.
const NAME: &str = "Inlay test contact";

/// Where a test run is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Step {
    /// Which status closes a task?
    Status { id: String },
    /// Are there Notes?
    Notes { id: String, status: String },
    /// Write, and read back.
    Write { id: String, status: String, content_notes: bool },
    /// Remove what was written.
    Remove { rows: Vec<RecordId> },
}

impl Workspace {
    /// Begins a test run; 16 random bytes name its rows. One that is under way comes to its end first.
    pub(super) fn test_writing(&self, now: Timestamp, member: &Member, random: &[u8; 16]) -> Result<Writeback, WorkspaceError> {
        let before = self.writeback()?;
        if self.step_of_test()?.is_some() {
            return Ok(before);
        }
        // What an earlier one left stays listed.
        if let WriteTest::Passed { rows, .. } | WriteTest::Failed { rows, .. } = &before.test {
            meta::set_json(&*self.sql, "write_test_before", rows)?;
        }
        let writeback = Writeback { test: WriteTest::Running, ..before };
        self.save_writeback(&writeback)?;
        meta::set_json(&*self.sql, "write_test", &Some(Step::Status { id: base64url(random) }))?;
        log::audit(&*self.sql, now, member.user.as_str(), "writeback_tested")?;
        Ok(writeback)
    }

    /// Removes what the test run wrote.
    pub(super) fn remove_test(&self) -> Result<Writeback, WorkspaceError> {
        let writeback = self.writeback()?;
        if let WriteTest::Passed { rows, .. } | WriteTest::Failed { rows, .. } = &writeback.test {
            let ids: Vec<RecordId> = rows.iter().filter_map(|(_, link)| id_of(link)).collect();
            if !ids.is_empty() {
                meta::set_json(&*self.sql, "write_test", &Some(Step::Remove { rows: ids }))?;
            }
        }
        Ok(writeback)
    }

    /// Puts what the admin allows in force. A kind that was off needs a test run that passed.
    pub(super) fn set_writeback(&self, now: Timestamp, member: &Member, wanted: Writeback) -> Result<Writeback, WorkspaceError> {
        if wanted.warn_days > 365 {
            return Err(ProblemKind::OutOfRange.into());
        }
        let before = self.writeback()?;
        let is_new = wanted.kinds.keys().any(|kind| !before.kinds.contains_key(kind));
        if is_new && !matches!(before.test, WriteTest::Passed { .. }) {
            return Err(ProblemKind::WriteUntested.into());
        }
        let writeback = Writeback { test: before.test, package: before.package, ..wanted };
        self.save_writeback(&writeback)?;
        log::audit(&*self.sql, now, member.user.as_str(), "writeback_changed")?;
        Ok(writeback)
    }

    /// The test run's next request.
    pub(super) fn test_request(&self, now: Timestamp, connection: &Connection) -> Result<Option<Request>, WorkspaceError> {
        let api = Api { tokens: &connection.tokens, version: API_VERSION };
        Ok(match self.step_of_test()? {
            Some(Step::Status { .. }) => {
                let soql = "SELECT MasterLabel FROM TaskStatus WHERE IsClosed = true ORDER BY SortOrder LIMIT 1";
                Some(api.request(Method::Get, &format!("query?{}", encode_form(&[("q", soql)]))))
            }
            Some(Step::Notes { .. }) => Some(api.request(Method::Get, "sobjects/Note/describe")),
            Some(Step::Write { id, status, content_notes }) => {
                let setup = Setup { status, content_notes, ..self.task_setup()? };
                Some(api.request(Method::Post, "composite").json(&composite(now, connection, &id, &setup)))
            }
            Some(Step::Remove { rows }) => Some(collection::remove(api, &rows)),
            None => None,
        })
    }

    fn step_of_test(&self) -> Result<Option<Step>, WorkspaceError> {
        Ok(meta::json::<Option<Step>>(&*self.sql, "write_test")?.flatten())
    }

    fn test_goes_on(&self, step: Step) -> Result<(), WorkspaceError> {
        Ok(meta::set_json(&*self.sql, "write_test", &Some(step))?)
    }

    fn test_ends(&self, test: WriteTest) -> Result<(), WorkspaceError> {
        meta::set_json(&*self.sql, "write_test", &None::<Step>)?;
        self.save_writeback(&Writeback { test, ..self.writeback()? })
    }

    /// A test run ended; what earlier ones left is listed with it.
    fn test_came_to(&self, mut test: WriteTest) -> Result<(), WorkspaceError> {
        if let WriteTest::Passed { rows, .. } | WriteTest::Failed { rows, .. } = &mut test {
            rows.extend(meta::json::<Vec<(String, String)>>(&*self.sql, "write_test_before")?.unwrap_or_default());
        }
        meta::remove(&*self.sql, "write_test_before")?;
        self.test_ends(test)
    }

    pub(super) fn test_failed(&self, refusal: Refusal) -> Result<(), WorkspaceError> {
        match self.step_of_test()? {
            // Without the table of statuses the usual one is tried.
            Some(Step::Status { id }) => self.test_goes_on(Step::Notes { id, status: "Completed".into() }),
            Some(Step::Notes { id, status }) => self.test_goes_on(Step::Write { id, status, content_notes: true }),
            Some(Step::Remove { rows }) => self.test_removed(vec![Err(refusal); rows.len()]),
            _ => self.test_came_to(WriteTest::Failed { refusal, rows: Vec::new() }),
        }
    }

    /// No answer: the admin begins again. What was written stays listed until it is surely removed.
    pub(super) fn test_lost(&self) -> Result<(), WorkspaceError> {
        match self.step_of_test()? {
            Some(Step::Status { .. } | Step::Notes { .. } | Step::Write { .. }) => {
                self.test_came_to(WriteTest::Failed { refusal: no_reply(), rows: Vec::new() })
            }
            Some(Step::Remove { .. }) => self.test_ends(self.writeback()?.test),
            None => Ok(()),
        }
    }

    pub(super) fn test_answered(&self, connection: &Connection, answer: &Reply) -> Result<(), WorkspaceError> {
        match self.step_of_test()? {
            Some(Step::Status { id }) => {
                let found = collection::found(answer).and_then(|(rows, _)| rows.first().map(|row| collection::text(row, "MasterLabel").to_owned()));
                let status = found.filter(|label| !label.is_empty()).unwrap_or_else(|| "Completed".into());
                self.test_goes_on(Step::Notes { id, status })
            }
            Some(Step::Notes { id, status }) => self.test_goes_on(Step::Write { id, status, content_notes: !can_create(answer) }),
            Some(Step::Write { id, status, content_notes }) => {
                let test = read_back(answer, &id, &status, content_notes, connection);
                if matches!(test, WriteTest::Passed { .. }) {
                    self.save_task_setup(&Setup { status, content_notes, ..self.task_setup()? })?;
                    self.learn_setup()?;
                }
                self.test_came_to(test)
            }
            Some(Step::Remove { rows }) => match collection::results(answer, rows.len()) {
                Some(results) => self.test_removed(results),
                None => self.test_ends(self.writeback()?.test),
            },
            None => Ok(()),
        }
    }

    /// What isn't surely gone stays listed, with the reason.
    fn test_removed(&self, results: Vec<Result<Option<RecordId>, Refusal>>) -> Result<(), WorkspaceError> {
        let mut test = self.writeback()?.test;
        let first = results.iter().find_map(|result| result.as_ref().err().filter(|refusal| !reply::is_gone(refusal)).cloned());
        let mut stays = results.iter().map(|result| result.as_ref().is_err_and(|refusal| !reply::is_gone(refusal)));
        match &mut test {
            WriteTest::Passed { rows, refusal } => {
                rows.retain(|_| stays.next().unwrap_or(true));
                *refusal = first;
            }
            WriteTest::Failed { rows, .. } => rows.retain(|_| stays.next().unwrap_or(true)),
            WriteTest::None | WriteTest::Running => {}
        }
        self.test_ends(test)
    }
}

fn no_reply() -> Refusal {
    Refusal { code: "NO_REPLY".into(), ..Refusal::default() }
}

/// The record that a link leads to.
fn id_of(link: &str) -> Option<RecordId> {
    RecordId::parse(link.rsplit('/').next()?).ok()
}

/// The forms that are tested: one of each that has fields of its own.
fn items(now: Timestamp, connection: &Connection, id: &str) -> Vec<(&'static str, Item)> {
    let item = |kind| {
        let activity = Activity {
            id: id.to_owned(),
            kind,
            at: now,
            offset: 0,
            sighting: Sighting { name: NAME.into(), ..Sighting::default() },
            record: None,
            subject: NAME.into(),
            text: "Written by Inlay to see whether it may.".into(),
            seconds: Some(60),
            direction: Some(Direction::Outbound),
            outcome: "Test".into(),
        };
        Item::new(now, connection.identity.user, activity, None, State::Waiting, now)
    };
    vec![("message", item(ActivityKind::Message)), ("call", item(ActivityKind::Call)), ("note", item(ActivityKind::Note))]
}

/// One request: the contact, its activities, and each of them read back.
fn composite(now: Timestamp, connection: &Connection, id: &str, setup: &Setup) -> Value {
    let at = |path: &str| format!("/services/data/{API_VERSION}/sobjects/{path}");
    let mut requests = vec![json!({ "method": "POST", "url": at("Contact"), "referenceId": "contact", "body": { "LastName": NAME } })];
    for (name, mut item) in items(now, connection, id) {
        // The connected user is its owner anyway, and may not be allowed to say so.
        item.by_link = name == "note" && setup.content_notes;
        item.ownerless = item.by_link;
        let mut fields = row::fields(&item, setup);
        // Both tasks have the test's id, which may be there once only.
        fields.remove(KEY_FIELD);
        fields.remove("attributes");
        let object = item.object();
        match object {
            "Task" => _ = fields.insert("WhoId".into(), "@{contact.id}".into()),
            "Note" => _ = fields.insert("ParentId".into(), "@{contact.id}".into()),
            _ => {}
        }
        requests.push(json!({ "method": "POST", "url": at(object), "referenceId": name, "body": fields }));
        if item.by_link {
            let mut link = row::link(&item);
            link.remove("attributes");
            link.insert("ContentDocumentId".into(), format!("@{{{name}.id}}").into());
            link.insert("LinkedEntityId".into(), "@{contact.id}".into());
            requests.push(json!({ "method": "POST", "url": at("ContentDocumentLink"), "referenceId": "link", "body": link }));
        }
        requests.push(json!({ "method": "GET", "url": at(&format!("{object}/@{{{name}.id}}")), "referenceId": format!("{name}_read") }));
    }
    json!({ "allOrNone": true, "compositeRequest": requests })
}

/// Whether an object's description says that its rows can be created.
fn can_create(reply: &Reply) -> bool {
    serde_json::from_slice::<Value>(&reply.body).is_ok_and(|object| object["createable"] == true)
}

/// What the test run came to: each row must read back with its marker and its person.
fn read_back(reply: &Reply, id: &str, status: &str, content_notes: bool, connection: &Connection) -> WriteTest {
    #[derive(Deserialize)]
    struct SfComposite {
        #[serde(rename = "compositeResponse")]
        parts: Vec<SfPart>,
    }
    #[derive(Deserialize)]
    struct SfPart {
        body: Value,
        #[serde(rename = "httpStatusCode")]
        status: u16,
        #[serde(rename = "referenceId")]
        name: String,
    }
    let failed = |refusal, rows| WriteTest::Failed { refusal, rows };
    let Ok(composite) = serde_json::from_slice::<SfComposite>(&reply.body) else { return failed(no_reply(), Vec::new()) };
    let refused = |part: &&SfPart| part.status >= 300 && part.body[0]["errorCode"] != "PROCESSING_HALTED";
    if let Some(part) = composite.parts.iter().find(refused).or_else(|| composite.parts.iter().find(|part| part.status >= 300)) {
        let text = |name: &str| part.body[0][name].as_str().unwrap_or("").to_owned();
        return failed(Refusal { code: text("errorCode"), text: text("message"), fields: Vec::new() }, Vec::new());
    }
    let part = |name: &str| composite.parts.iter().find(|part| part.name == name).map_or(&Value::Null, |part| &part.body);
    let forms = [("message", "Task"), ("call", "Task"), ("note", if content_notes { "ContentNote" } else { "Note" })];
    let objects = [("contact", "Contact")].into_iter().chain(forms);
    let rows = objects.filter_map(|(name, object)| Some((object.to_owned(), connection.link_to(part(name)["id"].as_str()?)))).collect();
    let contact = part("contact")["id"].as_str().unwrap_or("?");
    for (name, form) in forms {
        let row = part(&format!("{name}_read"));
        let field = |name: &str| row[name].as_str().unwrap_or("");
        let fits = match form {
            "ContentNote" => row::is_titled(field("Title"), id),
            "Note" => field("ParentId") == contact && field("Body").ends_with(&row::marker(id)),
            _ => field("WhoId") == contact && field("CallObject") == row::marker(id) && field("Status") == status,
        };
        if !fits {
            let text = form.to_owned();
            return failed(Refusal { code: "READS_BACK_OTHERWISE".into(), text, fields: Vec::new() }, rows);
        }
    }
    WriteTest::Passed { rows, refusal: None }
}

//! The outbox's requests, one at a time: which is next, and what its answer comes to. The rules stand in `outbox`.

use super::{Command, Connection, Workspace, WorkspaceError};
use crate::api::Moved;
use crate::matching::key::KeyKind;
use crate::model::id::RecordId;
use crate::model::object::Object;
use crate::model::time::Timestamp;
use crate::outbox::item::{Form, Item, State};
use crate::outbox::{reply, row};
use crate::salesforce::collection::{self, ROWS_MOST};
use crate::salesforce::error::{Treatment, treat};
use crate::salesforce::http::{NoReply, Reply};
use crate::salesforce::{API_VERSION, Api, moment};
use crate::store::{activity, meta, moved};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

/// What is due within this time goes along.
const ALONG_SECONDS: i64 = 60;
/// Items looked up at once: their titles must fit into an address.
const FIND_MOST: usize = 50;
/// After a request without an answer, nothing new is sent for so long.
const REST_SECONDS: i64 = 30;

/// The request of the outbox that is under way. Saved before it is sent, so that a lost answer is known to be one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Flight {
    Send { ids: Vec<String> },
    Find { ids: Vec<String> },
    Resolve { ids: Vec<String> },
    Remove { ids: Vec<String> },
    Test,
}

impl Workspace {
    /// When the outbox has something to do next, once it may speak to Salesforce.
    pub(super) fn outbox_due(&self) -> Result<Option<Timestamp>, WorkspaceError> {
        let mut soonest = None;
        for (state, due) in activity::agenda(&*self.sql)? {
            let due = if state == State::Waiting as i64 { activity::next_to_send(&*self.sql)?.map(|(due, _)| due) } else { Some(due) };
            soonest = [soonest, due].into_iter().flatten().min();
        }
        Ok(soonest)
    }

    /// The outbox's next request, if one is due. A request of which no answer came is in doubt from now on.
    pub(super) fn flush(&mut self, now: Timestamp, connection: &Connection) -> Result<Option<Command>, WorkspaceError> {
        match self.flight()? {
            Some(Flight::Send { ids }) => self.doubt(now, &ids)?,
            Some(Flight::Test) => {
                self.take_off(None)?;
                self.test_lost()?;
            }
            // Looking, and removing what is removed, can be done twice.
            Some(Flight::Find { .. } | Flight::Resolve { .. } | Flight::Remove { .. }) => self.take_off(None)?,
            None => {}
        }
        let api = Api { tokens: &connection.tokens, version: API_VERSION };
        if let Some(request) = self.test_request(now, connection)? {
            self.take_off(Some(&Flight::Test))?;
            return Ok(Some(Command::Fetch(self.ask(), request)));
        }
        if activity::agenda(&*self.sql)?.iter().all(|(_, due)| *due > now) {
            return Ok(None);
        }
        let names = |items: &[Item]| items.iter().map(|item| item.activity.id.clone()).collect::<Vec<_>>();
        let in_doubt = activity::due(&*self.sql, &self.key, State::Doubt, now, FIND_MOST)?;
        if let Some(form) = in_doubt.first().map(Item::form) {
            let items: Vec<Item> = in_doubt.into_iter().filter(|item| item.form() == form).collect();
            let request = match form {
                Form::Task => {
                    let markers: Vec<String> = items.iter().map(|item| row::marker(&item.activity.id)).collect();
                    collection::find(api, "Task", &["Id", "CallObject"], "CallObject", &markers, "")
                }
                Form::Note => {
                    let titles: Vec<String> = items.iter().map(|item| row::title(&item.activity)).collect();
                    let by = format!(" AND CreatedById = '{}'", connection.identity.user);
                    collection::find(api, "Note", &["Id", "Body"], "Title", &titles, &by)
                }
            };
            self.take_off(Some(&Flight::Find { ids: names(&items) }))?;
            return Ok(Some(Command::Fetch(self.ask(), request)));
        }
        let astray = activity::due(&*self.sql, &self.key, State::Astray, now, FIND_MOST)?;
        if let Some(object) = astray.first().and_then(|item| item.on?.object()) {
            let items: Vec<Item> = astray.into_iter().filter(|item| item.on.is_some_and(|on| on.object() == Some(object))).collect();
            let ids: Vec<String> = items.iter().filter_map(|item| item.on.map(String::from)).collect();
            let mut fields = vec!["Id", "IsDeleted", "MasterRecordId"];
            if object == Object::Lead {
                fields.push("ConvertedContactId");
            }
            self.take_off(Some(&Flight::Resolve { ids: names(&items) }))?;
            return Ok(Some(Command::Fetch(self.ask(), collection::find(api, object.name(), &fields, "Id", &ids, ""))));
        }
        let unwanted = activity::due(&*self.sql, &self.key, State::Withdrawing, now, ROWS_MOST)?;
        if !unwanted.is_empty() {
            let rows: Vec<RecordId> = unwanted.iter().filter_map(|item| item.row).collect();
            self.take_off(Some(&Flight::Remove { ids: names(&unwanted) }))?;
            return Ok(Some(Command::Fetch(self.ask(), collection::remove(api, &rows))));
        }
        self.send(now, api)
    }

    fn send(&mut self, now: Timestamp, api: Api) -> Result<Option<Command>, WorkspaceError> {
        // What can't go, because its record left the CRM, makes room for the others: try again until something goes or nothing is due.
        while let Some((_, form)) = activity::next_to_send(&*self.sql)?.filter(|(due, _)| *due <= now) {
            let mut items = activity::to_send(&*self.sql, &self.key, form, now.plus_seconds(ALONG_SECONDS), ROWS_MOST)?;
            if let Some(place) = items.iter().position(|item| item.alone) {
                items = vec![items.swap_remove(place)];
            }
            if items.is_empty() {
                return Ok(None); // An earlier one with the same person comes first.
            }
            let mut sent = Vec::with_capacity(items.len());
            for mut item in items {
                let before = item.clone();
                self.aim(now, &mut item)?;
                if item != before {
                    activity::put(&*self.sql, &self.key, &item)?;
                }
                if item.state == State::Waiting {
                    sent.push(item);
                }
            }
            if sent.is_empty() {
                continue;
            }
            // Rows of one parent side by side: Salesforce locks it once.
            sent.sort_by_key(|item| (item.what, item.on));
            let status: String = meta::json(&*self.sql, "task_status")?.unwrap_or_else(|| "Completed".to_owned());
            let rows: Vec<_> = sent.iter().map(|item| row::fields(item, &status)).collect();
            self.take_off(Some(&Flight::Send { ids: sent.iter().map(|item| item.activity.id.clone()).collect() }))?;
            return Ok(Some(Command::Fetch(self.ask(), collection::create(api, &rows))));
        }
        Ok(None)
    }

    /// Where an item goes now: its record may have become another one, and its opportunity another, too (spec 45, 46).
    fn aim(&mut self, now: Timestamp, item: &mut Item) -> Result<(), WorkspaceError> {
        let Some(on) = item.on else { return Ok(()) };
        let (followed, why) = moved::fate(&*self.sql, on)?;
        let mut records = HashMap::new();
        self.load(&mut records, HashSet::from([followed]))?;
        let Some(record) = records.get(&followed) else {
            // It isn't in the imported data: if Salesforce says so, too, it is held.
            return Ok(());
        };
        if followed != on {
            item.on = Some(followed);
            item.moved = why.map(|why| if why == moved::Why::Converted { Moved::Converted } else { Moved::Merged });
        }
        item.what = match (item.form(), record.layout.object, RecordId::parse(record.get("AccountId"))) {
            (Form::Task, Object::Contact, Ok(account)) if !item.unlinked => {
                let opportunities = self.related(Some((KeyKind::OpportunityOfAccount, account)))?;
                let mut open = opportunities.iter().filter(|opportunity| !opportunity.is("IsClosed"));
                match (open.next(), open.next()) {
                    (Some(only), None) => Some(only.id),
                    _ => Some(account),
                }
            }
            _ => None,
        };
        item.due = now;
        Ok(())
    }

    /// Notes the request that is about to be sent, or that none is under way.
    fn flight(&self) -> Result<Option<Flight>, WorkspaceError> {
        Ok(meta::json::<Option<Flight>>(&*self.sql, "flight")?.flatten())
    }

    /// The activities that are on their way to Salesforce at this moment.
    pub(super) fn flying(&self) -> Result<Vec<String>, WorkspaceError> {
        Ok(match self.flight()? {
            Some(Flight::Send { ids }) => ids,
            _ => Vec::new(),
        })
    }

    fn take_off(&self, flight: Option<&Flight>) -> Result<(), WorkspaceError> {
        Ok(meta::set_json(&*self.sql, "flight", &flight)?)
    }

    fn doubt(&mut self, now: Timestamp, ids: &[String]) -> Result<(), WorkspaceError> {
        for mut item in activity::some(&*self.sql, &self.key, ids)?.into_iter().filter(|item| item.state == State::Waiting) {
            item.doubted(now);
            activity::put(&*self.sql, &self.key, &item)?;
        }
        self.take_off(None)
    }

    /// Whether the request under way is the outbox's.
    pub(super) fn is_flushing(&self) -> Result<bool, WorkspaceError> {
        Ok(self.flight()?.is_some())
    }

    /// Takes the answer to the outbox's request; true if the session must be refreshed first.
    pub(super) fn flushed(&mut self, now: Timestamp, connection: &Connection, answer: &Result<Reply, NoReply>) -> Result<bool, WorkspaceError> {
        let Some(flight) = self.flight()? else { return Ok(false) };
        let refused = answer.as_ref().ok().filter(|reply| !reply.is_success());
        let treatment = refused.map(treat);
        if let Some(reply) = refused.filter(|reply| reply::is_surely_undone(reply.status)) {
            match treatment {
                Some(Treatment::Refresh) => {
                    self.take_off(None)?;
                    return Ok(true);
                }
                // Somebody looks at the screen: the test says what it met.
                _ if flight == Flight::Test => {}
                Some(Treatment::WaitForBudget) => {
                    activity::postpone(&*self.sql, &State::ACTIVE, now.plus_seconds(15 * 60))?;
                    return self.take_off(None).map(|()| false);
                }
                Some(Treatment::Retry) => {
                    activity::postpone(&*self.sql, &State::ACTIVE, now.plus_seconds(30))?;
                    return self.take_off(None).map(|()| false);
                }
                _ => {}
            }
            let refusal = collection::refused(reply);
            match &flight {
                Flight::Send { ids } => {
                    for mut item in activity::some(&*self.sql, &self.key, ids)? {
                        // One row can make Salesforce refuse all: each is sent by itself then.
                        if ids.len() > 1 {
                            item.alone = true;
                        } else {
                            reply::refuse(&mut item, now, refusal.clone());
                        }
                        activity::put(&*self.sql, &self.key, &item)?;
                    }
                }
                Flight::Test => self.test_failed(refusal)?,
                Flight::Find { .. } | Flight::Resolve { .. } | Flight::Remove { .. } => {
                    activity::postpone(&*self.sql, &[State::Doubt, State::Astray, State::Withdrawing], now.plus_seconds(15 * 60))?;
                }
            }
            return self.take_off(None).map(|()| false);
        }
        let done = answer.as_ref().ok().filter(|reply| reply.is_success());
        match (&flight, done) {
            (Flight::Send { ids }, Some(answer)) => match collection::results(answer, ids.len()) {
                Some(results) => self.each(ids, results.into_iter(), |item, result| reply::sent(item, now, result))?,
                None => self.doubt(now, ids)?,
            },
            (Flight::Send { ids }, None) => {
                self.doubt(now, ids)?;
                activity::postpone(&*self.sql, &[State::Waiting], now.plus_seconds(REST_SECONDS))?;
            }
            (Flight::Find { ids }, Some(answer)) => self.looked_up(now, ids, answer)?,
            (Flight::Resolve { ids }, Some(answer)) => {
                if let Some((rows, _)) = collection::found(answer) {
                    for mut item in activity::some(&*self.sql, &self.key, ids)? {
                        let row = rows.iter().find(|row| collection::id(row, "Id") == item.on);
                        reply::resolved(&mut item, now, row);
                        activity::put(&*self.sql, &self.key, &item)?;
                    }
                }
            }
            (Flight::Remove { ids }, Some(answer)) => {
                if let Some(results) = collection::results(answer, ids.len()) {
                    self.each(ids, results.into_iter(), |item, result| reply::removed(item, now, &result))?;
                }
            }
            (Flight::Test, Some(answer)) => self.test_answered(connection, answer)?,
            (Flight::Test, None) => self.test_lost()?,
            // Asked again later.
            (Flight::Find { .. } | Flight::Resolve { .. } | Flight::Remove { .. }, None) => {
                activity::postpone(&*self.sql, &[State::Doubt, State::Astray, State::Withdrawing], now.plus_seconds(20))?;
            }
        }
        self.take_off(None).map(|()| false)
    }

    fn each<T>(&self, ids: &[String], results: impl Iterator<Item = T>, mut take: impl FnMut(&mut Item, T)) -> Result<(), WorkspaceError> {
        let mut items: HashMap<String, Item> = activity::some(&*self.sql, &self.key, ids)?.into_iter().map(|item| (item.activity.id.clone(), item)).collect();
        for (id, result) in ids.iter().zip(results) {
            if let Some(item) = items.get_mut(id) {
                take(item, result);
                activity::put(&*self.sql, &self.key, item)?;
            }
        }
        Ok(())
    }

    fn looked_up(&mut self, now: Timestamp, ids: &[String], answer: &Reply) -> Result<(), WorkspaceError> {
        let Some((rows, is_all)) = collection::found(answer) else { return Ok(()) };
        let theirs = answer.header("date").and_then(moment::of_http).filter(|_| is_all);
        for mut item in activity::some(&*self.sql, &self.key, ids)? {
            match rows.iter().find(|row| reply::is_of(&item, row)).and_then(|row| collection::id(row, "Id")) {
                Some(row) => item.written(now, row),
                None => _ = item.not_found(now, theirs),
            }
            activity::put(&*self.sql, &self.key, &item)?;
        }
        Ok(())
    }
}

//! The outbox's requests, one at a time: which is next, and what its answer comes to. The rules stand in `outbox`.

use super::home::together;
use super::look_up::person_account;
use super::package::Step;
use super::{Command, Connection, Workspace, WorkspaceError};
use crate::api::Refusal;
use crate::matching::key::KeyKind;
use crate::model::id::RecordId;
use crate::model::object::Object;
use crate::model::time::Timestamp;
use crate::outbox::item::{Form, Item, State};
use crate::outbox::{reply, row};
use crate::salesforce::collection::{self, ROWS_MOST};
use crate::salesforce::error::{Treatment, treat};
use crate::salesforce::http::{NoReply, Reply};
use crate::salesforce::metadata::KEY_FIELD;
use crate::salesforce::{API_VERSION, Api, moment};
use crate::store::{activity, meta, moved};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

/// What is due within this time goes along.
const ALONG_SECONDS: i64 = 60;
/// Items looked up at once: what they are found by must fit into an address.
const FIND_MOST: usize = 50;
/// Bytes of it in one look-up: escaped, they take thrice as much of the address, which may have 16 kB.
const FOUND_BYTES: usize = 3_000;
/// After a request without an answer, nothing new is sent for so long.
const REST_SECONDS: i64 = 30;
/// After an answer that couldn't be read, or a refusal that the next one would meet, too.
const PAUSE_SECONDS: i64 = 60;
/// While Salesforce takes nothing from us at all.
const LONG_PAUSE_SECONDS: i64 = 15 * 60;

/// The request of the outbox that is under way. Saved before it is sent, so that a lost answer is known to be one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Flight {
    Send { ids: Vec<String> },
    Find { ids: Vec<String> },
    Resolve { ids: Vec<String> },
    Link { ids: Vec<String> },
    Remove { ids: Vec<String> },
    Test,
    Package(Step),
    Preflight,
}

impl Workspace {
    /// When the outbox has something to do next, once it may speak to Salesforce.
    pub(super) fn outbox_due(&self) -> Result<Option<Timestamp>, WorkspaceError> {
        let mut soonest = None;
        for (state, due) in activity::agenda(&*self.sql)? {
            let due = if state == State::Waiting as i64 { activity::next_to_send(&*self.sql)?.map(|(due, _)| due) } else { Some(due) };
            soonest = [soonest, due].into_iter().flatten().min();
        }
        Ok([soonest, self.package_due()?, self.preflight_due()?].into_iter().flatten().min())
    }

    /// The outbox's next request, if one is due. A request of which no answer came is in doubt from now on.
    pub(super) fn flush(&mut self, now: Timestamp, connection: &Connection) -> Result<Option<Command>, WorkspaceError> {
        if let Some(lost) = self.flight()? {
            self.take_off(None)?;
            self.unanswered(now, lost)?;
        }
        let api = Api { tokens: &connection.tokens, version: API_VERSION };
        if let Some(request) = self.test_request(now, connection)? {
            self.take_off(Some(&Flight::Test))?;
            return Ok(Some(Command::Fetch(self.ask(), request)));
        }
        if let Some((step, request)) = self.package_request(now, api, connection)? {
            self.take_off(Some(&Flight::Package(step)))?;
            return Ok(Some(Command::Fetch(self.ask(), request)));
        }
        if let Some(request) = self.preflight_request(now, connection)? {
            self.take_off(Some(&Flight::Preflight))?;
            return Ok(Some(Command::Fetch(self.ask(), request)));
        }
        if activity::agenda(&*self.sql)?.iter().all(|(_, due)| *due > now) {
            return Ok(None);
        }
        let names = |items: &[Item]| items.iter().map(|item| item.activity.id.clone()).collect::<Vec<_>>();
        let in_doubt = activity::due(&*self.sql, &self.key, State::Doubt, now, FIND_MOST)?;
        if let Some(object) = in_doubt.first().map(Item::object) {
            let mut items: Vec<Item> = in_doubt.into_iter().filter(|item| item.object() == object).collect();
            let (by, fields, newest) = match object {
                "Task" => ("CallObject", ["Id", "CallObject"].as_slice(), ""),
                "ContentNote" => ("Title", ["Id", "Title"].as_slice(), ""),
                _ => ("Title", ["Id", "Body", "CreatedDate"].as_slice(), " ORDER BY CreatedDate DESC"),
            };
            let mut room = FOUND_BYTES;
            items = items.into_iter().take_while(|item| take_room(&mut room, row::found_by(item).len())).collect();
            let values: Vec<String> = items.iter().map(row::found_by).collect();
            let request = collection::find(api, object, fields, by, &values, newest);
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
        let mut unlinked = activity::due(&*self.sql, &self.key, State::Linking, now, ROWS_MOST)?;
        if !unlinked.is_empty() {
            self.aim_all(&mut unlinked, |_| {})?;
            let rows: Vec<_> = unlinked.iter().map(row::link).collect();
            self.take_off(Some(&Flight::Link { ids: names(&unlinked) }))?;
            return Ok(Some(Command::Fetch(self.ask(), collection::create(api, &rows))));
        }
        self.send(now, api)
    }

    fn send(&mut self, now: Timestamp, api: Api) -> Result<Option<Command>, WorkspaceError> {
        let Some((_, form)) = activity::next_to_send(&*self.sql)?.filter(|(due, _)| *due <= now) else { return Ok(None) };
        let mut items = activity::to_send(&*self.sql, &self.key, form, now.plus_seconds(ALONG_SECONDS), ROWS_MOST)?;
        // What goes alone goes in its turn.
        let together = items.iter().position(|item| item.alone).unwrap_or(items.len());
        items.truncate(together.max(1));
        if items.is_empty() {
            return Ok(None); // An earlier one with the same person comes first.
        }
        let setup = self.task_setup()?;
        self.aim_all(&mut items, |item| item.by_link = form == Form::Note && setup.content_notes)?;
        // Rows of one parent side by side: Salesforce locks it once.
        items.sort_by_key(|item| (item.what, item.on));
        let rows: Vec<_> = items.iter().map(|item| row::fields(item, &setup)).collect();
        self.take_off(Some(&Flight::Send { ids: items.iter().map(|item| item.activity.id.clone()).collect() }))?;
        let request = if form == Form::Task && setup.has_key { collection::upsert(api, "Task", KEY_FIELD, &rows) } else { collection::create(api, &rows) };
        Ok(Some(Command::Fetch(self.ask(), request)))
    }

    fn aim_all(&mut self, items: &mut [Item], also: impl Fn(&mut Item)) -> Result<(), WorkspaceError> {
        together(items, |item| {
            let before = item.clone();
            self.aim(item)?;
            also(item);
            if *item != before {
                activity::put(&*self.sql, &self.key, item)?;
            }
            Ok(())
        })
        .map(|_| ())
    }

    /// Where an item goes now: its record may have become another one, and its opportunity another, too (spec 45, 46).
    fn aim(&mut self, item: &mut Item) -> Result<(), WorkspaceError> {
        let Some(on) = item.on else { return Ok(()) };
        let (followed, why) = moved::fate(&*self.sql, on)?;
        let mut records = HashMap::new();
        self.load(&mut records, HashSet::from([followed]))?;
        let Some(record) = records.get(&followed) else {
            // It isn't in the imported data: if Salesforce says so, too, it is held. What it was linked to was perhaps another's.
            item.what = None;
            return Ok(());
        };
        if followed != on {
            (item.on, item.moved) = (Some(followed), why);
        }
        let own = person_account(record);
        item.what = match (item.form(), record.layout.object, RecordId::parse(record.get("AccountId"))) {
            // A person account's notes stand on the account; its account is no other place for a task.
            (Form::Note, ..) => own,
            (Form::Task, Object::Contact, Ok(account)) if own.is_some() && !item.unlinked => self.only_opportunity(followed, account)?,
            (Form::Task, Object::Contact, Ok(account)) if !item.unlinked => Some(self.only_opportunity(followed, account)?.unwrap_or(account)),
            _ => None,
        };
        Ok(())
    }

    /// The one open opportunity of a contact's roles; without any, the account's one.
    fn only_opportunity(&mut self, contact: RecordId, account: RecordId) -> Result<Option<RecordId>, WorkspaceError> {
        let roles = self.related(Some((KeyKind::RoleOfContact, contact)))?;
        let mut records = HashMap::new();
        self.load(&mut records, roles.iter().filter_map(|role| RecordId::parse(role.get("OpportunityId")).ok()).collect())?;
        let of_roles: Vec<RecordId> = records.values().filter(|opportunity| !opportunity.is("IsClosed")).map(|opportunity| opportunity.id).collect();
        let open = if of_roles.is_empty() {
            let of_account = self.related(Some((KeyKind::OpportunityOfAccount, account)))?;
            of_account.iter().filter(|opportunity| !opportunity.is("IsClosed")).map(|opportunity| opportunity.id).collect()
        } else {
            of_roles
        };
        Ok(open.first().copied().filter(|_| open.len() == 1))
    }

    /// The request that is under way.
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

    /// Notes the request that is about to be sent, or that none is under way.
    fn take_off(&self, flight: Option<&Flight>) -> Result<(), WorkspaceError> {
        Ok(meta::set_json(&*self.sql, "flight", &flight)?)
    }

    fn doubt(&mut self, now: Timestamp, ids: &[String]) -> Result<(), WorkspaceError> {
        for mut item in activity::some(&*self.sql, &self.key, ids)?.into_iter().filter(|item| item.state == State::Waiting) {
            item.doubted(now);
            activity::put(&*self.sql, &self.key, &item)?;
        }
        Ok(())
    }

    /// Whether the request under way is the outbox's.
    pub(super) fn is_flushing(&self) -> Result<bool, WorkspaceError> {
        Ok(self.flight()?.is_some())
    }

    /// Takes the answer to the outbox's request; true if the session must be refreshed first.
    pub(super) fn flushed(&mut self, now: Timestamp, connection: &Connection, answer: &Result<Reply, NoReply>) -> Result<bool, WorkspaceError> {
        let Some(flight) = self.flight()? else { return Ok(false) };
        self.take_off(None)?;
        match answer {
            Ok(reply) if reply.is_success() => self.answered(now, connection, flight, reply)?,
            Ok(reply) if reply::is_surely_undone(reply.status) => return self.undone(now, connection, flight, reply),
            _ => self.unanswered(now, flight)?,
        }
        Ok(false)
    }

    /// Salesforce refused the whole request.
    fn undone(&mut self, now: Timestamp, connection: &Connection, flight: Flight, reply: &Reply) -> Result<bool, WorkspaceError> {
        let (pause, passes) = match treat(reply) {
            Treatment::Refresh => return Ok(true),
            Treatment::Retry => (REST_SECONDS, true),
            Treatment::WaitForBudget => (LONG_PAUSE_SECONDS, true),
            _ => (LONG_PAUSE_SECONDS, false),
        };
        if let Flight::Send { ids } = &flight {
            // What was taken back meanwhile surely isn't there.
            for mut item in activity::some(&*self.sql, &self.key, ids)?.into_iter().filter(|item| item.unwanted) {
                item.unwritten(now, now);
                activity::put(&*self.sql, &self.key, &item)?;
            }
        }
        match flight {
            // Somebody looks at the screen: the test says what it met.
            Flight::Test => self.test_failed(collection::refused(reply))?,
            Flight::Preflight if passes => self.begin_preflight(now.plus_seconds(pause))?,
            Flight::Preflight => self.preflight_refused(now, connection, reply)?,
            Flight::Package(step) => self.package_refused(now, &step, passes.then_some(pause), collection::refused(reply))?,
            Flight::Send { ids } if reply::is_about_package(&collection::refused(reply)) => {
                self.sent(now, &ids, vec![Err(collection::refused(reply)); ids.len()])?;
            }
            Flight::Link { ids } if collection::is_about_content(reply) => {
                self.each(&ids, std::iter::repeat(Err(collection::refused(reply))), |item, result| reply::linked(item, now, result))?;
            }
            Flight::Send { ids } if collection::is_about_content(reply) => {
                let is_one = ids.len() == 1;
                for mut item in activity::some(&*self.sql, &self.key, &ids)?.into_iter().filter(|item| item.state == State::Waiting) {
                    // One row can make Salesforce refuse all: each is sent by itself then.
                    item.alone = true;
                    if is_one {
                        reply::refuse(&mut item, now, collection::refused(reply));
                    }
                    activity::put(&*self.sql, &self.key, &item)?;
                }
                if is_one {
                    // It may be all of them after all: the calls aren't spent at once.
                    activity::postpone(&*self.sql, &[State::Waiting], now.plus_seconds(PAUSE_SECONDS))?;
                }
            }
            flight => self.postpone(&flight, now.plus_seconds(pause))?,
        }
        Ok(false)
    }

    /// What a request was about waits; the rest of the outbox goes on.
    fn postpone(&self, flight: &Flight, until: Timestamp) -> Result<(), WorkspaceError> {
        let state = match flight {
            Flight::Send { .. } => State::Waiting,
            Flight::Find { .. } => State::Doubt,
            Flight::Resolve { .. } => State::Astray,
            Flight::Link { .. } => State::Linking,
            Flight::Remove { .. } => State::Withdrawing,
            Flight::Test | Flight::Package(_) | Flight::Preflight => return Ok(()),
        };
        Ok(activity::postpone(&*self.sql, &[state], until)?)
    }

    /// No answer came, or none that says whether the request was carried out.
    fn unanswered(&mut self, now: Timestamp, flight: Flight) -> Result<(), WorkspaceError> {
        match flight {
            Flight::Test => return self.test_lost(),
            Flight::Package(_) => return self.package_waits(now, REST_SECONDS),
            Flight::Preflight => return self.begin_preflight(now.plus_seconds(REST_SECONDS)),
            Flight::Send { ref ids } => self.doubt(now, ids)?,
            Flight::Find { .. } | Flight::Resolve { .. } | Flight::Link { .. } | Flight::Remove { .. } => {}
        }
        self.postpone(&flight, now.plus_seconds(REST_SECONDS))
    }

    fn answered(&mut self, now: Timestamp, connection: &Connection, flight: Flight, reply: &Reply) -> Result<(), WorkspaceError> {
        let is_read = match &flight {
            Flight::Test => {
                self.test_answered(connection, reply)?;
                true
            }
            Flight::Preflight => {
                self.preflight_answered(now, connection, reply)?;
                true
            }
            Flight::Package(step) => {
                self.package_answered(now, step.clone(), reply)?;
                true
            }
            Flight::Send { ids } => match collection::results(reply, ids.len()) {
                Some(results) => self.sent(now, ids, results)?,
                None => {
                    self.doubt(now, ids)?;
                    false
                }
            },
            Flight::Find { ids } => match collection::found(reply) {
                Some((rows, is_all)) => {
                    let theirs = reply.header("date").and_then(moment::of_http);
                    self.each(ids, std::iter::repeat(()), |item, ()| reply::found(item, now, theirs, &rows, is_all))?
                }
                None => false,
            },
            Flight::Resolve { ids } => match collection::found(reply) {
                Some((rows, _)) => self.each(ids, std::iter::repeat(()), |item, ()| {
                    let row = rows.iter().find(|row| collection::id(row, "Id") == item.on);
                    // One that was taken back meanwhile stays so.
                    if item.state == State::Astray {
                        reply::resolved(item, now, row);
                    }
                })?,
                None => false,
            },
            Flight::Link { ids } => match collection::results(reply, ids.len()) {
                Some(results) => self.each(ids, results.into_iter(), |item, result| reply::linked(item, now, result))?,
                None => false,
            },
            Flight::Remove { ids } => match collection::results(reply, ids.len()) {
                Some(results) => self.each(ids, results.into_iter(), |item, result| reply::removed(item, now, &result))?,
                None => false,
            },
        };
        if !is_read {
            self.postpone(&flight, now.plus_seconds(PAUSE_SECONDS))?;
        }
        Ok(())
    }

    /// Each item takes its result. True.
    fn sent(&mut self, now: Timestamp, ids: &[String], results: Vec<Result<Option<RecordId>, Refusal>>) -> Result<bool, WorkspaceError> {
        if results.iter().any(|result| result.as_ref().is_err_and(reply::is_about_package)) {
            // The package was taken out of the org: all go without it, once that is known.
            self.learn_setup()?;
        }
        self.each(ids, results.into_iter(), |item, result| reply::sent(item, now, result))
    }

    /// Each item takes what was told of it. True.
    fn each<T>(&self, ids: &[String], told: impl Iterator<Item = T>, mut take: impl FnMut(&mut Item, T)) -> Result<bool, WorkspaceError> {
        let mut items: HashMap<String, Item> = activity::some(&*self.sql, &self.key, ids)?.into_iter().map(|item| (item.activity.id.clone(), item)).collect();
        for (id, told) in ids.iter().zip(told) {
            if let Some(item) = items.get_mut(id) {
                take(item, told);
                activity::put(&*self.sql, &self.key, item)?;
            }
        }
        Ok(true)
    }
}

/// Takes so much of what is left; false if there isn't enough. The first always fits.
fn take_room(room: &mut usize, wanted: usize) -> bool {
    let fits = wanted <= *room;
    *room = room.saturating_sub(wanted);
    fits
}

//! Alerts: tells an address of the admin's when something needs somebody, and when it is over (spec 86). Each message is sent until
//! it is taken; one that became untrue meanwhile isn't sent at all.

use super::connection::Link;
use super::{Command, Ticket, Workspace, WorkspaceError};
use crate::api::{AlertAddress, AlertKind, Alerts, Member, ProblemKind};
use crate::import::phase::Phase;
use crate::model::time::Timestamp;
use crate::salesforce::http::{Method, NoReply, Reply, Request};
use crate::salesforce::moment;
use crate::store::{activity, log, meta};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// While there is work, what is wrong is looked for so often; before the workspace sleeps, always.
const WATCH_MILLIS: i64 = 60_000;
/// An import may take so much longer than two intervals.
const IMPORT_GRACE_SECONDS: i64 = 3600;
/// An activity is written within minutes.
const WRITES_LATE_SECONDS: i64 = 3600;
const FIRST_RETRY_SECONDS: i64 = 60;
const LAST_RETRY_SECONDS: i64 = 6 * 3600;
const URL_MOST: usize = 2_000;

/// Stored sealed: the address may be a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Watch {
    url: String,
    /// What is wrong, since when.
    open: BTreeMap<AlertKind, Timestamp>,
    /// Messages to be sent, oldest first: at most one of each kind.
    queue: Vec<Message>,
    /// Times that the first of them wasn't taken, and when it is sent again.
    tries: u32,
    due: Timestamp,
    told: Option<Timestamp>,
}

/// That something began or is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Message {
    kind: AlertKind,
    is_open: bool,
    since: Timestamp,
}

impl Watch {
    /// Takes what is wrong now for what is open.
    fn take(&mut self, now: Timestamp, wrong: &[AlertKind]) {
        let over: Vec<AlertKind> = self.open.keys().copied().filter(|kind| !wrong.contains(kind)).collect();
        for kind in over {
            self.open.remove(&kind);
            self.push(Message { kind, is_open: false, since: now });
        }
        for kind in wrong {
            if !self.open.contains_key(kind) {
                self.open.insert(*kind, now);
                self.push(Message { kind: *kind, is_open: true, since: now });
            }
        }
    }

    /// What began and was over before anybody was told cancels out.
    fn push(&mut self, message: Message) {
        match self.queue.iter().position(|queued| queued.kind == message.kind) {
            Some(place) => {
                self.queue.remove(place);
            }
            None => self.queue.push(message),
        }
    }

    fn request(&self, message: Message, org: &str) -> Request {
        let Message { kind, is_open, since } = message;
        let text = if is_open { format!("Inlay: {}", kind.text()) } else { format!("Inlay: this is over. ({})", kind.text()) };
        let state = if is_open { "open" } else { "closed" };
        let name = serde_json::to_value(kind).unwrap_or_default();
        let id = format!("{org}-{}-{}-{state}", name.as_str().unwrap_or(""), since.0);
        let body = json!({ "text": text, "alert": name, "state": state, "since": moment::to_soql(since), "org": org, "id": id });
        Request::new(Method::Post, self.url.clone()).json(&body)
    }
}

impl Workspace {
    fn watch(&self) -> Result<Watch, WorkspaceError> {
        Ok(meta::sealed(&*self.sql, &self.key, "alerts")?.unwrap_or_default())
    }

    fn save_watch(&self, watch: &Watch) -> Result<(), WorkspaceError> {
        Ok(meta::set_sealed(&*self.sql, &self.key, "alerts", watch)?)
    }

    /// For the options page.
    pub(super) fn alerts(&self) -> Result<Alerts, WorkspaceError> {
        let Watch { url, open, queue, tries, told, .. } = self.watch()?;
        let host = url.split('/').nth(2).unwrap_or("").to_owned();
        Ok(Alerts { host, open: open.into_iter().collect(), told, is_refused: tries > 0, is_sending: !queue.is_empty() })
    }

    /// Sends alerts to another address from now on, or nowhere, and a test message at once.
    pub(super) fn set_alerts(&mut self, now: Timestamp, member: &Member, wanted: &AlertAddress) -> Result<(), WorkspaceError> {
        let url = wanted.url.trim().to_owned();
        if !url.is_empty() && !is_address(&url) {
            return Err(ProblemKind::Unreadable.into());
        }
        let queue = if url.is_empty() { Vec::new() } else { vec![Message { kind: AlertKind::Test, is_open: true, since: now }] };
        self.save_watch(&Watch { url, queue, ..Watch::default() })?;
        self.watched = Timestamp(0);
        log::audit(&*self.sql, now, member.user.as_str(), "alerts_changed")?;
        Ok(())
    }

    /// Whether it wasn't looked for a while: work may go on for hours.
    pub(super) fn is_watch_due(&self, now: Timestamp) -> bool {
        !(0..WATCH_MILLIS).contains(&(now.0 - self.watched.0))
    }

    /// Looks whether something is wrong; gives the next message to send, if one is due.
    pub(super) fn alert(&mut self, now: Timestamp) -> Result<Option<Command>, WorkspaceError> {
        let before = self.watch()?;
        (self.watched, self.alert_due) = (now, None);
        if before.url.is_empty() {
            return Ok(None);
        }
        let mut watch = before.clone();
        let (wrong, next) = self.wrong(now, &before)?;
        watch.take(now, &wrong);
        if watch != before {
            self.save_watch(&watch)?;
        }
        self.alert_due = next;
        let Some(message) = watch.queue.first() else { return Ok(None) };
        // A clock that once ran ahead must not put it off for years.
        if watch.due > now && watch.due <= now.plus_seconds(LAST_RETRY_SECONDS) {
            self.alert_due = Some(next.map_or(watch.due, |next| next.min(watch.due)));
            return Ok(None);
        }
        (self.watched, self.alert_is_out) = (Timestamp(0), true); // Until an answer comes it is still to be sent.
        let org = self.connection()?.map(|connection| connection.identity.org).unwrap_or_default();
        Ok(Some(Command::Fetch(Ticket::ALERT, watch.request(*message, &org))))
    }

    /// A message was taken, or not.
    pub(super) fn alerted(&mut self, now: Timestamp, reply: &Result<Reply, NoReply>) -> Result<(), WorkspaceError> {
        let mut watch = self.watch()?;
        if !std::mem::take(&mut self.alert_is_out) || watch.queue.is_empty() {
            return Ok(());
        }
        if reply.as_ref().is_ok_and(Reply::is_success) {
            watch.queue.remove(0);
            (watch.tries, watch.due, watch.told) = (0, now, Some(now));
        } else {
            let wait = (FIRST_RETRY_SECONDS << (2 * watch.tries.min(10))).min(LAST_RETRY_SECONDS);
            (watch.tries, watch.due) = (watch.tries + 1, now.plus_seconds(wait));
        }
        self.save_watch(&watch)
    }

    /// What is wrong now, and when something will be if nothing is done till then.
    fn wrong(&self, now: Timestamp, watch: &Watch) -> Result<(Vec<AlertKind>, Option<Timestamp>), WorkspaceError> {
        let Some(connection) = self.connection()? else { return Ok((Vec::new(), None)) };
        let is_open = |kind: AlertKind| watch.open.contains_key(&kind);
        match connection.link {
            Link::Broken(_) => return Ok((vec![AlertKind::Disconnected], None)),
            // Nobody came in three days; or an admin wanted it so.
            Link::Disconnected if is_open(AlertKind::Disconnected) => return Ok((vec![AlertKind::Disconnected], None)),
            Link::Disconnected => return Ok((Vec::new(), None)),
            Link::Good | Link::Refreshing { .. } => {}
        }
        let mut wrong = Vec::new();
        let budget = self.api_budget(now)?;
        if budget.is_spent || budget.is_low && is_open(AlertKind::ApiSpent) {
            wrong.push(AlertKind::ApiSpent);
        }
        let synced = meta::json::<Timestamp>(&*self.sql, "synced")?.unwrap_or(connection.since).max(connection.since);
        let is_stopped = log::runs(&*self.sql, 1)?.pop().is_some_and(|run| run.phase == Phase::Stopped);
        let late = synced.plus_seconds(2 * self.settings()?.import_seconds() + IMPORT_GRACE_SECONDS);
        if is_stopped || late < now {
            wrong.push(AlertKind::ImportLate);
        }
        let waits = activity::oldest_unsent(&*self.sql, &self.key)?.map(|item| item.since.plus_seconds(WRITES_LATE_SECONDS));
        if waits.is_some_and(|late| late < now) {
            wrong.push(AlertKind::WritesLate);
        }
        let next = [Some(late), waits].into_iter().flatten().filter(|late| *late >= now).min();
        Ok((wrong, next.map(|late| late.plus_millis(1))))
    }
}

/// An `https` address of some host; at home, where tests run, `http`.
fn is_address(url: &str) -> bool {
    let is_remote = url.strip_prefix("https://").is_some_and(|rest| rest.contains('.') && !rest.starts_with('.'));
    (is_remote || url.starts_with("http://127.0.0.1:")) && url.len() <= URL_MOST && url.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_before_anybody_was_told_isn_t_told() {
        let (mut watch, at) = (Watch { url: "https://hooks.example/x".into(), ..Watch::default() }, Timestamp);
        watch.take(at(1), &[AlertKind::ImportLate, AlertKind::ApiSpent]);
        watch.take(at(2), &[AlertKind::ApiSpent]);
        assert_eq!(watch.queue.iter().map(|message| message.kind).collect::<Vec<_>>(), [AlertKind::ApiSpent]);
        watch.queue.clear();
        watch.take(at(3), &[]);
        assert_eq!((watch.queue[0].is_open, watch.open.len()), (false, 0));
    }

    #[test]
    fn an_address_is_https() {
        assert!(is_address("https://hooks.example/services/T0/B0") && is_address("http://127.0.0.1:8080/hook"));
        for wrong in ["http://hooks.example/x", "https://", "https://.example", "https://hooks.example/a b", "javascript:alert(1)", "hooks.example"] {
            assert!(!is_address(wrong), "{wrong}");
        }
    }
}

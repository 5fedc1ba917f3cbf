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
    /// The last one wasn't taken.
    #[serde(default)]
    refused: bool,
}

/// That something began or is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Message {
    kind: AlertKind,
    is_open: bool,
    since: Timestamp,
    /// It was sent, and may have arrived.
    #[serde(default)]
    tried: bool,
}

impl Watch {
    /// Takes what is wrong now for what is open.
    fn take(&mut self, now: Timestamp, wrong: &[AlertKind]) {
        let over: Vec<AlertKind> = self.open.keys().copied().filter(|kind| !wrong.contains(kind)).collect();
        for kind in over {
            self.open.remove(&kind);
            self.push(Message { kind, is_open: false, since: now, tried: false });
        }
        for kind in wrong {
            if !self.open.contains_key(kind) {
                self.open.insert(*kind, now);
                self.push(Message { kind: *kind, is_open: true, since: now, tried: false });
            }
        }
    }

    /// What began and was over before anybody could be told cancels out.
    fn push(&mut self, message: Message) {
        match self.queue.iter().rposition(|queued| queued.kind == message.kind && !queued.tried) {
            Some(place) => {
                self.queue.remove(place);
            }
            None => self.queue.push(message),
        }
    }

    fn request(&self, message: Message, org: &str) -> Request {
        let Message { kind, is_open, since, .. } = message;
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
        let Watch { url, open, queue, refused, told, .. } = self.watch()?;
        Ok(Alerts { host: host_of(&url).to_owned(), open: open.into_iter().collect(), told, is_refused: refused, is_sending: !queue.is_empty() })
    }

    /// Sends alerts to another address from now on, or nowhere, and a test message at once; without an address, a test to the one there is.
    pub(super) fn set_alerts(&mut self, now: Timestamp, member: &Member, wanted: &AlertAddress) -> Result<(), WorkspaceError> {
        let test = Message { kind: AlertKind::Test, is_open: true, since: now, tried: false };
        let mut watch = self.watch()?;
        match wanted.url.as_deref().map(str::trim) {
            Some("") => watch = Watch::default(),
            Some(url) if is_address(url) => watch = Watch { url: url.to_owned(), queue: vec![test], ..Watch::default() },
            None if !watch.url.is_empty() => {
                watch.queue.insert(0, test);
                (watch.tries, watch.due) = (0, now);
            }
            Some(_) | None => return Err(ProblemKind::Unreadable.into()),
        }
        self.save_watch(&watch)?;
        // What is on its way was for whom it was sent to.
        (self.watched, self.alert_is_out) = (Timestamp(0), false);
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
        self.alert_due = next;
        // A clock that once ran ahead must not put it off for years.
        let waits = watch.due > now && watch.due <= now.plus_seconds(LAST_RETRY_SECONDS);
        let message = watch.queue.first().copied().filter(|_| !waits);
        match message {
            None if !watch.queue.is_empty() => self.alert_due = Some(next.map_or(watch.due, |next| next.min(watch.due))),
            None => {}
            // Noted before it goes: a receiver that ends this process isn't met again before any work was done.
            Some(_) => {
                let wait = (FIRST_RETRY_SECONDS << (2 * watch.tries.min(10))).min(LAST_RETRY_SECONDS);
                (watch.tries, watch.due) = (watch.tries + 1, now.plus_seconds(wait));
                watch.queue[0].tried = true;
            }
        }
        if watch != before {
            self.save_watch(&watch)?;
        }
        let Some(message) = message else { return Ok(None) };
        (self.watched, self.alert_is_out) = (Timestamp(0), true);
        let org = self.connection()?.map(|connection| connection.identity.org).unwrap_or_default();
        Ok(Some(Command::Fetch(Ticket::ALERT, watch.request(message, &org))))
    }

    /// A message was taken, or not.
    pub(super) fn alerted(&mut self, now: Timestamp, reply: &Result<Reply, NoReply>) -> Result<(), WorkspaceError> {
        let mut watch = self.watch()?;
        if !std::mem::take(&mut self.alert_is_out) || watch.queue.is_empty() {
            return Ok(());
        }
        if reply.as_ref().is_ok_and(Reply::is_success) {
            watch.queue.remove(0);
            (watch.tries, watch.due, watch.told, watch.refused) = (0, now, Some(now), false);
        } else {
            watch.refused = true;
        }
        self.save_watch(&watch)
    }

    /// What is wrong now, and when something will be if nothing is done till then.
    fn wrong(&self, now: Timestamp, watch: &Watch) -> Result<(Vec<AlertKind>, Option<Timestamp>), WorkspaceError> {
        let Some(connection) = self.connection()? else { return Ok((Vec::new(), None)) };
        let is_open = |kind: AlertKind| watch.open.contains_key(&kind);
        // While nothing goes, nothing else is over.
        let mut still: Vec<AlertKind> = watch.open.keys().copied().collect();
        match connection.link {
            Link::Broken(_) => {
                if !is_open(AlertKind::Disconnected) {
                    still.push(AlertKind::Disconnected);
                }
                return Ok((still, None));
            }
            // Nobody came in three days; or an admin wanted it so.
            Link::Disconnected => return Ok((still, None)),
            Link::Good | Link::Refreshing { .. } => {}
        }
        let mut wrong = Vec::new();
        let budget = self.api_budget(now)?;
        // Told last, however long ago: while imports wait, the org is asked once in a quarter of an hour.
        let is_used = budget.org_used.zip(budget.org_max).is_some_and(|(used, max)| used * 100 >= max * 90);
        if budget.is_spent || (budget.is_low || is_used) && is_open(AlertKind::ApiSpent) {
            wrong.push(AlertKind::ApiSpent);
        }
        let synced = meta::json::<Timestamp>(&*self.sql, "synced")?.unwrap_or(connection.since).max(connection.since);
        let is_stopped = log::runs(&*self.sql, 1)?.pop().is_some_and(|run| run.phase == Phase::Stopped);
        let late = synced.plus_seconds(2 * self.settings()?.import_seconds() + IMPORT_GRACE_SECONDS);
        if is_stopped || late < now {
            wrong.push(AlertKind::ImportLate);
        }
        let waits = activity::unsent_since(&*self.sql, &self.key)?.map(|since| since.max(connection.since).plus_seconds(WRITES_LATE_SECONDS));
        if waits.is_some_and(|late| late < now) {
            wrong.push(AlertKind::WritesLate);
        }
        let next = [Some(late), waits].into_iter().flatten().filter(|late| *late >= now).min();
        Ok((wrong, next.map(|late| late.plus_millis(1))))
    }
}

/// An `https` address of some host; at home, where tests run, `http`.
fn is_address(url: &str) -> bool {
    let host = host_of(url);
    let is_remote = url.starts_with("https://") && host.contains('.') && !host.starts_with('.');
    let is_at_home = url.starts_with("http://") && host.strip_prefix("127.0.0.1:").is_some_and(|port| port.parse::<u16>().is_ok());
    // A name and a secret before the host would be shown, and no browser's fetch takes them.
    (is_remote || is_at_home) && !host.contains('@') && url.len() <= URL_MOST && url.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The host that an address names: what comes behind it may be a secret.
fn host_of(url: &str) -> &str {
    url.split_once("://").and_then(|(_, rest)| rest.split(['/', '?', '#', '\\']).next()).unwrap_or("")
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
        // It was sent, and nobody knows whether it arrived: that it is over is told, too.
        watch.queue[0].tried = true;
        watch.take(at(3), &[]);
        assert_eq!(watch.queue.iter().map(|message| message.is_open).collect::<Vec<_>>(), [true, false]);
        watch.take(at(4), &[AlertKind::ApiSpent]);
        assert_eq!((watch.queue.len(), watch.open.len()), (1, 1));
    }

    #[test]
    fn an_address_is_https() {
        assert!(is_address("https://hooks.example/services/T0/B0") && is_address("http://127.0.0.1:8080/hook"));
        for wrong in [
            "http://hooks.example/x",
            "https://",
            "https://.example",
            "https://hooks.example/a b",
            "javascript:alert(1)",
            "hooks.example",
            "https://key:secret@hooks.example/x",
            "http://127.0.0.1:x@evil.example/",
            "http://127.0.0.1:80.evil.example/",
        ] {
            assert!(!is_address(wrong), "{wrong}");
        }
        assert_eq!(host_of("https://hooks.example?token=secret"), "hooks.example");
    }
}

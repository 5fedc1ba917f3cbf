//! An activity in the outbox, and where it is.

use crate::api::{Moved, ReceiptState, Refusal};
use crate::model::activity::Activity;
use crate::model::id::RecordId;
use crate::model::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Tries of a row that Salesforce can't take now, such as one whose parent is locked.
pub const TRIES: u32 = 6;
/// A written row can be taken back this long (spec 50).
pub const UNDO_SECONDS: i64 = 14 * 24 * 3600;
/// A request that got no answer may be carried out this long after it was sent: Salesforce ends a call after ten minutes
/// (`salesforce.md` 3.6). Only then does an activity that isn't found count as not written.
pub const DOUBT_SECONDS: i64 = 11 * 60;
/// An unanswered request is first looked up after this time.
pub const LOOK_SECONDS: i64 = 30;

/// Where an activity is. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Nobody knows yet on which record.
    Held = 0,
    /// To be sent.
    Waiting = 1,
    /// It was sent, and no answer came.
    Doubt = 2,
    /// Its record is gone, merged or converted: where it is now must be asked.
    Astray = 3,
    /// It stands in Salesforce.
    Written = 4,
    /// What was written is to be removed.
    Withdrawing = 5,
    /// It was taken back.
    Withdrawn = 6,
    /// Salesforce doesn't take it.
    Refused = 7,
    /// It stands in Salesforce as a row of its own, and is to be linked to its record.
    Linking = 8,
}

impl State {
    /// All there are.
    pub const ALL: [Self; 9] =
        [Self::Held, Self::Waiting, Self::Doubt, Self::Astray, Self::Written, Self::Withdrawing, Self::Withdrawn, Self::Refused, Self::Linking];

    /// As members see it.
    pub fn shown(self) -> ReceiptState {
        match self {
            Self::Held => ReceiptState::Held,
            Self::Waiting | Self::Astray | Self::Linking => ReceiptState::Waiting,
            Self::Doubt => ReceiptState::Unknown,
            Self::Written => ReceiptState::Written,
            Self::Withdrawing => ReceiptState::Withdrawing,
            Self::Withdrawn => ReceiptState::Withdrawn,
            Self::Refused => ReceiptState::Refused,
        }
    }
}

impl State {
    /// Whether there is something left to do in Salesforce.
    pub fn is_unsent(self) -> bool {
        matches!(self, Self::Waiting | Self::Doubt | Self::Astray | Self::Withdrawing | Self::Linking)
    }
}

/// Since when it isn't known whether a request was carried out, by our clock and by Salesforce's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// Ours, when no answer came.
    pub ours: Timestamp,
    /// Salesforce's, when it was first looked up.
    pub theirs: Option<Timestamp>,
}

/// What it becomes: the two have batches of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// A Task.
    Task = 0,
    /// A Note, or a ContentNote where the org has no Notes.
    Note = 1,
}

impl Form {
    /// The form of a stored number.
    pub fn from_number(number: i64) -> Self {
        if number == 1 { Self::Note } else { Self::Task }
    }
}

/// An activity in the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What the member did.
    pub activity: Activity,
    /// The member, who owns what is written (spec 41).
    pub member: RecordId,
    /// Where it is.
    pub state: State,
    /// When it came to that.
    pub since: Timestamp,
    /// Since when it is to be sent, checked or removed, however often that was tried.
    #[serde(default)]
    pub unsent: Option<Timestamp>,
    /// When there is something to do next.
    pub due: Timestamp,
    /// The record it is on.
    pub on: Option<RecordId>,
    /// The opportunity or account it is also on.
    pub what: Option<RecordId>,
    /// The row in Salesforce.
    pub row: Option<RecordId>,
    /// When it was written first: what can't be taken back keeps its moment.
    pub written: Option<Timestamp>,
    /// Why it was refused, or couldn't be taken back.
    pub refusal: Option<Refusal>,
    /// Why it is on another record than at first.
    pub moved: Option<Moved>,
    /// Tries that Salesforce couldn't take.
    pub tries: u32,
    /// The member can't own rows any more: the connected user does.
    pub ownerless: bool,
    /// It may not be linked to opportunity or account: the link was refused.
    pub unlinked: bool,
    /// Sent by itself: something in its batch made Salesforce refuse all of it.
    pub alone: bool,
    /// It is to be taken back as soon as it is known whether it was written.
    pub unwanted: bool,
    /// Since when it isn't known whether it was written.
    pub doubt: Option<Doubt>,
    /// It is written as a ContentNote, which is linked to its record by a row of its own.
    pub by_link: bool,
    /// That row is there.
    pub linked: bool,
}

impl Item {
    /// A captured activity on a record, or on none yet.
    pub fn new(now: Timestamp, member: RecordId, activity: Activity, on: Option<RecordId>, state: State, due: Timestamp) -> Self {
        Self {
            activity,
            member,
            state,
            since: now,
            unsent: state.is_unsent().then_some(now),
            due,
            on,
            what: None,
            row: None,
            written: None,
            refusal: None,
            moved: None,
            tries: 0,
            ownerless: false,
            unlinked: false,
            alone: false,
            unwanted: false,
            doubt: None,
            by_link: false,
            linked: false,
        }
    }

    /// What it becomes.
    pub fn form(&self) -> Form {
        if self.activity.kind == crate::model::activity::ActivityKind::Note { Form::Note } else { Form::Task }
    }

    /// The object of its row.
    pub fn object(&self) -> &'static str {
        match self.form() {
            Form::Task => "Task",
            Form::Note if self.by_link => "ContentNote",
            Form::Note => "Note",
        }
    }

    /// Goes to a state, with something to do at a moment.
    /// What is in doubt isn't sent before it was looked up, and what has its row isn't sent again.
    pub fn go(&mut self, now: Timestamp, state: State, due: Timestamp) {
        let state = match state {
            State::Waiting if self.doubt.is_some() => State::Doubt,
            State::Waiting if self.row.is_some() => State::Linking,
            state => state,
        };
        if self.state != state {
            self.since = now;
        }
        self.unsent = state.is_unsent().then(|| self.unsent.unwrap_or(now));
        (self.state, self.due) = (state, due);
        // What stands in Salesforce, or never will, isn't kept twice: the ledger needs its title only.
        if matches!(state, State::Written | State::Linking | State::Withdrawing | State::Withdrawn) && !self.activity.text.is_empty() {
            if self.form() == Form::Note {
                self.activity.subject = super::row::title(&self.activity);
            }
            self.activity.text.clear();
        }
    }

    /// It stands in Salesforce.
    pub fn written(&mut self, now: Timestamp, row: RecordId) {
        (self.row, self.doubt, self.refusal) = (Some(row), None, None);
        self.written.get_or_insert(now);
        let state = match (self.unwanted, self.by_link && !self.linked) {
            (true, _) => State::Withdrawing,
            (false, true) => State::Linking,
            (false, false) => State::Written,
        };
        self.go(now, state, now);
    }

    /// It is certain that it doesn't stand in Salesforce: it is sent again, or taken back.
    pub fn unwritten(&mut self, now: Timestamp, due: Timestamp) {
        self.doubt = None;
        if self.unwanted {
            self.go(now, State::Withdrawn, now);
        } else {
            self.go(now, State::Waiting, due);
        }
    }

    /// It was sent, and no answer came.
    pub fn doubted(&mut self, now: Timestamp) {
        self.doubt = Some(Doubt { ours: now, theirs: None });
        self.go(now, State::Doubt, now.plus_seconds(LOOK_SECONDS));
    }

    /// It was restored from a backup: the workspace that made the backup may have sent it since.
    pub fn restored(&mut self) {
        if self.row.is_none() {
            self.doubt = Some(Doubt { ours: self.since, theirs: None });
        }
        self.go(self.since, self.state, self.due);
    }

    /// It was looked up, at Salesforce's moment, and isn't there. True once that is certain.
    pub fn not_found(&mut self, now: Timestamp, theirs: Option<Timestamp>) -> bool {
        let Some(doubt) = &mut self.doubt else { return true };
        let since = doubt.theirs.or(theirs);
        doubt.theirs = since;
        let passed = |from: Timestamp, to: Timestamp| to >= from.plus_seconds(DOUBT_SECONDS);
        if passed(doubt.ours, now) && since.zip(theirs).is_some_and(|(from, to)| passed(from, to)) {
            self.unwritten(now, now);
            return true;
        }
        let due = doubt.ours.plus_seconds(DOUBT_SECONDS).max(now.plus_seconds(60));
        self.go(now, State::Doubt, due);
        false
    }

    /// It can't be taken back, and stands as it stood.
    pub fn stays(&mut self, now: Timestamp, refusal: Refusal) {
        (self.unwanted, self.refusal) = (false, Some(refusal));
        let state = if self.by_link && !self.linked { State::Refused } else { State::Written };
        self.go(self.written.unwrap_or(now), state, now);
    }

    /// Until when a written row can be taken back.
    pub fn undo_until(&self) -> Option<Timestamp> {
        self.written.filter(|_| self.state == State::Written).map(|written| written.plus_seconds(UNDO_SECONDS))
    }
}

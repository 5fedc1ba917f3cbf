//! What became of activities, as members and admins see it and change it (spec 47, 50).

use super::answer::only_admin;
use super::{Answer, Command, Workspace, WorkspaceError};
use crate::api::{
    ActivityDeed, ActivityIds, ActivityReceipt, CAPTURE_MAX, Capture, Ledger, ManualMatch, Member, ProblemKind, ReceiptState, Receipts, Role, Touch, Unmatched,
    Writeback,
};
use crate::model::activity::ActivityKind;
use crate::model::id::RecordId;
use crate::model::time::Timestamp;
use crate::outbox::item::{Form, Item, State};
use crate::outbox::row;
use crate::store::{activity, log, member};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What a signed-in member asks of the outbox.
#[derive(Clone, Serialize, Deserialize)]
pub enum OutboxAsk {
    /// Take what I did.
    Capture(Capture),
    /// What became of these?
    Receipts(ActivityIds),
    /// What of mine is held or refused?
    Inbox,
    /// Try again, or take back.
    Do(ActivityDeed, ActivityIds),
    /// This is who somebody is, or isn't.
    Match(Box<ManualMatch>),
    /// Everybody's, of a state or all.
    Ledger(Option<ReceiptState>),
    /// The same, as a file.
    LedgerFile,
    /// What may be written?
    Writeback,
    /// Let other kinds be written.
    SetWriteback(Writeback),
    /// Begin a test run; random bytes name its rows.
    Test([u8; 16]),
    /// Remove what the test run wrote.
    RemoveTest,
    /// Install Inlay's package in the org, or remove it.
    Package {
        /// Install it.
        installs: bool,
    },
}

/// Lines of the ledger shown.
const LEDGER_MOST: usize = 300;
/// Receipts shown in an inbox, of the newest of all members.
const INBOX_MOST: usize = 50;
const INBOX_SEARCHED: usize = 2_000;
/// Receipts shown on a card.
const CARD_MOST: usize = 5;

impl Workspace {
    pub(super) fn answer_outbox(&mut self, now: Timestamp, member: &Member, ask: OutboxAsk) -> Result<(Answer, Vec<Command>), WorkspaceError> {
        let wake = |at| vec![Command::WakeAt(at)];
        Ok(match ask {
            OutboxAsk::Capture(capture) if capture.activities.len() > CAPTURE_MAX => return Err(ProblemKind::Unreadable.into()),
            OutboxAsk::Capture(capture) => {
                let receipts = self.capture(now, member, capture)?;
                (Answer::Receipts(receipts), self.outbox_due()?.map(wake).unwrap_or_default())
            }
            OutboxAsk::Receipts(ask) => (Answer::Receipts(self.receipts(member, &ask.ids)?), Vec::new()),
            OutboxAsk::Inbox => (Answer::Receipts(self.inbox(member)?), Vec::new()),
            OutboxAsk::Do(deed, ask) => (Answer::Receipts(self.do_with(now, member, deed, &ask.ids)?), wake(now)),
            OutboxAsk::Match(ask) => (self.match_by_hand(now, member, *ask)?, wake(now)),
            OutboxAsk::Ledger(state) => {
                only_admin(member)?;
                (Answer::Ledger(Box::new(self.ledger(state)?)), Vec::new())
            }
            OutboxAsk::LedgerFile => {
                only_admin(member)?;
                log::audit(&*self.sql, now, member.user.as_str(), "ledger_exported")?;
                (Answer::Export(Box::new(self.ledger_file()?)), Vec::new())
            }
            OutboxAsk::Writeback => (Answer::Writeback(Box::new(self.writeback()?)), Vec::new()),
            OutboxAsk::SetWriteback(wanted) => {
                only_admin(member)?;
                (Answer::Writeback(Box::new(self.set_writeback(now, member, wanted)?)), Vec::new())
            }
            OutboxAsk::Test(random) => {
                only_admin(member)?;
                (Answer::Writeback(Box::new(self.test_writing(now, member, &random)?)), wake(now))
            }
            OutboxAsk::Package { installs } => {
                only_admin(member)?;
                (Answer::Writeback(Box::new(self.change_package(now, member, installs)?)), wake(now))
            }
            OutboxAsk::RemoveTest => {
                only_admin(member)?;
                (Answer::Writeback(Box::new(self.remove_test()?)), wake(now))
            }
        })
    }

    /// Tries refused ones again, or takes some back.
    pub(super) fn do_with(&mut self, now: Timestamp, member: &Member, deed: ActivityDeed, ids: &[String]) -> Result<Receipts, WorkspaceError> {
        let flying = self.flying()?;
        for id in ids {
            let mut item = self.own(member, id)?;
            match (deed, item.state) {
                (ActivityDeed::Retry, State::Refused) => {
                    (item.refusal, item.tries, item.alone) = (None, 0, true);
                    let state = if item.on.is_some() || self.writeback()?.unmatched == Unmatched::Unassigned { State::Waiting } else { State::Held };
                    item.go(now, state, now);
                }
                // It has its row, though not its record.
                (ActivityDeed::Withdraw, State::Linking | State::Astray | State::Held | State::Refused) if item.row.is_some() => {
                    (item.unwanted, item.refusal, item.tries) = (true, None, 0);
                    item.go(now, State::Withdrawing, now);
                }
                // It may be on its way: as soon as that is known, it is taken back.
                (ActivityDeed::Withdraw, State::Waiting | State::Doubt | State::Astray) if item.state != State::Waiting || flying.contains(id) => {
                    item.unwanted = true;
                    match (item.state, item.doubt) {
                        (State::Astray, Some(_)) => item.go(now, State::Doubt, now),
                        (State::Astray, None) => item.unwritten(now, now),
                        _ => {}
                    }
                }
                (ActivityDeed::Withdraw, State::Held | State::Refused) if item.doubt.is_some() => {
                    item.unwanted = true;
                    item.go(now, State::Doubt, now);
                }
                (ActivityDeed::Withdraw, State::Waiting | State::Held | State::Refused) => item.go(now, State::Withdrawn, now),
                (ActivityDeed::Withdraw, State::Written) if item.undo_until().is_some_and(|until| until > now) => {
                    (item.unwanted, item.refusal, item.tries) = (true, None, 0);
                    item.go(now, State::Withdrawing, now);
                }
                (ActivityDeed::Withdraw, State::Written) => return Err(ProblemKind::TooLate.into()),
                _ => {}
            }
            activity::put(&*self.sql, &self.key, &item)?;
        }
        self.receipts(member, ids)
    }

    /// An activity of the member's own; an admin's are all.
    pub(super) fn own(&self, member: &Member, id: &str) -> Result<Item, WorkspaceError> {
        let item = activity::get(&*self.sql, &self.key, id)?.filter(|item| item.member == member.user || member.role == Role::Admin);
        item.ok_or_else(|| ProblemKind::NotFound.into())
    }

    /// What became of some activities; of another's nothing is told.
    pub(super) fn receipts(&self, member: &Member, ids: &[String]) -> Result<Receipts, WorkspaceError> {
        let items = activity::some(&*self.sql, &self.key, ids)?;
        self.shown(items.into_iter().filter(|item| item.member == member.user || member.role == Role::Admin).collect())
    }

    /// A member's newest activities that are held or refused.
    fn inbox(&self, member: &Member) -> Result<Receipts, WorkspaceError> {
        let items = activity::newest(&*self.sql, &self.key, &[State::Refused, State::Held], INBOX_SEARCHED)?;
        self.shown(items.into_iter().filter(|item| item.member == member.user && !item.unwanted).take(INBOX_MOST).collect())
    }

    /// A member's newest activities with somebody.
    pub(super) fn receipts_with(&self, member: &Member, with: &str) -> Result<Vec<ActivityReceipt>, WorkspaceError> {
        let items = activity::with(&*self.sql, &self.key, with, 20)?;
        Ok(self.shown(items.into_iter().filter(|item| item.member == member.user && item.state != State::Withdrawn).take(CARD_MOST).collect())?.receipts)
    }

    /// What a colleague did last with a record, if that is so lately that members are warned of it.
    pub(super) fn touch_of_colleague(&self, now: Timestamp, member: &Member, record: &str) -> Result<Option<Touch>, WorkspaceError> {
        let since = now.plus_seconds(-i64::from(self.writeback()?.warn_days) * 24 * 3600);
        let gone = |item: &Item| item.unwanted || matches!(item.state, State::Withdrawn | State::Refused);
        let items = activity::with(&*self.sql, &self.key, record, 50)?.into_iter();
        let newest = items
            .filter(|item| item.member != member.user && item.activity.at >= since && !gone(item) && ActivityKind::CAPTURED.contains(&item.activity.kind))
            .max_by_key(|item| item.activity.at);
        let Some(Item { activity, member: colleague, .. }) = newest else { return Ok(None) };
        let name = member::get(&*self.sql, &self.key, colleague)?.map(|colleague| colleague.name).unwrap_or_default();
        Ok(Some(Touch { name, kind: activity.kind, at: activity.at }))
    }

    fn shown(&self, items: Vec<Item>) -> Result<Receipts, WorkspaceError> {
        let Some(connection) = self.connection()? else { return Ok(Receipts::default()) };
        let names: HashMap<RecordId, String> = member::all(&*self.sql, &self.key)?.into_iter().map(|member| (member.user, member.name)).collect();
        let receipt = |item: Item| ActivityReceipt {
            id: item.activity.id.clone(),
            kind: item.activity.kind,
            at: item.activity.at,
            name: item.activity.sighting.name.clone(),
            subject: if item.form() == Form::Note { row::title(&item.activity) } else { row::subject(&item.activity) },
            state: if item.unwanted && item.state != State::Withdrawn { ReceiptState::Withdrawing } else { item.state.shown() },
            since: item.since,
            link: item.row.filter(|_| item.state == State::Written).map_or_else(String::new, |row| connection.link_to(row.as_str())),
            record: item.on.map(String::from).unwrap_or_default(),
            undo_until: item.undo_until(),
            refusal: item.refusal,
            moved: item.moved,
            member: item.member.to_string(),
            member_name: names.get(&item.member).cloned().unwrap_or_default(),
        };
        Ok(Receipts { receipts: items.into_iter().map(receipt).collect() })
    }

    /// All members' activities, of one state or of all, the newest first.
    pub(super) fn lines(&self, state: Option<ReceiptState>, most: usize) -> Result<Vec<ActivityReceipt>, WorkspaceError> {
        let states: Vec<State> = State::ALL.into_iter().filter(|one| state.is_none_or(|state| one.shown() == state)).collect();
        Ok(self.shown(activity::newest(&*self.sql, &self.key, &states, most)?)?.receipts)
    }

    /// The newest lines, and how many there are of each state.
    fn ledger(&self, state: Option<ReceiptState>) -> Result<Ledger, WorkspaceError> {
        let mut ledger = Ledger::default();
        for (number, count) in activity::counts(&*self.sql)? {
            if let Some(shown) = State::ALL.iter().find(|state| **state as i64 == number).map(|state| state.shown()) {
                *ledger.counts.entry(shown).or_default() += count;
            }
        }
        ledger.lines = self.lines(state, LEDGER_MOST)?;
        Ok(ledger)
    }
}

//! What members do meanwhile: write, call, note, take back, try again, say who somebody is. A capture that wasn't acknowledged is sent
//! again, as the extension does.

use super::Simulation;
use crate::mirror;
use crate::sandbox::world::World;
use inlay_core::api::{ActivityDeed, ActivityIds, Capture, Content, ManualMatch, Says, Whom, WriteTest, Writeback};
use inlay_core::model::activity::{Activity, ActivityKind};
use inlay_core::model::id::RecordId;
use inlay_core::model::sighting::{Sighting, SightingKind};
use inlay_core::outbox::item::{Item, State};
use inlay_core::outbox::row::marker;
use inlay_core::seal::base64url;
use inlay_core::workspace::{Answer, MemberAsk, OutboxAsk};
use std::collections::HashMap;

impl Simulation {
    /// An admin lets all kinds be written, as soon as a test run has passed.
    pub(super) fn enable_writing(&mut self) -> Result<(), String> {
        let Ok(Answer::Writeback(writeback)) = self.ask(MemberAsk::Outbox(OutboxAsk::Writeback))? else { return Ok(()) };
        match writeback.test {
            WriteTest::Passed { .. } if writeback.kinds.is_empty() => {
                let wanted = Writeback { kinds: ActivityKind::ALL.map(|kind| (kind, Content::Full)).into(), ..*writeback };
                self.ask(MemberAsk::Outbox(OutboxAsk::SetWriteback(wanted))).map(|_| ())
            }
            WriteTest::None | WriteTest::Failed { .. } => {
                let random = std::array::from_fn(|_| self.dice.roll() as u8);
                self.ask(MemberAsk::Outbox(OutboxAsk::Test(random))).map(|_| ())
            }
            WriteTest::Passed { .. } | WriteTest::Running => Ok(()),
        }
    }

    /// Something, now and then.
    pub(super) fn member_acts(&mut self) -> Result<(), String> {
        match self.dice.below(12) {
            0..=6 => {
                let activity = self.activity();
                self.unacknowledged.push(activity);
            }
            7 => self.on_some(State::Waiting, ActivityDeed::Withdraw)?,
            8 => self.on_some(State::Written, ActivityDeed::Withdraw)?,
            9 => self.on_some(State::Refused, ActivityDeed::Retry)?,
            10 => {
                let held = self.one_in(State::Held);
                let record = World::id("003", self.dice.below(12));
                if let Some(activity) = held {
                    let _ = self.ask(MemberAsk::Outbox(OutboxAsk::Match(Box::new(ManualMatch { whom: Whom::Activity(activity), says: Says::Is(record) }))))?;
                }
            }
            _ => {}
        }
        self.send_captures()
    }

    /// Sends what wasn't acknowledged. The answer may be lost, and storage may fail.
    pub(super) fn send_captures(&mut self) -> Result<(), String> {
        if self.unacknowledged.is_empty() {
            return Ok(());
        }
        let capture = Capture { activities: self.unacknowledged.clone(), withdrawn: Vec::new() };
        if self.mishap() {
            self.sql.fail_after(self.dice.below(20));
        }
        let answer = self.ask(MemberAsk::Outbox(OutboxAsk::Capture(capture)));
        let had_failed = self.sql.heal();
        match answer {
            Ok(Ok(Answer::Receipts(receipts))) => {
                assert_eq!(receipts.receipts.len(), self.unacknowledged.len(), "a receipt each");
                if !self.mishap() {
                    self.captured.extend(self.unacknowledged.drain(..).map(|activity| activity.id));
                }
            }
            // The workspace said no, in words: the member sees it.
            Ok(_) => self.unacknowledged.clear(),
            Err(_) if had_failed => self.restart()?,
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn activity(&mut self) -> Activity {
        let person = if self.has_persons && self.dice.chance(20) { Some(self.some_person_account()) } else { None };
        let dice = &mut self.dice;
        let kind = *dice.pick(&ActivityKind::CAPTURED);
        let record = match dice.below(10) {
            0..=4 => Some(World::id("003", dice.below(14))),
            5..=7 => Some(World::id("00Q", dice.below(20))),
            8 if kind == ActivityKind::Note => Some(World::id("001", dice.below(6))),
            _ => None,
        };
        let record = person.or(record);
        let (whose, number) = (dice.below(4), dice.below(8));
        let sighting =
            Sighting { id: format!("in/somebody-{number}"), kind: Some(SightingKind::Person), name: format!("Somebody {number}"), ..Sighting::default() };
        let random: [u8; 16] = std::array::from_fn(|_| dice.roll() as u8);
        Activity {
            id: base64url(&random),
            kind,
            at: self.now(),
            offset: 60 * whose as i32,
            sighting,
            record: record.and_then(|id| RecordId::parse(&id).ok()),
            subject: ["", "Pumps", "O'Neil \\ \"Q\"\nand more"][number as usize % 3].into(),
            text: format!("Text {number} 🎯\0 =SUM(A1)"),
            seconds: Some(60),
            direction: None,
            outcome: String::new(),
        }
    }

    fn one_in(&mut self, state: State) -> Option<String> {
        let ids: Vec<String> = mirror::activities(&self.sql, &[state], 30).into_iter().map(|item| item.activity.id).collect();
        if ids.is_empty() { None } else { Some(self.dice.pick(&ids).clone()) }
    }

    fn on_some(&mut self, state: State, deed: ActivityDeed) -> Result<(), String> {
        match self.one_in(state) {
            Some(id) => self.ask(MemberAsk::Outbox(OutboxAsk::Do(deed, ActivityIds { ids: vec![id] }))).map(|_| ()),
            None => Ok(()),
        }
    }

    /// Each captured activity stands in Salesforce exactly once, or in a state that its member sees and not at all. Never twice.
    pub(super) fn check_activities(&mut self) -> Result<(), String> {
        let items = mirror::activities(&self.sql, &State::ALL, usize::MAX >> 1).into_iter();
        let (items, rows): (HashMap<String, Item>, _) =
            (items.map(|item| (item.activity.id.clone(), item)).collect(), mirror::rows_of_activities(&self.sandbox));
        let links = mirror::links_of_notes(&self.sandbox);
        for id in &self.captured {
            let Some(item) = items.get(id) else { return Err(format!("activity {id} was acknowledged and is gone")) };
            let rows = rows.get(&marker(id)).map_or(&[][..], Vec::as_slice);
            let there = rows.iter().filter(|is_deleted| !**is_deleted).count();
            // A note that is a file may have lost its record before it was linked.
            let has_row = item.state == State::Written || (matches!(item.state, State::Held | State::Refused) && item.row.is_some());
            let is_linked = item.row.and_then(|row| links.get(row.as_str())).map_or(0, Vec::len);
            if item.by_link && item.state == State::Written && is_linked != 1 {
                return Err(format!("note {id} is linked to {is_linked} records"));
            }
            let expected = usize::from(has_row);
            let is_settled = matches!(item.state, State::Written | State::Held | State::Refused | State::Withdrawn);
            if !is_settled || there != expected || rows.len() > 1 {
                return Err(format!("activity {id} is {:?}, and {there} of {} rows stand in Salesforce: {:?}", item.state, rows.len(), item.refusal));
            }
            self.passed.activities += 1;
        }
        Ok(())
    }
}

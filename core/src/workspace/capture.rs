//! What members did comes in: checked, aimed at a record or held, and saved before it is acknowledged (spec 40, 45).

use super::home::together;
use super::{Workspace, WorkspaceError};
use crate::api::{ActivityDeed, Band, Capture, Content, LookUp, Member, ProblemKind, Receipts, Unmatched, Writeback};
use crate::model::activity::{Activity, ActivityKind};
use crate::model::id::RecordId;
use crate::model::object::Object;
use crate::model::sighting::Sighting;
use crate::model::time::Timestamp;
use crate::outbox::item::{Form, Item, State};
use crate::outbox::row;
use crate::store::{activity, meta, moved};
use std::collections::{HashMap, HashSet};

/// From capture to the first try: long enough to skip one and to gather a batch, short enough for "within five minutes" (spec 43).
pub(super) const PATIENCE_SECONDS: i64 = 120;
/// Held items looked at after an import.
const RELEASE_MOST: usize = 200;
/// Text kept of an activity: what is longer is cut when it is written anyway.
const TEXT_MOST: usize = 40_000;

impl Workspace {
    /// What the admin allows.
    pub(super) fn writeback(&self) -> Result<Writeback, WorkspaceError> {
        Ok(meta::json(&*self.sql, "writeback")?.unwrap_or_default())
    }

    pub(super) fn save_writeback(&self, writeback: &Writeback) -> Result<(), WorkspaceError> {
        Ok(meta::set_json(&*self.sql, "writeback", writeback)?)
    }

    /// Takes what a member did. The same activity again is answered with what became of it. Another's is refused.
    pub(super) fn capture(&mut self, now: Timestamp, member: &Member, capture: Capture) -> Result<Receipts, WorkspaceError> {
        let writeback = self.writeback()?;
        let ids: Vec<String> = capture.activities.iter().map(|activity| activity.id.clone()).collect();
        together(capture.activities, |activity| self.capture_one(now, member, &writeback, activity, &capture.withdrawn))?;
        self.receipts(member, &ids)
    }

    fn capture_one(
        &mut self,
        now: Timestamp,
        member: &Member,
        writeback: &Writeback,
        mut activity: Activity,
        withdrawn: &[String],
    ) -> Result<(), WorkspaceError> {
        if !activity.has_good_id() || !ActivityKind::CAPTURED.contains(&activity.kind) {
            return Err(ProblemKind::Unreadable.into());
        }
        let is_withdrawn = withdrawn.contains(&activity.id);
        if let Some(known) = activity::get(&*self.sql, &self.key, &activity.id)? {
            if known.member != member.user {
                return Err(ProblemKind::NotFound.into());
            }
            if !is_withdrawn {
                return Ok(());
            }
            return match self.do_with(now, member, ActivityDeed::Withdraw, std::slice::from_ref(&activity.id)) {
                // After two weeks it stays.
                Err(WorkspaceError::Problem(problem)) if problem.kind == ProblemKind::TooLate => Ok(()),
                done => done.map(|_| ()),
            };
        }
        if is_withdrawn {
            shorten(&mut activity, Content::Fact);
            return Ok(activity::put(&*self.sql, &self.key, &Item::new(now, member.user, activity, None, State::Withdrawn, now))?);
        }
        let content = *writeback.kinds.get(&activity.kind).ok_or(ProblemKind::WritebackOff)?;
        shorten(&mut activity, content);
        let due = now.plus_seconds(PATIENCE_SECONDS);
        let on = self.target(&activity)?;
        let may_go = on.is_some() || (writeback.unmatched == Unmatched::Unassigned && activity.kind != ActivityKind::Note);
        let state = if may_go { State::Waiting } else { State::Held };
        let item = Item::new(now, member.user, activity, on, state, due);
        if on.is_some_and(|on| on.object() == Some(Object::Account)) && item.form() == Form::Task {
            return Err(ProblemKind::NotesOnly.into());
        }
        Ok(activity::put(&*self.sql, &self.key, &item)?)
    }

    /// The record an activity is on: the one the member named, or the one that the sighting surely is.
    fn target(&mut self, activity: &Activity) -> Result<Option<RecordId>, WorkspaceError> {
        match activity.record {
            Some(named) if is_target(named) => self.target_named(named),
            _ => self.surely(&activity.sighting),
        }
    }

    /// A record that activities can be on, as it is called now, if it is there. A person account is its contact.
    pub(super) fn target_named(&mut self, named: RecordId) -> Result<Option<RecordId>, WorkspaceError> {
        let now = moved::follow(&*self.sql, named)?;
        let mut records = HashMap::new();
        self.load(&mut records, HashSet::from([now]))?;
        let now = self.person_of(&mut records, now)?;
        Ok((is_target(now) && records.contains_key(&now)).then_some(now))
    }

    fn surely(&mut self, sighting: &Sighting) -> Result<Option<RecordId>, WorkspaceError> {
        let thresholds = self.thresholds()?;
        let verdict = self.decide(&LookUp { sightings: vec![sighting.clone()] }, &thresholds, false)?.verdicts.pop();
        Ok(verdict.filter(|verdict| verdict.band == Band::Sure).and_then(|verdict| verdict.matched).map(|matched| matched.record))
    }

    /// After an import: what was held is looked at again, as its people may be in the CRM now.
    pub(super) fn release(&mut self, now: Timestamp) -> Result<(), WorkspaceError> {
        let held = activity::due(&*self.sql, &self.key, State::Held, now, RELEASE_MOST)?;
        together(held, |mut item| {
            if let Some(on) = self.target(&item.activity)?.filter(|on| item.form() == Form::Note || on.object() != Some(Object::Account)) {
                item.on = Some(on);
                item.go(now, State::Waiting, now);
            } else {
                item.due = now; // To the end of the queue.
            }
            Ok(activity::put(&*self.sql, &self.key, &item)?)
        })
        .map(|_| ())
    }
}

fn is_target(id: RecordId) -> bool {
    matches!(id.object(), Some(Object::Lead | Object::Contact | Object::Account))
}

/// Keeps of an activity what the admin allows, and no more than can be written.
pub(super) fn shorten(activity: &mut Activity, content: Content) {
    if content != Content::Full {
        activity.text.clear();
    }
    if content == Content::Fact {
        activity.subject.clear();
    }
    activity.text = row::cut(&activity.text, TEXT_MOST);
    activity.subject = row::cut(&activity.subject, 1_000);
    activity.outcome = row::cut(&activity.outcome, 1_000);
    activity.sighting = crate::store::seen::shortened(&activity.sighting);
}

//! Matches that members make themselves (spec 21): for the whole workspace, through imports, until somebody takes them back.

use super::look_up::{Weighing, is_company};
use super::{Answer, Workspace, WorkspaceError};
use crate::api::{Band, ByHand, LookUp, ManualMatch, Member, ProblemKind, Says, Whom};
use crate::matching::calibrate::{self, Feedback};
use crate::model::id::RecordId;
use crate::model::object::Object;
use crate::model::sighting::Sighting;
use crate::model::time::Timestamp;
use crate::outbox::item::{Form, State};
use crate::store::manual::{self, Manual, profiles};
use crate::store::seen::shortened;
use crate::store::{activity, log, member, meta, moved};
use std::collections::{HashMap, HashSet};

/// Records that a profile isn't, kept at most.
const IS_NOT_MOST: usize = 20;
/// Keys of one profile, at most.
const KEYS_MOST: usize = 8;

/// What members said of one sighting.
#[derive(Default)]
pub(super) struct Said {
    /// The record it is, as it is called now, and who said so.
    pub is: Option<(RecordId, ByHand)>,
    /// Records that it isn't.
    pub is_not: HashSet<RecordId>,
}

impl Workspace {
    /// Takes what a member says of who somebody is.
    pub(super) fn match_by_hand(&mut self, now: Timestamp, member: &Member, ask: ManualMatch) -> Result<Answer, WorkspaceError> {
        match ask.whom {
            Whom::Activity(id) => {
                let sighting = self.own(member, &id)?.activity.sighting;
                let released = self.say(now, member, &sighting, &ask.says, Some(&id), None)?;
                Ok(Answer::Receipts(self.receipts(member, &released)?))
            }
            Whom::Sighting(sighting) => {
                let sighting = Box::new(shortened(&sighting));
                // Of whom only the name is known, nothing can be said: another may have the same.
                if profiles(&sighting).next().is_none() {
                    return Err(ProblemKind::NotFound.into());
                }
                let asked = self.asked_of(&sighting)?;
                self.say(now, member, &sighting, &ask.says, None, asked)?;
                Ok(Answer::Verdicts(self.look_up(&LookUp { sightings: vec![*sighting] })?))
            }
        }
    }

    /// Keeps what is said, for every key of the profile; gives the activities that it releases.
    fn say(
        &mut self,
        now: Timestamp,
        member: &Member,
        sighting: &Sighting,
        says: &Says,
        of: Option<&str>,
        asked: Option<(RecordId, calibrate::Said)>,
    ) -> Result<Vec<String>, WorkspaceError> {
        let record = |id: &str| RecordId::parse(id).map_err(|_| WorkspaceError::from(ProblemKind::NotFound));
        // On a page with fewer keys the same is said for all.
        let mut known = manual::of(&*self.sql, &self.key, profiles(sighting))?;
        let mut with: Vec<String> = profiles(sighting).map(str::to_owned).collect();
        for key in known.iter().flat_map(|manual| &manual.with) {
            if !with.contains(key) {
                with.push(key.clone());
            }
        }
        known.extend(manual::of(&*self.sql, &self.key, with.iter().map(String::as_str).filter(|key| known.iter().all(|manual| manual.profile != *key)))?);
        // What was said at once stands under several keys, and counts once; of what was said of several, the newest holds.
        known.sort_by(|a, b| (a.at, &a.with).cmp(&(b.at, &b.with)));
        known.dedup_by(|b, a| (a.at, &a.with) == (b.at, &b.with));
        let mut manual = self.as_called_now(&known, member, now)?;
        for (record, said) in known.iter().flat_map(|manual| &manual.asked).copied().chain(asked) {
            let record = moved::follow(&*self.sql, record)?;
            if manual.asked.iter().all(|(other, _)| *other != record) {
                manual.asked.push((record, said));
            }
        }
        let mut released = Vec::new();
        let (deed, is_kept) = match says {
            Says::Is(id) => {
                let is = self.target_named(record(id)?)?.filter(|is| of.is_some() || fits(sighting, *is)).ok_or(ProblemKind::NotFound)?;
                released = self.free(now, sighting, is, of)?;
                manual.is = Some(is);
                manual.is_not.retain(|id| *id != is);
                ("matched_by_hand", fits(sighting, is))
            }
            Says::IsNot(id) => {
                let not = record(id)?;
                let not = self.target_named(not)?.unwrap_or(not);
                manual.is = manual.is.filter(|is| *is != not);
                manual.is_not.retain(|id| *id != not);
                manual.is_not.push(not);
                manual.is_not.drain(..manual.is_not.len().saturating_sub(IS_NOT_MOST));
                ("rejected_by_hand", true)
            }
            Says::Undo => ("match_undone", false),
        };
        if is_kept || *says == Says::Undo {
            let mut feedback = self.feedback(is_company(sighting))?;
            known.iter().flat_map(Manual::answers).for_each(|(said, is_right)| feedback.take_back(said, is_right));
            with.iter().try_for_each(|profile| manual::remove(&*self.sql, &self.key, profile))?;
            if is_kept {
                manual.answers().for_each(|(said, is_right)| feedback.add(said, is_right));
                with.truncate(KEYS_MOST);
                for profile in &with {
                    manual::put(&*self.sql, &self.key, &Manual { profile: profile.clone(), with: with.clone(), ..manual.clone() })?;
                }
            }
            meta::set_json(&*self.sql, feedback_of(is_company(sighting)), &feedback)?;
        }
        log::audit(&*self.sql, now, member.user.as_str(), deed)?;
        Ok(released)
    }

    /// What was said so far, oldest first, of the records as they are called now; without what cards asked.
    fn as_called_now(&self, known: &[Manual], member: &Member, now: Timestamp) -> Result<Manual, WorkspaceError> {
        let follow = |id: RecordId| moved::follow(&*self.sql, id);
        let is = known.last().and_then(|manual| manual.is).map(follow).transpose()?;
        let mut is_not = Vec::new();
        for not in known.iter().flat_map(|manual| &manual.is_not) {
            let not = follow(*not)?;
            if Some(not) != is && !is_not.contains(&not) {
                is_not.push(not);
            }
        }
        Ok(Manual { profile: String::new(), is, is_not, by: member.user, at: now, with: Vec::new(), asked: Vec::new() })
    }

    /// What members answered where cards asked of people, or of companies.
    pub(super) fn feedback(&self, is_company: bool) -> Result<Feedback, WorkspaceError> {
        Ok(meta::json(&*self.sql, feedback_of(is_company))?.unwrap_or_default())
    }

    /// The record that a card asks about, and what the model alone says of it. Of sure matches only the wrong ones would be heard of:
    /// what is said of them doesn't count.
    fn asked_of(&mut self, sighting: &Sighting) -> Result<Option<(RecordId, calibrate::Said)>, WorkspaceError> {
        let thresholds = self.thresholds()?;
        let verdict = self.decide(&LookUp { sightings: vec![sighting.clone()] }, &thresholds, false)?.verdicts.pop();
        let asked = verdict.filter(|verdict| verdict.band == Band::Unsure).and_then(|verdict| verdict.matched).filter(|matched| matched.by_hand.is_none());
        let Some(matched) = asked else { return Ok(None) };
        let Weighing { scale, shift } = self.weighing(is_company(sighting))?;
        Ok(Some((matched.record, calibrate::Said::of(matched.probability, scale.prior_moved() + shift))))
    }

    /// Releases what is held for somebody, whose record is known now: an activity, and all others with the same person.
    fn free(&mut self, now: Timestamp, sighting: &Sighting, is: RecordId, of: Option<&str>) -> Result<Vec<String>, WorkspaceError> {
        // A name alone may be anybody's: what else is held under it stays.
        let same = if sighting.is_keyed() { activity::with(&*self.sql, &self.key, &sighting.id, usize::from(u16::MAX))? } else { Vec::new() };
        let mut ids: Vec<String> = of.into_iter().map(str::to_owned).collect();
        ids.extend(same.iter().filter(|held| held.state == State::Held && Some(held.activity.id.as_str()) != of).map(|held| held.activity.id.clone()));
        for mut held in activity::some(&*self.sql, &self.key, &ids)? {
            let is_taken = held.form() == Form::Note || is.object() != Some(Object::Account);
            if held.state == State::Held && is_taken {
                held.on = Some(is);
                held.go(now, State::Waiting, now);
                activity::put(&*self.sql, &self.key, &held)?;
            }
        }
        Ok(ids)
    }

    /// What members said of each sighting, where the record they named is still there.
    pub(super) fn said(&self, sightings: &[Sighting]) -> Result<Vec<Said>, WorkspaceError> {
        let all: HashMap<String, Manual> =
            manual::of(&*self.sql, &self.key, sightings.iter().flat_map(profiles))?.into_iter().map(|manual| (manual.profile.clone(), manual)).collect();
        let mut told = Vec::with_capacity(sightings.len());
        for sighting in sightings {
            let mut said = Said::default();
            let of = profiles(sighting).filter_map(|profile| all.get(profile));
            if let Some(newest) = of.max_by_key(|manual| manual.at) {
                if let Some(is) = newest.is {
                    let name = member::get(&*self.sql, &self.key, newest.by)?.map(|member| member.name).unwrap_or_default();
                    said.is = Some((moved::follow(&*self.sql, is)?, ByHand { name, at: newest.at }));
                }
                for not in &newest.is_not {
                    said.is_not.extend([*not, moved::follow(&*self.sql, *not)?]);
                }
            }
            told.push(said);
        }
        Ok(told)
    }
}

fn feedback_of(is_company: bool) -> &'static str {
    if is_company { "feedback_companies" } else { "feedback_people" }
}

/// Whether a record is of the sighting's kind: a company is an account, a person a contact or lead.
pub(super) fn fits(sighting: &Sighting, record: RecordId) -> bool {
    (record.object() == Some(Object::Account)) == is_company(sighting)
}

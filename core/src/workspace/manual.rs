//! Matches that members make themselves (spec 21): for the whole workspace, through imports, until somebody takes them back.

use super::{Answer, Workspace, WorkspaceError};
use crate::api::{Band, ByHand, LookUp, ManualMatch, Member, ProblemKind, Says, Whom};
use crate::matching::calibrate::{Feedback, Judgement};
use crate::model::id::RecordId;
use crate::model::object::Object;
use crate::model::sighting::{Sighting, SightingKind};
use crate::model::time::Timestamp;
use crate::outbox::item::{Form, State};
use crate::store::manual::{self, Manual, profiles};
use crate::store::seen::shortened;
use crate::store::{activity, log, member, meta, moved};
use std::collections::{HashMap, HashSet};

/// Records that a profile isn't, kept at most.
const IS_NOT_MOST: usize = 20;

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
                let judgement = self.judgement_of(&sighting, &ask.says)?;
                self.say(now, member, &sighting, &ask.says, None, judgement)?;
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
        judgement: Option<Judgement>,
    ) -> Result<Vec<String>, WorkspaceError> {
        let record = |id: &str| RecordId::parse(id).map_err(|_| WorkspaceError::from(ProblemKind::NotFound));
        let mut known: HashMap<String, Manual> =
            manual::of(&*self.sql, &self.key, profiles(sighting))?.into_iter().map(|manual| (manual.profile.clone(), manual)).collect();
        // An answer that is corrected counts no more.
        let mut feedback = self.feedback()?;
        if let Some(before) = known.values().find_map(|manual| manual.judgement) {
            feedback.take_back(before);
        }
        if let Some(judgement) = judgement {
            feedback.add(judgement);
        }
        let with: Vec<String> = profiles(sighting).map(str::to_owned).collect();
        let mut released = Vec::new();
        let deed = match says {
            Says::Is(id) => {
                let is = self.target_named(record(id)?)?.filter(|is| of.is_some() || fits(sighting, *is)).ok_or(ProblemKind::NotFound)?;
                released = self.free(now, sighting, is, of)?;
                for profile in profiles(sighting).filter(|_| fits(sighting, is)) {
                    let is_not = known.remove(profile).map(|manual| manual.is_not).unwrap_or_default().into_iter().filter(|id| *id != is).collect();
                    let manual = Manual { profile: profile.to_owned(), is: Some(is), is_not, by: member.user, at: now, with: with.clone(), judgement };
                    manual::put(&*self.sql, &self.key, &manual)?;
                }
                "matched_by_hand"
            }
            Says::IsNot(id) => {
                let not = record(id)?;
                for profile in profiles(sighting) {
                    let before = known.remove(profile);
                    let is = before.as_ref().and_then(|manual| manual.is).filter(|is| *is != not);
                    let mut is_not: Vec<RecordId> = before.map(|manual| manual.is_not).unwrap_or_default().into_iter().filter(|id| *id != not).collect();
                    is_not.push(not);
                    is_not.drain(..is_not.len().saturating_sub(IS_NOT_MOST));
                    manual::put(
                        &*self.sql,
                        &self.key,
                        &Manual { profile: profile.to_owned(), is, is_not, by: member.user, at: now, with: with.clone(), judgement },
                    )?;
                }
                "rejected_by_hand"
            }
            Says::Undo => {
                // On a page with fewer keys the same is undone for all.
                for profile in known.values().flat_map(|manual| &manual.with).map(String::as_str).chain(profiles(sighting)) {
                    manual::remove(&*self.sql, &self.key, profile)?;
                }
                "match_undone"
            }
        };
        meta::set_json(&*self.sql, "feedback", &feedback)?;
        log::audit(&*self.sql, now, member.user.as_str(), deed)?;
        Ok(released)
    }

    /// What members answered where cards asked.
    pub(super) fn feedback(&self) -> Result<Feedback, WorkspaceError> {
        Ok(meta::json(&*self.sql, "feedback")?.unwrap_or_default())
    }

    /// The answer that is in what a member says of an unsure match. Of sure ones only the wrong would be heard of: they don't count.
    fn judgement_of(&mut self, sighting: &Sighting, says: &Says) -> Result<Option<Judgement>, WorkspaceError> {
        let thresholds = self.thresholds()?;
        let verdict = self.decide(&LookUp { sightings: vec![sighting.clone()] }, &thresholds, false)?.verdicts.pop();
        let asked = verdict.filter(|verdict| verdict.band == Band::Unsure).and_then(|verdict| verdict.matched).filter(|matched| matched.by_hand.is_none());
        let Some(matched) = asked else { return Ok(None) };
        let is_it = |id: &str| RecordId::parse(id).is_ok_and(|id| id == matched.record);
        let is_right = match says {
            Says::Is(id) => is_it(id),
            Says::IsNot(id) if is_it(id) => false,
            Says::IsNot(_) | Says::Undo => return Ok(None),
        };
        Ok(Some(Judgement::new(matched.probability, self.feedback()?.shift(), is_right)))
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

/// Whether a record is of the sighting's kind: a company is an account, a person a contact or lead.
pub(super) fn fits(sighting: &Sighting, record: RecordId) -> bool {
    (record.object() == Some(Object::Account)) == (sighting.kind == Some(SightingKind::Company))
}

//! How sure Inlay must be: the admin sees on the workspace's own sightings what other thresholds would change, before it does (spec 19).

use super::home::together;
use super::{Workspace, WorkspaceError};
use crate::api::{Band, Change, ChangeKind, LookUp, Matched, Member, Preview, ProblemKind, Thresholds};
use crate::matching::decide::band;
use crate::model::time::Timestamp;
use crate::store::{log, meta, seen};
use std::collections::BTreeMap;

/// Changes that are listed; all are counted.
const LISTED: usize = 50;
/// The newest sightings that are decided anew: a preview must not keep look-ups waiting for long.
const DECIDED: usize = 2_000;
/// Sightings decided anew at a time.
const AT_A_TIME: usize = 50;
/// The same where each question goes to shards: their answers are all in memory at once.
const DECIDED_OF_SHARDS: usize = 400;

impl Workspace {
    /// The thresholds in force.
    pub(super) fn thresholds(&self) -> Result<Thresholds, WorkspaceError> {
        Ok(meta::sealed(&*self.sql, &self.key, "thresholds")?.unwrap_or_default())
    }

    /// What would change, decided anew with today's records.
    pub(super) fn preview(&mut self, proposed: &Thresholds) -> Result<Preview, WorkspaceError> {
        check(proposed)?;
        let now = self.thresholds()?;
        // Of a person or company seen twice the newer sighting counts.
        let all = seen::all(&*self.sql, &self.key)?;
        let older = all.len().saturating_sub(if self.shards()?.is_some() { DECIDED_OF_SHARDS } else { DECIDED });
        let newest: BTreeMap<String, seen::Seen> = all.into_iter().skip(older).map(|seen| (key_of(&seen.sighting), seen)).collect();
        let kept: Vec<seen::Seen> = newest.into_values().collect();
        let mut preview = Preview { sightings: kept.len(), ..Preview::default() };
        let likeliest = Thresholds { unsure: 0.0, ..now.clone() };
        let decided = together(kept.chunks(AT_A_TIME), |part| {
            let ask = LookUp { sightings: part.iter().map(|seen| seen.sighting.clone()).collect() };
            // The evidence isn't shown, and would fill much memory.
            let matched = self.decide(&ask, &likeliest, false)?.verdicts.into_iter().map(|verdict| verdict.matched);
            Ok(matched.map(|matched| matched.map(|matched| Matched { evidence: Vec::new(), ..matched })).collect::<Vec<_>>())
        })?;
        for (seen, matched) in kept.iter().zip(decided.into_iter().flatten()) {
            let Some(matched) = matched else { continue };
            let (before, after) = (band(&now, matched.probability), band(proposed, matched.probability));
            let kind = match (before, after) {
                (Band::None, Band::None) => continue,
                (Band::None, _) => ChangeKind::Appears,
                (_, Band::None) => ChangeKind::Vanishes,
                _ if matched.record != seen.record => ChangeKind::OtherRecord,
                _ if before != after => ChangeKind::OtherBand,
                _ => continue,
            };
            *match kind {
                ChangeKind::Appears => &mut preview.appear,
                ChangeKind::Vanishes => &mut preview.vanish,
                ChangeKind::OtherRecord => &mut preview.other_record,
                ChangeKind::OtherBand => &mut preview.other_band,
            } += 1;
            if preview.changes.len() < LISTED {
                preview.changes.push(Change {
                    kind,
                    shown: seen.sighting.name.clone(),
                    object: matched.object,
                    name: matched.name,
                    company: matched.company,
                    link: matched.link,
                    probability: matched.probability,
                    before,
                    after,
                });
            }
        }
        Ok(preview)
    }

    /// Puts thresholds in force; those before can be taken back.
    pub(super) fn set_thresholds(&mut self, now: Timestamp, member: &Member, wanted: &Thresholds) -> Result<Thresholds, WorkspaceError> {
        check(wanted)?;
        let before = self.thresholds()?;
        let next = Thresholds { sure: wanted.sure, unsure: wanted.unsure, before: Some((before.sure, before.unsure)) };
        self.keep_thresholds(now, member, &before, next)
    }

    /// Takes the last change back.
    pub(super) fn take_thresholds_back(&mut self, now: Timestamp, member: &Member) -> Result<Thresholds, WorkspaceError> {
        let current = self.thresholds()?;
        let Some((sure, unsure)) = current.before else { return Ok(current) };
        self.keep_thresholds(now, member, &current, Thresholds { sure, unsure, before: None })
    }

    fn keep_thresholds(&mut self, now: Timestamp, member: &Member, before: &Thresholds, next: Thresholds) -> Result<Thresholds, WorkspaceError> {
        meta::set_sealed(&*self.sql, &self.key, "thresholds", &next)?;
        let what = format!("thresholds {:.3}/{:.3} → {:.3}/{:.3}", before.sure, before.unsure, next.sure, next.unsure);
        log::audit(&*self.sql, now, member.user.as_str(), &what)?;
        Ok(next)
    }
}

pub(super) fn check(thresholds: &Thresholds) -> Result<(), WorkspaceError> {
    let is_probability = |value: f64| (0.0..=1.0).contains(&value);
    let is_ordered = thresholds.unsure < thresholds.sure;
    if is_probability(thresholds.sure) && is_probability(thresholds.unsure) && is_ordered { Ok(()) } else { Err(ProblemKind::OutOfRange.into()) }
}

/// What tells one seen person or company from another.
pub(super) fn key_of(sighting: &crate::model::sighting::Sighting) -> String {
    sighting.keys.first().cloned().unwrap_or_else(|| format!("{}|{}", sighting.name, sighting.company))
}

//! Which of the profiles that members saw may be a record: for a match by hand from the record's own page (spec 21).

use super::look_up::account_of;
use super::manual::fits;
use super::threshold::key_of;
use super::{Workspace, WorkspaceError};
use crate::api::{Band, FindProfiles, LookUp, NamedRecord, ProblemKind, ProfileFound, Profiles, Thresholds};
use crate::matching::candidate::{Candidate, company_name, shown, shown_name};
use crate::matching::compare::Seen;
use crate::matching::normalise::fold;
use crate::matching::weigh::Weighed;
use crate::model::evidence::Level;
use crate::model::id::RecordId;
use crate::model::object::Object;
use crate::model::sighting::{PageKind, Sighting, SightingKind};
use crate::page::address;
use crate::store::manual::profiles;
use crate::store::seen;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Profiles that are listed.
const LISTED: usize = 10;
/// The newest sightings that are searched, as in the preview of thresholds.
const SEARCHED: usize = 2_000;

impl Workspace {
    /// The profiles that are likeliest to be a record; or, with a text, those it names: by words, or by a profile's address.
    pub(super) fn find_profiles(&mut self, ask: &FindProfiles) -> Result<Profiles, WorkspaceError> {
        let id = RecordId::parse(&ask.record).map_err(|_| ProblemKind::NotFound)?;
        let id = self.target_named(id)?.ok_or(ProblemKind::NotFound)?;
        let mut records = HashMap::new();
        self.load(&mut records, HashSet::from([id]))?;
        let accounts = records.values().filter_map(account_of).collect();
        self.load(&mut records, accounts)?;
        let record = records.get(&id).ok_or(ProblemKind::NotFound)?;
        let account = account_of(record).and_then(|account| records.get(&account));
        let company = if id.object() == Some(Object::Account) { "" } else { company_name(record, account) };
        let named = NamedRecord { record: id, name: shown_name(record), company: company.to_owned() };
        let candidate = Candidate::new(record, account);

        // Of somebody seen twice the newer sighting counts.
        let all = seen::all(&*self.sql, &self.key)?;
        let older = all.len().saturating_sub(SEARCHED);
        let newest: BTreeMap<String, Sighting> = all.into_iter().skip(older).map(|kept| (key_of(&kept.sighting), kept.sighting)).collect();
        let pasted = profile_at(&ask.text);
        let words: Vec<String> = fold(&ask.text).split_whitespace().map(str::to_owned).collect();
        let scale = self.weighing(id.object() == Some(Object::Account))?.scale;
        // At a pasted address may be somebody whom nobody saw yet.
        let unseen = pasted.as_ref().filter(|pasted| !newest.values().any(|sighting| sighting.keys.iter().any(|key| pasted.keys.contains(key))));
        let mut found = Vec::new();
        for sighting in newest.values().chain(unseen).filter(|sighting| fits(sighting, id) && profiles(sighting).next().is_some()) {
            let seen = Seen::new(sighting);
            let is_wanted = match &pasted {
                Some(pasted) => sighting.keys.iter().any(|key| pasted.keys.contains(key)),
                // Of a nameless one nobody could tell who it is.
                None if words.is_empty() => !sighting.name.is_empty() && seen.compare_likely(&candidate).is_some(),
                None => names(sighting, &words),
            };
            if is_wanted {
                let levels = seen.compare(&candidate);
                let weighed = Weighed { weight: scale.sum(&levels, 1.0), candidate: &candidate, place: 0, levels, shared: 1.0 };
                let explain = || scale.explain(&weighed, |field| (seen.text(field).to_owned(), shown(field, &candidate, record, account)));
                let is_told = weighed.levels.iter().any(|(_, level)| *level != Level::NotCompared);
                let evidence = if is_told { explain() } else { Vec::new() };
                found.push((weighed.weight, sighting, evidence));
            }
        }
        if words.is_empty() {
            // Who was said not to be it isn't proposed again.
            let asked: Vec<Sighting> = found.iter().map(|(_, sighting, _)| (*sighting).clone()).collect();
            let mut said = self.said(&asked)?.into_iter();
            found.retain(|_| said.next().is_none_or(|said| !said.is_not.contains(&id)));
        }
        found.sort_by(|(a, one, _), (b, other, _)| b.total_cmp(a).then_with(|| other.seen.cmp(&one.seen)));
        found.truncate(LISTED);

        // How sure it would be on a page, where other records compete for the profile.
        let thresholds = self.thresholds()?;
        let ask = LookUp { sightings: found.iter().map(|(_, sighting, _)| (*sighting).clone()).collect() };
        let verdicts = self.decide(&ask, &Thresholds { unsure: 0.0, ..thresholds.clone() }, false)?.verdicts;
        let told = found.into_iter().zip(verdicts).map(|((_, sighting, evidence), verdict)| {
            let matched = verdict.matched.filter(|matched| matched.probability >= thresholds.unsure || matched.record == id);
            let (ours, others): (Vec<_>, Vec<_>) = matched.into_iter().partition(|matched| matched.record == id);
            let band = ours.first().map_or(Band::None, |matched| crate::matching::decide::band(&thresholds, matched.probability));
            ProfileFound {
                sighting: sighting.clone(),
                band,
                evidence,
                by_hand: ours.into_iter().next().and_then(|matched| matched.by_hand),
                other: others.into_iter().next().map(|matched| NamedRecord { record: matched.record, name: matched.name, company: matched.company }),
            }
        });
        Ok(Profiles { record: named, found: told.collect() })
    }
}

/// The profile at an address, of which nothing else is known.
fn profile_at(text: &str) -> Option<Sighting> {
    let page = address::pasted(text)?;
    let kind = match page.kind {
        PageKind::Profile | PageKind::SalesLead => SightingKind::Person,
        PageKind::Company | PageKind::SalesAccount => SightingKind::Company,
        _ => return None,
    };
    let key = page.key?;
    Some(Sighting { id: key.clone(), kind: Some(kind), keys: vec![key], ..Sighting::default() })
}

/// Whether every word stands in what the page said.
fn names(sighting: &Sighting, words: &[String]) -> bool {
    let said = fold(&format!("{} {} {}", sighting.name, sighting.company, sighting.title));
    words.iter().all(|word| said.contains(word.as_str()))
}

//! Look-up: sightings to verdicts, through keys, never a scan.

use super::{Workspace, WorkspaceError};
use crate::api::{Band, LookUp, Matched, RunnerUp, Verdict, Verdicts};
use crate::matching::block::{self, Found, KEY_LIMIT};
use crate::matching::candidate::{Candidate, company_name, shown, shown_name};
use crate::matching::compare::Seen;
use crate::matching::decide::{Decision, decide, one_to_one};
use crate::matching::key::{self, Key, KeyKind};
use crate::matching::weigh::{Model, Population, Scale, Weighed};
use crate::model::evidence::Evidence;
use crate::model::id::RecordId;
use crate::model::object::Object;
use crate::model::record::Record;
use crate::model::sighting::{Sighting, SightingKind};
use crate::store::posting::Posting;
use crate::store::{meta, posting, record};
use std::collections::{HashMap, HashSet};

/// People of an account that are looked at when the page hides their surname.
const ACCOUNT_PEOPLE: usize = 150;

type Records = HashMap<RecordId, Record>;

impl Workspace {
    /// Decides the sightings of one page together.
    pub(super) fn look_up(&mut self, ask: &LookUp) -> Result<Verdicts, WorkspaceError> {
        let keys: Vec<Vec<Key>> = ask.sightings.iter().map(key::of_sighting).collect();
        let postings = self.postings(keys.iter().flatten())?;
        let model = Model::shipped();
        let (people, companies) = (meta::integer(&*self.sql, "people")?.unwrap_or(0), meta::integer(&*self.sql, "companies")?.unwrap_or(0));
        let of = |sighting: &Sighting| if sighting.kind == Some(SightingKind::Company) { (&model.company, companies) } else { (&model.person, people) };
        let population = |sighting: &Sighting| {
            let (weights, records) = of(sighting);
            Population { records: records as u64, singleton: weights.singleton, part_singleton: weights.part_singleton }
        };
        let asked = ask.sightings.iter().zip(&keys);
        let mut found: Vec<HashMap<RecordId, f64>> = asked.map(|(sighting, keys)| self.candidates(keys, &postings, population(sighting))).collect();
        self.add_people_of_accounts(&ask.sightings, &keys, &postings, &mut found)?;
        let records = self.records_of(&found)?;
        // A record is read once, however many sightings may be it.
        let people_and_companies = records.values().filter(|record| matches!(record.layout.object, Object::Contact | Object::Lead | Object::Account));
        let candidates: HashMap<RecordId, Candidate> =
            people_and_companies.map(|record| (record.id, Candidate::new(record, account_of(record).and_then(|account| records.get(&account))))).collect();
        let mut decisions: Vec<Option<Decision<'_>>> = Vec::new();
        for (sighting, found) in ask.sightings.iter().zip(&found) {
            let (seen, scale) = (Seen::new(sighting), Scale::new(of(sighting).0, population(sighting)));
            let chosen = chosen(sighting, found, &records).into_iter().filter_map(|(id, shared)| Some((candidates.get(&id)?, shared)));
            let compared = chosen.enumerate().filter_map(|(place, (candidate, shared))| Some((candidate, place, seen.compare_likely(candidate)?, shared)));
            let weighed = compared.map(|(candidate, place, levels, shared)| scale.weigh(candidate, place, levels, shared)).collect();
            decisions.push(decide(model, scale.weights, weighed).filter(|decision| decision.band != Band::None));
        }
        one_to_one(&mut decisions, |a, b| ask.sightings[a].keys.iter().any(|key| ask.sightings[b].keys.contains(key)));
        let explain = |sighting: &Sighting, weighed: &Weighed<'_>| {
            let (seen, scale) = (Seen::new(sighting), Scale::new(of(sighting).0, population(sighting)));
            let Some(record) = records.get(&weighed.candidate.id) else { return Vec::new() };
            let account = account_of(record).and_then(|account| records.get(&account));
            scale.explain(weighed, |field| (seen.text(field).to_owned(), shown(field, weighed.candidate, record, account)))
        };
        self.verdicts(&ask.sightings, decisions, &records, explain)
    }

    fn hash(&self, (kind, value): &Key) -> u64 {
        self.key.lookup(*kind as u8, value)
    }

    pub(super) fn postings<'a>(&self, keys: impl Iterator<Item = &'a Key>) -> Result<HashMap<u64, Posting>, WorkspaceError> {
        let hashes: Vec<u64> = keys.map(|key| self.hash(key)).collect();
        Ok(posting::find(&*self.sql, &hashes, KEY_LIMIT)?)
    }

    fn candidates(&self, keys: &[Key], postings: &HashMap<u64, Posting>, population: Population) -> HashMap<RecordId, f64> {
        let found = keys.iter().filter_map(|key| Some((key, postings.get(&self.hash(key))?)));
        block::candidates(found.map(|(key, posting)| Found { kind: key.0, value: &key.1, count: posting.count, ids: &posting.ids }).collect(), population)
    }

    /// A hidden or changed surname is found through the people of the company's account.
    fn add_people_of_accounts(
        &self,
        sightings: &[Sighting],
        keys: &[Vec<Key>],
        postings: &HashMap<u64, Posting>,
        found: &mut [HashMap<RecordId, f64>],
    ) -> Result<(), WorkspaceError> {
        let mut wanted: Vec<(usize, Key)> = Vec::new();
        for (place, sighting) in sightings.iter().enumerate() {
            let hides = crate::matching::name::PersonName::parse(&sighting.name).hides_surname();
            if sighting.kind == Some(SightingKind::Company) || !(hides || found[place].is_empty()) {
                continue;
            }
            let accounts = keys[place].iter().filter(|key| key.0 == KeyKind::Company).filter_map(|key| postings.get(&self.hash(key)));
            for id in accounts.flat_map(|posting| &posting.ids).filter(|id| id.object() == Some(Object::Account)).take(3) {
                wanted.push((place, (KeyKind::PersonOfAccount, id.to_string())));
            }
        }
        let people = self.postings(wanted.iter().map(|(_, key)| key))?;
        for (place, key) in &wanted {
            if let Some(posting) = people.get(&self.hash(key)) {
                let family = posting.count as f64;
                found[*place].extend(posting.ids.iter().take(ACCOUNT_PEOPLE).map(|id| (*id, family)));
            }
        }
        Ok(())
    }

    /// All candidates, the contacts that converted leads became, and the accounts of contacts.
    fn records_of(&mut self, found: &[HashMap<RecordId, f64>]) -> Result<Records, WorkspaceError> {
        let ids: HashSet<RecordId> = found.iter().flat_map(|found| found.keys().copied()).collect();
        let mut records: Records = HashMap::new();
        self.load(&mut records, ids)?;
        let converted: HashSet<RecordId> = records.values().filter_map(converted_contact).collect();
        self.load(&mut records, converted)?;
        let accounts: HashSet<RecordId> = records.values().filter_map(account_of).collect();
        self.load(&mut records, accounts)?;
        Ok(records)
    }

    pub(super) fn load(&mut self, records: &mut Records, ids: HashSet<RecordId>) -> Result<(), WorkspaceError> {
        let missing: Vec<RecordId> = ids.into_iter().filter(|id| !records.contains_key(id)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let loaded = record::get(&*self.sql, &self.key, &mut self.layouts, &missing)?;
        records.extend(loaded.into_iter().map(|record| (record.id, record)));
        Ok(())
    }

    fn verdicts(
        &mut self,
        sightings: &[Sighting],
        decisions: Vec<Option<Decision<'_>>>,
        records: &Records,
        explain: impl Fn(&Sighting, &Weighed<'_>) -> Vec<Evidence>,
    ) -> Result<Verdicts, WorkspaceError> {
        let connection = self.connection()?;
        let link = |id: RecordId| connection.as_ref().map_or(String::new(), |connection| connection.link_to(id.as_str()));
        let mut owners: Records = HashMap::new();
        let ids = decisions.iter().flatten().filter_map(|decision| RecordId::parse(records.get(&decision.best.candidate.id)?.get("OwnerId")).ok()).collect();
        self.load(&mut owners, ids)?;
        let named = |id: RecordId| {
            let record = records.get(&id)?;
            let account = account_of(record).and_then(|account| records.get(&account));
            let company = if record.layout.object == Object::Account { "" } else { company_name(record, account) };
            Some((record, shown_name(record), company.to_owned()))
        };
        let matched = |sighting: &Sighting, decision: Decision<'_>| {
            let best = &decision.best;
            let (record, name, company) = named(best.candidate.id)?;
            let owner = RecordId::parse(record.get("OwnerId")).ok().and_then(|id| owners.get(&id));
            Some(Matched {
                record: record.id,
                object: best.candidate.object,
                name,
                company,
                owner: owner.map(|user| user.get("Name").to_owned()).unwrap_or_default(),
                link: link(record.id),
                probability: decision.probability,
                weight: best.weight,
                margin: decision.runner_up.as_ref().map(|next| best.weight - next.weight),
                evidence: explain(sighting, best),
                runner_up: decision.runner_up.as_ref().and_then(|next| {
                    let (record, name, company) = named(next.candidate.id)?;
                    Some(RunnerUp { record: record.id, object: next.candidate.object, name, company, weight: next.weight })
                }),
            })
        };
        let verdicts = sightings.iter().zip(decisions).map(|(sighting, decision)| Verdict {
            sighting: sighting.id.clone(),
            band: decision.as_ref().map_or(Band::None, |decision| decision.band),
            matched: decision.and_then(|decision| matched(sighting, decision)),
        });
        Ok(Verdicts { verdicts: verdicts.collect() })
    }
}

fn converted_contact(record: &Record) -> Option<RecordId> {
    (record.layout.object == Object::Lead && record.is("IsConverted")).then(|| RecordId::parse(record.get("ConvertedContactId")).ok())?
}

fn account_of(record: &Record) -> Option<RecordId> {
    (record.layout.object == Object::Contact).then(|| RecordId::parse(record.get("AccountId")).ok())?
}

/// A sighting's candidates of its own kind. A converted lead is seen as the contact it became (spec 17).
fn chosen(sighting: &Sighting, found: &HashMap<RecordId, f64>, records: &Records) -> Vec<(RecordId, f64)> {
    let is_company = sighting.kind == Some(SightingKind::Company);
    let mut chosen: HashMap<RecordId, f64> = HashMap::new();
    for (id, shared) in found {
        let id = records.get(id).and_then(converted_contact).filter(|contact| records.contains_key(contact)).unwrap_or(*id);
        let is_its_kind = match id.object() {
            Some(Object::Account) => is_company,
            Some(Object::Contact | Object::Lead) => !is_company,
            _ => false,
        };
        if is_its_kind {
            let known = chosen.entry(id).or_insert(f64::INFINITY);
            *known = known.min(*shared);
        }
    }
    let mut chosen: Vec<(RecordId, f64)> = chosen.into_iter().collect();
    chosen.sort_unstable_by_key(|(id, _)| *id);
    chosen
}

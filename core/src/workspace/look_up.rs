//! Look-up: sightings to verdicts, through keys, never a scan.

use super::home::together;
use super::manual::Said;
use super::threshold::key_of;
use super::{Workspace, WorkspaceError};
use crate::api::{Band, LookUp, Matched, ProblemKind, RunnerUp, Thresholds, Verdict, Verdicts};
use crate::matching::block::{self, CANDIDATES, Candidates, Found, GROUPS, KEY_LIMIT, RARE_NAME};
use crate::matching::candidate::{Candidate, company_name, shown, shown_name};
use crate::matching::compare::{Levels, Seen};
use crate::matching::decide::{Decision, decide, one_to_one};
use crate::matching::key::{self, Key, KeyKind};
use crate::matching::name::PersonName;
use crate::matching::prior::Likelihoods;
use crate::matching::reading::Readings;
use crate::matching::weigh::{Model, Population, Scale, Weighed};
use crate::model::evidence::{Evidence, Field, Level};
use crate::model::id::{PackedId, RecordId};
use crate::model::object::Object;
use crate::model::record::Record;
use crate::model::sighting::{Sighting, SightingKind};
use crate::shard::digest_of;
use crate::store::posting::Posting;
use crate::store::seen::{self, Seen as Kept};
use crate::store::{meta, posting, record};
use std::collections::{BTreeMap, HashMap, HashSet};

/// People of an account that are looked at when the page hides their surname.
const ACCOUNT_PEOPLE: usize = 150;

/// Sightings are kept from this probability on: at a lower threshold they would be named.
const KEPT_FROM: f64 = 0.1;
/// Kept sightings that are known by hash, so that a page read again writes nothing.
const KEPT_KNOWN: usize = 10_000;

type Records = HashMap<RecordId, Record>;

/// What was read for one look-up. A record is made comparable once, however many sightings may be it.
#[derive(Default)]
struct Read {
    records: Records,
    candidates: HashMap<RecordId, Candidate>,
    readings: Readings,
}

/// How far a look-up is. With shards it is taken up again where it wanted something of them.
#[derive(Default)]
struct Looking {
    /// What the keys led to, once they were asked.
    asked: Option<Asked>,
    /// The group of candidates that is looked at, and who they are.
    group: usize,
    groups: Option<Vec<Vec<(RecordId, f64)>>>,
    read: Read,
    looks: Vec<Vec<Look>>,
}

/// Keys of sightings, and what they led to.
struct Asked {
    /// Of each sighting.
    keys: Vec<Vec<Key>>,
    postings: HashMap<u64, Posting>,
    /// Of each sighting.
    found: Vec<Candidates<PackedId>>,
}

/// What became of sightings.
pub(super) struct Decided {
    /// The verdicts, in their order.
    pub verdicts: Vec<Verdict>,
    /// How much likelier what each shows is of one in the CRM than of another, in bits.
    likelihoods: Vec<f64>,
}

/// What sightings of one kind are weighed by.
pub(super) struct Weighing {
    /// The weights among the records there are.
    pub scale: Scale<'static>,
    /// By how many bits members' answers move the result.
    pub shift: f64,
}

/// Whether a company was seen.
pub(super) fn is_company(sighting: &Sighting) -> bool {
    sighting.kind == Some(SightingKind::Company)
}

fn likelihoods_of(is_company: bool) -> &'static str {
    if is_company { "companies_seen" } else { "people_seen" }
}

/// A record compared with a sighting.
#[derive(Clone)]
struct Look {
    id: RecordId,
    shared: f64,
    levels: Levels,
    weight: f64,
}

impl Workspace {
    /// Decides the sightings of one page together, and keeps those that may be somebody.
    pub(super) fn look_up(&mut self, ask: &LookUp) -> Result<Verdicts, WorkspaceError> {
        let thresholds = self.thresholds()?;
        let named = self.decide(ask, &Thresholds { unsure: thresholds.unsure.min(KEPT_FROM), ..thresholds.clone() }, true)?;
        let (mut new, mut seen) = (Vec::new(), Vec::new());
        if self.kept.len() > KEPT_KNOWN {
            self.kept.clear();
        }
        for ((sighting, verdict), bits) in ask.sightings.iter().zip(&named.verdicts).zip(&named.likelihoods) {
            if !sighting.name.is_empty() && self.kept.insert(self.key.lookup(1, &key_of(sighting))) {
                seen.push((is_company(sighting), *bits));
            }
            // One without a name couldn't be shown to anybody.
            if let Some(matched) = &verdict.matched
                && !sighting.name.is_empty()
                && self.kept.insert(self.key.lookup(0, &format!("{}|{}|{}", key_of(sighting), sighting.title, matched.record)))
            {
                new.push(Kept::of(sighting, matched.record));
            }
        }
        // Kept for the admin's preview, and to learn from: where that can't be (a full disk), the page still gets its answer.
        let _ = seen::add(&*self.sql, &self.key, &new).map_err(WorkspaceError::from).and_then(|()| self.learn(&seen));
        let told = named.verdicts.into_iter().map(|verdict| {
            let band = verdict
                .matched
                .as_ref()
                .map_or(Band::None, |matched| if verdict.band == Band::Unsure && matched.probability < thresholds.unsure { Band::None } else { verdict.band });
            Verdict { band, matched: verdict.matched.filter(|_| band != Band::None), ..verdict }
        });
        Ok(Verdicts { verdicts: told.collect() })
    }

    /// Decides sightings: those of one page together, where a record can be one of them only.
    pub(super) fn decide(&mut self, ask: &LookUp, thresholds: &Thresholds, is_page: bool) -> Result<Decided, WorkspaceError> {
        if self.shards()?.is_none() {
            return self.look(ask, thresholds, is_page, &mut Looking::default());
        }
        let of = digest_of(ask, &[]);
        let mut looking = self.given.begun(of).unwrap_or_default();
        let decided = self.look(ask, thresholds, is_page, &mut looking);
        if decided.is_err() {
            self.given.keep(of, looking);
        }
        decided
    }

    fn look(&mut self, ask: &LookUp, thresholds: &Thresholds, is_page: bool, looking: &mut Looking) -> Result<Decided, WorkspaceError> {
        let is_spread = self.shards()?.is_some();
        let mut readings = Readings::default();
        let seen: Vec<Seen<'_>> = ask.sightings.iter().map(|sighting| Seen::read(sighting, &mut readings)).collect();
        let said = self.said(&ask.sightings)?;
        let (person, company) = (self.weighing(false)?, self.weighing(true)?);
        let weighing = |sighting: &Sighting| if is_company(sighting) { &company } else { &person };
        let scale = |sighting: &Sighting| &weighing(sighting).scale;
        if looking.asked.is_none() {
            let keys: Vec<Vec<Key>> = seen.iter().map(key::of_seen).collect();
            let postings = self.postings(keys.iter().flatten())?;
            let asked = ask.sightings.iter().zip(&keys);
            let found: Vec<_> = asked.map(|(sighting, keys)| self.candidates(sighting, keys, &postings, scale(sighting))).collect();
            (looking.asked, looking.looks) = (Some(Asked { keys, postings, found }), vec![Vec::new(); ask.sightings.len()]);
        }
        let Looking { asked: Some(Asked { keys, postings, found }), group, groups, read, looks } = looking else {
            return Err(ProblemKind::Unreadable.into());
        };
        // First those found by what few share. Who is settled by that needs no look at looser ones, whose rows cost the most; but a
        // lead may have a contact, which would be the one to show.
        let is_open = |looks: &[Look]| !looks.iter().any(|look: &Look| look.weight >= block::SETTLED && look.id.object() != Some(Object::Lead));
        while *group < GROUPS {
            if groups.is_none() {
                let unpacked =
                    |found: &Candidates<PackedId>| found.groups[*group].iter().filter_map(|(id, shared)| Some((RecordId::of_packed(id)?, *shared))).collect();
                let of = |(found, looks): (&Candidates<PackedId>, &Vec<Look>)| if is_open(looks) { unpacked(found) } else { Vec::new() };
                let mut these: Vec<Vec<(RecordId, f64)>> = found.iter().zip(&*looks).map(of).collect();
                if *group == GROUPS - 1 {
                    let open = ask.sightings.iter().enumerate().filter(|(place, _)| is_open(&looks[*place]));
                    let people = together(open, |(place, sighting)| {
                        let is_found = !looks[place].is_empty() || !these[place].is_empty();
                        Ok((place, self.people_of_accounts(sighting, is_found, &keys[place], postings, scale(sighting).population)?))
                    })?;
                    for (place, people) in people {
                        these[place].extend(people);
                    }
                }
                *groups = Some(these);
            }
            let these = groups.as_ref().expect("it was just made");
            if *group == 0 && is_spread {
                // What may be looked at next is asked for along with it.
                let next = found.iter().flat_map(|found| found.groups[1..].iter().flatten()).filter_map(|(id, _)| RecordId::of_packed(id));
                let ids: HashSet<RecordId> = these.iter().flatten().map(|(id, _)| *id).chain(next).collect();
                self.load(&mut read.records, ids)?;
            }
            self.read(these.iter().flatten(), read)?;
            for (place, sighting) in ask.sightings.iter().enumerate() {
                look(&seen[place], sighting, &these[place], read, scale(sighting), &mut looks[place]);
            }
            (*group, *groups) = (*group + 1, None);
        }
        let likelihood = |((sighting, looks), said): ((&Sighting, &Vec<Look>), &Said)| match said.is {
            Some(_) => f64::INFINITY,
            None => scale(sighting).likelihood(looks.iter().filter(|look| !said.is_not.contains(&look.id)).map(|look| look.weight)),
        };
        let likelihoods = ask.sightings.iter().zip(&*looks).zip(&*said).map(likelihood).collect();
        let named: Vec<(RecordId, f64)> = said.iter().filter_map(|said| Some((said.is.as_ref()?.0, 1.0))).collect();
        self.read(named.iter(), read)?;
        let Read { records, candidates, .. } = &*read;
        let mut decisions: Vec<Option<Decision<'_>>> = Vec::new();
        for (place, (sighting, looks)) in ask.sightings.iter().zip(&*looks).enumerate() {
            let said = &said[place];
            if let Some(candidate) = said.is.as_ref().and_then(|(id, _)| candidates.get(id)) {
                let levels = seen[place].compare(candidate);
                let weight = scale(sighting).sum(&levels, 1.0);
                decisions.push(Some(Decision::by_hand(Weighed { candidate, place: 0, levels, shared: 1.0, weight })));
                continue;
            }
            let weighed = looks.iter().filter(|look| !said.is_not.contains(&look.id)).filter_map(|look| {
                Some(Weighed { candidate: candidates.get(&look.id)?, place: 0, levels: look.levels.clone(), shared: look.shared, weight: look.weight })
            });
            decisions
                .push(decide(thresholds, scale(sighting).in_crm, weighing(sighting).shift, weighed.collect()).filter(|decision| decision.band != Band::None));
        }
        if is_page {
            one_to_one(&mut decisions, |a, b| ask.sightings[a].keys.iter().any(|key| ask.sightings[b].keys.contains(key)));
        }
        let explain = |place: usize, Decision { best: weighed, is_by_hand, .. }: &Decision<'_>| {
            let (seen, Weighing { scale, shift }) = (&seen[place], weighing(&ask.sightings[place]));
            let Some(record) = records.get(&weighed.candidate.id) else { return Vec::new() };
            let account = account_of(record).and_then(|account| records.get(&account));
            let mut lines = scale.explain(weighed, |field| (seen.text(field).to_owned(), shown(field, weighed.candidate, record, account)));
            if *shift != 0.0 && !is_by_hand {
                lines.push(Evidence { field: Field::Feedback, level: Level::NotCompared, bits: *shift, page: String::new(), crm: String::new() });
            }
            lines
        };
        let mut verdicts = self.verdicts(&ask.sightings, decisions, records, |sighting| weighing(sighting).shift, explain)?;
        for (verdict, said) in verdicts.verdicts.iter_mut().zip(said) {
            if let (Some(matched), Some((is, by_hand))) = (&mut verdict.matched, said.is.clone()) {
                matched.by_hand = Some(by_hand).filter(|_| matched.record == is);
            }
        }
        Ok(Decided { verdicts: verdicts.verdicts, likelihoods })
    }

    /// What people, or companies, are weighed by, and among how many.
    pub(super) fn weighing(&self, is_company: bool) -> Result<Weighing, WorkspaceError> {
        let model = Model::shipped();
        let weights = if is_company { &model.company } else { &model.person };
        let count = |name: &str| Ok::<_, WorkspaceError>(meta::integer(&*self.sql, name)?.unwrap_or(0) as u64);
        let companies = count("companies")?;
        let records = if is_company { companies } else { count("people")? };
        let population = Population { records, companies, singleton: weights.singleton, part_singleton: weights.part_singleton };
        let scale = Scale::new(weights, population).with_share(self.likelihoods(is_company)?.share(weights.in_crm));
        Ok(Weighing { shift: self.feedback(is_company)?.shift(scale.prior_moved()), scale })
    }

    /// How well the people, or companies, that members saw are answered by the CRM.
    fn likelihoods(&self, is_company: bool) -> Result<Likelihoods, WorkspaceError> {
        Ok(meta::json(&*self.sql, likelihoods_of(is_company))?.unwrap_or_default())
    }

    /// Learns from sightings how many of those whom members see are in the CRM.
    fn learn(&self, seen: &[(bool, f64)]) -> Result<(), WorkspaceError> {
        for is_company in [false, true] {
            let mut new = seen.iter().filter(|(kind, _)| *kind == is_company).peekable();
            // Before the first import is in, or where Inlay may read nobody of the kind, that nobody is found says nothing.
            if new.peek().is_some() && self.weighing(is_company)?.scale.population.records > 0 {
                let mut all = self.likelihoods(is_company)?;
                new.for_each(|(_, bits)| all.add(*bits));
                meta::set_json(&*self.sql, likelihoods_of(is_company), &all)?;
            }
        }
        Ok(())
    }

    fn hash(&self, (kind, value): &Key) -> u64 {
        self.key.lookup(*kind as u8, value)
    }

    pub(super) fn postings<'a>(&self, keys: impl Iterator<Item = &'a Key>) -> Result<HashMap<u64, Posting>, WorkspaceError> {
        let hashes: Vec<u64> = keys.map(|key| self.hash(key)).collect();
        self.find(&hashes, KEY_LIMIT)
    }

    fn find(&self, hashes: &[u64], limit: usize) -> Result<HashMap<u64, Posting>, WorkspaceError> {
        match posting::in_use(&*self.sql)? {
            Some(index) => self.home()?.find(index, hashes, limit),
            None => Ok(HashMap::new()),
        }
    }

    fn candidates(&self, sighting: &Sighting, keys: &[Key], postings: &HashMap<u64, Posting>, scale: &Scale<'_>) -> Candidates<PackedId> {
        // A person's company leads to its people, later: the account itself is no candidate.
        let is_company = is_company(sighting);
        let keys = keys.iter().filter(|key| is_company || key.0 != KeyKind::Company);
        let found = keys.filter_map(|key| Some((key, postings.get(&self.hash(key))?)));
        Candidates::of(
            found.map(|(key, posting)| Found { kind: key.0, value: &key.1, count: posting.count, ids: &posting.ids }).collect(),
            scale.population,
            scale.weights,
        )
    }

    /// A hidden or changed surname is found through the people of the company's account; so is a name that too many share.
    fn people_of_accounts(
        &self,
        sighting: &Sighting,
        is_found: bool,
        keys: &[Key],
        postings: &HashMap<u64, Posting>,
        population: Population,
    ) -> Result<Vec<(RecordId, f64)>, WorkspaceError> {
        let of = |kind: KeyKind| keys.iter().filter(move |key| key.0 == kind);
        let is_by_company = !is_found || PersonName::of(sighting).hides_surname();
        let count = |key: &Key| postings.get(&self.hash(key)).map_or(0, |posting| posting.count);
        let common: Vec<u64> = of(KeyKind::Name).filter(|key| count(key) > RARE_NAME).map(|key| self.hash(key)).collect();
        if is_company(sighting) || !is_by_company && common.is_empty() {
            return Ok(Vec::new());
        }
        let companies = of(KeyKind::Company).filter_map(|key| postings.get(&self.hash(key)));
        let accounts = companies.flat_map(|posting| &posting.ids).filter_map(RecordId::of_packed).filter(|id| id.object() == Some(Object::Account)).take(3);
        let wanted: Vec<u64> = accounts.map(|id| self.hash(&(KeyKind::PersonOfAccount, id.to_string()))).collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let listed = if common.is_empty() { KEY_LIMIT } else { usize::MAX };
        let is_whole = |name: &u64| postings.get(name).is_some_and(|posting| posting.ids.len() == posting.count);
        let (known, asked): (Vec<u64>, Vec<u64>) = common.iter().partition(|name| is_whole(name));
        let found = self.find(&[wanted.as_slice(), &asked].concat(), listed)?;
        let people = || wanted.iter().filter_map(|account| found.get(account));
        let mut family = Vec::new();
        for name in known.iter().filter_map(|name| postings.get(name)).chain(asked.iter().filter_map(|name| found.get(name))) {
            // The name is as common as it is, at whichever company.
            let namesakes: HashSet<&PackedId> = name.ids.iter().collect();
            let shared = population.expected(name.count, false);
            family.extend(people().flat_map(|people| &people.ids).filter(|id| namesakes.contains(id)).take(CANDIDATES).map(|id| (*id, shared)));
        }
        if is_by_company {
            family.extend(people().flat_map(|people| people.ids.iter().take(ACCOUNT_PEOPLE).map(|id| (*id, people.count as f64))));
        }
        Ok(family.into_iter().filter_map(|(id, shared)| Some((RecordId::of_packed(&id)?, shared))).collect())
    }

    /// Reads records that weren't read yet, the contacts that converted leads became, and the accounts of contacts.
    fn read<'a>(&mut self, found: impl Iterator<Item = &'a (RecordId, f64)> + Clone, read: &mut Read) -> Result<(), WorkspaceError> {
        let records = &mut read.records;
        self.load(records, found.clone().map(|(id, _)| *id).collect())?;
        let mut referred: HashSet<RecordId> = records.values().flat_map(|record| [converted_contact(record), account_of(record)]).flatten().collect();
        if self.shards()?.is_some() {
            // Whom they belong to is asked for along with them: each question costs a way to the shards and back.
            referred.extend(records.values().filter_map(|record| RecordId::parse(record.get("OwnerId")).ok()));
        }
        self.load(records, referred)?;
        let accounts: HashSet<RecordId> = records.values().filter_map(account_of).collect();
        self.load(records, accounts)?;
        for (id, _) in found {
            for id in [Some(*id), records.get(id).and_then(converted_contact)].into_iter().flatten() {
                if let Some(record) = records.get(&id) {
                    let account = account_of(record).and_then(|account| records.get(&account));
                    read.candidates.entry(id).or_insert_with(|| Candidate::read(record, account, &mut read.readings));
                }
            }
        }
        Ok(())
    }

    /// A loaded record, or the contact of a person account, which is loaded then (spec 14).
    pub(super) fn person_of(&mut self, records: &mut Records, id: RecordId) -> Result<RecordId, WorkspaceError> {
        let is_person = |record: &&Record| record.layout.object == Object::Account && record.is("IsPersonAccount");
        let contact = records.get(&id).filter(is_person).and_then(|account| RecordId::parse(account.get("PersonContactId")).ok());
        self.load(records, contact.into_iter().collect())?;
        Ok(contact.filter(|contact| records.contains_key(contact)).unwrap_or(id))
    }

    pub(super) fn load(&mut self, records: &mut Records, ids: HashSet<RecordId>) -> Result<(), WorkspaceError> {
        let missing: Vec<RecordId> = ids.into_iter().filter(|id| !records.contains_key(id) && !self.given.absent.contains(id)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let sealed = self.home()?.sealed(&missing)?;
        if self.shards()?.is_some() {
            self.given.absent.extend(missing.iter().filter(|id| !sealed.contains_key(id)));
        }
        for (id, body) in sealed {
            records.extend(record::open(&*self.sql, &self.key, &mut self.layouts, id, &body)?.map(|record| (id, record)));
        }
        Ok(())
    }

    fn verdicts(
        &mut self,
        sightings: &[Sighting],
        decisions: Vec<Option<Decision<'_>>>,
        records: &Records,
        shift: impl Fn(&Sighting) -> f64,
        explain: impl Fn(usize, &Decision<'_>) -> Vec<Evidence>,
    ) -> Result<Verdicts, WorkspaceError> {
        let connection = self.connection()?;
        let link = |id: RecordId| connection.as_ref().map_or(String::new(), |connection| connection.link_to(id.as_str()));
        let ids: HashSet<RecordId> =
            decisions.iter().flatten().filter_map(|decision| RecordId::parse(records.get(&decision.best.candidate.id)?.get("OwnerId")).ok()).collect();
        let mut owners: Records = ids.iter().filter_map(|id| Some((*id, records.get(id)?.clone()))).collect();
        self.load(&mut owners, ids)?;
        let named = |id: RecordId| {
            let record = records.get(&id)?;
            let account = account_of(record).and_then(|account| records.get(&account));
            let company = if record.layout.object == Object::Account { "" } else { company_name(record, account) };
            Some((record, shown_name(record), company.to_owned()))
        };
        let matched = |place: usize, decision: Decision<'_>| {
            let (best, shift) = (&decision.best, shift(&sightings[place]));
            let (record, name, company) = named(best.candidate.id)?;
            let owner = RecordId::parse(record.get("OwnerId")).ok().and_then(|id| owners.get(&id));
            Some(Matched {
                record: record.id,
                object: best.candidate.object,
                name,
                company,
                owner: owner.map(|user| user.get("Name").to_owned()).unwrap_or_default(),
                link: link(page_of(record)),
                probability: decision.probability,
                weight: if decision.is_by_hand { best.weight } else { best.weight + shift },
                margin: decision.runner_up.as_ref().map(|next| best.weight - next.weight),
                evidence: explain(place, &decision),
                runner_up: decision.runner_up.as_ref().and_then(|next| {
                    let (record, name, company) = named(next.candidate.id)?;
                    Some(RunnerUp { record: record.id, object: next.candidate.object, name, company, weight: next.weight + shift })
                }),
                by_hand: None,
            })
        };
        let verdicts = sightings.iter().zip(decisions).enumerate().map(|(place, (sighting, decision))| Verdict {
            sighting: sighting.id.clone(),
            band: decision.as_ref().map_or(Band::None, |decision| decision.band),
            matched: decision.and_then(|decision| matched(place, decision)),
        });
        Ok(Verdicts { verdicts: verdicts.collect() })
    }
}

fn converted_contact(record: &Record) -> Option<RecordId> {
    (record.layout.object == Object::Lead && record.is("IsConverted")).then(|| RecordId::parse(record.get("ConvertedContactId")).ok())?
}

/// The account of a contact; none of one who is a person account: that is no company, but the same person again (spec 14).
pub(super) fn account_of(record: &Record) -> Option<RecordId> {
    (record.layout.object == Object::Contact && !record.is("IsPersonAccount")).then(|| RecordId::parse(record.get("AccountId")).ok())?
}

/// The record on whose page somebody stands in Salesforce: a person account's contact has none of its own.
pub(super) fn page_of(record: &Record) -> RecordId {
    person_account(record).unwrap_or(record.id)
}

/// The account of a contact who is a person account.
pub(super) fn person_account(record: &Record) -> Option<RecordId> {
    (record.layout.object == Object::Contact && record.is("IsPersonAccount")).then(|| RecordId::parse(record.get("AccountId")).ok())?
}

/// Weighs a sighting's candidates of its own kind. A converted lead is seen as the contact it became (spec 17).
fn look(seen: &Seen<'_>, sighting: &Sighting, found: &[(RecordId, f64)], read: &Read, scale: &Scale<'_>, looks: &mut Vec<Look>) {
    let is_company = sighting.kind == Some(SightingKind::Company);
    let mut chosen: BTreeMap<RecordId, f64> = BTreeMap::new();
    for (id, shared) in found {
        let id = read.records.get(id).and_then(converted_contact).filter(|contact| read.records.contains_key(contact)).unwrap_or(*id);
        let is_its_kind = match id.object() {
            Some(Object::Account) => is_company,
            Some(Object::Contact | Object::Lead) => !is_company,
            _ => false,
        };
        if is_its_kind && !looks.iter().any(|look| look.id == id) {
            let known = chosen.entry(id).or_insert(f64::INFINITY);
            *known = known.min(*shared);
        }
    }
    looks.extend(chosen.into_iter().filter_map(|(id, shared)| {
        let levels = seen.compare_likely(read.candidates.get(&id)?)?;
        Some(Look { id, shared, weight: scale.sum(&levels, shared), levels })
    }));
}

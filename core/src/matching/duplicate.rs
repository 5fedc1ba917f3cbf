//! Duplicates: which records of a table are one person or company (spec 17, 95). All pairs that share a key are weighed, with
//! weights learnt from the table itself; records join the cluster that most of its members speak for.

use super::adapt::{Pair, adapt};
use super::candidate::Candidate;
use super::compare::{Levels, Seen};
use super::link::Linker;
use super::weigh::{Population, Scale};
use crate::model::evidence::{Field, Level};
use crate::model::object::Object;
use crate::model::record::Record;
use crate::model::sighting::{Sighting, SightingKind};
use std::collections::{BTreeSet, HashMap};

/// The cluster of a record, named by its first record, and how likely the record belongs there: 0 for one alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Member {
    /// The place of the cluster's first record.
    pub cluster: usize,
    /// The probability of the strongest tie.
    pub probability: f64,
}

/// Pairs drawn to see how often levels agree by chance.
const RANDOM_PAIRS: usize = 200_000;
/// What one pair says for or against joining two clusters, at most, in bits.
const MOST_SAID: f64 = 10.0;

/// Finds the clusters of a linker's records. `tell` hears how many records are done.
pub fn duplicates(linker: &Linker<'_>, mut tell: impl FnMut(usize)) -> Vec<Member> {
    let sightings: Vec<Sighting> = linker.records().iter().map(seen_as).collect();
    let Some(first) = sightings.first() else { return Vec::new() };
    let random = random(linker, &sightings);
    let mut clusters: Vec<u32> = (0..sightings.len() as u32).collect();
    let mut members = Vec::new();
    // A name counts once for each who has it: first for each record, then for each cluster found so.
    for _ in 0..2 {
        let mut population = linker.population_of(&clusters);
        if members.is_empty() {
            // Before anything is known, names that stand there twice may be one person's: they don't make names common.
            let shipped = linker.weights(first);
            population.singleton = population.singleton.min(shipped.singleton);
            population.part_singleton = population.part_singleton.min(shipped.part_singleton);
        }
        let pairs = pairs(linker, population, &sightings, &clusters, &mut tell);
        let shipped = linker.weights(first);
        members = if is_told(&pairs) {
            // What pairs have in common by chance is seen in those that aren't one, as far as is known.
            let apart: Vec<&Levels> = random.iter().filter(|(one, other, _)| clusters[*one] != clusters[*other]).map(|(_, _, levels)| levels).collect();
            let learnt = adapt(shipped, population, &pairs, &apart, sightings.len());
            clustered(&Scale::new(&learnt, population), 1.0, &pairs, sightings.len())
        } else {
            clustered(&Scale::new(shipped, population), 1.0 - shipped.in_crm, &pairs, sightings.len())
        };
        clusters = members.iter().map(|member| member.cluster as u32).collect();
    }
    members
}

/// Whether most pairs have something besides the name to compare that few share, or two fields that many do. From names alone
/// nothing can be learnt of which equal names are one.
fn is_told(pairs: &[Pair]) -> bool {
    let worth = |(field, level): &(Field, Level)| match field {
        _ if *level == Level::NotCompared => 0,
        Field::Name => 0,
        Field::Email | Field::Phone | Field::ProfileKey | Field::Website | Field::Street | Field::BirthDate | Field::NationalId => 2,
        _ => 1,
    };
    let tells = |pair: &&Pair| pair.levels.iter().map(worth).sum::<u32>() >= 2;
    pairs.iter().filter(tells).count() * 2 >= pairs.len()
}

/// A record as a page would show it.
pub fn seen_as(record: &Record) -> Sighting {
    let candidate = Candidate::new(record, None);
    let is_company = record.layout.object == Object::Account;
    let get = |field: &str| record.get(field).to_owned();
    let places = if is_company { ["BillingCity", "BillingState", "BillingCountry"] } else { ["City", "State", "Country"] };
    let places: Vec<&str> = places.iter().map(|field| record.get(field)).filter(|part| !part.is_empty()).collect();
    Sighting {
        kind: Some(if is_company { SightingKind::Company } else { SightingKind::Person }),
        keys: candidate.profile_keys,
        name: super::candidate::shown_name(record),
        first_name: get("FirstName"),
        last_name: get("LastName"),
        title: get("Title"),
        company: get("Company"),
        location: places.join(", "),
        email: get("Email"),
        phone: get("Phone"),
        website: get("Website"),
        industry: get("Industry"),
        details: candidate.details,
        ..Sighting::default()
    }
}

/// All pairs of records that share a key, compared, each once.
fn pairs(linker: &Linker<'_>, population: Population, sightings: &[Sighting], clusters: &[u32], tell: &mut impl FnMut(usize)) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (own, sighting) in sightings.iter().enumerate() {
        tell(own);
        let others =
            |places: &[u32]| places.iter().map(|place| clusters[*place as usize]).filter(|cluster| *cluster != clusters[own]).collect::<BTreeSet<u32>>();
        // Itself and its own cluster count as one that has the key.
        let found = linker
            .compare_as(&Seen::new(sighting), population, |places| (others(places).len()).max(usize::from(places.iter().any(|place| *place as usize != own))));
        let found = found.into_iter().filter(|one| one.place != own);
        pairs.extend(found.map(|one| Pair { one: own.min(one.place) as u32, other: own.max(one.place) as u32, shared: one.shared, levels: one.levels }));
    }
    pairs.sort_by_key(|pair| (pair.one, pair.other));
    pairs.dedup_by_key(|pair| (pair.one, pair.other));
    pairs
}

/// Pairs of records drawn without regard to what they have in common; always the same.
fn random(linker: &Linker<'_>, sightings: &[Sighting]) -> Vec<(usize, usize, Levels)> {
    let count = sightings.len() as u64;
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % count) as usize
    };
    let each = RANDOM_PAIRS.div_ceil(sightings.len().max(1)).clamp(4, 400);
    let mut random = Vec::new();
    while random.len() < RANDOM_PAIRS.min(sightings.len() * each) {
        let one = next();
        let seen = Seen::new(&sightings[one]);
        let others = (0..each).map(|_| next()).filter(|other| *other != one).collect::<Vec<_>>();
        random.extend(others.into_iter().map(|other| (one, other, linker.compare_with(&seen, other))));
        if sightings.len() < 2 {
            break;
        }
    }
    random
}

/// Joins the likeliest pairs first, each against `none`, the odds that a record has no double, where all that is known of the two clusters together speaks for it.
fn clustered(scale: &Scale<'_>, none: f64, pairs: &[Pair], count: usize) -> Vec<Member> {
    let bits: HashMap<(u32, u32), f64> = pairs.iter().map(|pair| ((pair.one, pair.other), scale.sum(&pair.levels, pair.shared) - none.log2())).collect();
    let mut ties: Vec<(f64, u32, u32)> = bits.iter().filter(|(_, bits)| **bits > 0.0).map(|((one, other), bits)| (*bits, *one, *other)).collect();
    ties.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| (a.1, a.2).cmp(&(b.1, b.2))));
    let mut cluster: Vec<usize> = (0..count).collect();
    let mut held: Vec<Vec<u32>> = (0..count as u32).map(|place| vec![place]).collect();
    let mut members: Vec<Member> = (0..count).map(|cluster| Member { cluster, probability: 0.0 }).collect();
    for (tie, one, other) in ties {
        let (a, b) = (cluster[one as usize], cluster[other as usize]);
        if a != b {
            let across = held[a].iter().flat_map(|one| held[b].iter().map(move |other| (*one.min(other), *one.max(other))));
            if across.filter_map(|pair| bits.get(&pair)).map(|bits| bits.clamp(-MOST_SAID, MOST_SAID)).sum::<f64>() <= 0.0 {
                continue;
            }
            let (kept, gone) = if held[a].len() >= held[b].len() { (a, b) } else { (b, a) };
            let moved = std::mem::take(&mut held[gone]);
            for place in &moved {
                cluster[*place as usize] = kept;
            }
            held[kept].extend(moved);
        }
        for place in [one, other] {
            let member = &mut members[place as usize];
            member.probability = member.probability.max(1.0 / (1.0 + (-tie).exp2()));
        }
    }
    for places in held.iter().filter(|places| !places.is_empty()) {
        let first = places.iter().min().copied().unwrap_or(0) as usize;
        for place in places {
            members[*place as usize].cluster = first;
        }
    }
    members
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::weigh::Model;
    use crate::model::id::RecordId;
    use crate::model::record::{Layout, encode};
    use std::sync::Arc;

    fn people(rows: &[[&str; 4]]) -> Vec<Record> {
        let layout =
            Arc::new(Layout { number: 1, object: Object::Lead, fields: ["FirstName", "LastName", "Company", "Birthdate"].map(str::to_owned).to_vec() });
        let record = |(place, row): (usize, &[&str; 4])| {
            let id = RecordId::parse(&format!("00Q{place:012}")).expect("digits");
            Record::decode(id, &layout, &encode(1, row.iter().copied())).expect("it fits")
        };
        rows.iter().enumerate().map(record).collect()
    }

    fn clusters(rows: &[[&str; 4]]) -> Vec<usize> {
        duplicates(&Linker::new(Model::shipped(), people(rows)), |_| {}).iter().map(|member| member.cluster).collect()
    }

    #[test]
    fn one_person_twice_is_one_and_namesakes_are_not() {
        let rows = [
            ["Dana", "Okafor", "Northwind", ""],
            ["Ravi", "Haddad", "Talus", ""],
            ["Dana", "Okafor", "Northwind Ltd", ""],
            ["Ines", "Maduro", "Brightmoor", ""],
            ["Ravi", "Haddad", "Brightmoor", ""],
        ];
        let found = clusters(&rows);
        assert_eq!(found[2], 0);
        assert_eq!(found[3], 3);
        assert_ne!(found[4], found[1], "two of one name at two companies");
    }

    #[test]
    fn where_there_are_only_names_equal_ones_are_one() {
        let layout = Arc::new(Layout { number: 1, object: Object::Account, fields: vec!["Name".to_owned()] });
        let names = ["Accenture plc", "Talus Robotics", "ACCENTURE", "Brightmoor Foods AG", "Talus Hotels", "Brightmoor Foods", "Keelgate Marine"];
        let record = |(place, name): (usize, &&str)| {
            let id = RecordId::parse(&format!("001{place:012}")).expect("digits");
            Record::decode(id, &layout, &encode(1, std::iter::once(*name))).expect("it fits")
        };
        let linker = Linker::new(Model::shipped(), names.iter().enumerate().map(record).collect());
        let found: Vec<usize> = duplicates(&linker, |_| {}).iter().map(|member| member.cluster).collect();
        assert_eq!(found, [0, 1, 0, 3, 4, 3, 6]);
    }

    /// The shipped model knows nothing of dates of birth: that they tell people apart is seen in the table itself.
    #[test]
    fn what_a_date_of_birth_is_worth_is_learnt_from_the_table() {
        let dates: Vec<String> = (0..200).map(|place| format!("19{:02}-{:02}-{:02}", place % 97, place % 12 + 1, place % 28 + 1)).collect();
        let names: Vec<String> =
            (0..200).map(|place| format!("O{}kafor", "abcdefghij".chars().cycle().skip(place % 10).take(3 + place % 5).collect::<String>())).collect();
        let mut rows: Vec<[&str; 4]> = Vec::new();
        for place in 0..200 {
            rows.push(["Dana", &names[place], "", &dates[place]]);
            rows.push([if place % 3 == 0 { "Danna" } else { "Dana" }, &names[place], "", &dates[place]]);
        }
        let found = clusters(&rows);
        let together = (0..200).filter(|place| found[2 * place] == found[2 * place + 1]).count();
        let apart = (0..199).filter(|place| found[2 * place] != found[2 * place + 2]).count();
        assert!(together >= 195 && apart >= 195, "{together} together, {apart} apart");
        assert_eq!(found, clusters(&rows), "the same again");
    }
}

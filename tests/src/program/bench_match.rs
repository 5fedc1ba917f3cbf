//! `cargo xtask bench match`: how right the engine is, and how honest its probabilities are, on crowds it wasn't learnt from.

use super::Done;
use crate::crowd::{self, Habits, Seen};
use crate::house::{root, scratch};
use crate::sandbox::world::World;
use inlay_core::api::Band;
use inlay_core::matching::company::Company;
use inlay_core::matching::compare;
use inlay_core::matching::contact::{domain, email, phone, profile_key};
use inlay_core::matching::link::{Compared, Linker};
use inlay_core::matching::name::{PersonName, nicknames_of};
use inlay_core::matching::normalise::{fold, squash};
use inlay_core::matching::weigh::Model;
use inlay_core::model::evidence::Level;
use inlay_core::model::record::Record;
use inlay_core::model::sighting::{Sighting, SightingKind};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::Instant;

/// A tool's answer to one sighting: the best record and its probability, however small.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    /// The record, by its order.
    pub record: Option<usize>,
    /// Its probability.
    pub probability: f64,
    /// Whether the tool calls it sure.
    pub is_sure: bool,
}

/// How good answers are.
#[derive(Debug, Clone)]
pub struct Score {
    /// F1 at the cut that is best for this truth.
    pub f1_best: f64,
    /// F1 at probability .5.
    pub f1_half: f64,
    /// Expected calibration error, ten bins, over all sightings with a candidate.
    pub ece: f64,
    /// Precision of what is called sure.
    pub sure_precision: f64,
    /// Share of all sightings called sure.
    pub sure_share: f64,
    /// By trap, of those in the CRM who can be told from others: how many, and recall at .5.
    pub traps: BTreeMap<&'static str, (f64, f64)>,
}

/// Scores answers against the truth.
pub fn score(seen: &[Seen], answers: &[Answer], is_decidable: impl Fn(usize) -> bool) -> Score {
    let truths = seen.iter().filter(|one| one.record.is_some()).count() as f64;
    let is_right = |place: usize| answers[place].record.is_some() && answers[place].record == seen[place].record;
    let f1 = |cut: f64| {
        let named: Vec<usize> = (0..seen.len()).filter(|&place| answers[place].record.is_some() && answers[place].probability >= cut).collect();
        let right = named.iter().filter(|&&place| is_right(place)).count() as f64;
        2.0 * right / (named.len() as f64 + truths).max(1.0)
    };
    let mut cuts: Vec<f64> = answers.iter().map(|answer| answer.probability).collect();
    cuts.sort_by(f64::total_cmp);
    cuts.dedup();
    let step = cuts.len().div_ceil(400).max(1);
    let f1_best = cuts.iter().step_by(step).map(|&cut| f1(cut)).fold(f1(0.5), f64::max);
    let mut bins = [(0.0, 0.0, 0.0); 10];
    for place in (0..seen.len()).filter(|&place| answers[place].record.is_some()) {
        let bin = &mut bins[((answers[place].probability * 10.0) as usize).min(9)];
        *bin = (bin.0 + 1.0, bin.1 + answers[place].probability, bin.2 + f64::from(is_right(place)));
    }
    let counted: f64 = bins.iter().map(|bin| bin.0).sum();
    let ece = bins.iter().map(|(_, told, right)| (told - right).abs()).sum::<f64>() / counted.max(1.0);
    let sure: Vec<usize> = (0..seen.len()).filter(|&place| answers[place].is_sure).collect();
    let mut traps: BTreeMap<&'static str, (f64, f64)> = BTreeMap::new();
    for place in (0..seen.len()).filter(|&place| seen[place].record.is_some() && is_decidable(place)) {
        let trap = traps.entry(seen[place].trap).or_default();
        *trap = (trap.0 + 1.0, trap.1 + f64::from(is_right(place) && answers[place].probability >= 0.5));
    }
    Score {
        f1_best,
        f1_half: f1(0.5),
        ece,
        sure_precision: sure.iter().filter(|&&place| is_right(place)).count() as f64 / (sure.len() as f64).max(1.0),
        sure_share: sure.len() as f64 / seen.len() as f64,
        traps: traps.into_iter().map(|(trap, (all, found))| (trap, (all, found / all))).collect(),
    }
}

/// Whether the right record can be told from the others at all: no other agrees at least as well in everything that is shown.
fn is_decidable(linker: &Linker<'_>, one: &Seen) -> bool {
    let rank = |level: Level| match level {
        Level::Equal => 0,
        Level::Close => 1,
        Level::Partial | Level::Past => 2,
        Level::Faint | Level::Given => 3,
        Level::NotCompared => 4,
        Level::Differs => 5,
    };
    let compared = linker.compare(&one.sighting);
    let Some(right) = compared.iter().find(|compared| Some(compared.place) == one.record) else { return true };
    let agrees = |other: &Compared| right.levels.iter().zip(&other.levels).all(|(right, other)| right.0 == other.0 && rank(other.1) <= rank(right.1));
    !compared.iter().any(|other| other.place != right.place && other.levels.len() == right.levels.len() && agrees(other))
}

/// The engine's answers, the share of the known whose record was among the candidates, and which of them can be told from others.
pub fn ours(model: &Model, records: Vec<Record>, seen: &[Seen]) -> (Vec<Answer>, f64, Vec<bool>) {
    let linker = Linker::new(model, records);
    let known: Vec<&Seen> = seen.iter().filter(|one| one.record.is_some()).collect();
    let met = known.iter().filter(|one| linker.compare(&one.sighting).iter().any(|compared| Some(compared.place) == one.record)).count();
    let answer = |one: &Seen| match linker.link(&one.sighting) {
        None => Answer { record: None, probability: 0.0, is_sure: false },
        Some(decision) => Answer { record: Some(decision.best.place), probability: decision.probability, is_sure: decision.band == Band::Sure },
    };
    let decidable = seen.iter().map(|one| is_decidable(&linker, one)).collect();
    (seen.iter().map(answer).collect(), met as f64 / (known.len() as f64).max(1.0), decidable)
}

/// What a peer made of the same.
#[derive(Debug)]
pub struct Peer {
    /// Its answer to each sighting.
    pub answers: Vec<Answer>,
    /// The share of the known whose record it compared at all.
    pub blocking: f64,
    /// How long it took, its files read.
    pub seconds: f64,
    /// The most memory it held.
    pub peak_mb: u64,
}

/// Splink's answers to the same, run beside; none where it isn't installed. `link` is people with as few blocking rules as bulk needs.
pub fn splink(kind: &str, records: &[Record], seen: &[Seen]) -> Done<Option<Peer>> {
    let Some(python) = std::env::var_os("INLAY_PEERS") else { return Ok(None) };
    let folder = scratch(&format!("splink-{kind}"));
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let header = "id,first,nick,last,family,company,token,past,domain,title,city,country,industry,email,phone,profile\n";
    let told: String = records.iter().enumerate().map(|(place, record)| peer_row(&place.to_string(), &Cleaned::of_record(record))).collect();
    std::fs::write(folder.join("records.csv"), header.to_owned() + &told).map_err(failed)?;
    let told: String = seen.iter().map(|one| peer_row(&one.sighting.id, &Cleaned::of_sighting(&one.sighting))).collect();
    std::fs::write(folder.join("sightings.csv"), header.to_owned() + &told).map_err(failed)?;
    let script = root().join("tests/peers/splink_link.py");
    let output = Command::new(python).current_dir(&folder).arg(script).arg(&folder).arg(kind).stderr(Stdio::piped()).output().map_err(failed)?;
    if !output.status.success() {
        return Err(format!("Splink failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let number = |place: usize| told.lines().last().and_then(|line| line.split(' ').nth(place)?.parse::<f64>().ok()).unwrap_or(f64::NAN);
    let mut answers = vec![Answer { record: None, probability: 0.0, is_sure: false }; seen.len()];
    for line in std::fs::read_to_string(folder.join("answers.csv")).map_err(failed)?.lines().skip(1) {
        if let [sighting, record, probability] = line.split(',').collect::<Vec<_>>()[..]
            && let (Ok(sighting), Ok(record), Ok(probability)) = (sighting.parse::<usize>(), record.parse(), probability.parse::<f64>())
        {
            answers[sighting] = Answer { record: Some(record), probability, is_sure: probability >= Model::shipped().sure };
        }
    }
    let pairs = std::fs::read_to_string(folder.join("pairs.csv")).map_err(failed)?;
    let met = pairs.lines().skip(1).filter(|line| {
        let pair = line.split_once(',').and_then(|(sighting, record)| Some((sighting.parse::<usize>().ok()?, record.parse::<usize>().ok()?)));
        pair.is_some_and(|(sighting, record)| seen[sighting].record == Some(record))
    });
    let known = seen.iter().filter(|one| one.record.is_some()).count().max(1);
    // A million rows and what a peer spills are gigabytes.
    let _ = std::fs::remove_dir_all(&folder);
    Ok(Some(Peer { answers, blocking: met.count() as f64 / known as f64, seconds: number(0), peak_mb: number(1) as u64 }))
}

/// What a careful user of a peer would clean beforehand: our own tables, so that the peer has them too.
#[derive(Default)]
struct Cleaned {
    person: PersonName,
    company: Company,
    past: String,
    domain: String,
    title: String,
    place: [String; 2],
    industry: String,
    email: String,
    phone: String,
    profile: String,
}

impl Cleaned {
    fn of_record(record: &Record) -> Self {
        let get = |fields: &[&str]| fields.iter().map(|field| record.get(field)).find(|text| !text.is_empty()).unwrap_or("").to_owned();
        Self {
            person: PersonName::from_parts(record.get("FirstName"), record.get("LastName")),
            company: Company::parse(&get(&["Company", "Name"])),
            domain: domain(record.get("Website")).or_else(|| domain(record.get("Email"))).unwrap_or_default(),
            title: fold(record.get("Title")),
            place: [fold(&get(&["City", "BillingCity"])), fold(&get(&["Country", "BillingCountry"]))],
            industry: fold(record.get("Industry")),
            email: email(record.get("Email")).unwrap_or_default(),
            phone: phone(record.get("Phone")).unwrap_or_default(),
            profile: profile_key(record.get("LinkedIn_Profile__c")).unwrap_or_default(),
            ..Self::default()
        }
    }

    fn of_sighting(sighting: &Sighting) -> Self {
        let is_company = sighting.kind == Some(SightingKind::Company);
        let parts: Vec<&str> = sighting.location.split(", ").collect();
        let city = parts.first().map_or("", |city| city.trim_start_matches("Greater ").trim_end_matches(" Area"));
        let has_city = parts.len() > 1 || sighting.location.starts_with("Greater ");
        let country = if parts.len() > 1 || !has_city { parts.last().copied().unwrap_or("") } else { "" };
        Self {
            person: compare::Seen::new(sighting).person().clone(),
            company: Company::parse(if is_company { &sighting.name } else { &sighting.company }),
            past: Company::parse(&sighting.past_company).clean,
            domain: domain(&sighting.website).unwrap_or_default(),
            title: fold(sighting.title.split(" at ").next().unwrap_or("")).replace("vice president", "vp"),
            place: [if has_city { fold(city) } else { String::new() }, fold(country)],
            industry: fold(&sighting.industry),
            email: email(&sighting.email).unwrap_or_default(),
            phone: phone(&sighting.phone).unwrap_or_default(),
            profile: sighting.keys.first().cloned().unwrap_or_default(),
        }
    }
}

/// A row of folded texts: none holds a comma or a quote, but for addresses.
fn peer_row(id: &str, of: &Cleaned) -> String {
    let first = of.person.given.first().map(|word| squash(word)).unwrap_or_default();
    let nick = of.person.given.first().map(|word| nicknames_of(word).iter().copied().chain([word.as_str()]).min().unwrap_or("").to_owned());
    let family: Vec<String> = of.person.family.iter().map(|word| squash(word)).collect();
    let fields = [
        id,
        &first,
        &nick.map(|word| squash(&word)).unwrap_or_default(),
        family.last().map_or("", String::as_str),
        &family.join(" "),
        &of.company.clean,
        of.company.words.first().map_or("", String::as_str),
        &of.past,
        &of.domain,
        &of.title,
        &of.place[0],
        &of.place[1],
        &of.industry,
        &of.email,
        &of.phone,
        &of.profile,
    ];
    fields.map(|field| field.replace([',', '"', '\n'], " ")).join(",") + "\n"
}

/// Runs the benchmark.
pub fn run(records: u64) -> Done {
    let world = World { seed: 20_261_121, contacts: records };
    let (mut results, mut peers, mut met) = (Map::new(), Map::new(), true);
    let sets = [
        ("person", crowd::people(&world), crowd::people_seen(&world, Habits::USUAL, 404, 3000)),
        ("company", crowd::companies(&world), crowd::companies_seen(&world, Habits::USUAL, 405, 3000)),
    ];
    for (kind, records, seen) in sets {
        let count = records.len();
        let peer = splink(kind, &records, &seen)?;
        let begun = Instant::now();
        let (answers, blocking, decidable) = ours(Model::shipped(), records, &seen);
        let score = score(&seen, &answers, |place| decidable[place]);
        println!("{kind}: {} sightings against {count} records", seen.len());
        println!("            F1 best   F1 at .5      ECE   blocking   sure precise   sure share   seconds");
        line("Inlay", &score, blocking, begun.elapsed().as_secs_f64());
        met &= score.ece <= 0.02 && score.f1_half >= score.f1_best - 0.005 && blocking >= 0.99 && score.sure_precision >= 0.995 && score.sure_share >= 0.6;
        met &= score.traps.values().all(|(_, recall)| *recall >= 0.8);
        if let Some(peer) = peer {
            let theirs = self::score(&seen, &peer.answers, |place| decidable[place]);
            line("Splink 5", &theirs, peer.blocking, peer.seconds);
            met &= score.f1_best >= theirs.f1_best + 0.02;
            peers.insert(format!("splink 5, {kind}"), told(&theirs, peer.blocking));
        } else {
            met = false;
        }
        let undecidable = decidable.iter().filter(|is_decidable| !**is_decidable).count();
        println!("  recall by trap, without {undecidable} that agree no better with their record than with another:");
        for (trap, (count, recall)) in &score.traps {
            println!("  {trap:<18} {recall:.3} of {count}");
        }
        results.insert(kind.into(), told(&score, blocking));
    }
    println!(
        "teams that read other pages, people against {records} records: the shipped share of those who are in the CRM, and the one learnt from 500 others"
    );
    println!("            F1 best   F1 at .5      ECE   blocking   sure precise   sure share");
    for strangers in [5, 90] {
        let habits = Habits { strangers, ..Habits::USUAL };
        let seen = crowd::people_seen(&world, habits, 406, 3000);
        let others: Vec<Sighting> = crowd::people_seen(&world, habits, 407, 500).into_iter().map(|one| one.sighting).collect();
        let own = Linker::new(Model::shipped(), crowd::people(&world)).adapted(&others);
        let scores = [("shipped", Model::shipped()), ("own share", &own)].map(|(name, model)| {
            let (answers, blocking, _) = ours(model, crowd::people(&world), &seen);
            let score = score(&seen, &answers, |_| true);
            line(name, &score, blocking, f64::NAN);
            (score, blocking)
        });
        let [(shipped, _), (score, blocking)] = scores;
        met &= score.ece <= 0.02 && score.ece <= shipped.ece;
        results.insert(format!("person, {strangers} of 100 strangers"), told(&score, blocking));
        results.insert(format!("person, {strangers} of 100 strangers, shipped share"), told(&shipped, blocking));
    }
    let goal = json!({
        "f1_best_above_peer": 0.02, "f1_half_below_best": 0.005, "ece": 0.02, "blocking_recall": 0.99, "sure_precision": 0.995, "sure_share": 0.6,
        "recall_by_trap": 0.8,
    });
    println!("{}", json!({ "bench": "match", "ours": results, "peers": peers, "goal": goal, "met": met }));
    Ok(())
}

fn line(name: &str, score: &Score, blocking: f64, seconds: f64) {
    println!(
        "{name:<10} {:>8.4} {:>10.4} {:>8.4} {blocking:>10.4} {:>14.4} {:>12.3} {seconds:>9.1}",
        score.f1_best, score.f1_half, score.ece, score.sure_precision, score.sure_share
    );
}

fn told(score: &Score, blocking: f64) -> Value {
    json!({
        "f1_best": score.f1_best, "f1_half": score.f1_half, "ece": score.ece, "blocking_recall": blocking, "sure_precision": score.sure_precision,
        "sure_share": score.sure_share, "recall_by_trap": score.traps.iter().map(|(trap, (_, recall))| (*trap, *recall)).collect::<BTreeMap<_, _>>(),
    })
}

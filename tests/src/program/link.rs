//! `cargo xtask link`: the engine on anyone's CSV files.

use super::table::Table;
use super::{Done, only, option};
use crate::parallel::{chunks, each, threads};
use inlay_core::api::Band;
use inlay_core::matching::compare::Seen;
use inlay_core::matching::contact::profile_key;
use inlay_core::matching::decide::Decision;
use inlay_core::matching::duplicate::duplicates;
use inlay_core::matching::link::{Linker, Part};
use inlay_core::matching::reading::Readings;
use inlay_core::matching::weigh::Model;
use inlay_core::model::evidence::{Evidence, Field};
use inlay_core::model::id::RecordId;
use inlay_core::model::object::Object;
use inlay_core::model::record::{Layout, Record, encode};
use inlay_core::model::sighting::{Sighting, SightingKind};
use std::fmt::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Columns of a file of people, and the fields they become.
pub const PERSON: &[(&str, &str)] = &[
    ("first_name", "FirstName"),
    ("last_name", "LastName"),
    ("title", "Title"),
    ("company", "Company"),
    ("website", "Website"),
    ("email", "Email"),
    ("phone", "Phone"),
    ("city", "City"),
    ("state", "State"),
    ("country", "Country"),
    ("linkedin", "LinkedIn_Profile__c"),
    ("street", "Street"),
    ("postal_code", "PostalCode"),
    ("birth_date", "Birthdate"),
    ("national_id", "NationalId"),
];
/// Columns of a file of companies, and the fields they become.
const COMPANY: &[(&str, &str)] = &[
    ("name", "Name"),
    ("website", "Website"),
    ("phone", "Phone"),
    ("city", "BillingCity"),
    ("state", "BillingState"),
    ("country", "BillingCountry"),
    ("industry", "Industry"),
    ("linkedin", "LinkedIn_Company__c"),
    ("street", "BillingStreet"),
    ("postal_code", "BillingPostalCode"),
    ("ticker", "TickerSymbol"),
    ("employees", "NumberOfEmployees"),
];
/// Columns that are details of a record: compared where the model weighs them.
const DETAILS: &[(&str, Field)] = &[
    ("street", Field::Street),
    ("postal_code", Field::PostalCode),
    ("ticker", Field::Ticker),
    ("employees", Field::Employees),
    ("birth_date", Field::BirthDate),
    ("national_id", Field::NationalId),
];
/// Columns that say nothing of who it is.
const NOT_COMPARED: &[&str] = &["object"];
/// Columns of a file of people seen.
const SEEN: &[&str] = &[
    "name",
    "first_name",
    "last_name",
    "title",
    "company",
    "past_company",
    "location",
    "email",
    "phone",
    "website",
    "profile_url",
    "street",
    "postal_code",
    "birth_date",
    "national_id",
];

/// Runs the program.
pub fn run(words: &[String]) -> Done {
    only(words, &["--kind", "--out"], &["--dedupe", "--learn"])?;
    let kind = match option(words, "--kind").as_deref() {
        Some("person") => SightingKind::Person,
        Some("company") => SightingKind::Company,
        _ => return Err("--kind says what the files hold: `--kind person` or `--kind company`".into()),
    };
    let is_dedupe = words.iter().any(|word| word == "--dedupe");
    let files = files(words);
    let text = match (is_dedupe, files.as_slice()) {
        (false, [records, sightings]) => link(kind, records, sightings, words.iter().any(|word| word == "--learn"))?,
        (true, [records]) => dedupe(kind, records)?,
        _ => return Err("cargo xtask link RECORDS.csv SIGHTINGS.csv --kind person|company [--out FILE] [--learn], or --dedupe RECORDS.csv".into()),
    };
    match option(words, "--out") {
        None => print!("{text}"),
        Some(out) => write_whole(Path::new(&out), &text)?,
    }
    Ok(())
}

/// The words that are no options.
fn files(words: &[String]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--kind" | "--out" => drop(words.next()),
            word if word.starts_with("--") => {}
            word => files.push(PathBuf::from(word)),
        }
    }
    files
}

/// Writes a file whole or not at all.
fn write_whole(out: &Path, text: &str) -> Done {
    let name =
        out.file_name().map(|name| name.to_string_lossy().into_owned()).ok_or_else(|| format!("{}: no file name; nothing was written", out.display()))?;
    let beside = out.with_file_name(format!(".{name}.{}.part", std::process::id()));
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, out));
    written.map_err(|error| {
        let _ = std::fs::remove_file(&beside);
        format!("{}: {error}; nothing was written", out.display())
    })
}

/// Says how far it is, every two seconds.
struct Progress(Instant);

impl Progress {
    fn tell(&mut self, doing: &str, place: usize, all: usize) {
        if self.0.elapsed() > Duration::from_secs(2) {
            eprintln!("  {doing} {place} of {all} …");
            self.0 = Instant::now();
        }
    }
}

/// The columns of a file of records.
pub fn columns(kind: SightingKind) -> Vec<&'static str> {
    if kind == SightingKind::Company { COMPANY } else { PERSON }.iter().map(|(column, _)| *column).collect()
}

/// Records of a file as the engine takes them: people as leads, whose company is their own text.
pub fn records(kind: SightingKind, table: &Table) -> Vec<Record> {
    records_of(kind, table, 0..table.len())
}

fn records_of(kind: SightingKind, table: &Table, places: Range<usize>) -> Vec<Record> {
    let (object, columns) = if kind == SightingKind::Company { (Object::Account, COMPANY) } else { (Object::Lead, PERSON) };
    let layout = Arc::new(Layout { number: 1, object, fields: columns.iter().map(|(_, field)| (*field).to_owned()).collect() });
    let prefix = if kind == SightingKind::Company { "001" } else { "00Q" };
    let record = |place: usize| {
        let id = RecordId::parse(&format!("{prefix}{place:012}")).expect("digits");
        Record::decode(id, &layout, &encode(1, columns.iter().map(|(column, _)| table.get(place, column)))).expect("it was encoded for this layout")
    };
    places.map(record).collect()
}

/// A file's records, filed on all cores.
fn linker<'m>(model: &'m Model, kind: SightingKind, table: &Table) -> Linker<'m> {
    let step = table.len().div_ceil(threads()).max(1);
    let parts: Vec<Range<usize>> = (0..table.len()).step_by(step).map(|start| start..table.len().min(start + step)).collect();
    Linker::join(model, each(parts, |places| Part::prepare(records_of(kind, table, places.clone()), places.start)))
}

/// A row of a file of people or companies seen.
pub fn sighting(kind: SightingKind, table: &Table, place: usize) -> Sighting {
    let get = |column: &str| table.get(place, column).trim().to_owned();
    let details = DETAILS.iter().map(|(column, field)| (*field, get(column))).filter(|(_, text)| !text.is_empty()).collect();
    let base = Sighting { id: get("id"), kind: Some(kind), name: get("name"), phone: get("phone"), website: get("website"), details, ..Sighting::default() };
    let join = |parts: &[String]| parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(", ");
    match kind {
        SightingKind::Company => Sighting {
            keys: profile_key(&get("linkedin")).into_iter().collect(),
            location: join(&[get("city"), get("state"), get("country")]),
            industry: get("industry"),
            ..base
        },
        SightingKind::Person => Sighting {
            keys: profile_key(&get("profile_url")).into_iter().collect(),
            name: if base.name.is_empty() { format!("{} {}", get("first_name"), get("last_name")).trim().to_owned() } else { base.name.clone() },
            first_name: get("first_name"),
            last_name: get("last_name"),
            title: get("title"),
            company: get("company"),
            past_company: get("past_company"),
            location: get("location"),
            email: get("email"),
            ..base
        },
    }
}

fn link(kind: SightingKind, records_file: &Path, sightings_file: &Path, learns: bool) -> Done<String> {
    let columns = columns(kind);
    let seen: Vec<&str> = if kind == SightingKind::Company { columns.clone() } else { SEEN.to_vec() };
    let files = vec![(records_file, columns.as_slice()), (sightings_file, seen.as_slice())];
    let mut tables = each(files, |(file, columns)| Table::read(file, columns, NOT_COMPARED)).into_iter();
    let mut read = || tables.next().unwrap_or_else(|| Err("two files give two tables".into()));
    let (table, sightings) = (read()?, read()?);
    eprintln!("  reading {} records …", table.len());
    let linker = linker(Model::shipped(), kind, &table);
    let model = if learns {
        eprintln!("  learning from {} sightings, without labels …", sightings.len());
        let seen: Vec<Sighting> = (0..sightings.len()).map(|place| sighting(kind, &sightings, place)).collect();
        linker.adapted(&seen)
    } else {
        Model::shipped().clone()
    };
    let linker = linker.under(&model);
    let progress = Mutex::new(Progress(Instant::now()));
    let lines = chunks(sightings.len(), |places| {
        if let Ok(mut progress) = progress.lock() {
            progress.tell("linked", places.start, sightings.len());
        }
        let (mut text, mut readings) = (String::new(), Readings::default());
        for place in places {
            let sighting = sighting(kind, &sightings, place);
            let id = quoted(sightings.get(place, "id"));
            let seen = Seen::read(&sighting, &mut readings);
            match linker.link_seen(&seen) {
                None => writeln!(text, "{id},,0.000000,none,,,,").expect("a string takes all"),
                Some(decision) => writeln!(text, "{id},{}", told(&decision, &linker.explain(&seen, &decision.best), &table)).expect("a string takes all"),
            }
        }
        text
    });
    Ok(format!("sighting_id,record_id,probability,band,weight,runner_up_id,margin,reasons\n{}", lines.concat()))
}

/// Record, probability, band, weight, runner-up, margin and reasons. A match too unlikely to name has no record, and its probability.
fn told(decision: &Decision<'_>, evidence: &[Evidence], table: &Table) -> String {
    let band = match decision.band {
        Band::Sure => "sure",
        Band::Unsure => "unsure",
        Band::None => "none",
    };
    let id = |place: usize| quoted(table.get(place, "id"));
    let next = decision.runner_up.as_ref();
    let runner_up = next.map(|next| id(next.place)).unwrap_or_default();
    let margin = next.map(|next| format!("{:.3}", decision.best.weight - next.weight)).unwrap_or_default();
    let reasons = evidence.iter().filter(|line| line.bits != 0.0);
    let reasons: Vec<String> = reasons
        .map(|line| match line.field {
            Field::Prior => format!("prior {:+.1}", line.bits),
            field => format!("{} {} {:+.1}", name_of(&field), name_of(&line.level), line.bits),
        })
        .collect();
    let record = if decision.band == Band::None { String::new() } else { id(decision.best.place) };
    format!("{record},{:.6},{band},{:.3},{runner_up},{margin},{}", decision.probability, decision.best.weight, reasons.join("; "))
}

/// The name that a field or level has in data.
fn name_of(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|name| name.as_str().map(|name| name.replace('_', " "))).unwrap_or_default()
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// Clusters of records that are the same person or company.
fn dedupe(kind: SightingKind, file: &Path) -> Done<String> {
    let columns = columns(kind);
    let table = Table::read(file, &columns, NOT_COMPARED)?;
    let linker = linker(Model::shipped(), kind, &table);
    let mut progress = Progress(Instant::now());
    let members = duplicates(&linker, |place| progress.tell("compared", place, table.len()));
    let mut text = String::from("id,cluster,probability\n");
    for (place, member) in members.iter().enumerate() {
        let (id, first) = (quoted(table.get(place, "id")), quoted(table.get(member.cluster, "id")));
        writeln!(text, "{id},{first},{:.6}", member.probability).expect("a string takes all");
    }
    Ok(text)
}

//! What an activity becomes in Salesforce: the fields of a Task or a Note (`fields.md`, Written), and the marker it is found by.

use super::item::{Form, Item};
use crate::model::activity::{Activity, ActivityKind, Direction};
use crate::model::id::RecordId;
use crate::salesforce::metadata::KEY_FIELD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use time::OffsetDateTime;

const SUBJECT_MOST: usize = 255;
const TITLE_MOST: usize = 80;
const TEXT_MOST: usize = 32_000;
const OUTCOME_MOST: usize = 255;

/// The marker that an activity is found by. A Task has it in `CallObject`, a text that call centres search their calls by; a Note, whose
/// fields are few, at its end; a ContentNote, whose text can't be asked for, in its title.
pub fn marker(id: &str) -> String {
    format!("inlay:{id}")
}

/// How the org takes Tasks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Setup {
    /// The closed status.
    pub status: String,
    /// Record types of Inlay's package, by kind.
    pub record_types: BTreeMap<ActivityKind, RecordId>,
    /// The package's field is there: rows are upserted by it.
    pub has_key: bool,
    /// The org has no Notes: notes are ContentNotes.
    pub content_notes: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self { status: "Completed".into(), record_types: BTreeMap::new(), has_key: false, content_notes: false }
    }
}

/// Fields of Task that rows fill in.
pub const NEEDED: [&str; 12] = [
    "OwnerId",
    "WhoId",
    "WhatId",
    "Subject",
    "Status",
    "Description",
    "ActivityDate",
    "CallObject",
    "TaskSubtype",
    "CallDurationInSeconds",
    "CallType",
    "CallDisposition",
];

/// The fields of its row.
pub fn fields(item: &Item, setup: &Setup) -> Map<String, Value> {
    let activity = &item.activity;
    let mut fields = Map::new();
    let mut set = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    set("attributes", json!({ "type": item.object() }));
    if !item.ownerless {
        set("OwnerId", item.member.as_str().into());
    }
    match item.form() {
        Form::Note if item.by_link => {
            set("Title", content_title(activity).into());
            set("Content", base64(&html(&cut(&clean(&activity.text), TEXT_MOST))).into());
        }
        Form::Note => {
            if let Some(on) = item.what.or(item.on) {
                set("ParentId", on.as_str().into());
            }
            set("Title", title(activity).into());
            let end = format!("\n\n{}", marker(&activity.id));
            set("Body", format!("{}{end}", cut(&clean(&activity.text), TEXT_MOST - end.len())).into());
        }
        Form::Task => {
            if let Some(on) = item.on {
                set("WhoId", on.as_str().into());
            }
            if let Some(what) = item.what {
                set("WhatId", what.as_str().into());
            }
            set("Subject", subject(activity).into());
            set("Status", setup.status.as_str().into());
            if let Some(record_type) = setup.record_types.get(&activity.kind) {
                set("RecordTypeId", record_type.as_str().into());
            }
            if setup.has_key {
                set(KEY_FIELD, activity.id.as_str().into());
            }
            set("Description", cut(&clean(&activity.text), TEXT_MOST).into());
            set("ActivityDate", date(activity).into());
            set("CallObject", marker(&activity.id).into());
            if activity.kind == ActivityKind::Call {
                set("TaskSubtype", "Call".into());
                if let Some(seconds) = activity.seconds {
                    set("CallDurationInSeconds", seconds.into());
                }
                if let Some(direction) = activity.direction {
                    set("CallType", if direction == Direction::Inbound { "Inbound" } else { "Outbound" }.into());
                }
                if !activity.outcome.is_empty() {
                    set("CallDisposition", cut(&one_line(&activity.outcome), OUTCOME_MOST).into());
                }
            }
        }
    }
    fields
}

/// The row that links a ContentNote to its record: who may see the record may see the note.
pub fn link(item: &Item) -> Map<String, Value> {
    let mut fields = Map::new();
    let id = |id: Option<RecordId>| id.map_or(Value::Null, |id| id.as_str().into());
    fields.insert("attributes".into(), json!({ "type": "ContentDocumentLink" }));
    fields.insert("ContentDocumentId".into(), id(item.row));
    fields.insert("LinkedEntityId".into(), id(item.what.or(item.on)));
    fields.insert("ShareType".into(), "I".into());
    fields
}

/// The subject of a Task.
pub fn subject(activity: &Activity) -> String {
    let name = &activity.sighting.name;
    let text = match activity.kind {
        ActivityKind::Inmail => format!("LinkedIn InMail: {}", activity.subject),
        ActivityKind::Message => format!("LinkedIn message to {name}"),
        ActivityKind::Call => format!("Call with {name}"),
        ActivityKind::LinkView if activity.subject.is_empty() => "Viewed a link".to_owned(),
        ActivityKind::LinkView => format!("Viewed {}", activity.subject),
        ActivityKind::Note => activity.subject.clone(),
    };
    cut(&one_line(&text), SUBJECT_MOST)
}

/// The title of a Note: the member's, or the beginning of the text.
pub fn title(activity: &Activity) -> String {
    let given = [&activity.subject, &activity.text].into_iter().map(|text| one_line(text)).find(|text| !text.is_empty());
    cut(&given.unwrap_or_else(|| "Note".into()), TITLE_MOST)
}

/// What its row is found by: the marker, or the title.
pub fn found_by(item: &Item) -> String {
    match item.object() {
        "Task" => marker(&item.activity.id),
        "ContentNote" => content_title(&item.activity),
        _ => title(&item.activity),
    }
}

/// The title of a ContentNote: the title of the Note, and the marker.
fn content_title(activity: &Activity) -> String {
    format!("{} ({})", title(activity), marker(&activity.id))
}

/// Whether a title is the ContentNote's of an activity.
pub fn is_titled(title: &str, id: &str) -> bool {
    title.strip_suffix(')').is_some_and(|rest| rest.ends_with(&format!(" ({}", marker(id))))
}

/// Text as the HTML that ContentNotes are made of.
fn html(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut html, letter| {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\n' => html.push_str("<br>"),
            letter => html.push(letter),
        }
        html
    })
}

fn base64(text: &str) -> String {
    use ::base64::Engine as _;
    ::base64::engine::general_purpose::STANDARD.encode(text)
}

/// The date in the member's own time zone. Salesforce takes it as a plain date.
fn date(activity: &Activity) -> String {
    let seconds = activity.at.0.div_euclid(1000) + i64::from(activity.offset.clamp(-900, 900)) * 60;
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH).date().to_string()
}

/// Without what no text has, and what Salesforce refuses: NUL and other control characters.
fn clean(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control() || matches!(letter, '\n' | '\t')).collect()
}

fn one_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most so many UTF-16 units, which is what Salesforce counts, marked where it was cut; never inside a letter or an emoji.
pub fn cut(text: &str, most: usize) -> String {
    if text.encode_utf16().count() <= most {
        return text.to_owned();
    }
    let joins = |letter: char| matches!(letter, '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{20e3}' | '\u{e0020}'..='\u{e007f}');
    let is_mark = |letter: char| joins(letter) || unicode_normalization::char::is_combining_mark(letter);
    let is_flag = |letter: char| ('\u{1f1e6}'..='\u{1f1ff}').contains(&letter);
    let letters: Vec<char> = text.chars().collect();
    let (mut units, mut end) = (0, 0);
    while end < letters.len() && units + letters[end].len_utf16() < most {
        units += letters[end].len_utf16();
        end += 1;
    }
    // What belongs together goes together: marks with their letter, joined emoji with each other, the two halves of a flag.
    let splits = |end: usize| {
        let flags = letters[..end].iter().rev().take_while(|letter| is_flag(**letter)).count();
        is_mark(letters[end]) || letters[end - 1] == '\u{200d}' || (is_flag(letters[end]) && flags % 2 == 1)
    };
    while end > 0 && end < letters.len() && splits(end) {
        end -= 1;
    }
    letters[..end].iter().chain(&['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sighting::Sighting;
    use crate::model::time::Timestamp;
    use crate::outbox::item::State;
    use proptest::prelude::*;

    fn done() -> Setup {
        Setup { status: "Done".into(), ..Setup::default() }
    }

    fn item(kind: ActivityKind, subject: &str, text: &str) -> Item {
        let activity = Activity {
            id: "AAAAAAAAAAAAAAAAAAAAAA".into(),
            kind,
            at: Timestamp(1_795_000_000_000),
            offset: 0,
            sighting: Sighting { name: "Dana Okafor".into(), ..Sighting::default() },
            record: None,
            subject: subject.into(),
            text: text.into(),
            seconds: Some(90),
            direction: Some(Direction::Inbound),
            outcome: "Left a message".into(),
        };
        let id = |text| RecordId::parse(text).expect("an id");
        Item::new(Timestamp(0), id("005000000000001"), activity, Some(id("003000000000001")), State::Waiting, Timestamp(0))
    }

    #[test]
    fn each_kind_has_the_fields_of_the_table() {
        let call = fields(&item(ActivityKind::Call, "", "We spoke."), &Setup::default());
        assert_eq!((call["Subject"].as_str(), call["TaskSubtype"].as_str()), (Some("Call with Dana Okafor"), Some("Call")));
        assert_eq!(
            (call["CallDurationInSeconds"].as_u64(), call["CallType"].as_str(), call["Status"].as_str()),
            (Some(90), Some("Inbound"), Some("Completed"))
        );
        assert_eq!((call["ActivityDate"].as_str(), call["CallObject"].as_str()), (Some("2026-11-18"), Some("inlay:AAAAAAAAAAAAAAAAAAAAAA")));
        let mail = fields(&item(ActivityKind::Inmail, "Pumps\nand more", "Dear Dana"), &done());
        assert_eq!((mail["Subject"].as_str(), mail.contains_key("TaskSubtype")), (Some("LinkedIn InMail: Pumps and more"), false));
        let note = fields(&item(ActivityKind::Note, "", "Prefers mornings.\nReally."), &done());
        assert_eq!((note["Title"].as_str(), note["ParentId"].as_str()), (Some("Prefers mornings. Really."), Some("003000000000001AAA")));
        assert!(note["Body"].as_str().is_some_and(|body| body.starts_with("Prefers mornings.\nReally.") && body.ends_with("inlay:AAAAAAAAAAAAAAAAAAAAAA")));
    }

    #[test]
    fn dates_are_the_member_s() {
        let mut late = item(ActivityKind::Message, "", "");
        late.activity.at = Timestamp(1_795_046_000_000); // 23:53 in Greenwich
        late.activity.offset = 60;
        assert_eq!(fields(&late, &done())["ActivityDate"], "2026-11-19");
        late.activity.offset = -300;
        assert_eq!(fields(&late, &done())["ActivityDate"], "2026-11-18");
    }

    #[test]
    fn long_texts_are_cut_between_letters_and_marked() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("longer", 5), "long…");
        assert_eq!(cut("ab👩‍👩‍👧 and", 7), "ab…");
        assert_eq!(cut("ab🇮🇹🇵🇹", 8), "ab🇮🇹…");
        assert_eq!(cut("cafe\u{301}s", 5), "caf…");
        let body = fields(&item(ActivityKind::Note, "", &"🎯".repeat(20_000)), &done())["Body"].as_str().map(|body| body.encode_utf16().count());
        assert!(body.is_some_and(|units| (TEXT_MOST - 2..=TEXT_MOST).contains(&units)), "{body:?}");
    }

    #[test]
    fn texts_stay_texts_and_lose_only_what_no_text_has() {
        let text = fields(&item(ActivityKind::Message, "", "a\0b <b>&amp;</b> \u{202e}שלום\u{202c}\r\nend"), &done())["Description"].clone();
        assert_eq!(text, "ab <b>&amp;</b> \u{202e}שלום\u{202c}\nend");
    }

    proptest! {
        #[test]
        fn any_text_is_cut_to_its_measure(text in ".{0,80}", most in 1_usize..60) {
            let cut = cut(&text, most);
            prop_assert!(cut.encode_utf16().count() <= most.max(1));
            prop_assert!(text.starts_with(cut.trim_end_matches('…')) || cut == text);
        }
    }
}

//! What Salesforce's answers make of the items that were sent.

use super::item::{Item, State, TRIES};
use crate::api::{Moved, Refusal};
use crate::model::id::RecordId;
use crate::model::time::Timestamp;
use crate::salesforce::collection::{id, text};
use crate::salesforce::metadata::KEY_FIELD;
use crate::salesforce::moment;
use serde_json::{Map, Value};

const DAY_SECONDS: i64 = 24 * 3600;

/// Whether a request with this status was surely not carried out: it was refused as a whole, in words. Anything else without results
/// may have been.
pub fn is_surely_undone(status: u16) -> bool {
    (400..500).contains(&status) && !matches!(status, 406 | 408 | 420 | 429)
}

/// Whether Salesforce refuses what only Inlay's package brings.
pub fn is_about_package(refusal: &Refusal) -> bool {
    refusal.fields.iter().any(|field| field == "RecordTypeId" || field == KEY_FIELD) || refusal.text.contains(KEY_FIELD)
}

/// An item's own result.
pub fn sent(item: &mut Item, now: Timestamp, result: Result<Option<RecordId>, Refusal>) {
    let refusal = match result {
        Ok(Some(row)) => return item.written(now, row),
        // Created, but which row? It is looked up.
        Ok(None) => return item.doubted(now),
        Err(refusal) => refusal,
    };
    item.tries += 1;
    let later = now.plus_seconds(15 * 2_i64.pow(item.tries.min(8)));
    let again = item.tries < TRIES;
    match refusal.code.as_str() {
        "UNABLE_TO_LOCK_ROW" | "SERVER_UNAVAILABLE" | "REQUEST_LIMIT_EXCEEDED" | "QUERY_TIMEOUT" if again => item.unwritten(now, later),
        // A row with its key stands there already, whose subtype can't be changed any more: it is looked up.
        "DUPLICATE_VALUE" | "DUPLICATE_EXTERNAL_ID" if is_about_package(&refusal) && again => item.doubted(now),
        "INVALID_FIELD_FOR_INSERT_UPDATE" if refusal.fields.iter().any(|field| field == "TaskSubtype") && again => item.doubted(now),
        // The package was taken out of the org: it goes without, once that is known.
        _ if is_about_package(&refusal) && again => item.unwritten(now, later),
        // The member left: the connected user owns it, as rule 41 knows the creator.
        "INACTIVE_OWNER_OR_USER" if !item.ownerless => {
            item.ownerless = true;
            item.unwritten(now, now);
        }
        // Only users who may set audit fields make a ContentNote another's.
        "INVALID_FIELD_FOR_INSERT_UPDATE" if !item.ownerless && refusal.fields.iter().any(|field| field == "OwnerId") => {
            item.ownerless = true;
            item.unwritten(now, now);
        }
        // The link may be to an opportunity that is gone; a task on its person is better than none.
        "INVALID_CROSS_REFERENCE_KEY" | "ENTITY_IS_DELETED" | "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY" if item.what.is_some() && !item.unlinked => {
            item.unlinked = true;
            item.unwritten(now, now);
        }
        "CANNOT_UPDATE_CONVERTED_LEAD" | "ENTITY_IS_DELETED" | "INVALID_CROSS_REFERENCE_KEY" if item.on.is_some() && again => {
            item.unwritten(now, now);
            if item.state == State::Waiting {
                item.go(now, State::Astray, now);
            }
        }
        _ => refuse(item, now, refusal),
    }
}

/// The result of linking an item's row to its record.
pub fn linked(item: &mut Item, now: Timestamp, result: Result<Option<RecordId>, Refusal>) {
    if item.state != State::Linking {
        return; // It was taken back meanwhile: the link goes with its row.
    }
    item.tries += 1;
    match result {
        Ok(_) => item.linked = true,
        Err(refusal) if refusal.code == "DUPLICATE_VALUE" => item.linked = true,
        Err(refusal) if refusal.code == "UNABLE_TO_LOCK_ROW" && item.tries < TRIES => {
            return item.go(now, State::Linking, now.plus_seconds(60));
        }
        Err(refusal) if is_gone(&refusal) && item.tries < TRIES => return item.go(now, State::Astray, now),
        Err(refusal) => {
            item.refusal = Some(refusal);
            return item.go(now, State::Refused, now);
        }
    }
    item.go(item.written.unwrap_or(now), State::Written, now);
}

/// Salesforce doesn't take it, and won't.
pub fn refuse(item: &mut Item, now: Timestamp, refusal: Refusal) {
    item.unwritten(now, now);
    if item.state == State::Waiting {
        item.refusal = Some(refusal);
        item.go(now, State::Refused, now);
    }
}

/// What became of the record that an item is on, by Salesforce's own word; none if there is no trace of it.
pub fn resolved(item: &mut Item, now: Timestamp, row: Option<&Map<String, Value>>) {
    let Some(row) = row else {
        (item.on, item.what) = (None, None);
        return item.go(now, State::Held, now);
    };
    let target = match (id(row, "MasterRecordId"), id(row, "ConvertedContactId")) {
        (Some(master), _) => Some((master, Moved::Merged)),
        (None, Some(contact)) => Some((contact, Moved::Converted)),
        (None, None) => None,
    };
    match target {
        Some((on, why)) => {
            (item.on, item.what, item.moved) = (Some(on), None, Some(why));
            item.go(now, State::Waiting, now);
        }
        None if row.get("IsDeleted") == Some(&Value::Bool(true)) => {
            (item.on, item.what) = (None, None);
            item.go(now, State::Held, now);
        }
        // It is there: what was refused was something else, or the moment was bad.
        None => item.go(now, State::Waiting, now.plus_seconds(60 * i64::from(item.tries.max(1)))),
    }
}

/// Whether what was to be removed isn't there any more.
pub fn is_gone(refusal: &Refusal) -> bool {
    matches!(refusal.code.as_str(), "ENTITY_IS_DELETED" | "NOT_FOUND" | "INVALID_CROSS_REFERENCE_KEY")
}

/// A removal's own result: a row that is gone already was removed, too.
pub fn removed(item: &mut Item, now: Timestamp, result: &Result<Option<RecordId>, Refusal>) {
    match result {
        Ok(_) => item.go(now, State::Withdrawn, now),
        Err(refusal) if is_gone(refusal) => item.go(now, State::Withdrawn, now),
        Err(refusal) if refusal.code == "UNABLE_TO_LOCK_ROW" && item.tries < TRIES => {
            item.tries += 1;
            item.go(now, State::Withdrawing, now.plus_seconds(60));
        }
        Err(refusal) => item.stays(now, refusal.clone()),
    }
}

/// What a look-up found, at Salesforce's moment: the newest rows that may be the item's, and whether these are all.
pub fn found(item: &mut Item, now: Timestamp, theirs: Option<Timestamp>, rows: &[Map<String, Value>], is_all: bool) {
    if let Some(row) = rows.iter().find(|row| is_of(item, row)).and_then(|row| id(row, "Id")) {
        return item.written(now, row);
    }
    // Of very many with its title the newest are enough, if they reach back to before it was sent.
    let reaches_back = || {
        let (theirs, doubt, oldest) = (theirs?, item.doubt?, moment::of_rest(text(rows.last()?, "CreatedDate"))?);
        Some(oldest < theirs.plus_millis(-(now.0 - doubt.ours.0).max(0)).plus_seconds(-DAY_SECONDS))
    };
    let theirs = theirs.filter(|_| is_all || reaches_back() == Some(true));
    item.not_found(now, theirs);
}

fn is_of(item: &Item, row: &Map<String, Value>) -> bool {
    let marker = super::row::marker(&item.activity.id);
    text(row, "CallObject") == marker || text(row, "Body").ends_with(&marker) || super::row::is_titled(text(row, "Title"), &item.activity.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::activity::{Activity, ActivityKind};
    use crate::model::sighting::Sighting;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1000)
    }

    fn item() -> Item {
        let id = |text| RecordId::parse(text).expect("an id");
        let activity = Activity {
            id: "AAAAAAAAAAAAAAAAAAAAAA".into(),
            kind: ActivityKind::Message,
            at: at(0),
            offset: 0,
            sighting: Sighting::default(),
            record: None,
            subject: String::new(),
            text: String::new(),
            seconds: None,
            direction: None,
            outcome: String::new(),
        };
        Item::new(at(0), id("005000000000001"), activity, Some(id("00Q000000000001")), State::Waiting, at(0))
    }

    fn refusal(code: &str) -> Result<Option<RecordId>, Refusal> {
        Err(Refusal { code: code.into(), ..Refusal::default() })
    }

    #[test]
    fn nothing_is_sent_again_before_both_clocks_have_passed_eleven_minutes() {
        let mut item = item();
        item.doubted(at(100));
        assert!(!item.not_found(at(130), Some(at(5_000))), "the first look");
        assert!(!item.not_found(at(900), Some(at(5_300))), "Salesforce's clock hasn't");
        assert!(!item.not_found(at(500), Some(at(9_000))), "ours hasn't");
        assert!(!item.not_found(at(900), None), "no clock of theirs");
        assert!(item.not_found(at(900), Some(at(5_700))));
        assert_eq!(item.state, State::Waiting);
    }

    #[test]
    fn of_very_many_rows_the_newest_are_enough_once_they_reach_back_far_enough() {
        let row = |created: &str| {
            serde_json::json!({ "Id": "002000000000001AAA", "Body": "Another's", "CreatedDate": created }).as_object().cloned().unwrap_or_default()
        };
        let after = |created: &str, is_all: bool| {
            let mut item = item();
            item.doubted(at(0));
            let theirs = moment::of_rest("2026-11-22T12:00:00.000+0000").expect("a moment");
            found(&mut item, at(100), Some(theirs), &[row(created)], is_all);
            found(&mut item, at(800), Some(theirs.plus_seconds(700)), &[row(created)], is_all);
            item.state
        };
        assert_eq!(after("2026-11-22T11:59:00.000+0000", true), State::Waiting);
        assert_eq!(after("2026-11-22T11:59:00.000+0000", false), State::Doubt, "it may be among those that weren't shown");
        assert_eq!(after("2026-11-20T11:59:00.000+0000", false), State::Waiting);
    }

    #[test]
    fn each_refusal_has_its_treatment() {
        let after = |code: &str| {
            let mut item = item();
            sent(&mut item, at(1), refusal(code));
            item.state
        };
        assert_eq!(after("UNABLE_TO_LOCK_ROW"), State::Waiting);
        assert_eq!(after("CANNOT_UPDATE_CONVERTED_LEAD"), State::Astray);
        assert_eq!(after("INACTIVE_OWNER_OR_USER"), State::Waiting);
        assert_eq!(after("FIELD_CUSTOM_VALIDATION_EXCEPTION"), State::Refused);
        let mut locked = item();
        for _ in 0..TRIES {
            sent(&mut locked, at(1), refusal("UNABLE_TO_LOCK_ROW"));
        }
        assert_eq!(locked.state, State::Refused, "not for ever");
    }

    #[test]
    fn a_row_that_stands_already_is_looked_up() {
        let after = |code: &str, field: &str| {
            let mut item = item();
            sent(&mut item, at(1), Err(Refusal { code: code.into(), text: String::new(), fields: vec![field.into()] }));
            item.state
        };
        assert_eq!(after("DUPLICATE_VALUE", KEY_FIELD), State::Doubt);
        assert_eq!(after("DUPLICATE_EXTERNAL_ID", KEY_FIELD), State::Doubt);
        assert_eq!(after("INVALID_FIELD_FOR_INSERT_UPDATE", "TaskSubtype"), State::Doubt);
        assert_eq!(after("DUPLICATE_VALUE", "Ticket__c"), State::Refused);
        assert_eq!(after("INVALID_FIELD_FOR_INSERT_UPDATE", KEY_FIELD), State::Waiting, "the package is gone");
    }

    #[test]
    fn what_is_unwanted_is_never_sent_again_and_removed_if_it_was_written() {
        let mut lost = item();
        lost.unwanted = true;
        lost.doubted(at(0));
        lost.written(at(9), RecordId::parse("00T000000000001").expect("an id"));
        assert_eq!(lost.state, State::Withdrawing);
        removed(&mut lost, at(10), &refusal("ENTITY_IS_DELETED"));
        assert_eq!(lost.state, State::Withdrawn);
        let mut refused = item();
        refused.unwanted = true;
        sent(&mut refused, at(1), refusal("UNABLE_TO_LOCK_ROW"));
        assert_eq!(refused.state, State::Withdrawn);
    }

    #[test]
    fn what_stands_in_salesforce_isn_t_kept_twice() {
        let mut note = item();
        (note.activity.kind, note.activity.text) = (ActivityKind::Note, "Prefers mornings.\nReally.".into());
        note.written(at(1), RecordId::parse("002000000000001").expect("an id"));
        assert_eq!((note.activity.subject.as_str(), note.activity.text.as_str()), ("Prefers mornings. Really.", ""));
    }

    #[test]
    fn a_converted_lead_s_activity_goes_to_the_contact_and_says_so() {
        let mut item = item();
        let row = serde_json::json!({ "Id": "00Q000000000001AAA", "IsDeleted": false, "ConvertedContactId": "003000000000009AAA" });
        resolved(&mut item, at(1), row.as_object());
        assert_eq!((item.on.map(String::from), item.moved), (Some("003000000000009AAA".into()), Some(Moved::Converted)));
        resolved(&mut item, at(1), None);
        assert_eq!((item.state, item.on), (State::Held, None));
    }
}

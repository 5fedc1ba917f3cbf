//! The side panel: follows the open tab, searches and matches profiles. How it looks is `view::panel`.

use crate::chrome;
use crate::clock::moment;
use crate::outbox;
use crate::paint::{check_one, entered, on_action, paint, picked, set_language};
use crate::popup::{record_of_page, tally_of_page};
use crate::server;
use crate::view::panel::{Knows, draw};
use crate::words::Words;
use inlay_core::api::{FindProfiles, ManualMatch, ProblemKind, Profiles, Says, Status, Verdicts, Whom};
use inlay_core::model::id::RecordId;
use std::cell::{Cell, RefCell};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

thread_local! {
    /// The record in the open tab and its profiles, as they stand on the screen.
    static SHOWN: RefCell<Option<(RecordId, Profiles)>> = const { RefCell::new(None) };
    /// How often something was to be shown. What was asked for before something newer was isn't shown any more.
    static SHOWS: Cell<u64> = const { Cell::new(0) };
}

/// Runs the side panel.
#[wasm_bindgen]
pub async fn panel() {
    set_language();
    on_action(|action| spawn_local(async move { act(&action).await }));
    chrome::on_page_turned(|| spawn_local(turned()));
    show(String::new(), None).await;
}

/// Another page is open: what was searched for belonged to the one before, unless it is the same record's.
async fn turned() {
    let record = record_of_page().await;
    let same = SHOWN.with_borrow(|shown| record.is_some() && shown.as_ref().map(|(page, _)| *page) == record);
    if !same {
        show(String::new(), None).await;
    }
}

async fn show(text: String, told: Option<Result<bool, ProblemKind>>) {
    let mine = SHOWS.get() + 1;
    SHOWS.set(mine);
    let status = server::ask_as_member::<Status>("GET", "/v1/status", None).await;
    let record = record_of_page().await;
    let profiles = match (&status, record) {
        (Ok(_), Some(record)) => Some(find(record, &text).await),
        _ => None,
    };
    let shown = profiles.as_ref().and_then(|profiles| profiles.as_ref().ok()).cloned();
    // Beside a record nothing else is shown.
    let (inbox, untold) = if record.is_some() { (Vec::new(), None) } else { outbox::inbox().await };
    let tally = tally_of_page().await;
    if SHOWS.get() != mine {
        return;
    }
    let knows = Knows { inbox, untold, problem: status.as_ref().err().copied(), status: status.ok(), tally, profiles, text, told };
    // What is pressed is what stands on the screen: nothing is waited for between the two.
    SHOWN.set(record.zip(shown));
    paint(draw(&Words(&chrome::message), &knows, &moment));
    check_one("profile");
    // The page may have turned while its record was asked for.
    if record_of_page().await != record {
        spawn_local(turned());
    }
}

/// The profiles that may be the record; with a text, those it names.
async fn find(record: RecordId, text: &str) -> Result<Profiles, ProblemKind> {
    let ask = FindProfiles { record: record.to_string(), text: text.to_owned() };
    server::ask_as_member("POST", "/v1/match/profiles", server::json(&ask)).await
}

/// Says something of a profile by its key and of the record. Both are those of the screen on which it was pressed.
async fn say(key: Option<String>, says: impl FnOnce(String) -> Says) -> Result<(), ProblemKind> {
    let chosen = SHOWN.with_borrow(|shown| {
        let (page, profiles) = shown.as_ref()?;
        let found = profiles.found.iter().find(|found| key.is_some() && found.sighting.keys.first() == key.as_ref())?;
        Some((*page, profiles.record.record, found.sighting.clone()))
    });
    let (page, record, sighting) = chosen.ok_or(ProblemKind::NotFound)?;
    // The page may have turned a moment before the press.
    if record_of_page().await != Some(page) {
        return Err(ProblemKind::NotFound);
    }
    let ask = ManualMatch { whom: Whom::Sighting(Box::new(sighting)), says: says(record.to_string()) };
    server::ask_as_member::<Verdicts>("POST", "/v1/match", server::json(&ask)).await?;
    chrome::forget("cache").await;
    Ok(())
}

async fn act(action: &str) {
    let chosen = picked("profile");
    let told = match action.split_once(' ').unwrap_or((action, "")) {
        ("options", _) => return chrome::open_options().await,
        ("find", _) => None,
        ("match_profile", _) => Some(say(chosen, Says::Is).await.map(|()| true)),
        ("not_profile", _) => Some(say(chosen, Says::IsNot).await.map(|()| false)),
        ("undo_profile", key) => Some(say(Some(key.to_owned()), |_| Says::Undo).await.map(|()| false)),
        _ if outbox::deed_of(action).is_some() => {
            chrome::ask_worker::<Option<ProblemKind>>(action).await.unwrap_or(Some(ProblemKind::ServerUnreachable)).map(Err)
        }
        _ => return,
    };
    show(entered("find"), told).await;
}

//! What the member did and the server hasn't acknowledged: kept on this device until it has, whatever becomes of tab, network, session or
//! browser.

use crate::chrome::{self, Area};
use crate::clock;
use crate::server;
use crate::settings;
use inlay_core::api::{ActivityDeed, ActivityIds, ActivityReceipt, Capture, ProblemKind, ReceiptState, Receipts};
use inlay_core::model::activity::{Activity, ActivityKind};
use inlay_core::model::id::RecordId;
use inlay_core::model::sighting::Sighting;
use inlay_core::model::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

/// Keys of kept activities begin so.
const KEPT: &str = "activity:";

/// So many failures in a row are the server's.
const FAILURES_MOST: u32 = 3;

/// A receipt; or, of what the server didn't take, why.
pub(crate) type Told = (ActivityReceipt, Option<ProblemKind>);

/// An activity that waits for the server.
#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    /// The member who did it: another member's session doesn't send it.
    member: String,
    activity: Activity,
    /// Why the server won't take it.
    #[serde(default)]
    problem: Option<ProblemKind>,
    /// The member took it back. The server may have it, so it is told.
    #[serde(default)]
    withdrawn: bool,
}

/// How it is with sending: one at a time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sending {
    Rests,
    Runs,
    /// Something came to it meanwhile.
    RunsAgain,
}

thread_local! {
    static SENDING: Cell<Sending> = const { Cell::new(Sending::Rests) };
    /// Activities that were taken back while their kept copy was still there.
    static TAKEN_BACK: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

/// An activity of a moment, of which nothing is said yet.
pub(crate) fn activity(kind: ActivityKind, at: Timestamp, sighting: Sighting, record: Option<RecordId>) -> Activity {
    let mut random = [0; 16];
    getrandom::fill(&mut random).expect("a browser has random bytes");
    let offset = clock::offset(at);
    let (id, subject, text, outcome) = (Activity::id_of(&random), String::new(), String::new(), String::new());
    Activity { id, kind, at, offset, sighting, record, subject, text, seconds: None, direction: None, outcome }
}

fn key_of(id: &str) -> String {
    format!("{KEPT}{id}")
}

/// Keeps an activity on this device. An error means that it isn't kept.
pub(crate) async fn store(activity: Activity) -> Result<(), ProblemKind> {
    let member = settings::member().await.ok_or(ProblemKind::NotSignedIn)?;
    let kept = Kept { member, activity, problem: None, withdrawn: false };
    if chrome::try_write(Area::Local, &key_of(&kept.activity.id), &kept).await { Ok(()) } else { Err(ProblemKind::StorageFull) }
}

/// Keeps an activity and sends it if it can be sent now.
pub(crate) async fn keep(activity: Activity) -> Result<(), ProblemKind> {
    store(activity).await?;
    send().await;
    Ok(())
}

/// Sends what is kept; what the server has taken is forgotten here.
pub(crate) async fn send() {
    if SENDING.get() != Sending::Rests {
        return SENDING.set(Sending::RunsAgain);
    }
    SENDING.set(Sending::Runs);
    loop {
        let is_done = send_all().await;
        if is_done && SENDING.replace(Sending::Runs) == Sending::RunsAgain {
            continue;
        }
        return SENDING.set(Sending::Rests);
    }
}

/// Tries each once; false if the server can't be asked now.
async fn send_all() -> bool {
    let Some(session) = settings::session().await else { return false };
    let member = session.member.user.to_string();
    let mut failures = 0;
    for (key, kept) in chrome::read_all::<Kept>(KEPT).await {
        if kept.member != member || kept.problem.is_some() {
            continue;
        }
        match send_one(&key, &kept).await {
            Ok(()) => failures = 0,
            // It says no, and would again: the member sees why, and it stays until then.
            Err(kind @ (ProblemKind::WritebackOff | ProblemKind::NotesOnly | ProblemKind::Unreadable | ProblemKind::NotFound)) => {
                if let Some(kept) = chrome::read::<Kept>(Area::Local, &key).await {
                    chrome::write(Area::Local, &key, &Kept { problem: Some(kind), ..kept }).await;
                }
            }
            Err(ProblemKind::NotSignedIn | ProblemKind::NoWorkspace | ProblemKind::NoServer | ProblemKind::TooManyTries) => return false,
            // It may be this one, or all: a few are tried.
            Err(_) => {
                failures += 1;
                if failures == FAILURES_MOST {
                    return false;
                }
            }
        }
    }
    failures == 0
}

async fn send_one(key: &str, kept: &Kept) -> Result<(), ProblemKind> {
    let id = kept.activity.id.clone();
    let withdrawn = if kept.withdrawn { vec![id.clone()] } else { Vec::new() };
    let capture = Capture { activities: vec![kept.activity.clone()], withdrawn };
    server::ask_as_member::<Receipts>("POST", "/v1/activities", server::json(&capture)).await?;
    // The member may have taken it back meanwhile.
    let is_late = !kept.withdrawn && chrome::read::<Kept>(Area::Local, key).await.is_some_and(|kept| kept.withdrawn);
    if is_late {
        ask(ActivityDeed::Withdraw, &id).await?;
    }
    chrome::remove(key).await;
    // Or in the very moment in which its copy was forgotten.
    if TAKEN_BACK.with_borrow_mut(|taken| taken.remove(&id))
        && !is_late
        && !kept.withdrawn
        && let Err(kind) = ask(ActivityDeed::Withdraw, &id).await
    {
        let again = Kept { member: kept.member.clone(), activity: kept.activity.clone(), problem: None, withdrawn: true };
        chrome::write(Area::Local, key, &again).await;
        return Err(kind);
    }
    Ok(())
}

async fn ask(deed: ActivityDeed, id: &str) -> Result<(), ProblemKind> {
    let path = if deed == ActivityDeed::Retry { "/v1/activities/retry" } else { "/v1/activities/withdraw" };
    server::ask_as_member::<Receipts>("POST", path, server::json(&ActivityIds { ids: vec![id.to_owned()] })).await.map(|_| ())
}

/// The deed that a pressed action names, and on which activity.
pub(crate) fn deed_of(action: &str) -> Option<(ActivityDeed, &str)> {
    let (name, id) = action.split_once(':')?;
    [("retry", ActivityDeed::Retry), ("withdraw", ActivityDeed::Withdraw)].into_iter().find(|(deed, _)| *deed == name).map(|(_, deed)| (deed, id))
}

/// Tries again, or takes back, what is kept here or what the server has.
pub(crate) async fn act(deed: ActivityDeed, id: &str) -> Result<(), ProblemKind> {
    let key = key_of(id);
    let Some(kept) = chrome::read::<Kept>(Area::Local, &key).await else { return ask(deed, id).await };
    match deed {
        ActivityDeed::Retry => chrome::write(Area::Local, &key, &Kept { problem: None, ..kept }).await,
        // The server said that it doesn't have it.
        ActivityDeed::Withdraw if kept.problem.is_some() => chrome::remove(&key).await,
        ActivityDeed::Withdraw => {
            TAKEN_BACK.with_borrow_mut(|taken| taken.insert(id.to_owned()));
            chrome::write(Area::Local, &key, &Kept { withdrawn: true, ..kept }).await;
        }
    }
    send().await;
    Ok(())
}

/// What was done with a record: as the server tells, and what is only here.
pub(crate) async fn with(record: &str, told: Vec<ActivityReceipt>) -> Vec<Told> {
    joined(told, |activity| activity.record.is_some_and(|id| id.as_str() == record)).await
}

/// What became of some: as the server tells, and what is only here.
pub(crate) async fn of(ids: &[String], told: Vec<ActivityReceipt>) -> Vec<Told> {
    joined(told, |activity| ids.contains(&activity.id)).await
}

/// The member's inbox: what of theirs is held or refused, and all that is only here; refused first. What is only here is known
/// without the server; why nothing else is, if so.
pub(crate) async fn inbox() -> (Vec<Told>, Option<ProblemKind>) {
    let told = server::ask_as_member::<Receipts>("GET", "/v1/activities/inbox", None).await;
    let why = told.as_ref().err().copied();
    let mut all = joined(told.map(|told| told.receipts).unwrap_or_default(), |_| true).await;
    all.sort_by_key(|(receipt, _)| receipt.state != ReceiptState::Refused);
    (all, why)
}

async fn joined(told: Vec<ActivityReceipt>, is_wanted: impl Fn(&Activity) -> bool) -> Vec<Told> {
    let Some(member) = settings::member().await else { return Vec::new() };
    let all = chrome::read_all::<Kept>(KEPT).await.into_iter().map(|(_, kept)| kept);
    let mine: Vec<Told> = all.filter(|kept| kept.member == member && is_wanted(&kept.activity)).map(receipt).collect();
    let told = told.into_iter().filter(|receipt| mine.iter().all(|(kept, _)| kept.id != receipt.id)).map(|receipt| (receipt, None));
    let told: Vec<Told> = told.collect();
    mine.into_iter().chain(told).collect()
}

fn receipt(Kept { member, activity, problem, withdrawn }: Kept) -> Told {
    let state = match (problem, withdrawn) {
        (Some(_), _) => ReceiptState::Refused,
        (None, true) => ReceiptState::Withdrawing,
        (None, false) => ReceiptState::Waiting,
    };
    let receipt = ActivityReceipt {
        id: activity.id,
        kind: activity.kind,
        at: activity.at,
        name: activity.sighting.name,
        subject: activity.subject,
        state,
        since: activity.at,
        link: String::new(),
        record: activity.record.map(String::from).unwrap_or_default(),
        refusal: None,
        moved: None,
        undo_until: None,
        member,
        member_name: String::new(),
    };
    (receipt, problem)
}

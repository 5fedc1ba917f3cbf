//! What the member did and the server hasn't acknowledged: kept on this device until it has, whatever becomes of tab, network or browser.

use crate::chrome::{self, Area};
use crate::server;
use crate::settings;
use inlay_core::api::{ActivityReceipt, Capture, ProblemKind, ReceiptState, Receipts};
use inlay_core::model::activity::Activity;
use serde::{Deserialize, Serialize};

/// Keys of kept activities begin so.
const KEPT: &str = "activity:";

/// An activity that waits for the server.
#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    /// The member who did it: another member's session doesn't send it.
    member: String,
    activity: Activity,
    /// Why the server won't take it.
    #[serde(default)]
    problem: Option<ProblemKind>,
}

/// Keeps an activity and sends it if it can be sent now. An error means that it isn't kept.
pub(crate) async fn keep(activity: Activity) -> Result<(), ProblemKind> {
    let Some(session) = settings::session().await else { return Err(ProblemKind::NotSignedIn) };
    let kept = Kept { member: session.member.user.to_string(), activity, problem: None };
    if !chrome::try_write(Area::Local, &format!("{KEPT}{}", kept.activity.id), &kept).await {
        return Err(ProblemKind::StorageFull);
    }
    send().await;
    Ok(())
}

/// Sends what is kept; what the server has taken is forgotten here.
pub(crate) async fn send() {
    let Some(session) = settings::session().await else { return };
    let member = session.member.user.to_string();
    for (key, kept) in chrome::read_all::<Kept>(KEPT).await {
        if kept.member != member || kept.problem.is_some() {
            continue;
        }
        let capture = Capture { activities: vec![kept.activity.clone()] };
        match server::ask_as_member::<Receipts>("POST", "/v1/activities", server::json(&capture)).await {
            Ok(_) => chrome::remove(&key).await,
            // It says no, and would again: the member sees why, and it stays until then.
            Err(kind @ (ProblemKind::WritebackOff | ProblemKind::NotesOnly | ProblemKind::Unreadable)) => {
                chrome::write(Area::Local, &key, &Kept { problem: Some(kind), ..kept }).await;
            }
            Err(_) => return,
        }
    }
}

/// Tries again what the server didn't take, or forgets it.
pub(crate) async fn again(id: &str, is_wanted: bool) {
    let key = format!("{KEPT}{id}");
    match chrome::read::<Kept>(Area::Local, &key).await {
        Some(kept) if is_wanted => {
            chrome::write(Area::Local, &key, &Kept { problem: None, ..kept }).await;
            send().await;
        }
        Some(_) => chrome::remove(&key).await,
        None => {}
    }
}

/// What is kept of the member's own with a record.
pub(crate) async fn kept_with(record: &str) -> Vec<(ActivityReceipt, Option<ProblemKind>)> {
    kept_where(|activity| activity.record.is_some_and(|id| id.as_str() == record)).await
}

/// What is kept of these.
pub(crate) async fn kept_of(ids: &[String]) -> Vec<(ActivityReceipt, Option<ProblemKind>)> {
    kept_where(|activity| ids.contains(&activity.id)).await
}

/// What is kept of the member's own, as receipts: waiting, or refused.
async fn kept_where(is_wanted: impl Fn(&Activity) -> bool) -> Vec<(ActivityReceipt, Option<ProblemKind>)> {
    let Some(session) = settings::session().await else { return Vec::new() };
    let member = session.member.user.to_string();
    let all = chrome::read_all::<Kept>(KEPT).await.into_iter().map(|(_, kept)| kept);
    let mine = all.filter(|kept| kept.member == member && is_wanted(&kept.activity));
    mine.map(|Kept { activity, problem, .. }| {
        let receipt = ActivityReceipt {
            id: activity.id,
            kind: activity.kind,
            at: activity.at,
            name: activity.sighting.name,
            subject: activity.subject,
            state: if problem.is_some() { ReceiptState::Refused } else { ReceiptState::Waiting },
            since: activity.at,
            link: String::new(),
            record: activity.record.map(String::from).unwrap_or_default(),
            refusal: None,
            moved: None,
            undo_until: None,
            member: member.clone(),
            member_name: String::new(),
        };
        (receipt, problem)
    })
    .collect()
}

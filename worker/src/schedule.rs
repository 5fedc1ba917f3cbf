//! Cron and queue: wake the workspaces that have something to do, and count the messages that reached none.

use crate::binding;
use crate::directory::Ask;
use worker::{Context, Env, MessageBatch, MessageExt as _, Request, RequestInit, Result, ScheduleContext, ScheduledEvent, event};

/// The queue of messages that couldn't be delivered.
const DEAD: &str = "inlay-wake-dead";

/// Every two minutes: one message for each workspace that is due. A workspace's own alarm usually comes first; this is the watchdog.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    if let Err(error) = enqueue(&env).await {
        worker::console_error!("{{\"event\":\"cron_failed\",\"error\":\"{error}\"}}");
    }
}

async fn enqueue(env: &Env) -> Result<()> {
    let body = serde_json::to_string(&Ask::Overdue)?;
    let mut reply = binding::directory(env)?.fetch_with_request(post("https://directory/", &body)?).await?;
    let orgs: Vec<String> = serde_json::from_str(&reply.text().await?)?;
    let queue = env.queue("WAKE")?;
    for org in orgs {
        queue.send(org).await?;
    }
    Ok(())
}

/// Wakes the workspaces named in the messages; one that can't be woken is delivered again, and at last to the dead-letter queue.
#[event(queue)]
async fn queue(batch: MessageBatch<String>, env: Env, _context: Context) -> Result<()> {
    if batch.queue() == DEAD {
        let count = batch.messages()?.len() as u64;
        worker::console_error!("{{\"event\":\"dead_letters\",\"count\":{count}}}");
        let body = serde_json::to_string(&Ask::Dead(count))?;
        binding::directory(&env)?.fetch_with_request(post("https://directory/", &body)?).await?;
        batch.ack_all();
        return Ok(());
    }
    for message in batch.messages()? {
        match nudge(&env, message.body()).await {
            Ok(()) => message.ack(),
            Err(_) => message.retry(),
        }
    }
    Ok(())
}

/// Wakes workspaces one after the other; a failure of one keeps no other from being woken.
pub(crate) async fn nudge_all(env: &Env, orgs: impl Iterator<Item = String>) {
    for org in orgs {
        if nudge(env, &org).await.is_err() {
            worker::console_error!("{{\"event\":\"nudge_failed\"}}");
        }
    }
}

async fn nudge(env: &Env, org: &str) -> Result<()> {
    binding::workspace(env, org)?.fetch_with_request(post("https://workspace/nudge", "")?).await.map(|_| ())
}

/// A request between our own objects.
pub(crate) fn post(url: &str, body: &str) -> Result<Request> {
    let mut init = RequestInit::new();
    init.with_method(worker::Method::Post).with_body(Some(body.into()));
    Request::new_with_init(url, &init)
}

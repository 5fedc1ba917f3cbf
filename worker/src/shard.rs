//! A shard's Durable Object, and how a workspace's object asks it.

use crate::binding::{self, now};
use crate::fetch;
use crate::route::failure;
use crate::sql::{ObjectSql, atomically};
use futures_util::future::try_join_all;
use inlay_core::shard::{self, Answer, Answers, Ask, Question, Want};
use inlay_core::store::StoreError;
use inlay_core::workspace::WorkspaceError;
use std::cell::RefCell;
use worker::js_sys::Uint8Array;
use worker::{DurableObject, Env, Method, Request, RequestInit, Response, Result, State, durable_object};

/// A part of a large org's records.
#[durable_object]
pub struct ShardObject {
    state: State,
    #[allow(dead_code, reason = "the platform gives it")]
    env: Env,
}

impl DurableObject for ShardObject {
    fn new(state: State, env: Env) -> Self {
        Self { state, env }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let asks = match Ask::unpack(&request.bytes().await?) {
            Ok(asks) => asks,
            Err(error) => return failure(&error.into()),
        };
        let erases = asks.iter().any(|ask| matches!(ask.head, Want::Erase { .. }));
        let (sql, at) = (ObjectSql(self.state.storage().sql()), now());
        let answered = if asks.iter().all(|ask| ask.head.only_reads()) {
            shard::answer(&sql, at, asks).map_err(WorkspaceError::from)
        } else {
            atomically(&self.state, move || Ok(shard::answer(&sql, at, asks)?))
        };
        match answered {
            Ok(answers) => {
                if erases {
                    self.state.storage().delete_all().await?;
                }
                Response::from_bytes(Answer::pack(answers.iter()))
            }
            Err(error) => failure(&error),
        }
    }
}

/// Asks shards of an org, all at once, and notes what they answer.
pub(crate) async fn ask(env: &Env, org: &str, questions: Vec<Question>, answers: &RefCell<Answers>) -> std::result::Result<(), WorkspaceError> {
    let answered = try_join_all(Question::by_shard(questions).into_iter().map(|(shard, questions)| async move {
        let lost = |why: String| WorkspaceError::from(StoreError(format!("shard {shard} didn't answer: {why}")));
        let answer = fetch::patiently(exchange(env, org, shard, &questions)).await.ok_or_else(|| lost("it took too long".into()))?;
        Ok::<_, WorkspaceError>((questions, Answer::unpack(&answer.map_err(|error| lost(error.to_string()))?)?))
    }));
    for (questions, given) in answered.await? {
        answers.borrow_mut().note(&questions, given);
    }
    Ok(())
}

async fn exchange(env: &Env, org: &str, shard: u16, questions: &[Question]) -> Result<Vec<u8>> {
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(Uint8Array::from(Question::pack(questions).as_slice()).into()));
    let mut response = binding::shard(env, org, shard)?.fetch_with_request(Request::new_with_init("https://shard/", &init)?).await?;
    match response.status_code() {
        200 => response.bytes().await,
        status => Err(worker::Error::RustError(format!("status {status}"))),
    }
}

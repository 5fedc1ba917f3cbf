//! The wire between workspace and org: requests carried out in this process, and what gets lost on the way.

use super::{Done, Simulation};
use inlay_core::model::time::Timestamp;
use inlay_core::salesforce::http::{Method, NoReply, Reply, Request};
use inlay_core::shard::{Answers, Question};
use inlay_core::store::StoreError;
use inlay_core::workspace::{Event, Ticket, WorkspaceError};
use tokio_stream::StreamExt as _;
use tower::ServiceExt as _;

/// Marks a reply whose body was cut; no server sends such a header.
const CUT: &str = "x-simulated-cut";

impl Simulation {
    pub(super) fn fetch(&mut self, ticket: Ticket, request: &Request) -> Result<Done, WorkspaceError> {
        let is_refresh = request.url.ends_with("/oauth2/token");
        if self.mishap() {
            // It never arrives, or when nobody waits any more: Salesforce gives a call ten minutes.
            if request.method != Method::Get && !is_refresh && self.dice.chance(50) {
                let at = self.time + self.dice.below(590) as i64;
                self.late.push((at, request.clone()));
            }
            return self.step(Event::Reply(ticket, Err(NoReply)));
        }
        let reply = self.carry_out(request).map(|(head, chunks)| Reply { body: chunks.concat(), ..head });
        let rotated = is_refresh && reply.as_ref().is_ok_and(|reply| String::from_utf8_lossy(&reply.body).contains("refresh_token\":"));
        let tokens_before = self.token_lost;
        if self.mishap() {
            self.token_lost |= rotated;
            return self.step(Event::Reply(ticket, Err(NoReply))); // The answer was lost.
        }
        let twice = (!is_refresh && self.mishap()).then(|| reply.clone());
        self.token_lost |= rotated;
        let stepped = self.step(Event::Reply(ticket, reply));
        if matches!(stepped, Ok(Done::Next(_))) {
            self.token_lost = tokens_before; // It was stored.
        }
        match (twice, &stepped) {
            (Some(reply), Ok(Done::Next(_))) => self.step(Event::Reply(ticket, reply)),
            _ => stepped,
        }
    }

    pub(super) fn stream(&mut self, ticket: Ticket, request: &Request) -> Result<Done, WorkspaceError> {
        if self.mishap() {
            return self.step(Event::Reply(ticket, Err(NoReply)));
        }
        let (head, chunks) = match self.carry_out(request) {
            Ok(reply) => reply,
            Err(none) => return self.step(Event::Reply(ticket, Err(none))),
        };
        if head.status != 200 {
            return self.step(Event::Reply(ticket, Ok(Reply { body: chunks.concat(), ..head })));
        }
        let was_cut = head.headers.iter().any(|(name, _)| name == CUT);
        match self.step(Event::PageOpened(ticket, head)) {
            Ok(Done::Next(_)) => {}
            Ok(Done::Died) => return Ok(Done::Died),
            Err(error) => return Err(error),
        }
        let body = chunks.concat();
        let mut rest = body.as_slice();
        while !rest.is_empty() {
            let size = 1 + self.dice.below(600) as usize;
            let (chunk, later) = rest.split_at(size.min(rest.len()));
            rest = later;
            if self.mishap() {
                return if self.dice.chance(50) { Ok(Done::Died) } else { self.step(Event::PageCut) };
            }
            match self.step(Event::PageChunk(chunk.to_vec())) {
                Ok(Done::Next(_)) => {}
                Ok(Done::Died) => return Ok(Done::Died),
                Err(error) => return Err(error),
            }
        }
        self.step(if was_cut { Event::PageCut } else { Event::PageEnded })
    }

    /// Asks shards. Some may get it late, when another process has begun, or never; or an answer may be lost.
    pub(super) fn ask_shards(&mut self, now: Timestamp, questions: Vec<Question>, answers: &mut Answers) -> Result<(), StoreError> {
        self.tell(|| format!("shards: {:?}", questions.iter().map(|question| (question.shard, &question.ask.head)).collect::<Vec<_>>()));
        let lost = || Err(StoreError("a shard didn't answer".into()));
        if self.mishap() {
            let (mut now_there, mut late) = (Vec::new(), Vec::new());
            for (_, letter) in Question::by_shard(questions) {
                if self.dice.chance(50) { &mut now_there } else { &mut late }.extend(letter);
            }
            if !late.is_empty() {
                self.late_questions.push((self.time + self.dice.below(590) as i64, late));
            }
            self.sql.clone().ask_shards(now, now_there, &mut Answers::default())?;
            return lost();
        }
        self.sql.clone().ask_shards(now, questions, answers)?;
        if self.mishap() { lost() } else { Ok(()) }
    }

    /// Carries out what arrived late.
    pub(super) fn carry_out_late(&mut self) {
        let now = self.time;
        let (due, later) = std::mem::take(&mut self.late).into_iter().partition(|(at, _)| *at <= now);
        self.late = later;
        for (_, request) in due {
            self.tell(|| "late:".into());
            let _ = self.carry_out(&request);
        }
        let (due, later) = std::mem::take(&mut self.late_questions).into_iter().partition(|(at, _)| *at <= now);
        self.late_questions = later;
        for (_, questions) in due {
            for question in questions {
                // Each by itself: some may be refused.
                let arrived = self.sql.clone().ask_shards(self.now(), vec![question], &mut Answers::default());
                self.tell(|| format!("late, to a shard: {arrived:?}"));
            }
        }
    }

    /// Carries a request out in this process.
    pub(super) fn carry_out(&mut self, request: &Request) -> Result<(Reply, Vec<Vec<u8>>), NoReply> {
        self.passed.calls += 1;
        let method = match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        };
        let mut builder = axum::http::Request::builder().method(method).uri(request.url.trim_start_matches(&self.sandbox.url));
        for (name, value) in request.headers.iter().filter(|(name, _)| *name != "accept-encoding") {
            builder = builder.header(*name, value);
        }
        let asked = builder.body(axum::body::Body::from(request.body.clone().unwrap_or_default())).map_err(|_| NoReply)?;
        let router = self.router.clone();
        let (reply, chunks, was_cut) = self.runtime.block_on(async move {
            let response = router.oneshot(asked).await.map_err(|_| NoReply)?;
            let text = |value: &axum::http::HeaderValue| value.to_str().unwrap_or("").to_owned();
            let mut headers: Vec<(String, String)> = response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
            headers.sort();
            let reply = Reply { status: response.status().as_u16(), headers, body: Vec::new() };
            let (mut chunks, mut was_cut) = (Vec::new(), false);
            let mut body = response.into_body().into_data_stream();
            while let Some(chunk) = body.next().await {
                match chunk {
                    Ok(chunk) => chunks.push(chunk.to_vec()),
                    Err(_) => was_cut = true,
                }
            }
            Ok((reply, chunks, was_cut))
        })?;
        let mut reply = reply;
        self.tell(|| {
            format!(
                "{method} {} {}: {}, {} bytes{}",
                request.url,
                String::from_utf8_lossy(request.body.as_deref().unwrap_or_default()),
                reply.status,
                chunks.iter().map(Vec::len).sum::<usize>(),
                if was_cut { ", cut" } else { "" }
            )
        });
        if was_cut {
            reply.headers.push((CUT.into(), String::new()));
        }
        Ok((reply, chunks))
    }
}

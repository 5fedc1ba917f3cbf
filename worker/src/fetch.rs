//! Carries out requests to Salesforce.

use futures_util::future::{Either, select};
use inlay_core::salesforce::http::{Method, NoReply, Reply, Request};
use std::pin::pin;
use std::time::Duration;
use worker::js_sys::Uint8Array;
use worker::{ByteStream, Delay, Fetch, Headers, RequestInit, RequestRedirect, Response, Result};

/// What takes longer is in doubt, and looked up.
const PATIENCE: Duration = Duration::from_secs(180);

/// Sends a request; the body is still to be read.
pub(crate) async fn open(request: &Request) -> std::result::Result<(Reply, Response), NoReply> {
    let response = send(request).await.map_err(|_| NoReply)?;
    let headers = response.headers().entries().collect();
    Ok((Reply { status: response.status_code(), headers, body: Vec::new() }, response))
}

/// Sends a request and reads the whole reply.
pub(crate) async fn whole(request: &Request) -> std::result::Result<Reply, NoReply> {
    let exchange = async {
        let (head, mut response) = open(request).await?;
        let body = response.bytes().await.map_err(|_| NoReply)?;
        Ok(Reply { body, ..head })
    };
    patiently(exchange).await.unwrap_or(Err(NoReply))
}

/// Sends a request of whose reply only the status counts: what a stranger answers isn't read.
pub(crate) async fn status(request: &Request) -> std::result::Result<Reply, NoReply> {
    patiently(async { open(request).await.map(|(head, _)| head) }).await.unwrap_or(Err(NoReply))
}

/// Waits, but not forever: who never answers must not hold a workspace up.
pub(crate) async fn patiently<T>(work: impl Future<Output = T>) -> Option<T> {
    match select(pin!(work), pin!(Delay::from(PATIENCE))).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}

/// The body in chunks, decompressed.
pub(crate) fn chunks(mut response: Response) -> Result<ByteStream> {
    response.stream()
}

async fn send(request: &Request) -> Result<Response> {
    let headers = Headers::new();
    // The platform asks for gzip and unpacks it by itself.
    for (name, value) in request.headers.iter().filter(|(name, _)| *name != "accept-encoding") {
        headers.set(name, value)?;
    }
    let mut init = RequestInit::new();
    init.with_method(match request.method {
        Method::Get => worker::Method::Get,
        Method::Post => worker::Method::Post,
        Method::Patch => worker::Method::Patch,
        Method::Delete => worker::Method::Delete,
    });
    init.with_headers(headers).with_redirect(RequestRedirect::Manual);
    init.with_body(request.body.as_deref().map(|bytes| Uint8Array::from(bytes).into()));
    Fetch::Request(worker::Request::new_with_init(&request.url, &init)?).send().await
}

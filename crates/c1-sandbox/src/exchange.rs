//! The way of every exchange through the sandbox: faults strike here, and the journal is written here.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use serde_json::Value;

use super::clock::Clock;
use super::conductorone::error::Rejection;
use super::faults::{Fault, FaultKind, Faults, Service};
use super::journal::{self, Journal};
use super::log::Log;
use super::okta::error::OktaError;
use super::serve::Cut;

/// Longest request body that is read, in bytes. Clients of these APIs send a few kilobytes.
const BODY_LIMIT: usize = 4 << 20;

/// How much longer than it should be an answer of kind `huge` is, in bytes, and the pieces in which it comes.
const HUGE: usize = 200 << 20;
const HUGE_PIECE: usize = 64 << 10;

/// Target of redirects: a host that cannot exist (RFC 2606).
const ELSEWHERE: &str = "https://elsewhere.example/";

/// State of one service's exchanges.
#[derive(Clone)]
pub(crate) struct Observer {
    pub(crate) service: Service,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    pub(crate) log: Log,
    pub(crate) clock: Clock,
}

/// Middleware for all routes of a service.
///
/// The exchange runs in a task of its own: a request that was read is carried out and journaled even if its client
/// goes away, as the real services do. This makes dropped responses testable.
pub(crate) async fn observe(State(observer): State<Observer>, request: Request, next: Next) -> Response {
    let service = observer.service;
    match tokio::spawn(conduct(observer, request, next)).await {
        Ok(response) => response,
        Err(_) => failure(service, StatusCode::INTERNAL_SERVER_ERROR, "the sandbox failed; this is a bug in it"),
    }
}

async fn conduct(observer: Observer, request: Request, next: Next) -> Response {
    let cut = request.extensions().get::<ConnectInfo<Cut>>().map(|ConnectInfo(cut)| cut.clone()).unwrap_or_default();
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return failure(observer.service, StatusCode::PAYLOAD_TOO_LARGE, "the body is too long or broke off");
    };
    let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let fault = observer.faults.take(observer.service, parts.method.as_str(), parts.uri.path(), user_agent);
    let mut line = observer.journal.is_on().then(|| journal::Exchange {
        service: observer.service,
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        user_agent: user_agent.to_owned(),
        status: 0,
        request_body: json(&body),
        response_body: Value::Null,
        fault: fault.as_ref().map(|fault| fault.kind),
    });

    let told = (!parts.uri.path().starts_with("/_sandbox/"))
        .then(|| format!("{} {} {}", observer.service.name(), parts.method, parts.uri.path()));
    let tell = |outcome: &str| told.iter().for_each(|told| observer.log.add(format!("{told} {outcome}")));
    let request = Request::from_parts(parts, Body::from(body));
    let response = match &fault {
        Some(fault) if fault.kind == FaultKind::DropBefore => {
            observer.clock.sleep(fault.delay()).await;
            None
        }
        Some(fault) if fault.kind.prevents() => {
            observer.clock.sleep(fault.delay()).await;
            Some(refusal(observer.service, fault))
        }
        _ => Some(next.run(request).await),
    };
    let Some(response) = response else {
        record(&observer.journal, line);
        tell("dropped");
        cut.cut();
        return StatusCode::BAD_GATEWAY.into_response();
    };
    tell(response.status().as_str());

    let (parts, body) = response.into_parts();
    if line.is_none() && fault.is_none() {
        return Response::from_parts(parts, body);
    }
    // Bodies of the sandbox are made in memory and cannot fail.
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    if let Some(line) = &mut line {
        line.status = parts.status.as_u16();
        line.response_body = json(&body);
    }
    record(&observer.journal, line);

    let Some(fault) = fault else { return Response::from_parts(parts, Body::from(body)) };
    if !fault.kind.prevents() && fault.kind != FaultKind::Drip {
        observer.clock.sleep(fault.delay()).await;
    }
    spoiled(&fault, Response::from_parts(parts, Body::empty()), body, cut, observer.clock)
}

/// The answer as the fault leaves it. `response` has its head only.
fn spoiled(fault: &Fault, mut response: Response, body: Bytes, cut: Cut, clock: Clock) -> Response {
    if let (FaultKind::Html, Some(status)) = (fault.kind, fault.status.and_then(|code| StatusCode::from_u16(code).ok()))
    {
        *response.status_mut() = status;
    }
    let headers = response.headers_mut();
    let body = match fault.kind {
        FaultKind::DropAfter => {
            cut.cut();
            return StatusCode::BAD_GATEWAY.into_response();
        }
        FaultKind::Truncate => return truncated(response, &body, cut),
        FaultKind::Status | FaultKind::Delay | FaultKind::DropBefore | FaultKind::Redirect => Body::from(body),
        FaultKind::Close => {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
            Body::from(body)
        }
        FaultKind::Html => {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
            Body::from("<!doctype html><title>Sign in</title><h1>Sign in to the network</h1>")
        }
        FaultKind::Null => Body::from("null"),
        FaultKind::MissingFields => changed(&body, &emptied),
        FaultKind::UnknownFields => changed(&body, &extended),
        FaultKind::WrongTypes => changed(&body, &retyped),
        FaultKind::Huge => {
            let blank = Bytes::from_static(&[b' '; HUGE_PIECE]);
            let pieces = std::iter::once(body).chain(std::iter::repeat_n(blank, HUGE / HUGE_PIECE));
            Body::from_stream(futures::stream::iter(pieces.map(Ok::<_, Infallible>)))
        }
        FaultKind::Drip => {
            let delay = fault.delay();
            let bytes = (0..body.len()).map(move |at| body.slice(at..=at));
            Body::from_stream(futures::stream::iter(bytes).then(move |byte| {
                let clock = clock.clone();
                async move {
                    clock.sleep(delay).await;
                    Ok::<_, Infallible>(byte)
                }
            }))
        }
    };
    // The length that the service gave is that of another body.
    headers.remove(header::CONTENT_LENGTH);
    *response.body_mut() = body;
    response
}

/// A JSON body changed; another one as it is.
fn changed(body: &Bytes, change: &dyn Fn(&mut Value)) -> Body {
    match serde_json::from_slice::<Value>(body) {
        Ok(mut value) => {
            change(&mut value);
            Body::from(value.to_string())
        }
        Err(_) => Body::from(body.clone()),
    }
}

fn emptied(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.clear(),
        Value::Array(items) => items.iter_mut().for_each(emptied),
        _ => {}
    }
}

fn extended(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(extended);
            fields.insert("x_not_in_any_contract".to_owned(), serde_json::json!([{"more": null}]));
        }
        Value::Array(items) => items.iter_mut().for_each(extended),
        _ => {}
    }
}

fn retyped(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(retyped),
        Value::Array(items) => items.iter_mut().for_each(retyped),
        Value::String(_) => *value = Value::from(7),
        Value::Null | Value::Bool(_) | Value::Number(_) => *value = Value::from("text"),
    }
}

/// A JSON body as a value; null for an empty one and for anything else, form posts above all.
fn json(body: &Bytes) -> Value {
    serde_json::from_slice(body).unwrap_or(Value::Null)
}

fn record(journal: &Journal, line: Option<journal::Exchange>) {
    if let Some(line) = line
        && let Err(error) = journal.write(line)
    {
        tracing::error!(%error, "could not write to the journal");
    }
}

/// The answer of a fault that lets nothing be done: a redirect, or a status with the service's own error body.
fn refusal(service: Service, fault: &Fault) -> Response {
    if fault.kind == FaultKind::Redirect {
        return (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, ELSEWHERE)]).into_response();
    }
    let status = fault.status.and_then(|status| StatusCode::from_u16(status).ok());
    let mut response = failure(service, status.unwrap_or(StatusCode::SERVICE_UNAVAILABLE), "a fault ordered by a test");
    if let Some(seconds) = fault.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn failure(service: Service, status: StatusCode, message: &str) -> Response {
    match service {
        Service::ConductorOne => Rejection::with_status(status, message).into_response(),
        Service::Okta => OktaError::with_status(status).into_response(),
    }
}

/// An answer that promises the whole body, brings half of it, and then loses its connection.
fn truncated(mut response: Response, body: &Bytes, cut: Cut) -> Response {
    // An answer without a body is promised one byte that never comes.
    let promised = body.len().max(1);
    let half = body.slice(..body.len() / 2);
    let ending = futures::stream::once(async move {
        // Lets hyper flush the first half before the connection goes.
        tokio::time::sleep(Duration::from_millis(20)).await;
        cut.cut();
        Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionAborted))
    });
    let stream =
        futures::stream::once(async { Ok::<_, Infallible>(half) }).map(|half| half.map_err(|never| match never {}));
    *response.body_mut() = Body::from_stream(stream.chain(ending));
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(promised));
    response
}

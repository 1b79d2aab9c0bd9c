//! Faults as a client sees them, and their effect in the service.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use c1_sandbox::Options;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Bench;

async fn order(bench: &Bench, fault: Value) {
    bench.ok(Method::POST, "/_sandbox/faults", json!([fault])).await;
}

async fn create(bench: &Bench) -> reqwest::Result<reqwest::Response> {
    let request = bench.http.post(bench.c1(&format!("{}/create", bench.connectors())));
    request.bearer_auth(&bench.sandbox.ready().access_token).json(&bench.create_body()).send().await
}

/// A create that starts no sync.
fn create_app(bench: &Bench) -> reqwest::RequestBuilder {
    let request = bench.http.post(bench.c1("/api/v1/apps"));
    request.bearer_auth(&bench.sandbox.ready().access_token).json(&json!({"displayName": "New"}))
}

async fn has_new_app(bench: &Bench) -> bool {
    let state = bench.ok(Method::GET, "/_sandbox/state", Value::Null).await;
    state["apps"].as_array().unwrap().iter().any(|app| app["display_name"] == "New")
}

async fn connectors_made(bench: &Bench) -> usize {
    let state = bench.ok(Method::GET, "/_sandbox/state", Value::Null).await;
    state["connectors"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_status_fault_answers_in_the_services_own_words_and_does_nothing() {
    let bench = Bench::start().await;
    order(
        &bench,
        json!({"service": "conductorone", "method": "POST", "path": "/api/v1/apps/*/connectors/create",
        "kind": "status", "status": 429, "retry_after": 7}),
    )
    .await;
    let answer = create(&bench).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (429, "7"));
    assert_eq!(answer.json::<Value>().await.unwrap()["code"], 8);
    assert_eq!(connectors_made(&bench).await, 0);
    let created = create(&bench).await.unwrap();
    assert_eq!(created.status(), 200, "a fault strikes once");
    // The next fault would strike the new connector's sync.
    let created: Value = created.json().await.unwrap();
    bench.settled(created["connectorView"]["connector"]["id"].as_str().unwrap()).await;

    // A path that the sync of the connector above does not ask for.
    order(&bench, json!({"service": "okta", "path": "/api/v1/org", "kind": "status", "status": 500})).await;
    let answer = bench.http.get(format!("{}/api/v1/org", bench.sandbox.ready().okta_url)).send().await.unwrap();
    assert_eq!(answer.status(), 500);
    assert_eq!(answer.json::<Value>().await.unwrap()["errorCode"], "E0000009");
}

#[tokio::test]
async fn a_delayed_response_is_sent_late_but_the_work_is_done_at_once() {
    let bench = Bench::with_manual_clock(Options::default()).await;
    order(&bench, json!({"service": "conductorone", "path": "/api/v1/apps", "kind": "delay", "delay_ms": 400})).await;
    let request = tokio::spawn(create_app(&bench).send());
    // The scheduler and the delayed response.
    bench.sleepers(2).await;
    assert!(has_new_app(&bench).await);
    bench.advance(Duration::from_millis(399));
    assert!(bench.clock().sleepers() >= 1 && !request.is_finished());
    bench.advance(Duration::from_millis(1));
    assert_eq!(request.await.unwrap().unwrap().status(), 200);
}

#[tokio::test]
async fn a_client_that_stops_waiting_does_not_undo_the_work() {
    let bench = Bench::with_manual_clock(Options::default()).await;
    order(&bench, json!({"service": "conductorone", "path": "/api/v1/apps", "kind": "delay", "delay_ms": 60_000}))
        .await;
    let request = tokio::spawn(create_app(&bench).send());
    bench.sleepers(2).await;
    request.abort();
    assert!(request.await.unwrap_err().is_cancelled());
    assert!(has_new_app(&bench).await);
}

#[tokio::test]
async fn a_dropped_connection_brings_no_answer() {
    let bench = Bench::start().await;
    for (kind, made) in [("drop_before", 0), ("drop_after", 1)] {
        order(&bench, json!({"service": "conductorone", "path": "*/create", "kind": kind})).await;
        let error = create(&bench).await.unwrap_err();
        assert!(error.is_request() && !error.is_timeout(), "{kind}: {error:?}");
        assert_eq!(connectors_made(&bench).await, made, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_connection_is_closed_without_a_single_byte() {
    let bench = Bench::start().await;
    for kind in ["drop_before", "drop_after"] {
        order(&bench, json!({"service": "okta", "kind": kind})).await;
        let mut stream = TcpStream::connect(bench.sandbox.ready().okta_url.strip_prefix("http://").unwrap()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream.write_all(b"GET /.well-known/okta-organization HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut received = Vec::new();
        stream.read_to_end(&mut received).unwrap();
        assert!(received.is_empty(), "{kind}: {}", String::from_utf8_lossy(&received));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_answer_promises_more_than_it_brings() {
    let bench = Bench::start().await;
    let fault = json!({"service": "okta", "path": "/.well-known/*", "kind": "truncate", "times": 2});
    order(&bench, fault).await;
    let url = bench.sandbox.ready().okta_url.clone();
    let answer = bench.http.get(format!("{url}/.well-known/okta-organization")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.bytes().await.is_err());

    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.write_all(b"GET /.well-known/okta-organization HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut received = Vec::new();
    stream.read_to_end(&mut received).unwrap();
    let text = String::from_utf8(received).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let promised = head.to_lowercase().lines().find_map(|line| Some(line.strip_prefix("content-length: ")?.to_owned()));
    let promised: usize = promised.unwrap().parse().unwrap();
    assert!(!body.is_empty() && body.len() < promised, "{text}");
}

#[tokio::test]
async fn an_answer_can_be_spoiled_in_many_ways_while_the_work_is_done() {
    let bench = Bench::start().await;
    for (kind, fits) in [
        ("html", &(|body: &str| body.starts_with("<!doctype html>")) as &dyn Fn(&str) -> bool),
        ("null", &|body| body == "null"),
        ("missing_fields", &|body| body == "{}"),
        ("unknown_fields", &|body| body.matches("x_not_in_any_contract").count() > 2),
        ("wrong_types", &|body| body.contains(r#""id":7"#)),
        ("drip", &|body| serde_json::from_str::<Value>(body).is_ok()),
        ("close", &|body| serde_json::from_str::<Value>(body).is_ok()),
    ] {
        let before = connectors_made(&bench).await;
        order(&bench, json!({"service": "conductorone", "path": "*/create", "kind": kind})).await;
        let answer = create(&bench).await.unwrap();
        assert_eq!(answer.status(), 200, "{kind}");
        let body = answer.text().await.unwrap();
        assert!(fits(&body), "{kind}: {body}");
        assert_eq!(connectors_made(&bench).await, before + 1, "{kind}");
    }
}

#[tokio::test]
async fn a_redirect_and_a_page_of_a_proxy_are_not_the_services_answers() {
    let bench = Bench::start().await;
    order(&bench, json!({"service": "conductorone", "path": "*/create", "kind": "redirect"})).await;
    let answer = create(&bench).await.unwrap();
    assert_eq!((answer.status().as_u16(), connectors_made(&bench).await), (307, 0));
    assert_eq!(answer.headers()["location"], "https://elsewhere.example/");
    order(&bench, json!({"service": "conductorone", "path": "*/create", "kind": "html", "status": 404})).await;
    assert_eq!((create(&bench).await.unwrap().status().as_u16(), connectors_made(&bench).await), (404, 1));
}

#[tokio::test]
async fn a_huge_answer_goes_on_for_200_megabytes_and_is_json_to_the_end() {
    let bench = Bench::start().await;
    order(&bench, json!({"service": "okta", "path": "/.well-known/*", "kind": "huge"})).await;
    let url = format!("{}/.well-known/okta-organization", bench.sandbox.ready().okta_url);
    let mut answer = bench.http.get(url).send().await.unwrap();
    let (mut length, mut end) = (0, 0);
    while let Some(piece) = answer.chunk().await.unwrap() {
        length += piece.len();
        end = *piece.last().unwrap_or(&end);
    }
    assert!(length > 200 << 20, "{length}");
    assert_eq!(end, b' ');
}

#[tokio::test]
async fn a_fault_can_strike_several_times_or_until_taken_back() {
    let bench = Bench::start().await;
    let fault = |times: u32| {
        json!({"service": "conductorone", "method": "GET", "path": "/api/v1/apps", "kind": "status",
        "status": 503, "times": times})
    };
    order(&bench, fault(2)).await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(bench.get("/api/v1/apps?page_size=10").await.0);
    }
    assert_eq!(statuses, [503, 503, 200]);
    order(&bench, fault(0)).await;
    for _ in 0..3 {
        assert_eq!(bench.get("/api/v1/apps").await.0, 503);
    }
    bench.ok(Method::DELETE, "/_sandbox/faults", Value::Null).await;
    assert_eq!(bench.get("/api/v1/apps").await.0, 200);
}

#[tokio::test]
async fn a_fault_that_makes_no_sense_is_refused() {
    let bench = Bench::start().await;
    for fault in [
        json!({"service": "aws", "kind": "delay"}),
        json!({"service": "okta", "kind": "explode"}),
        json!({"service": "okta", "kind": "status", "status": 99}),
        json!({"service": "okta", "kind": "delay", "status": 500}),
        json!({"service": "okta", "kind": "delay", "delay": 5}),
    ] {
        bench.refused(400, 3, Method::POST, "/_sandbox/faults", json!([fault])).await;
    }
    assert!(bench.sandbox.faults().list().is_empty());
}

#[tokio::test]
async fn a_sync_meets_okta_faults_too() {
    let bench = Bench::start().await;
    order(&bench, json!({"service": "okta", "path": "/api/v1/users/me", "kind": "status", "status": 403})).await;
    let id = bench.create().await["id"].as_str().unwrap().to_owned();
    let status = bench.settled(&id).await["status"].clone();
    assert_eq!(status["status"], "SYNC_STATUS_ERROR");
    assert!(status["lastError"].as_str().unwrap().contains("E0000006"), "{status}");
}

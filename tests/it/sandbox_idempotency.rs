//! The same POST with the same key is carried out once.

use std::time::Duration;

use jelou::sandbox::{Fault, SCOPES};
use serde_json::json;

use crate::support::http::Request;
use crate::support::sandbox::{TOKENS, TestSandbox, value};

fn post(name: &str, key: &str) -> Request {
    Request::post(TOKENS, &json!({"name": name})).key(key)
}

#[test]
fn a_lost_answer_is_replayed_with_the_same_value() {
    let sandbox = TestSandbox::new();
    sandbox.inject(Fault::reset_after());
    let lost = post("ci", "k").bearer(sandbox.pat()).try_send(sandbox.port());
    assert!(lost.is_err());
    let replayed = sandbox.ask(post("ci", "k")).expect(201);
    assert_eq!(replayed.header("idempotent-replayed"), Some("true"));
    assert!(sandbox.accepts(value(&replayed.json())));
    assert_eq!(sandbox.tokens("my-function").len(), 2);
    assert_eq!(sandbox.ask(post("ci", "k")).expect(201).body, replayed.body);
}

#[test]
fn the_same_key_for_another_request_is_refused() {
    let sandbox = TestSandbox::new();
    sandbox.ask(post("ci", "k")).expect(201);
    assert_eq!(sandbox.ask(post("other", "k")).refused(422), "KEY_REUSED");
    let elsewhere = Request::post("/v1/functions/other-function/tokens", &json!({"name": "ci"})).key("k");
    assert_eq!(sandbox.ask(elsewhere).refused(422), "KEY_REUSED");
}

#[test]
fn a_key_belongs_to_its_caller_and_for_a_day() {
    let sandbox = TestSandbox::new();
    let first = sandbox.ask(post("ci", "k")).expect(201);
    let other = sandbox.issue_pat(&SCOPES);
    assert_eq!(post("ci", "k").bearer(&other).send(sandbox.port()).refused(409), "CONFLICT");
    sandbox.clock().advance(Duration::from_secs(24 * 60 * 60 - 1));
    assert_eq!(sandbox.ask(post("ci", "k")).expect(201).body, first.body);
    sandbox.clock().advance(Duration::from_secs(1));
    assert_eq!(sandbox.ask(post("ci", "k")).refused(409), "CONFLICT");
}

#[test]
fn a_refusal_is_not_recorded() {
    let sandbox = TestSandbox::new();
    let first = sandbox.ask(post("ci", "a")).expect(201).json();
    assert_eq!(sandbox.ask(post("ci", "b")).refused(409), "CONFLICT");
    sandbox.ask(Request::delete(&format!("{TOKENS}/{}", first["id"].as_str().unwrap()))).expect(200);
    sandbox.ask(post("ci", "b")).expect(201);
}

#[test]
fn a_platform_that_ignores_the_key_answers_the_retry_with_a_conflict() {
    let sandbox = TestSandbox::new();
    sandbox.inject(Fault::key_ignored().always());
    sandbox.ask(post("ci", "k")).expect(201);
    assert_eq!(sandbox.ask(post("ci", "k")).refused(409), "CONFLICT");
}

//! A change is effective at the gateway only when its redeploy is live.

use std::time::Duration;

use jelou::sandbox::{Fault, Sandbox, SandboxClock};
use serde_json::{Value, json};

use crate::support::http::Request;
use crate::support::sandbox::{REDEPLOY, TestSandbox, value};

const DEPLOYMENTS: &str = "/v1/functions/my-function/deployments";

fn deployment(sandbox: &TestSandbox, change: &Value) -> Value {
    let id = change["deployment"]["id"].as_str().unwrap();
    sandbox.ask(Request::get(&format!("{DEPLOYMENTS}/{id}"))).expect(200).json()
}

fn status(sandbox: &TestSandbox, change: &Value) -> String {
    deployment(sandbox, change)["status"].as_str().unwrap().to_owned()
}

fn revoke(sandbox: &TestSandbox, token: &Value) -> Value {
    let path = format!("/v1/functions/my-function/tokens/{}", token["id"].as_str().unwrap());
    sandbox.ask(Request::delete(&path)).expect(200).json()
}

#[test]
fn a_new_token_is_refused_until_its_redeploy_is_live() {
    let sandbox = TestSandbox::standing();
    let created = sandbox.create("ci");
    let value = value(&created);
    assert_eq!(created["deployment"]["status"], "queued");
    sandbox.clock().advance(REDEPLOY / 4);
    assert_eq!(status(&sandbox, &created), "building");
    assert!(!sandbox.accepts(value));
    sandbox.clock().advance(REDEPLOY * 3 / 4);
    assert_eq!(status(&sandbox, &created), "live");
    assert!(sandbox.accepts(value));
}

#[test]
fn a_revoked_token_works_until_its_redeploy_is_live() {
    let sandbox = TestSandbox::standing();
    let created = sandbox.create("ci");
    let value = value(&created);
    sandbox.clock().advance(REDEPLOY);
    revoke(&sandbox, &created);
    assert!(sandbox.accepts(value));
    sandbox.clock().advance(REDEPLOY);
    assert!(!sandbox.accepts(value));
}

#[test]
fn queued_changes_become_one_redeploy_that_is_not_delayed() {
    let sandbox = TestSandbox::standing();
    let first = sandbox.create("one");
    sandbox.clock().advance(REDEPLOY / 8);
    let second = sandbox.create("two");
    let superseded = deployment(&sandbox, &first);
    assert_eq!(superseded["status"], "superseded");
    assert_eq!(superseded["superseded_by"], second["deployment"]["id"]);
    sandbox.clock().advance(REDEPLOY * 7 / 8);
    assert_eq!(status(&sandbox, &second), "live");
    assert!(sandbox.accepts(value(&first)) && sandbox.accepts(value(&second)));
}

#[test]
fn a_change_during_a_build_waits_for_its_own_redeploy() {
    let sandbox = TestSandbox::standing();
    let first = sandbox.create("one");
    sandbox.clock().advance(REDEPLOY / 2);
    let second = sandbox.create("two");
    sandbox.clock().advance(REDEPLOY / 2);
    assert_eq!((status(&sandbox, &first), status(&sandbox, &second)), ("live".to_owned(), "building".to_owned()));
    assert!(sandbox.accepts(value(&first)) && !sandbox.accepts(value(&second)));
    sandbox.clock().advance(REDEPLOY);
    assert!(sandbox.accepts(value(&second)));
}

#[test]
fn a_failed_redeploy_changes_nothing_and_the_next_one_carries_its_change() {
    let sandbox = TestSandbox::standing();
    sandbox.inject(Fault::redeploy_fails());
    let created = sandbox.create("ci");
    let value = value(&created);
    sandbox.clock().advance(REDEPLOY);
    let failed = deployment(&sandbox, &created);
    assert_eq!((&failed["status"], &failed["live_at"]), (&json!("failed"), &Value::Null));
    assert!(failed["error"].is_string());
    assert!(!sandbox.accepts(value) && sandbox.accepts(&sandbox.default_value()));
    assert_eq!(sandbox.ask(Request::get("/v1/functions/my-function")).json()["status"], "failed");

    sandbox.create("other");
    sandbox.clock().advance(REDEPLOY);
    assert!(sandbox.accepts(value));
}

#[test]
fn a_redeploy_that_hangs_ends_with_the_next_change() {
    let sandbox = TestSandbox::standing();
    sandbox.inject(Fault::redeploy_hangs());
    let hangs = sandbox.create("one");
    sandbox.clock().advance(REDEPLOY * 100);
    assert_eq!(status(&sandbox, &hangs), "building");
    let next = sandbox.create("two");
    assert_eq!(deployment(&sandbox, &hangs)["superseded_by"], next["deployment"]["id"]);
    sandbox.clock().advance(REDEPLOY);
    assert!(sandbox.accepts(value(&hangs)));
}

#[test]
fn a_lag_may_last_for_a_number_of_requests() {
    let sandbox = TestSandbox::standing();
    sandbox.inject(Fault::lag(2));
    let created = sandbox.create("ci");
    let value = value(&created);
    sandbox.clock().advance(REDEPLOY);
    assert_eq!(status(&sandbox, &created), "live");
    let seen = [(); 4].map(|()| sandbox.accepts(value));
    assert_eq!(seen, [false, false, true, true]);
}

#[test]
fn a_lag_may_last_for_a_time() {
    let sandbox = TestSandbox::standing();
    let created = sandbox.create("ci");
    let value = value(&created);
    sandbox.clock().advance(REDEPLOY);
    sandbox.inject(Fault::lag_for(Duration::from_secs(5)));
    revoke(&sandbox, &created);
    sandbox.clock().advance(REDEPLOY);
    assert!(sandbox.accepts(value));
    sandbox.clock().advance(Duration::from_secs(5));
    assert!(!sandbox.accepts(value));
}

#[test]
fn a_further_redeploy_does_not_end_a_lag() {
    let sandbox = TestSandbox::standing();
    let second = Duration::from_secs(1);
    sandbox.inject(Fault::lag_for(REDEPLOY * 2 + second));
    let lagging = sandbox.create("lagging");
    sandbox.clock().advance(REDEPLOY);
    let further = sandbox.create("further");
    sandbox.clock().advance(REDEPLOY);
    assert_eq!(status(&sandbox, &further), "live");
    let accepted = || [&lagging, &further].map(|token| sandbox.accepts(value(token)));
    assert_eq!(accepted(), [false, false]);
    sandbox.clock().advance(REDEPLOY + second);
    assert_eq!(accepted(), [true, true]);
}

#[test]
fn a_gateway_that_lags_twice_uses_what_was_before_both() {
    let sandbox = TestSandbox::new();
    sandbox.inject(Fault::lag(2).times(2));
    let tokens = [sandbox.create("one"), sandbox.create("two")];
    let seen = [(); 3].map(|()| sandbox.accepts(value(&tokens[0])));
    assert_eq!(seen, [false, false, true]);
    assert!(sandbox.accepts(value(&tokens[1])));
}

#[test]
fn secrets_redeploy_once_for_all_that_are_set_together() {
    let sandbox = TestSandbox::standing();
    let before = sandbox.deployments("my-function").len();
    let path = "/v1/functions/my-function/secrets";
    let body = json!({"secrets": {"B_KEY": "jfn_rt_sbx_other", "A_KEY": "two"}});
    let set = sandbox.ask(Request::put(path, &body)).expect(200);
    assert!(!set.text().contains("jfn_rt_sbx_other"));
    assert_eq!(sandbox.deployments("my-function").len(), before + 1);
    assert!(sandbox.secret_is("my-function", "B_KEY", "jfn_rt_sbx_other"));
    assert!(!sandbox.secret_is("my-function", "B_KEY", "two"));

    let listed = sandbox.ask(Request::get(path)).expect(200).json();
    let keys: Vec<&str> =
        listed["items"].as_array().unwrap().iter().map(|item| item["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["A_KEY", "B_KEY"]);
    let deleted = sandbox.ask(Request::delete(&format!("{path}/A_KEY"))).expect(200).json();
    assert_eq!(deleted["deleted"], true);
    for body in [json!({"secrets": {}}), json!({"secrets": {"lower": "x"}})] {
        assert_eq!(sandbox.ask(Request::put(path, &body)).refused(422), "VALIDATION_ERROR");
    }
}

#[test]
fn each_request_moves_a_ticking_clock() {
    let clock = SandboxClock::ticking(Duration::from_secs(10));
    let sandbox = TestSandbox::of(Sandbox::builder().example_fixture().clock(clock).redeploy_delay(REDEPLOY));
    let created = sandbox.create("ci");
    let seen = [(); 4].map(|()| status(&sandbox, &created));
    assert_eq!(seen, ["building", "building", "building", "live"]);
}

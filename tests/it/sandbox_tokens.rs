//! The sandbox keeps the platform's rules on tokens.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::http::Request;
use crate::support::sandbox::{TOKENS, TestSandbox, value};

fn id(token: &Value) -> String {
    format!("{TOKENS}/{}", token["id"].as_str().unwrap())
}

fn default_path(sandbox: &TestSandbox) -> String {
    format!("{TOKENS}/{}", sandbox.tokens("my-function")[0].id)
}

fn create_for_an_hour(sandbox: &TestSandbox) -> Value {
    let body = json!({"name": "ci", "expires_in_seconds": 3600});
    sandbox.ask(Request::post(TOKENS, &body)).expect(201).json()
}

fn rotate(sandbox: &TestSandbox, path: &str, grace: &Value) -> Value {
    sandbox.ask(Request::post(&format!("{path}/rotate"), &json!({"grace_seconds": grace}))).expect(201).json()
}

#[test]
fn a_value_is_shown_once_and_in_no_later_answer() {
    let sandbox = TestSandbox::new();
    let created = sandbox.create("ci");
    let value = value(&created);
    assert!(value.starts_with("jfn_rt_sbx_"));
    assert_eq!((value.len() % 3, sandbox.pat().len() % 3), (0, 0), "base64 of a longer text still contains it");
    assert_eq!(created["prefix"].as_str().unwrap(), &value[.."jfn_rt_sbx_".len() + 4]);
    for request in [Request::get(TOKENS), Request::get(&id(&created)), Request::delete(&id(&created))] {
        let answer = sandbox.ask(request).expect(200);
        assert!(!answer.text().contains(value));
    }
}

#[test]
fn a_name_belongs_to_one_token() {
    let sandbox = TestSandbox::new();
    let first = sandbox.create("ci");
    let again = || sandbox.ask(Request::post(TOKENS, &json!({"name": "ci"})));
    assert_eq!(again().refused(409), "CONFLICT");
    sandbox.ask(Request::delete(&id(&first))).expect(200);
    again().expect(201);
}

#[test]
fn an_invalid_name_or_lifetime_is_refused() {
    let sandbox = TestSandbox::new();
    for body in [
        json!({"name": ""}),
        json!({"name": "a b"}),
        json!({"name": "tok_1"}),
        json!({"name": "jfn_1"}),
        json!({"name": "x".repeat(65)}),
        json!({"name": "ci", "expires_in_seconds": 0}),
        json!({"name": "ci", "expires_in_seconds": -1}),
        json!({"name": "ci", "expires_in_seconds": 1.5}),
        json!({"name": "ci", "expires_in_seconds": "1h"}),
        json!({"name": "ci", "expires_in_seconds": 100 * 366 * 24 * 60 * 60_u64 + 1}),
        json!({}),
    ] {
        assert_eq!(sandbox.ask(Request::post(TOKENS, &body)).refused(422), "VALIDATION_ERROR", "{body}");
    }
}

#[test]
fn a_new_token_takes_a_lifetime_and_not_a_time() {
    let sandbox = TestSandbox::new();
    let body = json!({"name": "ci", "expires_at": "2027-01-01T00:00:00Z"});
    assert_eq!(sandbox.ask(Request::post(TOKENS, &body)).refused(422), "VALIDATION_ERROR");
    assert!(sandbox.take_violations()[0].contains("`expires_at`"));
}

#[test]
fn the_last_active_token_can_be_neither_revoked_nor_disabled() {
    let sandbox = TestSandbox::new();
    let last = default_path(&sandbox);
    let disable = json!({"status": "disabled"});
    assert_eq!(sandbox.ask(Request::delete(&last)).refused(409), "CONFLICT");
    assert_eq!(sandbox.ask(Request::patch(&last, &disable)).refused(409), "CONFLICT");

    let other = sandbox.create("ci");
    sandbox.ask(Request::patch(&id(&other), &disable)).expect(200);
    assert_eq!(sandbox.ask(Request::delete(&last)).refused(409), "CONFLICT");
    sandbox.ask(Request::patch(&id(&other), &json!({"status": "active"}))).expect(200);
    sandbox.ask(Request::delete(&last)).expect(200);
}

#[test]
fn a_disabled_token_is_listed_and_refused_until_it_is_enabled() {
    let sandbox = TestSandbox::new();
    let created = sandbox.create("ci");
    let value = value(&created);
    assert!(sandbox.accepts(value));
    let disabled = sandbox.ask(Request::patch(&id(&created), &json!({"status": "disabled"}))).expect(200).json();
    assert_eq!(disabled["status"], "disabled");
    assert!(!sandbox.accepts(value));
    sandbox.ask(Request::patch(&id(&created), &json!({"status": "active"}))).expect(200);
    assert!(sandbox.accepts(value));
}

#[test]
fn an_invalid_change_is_refused() {
    let sandbox = TestSandbox::new();
    let path = id(&sandbox.create("ci"));
    for body in [
        json!({}),
        json!({"status": "expired"}),
        json!({"expires_at": "2020-01-01T00:00:00Z"}),
        json!({"expires_at": "tomorrow"}),
        json!({"expires_in_seconds": 0}),
        json!({"expires_at": "2027-01-01T00:00:00Z", "expires_in_seconds": 60}),
        json!({"expires_at": null, "expires_in_seconds": 60}),
    ] {
        assert_eq!(sandbox.ask(Request::patch(&path, &body)).refused(422), "VALIDATION_ERROR", "{body}");
    }
}

#[test]
fn an_expiry_takes_effect_by_itself_and_null_clears_it() {
    let sandbox = TestSandbox::new();
    let created = create_for_an_hour(&sandbox);
    let value = value(&created);
    assert!(sandbox.accepts(value));
    sandbox.clock().advance(Duration::from_secs(3600));
    assert!(!sandbox.accepts(value));
    assert_eq!(sandbox.ask(Request::get(&id(&created))).expect(200).json()["status"], "expired");
    let cleared = sandbox.ask(Request::patch(&id(&created), &json!({"expires_at": null}))).expect(200).json();
    assert_eq!((&cleared["status"], &cleared["expires_at"]), (&json!("active"), &Value::Null));
    assert!(sandbox.accepts(value));
}

#[test]
fn a_lifetime_is_counted_by_the_clock_of_the_sandbox() {
    let sandbox = TestSandbox::new();
    sandbox.clock().advance(Duration::from_secs(300));
    let created = create_for_an_hour(&sandbox);
    assert_eq!(created["expires_at"], "2026-04-05T10:05:00Z");
    sandbox.clock().advance(Duration::from_secs(300));
    let longer = Request::patch(&id(&created), &json!({"expires_in_seconds": 7200}));
    assert_eq!(sandbox.ask(longer).expect(200).json()["expires_at"], "2026-04-05T11:10:00Z");
    sandbox.clock().advance(Duration::from_secs(7199));
    assert!(sandbox.accepts(value(&created)));
    sandbox.clock().advance(Duration::from_secs(1));
    assert!(!sandbox.accepts(value(&created)));
}

#[test]
fn last_used_at_is_set_by_an_accepted_request_only() {
    let sandbox = TestSandbox::new();
    assert_eq!(sandbox.tokens("my-function")[0].last_used_at, None);
    sandbox.clock().advance(Duration::from_secs(5));
    assert!(!sandbox.accepts("jfn_rt_sbx_wrong"));
    assert_eq!(sandbox.tokens("my-function")[0].last_used_at, None);
    assert!(sandbox.accepts(&sandbox.default_value()));
    assert_eq!(sandbox.tokens("my-function")[0].last_used_at, Some(sandbox.clock().now()));
}

#[test]
fn after_a_rotation_both_are_accepted_until_the_old_one_is_revoked() {
    let sandbox = TestSandbox::new();
    let (old_path, old_value) = (default_path(&sandbox), sandbox.default_value());
    let new = rotate(&sandbox, &old_path, &Value::Null);
    let new_value = value(&new);
    assert_eq!(new["name"], "default");
    assert_eq!(new["replaces"]["id"].as_str().unwrap(), &old_path[TOKENS.len() + 1..]);
    assert_eq!(new["replaces"]["expires_at"], Value::Null);
    assert_eq!(sandbox.ask(Request::get(&old_path)).expect(200).json()["replaced_by"], new["id"]);
    assert!(sandbox.accepts(&old_value) && sandbox.accepts(new_value));

    sandbox.ask(Request::delete(&old_path)).expect(200);
    assert!(!sandbox.accepts(&old_value) && sandbox.accepts(new_value));
    assert_eq!(sandbox.ask(Request::delete(&id(&new))).refused(409), "CONFLICT");
}

#[test]
fn revoking_the_new_one_undoes_a_rotation() {
    let sandbox = TestSandbox::new();
    let (old_path, old_value) = (default_path(&sandbox), sandbox.default_value());
    let new = rotate(&sandbox, &old_path, &json!(600));
    assert_eq!(new["replaces"]["expires_at"], "2026-04-05T09:10:00Z");
    sandbox.ask(Request::delete(&id(&new))).expect(200);
    let old = sandbox.ask(Request::get(&old_path)).expect(200).json();
    assert_eq!((&old["replaced_by"], &old["expires_at"]), (&Value::Null, &Value::Null));
    sandbox.clock().advance(Duration::from_secs(3600));
    assert!(sandbox.accepts(&old_value) && !sandbox.accepts(value(&new)));
}

#[test]
fn a_grace_period_ends_by_itself() {
    let sandbox = TestSandbox::new();
    let old_value = sandbox.default_value();
    let new = rotate(&sandbox, &default_path(&sandbox), &json!(600));
    sandbox.clock().advance(Duration::from_secs(599));
    assert!(sandbox.accepts(&old_value));
    sandbox.clock().advance(Duration::from_secs(1));
    assert!(!sandbox.accepts(&old_value) && sandbox.accepts(value(&new)));
}

#[test]
fn a_token_is_rotated_once_and_revoking_one_in_a_chain_joins_its_neighbours() {
    let sandbox = TestSandbox::new();
    let first = default_path(&sandbox);
    let second = rotate(&sandbox, &first, &Value::Null);
    let again = Request::post(&format!("{first}/rotate"), &json!({"grace_seconds": null}));
    assert_eq!(sandbox.ask(again).refused(409), "CONFLICT");
    let third = rotate(&sandbox, &id(&second), &Value::Null);
    sandbox.ask(Request::delete(&id(&second))).expect(200);
    assert_eq!(sandbox.ask(Request::get(&first)).expect(200).json()["replaced_by"], third["id"]);
}

#[test]
fn a_rotated_token_lives_as_long_as_the_old_one_was_to_live() {
    let sandbox = TestSandbox::new();
    let old = create_for_an_hour(&sandbox);
    sandbox.clock().advance(Duration::from_secs(1800));
    assert_eq!(rotate(&sandbox, &id(&old), &Value::Null)["expires_at"], "2026-04-05T10:30:00Z");
}

#[test]
fn a_rotation_may_ask_for_a_lifetime_of_its_own() {
    let sandbox = TestSandbox::new();
    let old = create_for_an_hour(&sandbox);
    let rotate = |body: Value| sandbox.ask(Request::post(&format!("{}/rotate", id(&old)), &body));
    rotate(json!({"grace_seconds": null, "expires_in_seconds": 0})).refused(422);
    let new = rotate(json!({"grace_seconds": 60, "expires_in_seconds": 120})).expect(201).json();
    assert_eq!(new["expires_at"], "2026-04-05T09:02:00Z");
    assert_eq!(new["replaces"]["expires_at"], "2026-04-05T09:01:00Z");
}

#[test]
fn what_does_not_exist_is_not_found() {
    let sandbox = TestSandbox::new();
    for request in [
        Request::get("/v1/functions/absent"),
        Request::get("/v1/functions/absent/tokens"),
        Request::get(&format!("{TOKENS}/tok_absent")),
        Request::delete(&format!("{TOKENS}/tok_absent")),
        Request::delete("/v1/functions/my-function/secrets/ABSENT"),
        Request::get("/v1/functions/my-function/deployments/dep_absent"),
    ] {
        let answer = sandbox.ask(request);
        assert_eq!(answer.json()["error"], "NotFound");
        assert_eq!(answer.refused(404), "NOT_FOUND");
    }
}

#[test]
fn a_function_that_was_never_deployed_has_no_tokens() {
    let sandbox = TestSandbox::new();
    sandbox.ask(Request::post("/v1/functions", &json!({"slug": "fresh", "name": "Fresh"}))).expect(201);
    let create = Request::post("/v1/functions/fresh/tokens", &json!({"name": "ci"}));
    assert_eq!(sandbox.ask(create).refused(409), "CONFLICT");
    assert!(sandbox.tokens("fresh").is_empty());
}

#[test]
fn lists_come_in_pages() {
    let sandbox = TestSandbox::new();
    for number in 0..4 {
        sandbox.create(&format!("ci-{number}"));
    }
    let mut names = Vec::new();
    let mut query = "limit=2".to_owned();
    loop {
        let page = sandbox.ask(Request::get(&format!("{TOKENS}?{query}"))).expect(200).json();
        names.extend(page["items"].as_array().unwrap().iter().map(|token| token["name"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        query = format!("limit=2&cursor={cursor}");
    }
    assert_eq!(names, ["default", "ci-0", "ci-1", "ci-2", "ci-3"]);
    for wrong in ["limit=0", "limit=1001", "limit=x", "cursor=!"] {
        assert_eq!(sandbox.ask(Request::get(&format!("{TOKENS}?{wrong}"))).refused(422), "VALIDATION_ERROR");
    }
}

#[test]
fn revoking_the_token_that_a_cursor_names_skips_none() {
    let sandbox = TestSandbox::new();
    let named = sandbox.create("ci-0");
    sandbox.create("ci-1");
    let first = sandbox.ask(Request::get(&format!("{TOKENS}?limit=2"))).expect(200).json();
    sandbox.ask(Request::delete(&id(&named))).expect(200);
    let rest = format!("{TOKENS}?cursor={}", first["next_cursor"].as_str().unwrap());
    let rest = sandbox.ask(Request::get(&rest)).expect(200).json();
    assert_eq!((&rest["items"][0]["name"], &rest["next_cursor"]), (&json!("ci-1"), &Value::Null));
}

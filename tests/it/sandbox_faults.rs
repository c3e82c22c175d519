//! Scripted faults: what each does, and to which requests.

use std::io::ErrorKind;
use std::time::Duration;

use jelou::sandbox::{Fault, RetryAfter, Sandbox, SandboxClock, Scenario};
use serde_json::json;

use crate::support::http::{Connection, Request};
use crate::support::running::until;
use crate::support::sandbox::{TOKENS, TestSandbox};

fn post(name: &str) -> Request {
    Request::post(TOKENS, &json!({"name": name}))
}

fn names(sandbox: &TestSandbox) -> Vec<String> {
    sandbox.tokens("my-function").into_iter().map(|token| token.name).collect()
}

#[test]
fn a_status_answers_the_next_matching_requests_and_changes_nothing() {
    let sandbox = TestSandbox::new();
    sandbox.inject(Fault::status(503).method("POST").path("/v1/functions/*/tokens").times(2));
    sandbox.ask(Request::get(TOKENS)).expect(200);
    assert_eq!(sandbox.ask(post("ci")).refused(503), "UNAVAILABLE");
    assert_eq!(sandbox.ask(post("ci")).refused(503), "UNAVAILABLE");
    assert_eq!(names(&sandbox), ["default"]);
    sandbox.ask(post("ci")).expect(201);
    assert_eq!(sandbox.requests()[1].faults, ["status"]);
}

#[test]
fn a_status_may_have_a_retry_after() {
    let sandbox = TestSandbox::new();
    let two = Duration::from_secs(2);
    for (form, expected) in [
        (RetryAfter::Seconds(2), "2"),
        (RetryAfter::ImfFixdate(two), "Sun, 05 Apr 2026 09:00:02 GMT"),
        (RetryAfter::Rfc850(two), "Sunday, 05-Apr-26 09:00:02 GMT"),
        (RetryAfter::Asctime(two), "Sun Apr  5 09:00:02 2026"),
    ] {
        sandbox.inject(Fault::status(429).retry_after(form));
        let answer = sandbox.ask(Request::get("/v1/me")).expect(429);
        assert_eq!(answer.header("retry-after"), Some(expected));
    }
    sandbox.inject(Fault::status(409).code("IN_PROGRESS"));
    assert_eq!(sandbox.ask(Request::get("/v1/me")).refused(409), "IN_PROGRESS");
}

#[test]
fn a_reset_before_loses_the_request_and_a_reset_after_the_answer() {
    let sandbox = TestSandbox::new();
    sandbox.inject(Fault::reset_before());
    sandbox.inject(Fault::reset_after());
    for (name, expected) in [("before", vec!["default"]), ("after", vec!["default", "after"])] {
        let error = post(name).bearer(sandbox.pat()).try_send(sandbox.port()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        assert_eq!(names(&sandbox), expected);
    }
    assert_eq!(sandbox.requests()[1].status, None);
}

#[test]
fn a_truncated_answer_ends_early_after_the_change() {
    let sandbox = TestSandbox::new();
    sandbox.inject(Fault::truncated());
    let request = post("ci").key("k").bearer(sandbox.pat());
    let mut connection = Connection::open(sandbox.port()).unwrap();
    connection.write(&request).unwrap();
    let received = String::from_utf8(connection.read_to_its_end()).unwrap();
    let (head, half) = received.split_once("\r\n\r\n").unwrap();
    assert_eq!(names(&sandbox), ["default", "ci"]);

    let whole = request.send(sandbox.port()).expect(201).text();
    assert!(head.starts_with("HTTP/1.1 201 "), "{head}");
    assert!(head.contains(&format!("content-length: {}", whole.len())), "{head}");
    assert_eq!(half, &whole[..whole.len() / 2]);
}

#[test]
fn html_garbled_and_oversized_answers_are_complete() {
    let sandbox = TestSandbox::new();
    sandbox.inject(Fault::garbled());
    let garbled = sandbox.ask(post("ci")).expect(201);
    assert!(serde_json::from_slice::<serde_json::Value>(&garbled.body).is_err());
    assert_eq!(names(&sandbox), ["default", "ci"]);

    sandbox.inject(Fault::oversized());
    assert!(sandbox.ask(Request::get("/v1/me")).expect(200).body.len() > 10_000_000);

    sandbox.inject(Fault::html(200));
    let html = sandbox.ask(Request::get("/v1/me")).expect(200);
    assert_eq!(html.header("content-type"), Some("text/html; charset=utf-8"));

    sandbox.inject(Fault::answer(200, "null"));
    assert_eq!(sandbox.ask(Request::get("/v1/me")).expect(200).text(), "null");
}

#[test]
fn a_patch_changes_the_answer_and_not_the_platform() {
    let sandbox = TestSandbox::new();
    sandbox.inject(Fault::patch(json!({"token": "two\nlines", "status": "paused", "extra": 1})));
    let patched = sandbox.ask(post("ci")).expect(201).json();
    assert_eq!((&patched["token"], &patched["status"]), (&json!("two\nlines"), &json!("paused")));
    assert_eq!(sandbox.tokens("my-function")[1].status.as_str(), "active");

    sandbox
        .inject(Fault::patch(json!({"name": null, "deployment": {"error": "x", "reason": null}, "new": {"a": null}})));
    let patched = sandbox.ask(post("cd")).expect(201).json();
    assert_eq!((patched.get("name"), &patched["new"]), (None, &json!({})));
    let deployment = &patched["deployment"];
    assert_eq!((&deployment["error"], deployment.get("reason")), (&json!("x"), None));
    assert_eq!(deployment["function"], "my-function");
}

#[test]
fn a_retry_after_may_be_added_to_the_platforms_answer() {
    let sandbox = TestSandbox::new();
    sandbox.inject(Fault::add_retry_after(RetryAfter::Seconds(3)).method("GET").path("/v1/functions/*/deployments/*"));
    let id = sandbox.create("ci")["deployment"]["id"].as_str().unwrap().to_owned();
    let poll = sandbox.ask(Request::get(&format!("/v1/functions/my-function/deployments/{id}"))).expect(200);
    assert_eq!((poll.header("retry-after"), &poll.json()["status"]), (Some("3"), &json!("live")));
}

#[test]
fn a_redirect_goes_to_its_address() {
    let sandbox = TestSandbox::new();
    sandbox.inject(Fault::redirect_to("http://127.0.0.1:9/elsewhere"));
    let answer = sandbox.ask(Request::get("/v1/me")).expect(307);
    assert_eq!(answer.header("location"), Some("http://127.0.0.1:9/elsewhere"));
}

#[test]
fn a_delayed_request_is_carried_out_also_if_the_client_has_gone() {
    for clock in [SandboxClock::manual(), SandboxClock::system()] {
        delayed_request_without_its_client(&TestSandbox::of(Sandbox::builder().example_fixture().clock(clock)));
    }
}

fn delayed_request_without_its_client(sandbox: &TestSandbox) {
    sandbox.inject(Fault::delay(Duration::from_secs(30)));
    let mut connection = Connection::open(sandbox.port()).unwrap();
    connection.write(&post("ci").key("k").bearer(sandbox.pat())).unwrap();
    // The key is claimed, so that the request has arrived, when the same one is refused as still
    // running.
    let again = || sandbox.ask(post("ci").key("k"));
    until("the request in the log", || sandbox.requests().pop());
    let running = again();
    assert_eq!(running.header("retry-after"), Some("1"));
    assert_eq!(running.json()["error"], "Conflict");
    assert_eq!(running.refused(409), "IN_PROGRESS");
    assert_eq!(names(sandbox), ["default"]);
    drop(connection);
    sandbox.clock().advance(Duration::from_secs(30));
    until("the token", || names(sandbox).into_iter().find(|name| name == "ci"));
    assert_eq!(again().expect(201).header("idempotent-replayed"), Some("true"));
}

/// A request that hangs before is carried out once it is released; one that hangs after has been.
#[test]
fn a_request_hangs_until_it_is_released() {
    for (fault, held) in [(Fault::hang_before(), vec!["default"]), (Fault::hang_after(), vec!["default", "ci"])] {
        let sandbox = TestSandbox::new();
        sandbox.inject(fault);
        let mut connection = Connection::open(sandbox.port()).unwrap();
        connection.write(&post("ci").key("k").bearer(sandbox.pat())).unwrap();
        until("a held request", || (sandbox.held() == 1).then_some(()));
        assert_eq!(
            (names(&sandbox), sandbox.requests()[0].status),
            (held.into_iter().map(str::to_owned).collect(), None)
        );
        sandbox.release();
        until("its answer", || sandbox.requests()[0].status);
        assert_eq!((sandbox.held(), names(&sandbox)), (0, vec!["default".to_owned(), "ci".to_owned()]));
    }
}

#[test]
fn a_status_after_the_change_hides_it() {
    let sandbox = TestSandbox::new();
    sandbox.inject(Fault::status_after(408));
    sandbox.ask(post("ci")).refused(408);
    assert_eq!(names(&sandbox), ["default", "ci"]);
}

/// The answer of an earlier request of the same kind: the method and the route are the same.
#[test]
fn a_replay_answers_another_question() {
    let sandbox = TestSandbox::new();
    sandbox.create("not-seen-by-the-fault");
    sandbox.inject(Fault::replay().method("POST").after(2));
    let first = sandbox.create("first");
    sandbox.ask(post("first")).refused(409);
    let second = sandbox.ask(post("second")).expect(201);
    assert_eq!(second.json(), first);
    assert_eq!(names(&sandbox), ["default", "not-seen-by-the-fault", "first", "second"]);
    sandbox.inject(Fault::replay());
    sandbox.ask(Request::get("/v1/me")).expect(200);
    assert_eq!(sandbox.create("third")["name"], "third", "no earlier answer is kept for a fault that comes later");
}

#[test]
fn a_fault_lets_requests_pass_first() {
    let sandbox = TestSandbox::new();
    sandbox.inject(Fault::status(503).method("GET").after(1).times(2));
    sandbox.inject(Fault::redeploy_fails().after(1));
    sandbox.create("one");
    sandbox.create("two");
    let statuses = [(); 4].map(|()| sandbox.ask(Request::get("/v1/me")).status);
    assert_eq!(statuses, [200, 503, 503, 200]);
    let results: Vec<_> = sandbox.deployments("my-function").iter().map(|one| one.status.as_str().to_owned()).collect();
    assert_eq!(results[..2], ["failed", "live"], "the newest first");
}

#[test]
fn a_redeploy_fault_waits_for_a_request_that_starts_a_redeploy() {
    let sandbox = TestSandbox::new();
    sandbox.ask(post("ci").key("k")).expect(201);
    sandbox.inject(Fault::redeploy_fails());
    sandbox.inject(Fault::lag(1));
    sandbox.send(&post("more")).refused(401);
    sandbox.ask(post("ci")).refused(409);
    sandbox.ask(Request::delete(&format!("{TOKENS}/tok_absent"))).refused(404);
    assert_eq!(sandbox.ask(post("ci").key("k")).expect(201).header("idempotent-replayed"), Some("true"));
    assert!(sandbox.requests().iter().all(|entry| entry.faults.is_empty()), "{:?}", sandbox.requests());
    sandbox.create("more");
    assert_eq!(sandbox.requests().last().unwrap().faults, ["redeploy-fails", "lag"]);
    assert_eq!(sandbox.deployments("my-function")[0].status.as_str(), "failed");
}

#[test]
fn a_rate_limit_counts_the_requests_of_a_second() {
    let builder = Sandbox::builder().example_fixture().clock(SandboxClock::manual()).rate_limit(2);
    let sandbox = TestSandbox::of(builder);
    let statuses = [(); 3].map(|()| sandbox.ask(Request::get("/v1/me")).status);
    assert_eq!(statuses, [200, 200, 429]);
    assert_eq!(sandbox.ask(Request::get("/v1/me")).header("retry-after"), Some("1"));
    let nowhere = Request::new("PATCH", "/v1/nowhere");
    assert_eq!(sandbox.ask(nowhere).status, 429, "the limit comes before the route");
    assert!(sandbox.accepts(&sandbox.default_value()), "the gateway has no limit");
    sandbox.clock().advance(Duration::from_secs(1));
    sandbox.ask(Request::get("/v1/me")).expect(200);
}

#[test]
fn a_fault_may_be_for_the_gateway_alone() {
    let sandbox = TestSandbox::of(
        Sandbox::builder().example_fixture().fault(Fault::parse("status=502 gateway /fn/my-function/** x*").unwrap()),
    );
    sandbox.ask(Request::get("/v1/me")).expect(200);
    sandbox.send(&Request::get("/fn/my-function/mcp")).expect(502);
    sandbox.send(&Request::get("/fn/other-function/__health")).expect(200);
    sandbox.clear_faults();
    sandbox.send(&Request::get("/fn/my-function/mcp")).expect(401);
}

#[test]
fn a_scenario_is_settings_and_faults() {
    let text = r#"{"seed":7,"redeploy_delay":"2s","rate_limit":5,"faults":["status=503 x2","lag=1"]}"#;
    let scenario = Scenario::parse(text).unwrap();
    let settings = (scenario.seed, scenario.redeploy_delay, scenario.rate_limit);
    assert_eq!(settings, (Some(7), Some(Duration::from_secs(2)), Some(5)));
    assert_eq!((scenario.faults.len(), Scenario::parse("{}").unwrap().faults.len()), (2, 0));
    for (text, word) in [
        (r#"{"fault":[]}"#, "`fault`"),
        (r#"{"redeploy_delay":"soon"}"#, "`soon`"),
        (r#"{"faults":["boom"]}"#, "`boom`"),
        ("{", "line 1: it ends too early"),
        ("[7, null, null, []]", "expected an object, found a list"),
    ] {
        let message = Scenario::parse(text).unwrap_err().message();
        assert!(message.contains(word), "{message}");
    }
}

//! The admin plane: faults, request log and clock of a running sandbox.

use jelou::sandbox::{Plane, Sandbox, SandboxClock};
use serde_json::json;

use crate::support::http::Request;
use crate::support::sandbox::TestSandbox;

#[test]
fn faults_are_added_listed_and_cleared() {
    let sandbox = TestSandbox::new();
    let specs = json!({"faults": ["status=503 GET /v1/me x2", "delay=1ms x*"]});
    let listed = sandbox.send(&Request::new("POST", "/__sandbox/faults").json(&specs)).expect(201).json();
    assert_eq!(
        listed,
        json!({"faults": [{"name": "status", "left": 2, "spec": "status=503 GET /v1/me x2", "fired": 0},
        {"name": "delay", "left": null, "spec": "delay=1ms x*", "fired": 0}]})
    );
    sandbox.send(&Request::delete("/__sandbox/faults")).expect(200);
    sandbox.ask(Request::get("/v1/me")).expect(200);
}

#[test]
fn one_invalid_fault_adds_none() {
    let sandbox = TestSandbox::new();
    let specs = json!({"faults": ["status=503", "boom"]});
    let answer = sandbox.send(&Request::new("POST", "/__sandbox/faults").json(&specs));
    assert!(answer.text().contains("`boom`"));
    assert_eq!(answer.refused(422), "VALIDATION_ERROR");
    for (body, said) in [
        (r#"{"faults": [3]}"#, "The body is not valid: `faults[0]`: expected a text, found `3`"),
        (r#"{"faults": "garbled"}"#, "The body is not valid: `faults`: expected a list, found a text"),
        (r#"["garbled"]"#, "The body is not valid: expected an object, found a list"),
        (r#"{"fault": []}"#, "there is no key `fault`; the keys here are `faults`"),
        ("", "The body is not JSON: line 1: it ends too early"),
        ("faults = []", "The body is not JSON: line 1: "),
    ] {
        let answer = sandbox.send(&Request::new("POST", "/__sandbox/faults").body(body));
        assert!(answer.text().contains(said), "{body}: {}", answer.text());
        answer.refused(422);
    }
    assert_eq!(sandbox.send(&Request::get("/__sandbox/faults")).json(), json!({"faults": []}));
}

#[test]
fn the_request_log_can_be_followed_and_leaves_out_requests_for_it() {
    let sandbox = TestSandbox::new();
    for _ in 0..3 {
        sandbox.ask(Request::get("/v1/me")).expect(200);
    }
    let read = |query: &str| sandbox.send(&Request::get(&format!("/__sandbox/journal{query}"))).expect(200).json();
    assert_eq!(read("")["entries"].as_array().unwrap().len(), 3);
    let rest = read("?after=2");
    assert_eq!((&rest["entries"][0]["number"], &rest["entries"][0]["credential"]), (&json!(3), &json!("pat")));
    assert_eq!(rest["violations"], json!([]));
}

#[test]
fn the_clock_is_moved() {
    for clock in [SandboxClock::manual(), SandboxClock::system()] {
        let sandbox = TestSandbox::of(Sandbox::builder().clock(clock));
        let before = sandbox.clock().now();
        let advance = Request::new("POST", "/__sandbox/clock/advance");
        sandbox.send(&advance.clone().json(&json!({"by": "10m"}))).expect(200);
        assert!(before.duration_until(sandbox.clock().now()) >= jiff::SignedDuration::from_mins(10));
        sandbox.send(&advance.json(&json!({"by": "soon"}))).refused(422);
    }
}

#[test]
fn a_page_in_a_browser_is_refused() {
    let sandbox = TestSandbox::new();
    let read = Request::get("/__sandbox/journal");
    sandbox.send(&read.clone().header("Origin", "http://localhost:3000")).refused(403);
    assert_eq!(sandbox.violations(), Vec::<String>::new());
    sandbox.send(&read.host("rebound.example")).refused(403);
    assert_eq!(sandbox.take_violations().len(), 1);
}

#[test]
fn a_credential_is_a_violation_there_too() {
    let sandbox = TestSandbox::new();
    sandbox.ask(Request::get("/__sandbox/faults")).expect(200);
    let violations = sandbox.take_violations();
    assert!(
        violations.len() == 1 && violations[0].contains("a credential at the sandbox's own plane"),
        "{violations:?}"
    );
    let entry = &sandbox.requests()[0];
    assert_eq!((entry.plane, entry.path.as_str(), entry.status), (Plane::Sandbox, "/__sandbox/faults", Some(200)));
}

#[test]
fn it_serves_on_the_runtime_of_the_caller_until_it_is_dropped() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (sandbox, server) = Sandbox::builder().example_fixture().bind().unwrap();
        let serving = tokio::spawn(server.serve());
        let (port, pat) = (sandbox.port(), sandbox.pat().to_owned());
        let asked = tokio::task::spawn_blocking(move || Request::get("/v1/me").bearer(&pat).send(port));
        asked.await.unwrap().expect(200);
        drop(sandbox);
        serving.await.unwrap().unwrap();
    });
}

#[test]
fn a_port_that_is_taken_is_an_error() {
    let sandbox = TestSandbox::new();
    let error = Sandbox::builder().port(sandbox.port()).start().unwrap_err();
    assert!(format!("{error:#}").contains(&format!("127.0.0.1:{}", sandbox.port())), "{error:#}");
}

//! The sandbox is stricter than the platform: what no correct client does is an error and a
//! violation.

use serde_json::json;

use jelou::sandbox::{Credential, Fault, Plane};

use crate::support::http::Request;
use crate::support::sandbox::{TOKENS, TestSandbox, value};

#[track_caller]
fn one_violation(sandbox: &TestSandbox, words: &str) {
    let violations = sandbox.take_violations();
    assert!(violations.len() == 1 && violations[0].contains(words), "{words}: {violations:?}");
}

#[test]
fn a_correct_request_leaves_no_violation_and_carries_an_id_and_the_date() {
    let sandbox = TestSandbox::new();
    let answer = sandbox.ask(Request::get("/v1/me")).expect(200);
    assert!(answer.header("x-request-id").unwrap().starts_with("req_"));
    assert_eq!(answer.header("date"), Some("Sun, 05 Apr 2026 09:00:00 GMT"));
    let refused = sandbox.send(&Request::get("/v1/me")).expect(401);
    assert_eq!(refused.json()["request_id"].as_str(), refused.header("x-request-id"));
}

#[test]
fn unknown_routes_methods_and_fields_are_violations() {
    let sandbox = TestSandbox::new();
    assert_eq!(sandbox.ask(Request::get("/v1/nothing")).refused(404), "NOT_FOUND");
    one_violation(&sandbox, "no route");
    assert_eq!(sandbox.ask(Request::get("/v1/functions/")).refused(404), "NOT_FOUND");
    assert_eq!(sandbox.take_violations().len(), 0);
    let answer = sandbox.ask(Request::delete("/v1/functions"));
    assert_eq!(answer.header("allow"), Some("GET, HEAD, POST"));
    assert_eq!(answer.refused(405), "METHOD_NOT_ALLOWED");
    one_violation(&sandbox, "does not take DELETE");
    let body = json!({"name": "ci", "ttl": 5});
    assert_eq!(sandbox.ask(Request::post(TOKENS, &body)).refused(422), "VALIDATION_ERROR");
    one_violation(&sandbox, "unknown field `ttl`");
    assert_eq!(sandbox.ask(Request::get("/v1/functions?page=2")).refused(422), "VALIDATION_ERROR");
    one_violation(&sandbox, "`page`");
    assert_eq!(sandbox.tokens("my-function").len(), 1);
}

#[test]
fn a_body_must_be_declared_and_be_json() {
    let sandbox = TestSandbox::new();
    let post = |body: &str| Request::new("POST", TOKENS).key("k").body(body);
    assert_eq!(sandbox.ask(post("{}")).refused(415), "UNSUPPORTED_MEDIA_TYPE");
    one_violation(&sandbox, "not declared");
    assert_eq!(sandbox.ask(post("{").header("Content-Type", "application/json")).refused(400), "BAD_REQUEST");
    one_violation(&sandbox, "not JSON");
    assert_eq!(sandbox.ask(Request::get("/v1/me").json(&json!({}))).refused(400), "BAD_REQUEST");
    one_violation(&sandbox, "takes no body");
    assert_eq!(sandbox.ask(Request::post(TOKENS, &json!({"name": 5}))).refused(422), "VALIDATION_ERROR");
}

#[test]
fn a_post_needs_a_well_formed_idempotency_key() {
    let sandbox = TestSandbox::new();
    let post = || Request::post(TOKENS, &json!({"name": "ci"})).without_header("Idempotency-Key");
    for request in [
        post(),
        post().header("Idempotency-Key", "unquoted"),
        post().header("Idempotency-Key", "\"\""),
        post().key("one").header("Idempotency-Key", "\"two\""),
    ] {
        assert_eq!(sandbox.ask(request).refused(400), "BAD_REQUEST");
        one_violation(&sandbox, "Idempotency-Key");
    }
    assert_eq!(sandbox.tokens("my-function").len(), 1);
}

#[test]
fn a_credential_on_the_wrong_plane_is_a_violation_and_is_refused() {
    let sandbox = TestSandbox::new();
    let (pat, runtime) = (sandbox.pat().to_owned(), sandbox.default_value());
    sandbox.send(&Request::get("/v1/me").bearer(&runtime)).refused(401);
    one_violation(&sandbox, "a runtime token at the control plane");
    sandbox.send(&Request::get("/v1/me").token(&pat)).refused(401);
    one_violation(&sandbox, "X-Jelou-Token at the control plane");
    sandbox.send(&Request::get("/fn/my-function/").token(&pat)).expect(401);
    one_violation(&sandbox, "a management token at the gateway");
    sandbox.send(&Request::get("/fn/my-function/").bearer(&pat)).expect(401);
    one_violation(&sandbox, "a management token at the gateway");
    sandbox.send(&Request::get("/fn/my-function/").header("Cookie", &pat)).expect(401);
    one_violation(&sandbox, "a management token at the gateway");
    sandbox.ask(Request::get("/v1/me").header("X-Note", &pat)).expect(200);
    one_violation(&sandbox, "a management token in a header other than Authorization");
    let kinds: Vec<_> = sandbox.requests().into_iter().map(|entry| (entry.plane, entry.credential)).collect();
    assert_eq!(
        kinds,
        [
            (Plane::Control, Credential::Runtime),
            (Plane::Control, Credential::None),
            (Plane::Gateway, Credential::Pat),
            (Plane::Gateway, Credential::None),
            (Plane::Gateway, Credential::None),
            (Plane::Control, Credential::Pat),
        ]
    );
}

#[test]
fn a_credential_in_the_url_is_a_violation_and_is_not_logged() {
    let sandbox = TestSandbox::new();
    for target in [
        format!("/v1/functions?cursor={}", sandbox.pat()),
        format!("{TOKENS}/{}", sandbox.default_value()),
        format!("/fn/my-function/?t={}", sandbox.default_value()),
    ] {
        sandbox.ask(Request::get(&target));
    }
    let violations = sandbox.take_violations();
    assert_eq!(violations.iter().filter(|line| line.contains("a credential in the URL")).count(), 3, "{violations:?}");
    let written = serde_json::to_string(&sandbox.requests()).unwrap() + &violations.concat();
    assert!(!written.contains(&sandbox.default_value()[..20]) && !written.contains(&sandbox.pat()[..20]));
}

#[test]
fn a_credential_anywhere_in_a_request_is_not_logged() {
    let sandbox = TestSandbox::new();
    let value = sandbox.default_value();
    let encoded = value.replacen("jfn_rt_", "%6Afn%5frt_", 1);
    let nightly = "/v1/functions/my-function/cron/nightly/trigger";
    for request in [
        Request::get(&format!("/v1/nothing/{value}")),
        Request::get(&format!("/v1/nothing/{encoded}")),
        Request::get(&format!("/v1/me?{value}=1")),
        Request::get(&format!("/v1/me?{encoded}=1")),
        Request::new(&value, "/v1/me"),
        Request::new(&value, TOKENS),
        Request::post(nightly, &json!({value.as_str(): 1})),
        Request::post(TOKENS, &json!({"name": "ci", value.as_str(): 1})),
        Request::post(TOKENS, &json!({"name": "ci"})).key(&value),
        Request::get("/v1/me").header("User-Agent", &format!("jelou/{value}")),
        Request::new("POST", "/fn/my-function/").json(&json!({"mine": value})).header("Cookie", &value),
    ] {
        sandbox.ask(request);
    }
    let log = sandbox.requests();
    let written = serde_json::to_string(&log).unwrap() + &sandbox.violations().concat();
    let read = sandbox.send(&Request::get("/__sandbox/journal")).expect(200).text();
    for text in [written, read] {
        for part in [&value[12..], sandbox.pat()] {
            assert!(!text.contains(part), "{text}");
        }
    }
    assert!(log.iter().all(|entry| !entry.violations.is_empty()), "{log:?}");
    assert_eq!(log[9].user_agent.as_deref(), Some("jelou/jfn_rt_…"));
    sandbox.take_violations();
}

#[test]
fn a_redirect_that_is_followed_is_a_violation() {
    let sandbox = TestSandbox::new();
    sandbox.inject(Fault::redirect());
    let answer = sandbox.ask(Request::get("/v1/me")).expect(307);
    assert!(sandbox.violations().is_empty());
    sandbox.ask(Request::get(answer.header("location").unwrap()));
    assert!(sandbox.take_violations()[0].contains("a redirect was followed"));
}

#[test]
fn a_request_to_a_proxy_or_for_another_host_is_a_violation() {
    let sandbox = TestSandbox::new();
    sandbox.ask(Request::get("http://app.jelou.ai/v1/me").host("app.jelou.ai"));
    assert_eq!(sandbox.take_violations().len(), 2);
    sandbox.ask(Request::get("/v1/me").host("rebound.example")).expect(421);
    one_violation(&sandbox, "loopback");
}

#[test]
fn a_segment_that_is_not_encoded_is_a_violation() {
    let sandbox = TestSandbox::new();
    assert_eq!(sandbox.ask(Request::get("/v1/functions/a@b")).refused(400), "BAD_REQUEST");
    one_violation(&sandbox, "percent-encoded");
    sandbox.ask(Request::get("/v1/functions/a%40b")).refused(404);
}

#[test]
fn the_request_log_holds_each_request() {
    let sandbox = TestSandbox::new();
    let post = Request::post(TOKENS, &json!({"name": "ci"})).key("my-key").header("User-Agent", "jelou/test");
    let created = sandbox.ask(post).expect(201).json();
    let entry = &sandbox.requests()[0];
    assert_eq!((entry.number, entry.method.as_str(), entry.path.as_str()), (1, "POST", TOKENS));
    assert_eq!((entry.credential, entry.status), (Credential::Pat, Some(201)));
    assert_eq!(entry.idempotency_key.as_deref(), Some("\"my-key\""));
    assert_eq!(entry.user_agent.as_deref(), Some("jelou/test"));

    let value = value(&created);
    sandbox.send(&Request::get("/fn/my-function/").token(value)).expect(200);
    let secrets = json!({"secrets": {"KEY": value, "OTHER": "a-secret-value"}});
    sandbox.ask(Request::put("/v1/functions/my-function/secrets", &secrets)).expect(200);
    let rotate = format!("{TOKENS}/{}/rotate", created["id"].as_str().unwrap());
    sandbox.ask(Request::post(&rotate, &json!({"grace_seconds": null}))).expect(201);
    assert_eq!(sandbox.requests()[1].credential, Credential::Runtime);
    let written = serde_json::to_string(&sandbox.requests()).unwrap();
    for hidden in [sandbox.pat(), value, "a-secret-value", "jfn_rt_sbx_", "jfn_pat_sbx_"] {
        assert!(!written.contains(hidden), "{hidden}: {written}");
    }
}

#[test]
fn an_array_in_place_of_an_object_is_refused() {
    let sandbox = TestSandbox::new();
    let token = format!("{TOKENS}/{}", sandbox.tokens("my-function")[0].id);
    let file = json!({"path": "index.ts", "content": ""});
    let own = [
        Request::post("/v1/functions", &json!(["fresh", "Fresh", null])),
        Request::post(TOKENS, &json!(["ci", null])),
        Request::patch(&token, &json!(["disabled"])),
        Request::post(&format!("{token}/rotate"), &json!([null, null])),
        Request::post("/v1/functions/my-function/deployments", &json!(["index.ts", [file]])),
        Request::post(
            "/v1/functions/my-function/deployments",
            &json!({"entrypoint": "index.ts", "files": [["index.ts", ""]]}),
        ),
        Request::put("/v1/functions/my-function/secrets", &json!([{"KEY": "value"}])),
        Request::post("/v1/functions/my-function/cron/nightly/trigger", &json!([])),
    ]
    .map(|request| sandbox.ask(request));
    let admin = [
        Request::new("POST", "/__sandbox/faults").json(&json!([["status=503"]])),
        Request::new("POST", "/__sandbox/clock/advance").json(&json!(["1s"])),
    ]
    .map(|request| sandbox.send(&request));
    for answer in own.into_iter().chain(admin) {
        let said = answer.text();
        assert!(said.contains("sequence") || said.contains("found a list"), "{said}");
        assert_eq!(answer.refused(422), "VALIDATION_ERROR");
    }
}

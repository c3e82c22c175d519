//! A management token allows what its scopes say.

use jelou::sandbox::SCOPES;
use serde_json::json;

use crate::support::http::Request;
use crate::support::sandbox::TestSandbox;

const FUNCTION: &str = "/v1/functions/my-function";

/// One request for each scope that it needs.
fn requests() -> Vec<(&'static str, Request)> {
    let under = |path: &str| format!("{FUNCTION}{path}");
    let empty = json!({});
    vec![
        ("functions:read", Request::get("/v1/functions")),
        ("functions:read", Request::get(FUNCTION)),
        ("functions:write", Request::post("/v1/functions", &empty)),
        ("functions:write", Request::delete("/v1/functions/absent")),
        ("tokens:read", Request::get(&under("/tokens"))),
        ("tokens:read", Request::get(&under("/tokens/tok_x"))),
        ("tokens:write", Request::post(&under("/tokens"), &empty)),
        ("tokens:write", Request::patch(&under("/tokens/tok_x"), &empty)),
        ("tokens:write", Request::delete(&under("/tokens/tok_x"))),
        ("tokens:write", Request::post(&under("/tokens/tok_x/rotate"), &json!({"grace_seconds": null}))),
        ("deployments:read", Request::get(&under("/deployments"))),
        ("deployments:read", Request::get(&under("/deployments/dep_x"))),
        ("deployments:read", Request::get(&under("/deployments/dep_x/artifact"))),
        ("deployments:write", Request::post(&under("/deployments"), &empty)),
        ("deployments:write", Request::post(&under("/deployments/dep_x/rollback"), &empty)),
        ("secrets:read", Request::get(&under("/secrets"))),
        ("secrets:write", Request::put(&under("/secrets"), &empty)),
        ("secrets:write", Request::delete(&under("/secrets/KEY"))),
        ("cron:write", Request::post(&under("/cron/nightly/trigger"), &empty)),
    ]
}

#[test]
fn without_its_scope_a_request_is_forbidden_and_with_it_alone_it_is_not() {
    let sandbox = TestSandbox::new();
    for (scope, request) in requests() {
        let others: Vec<&str> = SCOPES.into_iter().filter(|other| *other != scope).collect();
        let without = request.clone().bearer(&sandbox.issue_pat(&others)).send(sandbox.port());
        assert!(without.text().contains(scope));
        assert_eq!(without.refused(403), "FORBIDDEN");
        let with = request.bearer(&sandbox.issue_pat(&[scope])).send(sandbox.port());
        assert!(![401, 403].contains(&with.status), "{scope}: {}", with.status);
    }
}

#[test]
fn without_a_valid_credential_the_answer_is_401() {
    let sandbox = TestSandbox::new();
    for (_, request) in requests() {
        for request in [
            request.clone(),
            request.clone().bearer("jfn_pat_sbx_wrong"),
            request.clone().header("Authorization", "Basic dXNlcjp4"),
        ] {
            let answer = sandbox.send(&request);
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
            assert_eq!(answer.refused(401), "UNAUTHORIZED");
        }
    }
}

#[test]
fn a_caller_can_see_its_scopes() {
    let sandbox = TestSandbox::new();
    let me =
        Request::get("/v1/me").bearer(&sandbox.issue_pat(&["tokens:read"])).send(sandbox.port()).expect(200).json();
    assert_eq!((&me["type"], &me["scopes"]), (&json!("pat"), &json!(["tokens:read"])));
}

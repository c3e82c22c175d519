//! `--wait`: first the redeploy is polled, then the gateway is probed; the function's own code is
//! never run.

use std::time::{Duration, Instant};

use jelou::sandbox::{Fault, Plane};
use serde_json::Value;

use crate::support::cli::Cli;
use crate::support::raw_server::{self, RawServer};

const CREATE: &[&str] = &["tokens", "create", "my-function", "--name", "ci", "--wait"];

fn probes(cli: &Cli) -> Vec<jelou::sandbox::LoggedRequest> {
    cli.sandbox.requests().into_iter().filter(|entry| entry.plane == Plane::Gateway).collect()
}

fn polls(cli: &Cli) -> usize {
    cli.sent(false).iter().filter(|line| line.contains("/deployments/")).count()
}

fn json(cli: &Cli, flags: &[&str], status: i32) -> Value {
    cli.jelou(&[CREATE, flags, &["--json"]].concat()).ended(status).json()
}

#[test]
fn a_wait_ends_with_a_proof_at_the_gateway() {
    let cli = Cli::new();
    let document = json(&cli, &[], 0);
    assert!(document["data"]["live"]["accepted_after_ms"].is_u64(), "{document}");
    assert_eq!(document["data"]["deployment"]["status"], "live");
    assert_eq!(document["warnings"], serde_json::json!([]));
    let probes = probes(&cli);
    assert_eq!(probes.len(), 4, "three in a row and one with a value that is nobody's: {probes:?}");
    for probe in &probes {
        assert_eq!((probe.method.as_str(), probe.path.as_str()), ("GET", "/fn/my-function/mcp"));
        assert!(probe.user_agent.as_ref().is_some_and(|agent| agent.contains("probe")), "{probe:?}");
    }
    assert_eq!(probes[3].status, Some(401));
    assert_eq!(cli.sandbox.invocations("my-function"), 0);
}

/// The redeploy is live, but a part of the gateway still refuses the token.
#[test]
fn a_gateway_that_lags_is_waited_for() {
    for lag in [1, 3, 5] {
        let cli = Cli::new();
        cli.sandbox.inject(Fault::lag(lag).method("POST"));
        json(&cli, &[], 0);
        let statuses: Vec<_> = probes(&cli).iter().map(|probe| probe.status).collect();
        let refused = statuses.iter().take_while(|status| **status == Some(401)).count();
        assert!(refused > 0, "{statuses:?}");
        let accepted = &statuses[refused..statuses.len() - 1];
        assert!(accepted.len() == 3 && accepted.iter().all(|status| *status != Some(401)), "{statuses:?}");
        assert_eq!(cli.sandbox.invocations("my-function"), 0);
    }
}

#[test]
fn without_wait_a_warning_says_that_the_token_is_not_live() {
    let cli = Cli::new();
    let ran = cli.jelou(&["tokens", "create", "my-function", "--name", "ci", "--json"]).ended(0);
    let document = ran.json();
    assert_eq!(document["warnings"][0]["code"], "NOT_YET_LIVE");
    assert!(document["breadcrumbs"].to_string().contains("jelou deployments wait my-function dep_"), "{document}");
    assert!(document["data"]["live"].is_null());
    assert_eq!((polls(&cli), probes(&cli).len()), (0, 0));
}

#[test]
fn a_failed_redeploy_is_not_live_and_the_token_is_delivered() {
    for (format, holds) in
        [(&[][..], true), (&["--json"], true), (&["--quiet"], true), (&["--jq", ".data.token"], true)]
    {
        let cli = Cli::new();
        cli.sandbox.inject(Fault::redeploy_fails().method("POST"));
        let ran = cli.jelou(&[CREATE, format].concat()).ended(11);
        assert_eq!(ran.stdout.contains("jfn_rt_sbx_"), holds, "{ran:?}");
        assert_eq!(cli.sandbox.tokens("my-function").len(), 2);
        assert_eq!(probes(&cli).len(), 0);
    }
}

#[test]
fn a_redeploy_that_hangs_ends_at_the_timeout() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::redeploy_hangs().method("POST"));
    let began = Instant::now();
    let document = json(&cli, &["--timeout", "700ms"], 11);
    assert!(began.elapsed() < Duration::from_secs(15));
    assert!(document["data"]["token"].is_string() && document["data"]["live"].is_null(), "{document}");
    assert!((2..20).contains(&polls(&cli)), "neither once nor all the time: {}", polls(&cli));
}

#[test]
fn a_request_that_hangs_ends_at_the_timeout() {
    for fault in [
        Fault::delay(Duration::from_secs(3600)).path("/v1/functions/*/deployments/*").always(),
        Fault::delay(Duration::from_secs(3600)).on(Plane::Gateway).always(),
    ] {
        let cli = Cli::new();
        cli.sandbox.inject(fault);
        let began = Instant::now();
        let document = json(&cli, &["--timeout", "700ms"], 11);
        assert!(document["data"]["token"].is_string(), "{document}");
        assert!(began.elapsed() < Duration::from_secs(15));
    }
}

#[test]
fn gateway_errors_prove_nothing() {
    for fault in [Fault::status(503), Fault::html(502), Fault::status(429)] {
        let cli = Cli::new();
        cli.sandbox.inject(fault.on(Plane::Gateway).always());
        let document = json(&cli, &["--timeout", "1s", "--retries", "0"], 11);
        assert!(document["data"]["token"].is_string() && document["data"]["live"].is_null());
    }
    let cli = Cli::new();
    cli.sandbox.inject(Fault::html(502).on(Plane::Gateway).times(2));
    assert!(json(&cli, &[], 0)["data"]["live"].is_object(), "trouble that passes is waited out");
}

#[test]
fn a_superseded_redeploy_is_followed_to_its_successor() {
    let server = RawServer::answering(|_, request| {
        let (id, status, next) = match request.split('/').nth(5).and_then(|rest| rest.split(' ').next()) {
            Some("dep_a") => ("dep_a", "superseded", Some("dep_b")),
            Some("dep_b") => ("dep_b", "superseded", Some("dep_c")),
            _ => ("dep_c", "live", None),
        };
        raw_server::json(200, &deployment(id, status, next))
    });
    let mut cli = Cli::new();
    cli.set("JELOU_API_URL", &server.url());
    let ran = cli.jelou(&["deployments", "wait", "my-function", "dep_a", "--json"]).ended(0);
    assert_eq!(ran.json()["data"]["id"], "dep_c");
    assert_eq!(server.requests().len(), 3);
}

fn deployment(id: &str, status: &str, superseded_by: Option<&str>) -> String {
    serde_json::json!({"id": id, "function": "my-function", "status": status, "reason": null,
                       "created_at": "2026-04-05T09:00:00Z", "live_at": null, "error": null, "files": [],
                       "superseded_by": superseded_by})
    .to_string()
}

#[test]
fn a_public_function_proves_nothing() {
    let server = RawServer::always(raw_server::json(200, "{}"));
    let mut cli = Cli::new();
    cli.set("JELOU_GATEWAY_URL", &server.url());
    let document = json(&cli, &[], 0);
    assert!(document["data"]["live"].is_null());
    assert_eq!(document["warnings"][0]["code"], "FUNCTION_IS_PUBLIC");
    assert!(server.requests().iter().all(|request| request.starts_with("GET /fn/my-function/mcp ")));
}

#[test]
fn the_poll_interval_obeys_retry_after() {
    let server = RawServer::answering(move |number, _| {
        let body = deployment("dep_a", if number < 2 { "building" } else { "live" }, None);
        format!(
            "HTTP/1.1 200 OK\r\nRetry-After: 1\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    });
    let mut cli = Cli::new();
    cli.set("JELOU_API_URL", &server.url());
    let began = Instant::now();
    cli.jelou(&["deployments", "wait", "my-function", "dep_a"]).ended(0);
    assert_eq!(server.requests().len(), 3);
    assert!(began.elapsed() >= Duration::from_secs(2));
}

#[test]
fn revoke_disable_and_enable_wait_for_the_redeploy_only() {
    let cli = Cli::new();
    for arguments in [
        &["tokens", "create", "my-function", "--name", "ci"][..],
        &["tokens", "disable", "my-function", "ci", "-y", "--wait"],
        &["tokens", "enable", "my-function", "ci", "--wait"],
        &["tokens", "revoke", "my-function", "ci", "-y", "--wait"],
        &["secrets", "set", "my-function", "A=b", "--wait"],
        &["secrets", "delete", "my-function", "A", "-y", "--wait"],
    ] {
        cli.jelou(arguments).ended(0);
    }
    assert!(polls(&cli) >= 5);
    assert_eq!(probes(&cli).len(), 0);
    cli.sandbox.inject(Fault::redeploy_fails());
    let ran = cli.jelou(&["secrets", "set", "my-function", "A=b", "--wait", "--json"]).ended(11);
    assert_eq!(ran.json()["data"][0]["key"], "A");
    cli.jelou(&["tokens", "create", "my-function", "--name", "ci"]).ended(0);
    cli.sandbox.inject(Fault::redeploy_fails());
    let ran = cli.jelou(&["tokens", "revoke", "my-function", "ci", "-y", "--wait", "--json"]).ended(11);
    assert_eq!(ran.json()["data"][0]["status"], "revoked");
}

#[test]
fn a_deployment_is_waited_for_by_its_id() {
    let cli = Cli::with(|builder| builder.redeploy_delay(Duration::from_millis(200)));
    let created = cli.jelou(&["tokens", "create", "my-function", "--name", "ci", "--json"]).ended(0).json();
    let id = created["data"]["deployment"]["id"].as_str().unwrap();
    let ran = cli.jelou(&["deployments", "wait", "my-function", id, "--json"]).ended(0);
    assert_eq!(ran.json()["data"]["status"], "live");
    cli.jelou(&["deployments", "wait", "my-function", "dep_nobody"]).ended(5);
    cli.jelou(&["deployments", "wait", "my-function", "tok_x"]).ended(2);
}

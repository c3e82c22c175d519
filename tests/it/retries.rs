//! Retries: a lost response yields one token; a POST is retried with the same key or not at all.

use std::time::{Duration, Instant};

use jelou::sandbox::{Fault, RetryAfter};
use serde_json::json;

use crate::support::cli::Cli;

const CREATE: &[&str] = &["tokens", "create", "my-function", "--name", "ci", "--json"];
const TOKENS: &str = "/v1/functions/*/tokens";

fn named(cli: &Cli, name: &str) -> usize {
    cli.sandbox.tokens("my-function").iter().filter(|token| token.name == name).count()
}

/// The idempotency keys of all POSTs that issue a token, in order.
fn keys(cli: &Cli) -> Vec<String> {
    let posts =
        cli.sandbox.requests().into_iter().filter(|entry| entry.method == "POST" && entry.path.contains("/tokens"));
    posts.map(|entry| entry.idempotency_key.expect("a key")).collect()
}

#[test]
fn a_lost_answer_yields_one_token_whose_value_works() {
    for fault in
        [Fault::reset_before(), Fault::reset_after(), Fault::truncated(), Fault::status(500), Fault::status(503)]
    {
        let mut cli = Cli::new();
        cli.sandbox.inject(fault.method("POST").path(TOKENS));
        let document = cli.jelou(CREATE).ended(0).json();
        let value = document["data"]["token"].as_str().expect("a value").to_owned();
        assert_eq!(named(&cli, "ci"), 1);
        let keys = keys(&cli);
        assert_eq!((keys.len(), keys[0] == keys[1]), (2, true), "{keys:?}");
        assert!(keys[0].starts_with('"') && keys[0].ends_with('"'), "a quoted string: {keys:?}");
        cli.set("JELOU_FUNCTION_TOKEN", &value);
        cli.sandbox.clock().advance(Duration::from_secs(60));
        cli.jelou(&["tokens", "verify", "my-function"]).ended(0);
    }
}

/// The response has its full length but is not JSON: the token is revoked.
#[test]
fn a_garbled_answer_leaves_no_token() {
    for fault in [Fault::garbled(), Fault::oversized()] {
        let cli = Cli::new();
        cli.sandbox.inject(fault.method("POST").path(TOKENS));
        let document = cli.jelou(CREATE).ended(9).json();
        assert_eq!(document["error"]["details"]["revoked"], true, "{document}");
        assert_eq!(named(&cli, "ci"), 0);
    }
}

#[test]
fn retry_after_is_obeyed() {
    let ahead = Duration::from_secs(1);
    let forms = [
        RetryAfter::Seconds(1),
        RetryAfter::ImfFixdate(ahead),
        RetryAfter::Rfc850(ahead),
        RetryAfter::Asctime(ahead),
        RetryAfter::Text("0".to_owned()),
        RetryAfter::Text("soon".to_owned()),
        RetryAfter::Text("-5".to_owned()),
        RetryAfter::Text("1.5".to_owned()),
    ];
    std::thread::scope(|scope| {
        for (form, status) in forms.iter().flat_map(|form| [(form, 429), (form, 503)]) {
            scope.spawn(move || {
                let cli = Cli::new();
                cli.sandbox.inject(Fault::status(status).retry_after(form.clone()).method("POST").path(TOKENS));
                cli.jelou(CREATE).ended(0);
                assert_eq!((named(&cli, "ci"), keys(&cli).len()), (1, 2), "{form:?}");
                let at: Vec<_> = cli.sandbox.requests().iter().map(|entry| entry.at).collect();
                if *form == RetryAfter::Seconds(1) {
                    assert!(at[0].duration_until(at[1]).as_millis() >= 1000, "{at:?}");
                }
            });
        }
    });
}

/// A `Retry-After` beyond the time budget fails at once instead of sleeping.
#[test]
fn a_pause_beyond_the_budget_fails_at_once() {
    let hour = Duration::from_secs(3600);
    for form in [RetryAfter::Seconds(3600), RetryAfter::ImfFixdate(hour), RetryAfter::Text("9".repeat(30))] {
        let cli = Cli::new();
        cli.sandbox.inject(Fault::status(429).retry_after(form).always());
        let began = Instant::now();
        let document = cli.jelou(CREATE).ended(8).json();
        assert_eq!(document["error"]["retryable"], true);
        assert!(began.elapsed() < Duration::from_secs(20));
        assert_eq!(cli.sandbox.requests().len(), 1);
    }
}

#[test]
fn no_retries_means_one_request() {
    for fault in [Fault::status(503), Fault::status(429), Fault::reset_before(), Fault::reset_after()] {
        let cli = Cli::new();
        cli.sandbox.inject(fault.always());
        let ran = cli.jelou(&["tokens", "list", "my-function", "--retries", "0"]);
        assert_ne!(ran.status, 0, "{ran:?}");
        assert_eq!(cli.sandbox.requests().len(), 1);
    }
    let mut cli = Cli::new();
    cli.sandbox.inject(Fault::status(500).always());
    cli.set("JELOU_RETRIES", "2");
    cli.jelou(&["tokens", "list", "my-function"]).ended(9);
    assert_eq!(cli.sandbox.requests().len(), 3);
}

#[test]
fn permanent_errors_are_not_retried() {
    for (status, exit) in
        [(400, 6), (401, 3), (402, 9), (403, 4), (404, 5), (405, 9), (409, 7), (410, 9), (413, 6), (415, 9), (422, 6)]
    {
        let cli = Cli::new();
        cli.sandbox.inject(Fault::status(status).always());
        cli.jelou(&["whoami"]).ended(exit);
        assert_eq!(cli.sandbox.requests().len(), 1, "{status}");
    }
}

#[test]
fn the_same_request_still_running_is_waited_for() {
    for fault in [Fault::status(409).code("IN_PROGRESS"), Fault::status(409).retry_after(RetryAfter::Seconds(0))] {
        let cli = Cli::new();
        cli.sandbox.inject(fault.method("POST").times(2));
        cli.jelou(CREATE).ended(0);
        let keys = keys(&cli);
        assert_eq!(keys.len(), 3);
        assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    }
    let cli = Cli::new();
    cli.sandbox.inject(Fault::status(409).method("POST"));
    cli.jelou(CREATE).ended(7);
    assert_eq!(keys(&cli).len(), 1, "another 409 is an answer");
}

#[test]
fn an_unknown_outcome_is_reported_as_unknown() {
    for (given, retryable) in [(None, false), (Some("deploy-42"), true)] {
        let cli = Cli::new();
        cli.sandbox.inject(Fault::reset_after().method("POST").always());
        let key = given.map(|key| vec!["--idempotency-key", key]).unwrap_or_default();
        let document = cli.jelou(&[CREATE, &["--retries", "1"], &key].concat()).ended(10).json();
        let error = &document["error"];
        assert_eq!(error["code"], "NETWORK_ERROR");
        assert_eq!(error["retryable"], retryable, "{error}");
        assert_eq!((&error["details"]["outcome"], &error["details"]["name"]), (&json!("unknown"), &json!("ci")));
        let named_key = error["details"]["idempotency_key"].as_str().expect("the key").to_owned();
        assert_eq!(keys(&cli)[0], format!("\"{named_key}\""));
        cli.sandbox.clear_faults();
        let again = cli.jelou(&[CREATE, &["--idempotency-key", &named_key]].concat()).ended(0).json();
        assert!(again["data"]["token"].is_string());
        assert_eq!(named(&cli, "ci"), 1, "the hint leads to the one token");
    }
}

#[test]
fn the_same_key_gives_the_same_token() {
    let cli = Cli::new();
    let create = |key: &str| cli.jelou(&[CREATE, &["--idempotency-key", key]].concat());
    let first = create("one").ended(0).json();
    let second = create("one").ended(0).json();
    assert_eq!(first["data"]["token"], second["data"]["token"]);
    assert_eq!(named(&cli, "ci"), 1);
    create("two").ended(7);
    let other = ["tokens", "create", "my-function", "--name", "other", "--idempotency-key", "one"];
    cli.jelou(&other).ended(6);
    let id = first["data"]["id"].as_str().unwrap();
    cli.jelou(&["tokens", "revoke", "my-function", id, "-y"]).ended(0);
    let ran = create("one").ended(7);
    assert_eq!(ran.json()["data"], false, "a dead value is not handed out");
    for key in ["", "a\nb", &"k".repeat(300), "é"] {
        create(key).ended(2);
    }
}

#[test]
fn a_delete_whose_answer_was_lost_is_done() {
    let cli = Cli::new();
    cli.jelou(CREATE).ended(0);
    cli.sandbox.inject(Fault::reset_after().method("DELETE"));
    let document = cli.jelou(&["tokens", "revoke", "my-function", "ci", "-y", "--json"]).ended(0).json();
    assert_eq!(document["data"][0]["status"], "revoked");
    cli.jelou(&["secrets", "set", "my-function", "A=b"]).ended(0);
    cli.sandbox.inject(Fault::reset_after().method("DELETE"));
    cli.jelou(&["secrets", "delete", "my-function", "A", "-y"]).ended(0);
    cli.sandbox.inject(Fault::reset_after().method("DELETE"));
    cli.jelou(&["functions", "delete", "other-function", "-y"]).ended(0);
    cli.jelou(&["tokens", "revoke", "my-function", "tok_nobody", "-y"]).ended(5);
}

/// The token may be another pipeline's, so it is not revoked.
#[test]
fn a_platform_that_ignores_keys_gets_no_second_token() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::key_ignored().always());
    cli.sandbox.inject(Fault::reset_after().method("POST").path(TOKENS));
    let document = cli.jelou(CREATE).ended(7).json();
    let orphan = &document["error"]["details"]["orphan"];
    let token = cli.sandbox.tokens("my-function").into_iter().find(|token| token.name == "ci").expect("the orphan");
    assert_eq!((&orphan["id"], &orphan["name"]), (&json!(token.id), &json!("ci")), "{document}");
    assert!(document["error"]["hint"].as_str().is_some_and(|hint| hint.contains("tokens rotate")), "{document}");
    assert!(cli.sent(true).iter().all(|line| !line.starts_with("DELETE")));
}

#[test]
fn a_conflict_with_an_older_token_names_no_orphan() {
    let cli = Cli::new();
    cli.jelou(CREATE).ended(0);
    cli.sandbox.clock().advance(Duration::from_secs(3600));
    let document = cli.jelou(CREATE).ended(7).json();
    assert!(document["error"]["details"].is_null(), "{document}");
    assert_eq!(named(&cli, "ci"), 1);
}

#[test]
fn if_exists_rotate_resolves_the_conflict() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::key_ignored().always());
    cli.sandbox.inject(Fault::reset_after().method("POST").path(TOKENS));
    let document = cli.jelou(&[CREATE, &["--if-exists", "rotate"]].concat()).ended(0).json();
    assert!(document["data"]["token"].is_string());
    assert_eq!(named(&cli, "ci"), 1);
    let cli = Cli::new();
    let first = cli.jelou(CREATE).ended(0).json();
    let second = cli.jelou(&[CREATE, &["--if-exists", "rotate"]].concat()).ended(0).json();
    assert_ne!(first["data"]["token"], second["data"]["token"]);
    assert_eq!(named(&cli, "ci"), 1);
}

#[test]
fn a_retried_patch_is_applied_once() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::reset_after().method("PUT"));
    cli.jelou(&["secrets", "set", "my-function", "A=b"]).ended(0);
    cli.sandbox.inject(Fault::reset_after().method("PATCH"));
    cli.jelou(CREATE).ended(0);
    cli.jelou(&["tokens", "disable", "my-function", "ci", "-y"]).ended(0);
    cli.sandbox.inject(Fault::reset_after().method("POST"));
    cli.jelou(&["tokens", "rotate", "my-function", "default"]).ended(0);
    assert_eq!(cli.sandbox.tokens("my-function").len(), 2);
}

#[test]
fn a_request_without_an_answer_ends_after_the_request_timeout() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::delay(Duration::from_secs(3600)).method("GET"));
    let began = Instant::now();
    cli.jelou(&["whoami", "--request-timeout", "300ms"]).ended(0);
    assert!(began.elapsed() < Duration::from_secs(20));
    cli.sandbox.inject(Fault::delay(Duration::from_secs(3600)).always());
    let ran = cli.jelou(&["whoami", "--request-timeout", "100ms", "--retries", "1"]).ended(10);
    assert!(ran.stderr.contains("100ms"), "{ran:?}");
    let document = cli.jelou(&[CREATE, &["--request-timeout", "100ms", "--retries", "1"]].concat()).json();
    assert_eq!(document["error"]["details"]["outcome"], "unknown", "{document}");
}

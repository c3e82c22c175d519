//! Rotating a token in use: at every moment one value is accepted, and a failure leaves the old one
//! unchanged.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jelou::api::wire::{Token, TokenStatus};
use jelou::sandbox::{Fault, Plane};
use serde_json::json;

use crate::support::cli::Cli;
use crate::support::http::Request;
use crate::support::running::until;

/// A function with the token `ci`, live, whose value is in the file `token`.
fn with_ci(cli: &Cli) -> (String, String) {
    let args = ["tokens", "create", "my-function", "--name", "ci", "--wait", "--to", "file:token", "--json"];
    let ran = cli.jelou(&args).ended(0);
    let value = std::fs::read_to_string(cli.folder().join("token")).unwrap();
    (ran.json()["data"]["id"].as_str().unwrap().to_owned(), value)
}

fn status_of(cli: &Cli, slug: &str, value: &str) -> u16 {
    Request::get(&format!("/fn/{slug}/mcp")).token(value).send(cli.sandbox.port()).status
}

fn named(cli: &Cli, name: &str) -> Vec<Token> {
    cli.sandbox.tokens("my-function").into_iter().filter(|token| token.name == name).collect()
}

/// Asserts that the only token `ci` is the old one, unchanged.
#[track_caller]
fn assert_as_before(cli: &Cli, id: &str, value: &str) {
    let tokens = named(cli, "ci");
    let [old] = tokens.as_slice() else { panic!("{tokens:?}") };
    assert_eq!((old.id.as_str(), &old.status), (id, &TokenStatus::Active));
    assert_eq!((&old.replaced_by, &old.expires_at), (&None, &None));
    assert_ne!(status_of(cli, "my-function", value), 401, "the old value works");
}

const ROTATE: [&str; 4] = ["tokens", "rotate", "my-function", "ci"];

#[test]
fn the_old_token_is_revoked_after_the_new_one_is_proved_and_delivered() {
    let cli = Cli::new();
    let (old_id, old_value) = with_ci(&cli);
    let before = cli.sandbox.requests().len();
    let ran =
        cli.jelou(&[&ROTATE[..], &["--json", "--to", "secret:other-function/T", "--to", "stdout"]].concat()).ended(0);
    let envelope = ran.json();
    let id = envelope["data"]["id"].as_str().unwrap();
    let value = envelope["data"]["token"].as_str().unwrap();
    assert_eq!(envelope["data"]["replaces"], json!({ "id": old_id, "expires_at": null, "revoked": null }));
    assert_eq!(envelope["data"]["delivered_to"], json!(["secret:other-function/T", "stdout"]));
    assert!(envelope["data"]["live"]["accepted_after_ms"].is_u64());
    assert!(cli.sandbox.secret_is("other-function", "T", value));
    let sent: Vec<_> = cli.sandbox.requests()[before..].iter().map(|e| format!("{} {}", e.method, e.path)).collect();
    let at =
        |what: &str| sent.iter().position(|line| line.starts_with(what)).unwrap_or_else(|| panic!("{what}: {sent:#?}"));
    let order = [
        "GET /v1/functions/other-function/secrets",
        "POST /v1/functions/my-function/tokens/",
        "GET /v1/functions/my-function/deployments/",
        "GET /fn/my-function/mcp",
        "PUT /v1/functions/other-function/secrets",
        "GET /v1/functions/other-function/deployments/",
        "DELETE /v1/functions/my-function/tokens/",
    ];
    assert!(order.map(at).is_sorted(), "{sent:#?}");
    assert_eq!(sent.last().unwrap(), &format!("DELETE /v1/functions/my-function/tokens/{old_id}"));
    let tokens = named(&cli, "ci");
    assert_eq!(tokens.iter().map(|token| token.id.as_str()).collect::<Vec<_>>(), [id]);
    assert_ne!(status_of(&cli, "my-function", value), 401);
    assert_ne!(value, old_value);
}

/// A client that reads the file before every call, without a pause, gets no 401.
#[test]
fn a_client_that_reads_the_file_is_never_refused() {
    let cli = Cli::with(|builder| builder.redeploy_delay(Duration::from_millis(150)));
    let (_, first) = with_ci(&cli);
    cli.sandbox.inject(Fault::lag(7).always());
    let stop = AtomicBool::new(false);
    let path = cli.folder().join("token");
    std::thread::scope(|scope| {
        let client = scope.spawn(|| {
            let (mut calls, mut refused) = (0, Vec::new());
            while !stop.load(Ordering::Relaxed) {
                let value = std::fs::read_to_string(&path).unwrap();
                calls += 1;
                if status_of(&cli, "my-function", &value) == 401 {
                    refused.push(calls);
                }
            }
            (calls, refused)
        });
        for _ in 0..3 {
            cli.jelou(&[&ROTATE[..], &["--force", "--to", "file:token"]].concat()).ended(0);
        }
        stop.store(true, Ordering::Relaxed);
        let (calls, refused) = client.join().unwrap();
        assert!(calls > 50, "{calls}");
        assert_eq!(refused, [0; 0], "of {calls} calls");
    });
    assert_ne!(std::fs::read_to_string(&path).unwrap(), first);
    assert_eq!(named(&cli, "ci").len(), 1);
}

/// The same for a client that uses the printed value at once.
#[test]
fn a_printed_value_is_accepted_when_it_is_printed() {
    let cli = Cli::with(|builder| builder.redeploy_delay(Duration::from_millis(100)).fault(Fault::lag(9).always()));
    with_ci(&cli);
    let ran = cli.bash(
        r#"jelou tokens rotate my-function ci --quiet |
           { read -r T; curl -s -o /dev/null -w '%{http_code}' "$JELOU_GATEWAY_URL/fn/my-function/mcp" -H "X-Jelou-Token: $T"; }"#,
    );
    assert!(ran.stdout != "401" && ran.stdout.len() == 3, "{ran:?}");
}

#[test]
fn a_failure_before_the_old_token_is_retired_leaves_it_unchanged() {
    let table: [(&str, Option<Fault>, &[&str], i32); 7] = [
        ("the sink", None, &["--to", "command:false"], 13),
        ("a later sink", None, &["--to", "file:new", "--to", "command:false"], 13),
        ("the output", None, &["--jq", ".data.id"], 13),
        ("the redeploy", Some(Fault::redeploy_fails().path("/v1/**/rotate")), &[], 13),
        ("a redeploy that hangs", Some(Fault::redeploy_hangs().path("/v1/**/rotate")), &["--timeout", "1s"], 13),
        ("the proof", Some(Fault::lag(100_000).path("/v1/**/rotate")), &["--timeout", "1s"], 13),
        ("the grace period", Some(Fault::status(403).method("PATCH")), &["--grace", "10m"], 4),
    ];
    for (what, fault, arguments, status) in table {
        let cli = Cli::new();
        let (id, value) = with_ci(&cli);
        if let Some(fault) = fault {
            cli.sandbox.inject(fault);
        }
        let ran = cli.jelou(
            &[&ROTATE[..], &["--json"], arguments]
                .concat()
                .into_iter()
                .filter(|word| *word != "--json" || !arguments.contains(&"--jq"))
                .collect::<Vec<_>>(),
        );
        assert_eq!(ran.status, status, "{what}: {ran:?}");
        assert!(!ran.stdout.contains("jfn_rt_") && ran.stderr.contains("revoked again"), "{what}: {ran:?}");
        assert!(!cli.folder().join("new").exists(), "{what}");
        assert_as_before(&cli, &id, &value);
        let deleted = cli.sent(true).into_iter().filter(|line| line.starts_with("DELETE")).collect::<Vec<_>>();
        assert!(deleted.len() == 1 && !deleted[0].ends_with(&id), "{what}: {deleted:?}");
    }
}

/// The new value is delivered and the old one revoked: a stdout that fails now must not revoke the
/// new one.
#[test]
fn a_failed_print_after_the_old_token_is_retired_undoes_nothing() {
    if !cfg!(target_os = "linux") {
        return crate::support::skipped("no other system has `/dev/full`");
    }
    let cli = Cli::new();
    with_ci(&cli);
    let ran = cli.bash("jelou tokens rotate my-function ci --to file:new --json > /dev/full || true").ended(0);
    assert!(ran.stderr.contains("could not be written"), "{ran:?}");
    let value = std::fs::read_to_string(cli.folder().join("new")).unwrap();
    assert_eq!(named(&cli, "ci").len(), 1);
    assert_ne!(status_of(&cli, "my-function", &value), 401);
}

#[test]
fn an_old_token_that_cannot_be_revoked_is_named() {
    for to in ["stdout", "file:new"] {
        let cli = Cli::new();
        let (id, value) = with_ci(&cli);
        cli.sandbox.inject(Fault::status(403).method("DELETE"));
        let ran = cli.jelou(&[&ROTATE[..], &["--json", "--to", to]].concat()).ended(12);
        assert!(ran.stderr.contains(&format!("`jelou tokens revoke my-function {id} -y`")), "{ran:?}");
        assert_eq!(named(&cli, "ci").len(), 2, "both are accepted");
        assert_ne!(status_of(&cli, "my-function", &value), 401);
        if to != "stdout" {
            let envelope = ran.json();
            assert_eq!(envelope["data"]["replaces"]["revoked"], json!(false));
            assert_eq!(envelope["error"]["code"], "PARTIAL_FAILURE");
        }
    }
}

/// The other function uses the old value until its own redeploy is live.
#[test]
fn the_old_token_stays_until_the_function_with_the_new_secret_is_live() {
    for grace in [&[][..], &["--grace", "10m"]] {
        let cli = Cli::new();
        let (id, _) = with_ci(&cli);
        cli.sandbox.inject(Fault::redeploy_fails().path("/v1/functions/other-function/secrets"));
        let rotate = [&ROTATE[..], &["--json", "--to", "secret:other-function/T"], grace].concat();
        let ran = cli.jelou(&rotate).ended(12);
        let replaces = &ran.json()["data"]["replaces"];
        assert_eq!((&replaces["revoked"], &replaces["expires_at"]), (&json!(false), &json!(null)));
        assert_eq!(ran.json()["error"]["code"], "PARTIAL_FAILURE");
        assert!(ran.stderr.contains(&format!("`jelou tokens revoke my-function {id} -y`")), "{ran:?}");
        let tokens = named(&cli, "ci");
        assert!(tokens.len() == 2 && tokens.iter().all(|token| token.expires_at.is_none()), "{tokens:?}");
    }
}

#[test]
fn grace_keeps_the_old_token_for_the_given_time() {
    let cli = Cli::new();
    let (id, value) = with_ci(&cli);
    let ran = cli.jelou(&[&ROTATE[..], &["--grace", "10m", "--json"]].concat()).ended(0);
    let replaces = ran.json()["data"]["replaces"].clone();
    assert_eq!((&replaces["id"], &replaces["revoked"]), (&json!(id), &json!(false)));
    assert!(replaces["expires_at"].is_string());
    assert!(!cli.sent(true).iter().any(|line| line.starts_with("DELETE")));
    let new = ran.json()["data"]["token"].as_str().unwrap().to_owned();
    for value in [&value, &new] {
        assert_ne!(status_of(&cli, "my-function", value), 401);
    }
    // While both exist, the name means the new one.
    let again = cli.jelou(&[&ROTATE[..], &["--quiet"]].concat()).ended(0);
    assert_ne!(status_of(&cli, "my-function", again.stdout.trim()), 401);
    let tokens = named(&cli, "ci");
    assert_eq!(tokens.len(), 2, "the old one in its grace, and the newest: {tokens:?}");
    assert!(tokens.iter().any(|token| token.id.as_str() == id));
    assert!(!tokens.iter().any(|token| Some(token.id.as_str()) == ran.json()["data"]["id"].as_str()));
}

/// A command cannot be asked to forget the value: revoking it would leave a dead one in its store.
#[test]
fn a_grace_that_cannot_be_given_leaves_both_valid_where_the_value_is_stored() {
    for (fault, sinks) in [
        (Fault::status(403), &["--to", "command:tee stored"][..]),
        (Fault::status(403), &["--to", "command:tee stored", "--to", "stdout"]),
        (Fault::status(403), &["--to", "file:stored"]),
        (Fault::reset_before().always(), &["--to", "file:stored"]),
    ] {
        let mut cli = Cli::new();
        cli.set("JELOU_RETRIES", "0");
        let (id, value) = with_ci(&cli);
        cli.sandbox.inject(fault.method("PATCH"));
        let ran = cli.jelou(&[&ROTATE[..], &["--grace", "10m", "--json"], sinks].concat()).ended(12);
        let envelope = ran.json();
        assert_eq!(envelope["data"]["replaces"], json!({"id": id, "expires_at": null, "revoked": false}));
        assert_eq!((&envelope["ok"], &envelope["error"]["code"]), (&json!(false), &json!("PARTIAL_FAILURE")));
        assert!(ran.stderr.contains(&format!("`jelou tokens revoke my-function {id} -y`")), "{ran:?}");
        let stored = std::fs::read_to_string(cli.folder().join("stored")).unwrap();
        for value in [&value, &stored] {
            assert_ne!(status_of(&cli, "my-function", value), 401);
        }
        assert!(!cli.sent(true).iter().any(|line| line.starts_with("DELETE")), "{ran:?}");
        let printed = envelope["data"]["token"].as_str();
        assert_eq!(printed, sinks.contains(&"stdout").then_some(stored.as_str()));
    }
}

#[test]
fn a_name_that_exists_is_rotated_if_asked_to() {
    let cli = Cli::new();
    let create = ["tokens", "create", "my-function", "--name", "ci", "--if-exists", "rotate", "--json"];
    let first = cli.jelou(&create).ended(0).json()["data"].clone();
    assert_eq!(cli.sent(true), ["POST /v1/functions/my-function/tokens"]);
    let second = cli.jelou(&create).ended(0).json();
    assert_eq!(second["command"], "tokens create");
    assert_eq!(second["data"]["replaces"]["id"], first["id"]);
    assert_eq!(named(&cli, "ci").len(), 1);
    cli.jelou(&create[..5]).ended(7);
}

#[test]
fn regenerating_stops_the_old_value() {
    let cli = Cli::new();
    let (id, value) = with_ci(&cli);
    cli.jelou(&["tokens", "regenerate", "my-function", "ci"]).ended(2);
    let ran = cli.jelou(&["tokens", "regenerate", "my-function", "ci", "-y", "--wait", "--json"]).ended(0);
    let envelope = ran.json();
    assert_eq!(envelope["data"]["replaces"], json!({ "id": id, "expires_at": null, "revoked": true }));
    assert_eq!(status_of(&cli, "my-function", &value), 401);
    assert_ne!(status_of(&cli, "my-function", envelope["data"]["token"].as_str().unwrap()), 401);
    assert_eq!(named(&cli, "ci").len(), 1);
    let probes = cli.sandbox.requests().into_iter().filter(|entry| entry.plane == Plane::Gateway);
    assert!(probes.clone().count() > 0 && probes.into_iter().all(|entry| entry.method == "GET"));
}

#[test]
fn a_functions_only_token_can_be_regenerated() {
    let cli = Cli::new();
    let value = cli.sandbox.default_token("my-function").unwrap();
    let regenerate = ["tokens", "regenerate", "my-function", "default", "-y", "--wait", "--quiet"];
    let mut failing = regenerate.to_vec();
    failing.extend(["--to", "stdout", "--to", "command:false"]);
    let ran = cli.jelou(&failing).ended(13);
    assert!(ran.stderr.contains("revoked again"), "{ran:?}");
    assert_eq!(cli.sandbox.tokens("my-function").len(), 1);
    // The undo starts a redeploy, which takes a moment.
    until("the old value is accepted", || (status_of(&cli, "my-function", &value) != 401).then_some(()));
    let ran = cli.jelou(&regenerate).ended(0);
    assert_ne!(status_of(&cli, "my-function", ran.stdout.trim()), 401);
    assert_eq!(status_of(&cli, "my-function", &value), 401);
}

//! What is known of a new token only in part: an answer about another one, one that was lost on a
//! platform that ignores keys, a token that is gone already. Nothing is revoked on a guess, and
//! what may exist is named.

use std::path::PathBuf;
use std::time::Duration;

use jelou::sandbox::Fault;
use serde_json::json;

use crate::support::cli::Cli;
use crate::support::raw_server::{self, RawServer};
use crate::support::running::until;

const CREATE: [&str; 5] = ["tokens", "create", "my-function", "--name", "ci"];
const EXEC: [&str; 4] = ["tokens", "exec", "my-function", "--"];

fn created(cli: &Cli, name: &str) -> String {
    cli.jelou(&["tokens", "create", "my-function", "--name", name, "--quiet"]).ended(0);
    cli.sandbox.tokens("my-function").last().unwrap().id.to_string()
}

fn entries(cli: &Cli) -> Vec<PathBuf> {
    let folder = cli.state_folder().join("intents");
    let files = std::fs::read_dir(folder).into_iter().flatten();
    files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|it| it == "json")).collect()
}

fn exists(cli: &Cli, id: &str) -> bool {
    cli.sandbox.tokens("my-function").iter().any(|token| token.id.as_str() == id)
}

/// The id is another token's, the name is the one that was asked for.
#[test]
fn an_undo_looks_at_the_token_before_it_revokes() {
    for (verb, sink) in [("create", "command:false"), ("rotate", "command:false"), ("create", "file:token")] {
        let cli = Cli::new();
        let (victim, _) = (created(&cli, "victim"), created(&cli, "old"));
        cli.sandbox.inject(Fault::patch(json!({"id": victim})).method("POST").always());
        let arguments = match verb {
            "rotate" => vec!["tokens", "rotate", "my-function", "old", "--to", "command:false"],
            _ => [&CREATE[..], &["--to", sink]].concat(),
        };
        if sink == "file:token" {
            // The other way in which a delivery fails: a signal.
            cli.sandbox.inject(Fault::redeploy_hangs().method("POST"));
            let mut running = cli.start(&[&arguments[..], &["--wait"]].concat());
            cli.until_sent("GET /v1/functions/my-function/deployments/");
            running.signal(15);
            assert_eq!(running.end().signal, Some(15));
        } else {
            let ran = cli.jelou(&[&arguments[..], &["--json"]].concat()).ended(13);
            let made = cli.sandbox.tokens("my-function").last().unwrap().id.to_string();
            assert!(ran.stderr.contains(&made), "the token that was made is named: {ran:?}");
            assert_eq!(ran.json()["error"]["details"]["left"]["id"], made, "{ran:?}");
        }
        assert!(exists(&cli, &victim));
        assert!(!cli.sent(true).contains(&format!("DELETE /v1/functions/my-function/tokens/{victim}")));
    }
}

/// The platform ignores keys, so the repeat of a first deploy is a second one, without a token.
#[test]
fn a_first_deploy_whose_answer_was_lost_names_the_default_token() {
    for keys_ignored in [true, false] {
        let cli = Cli::new();
        cli.write("jelou.json", r#"{"slug": "fresh"}"#);
        cli.write("index.ts", "export default {};\n");
        cli.sandbox.inject(Fault::reset_after().method("POST").path("/v1/functions/fresh/deployments"));
        if keys_ignored {
            cli.sandbox.inject(Fault::key_ignored().method("POST").path("/v1/functions/fresh/deployments").always());
        }
        let ran = cli.jelou(&["deploy", "-y", "--json"]).ended(if keys_ignored { 9 } else { 0 });
        let document = ran.json();
        if keys_ignored {
            assert_eq!(document["error"]["details"]["name"], "default");
            assert_eq!(document["error"]["details"]["outcome"], "unknown");
            assert!(ran.stderr.contains("`jelou tokens rotate fresh default --to SINK`"), "{ran:?}");
        } else {
            assert!(document["data"]["token"].is_string(), "{document}");
        }
    }
}

/// Whoever has revoked it, it needs no revoking.
#[test]
fn a_token_that_is_gone_already_does_not_fail_exec() {
    for script in [
        r"for id in $(JELOU_TOKEN=$PAT jelou tokens list my-function --name 'exec-*' --quiet); do JELOU_TOKEN=$PAT jelou tokens revoke my-function $id -y; done",
        "JELOU_TOKEN=$PAT jelou functions delete my-function -y",
    ] {
        let mut cli = Cli::new();
        let pat = cli.sandbox.pat().to_owned();
        cli.set("PAT", &pat);
        let ran = cli.jelou(&[&EXEC[..], &["bash", "-ec", script]].concat()).ended(0);
        assert!(!ran.stderr.contains("hint"), "{ran:?}");
        assert_eq!(entries(&cli), Vec::<PathBuf>::new());
        let next = cli.jelou(&["tokens", "list", "other-function"]).ended(0);
        assert_eq!(next.stderr, "");
    }
}

/// The repeat is refused and nobody can look: the entry is all that is known of the token.
#[test]
fn an_entry_stays_if_its_token_could_not_be_looked_for() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::reset_after().method("POST").times(1));
    cli.jelou(&[&CREATE[..], &["--retries", "0"]].concat()).ended(10);
    assert_eq!(entries(&cli).len(), 1);
    cli.sandbox.inject(Fault::key_ignored().method("POST").always());
    for fault in [Fault::status(403), Fault::garbled(), Fault::reset_before()] {
        cli.sandbox.inject(fault.method("GET").path("/v1/functions/my-function/tokens").times(4));
        let ran = cli.jelou(&["tokens", "recover", "--json"]).ended(7);
        assert_eq!(entries(&cli).len(), 1, "{ran:?}");
        assert_eq!(ran.json()["error"]["details"]["outcome"], "unknown", "{ran:?}");
        cli.sandbox.clear_faults();
        cli.sandbox.inject(Fault::key_ignored().method("POST").always());
    }
}

/// The old token does not lead to the token of the answer.
#[test]
fn a_repeated_rotation_is_held_against_the_old_token() {
    let cli = Cli::new();
    let old = created(&cli, "old");
    cli.sandbox.inject(Fault::status(503).method("POST").times(1));
    cli.sandbox.inject(
        Fault::patch(json!({"replaced_by": null}))
            .method("GET")
            .path(&format!("/v1/functions/my-function/tokens/{old}"))
            .always(),
    );
    let ran = cli.jelou(&["tokens", "rotate", "my-function", "old", "--json"]).ended(9);
    assert!(ran.json()["error"]["message"].as_str().unwrap().contains("does not replace the old one"), "{ran:?}");
    assert!(exists(&cli, &old));
    assert_eq!(cli.token_names("my-function"), ["default", "old"], "{ran:?}");
}

/// A platform that ignores keys, loses its first answer, and has no unique names.
#[test]
fn the_first_of_two_tokens_is_named_and_the_second_revoked() {
    let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let token = move |id: &str| {
        json!({"id": id, "name": "ci", "prefix": "jfn_rt_abcd", "function": "my-function", "status": "active",
               "created_at": now, "last_used_at": null, "expires_at": null, "replaced_by": null})
    };
    let deployment = json!({"id": "dep_1", "function": "my-function", "status": "live", "created_at": "2026-01-01T00:00:00Z",
                            "reason": "token_created", "live_at": null, "error": null, "files": [], "superseded_by": null});
    let server = RawServer::answering(move |number, request| match request.split(' ').next() {
        Some("POST") if number == 0 => Vec::new(),
        Some("POST") => {
            let mut answer = token("tok_second");
            answer["token"] = json!("jfn_rt_abcdefghijklmnop");
            answer["deployment"] = deployment.clone();
            raw_server::json(201, &answer.to_string())
        }
        Some("GET") if request.contains("tok_second") => raw_server::json(200, &token("tok_second").to_string()),
        Some("GET") => {
            let items = [token("tok_first"), token("tok_second")];
            raw_server::json(200, &json!({"items": items, "next_cursor": null}).to_string())
        }
        _ => raw_server::json(
            200,
            &json!({"id": "tok_second", "name": "ci", "revoked": true, "deployment": deployment}).to_string(),
        ),
    });
    let mut cli = Cli::new();
    cli.set("JELOU_API_URL", &server.url()).set("JELOU_TOKEN", "jfn_pat_abcdefghijkl");
    let ran = cli.jelou(&[&CREATE[..], &["--json"]].concat()).ended(9);
    let error = &ran.json()["error"];
    assert_eq!(error["details"]["orphan"]["id"], "tok_first", "{ran:?}");
    assert_eq!(error["details"]["revoked"], true, "{ran:?}");
    assert!(!ran.stdout.contains("jfn_rt_abcdefgh") && !ran.stderr.contains("jfn_rt_abcdefgh"), "{ran:?}");
    let lines: Vec<String> = server.requests().iter().map(|it| it.lines().next().unwrap().to_owned()).collect();
    assert!(lines.contains(&"DELETE /v1/functions/my-function/tokens/tok_second HTTP/1.1".to_owned()), "{lines:?}");
    assert!(!lines.iter().any(|line| line.starts_with("DELETE") && line.contains("tok_first")), "{lines:?}");
}

#[test]
fn a_key_that_was_used_for_another_request_is_said() {
    let cli = Cli::new();
    cli.jelou(&[&CREATE[..], &["--idempotency-key", "k"]].concat()).ended(0);
    let ran =
        cli.jelou(&["tokens", "create", "my-function", "--name", "other", "--idempotency-key", "k", "--json"]).ended(6);
    assert!(ran.stderr.contains("another request had this key"), "{ran:?}");
    let mut again = vec!["tokens", "create", "my-function", "--name", "ci", "--if-exists", "rotate"];
    again.extend(["--idempotency-key", "nightly"]);
    cli.jelou(&again).ended(0);
    let ran = cli.jelou(&again).ended(6);
    assert!(ran.stderr.contains("another request had this key"), "{ran:?}");
    assert_eq!(cli.token_names("my-function"), ["default", "ci"]);
}

#[test]
fn the_successor_of_a_disabled_token_is_active_and_says_so() {
    for verb in [&["rotate"][..], &["regenerate", "-y"]] {
        let cli = Cli::new();
        let old = created(&cli, "old");
        cli.jelou(&["tokens", "disable", "my-function", "old", "-y", "--wait"]).ended(0);
        let arguments = [&["tokens", verb[0], "my-function", "old", "--json"], &verb[1..]].concat();
        let ran = cli.jelou(&arguments).ended(0).json();
        assert_eq!(ran["data"]["status"], "active");
        let warnings = ran["warnings"].as_array().unwrap();
        let warning = warnings.iter().find(|warning| warning["code"] == "SUCCESSOR_IS_ACTIVE").expect("a warning");
        assert_eq!(warning["message"], format!("The token {old} is disabled; the new one is active"));
    }
}

/// `--agent` keeps warnings off stderr, but not what a signal leaves behind.
#[test]
fn a_signal_says_what_it_leaves_behind_to_an_agent() {
    let cli = Cli::new();
    cli.write("jelou.json", r#"{"slug": "my-function"}"#);
    cli.write("index.ts", "export default {};\n");
    cli.sandbox.inject(Fault::delay(Duration::from_secs(30)).method("POST").path("/v1/functions/*/deployments"));
    let mut running = cli.start(&["deploy", "-y", "--agent"]);
    cli.until_sent("POST /v1/functions/my-function/deployments");
    running.signal(15);
    let ended = running.end();
    assert_eq!((ended.signal, ended.ran.stdout.as_str()), (Some(15), ""), "{ended:?}");
    assert!(ended.ran.stderr.contains("`jelou deployments list my-function`"), "{ended:?}");
}

/// The secret is stored after the undo has looked for it.
#[test]
fn a_secret_that_may_still_be_stored_is_named() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::delay(Duration::from_millis(1500)).method("PUT"));
    let mut running = cli.start(&[&CREATE[..], &["--to", "secret:other-function/T"]].concat());
    cli.until_sent("PUT");
    running.signal(15);
    let ended = running.end();
    assert_eq!(ended.signal, Some(15), "{ended:?}");
    assert_eq!(cli.token_names("my-function"), ["default"]);
    assert!(ended.ran.stderr.contains("its value may still be in `secret:other-function/T`"), "{ended:?}");
}

/// A failure that a signal then ends says the status of the signal.
#[test]
fn a_signal_while_a_failure_is_undone_is_what_the_envelope_says() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::delay(Duration::from_millis(500)).method("DELETE"));
    let mut running = cli.start(&[&CREATE[..], &["--to", "command:false", "--json"]].concat());
    cli.until_sent("DELETE");
    running.signal(15);
    let ended = running.end();
    assert_eq!(ended.signal, Some(15), "{ended:?}");
    assert_eq!(ended.ran.json()["error"]["exit_code"], 143, "{ended:?}");
    until("it is gone", || (cli.token_names("my-function").len() == 1).then_some(()));
}

/// An answer about the wrong token, to the question of an entry.
#[test]
fn recover_revokes_no_other_token() {
    let cli = Cli::new();
    let victim = created(&cli, "victim");
    cli.sandbox.inject(Fault::reset_after().method("POST").times(1));
    cli.jelou(&[&CREATE[..], &["--retries", "0"]].concat()).ended(10);
    cli.sandbox.inject(Fault::patch(json!({"id": victim})).method("POST").times(1));
    cli.jelou(&["tokens", "recover", "--revoke", "-y"]).ended(9);
    assert!(exists(&cli, &victim));
    assert_eq!(entries(&cli).len(), 1);
}

/// The 404 of a proxy or of a web server says nothing of tokens and secrets.
#[test]
fn a_404_that_is_not_of_the_api_proves_no_absence() {
    let page = || Fault::html(404).method("DELETE").always();
    for line in [
        "tokens revoke my-function tok_a --ignore-missing -y",
        "secrets delete my-function A --ignore-missing -y",
        "functions delete my-function --ignore-missing -y",
    ] {
        let cli = Cli::new();
        cli.sandbox.inject(page());
        let arguments: Vec<&str> = line.split(' ').collect();
        cli.jelou(&arguments).ended(5);
    }
    let cli = Cli::new();
    created(&cli, "old");
    cli.sandbox.inject(page());
    cli.jelou(&["tokens", "rotate", "my-function", "old"]).ended(12);
    cli.sandbox.inject(Fault::html(404).method("GET").path("/v1/functions/my-function/tokens/*").always());
    let ran = cli.jelou(&[&CREATE[..], &["--to", "command:false", "--json"]].concat()).ended(13);
    let made = cli.sandbox.tokens("my-function").last().unwrap().id.to_string();
    assert_eq!(ran.json()["error"]["details"]["left"]["id"], made, "{ran:?}");
}

/// An answer that names a token that never was: the one that was made is found by its name.
#[test]
fn an_id_that_never_was_hides_no_token() {
    for arguments in [
        &["tokens", "create", "my-function", "--name", "ci", "--to", "command:false"][..],
        &["tokens", "rotate", "my-function", "old", "--to", "command:false"],
        &["tokens", "exec", "my-function", "--name", "ci", "--", "true"],
    ] {
        let cli = Cli::new();
        created(&cli, "old");
        cli.sandbox.inject(Fault::patch(json!({"id": "tok_never"})).method("POST"));
        let ran = cli.jelou(arguments);
        assert!(matches!(ran.status, 12 | 13), "{ran:?}");
        let made = cli.sandbox.tokens("my-function").last().unwrap().id.to_string();
        assert!(ran.stderr.contains(&made), "{arguments:?}: {ran:?}");
    }
}

/// Another run with the same key may have delivered what the entry is about.
#[test]
fn recover_revokes_under_a_given_key_only_what_is_named() {
    let cli = Cli::new();
    let create = [&CREATE[..], &["--idempotency-key", "nightly"]].concat();
    let value = cli.jelou(&[&create[..], &["--quiet"]].concat()).ended(0).stdout;
    cli.jelou(&[&create[..], &["--to", "command:false"]].concat()).ended(13);
    let ran = cli.jelou(&["tokens", "recover", "--revoke", "-y"]).ended(7);
    assert!(ran.stderr.contains("another run with the same key"), "{ran:?}");
    cli.jelou_with_stdin(&["tokens", "verify", "my-function", "--token-stdin"], &value).ended(0);
    let entry = entries(&cli)[0].file_stem().unwrap().to_string_lossy().into_owned();
    cli.jelou(&["tokens", "recover", &entry, "--revoke", "-y"]).ended(0);
    assert_eq!(cli.token_names("my-function"), ["default"]);
}

/// 410 says the same as 404.
#[test]
fn a_token_that_is_gone_by_410_needs_no_revoking() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::status_after(410).method("DELETE").times(1));
    cli.jelou(&[&EXEC[..], &["true"]].concat()).ended(0);
    assert_eq!(cli.token_names("my-function"), ["default"]);
    let id = created(&cli, "cur");
    cli.sandbox.inject(Fault::patch(json!({"revoked": false})).method("DELETE"));
    let ran = cli.jelou(&["tokens", "revoke", "my-function", "cur", "-y"]).ended(9);
    assert!(ran.stderr.contains(&id), "{ran:?}");
}

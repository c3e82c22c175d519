//! A server that lies: no nonsense counts as done, nothing of it becomes a path, and no list or chain goes on for ever.

use std::process::Command;

use jelou::sandbox::Fault;
use serde_json::{Value, json};

use crate::support::cli::Cli;
use crate::support::person::{self, Streams};
use crate::support::raw_server::{self, RawServer};

const HOSTILE: &str = "a\u{1b}[31m\r\n::add-mask::b\n##[command]c \u{202e}d ##vso[task.x]e jfn_rt_LEAKLEAKLEAK1234";

fn against(server: &RawServer) -> Cli {
    let mut cli = Cli::new();
    cli.set("JELOU_API_URL", &server.url()).set("JELOU_GATEWAY_URL", &server.url());
    cli
}

#[test]
fn a_web_page_is_no_proof_that_a_function_is_deleted() {
    for body in ["<html></html>", "{}", "null", ""] {
        let server = RawServer::always(raw_server::json(200, body));
        let ran = against(&server).jelou(&["functions", "delete", "my-function", "-y", "--json"]).ended(9);
        assert_eq!(ran.json()["error"]["code"], "API_ERROR", "{body}");
    }
}

#[test]
fn a_list_whose_pages_go_in_a_circle_ends() {
    for circle in [&["a"][..], &["a", "b"], &["a", "b", "c", "d", "e"]] {
        for format in ["--json", "--ndjson"] {
            let cursors: Vec<String> = circle.iter().map(|&cursor| cursor.to_owned()).collect();
            let server = RawServer::answering(move |number, _| {
                raw_server::json(200, &json!({"items": [], "next_cursor": cursors[number % cursors.len()]}).to_string())
            });
            let ran = against(&server).jelou(&["tokens", "list", "my-function", format]).ended(9);
            assert!(ran.stderr.contains("API_ERROR"), "{ran:?}");
            assert!(server.requests().len() < 40, "{} requests", server.requests().len());
        }
    }
}

#[test]
fn deployments_that_supersede_each_other_end_the_wait() {
    let deployment = |id: &str, next: &str| {
        json!({"id": id, "function": "my-function", "status": "superseded", "reason": "token", "created_at": "2026-04-05T09:00:00Z",
               "live_at": null, "error": null, "files": [], "superseded_by": next})
    };
    let server = RawServer::answering(move |_, request| {
        let (id, next) = if request.contains("/dep_a ") { ("dep_a", "dep_b") } else { ("dep_b", "dep_a") };
        raw_server::json(200, &deployment(id, next).to_string())
    });
    let ran = against(&server).jelou(&["deployments", "wait", "my-function", "dep_a", "--json"]).ended(11);
    assert_eq!(ran.json()["error"]["code"], "NOT_LIVE");
    assert!(server.requests().len() < 10, "{:?}", server.requests());
}

#[test]
fn the_name_that_a_server_gives_its_function_becomes_no_path() {
    for name in ["../..", "..", "other-function", "x y"] {
        let cli = Cli::new();
        cli.sandbox.inject(Fault::patch(json!({"function": name})).path("/v1/functions/*/tokens").method("POST"));
        cli.jelou(&["tokens", "create", "my-function", "--name", "ci", "--wait", "--quiet"]).ended(0);
        cli.sandbox.inject(Fault::patch(json!({"function": name})).path("/v1/functions/*/tokens/*").method("GET"));
        let id = cli.sandbox.tokens("my-function").last().unwrap().id.to_string();
        cli.jelou(&["tokens", "rotate", "my-function", &id, "--quiet"]).ended(0);
        let sent = cli.sent(false);
        let strays = |line: &&String| !line.contains("/functions/my-function/") && !line.contains("/fn/my-function/");
        assert_eq!(sent.iter().find(strays), None, "{name}");
    }
}

#[test]
fn a_function_with_a_slug_that_is_none_cannot_be_picked() {
    let page = json!({"items": [function("../../me"), function("good-one")], "next_cursor": null}).to_string();
    let server = RawServer::always(raw_server::json(200, &page));
    let cli = against(&server);
    let mut command = Command::new(env!("CARGO_BIN_EXE_jelou"));
    command.args(["tokens", "list"]).env_clear().envs(cli.env()).current_dir(cli.folder());
    let session = person::run(command, Streams::All, Some(("Which function", "\r")));
    assert!(!session.screen.contains("../../me"), "{session:?}");
    assert!(server.requests()[1].starts_with("GET /v1/functions/good-one/tokens?"), "{:?}", server.requests());
}

fn function(slug: &str) -> Value {
    json!({"slug": slug, "name": "x", "description": null, "url": "https://a", "mcp_url": "https://a/mcp", "status": "live",
           "created_at": "2026-04-05T09:00:00Z", "updated_at": "2026-04-05T09:00:00Z", "active_deployment_id": null})
}

/// The value is no text, so the answer makes no sense; which token it was is still told.
#[test]
fn a_token_is_revoked_even_if_its_answer_makes_no_sense() {
    for value in [
        json!(5),
        json!(null),
        json!("short"),
        json!("two words here"),
        json!("x".repeat(4097)),
        json!("a\u{1b}bcdefghi"),
    ] {
        let cli = Cli::new();
        let id = cli.sandbox.tokens("my-function")[0].id.to_string();
        for verb in [&["create", "my-function", "--name", "ci"][..], &["rotate", "my-function", id.as_str()]] {
            cli.sandbox.inject(Fault::patch(json!({"token": value})).method("POST").always());
            let ran = cli.jelou(&[&["tokens"], verb, &["--json"]].concat()).ended(9);
            assert_eq!(ran.json()["error"]["code"], "API_ERROR");
            assert_eq!(ran.json()["error"]["details"]["revoked"], true, "{value} {ran:?}");
            assert_eq!(cli.sandbox.tokens("my-function").len(), 1, "{value}");
            cli.sandbox.clear_faults();
        }
    }
}

#[test]
fn an_id_that_is_none_is_not_used() {
    for id in [
        json!("../../me"),
        json!("a b"),
        json!(""),
        json!("x".repeat(129)),
        json!("tok_\n1"),
        json!("tok_é"),
        json!(5),
        json!(null),
    ] {
        let cli = Cli::new();
        for (fault, arguments) in [
            (Fault::patch(json!({"id": id})).method("POST"), &["tokens", "create", "my-function", "--name", "ci"][..]),
            (
                Fault::patch(json!({"deployment": {"id": id}})).method("POST"),
                &["tokens", "create", "my-function", "--name", "cj"],
            ),
            (
                Fault::patch(json!({"items": [{"id": id}]})).method("GET"),
                &["tokens", "revoke", "my-function", "default", "-y"],
            ),
            (Fault::patch(json!({"id": id})).path("/v1/me"), &["whoami"]),
        ] {
            cli.sandbox.clear_faults();
            cli.sandbox.inject(fault.always());
            let ran = cli.jelou(&[arguments, &["--json"]].concat()).ended(9);
            assert_eq!(ran.json()["error"]["code"], "API_ERROR", "{id} {arguments:?}");
        }
        assert!(
            cli.sent(true).iter().all(|line| !line.starts_with("DELETE") || line.contains("/tok_")),
            "{:?}",
            cli.sent(true)
        );
    }
}

/// Statuses that are not known yet are passed on, fields that are not known are left out, and what is missing is noticed.
#[test]
fn what_is_new_is_borne_and_what_is_missing_is_noticed() {
    for (patch, status) in [
        (json!({"status": "frozen"}), 0),
        (json!({"deployment": {"status": "paused"}}), 0),
        (json!({"brand_new": {"deep": [1]}}), 0),
        (json!({"last_used_at": null, "expires_at": null}), 0),
        (json!({"prefix": null}), 9),
        (json!({"deployment": null}), 9),
        (json!({"created_at": "yesterday"}), 9),
    ] {
        let cli = Cli::new();
        cli.sandbox.inject(Fault::patch(patch.clone()).method("POST").always());
        let ran = cli.jelou(&["tokens", "create", "my-function", "--name", "ci", "--json"]).ended(status);
        if let Some(text) = patch["status"].as_str() {
            assert_eq!(ran.json()["data"]["status"], text);
        }
        assert_eq!(cli.sandbox.tokens("my-function").len(), if status == 0 { 2 } else { 1 }, "{patch}");
    }
}

#[test]
fn hostile_text_becomes_neither_a_command_nor_a_control_character() {
    let token = json!({"id": "tok_a", "name": HOSTILE, "prefix": HOSTILE, "function": HOSTILE, "status": HOSTILE, "created_at": "2026-04-05T09:00:00Z",
                       "last_used_at": null, "expires_at": null, "replaced_by": null});
    let deployment = json!({"id": "dep_a", "function": HOSTILE, "status": "failed", "reason": HOSTILE, "created_at": "2026-04-05T09:00:00Z",
                            "live_at": null, "error": HOSTILE, "files": [], "superseded_by": null});
    let refusal = json!({"error": HOSTILE, "code": HOSTILE, "message": HOSTILE, "request_id": HOSTILE, "details": {HOSTILE: HOSTILE}});
    let server = RawServer::answering(move |_, request| {
        let revoked = json!({"id": "tok_a", "name": HOSTILE, "revoked": true, "deployment": deployment});
        match request.split(' ').take(2).collect::<Vec<_>>()[..] {
            ["DELETE", path] if path.ends_with("tok_a") => raw_server::json(200, &revoked.to_string()),
            ["GET", path] if path.contains("/tokens?") => {
                raw_server::json(200, &json!({"items": [token], "next_cursor": null}).to_string())
            }
            ["GET", path] if path.contains("/deployments?") => {
                raw_server::json(200, &json!({"items": [deployment], "next_cursor": null}).to_string())
            }
            ["GET", path] if path.contains("/deployments/") => raw_server::json(200, &deployment.to_string()),
            _ => raw_server::json(403, &refusal.to_string()),
        }
    });
    let cli = against(&server);
    for (arguments, status) in [
        (&["tokens", "list", "my-function"][..], 0),
        (&["tokens", "revoke", "my-function", "tok_a", "-y"], 0),
        (&["tokens", "revoke", "my-function", "tok_a", "-y", "--wait"], 11),
        (&["tokens", "revoke", "my-function", "tok_a", "tok_b", "-y"], 12),
        (&["tokens", "create", "my-function", "--name", "ci"], 4),
        (&["deployments", "list", "my-function"], 0),
        (&["deployments", "info", "my-function", "dep_a"], 0),
        (&["deployments", "wait", "my-function", "dep_a"], 11),
        (&["secrets", "list", "my-function"], 4),
        (&["functions", "list"], 4),
        (&["whoami"], 4),
    ] {
        for format in [&[][..], &["--json"], &["-v", "-v"]] {
            let ran = cli.jelou(&[arguments, format].concat()).ended(status);
            for stream in [&ran.stdout, &ran.stderr] {
                let control = |letter: &char| letter.is_control() && *letter != '\n' || *letter == '\u{202e}';
                assert_eq!(stream.chars().find(control), None, "{arguments:?} {stream:?}");
                assert!(!stream.lines().any(|line| line.trim_start().starts_with("::")), "{arguments:?} {stream}");
                assert!(!stream.contains("##[") && !stream.contains("##vso["), "{arguments:?} {stream}");
            }
            assert!(!ran.stderr.contains("LEAKLEAK"), "{arguments:?} {}", ran.stderr);
            if format == ["--json"] {
                ran.json();
            }
        }
    }
}

//! Hostile text: cleaned where the server may write what it likes, and refused with the whole
//! answer where it stands for a slug.

use jelou::sandbox::Fault;
use serde_json::{Value, json};

use super::against;
use crate::support::cli::{Cli, Ran};
use crate::support::raw_server::{self, RawServer};
use crate::support::terminal::Streams;

const HOSTILE: &str = "a\u{1b}[31m\r\n::add-mask::b\n##[command]c \u{202e}d ##vso[task.x]e jfn_rt_LEAKLEAKLEAK1234";

/// A platform with one token and one deployment whose free-text fields are hostile. Everything else
/// is refused with a hostile 403.
fn server(slug: &'static str) -> RawServer {
    let token = json!({"id": "tok_a", "name": HOSTILE, "prefix": HOSTILE, "function": slug, "status": HOSTILE,
                       "created_at": "2026-04-05T09:00:00Z", "last_used_at": null, "expires_at": null, "replaced_by": null});
    let deployment = json!({"id": "dep_a", "function": slug, "status": "failed", "reason": HOSTILE,
                            "created_at": "2026-04-05T09:00:00Z", "live_at": null, "error": HOSTILE, "files": [],
                            "superseded_by": null});
    let revoked = json!({"id": "tok_a", "name": HOSTILE, "revoked": true, "deployment": deployment});
    let refusal = json!({"error": HOSTILE, "code": HOSTILE, "message": HOSTILE, "request_id": HOSTILE,
                         "details": {HOSTILE: HOSTILE}});
    let page = |item: &Value| json!({"items": [item], "next_cursor": null});
    RawServer::answering(move |_, request| {
        let (status, body) = match request.split(' ').take(2).collect::<Vec<_>>()[..] {
            ["DELETE", path] if path.ends_with("tok_a") => (200, revoked.clone()),
            ["GET", path] if path.contains("/tokens?") => (200, page(&token)),
            ["GET", path] if path.contains("/deployments?") => (200, page(&deployment)),
            ["GET", path] if path.contains("/deployments/") => (200, deployment.clone()),
            _ => (403, refusal.clone()),
        };
        raw_server::json(status, &body.to_string())
    })
}

#[track_caller]
fn assert_clean(ran: &Ran, what: &[&str]) {
    for stream in [&ran.stdout, &ran.stderr] {
        let control = |letter: &char| letter.is_control() && *letter != '\n' || *letter == '\u{202e}';
        assert_eq!(stream.chars().find(control), None, "{what:?} {stream:?}");
        assert!(!stream.lines().any(|line| line.trim_start().starts_with("::")), "{what:?} {stream}");
        assert!(!stream.contains("##[") && !stream.contains("##vso["), "{what:?} {stream}");
    }
    assert!(!ran.stderr.contains("LEAKLEAK"), "{what:?} {}", ran.stderr);
}

/// What is run, its status where the slugs are true, and its status where they are hostile.
const COMMANDS: [(&[&str], i32, i32); 11] = [
    (&["tokens", "list", "my-function"], 0, 9),
    (&["tokens", "revoke", "my-function", "tok_a", "-y"], 11, 9),
    (&["tokens", "revoke", "my-function", "tok_a", "-y", "--wait"], 11, 9),
    (&["tokens", "revoke", "my-function", "tok_a", "tok_b", "-y"], 12, 12),
    (&["tokens", "create", "my-function", "--name", "ci"], 4, 4),
    (&["deployments", "list", "my-function"], 0, 9),
    (&["deployments", "info", "my-function", "dep_a"], 0, 9),
    (&["deployments", "wait", "my-function", "dep_a"], 11, 9),
    (&["secrets", "list", "my-function"], 4, 4),
    (&["functions", "list"], 4, 4),
    (&["whoami"], 4, 4),
];

#[test]
fn hostile_text_in_free_fields_is_cleaned_and_a_hostile_slug_refuses_the_answer() {
    for (slug, is_true) in [("my-function", true), (HOSTILE, false)] {
        let server = server(slug);
        let cli = against(&server);
        for (arguments, if_true, if_hostile) in COMMANDS {
            for format in [&[][..], &["--json"], &["-v", "-v"]] {
                let ran = cli.jelou(&[arguments, format].concat()).ended(if is_true { if_true } else { if_hostile });
                assert_clean(&ran, arguments);
                if format == ["--json"] {
                    ran.json();
                }
            }
        }
    }
}

/// Such an answer is about no token that was asked for: nothing is revoked on its word, the request
/// is named by its key, and no request goes to the slug that the server made up.
#[test]
fn a_malformed_slug_refuses_the_answer_and_never_becomes_a_path() {
    for slug in ["../..", "..", "x y", "", "UPPER", HOSTILE] {
        let cli = Cli::new();
        let id = cli.sandbox.tokens("my-function")[0].id.to_string();
        for verb in [&["create", "my-function", "--name", "ci", "--wait"][..], &["rotate", "my-function", &id]] {
            cli.sandbox.inject(Fault::patch(json!({"function": slug})).method("POST").always());
            let ran = cli.jelou(&[&["tokens"], verb, &["--quiet"]].concat()).ended(9);
            assert_eq!(ran.stdout, "");
            assert!(ran.stderr.contains("API_ERROR"), "{ran:?}");
            assert_clean(&ran, verb);
            assert!(ran.stderr.contains("its idempotency key is"), "{slug:?}: the request is named: {ran:?}");
            cli.sandbox.clear_faults();
        }
        assert_only_my_function_was_asked(&cli, slug);
    }
}

#[track_caller]
fn assert_only_my_function_was_asked(cli: &Cli, what: &str) {
    let sent = cli.sent(false);
    let strays = |line: &&String| !line.contains("/functions/my-function/") && !line.contains("/fn/my-function/");
    assert_eq!(sent.iter().find(strays), None, "{what:?}");
}

#[test]
fn a_list_with_a_malformed_slug_is_not_offered_to_pick_from() {
    let page = json!({"items": [function("../../me"), function("good-one")], "next_cursor": null}).to_string();
    let server = RawServer::always(raw_server::json(200, &page));
    let session = against(&server).at_terminal(&["tokens", "list"], Streams::All, None).ended(9);
    assert!(session.screen.contains("API_ERROR") && !session.screen.contains("../../me"), "{session:?}");
    assert_eq!(server.requests().len(), 1, "{:?}", server.requests());
}

fn function(slug: &str) -> Value {
    json!({"slug": slug, "name": "x", "description": null, "url": "https://a", "mcp_url": "https://a/mcp", "status": "live",
           "created_at": "2026-04-05T09:00:00Z", "updated_at": "2026-04-05T09:00:00Z", "active_deployment_id": null})
}

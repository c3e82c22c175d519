//! Lists and chains of deployments that never end.

use serde_json::json;

use super::against;
use crate::support::cli::Cli;
use crate::support::raw_server::{self, RawServer};

#[test]
fn a_list_whose_cursors_repeat_fails() {
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

/// Every page is empty and has a new cursor.
#[test]
fn a_list_without_a_last_page_fails_after_10_000_pages() {
    let server = RawServer::answering(|number, _| {
        raw_server::json(200, &json!({"items": [], "next_cursor": format!("c{number}")}).to_string())
    });
    let mut cli = Cli::new();
    cli.set("JELOU_API_URL", &server.url());
    let ran = cli.jelou(&["tokens", "list", "my-function"]).ended(9);
    assert!(ran.stderr.contains("API_ERROR"), "{ran:?}");
    assert_eq!(server.requests().len(), 10_000);
}

#[test]
fn deployments_that_supersede_each_other_are_not_live() {
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

//! Functions: list, info, create, delete.

use jelou::sandbox::{Fault, Fixture};
use serde_json::json;

use crate::support::cli::Cli;

#[test]
fn functions_are_listed() {
    let cli = Cli::new();
    let data = cli.jelou(&["functions", "list", "--json"]).ended(0).json()["data"].clone();
    let slugs: Vec<&str> = data.as_array().unwrap().iter().map(|it| it["slug"].as_str().unwrap()).collect();
    assert_eq!(slugs, ["my-function", "other-function"]);
    assert_eq!(cli.jelou(&["functions", "list", "--quiet"]).ended(0).stdout, "my-function\nother-function\n");
}

#[test]
fn info_shows_what_a_caller_needs() {
    let cli = Cli::new();
    let data = cli.jelou(&["functions", "info", "my-function", "--json"]).ended(0).json()["data"].clone();
    assert_eq!(data["slug"], "my-function");
    assert_eq!(cli.sent(true), Vec::<String>::new());
}

/// Each client has a form of its own for a value that is elsewhere; no form holds the value.
#[test]
fn an_mcp_client_gets_the_form_of_its_documents() {
    let cli = Cli::new();
    let url = format!("{}/fn/my-function/mcp", cli.sandbox.gateway_url());
    let header = |value: &str| json!({"X-Jelou-Token": value});
    let claude = json!({"mcpServers": {"my-function":
        {"type": "http", "url": url, "headers": header("${JELOU_FUNCTION_TOKEN}")}}});
    let cursor = json!({"mcpServers": {"my-function": {"url": url, "headers": header("${env:JELOU_FUNCTION_TOKEN}")}}});
    let asked = json!({"type": "promptString", "id": "jelou-my-function", "description": "Runtime token of my-function",
                       "password": true});
    let vscode = json!({"inputs": [asked], "servers": {"my-function":
        {"type": "http", "url": url, "headers": header("${input:jelou-my-function}")}}});
    for (flag, expected, told) in [
        ("--mcp-config", &claude, "Claude Code expands `${JELOU_FUNCTION_TOKEN}`"),
        ("--mcp-config=claude", &claude, "other clients do not"),
        ("--mcp-config=cursor", &cursor, "Cursor expands `${env:JELOU_FUNCTION_TOKEN}`"),
        ("--mcp-config=vscode", &vscode, "VS Code asks for the token"),
    ] {
        let ran = cli.jelou(&["functions", "info", "my-function", flag]).ended(0);
        let printed: serde_json::Value = serde_json::from_str(&ran.stdout).expect("a document for a file");
        assert_eq!(printed, *expected, "{flag}");
        assert!(ran.stderr.contains(told), "{flag}: {}", ran.stderr);
        let quiet = cli.jelou(&["functions", "info", "my-function", flag, "--quiet"]).ended(0).stdout;
        assert_eq!(quiet, ran.stdout, "{flag}");
        assert_eq!(cli.jelou(&["functions", "info", "my-function", flag, "--json"]).ended(0).json()["data"], *expected);
    }
    let fields = cli.jelou(&["functions", "info", "my-function", "--mcp-config=brain-studio"]).ended(0);
    assert!(fields.stdout.contains(&url) && fields.stdout.contains("X-Jelou-Token"), "{}", fields.stdout);
    assert!(fields.stderr.contains("the token itself"), "{}", fields.stderr);
    let data = cli.jelou(&["functions", "info", "my-function", "--mcp-config=brain-studio", "--json"]).ended(0).json();
    assert_eq!(data["data"], json!({"url": url, "header_name": "X-Jelou-Token"}));
    cli.jelou(&["functions", "info", "my-function", "--mcp-config=emacs"]).ended(2);
}

#[test]
fn a_function_without_mcp_has_no_configuration_for_it() {
    let seed = Fixture::parse(r#"{"functions": [{"slug": "my-function", "mcp": false}]}"#).unwrap();
    let cli = Cli::with(|builder| builder.fixture(seed));
    for client in ["claude", "cursor", "vscode", "brain-studio"] {
        let ran = cli.jelou(&["functions", "info", "my-function", &format!("--mcp-config={client}")]).ended(2);
        assert!(ran.stdout.is_empty() && ran.stderr.contains("has no MCP endpoint"), "{}", ran.stderr);
    }
    let shown = cli.jelou(&["functions", "info", "my-function", "--json"]).ended(0).json();
    assert!(shown["data"]["brain_studio"]["url"].is_null(), "{shown}");
}

#[test]
fn a_function_is_created_once() {
    let cli = Cli::new();
    let document = cli.jelou(&["functions", "create", "fresh", "--json"]).ended(0).json();
    assert_eq!((&document["data"]["slug"], &document["data"]["status"]), (&json!("fresh"), &json!("created")));
    cli.jelou(&["functions", "create", "fresh"]).ended(7);
    cli.sandbox.inject(Fault::reset_after().method("POST"));
    cli.jelou(&["functions", "create", "second"]).ended(0);
    let posts: Vec<_> = cli.sandbox.requests().into_iter().filter(|entry| entry.method == "POST").collect();
    assert!(posts.iter().all(|entry| entry.idempotency_key.is_some()));
    assert_eq!(posts[2].idempotency_key, posts[3].idempotency_key);
}

#[test]
fn a_function_is_deleted_once() {
    let cli = Cli::new();
    cli.jelou(&["functions", "delete", "other-function", "-y"]).ended(0);
    assert!(cli.sandbox.function("other-function").is_none());
    cli.jelou(&["functions", "delete", "other-function", "-y"]).ended(5);
}

#[test]
fn deployments_are_listed_and_shown() {
    let cli = Cli::new();
    let data = cli.jelou(&["deployments", "list", "my-function", "--json"]).ended(0).json()["data"].clone();
    let id = data[0]["id"].as_str().unwrap();
    assert_eq!(cli.jelou(&["deployments", "list", "my-function", "--quiet"]).ended(0).stdout, format!("{id}\n"));
    let shown = cli.jelou(&["deployments", "info", "my-function", id, "--json"]).ended(0).json();
    assert_eq!((&shown["data"]["id"], &shown["data"]["status"]), (&json!(id), &json!("live")));
    cli.write("jelou.json", r#"{"function":"my-function"}"#);
    cli.jelou(&["deployments", "info", id]).ended(0);
}

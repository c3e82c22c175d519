//! Functions: list, info, create, delete.

use jelou::sandbox::Fault;
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
    let config = cli.jelou(&["functions", "info", "my-function", "--mcp-config"]).ended(0).stdout;
    let config: serde_json::Value = serde_json::from_str(&config).expect("JSON");
    assert!(config.to_string().contains("X-Jelou-Token"), "{config}");
    assert!(!config.to_string().contains("jfn_rt_sbx_"), "no value: {config}");
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

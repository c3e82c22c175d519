//! Deploying: every limit is checked before any request; the first deploy delivers the default
//! token, once.

use std::os::unix::fs::symlink;

use jelou::sandbox::{Fault, Fixture};
use serde_json::json;

use crate::support::cli::Cli;

const DEPLOY: &[&str] = &["deploy", "-y"];

/// A folder that deploys as `fresh`, on a platform that does not know it.
fn fresh() -> Cli {
    let cli = Cli::with(|builder| builder.fixture(Fixture::example()));
    cli.write("jelou.json", r#"{"function":"fresh","name":"Fresh one","description":"For the tests"}"#);
    cli.write("index.ts", "export default (input: unknown) => input;");
    cli
}

#[track_caller]
fn refused(cli: &Cli, what: &str) {
    let ran = cli.jelou(DEPLOY).ended(2);
    assert!(ran.stderr.contains(what), "`{what}`: {ran:?}");
    assert!(cli.sandbox.requests().is_empty(), "nothing is sent before the check");
}

#[test]
fn the_first_deploy_creates_the_function_and_delivers_its_token_once() {
    let mut cli = fresh();
    let ran = cli.jelou(&[DEPLOY, &["--wait", "--json"]].concat()).ended(0);
    let data = ran.json()["data"].clone();
    let value = data["token"].as_str().expect("the default token").to_owned();
    assert_eq!((&data["token_info"]["name"], &data["status"]), (&json!("default"), &json!("live")));
    assert!(data["live"]["accepted_after_ms"].is_u64(), "{data}");
    let function = cli.sandbox.function("fresh").expect("the function");
    assert_eq!((function.name.as_str(), function.description.as_deref()), ("Fresh one", Some("For the tests")));
    cli.set("JELOU_FUNCTION_TOKEN", &value);
    cli.jelou(&["tokens", "verify", "fresh"]).ended(0);
    let again = cli.jelou(&[DEPLOY, &["--json"]].concat()).ended(0).json();
    assert!(again["data"]["token"].is_null() && again["data"]["token_info"].is_null(), "{again}");
    assert_eq!(cli.jelou(&[DEPLOY, &["--quiet"]].concat()).ended(0).stdout, "");
    assert_eq!(cli.sandbox.tokens("fresh").len(), 1);
    assert_eq!(cli.sandbox.invocations("fresh"), 0);
}

#[test]
fn the_limits_are_checked_before_anything_is_sent() {
    let cli = fresh();
    for number in 0..19 {
        cli.write(&format!("lib/{number}.ts"), "1");
    }
    refused(&cli, "21 files");
    let cli = fresh();
    cli.write("big.txt", "x".repeat(256 * 1024 + 1));
    refused(&cli, "`big.txt`");
    let cli = fresh();
    for number in 0..5 {
        cli.write(&format!("{number}.txt"), "x".repeat(256 * 1024));
    }
    refused(&cli, "1048576");
}

#[test]
fn a_project_at_the_limits_is_deployed() {
    let cli = fresh();
    for number in 0..17 {
        cli.write(&format!("lib/{number}.ts"), "1");
    }
    cli.write("big.txt", "x".repeat(256 * 1024));
    let data = cli.jelou(&[DEPLOY, &["--json"]].concat()).ended(0).json()["data"].clone();
    assert_eq!(data["files"].as_array().unwrap().len(), 20, "{data}");
}

#[test]
fn ignored_and_unsupported_files_are_not_uploaded() {
    let cli = fresh();
    for path in [
        "node_modules/a/index.ts",
        "dist/x.js",
        ".git/config",
        ".env",
        ".jelou/state.json",
        ".hidden.ts",
        "lib/.secret.ts",
    ] {
        cli.write(path, "SECRET=hunter2");
    }
    cli.write("logo.png", [0x89, 0x50]);
    cli.write("lib/run.sh", "");
    cli.write("lib/ok.ts", "1");
    let document = cli.jelou(&[DEPLOY, &["--json"]].concat()).ended(0).json();
    let mut paths: Vec<&str> =
        document["data"]["files"].as_array().unwrap().iter().map(|it| it["path"].as_str().unwrap()).collect();
    paths.retain(|path| *path != "jelou.json");
    assert_eq!(paths, ["index.ts", "lib/ok.ts"]);
    let warning =
        document["warnings"].as_array().unwrap().iter().find(|it| it["code"] == "FILES_SKIPPED").expect("a warning");
    assert!(warning["message"].as_str().unwrap().ends_with("lib/run.sh, logo.png"), "{warning}");
}

#[test]
fn a_symlink_that_leaves_the_folder_is_refused() {
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::write(elsewhere.path().join("secret.ts"), "hunter2").unwrap();
    for target in
        [elsewhere.path().join("secret.ts"), elsewhere.path().to_owned(), "/etc/passwd".into(), "nowhere".into()]
    {
        let cli = fresh();
        symlink(&target, cli.folder().join("linked.ts")).unwrap();
        refused(&cli, "`linked.ts`");
    }
    let cli = fresh();
    symlink("index.ts", cli.folder().join("alias.ts")).unwrap();
    cli.jelou(DEPLOY).ended(0);
    let cli = fresh();
    cli.write("a/b.ts", "1");
    symlink("..", cli.folder().join("a/loop")).unwrap();
    cli.jelou(DEPLOY).ended(2);
    assert!(cli.sandbox.requests().is_empty());
}

#[test]
fn an_invalid_jelou_json_is_refused() {
    for (content, what) in [
        ("", "jelou.json"),
        ("{", "jelou.json"),
        ("[]", "jelou.json"),
        (r#"{"function":"fresh","entrypoint":{}}"#, "`entrypoint` is not a text"),
        ("{}", "slug"),
        (r#"{"slug":"../../me"}"#, "slug"),
        (r#"{"slug":5}"#, "jelou.json"),
        (r#"{"function":"fresh","entrypoint":"main.ts"}"#, "main.ts"),
        (r#"{"function":"fresh","entrypoint":"../x.ts"}"#, "x.ts"),
    ] {
        let cli = fresh();
        cli.write("jelou.json", content);
        refused(&cli, what);
    }
    let mut cli = Cli::new();
    cli.set("JELOU_FUNCTION", "my-function");
    cli.write("index.ts", "1");
    assert!(cli.jelou(DEPLOY).ended(2).stderr.contains("MISSING_FUNCTIONS_PROJECT"), "never from the environment");
    cli.jelou(&["deploy", "nowhere", "-y"]).ended(2);
    let cli = fresh();
    std::fs::remove_file(cli.folder().join("index.ts")).unwrap();
    refused(&cli, "`index.ts`");
}

#[test]
fn unknown_keys_warn() {
    let cli = fresh();
    cli.write("jelou.json", r#"{"function":"fresh","color":"red","api_url":"https://evil.example"}"#);
    let document = cli.jelou(&[DEPLOY, &["--json"]].concat()).ended(0).json();
    let warning = &document["warnings"][0];
    assert_eq!(warning["code"], "UNKNOWN_KEYS");
    assert!(warning["message"].as_str().unwrap().contains("`color`"), "{warning}");
}

#[test]
fn a_lost_answer_deploys_once() {
    for path in ["/v1/functions", "/v1/functions/*/deployments"] {
        let cli = fresh();
        cli.sandbox.inject(Fault::reset_after().method("POST").path(path));
        let document = cli.jelou(&[DEPLOY, &["--json"]].concat()).ended(0).json();
        assert!(document["data"]["token"].is_string(), "the replay has the value: {document}");
        assert_eq!(cli.sandbox.deployments("fresh").len(), 1);
    }
    for (key, retryable) in [(&[][..], false), (&["--idempotency-key", "build-7"], true)] {
        let cli = fresh();
        cli.sandbox.inject(Fault::reset_after().method("POST").path("/v1/functions/*/deployments").always());
        let document = cli.jelou(&[DEPLOY, &["--json", "--retries", "1"], key].concat()).ended(10).json();
        assert_eq!(document["error"]["details"]["outcome"], "unknown");
        assert_eq!(document["error"]["retryable"], retryable, "{document}");
    }
}

#[test]
fn a_first_deploy_that_fails_still_delivers_its_token() {
    let cli = fresh();
    cli.sandbox.inject(Fault::redeploy_fails());
    let document = cli.jelou(&[DEPLOY, &["--wait", "--json"]].concat()).ended(11).json();
    assert!(document["data"]["token"].is_string(), "{document}");
    assert_eq!(document["data"]["status"], "failed");
}

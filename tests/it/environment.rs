//! Environment variables: an empty value counts as unset, a flag beats a variable, `CI=false` means
//! no CI.

use crate::support::cli::Cli;
use crate::support::terminal::Streams;

#[test]
fn an_empty_variable_is_not_set() {
    let mut cli = Cli::new();
    for name in [
        "JELOU_PROFILE",
        "JELOU_FUNCTION",
        "JELOU_OUTPUT",
        "JELOU_RETRIES",
        "JELOU_CA_CERT",
        "JELOU_CONFIG_DIR",
        "JELOU_NO_INPUT",
    ] {
        cli.set(name, "");
    }
    cli.jelou(&["tokens", "list", "my-function"]).ended(0);
    cli.jelou(&["tokens", "list"]).ended(2);
    cli.set("JELOU_TOKEN", "");
    let ran = cli.jelou(&["tokens", "list", "my-function"]).ended(3);
    assert!(ran.stderr.contains("MISSING_AUTH"), "{ran:?}");
}

#[test]
fn a_function_comes_from_the_argument_then_the_variable_then_the_folder() {
    let mut cli = Cli::new();
    cli.write("jelou.json", r#"{"function":"other-function"}"#);
    cli.jelou(&["tokens", "list"]).ended(0);
    cli.set("JELOU_FUNCTION", "my-function");
    cli.jelou(&["tokens", "list"]).ended(0);
    cli.jelou(&["tokens", "list", "other-function"]).ended(0);
    let paths: Vec<String> = cli.sandbox.requests().into_iter().map(|entry| entry.path).collect();
    let of = |slug: &str| format!("/v1/functions/{slug}/tokens");
    assert_eq!(paths, [of("other-function"), of("my-function"), of("other-function")]);
    cli.set("JELOU_FUNCTION", "../../me");
    cli.jelou(&["tokens", "list"]).ended(2);
}

#[test]
fn the_folder_of_a_function_is_found_from_below() {
    let cli = Cli::new();
    cli.write("jelou.json", r#"{"function":"my-function"}"#);
    cli.write("a/b/c.txt", "");
    let mut command = cli.command(&["tokens", "list", "--quiet"]);
    command.current_dir(cli.folder().join("a/b")).assert().success();
    cli.write("a/jelou.json", "{");
    let ran = crate::support::cli::Ran::of(cli.command(&["tokens", "list"]).current_dir(cli.folder().join("a/b")));
    assert!(ran.ended(2).stderr.contains("jelou.json"));
}

#[test]
fn ci_false_is_not_ci() {
    for (name, value, asks) in [
        ("CI", "true", false),
        ("CI", "1", false),
        ("CI", "woodpecker", false),
        ("CI", "false", true),
        ("CI", "0", true),
        ("CI", "", true),
        ("JELOU_NO_INPUT", "1", false),
        ("JELOU_NO_INPUT", "0", true),
    ] {
        let mut cli = Cli::new();
        cli.set(name, value);
        let arguments = ["tokens", "revoke", "my-function", "default"];
        let session = cli.at_terminal(&arguments, Streams::All, asks.then_some(("(y/N)", "n\r")));
        assert_eq!(session.status, if asks { 14 } else { 2 }, "{name}={value} {session:?}");
    }
}

#[test]
fn a_flag_beats_a_variable() {
    let mut cli = Cli::new();
    cli.set("JELOU_OUTPUT", "json");
    assert!(cli.jelou(&["tokens", "list", "my-function", "--human"]).ended(0).stdout.contains("Prefix"));
    assert!(cli.jelou(&["tokens", "list", "my-function", "--quiet"]).ended(0).stdout.starts_with("tok_"));
    assert!(
        cli.jelou(&["tokens", "list", "my-function", "--jq", ".data[0].name"]).ended(0).stdout.starts_with("default")
    );
    cli.set("JELOU_API_URL", "http://127.0.0.1:1");
    let url = cli.sandbox.api_url();
    cli.jelou(&["--api-url", &url, "tokens", "list", "my-function"]).ended(0);
    cli.set("JELOU_RETRIES", "x");
    assert!(cli.jelou(&["whoami"]).ended(2).stderr.contains("JELOU_RETRIES"));
}

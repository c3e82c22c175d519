//! Destructive commands ask at a terminal; elsewhere they need `-y`, or nothing is sent.

use crate::support::cli::Cli;
use crate::support::terminal::Streams;

/// Every destructive verb.
const DESTRUCTIVE: [&[&str]; 10] = [
    &["tokens", "revoke", "my-function", "default"],
    &["tokens", "revoke", "my-function", "tok_1"],
    &["tokens", "prune", "my-function", "--all"],
    &["tokens", "regenerate", "my-function", "default"],
    &["tokens", "disable", "my-function", "default"],
    &["rollback", "my-function", "dep_1"],
    &["secrets", "delete", "my-function", "A"],
    &["functions", "delete", "my-function"],
    &["deploy"],
    &["logout", "--all"],
];

fn with_project() -> Cli {
    let mut cli = Cli::new();
    let profile = r#"{"token":"jfn_pat_A1b2C3d4E5f6","api_url":"https://a","created_at":"2026-04-05T09:00:00Z"}"#;
    let stored = cli.write("config/credentials.json", format!(r#"{{"version":1,"profiles":{{"a":{profile}}}}}"#));
    cli.set("JELOU_CONFIG_DIR", stored.parent().expect("a folder").to_str().expect("UTF-8"));
    cli.write("jelou.json", r#"{"function":"my-function"}"#);
    cli.write("index.ts", "export default 1;");
    cli
}

#[test]
fn without_a_terminal_or_yes_nothing_is_sent() {
    let cli = with_project();
    for arguments in DESTRUCTIVE {
        cli.jelou(arguments).ended(2);
        assert!(cli.sandbox.requests().is_empty(), "{arguments:?}");
    }
}

#[test]
fn declining_changes_nothing() {
    for (answer, status) in [("n\r", 14), ("N\r", 14), ("\r", 14), ("q\r", 14), ("maybe\r", 14), ("yesterday\r", 14)] {
        let cli = with_project();
        cli.jelou(&["tokens", "create", "my-function", "--name", "ci"]).ended(0);
        cli.jelou(&["secrets", "set", "my-function", "A=1"]).ended(0);
        let id = cli.sandbox.tokens("my-function")[0].id.to_string();
        let deployment = cli.sandbox.deployments("my-function")[0].id.to_string();
        // A deploy goes on after an empty line; see `deploy_screen.rs`.
        for arguments in DESTRUCTIVE.iter().filter(|words| words[0] != "deploy") {
            let named = |word: &&'static str| match *word {
                "tok_1" => id.as_str(),
                "dep_1" => deployment.as_str(),
                word => word,
            };
            let arguments: Vec<&str> = arguments.iter().map(named).collect();
            let session = cli.at_terminal(&arguments, Streams::All, Some(("(y/N)", answer)));
            assert_eq!(session.status, status, "{answer:?} {arguments:?} {session:?}");
        }
        assert_eq!(cli.sent(true), ["POST /v1/functions/my-function/tokens", "PUT /v1/functions/my-function/secrets"]);
    }
}

#[test]
fn the_question_goes_to_stderr_so_that_stdout_can_be_captured() {
    let cli = Cli::new();
    cli.jelou(&["tokens", "create", "my-function", "--name", "ci"]).ended(0);
    let arguments = ["tokens", "revoke", "my-function", "ci"];
    let id = cli.sandbox.tokens("my-function").pop().expect("the token").id;
    let session = cli.at_terminal(&arguments, Streams::StdoutCaptured, Some(("(y/N)", "y\r")));
    assert_eq!(
        (session.status, session.stdout),
        (0, format!("✓ Token revoked: \"ci\" ({id})\n")),
        "{}",
        session.screen
    );
}

#[test]
fn without_stdin_stderr_or_in_machine_formats_nothing_is_asked() {
    for (streams, flags) in [
        (Streams::NoStdin, &[][..]),
        (Streams::NoStderr, &[]),
        (Streams::All, &["--json"]),
        (Streams::All, &["--quiet"]),
        (Streams::All, &["--jq", "."]),
        (Streams::All, &["--agent"]),
        (Streams::All, &["--no-input"]),
    ] {
        let cli = Cli::new();
        let session = cli.at_terminal(&[DESTRUCTIVE[0], flags].concat(), streams, None);
        assert_eq!(session.status, 2, "{flags:?} {session:?}");
        assert!(cli.sandbox.requests().is_empty());
    }
}

#[test]
fn yes_suppresses_the_question() {
    let cli = Cli::new();
    cli.jelou(&["tokens", "create", "my-function", "--name", "ci"]).ended(0);
    let session = cli.at_terminal(&["tokens", "revoke", "my-function", "ci", "--yes"], Streams::All, None);
    assert!(session.status == 0 && !session.screen.contains("(y/N)"), "{session:?}");
}

/// The end of the input in the middle of an answer is no answer.
#[test]
fn a_yes_without_its_line_end_is_none() {
    let cli = Cli::new();
    cli.jelou(&["secrets", "set", "my-function", "A=1"]).ended(0);
    let sent = cli.sent(true);
    let keys = &[("(y/N)", "y\u{4}\u{4}")];
    let session = cli.converse(&["secrets", "delete", "my-function", "A"], keys);
    assert_eq!(session.status, 14, "{session:?}");
    assert_eq!(cli.sent(true), sent);
}

/// Without a function, a terminal shows a list to pick from.
#[test]
fn a_function_can_be_picked() {
    let cli = Cli::new();
    let session = cli.at_terminal(&["tokens", "list"], Streams::StdoutCaptured, Some(("Which function", "\u{1b}[B\r")));
    assert_eq!(session.status, 0, "{session:?}");
    let last = cli.sandbox.requests().pop().unwrap();
    assert_eq!(last.path, "/v1/functions/other-function/tokens");
    let session = cli.at_terminal(&["tokens", "list", "--no-input"], Streams::All, None);
    assert!(session.screen.contains("MISSING_FUNCTIONS_PROJECT"), "{session:?}");
}

#[test]
fn a_login_asks_for_the_token_without_showing_it() {
    let mut cli = Cli::new();
    cli.unset("JELOU_TOKEN");
    let pat = cli.sandbox.pat().to_owned();
    let session = cli.at_terminal(&["login"], Streams::All, Some(("Paste your API key", &format!("{pat}\r"))));
    assert_eq!(session.status, 0, "{session:?}");
    assert!(!session.screen.contains(&pat), "{session:?}");
    cli.jelou(&["whoami"]).ended(0);
}

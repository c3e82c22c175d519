//! Where stdout is no terminal, a new token's value stands there alone, so that
//! `TOKEN=$(jelou tokens create …)` means what everybody means by it.

use std::fs::File;

use jelou::sandbox::Fault;

use crate::support::cli::Cli;
use crate::support::running::{Running, until};
use crate::support::terminal::Streams;

/// The verbs that issue a token to stdout, and how their first line for people begins.
const VERBS: &[(&str, &str)] = &[
    ("tokens create my-function --name ci", "✓ Created token \"ci\""),
    ("tokens create my-function --name default --if-exists rotate", "✓ Rotated token \"default\""),
    ("tokens rotate my-function default", "✓ Rotated token \"default\""),
    ("tokens regenerate my-function default -y", "✓ Regenerated token \"default\""),
];

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

/// The one line of stdout, which is the value of a token that exists.
fn value(cli: &Cli, stdout: &str) -> String {
    let value = stdout.strip_suffix('\n').unwrap_or_else(|| panic!("no line: {stdout:?}"));
    assert!(value.starts_with("jfn_rt_sbx_") && !value.contains(char::is_whitespace), "{stdout:?}");
    assert!(cli.sandbox.token_with_value("my-function", value).is_some(), "{value}");
    value.to_owned()
}

/// What people get beside the value: the block, without it.
fn has_the_block(text: &str, first: &str, value: &str) {
    assert!(text.contains(first), "{text}");
    assert!(text.contains("⚠ Save this token now — it will not be shown again."), "{text}");
    assert!(!text.contains(value) && !text.contains("▸ Token"), "{text}");
}

#[test]
fn a_captured_stdout_holds_the_value_and_nothing_else() {
    for (line, first) in VERBS {
        for human in [&[][..], &["--human"][..]] {
            let cli = Cli::new();
            let ran = cli.jelou(&[&words(line)[..], human].concat()).ended(0);
            let value = value(&cli, &ran.stdout);
            has_the_block(&ran.stderr, first, &value);
        }
    }
}

#[test]
fn a_shell_and_a_file_get_what_they_mean() {
    let cli = Cli::new();
    let ran =
        cli.bash("TOKEN=$(jelou tokens create my-function --name ci 2>block)\nprintf '%s\\n' \"$TOKEN\"").ended(0);
    let token = value(&cli, &ran.stdout);
    has_the_block(&std::fs::read_to_string(cli.folder().join("block")).unwrap(), "✓ Created token", &token);

    let path = cli.folder().join("token");
    let mut process = cli.process(&["tokens", "rotate", "my-function", "ci"]);
    let ran = process.stdout(File::create(&path).unwrap()).output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
    value(&cli, &std::fs::read_to_string(&path).unwrap());
}

#[test]
fn a_token_that_is_recovered_stands_alone_too() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::hang_after().method("POST").path("/v1/functions/*/tokens"));
    let mut killed = Running::start(cli.process(&words(VERBS[0].0)));
    until("the token exists", || {
        cli.sandbox.tokens("my-function").iter().any(|token| token.name == "ci").then_some(())
    });
    killed.signal(9);
    assert_eq!(killed.end().ran.status, 137);
    let ran = cli.jelou(&["tokens", "recover"]).ended(0);
    let value = value(&cli, &ran.stdout);
    has_the_block(&ran.stderr, "✓ ", &value);
}

#[test]
fn a_terminal_shows_the_block_with_the_value() {
    for (line, first) in VERBS {
        let cli = Cli::new();
        let session = cli.at_terminal(&words(line), Streams::All, None).ended(0);
        assert!(session.screen.contains(first) && session.screen.contains("▸ Token    jfn_rt_sbx_"), "{session:?}");
        let cli = Cli::new();
        let session = cli.at_terminal(&words(line), Streams::StdoutCaptured, None).ended(0);
        let value = value(&cli, &session.stdout);
        has_the_block(&session.screen, first, &value);
    }
}

#[test]
fn other_sinks_alone_leave_the_block_on_stdout() {
    let cli = Cli::new();
    let ran = cli.jelou(&[&words(VERBS[0].0)[..], &["--to", "file:token"]].concat()).ended(0);
    assert!(ran.stdout.starts_with("✓ Created token \"ci\"\n▸ ID"), "{ran:?}");
    let ran = cli.jelou(&[&words(VERBS[2].0)[..], &["--to", "file:other", "--to", "stdout"]].concat()).ended(0);
    let printed = value(&cli, &ran.stdout);
    assert_eq!(std::fs::read_to_string(cli.folder().join("other")).unwrap(), printed);
}

#[test]
fn every_other_format_is_as_it_was() {
    let mut cli = Cli::new();
    let ran = cli.jelou(&[&words(VERBS[0].0)[..], &["--json"]].concat()).ended(0);
    assert!(ran.json()["data"]["token"].is_string());
    cli.set("JELOU_OUTPUT", "json");
    assert!(cli.jelou(&words(VERBS[2].0)).ended(0).json()["data"]["token"].is_string());
    let ran = cli.jelou(&[&words(VERBS[2].0)[..], &["--quiet"]].concat()).ended(0);
    assert!(!ran.stderr.contains("Save this token"), "{ran:?}");
    value(&cli, &ran.stdout);
}

/// A deploy prints its screen, block included, in a pipe too.
#[test]
fn a_first_deploy_prints_its_screen_in_a_pipe() {
    let cli = Cli::new();
    cli.write("jelou.json", r#"{"function":"fresh"}"#);
    cli.write("index.ts", "export default 1");
    let ran = cli.jelou(&["deploy", "-y"]).ended(0);
    assert!(ran.stdout.starts_with("✓ Deployed\n") && ran.stdout.contains("▸ Token    jfn_rt_sbx_"), "{ran:?}");
}

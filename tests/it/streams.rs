//! stdout holds the result and nothing else, everything else goes to stderr; the format does not
//! change the exit status.

use std::fs::File;
use std::io::Read;
use std::process::Stdio;

use serde_json::Value;

use crate::support::cli::{Cli, Ran};
use crate::support::full_disk;
use crate::support::terminal::Streams;

const LIST: &[&str] = &["tokens", "list", "my-function"];
const CREATE: &[&str] = &["tokens", "create", "my-function", "--name", "ci"];

/// Runs with the given stdout.
#[must_use]
fn with_stdout(cli: &Cli, arguments: &[&str], stdout: impl Into<Stdio>) -> Ran {
    let mut command = cli.process(arguments);
    command.stdout(stdout).stderr(Stdio::piped());
    let output = command.spawn().and_then(std::process::Child::wait_with_output).expect("the command runs");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8 on stderr");
    Ran { status: output.status.code().expect("a status"), stdout: String::new(), stderr }
}

/// A pipe without a reader.
fn deaf_pipe() -> std::io::PipeWriter {
    std::io::pipe().expect("a pipe").1
}

#[test]
fn stdout_holds_the_result_alone() {
    let cli = Cli::new();
    let ran = cli.jelou(&[CREATE, &["--quiet", "-v", "-v"]].concat()).ended(0);
    assert!(ran.stdout.starts_with("jfn_rt_sbx_") && ran.stdout.lines().count() == 1, "{ran:?}");
    assert!(ran.stderr.contains("request: POST /v1/functions/my-function/tokens 201 "), "{ran:?}");
    assert!(!ran.stderr.contains(ran.stdout.trim()) && !ran.stderr.contains(cli.sandbox.pat()), "{ran:?}");
    assert!(!ran.stderr.to_lowercase().contains("bearer"), "no header's value: {ran:?}");
    let ran = cli.jelou(&["-v", "tokens", "list", "my-function"]).ended(0);
    let mut lines = ran.stderr.lines().filter(|line| !line.starts_with("setting: "));
    assert!(lines.all(|line| line.starts_with("request: GET ") && line.contains(" ms req_")), "{ran:?}");
    let ran = cli.jelou(&[LIST, &["--agent"]].concat()).ended(0);
    assert_eq!(ran.stderr, "");
}

#[test]
fn json_is_one_line_in_a_pipe_and_indented_on_a_terminal() {
    let cli = Cli::new();
    cli.jelou(&[LIST, &["--json"]].concat()).ended(0).json();
    for (flags, indented) in [(&["--json"][..], true), (&["--json", "--compact"], false), (&["--agent"], false)] {
        let session = cli.at_terminal(&[LIST, flags].concat(), Streams::All, None);
        assert_eq!(session.screen.starts_with("{\n  \"ok\": true"), indented, "{session:?}");
        let _: Value = serde_json::from_str(&session.screen).expect("JSON");
        let session = cli.at_terminal(&[&["tokens", "creat"], flags].concat(), Streams::All, None);
        assert_eq!(session.screen.contains("{\n  \"ok\": false"), indented, "{session:?}");
    }
}

#[test]
fn colours_follow_the_terminal_flags_and_variables() {
    let mut cli = Cli::new();
    let coloured = |cli: &Cli, flags: &[&str]| cli.jelou(&[LIST, flags].concat()).ended(0).stdout.contains("\u{1b}[");
    assert!(!coloured(&cli, &[]));
    assert!(coloured(&cli, &["--color", "always"]));
    assert!(!coloured(&cli, &["--color", "always", "--json"]));
    for (name, value, expected) in
        [("CLICOLOR_FORCE", "1", true), ("FORCE_COLOR", "1", true), ("FORCE_COLOR", "0", false)]
    {
        cli.set(name, value);
        assert_eq!(coloured(&cli, &[]), expected, "{name}={value}");
        assert!(!coloured(&cli, &["--color", "never"]));
        cli.set("NO_COLOR", "1");
        assert!(!coloured(&cli, &[]), "NO_COLOR wins over {name}");
        cli.unset("NO_COLOR").unset(name);
    }
    let session = cli.at_terminal(LIST, Streams::All, None);
    assert_eq!(session.status, 0);
}

#[test]
fn a_closed_pipe_ends_a_read_quietly() {
    let cli = Cli::new();
    for flags in [&[][..], &["--json"], &["--quiet"], &["--ndjson"], &["--jq", ".data"]] {
        let ran = with_stdout(&cli, &[LIST, flags].concat(), deaf_pipe()).ended(0);
        assert_eq!(ran.stderr, "", "{flags:?}");
    }
    with_stdout(&cli, &["--help"], deaf_pipe()).ended(0);
    with_stdout(&cli, &["--version"], deaf_pipe()).ended(0);
    cli.bash("set -o pipefail; jelou tokens list my-function --json | head -c 0; jelou functions list | true").ended(0);
}

/// A token whose value nobody has received must not exist.
#[test]
fn a_new_token_that_cannot_be_printed_is_revoked() {
    for flags in [&[][..], &["--json"], &["--quiet"], &["--jq", ".data.token"], &["--wait"]] {
        for full in [true, false] {
            let cli = Cli::new();
            let stdout: Stdio = if full { full_disk() } else { deaf_pipe().into() };
            let ran = with_stdout(&cli, &[CREATE, flags].concat(), stdout).ended(13);
            assert!(!ran.stderr.contains("jfn_rt_sbx_"), "{ran:?}");
            assert_eq!(cli.sandbox.tokens("my-function").len(), 1, "{flags:?}");
        }
    }
    let cli = Cli::new();
    for filter in [".data.id", "empty", ".data.nothing", ".data | keys | .[0]"] {
        cli.jelou(&[CREATE, &["--jq", filter]].concat()).ended(13);
        assert_eq!(cli.sandbox.tokens("my-function").len(), 1, "{filter}");
    }
}

#[test]
fn a_read_that_cannot_be_printed_fails() {
    if !cfg!(target_os = "linux") {
        return crate::support::skipped("no other system has `/dev/full`");
    }
    let cli = Cli::new();
    for flags in [&[][..], &["--json"], &["--quiet"], &["--ndjson"]] {
        with_stdout(&cli, &[LIST, flags].concat(), full_disk()).ended(1);
    }
    with_stdout(&cli, &["--help"], full_disk()).ended(1);
}

#[test]
fn a_change_whose_result_cannot_be_printed_fails() {
    let cli = Cli::new();
    cli.jelou(CREATE).ended(0);
    let ran = with_stdout(&cli, &["tokens", "revoke", "my-function", "ci", "-y"], deaf_pipe());
    assert_eq!(ran.status, 1, "{ran:?}");
    assert_eq!(cli.sandbox.tokens("my-function").len(), 1, "it is done nevertheless");
}

#[test]
fn closed_streams_are_handled() {
    let cli = Cli::new();
    cli.bash("jelou tokens list my-function <&-").ended(0);
    cli.bash("jelou tokens list my-function 2>&-").ended(0);
    // The runtime opens `/dev/null` in its place before `main`, so that the two are one.
    for stdout in [">&-", ">/dev/null"] {
        cli.bash(&format!("jelou tokens list my-function {stdout}")).ended(0);
        cli.bash(&format!("jelou tokens list no-such-function {stdout}")).ended(5);
    }
    let ran = cli.bash("jelou tokens create my-function --name ci >&- || echo $?").ended(0);
    assert_eq!((ran.stdout.as_str(), cli.sandbox.tokens("my-function").len()), ("2\n", 1), "{ran:?}");
    cli.bash("jelou tokens create my-function --name ci --quiet > value 2>&- <&-").ended(0);
    let mut value = String::new();
    File::open(cli.folder().join("value")).unwrap().read_to_string(&mut value).unwrap();
    assert!(value.starts_with("jfn_rt_sbx_"), "{value:?}");
}

/// With `LANG=C` the marks are ASCII.
#[test]
fn a_terminal_without_unicode_gets_ascii() {
    if !cfg!(target_os = "linux") {
        return crate::support::skipped("a terminal of macOS has all characters, whatever `LANG` says");
    }
    let mut cli = Cli::new();
    cli.set("LANG", "C").set("TERM", "xterm");
    let session = cli.at_terminal(CREATE, Streams::All, None);
    assert!(session.screen.is_ascii(), "{session:?}");
    assert!(
        session.screen.contains("+ Created token \"ci\"") && session.screen.contains("> Token    jfn_rt_"),
        "{session:?}"
    );
}

#[test]
fn help_and_version_go_to_stdout() {
    let cli = Cli::new();
    for arguments in
        [&["--help"][..], &["tokens", "--help"], &["tokens", "create", "-h"], &["--version"], &["help", "tokens"]]
    {
        let ran = cli.jelou(arguments).ended(0);
        assert!(!ran.stdout.is_empty() && ran.stderr.is_empty(), "{arguments:?} {ran:?}");
    }
    cli.jelou(&[]).ended(2);
    assert!(cli.sandbox.requests().is_empty());
}

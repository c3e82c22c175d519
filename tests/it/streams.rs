//! The two streams: stdout holds the result and nothing else, whatever happens to it; the format changes no status.

use std::fs::File;
use std::io::Read;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::cli::{Cli, Ran};
use crate::support::person::{self, Streams};

const LIST: &[&str] = &["tokens", "list", "my-function"];
const CREATE: &[&str] = &["tokens", "create", "my-function", "--name", "ci"];

fn plain(cli: &Cli, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jelou"));
    command.args(arguments).env_clear().envs(cli.env()).current_dir(cli.folder()).stdin(Stdio::null());
    command
}

/// Runs with a stdout that is not captured.
fn with_stdout(cli: &Cli, arguments: &[&str], stdout: impl Into<Stdio>) -> Ran {
    let mut command = plain(cli, arguments);
    command.stdout(stdout).stderr(Stdio::piped());
    let output = command.spawn().and_then(std::process::Child::wait_with_output).expect("the command runs");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8 on stderr");
    Ran { status: output.status.code().expect("a status"), stdout: String::new(), stderr }
}

fn full_disk() -> File {
    File::options().write(true).open("/dev/full").expect("a full disk")
}

/// A pipe whose reader is gone.
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
    assert!(ran.stderr.lines().all(|line| line.starts_with("request: GET ") && line.contains(" ms req_")), "{ran:?}");
    let ran = cli.jelou(&[LIST, &["--agent"]].concat()).ended(0);
    assert_eq!(ran.stderr, "");
}

#[test]
fn human_output_is_the_default_in_a_pipe_too() {
    let cli = Cli::new();
    let ran = cli.jelou(CREATE).ended(0);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines[0], "✓ Created token \"ci\"");
    assert!(lines[1].starts_with("▸ Token    jfn_rt_sbx_"), "{ran:?}");
    assert_eq!(lines[2], "⚠ Save this token now — it will not be shown again.");
}

#[test]
fn json_is_one_line_in_a_pipe_and_indented_on_a_terminal() {
    let cli = Cli::new();
    cli.jelou(&[LIST, &["--json"]].concat()).ended(0).json();
    for (flags, indented) in [(&["--json"][..], true), (&["--json", "--compact"], false), (&["--agent"], false)] {
        let session = person::run(plain(&cli, &[LIST, flags].concat()), Streams::All, None);
        assert_eq!(session.screen.starts_with("{\n  \"ok\": true"), indented, "{session:?}");
        let _: Value = serde_json::from_str(&session.screen).expect("JSON");
        let session = person::run(plain(&cli, &[&["tokens", "creat"], flags].concat()), Streams::All, None);
        assert_eq!(session.screen.contains("{\n  \"ok\": false"), indented, "{session:?}");
    }
}

#[test]
fn colours_are_for_terminals_and_for_those_who_ask() {
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
    let session = person::run(plain(&cli, LIST), Streams::All, None);
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

/// Nobody has the value, so nobody may have the token.
#[test]
fn a_new_token_that_nobody_reads_is_revoked() {
    for flags in [&[][..], &["--json"], &["--quiet"], &["--jq", ".data.token"], &["--wait"]] {
        for full in [true, false] {
            let cli = Cli::new();
            let stdout: Stdio = if full { full_disk().into() } else { deaf_pipe().into() };
            let ran = with_stdout(&cli, &[CREATE, flags].concat(), stdout).ended(13);
            assert!(ran.stderr.contains("(DELIVERY_ERROR, exit 13)") && ran.stderr.contains("revoked"), "{ran:?}");
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
fn a_full_disk_is_an_error_of_a_read() {
    let cli = Cli::new();
    for flags in [&[][..], &["--json"], &["--quiet"], &["--ndjson"]] {
        let ran = with_stdout(&cli, &[LIST, flags].concat(), full_disk()).ended(1);
        assert!(ran.stderr.contains("UNKNOWN_ERROR"), "{ran:?}");
    }
    with_stdout(&cli, &["--help"], full_disk()).ended(1);
}

#[test]
fn a_change_whose_report_is_lost_does_not_pretend() {
    let cli = Cli::new();
    cli.jelou(CREATE).ended(0);
    let ran = with_stdout(&cli, &["tokens", "revoke", "my-function", "ci", "-y"], deaf_pipe());
    assert_eq!(ran.status, 1, "{ran:?}");
    assert_eq!(cli.sandbox.tokens("my-function").len(), 1, "it is done nevertheless");
}

#[test]
fn closed_streams_are_borne() {
    let cli = Cli::new();
    cli.bash("jelou tokens list my-function <&-").ended(0);
    cli.bash("jelou tokens list my-function 2>&-").ended(0);
    let ran = cli.bash("jelou tokens create my-function --name ci >&- || echo $?").ended(0);
    assert_eq!((ran.stdout.as_str(), cli.sandbox.tokens("my-function").len()), ("2\n", 1), "{ran:?}");
    cli.bash("jelou tokens create my-function --name ci --quiet > value 2>&- <&-").ended(0);
    let mut value = String::new();
    File::open(cli.folder().join("value")).unwrap().read_to_string(&mut value).unwrap();
    assert!(value.starts_with("jfn_rt_sbx_"), "{value:?}");
}

/// Where the terminal cannot show the marks, ASCII stands for them.
#[test]
fn a_terminal_without_unicode_gets_ascii() {
    let mut cli = Cli::new();
    cli.set("LANG", "C").set("TERM", "xterm");
    let session = person::run(plain(&cli, CREATE), Streams::All, None);
    assert!(session.screen.is_ascii(), "{session:?}");
    assert!(
        session.screen.contains("+ Created token \"ci\"") && session.screen.contains("> Token    jfn_rt_"),
        "{session:?}"
    );
}

#[test]
fn help_and_version_are_results() {
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

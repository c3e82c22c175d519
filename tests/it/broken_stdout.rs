//! A stdout to which the new value cannot be written: a full disk, a pipe without a reader, a
//! `--jq` that drops the value.

use std::process::Stdio;

use jelou::api::wire::TokenStatus;
use jelou::sandbox::Fault;

use crate::support::cli::{Cli, Ran};

/// Every verb that prints a new value; the token `ci` exists.
const VERBS: [&[&str]; 4] = [
    &["tokens", "create", "my-function", "--name", "new"],
    &["tokens", "create", "my-function", "--name", "ci", "--if-exists", "rotate"],
    &["tokens", "rotate", "my-function", "ci"],
    &["tokens", "regenerate", "my-function", "ci", "-y"],
];

fn cli() -> (Cli, String) {
    let cli = Cli::new();
    let ran = cli.jelou(&["tokens", "create", "my-function", "--name", "ci", "--wait", "--quiet"]).ended(0);
    (cli, ran.stdout.trim().to_owned())
}

#[must_use]
fn run(cli: &Cli, arguments: &[&str], stdout: impl Into<Stdio>) -> Ran {
    let output = cli.process(arguments).stdout(stdout).stderr(Stdio::piped()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { status: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Asserts that the new token is revoked and that `ci` is unchanged.
#[track_caller]
fn assert_undone(cli: &Cli, ran: &Ran, what: &str) {
    assert_eq!(ran.status, 13, "{what}: {ran:?}");
    assert!(ran.stderr.contains("revoked again"), "{what}: {ran:?}");
    let tokens = cli.sandbox.tokens("my-function");
    let names: Vec<_> = tokens.iter().map(|token| token.name.as_str()).collect();
    assert_eq!(names, ["default", "ci"], "{what}: {tokens:?}");
    let ci = &tokens[1];
    assert!(ci.replaced_by.is_none() && ci.expires_at.is_none() && ci.status == TokenStatus::Active, "{what}: {ci:?}");
}

#[test]
fn a_full_disk_undoes_the_token() {
    if !cfg!(target_os = "linux") {
        return crate::support::skipped("no other system has `/dev/full`");
    }
    for verb in VERBS {
        for format in [None, Some("--json"), Some("--quiet"), Some("--jq=.data.token")] {
            let (cli, _) = cli();
            let arguments: Vec<&str> = verb.iter().copied().chain(format).collect();
            let full = crate::support::full_disk();
            assert_undone(&cli, &run(&cli, &arguments, full), &format!("{arguments:?}"));
        }
    }
}

#[test]
fn a_pipe_without_a_reader_undoes_the_token() {
    for verb in VERBS {
        let (cli, _) = cli();
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        assert_undone(&cli, &run(&cli, verb, writer), &format!("{verb:?}"));
    }
}

#[test]
fn an_expression_that_drops_the_value_undoes_the_token() {
    for verb in VERBS {
        for (expression, status) in [(".data.id", 13), (".data.token[0:20]", 13), (".data.nothing", 13), ("error", 13)]
        {
            let (cli, _) = cli();
            let arguments: Vec<&str> = verb.iter().copied().chain(["--jq", expression]).collect();
            let ran = cli.jelou(&arguments);
            assert_eq!((ran.status, ran.stdout.as_str()), (status, ""), "{arguments:?}: {ran:?}");
            assert_undone(&cli, &ran, &format!("{arguments:?}"));
        }
    }
    let (cli, _) = cli();
    let ran =
        cli.jelou(&["tokens", "create", "my-function", "--name", "new", "--jq", ".data | [.id, .token]"]).ended(0);
    assert!(ran.stdout.contains("jfn_rt_sbx_") && ran.stdout.contains("tok_"));
}

/// The error messages of jq quote the value on which the expression failed.
#[test]
fn an_expression_that_fails_on_the_value_shows_no_part_of_it() {
    for expression in [".data.token | tonumber", ".data.token[11:] | tonumber", ".data.token[12:] | error"] {
        let (cli, _) = cli();
        let sinks = ["--to", "stdout", "--to", "command:tee copy"];
        let ran = cli.jelou(&[VERBS[0], &sinks, &["--jq", expression]].concat()).ended(13);
        let copy = std::fs::read_to_string(cli.folder().join("copy")).unwrap();
        let said = ran.stderr.replacen(&copy, "", 1);
        assert!(!said.contains(&copy[12..30]), "{expression}: {said}");
    }
}

#[test]
fn an_undo_that_fails_names_the_token() {
    let (cli, _) = cli();
    cli.sandbox.inject(Fault::status(500).method("DELETE").always());
    let full = crate::support::full_disk();
    let ran = run(&cli, &["tokens", "create", "my-function", "--name", "new", "--retries", "0"], full);
    assert_eq!(ran.status, 13);
    let id = cli.sandbox.tokens("my-function")[2].id.to_string();
    assert!(ran.stderr.contains(&format!("`jelou tokens revoke my-function {id} -y`")), "{ran:?}");
}

#[test]
fn stdout_that_is_dev_null_or_closed_is_refused_before_the_request() {
    for verb in VERBS {
        let (cli, _) = cli();
        let before = cli.sent(true).len();
        let ran = run(&cli, verb, Stdio::null());
        assert_eq!(ran.status, 2, "{verb:?}: {ran:?}");
        let closed = format!("exec jelou {} >&-", verb.join(" "));
        assert_eq!(cli.bash(&closed).status, 2, "{verb:?}");
        assert_eq!(cli.sent(true).len(), before, "nothing was changed");
    }
    let (cli, _) = cli();
    let arguments = ["tokens", "create", "my-function", "--name", "new", "--to", "file:token"];
    assert_eq!(run(&cli, &arguments, Stdio::null()).status, 0, "with another sink nothing is lost");
    assert!(cli.folder().join("token").exists());
}

/// Where the result is lost, the error names what was changed all the same.
#[test]
fn a_change_is_named_whose_result_is_lost() {
    let mut cli = Cli::new();
    cli.set("JELOU_CONFIG_DIR", &cli.folder().join("config").display().to_string());
    let pat = cli.sandbox.pat().to_owned();
    for profile in ["one", "two", "three"] {
        cli.jelou_with_stdin(&["login", "--profile", profile, "--token-stdin"], &pat).ended(0);
    }
    for (line, changed) in [
        ("secrets set my-function API_KEY=1", "API_KEY"),
        ("secrets delete my-function API_KEY -y", "API_KEY"),
        ("functions create fresh", "fresh"),
        ("functions delete fresh -y", "fresh"),
        ("auth switch one", "one"),
        ("auth remove one -y", "one"),
        ("logout --profile two", "two"),
        ("login --profile four --token PAT", "four"),
    ] {
        let full = crate::support::full_disk();
        let line = line.replace("PAT", &pat);
        let ran = run(&cli, &line.split(' ').collect::<Vec<_>>(), full);
        assert_eq!(ran.status, 1, "{line}: {ran:?}");
        let (_, named) = ran.stderr.split_once("the change was made: ").unwrap_or_else(|| panic!("{line}: {ran:?}"));
        assert!(named.trim_start_matches('"').starts_with(changed), "{line}: {ran:?}");
    }
}

//! `revoke.sh`: every exit status of the table has its case, and is passed on.

use std::collections::BTreeSet;

use jelou::exit;
use jelou::sandbox::Fault;

use super::{cli, names, stand_in};
use crate::support::cli::{Cli, Ran};
use crate::support::workflow::repository;

fn script() -> String {
    repository("ci-examples/sh/revoke.sh").display().to_string()
}

#[must_use]
fn revoke(cli: &Cli, function: &str, pattern: &str) -> Ran {
    let mut command = assert_cmd::Command::new("sh");
    command.args([script().as_str(), function, pattern]).env_clear().envs(cli.env()).current_dir(cli.folder());
    Ran::of(&mut command)
}

/// A function with `pr-1`, `pr-2` and others' tokens.
fn with_previews() -> Cli {
    let cli = cli();
    for name in ["pr-1", "pr-2"] {
        cli.jelou(&["tokens", "create", "my-function", "--name", name, "--wait"]).ended(0);
    }
    cli
}

#[test]
fn every_status_of_the_table_has_its_case() {
    let text = std::fs::read_to_string(script()).unwrap();
    let cases: BTreeSet<u8> = text
        .lines()
        .filter_map(|line| line.trim().split_once(") "))
        .filter_map(|(status, _)| status.parse().ok())
        .collect();
    let table: BTreeSet<u8> = exit::table().into_iter().map(|row| row.status).collect();
    assert_eq!(cases, table);
    assert!(text.contains("    *) "), "and what is not in the table has one");
}

#[test]
fn every_status_is_told_apart_and_passed_on() {
    let mut said = BTreeSet::new();
    for row in exit::table() {
        let mut cli = cli();
        let status = row.status;
        let path = stand_in(&cli, "jelou", &format!("[ \"$2\" = list ] && echo tok_1 && exit 0\nexit {status}"));
        cli.set("PATH", &path);
        let ran = revoke(&cli, "my-function", "pr-*").ended(status.into());
        assert_eq!(ran.stderr.lines().count(), usize::from(status != 0), "{ran:?}");
        let path = stand_in(&cli, "jelou", &format!("[ \"$2\" = list ] && exit {status}\necho went on >> went-on"));
        cli.set("PATH", &path);
        let listed = revoke(&cli, "my-function", "pr-*").ended(status.into());
        assert_eq!(listed.stderr, ran.stderr, "the list's status counts like the other's");
        assert!(!cli.folder().join("went-on").exists(), "nothing is revoked after half a list");
        said.insert(ran.stderr);
    }
    let statuses: BTreeSet<u8> = exit::table().into_iter().map(|row| row.status).collect();
    assert_eq!(said.len(), statuses.len(), "each has a sentence of its own");
}

#[test]
fn what_fits_is_revoked_and_nothing_else() {
    let cli = with_previews();
    revoke(&cli, "my-function", "pr-*").ended(0);
    assert_eq!(names(&cli), ["default", "partner-api"]);
    let before = cli.sent(true).len();
    let ran = revoke(&cli, "my-function", "pr-*").ended(0);
    assert_eq!(ran.stdout, "revoke: no token of my-function fits pr-*\n");
    assert_eq!(cli.sent(true).len(), before, "nothing was sent but the question");
}

#[test]
fn the_statuses_that_can_be_provoked_are() {
    let delete = |fault: Fault| fault.method("DELETE").always();
    for (fault, status) in [
        (delete(Fault::status(401)), 3),
        (delete(Fault::status(403)), 4),
        (delete(Fault::status(422)), 6),
        (delete(Fault::status(409)), 7),
        (delete(Fault::status(429)), 8),
        (delete(Fault::redirect()), 9),
        (delete(Fault::status(500)), 9),
        (delete(Fault::reset_before()), 10),
        (delete(Fault::redeploy_fails()), 11),
        (Fault::status(403).method("DELETE").times(1), 12),
        (Fault::status(503).method("GET").always(), 9),
    ] {
        let cli = with_previews();
        let what = format!("{fault:?}");
        cli.sandbox.inject(fault);
        let ran = revoke(&cli, "my-function", "pr-*");
        assert_eq!(ran.status, status, "{what}: {ran:?}");
        assert!(ran.stderr.contains("revoke: "), "{what}: {ran:?}");
    }
}

#[test]
fn bad_input_and_bad_credentials_are_told_apart() {
    let cli = cli();
    revoke(&cli, "../../me", "pr-*").ended(2);
    revoke(&cli, "no-such-function", "pr-*").ended(5);
    assert_eq!(revoke(&cli, "my-function", "default").ended(0).stderr.matches("revoke:").count(), 0);
    let mut cli = super::cli();
    let ran = revoke(&cli, "my-function", "*").ended(12);
    assert!(ran.stderr.contains("some were not"), "the last active token stays: {ran:?}");
    let read_only = cli.sandbox.issue_pat(&["functions:read", "tokens:read"]);
    cli.set("JELOU_TOKEN", &read_only);
    revoke(&cli, "my-function", "*").ended(4);
    cli.set("JELOU_TOKEN", "jfn_pat_sbx_unknownunknownunknown");
    revoke(&cli, "my-function", "*").ended(3);
    cli.unset("JELOU_TOKEN");
    revoke(&cli, "my-function", "*").ended(3);
    cli.allow_violations();
    let mut command = assert_cmd::Command::new("sh");
    command.arg(script()).env_clear().envs(cli.env());
    let ran = Ran::of(&mut command).ended(2);
    assert_eq!(ran.stderr, "usage: revoke.sh FUNCTION PATTERN\n");
}

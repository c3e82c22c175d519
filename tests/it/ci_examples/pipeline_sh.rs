//! `sh/pipeline.sh`: every exit status of the table has its case and is passed on, under each shell
//! that is here.

use std::collections::BTreeSet;

use jelou::exit;
use jelou::sandbox::Fault;

use super::broken::{self, Broken, Ended};
use super::{cli, names, stand_in};
use crate::support::cli::{Cli, Ran};
use crate::support::release;
use crate::support::running::Running;
use crate::support::tools;
use crate::support::workflow::repository;

const BODY: &str = r#"{"query": "test"}"#;

fn script() -> String {
    repository("ci-examples/sh/pipeline.sh").display().to_string()
}

/// The shells of POSIX that are installed.
fn shells() -> Vec<&'static str> {
    let all = ["sh", "bash", "busybox sh"];
    all.into_iter().filter(|shell| tools::is_installed(shell.split(' ').next().unwrap())).collect()
}

fn command(cli: &Cli, shell: &str) -> std::process::Command {
    let mut words = shell.split(' ');
    let mut command = std::process::Command::new(words.next().unwrap());
    command.args(words).args([script().as_str(), "my-function", BODY]);
    command.env_clear().envs(cli.env()).env("PIPELINE_PAUSE", "0").current_dir(cli.folder());
    command
}

#[must_use]
fn run(cli: &Cli, shell: &str) -> Ran {
    Ran::of(&mut assert_cmd::Command::from_std(command(cli, shell)))
}

/// The example, played with `jelou` on PATH.
pub(super) fn run_once(cli: &mut Cli) -> Ended {
    release::install(cli, Broken::Nothing.program());
    ended(run(cli, "sh"))
}

fn ended(ran: Ran) -> Ended {
    Ended { failed: ran.status != 0, log: ran.stderr + &ran.stdout }
}

#[test]
fn whatever_breaks_stops_the_script_and_leaves_no_token() {
    for shell in shells() {
        broken::matrix_of_installed(|cli| ended(run(cli, shell)));
    }
}

#[test]
fn every_status_of_the_table_has_its_case() {
    let text = std::fs::read_to_string(script()).unwrap();
    let cases = text.lines().filter_map(|line| line.trim().split_once(") echo "));
    let cases: BTreeSet<u8> = cases.filter_map(|(status, _)| status.parse().ok()).collect();
    let table: BTreeSet<u8> = exit::table().into_iter().map(|row| row.status).collect();
    assert_eq!(cases, table);
    assert!(text.contains("    *) echo "), "and what is not in the table has one");
}

#[test]
fn every_status_is_told_apart_and_passed_on_from_every_command() {
    let mut said = BTreeSet::new();
    for row in exit::table() {
        let status = row.status;
        for verb in ["info", "create", "call", "revoke"] {
            let mut cli = cli();
            let at = if verb == "call" { "$1" } else { "$2" };
            let script = format!(
                "echo \"$*\" >> asked\n[ \"$2\" != create ] || : > \"${{12#file:}}\"\n[ \"{at}\" = {verb} ] && exit {status}\nexit 0"
            );
            let path = stand_in(&cli, "jelou", &script);
            cli.set("PATH", &path);
            let ran = run(&cli, "bash").ended(status.into());
            let last = ran.stderr.lines().last().unwrap_or_default().to_owned();
            let asked = std::fs::read_to_string(cli.folder().join("asked")).unwrap();
            let revoked = asked.lines().filter(|line| line.starts_with("tokens revoke")).count();
            assert_eq!(revoked, usize::from(verb != "info" || status == 0), "{verb} {status}: {asked}");
            let created = asked.lines().filter(|line| line.starts_with("tokens create")).count();
            let may_go_better = matches!(status, 8..=10);
            let expected = if verb == "info" && status != 0 {
                0
            } else if verb == "create" && may_go_better {
                3
            } else {
                1
            };
            assert_eq!(created, expected, "{verb} {status}: {asked}");
            said.insert(last);
        }
    }
    let statuses: BTreeSet<u8> = exit::table().into_iter().map(|row| row.status).collect();
    assert_eq!(said.len(), statuses.len(), "each has a sentence of its own: {said:#?}");
}

#[test]
fn a_lost_answer_makes_no_second_token() {
    for shell in shells() {
        let mut cli = cli();
        cli.set("JELOU_RETRIES", "0");
        cli.sandbox.inject(Fault::reset_after().method("POST").path("/v1/functions/*/tokens"));
        let ran = run(&cli, shell).ended(0);
        assert!(ran.stderr.contains("pipeline: trying once more (status 10)"), "{ran:?}");
        let sent = cli.sent(true).into_iter().filter(|line| line == "POST /v1/functions/my-function/tokens").count();
        assert_eq!((sent, broken::created(&cli)), (2, 1), "the second answer is that of the first request");
        assert_eq!(names(&cli), ["default", "partner-api"]);
    }
}

#[test]
fn a_signal_revokes_the_token() {
    for shell in shells() {
        for (signal, status) in [(1, 129), (2, 130), (3, 131), (15, 143)] {
            let cli = cli();
            cli.sandbox.inject(Fault::hang_before().on(jelou::sandbox::Plane::Gateway).method("POST"));
            let mut command = command(&cli, shell);
            std::os::unix::process::CommandExt::process_group(&mut command, 0);
            let running = Running::start(command);
            cli.until_sent("POST /fn/my-function");
            let signal = rustix::process::Signal::from_named_raw(signal).unwrap();
            rustix::process::kill_process_group(running.pid(), signal).expect("it runs");
            let ended = running.end();
            assert_eq!(ended.ran.status, status, "{shell}: {ended:?}");
            assert_eq!(names(&cli), ["default", "partner-api"], "{shell}: {ended:?}");
        }
    }
}

/// What others typed must not become the content of a file.
#[test]
fn a_body_is_sent_as_it_is() {
    for body in ["@secret", "@-", "-", "\\n %s", "@"] {
        let mut cli = cli();
        cli.write("secret", "what nobody may read");
        let path = stand_in(
            &cli,
            "jelou",
            "case $* in\n*create*) : > \"${12#file:}\" ;;\ncall*) case $5 in @*) cat \"${5#@}\" ;; *) printf %s \"$5\" ;; esac ;;\nesac",
        );
        cli.set("PATH", &path);
        let mut command = std::process::Command::new("sh");
        command.args([script().as_str(), "my-function", body]).env_clear().envs(cli.env()).current_dir(cli.folder());
        let ran = Ran::of(&mut assert_cmd::Command::from_std(command)).ended(0);
        assert_eq!(ran.stdout, body, "{ran:?}");
    }
}

#[test]
fn a_token_that_could_not_be_revoked_is_named_and_expires() {
    let mut cli = Broken::Nothing.world();
    release::install(&mut cli, Broken::Nothing.program());
    cli.sandbox.inject(Fault::status(403).method("DELETE"));
    let ran = run(&cli, "sh").ended(4);
    let left = names(&cli).pop().unwrap();
    assert!(ran.stderr.contains(&format!("the token {left} may be left behind")), "{ran:?}");
    super::is_left_for_an_hour(&cli, &left);
}

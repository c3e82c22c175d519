//! `jelou` as PID 1 of a container: no signal has its default effect there (kill(2)).

use std::process::Command;
use std::time::Duration;

use jelou::sandbox::Fault;
use rustix::process::{Pid, Signal};

use crate::support::cli::Cli;
use crate::support::running::{Ended, Running, until};

/// `jelou` as PID 1 of a PID namespace, as a container's runtime would start it. Nothing if this
/// machine does not allow one.
fn as_pid_1(arguments: &[&str]) -> Option<Command> {
    // Not everybody may make one without a user namespace.
    const WAYS: [&[&str]; 2] = [&[], &["--user", "--map-root-user"]];
    let unshare = |way: &[&str], command: &[&str]| {
        let mut unshare = Command::new("unshare");
        unshare.args(way).args(["--pid", "--fork", "--kill-child", "--"]).args(command);
        unshare
    };
    let is_possible = |way: &&&[&str]| unshare(way, &["true"]).output().is_ok_and(|output| output.status.success());
    let Some(way) = WAYS.iter().find(is_possible) else {
        crate::support::skipped("this machine allows no PID namespace");
        return None;
    };
    Some(unshare(way, &[&[env!("CARGO_BIN_EXE_jelou")], arguments].concat()))
}

fn start_as_pid_1(cli: &Cli, arguments: &[&str]) -> Option<Running> {
    as_pid_1(arguments).map(|command| cli.start_command(command))
}

/// The process that is PID 1 inside: the only child of `unshare`.
fn inside(running: &Running) -> Pid {
    until("it is there", || {
        let pid = running.pid().as_raw_nonzero();
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
        children.trim().parse().ok().and_then(Pid::from_raw)
    })
}

/// Signals it once `ready` returns; it ends with the status of that signal, for `unshare` says so.
#[track_caller]
fn stop(cli: &Cli, running: Running, signal: Signal, ready: impl Fn(&Cli)) -> Ended {
    ready(cli);
    rustix::process::kill_process(inside(&running), signal).expect("it runs");
    let ended = running.end();
    assert_eq!(ended.ran.status, 128 + signal.as_raw(), "{ended:?}");
    ended
}

#[test]
fn a_signal_undoes_the_token_and_ends_with_its_status() {
    for signal in [Signal::TERM, Signal::INT, Signal::QUIT] {
        let cli = Cli::new();
        cli.sandbox.inject(Fault::redeploy_hangs().method("POST"));
        let create = ["tokens", "create", "my-function", "--name", "ci", "--wait"];
        let Some(running) = start_as_pid_1(&cli, &create) else { return };
        let ended = stop(&cli, running, signal, |cli| cli.until_sent("GET /v1/functions/my-function/deployments/"));
        assert_eq!(cli.token_names("my-function"), ["default"], "{ended:?}");
        assert!(ended.ran.stderr.contains("revoked again"), "{ended:?}");
    }
}

/// Also where there is nothing to clean up: `docker stop` must not have to wait and kill.
#[test]
fn a_signal_ends_whatever_it_does() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP, Signal::QUIT, Signal::USR1] {
        let cli = Cli::new();
        cli.sandbox.inject(Fault::delay(Duration::from_secs(30)).method("GET").always());
        let Some(running) = start_as_pid_1(&cli, &["tokens", "list", "my-function"]) else { return };
        let ended = stop(&cli, running, signal, |cli| cli.until_sent("GET"));
        assert_eq!(ended.ran.stdout, "");
    }
}

#[test]
fn a_sandbox_can_be_stopped() {
    for signal in [Signal::TERM, Signal::INT] {
        let cli = Cli::new();
        let out = cli.folder().join("out");
        let Some(mut unshare) = as_pid_1(&["sandbox", "start", "--json"]) else { return };
        unshare.env_clear().envs(cli.env()).stdin(std::process::Stdio::null());
        unshare.stdout(std::fs::File::create(&out).unwrap());
        let running = Running::start_into(unshare);
        stop(&cli, running, signal, |_| {
            until("it serves", || std::fs::read_to_string(&out).unwrap().contains("api_url").then_some(()));
        });
    }
}

#[test]
fn a_child_is_passed_the_signal() {
    let cli = Cli::new();
    let command = [
        "tokens",
        "exec",
        "my-function",
        "--",
        "sh",
        "-c",
        "trap 'exit 9' TERM; : > running; while :; do sleep 0.01; done",
    ];
    let Some(running) = start_as_pid_1(&cli, &command) else { return };
    until("the command runs", || cli.folder().join("running").exists().then_some(()));
    rustix::process::kill_process(inside(&running), Signal::TERM).expect("it runs");
    let ended = running.end();
    assert_eq!(ended.ran.status, 9, "{ended:?}");
    assert_eq!(cli.token_names("my-function"), ["default"]);
}

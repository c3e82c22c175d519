//! A run that somebody cancels, or that its time limit ends. The runner signals the step's own
//! process alone, and no child of it: SIGINT, SIGTERM after 7.5 seconds, SIGKILL after 2.5 more
//! (actions/runner, `ProcessInvoker.CancelAndKillProcessTree`). What it leaves behind has 5 seconds
//! before the next steps come, and is killed as an orphan; here it is killed at once then.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use jelou::sandbox::{Fault, Plane};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::super::broken::{self, Broken};
use super::super::{FUNCTION, names, shows_no_value, stand_in};
use super::{Job, Ran};
use crate::support::cli::Cli;
use crate::support::runner::{Runner, StepResult};
use crate::support::running::until;

/// Runs a step and cancels it once something has happened.
pub fn step(
    runner: &mut Runner,
    env: &BTreeMap<String, String>,
    script: &str,
    file: &Path,
    once: &(dyn Fn() -> bool + Sync),
) -> StepResult {
    let file = file.to_str().expect("a test's folder is UTF-8");
    let script = format!("echo $$ > {file}.new && mv {file}.new {file}\n{script}");
    std::thread::scope(|scope| {
        let canceller = scope.spawn(|| {
            until("what the run is cancelled after", || once().then_some(()));
            let pid = std::fs::read_to_string(file).unwrap().trim().parse().unwrap();
            cancel(Pid::from_raw(pid).unwrap());
        });
        let result = runner.step_with(env, &script);
        canceller.join().expect("the run is cancelled");
        result
    })
}

/// As the runner does it.
fn cancel(step: Pid) {
    // Once the step's own process has ended nothing leads to them any more.
    let mut children = Vec::new();
    for (signal, patience) in [(Signal::INT, 7_500), (Signal::TERM, 2_500)] {
        children.extend(descendants(step));
        let _ = kill_process(step, signal);
        if have_ended(&[step], patience) {
            break;
        }
    }
    let _ = kill_process(step, Signal::KILL);
    if !have_ended(&children, 5_000) {
        for child in children {
            let _ = kill_process(child, Signal::KILL);
        }
    }
}

/// Whether they end within some milliseconds.
fn have_ended(processes: &[Pid], patience: u64) -> bool {
    let deadline = Instant::now() + Duration::from_millis(patience);
    loop {
        if processes.iter().all(|process| test_kill_process(*process).is_err()) {
            return true;
        }
        if Instant::now() > deadline {
            return false;
        }
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

fn descendants(process: Pid) -> Vec<Pid> {
    let number = process.as_raw_nonzero();
    let children = std::fs::read_to_string(format!("/proc/{number}/task/{number}/children")).unwrap_or_default();
    let children = children.split_whitespace().filter_map(|child| Pid::from_raw(child.parse().ok()?));
    children.flat_map(|child| [vec![child], descendants(child)].concat()).collect()
}

fn run(cli: &Cli, file: &str, step: &str, once: &(dyn Fn() -> bool + Sync)) -> Ran {
    let context = [("github.event.pull_request.number", "7"), ("github.repository", "owner/repository")];
    let secrets = [("SECRETS_TOKEN", "github_pat_0123456789")];
    let job = Job { context: &context, secrets: &secrets, cancelled: Some((step, once)), ..Job::of(file) };
    let ran = job.run(cli);
    shows_no_value(&ran.log);
    assert_ne!(ran.status(step), Some(0), "{}", ran.log);
    ran
}

/// A world in which what is changed does not get live.
fn hanging(path: &str) -> Cli {
    let cli = Broken::Nothing.world();
    cli.sandbox.inject(Fault::redeploy_hangs().method("POST").path(path));
    cli
}

fn has_made(cli: &Cli, ending: &str) -> bool {
    cli.sandbox.requests().iter().any(|entry| entry.path.ends_with(ending) && entry.status == Some(201))
}

#[test]
fn a_job_that_is_cancelled_while_it_creates_leaves_no_token() {
    let cli = hanging("/v1/functions/*/tokens");
    let before = broken::tokens(&cli);
    let ran = run(&cli, "ci-examples/github/end-to-end.yml", "Create a token", &|| has_made(&cli, "/tokens"));
    assert_eq!(broken::tokens(&cli), before, "{}", ran.log);
    assert_eq!((ran.status("Call the function"), ran.status("Revoke the token")), (None, Some(0)), "{}", ran.log);
    assert!(broken::calls(&cli).is_empty());
}

#[test]
fn tests_that_are_cancelled_leave_no_token() {
    let cli = Broken::Nothing.world();
    cli.sandbox.inject(Fault::hang_before().on(Plane::Gateway).method("POST"));
    let before = broken::tokens(&cli);
    let called = || cli.sent(true).iter().any(|sent| sent == "POST /fn/my-function");
    let ran = run(&cli, "ci-examples/github/ephemeral.yml", "Test", &called);
    assert_eq!(broken::tokens(&cli), before, "{}", ran.log);
}

#[test]
fn a_rotation_that_is_cancelled_changes_nothing() {
    let mut cli = hanging("/v1/functions/*/tokens/*/rotate");
    let path = stand_in(&cli, "gh", "cat > stored");
    cli.set("PATH", &path);
    let before = broken::tokens(&cli);
    let ran = run(&cli, "ci-examples/github/rotate.yml", "Rotate the token", &|| has_made(&cli, "/rotate"));
    assert_eq!(broken::tokens(&cli), before, "{}", ran.log);
    assert!(!cli.folder().join("stored").exists());
}

#[test]
fn a_teardown_that_is_cancelled_says_what_it_did() {
    let cli = Broken::Nothing.world();
    for name in ["pr-7-1", "pr-7-2"] {
        cli.jelou(&["tokens", "create", FUNCTION, "--name", name, "--quiet", "--wait"]).ended(0);
    }
    cli.sandbox.inject(Fault::redeploy_hangs().method("DELETE").always());
    let revoked = || names(&cli) == ["default", "partner-api"];
    let ran = run(&cli, "ci-examples/github/preview-teardown.yml", "Revoke the tokens", &revoked);
    assert!(ran.log.contains("pr-7-1") && ran.log.contains("pr-7-2"), "{}", ran.log);
}

/// The only token of its function is not revoked; where its value is stored, or how to make a new
/// one, is said.
#[test]
fn a_first_deploy_that_is_cancelled_says_where_its_token_is() {
    let cli = Broken::FunctionMissing.world();
    cli.sandbox.inject(Fault::redeploy_hangs().method("POST").path("/v1/functions/*/deployments"));
    cli.write("my-function/jelou.json", r#"{"function": "my-function"}"#);
    cli.write("my-function/index.ts", "export default async () => ({ ok: true });\n");
    let ran = run(&cli, "ci-examples/github/deploy.yml", "Deploy", &|| has_made(&cli, "/deployments"));
    assert_eq!(names(&cli), ["default"], "{}", ran.log);
    assert!(cli.sandbox.token_in_secret("other-function", "MY_FUNCTION_TOKEN", FUNCTION).is_none(), "{}", ran.log);
    assert!(ran.log.contains("`jelou tokens rotate my-function default --to SINK`"), "{}", ran.log);
}

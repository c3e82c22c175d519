//! `buildkite/pipeline.yml`: `pipeline upload` puts values into the text, then the agent gives the
//! command to `bash -e -c` (`agent_start.go`), masks what `redactor add` is told, and ends a
//! cancelled job by SIGTERM to its group.

use std::os::unix::process::CommandExt;

use jelou::sandbox::Fault;

use super::broken::{self, Broken, Ended};
use super::job::Job;
use super::{read, stand_in};
use crate::support::cli::Cli;
use crate::support::running::Running;
use crate::support::workflow::{text, variables, yaml};

const JOB: &str = "0190aaaa-bbbb-4ccc-8ddd-0123456789ab";
const SHELL: &str = "bash -e -c";

/// The job's command as the agent has it, once it was uploaded.
fn uploaded(command: &str) -> String {
    let once = command.replace("$$", "");
    assert!(!once.contains('$'), "would be replaced when the pipeline is uploaded: {once}");
    command.replace("$$", "$")
}

fn temporary(cli: &Cli) -> std::path::PathBuf {
    cli.folder().join("temporary")
}

/// An agent's machine goes on.
fn leaves_no_folder(cli: &Cli) {
    assert_eq!(std::fs::read_dir(temporary(cli)).unwrap().count(), 0);
}

/// A job, and the script that it runs.
fn job(cli: &mut Cli) -> (Job, String) {
    let file = yaml("ci-examples/buildkite/pipeline.yml");
    let step = &file["steps"][0];
    let folder = cli.folder().display().to_string();
    let agent = format!("[ \"$*\" = 'redactor add' ] && {{ cat; echo; }} >> '{folder}/redacted'");
    let path = stand_in(cli, "buildkite-agent", &agent);
    cli.set("PATH", &path);
    let temporary = temporary(cli);
    std::fs::create_dir(&temporary).unwrap();
    let mut job = Job::new(cli, &[("BUILDKITE", "true"), ("BUILDKITE_JOB_ID", JOB)]);
    job.set("TMPDIR", &temporary.display().to_string());
    for (name, value) in variables(&step["env"]) {
        job.set(&name, &value);
    }
    (job, uploaded(&text(&step["command"])))
}

/// The example, played.
pub(super) fn run(cli: &mut Cli) -> Ended {
    let (mut job, script) = job(cli);
    let status = job.run(SHELL, &script, &[]);
    leaves_no_folder(cli);
    Ended { failed: status != 0, log: job.log }
}

#[test]
fn whatever_breaks_stops_the_job_and_leaves_no_token() {
    broken::matrix(run);
}

#[test]
fn the_agent_is_told_to_mask_the_value() {
    let mut cli = Broken::Nothing.world();
    let ended = run(&mut cli);
    assert!(!ended.failed, "{}", ended.log);
    let masked = read(&cli.folder().join("redacted"));
    assert_eq!(masked.lines().filter(|line| line.starts_with("jfn_rt_sbx_")).count(), 1, "{masked}");
}

#[test]
fn a_revocation_that_fails_makes_the_job_fail() {
    let mut cli = Broken::Nothing.world();
    cli.sandbox.inject(Fault::status(403).method("DELETE"));
    let ended = run(&mut cli);
    assert!(ended.failed, "{}", ended.log);
    super::is_left_for_an_hour(&cli, &format!("ci-{JOB}"));
}

#[test]
fn a_job_that_is_cancelled_revokes_its_token() {
    let mut cli = Broken::Nothing.world();
    cli.sandbox.inject(Fault::hang_before().on(jelou::sandbox::Plane::Gateway).method("POST"));
    let (job, script) = job(&mut cli);
    let mut command = job.command(SHELL, &script, &[]);
    command.process_group(0);
    let running = Running::start(command);
    cli.until_sent("POST /fn/my-function");
    rustix::process::kill_process_group(running.pid(), rustix::process::Signal::TERM).expect("it runs");
    let ended = running.end();
    assert_ne!(ended.ran.status, 0, "{ended:?}");
    assert_eq!(super::names(&cli), ["default", "partner-api"], "{ended:?}");
    leaves_no_folder(&cli);
}

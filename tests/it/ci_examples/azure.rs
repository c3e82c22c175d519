//! `azure/azure-pipelines.yml`: a step `bash` is a file that `bash` runs without options (`Bash@3`,
//! `bash.ts`). What it writes is read for logging commands. Variables are in the environment of each
//! step, secret ones only where `env` maps them.

use std::collections::BTreeMap;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;

use jelou::sandbox::Fault;
use rustix::process::{Signal, kill_process_group};

use super::broken::{self, Broken, Ended};
use super::job::Job;
use super::read;
use crate::support::cli::Cli;
use crate::support::running::{Running, until};
use crate::support::workflow::{text, variables, yaml};

/// What the agent knows of a job.
#[derive(Default)]
struct Agent {
    variables: BTreeMap<String, String>,
    secrets: BTreeMap<String, String>,
    masks: Vec<String>,
}

impl Agent {
    /// A value with `$(name)` replaced; a name that is not known stays as it is.
    fn expand(&self, value: &str) -> String {
        let known = self.variables.iter().chain(&self.secrets);
        known.fold(value.to_owned(), |text, (name, value)| text.replace(&format!("$({name})"), value))
    }

    /// Carries out the logging commands of a step's output; returns what the log shows of it.
    fn read(&mut self, job: &mut Job, output: &str) -> String {
        let mut shown = String::new();
        for line in output.lines() {
            let Some((_, command)) = line.split_once("##vso[") else {
                shown.push_str(line);
                shown.push('\n');
                continue;
            };
            let (command, value) = command.split_once(']').expect("a whole command");
            match command {
                "task.setsecret" => self.masks.push(value.to_owned()),
                "task.prependpath" => {
                    let path = format!("{value}:{}", job.get("PATH").unwrap_or_default());
                    job.set("PATH", &path);
                }
                "task.setvariable variable=functionToken;issecret=true" => {
                    assert!(self.masks.iter().any(|mask| mask == value), "masked before it is a variable");
                    self.secrets.insert("functionToken".to_owned(), value.to_owned());
                }
                other => panic!("no step of the example has this command: {other}"),
            }
        }
        self.masks.iter().fold(shown, |shown, mask| shown.replace(mask.as_str(), "***"))
    }
}

/// The name that a variable has in the environment.
fn environment_name(name: &str) -> String {
    name.to_uppercase().replace('.', "_")
}

/// A step that is cancelled once it has sent its first change: SIGTERM for the step's bash alone
/// (`killChildProcess`); what it leaves behind is killed later by the agent, here at once.
fn cancel(cli: &Cli, mut command: Command) -> String {
    command.process_group(0);
    let mut running = Running::start(command);
    cli.until_sent("POST ");
    running.signal(15);
    until("the end of the step's own process", || running.has_ended().then_some(()));
    let _ = kill_process_group(running.pid(), Signal::KILL);
    let ran = running.end().ran;
    assert_ne!(ran.status, 0, "{ran:?}");
    ran.stderr + &ran.stdout
}

/// The example, played.
pub(super) fn run(cli: &mut Cli) -> Ended {
    run_but(cli, None)
}

/// The same, cancelled in a step.
fn run_but(cli: &mut Cli, cancelled: Option<&str>) -> Ended {
    let file = yaml("ci-examples/azure/azure-pipelines.yml");
    let mut agent = Agent::default();
    if let Some(value) = cli.env().get("JELOU_TOKEN") {
        agent.secrets.insert("JELOU_TOKEN".to_owned(), value.clone());
        agent.masks.extend((!value.is_empty()).then(|| value.clone()));
    }
    let temporary = cli.folder().join("temporary");
    std::fs::create_dir(&temporary).unwrap();
    let mut job = Job::new(cli, &[("TF_BUILD", "True"), ("AGENT_TEMPDIRECTORY", &temporary.display().to_string())]);
    job.unset("JELOU_TOKEN");
    for (name, value) in [("Build.BuildId", "4711"), ("System.StageAttempt", "1"), ("System.JobAttempt", "2")] {
        agent.variables.insert(name.to_owned(), value.to_owned());
    }
    for variable in file["variables"].as_vec().unwrap().iter().filter(|variable| variable["group"].is_badvalue()) {
        let value = agent.expand(&text(&variable["value"]));
        agent.variables.insert(text(&variable["name"]), value);
    }
    let mut failed = false;
    for (number, step) in file["jobs"][0]["steps"].as_vec().unwrap().iter().enumerate() {
        let always = match step["condition"].as_str() {
            None => false,
            Some("always()") => true,
            Some(other) => panic!("`condition: {other}` is not understood"),
        };
        if failed && !always {
            continue;
        }
        let script = text(&step["bash"]);
        assert!(script.starts_with("set -euo pipefail\n"), "the system sets no options: {script}");
        let script = cli.write(&format!("temporary/{number}.sh"), agent.expand(&script));
        for (name, value) in &agent.variables {
            job.set(&environment_name(name), value);
        }
        let mapped = variables(&step["env"]);
        let mapped: Vec<(String, String)> =
            mapped.iter().map(|(name, value)| (name.clone(), agent.expand(value))).collect();
        let mapped: Vec<(&str, &str)> = mapped.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let script = script.display().to_string();
        let (status, output) = if step["displayName"].as_str() == cancelled {
            (1, cancel(cli, job.command("bash", &script, &mapped)))
        } else {
            let ran = job.step("bash", &script, &mapped);
            (ran.status, ran.output)
        };
        let shown = agent.read(&mut job, &output);
        job.log.push_str(&shown);
        failed |= status != 0;
    }
    Ended { failed, log: job.log }
}

#[test]
fn whatever_breaks_stops_the_job_and_leaves_no_token() {
    broken::matrix(run);
}

#[test]
fn the_address_of_the_function_goes_from_step_to_step_by_a_file() {
    let mut cli = Broken::Nothing.world();
    let ended = run(&mut cli);
    assert!(!ended.failed, "{}", ended.log);
    let address = format!("{}/fn/my-function\n", cli.sandbox.gateway_url());
    assert_eq!(read(&cli.folder().join("temporary/url")), address);
}

#[test]
fn a_job_that_is_cancelled_while_it_creates_leaves_no_token() {
    let mut cli = Broken::Nothing.world();
    let before = broken::tokens(&cli);
    cli.sandbox.inject(Fault::delay(Duration::from_millis(700)).method("POST").path("/v1/functions/*/tokens"));
    let ended = run_but(&mut cli, Some("Create a token"));
    let is_answered = || {
        let requests = cli.sandbox.requests().into_iter();
        requests.filter(|entry| entry.path.ends_with("/tokens")).any(|entry| entry.status == Some(201)).then_some(())
    };
    until("the answer to the request", is_answered);
    assert_eq!(broken::tokens(&cli), before, "{}", ended.log);
    assert!(broken::calls(&cli).is_empty());
}

#[test]
fn a_revocation_that_fails_makes_the_job_fail() {
    let mut cli = Broken::Nothing.world();
    cli.sandbox.inject(Fault::status(403).method("DELETE"));
    let ended = run(&mut cli);
    assert!(ended.failed, "{}", ended.log);
    super::is_left_for_an_hour(&cli, "ci-4711-1-2");
}

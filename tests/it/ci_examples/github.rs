//! GitHub's workflows, step by step, under the shell that they name.

mod cancelled;
mod end_to_end;
mod lasting;
mod passing;

use std::collections::BTreeMap;

use super::broken::Ended;
use super::read;
use crate::support::cli::Cli;
use crate::support::runner::{Dialect, Order, Runner, Shell};
use crate::support::tools;
use crate::support::workflow::{Condition, Step, expand, steps, yaml};

/// A job that has run.
pub struct Ran {
    /// The steps that ran, and how each ended.
    pub steps: Vec<(String, i32)>,
    pub log: String,
    /// The value that `JELOU_FUNCTION_TOKEN` had in the end.
    pub value: String,
}

impl Ran {
    pub fn status(&self, name: &str) -> Option<i32> {
        self.steps.iter().find(|(step, _)| step == name).map(|(_, status)| *status)
    }

    /// The job was stopped by this step: of those behind it only `clean_up` ran, if anything.
    #[track_caller]
    pub fn stopped_at(&self, name: &str, status: i32, clean_up: &[&str]) {
        assert_eq!(self.status(name), Some(status), "{name}: {}", self.log);
        let at = self.steps.iter().position(|(step, _)| step == name).unwrap();
        let behind: Vec<&str> = self.steps[at + 1..].iter().map(|(step, _)| step.as_str()).collect();
        assert_eq!(behind, clean_up, "nothing else runs behind `{name}`");
        assert!(self.steps[..at].iter().all(|(_, status)| *status == 0), "{:?}", self.steps);
    }

    /// As the matrix of failures judges it.
    pub fn ended(&self) -> Ended {
        Ended { failed: self.steps.iter().any(|(_, status)| *status != 0), log: self.log.clone() }
    }
}

/// A job of a workflow, and what its runner is.
pub struct Job<'a> {
    pub file: &'a str,
    pub order: Order,
    pub dialect: Dialect,
    /// Values of `${{ … }}` beside those that every job has.
    pub context: &'a [(&'static str, &'a str)],
    /// Secrets of the repository beside `JELOU_TOKEN`.
    pub secrets: &'a [(&'static str, &'a str)],
    /// The step in which somebody cancels the run, and what has happened by then.
    pub cancelled: Option<(&'a str, &'a (dyn Fn() -> bool + Sync))>,
}

impl<'a> Job<'a> {
    pub fn of(file: &'a str) -> Self {
        Self { file, order: Order::StderrFirst, dialect: Dialect::GitHub, context: &[], secrets: &[], cancelled: None }
    }

    /// Runs the steps as the runner would: after a failure only those whose condition says so.
    pub fn run(&self, cli: &Cli) -> Ran {
        tools::require();
        let mut context = context(cli);
        context.extend(self.context.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let mut runner = self.runner(cli, &mut context);
        let (mut ran, mut failed, mut begun) = (Vec::new(), false, Vec::new());
        for step in steps(&yaml(self.file)) {
            let applies = match &step.condition {
                Condition::Success => !failed,
                Condition::Always => true,
                Condition::AlwaysAfter(id) => begun.contains(id),
            };
            if !applies {
                continue;
            }
            begun.extend(step.id.clone());
            let Some(script) = &step.run else { continue };
            runner = runner.shell(Shell::of(step.shell.as_deref()));
            let env = variables(&step, &context);
            let result = match self.cancelled.filter(|(name, _)| *name == step.name) {
                None => runner.step_with(&env, script),
                Some((_, once)) => cancelled::step(&mut runner, &env, script, &cli.folder().join("step.pid"), once),
            };
            failed |= result.failed;
            if let Some(id) = &step.id {
                let outputs = result.outputs.into_iter();
                context.extend(outputs.map(|(name, value)| (format!("steps.{id}.outputs.{name}"), value)));
            }
            ran.push((step.name, result.status));
        }
        let log = runner.log().to_owned();
        runner.shell(Shell::Bash).step("printf %s \"$JELOU_FUNCTION_TOKEN\" > \"$HOME/value\"");
        Ran { steps: ran, log, value: read(&cli.folder().join("value")) }
    }

    /// A runner with what it has before any step: the settings of `jelou` that lead to the sandbox,
    /// but nothing that the workflow has to pass on by itself.
    fn runner(&self, cli: &Cli, context: &mut BTreeMap<String, String>) -> Runner {
        let folder = cli.folder().display().to_string();
        let mut runner = Runner::new(cli.folder()).order(self.order).dialect(self.dialect);
        let token = ("JELOU_TOKEN", cli.env()["JELOU_TOKEN"].as_str());
        for (name, value) in self.secrets.iter().copied().chain([token]) {
            runner = runner.secret(value);
            context.insert(format!("secrets.{name}"), value.to_owned());
        }
        let settings = ["JELOU_TOKEN", "JELOU_RELEASES", "JELOU_VERSION", "JELOU_SHA256", "HOME"];
        for (name, value) in cli.env().iter().filter(|(name, _)| !settings.contains(&name.as_str())) {
            runner = runner.env(name, value);
        }
        runner.env("RUNNER_TEMP", &folder)
    }
}

/// What every job knows of its run.
fn context(cli: &Cli) -> BTreeMap<String, String> {
    let mut context = BTreeMap::from([
        ("github.run_id".to_owned(), "4711".to_owned()),
        ("github.run_attempt".to_owned(), "2".to_owned()),
    ]);
    for name in ["JELOU_RELEASES", "JELOU_VERSION", "JELOU_SHA256"] {
        context.insert(format!("vars.{name}"), cli.env()[name].clone());
    }
    context
}

/// The variables of a step.
fn variables(step: &Step, context: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    step.env.iter().map(|(name, value)| (name.clone(), expand(value, context))).collect()
}

//! A job whose steps are scripts of the tests, run as [`jelou::runner`] says: an oracle of what a log
//! shows, which commands fire, what is masked. `JobExtension` of actions/runner is the source of what
//! becomes of job outputs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub use jelou::runner::{ActionCommand, Dialect, Job, parse};
use jelou::runner::{EnvFiles, split};

/// Which stream is drained first within a batch. The runner drains stderr first; a script that must
/// be safe whatever the timing is run in both orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    StderrFirst,
    StdoutFirst,
}

/// How a script is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// No `shell:`.
    Bash,
    /// `shell: bash`.
    BashPipefail,
    /// `shell: bash --noprofile --norc -euo pipefail {0}`.
    BashStrict,
}

impl Shell {
    /// What a workflow says of it.
    ///
    /// # Panics
    /// If it is another one.
    pub fn of(text: Option<&str>) -> Self {
        match text {
            None => Self::Bash,
            Some("bash") => Self::BashPipefail,
            Some("bash --noprofile --norc -euo pipefail {0}") => Self::BashStrict,
            Some(other) => panic!("`shell: {other}` is not understood"),
        }
    }
}

/// Gives a command pipes of our making as its stdout and stderr, and holds them open. What reads
/// them has not got the job's variables, as a runner.
const RELAY: &str = r#"exec 3> >(exec cat) 4> >(exec cat >&2); "$@" >&3 2>&4 3>&- 4>&-"#;

/// What a step left behind.
#[derive(Clone, Debug)]
pub struct StepResult {
    /// The exit status of the script; -1 after a signal.
    pub status: i32,
    /// Whether the step counts as failed: by its status, by a command or by a file that made no
    /// sense.
    pub failed: bool,
    /// The log as people see it.
    pub log: String,
    /// The step's outputs.
    pub outputs: BTreeMap<String, String>,
    /// The step summary as it is uploaded.
    pub summary: String,
}

/// A job that runs steps.
pub struct Runner {
    folder: PathBuf,
    shell: Shell,
    order: Order,
    env: BTreeMap<String, String>,
    path: Vec<String>,
    job: Job,
    steps: usize,
}

impl Runner {
    /// A job in a folder that exists.
    pub fn new(folder: &Path) -> Self {
        crate::support::environment::prepare();
        let path = std::env::var("PATH").expect("tests run with a PATH");
        let folder = folder.to_path_buf();
        let mut env = BTreeMap::from([("PATH".to_owned(), path)]);
        env.insert("HOME".to_owned(), folder.to_str().expect("a test's folder is UTF-8").to_owned());
        let job = Job::new(Dialect::GitHub);
        Self { folder, shell: Shell::Bash, order: Order::StderrFirst, env, path: Vec::new(), job, steps: 0 }
    }

    /// Becomes another runner.
    #[must_use]
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.job = Job::new(dialect);
        self
    }

    /// Runs the scripts differently.
    #[must_use]
    pub fn shell(mut self, shell: Shell) -> Self {
        self.shell = shell;
        self
    }

    /// Drains the streams in another order.
    #[must_use]
    pub fn order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// Sets a variable for all steps.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    /// A secret of the repository, masked from the start.
    #[must_use]
    pub fn secret(mut self, value: &str) -> Self {
        self.job.mask(value);
        self
    }

    /// Runs a script as the next step.
    pub fn step(&mut self, script: &str) -> StepResult {
        self.step_with(&BTreeMap::new(), script)
    }

    /// Runs a script as the next step, with the variables of its `env:`.
    pub fn step_with(&mut self, env: &BTreeMap<String, String>, script: &str) -> StepResult {
        self.steps += 1;
        let files = EnvFiles::create(&self.folder.join("_runner_file_commands"), &self.steps.to_string()).unwrap();
        let script_file = self.folder.join(format!("step-{}.sh", self.steps));
        fs::write(&script_file, script).unwrap();
        let output = self.command(&files, env).arg(script_file).output().unwrap();

        let logged_before = self.job.log.len();
        self.job.begin_step();
        let (stderr, stdout) = (split(&output.stderr), split(&output.stdout));
        let (first, second) = match self.order {
            Order::StderrFirst => (stderr, stdout),
            Order::StdoutFirst => (stdout, stderr),
        };
        for line in first.into_iter().chain(second) {
            self.job.process_line(&line);
        }
        let status = output.status.code().unwrap_or(-1);
        if status != 0 {
            self.job.fail(&format!("Process completed with exit code {status}."));
        }
        let summary = self.take_in(&files);
        StepResult {
            status,
            failed: self.job.has_failed(),
            log: self.job.log[logged_before..].to_owned(),
            outputs: self.job.outputs().clone(),
            summary,
        }
    }

    /// What the next job sees of an output of this job: nothing if any of it would be masked.
    pub fn job_output(&mut self, name: &str, value: &str) -> Option<String> {
        if self.job.masked(value) == value {
            return Some(value.to_owned());
        }
        self.job.write(&format!("##[warning]Skip output '{name}' since it may contain secret."));
        None
    }

    /// Every command that fired, in order.
    pub fn commands(&self) -> &[ActionCommand] {
        &self.job.commands
    }

    /// The log of the whole job.
    pub fn log(&self) -> &str {
        &self.job.log
    }

    fn command(&self, files: &EnvFiles, env: &BTreeMap<String, String>) -> Command {
        let mut command = Command::new(self.worker());
        // Of the step alone: the worker and what reads for it never have them.
        let mut variables = self.env.clone();
        variables.entry("CI".to_owned()).or_insert_with(|| "true".to_owned());
        for (name, path) in files.variables() {
            variables.insert(name.to_owned(), path.to_str().expect("UTF-8").to_owned());
        }
        variables.extend(env.clone());
        if !self.path.is_empty() {
            variables.insert("PATH".to_owned(), format!("{}:{}", self.path.join(":"), self.env["PATH"]));
        }
        variables.insert("GITHUB_ACTIONS".to_owned(), "true".to_owned());
        let of_dialect: &[&str] = match self.job.dialect {
            Dialect::GitHub => &[],
            Dialect::Act => &["ACT"],
            Dialect::Forgejo => &["FORGEJO_ACTIONS", "GITEA_ACTIONS"],
            Dialect::Gitea => &["GITEA_ACTIONS"],
        };
        variables.extend(of_dialect.iter().map(|name| ((*name).to_owned(), "true".to_owned())));
        command.args(["-c", RELAY, "worker", "env", "-i"]);
        command.args(variables.iter().map(|(name, value)| format!("{name}={value}")));
        match self.shell {
            Shell::Bash => command.args(["bash", "-e"]),
            Shell::BashPipefail => command.args(["bash", "--noprofile", "--norc", "-eo", "pipefail"]),
            Shell::BashStrict => command.args(["bash", "--noprofile", "--norc", "-euo", "pipefail"]),
        };
        command.current_dir(&self.folder).env_clear().env("PATH", &self.env["PATH"]).stdin(Stdio::null());
        command
    }

    /// A program of the name that the runner's has, which starts the step's shell with a stdout of
    /// its making. Between us and the step it makes the process tree look as in a job, whether
    /// these tests run in one or not.
    fn worker(&self) -> PathBuf {
        let worker = self.folder.join("Runner.Worker");
        if !worker.exists() {
            // By another process: the kernel refuses to run what a process that is just being
            // started has open for writing.
            // macOS may kill a copy of its own programs, and nothing looks for the name there.
            let way = if cfg!(target_os = "linux") { "cp" } else { "ln -s" };
            let script = format!("{way} \"$(command -v bash)\" \"$1\"");
            let made = Command::new("sh").args(["-c", &script, "sh"]).arg(&worker).status();
            assert!(made.unwrap().success());
        }
        worker
    }

    /// Takes in what the step wrote to the runner's files; returns the summary.
    fn take_in(&mut self, files: &EnvFiles) -> String {
        let next = files.take_in(&mut self.job);
        self.env.extend(next.env);
        // The last folder comes first.
        self.path.splice(0..0, next.path.into_iter().rev());
        next.summary
    }
}

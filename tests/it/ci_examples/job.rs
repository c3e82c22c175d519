//! A job of a CI system that is none of GitHub's kind: its steps are processes of the system's shell,
//! with the system's variables, and one log holds what they write.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use crate::support::cli::Cli;
use crate::support::tools;

/// A job that runs.
pub struct Job {
    folder: PathBuf,
    env: BTreeMap<String, String>,
    /// What people can read of it.
    pub log: String,
}

/// How a step ended.
pub struct Step {
    pub status: i32,
    /// What it wrote, stderr first: agents read the two from pipes of their own.
    pub output: String,
}

impl Job {
    /// A job with the variables of the test, which stand for those of the project, and with these of
    /// the system. Steps get the management token as the system gives it to them.
    pub fn new(cli: &Cli, variables: &[(&str, &str)]) -> Self {
        tools::require();
        let mut job = Self { folder: cli.folder().to_owned(), env: cli.env().clone(), log: String::new() };
        for (name, value) in [&[("CI", "true")], variables].concat() {
            job.set(name, value);
        }
        job
    }

    /// Sets a variable for the steps that follow.
    pub fn set(&mut self, name: &str, value: &str) {
        self.env.insert(name.to_owned(), value.to_owned());
    }

    /// Takes a variable away from the steps that follow.
    pub fn unset(&mut self, name: &str) {
        self.env.remove(name);
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.env.get(name).map(String::as_str)
    }

    /// A script as the last word of a command line, such as `bash -e -c`, with more variables.
    pub fn command(&self, shell: &str, script: &str, more: &[(&str, &str)]) -> Command {
        let mut words = shell.split(' ');
        let mut command = Command::new(words.next().expect("a program"));
        command.args(words).arg(script).env_clear().envs(&self.env).envs(more.iter().copied());
        command.current_dir(&self.folder).stdin(std::process::Stdio::null());
        command
    }

    /// Runs a script as [`Job::command`] says, and writes what it printed into the log.
    pub fn run(&mut self, shell: &str, script: &str, more: &[(&str, &str)]) -> i32 {
        let step = self.step(shell, script, more);
        self.log.push_str(&step.output);
        step.status
    }

    /// The same, without the log: for systems that make something of the output.
    pub fn step(&mut self, shell: &str, script: &str, more: &[(&str, &str)]) -> Step {
        use std::os::unix::process::ExitStatusExt;
        let output = self.command(shell, script, more).output().expect("the shell runs");
        let status = output.status.code().or_else(|| output.status.signal().map(|number| 128 + number));
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Step { status: status.expect("a status"), output: text(output.stderr) + &text(output.stdout) }
    }
}

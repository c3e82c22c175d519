//! The real binary with a sandbox, a folder and an environment of its own: PATH comes from outside
//! (the scripts need curl, jq and others); HOME, the locale, the time zone, the width and the file
//! mode mask are set.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use jelou::sandbox::{Builder, Sandbox};
use serde_json::Value;
use tempfile::TempDir;

use super::TIMEOUT;
use super::terminal::{self, Session, Streams};

/// A folder, a sandbox, and the environment in which `jelou` finds both.
pub struct Cli {
    pub sandbox: Sandbox,
    folder: TempDir,
    env: BTreeMap<String, String>,
    violations_allowed: bool,
}

/// How a command ended and what it wrote.
#[derive(Debug)]
pub struct Ran {
    /// The exit status; 128 and the number for a signal.
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Cli {
    /// A sandbox with `my-function` and `other-function`, whose redeploys take 20 ms.
    pub fn new() -> Self {
        Self::with(|builder| builder)
    }

    /// The same sandbox, changed before it starts.
    pub fn with(change: impl FnOnce(Builder) -> Builder) -> Self {
        super::environment::prepare();
        let builder = Sandbox::builder().example_fixture().redeploy_delay(Duration::from_millis(20));
        let sandbox = change(builder).start().expect("a sandbox");
        // The folder of macOS lies behind a link, and what is run in it says where it really is.
        let temporary = std::env::temp_dir().canonicalize().expect("a folder for what is temporary");
        let folder = tempfile::tempdir_in(temporary).expect("a folder");
        let home = folder.path().join("home");
        std::fs::create_dir(&home).expect("a home");
        let path = std::env::var("PATH").expect("PATH");
        let binary = Path::new(env!("CARGO_BIN_EXE_jelou")).parent().expect("a folder").display().to_string();
        let env = [
            ("PATH", format!("{binary}:{path}")),
            ("HOME", home.display().to_string()),
            ("TZ", "UTC".to_owned()),
            ("LANG", "C.UTF-8".to_owned()),
            ("COLUMNS", "100".to_owned()),
            ("JELOU_API_URL", sandbox.api_url()),
            ("JELOU_GATEWAY_URL", sandbox.gateway_url()),
            ("JELOU_TOKEN", sandbox.pat().to_owned()),
        ];
        let env = env.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { sandbox, folder, env, violations_allowed: false }
    }

    /// Sets a variable for every command.
    pub fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Takes a variable away from every command.
    pub fn unset(&mut self, name: &str) -> &mut Self {
        self.env.remove(name);
        self
    }

    /// Lets this test violate the platform's rules.
    pub fn allow_violations(&mut self) {
        self.violations_allowed = true;
    }

    /// The folder that commands are started in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where the program keeps what outlives a run.
    pub fn state_folder(&self) -> PathBuf {
        let of_home =
            if cfg!(target_os = "macos") { "Library/Application Support/ai.jelou.jelou" } else { ".local/state/jelou" };
        self.folder().join("home").join(of_home)
    }

    /// Writes a file into the folder.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, content).expect("a file");
        path
    }

    /// The environment of every command.
    pub fn env(&self) -> &BTreeMap<String, String> {
        &self.env
    }

    /// `jelou` with these arguments, in the folder and with the environment of this test alone.
    pub fn process(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jelou"));
        command.args(arguments).env_clear().envs(&self.env).current_dir(self.folder()).stdin(Stdio::null());
        command
    }

    /// Runs `jelou` at a terminal; once it shows the text of `prompt`, its keys are typed.
    #[must_use = "a failure is only seen if the status is asserted"]
    pub fn at_terminal(&self, arguments: &[&str], streams: Streams, prompt: Option<(&str, &str)>) -> Session {
        terminal::run(self.process(arguments), streams, prompt)
    }

    /// Runs `jelou` at a terminal; each time it has shown the next of the prompts, its keys are typed.
    #[must_use = "a failure is only seen if the status is asserted"]
    #[track_caller]
    pub fn converse(&self, arguments: &[&str], prompts: &[(&str, &str)]) -> Session {
        terminal::converse(self.process(arguments), prompts)
    }

    /// A command to be changed further; [`Ran::of`] runs it.
    pub fn command(&self, arguments: &[&str]) -> assert_cmd::Command {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_jelou"));
        command.args(arguments).env_clear().envs(&self.env).current_dir(self.folder()).timeout(TIMEOUT);
        command
    }

    /// Runs `jelou` with stdin at its end and both outputs captured.
    #[must_use = "a failure is only seen if the status is asserted"]
    pub fn jelou(&self, arguments: &[&str]) -> Ran {
        Ran::of(&mut self.command(arguments))
    }

    /// Runs `jelou` with a text on stdin.
    #[must_use = "a failure is only seen if the status is asserted"]
    pub fn jelou_with_stdin(&self, arguments: &[&str], stdin: &str) -> Ran {
        Ran::of(self.command(arguments).write_stdin(stdin))
    }

    /// Runs a script by `bash -e`, as a CI step does, with `jelou` on PATH.
    #[must_use = "a failure is only seen if the status is asserted"]
    pub fn bash(&self, script: &str) -> Ran {
        super::tools::require();
        let mut command = assert_cmd::Command::new("bash");
        command.args(["-e", "-c", script]).env_clear().envs(&self.env).current_dir(self.folder()).timeout(TIMEOUT);
        Ran::of(&mut command)
    }

    /// What was sent to either plane, as `METHOD /path`, without GET if `writes_only`.
    pub fn sent(&self, writes_only: bool) -> Vec<String> {
        let entries = self.sandbox.requests();
        let lines = entries.iter().filter(|entry| !writes_only || entry.method != "GET");
        lines.map(|entry| format!("{} {}", entry.method, entry.path)).collect()
    }
}

impl Drop for Cli {
    fn drop(&mut self) {
        if !self.violations_allowed {
            super::sandbox::assert_no_violations(&self.sandbox);
        }
    }
}

impl Ran {
    /// Runs a command.
    #[must_use = "a failure is only seen if the status is asserted"]
    pub fn of(command: &mut assert_cmd::Command) -> Self {
        use std::os::unix::process::ExitStatusExt;
        let output = command.output().expect("the command runs");
        let status = output.status.code().or_else(|| output.status.signal().map(|number| 128 + number));
        Self {
            status: status.expect("a status"),
            stdout: String::from_utf8(output.stdout).expect("UTF-8 on stdout"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8 on stderr"),
        }
    }

    /// The one JSON document on stdout.
    pub fn json(&self) -> Value {
        assert!(self.stdout.ends_with('\n') && self.stdout.matches('\n').count() == 1, "one line: {self:?}");
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Asserts the exit status.
    #[track_caller]
    pub fn ended(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }
}

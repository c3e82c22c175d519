//! The state of a job while its steps' lines come in.

use std::collections::BTreeMap;

use super::commands::{self, ActionCommand, Dialect};
use super::masker::SecretMasker;

/// A job: what is masked lasts until its end, outputs and failure belong to the current step.
pub struct Job {
    pub dialect: Dialect,
    masker: SecretMasker,
    /// The log as people see it.
    pub log: String,
    /// Every command that fired.
    pub commands: Vec<ActionCommand>,
    /// Ends a pause in which no command fires.
    stop_token: Option<String>,
    echo: bool,
    failed: bool,
    /// Whether the rest of the step is not read.
    is_cut_off: bool,
    outputs: BTreeMap<String, String>,
}

impl Job {
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            masker: SecretMasker::new(dialect),
            log: String::new(),
            commands: Vec::new(),
            stop_token: None,
            echo: false,
            failed: false,
            is_cut_off: false,
            outputs: BTreeMap::new(),
        }
    }

    /// A step begins with commands that are neither stopped nor echoed.
    pub fn begin_step(&mut self) {
        (self.stop_token, self.echo, self.failed, self.is_cut_off) = (None, false, false, false);
        self.outputs.clear();
    }

    /// Whether a command, a file or a status failed the current step.
    pub fn has_failed(&self) -> bool {
        self.failed
    }

    /// The outputs of the current step.
    pub fn outputs(&self) -> &BTreeMap<String, String> {
        &self.outputs
    }

    /// Adds outputs of the current step.
    pub fn set_outputs(&mut self, pairs: Vec<(String, String)>) {
        self.outputs.extend(pairs);
    }

    /// Writes a line to the log, masked.
    pub fn write(&mut self, line: &str) {
        self.log.push_str(&self.masker.mask(line));
        self.log.push('\n');
    }

    /// A text as the log would show it.
    pub fn masked(&self, text: &str) -> String {
        self.masker.mask(text)
    }

    /// Masks a value from now on, as a secret of the repository is.
    pub fn mask(&mut self, value: &str) {
        self.masker.add(value);
    }

    /// Fails the step for a reason that the log shows.
    pub fn fail(&mut self, reason: &str) {
        self.failed = true;
        self.write(&format!("##[error]{reason}"));
    }

    /// Takes in one line of a step: a command fires, anything else is logged.
    pub fn process_line(&mut self, line: &str) {
        if self.is_cut_off {
            return;
        }
        let command = commands::parse(self.dialect, line, self.stop_token.as_deref());
        match (command, &self.stop_token) {
            (Some(command), Some(token)) if command.name.eq_ignore_ascii_case(token) => {
                self.stop_token = None;
                self.write(line);
            }
            (Some(command), None) => {
                self.execute(&command, line);
                self.commands.push(command);
            }
            _ => self.write(&neutralised(line)),
        }
    }

    fn execute(&mut self, command: &ActionCommand, line: &str) {
        let name = command.name.as_str();
        if name == "stop-commands" {
            return self.stop(&command.data, line);
        }
        // Those that print something themselves.
        let is_quiet = matches!(name, "add-mask" | "debug" | "notice" | "warning" | "error");
        if self.echo && !is_quiet {
            self.write(line);
        }
        if let Err(reason) = self.perform(command) {
            let shown = if is_quiet { name } else { line };
            self.fail(&format!("Unable to process command '{shown}' successfully."));
            self.fail(&reason);
        }
    }

    fn perform(&mut self, command: &ActionCommand) -> Result<(), String> {
        let (name, data) = (command.name.as_str(), command.data.as_str());
        match name {
            "add-mask" => self.add_mask(data),
            "echo" => match data.trim().to_ascii_lowercase().as_str() {
                "on" => self.echo = true,
                "off" => self.echo = false,
                _ if data.is_empty() => return Err("Value cannot be null. (Parameter 'value')".to_owned()),
                _ => {
                    return Err(format!(
                        "Invalid echo command value. Possible values can be: 'on', 'off'. Current value is: '{data}'."
                    ));
                }
            },
            "set-output" | "save-state" => {
                self.write(&format!(
                    "##[warning]The `{name}` command is deprecated and will be disabled soon. Please upgrade to using \
                     Environment Files. For more information see: https://github.blog/changelog/2022-10-11-github-\
                     actions-deprecating-save-state-and-set-output-commands/"
                ));
                let key = command.properties.get("name").filter(|key| !key.is_empty());
                let key = key.ok_or_else(|| format!("Required field 'name' is missing in ##[{name}] command."))?;
                if name == "set-output" {
                    self.outputs.insert(key.clone(), data.to_owned());
                }
            }
            "set-env" | "add-path" => {
                return Err(format!(
                    "The `{name}` command is disabled. Please upgrade to using Environment Files or opt into unsecure \
                     command execution by setting the `ACTIONS_ALLOW_UNSECURE_COMMANDS` environment variable to `true`. \
                     For more information see: https://github.blog/changelog/2020-10-01-github-actions-deprecating-set-\
                     env-and-add-path-commands/"
                ));
            }
            "notice" | "warning" | "error" | "group" => self.write(&format!("##[{name}]{data}")),
            "endgroup" => self.write("##[endgroup]"),
            _ => {}
        }
        Ok(())
    }

    fn add_mask(&mut self, value: &str) {
        if value.trim().is_empty() {
            self.write("##[warning]Can't add secret mask for empty string in ##[add-mask] command.");
            return;
        }
        if self.echo {
            self.write("::add-mask::***");
        }
        self.masker.add(value);
        for line in value.split(['\r', '\n']).map(str::trim) {
            self.masker.add(line);
        }
    }

    /// A token that cannot be one is an exception outside of any command: the runner fails the step
    /// and reads no further line of it.
    fn stop(&mut self, token: &str, line: &str) {
        if token.is_empty() || token.eq_ignore_ascii_case("pause-logging") || commands::is_registered(token) {
            self.is_cut_off = true;
            return self.fail(
                "You cannot use a endToken that is an empty string, the string 'pause-logging', or another workflow \
                 command. For more information see: https://docs.github.com/actions/learn-github-actions/workflow-\
                 commands-for-github-actions#example-stopping-and-starting-workflow-commands or opt into insecure \
                 command execution by setting the `ACTIONS_ALLOW_UNSECURE_STOPCOMMAND_TOKENS` environment variable to \
                 `true`.",
            );
        }
        if token.len() > 6 {
            self.masker.add(token);
        }
        self.stop_token = Some(token.to_owned());
        self.write(line);
    }
}

/// A line that is no command, without the markers that belong to the runner.
fn neutralised(line: &str) -> String {
    line.replace("##[start-action", "##[\\start-action").replace("##[end-action", "##[\\end-action")
}

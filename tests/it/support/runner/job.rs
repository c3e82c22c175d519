//! The state of a job while its steps' lines come in.

use std::collections::BTreeMap;

use super::commands::{self, ActionCommand, Dialect};
use super::masker::SecretMasker;

/// A job: what is masked lasts until its end, outputs and failure belong to the current step.
pub struct Job {
    pub dialect: Dialect,
    pub masker: SecretMasker,
    /// The log as people see it.
    pub log: String,
    /// Every command that fired.
    pub commands: Vec<ActionCommand>,
    stop_token: Option<String>,
    echo: bool,
    failed: bool,
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
            outputs: BTreeMap::new(),
        }
    }

    /// A step begins with commands that are neither stopped nor echoed.
    pub fn begin_step(&mut self) {
        (self.stop_token, self.echo, self.failed) = (None, false, false);
        self.outputs.clear();
    }

    pub fn has_failed(&self) -> bool {
        self.failed
    }

    pub fn outputs(&self) -> &BTreeMap<String, String> {
        &self.outputs
    }

    pub fn set_outputs(&mut self, pairs: Vec<(String, String)>) {
        self.outputs.extend(pairs);
    }

    /// Writes a line to the log, masked.
    pub fn write(&mut self, line: &str) {
        self.log.push_str(&self.masker.mask(line));
        self.log.push('\n');
    }

    pub fn fail(&mut self, reason: &str) {
        self.failed = true;
        self.write(&format!("##[error]{reason}"));
    }

    pub fn fail_file(&mut self, file: &str, reason: &str) {
        self.fail(&format!("Unable to process file command '{file}' successfully."));
        self.fail(reason);
    }

    /// Takes in one line of a step: a command fires, anything else is logged.
    pub fn process_line(&mut self, line: &str) {
        let command = commands::parse(self.dialect, line, self.stop_token.as_deref());
        match (command, &self.stop_token) {
            (None, _) => self.write(line),
            (Some(command), Some(token)) => {
                if command.name.eq_ignore_ascii_case(token) {
                    self.stop_token = None;
                }
                self.write(line);
            }
            (Some(command), None) => {
                let result = self.execute(&command);
                if self.echo && !matches!(command.name.as_str(), "echo" | "debug" | "notice" | "warning" | "error") {
                    self.write(line);
                }
                if let Err(reason) = result {
                    self.fail(&format!("Unable to process command '{line}' successfully."));
                    self.fail(&reason);
                }
                self.commands.push(command);
            }
        }
    }

    fn execute(&mut self, command: &ActionCommand) -> Result<(), String> {
        let data = command.data.as_str();
        let name = || command.properties.get("name").filter(|name| !name.is_empty()).cloned();
        match command.name.as_str() {
            "add-mask" => self.add_mask(data),
            "stop-commands" => return self.stop(data),
            "echo" => match data.to_ascii_lowercase().as_str() {
                "on" => self.echo = true,
                "off" => self.echo = false,
                _ => {
                    return Err(format!(
                        "Invalid echo command value. Possible values can be: 'on', 'off'. Current value is: '{data}'"
                    ));
                }
            },
            "set-output" => {
                let name = name().ok_or("Required field 'name' is missing in ##[set-output] command.")?;
                self.outputs.insert(name, data.to_owned());
            }
            "save-state" => {
                name().ok_or("Required field 'name' is missing in ##[save-state] command.")?;
            }
            "set-env" | "add-path" => {
                return Err(format!("The `{}` command is disabled.", command.name));
            }
            "notice" | "warning" | "error" | "group" => self.write(&format!("##[{}]{data}", command.name)),
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
        self.masker.add(value);
        for line in value.split(['\r', '\n']).map(str::trim) {
            self.masker.add(line);
        }
    }

    fn stop(&mut self, token: &str) -> Result<(), String> {
        if token.is_empty() || token.eq_ignore_ascii_case("pause-logging") || commands::is_registered(token) {
            return Err("Invalid stop command token.".to_owned());
        }
        if token.len() > 6 {
            self.masker.add(token);
        }
        self.stop_token = Some(token.to_owned());
        Ok(())
    }
}

//! `github-env:NAME`, `github-output:NAME` and `bash-env:NAME`: a variable at the end of the file
//! that an environment variable names.
//!
//! The first two are the files of GitHub, Forgejo and Gitea Actions and of nektos/act. Their form
//! is the heredoc with a random delimiter, in one write (actions/toolkit `file-command.ts`; a fixed
//! delimiter was CVE-2022-35954). Both reach only the later steps of the same job: a variable ends
//! with the job, and the runner drops an output that holds a masked value where jobs exchange
//! outputs (actions/runner `JobExtension.cs`).
//!
//! Bash reads the file of `BASH_ENV` at the start of every later step of a `CircleCI` job.
//! `CircleCI` sets the variable and leaves it to the first step that writes to the file to create
//! it; here it gets mode 0600.

use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

use super::sink::{BoxFuture, Sink, SinkContext, ready, unusable};
use super::target::Target;
use super::variable_name::{VariableName, is_identifier};
use crate::error::Error;
use crate::files::{self, Appended};
use crate::secret::RuntimeToken;
use crate::typed_path;
use crate::warning::Warning;

/// What tells one kind of file from another.
pub(super) struct Format {
    prefix: &'static str,
    /// The variable that holds the path of the file.
    path_variable: &'static str,
    may_create: bool,
    /// What follows from the variable not being set.
    unset_means: &'static str,
    parse_name: fn(&str) -> Result<String, String>,
    /// Sets a variable: from its name and its value to lines of the file.
    assign: fn(&str, &str) -> anyhow::Result<String>,
    /// A code and a message.
    warning: Option<(&'static str, &'static str)>,
}

pub(super) static GITHUB_ENV: Format = Format {
    prefix: "github-env",
    path_variable: "GITHUB_ENV",
    may_create: false,
    unset_means: ", so this is not a step of a workflow",
    parse_name: |name| Ok(VariableName::parse(name)?.to_string()),
    assign: heredoc,
    warning: None,
};

pub(super) static GITHUB_OUTPUT: Format = Format {
    prefix: "github-output",
    path_variable: "GITHUB_OUTPUT",
    may_create: false,
    unset_means: ", so this is not a step of a workflow",
    // An output is not a variable, so no name of one has a special meaning.
    parse_name: |name| {
        let is_valid = is_identifier(name, |byte| matches!(byte, b'_' | b'-'));
        is_valid.then(|| name.to_owned()).ok_or_else(|| "the name is not `[A-Za-z_][A-Za-z0-9_-]*`".to_owned())
    },
    assign: heredoc,
    warning: Some((
        "OUTPUT_STAYS_IN_JOB",
        "A masked value reaches the later steps of this job only: as an output of the job it arrives empty",
    )),
};

pub(super) static BASH_ENV: Format = Format {
    prefix: "bash-env",
    path_variable: "BASH_ENV",
    may_create: true,
    unset_means: "",
    parse_name: |name| Ok(VariableName::parse(name)?.to_string()),
    // Single quotes are enough: no token contains one (see `secret::is_token_shaped`).
    assign: |name, value| Ok(format!("export {name}='{value}'\n")),
    warning: None,
};

/// The delimiter has 128 random bits, so that no value contains it.
fn heredoc(name: &str, value: &str) -> anyhow::Result<String> {
    let mut random = [0; 16];
    SystemRandom::new().fill(&mut random).map_err(|_| anyhow!("the system has no random numbers"))?;
    let delimiter = format!("ghadelimiter_{:032x}", u128::from_be_bytes(random));
    Ok(format!("{name}<<{delimiter}\n{value}\n{delimiter}\n"))
}

pub(super) struct EnvironmentFile {
    format: &'static Format,
    name: String,
    path: Option<PathBuf>,
    appended: Option<Appended>,
}

impl EnvironmentFile {
    pub(super) fn parse(format: &'static Format, name: &str, context: &SinkContext) -> Result<Self, String> {
        let path = (context.env)(format.path_variable).map(PathBuf::from);
        Ok(Self { format, name: (format.parse_name)(name)?, path, appended: None })
    }

    fn path(&self) -> anyhow::Result<&Path> {
        let Format { path_variable, unset_means, .. } = self.format;
        let path = self.path.as_deref().ok_or_else(|| anyhow!("`{path_variable}` is not set{unset_means}"))?;
        match typed_path::unexpanded_value(path.as_os_str()) {
            Some(why) => bail!("`{path_variable}` {why}"),
            None => Ok(path),
        }
    }

    fn try_check(&self) -> anyhow::Result<()> {
        let path = self.path()?;
        match files::open_for_append(path)? {
            Some(_) => Ok(()),
            None if self.format.may_create => files::check_folder(path),
            None => bail!("`{}` does not exist", path.display()),
        }
    }
}

impl Sink for EnvironmentFile {
    fn label(&self) -> String {
        format!("{}:{}", self.format.prefix, self.name)
    }

    fn target(&self) -> Target {
        match &self.path {
            Some(path) => Target::variable_in(path, self.format.prefix, &self.name),
            None => Target::named(self.format.prefix, &self.name),
        }
    }

    fn check(&mut self) -> BoxFuture<'_, Result<Vec<Warning>, Error>> {
        let warnings = self.format.warning.map(|(code, message)| Warning::new(code, message));
        let checked = self.try_check().map(|()| Vec::from_iter(warnings));
        ready(checked.map_err(|cause| unusable(&self.label(), cause)))
    }

    #[allow(clippy::disallowed_methods, reason = "a sink takes the value")]
    fn write<'a>(&'a mut self, token: &'a RuntimeToken) -> BoxFuture<'a, anyhow::Result<()>> {
        Box::pin(async move {
            let path = self.path()?.to_owned();
            let lines = Zeroizing::new((self.format.assign)(&self.name, token.secret().expose())?);
            files::append(&path, self.format.may_create, &lines, &mut self.appended)
        })
    }

    fn undo(&mut self) -> BoxFuture<'_, anyhow::Result<()>> {
        ready(self.appended.take().map_or(Ok(()), Appended::undo))
    }
}

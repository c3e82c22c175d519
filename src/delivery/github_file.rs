//! `github-env:NAME` and `github-output:NAME`: the files of GitHub, Forgejo and Gitea Actions and of nektos/act.
//!
//! The heredoc form with a random delimiter, in one write (actions/toolkit `file-command.ts`; a fixed delimiter was
//! CVE-2022-35954). Both reach the later steps of the same job alone: a variable ends with the job, and an output that
//! holds a masked value is dropped where jobs exchange outputs (actions/runner `JobExtension.cs`).

use std::path::PathBuf;

use anyhow::{Context, anyhow};
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

use super::append::{self, Appended};
use super::sink::unusable;
use super::spec::Place;
use super::variable::{check_environment_name, is_identifier};
use crate::error::Error;
use crate::secret::RuntimeToken;
use crate::warning::Warning;

/// Which of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GithubFileKind {
    Env,
    Output,
}

impl GithubFileKind {
    fn sink(self) -> &'static str {
        match self {
            Self::Env => "github-env",
            Self::Output => "github-output",
        }
    }

    /// The variable that holds the path of the file.
    fn variable(self) -> &'static str {
        match self {
            Self::Env => "GITHUB_ENV",
            Self::Output => "GITHUB_OUTPUT",
        }
    }
}

pub(super) struct GithubFile {
    kind: GithubFileKind,
    name: String,
    appended: Option<Appended>,
}

impl GithubFile {
    pub(super) fn parse(kind: GithubFileKind, name: &str) -> Result<Self, String> {
        match kind {
            GithubFileKind::Env => check_environment_name(name)?,
            // An output is no variable and steers nothing, so that any name will do.
            GithubFileKind::Output if is_identifier(name, |byte| matches!(byte, b'_' | b'-')) => {}
            GithubFileKind::Output => return Err("the name is not `[A-Za-z_][A-Za-z0-9_-]*`".to_owned()),
        }
        Ok(Self { kind, name: name.to_owned(), appended: None })
    }

    pub(super) fn label(&self) -> String {
        format!("{}:{}", self.kind.sink(), self.name)
    }

    pub(super) fn place(&self) -> Place {
        Place::entry_of(self.kind.sink(), &self.name)
    }

    fn path(&self, env: &dyn Fn(&str) -> Option<String>) -> anyhow::Result<PathBuf> {
        let variable = self.kind.variable();
        env(variable)
            .map(PathBuf::from)
            .ok_or_else(|| anyhow!("`{variable}` is not set, so this is no step of a workflow"))
    }

    pub(super) fn check(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<Vec<Warning>, Error> {
        let opened = self.path(env).and_then(|path| {
            append::open(&path)?.with_context(|| format!("`{}` does not exist", path.display())).map(drop)
        });
        opened.map_err(|cause| unusable(&self.label(), cause))?;
        if self.kind == GithubFileKind::Env {
            return Ok(Vec::new());
        }
        let message =
            "A masked value reaches the later steps of this job only: as an output of the job it arrives empty";
        Ok(vec![Warning::new("OUTPUT_STAYS_IN_JOB", message)])
    }

    #[allow(clippy::disallowed_methods, reason = "the sink")]
    pub(super) fn write(&mut self, token: &RuntimeToken, env: &dyn Fn(&str) -> Option<String>) -> anyhow::Result<()> {
        let delimiter = delimiter()?;
        let text = Zeroizing::new(format!("{}<<{delimiter}\n{}\n{delimiter}\n", self.name, token.secret().expose()));
        append::append(&self.path(env)?, false, &text, &mut self.appended)
    }

    pub(super) fn undo(&mut self) -> anyhow::Result<()> {
        self.appended.take().map_or(Ok(()), Appended::undo)
    }
}

/// 128 random bits, so that no value can contain it.
fn delimiter() -> anyhow::Result<String> {
    let mut random = [0; 16];
    SystemRandom::new().fill(&mut random).map_err(|_| anyhow!("the system has no random numbers"))?;
    Ok(format!("ghadelimiter_{:032x}", u128::from_be_bytes(random)))
}

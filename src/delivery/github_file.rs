//! `github-env:NAME` and `github-output:NAME`: the files of GitHub, Forgejo and Gitea Actions and
//! of nektos/act.
//!
//! The form is the heredoc with a random delimiter, in one write (actions/toolkit
//! `file-command.ts`; a fixed delimiter was CVE-2022-35954). Both reach only the later steps of the
//! same job: a variable ends with the job, and the runner drops an output that holds a masked value
//! where jobs exchange outputs (actions/runner `JobExtension.cs`).

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

use super::SinkContext;
use super::sink::{BoxFuture, Sink, ready, unusable};
use super::target::Target;
use super::variable_name::{VariableName, is_identifier};
use crate::error::Error;
use crate::files::{self, Appended};
use crate::secret::RuntimeToken;
use crate::warning::Warning;

/// Which of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GithubFileKind {
    Env,
    Output,
}

impl GithubFileKind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Env => "github-env",
            Self::Output => "github-output",
        }
    }

    /// The variable that holds the path of the file.
    fn path_variable(self) -> &'static str {
        match self {
            Self::Env => "GITHUB_ENV",
            Self::Output => "GITHUB_OUTPUT",
        }
    }
}

pub(super) struct GithubFile {
    kind: GithubFileKind,
    name: String,
    /// Nothing outside of a workflow.
    path: Option<PathBuf>,
    appended: Option<Appended>,
}

impl GithubFile {
    pub(super) fn parse(kind: GithubFileKind, name: &str, context: &SinkContext) -> Result<Self, String> {
        let name = match kind {
            GithubFileKind::Env => VariableName::parse(name)?.into_string(),
            // An output is not a variable, so no name of one has a special meaning.
            GithubFileKind::Output if is_identifier(name, |byte| matches!(byte, b'_' | b'-')) => name.to_owned(),
            GithubFileKind::Output => return Err("the name is not `[A-Za-z_][A-Za-z0-9_-]*`".to_owned()),
        };
        let path = (context.env)(kind.path_variable()).map(PathBuf::from);
        Ok(Self { kind, name, path, appended: None })
    }

    fn path(&self) -> anyhow::Result<&Path> {
        let variable = self.kind.path_variable();
        self.path.as_deref().ok_or_else(|| anyhow!("`{variable}` is not set, so this is not a step of a workflow"))
    }

    fn try_check(&self) -> Result<Vec<Warning>, Error> {
        let opened = self.path().and_then(|path| {
            files::open_for_append(path)?.with_context(|| format!("`{}` does not exist", path.display())).map(drop)
        });
        opened.map_err(|cause| unusable(&self.label(), cause))?;
        if self.kind == GithubFileKind::Env {
            return Ok(Vec::new());
        }
        let message =
            "A masked value reaches the later steps of this job only: as an output of the job it arrives empty";
        Ok(vec![Warning::new("OUTPUT_STAYS_IN_JOB", message)])
    }

    #[allow(clippy::disallowed_methods, reason = "a sink takes the value")]
    fn try_write(&mut self, token: &RuntimeToken) -> anyhow::Result<()> {
        let path = self.path()?.to_owned();
        let delimiter = delimiter()?;
        let text = Zeroizing::new(format!("{}<<{delimiter}\n{}\n{delimiter}\n", self.name, token.secret().expose()));
        files::append(&path, false, &text, &mut self.appended)
    }
}

impl Sink for GithubFile {
    fn label(&self) -> String {
        format!("{}:{}", self.kind.prefix(), self.name)
    }

    fn target(&self) -> Target {
        match &self.path {
            Some(path) => Target::variable_in(path, self.kind.prefix(), &self.name),
            None => Target::named(self.kind.prefix(), &self.name),
        }
    }

    fn check(&mut self) -> BoxFuture<'_, Result<Vec<Warning>, Error>> {
        ready(self.try_check())
    }

    fn write<'a>(&'a mut self, token: &'a RuntimeToken) -> BoxFuture<'a, anyhow::Result<()>> {
        ready(self.try_write(token))
    }

    fn undo(&mut self) -> BoxFuture<'_, anyhow::Result<()>> {
        ready(self.appended.take().map_or(Ok(()), Appended::undo))
    }
}

/// 128 random bits, so that no value contains it.
fn delimiter() -> anyhow::Result<String> {
    let mut random = [0; 16];
    SystemRandom::new().fill(&mut random).map_err(|_| anyhow!("the system has no random numbers"))?;
    Ok(format!("ghadelimiter_{:032x}", u128::from_be_bytes(random)))
}

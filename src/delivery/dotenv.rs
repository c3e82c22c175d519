//! `dotenv:PATH:NAME`: a variable in a dotenv file, added at the end or changed where it is.
//!
//! A new file has mode 0600; an existing one keeps its mode and owner and every other byte. It is
//! replaced at once: a program that reads it meanwhile sees the old file or the new one.
//!
//! From reading to replacing, the file is locked, so that two runs that add a variable each both
//! keep it. The earlier content is kept in memory only: a copy beside the file would be committed
//! by the next `git add -A`. Undoing keeps what others have changed since: then only the variable
//! gets back the lines that it had.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::sink::{BoxFuture, Sink, unusable};
use super::target::{Target, file_path};
use super::variable_name::VariableName;
use crate::error::Error;
use crate::files::{self, Existing, FileId, Lock, dotenv};
use crate::secret::{RUNTIME_PREFIX, RuntimeToken};
use crate::warning::Warning;

/// How long another run may hold the lock. It needs it for one write, which takes milliseconds; an
/// editor may hold it longer.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) struct Dotenv {
    path: PathBuf,
    name: VariableName,
    written: Option<Written>,
}

/// The texts of the file before and after the variable was set.
struct Written {
    /// Nothing if there was no file.
    before: Option<Zeroizing<String>>,
    after: Zeroizing<String>,
    token: RuntimeToken,
}

/// An existing file as it was read.
pub(super) struct Found {
    text: Zeroizing<String>,
    metadata: Metadata,
    /// Held for its lock, if there is one.
    _file: File,
}

impl Dotenv {
    /// Splits at the last colon: a path may hold one and a name may not.
    pub(super) fn parse(rest: &str) -> Result<Self, String> {
        let Some((path, name)) = rest.rsplit_once(':') else {
            return Err("a path and a name are expected, with `:` between them".to_owned());
        };
        Ok(Self { path: file_path(path)?, name: VariableName::parse(name)?, written: None })
    }

    fn open(&self) -> anyhow::Result<Option<(File, Metadata)>> {
        files::open_existing(&self.path, OpenOptions::new().read(true))
    }

    fn read(&self, (mut file, metadata): (File, Metadata)) -> anyhow::Result<Found> {
        let mut text = Zeroizing::new(String::new());
        file.read_to_string(&mut text).with_context(|| format!("`{}` cannot be read", self.path.display()))?;
        Ok(Found { text, metadata, _file: file })
    }

    /// Whether the variable is set to something that begins as a token does.
    fn holds_token(&self, text: &str) -> bool {
        dotenv::lines_of(text, self.name.as_str()).contains(RUNTIME_PREFIX)
    }

    /// Reads the file under a lock, which lasts as long as the result. On a file system without
    /// locks there is none.
    pub(super) async fn read_locked(&self, timeout: Duration) -> anyhow::Result<Option<Found>> {
        let deadline = Instant::now() + timeout;
        loop {
            let Some((file, metadata)) = self.open()? else { return Ok(None) };
            let left = deadline.saturating_duration_since(Instant::now());
            if let Lock::Busy = files::lock_within_async(&file, left).await {
                bail!("`{}` is locked by another program", self.path.display());
            }
            // The last holder of the lock may have replaced the file: then this lock protects
            // nothing.
            if FileId::of(&metadata).is_at(&self.path) {
                return self.read((file, metadata)).map(Some);
            }
        }
    }

    fn editable<'a>(&'a self, text: &'a str) -> anyhow::Result<dotenv::Editable<'a>> {
        dotenv::Editable::parse(text, self.name.as_str())
            .map_err(|reason| anyhow!("`{}`, {reason}", self.path.display()))
    }

    #[allow(clippy::disallowed_methods, reason = "a sink takes the value")]
    async fn set(&mut self, token: &RuntimeToken) -> anyhow::Result<()> {
        loop {
            let found = self.read_locked(LOCK_TIMEOUT).await?;
            let text = found.as_ref().map_or("", |found| found.text.as_str());
            let after = self.editable(text)?.set(token.secret().expose());
            match &found {
                Some(found) => files::replace_like(&self.path, after.as_bytes(), &found.metadata)?,
                None => match files::write_file(&self.path, after.as_bytes(), Existing::Refuse) {
                    Err(error) if is_taken(&error) => continue,
                    written => drop(written?),
                },
            }
            let before = found.map(|found| found.text);
            self.written = Some(Written { before, after, token: token.clone() });
            return Ok(());
        }
    }

    #[allow(clippy::disallowed_methods, reason = "a sink takes the value")]
    async fn restore(&mut self) -> anyhow::Result<()> {
        if self.written.is_none() {
            return Ok(());
        }
        let found = self.read_locked(LOCK_TIMEOUT).await?;
        let (Some(written), Some(found)) = (self.written.take(), found) else { return Ok(()) };
        let rewrite = |text: &str| files::replace_like(&self.path, text.as_bytes(), &found.metadata);
        if found.text == written.after {
            return match written.before {
                Some(before) => rewrite(&before),
                None => std::fs::remove_file(&self.path).context("it cannot be removed"),
            };
        }
        let ours = dotenv::lines_of(&written.after, self.name.as_str());
        let earlier = dotenv::lines_of(written.before.as_ref().map_or("", |before| before), self.name.as_str());
        if let Some(restored) = dotenv::replace(&found.text, &ours, &earlier) {
            return rewrite(&restored);
        }
        if found.text.contains(written.token.secret().expose()) {
            bail!("`{}` has been changed since", self.path.display());
        }
        Ok(())
    }
}

impl Sink for Dotenv {
    fn label(&self) -> String {
        format!("dotenv:{}:{}", self.path.display(), self.name)
    }

    fn target(&self) -> Target {
        Target::variable_in(&self.path, "dotenv", self.name.as_str())
    }

    fn check(&mut self) -> BoxFuture<'_, Result<Vec<Warning>, Error>> {
        Box::pin(async move {
            let found = self.open().and_then(|opened| opened.map(|opened| self.read(opened)).transpose());
            let found = found.and_then(|found| files::check_folder(&self.path).map(|()| found));
            let found = found.and_then(|found| {
                found.as_ref().map(|found| self.editable(&found.text)).transpose()?;
                Ok(found)
            });
            let found = found.map_err(|cause| unusable(&self.label(), cause))?;
            let Some(found) = found else { return Ok(Vec::new()) };
            let checked = files::check_replaceable(&self.path, &found.metadata);
            checked.map_err(|cause| unusable(&self.label(), cause))?;
            let file = self.path.display();
            let loose = files::is_open_to_others(&found.metadata)
                .then(|| Warning::new("LOOSE_FILE_MODE", format!("`{file}` can be opened by other users")));
            let replaced = self.holds_token(&found.text).then(|| {
                let words =
                    format!("`{}` in `{file}` holds a token, which is replaced there and not revoked", self.name);
                Warning::new("TOKEN_REPLACED", words)
            });
            Ok(loose.into_iter().chain(replaced).collect())
        })
    }

    fn write<'a>(&'a mut self, token: &'a RuntimeToken) -> BoxFuture<'a, anyhow::Result<()>> {
        Box::pin(self.set(token))
    }

    fn undo(&mut self) -> BoxFuture<'_, anyhow::Result<()>> {
        Box::pin(self.restore())
    }

    fn commit(&mut self) -> anyhow::Result<()> {
        self.written = None;
        Ok(())
    }
}

/// Whether a file could not be created because there is one by now.
fn is_taken(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|cause| cause.kind() == io::ErrorKind::AlreadyExists)
}

//! `dotenv:PATH:NAME`: a variable in a dotenv file, added at the end or replaced where it is.
//!
//! A new file has mode 0600; an existing one keeps its mode and owner and everything else in it. It is replaced as a
//! whole, so that a program which reads it meanwhile sees the old file or the new one.
//!
//! Between reading and replacing, the file is locked: of two runs that add a variable each, none loses that of the other.
//! What it held before is kept in memory alone, for a copy next to it would be committed by the next `git add -A`. What
//! others have changed since stays on undo: then only the variable gets back the lines that it had.

use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::dotenv_text;
use super::place::{self, Existing};
use super::sink::unusable;
use super::spec::Place;
use super::variable::check_environment_name;
use crate::config::private_file::open_existing;
use crate::error::Error;
use crate::secret::RuntimeToken;
use crate::warning::Warning;

/// How long another run may hold the lock; it needs it for one write.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often the lock is tried.
const INTERVAL: Duration = Duration::from_millis(10);

pub(super) struct Dotenv {
    path: PathBuf,
    name: String,
    written: Option<Written>,
}

/// The texts of the file before and after the variable was set.
struct Written {
    /// Nothing if there was no file.
    before: Option<Zeroizing<String>>,
    after: Zeroizing<String>,
}

/// An existing file as it was read.
pub(super) struct Found {
    text: Zeroizing<String>,
    metadata: Metadata,
    /// Held for its lock, if there is one.
    _file: File,
}

/// What came of trying to lock an open file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Lock {
    /// It is ours, or the file system has none.
    Held,
    /// Another run has it.
    Busy,
    /// It is ours, but whoever had it before has put another file in the place of this one.
    Stale,
}

impl Dotenv {
    /// Splits at the last colon, for a path may hold one and a name may not.
    pub(super) fn parse(rest: &str) -> Result<Self, String> {
        let Some((path, name)) = rest.rsplit_once(':') else {
            return Err("a path and a name are expected, with `:` between them".to_owned());
        };
        place::check_path(path)?;
        check_environment_name(name)?;
        Ok(Self { path: PathBuf::from(path), name: name.to_owned(), written: None })
    }

    pub(super) fn label(&self) -> String {
        format!("dotenv:{}:{}", self.path.display(), self.name)
    }

    pub(super) fn place(&self) -> Place {
        Place::file(&self.path, Some(&self.name))
    }

    pub(super) fn check(&self) -> Result<Vec<Warning>, Error> {
        let found = self.open().and_then(|opened| opened.map(|opened| self.read(opened)).transpose());
        let found = found.and_then(|found| place::check_folder(&self.path).map(|()| found));
        match found.map_err(|cause| unusable(&self.label(), cause))? {
            Some(found) if is_open_to_others(&found.metadata) => Ok(vec![Warning::new(
                "LOOSE_FILE_MODE",
                format!("`{}` can be opened by other users", self.path.display()),
            )]),
            _ => Ok(Vec::new()),
        }
    }

    pub(super) fn open(&self) -> anyhow::Result<Option<(File, Metadata)>> {
        open_existing(&self.path, OpenOptions::new().read(true))
    }

    fn read(&self, (mut file, metadata): (File, Metadata)) -> anyhow::Result<Found> {
        let mut text = Zeroizing::new(String::new());
        file.read_to_string(&mut text).with_context(|| format!("`{}` cannot be read", self.path.display()))?;
        Ok(Found { text, metadata, _file: file })
    }

    /// Reads the file under a lock, so that nobody who locks it too changes it while the result lives. A file system
    /// without locks goes without.
    pub(super) async fn read_locked(&self, patience: Duration) -> anyhow::Result<Option<Found>> {
        let deadline = Instant::now() + patience;
        loop {
            let Some((file, metadata)) = self.open()? else { return Ok(None) };
            match self.lock(&file, &metadata) {
                Lock::Held => return self.read((file, metadata)).map(Some),
                Lock::Busy if Instant::now() >= deadline => {
                    bail!("`{}` is locked by another program", self.path.display())
                }
                Lock::Busy => tokio::time::sleep(INTERVAL).await,
                Lock::Stale => {}
            }
        }
    }

    pub(super) fn lock(&self, file: &File, metadata: &Metadata) -> Lock {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Lock::Busy,
            Err(TryLockError::Error(_)) => Lock::Held,
            Ok(()) if self.path.symlink_metadata().is_ok_and(|now| identity(&now) == identity(metadata)) => Lock::Held,
            Ok(()) => Lock::Stale,
        }
    }

    #[allow(clippy::disallowed_methods, reason = "the sink")]
    pub(super) async fn write(&mut self, token: &RuntimeToken) -> anyhow::Result<()> {
        loop {
            let found = self.read_locked(PATIENCE).await?;
            let text = found.as_ref().map_or("", |found| found.text.as_str());
            let after = Zeroizing::new(dotenv_text::set(text, &self.name, token.secret().expose()));
            match &found {
                Some(found) => place::rewrite(&self.path, after.as_bytes(), &found.metadata)?,
                None => match place::put(&self.path, after.as_bytes(), Existing::Refuse) {
                    Err(error) if is_taken(&error) => continue,
                    placed => drop(placed?),
                },
            }
            self.written = Some(Written { before: found.map(|found| found.text), after });
            return Ok(());
        }
    }

    pub(super) async fn undo(&mut self) -> anyhow::Result<()> {
        if self.written.is_none() {
            return Ok(());
        }
        let found = self.read_locked(PATIENCE).await?;
        let (Some(Written { before, after }), Some(found)) = (self.written.take(), found) else { return Ok(()) };
        let rewrite = |text: &str| place::rewrite(&self.path, text.as_bytes(), &found.metadata);
        if found.text == after {
            return match before {
                Some(before) => rewrite(&before),
                None => std::fs::remove_file(&self.path).context("it cannot be removed"),
            };
        }
        let ours = dotenv_text::lines_of(&after, &self.name);
        let earlier = dotenv_text::lines_of(before.as_ref().map_or("", |before| before), &self.name);
        if let Some(restored) = dotenv_text::replace(&found.text, &ours, &earlier) {
            return rewrite(&restored);
        }
        match ours.split_once('=') {
            Some((_, value)) if found.text.contains(value.trim_end()) => {
                bail!("`{}` has been changed since", self.path.display())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn settle(&mut self) {
        self.written = None;
    }
}

/// Whether a file could not be created because there is one by now.
fn is_taken(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|cause| cause.kind() == io::ErrorKind::AlreadyExists)
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

fn is_open_to_others(metadata: &Metadata) -> bool {
    metadata.mode() & 0o077 != 0
}

//! The file of `--state`: mode 0600, no symbolic link, used by one sandbox at a time.
//!
//! A change is a line that is appended, as `state::saved` says; a request that changes nothing
//! writes nothing.
//!
//! # What is promised
//!
//! An answer is sent when everything that it can know of is on the disk: what the request changed,
//! and what others had changed before it. So nothing that a client was told is lost, whether the
//! process is killed or the machine. One exception: when a token was used last is written before the
//! answer, and synced with the next change.
//!
//! # How
//!
//! 1. Under the lock of the state, the line of a change goes into a queue in memory. So the lines
//!    have the order of the changes.
//! 2. Without that lock, who comes first writes all that is queued.
//! 3. Who comes first syncs all that is written, and the others wait for it: a sync takes as long for
//!    a hundred changes as for one.
//!
//! The file is written anew when it is started with, and, on another thread, when the changes in it
//! have become as long as what it began with. Lines go on being appended to the old one meanwhile,
//! and are copied before the new one takes its name. So a change costs its own length, and at most
//! as much again for what it makes longer.

use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io::{BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, anyhow, bail, ensure};
use rustix::fs::OFlags;

use super::state::rewrite;

/// The changes, in bytes, from which on a file may be written anew: less is not worth it.
const LEAST_CHANGES: u64 = 64 * 1024;

/// The name of a state file that no other sandbox uses.
#[derive(Debug)]
pub(super) struct Claimed {
    path: PathBuf,
    /// Locked while it is open. It is a file of its own, because the state file is replaced.
    lock: File,
}

/// A state file that changes are appended to. Clones are the same file.
#[derive(Clone, Debug)]
pub(super) struct StateFile(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    claimed: Claimed,
    queue: Mutex<Queue>,
    open: Mutex<Open>,
    /// Held while the file is written anew.
    rewriting: Mutex<()>,
    /// As far as it is synced, and the error after which nobody knows what is on the disk. It is
    /// held while one syncs for all.
    syncing: tokio::sync::Mutex<Option<String>>,
    synced: AtomicU64,
}

/// Places are counted from the first line that is appended, whichever file it is in.
#[derive(Debug, Default)]
struct Queue {
    lines: Vec<u8>,
    end: u64,
    /// The end of the last line that is to be synced.
    last_change: u64,
}

#[derive(Debug)]
struct Open {
    file: Arc<File>,
    /// The place up to which lines are written.
    written: u64,
    /// The length of the file, and the one with which it began.
    length: u64,
    began: u64,
    is_rewritten: bool,
    is_closed: bool,
}

impl Claimed {
    /// Locks a file and reads it; `None` if it does not exist yet.
    ///
    /// # Errors
    /// If another sandbox uses it, or if it is a symbolic link or cannot be read.
    pub(super) fn of(path: PathBuf) -> anyhow::Result<(Self, Option<Vec<u8>>)> {
        let options = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).clone();
        let lock = open_no_link(&options, &beside(&path, ".lock")).context("its lock cannot be opened")?;
        set_private(&lock)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("another sandbox uses `{}`", path.display()),
            Err(TryLockError::Error(error)) => return Err(error).context("it cannot be locked"),
        }
        let mut saved = Vec::new();
        let saved = match open_no_link(OpenOptions::new().read(true), &path) {
            Ok(mut file) => {
                file.read_to_end(&mut saved)?;
                Some(saved)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(_) if path.is_symlink() => bail!("`{}` is a symbolic link", path.display()),
            Err(error) => return Err(error.into()),
        };
        Ok((Self { path, lock }, saved))
    }

    /// Writes the beginning of the file, in the place of what there was.
    ///
    /// # Errors
    /// If it cannot be written; it is then as it was.
    pub(super) fn begin(self, write: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>) -> anyhow::Result<StateFile> {
        let (file, length) = self.successor(write)?;
        self.put_in_place()?;
        self.sync_folder()?;
        let open =
            Open { file: Arc::new(file), written: 0, length, began: length, is_rewritten: false, is_closed: false };
        Ok(StateFile(Arc::new(Inner {
            claimed: self,
            queue: Mutex::default(),
            open: Mutex::new(open),
            rewriting: Mutex::default(),
            syncing: tokio::sync::Mutex::default(),
            synced: AtomicU64::new(0),
        })))
    }

    /// A file that is going to be this one, and its length. One that a killed sandbox left is
    /// replaced.
    fn successor(&self, write: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>) -> anyhow::Result<(File, u64)> {
        let path = beside(&self.path, ".new");
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let options = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).clone();
        let file = open_no_link(&options, &path)?;
        let written = set_private(&file).map_err(Into::into).and_then(|()| {
            let mut buffered = BufWriter::new(&file);
            write(&mut buffered)?;
            buffered.flush()?;
            drop(buffered);
            file.sync_all()?;
            Ok(file.metadata()?.len())
        });
        if written.is_err() {
            _ = std::fs::remove_file(&path);
        }
        written.map(|length| (file, length))
    }

    /// Gives the successor its name.
    fn put_in_place(&self) -> std::io::Result<()> {
        std::fs::rename(beside(&self.path, ".new"), &self.path)
    }

    /// Syncs the folder, so that the name is on the disk too.
    fn sync_folder(&self) -> anyhow::Result<()> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        Ok(File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?)
    }

    /// Refuses to go on if the path does not lead to `file` any more.
    fn is_still(&self, file: &File) -> anyhow::Result<()> {
        let (there, ours) = (std::fs::symlink_metadata(&self.path), file.metadata()?);
        let is_ours = there.is_ok_and(|there| (there.dev(), there.ino()) == (ours.dev(), ours.ino()));
        ensure!(is_ours, "`{}` was moved, removed or replaced", self.path.display());
        Ok(())
    }
}

impl StateFile {
    /// Queues the line of a change, under the lock of the state.
    pub(super) fn queue_change(&self, line: &[u8]) {
        let mut queue = locked(&self.0.queue);
        queue.add(line);
        queue.last_change = queue.end;
    }

    /// The same for a line that need not be synced.
    pub(super) fn queue_calls(&self, line: &[u8]) {
        locked(&self.0.queue).add(line);
    }

    /// Writes no more, and lets another sandbox use it.
    pub(super) fn close(&self) {
        // What is being written anew has a name that the other sandbox's has too.
        let _rewriting = locked(&self.0.rewriting);
        locked(&self.0.open).is_closed = true;
        // It is unlocked at the latest when the process ends.
        _ = self.0.claimed.lock.unlock();
    }

    /// Returns once every line so far is written and every change is synced.
    ///
    /// # Errors
    /// If one cannot be; the next one who calls it tries again.
    pub(super) async fn until_synced(&self) -> anyhow::Result<()> {
        let (last_change, is_written) = {
            let queue = locked(&self.0.queue);
            (queue.last_change, queue.lines.is_empty())
        };
        if !is_written {
            self.0.write()?;
        }
        if self.0.synced.load(Ordering::Acquire) >= last_change {
            return Ok(());
        }
        let mut failed = self.0.syncing.lock().await;
        if let Some(error) = &*failed {
            bail!("{error}");
        }
        // Others may have synced it while this one waited.
        if self.0.synced.load(Ordering::Acquire) < last_change {
            self.0.write()?;
            let (file, written) = {
                let open = locked(&self.0.open);
                // Not later: by then the file may have been written anew, and be another one.
                self.0.claimed.is_still(&open.file)?;
                (Arc::clone(&open.file), open.written)
            };
            let synced = tokio::task::spawn_blocking(move || file.sync_data()).await?;
            if let Err(error) = synced {
                *failed = Some(format!("what is on the disk is not known, since it could not be synced: {error}"));
                return Err(error.into());
            }
            self.0.synced.fetch_max(written, Ordering::AcqRel);
            self.rewrite_if_long();
        }
        Ok(())
    }

    /// Writes the file anew, on another thread, if the changes in it are longer than the rest.
    fn rewrite_if_long(&self) {
        let mut open = locked(&self.0.open);
        if open.is_rewritten || open.length - open.began < LEAST_CHANGES.max(open.began) {
            return;
        }
        open.is_rewritten = true;
        let inner = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || {
            let rewritten = inner.rewrite();
            let mut open = locked(&inner.open);
            open.is_rewritten = false;
            if rewritten.is_err() {
                // The file is as it was, and good. It is tried again when it is twice as long.
                open.began = open.length;
            }
        });
    }
}

impl Queue {
    fn add(&mut self, line: &[u8]) {
        self.lines.extend_from_slice(line);
        self.end += line.len() as u64;
    }
}

impl Inner {
    /// Writes what is queued. What cannot be written stays there, and of the file nothing is left
    /// that is no whole line.
    fn write(&self) -> anyhow::Result<()> {
        let mut open = locked(&self.open);
        ensure!(!open.is_closed, "this sandbox has ended");
        let (lines, end) = {
            let mut queue = locked(&self.queue);
            (std::mem::take(&mut queue.lines), queue.end)
        };
        if let Err(error) = (&*open.file).write_all(&lines) {
            let length = open.length;
            let mut queue = locked(&self.queue);
            queue.lines.splice(0..0, lines);
            open.file.set_len(length)?;
            (&*open.file).seek(SeekFrom::Start(length))?;
            return Err(error.into());
        }
        open.length += lines.len() as u64;
        open.written = end;
        Ok(())
    }

    /// Writes the file anew, without what later lines have replaced.
    fn rewrite(&self) -> anyhow::Result<()> {
        let _rewriting = locked(&self.rewriting);
        let (file, end) = {
            let open = locked(&self.open);
            ensure!(!open.is_closed, "this sandbox has ended");
            (Arc::clone(&open.file), open.length)
        };
        let saved = part(&file, 0, end)?;
        let (new, began) = self.claimed.successor(|to| rewrite(&saved, &mut { to }))?;
        let mut open = locked(&self.open);
        let placed = self.claimed.is_still(&open.file).and_then(|()| {
            let meanwhile = part(&open.file, end, open.length)?;
            (&new).write_all(&meanwhile)?;
            new.sync_all()?;
            Ok(self.claimed.put_in_place()?)
        });
        if let Err(error) = placed {
            _ = std::fs::remove_file(beside(&self.claimed.path, ".new"));
            return Err(error);
        }
        open.length += began;
        open.length -= end;
        open.began = began;
        open.file = Arc::new(new);
        // It is the file from here on, whether or not the disk knows its name.
        self.claimed.sync_folder()
    }
}

/// The bytes of a file between two places, without moving where the next ones are written.
fn part(file: &File, from: u64, to: u64) -> anyhow::Result<Vec<u8>> {
    let length = usize::try_from(to - from)?;
    let mut bytes = vec![0; length];
    std::os::unix::fs::FileExt::read_exact_at(file, &mut bytes, from).map_err(|error| anyhow!(error))?;
    Ok(bytes)
}

/// A panic while it was locked was printed, and left it as it was before.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut beside = path.to_owned().into_os_string();
    beside.push(ending);
    beside.into()
}

/// Sets mode 0600 whatever the umask is.
fn set_private(file: &File) -> std::io::Result<()> {
    file.set_permissions(Permissions::from_mode(0o600))
}

fn open_no_link(options: &OpenOptions, path: &Path) -> std::io::Result<File> {
    options.clone().custom_flags(OFlags::NOFOLLOW.bits().cast_signed()).open(path)
}

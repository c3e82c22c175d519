//! What our standard streams are connected to.

/// What a file descriptor is connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FdKind {
    /// Rare: Rust's runtime opens `/dev/null` in the place of a closed standard stream before
    /// `main`.
    Closed,
    DevNull,
    Terminal,
    /// A pipe or FIFO.
    Pipe,
    /// Node.js connects its children by sockets.
    Socket,
    /// A regular file.
    File,
    Other,
}

impl FdKind {
    /// Whether nothing reads what is written there.
    pub(super) fn has_no_reader(self) -> bool {
        matches!(self, Self::Closed | Self::DevNull)
    }
}

/// What stdout and stderr are connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams {
    pub(crate) stdout: FdKind,
    pub(crate) stderr: FdKind,
    /// Whether they are the same open file (`2>&1`).
    pub(crate) same_file: bool,
}

impl Streams {
    /// Looks at the streams of this process.
    #[allow(clippy::disallowed_methods, reason = "the descriptors are only looked at")]
    pub(crate) fn observe() -> Self {
        let (stdout, stderr) = (OpenFile::of_fd(rustix::stdio::stdout()), OpenFile::of_fd(rustix::stdio::stderr()));
        Self {
            stdout: stdout.map_or(FdKind::Closed, |file| file.kind),
            stderr: stderr.map_or(FdKind::Closed, |file| file.kind),
            same_file: stdout.is_some() && stdout == stderr,
        }
    }
}

/// Which file something is, and of what kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenFile {
    pub device: u64,
    /// Of a pipe, the same at both ends.
    pub inode: u64,
    pub kind: FdKind,
}

impl OpenFile {
    /// The file behind an open descriptor; nothing if it is closed.
    pub(super) fn of_fd(fd: rustix::fd::BorrowedFd<'_>) -> Option<Self> {
        let id = Self::from_stat(&rustix::fs::fstat(fd).ok()?);
        if id.kind == FdKind::Other && rustix::termios::isatty(fd) {
            return Some(Self { kind: FdKind::Terminal, ..id });
        }
        Some(id)
    }

    /// The file behind a path, links followed; `/proc/PID/fd/1` is one.
    pub(super) fn of_path(path: &std::path::Path) -> Option<Self> {
        Some(Self::from_stat(&rustix::fs::stat(path).ok()?))
    }

    #[allow(clippy::unnecessary_cast, clippy::cast_sign_loss, reason = "the fields' types differ between systems")]
    fn from_stat(stat: &rustix::fs::Stat) -> Self {
        use rustix::fs::{FileType, major, minor};
        let device_number = (major(stat.st_rdev), minor(stat.st_rdev));
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::Fifo => FdKind::Pipe,
            FileType::Socket => FdKind::Socket,
            FileType::RegularFile => FdKind::File,
            FileType::CharacterDevice if device_number == DEV_NULL => FdKind::DevNull,
            FileType::CharacterDevice if TERMINALS.contains(&device_number.0) => FdKind::Terminal,
            _ => FdKind::Other,
        };
        Self { device: stat.st_dev as u64, inode: stat.st_ino as u64, kind }
    }
}

/// `Documentation/admin-guide/devices.txt` of Linux; macOS has 3, 2.
const DEV_NULL: (u32, u32) = if cfg!(target_os = "macos") { (3, 2) } else { (1, 3) };
/// The major numbers of Linux for consoles and serial lines, `/dev/tty`, and pseudo-terminals (136
/// to 143).
const TERMINALS: &[u32] = if cfg!(target_os = "linux") { &[4, 5, 136, 137, 138, 139, 140, 141, 142, 143] } else { &[] };

#[cfg(all(test, target_os = "linux"))]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_file_is_known_by_its_kind() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let table = [
            (Path::new("/dev/null"), FdKind::DevNull),
            (Path::new("/dev/zero"), FdKind::Other),
            (Path::new("/dev/ptmx"), FdKind::Terminal),
            (Path::new("/"), FdKind::Other),
            (file.path(), FdKind::File),
        ];
        for (path, kind) in table {
            assert_eq!(OpenFile::of_path(path).map(|id| id.kind), Some(kind), "{}", path.display());
        }
        assert_eq!(OpenFile::of_path(Path::new("/nowhere")), None);
    }
}

//! Programs that are started here: where they are looked for, and which variables they do not get.

mod executable;

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::Access;
use tokio::process::{Child, Command};
use tokio::time::Instant;

use crate::error::Error;
use executable::Start;

/// Variables with credentials, which a child process gets only if that is its purpose.
pub(crate) const WITHHELD_FROM_CHILDREN: [&str; 2] = ["JELOU_TOKEN", "JELOU_FUNCTION_TOKEN"];

/// This program, to be started again. On Linux by a link that holds also when the file has been
/// replaced or removed (proc(5), `/proc/PID/exe`).
///
/// # Errors
/// Those of the system.
#[allow(clippy::disallowed_methods, reason = "the one that looks for this program")]
pub(crate) fn this_program() -> std::io::Result<PathBuf> {
    let link = Path::new("/proc/self/exe");
    if cfg!(target_os = "linux") && link.exists() { Ok(link.to_owned()) } else { std::env::current_exe() }
}

/// Where programs are looked for if `PATH` is not set, as by POSIX `confstr(_CS_PATH)`.
pub(crate) const DEFAULT_PATH: &str = "/bin:/usr/bin";

/// Runs a script that names no interpreter.
const SHELL: &str = "/bin/sh";

/// A program that was found and that the system can start, as far as its file tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// As it was typed.
    name: OsString,
    file: PathBuf,
    start: Start,
}

impl Program {
    /// Finds a program as a shell would: by its path if the name holds a `/`, else in the folders
    /// of `path`.
    ///
    /// # Errors
    /// `INPUT_ERROR` if it is not found, or cannot be started: it is no executable file, its
    /// interpreter is missing, or it is a binary of another system.
    pub(crate) fn find(name: &OsStr, path: Option<&OsStr>) -> Result<Self, Error> {
        let file = find_file(name, path)?;
        let refuse = |why: &str| Error::input(format!("`{}` cannot be started: {why}", name.to_string_lossy()));
        let start = executable::examine(&file, path).map_err(|why| refuse(&why))?;
        if start == Start::ByShell && !is_executable(Path::new(SHELL)) {
            return Err(refuse(&format!("it has no `#!` line, and there is no `{SHELL}`")));
        }
        Ok(Self { name: name.to_owned(), file, start })
    }

    /// As it was typed.
    pub(crate) fn name(&self) -> &OsStr {
        &self.name
    }

    /// A command that starts it, still without arguments.
    pub(crate) fn command(&self) -> Command {
        match self.start {
            Start::Directly => {
                let mut command = Command::new(&self.file);
                command.arg0(&self.name);
                command
            }
            Start::ByShell => {
                let mut command = Command::new(SHELL);
                // A name that begins with `-` would be an option.
                let is_option = self.file.as_os_str().as_encoded_bytes().starts_with(b"-");
                command.arg(if is_option { Path::new(".").join(&self.file) } else { self.file.clone() });
                command
            }
        }
    }
}

/// How long a program may still be written to when it is started: a moment, such as that in which
/// another process of the program that writes it begins.
const STILL_WRITTEN: Duration = Duration::from_secs(1);

/// Starts a command. A program that is open for writing (`ETXTBSY`) is tried again for a while: the
/// token that it gets exists by now.
pub(crate) async fn spawn(command: &mut Command) -> io::Result<Child> {
    const PAUSE: Duration = Duration::from_millis(10);
    let deadline = Instant::now() + STILL_WRITTEN;
    loop {
        match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy && Instant::now() < deadline => {
                tokio::time::sleep(PAUSE).await;
            }
            spawned => return spawned,
        }
    }
}

/// The file of a program.
fn find_file(name: &OsStr, path: Option<&OsStr>) -> Result<PathBuf, Error> {
    let shown = name.to_string_lossy();
    if name.is_empty() {
        return Err(Error::input("The command to run is empty"));
    }
    let (candidates, place) = if shown.contains('/') {
        (vec![PathBuf::from(name)], "")
    } else {
        let folders = path.filter(|path| !path.is_empty()).unwrap_or(OsStr::new(DEFAULT_PATH));
        // An empty folder is the working one (POSIX, “Environment Variables”).
        let folders = std::env::split_paths(folders).map(|folder| Path::new(".").join(folder).join(name));
        (folders.collect(), " in any folder of `PATH`")
    };
    match candidates.iter().find(|file| is_executable(file)) {
        Some(file) => Ok(file.clone()),
        None if candidates.iter().any(|file| file.exists()) => {
            Err(Error::input(format!("`{shown}` is not an executable file")))
        }
        None => Err(Error::input(format!("`{shown}` was not found{place}"))),
    }
}

fn is_executable(file: &Path) -> bool {
    file.is_file() && rustix::fs::access(file, Access::EXEC_OK).is_ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::exit::ErrorCode;

    fn file(folder: &Path, name: &str, mode: u32) -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, "#!/bin/sh\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn a_program_is_looked_up_as_a_shell_would() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        file(first.path(), "plain", 0o644);
        file(first.path(), "both", 0o644);
        std::fs::create_dir(first.path().join("tool")).unwrap();
        let tool = file(second.path(), "tool", 0o755);
        let both = file(second.path(), "both", 0o755);
        let path = std::env::join_paths([first.path(), second.path()]).unwrap();
        let find = |name: &OsStr| Program::find(name, Some(&path)).map(|program| program.file);

        assert_eq!(find("tool".as_ref()).unwrap(), tool);
        assert_eq!(find("both".as_ref()).unwrap(), both);
        assert_eq!(find(tool.as_os_str()).unwrap(), tool);
        for (name, words) in [
            (OsString::from("absent"), "was not found in any folder of `PATH`"),
            (OsString::from("plain"), "is not an executable file"),
            (OsString::from("./absent"), "was not found"),
            (first.path().join("plain").into_os_string(), "is not an executable file"),
            (first.path().join("tool").into_os_string(), "is not an executable file"),
            (OsString::new(), "empty"),
        ] {
            let error = find(&name).unwrap_err();
            assert_eq!(error.code(), ErrorCode::InputError, "{}", name.display());
            assert!(error.message().contains(words), "{}", error.message());
        }
    }
}

//! Where everything runs: a folder, the server, and the programs of this machine.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use tempfile::TempDir;

use crate::answers;
use crate::authority;
use crate::contender::Contender;
use crate::launcher::{self, Cost};
use crate::server::Server;

/// The management token that everybody sends.
pub const PAT: &str = "jfn_pat_Qm4xT8vKz2LpWc7RyNd5HsGb";

/// The stage.
pub struct Stage {
    pub server: Server,
    pub jelou: PathBuf,
    folder: TempDir,
    search_path: OsString,
}

/// Files of the stage.
pub const ONE_CA: &str = "one-ca.pem";
pub const ROOTS: &str = "roots.pem";
const OUTPUT: &str = "output";
const ERRORS: &str = "errors";

impl Stage {
    pub fn new(jelou: &Path) -> Result<Self> {
        let missing = || format!("there is no {}: `cargo build --release` makes it", jelou.display());
        let jelou = jelou.canonicalize().with_context(missing)?;
        // A name of fixed length, and so the same instructions.
        let folder = tempfile::Builder::new().prefix("jelou-bench-").rand_bytes(6).tempdir()?;
        let tls = authority::server(&folder.path().join(ONE_CA), &folder.path().join(ROOTS))?;
        let stage = Self { server: Server::start(tls)?, jelou, folder, search_path: search_path() };
        for number in [200, 1_000, 10_000] {
            let ids: Vec<String> = (0..number).map(answers::id).collect();
            std::fs::write(stage.path(&format!("ids-{number}")), ids.join("\n") + "\n")?;
        }
        Ok(stage)
    }

    /// A file of the stage.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A program of this machine, if it is installed.
    pub fn find(&self, program: &str) -> Option<PathBuf> {
        std::env::split_paths(&self.search_path).map(|folder| folder.join(program)).find(|path| path.is_file())
    }

    /// A program in the environment of the contenders.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path()).env_clear().env("PATH", &self.search_path);
        command.env("HOME", self.folder.path()).env("TZ", "UTC").env("JELOU_TOKEN", PAT);
        command
    }

    /// The MiB of the binary without its symbols.
    ///
    /// # Errors
    /// It cannot be read, or `strip` fails.
    pub fn stripped_size(&self) -> Result<f64> {
        let mut binary = self.jelou.clone();
        if let Some(strip) = self.find("strip") {
            binary = self.path("stripped");
            let status = self.command(strip).arg("-o").args([&binary, &self.jelou]).status()?;
            ensure!(status.success(), "`strip` ended with {status}");
        }
        #[allow(clippy::cast_precision_loss, reason = "some MiB")]
        Ok(std::fs::metadata(binary)?.len() as f64 / f64::from(1 << 20))
    }

    /// What a run of a contender costs.
    ///
    /// # Errors
    /// It fails.
    pub fn run(&self, contender: &Contender) -> Result<Cost> {
        let output = if contender.keeps_output { self.path(OUTPUT) } else { PathBuf::from("/dev/null") };
        self.launch(contender, &output)
    }

    /// Holds what a contender prints against what it must print.
    ///
    /// # Errors
    /// It fails, or prints something else.
    pub fn check(&self, contender: &Contender) -> Result<()> {
        self.server.take_revoked();
        self.launch(contender, &self.path(OUTPUT))?;
        let printed = String::from_utf8_lossy(&std::fs::read(self.path(OUTPUT))?).into_owned();
        let revoked = self.server.take_revoked();
        if !contender.prints.is(&printed, revoked) {
            let start: String = printed.chars().take(200).collect();
            let expected = contender.prints;
            bail!("{} did not do its job, {expected:?}: {revoked} revoked, printed {start:?}", contender.name);
        }
        Ok(())
    }

    fn launch(&self, contender: &Contender, output: &Path) -> Result<Cost> {
        let mut command = self.command(std::env::current_exe()?);
        command.arg(launcher::WORD).arg(output).arg(&contender.program).args(&contender.words);
        self.prepare(&mut command, contender)?;
        let ran = command.stdout(Stdio::piped()).output()?;
        let printed = String::from_utf8_lossy(&ran.stdout);
        let cost = ran.status.success().then(|| Cost::parse(&printed)).flatten();
        cost.with_context(|| {
            let errors = std::fs::read_to_string(self.path(ERRORS)).unwrap_or_default();
            format!("{} failed: {}", contender.name, errors.trim())
        })
    }

    /// Its environment, its stdin and its stderr.
    pub fn prepare(&self, command: &mut Command, contender: &Contender) -> Result<()> {
        command.envs(contender.environment.iter().map(|(name, value)| (name, value)));
        command.stderr(File::create(self.path(ERRORS))?);
        match contender.stdin {
            Some(file) => command.stdin(File::open(self.path(file))?),
            None => command.stdin(Stdio::null()),
        };
        Ok(())
    }
}

/// PATH with Python itself first: a version manager's shim would be measured in its place.
fn search_path() -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let asked = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output();
    let python = asked.ok().map(|asked| PathBuf::from(String::from_utf8_lossy(&asked.stdout).trim()));
    let folder = python.and_then(|python| python.parent().map(Path::to_owned));
    std::env::join_paths(folder.into_iter().chain(std::env::split_paths(&path))).unwrap_or(path)
}

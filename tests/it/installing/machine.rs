//! A machine on which `install.sh` runs, and the releases beside it.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::support::cli::Ran;
use crate::support::repository;
use crate::support::{TIMEOUT, tools};

pub(super) const TARGET: &str = "x86_64-unknown-linux-musl";

/// What the script uses of a system, but for what downloads and what computes a hash.
const SYSTEM: &[&str] = &[
    "awk", "basename", "cat", "chmod", "cp", "cut", "grep", "gzip", "mkdir", "mktemp", "mv", "rm", "rmdir", "sed",
    "tar", "timeout", "tr",
];

/// The shells that run the script, as they are started.
pub(super) fn shells() -> Vec<Vec<&'static str>> {
    let known = [vec!["dash"], vec!["bash"], vec!["bash", "--posix"], vec!["busybox", "sh"]];
    let (here, missing): (Vec<_>, Vec<_>) = known.into_iter().partition(|words| tools::is_installed(words[0]));
    for words in missing {
        crate::support::skipped(&format!("there is no {}", words[0]));
    }
    assert!(!here.is_empty(), "a shell");
    here
}

/// A machine on which the script runs, and a folder of releases beside it.
pub(super) struct Machine {
    pub(super) folder: TempDir,
    pub(super) shell: Vec<&'static str>,
    pub(super) releases: String,
    variables: Vec<(String, String)>,
}

impl Machine {
    /// Linux on x86-64 with curl and sha256sum, on which pauses take no time.
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["bin", "home", "tmp", "releases"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let releases = format!("file://{}/releases", folder.path().display());
        let machine = Self { folder, shell: vec!["sh"], releases, variables: Vec::new() };
        for name in SYSTEM.iter().chain(&["curl", "sha256sum"]) {
            machine.with_program(name);
        }
        machine.stand_in("uname", "case $1 in -s) echo Linux ;; -m) echo x86_64 ;; esac");
        machine.stand_in("sleep", &format!("echo \"$1\" >>{}", machine.path("pauses").display()));
        machine
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a program of this machine on PATH.
    pub(super) fn with_program(&self, name: &str) {
        let found = std::env::split_paths(&std::env::var_os("PATH").unwrap())
            .map(|folder| folder.join(name))
            .find(|file| file.exists());
        symlink(found.unwrap_or_else(|| panic!("{name} is installed")), self.path("bin").join(name)).unwrap();
    }

    pub(super) fn without_program(&self, name: &str) {
        std::fs::remove_file(self.path("bin").join(name)).unwrap();
    }

    /// Puts a script on PATH.
    pub(super) fn stand_in(&self, name: &str, script: &str) {
        executable(&self.path("bin").join(name), script);
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// Runs a script with the arguments of `install.sh`.
    pub(super) fn run(&self, script: &Path, arguments: &[&str]) -> Ran {
        crate::support::environment::prepare();
        let (shell, words) = self.shell.split_first().unwrap();
        let shell = std::env::split_paths(&std::env::var_os("PATH").unwrap())
            .map(|folder| folder.join(shell))
            .find(|file| file.exists())
            .unwrap();
        let mut command = assert_cmd::Command::new(shell);
        command.args(words).arg(script).args(arguments).env_clear().current_dir(self.folder.path()).timeout(TIMEOUT);
        command.env("PATH", self.path("bin")).env("HOME", self.path("home")).env("TMPDIR", self.path("tmp"));
        if !self.releases.is_empty() {
            command.env("JELOU_RELEASES", &self.releases);
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        let ran = Ran::of(&mut command);
        let left: Vec<_> = std::fs::read_dir(self.path("tmp")).unwrap().collect();
        assert!(left.is_empty(), "left in the temporary folder: {left:?} {ran:?}");
        ran
    }

    pub(super) fn install(&self, arguments: &[&str]) -> Ran {
        self.run(&repository::path("install.sh"), arguments)
    }

    /// Every file and link below the home, relative to it, sorted.
    pub(super) fn installed(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.path("home")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
                if entry.file_type().unwrap().is_dir() {
                    folders.push(entry.path());
                } else {
                    found.push(entry.path().strip_prefix(self.path("home")).unwrap().display().to_string());
                }
            }
        }
        found.sort();
        found
    }

    /// The file of a release.
    pub(super) fn published(&self, version: &str, name: &str) -> PathBuf {
        self.path("releases").join(format!("download/v{version}")).join(name)
    }

    /// Publishes a version for a target, and lists it as the newest.
    pub(super) fn publish(&self, version: &str, target: &str) {
        let content = Content::of(version, target);
        self.publish_content(version, target, &content, &[]);
    }

    /// Publishes what an archive holds; more words for `tar` may make it odd.
    pub(super) fn publish_content(&self, version: &str, target: &str, content: &Content, words: &[&str]) {
        let archive = self.published(version, &format!("jelou-v{version}-{target}.tar.gz"));
        std::fs::create_dir_all(archive.parent().unwrap()).unwrap();
        let mut tar = Command::new("tar");
        tar.arg("-czf").arg(&archive).arg("-C").arg(content.folder.path()).args(words);
        if words.is_empty() {
            tar.arg(&content.name);
        }
        assert!(tar.status().unwrap().success());
        self.write_sums(version);
    }

    /// Writes SHA256SUMS of a version, and lists it as the newest.
    pub(super) fn write_sums(&self, version: &str) {
        let script = "cd \"$1\" && sha256sum -- *.tar.gz >SHA256SUMS && \
                      mkdir -p ../../latest && ln -sfn \"../download/${1##*/}\" ../../latest/download";
        let folder = self.published(version, "");
        let folder = folder.to_str().unwrap().trim_end_matches('/').to_owned();
        assert!(Command::new("sh").args(["-c", script, "sh", &folder]).status().unwrap().success());
    }

    /// The SHA-256 of an archive of a version.
    pub(super) fn hash(&self, version: &str) -> String {
        let sums = std::fs::read_to_string(self.published(version, "SHA256SUMS")).unwrap();
        sums.split_whitespace().next().unwrap().to_owned()
    }
}

/// What an archive holds: small stand-ins for the program and its pages.
pub(super) struct Content {
    pub(super) folder: TempDir,
    pub(super) name: String,
}

impl Content {
    pub(super) fn of(version: &str, target: &str) -> Self {
        let content = Self { folder: tempfile::tempdir().unwrap(), name: format!("jelou-v{version}-{target}") };
        executable(&content.path("jelou"), &format!("echo 'jelou {version}'"));
        for (name, text) in [
            ("README.md", "# jelou\n"),
            ("man/man1/jelou.1", ".TH jelou 1\n"),
            ("man/man1/jelou-call.1", ".TH jelou-call 1\n"),
            ("man/man7/jelou-sandbox-faults.7", ".TH jelou-sandbox-faults 7\n"),
            ("completions/jelou.bash", "# bash\n"),
            ("completions/_jelou", "#compdef jelou\n"),
            ("completions/jelou.fish", "# fish\n"),
        ] {
            write(&content.path(name), text);
        }
        content
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(&self.name).join(name)
    }
}

pub(super) fn write(file: &Path, text: &str) {
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, text).unwrap();
}

pub(super) fn executable(file: &Path, script: &str) {
    write(file, &format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
}

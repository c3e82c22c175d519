//! `install.sh` against releases that are laid out in a folder or served on this machine: what it
//! installs, and that it changes nothing where something is wrong. On Linux: the stand-ins are made of
//! its programs; `.ci/release/try` runs the script as it is on every system that a release is built on.

mod arguments;
mod network;
mod refused;
mod tls;

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::support::cli::Ran;
use crate::support::repository;
use crate::support::{TIMEOUT, tools};

const TARGET: &str = "x86_64-unknown-linux-musl";

/// What the script uses of a system, but for what downloads and what computes a hash.
const SYSTEM: &[&str] = &[
    "awk", "basename", "cat", "chmod", "cp", "cut", "grep", "gzip", "mkdir", "mktemp", "mv", "rm", "sed", "tar",
    "timeout", "tr",
];

/// The shells that run the script, as they are started.
fn shells() -> Vec<Vec<&'static str>> {
    let known = [vec!["dash"], vec!["bash"], vec!["bash", "--posix"], vec!["busybox", "sh"]];
    let (here, missing): (Vec<_>, Vec<_>) = known.into_iter().partition(|words| tools::is_installed(words[0]));
    for words in missing {
        crate::support::skipped(&format!("there is no {}", words[0]));
    }
    assert!(!here.is_empty(), "a shell");
    here
}

/// A machine on which the script runs, and a folder of releases beside it.
struct Machine {
    folder: TempDir,
    shell: Vec<&'static str>,
    releases: String,
    variables: Vec<(String, String)>,
}

impl Machine {
    /// Linux on x86-64 with curl and sha256sum, on which pauses take no time.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["bin", "home", "tmp", "releases"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let releases = format!("file://{}/releases", folder.path().display());
        let machine = Self { folder, shell: vec!["dash"], releases, variables: Vec::new() };
        for name in SYSTEM.iter().chain(&["curl", "sha256sum"]) {
            machine.with_program(name);
        }
        machine.stand_in("uname", "case $1 in -s) echo Linux ;; -m) echo x86_64 ;; esac");
        machine.stand_in("sleep", &format!("echo \"$1\" >>{}", machine.path("pauses").display()));
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a program of this machine on PATH.
    fn with_program(&self, name: &str) {
        let found = std::env::split_paths(&std::env::var_os("PATH").unwrap())
            .map(|folder| folder.join(name))
            .find(|file| file.exists());
        symlink(found.unwrap_or_else(|| panic!("{name} is installed")), self.path("bin").join(name)).unwrap();
    }

    fn without_program(&self, name: &str) {
        std::fs::remove_file(self.path("bin").join(name)).unwrap();
    }

    /// Puts a script on PATH.
    fn stand_in(&self, name: &str, script: &str) {
        executable(&self.path("bin").join(name), script);
    }

    fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// Runs a script with the arguments of `install.sh`.
    fn run(&self, script: &Path, arguments: &[&str]) -> Ran {
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

    fn install(&self, arguments: &[&str]) -> Ran {
        self.run(&repository::path("install.sh"), arguments)
    }

    /// Every file and link below the home, relative to it, sorted.
    fn installed(&self) -> Vec<String> {
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
    fn published(&self, version: &str, name: &str) -> PathBuf {
        self.path("releases").join(format!("download/v{version}")).join(name)
    }

    /// Publishes a version for a target, and lists it as the newest.
    fn publish(&self, version: &str, target: &str) {
        let content = Content::of(version, target);
        self.publish_content(version, target, &content, &[]);
    }

    /// Publishes what an archive holds; more words for `tar` may make it odd.
    fn publish_content(&self, version: &str, target: &str, content: &Content, words: &[&str]) {
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
    fn write_sums(&self, version: &str) {
        let script = "cd \"$1\" && sha256sum -- *.tar.gz >SHA256SUMS && \
                      mkdir -p ../../latest && ln -sfn \"../download/${1##*/}\" ../../latest/download";
        let folder = self.published(version, "");
        let folder = folder.to_str().unwrap().trim_end_matches('/').to_owned();
        assert!(Command::new("sh").args(["-c", script, "sh", &folder]).status().unwrap().success());
    }

    /// The SHA-256 of an archive of a version.
    fn hash(&self, version: &str) -> String {
        let sums = std::fs::read_to_string(self.published(version, "SHA256SUMS")).unwrap();
        sums.split_whitespace().next().unwrap().to_owned()
    }
}

/// What an archive holds: small stand-ins for the program and its pages.
struct Content {
    folder: TempDir,
    name: String,
}

impl Content {
    fn of(version: &str, target: &str) -> Self {
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

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(&self.name).join(name)
    }
}

fn write(file: &Path, text: &str) {
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, text).unwrap();
}

fn executable(file: &Path, script: &str) {
    write(file, &format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
}

const WITH_ALL: &[&str] = &[
    ".local/bin/jelou",
    ".local/share/bash-completion/completions/jelou",
    ".local/share/fish/vendor_completions.d/jelou.fish",
    ".local/share/man/man1/jelou-call.1",
    ".local/share/man/man1/jelou.1",
    ".local/share/man/man7/jelou-sandbox-faults.7",
    ".local/share/zsh/site-functions/_jelou",
];

#[test]
fn every_shell_installs_a_version_and_the_newest() {
    for shell in shells() {
        for (arguments, version) in [
            (vec![], "0.2.0"),
            (vec!["--version", "latest"], "0.2.0"),
            (vec!["--version=0.1.0"], "0.1.0"),
            (vec!["--version", "v0.1.0"], "0.1.0"),
        ] {
            let mut machine = Machine::new();
            machine.shell.clone_from(&shell);
            machine.publish("0.1.0", TARGET);
            machine.publish("0.2.0", TARGET);
            let program = machine.path("home/.local/bin/jelou");
            let ran = machine.install(&arguments).ended(0);
            assert_eq!(ran.stdout, format!("{}\n", program.display()), "{shell:?}");
            let warning = format!("warning: {} is not in PATH\n", program.parent().unwrap().display());
            assert_eq!(ran.stderr, format!("jelou {version} is installed\n{warning}"), "{shell:?}");
            assert_eq!(machine.installed(), [".local/bin/jelou"]);
            assert_eq!(program.metadata().unwrap().permissions().mode() & 0o7777, 0o755);
        }
    }
}

#[test]
fn man_pages_and_completions_come_where_they_are_asked_for() {
    for shell in shells() {
        let mut machine = Machine::new();
        machine.shell.clone_from(&shell);
        machine.publish("0.1.0", TARGET);
        let ran = machine.install(&["--man", "--completions"]).ended(0);
        assert_eq!(machine.installed(), WITH_ALL, "{shell:?}");
        assert!(ran.stderr.contains("/.local/share/zsh/site-functions is in fpath before compinit"), "{ran:?}");
        let page = machine.path("home/.local/share/man/man1/jelou.1");
        assert_eq!(page.metadata().unwrap().permissions().mode() & 0o7777, 0o644);
        let _ =
            machine.install(&["--to", "home/here/bin", "--man=home/pages", "--completions=home/of shells"]).ended(0);
        let mut everything = machine.installed();
        everything.retain(|file| !file.starts_with(".local"));
        assert_eq!(
            everything,
            [
                "here/bin/jelou",
                "of shells/bash-completion/completions/jelou",
                "of shells/fish/vendor_completions.d/jelou.fish",
                "of shells/zsh/site-functions/_jelou",
                "pages/man1/jelou-call.1",
                "pages/man1/jelou.1",
                "pages/man7/jelou-sandbox-faults.7",
            ]
        );
    }
}

#[test]
fn what_was_there_is_replaced_whether_older_or_newer() {
    let machine = Machine::new();
    machine.publish("0.2.0", TARGET);
    for (before, told) in [("0.1.0", "; it was 0.1.0"), ("0.3.0", "; it was 0.3.0"), ("0.2.0", "")] {
        executable(&machine.path("home/.local/bin/jelou"), &format!("echo 'jelou {before}'"));
        let ran = machine.install(&[]).ended(0);
        assert!(ran.stderr.starts_with(&format!("jelou 0.2.0 is installed{told}\n")), "{ran:?}");
        let said = Command::new(machine.path("home/.local/bin/jelou")).output().unwrap().stdout;
        assert_eq!(said, b"jelou 0.2.0\n");
    }
    // A link is replaced, not what it leads to.
    let program = machine.path("home/.local/bin/jelou");
    std::fs::remove_file(&program).unwrap();
    write(&machine.path("elsewhere"), "mine");
    symlink(machine.path("elsewhere"), &program).unwrap();
    let _ = machine.install(&[]).ended(0);
    assert!(!program.is_symlink());
    assert_eq!(std::fs::read_to_string(machine.path("elsewhere")).unwrap(), "mine");
}

#[test]
fn any_program_that_computes_the_hash_will_do() {
    for (name, package) in [("shasum", "perl"), ("openssl", "openssl")] {
        if !tools::is_installed(name) {
            crate::support::skipped(&format!("there is no {name} ({package})"));
            continue;
        }
        let machine = Machine::new();
        machine.without_program("sha256sum");
        machine.with_program(name);
        // `shasum` is a script of Perl.
        if name == "shasum" {
            machine.with_program("perl");
        }
        machine.publish("0.1.0", TARGET);
        let _ = machine.install(&["--sha256", &machine.hash("0.1.0").to_uppercase(), "--version", "0.1.0"]).ended(0);
        let mut sums = std::fs::read_to_string(machine.published("0.1.0", "SHA256SUMS")).unwrap();
        sums.replace_range(..1, if sums.starts_with('0') { "1" } else { "0" });
        std::fs::write(machine.published("0.1.0", "SHA256SUMS"), sums).unwrap();
        let _ = machine.install(&[]).ended(5);
    }
}

#[test]
fn it_says_where_path_leads_instead() {
    let mut machine = Machine::new();
    machine.publish("0.1.0", TARGET);
    let to = machine.path("home/.local/bin").display().to_string();
    let first = machine.path("bin").display().to_string();
    machine.set("PATH", &format!("{first}:{to}"));
    let ran = machine.install(&[]).ended(0);
    assert_eq!(ran.stderr, "jelou 0.1.0 is installed\n");
    machine.stand_in("jelou", "echo 'jelou 0.0.1'");
    let ran = machine.install(&[]).ended(0);
    let warning = format!("warning: `jelou` is {first}/jelou on this PATH, which comes before {to}\n");
    assert_eq!(ran.stderr, format!("jelou 0.1.0 is installed\n{warning}"));
}

/// What the setup action is made of: the version is settled first, and the archive kept.
#[test]
fn an_archive_is_kept_and_compared_each_time() {
    let machine = Machine::new();
    machine.publish("0.1.0", TARGET);
    let hash = machine.hash("0.1.0");
    let name = format!("jelou-v0.1.0-{TARGET}.tar.gz");
    let ran = machine.install(&["--dry-run"]).ended(0);
    assert_eq!(ran.stdout, format!("0.1.0 {hash} {name}\n"));
    assert!(machine.installed().is_empty());
    let of_version = ["--version", "0.1.0", "--sha256", &hash, "--cache", "kept"];
    let _ = machine.install(&of_version).ended(0);
    std::fs::remove_dir_all(machine.path("releases")).unwrap();
    let ran = machine.install(&of_version).ended(0);
    assert!(ran.stderr.starts_with(&format!("Taken from kept: {name}\njelou 0.1.0 is installed\n")), "{ran:?}");
    // What was changed since is not used.
    let mut bytes = std::fs::read(machine.path("kept").join(&name)).unwrap();
    bytes.push(0);
    std::fs::write(machine.path("kept").join(&name), bytes).unwrap();
    let _ = machine.install(&of_version).ended(4);
    machine.publish("0.1.0", TARGET);
    let _ = machine.install(&["--version", "0.1.0", "--cache", "kept"]).ended(0);
    assert_eq!(std::fs::read_dir(machine.path("kept")).unwrap().count(), 1, "nothing else is left there");
}

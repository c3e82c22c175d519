//! `install.sh` against releases that are laid out in a folder or served on this machine: what it
//! installs, and that it changes nothing where something is wrong. On Linux: the stand-ins are made
//! of its programs; `.ci/release/try` runs the script as it is on every system that a release is
//! built on.

mod arguments;
mod machine;
mod network;
mod placing;
mod refused;
mod streams;
mod tls;
mod undoing;

use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use crate::support::tools;

use machine::{Content, Machine, TARGET, executable, shells, write};

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

/// By the commands of `docs/installing.md`.
#[test]
fn a_release_on_a_server_of_ones_own_is_laid_out_as_the_page_says() {
    let page = crate::support::repository::read("docs/installing.md");
    let (_, block) =
        page.split_once("a_release_on_a_server_of_ones_own_is_laid_out_as_the_page_says -->\n```sh\n").unwrap();
    let (commands, _) = block.split_once("```").unwrap();
    let machine = Machine::new();
    machine.publish("0.1.0", TARGET);
    let here = machine.path("here");
    std::fs::rename(machine.published("0.1.0", ""), &here).unwrap();
    std::fs::remove_dir_all(machine.path("releases")).unwrap();
    std::fs::copy(crate::support::repository::path("install.sh"), here.join("install.sh")).unwrap();
    let mut command = Command::new("sh");
    command.args(["-ec", commands]).env("HOME", machine.path("home")).current_dir(&here);
    command.env("PATH", format!("{}:/usr/bin:/bin", machine.path("bin").display()));
    assert!(command.status().unwrap().success());
    assert_eq!(machine.installed(), [".local/bin/jelou"]);
}

/// What `docs/installing.md` says removes it all, and nothing beside it.
#[test]
fn what_is_installed_can_be_removed() {
    let machine = Machine::new();
    machine.publish("0.1.0", TARGET);
    let _ = machine.install(&["--man", "--completions"]).ended(0);
    write(&machine.path("home/.local/bin/other"), "mine");
    write(&machine.path("home/.local/share/man/man1/other.1"), "mine");
    let page = crate::support::repository::read("docs/installing.md");
    let (_, uninstall) = page.split_once("## Uninstall\n").unwrap();
    let commands: Vec<&str> = uninstall.lines().filter(|line| line.starts_with("rm ")).collect();
    assert!(commands.len() > 2, "{uninstall}");
    let mut command = Command::new("sh");
    command.args(["-c", &commands.join("\n")]).env("HOME", machine.path("home")).current_dir(machine.path("home"));
    assert!(command.status().unwrap().success());
    assert_eq!(machine.installed(), [".local/bin/other", ".local/share/man/man1/other.1"]);
}

//! What is refused before anything is asked: arguments, addresses, systems, machines that lack a
//! program.

use crate::support::raw_server::RawServer;
use crate::support::repository;

use super::{Machine, TARGET};

#[test]
fn wrong_arguments_are_refused_before_anything_is_asked() {
    let server = RawServer::always("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let mut machine = Machine::new();
    machine.releases = server.url();
    let hash = "0".repeat(64);
    let uneven = "0".repeat(63);
    for (arguments, told) in [
        (vec!["--verison", "1"], "error: `--verison` is not known\nhint: `sh install.sh --help` lists what is\n"),
        (vec!["0.1.0"], "error: `0.1.0` is not known\n"),
        (vec!["--version"], "error: `--version` needs a value\n"),
        (vec!["--version", ""], "error: The value of `--version` is empty\n"),
        (vec!["--version="], "error: The value of `--version` is empty\n"),
        (vec!["--version", "newest"], "error: `newest` is no version\n"),
        (vec!["--version", "1.2"], "error: `1.2` is no version\n"),
        (vec!["--version", "1.2.3.4"], "error: `1.2.3.4` is no version\n"),
        (vec!["--version", "1.2.3/../../x"], "error: `1.2.3/../../x` is no version\n"),
        (vec!["--version", "../1.2.3"], "error: `../1.2.3` is no version\n"),
        (vec!["--version", "1.2.3\n"], "error: `1.2.3\n` is no version\n"),
        (vec!["--version", "1.2.3 x"], "error: `1.2.3 x` is no version\n"),
        (vec!["--dry-run=yes"], "error: `--dry-run` takes no value\n"),
        (vec!["--to", "~/bin"], "error: `--to ~/bin` begins with a tilde that no shell expanded\n"),
        (vec!["--man=~/man"], "error: `--man ~/man` begins with a tilde"),
        (vec!["--cache", "a\nb"], "error: The value of `--cache` holds a line break\n"),
        (vec!["--sha256", &hash], "error: `--sha256` is of one version, and `latest` is another one tomorrow\n"),
        (vec!["--sha256", &uneven, "--version", "1.2.3"], "error: The value of `--sha256` is no SHA-256"),
        (vec!["--timeout", "0"], "error: `--timeout 0` is no number of seconds\n"),
        (vec!["--timeout", "1m"], "error: `--timeout 1m` is no number of seconds\n"),
        (vec!["--repository", "jelou"], "error: `--repository jelou` is not OWNER/NAME\n"),
        (vec!["--repository", "a/b/c"], "error: `--repository a/b/c` is not OWNER/NAME\n"),
        (vec!["--repository", "../b"], "error: `--repository ../b` is not OWNER/NAME\n"),
        (vec!["--repository", "a/b?c"], "error: `--repository a/b?c` is not OWNER/NAME\n"),
    ] {
        let ran = machine.install(&arguments).ended(2);
        assert!(ran.stderr.starts_with(told), "{arguments:?}: {ran:?}");
        assert_eq!(ran.stdout, "");
    }
    assert!(server.requests().is_empty() && machine.installed().is_empty());
}

#[test]
fn only_authenticated_addresses_are_asked() {
    let mut machine = Machine::new();
    for (address, told) in [
        ("http://releases.example", "is not an https address\nhint: only this machine"),
        ("http://127.0.0.1.releases.example", "is not an https address"),
        ("http://127.0.0.1:80@releases.example", "is no address of releases"),
        ("http://localhost.releases.example", "is not an https address"),
        ("https://user:secret@releases.example", "is no address of releases"),
        ("https://releases.example?a=b", "is no address of releases"),
        ("https://releases.example/a b", "is no address of releases"),
        ("ftp://releases.example", "is not an https address"),
        ("releases.example", "is not an https address"),
        ("file://releases.example/a", "is not an https address"),
        ("-o/etc/passwd", "is not an https address"),
    ] {
        machine.releases = address.to_owned();
        let ran = machine.install(&[]).ended(2);
        assert!(ran.stderr.starts_with("error: ") && ran.stderr.contains(told), "{address}: {ran:?}");
    }
    machine.releases = String::new();
    let ran = machine.install(&[]).ended(2);
    assert_eq!(
        ran.stderr,
        "error: Where the releases are is not known\nhint: say it with `--repository OWNER/NAME`, or set JELOU_RELEASES\n"
    );
}

/// The flag beats the variable, and names GitHub.
#[test]
fn a_repository_is_one_of_github() {
    let machine = Machine::new();
    machine.without_program("curl");
    machine.stand_in("curl", "for word; do :; done; echo \"$word\" >&2; exit 6");
    let ran = machine.install(&["--repository", "some-owner/jelou"]).ended(4);
    let asked = "https://github.com/some-owner/jelou/releases/latest/download/SHA256SUMS";
    assert!(ran.stderr.ends_with(&format!("error: {asked} could not be downloaded: {asked}\n")), "{ran:?}");
    let ran = machine.install(&["--repository", "some-owner/jelou", "--version", "1.2.3-rc.1"]).ended(4);
    assert!(ran.stderr.contains("/jelou/releases/download/v1.2.3-rc.1/SHA256SUMS could not"), "{ran:?}");
}

#[test]
fn each_system_gets_its_archive() {
    for (system, machine_name, rosetta, target) in [
        ("Linux", "x86_64", "", "x86_64-unknown-linux-musl"),
        ("Linux", "aarch64", "", "aarch64-unknown-linux-musl"),
        ("Darwin", "arm64", "", "aarch64-apple-darwin"),
        ("Darwin", "x86_64", "0", "x86_64-apple-darwin"),
        ("Darwin", "x86_64", "1", "aarch64-apple-darwin"),
    ] {
        let machine = Machine::new();
        machine.stand_in("uname", &format!("case $1 in -s) echo {system} ;; -m) echo {machine_name} ;; esac"));
        machine.stand_in("sysctl", &format!("[ \"$*\" = '-n sysctl.proc_translated' ] && echo {rosetta}"));
        for of_all in
            ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl", "x86_64-apple-darwin", "aarch64-apple-darwin"]
        {
            machine.publish("0.1.0", of_all);
        }
        let ran = machine.install(&["--dry-run"]).ended(0);
        assert!(ran.stdout.ends_with(&format!(" jelou-v0.1.0-{target}.tar.gz\n")), "{system} {machine_name}: {ran:?}");
        let _ = machine.install(&[]).ended(0);
    }
}

#[test]
fn other_systems_are_told_what_to_do() {
    for (system, machine_name, told) in [
        ("MINGW64_NT-10.0-20348", "x86_64", "error: There is no jelou for Windows itself\nhint: run this in WSL"),
        ("MSYS_NT-10.0", "x86_64", "error: There is no jelou for Windows itself\n"),
        ("CYGWIN_NT-10.0", "x86_64", "error: There is no jelou for Windows itself\n"),
        ("Linux", "armv7l", "error: No release is built for Linux on armv7l\nhint: `cargo install"),
        ("Linux", "riscv64", "error: No release is built for Linux on riscv64\n"),
        ("FreeBSD", "amd64", "error: No release is built for FreeBSD on amd64\n"),
    ] {
        let machine = Machine::new();
        machine.publish("0.1.0", TARGET);
        machine.stand_in("uname", &format!("case $1 in -s) echo {system} ;; -m) echo {machine_name} ;; esac"));
        let ran = machine.install(&[]).ended(3);
        assert!(ran.stderr.starts_with(told), "{ran:?}");
        assert!(machine.installed().is_empty());
    }
}

#[test]
fn a_program_that_is_missing_is_named() {
    for (missing, told) in [
        ("tar", "error: `tar` is needed, and PATH does not have it\n"),
        ("gzip", "error: `gzip` is needed, and PATH does not have it\n"),
        ("sha256sum", "error: No program computes a SHA-256: `sha256sum`, `shasum` or `openssl` is needed\n"),
        ("curl", "error: No program downloads: `curl` or `wget` is needed\n"),
        ("mkdir", "error: `mkdir` is needed, and PATH does not have it\n"),
        ("rmdir", "error: `rmdir` is needed, and PATH does not have it\n"),
        ("sed", "error: `sed` is needed, and PATH does not have it\n"),
        ("sleep", "error: `sleep` is needed, and PATH does not have it\n"),
    ] {
        let mut machine = Machine::new();
        machine.releases = "https://releases.example".to_owned();
        machine.without_program(missing);
        let ran = machine.install(&[]).ended(3);
        assert_eq!(ran.stderr, told);
    }
}

#[test]
fn the_help_names_every_option_and_every_status() {
    let machine = Machine::new();
    let help = machine.install(&["--help"]).ended(0).stdout;
    let script = repository::read("install.sh");
    let (_, arguments) = script.split_once("read_arguments() {").unwrap();
    let (arguments, _) = arguments.split_once("\n}\n").unwrap();
    let options: Vec<&str> = arguments
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .filter(|word| word.starts_with("--") && word.len() > 2)
        .collect();
    assert!(options.len() > 15, "{options:?}");
    for option in options {
        assert!(help.contains(&format!("  {option}")), "{option} is not explained");
    }
    for status in script.split("die ").filter_map(|rest| rest.chars().next()).filter(char::is_ascii_digit) {
        assert!(help.contains(&format!(" {status} ")) || help.contains(&format!("\n{status} ")), "{status}: {help}");
    }
    assert!(help.lines().all(|line| line.chars().count() <= 120), "{help}");
}

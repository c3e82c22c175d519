//! The renames that put all to its place: nothing stops them half way, and where one fails it is said
//! what is new.

use std::process::Command;

use crate::support::cli::Ran;
use crate::support::repository;

use super::{Machine, TARGET, WITH_ALL, shells};

/// A machine on which 0.1.0 is installed with its pages, and 0.2.0 is published.
fn with_older(shell: &[&'static str]) -> Machine {
    let mut machine = Machine::new();
    machine.shell = shell.to_vec();
    machine.publish("0.1.0", TARGET);
    let _ = machine.install(&["--man", "--completions"]).ended(0);
    machine.publish("0.2.0", TARGET);
    machine
}

/// Puts a `mv` on PATH that does something before or after the rename whose number is given.
fn renames(machine: &Machine, number: usize, before: &str, after: &str) {
    let mv = std::fs::read_link(machine.path("bin/mv")).unwrap().display().to_string();
    machine.without_program("mv");
    let count = machine.path("renames").display().to_string();
    machine.stand_in(
        "mv",
        &format!(
            "echo x >>{count}; n=0; while read -r _; do n=$((n + 1)); done <{count}\n\
             if [ $n = {number} ]; then {before}\nfi\n{mv} \"$@\" || exit\nif [ $n = {number} ]; then {after}\nfi"
        ),
    );
}

/// Runs the script in a session of its own, so that a signal to its group reaches nobody else.
fn alone(machine: &Machine, arguments: &[&str]) -> Ran {
    machine.with_program("setsid");
    machine.with_program(machine.shell[0]);
    machine.stand_in("alone", &format!("exec setsid --wait {} \"$@\"", machine.shell.join(" ")));
    let mut command = assert_cmd::Command::new(machine.path("bin/alone"));
    command.arg(repository::path("install.sh")).args(arguments).env_clear().env("PATH", machine.path("bin"));
    command.env("HOME", machine.path("home")).env("TMPDIR", machine.path("tmp"));
    command.env("JELOU_RELEASES", &machine.releases).current_dir(machine.folder.path());
    Ran::of(&mut command)
}

fn with_all() -> Vec<String> {
    WITH_ALL.iter().map(ToString::to_string).collect()
}

fn version(machine: &Machine) -> String {
    let said = Command::new(machine.path("home/.local/bin/jelou")).output().unwrap().stdout;
    String::from_utf8(said).unwrap()
}

#[test]
fn a_signal_between_the_renames_comes_too_late() {
    for shell in shells() {
        for signal in ["HUP", "INT", "TERM"] {
            for whom in ["$PPID", "0"] {
                let machine = with_older(&shell);
                renames(&machine, 1, ":", &format!("kill -{signal} {whom}"));
                let ran = alone(&machine, &["--man", "--completions"]).ended(0);
                let told = format!("{shell:?} {signal} to {whom}: {ran:?}");
                assert!(ran.stderr.starts_with("jelou 0.2.0 is installed; it was 0.1.0\n"), "{told}");
                assert_eq!(machine.installed(), WITH_ALL, "{told}");
                assert_eq!(version(&machine), "jelou 0.2.0\n", "{told}");
                assert!(std::fs::read_dir(machine.path("tmp")).unwrap().next().is_none(), "{told}");
            }
        }
    }
}

/// While the program is tried all is staged, and nothing is in its place.
#[test]
fn a_signal_before_the_renames_leaves_all_as_it_was() {
    for shell in shells() {
        for (signal, status) in [("HUP", 129), ("INT", 130), ("TERM", 143)] {
            let machine = with_older(&shell);
            let chmod = std::fs::read_link(machine.path("bin/chmod")).unwrap().display().to_string();
            machine.without_program("chmod");
            machine.stand_in("chmod", &format!("{chmod} \"$@\"; [ \"$1\" != 755 ] || kill -{signal} 0"));
            let ran = alone(&machine, &["--man=home/new/man", "--completions"]).ended(status);
            assert_eq!(machine.installed(), WITH_ALL, "{shell:?} {signal}: {ran:?}");
            assert!(!machine.path("home/new").exists(), "{shell:?} {signal}: {ran:?}");
            assert_eq!(version(&machine), "jelou 0.1.0\n", "{shell:?} {signal}: {ran:?}");
            assert!(std::fs::read_dir(machine.path("tmp")).unwrap().next().is_none(), "{shell:?} {signal}: {ran:?}");
        }
    }
}

/// A signal ends the script again once all is in its place: stdout may have a reader that never
/// reads.
#[test]
fn a_signal_after_the_renames_says_that_it_is_installed() {
    for shell in shells() {
        let machine = with_older(&shell);
        let script = std::fs::read_to_string(repository::path("install.sh")).unwrap();
        assert_eq!(script.matches("\nreport() {\n").count(), 1);
        let stopped = machine.path("stopped.sh");
        std::fs::write(&stopped, script.replace("\nreport() {\n", "\nreport() {\n  kill -TERM $$\n")).unwrap();
        let ran = machine.run(&stopped, &[]).ended(143);
        let program = machine.path("home/.local/bin/jelou").display().to_string();
        assert_eq!(ran.stderr, format!("error: A signal ended this; {program} is installed\n"), "{shell:?}");
        assert_eq!(version(&machine), "jelou 0.2.0\n", "{shell:?}");
    }
}

#[test]
fn a_rename_that_fails_says_what_is_new() {
    for shell in shells() {
        let share = |machine: &Machine, name: &str| machine.path("home/.local/share").join(name).display().to_string();
        let fails = "echo 'mv: not permitted' >&2; exit 1";
        // The first: nothing has changed.
        let machine = with_older(&shell);
        renames(&machine, 1, fails, ":");
        let ran = machine.install(&["--man", "--completions"]).ended(6);
        let first = share(&machine, "man/man1/jelou-call.1");
        let told = format!("error: {first} could not be written: mv: not permitted; nothing was installed\n");
        assert_eq!(ran.stderr, told, "{shell:?}");
        assert_eq!((machine.installed(), version(&machine).as_str()), (with_all(), "jelou 0.1.0\n"));
        // The third, and the program.
        for (number, failed) in [(3, "share/man/man7/jelou-sandbox-faults.7"), (7, "bin/jelou")] {
            let machine = with_older(&shell);
            renames(&machine, number, fails, ":");
            let ran = machine.install(&["--man", "--completions"]).ended(6);
            let failed = machine.path("home/.local").join(failed).display().to_string();
            let all = [
                "man/man1/jelou-call.1",
                "man/man1/jelou.1",
                "man/man7/jelou-sandbox-faults.7",
                "bash-completion/completions/jelou",
                "zsh/site-functions/_jelou",
                "fish/vendor_completions.d/jelou.fish",
            ];
            let new: Vec<String> =
                all[..number - 1].iter().map(|name| format!("{} is of 0.2.0 now\n", share(&machine, name))).collect();
            let error = format!(
                "error: {failed} could not be written: mv: not permitted; the program is as it was\n\
                 hint: what is named above is of 0.2.0 already; another run brings the rest\n"
            );
            assert_eq!(ran.stderr, new.concat() + &error, "{shell:?} {number}");
            assert_eq!(ran.stdout, "");
            assert_eq!((machine.installed(), version(&machine).as_str()), (with_all(), "jelou 0.1.0\n"));
            let _ = machine.install(&["--man", "--completions"]).ended(0);
            assert_eq!(version(&machine), "jelou 0.2.0\n", "{shell:?} {number}");
        }
    }
}

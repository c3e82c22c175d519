//! What a failed run takes back is what it has made itself, and what it leaves is said.

use super::{Machine, TARGET, shells};

/// The real program, for a stand-in that does something beside it.
fn real(machine: &Machine, name: &str) -> String {
    let link = machine.path("bin").join(name);
    let found = std::fs::read_link(&link).unwrap();
    machine.without_program(name);
    found.display().to_string()
}

/// The loader warns in each program, and `mktemp` may warn by itself.
#[test]
fn what_is_written_to_stderr_is_no_data() {
    for shell in shells() {
        let mut machine = Machine::new();
        machine.shell.clone_from(&shell);
        machine.publish("0.1.0", TARGET);
        let mktemp = real(&machine, "mktemp");
        machine.stand_in("mktemp", &format!("echo 'mktemp: be warned' >&2\nexec {mktemp} \"$@\""));
        machine.set("LD_PRELOAD", "/nonexistent.so");
        let hash = machine.hash("0.1.0");
        for _ in ["new", "replaced, and from the cache"] {
            let ran = machine
                .install(&["--man", "--completions", "--cache", "kept", "--version", "0.1.0", "--sha256", &hash])
                .ended(0);
            assert_eq!(ran.stdout, format!("{}\n", machine.path("home/.local/bin/jelou").display()), "{shell:?}");
            assert_eq!(machine.installed(), super::WITH_ALL, "{shell:?}");
        }
    }
}

#[test]
fn why_there_is_no_temporary_folder_is_said_in_one_line() {
    for shell in shells() {
        let mut machine = Machine::new();
        machine.shell.clone_from(&shell);
        machine.publish("0.1.0", TARGET);
        machine.set("TMPDIR", "/nowhere");
        let ran = machine.install(&[]).ended(6);
        assert!(ran.stderr.starts_with("error: No temporary folder could be made: mktemp: "), "{shell:?} {ran:?}");
        assert_eq!(ran.stderr.lines().count(), 1, "{shell:?} {ran:?}");
        machine.without_program("mktemp");
        machine.stand_in("mktemp", "echo 'be warned' >&2\necho \"no room\x1b[2J\" >&2\nexit 1");
        let ran = machine.install(&[]).ended(6);
        assert_eq!(ran.stderr, "error: No temporary folder could be made: no room[2J\n", "{shell:?}");
    }
}

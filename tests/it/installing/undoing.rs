//! What a failed run takes back is what it has made itself, and what it leaves is said.

use std::path::Path;

use super::{Content, Machine, TARGET, executable, shells};

/// A machine with a shell and a release whose program does not run.
fn with_a_program_that_does_not_run(shell: Vec<&'static str>) -> Machine {
    let mut machine = Machine::new();
    machine.shell = shell;
    let content = Content::of("0.1.0", TARGET);
    executable(&content.path("jelou"), "exit 132");
    machine.publish_content("0.1.0", TARGET, &content, &[]);
    machine
}

/// Every file and folder below a folder, relative to it, sorted.
fn tree(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap().map(Result::unwrap) {
            found.push(entry.path().strip_prefix(folder).unwrap().display().to_string());
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

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

/// `a/../b` names a folder that may have been there before `a` was made.
#[test]
fn a_folder_that_was_there_stays() {
    for shell in shells() {
        let machine = with_a_program_that_does_not_run(shell.clone());
        for folder in ["home/dd/b", "home/dd/c"] {
            std::fs::create_dir_all(machine.path(folder)).unwrap();
        }
        let whole = machine.path("home/dd/new/../b").display().to_string();
        for arguments in [
            vec!["--to", "home/dd/a/../b"],
            vec!["--to", &whole],
            vec!["--to", "home/dd/a//x/.././../b/"],
            vec!["--to", "home/dd/a/../b/d/../../c", "--man=home/dd/e/../b", "--completions=home/dd/c/../b/f"],
        ] {
            let _ = machine.install(&arguments).ended(5);
            assert_eq!(tree(&machine.path("home")), ["dd", "dd/b", "dd/c"], "{shell:?} {arguments:?}");
        }
        machine.publish("0.1.0", TARGET);
        let ran = machine.install(&["--to", "home/dd/a/../b", "--cache", "home/dd/k/../c"]).ended(0);
        assert!(machine.path("home/dd/b/jelou").exists(), "{shell:?} {ran:?}");
    }
}

/// Somebody else makes the folder, or puts a file beside the place, while the script runs.
#[test]
fn what_somebody_else_has_made_meanwhile_stays() {
    for shell in shells() {
        let machine = with_a_program_that_does_not_run(shell.clone());
        let mkdir = real(&machine, "mkdir");
        let there = machine.path("home/there").display().to_string();
        machine.stand_in("mkdir", &format!("[ -d {there} ] || {mkdir} {there}\nexec {mkdir} \"$@\""));
        let _ = machine.install(&["--to", "home/there/new"]).ended(5);
        assert_eq!(tree(&machine.path("home")), ["there"], "{shell:?}");
        // A name that the script may have chosen, as another one with its number has in another container.
        let tar = real(&machine, "tar");
        machine.stand_in("tar", &format!("echo mine >{there}/.jelou-install.$PPID.jelou\nexec {tar} \"$@\""));
        let _ = machine.install(&["--to", "home/there"]).ended(5);
        let left = tree(&machine.path("home/there"));
        assert!(left.len() == 1 && left[0].starts_with(".jelou-install."), "{shell:?} {left:?}");
        assert_eq!(std::fs::read_to_string(machine.path("home/there").join(&left[0])).unwrap(), "mine\n", "{shell:?}");
    }
}

#[test]
fn a_folder_where_the_archive_would_be_kept_is_no_cache() {
    for shell in shells() {
        let mut machine = Machine::new();
        machine.shell.clone_from(&shell);
        machine.publish("0.1.0", TARGET);
        let name = format!("kept/jelou-v0.1.0-{TARGET}.tar.gz");
        std::fs::create_dir_all(machine.path(&name)).unwrap();
        for _ in ["new", "replaced"] {
            let ran = machine.install(&["--cache", "kept"]).ended(0);
            let told = format!("warning: {name} is a folder: the archive is not kept\njelou 0.1.0 is installed\n");
            assert!(ran.stderr.starts_with(&told), "{shell:?} {ran:?}");
            assert_eq!(tree(&machine.path("kept")), [name.trim_start_matches("kept/")], "{shell:?}");
        }
    }
}

/// What nobody has foreseen is not taken for a full disk.
#[test]
fn an_unforeseen_end_says_what_is_known() {
    for shell in shells() {
        for (program, arguments, releases) in [
            ("tr", &["--version", "0.1.0", "--sha256"][..], None),
            ("awk", &[], None),
            ("sleep", &[], Some("http://127.0.0.1:1")),
        ] {
            let mut machine = Machine::new();
            machine.shell.clone_from(&shell);
            machine.publish("0.1.0", TARGET);
            if let Some(releases) = releases {
                releases.clone_into(&mut machine.releases);
            }
            let hash = machine.hash("0.1.0");
            let mut words = arguments.to_vec();
            if !words.is_empty() {
                words.push(&hash);
            }
            machine.without_program(program);
            machine.stand_in(program, "exit 9");
            let ran = machine.install(&words).ended(3);
            let told =
                "error: The script ended where nobody foresaw it, with 9; nothing was installed\nhint: a program";
            assert!(ran.stderr.contains(told), "{shell:?} {program}: {ran:?}");
            // bash tells of a pipe that `tr` did not read.
            let errors = ran.stderr.lines().filter(|line| line.starts_with("error: "));
            assert_eq!(errors.count(), 1, "{shell:?} {program}: {ran:?}");
            assert_eq!(tree(&machine.path("home")), [""; 0], "{shell:?} {program}");
        }
    }
}

#[test]
fn what_cannot_be_removed_changes_no_status() {
    for shell in shells() {
        let mut machine = Machine::new();
        machine.shell.clone_from(&shell);
        machine.publish("0.1.0", TARGET);
        let rm = real(&machine, "rm");
        machine.stand_in("rm", &format!("{rm} \"$@\"; case $1 in -*) echo 'rm: busy' >&2; exit 1 ;; esac"));
        for (version, status) in [("0.1.0", 0), ("9.9.9", 4)] {
            let ran = machine.install(&["--version", version]).ended(status);
            let last = ran.stderr.lines().last().unwrap();
            assert!(last.starts_with("warning: ") && last.ends_with(" could not be removed"), "{shell:?} {ran:?}");
            assert!(last.contains("/tmp/jelou-install."), "{shell:?} {ran:?}");
        }
    }
}

/// A program that fails finds no link either.
#[test]
fn a_check_that_could_not_be_made_is_not_passed() {
    for shell in shells() {
        for program in ["grep", "awk"] {
            let mut machine = Machine::new();
            machine.shell.clone_from(&shell);
            let content = Content::of("0.1.0", TARGET);
            std::os::unix::fs::symlink("/etc/passwd", content.path("man/man1/jelou-x.1")).unwrap();
            machine.publish_content("0.1.0", TARGET, &content, &[]);
            let real = real(&machine, program);
            machine.stand_in(program, &format!("case $* in *'^[^-d]'*) exit 2 ;; esac; exec {real} \"$@\""));
            let ran = machine.install(&["--man"]).ended(5);
            assert!(ran.stderr.contains(" holds a link, or a path outside of "), "{shell:?} {program}: {ran:?}");
            assert_eq!(tree(&machine.path("home")), [""; 0], "{shell:?} {program}");
        }
    }
}

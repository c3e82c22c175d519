//! Streams and folders that take nothing: the status is one of the table, and what is not whole is
//! gone.

use std::process::Command;

use crate::support::cli::Ran;
use crate::support::repository;

use super::{Content, Machine, TARGET, executable, shells, write};

/// Opens 3, a pipe whose reader is gone.
const DEAF: &str = "mkfifo fifo; { : <fifo & exec 3>fifo; wait; }; rm fifo;";

/// Runs a line of `sh` that runs the script as `install`.
fn line(machine: &Machine, line: &str) -> Ran {
    let words = machine.shell.join(" ");
    let script = format!(
        "install() {{ {words} {} \"$@\"; }}; PATH=$PATH:{}; {line}",
        repository::path("install.sh").display(),
        // The shell itself is looked for last.
        "/usr/bin:/bin"
    );
    let mut command = assert_cmd::Command::new("/bin/sh");
    command.args(["-c", &script]).env_clear().current_dir(machine.folder.path());
    command.env("PATH", machine.path("bin")).env("HOME", machine.path("home")).env("TMPDIR", machine.path("tmp"));
    command.env("JELOU_RELEASES", &machine.releases);
    let ran = Ran::of(&mut command);
    let left: Vec<_> = std::fs::read_dir(machine.path("tmp")).unwrap().collect();
    assert!(left.is_empty(), "left in the temporary folder: {left:?} {ran:?}");
    ran
}

#[test]
fn a_stdout_that_takes_nothing_is_told() {
    for shell in shells() {
        let mut machine = Machine::new();
        machine.shell = shell;
        machine.publish("0.1.0", TARGET);
        let program = machine.path("home/.local/bin/jelou").display().to_string();
        for (arguments, placed) in [("--help", ""), ("--dry-run", ""), ("", &*format!("; {program} is installed"))] {
            for stdout in [">/dev/full", ">&3"] {
                let ran = line(&machine, &format!("{DEAF} install {arguments} {stdout}"));
                assert_eq!(ran.status, 6, "{:?} {arguments} {stdout}: {ran:?}", machine.shell);
                let told = format!("error: stdout could not be written{placed}\n");
                assert!(ran.stderr.ends_with(&told), "{:?} {arguments} {stdout}: {ran:?}", machine.shell);
            }
        }
        let ran = line(&machine, "rm home/.local/bin/jelou; install >&-");
        assert_eq!(ran.status, 6, "{:?}: {ran:?}", machine.shell);
        assert!(ran.stderr.starts_with("error: stdout is closed: nothing was installed\nhint: "), "{ran:?}");
        assert!(machine.installed().is_empty());
    }
}

/// What people read changes no status.
#[test]
fn a_stderr_that_takes_nothing_changes_nothing() {
    for shell in shells() {
        for stderr in ["2>/dev/full", "2>&-", "2>/dev/full <&-", "2>&3"] {
            let mut machine = Machine::new();
            machine.shell.clone_from(&shell);
            machine.publish("0.1.0", TARGET);
            let ran = line(&machine, &format!("{DEAF} install --man --completions {stderr}")).ended(0);
            assert_eq!(
                ran.stdout,
                format!("{}\n", machine.path("home/.local/bin/jelou").display()),
                "{shell:?} {stderr}"
            );
            assert_eq!(machine.installed(), super::WITH_ALL, "{shell:?} {stderr}");
            for (arguments, status) in
                [("--version x", 2), ("--nothing", 2), ("--version 9.9.9", 4), ("--to bin/tar", 6), ("--man", 5)]
            {
                if status == 5 {
                    let content = Content::of("0.1.0", TARGET);
                    std::fs::remove_dir_all(content.path("man")).unwrap();
                    machine.publish_content("0.1.0", TARGET, &content, &[]);
                }
                let ran = line(&machine, &format!("{DEAF} install {arguments} {stderr}"));
                assert_eq!((ran.status, ran.stdout.as_str()), (status, ""), "{shell:?} {arguments} {stderr}: {ran:?}");
            }
        }
    }
}

/// What is asked for is looked for before a folder is made for it.
#[test]
fn an_archive_without_what_is_asked_for_leaves_nothing() {
    for shell in shells() {
        for (missing, arguments, told) in [
            (&["man"][..], &["--man"][..], "holds no man pages\nhint: without `--man`"),
            (
                &["man/man1/jelou.1", "man/man1/jelou-call.1", "man/man7/jelou-sandbox-faults.7"],
                &["--man"],
                "holds no man pages\n",
            ),
            (&["completions"], &["--completions"], "/completions/jelou.bash\nhint: without `--completions`"),
            (&["completions/_jelou"], &["--man", "--completions"], "/completions/_jelou\n"),
            (&["completions/jelou.fish"], &["--completions=home/of shells"], "/completions/jelou.fish\n"),
        ] {
            let mut machine = Machine::new();
            machine.shell.clone_from(&shell);
            let content = Content::of("0.1.0", TARGET);
            for path in missing.iter().map(|name| content.path(name)) {
                if path.is_dir() { std::fs::remove_dir_all(path).unwrap() } else { std::fs::remove_file(path).unwrap() }
            }
            machine.publish_content("0.1.0", TARGET, &content, &[]);
            let ran = machine.install(arguments).ended(5);
            assert!(
                ran.stderr.starts_with("error: jelou-v0.1.0-") && ran.stderr.contains(told),
                "{missing:?}: {ran:?}"
            );
            assert_eq!(std::fs::read_dir(machine.path("home")).unwrap().count(), 0, "{missing:?}: no folder either");
            let _ = machine.install(&[]).ended(0);
        }
        let mut machine = Machine::new();
        machine.shell.clone_from(&shell);
        let content = Content::of("0.1.0", TARGET);
        write(&content.path("man/man1/more/jelou.1"), ".TH jelou 1\n");
        machine.publish_content("0.1.0", TARGET, &content, &[]);
        let ran = machine.install(&["--man"]).ended(5);
        assert!(ran.stderr.contains("/man/man1/more of jelou-v0.1.0-"), "{ran:?}");
        // One section is enough.
        let content = Content::of("0.1.0", TARGET);
        std::fs::remove_dir_all(content.path("man/man7")).unwrap();
        machine.publish_content("0.1.0", TARGET, &content, &[]);
        let _ = machine.install(&["--man"]).ended(0);
        let pages = [".local/bin/jelou", ".local/share/man/man1/jelou-call.1", ".local/share/man/man1/jelou.1"];
        assert_eq!(machine.installed(), pages, "{shell:?}");
    }
}

/// Folders that were made go again, those that were there stay.
#[test]
fn folders_that_were_made_for_nothing_go_again() {
    for shell in shells() {
        let mut machine = Machine::new();
        machine.shell.clone_from(&shell);
        let content = Content::of("0.1.0", TARGET);
        executable(&content.path("jelou"), "exit 132");
        machine.publish_content("0.1.0", TARGET, &content, &[]);
        std::fs::create_dir(machine.path("home/there")).unwrap();
        for to in ["home/there/new/bin/", "./home/there/bin", "home/there"] {
            let _ = machine.install(&["--to", to, "--man", "--completions=home/a/b", "--cache", "kept"]).ended(5);
            let left: Vec<_> =
                std::fs::read_dir(machine.path("home")).unwrap().map(|entry| entry.unwrap().path()).collect();
            assert_eq!(left, [machine.path("home/there")], "{shell:?} {to}");
            assert_eq!(std::fs::read_dir(machine.path("home/there")).unwrap().count(), 0, "{shell:?} {to}");
        }
        // A link to a folder is one, a link that leads nowhere is none.
        machine.publish("0.1.0", TARGET);
        std::os::unix::fs::symlink("there", machine.path("home/link")).unwrap();
        let _ = machine.install(&["--to", "home/link", "--cache", "kept"]).ended(0);
        assert!(machine.path("home/there/jelou").exists() && machine.path("home/link").is_symlink());
        std::os::unix::fs::symlink("nowhere", machine.path("home/dangling")).unwrap();
        let ran = machine.install(&["--to", "home/dangling"]).ended(6);
        assert!(ran.stderr.contains("home/dangling could not be made: "), "{ran:?}");
        assert!(!machine.path("home/nowhere").exists());
    }
}

/// Each file of the temporary folder, and each of its blocks, may be the one that it has no room for.
#[test]
fn a_temporary_folder_without_room_is_told() {
    let machine = Machine::new();
    machine.publish("0.1.0", TARGET);
    // The script runs in a mount namespace, so nothing is left mounted.
    let script = "set -eu; mount -t tmpfs -o \"$2\" tmpfs tmp; shift; \
                  status=0; PATH=bin /bin/sh \"$0\" --man --completions || status=$?; ls -A tmp; exit \"$status\"";
    let mut ends = Vec::new();
    let limits =
        (1..40).map(|count| format!("nr_inodes={count}")).chain((1..12).map(|count| format!("size={}k", count * 4)));
    for limit in limits {
        let mut command = assert_cmd::Command::new("unshare");
        command
            .args(["--mount", "--map-root-user", "sh", "-c", script])
            .arg(repository::path("install.sh"))
            .args(["-", &limit]);
        command.env("JELOU_RELEASES", &machine.releases).env("HOME", machine.path("home"));
        command.env("TMPDIR", machine.path("tmp")).current_dir(machine.folder.path());
        let ran = Ran::of(&mut command);
        if ran.stderr.contains("unshare") || ran.stderr.contains("mount:") {
            return crate::support::skipped("this machine lets no file system be mounted");
        }
        let is_installed = machine.installed();
        match ran.status {
            0 => assert_eq!(is_installed, super::WITH_ALL, "{limit}: {ran:?}"),
            6 => {
                assert!(is_installed.is_empty() && ran.stderr.contains("error: "), "{limit}: {is_installed:?} {ran:?}");
            }
            _ => panic!("{limit}: {ran:?}"),
        }
        assert_eq!(ran.stderr.matches("error: ").count(), usize::from(ran.status == 6), "{limit}: {ran:?}");
        assert!(Command::new("rm").args(["-rf"]).arg(machine.path("home/.local")).status().unwrap().success());
        ends.push(ran.status);
    }
    assert!(ends.contains(&0) && ends.iter().filter(|status| **status == 6).count() > 10, "{ends:?}");
}

//! Where something is wrong nothing is installed, what was there stays, and nothing is left behind.

use std::process::Command;

use crate::support::repository;

use super::{Content, Machine, TARGET, executable, shells, write};

/// A machine on which an older version is installed, pages included.
fn with_older() -> Machine {
    let machine = Machine::new();
    machine.publish("0.1.0", TARGET);
    let _ = machine.install(&["--man", "--completions"]).ended(0);
    machine
}

/// Fails with this status and message, and leaves the older version as it was.
#[track_caller]
fn keeps_the_older(machine: &Machine, arguments: &[&str], status: i32, told: &str) {
    let before = machine.installed();
    let ran = machine.install(arguments).ended(status);
    assert!(ran.stderr.contains(told), "{told}: {ran:?}");
    assert_eq!(ran.stderr.matches("error: ").count(), 1, "{ran:?}");
    assert_eq!(ran.stdout, "");
    assert_eq!(machine.installed(), before);
    let said = Command::new(machine.path("home/.local/bin/jelou")).output().unwrap().stdout;
    assert_eq!(said, b"jelou 0.1.0\n");
}

#[test]
fn an_archive_with_another_hash_is_not_used() {
    for shell in shells() {
        let mut machine = with_older();
        machine.shell = shell;
        machine.publish("0.2.0", TARGET);
        let right = machine.hash("0.2.0");
        // The right program, in other bytes.
        let archive = machine.published("0.2.0", &format!("jelou-v0.2.0-{TARGET}.tar.gz"));
        let mut bytes = std::fs::read(&archive).unwrap();
        bytes.extend([0; 512]);
        std::fs::write(&archive, bytes).unwrap();
        let told = format!("not {right}\nhint: nothing was installed; do not use it before you know why\n");
        keeps_the_older(&machine, &[], 5, &told);
        // A pinned hash is what counts, whatever the release says.
        machine.write_sums("0.2.0");
        keeps_the_older(&machine, &["--version", "0.2.0", "--sha256", &right], 5, &told);
        let _ = machine.install(&["--version", "0.2.0", "--sha256", &machine.hash("0.2.0")]).ended(0);
    }
}

#[test]
fn sums_that_do_not_say_one_hash_are_refused() {
    let machine = with_older();
    machine.publish("0.2.0", TARGET);
    let name = format!("jelou-v0.2.0-{TARGET}.tar.gz");
    let hash = machine.hash("0.2.0");
    let file = machine.published("0.2.0", "SHA256SUMS");
    let of_version = format!("error: SHA256SUMS of version 0.2.0 does not say one SHA-256 of {name}\n");
    let of_newest = format!("error: SHA256SUMS of the newest release does not name one archive for {TARGET}\n");
    for (sums, newest) in [
        (String::new(), &of_newest),
        (format!("{hash}  jelou-v0.2.0-aarch64-apple-darwin.tar.gz\n"), &of_newest),
        (format!("{hash}  x{name}\n"), &of_newest),
        (format!("{hash}  {name}.sig\n"), &of_newest),
        (format!("{hash}  {name}\n{hash}  jelou-v0.3.0-{TARGET}.tar.gz\n"), &of_newest),
        (format!("{hash}  jelou-v../0.2.0-{TARGET}.tar.gz\n"), &of_newest),
        (format!("{hash}  {name}\n{hash}  {name}\n"), &of_newest),
        (format!("{}  {name}\n", &hash[1..]), &of_version),
        (format!("{name}  {name}\n"), &of_version),
        ("<html><title>Sign in</title></html>\n".to_owned(), &of_newest),
    ] {
        std::fs::write(&file, &sums).unwrap();
        keeps_the_older(&machine, &[], 5, newest);
        if !sums.contains("0.3.0") {
            keeps_the_older(&machine, &["--version", "0.2.0"], 5, &of_version);
        }
    }
    // As `sha256sum --binary` writes it.
    std::fs::write(&file, format!("{} *{name}\n", hash.to_uppercase())).unwrap();
    let _ = machine.install(&[]).ended(0);
}

#[test]
fn an_archive_that_is_not_of_its_folder_is_refused() {
    let machine = with_older();
    let outside = format!("holds a link, or a path outside of jelou-v0.2.0-{TARGET}/\n");
    let content = || Content::of("0.2.0", TARGET);
    let plain = content();
    let folder = plain.name.clone();
    let place = |from: &str, to: &str| format!("--transform=s|^{folder}/{from}$|{to}|");
    for words in [
        vec![place("README.md", "/tmp/evil"), "-P".to_owned(), folder.clone()],
        vec![place("README.md", &format!("{folder}/../../evil")), "-P".to_owned(), folder.clone()],
        vec![place("README.md", "../evil"), "-P".to_owned(), folder.clone()],
        vec![place("README.md", "elsewhere/README.md"), folder.clone()],
    ] {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        machine.publish_content("0.2.0", TARGET, &content(), &words);
        keeps_the_older(&machine, &["--man", "--completions"], 5, &outside);
    }
    for (link, hard) in [("README.md", false), ("man/man1/jelou.1", false), ("CHANGELOG.md", true)] {
        let content = content();
        let file = content.path(link);
        let _ = std::fs::remove_file(&file);
        if hard {
            std::fs::hard_link(content.path("README.md"), file).unwrap();
        } else {
            std::os::unix::fs::symlink("/etc/passwd", file).unwrap();
        }
        machine.publish_content("0.2.0", TARGET, &content, &[]);
        keeps_the_older(&machine, &["--man", "--completions"], 5, &outside);
    }
    let empty = content();
    std::fs::remove_file(empty.path("jelou")).unwrap();
    machine.publish_content("0.2.0", TARGET, &empty, &[]);
    keeps_the_older(&machine, &[], 5, &format!("holds no jelou-v0.2.0-{TARGET}/jelou\n"));
    std::fs::write(machine.published("0.2.0", &format!("jelou-v0.2.0-{TARGET}.tar.gz")), "no archive").unwrap();
    machine.write_sums("0.2.0");
    keeps_the_older(&machine, &[], 5, "tar.gz cannot be read: ");
}

#[test]
fn a_program_that_is_not_what_it_should_be_does_not_replace_one() {
    for (script, told) in [
        (
            "echo 'jelou 0.1.9'",
            "error: The program of jelou-v0.2.0-x86_64-unknown-linux-musl.tar.gz says that it is `jelou 0.1.9`\n",
        ),
        ("echo 'no such instruction' >&2; exit 132", "does not run here: no such instruction\n"),
    ] {
        let machine = with_older();
        let content = Content::of("0.2.0", TARGET);
        executable(&content.path("jelou"), script);
        write(&content.path("man/man1/jelou-new.1"), ".TH new 1\n");
        machine.publish_content("0.2.0", TARGET, &content, &[]);
        keeps_the_older(&machine, &["--man", "--completions"], 5, told);
    }
}

#[test]
fn what_cannot_be_written_leaves_all_as_it_was() {
    let machine = with_older();
    machine.publish("0.2.0", TARGET);
    write(&machine.path("home/file"), "mine");
    std::fs::create_dir_all(machine.path("home/other/jelou")).unwrap();
    for (arguments, told) in [
        (vec!["--to", "home/file/bin"], "error: The folder home/file/bin could not be made: "),
        (vec!["--to", "home/file"], "error: The folder home/file could not be made: "),
        (vec!["--to", "home/other"], "/home/other/jelou is a folder\n"),
        (vec!["--man=home/file"], "error: The folder home/file/man1 could not be made: "),
        (vec!["--man", "--completions=home/file"], "error: The folder home/file/bash-completion/completions could not"),
        (vec!["--cache", "home/file"], "error: The folder home/file could not be made: "),
    ] {
        keeps_the_older(&machine, &arguments, 6, told);
    }
}

/// A small file system of its own, where this machine lets one be made.
#[test]
fn a_full_disk_leaves_all_as_it_was() {
    let machine = with_older();
    let content = Content::of("0.2.0", TARGET);
    // Noise, which no archive makes small.
    let noise: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..)).take(1 << 20).collect();
    std::fs::write(content.path("man/man7/noise.7"), noise).unwrap();
    machine.publish_content("0.2.0", TARGET, &content, &[]);
    std::fs::create_dir(machine.path("small")).unwrap();
    // The script runs in a mount namespace, so nothing is left mounted.
    let script = "set -eu; mount -t tmpfs -o size=64k tmpfs small; mkdir small/bin; cp home/.local/bin/jelou small/bin/; \
                  status=0; PATH=bin /bin/sh \"$1\" --to small/bin --man || status=$?; ls -A small small/bin; \
                  small/bin/jelou --version; exit \"$status\"";
    let mut command = assert_cmd::Command::new("unshare");
    command.args(["--mount", "--map-root-user", "sh", "-c", script, "sh"]).arg(repository::path("install.sh"));
    command
        .current_dir(machine.folder.path())
        .env("JELOU_RELEASES", &machine.releases)
        .env("HOME", machine.path("home"));
    let ran = crate::support::cli::Ran::of(&mut command);
    if ran.stderr.contains("unshare") || ran.stderr.contains("mount:") {
        return crate::support::skipped("this machine lets no file system be mounted");
    }
    assert_eq!((ran.status, ran.stdout.as_str()), (6, "small:\nbin\n\nsmall/bin:\njelou\njelou 0.1.0\n"), "{ran:?}");
    assert!(ran.stderr.contains("noise.7 could not be written: ") && ran.stderr.contains("No space left"), "{ran:?}");
}

/// Somebody pipes the script into a shell, and the connection ends somewhere in it.
#[test]
fn a_script_that_was_cut_off_runs_nothing() {
    let script = repository::read("install.sh");
    let last = script.trim_end().rfind('\n').unwrap() + 1;
    // The end of every line, and each place in the last one.
    let mut cuts: Vec<usize> = script.match_indices('\n').map(|(at, _)| at + 1).filter(|at| *at <= last).collect();
    cuts.extend(last..script.trim_end().len());
    assert!(cuts.len() > 300);
    for shell in shells() {
        let mut machine = Machine::new();
        machine.shell.clone_from(&shell);
        machine.publish("0.1.0", TARGET);
        // One process a cut would take long: one shell reads them all.
        for (number, cut) in cuts.iter().enumerate() {
            write(&machine.path(&format!("cut/{number:03}")), &script[..*cut]);
        }
        let words = shell.join(" ");
        let loop_over = format!("for cut in cut/*; do {words} \"$cut\" >>said 2>>errors; done; ls said; cat said");
        let mut command = assert_cmd::Command::new("sh");
        command.args(["-c", &loop_over]).current_dir(machine.folder.path()).env("HOME", machine.path("home"));
        command.env("JELOU_RELEASES", &machine.releases).env("TMPDIR", machine.path("tmp"));
        let ran = crate::support::cli::Ran::of(&mut command).ended(0);
        assert_eq!(ran.stdout, "said\n", "{shell:?}");
        assert!(machine.installed().is_empty(), "{shell:?}");
        let whole = machine.path("whole");
        write(&whole, script.trim_end());
        let _ = machine.run(&whole, &[]).ended(0);
        assert_eq!(machine.installed(), [".local/bin/jelou"]);
    }
}

/// A signal while something is downloaded, to the script and to what it started, as a terminal and a
/// CI system send it.
#[test]
fn a_signal_leaves_all_as_it_was() {
    for shell in shells() {
        for (signal, status) in [("HUP", 129), ("INT", 130), ("TERM", 143)] {
            let mut machine = with_older();
            machine.releases = "https://releases.example".to_owned();
            machine.without_program("curl");
            machine.stand_in("curl", &format!("kill -{signal} 0"));
            machine.with_program("setsid");
            machine.stand_in("alone", &format!("exec setsid --wait {} \"$@\"", shell.join(" ")));
            for name in ["dash", "bash", "busybox"].iter().filter(|name| shell[0] == **name) {
                machine.with_program(name);
            }
            let before = machine.installed();
            let mut command = assert_cmd::Command::new(machine.path("bin/alone"));
            command.arg(repository::path("install.sh")).env_clear().env("PATH", machine.path("bin"));
            command.env("HOME", machine.path("home")).env("TMPDIR", machine.path("tmp"));
            command.env("JELOU_RELEASES", &machine.releases).current_dir(machine.folder.path());
            let ran = crate::support::cli::Ran::of(&mut command).ended(status);
            assert!(std::fs::read_dir(machine.path("tmp")).unwrap().next().is_none(), "{shell:?} {signal}: {ran:?}");
            assert_eq!(machine.installed(), before, "{shell:?} {signal}");
        }
    }
}

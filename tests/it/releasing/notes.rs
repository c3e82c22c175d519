//! What the notes of a release say of its tests: on which systems they passed, and no more than that.

use super::workflow::{jobs, step};
use super::{TARGETS, script};
use crate::support::workflow::text;

/// A folder with a file for each system on which the tests passed, and others.
fn folder(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        std::fs::write(folder.path().join(file), "").unwrap();
    }
    folder
}

const LINUX: [&str; 2] = ["tested-x86_64-unknown-linux-musl", "tested-aarch64-unknown-linux-musl"];

#[test]
fn the_notes_say_where_the_tests_passed() {
    let on_linux = "`x86_64-unknown-linux-musl`, `aarch64-unknown-linux-musl`";
    let tail = "The program was installed and tried there, but not all of its tests passed.";
    for (on_macos, said) in [
        (
            &[][..],
            format!(
                "Tested on: {on_linux}.\nBuilt, not tested: `x86_64-apple-darwin`, `aarch64-apple-darwin`. {tail}\n"
            ),
        ),
        (
            &["tested-aarch64-apple-darwin"],
            format!(
                "Tested on: {on_linux}, `aarch64-apple-darwin`.\nBuilt, not tested: `x86_64-apple-darwin`. {tail}\n"
            ),
        ),
        (
            &["tested-aarch64-apple-darwin", "tested-x86_64-apple-darwin"],
            format!("Tested on: {on_linux}, `x86_64-apple-darwin`, `aarch64-apple-darwin`.\n"),
        ),
    ] {
        let folder = folder(&[&LINUX, on_macos].concat());
        let ran = script("notes", &[folder.path().to_str().unwrap()]).ended(0);
        assert_eq!((ran.stdout, ran.stderr.as_str()), (said, ""));
    }
}

#[test]
fn without_the_tests_on_linux_there_are_no_notes() {
    for (files, status, said) in [
        (&[][..], 1, "error: the tests did not pass on x86_64-unknown-linux-musl\n"),
        (&LINUX[1..], 1, "error: the tests did not pass on x86_64-unknown-linux-musl\n"),
        (&LINUX[..1], 1, "error: the tests did not pass on aarch64-unknown-linux-musl\n"),
        (
            &[LINUX[0], LINUX[1], "tested-riscv64gc-unknown-linux-musl"],
            1,
            "error: `tested-riscv64gc-unknown-linux-musl` says nothing of a system of the release\n",
        ),
    ] {
        let folder = folder(files);
        let ran = script("notes", &[folder.path().to_str().unwrap()]).ended(status);
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", said));
    }
    assert!(script("notes", &[]).ended(2).stderr.starts_with("usage: "));
}

/// A failing test stops the release on Linux alone; elsewhere what did not pass leaves no file, and
/// so no word in the notes.
#[test]
fn a_note_travels_only_from_where_the_tests_passed() {
    let jobs = jobs();
    let tests = step(&jobs["build"], "Run the tests");
    assert_eq!(text(&tests["continue-on-error"]), "${{ runner.os == 'macOS' }}");
    let id = text(&tests["id"]);
    for job in jobs.values() {
        for step in job["steps"].as_vec().unwrap() {
            assert!(step["continue-on-error"].is_badvalue() || step["id"].as_str() == Some(&id), "{step:?}");
        }
    }
    let (limit, of_job) = (tests["timeout-minutes"].as_i64(), jobs["build"]["timeout-minutes"].as_i64());
    assert!(limit < of_job, "what hangs on macOS leaves time to build");
    let note = step(&jobs["build"], "Note that the tests passed");
    let keep = step(&jobs["build"], "Keep the note");
    for step in [&note, &keep] {
        assert_eq!(text(&step["if"]), format!("steps.{id}.outcome == 'success'"), "the outcome, not the conclusion");
    }
    for target in TARGETS {
        let folder = tempfile::tempdir().unwrap();
        let mut command = assert_cmd::Command::new("bash");
        command.args(["-e", "-c", &text(&note["run"])]).env("TARGET", target).current_dir(folder.path());
        command.assert().success();
        let name = text(&keep["with"]["path"]).replace("${{ matrix.target }}", target);
        assert_eq!(super::names(folder.path()), [name].into());
    }
}

/// The step fails if the script does, and what it wrote is what the release is published with.
#[test]
fn the_notes_go_from_job_to_job() {
    let jobs = jobs();
    let write = step(&jobs["assemble"], "Write down where it was tested");
    let run = |files: &[&str]| {
        let folder = folder(&[]);
        std::fs::create_dir_all(folder.path().join(".ci")).unwrap();
        std::os::unix::fs::symlink(crate::support::repository::path(".ci/release"), folder.path().join(".ci/release"))
            .unwrap();
        std::fs::create_dir(folder.path().join("tested")).unwrap();
        for file in files {
            std::fs::write(folder.path().join("tested").join(file), "").unwrap();
        }
        let mut command = assert_cmd::Command::new("bash");
        command.args(["-e", "-c", &text(&write["run"])]).current_dir(folder.path());
        let ended = command.env("GITHUB_STEP_SUMMARY", "summary").output().unwrap().status.success();
        (ended, std::fs::read_to_string(folder.path().join("notes.md")).unwrap_or_default())
    };
    let (ended, notes) = run(&LINUX);
    assert!(ended && notes.starts_with("Tested on: "), "{notes}");
    assert_eq!(run(&LINUX[..1]), (false, String::new()));
    let keep = step(&jobs["assemble"], "Keep the notes");
    let fetch = step(&jobs["publish"], "Fetch its notes");
    assert_eq!((text(&keep["with"]["name"]), text(&keep["with"]["path"])), ("notes".into(), "notes.md".into()));
    assert_eq!((text(&fetch["with"]["name"]), text(&fetch["with"]["path"])), ("notes".into(), "notes".into()));
}

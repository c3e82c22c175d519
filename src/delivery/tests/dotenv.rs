use std::os::unix::fs::{MetadataExt, symlink};

use super::*;
use crate::delivery::dotenv::Dotenv;

fn sink(path: &Path, name: &str) -> String {
    format!("dotenv:{}:{name}", path.display())
}

#[test]
fn a_new_file_is_private_and_removed_by_undo() {
    let (folder, path) = file("a:b.env", None);
    let mut sinks = sinks([&sink(&path, "TOKEN")]);
    assert_eq!(check_and_deliver(&mut sinks), [sink(&path, "TOKEN")]);
    assert_eq!((read(&path), mode(&path)), (format!("TOKEN={VALUE}\n"), 0o600));
    assert_eq!(undo(&mut sinks), []);
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn an_existing_file_keeps_its_mode_and_everything_else_and_comes_back_on_undo() {
    let (folder, path) = file(".env", None);
    let before = "# mine\nA=1\nTOKEN=old\nB='x'";
    std::fs::write(&path, before).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let mut sinks = sinks([&sink(&path, "TOKEN"), &sink(&path, "OTHER")]);
    let warnings = check(&mut sinks).unwrap();
    assert_eq!(warnings.iter().map(|warning| warning.code).collect::<Vec<_>>(), ["LOOSE_FILE_MODE"]);
    deliver(&mut sinks).unwrap();
    assert_eq!(names(folder.path()), [".env"], "nothing lies beside it");
    assert_eq!(read(&path), format!("# mine\nA=1\nTOKEN={VALUE}\nB='x'\nOTHER={VALUE}\n"));
    assert_eq!(mode(&path), 0o640);
    assert_eq!(undo(&mut sinks), []);
    assert_eq!((read(&path).as_str(), mode(&path)), (before, 0o640));
    assert_eq!(names(folder.path()), [".env"]);

    check_and_deliver(&mut sinks);
    assert_eq!(sinks.commit(), []);
    assert_eq!(names(folder.path()), [".env"]);
}

#[test]
fn what_others_changed_since_stays_on_undo() {
    let ours = format!("TOKEN={VALUE}\n");
    let table = [
        // The file before, what others make of it after the token was written, and after undo.
        (Some("A=1\n"), format!("A=1\n{ours}X=1\n"), Some("A=1\nX=1\n")),
        (Some("TOKEN=old\nA=1\n"), format!("{ours}A=2\n"), Some("TOKEN=old\nA=2\n")),
        (None, format!("{ours}X=1\n"), Some("X=1\n")),
        (Some("A=1\n"), "A=1\nTOKEN=mine\n".to_owned(), Some("A=1\nTOKEN=mine\n")),
        (Some("A=1\n"), format!("A=1\n#{ours}"), None),
    ];
    for (before, changed, after) in table {
        for replaced in [false, true] {
            let (folder, path) = file(".env", before);
            let mut sinks = sinks([&sink(&path, "TOKEN")]);
            check_and_deliver(&mut sinks);
            let written_to = if replaced { folder.path().join("new") } else { path.clone() };
            std::fs::write(&written_to, &changed).unwrap();
            std::fs::rename(&written_to, &path).unwrap();
            let not_undone = undo(&mut sinks);
            assert_eq!(not_undone.len(), usize::from(after.is_none()), "{changed}");
            assert_eq!(read(&path), after.unwrap_or(&changed));
            assert_eq!(names(folder.path()), [".env"]);
        }
    }
}

#[test]
fn a_run_that_writes_another_variable_meanwhile_is_waited_for_and_loses_nothing() {
    let (folder, path) = file(".env", Some("A=1\n"));
    let other = std::fs::File::open(&path).unwrap();
    other.lock().unwrap();
    let mut sinks = sinks([&sink(&path, "TOKEN")]);
    run(async {
        let token = token();
        let delivered = async { sinks.deliver(&token, async || ()).await.unwrap() };
        let other_run = async {
            tokio::task::yield_now().await;
            assert_eq!(read(&path), "A=1\n", "the lock was not waited for");
            let staged = folder.path().join("staged");
            std::fs::write(&staged, "A=1\nOTHER=2\n").unwrap();
            std::fs::rename(&staged, &path).unwrap();
            drop(other);
        };
        tokio::join!(delivered, other_run)
    });
    assert_eq!(read(&path), format!("A=1\nOTHER=2\nTOKEN={VALUE}\n"));
}

#[test]
fn many_runs_at_once_lose_no_variable_whether_the_file_exists_or_not() {
    for before in [None, Some("A=1\n")] {
        let (folder, path) = file(".env", before);
        std::thread::scope(|scope| {
            for number in 0..8 {
                let sink = sink(&path, &format!("TOKEN_{number}"));
                scope.spawn(move || deliver(&mut sinks([&sink])).unwrap());
            }
        });
        let text = read(&path);
        assert_eq!(text.matches(VALUE).count(), 8, "{text}");
        assert!(text.starts_with(before.unwrap_or_default()), "{text}");
        assert_eq!(names(folder.path()), [".env"]);
    }
}

#[test]
fn a_file_that_another_program_keeps_locked_is_given_up() {
    let (_folder, path) = file(".env", Some("A=1\n"));
    let other = std::fs::File::open(&path).unwrap();
    other.lock().unwrap();
    let sink = Dotenv::parse(&format!("{}:TOKEN", path.display())).unwrap();
    let read = run(sink.read_locked(std::time::Duration::ZERO)).map(drop);
    assert_contains(&read.unwrap_err().to_string(), "is locked by another program");
}

#[test]
fn a_file_of_somebody_else_stays_theirs() {
    // Only root can write to such a file and make it theirs again.
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let (_folder, path) = file(".env", Some("A=1\n"));
    std::os::unix::fs::chown(&path, Some(12345), Some(54321)).unwrap();
    check_and_deliver(&mut sinks([&sink(&path, "TOKEN")]));
    let metadata = path.metadata().unwrap();
    assert_eq!((metadata.uid(), metadata.gid()), (12345, 54321));
}

#[test]
fn what_is_no_readable_text_file_is_refused_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (binary, link) = (folder.path().join("binary"), folder.path().join("link"));
    std::fs::write(&binary, [0xff, 0xfe, b'A']).unwrap();
    symlink(&binary, &link).unwrap();
    let missing = folder.path().join("missing/.env");
    for (path, reason) in [
        (binary.as_path(), "cannot be read"),
        (&link, "is a symbolic link"),
        (&missing, "does not exist"),
        (folder.path(), "is not a regular file"),
    ] {
        assert_contains(&refusal(check(&mut sinks([&sink(path, "TOKEN")]))), reason);
        failure(deliver(&mut sinks([&sink(path, "TOKEN")])));
    }
    assert_eq!(std::fs::read(&binary).unwrap(), [0xff, 0xfe, b'A']);
    assert_eq!(names(folder.path()), ["binary", "link"]);
}

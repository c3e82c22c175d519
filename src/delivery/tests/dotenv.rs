use std::os::unix::fs::{MetadataExt, symlink};

use super::*;

fn sink(path: &Path, name: &str) -> String {
    format!("dotenv:{}:{name}", path.display())
}

#[test]
fn a_new_file_is_private_and_removed_by_undo() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a:b.env");
    let (mut world, mut plan) = (World::new([]), plan([&sink(&path, "TOKEN")]));
    assert_eq!(world.deliver(&mut plan), [sink(&path, "TOKEN")]);
    assert_eq!((read(&path), mode(&path)), (format!("TOKEN={VALUE}\n"), 0o600));
    assert_eq!(world.undo(&mut plan), []);
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn an_existing_file_keeps_its_mode_and_everything_else_and_comes_back_on_undo() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".env");
    let before = "# mine\nA=1\nTOKEN=old\nB='x'";
    std::fs::write(&path, before).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let (mut world, mut plan) = (World::new([]), plan([&sink(&path, "TOKEN"), &sink(&path, "OTHER")]));
    let warnings = world.check(&mut plan).unwrap();
    assert_eq!(warnings.iter().map(|warning| warning.code).collect::<Vec<_>>(), ["LOOSE_FILE_MODE"]);
    world.hand_over(&mut plan).unwrap();
    assert_eq!(read(&path), format!("# mine\nA=1\nTOKEN={VALUE}\nB='x'\nOTHER={VALUE}\n"));
    assert_eq!(mode(&path), 0o640);
    assert_eq!(world.undo(&mut plan), []);
    assert_eq!((read(&path).as_str(), mode(&path)), (before, 0o640));
    assert_eq!(names(folder.path()), [".env"]);

    world.deliver(&mut plan);
    assert_eq!(plan.settle(), []);
    assert_eq!(names(folder.path()), [".env"]);
}

#[test]
fn a_file_of_somebody_else_stays_theirs() {
    // Only root can write to such a file and make it theirs again.
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".env");
    std::fs::write(&path, "A=1\n").unwrap();
    std::os::unix::fs::chown(&path, Some(12345), Some(54321)).unwrap();
    World::new([]).deliver(&mut plan([&sink(&path, "TOKEN")]));
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
        assert_contains(&refusal(World::new([]).check(&mut plan([&sink(path, "TOKEN")]))), reason);
        failure(World::new([]).hand_over(&mut plan([&sink(path, "TOKEN")])));
    }
    assert_eq!(std::fs::read(&binary).unwrap(), [0xff, 0xfe, b'A']);
    assert_eq!(names(folder.path()), ["binary", "link"]);
}

use std::os::unix::fs::{MetadataExt, symlink};

use super::*;

#[test]
fn a_folder_that_cannot_take_a_file_is_found_before_the_token_exists() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("plain"), "").unwrap();
    check(&mut sinks([&spec("file", &folder.path().join("token"))])).unwrap();
    assert_eq!(names(folder.path()), ["plain"], "a check leaves no trace");
    let table = [
        (folder.path().join("missing/token"), "does not exist"),
        (folder.path().join("plain/token"), "cannot be written"),
        ("/proc/self/token".into(), "/proc/self`"),
    ];
    for (path, reason) in table {
        let mut sinks = sinks([&spec("file", &path)]);
        assert_contains(&refusal(check(&mut sinks)), reason);
        failure(deliver(&mut sinks));
    }
}

#[test]
fn an_existing_file_is_refused_and_kept() {
    let (folder, path) = file("token", None);
    let mut sinks = sinks([&spec("file", &path)]);
    check(&mut sinks).unwrap();
    std::fs::write(&path, "mine").unwrap();
    let error = check(&mut sinks).unwrap_err();
    assert_eq!(error.hint().as_deref(), Some("`--force` replaces it"));
    assert_contains(&refusal(Err(error)), "the file exists");
    failure(deliver(&mut sinks));
    assert_eq!(read(&path), "mine");
    assert_eq!(names(folder.path()), ["token"]);
}

#[test]
fn symbolic_links_and_special_files_are_refused_even_by_force() {
    let folder = tempfile::tempdir().unwrap();
    let (target, link, dangling) =
        (folder.path().join("target"), folder.path().join("link"), folder.path().join("dangling"));
    std::fs::write(&target, "mine").unwrap();
    symlink(&target, &link).unwrap();
    symlink(folder.path().join("nowhere"), &dangling).unwrap();
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    for (path, reason) in
        [(&link, "is a symbolic link"), (&dangling, "is a symbolic link"), (&inner, "is not a regular file")]
    {
        for mut sinks in [sinks([&spec("file", path)]), forced([&spec("file", path)])] {
            assert_contains(&refusal(check(&mut sinks)), reason);
            failure(deliver(&mut sinks));
        }
    }
    assert_contains(&refusal(check(&mut forced(["file:/dev/zero"]))), "is not a regular file");
    assert_eq!(read(&target), "mine");
    assert_eq!(names(folder.path()), ["dangling", "inner", "link", "target"]);
}

#[test]
fn undo_removes_what_was_written_and_nothing_else() {
    let (folder, path) = file("token", None);
    let mut sinks = forced([&spec("file", &path)]);
    check_and_deliver(&mut sinks);
    assert_eq!((read(&path).as_str(), mode(&path)), (VALUE, 0o600));
    assert_eq!(undo(&mut sinks), []);
    assert_eq!(names(folder.path()), [""; 0]);
    std::fs::write(&path, "mine").unwrap();
    assert_eq!(undo(&mut sinks), [], "it is undone once");
    std::fs::remove_file(&path).unwrap();

    check_and_deliver(&mut sinks);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(undo(&mut sinks), [], "somebody was faster");

    check_and_deliver(&mut sinks);
    let other = folder.path().join("other");
    std::fs::write(&other, "mine").unwrap();
    std::fs::rename(&other, &path).unwrap();
    let not_undone = undo(&mut sinks);
    assert_eq!(not_undone[0].sink, spec("file", &path));
    assert_contains(&not_undone[0].reason, "has been replaced since");
    assert_eq!(read(&path), "mine");
}

#[test]
fn force_replaces_a_file_and_undo_brings_it_back() {
    let (folder, path) = file("token", Some("mine"));
    let before = path.metadata().unwrap();
    let mut sinks = forced([&spec("file", &path)]);
    check_and_deliver(&mut sinks);
    assert_eq!((read(&path).as_str(), mode(&path)), (VALUE, 0o600));
    assert_eq!(undo(&mut sinks), []);
    let after = path.metadata().unwrap();
    assert_eq!((read(&path).as_str(), after.ino(), after.mode()), ("mine", before.ino(), before.mode()));
    assert_eq!(names(folder.path()), ["token"]);

    check_and_deliver(&mut sinks);
    assert!(sinks.commit().is_empty());
    assert_eq!(read(&path), VALUE);
    assert_eq!(names(folder.path()), ["token"], "the earlier file is gone");
    assert_eq!(undo(&mut sinks), [], "what is committed is not undone");
    assert_eq!(read(&path), VALUE);
}

#[test]
fn a_file_that_was_changed_since_is_kept_and_the_earlier_one_is_named() {
    let (folder, path) = file("token", None);
    for change in ["appended", "rewritten", "replaced"] {
        std::fs::write(&path, "earlier").unwrap();
        let mut sinks = forced([&spec("file", &path)]);
        check_and_deliver(&mut sinks);
        let changed = match change {
            "appended" => format!("{VALUE}\nmine"),
            "rewritten" => VALUE.to_uppercase(),
            _ => {
                std::fs::remove_file(&path).unwrap();
                VALUE.to_owned()
            }
        };
        std::fs::write(&path, &changed).unwrap();
        let not_undone = undo(&mut sinks);
        assert_contains(&not_undone[0].reason, "since");
        assert_eq!(read(&path), changed, "{change}");
        let aside = names(folder.path()).into_iter().find(|name| name != "token").unwrap();
        assert_contains(&not_undone[0].reason, &aside);
        assert_eq!(read(&folder.path().join(&aside)), "earlier", "{change}");
        std::fs::remove_file(folder.path().join(aside)).unwrap();
    }
}

#[test]
fn an_earlier_file_outlives_a_run_that_neither_undid_nor_committed() {
    let (folder, path) = file("token", Some("earlier"));
    let mut sinks = forced([&spec("file", &path)]);
    check_and_deliver(&mut sinks);
    drop(sinks);
    let texts: Vec<_> = names(folder.path()).iter().map(|name| read(&folder.path().join(name))).collect();
    assert_eq!(texts, ["earlier", VALUE]);
}

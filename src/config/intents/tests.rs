#![allow(clippy::unwrap_used)]

use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

fn intent(minute: u32) -> Intent {
    Intent {
        id: Uuid::new_v4(),
        function: "my-function".parse().unwrap(),
        name: "ci".to_owned(),
        idempotency_key: "8e03978e-40d5-43dd-bc93-6894a57f9324".to_owned(),
        verb: Verb::Rotate,
        replaces: Some("tok_1".parse().unwrap()),
        request: serde_json::json!({"grace_seconds": null}),
        api_origin: "https://app.jelou.ai".to_owned(),
        profile: None,
        started_at: format!("2026-04-05T09:{minute:02}:00Z").parse().unwrap(),
    }
}

#[test]
fn what_a_run_left_behind_is_listed_oldest_first_and_can_be_removed() {
    let folder = tempfile::tempdir().unwrap();
    let (late, early) = (intent(2), intent(1));
    for left in [&late, &early] {
        drop(write(folder.path(), left).unwrap());
    }
    let listed = list(folder.path());
    assert_eq!(listed.warnings, []);
    assert_eq!(listed.intents.iter().map(|(intent, _)| intent).collect::<Vec<_>>(), [&early, &late]);
    for (_, handle) in listed.intents {
        handle.remove().unwrap();
    }
    assert!(list(folder.path()).intents.is_empty());
    assert_eq!(folder.path().join(FOLDER_NAME).read_dir().unwrap().count(), 0);
}

#[test]
fn the_file_is_private_and_named_by_its_id() {
    let folder = tempfile::tempdir().unwrap();
    let intent = intent(0);
    let handle = write(&folder.path().join("state"), &intent).unwrap();
    let journal = folder.path().join("state").join(FOLDER_NAME);
    assert_eq!(handle.path, journal.join(format!("{}.json", intent.id)));
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&journal), mode(&handle.path)), (0o700, 0o600));
    handle.remove().unwrap();
}

#[test]
fn an_intent_of_a_run_that_is_alive_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let handle = write(folder.path(), &intent(0)).unwrap();
    assert!(list(folder.path()).intents.is_empty());
    drop(handle);
    let listed = list(folder.path());
    assert_eq!(listed.intents.len(), 1);
    assert!(list(folder.path()).intents.is_empty(), "two clean-ups at once");
}

fn without_locks(_: &File) -> Result<(), TryLockError> {
    Err(TryLockError::Error(io::ErrorKind::Unsupported.into()))
}

#[test]
fn where_files_cannot_be_locked_there_is_no_journal() {
    let folder = tempfile::tempdir().unwrap();
    assert!(try_write(folder.path(), &intent(0), without_locks).is_err());
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

#[test]
fn an_intent_that_cannot_be_locked_may_be_of_a_run_that_is_alive() {
    let folder = tempfile::tempdir().unwrap();
    let intent = intent(0);
    let path = write(folder.path(), &intent).unwrap().path;
    assert!(open(&path, intent.id, without_locks).is_err());
}

#[test]
fn what_is_left_behind_is_counted_and_stays_to_be_listed() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(count(folder.path()), 0);
    let alive = write(folder.path(), &intent(0)).unwrap();
    drop(write(folder.path(), &intent(1)).unwrap());
    assert_eq!(count(folder.path()), 1);
    assert_eq!(list(folder.path()).intents.len(), 1);
    drop(alive);
    assert_eq!(count(folder.path()), 2);
}

#[test]
fn a_count_that_looks_at_an_intent_does_not_hide_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), &intent(0)).unwrap().path;
    let counting = File::open(&path).unwrap();
    counting.try_lock_shared().unwrap();
    let another = File::open(&path).unwrap();
    another.try_lock_shared().unwrap();
    drop(another);
    let mut counting = Some(counting);
    let file = File::open(&path).unwrap();
    lock_patiently(&file, || drop(counting.take())).unwrap();

    let mut pauses = 0;
    let refused = lock_patiently(&File::open(&path).unwrap(), || pauses += 1);
    assert!(matches!(refused, Err(TryLockError::WouldBlock)));
    assert_eq!(pauses, ATTEMPTS - 1);
}

#[test]
fn removing_twice_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let handle = write(folder.path(), &intent(0)).unwrap();
    std::fs::remove_file(&handle.path).unwrap();
    handle.remove().unwrap();
}

#[test]
fn files_that_are_no_intents_are_reported_or_ignored_and_stay() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join(FOLDER_NAME);
    std::fs::create_dir(&journal).unwrap();
    let named = |name: &str| journal.join(format!("{}{name}", Uuid::nil()));
    std::fs::write(named(".json"), "{\"function\":").unwrap();
    std::fs::write(journal.join("notes.json"), "{}").unwrap();
    std::fs::write(named(".tmp"), "{}").unwrap();
    symlink(named(".json"), journal.join(format!("{}.json", Uuid::max()))).unwrap();
    let listed = list(folder.path());
    assert!(listed.intents.is_empty());
    assert_eq!(listed.warnings.len(), 1);
    assert!(listed.warnings[0].message.contains(&named(".json").display().to_string()));
    assert_eq!(journal.read_dir().unwrap().count(), 4);
}

#[test]
fn where_nothing_can_be_written_there_is_no_journal() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain");
    std::fs::write(&plain, "").unwrap();
    assert!(write(&plain, &intent(0)).is_none());
    assert!(list(&folder.path().join("missing")).intents.is_empty());
    let listed = list(&plain);
    assert!(listed.intents.is_empty() && listed.warnings.is_empty());
}

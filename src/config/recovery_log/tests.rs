#![allow(clippy::unwrap_used)]

use std::os::unix::fs::symlink;

use super::*;

fn entry(minute: u32) -> RecoveryEntry {
    RecoveryEntry {
        id: Uuid::new_v4(),
        function: "my-function".parse().unwrap(),
        name: "ci".to_owned(),
        key: serde_json::from_str(r#"{"idempotency_key":"8e03978e-40d5-43dd-bc93-6894a57f9324"}"#).unwrap(),
        request: Request::Rotate {
            replaces: "tok_1".parse().unwrap(),
            body: RotateToken { grace_seconds: None, expires_in_seconds: Some(60) },
        },
        api_origin: "https://app.jelou.ai".to_owned(),
        profile: None,
        started_at: format!("2026-04-05T09:{minute:02}:00Z").parse().unwrap(),
    }
}

#[test]
fn the_format_is_pinned() {
    let created = RecoveryEntry {
        key: "mine".parse().unwrap(),
        request: Request::Create(CreateToken { name: "ci".parse().unwrap(), expires_in_seconds: None }),
        profile: Some("work".to_owned()),
        ..entry(0)
    };
    let common = |key: &str, given: bool, profile: Option<&str>| {
        serde_json::json!({"function": "my-function", "name": "ci", "idempotency_key": key, "key_is_given": given,
            "api_origin": "https://app.jelou.ai", "profile": profile, "started_at": "2026-04-05T09:00:00Z"})
    };
    let mut rotate = common("8e03978e-40d5-43dd-bc93-6894a57f9324", false, None);
    rotate["verb"] = "rotate".into();
    rotate["request"] =
        serde_json::json!({"replaces": "tok_1", "body": {"grace_seconds": null, "expires_in_seconds": 60}});
    let mut create = common("mine", true, Some("work"));
    create["verb"] = "create".into();
    create["request"] = serde_json::json!({"name": "ci"});
    for (entry, expected) in [(entry(0), rotate), (created, create)] {
        assert_eq!(serde_json::to_value(&entry).unwrap(), expected);
        let read: RecoveryEntry = serde_json::from_value(expected.clone()).unwrap();
        assert_eq!(RecoveryEntry { id: entry.id, ..read }, entry);
        for key in ["", "a\"b", "a b"] {
            let mut wrong = expected.clone();
            wrong["idempotency_key"] = key.into();
            assert!(serde_json::from_value::<RecoveryEntry>(wrong).is_err(), "{key}");
        }
    }
}

#[test]
fn what_a_run_left_behind_is_listed_oldest_first_and_can_be_removed() {
    let folder = tempfile::tempdir().unwrap();
    let (late, early) = (entry(2), entry(1));
    for left in [&late, &early] {
        drop(write(folder.path(), left).unwrap());
    }
    let listed = list(folder.path());
    assert_eq!(listed.warnings, []);
    assert_eq!(listed.entries.iter().map(|(entry, _)| entry).collect::<Vec<_>>(), [&early, &late]);
    // Somebody else may have removed an entry.
    std::fs::remove_file(&listed.entries[0].1.path).unwrap();
    for (_, handle) in listed.entries {
        handle.remove().unwrap();
    }
    assert!(list(folder.path()).entries.is_empty());
    assert_eq!(folder.path().join(FOLDER_NAME).read_dir().unwrap().count(), 0);
}

fn without_locks(_: &File) -> Lock {
    Lock::Unsupported(io::ErrorKind::Unsupported.into())
}

#[test]
fn where_files_cannot_be_locked_nothing_is_written_and_no_entry_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let entry = entry(0);
    assert!(try_write(folder.path(), &entry, without_locks).is_err());
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    let path = write(folder.path(), &entry).unwrap().path;
    assert!(open(&path, entry.id, without_locks).is_err());
}

#[test]
fn what_is_left_behind_is_counted_and_stays_to_be_listed() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(count(folder.path()), 0);
    let alive = write(folder.path(), &entry(0)).unwrap();
    drop(write(folder.path(), &entry(1)).unwrap());
    assert_eq!(count(folder.path()), 1);
    let listed = list(folder.path());
    assert_eq!(listed.entries.len(), 1);
    assert!(list(folder.path()).entries.is_empty(), "two recoveries at once");
    drop(listed);
    drop(alive);
    assert_eq!(count(folder.path()), 2);
}

#[test]
fn an_entry_that_is_being_counted_is_listed_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), &entry(0)).unwrap().path;
    let counting = File::open(&path).unwrap();
    counting.try_lock_shared().unwrap();
    std::thread::scope(|scope| {
        let listing = scope.spawn(|| {
            let open = || open(&path, Uuid::nil(), |file| files::lock_within(file, Duration::from_secs(60)));
            open().unwrap().is_some()
        });
        drop(counting);
        assert!(listing.join().unwrap());
    });
}

#[test]
fn files_that_are_no_entries_are_reported_or_ignored_and_stay() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join(FOLDER_NAME);
    std::fs::create_dir(&log).unwrap();
    let named = |name: &str| log.join(format!("{}{name}", Uuid::nil()));
    std::fs::write(named(".json"), "{\"function\":").unwrap();
    std::fs::write(log.join("notes.json"), "{}").unwrap();
    std::fs::write(named(".tmp"), "{}").unwrap();
    symlink(named(".json"), log.join(format!("{}.json", Uuid::max()))).unwrap();
    let listed = list(folder.path());
    assert!(listed.entries.is_empty());
    assert_eq!(listed.warnings.len(), 1);
    assert!(listed.warnings[0].message.contains(&named(".json").display().to_string()));
    assert_eq!(log.read_dir().unwrap().count(), 4);
}

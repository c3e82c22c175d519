#![allow(clippy::unwrap_used)]

use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;
use crate::exit::ErrorCode;

const TOKEN: &str = "jfn_pat_A1b2C3d4E5f6";

fn profile() -> Profile {
    let token = ManagementToken::given(TOKEN, "the test").unwrap();
    Profile::new(token, "https://app.jelou.ai", "2026-04-05T09:00:00Z".parse().unwrap())
}

fn add(folder: &Path, name: &str) -> Result<(), Error> {
    update(folder, |credentials| {
        credentials.profiles.insert(name.to_owned(), profile());
        credentials.active = Some(name.to_owned());
        Ok(())
    })
}

fn stored(content: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    std::fs::write(&path, content).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    (folder, path)
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[track_caller]
fn assert_refused(error: &Error, part: &str) {
    assert_eq!(error.code(), ErrorCode::InputError);
    let all = format!("{error} {error:?}");
    assert!(all.contains(part), "`{part}` is missing in: {all}");
    assert!(!all.contains(TOKEN), "the error repeats the token");
}

#[test]
fn no_file_and_no_folder_are_no_credentials() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain");
    std::fs::write(&plain, "").unwrap();
    for folder in [folder.path().to_owned(), folder.path().join("missing"), plain] {
        let loaded = load(&folder).unwrap();
        assert!(loaded.credentials.profiles.is_empty() && loaded.warnings.is_empty());
    }
}

#[test]
fn what_is_stored_is_read_back_and_private_from_the_folder_down() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("config/jelou");
    update(&folder, |credentials| {
        let mut profile = profile();
        profile.gateway_url = Some("http://127.0.0.1:1/fn/{slug}".to_owned());
        profile.user = Some(User { id: "usr_1".to_owned(), name: "Ana".to_owned() });
        credentials.profiles.insert("work".to_owned(), profile);
        credentials.active = Some("work".to_owned());
        Ok(())
    })
    .unwrap();
    let loaded = load(&folder).unwrap();
    assert_eq!(loaded.warnings, []);
    assert_eq!(loaded.credentials.active.as_deref(), Some("work"));
    let read = &loaded.credentials.profiles["work"];
    assert_eq!(read.token.secret().expose(), TOKEN);
    assert_eq!(read.api_url, "https://app.jelou.ai");
    assert_eq!(read.gateway_url.as_deref(), Some("http://127.0.0.1:1/fn/{slug}"));
    assert_eq!(read.user.as_ref().unwrap().name, "Ana");
    assert_eq!(read.created_at, profile().created_at);
    assert_eq!((mode(&folder), mode(&folder.join(FILE_NAME)), mode(&folder.join(LOCK_NAME))), (0o700, 0o600, 0o600));
    assert_eq!(folder.read_dir().unwrap().count(), 2, "nothing temporary stays behind");
    assert!(!format!("{:?}", loaded.credentials).contains(TOKEN));
}

#[test]
fn the_format_is_pinned() {
    let folder = tempfile::tempdir().unwrap();
    add(folder.path(), "work").unwrap();
    let written: Value = serde_json::from_slice(&std::fs::read(folder.path().join(FILE_NAME)).unwrap()).unwrap();
    let expected = serde_json::json!({"version": 1, "active": "work", "profiles": {"work": {
        "token": TOKEN, "api_url": "https://app.jelou.ai", "gateway_url": null, "user": null,
        "created_at": "2026-04-05T09:00:00Z"}}});
    assert_eq!(written, expected);
}

#[test]
fn fields_of_a_newer_version_survive_an_update() {
    let (folder, path) = stored(&format!(
        r#"{{"version":1,"theme":"dark","profiles":{{"a":{{"token":"{TOKEN}","api_url":"https://a",
        "created_at":"2026-04-05T09:00:00Z","region":{{"x":1}}}}}}}}"#
    ));
    add(folder.path(), "b").unwrap();
    let written: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(written["theme"], "dark");
    assert_eq!(written["profiles"]["a"]["region"]["x"], 1);
    assert_eq!(written["profiles"]["b"]["token"], TOKEN);
}

#[test]
fn a_file_that_makes_no_sense_is_named_and_never_overwritten() {
    let profile = |token: &str| {
        format!(
            r#"{{"version":1,"profiles":{{"a":{{"token":{token},"api_url":"https://a","created_at":"2026-04-05T09:00:00Z"}}}}}}"#
        )
    };
    let whole = profile(&format!("\"{TOKEN}\""));
    let table = [
        (String::new(), "line 1, column 0"),
        ("{}".to_owned(), "line 1"),
        (whole[..whole.len() - 40].to_owned(), "line 1"),
        (format!("\"{TOKEN}\""), "line 1"),
        (format!(r#"{{"version":"{TOKEN}"}}"#), "line 1"),
        (format!(r#"{{"version":1,"profiles":{{"a":"{TOKEN}"}}}}"#), "line 1"),
        (whole.replace("\"a\"", "\"a b\""), "a profile's name"),
        (whole.replace("jfn_pat_", "jfn_rt_"), "profile `a` holds a runtime token"),
        (profile("\"\""), "profile `a` holds no token"),
        (profile("\"two words\""), "profile `a` does not hold a token"),
        (whole.replace("\"version\":1", "\"version\":2"), "a newer `jelou`"),
        ("x".repeat(5 << 20), "too large"),
    ];
    for (content, reason) in table {
        let (folder, path) = stored(&content);
        assert_refused(&load(folder.path()).unwrap_err(), reason);
        let updated = update(folder.path(), |_| -> Result<(), Error> { panic!("changed what was not read") });
        let error = updated.unwrap_err();
        assert_refused(&error, &path.display().to_string());
        assert!(error.hint().is_some());
        assert!(std::fs::read_to_string(&path).unwrap() == content, "overwritten");
    }
}

#[test]
fn symbolic_links_and_special_files_are_refused() {
    let (_elsewhere, target) = stored(r#"{"version":1}"#);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    symlink(&target, &path).unwrap();
    assert_refused(&load(folder.path()).unwrap_err(), "is a symbolic link");
    assert_refused(&add(folder.path(), "a").unwrap_err(), "is a symbolic link");
    assert!(path.is_symlink());
    assert_eq!(std::fs::read_to_string(&target).unwrap(), r#"{"version":1}"#);

    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    assert_refused(&load(folder.path()).unwrap_err(), "is not a regular file");
}

#[test]
fn a_lock_that_is_a_symbolic_link_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    symlink(folder.path().join("elsewhere"), folder.path().join(LOCK_NAME)).unwrap();
    assert_refused(&add(folder.path(), "a").unwrap_err(), "cannot be locked");
    assert!(!folder.path().join("elsewhere").exists());
}

#[test]
fn a_file_of_another_user_is_refused() {
    // Only root can make such a file.
    if rustix::process::geteuid().is_root() {
        let (folder, path) = stored(r#"{"version":1}"#);
        std::os::unix::fs::chown(&path, Some(12345), None).unwrap();
        assert_refused(&load(folder.path()).unwrap_err(), "belongs to user 12345");
    }
}

#[test]
fn a_loose_mode_warns_and_the_next_write_tightens_it() {
    let (folder, path) = stored(r#"{"version":1}"#);
    for loose in [0o644, 0o660, 0o604] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(loose)).unwrap();
        let warnings = load(folder.path()).unwrap().warnings;
        assert_eq!(warnings.len(), 1);
        assert_eq!(warnings[0].code, "LOOSE_CREDENTIALS_MODE");
        assert!(warnings[0].message.contains(&format!("{loose:04o}")));
    }
    add(folder.path(), "a").unwrap();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(load(folder.path()).unwrap().warnings, []);
}

#[test]
fn a_change_that_fails_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    add(folder.path(), "a").unwrap();
    let before = std::fs::read(folder.path().join(FILE_NAME)).unwrap();
    let refused: Result<(), _> = update(folder.path(), |credentials| {
        credentials.profiles.clear();
        Err(Error::input("no"))
    });
    assert_refused(&refused.unwrap_err(), "no");
    assert_refused(&add(folder.path(), "a b").unwrap_err(), "`a b` is not a profile name");
    assert_eq!(std::fs::read(folder.path().join(FILE_NAME)).unwrap(), before);
}

#[test]
fn many_logins_at_once_lose_no_profile() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for number in 0..16 {
            let folder = folder.path();
            scope.spawn(move || add(folder, &format!("p{number}")).unwrap());
        }
    });
    assert_eq!(load(folder.path()).unwrap().credentials.profiles.len(), 16);
}

#[test]
fn a_lock_that_is_never_released_is_named_instead_of_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let held = lock(folder.path(), Duration::ZERO).unwrap();
    let updated: Result<(), _> = update_within(folder.path(), Duration::ZERO, |_| panic!("changed without the lock"));
    assert_refused(&updated.unwrap_err(), &folder.path().join(LOCK_NAME).display().to_string());
    drop(held);
    add(folder.path(), "a").unwrap();
}

#[test]
fn a_folder_that_cannot_be_created_is_an_input_error() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("plain"), "").unwrap();
    let error = add(&folder.path().join("plain/jelou"), "a").unwrap_err();
    assert_refused(&error, "cannot be created");
    assert!(error.hint().unwrap().contains("JELOU_CONFIG_DIR"));
}

#[test]
fn profile_names() {
    for name in ["a", "default", "A.b_c-9", &"x".repeat(64)] {
        assert!(is_profile_name(name), "{name}");
    }
    for name in ["", "a b", "a/b", "ä", "a\n", &"x".repeat(65)] {
        assert!(!is_profile_name(name), "{name}");
    }
}

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
    let (credentials, warning) = load(&folder).unwrap();
    assert_eq!((credentials.active.as_deref(), warning), (Some("work"), None));
    let read = &credentials.profiles["work"];
    assert_eq!(read.token.secret().expose(), TOKEN);
    assert_eq!(read.api_url, "https://app.jelou.ai");
    assert_eq!(read.gateway_url.as_deref(), Some("http://127.0.0.1:1/fn/{slug}"));
    assert_eq!(read.user.as_ref().unwrap().name, "Ana");
    assert_eq!(read.created_at, profile().created_at);
    assert_eq!((mode(&folder), mode(&folder.join(FILE_NAME)), mode(&folder.join(LOCK_NAME))), (0o700, 0o600, 0o600));
    assert_eq!(folder.read_dir().unwrap().count(), 2, "nothing temporary stays behind");
    assert!(!format!("{credentials:?}").contains(TOKEN));
}

#[test]
fn special_files_and_linked_locks_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    symlink(folder.path().join("elsewhere"), folder.path().join(LOCK_NAME)).unwrap();
    assert_refused(&add(folder.path(), "a").unwrap_err(), "cannot be locked");
    assert!(!folder.path().join("elsewhere").exists());
    std::fs::create_dir(folder.path().join(FILE_NAME)).unwrap();
    assert_refused(&load(folder.path()).unwrap_err(), "is not a regular file");
}

#[test]
fn a_loose_mode_warns_and_the_next_write_tightens_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    std::fs::write(&path, r#"{"version":1}"#).unwrap();
    for loose in [0o644, 0o660, 0o604] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(loose)).unwrap();
        let warning = load(folder.path()).unwrap().1.unwrap();
        assert_eq!(warning.code, "LOOSE_CREDENTIALS_MODE");
        assert!(warning.message.contains(&format!("{loose:04o}")));
    }
    add(folder.path(), "a").unwrap();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(load(folder.path()).unwrap().1, None);
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
fn a_lock_that_is_never_released_is_named_instead_of_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let held = lock(folder.path(), Duration::ZERO).unwrap();
    let updated: Result<(), _> = update_within(folder.path(), Duration::ZERO, |_| panic!("changed without the lock"));
    assert_refused(&updated.unwrap_err(), &folder.path().join(LOCK_NAME).display().to_string());
    drop(held);
    add(folder.path(), "a").unwrap();
}

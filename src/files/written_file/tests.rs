use std::cell::RefCell;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use super::*;

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn where_there_are_no_hard_links_a_copy_is_kept_and_the_file_keeps_its_name() {
    for refusal in [io::ErrorKind::PermissionDenied, io::ErrorKind::Unsupported, io::ErrorKind::TooManyLinks] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "mine").unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        let aside = keep_aside(&path, |_, _| Err(refusal.into())).unwrap().unwrap();
        for name in [&path, &aside] {
            assert_eq!((std::fs::read_to_string(name).unwrap().as_str(), mode(name)), ("mine", 0o640), "{refusal:?}");
        }
    }
}

#[test]
fn a_second_name_that_is_taken_is_tried_again_under_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, "mine").unwrap();
    let tried = RefCell::new(Vec::new());
    let aside = keep_aside(&path, |from, to| {
        tried.borrow_mut().push(to.to_owned());
        if tried.borrow().len() < 3 { Err(io::ErrorKind::AlreadyExists.into()) } else { std::fs::hard_link(from, to) }
    });
    assert_eq!(tried.into_inner()[2], aside.unwrap().unwrap());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
}

#[test]
fn no_file_is_nothing_to_keep() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(keep_aside(&folder.path().join("file"), |from, to| std::fs::hard_link(from, to)).unwrap(), None);
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

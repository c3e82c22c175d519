//! Files that look writable and cannot be replaced: refused before a token is made, and left as
//! they are.

#[cfg(target_os = "linux")]
use std::os::unix::fs::PermissionsExt;
#[cfg(target_os = "linux")]
use std::process::Command;

use crate::support::cli::{Cli, Ran};

#[cfg(target_os = "linux")]
const SINKS: [&[&str]; 2] = [&["--to", "dotenv:.env:TOKEN"], &["--to", "file:.env", "--force"]];

/// Root, with mounts of its own.
#[cfg(target_os = "linux")]
const WITH_MOUNTS: [&str; 4] = ["unshare", "--user", "--map-root-user", "--mount"];
/// Without the rights of root.
#[cfg(target_os = "linux")]
const NO_ROOT: [&str; 2] = ["unshare", "--user"];

/// Runs `create` with a sink behind a script that prepares the file; nothing if the machine does not
/// let the script do it.
fn create_after(cli: &Cli, prefix: &[&str], script: &str, sink: &[&str]) -> Option<Ran> {
    const NOT_PREPARED: i32 = 99;
    let create = ["jelou", "tokens", "create", "my-function", "--name", "ci"];
    let words = create.iter().chain(sink).map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ");
    let script = format!("{{ {script}; }} || exit {NOT_PREPARED}; exec {words}");
    let all = [prefix, &["sh", "-c", &script]].concat();
    let mut command = assert_cmd::Command::new(all[0]);
    command.args(&all[1..]).env_clear().envs(cli.env()).current_dir(cli.folder());
    let ran = Ran::of(&mut command);
    let cannot_begin = ran.stderr.starts_with("unshare:");
    (!cannot_begin && ran.status != NOT_PREPARED).then_some(ran)
}

#[track_caller]
fn assert_refused(cli: &Cli, ran: Ran, why: &str) {
    let ran = ran.ended(2);
    assert!(ran.stderr.contains(why), "{ran:?}");
    assert_eq!(cli.sent(true), Vec::<String>::new());
    assert_eq!(std::fs::read_to_string(cli.folder().join(".env")).unwrap(), "A=1\n");
    let left = cli.folder().read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(left.filter(|name| name.starts_with(".jelou-")).collect::<Vec<_>>(), Vec::<String>::new());
}

#[cfg(target_os = "linux")]
#[test]
fn a_bind_mounted_file_is_refused() {
    for sink in SINKS {
        let cli = Cli::new();
        cli.write(".env", "A=1\n");
        cli.write("outside", "A=1\n");
        let script = "mount --bind outside .env";
        match create_after(&cli, &WITH_MOUNTS, script, sink) {
            Some(ran) => assert_refused(&cli, ran, "is a mount of its own"),
            None => crate::support::skipped("no mount can be made here"),
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_immutable_file_and_an_append_only_folder_are_refused() {
    for sink in SINKS {
        for (flag, target, why) in [
            ("i", ".env", "is immutable"),
            ("a", ".env", "is append-only"),
            ("a", ".", "is append-only"),
            ("i", ".", "is immutable"),
        ] {
            let cli = Cli::new();
            cli.write(".env", "A=1\n");
            let ran = create_after(&cli, &[], &format!("chattr +{flag} {target}"), sink);
            let undone = Command::new("chattr").args([&format!("-{flag}"), target]).current_dir(cli.folder()).output();
            match ran {
                Some(ran) => {
                    assert!(undone.unwrap().status.success());
                    assert_refused(&cli, ran, why);
                }
                None => crate::support::skipped("no attribute can be set here"),
            }
        }
    }
}

/// The file can be written and its folder cannot.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_forbids_it_is_refused() {
    for sink in SINKS {
        let cli = Cli::new();
        let file = cli.write(".env", "A=1\n");
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o666)).unwrap();
        // For root there is a namespace in which it is none.
        let ran = create_after(&cli, &NO_ROOT, "chmod 555 . && ! touch x", sink);
        std::fs::set_permissions(cli.folder(), PermissionsExt::from_mode(0o755)).unwrap();
        match ran {
            Some(ran) => assert_refused(&cli, ran, "cannot be written"),
            None => crate::support::skipped("no user namespace can be made here"),
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_read_only_file_system_is_refused() {
    for sink in SINKS {
        let cli = Cli::new();
        cli.write(".env", "A=1\n");
        let script =
            "touch prepared && mount --bind . . && mount -o remount,bind,ro . && cd \"$PWD\"; test -e prepared";
        match create_after(&cli, &WITH_MOUNTS, script, sink) {
            Some(ran) => assert_refused(&cli, ran, "read-only"),
            None => crate::support::skipped("no mount can be made here"),
        }
    }
}

#[test]
fn what_is_no_regular_file_is_refused() {
    for (make, why) in [
        ("mkdir .other", "not a regular file"),
        ("mkfifo .other", "not a regular file"),
        ("ln -s .env .other", "symbolic link"),
    ] {
        for sink in [&["--to", "dotenv:.other:TOKEN"][..], &["--to", "file:.other", "--force"]] {
            let cli = Cli::new();
            cli.write(".env", "A=1\n");
            let ran = create_after(&cli, &[], make, sink).expect("every system can do this");
            assert_refused(&cli, ran, why);
        }
    }
}

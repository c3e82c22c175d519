use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::*;
use crate::exit::ErrorCode;

fn shell(script: &str) -> Child {
    let command = ["sh", "-c", script].map(OsString::from);
    Child::find(&command, std::env::var_os("PATH").as_deref()).unwrap()
}

/// One at a time: a signal that one test sends to this process would be passed on to the children
/// of all.
static RUNNING: Mutex<()> = Mutex::new(());

fn run(child: Child) -> u8 {
    let _running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(child.run(&Interrupts::default())).unwrap()
}

#[test]
fn the_status_is_passed_on_as_a_shell_would() {
    // Not one of the signals that some runners let their children ignore.
    for (script, status) in
        [("exit 0", 0), ("exit 7", 7), ("exit 255", 255), ("kill -USR2 $$", 140), ("kill -KILL $$", 137)]
    {
        assert_eq!(run(shell(script)), status, "{script}");
    }
}

#[test]
fn its_environment_is_ours_but_for_the_changes() {
    let child = shell(r#"test "$ADDED" = yes && test -z "${HOME+x}" && test "$PATH" = "$EXPECTED""#)
        .env("ADDED", "yes")
        .env("EXPECTED", std::env::var_os("PATH").unwrap_or_default())
        .without_env("HOME");
    assert_eq!(run(child), 0);
}

#[test]
fn a_signal_is_passed_on_and_the_child_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let ready = folder.path().join("ready");
    let child = shell(r#"trap 'exit 9' USR1; : > "$READY"; while :; do sleep 0.01; done"#).env("READY", &ready);
    let sender = std::thread::spawn(move || {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !ready.exists() {
            assert!(Instant::now() < deadline, "the child did not start");
            std::thread::yield_now();
        }
        rustix::process::kill_process(rustix::process::getpid(), Signal::USR1).unwrap();
    });
    assert_eq!(run(child), 9);
    sender.join().unwrap();
}

#[test]
fn no_command_at_all_is_refused() {
    assert_eq!(Child::find(&[], None).unwrap_err().code(), ErrorCode::InputError);
}

#[test]
fn a_folder_is_put_before_all_others() {
    let prepended = |path: Option<&str>| prepended_path(Path::new("/x"), path.map(OsStr::new));
    assert_eq!(prepended(Some("/a:/b")).unwrap(), "/x:/a:/b");
    assert_eq!(prepended(None).unwrap(), "/x:/bin:/usr/bin");
    assert!(prepended_path(Path::new("/x:y"), None).is_err());
}

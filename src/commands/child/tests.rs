use super::*;
use crate::exit::ErrorCode;

fn shell(script: &str) -> Child {
    let command = ["sh", "-c", script].map(OsString::from);
    Child::find(&command, std::env::var_os("PATH").as_deref()).unwrap()
}

fn run(child: Child) -> u8 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(child.run(&Interrupts::default())).unwrap().status
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

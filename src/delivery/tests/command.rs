use super::*;
use crate::program::WITHHELD_FROM_CHILDREN;

/// A sink that runs a shell script with arguments.
fn script(script: &str) -> String {
    format!("command:sh -c {}", shlex::try_quote(script).unwrap())
}

#[test]
fn the_program_gets_the_value_alone_and_its_words_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let (input, arguments) = (folder.path().join("input"), folder.path().join("arguments"));
    let script = format!("cat > {}; printf '%s|' \"$@\" > {}", input.display(), arguments.display());
    let sink = format!("command:sh -c {} sh 'a b' $HOME \"*\" ~", shlex::try_quote(&script).unwrap());
    assert_eq!(check_and_deliver(&mut sinks([&sink])), ["command:sh"]);
    assert_eq!(read(&input), VALUE);
    assert_eq!(read(&arguments), "a b|$HOME|*|~|");
}

#[test]
fn the_program_has_no_credentials_of_ours() {
    let (reader, _writer) = std::io::pipe().unwrap();
    let command = crate::delivery::command::Command::parse("env", &World::new([]).context()).unwrap();
    let built = command.build(Path::new("/usr/bin/env"), &reader).unwrap();
    for variable in WITHHELD_FROM_CHILDREN {
        assert!(built.get_envs().any(|(name, value)| name == variable && value.is_none()), "{variable} is passed on");
    }
}

#[test]
fn a_program_that_cannot_be_found_is_refused_beforehand() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain");
    std::fs::write(&plain, "").unwrap();
    let table = [
        ("command:no-such-program-anywhere".to_owned(), "was not found in any folder of `PATH`"),
        ("command:plain".to_owned(), "is not an executable file"),
        (spec("command", &plain), "is not an executable file"),
        (spec("command", folder.path()), "is not an executable file"),
    ];
    for (sink, reason) in table {
        let world = World::new([("PATH", folder.path())]);
        assert_contains(&refusal(check(&mut world.sinks([&sink]))), reason);
    }
    std::fs::set_permissions(&plain, std::fs::Permissions::from_mode(0o700)).unwrap();
    check(&mut World::new([("PATH", folder.path())]).sinks(["command:plain"])).unwrap();
}

#[test]
fn a_program_that_fails_is_a_delivery_error_that_names_it_as_not_undone() {
    for (script_text, reason) in [
        ("cat > /dev/null; exit 3", "exit status: 3"),
        ("exit 3", "exit status: 3"),
        ("cat > /dev/null; kill -9 $$", "signal: 9"),
    ] {
        let error = deliver(&mut sinks([&script(script_text)])).unwrap_err();
        assert_eq!(error.details().unwrap()["not_undone"][0]["sink"], "command:sh");
        assert_contains(&error.hint().unwrap(), "`command:sh`");
        assert_contains(&failure(Err(error)), reason);
    }
}

#[test]
fn a_program_that_does_not_read_its_input_has_not_taken_the_token() {
    for script_text in ["exit 0", "dd bs=1 count=4 2> /dev/null", "exec < /dev/null"] {
        let message = failure(deliver(&mut sinks([&script(script_text)])));
        assert_contains(&message, "bytes of its input unread");
    }
}

#[test]
fn a_program_that_cannot_be_started_has_done_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken");
    std::fs::write(&broken, "#!/no/such/interpreter\n").unwrap();
    std::fs::set_permissions(&broken, std::fs::Permissions::from_mode(0o700)).unwrap();
    let error = deliver(&mut sinks([&spec("command", &broken)])).unwrap_err();
    assert_eq!(error.details().unwrap()["not_undone"], serde_json::json!([]));
    assert_contains(&failure(Err(error)), "it could not be started");
}

#[test]
fn the_longest_token_fits() {
    let value = format!("jfn_rt_{}", "x".repeat(4089));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("input");
    let token = RuntimeToken::issued(Secret::new(value.clone())).unwrap();
    let mut sinks = sinks([&script(&format!("cat > {}", path.display()))]);
    run(sinks.deliver(&token)).unwrap();
    assert_eq!(read(&path), value);
}

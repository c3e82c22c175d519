//! What a program is given is in `tests/it/sinks.rs`.

use super::*;

/// A sink that runs a shell script.
fn script(script: &str) -> String {
    format!("command:sh -c {}", shlex::try_quote(script).unwrap())
}

#[test]
fn a_program_that_fails_is_a_delivery_error_that_names_it_as_not_undone() {
    for (script_text, reason) in [
        ("cat > /dev/null; exit 3", "exit status: 3"),
        ("exit 3", "exit status: 3"),
        ("cat > /dev/null; kill -9 $$", "signal: 9"),
        // A program that does not read its input has not taken the token.
        ("exit 0", "bytes of its input unread"),
        ("dd bs=1 count=4 2> /dev/null", "bytes of its input unread"),
        ("exec < /dev/null", "bytes of its input unread"),
    ] {
        let error = deliver(&mut sinks([&script(script_text)])).unwrap_err();
        assert_eq!(error.details().unwrap()["not_undone"][0]["sink"], "command:sh");
        assert_contains(&failure(Err(error)), reason);
    }
}

#[test]
fn a_program_that_cannot_be_started_has_done_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken");
    std::fs::write(&broken, "#!/no/such/interpreter\n").unwrap();
    let spec = format!("command:'{}'", broken.display());
    let cases = [(0o600, "is not an executable file"), (0o700, "interpreter `/no/such/interpreter` does not exist")];
    for (mode, why) in cases {
        std::fs::set_permissions(&broken, std::fs::Permissions::from_mode(mode)).unwrap();
        assert_contains(&refusal(check(&mut sinks([&spec]))), why);
        let error = deliver(&mut sinks([&spec])).unwrap_err();
        assert_eq!(error.details().unwrap()["not_undone"], serde_json::json!([]));
    }
}

#[test]
fn the_longest_token_fits() {
    let value = format!("jfn_rt_{}", "x".repeat(4089));
    let (_folder, path) = file("input", None);
    let token = RuntimeToken::issued(Secret::new(value.clone())).unwrap();
    let mut sinks = sinks([&script(&format!("cat > '{}'", path.display()))]);
    run(sinks.deliver(&token, async || ())).unwrap();
    assert_eq!(read(&path), value);
}

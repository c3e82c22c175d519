//! `--state FILE`: a sandbox starts with what it had when it stopped, and the file holds no value.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use jelou::sandbox::{Fixture, Sandbox, SandboxClock};
use serde_json::json;

use crate::support::http::Request;
use crate::support::sandbox::{TOKENS, TestSandbox, value};

fn start(file: &Path) -> TestSandbox {
    TestSandbox::of(Sandbox::builder().example_fixture().clock(SandboxClock::manual()).state_file(file))
}

#[test]
fn a_restart_keeps_the_state_and_the_file_holds_no_value() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let first = start(&file);
    let (pat, default) = (first.pat().to_owned(), first.default_value());
    let created = first.ask(Request::post(TOKENS, &json!({"name": "ci"})).key("key-of-ci")).expect(201);
    let value = value(&created.json()).to_owned();
    let secret = json!({"secrets": {"KEY": "a-secret-value"}});
    first.ask(Request::put("/v1/functions/my-function/secrets", &secret)).expect(200);
    drop(first);

    let text = std::fs::read_to_string(&file).unwrap();
    for hidden in [&pat, &default, &value, "a-secret-value", "key-of-ci"] {
        assert!(!text.contains(hidden), "{hidden}");
    }
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);

    let second = start(&file);
    assert!(second.accepts(&default) && second.accepts(&value));
    Request::get("/v1/me").bearer(&pat).send(second.port()).expect(200);
    assert_ne!(second.pat(), pat);
    assert!(second.secret_is("my-function", "KEY", "a-secret-value"));
}

#[test]
fn after_a_restart_a_used_key_is_known_and_its_answer_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let first = start(&file);
    let pat = first.pat().to_owned();
    let post = |sandbox: &TestSandbox, name: &str| {
        Request::post(TOKENS, &json!({"name": name})).key("key-of-ci").bearer(&pat).send(sandbox.port())
    };
    let created = post(&first, "ci").expect(201);
    assert_eq!(post(&first, "ci").expect(201).body, created.body);
    drop(first);

    let second = start(&file);
    let known = post(&second, "ci");
    assert_eq!(known.header("retry-after"), None);
    assert_eq!(known.refused(409), "CONFLICT");
    assert_eq!(post(&second, "other").refused(422), "KEY_REUSED");
    assert_eq!(second.tokens("my-function").len(), 2);
    second.clock().advance(std::time::Duration::from_secs(24 * 60 * 60));
    assert_eq!(post(&second, "ci-2").expect(201).header("idempotent-replayed"), None);
}

#[test]
fn an_invalid_file_is_refused_and_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    for text in ["", "{", "{}", r#"{"version":2}"#, r#"{"version":3}"#] {
        std::fs::write(&file, text).unwrap();
        let error = Sandbox::builder().state_file(&file).start().unwrap_err();
        assert!(format!("{error:#}").contains("state file"), "{error:#}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    }
}

#[test]
fn the_clock_and_the_last_use_are_saved_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let copy = folder.path().join("copy.json");
    let first = start(&file);
    let before = first.clock().now();
    let advance = Request::new("POST", "/__sandbox/clock/advance").json(&json!({"by": "10m"}));
    first.send(&advance).expect(200);
    std::fs::copy(&file, &copy).unwrap();
    let advanced = start(&copy);
    assert_eq!(before.duration_until(advanced.clock().now()), jiff::SignedDuration::from_mins(10));
    drop(advanced);

    assert!(first.accepts(&first.default_value()));
    let used = first.tokens("my-function")[0].last_used_at;
    assert!(used.is_some());
    std::fs::copy(&file, &copy).unwrap();
    assert_eq!(start(&copy).tokens("my-function")[0].last_used_at, used);
}

#[test]
fn a_file_belongs_to_one_sandbox_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let first = start(&file);
    let text = std::fs::read(&file).unwrap();
    let error = Sandbox::builder().state_file(&file).start().unwrap_err();
    assert!(format!("{error:#}").contains("another sandbox"), "{error:#}");
    assert_eq!(std::fs::read(&file).unwrap(), text);
    drop(first);
    start(&file);
}

#[test]
fn a_symbolic_link_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    drop(start(&file));
    let link = folder.path().join("link.json");
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let error = Sandbox::builder().state_file(&link).start().unwrap_err();
    assert!(format!("{error:#}").contains("symbolic link"), "{error:#}");
    assert!(link.is_symlink());
}

#[test]
fn a_seed_makes_ids_and_values_the_same_in_every_run() {
    let run = || {
        let sandbox = TestSandbox::of(Sandbox::builder().example_fixture().clock(SandboxClock::manual()).seed(7));
        let created = sandbox.create("ci");
        (sandbox.pat().to_owned(), sandbox.default_value(), created["token"].clone(), created["id"].clone())
    };
    assert_eq!(run(), run());
}

#[test]
fn a_fixture_sets_the_initial_data() {
    let text = r#"{"functions": [
        {"slug": "empty", "deployed": false},
        {"slug": "full", "name": "Full", "secrets": {"KEY": "value"}, "tokens": [
            {"name": "known", "value": "jfn_rt_sbx_knownvalue"},
            {"name": "off", "disabled": true, "created_at": "2026-01-01T00:00:00Z"}
        ]}
    ]}"#;
    let sandbox = TestSandbox::of(Sandbox::builder().fixture(Fixture::parse(text).unwrap()));
    assert_eq!(sandbox.function("empty").unwrap().status.as_str(), "created");
    assert!(sandbox.secret_is("full", "KEY", "value"));
    sandbox.send(&Request::get("/fn/full/").token("jfn_rt_sbx_knownvalue")).expect(200);
    sandbox.send(&Request::get("/fn/full/").token(&sandbox.default_token("full").unwrap())).expect(200);
    let listed: Vec<_> = sandbox.tokens("full").into_iter().map(|token| (token.name, token.status)).collect();
    let shown: Vec<_> = listed.iter().map(|(name, status)| (name.as_str(), status.as_str())).collect();
    assert_eq!(shown, [("default", "active"), ("known", "active"), ("off", "disabled")]);
}

#[test]
fn an_invalid_fixture_is_refused_by_what_is_wrong() {
    for (text, word) in [
        ("{}", "`functions`"),
        ("[[]]", "expected an object, found a list"),
        (r#"{"functions":[["a", null, null, false, [], {}]]}"#, "`functions[0]`: expected an object, found a list"),
        (
            r#"{"functions":[{"slug":"a","tokens":[["x", null, false, null, null, null]]}]}"#,
            "`functions[0].tokens[0]`: expected an object",
        ),
        (r#"{"functions":[{"slug":"a","colour":1}]}"#, "`colour`"),
        (
            r#"{"functions":[{"slug":"a","deployed":false,"tokens":[{"name":"x"}]}]}"#,
            "`functions[0].tokens`: expected none",
        ),
        (r#"{"functions":[{"slug":"a","tokens":[{"name":"default"}]}]}"#, "`default`"),
        (r#"{"functions":[{"slug":"a","tokens":[{"name":"tok_1"}]}]}"#, "not beginning `tok_`"),
        (
            r#"{"functions":[{"slug":"a","tokens":[{"name":"x","value":"jfn_rt_real"}]}]}"#,
            "`functions[0].tokens[0].value`",
        ),
    ] {
        let message = Fixture::parse(text).unwrap_err().message();
        assert!(message.contains(word), "{message}");
        assert!(!message.contains("jfn_rt_real"), "{message}");
    }
}

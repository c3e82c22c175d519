//! A create that the platform's state forbids: what is advised is possible, for the command that was
//! typed and for each of the states that are answered alike (409).

use jelou::sandbox::Fixture;

use crate::support::cli::Cli;

const FUNCTIONS: &str = r#"{"functions": [{"slug": "my-function"}, {"slug": "never", "deployed": false}]}"#;

fn cli() -> Cli {
    let functions = Fixture::parse(FUNCTIONS).unwrap();
    Cli::with(|builder| builder.fixture(functions))
}

#[test]
fn the_hint_is_true_of_a_name_that_is_taken_and_of_a_function_without_a_deployment() {
    let cli = cli();
    for (function, name) in [("my-function", "default"), ("never", "ci")] {
        let ran = cli.jelou(&["tokens", "create", function, "--name", name, "--json"]).ended(7);
        let error = &ran.json()["error"];
        assert_eq!(error["code"], "CONFLICT");
        let hint = error["hint"].as_str().expect("a hint");
        let taken = format!(
            "if the name is taken, choose another `--name`, or give that token a new value with `jelou tokens rotate {function} {name}` or `--if-exists rotate`"
        );
        let (is_taken, is_not_deployed) = hint.split_once("; ").expect("two cases");
        assert_eq!(is_taken, taken);
        assert_eq!(is_not_deployed, "a function that was never deployed needs `jelou deploy` first");
    }
    assert!(cli.sandbox.tokens("never").is_empty());
}

/// A token that has the name is somebody else's: `exec` advises nothing that ends it, and no flag
/// that it does not have.
#[test]
fn exec_advises_what_exec_can_do() {
    let cli = cli();
    for (function, flags) in [("my-function", &["--name", "default"][..]), ("never", &[])] {
        let ran = cli.jelou(&[&["tokens", "exec", function], flags, &["--", "true"]].concat()).ended(7);
        assert_eq!(
            ran.stderr.lines().filter(|line| line.starts_with("hint: ")).collect::<Vec<_>>(),
            [
                "hint: if the name is taken, choose another `--name`; a function that was never deployed needs `jelou deploy` first"
            ],
        );
    }
}

/// Nothing has the name, so that nothing can be rotated: the reason is that of the create.
#[test]
fn if_exists_rotate_says_why_the_create_was_refused() {
    let cli = cli();
    let ran = cli.jelou(&["tokens", "create", "never", "--name", "ci", "--if-exists", "rotate"]).ended(7);
    assert!(ran.stderr.starts_with("error: Function `never` was never deployed"), "{ran:?}");
    assert!(ran.stderr.contains("needs `jelou deploy` first"), "{ran:?}");
    assert!(cli.sandbox.tokens("never").is_empty());
}

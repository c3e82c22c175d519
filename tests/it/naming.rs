//! What is or would be destroyed is always named: in the question, in a dry run, and in the result
//! where the command line did not name it. What does not exist is said before anybody is asked.

use jelou::sandbox::Fixture;
use serde_json::json;

use crate::support::cli::Cli;
use crate::support::terminal::Streams;

/// `my-function` with the tokens `a`, `b` and more of `pr-…`, and the secrets `A` and `B`.
fn cli(more: usize) -> Cli {
    let names = (0..more).map(|number| format!("pr-{number}"));
    let tokens: Vec<_> =
        ["a", "b"].map(str::to_owned).into_iter().chain(names).map(|name| json!({"name": name})).collect();
    let fixture = json!({"functions": [
        {"slug": "my-function", "tokens": tokens, "secrets": {"A": "1", "B": "2"}},
        {"slug": "other-function"},
    ]});
    Cli::with(|builder| builder.fixture(Fixture::parse(&fixture.to_string()).expect("a fixture")))
}

fn id_of(cli: &Cli, name: &str) -> String {
    cli.sandbox.tokens("my-function").into_iter().find(|token| token.name == name).expect("the token").id.to_string()
}

#[test]
fn a_single_hit_is_named_in_every_format() {
    let prune = ["tokens", "prune", "my-function", "--name", "pr-*"];
    for (flags, done) in [(&["--dry-run"][..], "Would revoke token:"), (&["-y"], "Token revoked:")] {
        let cli = cli(1);
        let id = id_of(&cli, "pr-0");
        let ran = cli.jelou(&[&prune[..], flags].concat()).ended(0);
        assert_eq!(ran.stdout, format!("✓ {done} \"pr-0\" ({id})\n"), "{flags:?}");
        for (format, expected) in [("--quiet", format!("{id}\n")), ("--json", String::new())] {
            let cli = self::cli(1);
            let id_now = id_of(&cli, "pr-0");
            let ran = cli.jelou(&[&prune[..], flags, &[format]].concat()).ended(0);
            if format == "--json" {
                let item = &ran.json()["data"][0];
                assert_eq!((&item["name"], &item["id"]), (&json!("pr-0"), &json!(id_now)), "{flags:?}");
            } else {
                assert_eq!(ran.stdout, expected.replace(&id, &id_now), "{flags:?}");
            }
        }
    }
}

/// A reference on stdin or in the recovery log is on no command line.
#[test]
fn what_no_command_line_names_is_named_in_the_result() {
    let cli = cli(0);
    let id = id_of(&cli, "a");
    let ran = cli.jelou_with_stdin(&["tokens", "revoke", "my-function", "--stdin", "-y"], "a\n").ended(0);
    assert_eq!(ran.stdout, format!("✓ Token revoked: \"a\" ({id})\n"));
    let dry = cli.jelou(&["tokens", "revoke", "my-function", "b", "--dry-run"]).ended(0);
    assert!(dry.stdout.contains(&format!("Would revoke token: \"b\" ({})", id_of(&cli, "b"))), "{dry:?}");
    let ran = cli.jelou(&["functions", "delete", "other-function", "-y"]).ended(0);
    assert_eq!(ran.stdout, "✓ Function deleted: \"other-function\"\n");
}

#[test]
fn the_question_names_everything() {
    for (line, named) in [
        ("tokens revoke my-function a", &["jfn_rt_sbx_"][..]),
        ("tokens revoke my-function a b", &["a", "b"]),
        ("tokens disable my-function a b", &["a", "b"]),
        ("tokens disable my-function ID_A", &["jfn_rt_sbx_"]),
        ("tokens revoke my-function ID_A b", &["a", "b"]),
        ("tokens prune my-function --name a", &["a"]),
        ("tokens prune my-function --name pr-*", &["pr-0", "pr-4", "pr-5", "pr-11"]),
        ("secrets delete my-function A", &["A"]),
        ("secrets delete my-function A B", &["A", "B"]),
        ("functions delete other-function", &["other-function"]),
    ] {
        let cli = cli(12);
        let line = line.replace("ID_A", &id_of(&cli, "a"));
        let arguments: Vec<&str> = line.split(' ').collect();
        let session = cli.at_terminal(&arguments, Streams::All, Some(("(y/N)", "n\r"))).ended(14);
        let words: Vec<&str> = session.screen.split(|c: char| !(c.is_alphanumeric() || "_-".contains(c))).collect();
        for name in named {
            assert!(words.iter().any(|word| word.starts_with(name)), "{line}: {name} {session:?}");
        }
        assert_eq!(cli.sent(true), Vec::<String>::new(), "{line}");
    }
}

#[test]
fn what_does_not_exist_is_said_before_anybody_is_asked() {
    for (line, missing) in [
        ("tokens revoke my-function a nobody", "nobody"),
        ("tokens revoke my-function tok_nobody a", "tok_nobody"),
        ("tokens disable my-function a nobody", "nobody"),
        ("tokens disable my-function tok_nobody a", "tok_nobody"),
        ("secrets delete my-function A NOPE", "NOPE"),
    ] {
        let cli = cli(0);
        let arguments: Vec<&str> = line.split(' ').collect();
        let session = cli.at_terminal(&arguments, Streams::All, Some(("(y/N)", "n\r"))).ended(14);
        let before = session.screen.split("(y/N)").next().expect("the question");
        let said = before.lines().find(|line| line.contains(&format!("`{missing}`"))).expect("it is said");
        assert!(
            !said.starts_with('?') && !before.lines().last().expect("the question").contains(missing),
            "{session:?}"
        );
    }
    // Nothing is left to ask about.
    for line in [
        "tokens revoke my-function nobody",
        "tokens revoke my-function tok_nobody",
        "tokens disable my-function nobody tok_nobody",
        "tokens regenerate my-function nobody",
        "secrets delete my-function NOPE",
        "functions delete nobody",
    ] {
        let cli = cli(0);
        let arguments: Vec<&str> = line.split(' ').collect();
        let session = cli.at_terminal(&arguments, Streams::All, None).ended(5);
        assert!(!session.screen.contains("(y/N)"), "{line} {session:?}");
    }
}

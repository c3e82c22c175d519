//! A question shows the thing it is about, and a result names what it did, one or many, and how
//! many of how many.

use jelou::sandbox::Fixture;
use serde_json::json;

use crate::support::cli::Cli;
use crate::support::terminal::Streams;

/// `my-function` with `used`, `unused`, `off` and five of `pr-…`, and the secrets `A` and `B`.
fn cli() -> Cli {
    let mut tokens = vec![
        json!({"name": "used", "last_used_at": "2022-01-01T12:30:00Z"}),
        json!({"name": "unused"}),
        json!({"name": "off", "disabled": true}),
    ];
    tokens.extend((0..5).map(|number| json!({"name": format!("pr-{number}")})));
    let fixture = json!({"functions": [
        {"slug": "my-function", "tokens": tokens, "secrets": {"A": "1", "B": "2", "C": "3"}},
        {"slug": "other-function", "name": "The other one"},
    ]});
    Cli::with(|builder| builder.fixture(Fixture::parse(&fixture.to_string()).expect("a fixture")))
}

fn named(cli: &Cli, name: &str) -> String {
    let token = cli.sandbox.tokens("my-function").into_iter().find(|token| token.name == name).expect("the token");
    format!("\"{name}\" ({})", token.id)
}

/// What is shown above the question, and the question.
fn asked(cli: &Cli, line: &str) -> (Vec<String>, String) {
    let arguments: Vec<&str> = line.split(' ').collect();
    let session = cli.at_terminal(&arguments, Streams::All, Some(("(y/N)", "n\r"))).ended(14);
    let (above, question) = session.screen.split_once("? ").expect("a question");
    let question = question.split(" (y/N)").next().expect("an end");
    assert_eq!(cli.sent(true), Vec::<String>::new(), "{line}");
    (above.lines().map(str::to_owned).collect(), question.to_owned())
}

#[test]
fn the_thing_stands_above_the_question() {
    let cli = cli();
    let prefix = |name: &str| {
        cli.sandbox.tokens("my-function").into_iter().find(|token| token.name == name).expect("it").prefix.clone()
    };
    for (verb, end) in [("Revoke", ""), ("Disable", ""), ("Regenerate", " Its old value stops at once")] {
        for (name, shown) in [("used", "years ago"), ("unused", "never used"), ("off", "never used, disabled")] {
            let (above, question) = asked(&cli, &format!("tokens {} my-function {name}", verb.to_lowercase()));
            assert!(above[0].starts_with(&format!("▸ {name}, ")) && above[0].ends_with(shown), "{verb}: {above:?}");
            assert_eq!(above.len(), 1, "{verb}: {above:?}");
            assert_eq!(question, format!("{verb} token {}... for my-function?{end}", prefix(name)));
        }
    }
    let (above, question) = asked(&cli, "tokens prune my-function --name used");
    assert!(above[0].starts_with("▸ used, last used "), "{above:?}");
    assert_eq!(question, format!("Revoke token {}... for my-function?", prefix("used")));
    let (above, question) = asked(&cli, "functions delete other-function");
    assert!(above[0].starts_with("▸ The other one, live"), "{above:?}");
    assert_eq!(question, "Delete function other-function with its tokens, secrets and deployments?");
}

/// An age is read more easily than a time, wherever stdout goes.
#[test]
fn the_line_above_the_question_goes_to_stderr_with_an_age() {
    let cli = cli();
    let revoke = ["tokens", "revoke", "my-function", "used"];
    let session = cli.at_terminal(&revoke, Streams::StdoutCaptured, Some(("(y/N)", "n\r"))).ended(14);
    assert!(session.screen.contains("years ago\n? Revoke"), "{session:?}");
    assert_eq!(session.stdout, "");
}

#[test]
fn several_are_named_in_the_question_up_to_five() {
    let cli = cli();
    for (line, expected) in [
        ("tokens revoke my-function used unused", "Revoke 2 tokens for my-function (used, unused)?"),
        ("tokens disable my-function used unused", "Disable 2 tokens for my-function (used, unused)?"),
        ("tokens prune my-function --name pr-*", "Revoke 5 tokens for my-function (pr-0, pr-1, pr-2, pr-3, pr-4)?"),
        ("secrets delete my-function A B", "Delete 2 secrets of my-function (A, B)?"),
    ] {
        let (above, question) = asked(&cli, line);
        assert_eq!((above, question.as_str()), (Vec::new(), expected), "{line}");
    }
    let (above, question) = asked(&cli, "tokens revoke my-function pr-0 pr-1 pr-2 pr-3 pr-4 used off");
    assert_eq!(question, "Revoke 7 tokens for my-function (pr-0, pr-1, pr-2, pr-3, pr-4 and 2 more)?");
    assert_eq!(above.len(), 7, "{above:?}");
    assert!(above[6].starts_with("▸ off, never used, disabled"), "{above:?}");
}

#[test]
fn a_result_names_what_it_did() {
    let cli = cli();
    let (used, unused) = (named(&cli, "used"), named(&cli, "unused"));
    let (off, first, second) = (named(&cli, "off"), named(&cli, "pr-0"), named(&cli, "pr-1"));
    let id = |label: &str| label.split(['(', ')']).nth(1).expect("an id").to_owned();
    for (line, expected) in [
        ("tokens disable my-function used -y", format!("✓ Token disabled: {used}\n")),
        ("tokens enable my-function used", format!("✓ Token enabled: {used}\n")),
        (
            "tokens disable my-function used unused -y",
            format!("✓ Token disabled: {used}\n✓ Token disabled: {unused}\n✓ 2 tokens disabled\n"),
        ),
        (
            "tokens revoke my-function used unused --dry-run",
            format!("✓ Would revoke token: {used}\n✓ Would revoke token: {unused}\n✓ 2 tokens would be revoked\n"),
        ),
        ("tokens revoke my-function used -y", format!("✓ Token revoked: {used}\n")),
        (&format!("tokens revoke my-function {} -y", id(&unused)), format!("✓ Token revoked: {unused}\n")),
        ("tokens revoke my-function gone -y --ignore-missing", "✓ Nothing to do: gone does not exist\n".to_owned()),
        (
            "tokens revoke my-function gone off -y --ignore-missing",
            format!(
                "✓ Nothing to do: gone does not exist\n✓ Token revoked: {off}\n✓ 1 of 2 tokens revoked, 1 did not exist\n"
            ),
        ),
        (
            "tokens prune my-function --name pr-[01] -y",
            format!("✓ Token revoked: {first}\n✓ Token revoked: {second}\n✓ 2 tokens revoked\n"),
        ),
        ("secrets delete my-function A -y", "✓ Secret deleted: \"A\"\n".to_owned()),
        (
            "secrets delete my-function B C -y",
            "✓ Secret deleted: \"B\"\n✓ Secret deleted: \"C\"\n✓ 2 secrets deleted\n".to_owned(),
        ),
        ("functions delete other-function -y", "✓ Function deleted: \"other-function\"\n".to_owned()),
    ] {
        let ran = cli.jelou(&line.split(' ').collect::<Vec<_>>()).ended(0);
        assert_eq!(ran.stdout, expected, "{line}");
    }
}

#[test]
fn a_summary_counts_what_failed() {
    let cli = cli();
    let used = named(&cli, "used");
    let ran = cli.jelou(&["tokens", "revoke", "my-function", "nobody", "used", "-y"]).ended(12);
    let last = ran.stdout.lines().last().expect("a summary");
    assert_eq!(last, "⚠ 1 of 2 tokens revoked, 1 failed", "{ran:?}");
    assert!(ran.stdout.contains(&format!("✓ Token revoked: {used}\n")), "{ran:?}");
}

/// A function keeps one active token: its value can be changed, but it cannot be taken away.
#[test]
fn the_last_active_token_leads_to_rotate() {
    for line in [
        "tokens revoke my-function default -y",
        "tokens disable my-function default -y",
        "tokens revoke my-function default --dry-run",
        "tokens revoke my-function nobody default -y",
    ] {
        let cli = Cli::new();
        let ran = cli.jelou(&line.split(' ').collect::<Vec<_>>());
        assert!([7, 12].contains(&ran.status), "{line}: {ran:?}");
        let rotate = ran.stderr.lines().find(|line| line.starts_with("hint:") && line.contains("jelou tokens rotate"));
        assert!(rotate.is_some_and(|hint| hint.contains("my-function")), "{line}: {ran:?}");
    }
    let cli = Cli::new();
    let document = cli.jelou(&["tokens", "revoke", "my-function", "default", "-y", "--json"]).ended(7).json();
    let hint = document["error"]["hint"].as_str().expect("a hint");
    assert!(hint.contains("jelou tokens rotate my-function"), "{document}");
}

#[test]
fn a_rotation_names_the_new_token() {
    for (line, status) in [
        ("tokens rotate my-function default", 0),
        ("tokens rotate my-function default --wait", 0),
        ("tokens regenerate my-function default -y", 0),
        ("tokens create my-function --name default --if-exists rotate", 0),
    ] {
        let cli = Cli::new();
        let old = cli.sandbox.tokens("my-function")[0].id.to_string();
        let ran = cli.jelou(&line.split(' ').collect::<Vec<_>>()).ended(status);
        let new = cli.sandbox.tokens("my-function").pop().expect("the new one").id.to_string();
        assert_ne!(new, old);
        assert!(ran.stderr.contains(&format!("▸ ID       {new} (replaces {old})\n")), "{line}: {ran:?}");
    }
}

#[test]
fn logging_out_and_removing_a_profile_say_the_same() {
    let logged_in = |names: &[&str]| {
        let mut cli = Cli::new();
        let config = cli.folder().join("config").display().to_string();
        cli.set("JELOU_CONFIG_DIR", &config);
        for name in names {
            cli.jelou_with_stdin(&["login", "--token-stdin", "--profile", name], cli.sandbox.pat()).ended(0);
        }
        cli.unset("JELOU_TOKEN");
        cli
    };
    let lines = ["logout --profile two", "auth remove two -y"].map(|line| {
        let cli = logged_in(&["one", "two"]);
        let ran = cli.jelou(&line.split(' ').collect::<Vec<_>>()).ended(0);
        (ran.stdout.replace(&cli.sandbox.api_url(), "API"), ran.stderr)
    });
    assert_eq!(lines[0], lines[1]);
    assert!(lines[0].0.starts_with("✓ Profile forgotten: two ("), "{lines:?}");
    assert!(lines[0].0.contains(" at API)\n") && lines[0].0.contains("Still stored: one"), "{lines:?}");
    let token_set = ["logout --profile two --json", "auth remove two -y --json"].map(|line| {
        let mut cli = logged_in(&["one", "two"]);
        let pat = cli.sandbox.pat().to_owned();
        cli.set("JELOU_TOKEN", &pat).set("JELOU_PROFILE", "two");
        let mut document = cli.jelou(&line.split(' ').collect::<Vec<_>>()).ended(0).json();
        document["command"] = json!(null);
        document
    });
    assert_eq!(token_set[0], token_set[1]);
    let questions = ["logout --all", "auth remove one"].map(|line| {
        let cli = logged_in(&["one"]);
        let arguments: Vec<&str> = line.split(' ').collect();
        let session = cli.at_terminal(&arguments, Streams::All, Some(("(y/N)", "n\r"))).ended(14);
        session.screen.replace(&cli.sandbox.api_url(), "API")
    });
    assert_eq!(questions[0], questions[1]);
    assert!(questions[0].starts_with("▸ one, ") && questions[0].contains("\n? Forget profile one? (y/N)"));
    let cli = logged_in(&["one", "two"]);
    let session = cli.at_terminal(&["logout", "--all"], Streams::All, Some(("(y/N)", "n\r"))).ended(14);
    assert!(session.screen.starts_with("? Forget 2 profiles (one, two)? (y/N)"), "{session:?}");
}

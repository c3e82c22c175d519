//! The function of a command: argument, `-f`, `JELOU_FUNCTION`, `jelou.json`; and which word is
//! which (contract: decided by place and form, never by what exists).

use std::time::Duration;

use jelou::sandbox::Fixture;
use serde_json::json;

use crate::support::cli::{Cli, Ran};
use crate::support::terminal::Streams;

/// Every verb whose function may be left out, and what it is given besides. Each token is taken by
/// one verb alone.
const VERBS: &[(&str, &str)] = &[
    ("tokens create", "--name ci"),
    ("tokens list", ""),
    ("tokens info", "one"),
    ("tokens revoke", "one -y"),
    ("tokens rotate", "two"),
    ("tokens regenerate", "three -y"),
    ("tokens disable", "four -y"),
    ("tokens enable", "four"),
    ("tokens prune", "--name five -y"),
    ("tokens verify", ""),
    ("tokens exec", "-- true"),
    ("functions info", ""),
    ("deployments list", ""),
    ("deployments info", "DEPLOYMENT"),
    ("deployments wait", "DEPLOYMENT"),
    ("secrets list", ""),
    ("secrets set", "OTHER_KEY=1"),
    ("secrets delete", "API_KEY -y"),
];

const SLUG: &str = "other-function";

/// A sandbox in which every verb above has something to do.
fn cli() -> Cli {
    let tokens: Vec<_> = ["one", "two", "three", "four", "five"].iter().map(|name| json!({"name": name})).collect();
    let function = json!({"slug": SLUG, "tokens": tokens, "secrets": {"API_KEY": "1"}});
    let fixture = Fixture::parse(&json!({"functions": [function]}).to_string()).unwrap();
    let mut cli = Cli::with(|builder| builder.fixture(fixture).redeploy_delay(Duration::ZERO));
    let token = cli.jelou(&["tokens", "create", SLUG, "--name", "used", "--quiet", "--wait"]).ended(0).stdout;
    cli.set("JELOU_FUNCTION_TOKEN", token.trim_end());
    cli
}

fn run(cli: &Cli, line: &str) -> Ran {
    cli.jelou(&line.split_whitespace().collect::<Vec<_>>())
}

#[test]
fn every_verb_finds_its_function_in_every_place() {
    for place in ["argument", "flag", "variable", "folder", "functions"] {
        let mut cli = cli();
        match place {
            "variable" => _ = cli.set("JELOU_FUNCTION", SLUG),
            "folder" => _ = cli.write("jelou.json", json!({"function": SLUG}).to_string()),
            _ => {}
        }
        let deployment = cli.sandbox.deployments(SLUG)[0].id.to_string();
        for (verb, rest) in VERBS.iter().filter(|(verb, _)| place != "functions" || !verb.starts_with("functions")) {
            let line = match place {
                "argument" => format!("{verb} {SLUG} {rest}"),
                "functions" => format!("functions {verb} {SLUG} {rest}"),
                "flag" => format!("{verb} -f {SLUG} {rest}"),
                _ => format!("{verb} {rest}"),
            };
            let before = cli.sandbox.requests().len();
            let ran = run(&cli, &line.replace("DEPLOYMENT", &deployment)).ended(0);
            let sent = &cli.sandbox.requests()[before..];
            assert!(!sent.is_empty(), "{line}: {ran:?}");
            for entry in sent {
                assert!(entry.path.contains(&format!("/{SLUG}")), "{line}: {} {}", entry.method, entry.path);
            }
        }
    }
}

#[test]
fn both_spellings_have_one_name() {
    let cli = Cli::new();
    for verb in ["tokens list", "deployments list", "secrets list"] {
        for spelled in [verb.to_owned(), format!("functions {verb}"), format!("function {verb}")] {
            let ran = run(&cli, &format!("{spelled} my-function --json")).ended(0);
            assert_eq!(ran.json()["command"], verb, "{spelled}");
        }
        let ran = run(&cli, &format!("functions {verb} my-function --nonsense --json")).ended(2);
        assert_eq!(ran.json()["command"], verb);
    }
}

/// Without a function by default, the error says what the words were taken for, and nobody is
/// asked.
#[test]
fn a_word_that_was_taken_for_something_else_is_named() {
    let cli = Cli::new();
    for (line, taken) in [
        ("tokens revoke my-function -y", "`my-function` was taken for a TOKEN"),
        ("tokens rotate ci", "`ci` was taken for a TOKEN"),
        ("tokens disable tok_1 tok_2 -y", "`tok_1` was taken for a TOKEN"),
        ("deployments info dep_1", "`dep_1` was taken for a DEPLOYMENT"),
        ("secrets delete API_KEY -y", "`API_KEY` was taken for a KEY"),
        ("secrets set API_KEY=hunter2", "`API_KEY` was taken for a KEY=VALUE"),
    ] {
        let ran = run(&cli, line).ended(2);
        assert!(ran.stderr.contains("MISSING_FUNCTIONS_PROJECT"), "{line}: {ran:?}");
        assert!(ran.stderr.contains(taken) && !ran.stderr.contains("hunter2"), "{line}: {ran:?}");
        assert!(ran.stderr.contains("`-f`"), "{line}: {ran:?}");
    }
    let asked = cli.at_terminal(&["tokens", "rotate", "ci"], Streams::All, None).ended(2);
    assert!(!asked.screen.contains("Which function"), "{asked:?}");
    assert!(cli.sandbox.requests().is_empty(), "nothing was sent");
}

/// The first of two words is the function, whatever exists.
#[test]
fn the_error_of_what_does_not_exist_says_how_the_words_were_read() {
    let mut cli = Cli::new();
    cli.set("JELOU_FUNCTION", "my-function");
    let ran = run(&cli, "tokens revoke ci default -y").ended(5);
    assert!(ran.stderr.contains("`ci` was taken for the SLUG, `default` for a TOKEN"), "{ran:?}");
    let ran = run(&cli, "tokens rotate other-function").ended(5);
    assert!(ran.stderr.contains("`other-function` was taken for a TOKEN"), "{ran:?}");
    assert!(cli.sent(true).iter().all(|line| !line.contains("/my-function/tokens/")), "{:?}", cli.sent(true));
    for line in ["tokens rotate -f my-function no-such-token", "tokens revoke my-function tok_none -y"] {
        let ran = run(&cli, line).ended(5);
        assert!(!ran.stderr.contains("was taken for"), "{line}: {ran:?}");
    }
    let ran = run(&cli, "tokens rotate -f my-function no-such-token").ended(5);
    assert!(!ran.stderr.contains("was taken for"), "{ran:?}");
}

/// Where a function comes from that does not exist.
#[test]
fn a_default_function_that_does_not_exist_is_named_with_its_source() {
    let mut cli = Cli::new();
    cli.write("jelou.json", r#"{"function":"nobody"}"#);
    let ran = run(&cli, "tokens list").ended(5);
    assert!(ran.stderr.contains("the function `nobody` is that of ") && ran.stderr.contains("jelou.json"), "{ran:?}");
    cli.set("JELOU_FUNCTION", "none");
    let ran = run(&cli, "tokens revoke ci -y").ended(5);
    let source = "hint: `ci` was taken for a TOKEN; the function `none` is that of `JELOU_FUNCTION`";
    assert!(ran.stderr.contains(source), "{ran:?}");
    let ran = run(&cli, "tokens list nobody").ended(5);
    assert!(!ran.stderr.contains("is that of"), "{ran:?}");
    let ran = run(&cli, "secrets set my-function A=1 -f other-function").ended(2);
    assert!(ran.stderr.contains("behind `-f`") && !ran.stderr.contains("`my-function`"), "{ran:?}");
}

/// What destroys or makes a whole function takes none by default.
#[test]
fn functions_create_and_delete_take_no_default() {
    let mut cli = Cli::new();
    cli.set("JELOU_FUNCTION", "my-function");
    cli.write("jelou.json", r#"{"function":"my-function"}"#);
    for line in ["functions delete -y", "functions create --name X"] {
        let ran = run(&cli, line).ended(2);
        assert!(ran.stderr.contains("SLUG"), "{line}: {ran:?}");
    }
    assert!(cli.sandbox.requests().is_empty());
    for (number, spelled) in ["new-1", "-f new-2", "--function new-3", "--slug new-4"].iter().enumerate() {
        run(&cli, &format!("functions create {spelled} --name Named")).ended(0);
        let slug = format!("new-{}", number + 1);
        let made = cli.jelou(&["functions", "info", &slug, "--json"]).ended(0).json();
        assert_eq!((&made["data"]["slug"], &made["data"]["name"]), (&json!(slug), &json!("Named")), "{spelled}");
        run(&cli, &format!("functions delete {spelled} -y")).ended(0);
        assert_eq!(cli.sent(true).pop().unwrap(), format!("DELETE /v1/functions/{slug}"));
    }
    run(&cli, "functions delete my-function --slug other-function -y").ended(2);
    run(&cli, "tokens list my-function -f other-function").ended(2);
}

#[test]
fn a_variable_that_is_no_slug_is_named() {
    let mut cli = Cli::new();
    cli.set("JELOU_FUNCTION", "My_Function");
    let ran = run(&cli, "tokens list").ended(2);
    assert!(ran.stderr.contains("`JELOU_FUNCTION`: `My_Function` is not a slug"), "{ran:?}");
}

/// `jelou.json` as the vendor's CLI writes it.
#[test]
fn the_vendors_jelou_json_is_read_without_a_warning() {
    let id = "func_01kyj6kzade0ha8j1hydbsdkm4";
    let schema = "https://jelou.ai/schemas/jelou.json";
    let whole = json!({"$schema": schema, "function": "fresh", "id": id, "entrypoint": "index.ts"}).to_string();
    for text in [
        whole.clone(),
        format!("\u{feff}{whole}"),
        json!({"$schema": schema, "function": "fresh", "entrypoint": "index.ts"}).to_string(),
        json!({"function": "fresh", "slug": "fresh"}).to_string(),
        json!({"slug": "fresh", "id": null}).to_string(),
    ] {
        let cli = Cli::new();
        cli.write("jelou.json", &text);
        cli.write("index.ts", "export default 1");
        let ran = cli.jelou(&["deploy", "--no-confirm", "--wait", "--json"]).ended(0);
        assert_eq!(ran.json()["warnings"], json!([]), "{text}");
        assert_eq!(ran.json()["data"]["function"], "fresh", "{text}");
    }
    for (text, what) in [
        (r#"{"function":"fresh","slug":"other"}"#, "`function` is `fresh` and its older spelling `slug` is `other`"),
        (r#"{"id":"func_1"}"#, "`function` is missing"),
        (r#"{"function":"fresh","id":7}"#, "`id` is not a text"),
        (r#"{"function":"fresh","function":"fresh"}"#, "`function` is there twice"),
    ] {
        let cli = Cli::new();
        cli.write("jelou.json", text);
        cli.write("index.ts", "export default 1");
        let ran = cli.jelou(&["deploy", "-y"]).ended(2);
        assert!(ran.stderr.contains(what), "{text}: {ran:?}");
        assert!(cli.sandbox.requests().is_empty(), "{text}");
    }
}

/// The verbs of the vendor's CLI that are not here say so, whatever follows.
#[test]
fn the_vendors_own_verbs_say_what_does_them() {
    let cli = Cli::new();
    for line in [
        "logs my-function --follow",
        "functions logs my-function --history",
        "function cron logs my-function --state ERROR",
        "dev --port 3000",
        "functions dev",
        "secret list",
        "secret set NAME value",
        "logs --help",
        "--profile x workflow push",
        "doctor",
        "agent install",
        "status",
        // Words of ours that follow are no verbs.
        "logs tokens list",
        "functions cron list",
        "project init",
        "functions logs -f info",
        "test call",
        "logs functions",
    ] {
        let ran = run(&cli, line).ended(2);
        assert!(ran.stderr.contains("is not a part of this program"), "{line}: {ran:?}");
        assert!(ran.stderr.contains("@jelou/cli"), "{line}: {ran:?}");
        assert!(!ran.stderr.contains("similar"), "{line}: {ran:?}");
        assert_eq!(ran.stdout, "", "{line}");
    }
    let ran = run(&cli, "secret list").ended(2);
    assert!(ran.stderr.contains("organisation") && ran.stderr.contains("`jelou secrets`"), "{ran:?}");
    let ran = run(&cli, "functions logs x --json").ended(2);
    assert_eq!(ran.json()["error"]["code"], "INPUT_ERROR");
    assert!(cli.sandbox.requests().is_empty());
}

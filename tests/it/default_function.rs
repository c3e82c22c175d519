//! The function of a command: argument, `-f`, `JELOU_FUNCTION`, `jelou.json`; and which word is
//! which (contract: decided by place and form, never by what exists).

use serde_json::json;

use crate::support::cli::{Cli, Ran};
use crate::support::terminal::Streams;

/// Every verb whose function may be left out: what it is given besides, and the write or the read
/// that it sends last.
const VERBS: &[(&str, &str)] = &[
    ("tokens create", "--name ci"),
    ("tokens list", ""),
    ("tokens revoke", "extra -y"),
    ("tokens rotate", "extra"),
    ("tokens regenerate", "extra -y"),
    ("tokens disable", "extra -y"),
    ("tokens enable", "extra"),
    ("tokens prune", "--name extra -y"),
    ("tokens verify", ""),
    ("tokens exec", "-- true"),
    ("functions info", ""),
    ("deployments list", ""),
    ("deployments info", "DEPLOYMENT"),
    ("deployments wait", "DEPLOYMENT"),
    ("secrets list", ""),
    ("secrets set", "API_KEY=1"),
    ("secrets delete", "API_KEY -y"),
];

const SLUG: &str = "other-function";

/// A sandbox in which every verb above has something to do.
fn cli() -> (Cli, String) {
    let mut cli = Cli::new();
    for name in ["extra", "spare"] {
        let ran = cli.jelou(&["tokens", "create", SLUG, "--name", name, "--quiet"]).ended(0);
        cli.set("JELOU_FUNCTION_TOKEN", ran.stdout.trim_end());
    }
    let set = cli.jelou(&["secrets", "set", SLUG, "API_KEY=0", "--wait", "--json"]).ended(0);
    assert_eq!(set.json()["data"][0]["key"], "API_KEY");
    let listed = cli.jelou(&["deployments", "list", SLUG, "--quiet"]).ended(0);
    let deployment = listed.stdout.lines().next().unwrap().to_owned();
    (cli, deployment)
}

fn run(cli: &Cli, line: &str, deployment: &str) -> Ran {
    let line = line.replace("DEPLOYMENT", deployment);
    cli.jelou(&line.split_whitespace().collect::<Vec<_>>())
}

#[test]
fn every_verb_finds_its_function_in_every_place() {
    for (verb, rest) in VERBS {
        for place in ["argument", "flag", "variable", "folder", "functions"] {
            let (mut cli, deployment) = cli();
            let before = cli.sandbox.requests().len();
            let line = match place {
                "argument" => format!("{verb} {SLUG} {rest}"),
                "functions" if verb.starts_with("functions") => continue,
                "functions" => format!("functions {verb} {SLUG} {rest}"),
                "flag" => format!("{verb} -f {SLUG} {rest}"),
                "variable" => {
                    cli.set("JELOU_FUNCTION", SLUG);
                    format!("{verb} {rest}")
                }
                _ => {
                    cli.write("jelou.json", json!({"function": SLUG}).to_string());
                    format!("{verb} {rest}")
                }
            };
            let ran = run(&cli, &line, &deployment).ended(0);
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
            let ran = run(&cli, &format!("{spelled} my-function --json"), "").ended(0);
            assert_eq!(ran.json()["command"], verb, "{spelled}");
        }
        let ran = run(&cli, &format!("functions {verb} my-function --nonsense --json"), "").ended(2);
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
        let ran = run(&cli, line, "").ended(2);
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
    let ran = run(&cli, "tokens revoke ci default -y", "").ended(5);
    assert!(ran.stderr.contains("`ci` was taken for the SLUG, `default` for a TOKEN"), "{ran:?}");
    let ran = run(&cli, "tokens rotate other-function", "").ended(5);
    assert!(ran.stderr.contains("`other-function` was taken for a TOKEN"), "{ran:?}");
    assert!(cli.sent(true).iter().all(|line| !line.contains("/my-function/tokens/")), "{:?}", cli.sent(true));
    let ran = run(&cli, "tokens rotate -f my-function no-such-token", "").ended(5);
    assert!(!ran.stderr.contains("was taken for"), "{ran:?}");
}

/// What destroys or makes a whole function takes none by default.
#[test]
fn functions_create_and_delete_take_no_default() {
    let mut cli = Cli::new();
    cli.set("JELOU_FUNCTION", "my-function");
    cli.write("jelou.json", r#"{"function":"my-function"}"#);
    for line in ["functions delete -y", "functions create --name X"] {
        let ran = run(&cli, line, "").ended(2);
        assert!(ran.stderr.contains("SLUG"), "{line}: {ran:?}");
    }
    assert!(cli.sandbox.requests().is_empty());
    for (number, spelled) in ["new-1", "-f new-2", "--function new-3", "--slug new-4"].iter().enumerate() {
        run(&cli, &format!("functions create {spelled} --name Named"), "").ended(0);
        let slug = format!("new-{}", number + 1);
        let made = cli.jelou(&["functions", "info", &slug, "--json"]).ended(0).json();
        assert_eq!((&made["data"]["slug"], &made["data"]["name"]), (&json!(slug), &json!("Named")), "{spelled}");
        run(&cli, &format!("functions delete {spelled} -y"), "").ended(0);
        assert_eq!(cli.sent(true).pop().unwrap(), format!("DELETE /v1/functions/{slug}"));
    }
    run(&cli, "functions delete my-function --slug other-function -y", "").ended(2);
    run(&cli, "tokens list my-function -f other-function", "").ended(2);
}

#[test]
fn a_variable_that_is_no_slug_is_named() {
    let mut cli = Cli::new();
    cli.set("JELOU_FUNCTION", "My_Function");
    let ran = run(&cli, "tokens list", "").ended(2);
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
    ] {
        let ran = run(&cli, line, "").ended(2);
        assert!(ran.stderr.contains("is not a part of this program"), "{line}: {ran:?}");
        assert!(ran.stderr.contains("@jelou/cli"), "{line}: {ran:?}");
        assert!(!ran.stderr.contains("similar"), "{line}: {ran:?}");
        assert_eq!(ran.stdout, "", "{line}");
    }
    let ran = run(&cli, "secret list", "").ended(2);
    assert!(ran.stderr.contains("organisation") && ran.stderr.contains("`jelou secrets`"), "{ran:?}");
    let ran = run(&cli, "functions logs x --json", "").ended(2);
    assert_eq!(ran.json()["error"]["code"], "INPUT_ERROR");
    assert!(cli.sandbox.requests().is_empty());
}

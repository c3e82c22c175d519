//! What a deploy shows and asks (docs, “Deployment”), what `--dry-run` says, and `--to` on a deploy
//! that brings no token.

use serde_json::json;

use crate::support::cli::Cli;
use crate::support::terminal::Streams;

/// A folder that deploys as `fresh`; its sizes are those of the vendor's page.
fn fresh() -> Cli {
    let cli = Cli::new();
    cli.write("jelou.json", format!("{:98}", r#"{"function":"fresh"}"#));
    cli.write("index.ts", "x".repeat(1200));
    cli.write("helpers.ts", "x".repeat(800));
    cli.write("deno.json", format!("{:65}", "{}"));
    cli
}

const FILES: &str = "▸ Files: index.ts (1.2 KB), deno.json (65 B), helpers.ts (800 B), jelou.json (98 B)";

fn spelled() -> [&'static [&'static str]; 2] {
    [&["deploy"], &["functions", "deploy"]]
}

#[test]
fn the_screen_is_that_of_the_docs() {
    for deploy in spelled() {
        for typed in ["\r", "y\r", "YES\r"] {
            let cli = fresh();
            let arguments = [deploy, &["--wait"]].concat();
            let session = cli.at_terminal(&arguments, Streams::All, Some(("(Y/n)", typed))).ended(0);
            let deployment = &cli.sandbox.deployments("fresh")[0].id;
            let token = &cli.sandbox.tokens("fresh")[0].prefix;
            let expected = [
                FILES.to_owned(),
                format!("? Deploy fresh? (Y/n) {}", typed.trim_end()),
                "✓ Deployed".to_owned(),
                format!("▸ ID:  {deployment}"),
                format!("▸ URL: {}/fn/fresh", cli.sandbox.gateway_url()),
                "⚠ A default runtime token was created for this function.".to_owned(),
                "  Save it now — it will not be shown again.".to_owned(),
            ];
            // What is waited for stands between, and is not of the page.
            let shown = session.screen.lines().map(str::trim_end).filter(|line| !line.starts_with("Waiting for"));
            let shown: Vec<&str> = shown.collect();
            let expected: Vec<&str> = expected.iter().map(|line| line.trim_end()).collect();
            // The terminal has 100 columns.
            assert_eq!(shown[..expected.len()], expected[..], "{session:?}");
            assert!(shown[expected.len()].starts_with(&format!("▸ Token    {token}")), "{session:?}");
        }
    }
}

#[test]
fn a_deploy_is_declined_by_no_by_anything_else_and_by_the_end_of_input() {
    for typed in ["n\r", "no\r", "maybe\r", "\u{4}"] {
        let cli = fresh();
        let session = cli.at_terminal(&["deploy"], Streams::All, Some(("(Y/n)", typed))).ended(14);
        assert!(session.screen.contains("CANCELLED"), "{session:?}");
        assert!(cli.sandbox.requests().is_empty(), "{typed:?}");
    }
}

#[test]
fn stdout_has_the_result_and_stderr_the_rest() {
    let cli = fresh();
    let ran = cli.jelou(&["deploy", "--no-confirm"]).ended(0);
    let deployment = cli.sandbox.deployments("fresh")[0].id.clone();
    assert!(ran.stdout.starts_with("✓ Deployed\n▸ ID:  dep_"), "{ran:?}");
    let expected = format!("{FILES}\n⚠ Not live yet: jelou deployments wait fresh {deployment}\n");
    assert_eq!(ran.stderr, expected);
    for (format, stderr) in [("--json", true), ("--quiet", true), ("--agent", false)] {
        let cli = fresh();
        let ran = cli.jelou(&["deploy", "-y", format]).ended(0);
        assert!(!ran.stderr.contains("Files"), "{ran:?}");
        assert_eq!(!ran.stderr.is_empty(), stderr, "{ran:?}");
    }
    for flag in ["--wait", "--follow"] {
        let cli = fresh();
        let ran = cli.jelou(&["deploy", "-y", flag]).ended(0);
        assert!(!ran.stderr.contains("Not live yet"), "{ran:?}");
        assert_eq!(cli.sandbox.deployments("fresh")[0].status.as_str(), "live");
    }
}

#[test]
fn a_dry_run_says_what_would_be_sent_and_sends_nothing() {
    for deploy in spelled() {
        let mut cli = fresh();
        cli.unset("JELOU_TOKEN");
        cli.write("logo.png", "x");
        let arguments = [deploy, &["--dry-run"]].concat();
        let ran = cli.jelou(&arguments).ended(0);
        let total = "▸ Total: 4 of 20 files, 2.2 KB of 1 MB";
        assert_eq!(ran.stdout, format!("{FILES}\n{total}\n✓ Would deploy fresh; nothing was sent\n"));
        assert!(ran.stderr.contains("logo.png"), "{ran:?}");
        let ran = cli.jelou(&[&arguments[..], &["--json"]].concat()).ended(0);
        let files = [("deno.json", 65), ("helpers.ts", 800), ("index.ts", 1200), ("jelou.json", 98)];
        let files: Vec<_> = files.iter().map(|(path, size)| json!({"path": path, "size": size})).collect();
        let expected = json!({
            "function": "fresh", "dry_run": true, "entrypoint": "index.ts", "files": files, "bytes": 2163,
            "skipped": ["logo.png"],
        });
        assert_eq!(ran.json()["data"], expected);
        assert!(cli.sandbox.requests().is_empty());
        cli.write("big.txt", "x".repeat(256 * 1024 + 1));
        assert!(cli.jelou(&arguments).ended(2).stderr.contains("`big.txt`"));
    }
}

/// Nothing was handed over, and the run says so; the same line deploys again and again, so that it
/// is no failure.
#[test]
fn sinks_of_a_deploy_that_brings_no_token_are_named() {
    let cli = fresh();
    cli.write(".out/hidden", "");
    let deploy = ["deploy", "-y", "--wait", "--to", "file:.out/first", "--json"];
    let first = cli.jelou(&deploy).ended(0).json();
    assert_eq!((&first["data"]["delivered_to"], &first["warnings"]), (&json!(["file:.out/first"]), &json!([])));
    let ran = cli.jelou(&["deploy", "-y", "--wait", "--to", "file:.out/second", "--json"]).ended(0);
    let document = ran.json();
    assert_eq!(document["data"]["delivered_to"], json!([]));
    assert_eq!(document["warnings"][0]["code"], "NO_TOKEN");
    assert!(ran.stderr.contains("Nothing was handed over to file:.out/second"), "{ran:?}");
    assert!(ran.stderr.contains("`jelou tokens rotate fresh default --to SINK`"), "{ran:?}");
    assert!(!cli.folder().join(".out/second").exists());
    let plain = cli.jelou(&["deploy", "-y", "--wait"]).ended(0);
    assert!(!plain.stderr.contains("Nothing was handed over"), "{plain:?}");
}

/// The reason is the one that holds: a stdout that is closed is no job's log.
#[test]
fn a_token_that_stdout_cannot_take_is_withheld_for_that_reason() {
    let cli = fresh();
    let ran = cli.bash("jelou deploy -y >&-").ended(0);
    assert!(ran.stderr.contains("The default token is withheld: The token would be lost: stdout is closed"), "{ran:?}");
    assert!(!ran.stderr.contains("log"), "{ran:?}");
}

#[test]
fn nobody_is_asked_without_a_credential() {
    let mut cli = fresh();
    cli.unset("JELOU_TOKEN");
    let session = cli.at_terminal(&["deploy"], Streams::All, None).ended(3);
    assert!(session.screen.contains("MISSING_AUTH") && !session.screen.contains("(Y/n)"), "{session:?}");
    cli.write("home/.jelou/credentials.json", "{}");
    let ran = cli.jelou(&["deploy", "-y"]).ended(3);
    assert!(ran.stderr.contains("`~/.jelou/credentials.json` belongs to the vendor's CLI"), "{ran:?}");
}

/// What the vendor's scripts set.
#[test]
fn the_vendors_variables_are_heeded() {
    let mut cli = Cli::new();
    cli.set("JELOU_OUTPUT", "json").set("JELOU_FORCE_HUMAN_OUTPUT", "1");
    assert!(cli.jelou(&["tokens", "list", "my-function"]).ended(0).stdout.starts_with("▸ Name"));
    assert!(cli.jelou(&["tokens", "list", "my-function", "--json"]).ended(0).json()["ok"].as_bool().unwrap());
    cli.set("JELOU_OUTPUT", "nonsense");
    cli.jelou(&["tokens", "list", "my-function"]).ended(0);
    cli.set("JELOU_FORCE_HUMAN_OUTPUT", "0");
    cli.jelou(&["tokens", "list", "my-function"]).ended(2);
}

#[test]
fn nothing_turns_where_the_vendors_variable_says_so() {
    for (value, turns) in [("1", false), ("0", true), ("", true)] {
        let mut cli = Cli::with(|builder| builder.redeploy_delay(std::time::Duration::from_millis(700)));
        cli.set("JELOU_NO_SPINNERS", value).set("TERM", "xterm");
        let arguments = ["tokens", "create", "my-function", "--name", "ci", "--wait"];
        let session = cli.at_terminal(&arguments, Streams::All, None).ended(0);
        let spinner = session.screen.contains("Waiting for deployment");
        assert_eq!(spinner, turns, "{value:?}: {session:?}");
    }
}

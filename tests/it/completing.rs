//! What can be typed next: what is offered, what is sent for it, and what is kept of it. The shells
//! themselves complete in `completing/shells.rs`.

pub mod shells;

use jelou::sandbox::{Fault, Fixture};

use crate::support::cli::{Cli, Ran};

const FUNCTIONS: &str = r#"{"functions": [
    {"slug": "my-function", "secrets": {"API_KEY": "x", "DB_URL": "y"}, "tokens": [
        {"name": "ci-deploy"}, {"name": "ci-off", "disabled": true}, {"name": "partner.api"}]},
    {"slug": "other-function", "tokens": [{"name": "theirs"}], "secrets": {"MAIL": "z"}}
]}"#;

fn cli() -> Cli {
    Cli::with(|builder| builder.fixture(Fixture::parse(FUNCTIONS).unwrap()))
}

/// Asks as fish does, with what it is and nothing on stderr.
fn ask(cli: &Cli, words: &[&str]) -> Vec<(String, String)> {
    let mut command = cli.command(&[&["--", "jelou"][..], words].concat());
    let ran = Ran::of(command.env("JELOU_COMPLETE", "fish")).ended(0);
    assert_eq!(ran.stderr, "", "{words:?}");
    let lines = ran.stdout.lines().map(|line| line.split_once('\t').unwrap_or((line, "")));
    lines.map(|(word, help)| (word.to_owned(), help.to_owned())).collect()
}

fn offered(cli: &Cli, words: &[&str]) -> Vec<String> {
    ask(cli, words).into_iter().map(|(word, _)| word).collect()
}

/// What a line offers, and what that asked of the platform.
#[track_caller]
fn check(cli: &Cli, line: &str, words: &[&str], sent: &[&str]) {
    let before = cli.sent(false).len();
    let typed: Vec<&str> = line.split(' ').collect();
    assert_eq!(offered(cli, &typed), words, "jelou {line}");
    assert_eq!(cli.sent(false)[before..], *sent, "jelou {line}");
}

const TOKENS: &str = "GET /v1/functions/my-function/tokens";
const LIST: &str = "GET /v1/functions";

#[test]
fn what_the_platform_has_is_offered() {
    let mut cli = cli();
    // No cache: each question is seen.
    cli.set("CI", "1");
    let all = &["default", "ci-deploy", "ci-off", "partner.api"][..];
    for verb in ["info", "revoke", "rotate", "regenerate"] {
        check(&cli, &format!("tokens {verb} my-function "), all, &[TOKENS]);
    }
    check(&cli, "tokens list ", &["my-function", "other-function"], &[LIST]);
    check(&cli, "tokens list ot", &["other-function"], &[LIST]);
    check(&cli, "tokens list -f ot", &["other-function"], &[LIST]);
    check(&cli, "tokens list --function=ot", &["--function=other-function"], &[LIST]);
    check(&cli, "functions delete --slug m", &["my-function"], &[LIST]);
    check(&cli, "call m", &["my-function"], &[LIST]);
    check(&cli, "tokens revoke ", &["my-function", "other-function"], &[LIST]);
    check(&cli, "tokens revoke my-function ci", &["ci-deploy", "ci-off"], &[TOKENS]);
    check(&cli, "functions token rm -y --wat my-function ci-off ci", &["ci-deploy"], &[TOKENS]);
    check(&cli, "tokens revoke --function my-function par", &["partner.api"], &[TOKENS]);
    check(&cli, "tokens revoke --timeout soon -fmy-function default ci-off p", &["partner.api"], &[TOKENS]);
    check(&cli, "tokens enable my-function ", &["ci-off"], &[TOKENS]);
    check(&cli, "tokens disable my-function c", &["ci-deploy"], &[TOKENS]);
    check(&cli, "tokens prune my-function --keep ci-d", &["ci-deploy"], &[TOKENS]);
    check(&cli, "tokens list my-function --name d", &["default"], &[TOKENS]);
    check(&cli, "secrets delete my-function ", &["API_KEY", "DB_URL"], &["GET /v1/functions/my-function/secrets"]);
    check(&cli, "secrets delete my-function API_KEY ", &["DB_URL"], &["GET /v1/functions/my-function/secrets"]);
    check(&cli, "secrets set my-function API_KEY=1 D", &["DB_URL="], &["GET /v1/functions/my-function/secrets"]);
    check(&cli, "secrets set my-function --stdin A", &["API_KEY"], &["GET /v1/functions/my-function/secrets"]);
    check(&cli, "tokens create my-function --name x --to secret:o", &["secret:other-function/"], &[LIST]);
    let keys = "GET /v1/functions/other-function/secrets";
    check(&cli, "tokens create my-function --to secret:other-function/", &["secret:other-function/MAIL"], &[keys]);
    // A name is not offered where there is nothing to name.
    check(&cli, "tokens create my-function --name ", &[], &[]);
    assert!(!offered(&cli, &["functions", "create", ""]).contains(&"my-function".to_owned()));
    assert!(!offered(&cli, &["tokens", "rotate", "my-function", "default", ""]).contains(&"ci-off".to_owned()));
    // A name that two tokens have names none of them.
    let _ = cli.jelou(&["tokens", "rotate", "my-function", "ci-deploy", "--grace", "1h", "--quiet"]).ended(0);
    let both = ask(&cli, &["tokens", "revoke", "my-function", ""]);
    assert!(!both.iter().any(|(word, _)| word == "ci-deploy"), "{both:?}");
    assert_eq!(
        both.iter().filter(|(word, help)| word.starts_with("tok_") && help.starts_with("ci-deploy, ")).count(),
        2
    );
}

#[test]
fn ids_are_offered_once_one_is_begun_and_tell_their_names() {
    let cli = cli();
    let ids = ask(&cli, &["tokens", "revoke", "my-function", "tok_"]);
    assert_eq!(ids.len(), 4, "{ids:?}");
    assert!(ids.iter().all(|(id, _)| id.starts_with("tok_")), "{ids:?}");
    assert!(ids[1].1.starts_with("ci-deploy, jfn_rt_sbx_") && ids[2].1.ends_with(".., disabled"), "{ids:?}");
    let deployments = ask(&cli, &["deployments", "wait", "my-function", ""]);
    assert!(deployments.len() == 1 && deployments[0].0.starts_with("dep_"), "{deployments:?}");
    assert!(deployments[0].1.starts_with("live, "), "{deployments:?}");
    assert_eq!(offered(&cli, &["rollback", "my-function", "dep_"]), [deployments[0].0.as_str()]);
    assert!(!offered(&cli, &["rollback", "my-function", &deployments[0].0, ""]).contains(&deployments[0].0));
}

#[test]
fn the_default_function_is_found_as_commands_find_it() {
    let mut cli = cli();
    cli.write("jelou.json", r#"{"function": "other-function"}"#);
    let both = ["my-function", "other-function", "default", "theirs"];
    assert_eq!(offered(&cli, &["tokens", "revoke", ""]), both);
    assert_eq!(offered(&cli, &["tokens", "prune", "--keep", "t"]), ["theirs"]);
    // What has not the form of a slug is no function.
    let first = offered(&cli, &["tokens", "revoke", "tok_"]).remove(0);
    assert_eq!(offered(&cli, &["tokens", "revoke", &first, "t"]).first().map(String::as_str), Some("theirs"));
    cli.set("JELOU_FUNCTION", "my-function");
    assert_eq!(offered(&cli, &["tokens", "revoke", "pa"]), ["partner.api"]);
    assert_eq!(offered(&cli, &["tokens", "revoke", "-f", "other-function", "th"]), ["theirs"]);
    cli.set("JELOU_FUNCTION", "Not A Slug");
    assert_eq!(offered(&cli, &["tokens", "revoke", "o"]), ["other-function"]);
}

#[test]
fn what_is_known_here_is_offered_and_nothing_is_sent() {
    let mut cli = cli();
    for (line, word) in [
        ("tokens list --status dis", "disabled"),
        ("tokens create my-function --to github-o", "github-output:"),
        ("sandbox run --fault redeploy-f", "redeploy-fails"),
        ("sandbox faults status-", "status-after="),
        ("sandbox run --scenario lost", "lost-answers"),
        ("sandbox start --scenario cl", "clock-skew"),
        ("schema tokens rot", "rotate"),
        ("schema fail", "failure"),
        ("completions pow", "powershell"),
        ("tokens create --if-exists r", "rotate"),
        ("call my-function -X PA", "PATCH"),
        ("--json tok", "tokens"),
        ("tokens list --unused", "--unused-for"),
        ("help tokens rot", "rotate"),
        ("help exit", "exit-codes"),
        ("tokens help rot", "rotate"),
    ] {
        check(&cli, line, &[word], &[]);
    }
    cli.write("certs/own.pem", "");
    check(&cli, "sandbox run --scenario certs/o", &["certs/own.pem"], &[]);
    check(&cli, "whoami --ca-cert certs/o", &["certs/own.pem"], &[]);
    check(&cli, "tokens create my-function --to file:certs/", &["file:certs/own.pem"], &[]);
    check(&cli, "call my-function --data=@certs/", &["--data=@certs/own.pem"], &[]);
    cli.set("JELOU_TOKEN", "").set("JELOU_RETRIES", "many");
    check(&cli, "tokens list --status dis", &["disabled"], &[]);
}

#[test]
fn profiles_are_offered() {
    let cli = cli();
    let pat = cli.sandbox.pat().to_owned();
    for profile in ["default", "staging"] {
        let _ = cli.jelou_with_stdin(&["login", "--token-stdin", "--profile", profile], &pat).ended(0);
    }
    for words in [&["auth", "switch", ""][..], &["auth", "remove", ""], &["whoami", "--profile", ""]] {
        assert_eq!(offered(&cli, words), ["default", "staging"], "{words:?}");
    }
    let shown = ask(&cli, &["logout", "--profile", "st"]);
    assert_eq!(shown[0].1, format!("{}/, active", cli.sandbox.api_url()), "{shown:?}");
}

#[test]
fn nothing_is_sent_without_a_credential_or_to_a_wrong_address() {
    let mut cli = cli();
    cli.unset("JELOU_TOKEN");
    let options = offered(&cli, &["tokens", "list", ""]);
    assert!(options.iter().all(|word| word.starts_with("--")), "{options:?}");
    // A sandbox's token is sent to this machine alone, and a stored one where it was checked.
    let pat = cli.sandbox.pat().to_owned();
    cli.set("JELOU_TOKEN", &pat);
    assert_eq!(offered(&cli, &["tokens", "list", "--api-url", "https://example.com", "my"]), Vec::<String>::new());
    cli.set("JELOU_TOKEN", "no token");
    assert_eq!(offered(&cli, &["tokens", "list", "my"]), Vec::<String>::new());
    cli.unset("JELOU_TOKEN");
    assert_eq!(offered(&cli, &["tokens", "list", "--profile", "nobody", "my"]), Vec::<String>::new());
    assert_eq!(cli.sent(false), Vec::<String>::new());
}

#[test]
fn a_server_that_fails_is_asked_once_and_nothing_is_said() {
    for fault in [
        Fault::status(503),
        Fault::status(429),
        Fault::status(401),
        Fault::hang_before(),
        Fault::garbled(),
        Fault::reset_before(),
        Fault::redirect(),
    ] {
        let cli = cli();
        let what = format!("{fault:?}");
        cli.sandbox.inject(fault.always());
        assert_eq!(offered(&cli, &["tokens", "revoke", "my-function", "ci"]), Vec::<String>::new(), "{what}");
        assert_eq!(cli.sent(false), [TOKENS], "{what}");
        assert!(!cli.state_folder().join("completions.json").exists(), "{what}");
    }
    let mut cli = cli();
    cli.set("JELOU_API_URL", "http://127.0.0.1:9");
    assert_eq!(offered(&cli, &["tokens", "revoke", "my-function", "ci"]), Vec::<String>::new());
}

#[test]
fn what_was_listed_is_kept_for_some_seconds_for_the_same_login_alone() {
    use std::os::unix::fs::PermissionsExt;
    let mut cli = cli();
    let config = cli.folder().join("config");
    cli.set("JELOU_CONFIG_DIR", config.to_str().unwrap());
    let words = ["tokens", "revoke", "my-function", "ci"];
    for _ in 0..2 {
        assert_eq!(offered(&cli, &words), ["ci-deploy", "ci-off"]);
    }
    assert_eq!(cli.sent(false), [TOKENS], "the second answer comes from the cache");
    let file = config.join("state/completions.json");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(file.parent().unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o700);
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(kept.contains("ci-deploy"), "{kept}");
    for secret in [cli.sandbox.pat().to_owned(), cli.sandbox.default_token("my-function").unwrap()] {
        assert!(!kept.contains(&secret), "{kept}");
    }
    // What fits nothing may be new.
    let _ = cli.jelou(&["tokens", "create", "my-function", "--name", "newer", "--quiet"]).ended(0);
    assert_eq!(offered(&cli, &["tokens", "revoke", "my-function", "new"]), ["newer"]);
    assert_eq!(cli.sent(false)[1..], [&format!("POST {}", &TOKENS[4..]), TOKENS]);
    // Another credential is another question, and so is an old answer.
    let mine = cli.sandbox.pat().to_owned();
    cli.set("JELOU_TOKEN", &cli.sandbox.issue_pat(&["functions:read"]));
    assert_eq!(offered(&cli, &words), Vec::<String>::new());
    assert_eq!(cli.sent(false).len(), 4);
    cli.set("JELOU_TOKEN", &mine);
    let mut entries: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    for entry in entries.as_object_mut().unwrap().values_mut() {
        entry["at"] = "2020-01-01T00:00:00Z".into();
    }
    std::fs::write(&file, entries.to_string()).unwrap();
    assert_eq!(offered(&cli, &words), ["ci-deploy", "ci-off"]);
    assert_eq!(cli.sent(false).len(), 5, "an old answer is none");
    for broken in ["", "{", "[]", r#"{"x": 1}"#] {
        std::fs::write(&file, broken).unwrap();
        assert_eq!(offered(&cli, &words), ["ci-deploy", "ci-off"], "{broken}");
    }
    assert_eq!(cli.sent(false).len(), 9);
}

#[test]
fn hostile_names_are_not_offered() {
    let cli = cli();
    let name = |name: &str| {
        serde_json::json!({"items": [{"id": "tok_1", "name": name, "prefix": "p\u{1b}[2J", "function":
        "my-function", "status": "weird\nstatus\tx", "created_at": "2026-01-01T00:00:00Z"}]})
    };
    for hostile in ["-f", "a b", "$(reboot)", "a\u{1b}[31m", "tok_2", "a\nb", ""] {
        cli.sandbox.inject(Fault::patch(name(hostile)));
        let shown = ask(&cli, &["tokens", "revoke", "my-function", ""]);
        assert_eq!(shown.len(), 1, "{hostile:?}: {shown:?}");
        assert!(shown[0].0 == "tok_1" && !shown[0].1.contains(['\u{1b}', '\t']), "{hostile:?}: {shown:?}");
        let _ = std::fs::remove_dir_all(cli.folder().join("home/.local"));
    }
}

/// A variable that somebody has set changes nothing but the lines of the scripts.
#[test]
fn only_the_line_of_a_script_is_a_question() {
    let mut cli = cli();
    for shell in ["bash", "fish", "1", "tcsh"] {
        cli.set("JELOU_COMPLETE", shell);
        assert_eq!(
            cli.jelou(&["tokens", "list", "my-function", "--quiet"]).ended(0).stdout.lines().count(),
            4,
            "{shell}"
        );
    }
    let ran = cli.jelou(&["--", "jelou", "tok"]).ended(2);
    assert!(ran.stdout.is_empty() && ran.stderr.contains("error:"), "{ran:?}");
}

/// What is typed on a line, here-strings among it, is seen in no process list.
#[test]
fn bash_hands_the_line_over_on_stdin() {
    let cli = Cli::new();
    let script = r#"
        mkdir fake
        printf '#!/bin/sh\nprintf "%%s\\n" "$@" > argv\ntr "\\000" "\\n" > given\n' > fake/jelou
        chmod +x fake/jelou
        eval "$(jelou completions bash)"
        PATH=$PWD/fake:$PATH
        COMP_LINE='jelou login --token-stdin <<< hunter2 --pro' COMP_POINT=${#COMP_LINE}
        COMP_WORDS=(jelou login --token-stdin '<<<' hunter2 --pro) COMP_CWORD=5
        _jelou jelou --pro hunter2
        echo "argv: $(cat argv)"
        cat given
    "#;
    let ran = cli.bash(script).ended(0);
    assert_eq!(ran.stdout, "argv: --\njelou login --token-stdin <<< hunter2 --pro\n--pro\n", "{ran:?}");
}

/// A file of certificates that nobody writes does not hold the shell.
#[test]
fn a_fifo_of_certificates_ends_in_no_candidates() {
    let mut cli = Cli::new();
    cli.bash("mkfifo certificates").ended(0);
    cli.set("JELOU_API_URL", "https://127.0.0.1:1").set("JELOU_CA_CERT", "certificates");
    cli.set("JELOU_TOKEN", "jfn_pat_A1b2C3d4E5f6G7h8").unset("JELOU_GATEWAY_URL");
    let mut command = cli.command(&["--", "jelou", "tokens", "list", "my"]);
    let ran = Ran::of(command.env("JELOU_COMPLETE", "fish")).ended(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
}

//! What was mistyped leads somewhere: the nearest word first, a verb of another program by name, a
//! word without a place with its flag. Nothing is sent for it that would not be sent otherwise.

use jelou::sandbox::Fixture;
use serde_json::json;

use crate::support::cli::Cli;
use crate::support::terminal::Streams;

/// `my-function` with tokens of these names.
fn with_tokens(names: &[&str]) -> Cli {
    let tokens: Vec<_> = names.iter().map(|name| json!({"name": name})).collect();
    let fixture = json!({"functions": [{"slug": "my-function", "tokens": tokens}]});
    Cli::with(|builder| builder.fixture(Fixture::parse(&fixture.to_string()).expect("a fixture")))
}

/// The first hint on stderr.
#[track_caller]
fn first_hint(cli: &Cli, line: &str, status: i32) -> String {
    let arguments = shlex::split(line).expect("words");
    let ran = cli.jelou(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).ended(status);
    assert!(!ran.stderr.contains("-- -"), "{line}: {ran:?}");
    let hint = ran.stderr.lines().find_map(|line| line.strip_prefix("hint: ")).map(str::to_owned);
    hint.unwrap_or_else(|| panic!("{line}: {ran:?}"))
}

#[test]
fn a_verb_leads_to_the_one_that_is_meant() {
    let cli = Cli::new();
    for (line, hint) in [
        ("tokens creat", "a similar subcommand exists: `create`"),
        ("tokens crate my-function", "a similar subcommand exists: `create`"),
        ("tokens roate", "a similar subcommand exists: `rotate`"),
        ("tokens lst", "a similar subcommand exists: `list`"),
        ("whoam", "a similar subcommand exists: `whoami`"),
        ("token", "see `jelou tokens --help`"),
        ("tokns list", "a similar subcommand exists: `tokens`"),
        ("auth login", "a command of that name exists: `jelou login`"),
        ("auth logout", "a command of that name exists: `jelou logout`"),
        ("auth whoami", "a command of that name exists: `jelou whoami`"),
        ("auth status", "`jelou whoami` shows whose credential"),
        ("auth token", "a stored token is never printed"),
        ("tokens add my-function", "`jelou tokens create` makes a token"),
        ("tokens new", "`jelou tokens create` makes a token"),
        ("token add", "`jelou tokens create` makes a token"),
        ("functions tokens add", "`jelou tokens create` makes a token"),
        ("tokens refresh my-function ci", "`jelou tokens rotate` gives"),
        ("tokens remove my-function ci", "`jelou tokens revoke` ends"),
        ("functions show my-function", "`jelou functions info` shows a function"),
        ("deployments get my-function dep_1", "`jelou deployments info` shows a deployment"),
        ("secrets get my-function", "`jelou secrets list` lists the keys"),
        ("revoke my-function ci", "a command of that name exists: `jelou tokens revoke`"),
        ("rotat my-function ci", "a command of that name exists: `jelou tokens rotate`"),
        ("deployments rollback", "a command of that name exists: `jelou rollback`"),
        ("list", "`jelou functions list` lists functions"),
        ("tokens my-function list", "the verb stands before the function: `jelou tokens list my-function`"),
        ("schema tokens creat", "a similar command exists: `tokens create`"),
        ("schema rotate", "a similar command exists: `tokens rotate`"),
        ("completions bsh", "some similar values exist: `bash`, `zsh`"),
        ("tokens list my-function --sort crated", "a similar value exists: `created`"),
        ("tokens list my-function --status activ", "a similar status exists: `active`"),
    ] {
        let found = first_hint(&cli, line, 2);
        assert!(found.starts_with(hint), "{line}: {found}");
    }
    assert_eq!(cli.sent(false), Vec::<String>::new());
    let ran = cli.jelou(&["tokens", "creat", "--json"]).ended(2).json();
    assert_eq!(ran["error"]["hint"], "a similar subcommand exists: `create`; see `jelou tokens --help`");
    // What the vendor's CLI has says so, whatever stands behind it.
    assert!(first_hint(&cli, "dev tokens", 2).contains("jelou sandbox run"));
}

#[test]
fn a_list_is_found_by_its_other_names() {
    let cli = Cli::new();
    for group in ["tokens", "functions", "deployments", "secrets", "auth"] {
        let function: &[&str] = if ["functions", "auth"].contains(&group) { &[] } else { &["my-function"] };
        let ran = cli.jelou(&[&[group, "ls", "--json"], function].concat()).ended(0).json();
        assert_eq!(ran["command"], format!("{group} list"));
    }
    let ran = cli.jelou(&["tokens", "get", "my-function", "--no-input"]).ended(2);
    assert!(ran.stderr.contains("`my-function` was taken for a TOKEN"), "{ran:?}");
}

#[test]
fn an_argument_leads_to_the_flag_that_is_meant() {
    let cli = Cli::new();
    for (line, hint) in [
        ("tokens create my-function ci", "`--name ci` gives the name"),
        ("tokens create my-function 'a b'", "`--name 'a b'` gives the name"),
        ("tokens create -f my-function ci", "with `-f` no word is the function; `--name NAME` gives the name"),
        ("tokens list -f my-function my-function", "with `-f` no word is the function"),
        ("tokens create my-function -n ci", "a similar argument exists: `--name`"),
        ("tokens create my-function --Name ci", "a similar argument exists: `--name`"),
        ("tokens create my-function --name ci --expires 3d", "a similar argument exists: `--expires-in`"),
        ("tokens create my-function --name ci --idempotency_key x", "a similar argument exists: `--idempotency-key`"),
        ("tokens create my-function --name ci --ttl 3d", "a similar argument exists: `--expires-in`"),
        ("tokens create my-function --name ci --wiat", "a similar argument exists: `--wait`"),
        ("tokens create my-function --name ci -o json", "a similar argument exists: `--json`"),
        ("tokens list my-function --output json", "a similar argument exists: `--json`"),
        ("tokens list my-function 'pr-*'", "`--name 'pr-*'` says the name"),
        ("tokens prune my-function 'pr-*'", "`--name 'pr-*'` says the name"),
        ("tokens revoke my-function ci --force", "a similar argument exists: `--yes`"),
        ("tokens rotate my-function ci cd", "`jelou tokens rotate` takes one TOKEN at a time"),
        (
            "tokens exec my-function npm test",
            "`--` stands before the command that is run: `jelou tokens exec … -- npm`",
        ),
        ("sandbox run bash", "`--` stands before the command that is run: `jelou sandbox run … -- bash`"),
        ("functions create my-fn 'My function'", "`--name 'My function'` says the name"),
        ("tokens create my-function", "for example `TOKEN=$(jelou tokens create my-fn --name ci --quiet)`"),
        ("tokens exec my-function", "for example `jelou tokens exec my-fn -- ./e2e.sh`"),
    ] {
        let found = first_hint(&cli, line, 2);
        assert!(found.starts_with(hint), "{line}: {found}");
    }
    assert_eq!(cli.sent(false), Vec::<String>::new());
}

/// Not every token can be recognised, so a long word is in no message.
#[test]
fn what_may_be_a_token_is_not_repeated() {
    let cli = Cli::new();
    let secret = "0123456789abcdefABCDEF";
    for line in
        ["login", "tokens create my-function", "tokens list my-function", "tokens exec my-function", "help", "tokens"]
    {
        let line = format!("{line} {secret} list");
        let ran = cli.jelou(&line.split(' ').collect::<Vec<_>>()).ended(2);
        assert!(!ran.stderr.contains(&secret[..8]), "{line}: {ran:?}");
    }
    let ran = cli.jelou(&["tokens", "verify", "my-function", secret]).ended(2);
    assert!(ran.stderr.contains("hint: a token is given with `--token-stdin`"), "{ran:?}");
}

#[test]
fn a_token_leads_to_those_with_a_similar_name() {
    for verb in ["info", "revoke -y", "rotate", "regenerate -y", "disable -y", "enable", "revoke -y --dry-run"] {
        let cli = with_tokens(&["ci-deploy"]);
        for (typed, hint) in [
            ("ci-depoly", "a similar token exists: `ci-deploy`"),
            ("ci_deploy", "a similar token exists: `ci-deploy`"),
            ("deploy", "a similar token exists: `ci-deploy`"),
            ("Default", "a similar token exists: `default`"),
            ("nothing-near", "`jelou tokens list my-function` shows"),
        ] {
            let (verb, flags) = verb.split_once(' ').unwrap_or((verb, ""));
            let found = first_hint(&cli, &format!("tokens {verb} my-function {typed} {flags}"), 5);
            assert!(found.starts_with(hint), "{verb} {typed}: {found}");
        }
        let sent = cli.sent(false);
        assert!(sent.iter().all(|line| line == "GET /v1/functions/my-function/tokens"), "{sent:?}");
        assert_eq!(sent.len(), 5, "one look-up each");
    }
    let cli = with_tokens(&["ci"]);
    let prefix = cli.sandbox.tokens("my-function").into_iter().find(|token| token.name == "ci").expect("it").prefix;
    let wrong = format!("{}ÿ", &prefix[..prefix.len() - 1]).replace('ÿ', "-");
    let found = first_hint(&cli, &format!("tokens info my-function {wrong}"), 5);
    assert!(found.contains(&format!("`{prefix}`")), "{found}");
}

#[test]
fn a_pattern_leads_to_prune() {
    let cli = with_tokens(&["pr-1", "pr-2"]);
    for (line, prune) in [
        ("tokens revoke my-function 'pr-*' -y", "`jelou tokens prune my-function --name 'pr-*'`"),
        ("tokens revoke -f my-function 'pr-?' -y", "`jelou tokens prune my-function --name 'pr-?'`"),
        ("tokens revoke my-function ci 'pr-[12]' -y", "`jelou tokens prune my-function --name 'pr-[12]'`"),
        ("tokens revoke 'pr-*' -y", "`jelou tokens prune --name 'pr-*'`"),
        ("tokens disable my-function 'pr-*' -y", "`jelou tokens list --name 'pr-*'`"),
        ("tokens rotate my-function 'pr-*'", "`jelou tokens list --name 'pr-*'`"),
    ] {
        let found = first_hint(&cli, line, 2);
        assert!(found.starts_with(prune), "{line}: {found}");
    }
    assert_eq!(cli.sent(false), Vec::<String>::new());
    cli.jelou(&["tokens", "prune", "my-function", "--name", "pr-*", "--dry-run"]).ended(0);
}

#[test]
fn a_profile_leads_to_the_stored_one() {
    let mut cli = Cli::new();
    for profile in ["staging", "production"] {
        let login = ["login", "--token-stdin", "--profile", profile];
        cli.jelou_with_stdin(&login, cli.sandbox.pat()).ended(0);
    }
    for line in ["auth switch stagin", "auth remove Staging -y", "whoami --profile stagign", "logout --profile stag"] {
        let found = first_hint(&cli, line, 2);
        assert!(found.starts_with("a similar profile exists: `staging`"), "{line}: {found}");
    }
    cli.unset("JELOU_TOKEN").set("JELOU_PROFILE", "prodution");
    assert!(first_hint(&cli, "whoami", 2).starts_with("a similar profile exists: `production`"));
}

#[test]
fn a_sink_leads_to_its_form() {
    let cli = Cli::new();
    for (sink, hint) in [
        ("fil:token", "a similar sink exists: `file:PATH`"),
        ("github_env:NAME", "a similar sink exists: `github-env:NAME`"),
        ("github-evn:NAME", "a similar sink exists: `github-env:NAME`"),
        ("cmd:cat", "known sinks are"),
        ("sectet:my-function/A", "a similar sink exists: `secret:SLUG/KEY`"),
        ("./token", "`--to file:./token` writes to a file"),
        ("token.txt", "`--to file:token.txt` writes to a file"),
        ("stdot", "a similar sink exists: `stdout`"),
    ] {
        let found = first_hint(&cli, &format!("tokens create my-function --name ci --to {sink}"), 2);
        assert!(found.starts_with(hint), "{sink}: {found}");
    }
    assert_eq!(cli.sent(false), Vec::<String>::new());
}

#[test]
fn a_fault_leads_to_its_kind() {
    let cli = Cli::new();
    for (fault, hint) in [
        ("reset_after POST", "a similar fault exists: `reset-after`"),
        ("statsu=503", "a similar fault exists: `status`"),
        ("redeploy-fail", "a similar fault exists: `redeploy-fails`"),
        ("status=503 post", "a similar word exists: `POST`"),
        ("status=503 contrl", "a similar word exists: `control`"),
        ("status=503 aftr=2", "a similar word exists: `after`"),
        ("nonsense", "a fault is one of"),
    ] {
        let found = first_hint(&cli, &format!("sandbox run --fault '{fault}' -- true"), 2);
        assert!(found.starts_with(hint), "{fault}: {found}");
    }
}

/// At a terminal the functions are looked up once more; a pipeline sends what it sent before.
#[test]
fn a_function_leads_to_one_with_a_similar_slug() {
    let cli = Cli::new();
    for line in [
        "tokens list my-functoin",
        "tokens list -f my-functoin",
        "tokens create my-functoin --name ci",
        "tokens info my-functoin ci",
        "functions info my-functoin",
        "functions delete my-functoin",
        "deployments list my-functoin",
        "secrets list my-functoin",
        "secrets set my-functoin A=1",
        "tokens rotate my-functoin tok_1",
    ] {
        let arguments: Vec<&str> = line.split(' ').collect();
        let session = cli.at_terminal(&arguments, Streams::All, None).ended(5);
        let hint = session.screen.lines().find(|line| line.starts_with("hint: "));
        assert_eq!(
            hint.map(str::trim_end),
            Some("hint: a similar function exists: `my-function`"),
            "{line}: {session:?}"
        );
        let before = cli.sent(false).len();
        cli.jelou(&[&arguments[..], &["-y"]].concat()).ended(5);
        assert!(!cli.sent(false)[before..].contains(&"GET /v1/functions".to_owned()), "{line}");
    }
    let session = cli.at_terminal(&["tokens", "info", "my-function", "tok_none"], Streams::All, None).ended(5);
    assert!(!session.screen.contains("similar function"), "the function exists: {session:?}");
}

/// The keys are listed for the question, which is then not asked.
#[test]
fn a_key_leads_to_the_stored_one() {
    let cli = Cli::new();
    cli.jelou(&["secrets", "set", "my-function", "API_KEY=1"]).ended(0);
    let before = cli.sent(false).len();
    let session = cli.at_terminal(&["secrets", "delete", "my-function", "API_KYE"], Streams::All, None).ended(5);
    assert!(session.screen.contains("hint: a similar key exists: `API_KEY`"), "{session:?}");
    assert_eq!(cli.sent(false)[before..], ["GET /v1/functions/my-function/secrets"]);
}

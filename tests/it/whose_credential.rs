//! Whose credential is used, which profiles there are, and where a credential comes from: in the
//! words of the vendor's docs.

use serde_json::{Value, json};

use crate::support::cli::Cli;
use crate::support::raw_server::{self, RawServer};
use crate::support::terminal::Streams;

const API_KEYS: &str = "https://apps.jelou.ai/settings/api-keys";
const SWITCH: &[&str] = &["auth", "switch"];

/// Without `JELOU_TOKEN`, so that profiles decide.
fn logged_out() -> Cli {
    let mut cli = Cli::new();
    let folder = cli.folder().join("config");
    cli.unset("JELOU_TOKEN").set("JELOU_CONFIG_DIR", folder.to_str().unwrap());
    cli
}

fn login(cli: &Cli, profile: &str) {
    let ran = cli.jelou_with_stdin(&["login", "--token-stdin", "--profile", profile], cli.sandbox.pat());
    assert_eq!(ran.ended(0).stderr, "");
}

/// A control plane that knows one credential of a type.
fn plane(kind: &str) -> RawServer {
    let me = json!({"id": "usr_1", "name": "alex@jelou.ai", "type": kind,
        "scopes": ["functions:read", "functions:write"]});
    RawServer::always(raw_server::json(200, &me.to_string()))
}

fn login_at(cli: &Cli, plane: &RawServer, profile: &str) {
    let arguments = ["login", "--token-stdin", "--profile", profile, "--api-url", &plane.url()];
    let ran = cli.jelou_with_stdin(&arguments, "sk_live_A1b2C3d4E5f6");
    assert_eq!(ran.ended(0).stderr, "");
}

fn file(cli: &Cli) -> Value {
    serde_json::from_slice(&std::fs::read(cli.folder().join("config/credentials.json")).unwrap()).unwrap()
}

#[test]
fn whoami_has_the_fields_of_the_docs() {
    for (kind, shown) in [("pat", "Personal Access Token"), ("api_key", "API Key"), ("robot", "robot")] {
        let mut cli = logged_out();
        let plane = plane(kind);
        cli.unset("JELOU_API_URL");
        login_at(&cli, &plane, "default");
        let ran = cli.jelou(&["whoami"]).ended(0);
        let fields = format!(
            "▸ Type     {shown}\n▸ Name     alex@jelou.ai\n▸ Scopes   functions:read, functions:write\n\
             ▸ API      {}\n▸ Profile  default (from credentials file)\n▸ ID       usr_1\n",
            plane.url()
        );
        assert_eq!(ran.stdout, fields);
        let data = cli.jelou(&["whoami", "--json"]).ended(0).json()["data"].clone();
        let url = format!("{}/", plane.url());
        assert_eq!(
            data,
            json!({"id": "usr_1", "name": "alex@jelou.ai", "type": kind,
                "scopes": ["functions:read", "functions:write"], "profile": "default", "source": "profile default",
                "api_url": url})
        );
    }
}

#[test]
fn whoami_says_that_the_environment_gave_the_token() {
    let mut cli = logged_out();
    login(&cli, "default");
    let pat = cli.sandbox.pat().to_owned();
    cli.set("JELOU_TOKEN", &pat);
    let ran = cli.jelou(&["whoami"]).ended(0);
    assert!(ran.stdout.contains("▸ Profile  none (`JELOU_TOKEN` of the environment)\n"), "{ran:?}");
    let ran = cli.jelou(&["whoami", "--profile", "default"]).ended(0);
    assert!(ran.stdout.contains("▸ Profile  default (from credentials file)\n"), "{ran:?}");
}

/// A credential that allows nothing, or whose server does not say what it allows.
#[test]
fn a_credential_without_scopes_says_so() {
    let mut cli = logged_out();
    let pat = cli.sandbox.issue_pat(&[]);
    cli.set("JELOU_TOKEN", &pat);
    let ran = cli.jelou(&["whoami"]).ended(0);
    assert!(ran.stdout.contains("▸ Scopes   none listed\n"), "{ran:?}");
    assert_eq!(cli.jelou(&["whoami", "--json"]).ended(0).json()["data"]["scopes"], json!([]));
}

#[test]
fn the_list_has_the_columns_of_the_docs_and_the_api_where_it_differs() {
    let cli = logged_out();
    login(&cli, "default");
    login(&cli, "staging");
    let ran = cli.jelou(&["auth", "list"]).ended(0);
    assert_eq!(
        ran.stdout,
        "▸ Profile   Identity   Type   Active\n▸ default   sandbox    PAT\n▸ staging   sandbox    PAT    ✓\n"
    );
    let plane = plane("api_key");
    login_at(&cli, &plane, "other");
    let ran = cli.jelou(&["auth", "list"]).ended(0);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines[0], "▸ Profile   Identity        Type      Active   API");
    assert_eq!(lines[1], format!("▸ default   sandbox         PAT                {}", cli.sandbox.api_url()));
    assert_eq!(lines[2], format!("▸ other     alex@jelou.ai   API Key   ✓        {}", plane.url()));
    let listed = cli.jelou(&["auth", "list", "--json"]).ended(0).json()["data"].clone();
    assert_eq!(listed[1]["type"], "api_key");
    assert_eq!(
        listed[0],
        json!({"name": "default", "active": false, "user": "sandbox", "type": "pat",
            "api_url": format!("{}/", cli.sandbox.api_url())})
    );
}

/// A file that an earlier version wrote has no types, and keeps being read.
#[test]
fn a_profile_without_a_type_has_an_empty_cell_until_the_next_login() {
    let cli = logged_out();
    let profile = json!({"token": cli.sandbox.pat(), "api_url": cli.sandbox.api_url(), "gateway_url": null,
        "user": {"id": "usr_1", "name": "Ana"}, "created_at": "2026-04-05T09:00:00Z"});
    let content = json!({"version": 1, "active": "old", "profiles": {"old": profile}});
    let path = cli.write("config/credentials.json", content.to_string());
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let ran = cli.jelou(&["auth", "list"]).ended(0);
    assert_eq!(ran.stdout, "▸ Profile   Identity   Type   Active\n▸ old       Ana               ✓\n");
    assert_eq!(cli.jelou(&["auth", "list", "--json"]).ended(0).json()["data"][0]["type"], json!(null));
    login(&cli, "new");
    assert_eq!(file(&cli)["profiles"]["old"], profile, "what is not known is not written");
    assert_eq!(file(&cli)["profiles"]["new"]["type"], "pat");
    cli.jelou_with_stdin(&["login", "--token-stdin", "--profile", "old"], cli.sandbox.pat()).ended(0);
    assert_eq!(file(&cli)["profiles"]["old"]["type"], "pat");
}

/// An ASCII terminal shows no check mark.
#[test]
fn a_terminal_without_unicode_gets_ascii() {
    let mut cli = logged_out();
    login(&cli, "default");
    login(&cli, "staging");
    cli.set("TERM", "linux");
    let session = cli.at_terminal(&["auth", "list"], Streams::All, None).ended(0);
    assert!(session.screen.is_ascii() && session.screen.contains("PAT    +\n"), "{session:?}");
    let session = cli.at_terminal(&["login"], Streams::All, Some(("Paste your API key", "\u{4}"))).ended(14);
    assert!(session.screen.is_ascii(), "{session:?}");
}

#[test]
fn switching_without_a_name_asks_which_profile() {
    let cli = logged_out();
    login(&cli, "default");
    login(&cli, "staging");
    login_at(&cli, &plane("pat"), "work");
    let active = |cli: &Cli| file(cli)["active"].clone();
    assert_eq!(active(&cli), "work");
    // The active one is where the menu begins.
    let session = cli.at_terminal(SWITCH, Streams::All, Some(("Which profile", "\r"))).ended(0);
    assert!(session.screen.contains("work      alex@jelou.ai   (active)"), "{session:?}");
    assert!(session.screen.contains("staging   sandbox"), "{session:?}");
    assert_eq!(active(&cli), "work");
    let session = cli.at_terminal(SWITCH, Streams::All, Some(("Which profile", "\u{1b}[A\r"))).ended(0);
    assert!(session.screen.contains("✓ Profile staging is active"), "{session:?}");
    assert_eq!(active(&cli), "staging");
    let session = cli.at_terminal(SWITCH, Streams::All, Some(("Which profile", "\u{1b}"))).ended(14);
    assert_eq!(active(&cli), "staging", "{session:?}");
}

#[test]
fn where_nobody_can_be_asked_the_profiles_are_named() {
    let cli = logged_out();
    let ran = cli.jelou(SWITCH).ended(2);
    assert!(ran.stderr.contains("No profiles are stored") && ran.stderr.contains("`jelou login`"), "{ran:?}");
    let session = cli.at_terminal(SWITCH, Streams::All, None).ended(2);
    assert!(session.screen.contains("No profiles are stored"), "{session:?}");
    login(&cli, "default");
    login(&cli, "staging");
    for flags in [&[][..], &["--json"], &["--no-input"], &["--quiet"]] {
        let ran = cli.jelou(&[SWITCH, flags].concat()).ended(2);
        assert!(ran.stderr.contains("default, staging (the active one)"), "{ran:?}");
        assert!(ran.stderr.contains("`jelou auth switch NAME`"), "{ran:?}");
    }
    let ran = cli.jelou(&["auth", "remove"]).ended(2);
    assert!(ran.stderr.contains("<NAME>"), "{ran:?}");
    assert_eq!(file(&cli)["active"], "staging");
}

/// Both kinds of credential are named, and where they are made.
#[test]
fn it_is_said_where_a_credential_comes_from() {
    let cli = logged_out();
    let said = [
        cli.jelou(&["login", "--help"]).ended(0).stdout,
        cli.jelou(&["whoami"]).ended(3).stderr,
        cli.jelou(&["tokens", "list", "my-function"]).ended(3).stderr,
        cli.jelou(&["login"]).ended(2).stderr,
        cli.at_terminal(&["login"], Streams::All, Some(("? Paste your API key", "\u{3}"))).ended(130).screen,
    ];
    for text in said {
        // The help wraps its lines.
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("API key") && text.contains("jfn_pat_") && text.contains(API_KEYS), "{text}");
    }
    let ran = cli.jelou_with_stdin(&["login", "--token-stdin"], "jfn_rt_A1b2C3d4E5f6").ended(2);
    assert!(ran.stderr.contains("API key") && ran.stderr.contains("jfn_pat_"), "{ran:?}");
    assert_eq!(cli.sent(false), Vec::<String>::new());
}

/// Lines of the vendor's docs.
#[test]
fn the_vendors_ways_to_log_in_work() {
    let pat = |cli: &Cli| cli.sandbox.pat().to_owned();
    let cli = logged_out();
    for arguments in [
        &["login", "--token", &pat(&cli)][..],
        &["login", "--token", &pat(&cli), "--profile", "staging"],
        &["login", "--skip-skills", "--token", &pat(&cli)],
        &["--no-input", "login", "--token", &pat(&cli), "--skip-skills", "--json"],
    ] {
        cli.jelou(arguments).ended(0);
    }
    let asked = cli.converse(&["login", "--skip-skills"], &[("Paste your API key", &format!("{}\r", pat(&cli)))]);
    assert!(asked.ended(0).screen.contains("✓ Logged in"));
    // An API key has no prefix that is known.
    let plane = plane("api_key");
    login_at(&cli, &plane, "keyed");
    assert!(plane.requests()[0].contains("Bearer sk_live_A1b2C3d4E5f6"), "{:?}", plane.requests());
}

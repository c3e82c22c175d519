//! `login`, `logout` and `auth` choose, replace and forget profiles, and say which one is used from
//! then on.

use serde_json::{Value, json};

use crate::support::cli::{Cli, Ran};
use crate::support::raw_server::{self, RawServer};
use crate::support::terminal::Streams;

fn with_profiles(names: &[&str]) -> Cli {
    let mut cli = Cli::new();
    let folder = cli.folder().join("config");
    cli.unset("JELOU_TOKEN").set("JELOU_CONFIG_DIR", folder.to_str().unwrap());
    for name in names {
        login(&cli, &["--profile", name]).ended(0);
    }
    cli
}

#[must_use]
fn login(cli: &Cli, arguments: &[&str]) -> Ran {
    cli.jelou_with_stdin(&[&["login", "--token-stdin"], arguments].concat(), cli.sandbox.pat())
}

fn stored(cli: &Cli) -> Vec<String> {
    cli.jelou(&["auth", "list", "--quiet"]).ended(0).stdout.lines().map(str::to_owned).collect()
}

fn codes(document: &Value) -> Vec<&str> {
    document["warnings"].as_array().unwrap().iter().map(|warning| warning["code"].as_str().unwrap()).collect()
}

/// The flag, else the environment, else the active one; `two` is active.
#[test]
fn logout_forgets_the_profile_that_would_be_used() {
    for (variable, flags, forgotten) in [
        (None, &[][..], "two"),
        (Some("one"), &[], "one"),
        (Some("one"), &["--profile", "three"], "three"),
        (Some(""), &[], "two"),
    ] {
        for token in [None, Some("jfn_pat_sbx_nobody0nobody0")] {
            let mut cli = with_profiles(&["one", "three", "two"]);
            variable.map(|name| cli.set("JELOU_PROFILE", name));
            token.map(|token| cli.set("JELOU_TOKEN", token));
            let document = cli.jelou(&[&["logout", "--json"], flags].concat()).ended(0).json();
            let left: Vec<&str> = ["one", "three", "two"].into_iter().filter(|name| *name != forgotten).collect();
            assert_eq!(document["data"], json!({"removed": [forgotten], "left": left}), "{variable:?} {flags:?}");
            assert_eq!(stored(&cli), left);
            let wins = match (token, variable) {
                (Some(_), _) => vec!["NOT_REVOKED", "JELOU_TOKEN_WINS"],
                (None, Some("one")) => vec!["NOT_REVOKED", "JELOU_PROFILE_WINS"],
                _ => vec!["NOT_REVOKED"],
            };
            assert_eq!(codes(&document), wins, "{variable:?} {flags:?}");
        }
    }
}

#[test]
fn the_profiles_left_are_named() {
    let cli = with_profiles(&["one", "three", "two"]);
    let said = cli.jelou(&["logout"]).ended(0).stdout;
    assert!(
        said.contains("forgotten: two (") && said.contains("one, three") && said.contains("none is active"),
        "{said}"
    );
    cli.jelou(&["auth", "switch", "one"]).ended(0);
    let said = cli.jelou(&["auth", "remove", "three", "-y"]).ended(0).stdout;
    assert!(said.contains("one (one is active)"), "{said}");
    let said = cli.jelou(&["logout", "--all", "-y"]).ended(0).stdout;
    assert!(said.starts_with("✓ Profile forgotten: one (") && said.lines().count() == 1, "{said}");
}

#[test]
fn a_profile_that_does_not_exist_is_not_another_one() {
    let mut cli = with_profiles(&["one"]);
    cli.jelou(&["logout", "--profile", "nobody"]).ended(2);
    cli.set("JELOU_PROFILE", "nobody");
    let ran = cli.jelou(&["logout"]).ended(2);
    assert!(ran.stderr.contains("`nobody`") && ran.stderr.contains("auth list"), "{ran:?}");
    assert_eq!(stored(&cli), ["one"]);
}

/// Nothing is stored, so nothing has to be written.
#[test]
fn logging_out_of_nothing_writes_nothing_and_needs_no_home() {
    let mut cli = Cli::new();
    for arguments in [&["logout"][..], &["logout", "--all", "-y"]] {
        for (home, folder) in
            [(None, None), (Some("/proc/nowhere"), None), (Some("/dev/null"), None), (None, Some("new"))]
        {
            cli.unset("HOME").unset("JELOU_CONFIG_DIR");
            home.map(|home| cli.set("HOME", home));
            let folder = folder.map(|name| cli.folder().join(name));
            folder.as_ref().map(|folder| cli.set("JELOU_CONFIG_DIR", folder.to_str().unwrap()));
            let document = cli.jelou(&[arguments, &["--json"]].concat()).ended(0).json();
            assert_eq!(document["data"], json!({"removed": [], "left": []}), "{arguments:?} {home:?}");
            assert_eq!(codes(&document), ["JELOU_TOKEN_WINS"], "still logged in by it");
            for arguments in [["auth", "switch", "a"], ["auth", "remove", "a"]] {
                cli.jelou(&[&arguments[..], &["-y"]].concat()).ended(2);
            }
            assert!(folder.is_none_or(|folder| !folder.exists()));
        }
    }
}

#[test]
fn a_switch_says_that_the_environment_still_wins() {
    let mut cli = with_profiles(&["one", "two"]);
    let switched = |cli: &Cli| {
        let document = cli.jelou(&["auth", "switch", "one", "--json"]).ended(0).json();
        assert_eq!(document["data"]["active"], "one");
        codes(&document).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(switched(&cli), Vec::<String>::new());
    cli.set("JELOU_PROFILE", "one");
    assert_eq!(switched(&cli), Vec::<String>::new());
    cli.set("JELOU_PROFILE", "two");
    assert_eq!(switched(&cli), ["JELOU_PROFILE_WINS"]);
    cli.set("JELOU_TOKEN", "jfn_pat_sbx_nobody0nobody0");
    assert_eq!(switched(&cli), ["JELOU_TOKEN_WINS"]);
}

#[test]
fn a_login_says_which_profile_is_used_from_now_on() {
    let mut cli = with_profiles(&["one"]);
    let ran = login(&cli, &["--profile", "two"]).ended(0);
    assert!(ran.stdout.contains("profile two, now the active one"), "{ran:?}");
    cli.set("JELOU_PROFILE", "one");
    assert_eq!(codes(&login(&cli, &["--profile", "two", "--json"]).ended(0).json()), ["JELOU_PROFILE_WINS"]);
    assert_eq!(codes(&login(&cli, &["--json"]).ended(0).json()), Vec::<&str>::new(), "it is the one that is chosen");
    let token = cli.sandbox.pat().to_owned();
    cli.set("JELOU_TOKEN", &token);
    assert_eq!(codes(&login(&cli, &["--profile", "two", "--json"]).ended(0).json()), ["JELOU_TOKEN_WINS"]);
}

#[test]
fn a_login_says_what_it_replaces() {
    let user =
        |id: &str| raw_server::json(200, &json!({"id": id, "name": "Bo", "type": "pat", "scopes": []}).to_string());
    let (bo, again, cy) =
        (RawServer::always(user("usr_bo")), RawServer::always(user("usr_bo")), RawServer::always(user("usr_cy")));
    let cli = with_profiles(&["default"]);
    let replaces = |arguments: &[&str]| {
        let ran = login(&cli, arguments).ended(0);
        ran.stderr.contains("replaced").then_some(ran.stderr)
    };
    assert_eq!(replaces(&[]), None, "the same user at the same origin");
    let said = replaces(&["--api-url", &bo.url()]).expect("another origin");
    assert!(said.contains(&cli.sandbox.api_url()) && said.contains("profile default"), "{said}");
    let said = replaces(&["--api-url", &again.url()]).expect("another origin, the same user");
    assert!(said.contains("Bo (usr_bo)") && said.contains(&bo.url()), "{said}");
    assert_eq!(replaces(&["--api-url", &again.url()]), None);
    assert_eq!(replaces(&["--profile", "new", "--api-url", &cy.url()]), None, "a new profile");
    // Another user at the same origin.
    let changing = RawServer::answering(move |count, _| user(if count == 0 { "usr_bo" } else { "usr_cy" }));
    assert_eq!(replaces(&["--profile", "p", "--api-url", &changing.url()]), None);
    let said = replaces(&["--profile", "p", "--api-url", &changing.url()]).expect("another user");
    assert!(said.contains("Bo (usr_bo)"), "{said}");
}

#[test]
fn the_errors_of_a_login_do_not_say_to_log_in() {
    let cli = with_profiles(&[]);
    for token in ["jfn_pat_sbx_nobody0nobody0", "", "hunter", "jfn_rt_sbx_aaaaaaaaaaaaaaaaaaaa"] {
        let ran = cli.jelou_with_stdin(&["login", "--token-stdin"], token);
        assert!([2, 3].contains(&ran.status) && !ran.stderr.contains("jelou login`"), "{ran:?}");
    }
    let ran = cli.jelou_with_stdin(&["login", "--token-stdin"], "jfn_pat_sbx_nobody0nobody0").ended(3);
    assert!(ran.stderr.contains("hint: nothing was stored") && ran.stderr.contains(&cli.sandbox.api_url()), "{ran:?}");
    for status in [400, 403, 404, 500] {
        let server = RawServer::always(raw_server::json(status, "{}"));
        let ran = login(&cli, &["--api-url", &server.url(), "--retries", "0"]);
        assert!(ran.status != 0 && !ran.stderr.contains("jelou login"), "{ran:?}");
    }
    let ran = login(&cli, &["--api-url", "http://a:b@127.0.0.1"]).ended(2);
    assert!(!ran.stderr.contains("jelou login"), "{ran:?}");
}

/// What does not exist is found out before anybody is asked, and what is forgotten is named.
#[test]
fn the_question_names_the_profiles() {
    let cli = with_profiles(&["one", "two"]);
    let session = cli.at_terminal(&["logout", "--all"], Streams::All, Some(("(y/N)", "n\r"))).ended(14);
    assert!(session.screen.contains("one, two"), "{session:?}");
    let session = cli.at_terminal(&["auth", "remove", "nobody"], Streams::All, None).ended(2);
    assert!(!session.screen.contains("(y/N)"), "{session:?}");
    assert_eq!(stored(&cli), ["one", "two"]);
}

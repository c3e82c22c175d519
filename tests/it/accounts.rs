//! Profiles: how they are stored, and to which origin their credentials may be sent.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::cli::{Cli, Ran};
use crate::support::raw_server::{self, RawServer};

/// Without `JELOU_TOKEN`, so that profiles decide; the management token comes on stdin.
fn logged_out() -> Cli {
    let mut cli = Cli::new();
    let folder = cli.folder().join("config");
    cli.unset("JELOU_TOKEN").set("JELOU_CONFIG_DIR", folder.to_str().unwrap());
    cli
}

#[must_use]
fn login(cli: &Cli, arguments: &[&str]) -> Ran {
    cli.jelou_with_stdin(&[&["login", "--token-stdin"], arguments].concat(), cli.sandbox.pat())
}

fn file(cli: &Cli) -> PathBuf {
    cli.folder().join("config/credentials.json")
}

fn stored(cli: &Cli) -> Value {
    serde_json::from_slice(&std::fs::read(file(cli)).expect("the file")).expect("JSON")
}

#[test]
fn a_login_is_verified_and_stored_with_mode_0600() {
    let cli = logged_out();
    let ran = login(&cli, &["--json"]).ended(0);
    assert_eq!(ran.json()["data"]["profile"], "default");
    assert!(!ran.stdout.contains(cli.sandbox.pat()) && !ran.stderr.contains(cli.sandbox.pat()));
    assert_eq!(std::fs::metadata(file(&cli)).unwrap().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(cli.folder().join("config")).unwrap().mode() & 0o777, 0o700);
    assert_eq!(cli.sent(false), ["GET /v1/me"]);
    let mut content = stored(&cli);
    let profile = content["profiles"]["default"].as_object_mut().unwrap();
    assert!(profile.remove("created_at").unwrap().as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
    let keys: Vec<&String> = profile.keys().collect();
    assert_eq!(keys, ["token", "api_url", "gateway_url", "user", "type"]);
    assert_eq!(
        (&profile["token"], &profile["api_url"]),
        (&json!(cli.sandbox.pat()), &json!(format!("{}/", cli.sandbox.api_url())))
    );
    assert_eq!((&content["version"], &content["active"]), (&json!(1), &json!("default")));
    assert_eq!(cli.jelou(&["whoami", "--json"]).ended(0).json()["data"]["profile"], "default");
    cli.jelou(&["tokens", "list", "my-function"]).ended(0);
    let left: Vec<_> =
        std::fs::read_dir(cli.folder().join("config")).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".tmp")), "{left:?}");
}

#[test]
fn a_login_that_is_refused_stores_nothing() {
    let cli = logged_out();
    cli.jelou_with_stdin(&["login", "--token-stdin"], "jfn_pat_sbx_nobody0nobody0").ended(3);
    for text in ["", "\n", "hunter2", "jfn_pat_sbx_a\njfn_pat_sbx_b"] {
        let ran = cli.jelou_with_stdin(&["login", "--token-stdin"], text).ended(2);
        assert!(!ran.stderr.contains("hunter2"), "{ran:?}");
    }
    cli.jelou(&["login"]).ended(2);
    for name in ["", "a b", "a/b", "ä", "a\n", &"x".repeat(65)] {
        login(&cli, &["--profile", name]).ended(2);
    }
    assert!(!file(&cli).exists());
    for name in ["a", "A.b_c-9", &"x".repeat(64)] {
        login(&cli, &["--profile", name]).ended(0);
    }
    let mut cli = logged_out();
    let folder = cli.write("plain", "").join("jelou");
    cli.set("JELOU_CONFIG_DIR", folder.to_str().unwrap());
    assert_eq!(cli.jelou(&["auth", "list", "--json"]).ended(0).json()["data"], json!([]), "no folder");
    let ran = login(&cli, &[]).ended(2);
    assert!(ran.stderr.contains("cannot be created") && ran.stderr.contains("JELOU_CONFIG_DIR"), "{ran:?}");
}

#[test]
fn a_token_in_the_arguments_works_and_warns() {
    let cli = logged_out();
    let ran = cli.jelou(&["login", "--token", cli.sandbox.pat()]).ended(0);
    assert!(!ran.stderr.contains(cli.sandbox.pat()), "{ran:?}");
}

#[test]
fn the_environment_wins_over_the_active_profile_and_a_flag_over_both() {
    let mut cli = logged_out();
    login(&cli, &[]).ended(0);
    cli.set("JELOU_TOKEN", "jfn_pat_sbx_nobody0nobody0");
    login(&cli, &["--profile", "work"]).ended(0);
    cli.jelou(&["whoami"]).ended(3);
    let ran = cli.jelou(&["whoami", "--profile", "work", "--json"]).ended(0);
    assert_eq!(ran.json()["data"]["profile"], "work");
    cli.unset("JELOU_TOKEN").set("JELOU_PROFILE", "default");
    assert_eq!(cli.jelou(&["whoami", "--json"]).ended(0).json()["data"]["profile"], "default");
    cli.jelou(&["whoami", "--profile", "nobody"]).ended(2);
}

#[test]
fn profiles_are_listed_switched_and_removed() {
    let cli = logged_out();
    assert_eq!(cli.jelou(&["auth", "list", "--json"]).ended(0).json()["data"], serde_json::json!([]));
    for name in ["one", "two", "three"] {
        login(&cli, &["--profile", name]).ended(0);
    }
    let active = |cli: &Cli| stored(cli)["active"].clone();
    assert_eq!(active(&cli), "three");
    cli.jelou(&["auth", "switch", "one"]).ended(0);
    assert_eq!(active(&cli), "one");
    cli.jelou(&["auth", "switch", "nobody"]).ended(2);
    assert_eq!(cli.jelou(&["auth", "list", "--quiet"]).ended(0).stdout, "one\nthree\ntwo\n");
    cli.jelou(&["auth", "remove", "two"]).ended(2);
    cli.jelou(&["auth", "remove", "two", "-y"]).ended(0);
    cli.jelou(&["logout"]).ended(0);
    assert_eq!(stored(&cli)["profiles"].as_object().unwrap().keys().collect::<Vec<_>>(), ["three"]);
    cli.jelou(&["whoami"]).ended(3);
    cli.jelou(&["logout", "--all"]).ended(2);
    cli.jelou(&["logout", "--all", "-y"]).ended(0);
    assert_eq!(stored(&cli)["profiles"], serde_json::json!({}));
    let requests = cli.sent(false);
    assert_eq!(requests.len(), 3, "only logins ask: {requests:?}");
}

#[test]
fn concurrent_logins_lose_no_profile() {
    let cli = logged_out();
    let names: Vec<String> = (0..8).map(|number| format!("p{number}")).collect();
    std::thread::scope(|scope| {
        for name in &names {
            scope.spawn(|| login(&cli, &["--profile", name]).ended(0));
        }
    });
    assert_eq!(
        stored(&cli)["profiles"].as_object().unwrap().keys().collect::<Vec<_>>(),
        names.iter().collect::<Vec<_>>()
    );
}

#[test]
fn a_stored_credential_is_sent_to_its_origin_only() {
    let trap = RawServer::always(raw_server::json(200, "{}"));
    let mut cli = logged_out();
    login(&cli, &[]).ended(0);
    cli.jelou(&["whoami", "--api-url", &trap.url()]).ended(2);
    cli.set("JELOU_API_URL", &trap.url());
    cli.jelou(&["whoami"]).ended(2);
    cli.jelou(&["tokens", "list", "my-function", "--profile", "default"]).ended(2);
    assert_eq!(trap.requests(), Vec::<String>::new());
    cli.unset("JELOU_API_URL");
    cli.jelou(&["whoami"]).ended(0);
}

#[test]
fn a_corrupt_credentials_file_is_named_and_never_overwritten() {
    const TOKEN: &str = "jfn_pat_A1b2C3d4E5f6";
    let profile = |name: &str, token: &str| {
        let profile = json!({"token": token, "api_url": "https://a", "created_at": "2026-04-05T09:00:00Z"});
        json!({"version": 1, "profiles": {name: profile}}).to_string()
    };
    let whole = profile("a", TOKEN);
    let table = [
        (String::new(), "line 1, column 0"),
        ("{".to_owned(), "line 1"),
        ("{}".to_owned(), "line 1"),
        ("[]".to_owned(), "line 1"),
        ("\u{0}\u{1}".to_owned(), "line 1"),
        (whole[..whole.len() - 40].to_owned(), "line 1"),
        (format!("\"{TOKEN}\""), "line 1"),
        (json!({"version": TOKEN}).to_string(), "line 1"),
        (json!({"version": 1, "profiles": {"a": TOKEN}}).to_string(), "line 1"),
        (json!({"version": 1, "profiles": {"a": {"token": TOKEN}}}).to_string(), "line 1"),
        (profile("a b", TOKEN), "a profile's name"),
        (profile("a", &TOKEN.replace("jfn_pat_", "jfn_rt_")), "profile `a` holds a runtime token"),
        (profile("a", ""), "profile `a` holds no token"),
        (profile("a", "two words"), "profile `a` does not hold a token"),
        (json!({"version": 2}).to_string(), "a newer `jelou`"),
        ("x".repeat(5 << 20), "too large"),
    ];
    for (content, reason) in table {
        let cli = logged_out();
        cli.write("config/credentials.json", &content);
        std::fs::set_permissions(file(&cli), PermissionsExt::from_mode(0o600)).unwrap();
        for ran in [cli.jelou(&["whoami"]), cli.jelou(&["auth", "list"]), cli.jelou(&["logout"]), login(&cli, &[])] {
            let said = ran.ended(2).stderr;
            assert!(said.contains("credentials.json") && said.contains(reason), "{reason}: {said}");
            assert!(said.contains("hint: ") && !said.contains("A1b2C3d4E5f6") && !said.contains("two words"), "{said}");
        }
        assert!(std::fs::read_to_string(file(&cli)).unwrap() == content, "overwritten");
    }
}

#[test]
fn fields_of_a_newer_version_survive_a_login() {
    let cli = logged_out();
    let other = json!({"token": "jfn_pat_A1b2C3d4E5f6", "api_url": "https://a", "gateway_url": null, "user": null,
        "created_at": "2026-04-05T09:00:00Z", "region": {"x": 1}});
    let content = json!({"version": 1, "theme": "dark", "profiles": {"a": other}});
    cli.write("config/credentials.json", content.to_string());
    login(&cli, &[]).ended(0);
    let stored = stored(&cli);
    assert_eq!((&stored["theme"], &stored["profiles"]["a"]), (&json!("dark"), &other));
    assert_eq!(stored["profiles"]["default"]["token"], cli.sandbox.pat());
}

#[test]
fn a_symlink_is_refused_and_a_loose_mode_warns() {
    let cli = logged_out();
    login(&cli, &[]).ended(0);
    std::fs::set_permissions(file(&cli), PermissionsExt::from_mode(0o644)).unwrap();
    let ran = cli.jelou(&["whoami"]).ended(0);
    assert!(ran.stderr.contains("chmod 600"), "{ran:?}");
    let elsewhere = cli.folder().join("elsewhere.json");
    std::fs::rename(file(&cli), &elsewhere).unwrap();
    symlink(&elsewhere, file(&cli)).unwrap();
    let ran = cli.jelou(&["whoami"]).ended(2);
    assert!(ran.stderr.contains("symbolic link"), "{ran:?}");
    let before = std::fs::read(&elsewhere).unwrap();
    login(&cli, &["--profile", "other"]).ended(2);
    assert_eq!(std::fs::read(&elsewhere).unwrap(), before);
}

#[test]
fn with_a_token_in_the_environment_the_credentials_file_is_not_read() {
    let mut cli = Cli::new();
    cli.write("config/credentials.json", "{");
    let folder = cli.folder().join("config");
    cli.set("JELOU_CONFIG_DIR", folder.to_str().unwrap());
    cli.jelou(&["tokens", "list", "my-function"]).ended(0);
    cli.unset("JELOU_CONFIG_DIR").unset("HOME");
    cli.jelou(&["tokens", "list", "my-function"]).ended(0);
    cli.jelou(&["tokens", "create", "my-function", "--name", "a"]).ended(0);
    cli.set("HOME", "/proc/nowhere");
    cli.jelou(&["tokens", "create", "my-function", "--name", "b"]).ended(0);
    cli.set("HOME", "/dev/null");
    cli.jelou(&["tokens", "create", "my-function", "--name", "c"]).ended(0);
}

//! `--verbose` says where each setting comes from, which proxy and which certificates are used; never
//! the value of a secret.

use crate::support::cli::Cli;
use crate::support::forward_proxy::ForwardProxy;

/// The line about a setting.
#[track_caller]
fn told(stderr: &str, setting: &str) -> String {
    let begin = format!("setting: {setting}: ");
    let lines: Vec<&str> = stderr.lines().filter_map(|line| line.strip_prefix(&begin)).collect();
    assert_eq!(lines.len(), 1, "`{setting}` once: {stderr}");
    lines[0].to_owned()
}

#[test]
fn each_setting_has_an_origin() {
    let mut cli = Cli::new();
    let api = cli.sandbox.api_url();
    let ran = cli.jelou(&["whoami", "-v"]).ended(0);
    assert!(told(&ran.stderr, "control plane").starts_with(api.trim_end_matches('/')), "{ran:?}");
    for (setting, origin) in [
        ("control plane", "(`JELOU_API_URL`)"),
        ("gateway", "(`JELOU_GATEWAY_URL`)"),
        ("credential", "(`JELOU_TOKEN`)"),
        ("request timeout", "(the default)"),
        ("wait timeout", "(the default)"),
        ("retries", "(the default)"),
        ("output", "(the default)"),
        ("function", "none (nothing names one)"),
        ("proxy", "none"),
        ("certificates", "none"),
    ] {
        assert!(told(&ran.stderr, setting).contains(origin), "{setting}: {ran:?}");
    }
    assert_eq!(told(&ran.stderr, "retries"), "3 (the default)");
    let flags = ["whoami", "-v", "--json", "--api-url", &api, "--timeout", "5m", "--retries", "1"];
    let ran = cli.jelou(&flags).ended(0);
    assert_eq!(told(&ran.stderr, "wait timeout"), "5m (`--timeout`)");
    assert_eq!(told(&ran.stderr, "retries"), "1 (`--retries`)");
    assert!(told(&ran.stderr, "control plane").ends_with("(`--api-url`)"), "{ran:?}");
    assert_eq!(told(&ran.stderr, "output"), "json (`--json`)");
    cli.set("JELOU_RETRIES", "2").set("JELOU_OUTPUT", "json");
    let ran = cli.jelou(&["whoami", "-v"]).ended(0);
    assert_eq!(told(&ran.stderr, "retries"), "2 (`JELOU_RETRIES`)");
    assert_eq!(told(&ran.stderr, "output"), "json (`JELOU_OUTPUT`)");
}

#[test]
fn the_profile_and_why_it_is_used() {
    let mut cli = Cli::new();
    let config = cli.folder().join("config").display().to_string();
    cli.set("JELOU_CONFIG_DIR", &config);
    for profile in ["staging", "work"] {
        cli.jelou_with_stdin(&["login", "--token-stdin", "--profile", profile], cli.sandbox.pat()).ended(0);
    }
    cli.unset("JELOU_TOKEN").unset("JELOU_API_URL").unset("JELOU_GATEWAY_URL");
    let ran = cli.jelou(&["whoami", "-v"]).ended(0);
    assert_eq!(told(&ran.stderr, "credential"), format!("profile work of {config}/credentials.json (the active one)"));
    assert!(told(&ran.stderr, "control plane").ends_with("(profile work)"), "{ran:?}");
    assert!(told(&ran.stderr, "gateway").ends_with("(profile work)"), "{ran:?}");
    let ran = cli.jelou(&["whoami", "-v", "--profile", "staging"]).ended(0);
    assert!(told(&ran.stderr, "credential").ends_with("(`--profile`)"), "{ran:?}");
    cli.set("JELOU_PROFILE", "staging");
    let ran = cli.jelou(&["whoami", "-v"]).ended(0);
    assert!(told(&ran.stderr, "credential").starts_with("profile staging of "), "{ran:?}");
    assert!(told(&ran.stderr, "credential").ends_with("(`JELOU_PROFILE`)"), "{ran:?}");
}

#[test]
fn the_function_and_where_it_was_named() {
    let mut cli = Cli::new();
    let list = |cli: &Cli, words: &[&str]| {
        let ran = cli.jelou(&[&["tokens", "list", "-v"], words].concat()).ended(0);
        told(&ran.stderr, "function")
    };
    assert_eq!(list(&cli, &["my-function"]), "my-function (the command line)");
    assert_eq!(list(&cli, &["-f", "my-function"]), "my-function (the command line)");
    let file = cli.write("jelou.json", r#"{"function":"other-function"}"#);
    assert_eq!(list(&cli, &[]), format!("other-function ({})", file.display()));
    cli.set("JELOU_FUNCTION", "my-function");
    assert_eq!(list(&cli, &[]), "my-function (`JELOU_FUNCTION`)");
}

#[test]
fn the_proxy_and_the_certificates() {
    let mut cli = Cli::new();
    let proxy = ForwardProxy::refusing(502);
    let address = proxy.address();
    cli.set("HTTPS_PROXY", &format!("http://user:hidden0hidden@{address}"));
    let nowhere = ["whoami", "-v", "--api-url", "https://api.example.invalid", "--retries", "0"];
    cli.set("JELOU_TOKEN", "jfn_pat_A1b2C3d4E5f6");
    let ran = cli.jelou(&nowhere);
    assert_ne!(ran.status, 0);
    assert_eq!(told(&ran.stderr, "proxy"), format!("http://{address} (`HTTPS_PROXY`)"), "{ran:?}");
    assert!(!ran.stderr.contains("hidden0hidden"), "{ran:?}");
    cli.unset("HTTPS_PROXY").set("ALL_PROXY", &format!("socks5h://{address}"));
    cli.set("NO_PROXY", "example.invalid");
    let ran = cli.jelou(&nowhere);
    assert_eq!(told(&ran.stderr, "proxy"), "none (`NO_PROXY` excepts api.example.invalid)", "{ran:?}");
    cli.unset("NO_PROXY");
    assert!(told(&cli.jelou(&nowhere).stderr, "proxy").ends_with("(`ALL_PROXY`)"));
    cli.unset("ALL_PROXY");
    let file = cli.write("roots.pem", "nothing").display().to_string();
    let certificates = |cli: &Cli, flags: &[&str]| told(&cli.jelou(&[&nowhere, flags].concat()).stderr, "certificates");
    assert_eq!(certificates(&cli, &["--ca-cert", &file]), format!("{file} (`--ca-cert`)"));
    cli.set("JELOU_CA_CERT", &file);
    assert_eq!(certificates(&cli, &[]), format!("{file} (`JELOU_CA_CERT`)"));
    cli.unset("JELOU_CA_CERT").set("SSL_CERT_FILE", &file);
    assert_eq!(certificates(&cli, &[]), format!("{file} (`SSL_CERT_FILE`)"));
    let folder = cli.folder().display().to_string();
    cli.set("SSL_CERT_DIR", &folder);
    assert_eq!(certificates(&cli, &[]), format!("{file} (`SSL_CERT_FILE`), {folder} (`SSL_CERT_DIR`)"));
}

#[test]
fn only_on_request_on_stderr_and_without_secrets() {
    let cli = Cli::new();
    assert!(!cli.jelou(&["whoami"]).ended(0).stderr.contains("setting:"));
    for line in ["whoami", "tokens list my-function", "functions list"] {
        let ran = cli.jelou(&[&line.split(' ').collect::<Vec<_>>()[..], &["-v"]].concat()).ended(0);
        assert!(ran.stderr.contains("setting: ") && !ran.stdout.contains("setting: "), "{ran:?}");
        assert!(!ran.stderr.contains(cli.sandbox.pat()), "{ran:?}");
        assert_eq!(ran.stdout, cli.jelou(&line.split(' ').collect::<Vec<_>>()).ended(0).stdout);
        let lines: Vec<&str> = ran.stderr.lines().filter(|line| line.starts_with("setting: ")).collect();
        let once: std::collections::BTreeSet<&&str> = lines.iter().collect();
        assert_eq!(lines.len(), once.len(), "{ran:?}");
    }
    let ran = cli.jelou_with_stdin(&["login", "--token-stdin", "-v"], cli.sandbox.pat());
    assert!(ran.stderr.contains("setting: control plane: "), "{ran:?}");
    assert!(!ran.stderr.contains(cli.sandbox.pat()), "{ran:?}");
}

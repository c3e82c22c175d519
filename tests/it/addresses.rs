//! Where credentials may be sent. Every refusal comes before any request.

use crate::support::cli::{Cli, Ran};
use crate::support::raw_server::{self, RawServer};

const LIST: &[&str] = &["tokens", "list", "my-function"];
/// Has the form of a real management token, not of the sandbox's.
const REAL_PAT: &str = "jfn_pat_Real0123456789Real0123456789";

#[track_caller]
fn refused(cli: &Cli, arguments: &[&str]) -> Ran {
    let ran = cli.jelou(arguments).ended(2);
    assert_eq!(cli.sandbox.requests().len(), 0, "a request was sent: {ran:?}");
    ran
}

#[test]
fn a_malformed_api_url_is_refused_without_repeating_its_password() {
    for url in [
        "not a url",
        "app.jelou.ai",
        "ftp://app.jelou.ai",
        "https://",
        "https://user:hunter2@app.jelou.ai",
        "https://hunter2@app.jelou.ai",
        "https://:hunter2@app.jelou.ai",
        "https://app.jelou.ai?hunter2",
        "https://app.jelou.ai#hunter2",
        "http://[::1",
        "file:///etc/passwd",
    ] {
        let mut cli = Cli::new();
        let ran = refused(&cli, &[LIST, &["--api-url", url]].concat());
        assert!(ran.stderr.contains("`--api-url`") && !ran.stderr.contains("hunter2"), "{ran:?}");
        cli.set("JELOU_API_URL", url);
        assert!(refused(&cli, LIST).stderr.contains("`JELOU_API_URL`"));
    }
    for url in ["nonsense", "https://user:hunter2@a/{slug}"] {
        let cli = Cli::new();
        let ran = refused(&cli, &["tokens", "verify", "my-function", "--gateway-url", url]);
        assert!(!ran.stderr.contains("hunter2"), "{ran:?}");
    }
}

#[test]
fn a_token_is_not_sent_over_plain_http() {
    for url in ["http://app.jelou.ai", "http://10.0.0.1", "http://localhost.example", "http://0.0.0.0:1"] {
        let mut cli = Cli::new();
        cli.set("JELOU_TOKEN", REAL_PAT);
        let ran = refused(&cli, &[LIST, &["--api-url", url]].concat());
        assert!(ran.stderr.contains("plain HTTP") && ran.stderr.contains("--allow-http"), "{ran:?}");
        cli.set("JELOU_FUNCTION_TOKEN", "jfn_rt_Real0123456789Real01");
        let ran = refused(&cli, &["tokens", "verify", "my-function", "--gateway-url", url]);
        assert!(ran.stderr.contains("plain HTTP"), "{ran:?}");
    }
}

#[test]
fn a_sandbox_token_is_sent_to_loopback_only() {
    let cli = Cli::new();
    let ran = refused(&cli, &[LIST, &["--api-url", "https://app.jelou.ai"]].concat());
    assert!(ran.stderr.contains("sandbox"), "{ran:?}");
    refused(&cli, &[LIST, &["--allow-http", "--api-url", "http://app.jelou.ai"]].concat());
    let mut cli = Cli::new();
    let token = cli.sandbox.default_token("my-function").unwrap();
    cli.set("JELOU_FUNCTION_TOKEN", &token);
    refused(&cli, &["tokens", "verify", "my-function", "--gateway-url", "https://{slug}.fn.jelou.ai"]);
    let mut command = cli.command(&["login", "--token-stdin", "--api-url", "https://app.jelou.ai"]);
    let ran = Ran::of(command.write_stdin(cli.sandbox.pat())).ended(2);
    assert!(ran.stderr.contains("sandbox"), "{ran:?}");
}

#[test]
fn a_management_token_and_a_runtime_token_are_not_interchangeable() {
    let mut cli = Cli::new();
    let (pat, runtime) = (cli.sandbox.pat().to_owned(), cli.sandbox.default_token("my-function").unwrap());
    cli.set("JELOU_TOKEN", &runtime).set("JELOU_FUNCTION_TOKEN", &pat);
    for (arguments, value) in
        [(LIST, &runtime), (&["whoami"], &runtime), (&["deployments", "list", "my-function"], &runtime)]
    {
        let ran = refused(&cli, arguments);
        assert!(ran.stderr.contains("JELOU_TOKEN") && !ran.stderr.contains(&value[..20]), "{ran:?}");
    }
    cli.set("JELOU_TOKEN", &pat);
    let ran = refused(&cli, &["tokens", "verify", "my-function"]);
    assert!(ran.stderr.contains("JELOU_FUNCTION_TOKEN") && !ran.stderr.contains(&pat[..20]), "{ran:?}");
    let ran = cli.jelou_with_stdin(&["login", "--token-stdin"], &runtime).ended(2);
    assert!(!ran.stderr.contains(&runtime[..20]), "{ran:?}");
    let ran = cli.jelou_with_stdin(&["tokens", "verify", "my-function", "--token-stdin"], &pat).ended(2);
    assert!(!ran.stderr.contains(&pat[..20]), "{ran:?}");
    assert!(cli.sandbox.requests().is_empty());
}

/// A cloned repository must not choose where credentials go.
#[test]
fn jelou_json_sets_no_url() {
    let trap = RawServer::always(raw_server::json(200, "{}"));
    let cli = Cli::new();
    let url = trap.url();
    let project = format!(r#"{{"slug":"my-function","api_url":"{url}","gateway_url":"{url}","token":"x"}}"#);
    cli.write("jelou.json", project);
    cli.jelou(&["tokens", "list"]).ended(0);
    cli.jelou(&["tokens", "create", "--name", "ci", "--wait"]).ended(0);
    assert_eq!(trap.requests(), Vec::<String>::new());
}

/// A URL that the server reports is shown, never called.
#[test]
fn the_url_that_the_server_reports_is_not_called() {
    let trap = RawServer::always(raw_server::json(200, "{}"));
    let cli = Cli::new();
    let url = trap.url();
    let patch = serde_json::json!({"url": url, "mcp_url": url});
    cli.sandbox.inject(jelou::sandbox::Fault::patch(patch).path("/v1/functions/*").always());
    let ran = cli.jelou(&["functions", "info", "my-function", "--json"]).ended(0);
    assert_eq!(ran.json()["data"]["url"], url.as_str());
    cli.jelou(&["tokens", "create", "my-function", "--name", "ci", "--wait"]).ended(0);
    assert_eq!(trap.requests(), Vec::<String>::new());
}

/// A proxy would see the credential, and cannot reach this machine anyway.
#[test]
fn loopback_never_goes_through_a_proxy() {
    let proxy = RawServer::always(raw_server::json(200, "{}"));
    let mut cli = Cli::new();
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
        cli.set(name, &proxy.url());
    }
    let localhost = cli.sandbox.api_url().replace("127.0.0.1", "localhost");
    cli.jelou(LIST).ended(0);
    cli.jelou(&[LIST, &["--api-url", &localhost]].concat()).ended(0);
    cli.jelou(&[LIST, &["--api-url", &localhost.replace("localhost", "a.localhost")]].concat()).ended(0);
    assert_eq!(proxy.requests(), Vec::<String>::new());
}

/// Other hosts do go through it, by its own rules.
#[test]
fn another_host_is_reached_through_the_proxy_that_is_named() {
    let proxy = RawServer::always(raw_server::json(200, r#"{"items":[],"next_cursor":null}"#));
    let mut cli = Cli::new();
    cli.set("HTTP_PROXY", &proxy.url()).set("http_proxy", &proxy.url()).set("JELOU_TOKEN", REAL_PAT);
    cli.jelou(&[LIST, &["--allow-http", "--api-url", "http://api.invalid"]].concat()).ended(0);
    assert!(proxy.requests()[0].starts_with("GET http://api.invalid/v1/"), "{:?}", proxy.requests());
}

#[test]
fn without_a_gateway_url_nothing_is_probed() {
    let mut cli = Cli::new();
    cli.unset("JELOU_GATEWAY_URL").set("JELOU_FUNCTION_TOKEN", "jfn_rt_sbx_abcdefghijkl");
    let ran = refused(&cli, &["tokens", "verify", "my-function"]);
    assert!(ran.stderr.contains("--gateway-url"), "{ran:?}");
    let ran = cli.jelou(&["tokens", "create", "my-function", "--name", "ci", "--wait", "--json"]).ended(0);
    let document = ran.json();
    assert!(document["data"]["live"].is_null());
    assert_eq!(document["data"]["deployment"]["status"], "live");
    assert!(document["warnings"].to_string().contains("NOT_PROVED"), "{document}");
}

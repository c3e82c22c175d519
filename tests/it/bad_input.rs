//! Invalid input: each has an error of its own, and what can be checked here is refused before any
//! request.

use jelou::sandbox::Fault;

use crate::support::cli::{Cli, Ran};
use crate::support::raw_server::RawServer;

/// Asserts exit 2 and no request.
#[track_caller]
fn refused_before_any_request(cli: &Cli, arguments: &[&str]) -> Ran {
    let before = cli.sandbox.requests().len();
    let ran = cli.jelou(arguments).ended(2);
    assert_eq!(ran.stdout, "", "{ran:?}");
    assert!(ran.stderr.lines().any(|line| line.starts_with("error: ")), "{ran:?}");
    assert_eq!(cli.sandbox.requests().len(), before, "a request was sent for {arguments:?}");
    ran
}

#[test]
fn a_malformed_token_name_is_refused_before_any_request() {
    let cli = Cli::new();
    let long = "x".repeat(65);
    for name in ["", &long, "a b", "tok_x", "jfn_rt_x", "é", "a/b", "..\n", "a\u{1b}[1m"] {
        let argument = format!("--name={name}");
        refused_before_any_request(&cli, &["tokens", "create", "my-function", &argument]);
    }
    for name in ["pr-1.2_x", &"x".repeat(64)] {
        cli.jelou(&["tokens", "create", "my-function", "--name", name]).ended(0);
    }
}

#[test]
fn a_malformed_slug_is_refused_before_any_request() {
    let cli = Cli::new();
    for slug in ["../../me", "", "My-Function", "-x", "1x", "a/b", "a.b", "..", "a%2e", &"x".repeat(64)] {
        for verb in [
            &["tokens", "create", slug, "--name", "ci"][..],
            &["tokens", "list", slug],
            &["tokens", "revoke", slug, "tok_1", "-y"],
            &["tokens", "rotate", slug, "ci"],
            &["tokens", "regenerate", slug, "ci", "-y"],
            &["tokens", "disable", slug, "ci", "-y"],
            &["tokens", "prune", slug, "--all", "-y"],
            &["tokens", "exec", slug, "--", "true"],
            &["functions", "info", slug],
            &["functions", "create", slug],
            &["functions", "delete", slug, "-y"],
            &["deployments", "list", slug],
            &["secrets", "list", slug],
            &["secrets", "set", slug, "A=b"],
            &["secrets", "delete", slug, "A", "-y"],
        ] {
            if verb[2].starts_with('-') {
                continue;
            }
            refused_before_any_request(&cli, verb);
        }
    }
}

#[test]
fn what_does_not_exist_is_not_found() {
    let cli = Cli::new();
    for arguments in [
        &["tokens", "list", "nobody"][..],
        &["tokens", "create", "nobody", "--name", "ci"],
        &["tokens", "revoke", "my-function", "tok_nobody", "-y"],
        &["tokens", "revoke", "my-function", "nobody", "-y"],
        &["tokens", "rotate", "my-function", "nobody"],
        &["tokens", "disable", "my-function", "tok_nobody", "-y"],
        &["functions", "info", "nobody"],
        &["deployments", "info", "my-function", "dep_nobody"],
        &["secrets", "delete", "my-function", "NOBODY", "-y"],
    ] {
        let ran = cli.jelou(&[arguments, &["--json"]].concat()).ended(5);
        assert_eq!(ran.json()["error"]["code"], "NOT_FOUND", "{arguments:?}");
    }
}

/// A token and the one that replaces it have the same name while both are accepted.
#[test]
fn an_ambiguous_reference_lists_both_tokens_and_revokes_none() {
    let cli = Cli::new();
    cli.jelou(&["tokens", "create", "my-function", "--name", "ci"]).ended(0);
    cli.jelou(&["tokens", "rotate", "my-function", "ci", "--grace", "1h"]).ended(0);
    let before = cli.sent(true).len();
    let ran = cli.jelou(&["tokens", "revoke", "my-function", "default", "ci", "-y"]).ended(2);
    let ids: Vec<String> = cli
        .sandbox
        .tokens("my-function")
        .iter()
        .filter(|token| token.name == "ci")
        .map(|token| token.id.to_string())
        .collect();
    assert_eq!(ids.len(), 2);
    assert!(ids.iter().all(|id| ran.stderr.contains(id.as_str())), "{ran:?}");
    assert_eq!(cli.sent(true).len(), before, "nothing was revoked");
}

#[test]
fn a_token_value_as_a_reference_is_refused_and_not_repeated() {
    let cli = Cli::new();
    for value in ["jfn_rt_abcdefghijkl", "jfn_pat_abcdefghijklmnop", "jfn_rt_sbx_0123456789abcdef"] {
        let ran = refused_before_any_request(&cli, &["tokens", "revoke", "my-function", value, "-y"]);
        assert!(!ran.stderr.contains(value), "{ran:?}");
    }
    for reference in ["", "a b", "../x", "tok_../x", "é"] {
        let _ = refused_before_any_request(&cli, &["tokens", "revoke", "my-function", reference, "-y"]);
    }
    let value = cli.sandbox.default_token("my-function").expect("a token");
    for verb in ["info", "revoke", "rotate", "regenerate", "disable", "enable"] {
        let mut arguments = vec!["tokens", verb, "my-function", &value, "--json"];
        if !["info", "rotate", "enable"].contains(&verb) {
            arguments.push("-y");
        }
        let before = cli.sandbox.requests().len();
        let ran = cli.jelou(&arguments).ended(2);
        assert!(!ran.stdout.contains(&value[..20]) && !ran.stderr.contains(&value[..20]), "{ran:?}");
        assert_eq!(cli.sandbox.requests().len(), before);
    }
    let ran = cli.jelou(&["tokens", "create", "my-function", "--name", &value]).ended(2);
    assert!(!ran.stderr.contains(&value[..20]), "{ran:?}");
    let ran = cli.jelou_with_stdin(&["tokens", "revoke", "my-function", "--stdin", "-y"], &value).ended(2);
    assert!(!ran.stderr.contains(&value[..20]), "{ran:?}");
}

#[test]
fn contradictory_flags_are_refused() {
    let cli = Cli::new();
    let list = ["tokens", "list", "my-function"];
    for flags in [
        &["--quiet", "--json"][..],
        &["-q", "--jq", ".data"],
        &["--human", "--json"],
        &["--quiet", "--agent"],
        &["--jq", ".data["],
        &["--jq", ""],
        &["--jq", "nonsense_function"],
        &["--ndjson", "--sort", "name"],
        &["--ndjson", "--json"],
        &["--status", "frozen"],
        &["--unused-for", "soon"],
        &["--created-before", "yesterdayish"],
        &["--name", "[x"],
        &["--retries", "many"],
        &["--retries", "1000"],
        &["--timeout", "-3s"],
        &["--color", "sometimes"],
        &["--ca-cert", "/nowhere.pem", "--api-url", "https://127.0.0.1:1"],
    ] {
        let before = cli.sandbox.requests().len();
        let ran = cli.jelou(&[&list[..], flags].concat()).ended(2);
        let said = if flags.contains(&"--agent") { &ran.stdout } else { &ran.stderr };
        assert!(said.contains("INPUT_ERROR"), "{flags:?} {ran:?}");
        assert_eq!(cli.sandbox.requests().len(), before, "{flags:?}");
    }
    let ran = refused_before_any_request(&cli, &["tokens", "create", "my-function", "--name", "ci", "--jq", ".data["]);
    assert!(ran.stderr.contains("--jq"), "{ran:?}");
}

#[test]
fn a_usage_error_honours_json_mode() {
    for (arguments, command) in [
        (&["tokens", "create", "my-function", "--json"][..], "tokens create"),
        (&["tokens", "creat", "--json"], "tokens"),
        (&["--json", "tokens", "revoke"], "tokens revoke"),
        (&["tokens", "list", "--nonsense", "--json"], "tokens list"),
        (&["nonsense", "--agent"], ""),
        (&["tokens", "list", "my-function", "--limit", "x", "--json"], "tokens list"),
        (&["tokens", "list", "my-function", "--json", "--quiet"], "tokens list"),
        (&["--json"], ""),
    ] {
        let cli = Cli::new();
        let ran = cli.jelou(arguments).ended(2);
        let document = ran.json();
        assert_eq!(document["error"]["code"], "INPUT_ERROR", "{arguments:?}");
        assert_eq!(document["command"], command, "{arguments:?}");
        assert_eq!(document["data"], false);
        assert_eq!(ran.stderr.is_empty(), arguments.contains(&"--agent"), "{ran:?}");
    }
    let mut cli = Cli::new();
    cli.set("JELOU_OUTPUT", "json");
    assert_eq!(cli.jelou(&["tokens", "creat"]).ended(2).json()["ok"], false);
    cli.set("JELOU_OUTPUT", "yaml");
    assert!(cli.jelou(&["tokens", "list", "my-function"]).ended(2).stderr.contains("JELOU_OUTPUT"));
    cli.jelou(&["tokens", "list", "my-function", "--json"]).ended(0).json();
}

/// Responses that are not HTTP, not JSON or not complete: an error each, never a panic or a
/// success.
#[test]
fn a_malformed_response_is_an_api_error() {
    let half = |head: &str, body: &str| format!("HTTP/1.1 200 OK\r\n{head}\r\n{body}").into_bytes();
    for (name, bytes, status) in [
        ("HTML", half("Content-Length: 13\r\n", "<html></html>"), 9),
        ("half with a length", half("Content-Length: 100\r\n", "{\"items\":[{\"id\""), 10),
        ("half without a length", half("Connection: close\r\n", "{\"items\":[{\"id\""), 9),
        ("half in chunks", half("Transfer-Encoding: chunked\r\n", "8\r\n{\"items\"\r\n"), 10),
        ("half a head", b"HTTP/1.1 200 O".to_vec(), 10),
        ("nothing", Vec::new(), 10),
        ("another protocol", b"SSH-2.0-OpenSSH_9.6\r\n\r\n".to_vec(), 10),
        ("10 MB", half("Content-Length: 10000002\r\n", &format!("\"{}\"", "x".repeat(10_000_000))), 9),
        ("10 MB of unknown length", half("Connection: close\r\n", &format!("\"{}\"", "x".repeat(10_000_000))), 9),
        ("nothing, said so", b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(), 9),
        ("no UTF-8", half("Content-Length: 4\r\n", "\"\u{1}\"x"), 9),
    ] {
        let server = RawServer::always(bytes);
        let mut cli = Cli::new();
        cli.set("JELOU_API_URL", &server.url()).set("JELOU_RETRIES", "0");
        let ran = cli.jelou(&["tokens", "list", "my-function", "--json"]).ended(status);
        assert_eq!(ran.json()["data"], false, "{name}");
        let ran = cli.jelou(&["whoami"]).ended(status);
        assert_eq!(ran.stdout, "", "{name}");
    }
}

/// A client that follows a redirect sends its headers along, the credential among them. No redirect
/// is followed, not even to the same host.
#[test]
fn a_redirect_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        for location in ["/v1/me", "http://127.0.0.1:1/", "//evil.example/"] {
            let answer = format!("HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
            let server = RawServer::always(answer);
            let mut cli = Cli::new();
            cli.set("JELOU_API_URL", &server.url());
            for arguments in [&["whoami"][..], &["tokens", "revoke", "my-function", "tok_1", "-y"]] {
                let ran = cli.jelou(arguments).ended(9);
                assert!(ran.stderr.contains("redirect") && ran.stderr.contains("API_ERROR"), "{ran:?}");
            }
            assert_eq!(server.requests().len(), 2, "{status} {location}");
        }
    }
    let cli = Cli::new();
    cli.sandbox.inject(Fault::redirect().always());
    cli.jelou(&["tokens", "create", "my-function", "--name", "ci", "--wait"]).ended(9);
    assert_eq!(cli.sandbox.tokens("my-function").len(), 1);
}

/// A value below nothing is refused as the value it is, and not as a flag that there is not.
#[test]
fn a_value_that_begins_with_a_hyphen_is_named_with_its_flag() {
    let cli = Cli::new();
    for (arguments, flag) in [
        (&["tokens", "list", "my-function", "--timeout", "-1s"][..], "--timeout"),
        (&["tokens", "list", "my-function", "--request-timeout", "-1s"], "--request-timeout"),
        (&["tokens", "list", "my-function", "--retries", "-1"], "--retries"),
        (&["tokens", "create", "my-function", "--name", "x", "--expires-in", "-1d"], "--expires-in"),
        (&["tokens", "list", "my-function", "--unused-for", "-1d"], "--unused-for"),
        (&["sandbox", "start", "--redeploy-delay", "-1s"], "--redeploy-delay"),
        (&["sandbox", "start", "--port", "-1"], "--port"),
        (&["sandbox", "start", "--seed", "-1"], "--seed"),
        (&["sandbox", "start", "--rate-limit", "-1"], "--rate-limit"),
    ] {
        let ran = cli.jelou(arguments).ended(2);
        assert!(ran.stderr.contains(&format!("for `{flag} <")), "{arguments:?} {ran:?}");
        assert!(!ran.stderr.contains("-- -"), "{arguments:?} {ran:?}");
    }
    assert_eq!(cli.sandbox.requests().len(), 0);
}

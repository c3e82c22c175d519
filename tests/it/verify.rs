//! `tokens verify`, and the proof of `--wait`: what each answer of a gateway proves, and that what a
//! random token gets as well proves nothing.

use jelou::sandbox::{Fault, Fixture, Plane};
use serde_json::{Value, json};

use crate::support::cli::{Cli, Ran};
use crate::support::raw_server::{self, RawServer};

const VERIFY: &[&str] = &["tokens", "verify", "my-function", "--json"];
const OURS: &str = "jfn_rt_sbx_ourvalueourvalueourvalue";
const UNAUTHORIZED: &str = r#"{"error":"Unauthorized","message":"Missing or invalid X-Jelou-Token header"}"#;

/// A gateway by its answers to the token and to any other.
fn gateway(to_the_token: &[u8], to_another: &[u8]) -> RawServer {
    let (to_the_token, to_another) = (to_the_token.to_vec(), to_another.to_vec());
    RawServer::answering(
        move |_, request| if request.contains(OURS) { to_the_token.clone() } else { to_another.clone() },
    )
}

fn answer(status: u16) -> Vec<u8> {
    match status {
        401 => raw_server::json(401, UNAUTHORIZED),
        301 => b"HTTP/1.1 301 X\r\nLocation: /elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec(),
        _ => raw_server::json(status, "{}"),
    }
}

fn verify(server: &RawServer) -> Ran {
    let mut cli = Cli::new();
    cli.set("JELOU_GATEWAY_URL", &server.url()).set("JELOU_FUNCTION_TOKEN", OURS).set("JELOU_RETRIES", "0");
    cli.jelou(VERIFY)
}

#[test]
fn what_each_pair_of_answers_proves() {
    let anything_else = [200, 201, 204, 400, 403, 405, 406, 418, 500, 501];
    let mut table = vec![
        (401, 401, 3, "AUTH_ERROR"),
        (401, 200, 3, "AUTH_ERROR"),
        (404, 404, 5, "NOT_FOUND"),
        (404, 401, 0, ""),
        (404, 200, 9, "API_ERROR"),
        (405, 404, 9, "API_ERROR"),
        (301, 401, 9, "API_ERROR"),
        (405, 301, 9, "API_ERROR"),
    ];
    for status in anything_else {
        table.push((status, 401, 0, ""));
        table.push((status, status, 9, "API_ERROR"));
    }
    for status in [429, 502, 503, 504] {
        table.push((status, 401, 9, "TRANSIENT_ERROR"));
        table.push((405, status, 9, "TRANSIENT_ERROR"));
        table.push((404, status, 9, "TRANSIENT_ERROR"));
    }
    for (to_the_token, to_another, exit, code) in table {
        let server = gateway(&answer(to_the_token), &answer(to_another));
        let ran = verify(&server);
        assert_eq!(ran.status, exit, "{to_the_token}, {to_another}: {ran:?}");
        let document = ran.json();
        if exit == 0 {
            assert_eq!(document["data"], json!({"function": "my-function", "accepted": true}));
        } else {
            assert_eq!(document["error"]["code"], code, "{to_the_token}, {to_another}: {document}");
            assert_eq!(document["data"], false);
        }
        let requests = server.requests();
        assert!(requests.iter().all(|request| request.starts_with("GET /fn/my-function/mcp ")), "{requests:?}");
    }
}

/// The public web has many servers that answer every request alike.
#[test]
fn what_a_random_token_gets_as_well_proves_nothing() {
    let page = |status: u16| {
        format!("HTTP/1.1 {status} X\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>").into_bytes()
    };
    for status in [200, 400, 401, 403, 405, 500] {
        let ran = verify(&RawServer::always(page(status))).ended(9);
        let error = &ran.json()["error"];
        assert_eq!(error["details"], json!({"accepted": null}), "{status}");
        assert!(error["message"].as_str().is_some_and(|text| text.contains("public")), "{error}");
        assert!(error["hint"].as_str().is_some_and(|text| text.contains("--gateway-url")), "{error}");
        assert_eq!(error["retryable"], false);
    }
}

#[test]
fn a_redirect_is_named_and_not_followed() {
    let trap = RawServer::always(answer(200));
    let to = format!("HTTP/1.1 302 X\r\nLocation: {}/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", trap.url());
    let ran = verify(&RawServer::always(to)).ended(9);
    assert!(ran.stderr.contains("redirect (302)") && ran.stderr.contains("--gateway-url"), "{ran:?}");
    assert_eq!(trap.requests(), Vec::<String>::new());
}

#[test]
fn a_made_up_token_and_a_made_up_function_are_not_accepted() {
    let mut cli = Cli::new();
    cli.set("JELOU_FUNCTION_TOKEN", OURS);
    cli.jelou(VERIFY).ended(3);
    let ran = cli.jelou(&["tokens", "verify", "nobody", "--json"]).ended(5);
    let error = &ran.json()["error"];
    assert!(error["message"].as_str().is_some_and(|text| text.contains("`nobody`")), "{error}");
    assert_eq!(error["http_status"], 404);
    let value = cli.sandbox.default_token("my-function").unwrap();
    cli.set("JELOU_FUNCTION_TOKEN", &value);
    cli.jelou(VERIFY).ended(0);
    cli.jelou(&["tokens", "verify", "nobody"]).ended(5);
    cli.jelou(&["tokens", "verify", "other-function"]).ended(3);
}

/// A gateway of several nodes, one of which does not know the token yet.
#[test]
fn one_node_that_refuses_is_enough() {
    let server = RawServer::answering(|number, _| answer(if number == 1 { 401 } else { 405 }));
    let ran = verify(&server).ended(3);
    assert_eq!(ran.json()["error"]["code"], "AUTH_ERROR");
    let server = RawServer::answering(|number, _| answer(if number == 1 { 404 } else { 405 }));
    assert_eq!(verify(&server).ended(9).json()["error"]["code"], "TRANSIENT_ERROR");
    let server = gateway(&answer(405), &answer(401));
    verify(&server).ended(0);
    assert_eq!(server.requests().len(), 4, "three in a row and one with a value that is nobody's");
}

/// The functions of the vendor's `jelou.json`: `"public": true` and `"mcp": false`.
fn with_kinds() -> Cli {
    let seed = r#"{"functions": [{"slug": "my-function", "mcp": false}, {"slug": "open", "public": true},
                                 {"slug": "bare", "public": true, "mcp": false}]}"#;
    Cli::with(|builder| builder.fixture(Fixture::parse(seed).unwrap()))
}

#[test]
fn a_function_without_mcp_is_verified_and_a_public_one_is_not() {
    let mut cli = with_kinds();
    let value = cli.sandbox.default_token("my-function").unwrap();
    cli.set("JELOU_FUNCTION_TOKEN", &value);
    cli.jelou(VERIFY).ended(0);
    let statuses: Vec<_> = cli.sandbox.requests().iter().map(|entry| entry.status).collect();
    assert_eq!(statuses, [Some(404), Some(404), Some(404), Some(401)]);
    assert_eq!(cli.jelou(&["tokens", "verify", "open", "--json"]).ended(9).json()["error"]["code"], "API_ERROR");
    cli.jelou(&["tokens", "verify", "bare"]).ended(5);
    cli.set("JELOU_FUNCTION_TOKEN", OURS);
    cli.jelou(VERIFY).ended(3);
}

fn created(cli: &Cli, slug: &str, flags: &[&str], exit: i32) -> Value {
    let create = ["tokens", "create", slug, "--name", "ci", "--wait", "--json", "--retries", "0"];
    cli.jelou(&[&create, flags].concat()).ended(exit).json()
}

#[test]
fn a_wait_proves_a_function_without_mcp_and_not_a_public_one() {
    let cli = with_kinds();
    assert!(created(&cli, "my-function", &[], 0)["data"]["live"].is_object());
    let document = created(&cli, "open", &[], 0);
    assert!(document["data"]["live"].is_null(), "{document}");
    assert_eq!(document["warnings"][0]["code"], "FUNCTION_IS_PUBLIC");
}

/// 404 to the token and to a random one: the function may still come.
#[test]
fn a_wait_takes_an_unknown_function_for_not_yet() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::status(404).on(Plane::Gateway).times(4));
    let document = created(&cli, "my-function", &[], 0);
    assert!(document["data"]["live"].is_object(), "{document}");
    let statuses: Vec<_> = cli.sandbox.requests().into_iter().filter(|entry| entry.plane == Plane::Gateway).collect();
    assert_eq!(statuses.len(), 8, "{statuses:?}");
    let cli = Cli::new();
    cli.sandbox.inject(Fault::status(404).on(Plane::Gateway).always());
    let document = created(&cli, "my-function", &["--timeout", "700ms"], 11);
    let message = document["error"]["message"].as_str().unwrap();
    assert!(message.contains("no function `my-function`") && message.contains("700ms"), "{document}");
    assert!(document["data"]["token"].is_string() && document["data"]["live"].is_null(), "{document}");
}

/// Two 404s of a gateway that does not know the function yet are no part of a proof.
#[test]
fn a_wait_counts_only_answers_of_one_kind_in_a_row() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::status(404).on(Plane::Gateway).times(2));
    assert!(created(&cli, "my-function", &[], 0)["data"]["live"].is_object());
    let probes = cli.sandbox.requests().into_iter().filter(|entry| entry.plane == Plane::Gateway);
    assert_eq!(probes.map(|entry| entry.status).collect::<Vec<_>>(), [404, 404, 405, 405, 405, 401].map(Some));
}

#[test]
fn a_wait_ends_at_a_redirect() {
    let mut cli = Cli::new();
    let server = RawServer::always(answer(301));
    cli.set("JELOU_GATEWAY_URL", &server.url());
    let create = ["tokens", "create", "my-function", "--name", "ci", "--wait", "--json"];
    let document = cli.jelou(&create).ended(9).json();
    assert_eq!(document["error"]["code"], "API_ERROR");
    assert_eq!(cli.sandbox.tokens("my-function").len(), 1, "the new token is revoked");
}

/// Streamable HTTP: an MCP endpoint may answer a GET with a stream that stays open.
#[test]
fn a_stream_that_stays_open_is_an_acceptance() {
    let server = RawServer::answering(|_, request| {
        if request.to_lowercase().contains("x-jelou-token: jfn_rt_sbx_") {
            // The body never comes to its end.
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 1000000\r\n\r\n: open\n\n".to_vec()
        } else {
            answer(401)
        }
    });
    verify(&server).ended(0);
}

/// No management token is sent, so a wrong one stops nothing.
#[test]
fn a_management_token_is_not_looked_at() {
    let mut cli = Cli::new();
    let value = cli.sandbox.default_token("my-function").unwrap();
    cli.set("JELOU_FUNCTION_TOKEN", &value);
    for wrong in ["not a token", "short", &value] {
        cli.set("JELOU_TOKEN", wrong);
        cli.jelou(VERIFY).ended(0);
    }
    // An API key has no prefix that tells what it is.
    cli.set("JELOU_TOKEN", "an.api.key-of_the-platform").set("JELOU_FUNCTION_TOKEN", "an.api.key-of_the-platform");
    let before = cli.sandbox.requests().len();
    for (arguments, stdin) in
        [(VERIFY, ""), (&[VERIFY, &["--token-stdin"]].concat()[..], "an.api.key-of_the-platform\n")]
    {
        let error = cli.jelou_with_stdin(arguments, stdin).ended(2).json()["error"].clone();
        assert!(error["message"].as_str().is_some_and(|text| text.contains("holds the management token")), "{error}");
    }
    assert_eq!(cli.sandbox.requests().len(), before, "it is not sent to the gateway");
    cli.set("JELOU_FUNCTION_TOKEN", &value);
    let pat = cli.sandbox.pat().to_owned();
    // The sandbox's management token is not sent there.
    cli.set("JELOU_TOKEN", &pat).set("JELOU_API_URL", "https://app.jelou.ai");
    cli.jelou(VERIFY).ended(0);
    cli.unset("JELOU_TOKEN");
    cli.jelou(VERIFY).ended(0);
    cli.unset("JELOU_GATEWAY_URL").set("JELOU_API_URL", "http://127.0.0.1:1");
    for wrong in ["not a token", &pat] {
        cli.set("JELOU_TOKEN", wrong);
        let error = cli.jelou(VERIFY).ended(2).json()["error"].clone();
        assert_eq!(error["message"], "The gateway of this control plane is not known");
    }
}

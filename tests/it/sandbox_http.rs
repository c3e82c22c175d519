//! The sandbox's HTTP: `HEAD`, `Allow`, pages in browsers, and requests that nobody would send.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::http::{Answer, Connection, Request};
use crate::support::sandbox::TestSandbox;

const ALL: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

fn preflight(path: &str) -> Request {
    Request::new("OPTIONS", path)
        .header("Origin", "https://page.example")
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "content-type,x-jelou-token")
        .header("Sec-Fetch-Site", "cross-site")
}

fn cors(answer: &Answer) -> Vec<&str> {
    answer.headers.iter().map(|(name, _)| name.as_str()).filter(|name| name.starts_with("access-control-")).collect()
}

#[test]
fn a_preflight_to_a_function_needs_no_token_and_names_any_origin() {
    let sandbox = TestSandbox::new();
    for (path, served) in
        [("/", "DELETE"), ("/a/b", "PATCH"), ("/mcp", "POST"), ("/__health", "GET"), ("/openapi.json", "GET")]
    {
        let answer = sandbox.send(&preflight(&format!("/fn/my-function{path}"))).expect(204);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
        assert_eq!(answer.header("access-control-max-age"), Some("86400"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        let headers = answer.header("access-control-allow-headers").unwrap().to_ascii_lowercase();
        let allowed: Vec<&str> = headers.split(", ").collect();
        for header in ["content-type", "x-jelou-token", "mcp-protocol-version", "mcp-method", "mcp-name"] {
            assert!(allowed.contains(&header), "{headers}");
        }
        let methods = answer.header("access-control-allow-methods").unwrap();
        assert!(methods.split(", ").any(|method| method == served), "{methods}");
        assert_eq!(answer.body, b"");
    }
    let by_host = preflight("/").host("my-function.fn.localhost");
    assert_eq!(sandbox.send(&by_host).expect(204).header("access-control-allow-origin"), Some("*"));
}

#[test]
fn a_page_may_read_every_answer_of_the_gateway() {
    let sandbox = TestSandbox::new();
    let value = sandbox.default_value();
    for (status, request) in [
        (200, Request::get("/fn/my-function/").token(&value)),
        (200, Request::get("/fn/my-function/__health")),
        (401, Request::get("/fn/my-function/")),
        (404, Request::get("/fn/absent/")),
        (404, preflight("/fn/absent/")),
        (405, Request::new("TRACE", "/fn/my-function/").token(&value)),
    ] {
        let request = request.header("Origin", "https://page.example").header("Sec-Fetch-Site", "cross-site");
        assert_eq!(sandbox.send(&request).expect(status).header("access-control-allow-origin"), Some("*"));
    }
}

#[test]
fn a_page_reaches_neither_the_control_plane_nor_the_sandbox_itself() {
    let sandbox = TestSandbox::new();
    let others = ["/v1/me", "/v1/functions/my-function/tokens", "/openapi.json", "/__sandbox/journal", "/absent"];
    for path in others {
        let answer = sandbox.send(&preflight(path));
        assert!(matches!(answer.status, 403..=405), "{path}: {}", answer.status);
        assert_eq!(cors(&answer), [""; 0], "{path}");
        for (name, value) in [
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Site", "same-site"),
            ("Sec-Fetch-Site", "of-tomorrow"),
            ("Origin", "https://page.example"),
            ("Origin", "http://localhost:3000"),
            ("Origin", "null"),
        ] {
            let request = Request::get(path).header(name, value);
            let admin = path.starts_with("/__sandbox/");
            let answer = sandbox.send(&if admin { request } else { request.bearer(sandbox.pat()) });
            assert_eq!((answer.status, cors(&answer)), (403, Vec::new()), "{path} {name}: {value}");
        }
    }
    sandbox.take_violations();
    // What a person types into the address bar, and what a page of the sandbox's own would ask.
    for site in ["none", "same-origin"] {
        sandbox.ask(Request::get("/v1/me").header("Sec-Fetch-Site", site)).expect(200);
        sandbox.send(&Request::get("/__sandbox/clock").header("Sec-Fetch-Site", site)).expect(200);
    }
    let own = format!("http://127.0.0.1:{}", sandbox.port());
    sandbox.ask(Request::get("/v1/me").header("Origin", &own)).expect(200);
}

/// A page that a browser was led to by DNS rebinding has the `Host` of its own address.
#[test]
fn only_a_loopback_name_is_a_host() {
    let sandbox = TestSandbox::new();
    let port = sandbox.port();
    for host in [
        "rebound.example".to_owned(),
        format!("127.0.0.1.rebound.example:{port}"),
        format!("localhost.rebound.example:{port}"),
        format!("rebound.example:{port}@127.0.0.1"),
        format!("127.0.0.1:{port}@rebound.example"),
        format!("127.0.0.1:{port}.rebound.example"),
        format!("127.0.0.1 rebound.example:{port}"),
        "notlocalhost".to_owned(),
        ".localhost".to_owned(),
        String::new(),
    ] {
        for path in ["/v1/me", "/openapi.json", "/fn/my-function/__health", "/__sandbox/clock"] {
            let status = sandbox.send(&Request::get(path).host(&host)).status;
            assert!(matches!(status, 400 | 403 | 421), "{path} at {host}: {status}");
        }
    }
    sandbox.take_violations();
    for host in [format!("localhost:{port}"), "LOCALHOST".to_owned(), format!("127.0.0.1:{port}")] {
        sandbox.ask(Request::get("/v1/me").host(&host)).expect(200);
    }
}

#[test]
fn head_is_served_wherever_get_is() {
    let sandbox = TestSandbox::new();
    let value = sandbox.default_value();
    for request in [
        Request::get("/v1/me").bearer(sandbox.pat()),
        Request::get("/v1/functions/my-function/tokens?limit=1").bearer(sandbox.pat()),
        Request::get("/v1/functions/absent").bearer(sandbox.pat()),
        Request::get("/v1/me"),
        Request::get("/openapi.json"),
        Request::get("/fn/my-function/a").token(&value),
        Request::get("/fn/my-function/__health"),
        Request::get("/fn/my-function/openapi.json"),
        Request::get("/__sandbox/journal"),
        Request::get("/__sandbox/clock"),
    ] {
        let got = sandbox.send(&request);
        let mut connection = Connection::open(sandbox.port()).unwrap();
        let answer = connection.exchange(&request.clone().method("HEAD")).unwrap();
        assert_eq!(answer.status, got.status, "{request:?}");
        assert_eq!(answer.header("content-type"), got.header("content-type"), "{request:?}");
        assert!(answer.header("content-length").is_some(), "{request:?}");
        // A body would be taken for the next answer.
        assert_eq!(connection.exchange(&Request::get("/fn/my-function/__health")).unwrap().status, 200);
    }
}

#[test]
fn a_method_that_is_not_served_is_a_405_that_names_those_that_are() {
    let sandbox = TestSandbox::new();
    let value = sandbox.default_value();
    for (path, allow) in [
        ("/v1/me", "GET, HEAD"),
        ("/v1/functions", "GET, HEAD, POST"),
        ("/v1/functions/my-function/tokens/tok_a", "GET, HEAD, PATCH, DELETE"),
        ("/v1/functions/my-function/tokens/tok_a/rotate", "POST"),
        ("/openapi.json", "GET, HEAD"),
        ("/fn/my-function/", ALL),
        ("/fn/my-function/a/b", ALL),
        ("/fn/my-function/mcp", "POST, OPTIONS"),
        ("/fn/my-function/__health", "GET, HEAD, OPTIONS"),
        ("/fn/my-function/openapi.json", "GET, HEAD, OPTIONS"),
        ("/__sandbox/journal", "GET, HEAD"),
        ("/__sandbox/faults", "GET, HEAD, POST, DELETE"),
        ("/__sandbox/clock", "GET, HEAD"),
        ("/__sandbox/clock/advance", "POST"),
    ] {
        for method in ["TRACE", "PROPFIND", "X-OWN", "get", "CONNECT", "PUT", "OPTIONS", "GET"] {
            if allow.split(", ").any(|allowed| allowed == method) {
                continue;
            }
            let request = Request::new(method, path);
            let request = if path.starts_with("/fn/") { request.token(&value) } else { request };
            let answer = sandbox.send(&request);
            assert_eq!((answer.status, answer.header("allow")), (405, Some(allow)), "{method} {path}");
        }
    }
    sandbox.take_violations();
}

#[derive(Clone, Debug)]
struct Odd {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

fn odd(value: &str, pat: &str) -> impl Strategy<Value = Odd> + use<> {
    let method = prop_oneof![
        Just("GET"),
        Just("HEAD"),
        Just("POST"),
        Just("PUT"),
        Just("PATCH"),
        Just("DELETE"),
        Just("OPTIONS"),
        Just("TRACE"),
    ]
    .prop_map(str::to_owned);
    let method = prop_oneof![4 => method, 1 => "[A-Za-z!#$%&'*+.^_`|~0-9-]{1,12}"];
    let path = proptest::sample::select(vec![
        "/",
        "/fn",
        "/fn/",
        "/fn/my-function",
        "/fn/my-function/",
        "/fn/my-function/mcp",
        "/fn/my-function/__health",
        "/fn/my-function/openapi.json",
        "/fn/absent/mcp",
        "/v1",
        "/v1/",
        "/v1/me",
        "/v1/functions",
        "/v1/functions/my-function",
        "/v1/functions/my-function/tokens",
        "/v1/functions/my-function/tokens/tok_x",
        "/v1/functions/my-function/tokens/tok_x/rotate",
        "/v1/functions/my-function/deployments",
        "/v1/functions/my-function/secrets",
        "/v1/functions/my-function/secrets/KEY",
        "/v1/functions/my-function/cron/nightly/trigger",
        "/openapi.json",
        "/__sandbox/",
        "/__sandbox/journal",
        "/__sandbox/faults",
        "/__sandbox/clock/advance",
        "/__redirected",
    ])
    .prop_map(str::to_owned);
    let path =
        prop_oneof![4 => path.clone(), 1 => (path, "(/?[a-z%0-9A-F.;:@&=+$,~-]{0,12}){0,3}").prop_map(|(a, b)| a + &b)];
    let query = prop_oneof![3 => Just(String::new()), 1 => "\\?[a-z=&%0-9A-F+]{0,20}"];
    let header = prop_oneof![
        Just(("X-Jelou-Token".to_owned(), value.to_owned())),
        Just(("Authorization".to_owned(), format!("Bearer {pat}"))),
        Just(("Content-Type".to_owned(), "application/json".to_owned())),
        Just(("Accept".to_owned(), "application/json, text/event-stream".to_owned())),
        Just(("Idempotency-Key".to_owned(), "\"k\"".to_owned())),
        Just(("MCP-Protocol-Version".to_owned(), "2026-07-28".to_owned())),
        (
            "(Idempotency-Key|Accept|Content-Type|Origin|Sec-Fetch-Site|Mcp-Method|Mcp-Name|Authorization|X-Jelou-Token)",
            "[ -~]{0,40}"
        ),
        ("X-[A-Za-z0-9-]{1,10}", "[ -~\u{e9}]{0,40}"),
    ];
    let message = (
        proptest::sample::select(vec!["initialize", "ping", "tools/list", "tools/call", "server/discover", "absent"]),
        proptest::sample::select(vec![
            "{}",
            "null",
            "[]",
            "5",
            r#"{"name":5}"#,
            r#"{"name":"my-function","arguments":[]}"#,
            r#"{"_meta":{}}"#,
            r#"{"_meta":{"io.modelcontextprotocol/protocolVersion":5}}"#,
        ]),
    )
        .prop_map(|(method, params)| {
            format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#).into_bytes()
        });
    let body = prop_oneof![
        2 => Just(Vec::new()),
        1 => proptest::collection::vec(any::<u8>(), 0..200),
        2 => message,
        2 => proptest::sample::select(vec!["{}", "[]", "null", "5", r#"{"name":"a"}"#, r#"{"name":""}"#, r#"{"status":null}"#,
            r#"{"grace_seconds":18446744073709551615}"#, r#"{"grace_seconds":9223372036854775807}"#,
            r#"{"name":"b","expires_in_seconds":9223372036854775807}"#, r#"{"expires_at":"9999-12-31T23:59:59Z"}"#,
            r#"{"by":"36500d"}"#, r#"{"faults":["status=500"]}"#, r#"{"faults":["absent"]}"#, r#"{"secrets":{"KEY":"v"}}"#,
            r#"{"entrypoint":"index.ts","files":[{"path":"index.ts","content":"eA=="}]}"#]).prop_map(|text| text.as_bytes().to_vec()),
    ];
    (method, path, query, proptest::collection::vec(header, 0..6), body)
        .prop_map(|(method, path, query, headers, body)| Odd { method, target: path + &query, headers, body })
}

/// Whatever is asked, there is an answer, no failure of the sandbox, and the next request works.
#[test]
fn no_request_makes_the_sandbox_fail() {
    let sandbox = TestSandbox::new();
    let strategy = odd(&sandbox.default_value(), sandbox.pat());
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&strategy, |odd| {
        let mut request = Request::new(&odd.method, &odd.target).body(odd.body.clone());
        for (name, value) in &odd.headers {
            request = request.header(name, value);
        }
        let answer = request.try_send(sandbox.port());
        let answer = answer.map_err(|error| TestCaseError::fail(format!("{error}")))?;
        prop_assert!(answer.status < 500, "{}: {}", answer.status, answer.text());
        if answer.status == 405 {
            prop_assert!(answer.header("allow").is_some_and(|allow| !allow.is_empty()));
        }
        sandbox.clear_faults();
        let next = Request::get("/fn/my-function/__health").try_send(sandbox.port());
        prop_assert!(next.is_ok_and(|answer| answer.status == 200 || answer.status == 404));
        Ok(())
    });
    sandbox.take_violations();
    outcome.unwrap();
}

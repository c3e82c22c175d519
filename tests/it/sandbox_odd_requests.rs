//! Requests that nobody would send: the sandbox answers each, and goes on.

use std::cell::RefCell;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};

use jelou::sandbox::{Sandbox, SandboxClock};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::TIMEOUT;
use crate::support::http::Request;
use crate::support::sandbox::TestSandbox;

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
    // The seed makes the same credentials again when a request has deleted the function.
    let started = || TestSandbox::of(Sandbox::builder().example_fixture().seed(7).clock(SandboxClock::manual()));
    let sandbox = RefCell::new(started());
    let strategy = odd(&sandbox.borrow().default_value(), sandbox.borrow().pat());
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&strategy, |odd| {
        let mut request = Request::new(&odd.method, &odd.target).body(odd.body.clone());
        for (name, value) in &odd.headers {
            request = request.header(name, value);
        }
        let port = sandbox.borrow().port();
        let answer = request.try_send(port).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(answer.status < 500, "{}: {}", answer.status, answer.text());
        if answer.status == 405 {
            prop_assert!(answer.header("allow").is_some_and(|allow| !allow.is_empty()));
        }
        sandbox.borrow().clear_faults();
        sandbox.borrow().take_violations();
        let next = Request::get("/fn/my-function/__health").try_send(port).map(|answer| answer.status);
        if matches!(next, Ok(404)) {
            sandbox.replace(started());
        } else {
            prop_assert!(matches!(next, Ok(200)), "the request behind it: {next:?}");
        }
        Ok(())
    });
    sandbox.borrow().take_violations();
    outcome.unwrap();
}

/// Bytes that begin as a request does, or not even so.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let request = b"POST /fn/my-function HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n";
    let changed = (0..request.len(), 0..request.len(), any::<u8>()).prop_map(|(end, at, byte)| {
        let mut bytes = request[..end].to_vec();
        if let Some(changed) = bytes.get_mut(at) {
            *changed = byte;
        }
        bytes
    });
    prop_oneof![changed, proptest::collection::vec(any::<u8>(), 0..300)]
}

#[test]
fn what_is_no_request_ends_its_connection_alone() {
    let sandbox = TestSandbox::new();
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&bytes(), |bytes| {
        let mut stream = TcpStream::connect(("127.0.0.1", sandbox.port())).unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        // The sandbox may have ended the connection before all was written.
        _ = stream.write_all(&bytes).and_then(|()| stream.shutdown(Shutdown::Write));
        let mut said = Vec::new();
        _ = stream.read_to_end(&mut said);
        prop_assert!(!said.starts_with(b"HTTP/1.1 5"), "{}", String::from_utf8_lossy(&said));
        let next = Request::get("/fn/my-function/__health").try_send(sandbox.port()).map(|answer| answer.status);
        prop_assert!(matches!(next, Ok(200)), "{next:?}");
        Ok(())
    });
    sandbox.take_violations();
    outcome.unwrap();
}

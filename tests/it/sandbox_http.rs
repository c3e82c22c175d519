//! The sandbox's HTTP: `HEAD`, `Allow`, and pages in browsers.

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
    let unknown = Request::get("/v1/me").bearer(sandbox.pat()).header("Sec-Fetch-Site", "of-tomorrow");
    sandbox.send(&unknown).refused(403);
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
    for (path, served) in [
        ("/__sandbox/journal", &["GET"][..]),
        ("/__sandbox/faults", &["GET", "POST", "DELETE"]),
        ("/__sandbox/clock", &["GET"]),
        ("/__sandbox/clock/advance", &["POST"]),
    ] {
        let answer = sandbox.send(&Request::new("PUT", path)).expect(405);
        let allow: Vec<&str> = answer.header("allow").unwrap().split(", ").filter(|method| *method != "HEAD").collect();
        assert_eq!(allow, served, "{path}");
    }
    sandbox.take_violations();
}

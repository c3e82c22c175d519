//! `jelou call`: which request is sent for which words.

mod breaks;
mod bytes;
mod cleaning;
mod network;
mod refusals;
mod statuses;
mod streams;

use std::io::Write as _;
use std::process::Stdio;

use jelou::sandbox::Plane;
use serde_json::{Value, json};

use crate::support::cli::{Cli, Ran};
use crate::support::function_server::{FunctionServer, Received, answer};
use crate::support::running::until;

const TOKEN: &str = "jfn_rt_sbx_ourvalueourvalueourvalue";

/// A sandbox whose default token of `my-function` is in the environment, and no management token.
fn cli() -> Cli {
    let mut cli = Cli::new();
    let value = cli.sandbox.default_token("my-function").unwrap();
    cli.set("JELOU_FUNCTION_TOKEN", &value).unset("JELOU_TOKEN");
    cli
}

/// Commands that reach this server instead.
fn at(server: &FunctionServer) -> Cli {
    let mut cli = Cli::new();
    cli.set("JELOU_GATEWAY_URL", &server.url()).set("JELOU_FUNCTION_TOKEN", TOKEN).unset("JELOU_TOKEN");
    cli
}

/// How a command ended whose outputs are bytes.
struct RanBytes {
    status: i32,
    stdout: Vec<u8>,
    stderr: String,
}

/// Runs `jelou` with bytes on stdin.
#[must_use]
fn run(cli: &Cli, arguments: &[&str], stdin: &[u8]) -> RanBytes {
    let mut command = cli.process(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut pipe, stdin) = (child.stdin.take().unwrap(), stdin.to_vec());
    let writer = std::thread::spawn(move || _ = pipe.write_all(&stdin));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let status = output.status.code().unwrap();
    RanBytes { status, stdout: output.stdout, stderr: String::from_utf8(output.stderr).unwrap() }
}

/// What the sandbox's function says that it was sent.
#[track_caller]
fn echo(ran: &Ran) -> Value {
    assert!(!ran.stdout.ends_with('\n'), "nothing is added: {ran:?}");
    serde_json::from_str(&ran.stdout).unwrap()
}

/// The one request that a server got for these arguments.
#[track_caller]
fn sent(arguments: &[&str]) -> Received {
    let server = FunctionServer::always(answer(200, "ok"));
    let ran = at(&server).jelou(&[&["call"], arguments].concat()).ended(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("ok", ""), "{arguments:?}");
    server.request()
}

#[test]
fn words_name_the_function_and_the_path() {
    let mut cli = cli();
    for (words, path) in [
        (&["my-function"][..], "/"),
        (&["my-function", "/"], "/"),
        (&["my-function", "/a/b"], "/a/b"),
        (&["my-function", "/fn/other-function"], "/fn/other-function"),
        (&["-f", "my-function"], "/"),
        (&["/a", "--function", "my-function"], "/a"),
    ] {
        let ran = cli.jelou(&[&["call"], words].concat()).ended(0);
        assert_eq!((&echo(&ran)["method"], &echo(&ran)["path"]), (&json!("GET"), &json!(path)), "{words:?}");
        assert_eq!(ran.stderr, "");
    }
    let ran = cli.jelou(&["call", "other-function", "-f", "my-function"]).ended(2);
    assert!(ran.stderr.contains("`other-function` does not begin with `/`"), "{ran:?}");
    let ran = cli.jelou(&["call", "/a"]).ended(2);
    assert!(ran.stderr.contains("(MISSING_FUNCTIONS_PROJECT, exit 2)"), "{ran:?}");
    cli.write("jelou.json", r#"{"function": "my-function"}"#);
    for (words, path) in [(&[][..], "/"), (&["/a?b=c"], "/a")] {
        let ran = cli.jelou(&[&["call"], words].concat()).ended(0);
        assert_eq!(echo(&ran)["path"], path, "{words:?}");
    }
    cli.set("JELOU_FUNCTION", "other-function");
    cli.jelou(&["call", "/a"]).ended(3);
    assert_eq!(cli.sent(false).last().map(String::as_str), Some("GET /fn/other-function/a"));
    assert!(cli.sandbox.requests().iter().all(|entry| entry.plane == Plane::Gateway), "nobody else is asked");
}

#[test]
fn the_method_follows_from_the_body_unless_it_is_named() {
    for (arguments, line, length, kind) in [
        (&["my-fn"][..], "GET /fn/my-fn/ HTTP/1.1", None, None),
        (&["my-fn", "-d", "{}"], "POST /fn/my-fn/ HTTP/1.1", Some("2"), Some("application/json")),
        (&["my-fn", "-d", ""], "POST /fn/my-fn/ HTTP/1.1", Some("0"), Some("application/json")),
        (&["my-fn", "-d{}", "-XPUT", "/x"], "PUT /fn/my-fn/x HTTP/1.1", Some("2"), Some("application/json")),
        (&["-X", "DELETE", "my-fn", "/x"], "DELETE /fn/my-fn/x HTTP/1.1", None, None),
        (&["my-fn", "-X", "POST"], "POST /fn/my-fn/ HTTP/1.1", Some("0"), None),
        (&["my-fn", "-X", "PATCH"], "PATCH /fn/my-fn/ HTTP/1.1", Some("0"), None),
        (&["my-fn", "--request", "purge"], "purge /fn/my-fn/ HTTP/1.1", None, None),
        (&["my-fn", "-X", "GET", "--data=q"], "GET /fn/my-fn/ HTTP/1.1", Some("1"), Some("application/json")),
        (&["my-fn", "-d", "-1"], "POST /fn/my-fn/ HTTP/1.1", Some("2"), Some("application/json")),
        (&["my-fn", "-d", "--x\n"], "POST /fn/my-fn/ HTTP/1.1", Some("4"), Some("application/json")),
    ] {
        let request = sent(arguments);
        assert_eq!(request.line(), line, "{arguments:?}");
        assert_eq!(request.header("content-length"), Vec::from_iter(length), "{arguments:?}");
        assert_eq!(request.header("content-type"), Vec::from_iter(kind), "{arguments:?}");
        assert_eq!(request.header("x-jelou-token"), [TOKEN]);
        assert_eq!(request.header("user-agent"), [concat!("jelou/", env!("CARGO_PKG_VERSION"))]);
        for none in ["accept-encoding", "idempotency-key", "authorization", "expect", "transfer-encoding", "cookie"] {
            assert_eq!(request.header(none), [""; 0], "{none}");
        }
    }
}

#[test]
fn headers_are_sent_as_typed() {
    let request = sent(&[
        "my-fn",
        "-d",
        "x",
        "-H",
        "content-type: text/plain; charset=utf-8",
        "-H",
        "X-A:1",
        "-H",
        "x-a:   two  ",
        "-H",
        "X-Empty;",
        "-H",
        "User-Agent: mine/1",
        "--header",
        "Authorization: Bearer sk_live",
        "-H",
        "X-Colon: a:b: c",
    ]);
    assert_eq!(request.header("content-type"), ["text/plain; charset=utf-8"]);
    assert_eq!(request.header("x-a"), ["1", "two"]);
    assert_eq!(request.header("x-empty"), [""]);
    assert_eq!(request.header("user-agent"), ["mine/1"]);
    assert_eq!(request.header("authorization"), ["Bearer sk_live"]);
    assert_eq!(request.header("x-colon"), ["a:b: c"]);
    let request = sent(&["my-fn", "-d", "x", "-H", "Content-Type:", "-H", "User-Agent: ", "-H", "X-Text: é ü"]);
    assert_eq!((request.header("content-type"), request.header("user-agent")), (vec![], vec![]));
    assert_eq!(request.header("x-text"), ["é ü"]);
}

#[test]
fn the_path_is_sent_as_typed() {
    for path in [
        "/a?b=c&d=%20&e",
        "/?",
        "//a//b/",
        "/a;b=1,2/@x:y!$&'()*+,=~",
        "/%zz/%e2%82%ac",
        "/a?b=/../c&q[]=1|2",
        "/...",
        "/a/.b/..c",
    ] {
        assert_eq!(sent(&["my-fn", path]).line(), format!("GET /fn/my-fn{path} HTTP/1.1"));
    }
    let server = FunctionServer::always(answer(200, "ok"));
    let mut cli = at(&server);
    cli.set("JELOU_GATEWAY_URL", &server.url().replace("127.0.0.1", "{slug}.fn.localhost"));
    cli.jelou(&["call", "my-fn", "/a?b"]).ended(0);
    let request = server.request();
    assert_eq!(request.line(), "GET /a?b HTTP/1.1");
    assert!(request.header("host")[0].starts_with("my-fn.fn.localhost:"), "{request:?}");
}

/// The request of the vendor's pages (“Calling a function”), which Node.js and Python make as well.
#[test]
fn curl_of_the_pages_sends_the_same() {
    crate::support::tools::require();
    let flags = r#"-X POST -H "Content-Type: application/json" -d '{"phone": "593987654321"}'"#;
    let by_call = format!("jelou call my-function {flags}");
    let shortly = r#"jelou call my-function -d '{"phone": "593987654321"}'"#.to_owned();
    let server = FunctionServer::always(answer(200, "{}"));
    let mut cli = at(&server);
    cli.set("JELOU_GATEWAY_URL", &server.url().replace("127.0.0.1", "{slug}.fn.localhost"));
    let address = server.url().replace("127.0.0.1", "my-function.fn.localhost");
    let by_curl = format!(r#"curl -sS {address} -H "X-Jelou-Token: $JELOU_FUNCTION_TOKEN" {flags}"#);
    for line in [&by_curl, &by_call, &shortly] {
        assert_eq!(cli.bash(line).ended(0).stdout, "{}", "{line}");
    }
    let requests = server.requests();
    let parts = |request: &Received| {
        let header = |name: &str| request.header(name).join(", ");
        let headers =
            ["host", "content-type", "content-length", "x-jelou-token", "accept", "transfer-encoding"].map(header);
        (request.line().to_owned(), headers, request.body.clone())
    };
    assert_eq!(requests.len(), 3);
    assert_eq!(parts(&requests[1]), parts(&requests[0]));
    assert_eq!(parts(&requests[2]), parts(&requests[0]));
}

#[test]
fn the_token_comes_from_stdin_or_the_environment() {
    let mut cli = cli();
    let value = cli.sandbox.default_token("my-function").unwrap();
    cli.set("JELOU_FUNCTION_TOKEN", "jfn_rt_sbx_nobodynobodynobody");
    let ran =
        cli.jelou_with_stdin(&["call", "my-function", "--token-stdin", "-d", "{}"], &format!("{value}\n")).ended(0);
    assert_eq!(echo(&ran)["body"], json!({}));
    let ran = cli.jelou(&["call", "my-function"]).ended(3);
    assert_eq!(ran.stdout, r#"{"error":"Unauthorized","message":"Missing or invalid X-Jelou-Token header"}"#);
    assert!(ran.stderr.contains("error: `my-function` refused the call (401) (AUTH_ERROR, exit 3)"), "{ran:?}");
    assert!(
        ran.stderr.contains("jelou tokens verify my-function") && ran.stderr.contains("its deployment is live"),
        "{ran:?}"
    );
    cli.unset("JELOU_FUNCTION_TOKEN");
    let before = cli.sandbox.requests().len();
    let ran = cli.jelou(&["call", "my-function"]).ended(3);
    assert!(ran.stderr.contains("(MISSING_AUTH, exit 3)"), "{ran:?}");
    assert_eq!((ran.stdout.as_str(), cli.sandbox.requests().len()), ("", before));
}

/// No management token is sent, so a wrong one stops nothing.
/// A missing token is said before stdin is read, a FIFO is opened or the platform is asked.
#[test]
fn nothing_is_read_or_asked_without_a_token() {
    let mut cli = cli();
    cli.unset("JELOU_FUNCTION_TOKEN");
    let ran = cli.bash("printf 'the rest' | { jelou call my-function -d @- || echo \"ended $?\"; cat; }").ended(0);
    assert_eq!(ran.stdout, "ended 3\nthe rest", "{ran:?}");
    cli.bash("mkfifo queue").ended(0);
    cli.jelou(&["call", "my-function", "-d", "@queue"]).ended(3);
    let pat = cli.sandbox.pat().to_owned();
    cli.set("JELOU_TOKEN", &pat);
    let session = cli.at_terminal(&["call"], crate::support::terminal::Streams::All, None).ended(3);
    assert!(!session.screen.contains("Which function"), "{session:?}");
    assert!(cli.sandbox.requests().is_empty());
}

/// An API key has no prefix that tells what it is; one that is stored here is never sent to a
/// function.
#[test]
fn a_stored_api_key_is_not_sent_to_a_function() {
    const KEY: &str = "k7Hq2mVx9RtB4nLw8ZyC3dFs";
    let mut cli = cli();
    let profile = format!(r#"{{"token":"{KEY}","api_url":"https://a","created_at":"2026-04-05T09:00:00Z"}}"#);
    let stored = cli.write("config/credentials.json", format!(r#"{{"version":1,"profiles":{{"work":{profile}}}}}"#));
    std::fs::set_permissions(&stored, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    cli.set("JELOU_CONFIG_DIR", stored.parent().unwrap().to_str().unwrap());
    let header = format!("Authorization: Bearer {KEY}");
    for arguments in [&["-H", &header][..], &["-d", KEY], &[&format!("/{KEY}")]] {
        let ran = cli.jelou(&[&["call", "my-function"], arguments].concat()).ended(2);
        assert!(ran.stderr.contains("management token") && !ran.stderr.contains(KEY), "{ran:?}");
    }
    cli.set("JELOU_FUNCTION_TOKEN", KEY);
    for verb in [&["call"][..], &["tokens", "verify"]] {
        let ran = cli.jelou(&[verb, &["my-function"]].concat()).ended(2);
        assert!(ran.stderr.contains("the management token of the profile `work`"), "{ran:?}");
        assert!(!ran.stderr.contains(KEY), "{ran:?}");
    }
    assert!(cli.sandbox.requests().is_empty());
}

#[test]
fn a_management_token_is_not_needed() {
    let mut cli = cli();
    cli.jelou(&["call", "my-function"]).ended(0);
    cli.set("JELOU_TOKEN", "not a token");
    cli.jelou(&["call", "my-function"]).ended(0);
    cli.unset("JELOU_GATEWAY_URL");
    let ran = cli.jelou(&["call", "my-function"]).ended(2);
    assert!(ran.stderr.contains("The gateway of this control plane is not known"), "{ran:?}");
}

#[test]
fn the_request_log_shows_no_header_and_no_body() {
    let cli = cli();
    let arguments = ["call", "my-function", "/a?q=hidden", "-v", "-v", "-d", "hidden-body", "-H", "X-A: hidden-header"];
    let ran = cli.jelou(&arguments).ended(0);
    let lines: Vec<&str> = ran.stderr.lines().filter(|line| !line.starts_with("setting: ")).collect();
    assert!(lines[0].starts_with("request: POST /fn/my-function/a 200 ") && lines[0].contains(" ms req_"), "{lines:?}");
    assert!(!ran.stderr.contains("hidden") && lines.len() == 1, "{ran:?}");
}

/// An answer without an end is logged when its head has come.
#[test]
fn the_request_log_does_not_wait_for_the_end() {
    let endless = "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n1\r\nx\r\n";
    let server = FunctionServer::answering(move |stream, _| {
        _ = stream.write_all(endless.as_bytes());
        // Until the client ends.
        _ = std::io::copy(stream, &mut std::io::sink());
    });
    let cli = at(&server);
    let log = cli.folder().join("log");
    let mut command = cli.process(&["call", "my-fn", "-v"]);
    let file = std::fs::File::create(&log).unwrap();
    let mut child = command.stderr(file).stdout(Stdio::null()).spawn().unwrap();
    until("the log", || {
        std::fs::read_to_string(&log).unwrap().contains("\nrequest: GET /fn/my-fn/ 200 ").then_some(())
    });
    child.kill().unwrap();
    child.wait().unwrap();
}

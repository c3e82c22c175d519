//! `sandbox status|reset|stop|faults|journal` from the command line: against a sandbox that
//! `sandbox start` left running, and where there is none.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::support::cli::{Cli, Ran};
use crate::support::http::Request;
use crate::support::raw_server::RawServer;
use crate::support::running::until;

/// `jelou sandbox start`, and the surroundings in which it is found.
struct Started {
    child: Child,
    stderr: std::thread::JoinHandle<String>,
}

/// Starts a sandbox, and names it in the environment of further commands.
fn start(cli: &mut Cli, arguments: &[&str]) -> Started {
    let line = [&["sandbox", "start", "--json"], arguments].concat();
    let mut child = cli.process(&line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let stderr = child.stderr.take().unwrap();
    let stderr = std::thread::spawn(move || std::io::read_to_string(stderr).unwrap());
    let started: Value = serde_json::from_str(&first).unwrap_or_else(|error| panic!("{error}: {first}"));
    for (name, value) in started["data"]["environment"].as_object().unwrap() {
        cli.set(name, value.as_str().unwrap());
    }
    Started { child, stderr }
}

impl Started {
    /// Waits for its end; its status and what it said on stderr.
    fn ended(mut self) -> (Option<i32>, String) {
        let status = until("the end of the sandbox", || self.child.try_wait().unwrap());
        (status.code(), self.stderr.join().unwrap())
    }
}

fn names(cli: &Cli) -> Vec<String> {
    cli.jelou(&["tokens", "list", "my-function", "--jq", ".data[].name"])
        .ended(0)
        .stdout
        .lines()
        .map(str::to_owned)
        .collect()
}

#[test]
fn stop_ends_it_and_frees_its_port_and_its_state_file() {
    let mut cli = Cli::new();
    let mut first = start(&mut cli, &["--state", "state.json", "--fault", "status=503 GET /v1/nobody"]);
    let port: String = cli.env()["JELOU_API_URL"].rsplit(':').next().unwrap().to_owned();
    cli.jelou(&["tokens", "create", "my-function", "--name", "ci"]).ended(0);
    assert!(first.child.try_wait().unwrap().is_none());
    let stopped = cli.jelou(&["sandbox", "stop", "--json"]).ended(0).json();
    assert_eq!(stopped["data"]["api_url"], cli.env()["JELOU_API_URL"]);
    assert_eq!(stopped["data"]["requests"], 1);
    // At once: what is gone holds neither.
    let second = start(&mut cli, &["--state", "state.json", "--port", &port]);
    assert_eq!(names(&cli), ["default", "ci"]);
    let (status, said) = first.ended();
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("warning: The fault `status=503 GET /v1/nobody` never fired\n"), "{said}");
    cli.jelou(&["sandbox", "stop"]).ended(0);
    assert_eq!(second.ended().0, Some(0));
}

/// A request that never gets its answer holds nothing up.
#[test]
fn stop_ends_it_while_requests_are_under_way() {
    let mut cli = Cli::new();
    let started = start(&mut cli, &["--fault", "hang-before GET /v1/me", "--fault", "delay=1h GET /v1/functions"]);
    let waiting = [&["whoami"][..], &["functions", "list"]].map(|words| cli.start(words));
    let journal = |cli: &Cli| cli.jelou(&["sandbox", "journal", "--quiet"]).ended(0).stdout;
    until("both requests", || (journal(&cli) == "1\n2\n").then_some(()));
    cli.jelou(&["sandbox", "stop"]).ended(0);
    let (status, said) = started.ended();
    assert_eq!(status, Some(0), "{said}");
    assert!(!said.contains("never fired"), "{said}");
    for running in waiting {
        assert_eq!(running.end().ran.ended(10).stdout, "");
    }
}

#[test]
fn stop_within_a_run_leaves_the_command_alone() {
    let cli = Cli::new();
    let script = "jelou sandbox stop --quiet && ! jelou whoami 2>whoami.log && echo went on; exit 7";
    let ran = cli.jelou(&["sandbox", "run", "--", "sh", "-c", script]).ended(7);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert!(matches!(lines[..], [url, "went on"] if url.starts_with("http://127.0.0.1:")), "{ran:?}");
}

/// What changes comes back: tokens, functions, pending faults, the clock, the journal. What was
/// handed out at the beginning is valid again.
#[test]
fn reset_brings_back_what_it_began_with() {
    let mut cli = Cli::new();
    let started = start(&mut cli, &["--seed", "7", "--fault", "status=500 GET /v1/functions/other-function x2"]);
    let before = cli.jelou(&["sandbox", "status", "--json"]).ended(0).json();
    let listed = cli.jelou(&["tokens", "list", "my-function", "--json"]).ended(0).json()["data"].clone();
    cli.jelou(&["tokens", "regenerate", "my-function", "default", "-y", "--wait", "--quiet"]).ended(0);
    cli.jelou(&["functions", "delete", "other-function", "-y"]).ended(0);
    cli.jelou(&["sandbox", "advance", "24h"]).ended(0);
    cli.jelou(&["functions", "info", "other-function", "--retries", "0"]).ended(9);
    cli.jelou(&["sandbox", "faults", "status=429 GET /v1/me"]).ended(0);
    cli.jelou(&["tokens", "verify", "my-function"]).ended(3);

    let reset = cli.jelou(&["sandbox", "reset", "--json"]).ended(0).json()["data"].clone();
    let shown = cli.jelou(&["sandbox", "status", "--json"]).ended(0).json()["data"].clone();
    for pointer in ["/functions", "/tokens", "/faults", "/requests", "/violations", "/api_url"] {
        assert_eq!(reset.pointer(pointer), before["data"].pointer(pointer), "{pointer}");
        assert_eq!(shown.pointer(pointer), reset.pointer(pointer), "{pointer}");
    }
    let seconds = |status: &Value| status["now"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_second();
    let moved = seconds(&reset) - seconds(&before["data"]);
    assert!((0..3600).contains(&moved), "the clock is back: {moved} s");
    assert_eq!(cli.jelou(&["tokens", "list", "my-function", "--json"]).ended(0).json()["data"], listed);
    cli.jelou(&["tokens", "verify", "my-function"]).ended(0);
    let journal = cli.jelou(&["sandbox", "journal", "--json"]).ended(0).json();
    assert_eq!(journal["data"]["entries"][0]["number"], 1, "{journal}");
    cli.jelou(&["sandbox", "stop"]).ended(0);
    started.ended();
}

/// The state file holds what a reset brought back.
#[test]
fn a_reset_is_kept_in_the_state_file() {
    let mut cli = Cli::new();
    let first = start(&mut cli, &["--state", "state.json"]);
    cli.jelou(&["tokens", "create", "my-function", "--name", "ci"]).ended(0);
    cli.jelou(&["sandbox", "reset"]).ended(0);
    cli.jelou(&["sandbox", "stop"]).ended(0);
    first.ended();
    let second = start(&mut cli, &["--state", "state.json"]);
    assert_eq!(names(&cli), ["default"]);
    cli.jelou(&["sandbox", "stop"]).ended(0);
    second.ended();
}

#[test]
fn status_counts_what_there_is() {
    let mut cli = Cli::new();
    cli.allow_violations();
    cli.jelou(&["tokens", "create", "my-function", "--name", "ci"]).ended(0);
    cli.jelou(&["sandbox", "faults", "status=503 GET /v1/me x2", "delay=1ms x*"]).ended(0);
    cli.jelou(&["whoami", "--retries", "0"]).ended(9);
    Request::get("/v1/me?token=jfn_rt_sbx_0123456789abcdef")
        .bearer(cli.sandbox.pat())
        .send(cli.sandbox.port())
        .refused(503);
    let status = cli.jelou(&["sandbox", "status", "--json"]).ended(0).json()["data"].clone();
    let functions = &status["functions"];
    assert_eq!((&functions[0]["slug"], &functions[0]["tokens"]), (&json!("my-function"), &json!(2)), "{status}");
    assert_eq!((&status["tokens"], &status["requests"]), (&json!(3), &json!(3)), "{status}");
    assert_eq!(status["faults"], json!([{"name": "delay", "left": null, "spec": "delay=1ms x*", "fired": 2}]));
    assert_eq!(status["violations"].as_array().map(Vec::len), Some(1), "{status}");
    let human = cli.jelou(&["sandbox", "status"]).ended(0).stdout;
    for word in ["my-function", "2 tokens", "other-function", "delay=1ms x*", "credential in the URL"] {
        assert!(human.contains(word), "{word}: {human}");
    }
}

#[test]
fn faults_are_listed_and_cleared() {
    let mut cli = Cli::new();
    let list = |cli: &Cli| cli.jelou(&["sandbox", "faults", "--list", "--json"]).ended(0).json()["data"].clone();
    assert_eq!(list(&cli), json!([]));
    assert!(cli.jelou(&["sandbox", "faults", "--list"]).ended(0).stdout.contains("No fault is pending"));
    cli.jelou(&["sandbox", "faults", "status=503 GET /v1/me x2", "delay=1ms after=1 x*"]).ended(0);
    cli.jelou(&["whoami", "--retries", "0"]).ended(9);
    let expected = json!([
        {"name": "status", "left": 1, "spec": "status=503 GET /v1/me x2", "fired": 1},
        {"name": "delay", "left": null, "spec": "delay=1ms after=1 x*", "fired": 0},
    ]);
    assert_eq!(list(&cli), expected);
    let shown = cli.jelou(&["sandbox", "faults", "--list"]).ended(0).stdout;
    assert!(shown.contains("status=503 GET /v1/me x2   1      1"), "{shown}");
    cli.jelou(&["sandbox", "faults", "--clear"]).ended(0);
    assert_eq!(list(&cli), json!([]));
    cli.jelou(&["whoami"]).ended(0);
    for words in [&["--list", "--clear"][..], &["--list", "garbled"], &["--clear", "garbled"], &[]] {
        let ran = cli.jelou(&[&["sandbox", "faults"], words].concat()).ended(2);
        assert!(ran.stderr.contains("INPUT_ERROR"), "{ran:?}");
    }
    let asked = cli.sandbox.requests().len();
    let ran = cli.jelou(&["sandbox", "faults", "garbled", "reset-afer POST"]).ended(2);
    assert!(ran.stderr.contains("`reset-after`") && ran.stderr.contains("faults --help"), "{ran:?}");
    assert_eq!((list(&cli), cli.sandbox.requests().len()), (json!([]), asked), "one that is wrong adds none");
    cli.unset("JELOU_TOKEN");
    cli.jelou(&["sandbox", "faults", "--list"]).ended(0);
}

#[test]
fn the_journal_is_a_table_with_faults_and_violations() {
    let mut cli = Cli::new();
    cli.allow_violations();
    assert!(cli.jelou(&["sandbox", "journal"]).ended(0).stdout.contains("Nothing was asked"));
    cli.jelou(&["sandbox", "faults", "reset-before GET /v1/me"]).ended(0);
    cli.jelou(&["whoami"]).ended(0);
    let misplaced = Request::get("/v1/me").bearer(cli.sandbox.pat()).token("jfn_rt_sbx_0123456789abcdef");
    misplaced.send(cli.sandbox.port()).expect(200);
    let shown = cli.jelou(&["sandbox", "journal"]).ended(0).stdout;
    let lines: Vec<Vec<&str>> = shown.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["▸", "#", "Time", "Method", "Path", "Status", "Fault", "Violation"], "{shown}");
    assert!(matches!(lines[1][..], ["▸", "1", _, "GET", "/v1/me", "none", "reset-before"]), "{shown}");
    assert!(matches!(lines[2][..], ["▸", "2", _, "GET", "/v1/me", "200"]), "{shown}");
    assert!(shown.lines().nth(3).unwrap().contains("X-Jelou-Token at the control plane"), "{shown}");
    let entries = cli.jelou(&["sandbox", "journal", "--json"]).ended(0).json()["data"]["entries"].clone();
    assert_eq!((&entries[0]["faults"], &entries[0]["status"]), (&json!(["reset-before"]), &Value::Null));
    assert_eq!(entries[2]["violations"].as_array().map(Vec::len), Some(1), "{entries}");
    assert_eq!(cli.jelou(&["sandbox", "journal", "--quiet"]).ended(0).stdout, "1\n2\n3\n");
}

/// Every command that asks a sandbox, where there is none: nothing listens, something else does, or
/// the platform itself is named.
#[test]
fn without_a_sandbox_there_is_one_clear_error() {
    let mut cli = Cli::new();
    let commands: [&[&str]; 8] = [
        &["status"],
        &["reset"],
        &["stop"],
        &["journal"],
        &["advance", "1s"],
        &["faults", "--list"],
        &["faults", "--clear"],
        &["faults", "garbled"],
    ];
    let run = |cli: &Cli, words: &[&str]| -> Ran { cli.jelou(&[&["sandbox"], words].concat()) };
    let not_found = "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnope";
    let page = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>";
    for words in commands {
        cli.set("JELOU_API_URL", "http://127.0.0.1:1");
        let ran = run(&cli, words).ended(10);
        assert!(ran.stderr.starts_with("error: No sandbox answers at `http://127.0.0.1:1`: "), "{ran:?}");
        assert!(ran.stderr.contains("hint: `jelou sandbox start` starts one"), "{ran:?}");
        assert_eq!(ran.stderr.matches("error: ").count(), 1, "{ran:?}");
        for (answer, status) in [(not_found, 5), (page, 9)] {
            let server = RawServer::always(answer);
            cli.set("JELOU_API_URL", &server.url());
            let ran = run(&cli, words).ended(status);
            assert!(ran.stderr.contains("is no sandbox"), "{ran:?}");
            assert_eq!(server.requests().len(), 1, "sent once");
        }
        cli.unset("JELOU_API_URL");
        let ran = run(&cli, words).ended(2);
        assert!(ran.stderr.starts_with("error: No sandbox is named: `https://app.jelou.ai`"), "{ran:?}");
    }
}

/// A page in a browser neither reads nor stops it, and who takes the wrong method is told the right
/// ones.
#[test]
fn the_admin_plane_is_for_programs_of_this_machine() {
    let cli = Cli::new();
    let port = cli.sandbox.port();
    for path in ["/__sandbox/status", "/__sandbox/stop", "/__sandbox/reset", "/__sandbox/journal"] {
        let method = if path.ends_with("stop") || path.ends_with("reset") { "POST" } else { "GET" };
        let request = Request::new(method, path).json(&json!({}));
        for site in ["cross-site", "same-site"] {
            request.clone().header("Sec-Fetch-Site", site).send(port).refused(403);
        }
        request.header("Origin", "http://localhost:3000").send(port).refused(403);
    }
    for (method, path, allowed) in [
        ("GET", "/__sandbox/stop", "POST"),
        ("DELETE", "/__sandbox/status", "GET, HEAD"),
        ("PUT", "/__sandbox/faults", "GET, HEAD, POST, DELETE"),
    ] {
        let answer = Request::new(method, path).send(port);
        assert_eq!((answer.status, answer.header("allow")), (405, Some(allowed)), "{method} {path}");
    }
    Request::get("/__sandbox/nothing").send(port).refused(404);
    for query in ["afterx=1", "after=one", "before=1"] {
        Request::get(&format!("/__sandbox/journal?{query}")).send(port).refused(422);
    }
    Request::get("/__sandbox/journal?after=1").send(port).expect(200);
    cli.jelou(&["whoami"]).ended(0);
}

#[test]
fn a_state_file_that_goes_on_is_named_and_so_is_one_that_cannot_be_used() {
    let mut cli = Cli::new();
    cli.write("seed.json", r#"{"functions": [{"slug": "my-function"}]}"#);
    let line = ["--state", "state.json", "--seed-file", "seed.json"];
    let note = "It goes on with the functions in `state.json`; `--seed-file` counts for a new file";
    for is_new in [true, false] {
        let first = start(&mut cli, &line);
        cli.jelou(&["sandbox", "stop"]).ended(0);
        let (_, stderr) = first.ended();
        assert_eq!(stderr.contains(note), !is_new, "{stderr}");
    }
    let first = start(&mut cli, &["--state", "state.json"]);
    cli.jelou(&["sandbox", "stop"]).ended(0);
    let (_, stderr) = first.ended();
    assert!(stderr.contains("It goes on with the functions in `state.json`\n"), "{stderr}");

    cli.write("broken.json", "{");
    let refused = cli.jelou(&["sandbox", "start", "--state", "broken.json"]).ended(2);
    assert!(refused.stderr.contains("cannot use the state file `broken.json`"), "{}", refused.stderr);
    let refused = cli.jelou(&["sandbox", "start", "--state", "no-such-folder/state.json"]).ended(2);
    assert!(refused.stderr.contains("cannot use the state file `no-such-folder/state.json`"), "{}", refused.stderr);
}

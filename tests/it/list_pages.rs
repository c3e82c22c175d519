//! The pages of a list: how much of each token is decoded, and when the next page is asked for.

use std::io::Read;
use std::process::Stdio;
#[cfg(target_os = "linux")]
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::{Value, json};

use crate::support::TIMEOUT;
use crate::support::cli::Cli;
use crate::support::raw_server::{self, RawServer};
use crate::support::running::until;

const LIST: &[&str] = &["tokens", "list", "my-function"];

fn token(id: &str) -> Value {
    json!({"id": id, "name": "ci", "prefix": "jfn_rt_abcd", "function": "my-function", "status": "active",
           "created_at": "2020-04-05T09:00:00Z", "last_used_at": null, "expires_at": null, "replaced_by": null})
}

fn with(field: &str, value: &Value) -> Value {
    let mut token = token("tok_2");
    token[field] = value.clone();
    token
}

fn without(field: &str) -> Value {
    let mut token = token("tok_2");
    token.as_object_mut().unwrap().remove(field);
    token
}

/// Pages in their order, each of which names the next.
fn serving(pages: Vec<Vec<Value>>) -> RawServer {
    RawServer::answering(move |number, _| {
        let next = (number + 1 < pages.len()).then(|| format!("c{number}"));
        raw_server::json(200, &json!({"items": pages[number], "next_cursor": next}).to_string())
    })
}

fn cli(server: &RawServer) -> Cli {
    let mut cli = Cli::new();
    cli.set("JELOU_API_URL", &server.url()).set("JELOU_TOKEN", "jfn_pat_of_this_test");
    cli
}

/// Whether a list with this token can be shown, and that nothing of it is shown if not.
#[track_caller]
fn is_shown(token: &Value, flags: &[&str]) -> bool {
    let server = serving(vec![vec![self::token("tok_1"), token.clone()]]);
    let ran = cli(&server).jelou(&[LIST, flags].concat());
    match ran.status {
        0 => true,
        9 => {
            assert!(ran.stdout.is_empty() || ran.json()["data"] == false, "{flags:?} {token}: {ran:?}");
            false
        }
        _ => panic!("{flags:?} {token}: {ran:?}"),
    }
}

const WHOLE: [&[&str]; 4] = [&["--json"], &["--ndjson"], &[], &["--jq", ".data[].id"]];

#[test]
fn a_malformed_field_matters_where_it_is_shown() {
    let wrong = json!(5);
    let long_ago = json!("yesterday");
    let other = [
        ("name", &wrong),
        ("prefix", &wrong),
        ("status", &wrong),
        ("created_at", &long_ago),
        ("last_used_at", &long_ago),
        ("expires_at", &wrong),
        ("replaced_by", &wrong),
    ];
    for (field, value) in other {
        let token = with(field, value);
        assert!(is_shown(&token, &["--quiet"]), "{field}");
        for flags in WHOLE {
            assert!(!is_shown(&token, flags), "{field} {flags:?}");
        }
    }
    for field in ["name", "prefix", "status", "created_at"] {
        assert!(is_shown(&without(field), &["--quiet"]), "{field}");
        assert!(!is_shown(&without(field), &["--json"]), "{field}");
    }
}

#[test]
fn the_id_and_the_function_matter_everywhere() {
    for token in [
        without("id"),
        with("id", &json!("a b")),
        with("id", &json!(null)),
        without("function"),
        with("function", &json!("other-function")),
        with("function", &json!("Not A Slug")),
        json!(["tok_2", "ci", "jfn_rt_abcd", "my-function", "active", "2020-04-05T09:00:00Z"]),
    ] {
        for flags in WHOLE.iter().chain([&&["--quiet"][..]]) {
            assert!(!is_shown(&token, flags), "{token} {flags:?}");
        }
    }
}

/// `--quiet` looks at what a filter or an order looks at, and at no more.
#[test]
fn a_filter_decodes_what_it_looks_at() {
    let looked_at = [
        (&["--name", "*"][..], &["name"][..]),
        (&["--status", "active"], &["status"]),
        (&["--created-before", "2021-01-01"], &["created_at"]),
        (&["--unused-for", "30d"], &["created_at", "last_used_at"]),
        (&["--sort", "name"], &["name"]),
        (&["--sort", "created"], &["created_at"]),
        (&["--sort", "last-used"], &["created_at", "last_used_at"]),
    ];
    for (flags, fields) in looked_at {
        let flags = [flags, &["--quiet"]].concat();
        assert!(is_shown(&token("tok_2"), &flags), "{flags:?}");
        for field in ["name", "prefix", "status", "created_at", "last_used_at", "expires_at", "replaced_by"] {
            let shown = is_shown(&with(field, &json!(5)), &flags);
            assert_eq!(shown, !fields.contains(&field), "{flags:?} {field}");
        }
    }
}

/// A name with an escape cannot be borrowed from the answer.
#[test]
fn escaped_texts_and_other_forms_of_a_time_are_read() {
    let mut odd = token("tok_1");
    odd["name"] = json!("a\"b\\ü\n##[c]");
    odd["created_at"] = json!("2020-04-05T11:00:00.5+02:00");
    let body = json!({"items": [odd, token("tok_2")], "next_cursor": ""}).to_string().replace("tok_1", "tok\\u005f1");
    for flags in [["--json"], ["--ndjson"]] {
        let server = RawServer::always(raw_server::json(200, &body));
        let ran = cli(&server).jelou(&[LIST, &flags].concat()).ended(0);
        let document: Value = serde_json::from_str(ran.stdout.lines().next().unwrap()).unwrap();
        let first = document.pointer("/data/0").unwrap_or(&document);
        assert_eq!((&first["id"], &first["name"]), (&json!("tok_1"), &json!("a\"b\\ü\n##[c]")), "{flags:?}");
        assert_eq!(first["created_at"], "2020-04-05T09:00:00Z", "{flags:?}");
        assert!(!ran.stdout.contains("##["), "{ran:?}");
    }
    let server = RawServer::always(raw_server::json(200, &body));
    let quiet = cli(&server).jelou(&[LIST, &["--quiet", "--name", "a\"*"]].concat()).ended(0);
    assert_eq!(quiet.stdout, "tok_1\n");
}

/// A page of more than a pipe takes.
fn large_page(page: usize) -> Vec<Value> {
    (0..1000).map(|number| token(&format!("tok_{page}_{number}"))).collect()
}

#[test]
fn the_next_page_is_asked_for_while_nobody_takes_this_one() {
    let server = serving(vec![large_page(0), large_page(1)]);
    let cli = cli(&server);
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut child = cli.process(&[LIST, &["--ndjson"]].concat()).stdout(writer).stderr(Stdio::null()).spawn().unwrap();
    until("the second page is asked for", || (server.requests().len() == 2).then_some(()));
    assert!(child.try_wait().unwrap().is_none(), "it cannot have written its first page");
    let mut lines = String::new();
    reader.read_to_string(&mut lines).unwrap();
    assert!(child.wait().unwrap().success());
    let ids: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].clone()).collect();
    assert_eq!((ids.len(), &ids[0], &ids[1999]), (2000, &json!("tok_0_0"), &json!("tok_1_999")));
}

/// The next page is asked for, and its answer does not come; the one before it is printed.
#[test]
fn a_page_is_printed_though_the_next_one_fails() {
    for answer in [raw_server::json(500, "{}"), raw_server::json(200, "{\"items\": 5}"), b"HTTP/1.1 200".to_vec()] {
        let list = |format: &str| {
            let answer = answer.clone();
            let server = RawServer::answering(move |number, _| match number {
                0 => raw_server::json(200, &json!({"items": large_page(0), "next_cursor": "c"}).to_string()),
                _ => answer.clone(),
            });
            cli(&server).jelou(&[LIST, &[format, "--retries", "0"]].concat())
        };
        let ran = list("--ndjson");
        assert_eq!(ran.stdout.lines().count(), 1000);
        assert!(matches!(ran.status, 9 | 10), "{} {}", ran.status, ran.stderr);
        for format in ["--json", "--quiet", "--human"] {
            let ran = list(format);
            assert!(matches!(ran.status, 9 | 10) && !ran.stdout.contains("tok_"), "{ran:?}");
        }
    }
}

/// A reader that has what it wants is not held up by a page that nobody needs.
#[test]
fn a_reader_that_leaves_ends_a_stream_whose_next_page_does_not_come() {
    let (let_go, held) = std::sync::mpsc::channel::<()>();
    let server = RawServer::answering(move |number, _| {
        if number > 0 {
            // Until the command has ended.
            let _ = held.recv_timeout(TIMEOUT);
        }
        raw_server::json(200, &json!({"items": large_page(number), "next_cursor": format!("c{number}")}).to_string())
    });
    let cli = cli(&server);
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut child = cli.process(&[LIST, &["--ndjson"]].concat()).stdout(writer).stderr(Stdio::null()).spawn().unwrap();
    let mut few = [0; 100];
    reader.read_exact(&mut few).unwrap();
    until("the second page is asked for", || (server.requests().len() == 2).then_some(()));
    drop(reader);
    let status = until("it ends", || child.try_wait().unwrap());
    assert!(status.success(), "{status}");
    drop(let_go);
}

#[test]
fn nothing_is_asked_for_behind_the_limit_of_a_stream() {
    let pages = || vec![vec![token("tok_1"), token("tok_2")], vec![token("tok_3")], vec![token("tok_4")]];
    for (flags, ids, asked) in [
        (&["--limit", "1"][..], 1, 1),
        (&["--limit", "2"], 2, 1),
        (&["--limit", "3"], 3, 2),
        (&["--limit", "1", "--name", "nobody"], 0, 3),
        (&["--limit", "9"], 4, 3),
    ] {
        let server = serving(pages());
        let ran = cli(&server).jelou(&[LIST, &["--ndjson"], flags].concat()).ended(0);
        assert_eq!((ran.stdout.lines().count(), server.requests().len()), (ids, asked), "{flags:?}");
    }
    let server = serving(pages());
    let ran = cli(&server).jelou(&[LIST, &["--quiet", "--limit", "1"]].concat()).ended(0);
    assert_eq!((ran.stdout.as_str(), server.requests().len()), ("tok_1\n", 3), "a list is complete");
}

/// An order is kept across pages, and what is equal stays as the server sent it.
#[test]
fn an_order_holds_across_pages_in_every_format() {
    let named = |id: &str, name: &str| {
        let mut token = token(id);
        token["name"] = json!(name);
        token
    };
    let pages = || vec![vec![named("tok_1", "b"), named("tok_2", "c")], vec![named("tok_3", "a"), named("tok_4", "b")]];
    let expected = ["tok_3", "tok_1", "tok_4", "tok_2"];
    for (limit, count) in [("9", 4), ("3", 3)] {
        for flags in [&["--quiet"][..], &["--jq", ".data[].id"], &[]] {
            let server = serving(pages());
            let ran = cli(&server).jelou(&[LIST, &["--sort", "name", "--limit", limit], flags].concat()).ended(0);
            let ids: Vec<&str> = ran.stdout.split_whitespace().filter(|word| word.starts_with("tok_")).collect();
            assert_eq!(ids, expected[..count], "{flags:?}");
        }
    }
}

/// The most memory that a process has held, in KiB.
#[cfg(target_os = "linux")]
fn peak(pid: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// What a list holds of its pages, told by its peak at the third page and at the last one: between
/// them are 9 MiB of answers. `--quiet` holds the ids alone, of which there are half a MiB.
#[test]
#[cfg(target_os = "linux")]
fn a_list_holds_no_more_than_it_has_to_print() {
    const PAGES: usize = 50;
    let tokens = large_page(0);
    let page = |next: Option<usize>| {
        let next = next.map(|number| format!("c{number}"));
        raw_server::json(200, &json!({"items": tokens, "next_cursor": next}).to_string())
    };
    let (usual, last) = (page(Some(0)).len(), page(None));
    for (format, most) in [("--ndjson", 1 << 10), ("--quiet", 3 << 9), ("--json", 12 << 10)] {
        let pages: Vec<Vec<u8>> = (1..PAGES).map(|number| page(Some(number))).chain([last.clone()]).collect();
        let (child, known) = (Arc::new(OnceLock::<u32>::new()), Arc::new(Mutex::new(Vec::new())));
        let (asking, peaks) = (Arc::clone(&child), Arc::clone(&known));
        let server = RawServer::answering(move |number, _| {
            if matches!(number + 1, 3 | PAGES) {
                peaks.lock().unwrap().push(peak(until("it has started", || asking.get().copied())));
            }
            pages[number].clone()
        });
        let cli = cli(&server);
        let mut command = cli.process(&[LIST, &[format]].concat());
        let mut running = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        child.set(running.id()).unwrap();
        assert!(running.wait().unwrap().success(), "{format}");
        let peaks = known.lock().unwrap().clone();
        let grown = peaks[1] - peaks[0];
        assert!(grown <= most, "{format}: {grown} KiB more for {} KiB of answers", PAGES * usual / 1024);
    }
}

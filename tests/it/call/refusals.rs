//! What cannot be sent as typed, or would leak a token, is refused whole, before any request.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::process::Stdio;

use serde_json::json;

use super::{TOKEN, at, cli};
use crate::support::cli::{Cli, Ran};
use crate::support::function_server::{FunctionServer, answer};

const MANAGEMENT: &str = "jfn_pat_sbx_ourmanagementtoken";

/// Runs a call that must not be sent.
#[track_caller]
fn refused(cli: &Cli, arguments: &[&str]) -> Ran {
    let before = cli.sandbox.requests().len();
    let ran = cli.jelou(&[&["call"], arguments].concat()).ended(2);
    assert_eq!((ran.stdout.as_str(), cli.sandbox.requests().len()), ("", before), "{arguments:?}: {ran:?}");
    assert!(ran.stderr.lines().next().is_some_and(|line| line.ends_with("(INPUT_ERROR, exit 2)")), "{ran:?}");
    ran
}

#[test]
fn words_that_name_nothing() {
    let cli = cli();
    for (words, said) in [
        (&["my_function"][..], "`my_function` is neither a SLUG nor a PATH"),
        (&["My-Function", "/x"], "`My-Function` is neither a SLUG nor a PATH"),
        (&["a/b"], "`a/b` is neither a SLUG nor a PATH"),
        (&["?q=1"], "neither a SLUG nor a PATH"),
        (&[""], "An empty word is neither a SLUG nor a PATH"),
        (&["https://my-function.fn.jelou.ai/x"], "name the function and the PATH"),
        (&["my-function", "x"], "`x` is no PATH, which begins with `/`"),
        (&["my-function", ""], "An empty word is no PATH"),
        (&["/x", "my-function"], "the function is named first: `jelou call SLUG /PATH`"),
        (&["/x", "/y"], "`/x` and `/y` are two PATHs"),
        (&["my-function", "/x", "/y"], "`jelou call` takes no more words"),
    ] {
        let ran = refused(&cli, words);
        assert!(ran.stderr.contains(said), "{words:?}: {ran:?}");
    }
    let ran = refused(&cli, &["my_function"]);
    assert!(ran.stderr.contains("a SLUG has 1 to 63 of") && ran.stderr.contains("a PATH begins with `/`"), "{ran:?}");
}

#[test]
fn paths_that_would_be_changed() {
    let cli = cli();
    for (path, said) in [
        ("/a/../b", "it would become `/b`"),
        ("/../admin", "it would become `/admin`"),
        ("/a/./b", "it would become `/a/b`"),
        ("/.", "it would become `/`"),
        ("/..", "it would become `/`"),
        ("/a/%2e%2E/b", "it would become `/b`"),
        ("/%2e/b", "it would become `/b`"),
        ("/a b", "it would become `/a%20b`"),
        ("/a?b c", "`/a?…` cannot be sent as typed: its query would be percent-encoded"),
        ("/a ", "/a"),
        ("/a\\b", "it would become `/a/b`"),
        ("/\\evil.example/x", "it would become `//evil.example/x`"),
        ("/é", "it would become `/%C3%A9`"),
        ("/a b?c d", "it would become `/a%20b?…`"),
        ("/a\tb", "it would become `/ab`"),
        ("/a\nb", "it would become `/ab`"),
        ("/a\r\nX-Evil: 1", "PATH"),
        ("/a\u{7f}", "it would become `/a%7F`"),
        ("/a\"b", "it would become `/a%22b`"),
        ("/{id}", "it would become `/%7Bid%7D`"),
        ("/a`b", "it would become `/a%60b`"),
        ("/a<b>", "it would become `/a%3Cb%3E`"),
        ("/a?b='c'", "its query would be percent-encoded"),
        ("/a#b", "`#` and what follows it never leaves a client"),
        ("/#", "write `%23` for a `#`"),
    ] {
        let ran = refused(&cli, &["my-function", path]);
        assert!(ran.stderr.contains(said), "{path:?}: {ran:?}");
    }
    let long = format!("/{}", "x".repeat(70_000));
    let ran = refused(&cli, &["my-function", &long]);
    assert!(ran.stderr.contains("PATH"), "{ran:?}");
    let long = format!("/{}", "x".repeat(65_500));
    refused(&cli, &["my-function", &long]);
}

#[test]
fn headers_that_cannot_be_chosen() {
    let cli = cli();
    for header in [
        "X-Jelou-Token: x",
        "x-jelou-token;",
        "X-JELOU-TOKEN:",
        "Host: x",
        "host:",
        "Content-Length: 3",
        "Transfer-Encoding: chunked",
        "Connection: close",
        "Keep-Alive: 1",
        "Proxy-Connection: x",
        "TE: trailers",
        "Trailer: x",
        "Upgrade: h2c",
        "HTTP2-Settings: x",
        "Expect: 100-continue",
        "Proxy-Authorization: Basic x",
    ] {
        let ran = refused(&cli, &["my-function", "-H", header]);
        let name = header.split([':', ';']).next().unwrap().to_lowercase();
        assert!(ran.stderr.contains(&format!("The header `{name}` cannot be chosen: it ")), "{header}: {ran:?}");
    }
    for (header, said) in [
        ("", "A header has no colon"),
        ("X-Name", "A header has no colon"),
        ("@headers.txt", "A header has no colon"),
        (": value", "A header's name is empty"),
        ("X Name: value", "has a character that none has"),
        ("X-Name : value", "has a character that none has"),
        (" X-Name: value", "has a character that none has"),
        ("X-É: value", "has a character that none has"),
        (";", "A header's name is empty"),
        ("X-Name:", "The header `x-name` has no value"),
        ("X-Name:   ", "`-H 'x-name;'` sends it empty"),
        ("Accept:", "The header `accept` has no value"),
        ("X-Name: a\nX-Evil: b", "line break or another control character"),
        ("X-Name: a\r\n\r\nbody", "line break or another control character"),
        ("X-Name: \u{1b}[2J", "line break or another control character"),
    ] {
        let ran = refused(&cli, &["my-function", "-H", header]);
        assert!(ran.stderr.contains(said), "{header:?}: {ran:?}");
        assert!(!ran.stderr.contains("value\n") && !ran.stderr.contains("Evil"), "no value is repeated: {ran:?}");
    }
}

#[test]
fn methods_that_are_none() {
    let cli = cli();
    for (method, said) in [
        ("", "is not a method"),
        ("GET /x", "is not a method"),
        ("GET\r\nX: y", "is not a method"),
        ("É", "is not a method"),
        ("CONNECT", "a tunnel"),
        ("TRACE", "repeat the token"),
    ] {
        let ran = refused(&cli, &["my-function", "-X", method]);
        assert!(ran.stderr.contains(said), "{method}: {ran:?}");
    }
    refused(&cli, &["my-function", "-X", "GET", "-X", "PUT"]);
}

#[test]
fn bodies_that_cannot_be_read() {
    let cli = cli();
    std::fs::create_dir(cli.folder().join("folder")).unwrap();
    for (data, said) in [
        ("@nothing", "`nothing` cannot be read: No such file or directory"),
        ("@folder", "`folder` cannot be read"),
        ("@", "`@` names no file"),
        ("@~/x", "begins with `~`"),
        ("@$HOME/x", "begins with `$`"),
    ] {
        let ran = refused(&cli, &["my-function", "-d", data]);
        assert!(ran.stderr.contains(said), "{data}: {ran:?}");
    }
    let ran = refused(&cli, &["my-function", "-d", "a", "-d", "b"]);
    assert!(ran.stderr.contains("cannot be used multiple times"), "{ran:?}");
    let ran = refused(&cli, &["my-function", "-d"]);
    assert!(ran.stderr.contains("A value is required for `--data <BODY>`"), "{ran:?}");
    for data in [
        "@-",
        "@/dev/stdin",
        #[cfg(target_os = "linux")]
        "@/proc/self/fd/0",
    ] {
        let ran = refused(&cli, &["my-function", "-d", data, "--token-stdin"]);
        assert!(ran.stderr.contains("stdin cannot be the body and the token"), "{data}: {ran:?}");
    }
}

/// A URL and a header end in logs, and the function's author sees all of a request.
#[test]
fn tokens_have_one_place() {
    let mut cli = cli();
    let ours = cli.sandbox.default_token("my-function").unwrap();
    cli.set("JELOU_TOKEN", "an.api.key-of_the-platform");
    let own = cli.env()["JELOU_TOKEN"].clone();
    let encoded = ours.replace('_', "%5F").replace('j', "%6a");
    let (management, runtime) = ("A management token stands in", "A runtime token stands in");
    for (secret, said, in_body) in [
        (MANAGEMENT, management, true),
        (own.as_str(), management, true),
        (TOKEN, runtime, false),
        (&ours, runtime, false),
        (&encoded, runtime, false),
    ] {
        let mut places = vec![
            vec!["my-function".to_owned(), format!("/{secret}")],
            vec!["my-function".to_owned(), format!("/a?token={secret}&b")],
            vec!["my-function".to_owned(), "/a".to_owned(), "-d".to_owned(), format!("x{{\"token\": \"{secret}\"}}")],
        ];
        if !in_body {
            places.pop();
        }
        if secret != encoded {
            places.push(vec!["my-function".to_owned(), "-H".to_owned(), format!("Authorization: Bearer {secret}")]);
            places.push(vec!["my-function".to_owned(), "-H".to_owned(), format!("Cookie: a={secret}; b=c")]);
        }
        for place in places {
            let ran = refused(&cli, &place.iter().map(String::as_str).collect::<Vec<_>>());
            assert!(ran.stderr.contains(said), "{place:?}: {ran:?}");
            assert!(!ran.stderr.contains(secret) && ran.stderr.contains("JELOU_FUNCTION_TOKEN"), "{ran:?}");
        }
    }
    for words in [
        &[TOKEN][..],
        &[MANAGEMENT],
        &["my-function", TOKEN],
        &["my-function", "-X", TOKEN],
        &["my-function", "-H", TOKEN],
    ] {
        let ran = refused(&cli, words);
        assert!(!ran.stderr.contains("ourvalue") && !ran.stderr.contains("ourmanagement"), "{ran:?}");
    }
    // The body is not logged: a function may be told of a runtime token, and of a prefix anyone.
    cli.jelou(&["call", "my-function", "-d", &ours]).ended(0);
    cli.jelou(&["call", "my-function", "/jfn_rt_abc1?p=jfn_pat_x", "-H", "X-Prefix: jfn_rt_abc1"]).ended(0);
    cli.allow_violations();
}

/// The rules for credentials are those of every other command.
#[test]
fn the_token_goes_where_it_may_go() {
    let mut cli = cli();
    let stolen = cli.jelou(&["call", "my-function", "--gateway-url", "https://gateway.example"]).ended(2);
    assert!(stolen.stderr.contains("A token of the sandbox is not sent to https://gateway.example"), "{stolen:?}");
    cli.set("JELOU_FUNCTION_TOKEN", "jfn_rt_arealonearealone");
    let plain = cli.jelou(&["call", "my-function", "--gateway-url", "http://gateway.example"]).ended(2);
    assert!(plain.stderr.contains("not sent over plain HTTP"), "{plain:?}");
    for (wrong, said) in [
        (MANAGEMENT, "holds a management token"),
        ("two words", "does not hold a token"),
        ("x", "does not hold a token"),
    ] {
        cli.set("JELOU_FUNCTION_TOKEN", wrong);
        let ran = refused(&cli, &["my-function"]);
        assert!(ran.stderr.contains(said) && !ran.stderr.contains("ourmanagement"), "{ran:?}");
        let ran = cli.jelou_with_stdin(&["call", "my-function", "--token-stdin"], wrong).ended(2);
        assert!(ran.stderr.contains("stdin") && ran.stderr.contains(said), "{ran:?}");
    }
}

#[test]
fn formats_of_other_commands() {
    let mut cli = cli();
    let as_it_is = "`jelou call` prints the function's answer as it is";
    for flags in [&["--json"][..], &["--jq", "."], &["--quiet"], &["--agent"], &["-q"], &["--json", "--compact"]] {
        for arguments in [[&["call", "my-function"], flags].concat(), [flags, &["call", "my-function"]].concat()] {
            let ran = cli.jelou(&arguments).ended(2);
            assert!(flags.contains(&"--agent") || ran.stderr.contains(as_it_is), "{flags:?}: {ran:?}");
            if matches!(flags[0], "--json" | "--agent") {
                let document = ran.json();
                assert_eq!(
                    (&document["ok"], &document["command"], &document["data"]),
                    (&json!(false), &json!("call"), &json!(false))
                );
                assert_eq!(
                    (&document["error"]["code"], &document["error"]["message"]),
                    (&json!("INPUT_ERROR"), &json!(as_it_is))
                );
            } else {
                assert_eq!(ran.stdout, "");
            }
        }
    }
    for (flags, said) in
        [(&["--retries", "2"][..], "sends its request once"), (&["--timeout", "5s"], "`--request-timeout` is how long")]
    {
        let ran = refused(&cli, &[&["my-function"], flags].concat());
        assert!(ran.stderr.contains(said), "{ran:?}");
    }
    assert!(cli.sandbox.requests().is_empty());
    cli.jelou(&["call", "my-function", "--human", "--compact", "--retries", "0", "-y", "--no-input"]).ended(0);
    cli.set("JELOU_RETRIES", "3").set("JELOU_OUTPUT", "json");
    let ran = cli.jelou(&["call", "my-function", "-d", "[1]"]).ended(0);
    assert!(ran.stdout.starts_with("{\"method\":\"POST\""), "{ran:?}");
}

/// `JELOU_OUTPUT` is for what is found out before the request; then stdout is the function's.
#[test]
fn json_by_the_environment() {
    let mut cli = cli();
    cli.set("JELOU_OUTPUT", "json");
    for arguments in [&["call", "My_Fn"][..], &["call", "/x"], &["call", "my-function", "-d", "@nothing"]] {
        let document = cli.jelou(arguments).ended(2).json();
        assert_eq!((&document["command"], &document["data"]), (&json!("call"), &json!(false)), "{arguments:?}");
    }
    cli.unset("JELOU_FUNCTION_TOKEN");
    assert_eq!(cli.jelou(&["call", "my-function"]).ended(3).json()["error"]["code"], "MISSING_AUTH");
    for (whole, status, printed) in [
        (answer(404, "nothing"), 5, "nothing"),
        (b"HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\nbegin".to_vec(), 10, "begin"),
        (Vec::new(), 10, ""),
    ] {
        let server = FunctionServer::always(whole);
        let mut cli = at(&server);
        cli.set("JELOU_OUTPUT", "json");
        let ran = cli.jelou(&["call", "my-fn"]).ended(status);
        assert_eq!(ran.stdout, printed);
        assert!(ran.stderr.starts_with("error: "), "{ran:?}");
    }
}

/// A word that is no UTF-8 is refused where it must be text, and sent where it may be anything.
#[test]
fn words_that_are_no_text() {
    let server = FunctionServer::always(answer(200, ""));
    let cli = at(&server);
    let bytes = |text: &'static [u8]| OsStr::from_bytes(text);
    for (words, status) in [
        (vec![bytes(b"my-fn"), bytes(b"/\xff")], 2),
        (vec![bytes(b"my-\xff")], 2),
        (vec![bytes(b"my-fn"), bytes(b"-X"), bytes(b"P\xff")], 2),
        (vec![bytes(b"my-fn"), bytes(b"-H"), bytes(b"X-\xff: a")], 2),
        (vec![bytes(b"my-fn"), bytes(b"-H"), bytes(b"X-Latin: caf\xe9")], 0),
    ] {
        let output =
            cli.process(&["call"]).args(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{words:?}: {output:?}");
    }
    assert_eq!(server.connections(), 1);
}

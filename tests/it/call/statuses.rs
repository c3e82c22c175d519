//! What the status of an answer means, and that every request is sent once.

use jelou::sandbox::{Fault, Plane};

use super::{at, cli};
use crate::support::function_server::{FunctionServer, answer};

#[test]
fn the_status_decides_and_the_body_is_printed() {
    let body = "{\"error\": \"x\"}\n";
    for (status, exit, code) in [
        (200, 0, ""),
        (201, 0, ""),
        (202, 0, ""),
        (206, 0, ""),
        (299, 0, ""),
        (300, 9, "API_ERROR"),
        (301, 9, "API_ERROR"),
        (302, 9, "API_ERROR"),
        (307, 9, "API_ERROR"),
        (400, 6, "VALIDATION_ERROR"),
        (401, 3, "AUTH_ERROR"),
        (402, 9, "API_ERROR"),
        (403, 4, "FORBIDDEN"),
        (404, 5, "NOT_FOUND"),
        (405, 9, "API_ERROR"),
        (408, 9, "API_ERROR"),
        (409, 7, "CONFLICT"),
        (410, 9, "API_ERROR"),
        (413, 6, "VALIDATION_ERROR"),
        (418, 9, "API_ERROR"),
        (422, 6, "VALIDATION_ERROR"),
        (429, 8, "RATE_LIMITED"),
        (499, 9, "API_ERROR"),
        (500, 9, "TRANSIENT_ERROR"),
        (502, 9, "TRANSIENT_ERROR"),
        (503, 9, "TRANSIENT_ERROR"),
        (504, 9, "TRANSIENT_ERROR"),
        (599, 9, "TRANSIENT_ERROR"),
        (600, 9, "API_ERROR"),
    ] {
        for arguments in [&["call", "my-fn", "/x"][..], &["call", "my-fn", "/x", "-d", "{}"]] {
            let server = FunctionServer::always(answer(status, body));
            let ran = at(&server).jelou(arguments).ended(exit);
            assert_eq!(ran.stdout, body, "{status}");
            assert_eq!(server.connections(), 1, "{status}: nothing is sent again");
            if exit == 0 {
                assert_eq!(ran.stderr, "");
            } else {
                let line = ran.stderr.lines().next().unwrap();
                assert!(line.starts_with("error: `my-fn` "), "{line}");
                assert!(
                    line.ends_with(&format!(" ({code}, exit {exit})")) && line.contains(&format!("({status})")),
                    "{line}"
                );
            }
        }
    }
    for status in [204, 304] {
        let head = format!("HTTP/1.1 {status} X\r\nConnection: close\r\n\r\n");
        let ran = at(&FunctionServer::always(head)).jelou(&["call", "my-fn"]).ended(if status == 204 { 0 } else { 9 });
        assert_eq!(ran.stdout, "");
    }
}

/// What comes before the answer is not the answer (RFC 9110, section 15.2).
#[test]
fn interim_answers_are_passed_over() {
    for interim in ["100 Continue", "103 Early Hints", "102 Processing"] {
        let whole = [format!("HTTP/1.1 {interim}\r\nLink: x\r\n\r\n").into_bytes(), answer(201, "made")].concat();
        let server = FunctionServer::always(whole);
        let ran = at(&server).jelou(&["call", "my-fn", "-d", "x"]).ended(0);
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("made", ""), "{interim}");
    }
    let server = FunctionServer::always("HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n");
    let ran = at(&server).jelou(&["call", "my-fn"]);
    assert!(matches!(ran.status, 9 | 10) && ran.stdout.is_empty(), "nobody asked for an upgrade: {ran:?}");
}

#[test]
fn a_redirect_is_named_and_not_followed() {
    let trap = FunctionServer::always(answer(200, "trap"));
    let to =
        format!("HTTP/1.1 302 X\r\nLocation: {}/a\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody", trap.url());
    for arguments in [&["call", "my-fn"][..], &["call", "my-fn", "-d", "x"]] {
        let ran = at(&FunctionServer::always(to.clone())).jelou(arguments).ended(9);
        assert_eq!(ran.stdout, "body");
        assert!(ran.stderr.contains(&format!("a redirect to `{}/a` (302); none is followed", trap.url())), "{ran:?}");
    }
    assert_eq!(trap.connections(), 0);
}

#[test]
fn a_server_that_wants_a_length_is_given_a_hint() {
    let server = FunctionServer::always(answer(411, ""));
    let ran = at(&server).jelou(&["call", "my-fn", "-d", "@-"]).ended(9);
    assert!(ran.stderr.contains("(411)") && ran.stderr.contains("`-d @FILE`"), "{ran:?}");
}

#[test]
fn a_rate_limit_says_how_long() {
    let limited = "HTTP/1.1 429 X\r\nRetry-After: 120\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let ran = at(&FunctionServer::always(limited)).jelou(&["call", "my-fn"]).ended(8);
    assert!(ran.stderr.contains("hint: try again in 2m"), "{ran:?}");
}

/// Not even what is safe is sent again: 429, 503 and a lost connection are answers, too.
#[test]
fn nothing_is_sent_again() {
    for fault in [Fault::status(503), Fault::status(429), Fault::reset_before(), Fault::reset_after()] {
        for arguments in
            [&["call", "my-function"][..], &["call", "my-function", "-d", "{}"], &["call", "my-function", "-XPUT"]]
        {
            let cli = cli();
            cli.sandbox.inject(fault.clone().on(Plane::Gateway));
            let ran = cli.jelou(arguments);
            assert!(matches!(ran.status, 8..=10), "{ran:?}");
            assert_eq!(cli.sandbox.requests().len(), 1, "{arguments:?}");
            let may_have_run = ran.status == 10 && arguments.len() > 2;
            assert_eq!(ran.stderr.contains("the function may have run"), may_have_run, "{ran:?}");
        }
    }
    let ran = at(&FunctionServer::always("")).jelou(&["call", "my-fn"]).ended(10);
    assert!(ran.stderr.contains("NETWORK_ERROR"), "{ran:?}");
    let mut cli = cli();
    cli.set("JELOU_GATEWAY_URL", "http://127.0.0.1:1");
    let ran = cli.jelou(&["call", "my-function", "-d", "{}"]).ended(10);
    assert!(!ran.stderr.contains("may have run"), "it was never sent: {ran:?}");
}

#[test]
fn a_head_prints_no_body() {
    let head = "HTTP/1.1 200 X\r\nContent-Length: 5000\r\nConnection: close\r\n\r\n";
    let server = FunctionServer::always(head);
    let ran = at(&server).jelou(&["call", "my-fn", "/x", "-X", "HEAD"]).ended(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    assert_eq!(server.request().line(), "HEAD /fn/my-fn/x HTTP/1.1");
    let ran = at(&FunctionServer::always(head.replace("200", "404"))).jelou(&["call", "my-fn", "-X", "HEAD"]).ended(5);
    assert_eq!(ran.stdout, "");
}

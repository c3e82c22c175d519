//! What is not known is never said to be all clear: a function that cannot be listed, a gateway that
//! does not answer or lets everybody in, tokens that share a prefix.

use jelou::sandbox::{Fault, Fixture, Plane};
use serde_json::json;

use super::{codes, rows, shows_no_value, value, whois, with_tokens};
use crate::support::cli::Cli;

fn message(document: &serde_json::Value) -> &str {
    document["error"]["message"].as_str().unwrap()
}

#[test]
fn a_function_that_cannot_be_listed_makes_the_result_incomplete() {
    let ci = value("ciii", 'x');
    for (fault, code) in [(Fault::status(403), 403), (Fault::status(500), 500), (Fault::garbled(), 200)] {
        let mut cli = with_tokens(&[("alpha", "ci", &ci)]);
        cli.set("JELOU_RETRIES", "0");
        cli.sandbox.inject(fault.path("/v1/functions/beta/tokens").always());
        let document = whois(&cli, &[], &ci, 12);
        assert_eq!(
            (document["error"]["code"].as_str(), rows(&document)),
            (Some("PARTIAL_FAILURE"), vec!["alpha/ci true".to_owned()])
        );
        assert!(message(&document).contains("the tokens of `beta` could not be listed"), "{code}: {document}");
        let document = whois(&cli, &["--check"], &value("gone", 'q'), 12);
        assert_eq!(rows(&document), ["-/- null"], "{code}");
    }
}

#[test]
fn if_none_can_be_listed_their_code_is_the_exit_code() {
    let ci = value("ciii", 'x');
    for (path, status, exit) in [("/v1/functions", 403, 4), ("/v1/functions/**", 403, 4), ("/v1/functions/**", 503, 9)]
    {
        let mut cli = with_tokens(&[("alpha", "ci", &ci)]);
        cli.set("JELOU_RETRIES", "0");
        cli.sandbox.inject(Fault::status(status).path(path).always());
        let document = whois(&cli, &["--check"], &ci, exit);
        assert_eq!(document["data"], false);
    }
}

/// It was deleted between the two requests.
#[test]
fn a_function_that_is_gone_has_no_tokens() {
    let ci = value("ciii", 'x');
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    let gone = json!({"error": "NotFound", "code": "NOT_FOUND", "message": "no such function", "request_id": "r", "details": null});
    for path in ["/v1/functions/beta/tokens", "/v1/functions/beta"] {
        cli.sandbox.inject(Fault::answer(404, gone.to_string()).path(path).always());
    }
    assert_eq!(rows(&whois(&cli, &[], &ci, 0)), ["alpha/ci true"]);
}

#[test]
fn a_gateway_that_does_not_answer_leaves_it_open() {
    let ci = value("ciii", 'x');
    for fault in [Fault::status(503), Fault::status(429), Fault::reset_before()] {
        let mut cli = with_tokens(&[("alpha", "ci", &ci)]);
        cli.set("JELOU_RETRIES", "0");
        cli.sandbox.inject(fault.on(Plane::Gateway).always());
        for flags in [&[][..], &["--check"]] {
            let document = whois(&cli, flags, &ci, 12);
            assert_eq!(rows(&document), ["alpha/ci null"]);
            assert!(message(&document).contains("the gateway of `alpha` could not be asked"), "{document}");
        }
    }
}

#[test]
fn a_gateway_that_is_not_known_is_not_asked() {
    let ci = value("ciii", 'x');
    let mut cli = with_tokens(&[("alpha", "ci", &ci)]);
    cli.unset("JELOU_GATEWAY_URL");
    let document = whois(&cli, &[], &ci, 0);
    assert_eq!((rows(&document), codes(&document)), (vec!["alpha/ci null".to_owned()], vec!["NOT_PROVED"]));
    let document = whois(&cli, &["--check"], &ci, 12);
    assert!(message(&document).contains("not known to be refused"), "{document}");
}

/// What a random token gets as well proves nothing.
#[test]
fn a_public_function_proves_nothing() {
    let (open, bare) = (value("open", 'x'), value("bare", 'y'));
    let fixture = json!({"functions": [
        {"slug": "open", "public": true, "tokens": [{"name": "a", "value": open}]},
        {"slug": "bare", "public": true, "mcp": false, "tokens": [{"name": "b", "value": bare}]}]});
    let cli = Cli::with(|builder| builder.fixture(Fixture::parse(&fixture.to_string()).unwrap()));
    let text = format!("{open}\n{bare}");
    let document = whois(&cli, &[], &text, 0);
    assert_eq!(
        (rows(&document), codes(&document)),
        (vec!["open/a null".to_owned(), "bare/b null".to_owned()], vec!["NOT_PROVED"])
    );
    let document = whois(&cli, &["--check"], &text, 12);
    assert!(message(&document).contains("\"a\"") && message(&document).contains("\"b\""), "{document}");
}

#[test]
fn the_gateway_tells_tokens_of_one_prefix_apart() {
    let (one, other) = (value("same", 'x'), value("same", 'y'));
    let cli = with_tokens(&[("alpha", "one", &one), ("beta", "other", &other)]);
    for (text, expected) in [(&one, "alpha/one true"), (&other, "beta/other true")] {
        let ran = cli.jelou_with_stdin(&["tokens", "whois", "--json"], text).ended(0);
        assert_eq!(rows(&ran.json()), [expected]);
        shows_no_value(&cli, &ran, &[&one, &other]);
    }
    let third = value("same", 'z');
    let document = whois(&cli, &[], &third, 0);
    assert_eq!(rows(&document), ["alpha/one null", "beta/other null"], "none of them, or cut off");
    assert_eq!(codes(&document), ["SEVERAL_TOKENS"]);
}

#[test]
fn all_are_named_that_the_gateway_cannot_tell_apart() {
    let (one, other) = (value("same", 'x'), value("same", 'y'));
    let cli = with_tokens(&[("alpha", "one", &one), ("alpha", "other", &other)]);
    let document = whois(&cli, &[], &one, 0);
    assert_eq!(rows(&document), ["alpha/one true", "alpha/other true"]);
    assert_eq!(codes(&document), ["SEVERAL_TOKENS"]);
}

/// A value that was cut off, or has something behind it.
#[test]
fn a_refused_value_with_the_prefix_of_an_active_token_is_said() {
    let ci = value("ciii", 'x');
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    let document = whois(&cli, &[], &ci[..30], 0);
    assert_eq!((rows(&document), codes(&document)), (vec!["alpha/ci null".to_owned()], vec!["VALUE_REFUSED"]));
}

/// A server that shows no prefix, or only that of the kind, gets no value for it.
#[test]
fn a_list_without_prefixes_knows_nothing() {
    let ci = value("ciii", 'x');
    let kinds = ["", "jfn_rt_", "j", "jfn_rt_sbx_..", "ciii", "jfn_rt_****", "jfn_rt_sbx_c\u{1b}[31m"];
    for (prefix, status) in kinds.into_iter().flat_map(|kind| [(kind, "active"), (kind, "disabled")]) {
        let cli = with_tokens(&[]);
        let token = json!({"id": "tok_1", "name": "ci", "prefix": prefix, "function": "alpha", "status": status,
            "created_at": "2026-01-01T00:00:00Z", "last_used_at": null, "expires_at": null, "replaced_by": null});
        let page = json!({"items": [token], "next_cursor": null}).to_string();
        cli.sandbox.inject(Fault::answer(200, page).path("/v1/functions/alpha/tokens").always());
        let document = whois(&cli, &[], &ci, 0);
        assert_eq!(rows(&document), ["-/- null"], "{prefix:?}");
        let expected: &[&str] =
            if status == "active" { &["PREFIX_NOT_SHOWN", "UNKNOWN_VALUE"] } else { &["UNKNOWN_VALUE"] };
        assert_eq!(codes(&document), expected, "{prefix:?}");
        let document = whois(&cli, &["--check"], &ci, if status == "active" { 12 } else { 0 });
        if status == "active" {
            assert!(
                message(&document).contains("the list of `alpha` shows no prefixes that can be compared"),
                "{document}"
            );
        }
        assert!(cli.sandbox.requests().iter().all(|entry| entry.plane == Plane::Control));
    }
}

/// Names come from the server, and the table goes to a log.
#[test]
fn a_hostile_name_does_nothing() {
    let ci = value("ciii", 'x');
    let cli = with_tokens(&[]);
    let name = format!("a\u{1b}[31m\n::add-mask::x\n##vso[task.setvariable]{ci}");
    let token = json!({"id": "tok_1", "name": name, "prefix": "jfn_rt_sbx_ciii", "function": "alpha", "status": "active",
        "created_at": "2026-01-01T00:00:00Z", "last_used_at": null, "expires_at": null, "replaced_by": null});
    let page = json!({"items": [token], "next_cursor": null}).to_string();
    cli.sandbox.inject(Fault::answer(200, page).path("/v1/functions/alpha/tokens").always());
    for flags in [&["tokens", "whois"][..], &["tokens", "whois", "--check"], &["tokens", "whois", "--revoke", "-y"]] {
        let ran = cli.jelou_with_stdin(flags, &ci);
        for text in [&ran.stdout, &ran.stderr] {
            assert!(!text.contains('\u{1b}') && !text.contains("##vso[") && !text.contains("\n::"), "{ran:?}");
        }
        assert!(ran.stderr.contains("tok_1"), "{ran:?}");
        shows_no_value(&cli, &ran, &[&ci]);
    }
}

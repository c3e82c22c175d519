//! `tokens whois --revoke`: what is proven to be leaked goes, what is not stays and is named.

use jelou::sandbox::{Fault, Fixture, Plane};
use serde_json::{Value, json};

use super::{rows, shows_no_value, value, whois, with_tokens};
use crate::support::cli::Cli;
use crate::support::running::{Running, until};

const REVOKE: &[&str] = &["--revoke", "-y"];

/// The status of each row.
pub fn statuses(document: &Value) -> Vec<&str> {
    document["data"]
        .as_array()
        .unwrap_or_else(|| panic!("{document}"))
        .iter()
        .map(|row| row["status"].as_str().unwrap_or("-"))
        .collect()
}

pub fn left(cli: &Cli, slug: &str) -> Vec<String> {
    cli.sandbox.tokens(slug).into_iter().map(|token| token.name).collect()
}

#[test]
fn it_needs_a_confirmation_before_anything_is_read_or_sent() {
    let ci = value("ciii", 'x');
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    let document = whois(&cli, &["--revoke"], &ci, 2);
    assert!(document["error"]["hint"].as_str().is_some_and(|hint| hint.contains("`-y`")), "{document}");
    assert!(cli.sandbox.requests().is_empty());
    whois(&cli, &["--wait"], &ci, 2);
}

#[test]
fn what_was_leaked_is_revoked_in_every_function_and_nothing_else() {
    let (ci, partner, kept) = (value("ciii", 'x'), value("part", 'y'), value("kept", 'z'));
    let cli = with_tokens(&[("alpha", "ci", &ci), ("alpha", "kept", &kept), ("beta", "partner", &partner)]);
    let text = format!("{ci}\nand {partner}, {ci}\n{}", value("gone", 'q'));
    let ran = cli.jelou_with_stdin(&["tokens", "whois", "--revoke", "-y", "--wait", "--json"], &text).ended(0);
    let document = ran.json();
    assert_eq!(statuses(&document), ["revoked", "revoked", "-"]);
    assert_eq!(rows(&document), ["alpha/ci false", "beta/partner false", "-/- null"], "asked again once it is live");
    assert_eq!(
        (left(&cli, "alpha"), left(&cli, "beta")),
        (vec!["default".to_owned(), "kept".to_owned()], vec!["default".to_owned()])
    );
    let deletes = cli.sent(true);
    assert_eq!(deletes.len(), 2, "{deletes:?}");
    assert!(deletes.iter().all(|line| line.starts_with("DELETE ")), "{deletes:?}");
    shows_no_value(&cli, &ran, &[&ci, &partner]);
    let again = whois(&cli, &["--revoke", "-y", "--check"], &text, 0);
    assert_eq!(statuses(&again), ["-", "-", "-"], "the same text again changes nothing");
}

#[test]
fn without_waiting_the_value_is_accepted_until_the_redeploy_is_live() {
    let ci = value("ciii", 'x');
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    let document = whois(&cli, REVOKE, &ci, 0);
    assert_eq!((statuses(&document), rows(&document)), (vec!["revoked"], vec!["alpha/ci true".to_owned()]));
    assert_eq!(document["warnings"][0]["code"], "NOT_YET_LIVE", "{document}");
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    let document = whois(&cli, &["--revoke", "-y", "--check"], &ci, 12);
    assert_eq!(statuses(&document), ["revoked"]);
}

#[test]
fn people_see_what_was_revoked_and_programs_get_its_id() {
    let ci = value("ciii", 'x');
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    let id = cli.sandbox.tokens("alpha").into_iter().find(|token| token.name == "ci").unwrap().id;
    let ran = cli.jelou_with_stdin(&["tokens", "whois", "--revoke", "-y", "--wait"], &ci).ended(0);
    assert!(
        ran.stdout.contains(&format!("✓ Token revoked: \"ci\" ({id})")) && ran.stdout.contains("revoked"),
        "{ran:?}"
    );
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    let id = cli.sandbox.tokens("alpha").into_iter().find(|token| token.name == "ci").unwrap().id;
    let ran = cli.jelou_with_stdin(&["tokens", "whois", "--revoke", "-y", "-q"], &ci).ended(0);
    assert_eq!(ran.stdout, format!("{id}\n"));
}

#[test]
fn the_last_active_token_is_refused_as_elsewhere() {
    let cli = Cli::new();
    let default = cli.sandbox.default_token("my-function").unwrap();
    let document = whois(&cli, REVOKE, &default, 7);
    assert_eq!(document["error"]["code"], "CONFLICT");
    assert!(
        document["error"]["hint"].as_str().is_some_and(|hint| hint.contains("jelou tokens rotate my-function tok_")),
        "{document}"
    );
    let ci = value("ciii", 'x');
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    let beta = cli.sandbox.default_token("beta").unwrap();
    let document = whois(&cli, REVOKE, &format!("{ci} {beta}"), 12);
    assert_eq!(statuses(&document), ["revoked", "failed"]);
    assert_eq!(document["data"][1]["error"]["code"], "CONFLICT");
}

#[test]
fn of_tokens_that_cannot_be_told_apart_none_is_revoked() {
    let (one, other, sure) = (value("same", 'x'), value("same", 'y'), value("sure", 's'));
    let cli = with_tokens(&[("alpha", "one", &one), ("alpha", "other", &other), ("beta", "sure", &sure)]);
    let ran =
        cli.jelou_with_stdin(&["tokens", "whois", "--revoke", "-y", "--json"], &format!("{one}\n{sure}")).ended(12);
    let document = ran.json();
    assert_eq!(statuses(&document), ["failed", "failed", "revoked"]);
    for (row, name) in [(0, "one"), (1, "other")] {
        assert_eq!(document["data"][row]["name"], name);
        let error = &document["data"][row]["error"];
        assert!(error["message"].as_str().is_some_and(|text| text.starts_with("2 tokens have that prefix")), "{error}");
    }
    assert_eq!(left(&cli, "alpha"), ["default", "one", "other"]);
    let id = document["data"][0]["id"].as_str().unwrap();
    assert!(document["error"]["hint"].as_str().is_some_and(|hint| hint.contains(id)), "{document}");
    shows_no_value(&cli, &ran, &[&one, &other, &sure]);
    let alone = whois(&cli, REVOKE, &one, 12);
    assert_eq!((statuses(&alone), &alone["error"]["code"]), (vec!["failed", "failed"], &json!("PARTIAL_FAILURE")));
}

#[test]
fn a_token_of_another_function_with_the_same_prefix_stays() {
    let (one, other) = (value("same", 'x'), value("same", 'y'));
    let cli = with_tokens(&[("alpha", "one", &one), ("beta", "other", &other)]);
    let document = whois(&cli, REVOKE, &other, 0);
    assert_eq!((rows(&document), statuses(&document)), (vec!["beta/other true".to_owned()], vec!["revoked"]));
    assert_eq!((left(&cli, "alpha").len(), left(&cli, "beta").len()), (2, 1));
}

/// The value of a token that is gone, or one that was cut off: the gateway refuses it.
#[test]
fn an_active_token_whose_gateway_refuses_the_value_stays() {
    let (ci, gone) = (value("ciii", 'x'), value("ciii", 'y'));
    for text in [gone.as_str(), &ci[..30]] {
        let cli = with_tokens(&[("alpha", "ci", &ci)]);
        let document = whois(&cli, REVOKE, text, 12);
        assert_eq!((statuses(&document), left(&cli, "alpha").len()), (vec!["failed"], 2));
        let error = &document["data"][0]["error"];
        assert!(error["message"].as_str().is_some_and(|text| text.contains("refuses the value")), "{error}");
    }
}

/// Its redeploy is under way, so the gateway does not know it yet, and nothing tells its value from
/// one that anybody invents who knows the prefix, which logs show.
#[test]
fn a_token_that_is_too_new_for_the_gateway_stays() {
    let cli = Cli::with(|builder| builder.redeploy_delay(std::time::Duration::from_secs(3600)));
    let created = cli.jelou(&["tokens", "create", "my-function", "--name", "ci", "--json"]).ended(0).json();
    let text = created["data"]["token"].as_str().unwrap();
    for text in [text.to_owned(), format!("{}AAAAAAAAAAAAAAAA", created["data"]["prefix"].as_str().unwrap())] {
        let document = whois(&cli, REVOKE, &text, 12);
        assert_eq!((rows(&document), statuses(&document)), (vec!["my-function/ci null".to_owned()], vec!["failed"]));
        let error = &document["data"][0]["error"]["message"];
        assert!(error.as_str().is_some_and(|text| text.contains("under way")), "{document}");
        let hint = &document["error"]["hint"];
        assert!(hint.as_str().is_some_and(|text| text.contains("when it is live")), "{document}");
        assert_eq!(left(&cli, "my-function"), ["default", "ci"]);
    }
}

/// Who waits gets an answer that proves something.
#[test]
fn a_token_that_is_too_new_is_waited_for_and_asked_about() {
    for invented in [false, true] {
        let cli = Cli::with(|builder| builder.redeploy_delay(std::time::Duration::from_secs(1)));
        let created = cli.jelou(&["tokens", "create", "my-function", "--name", "ci", "--json"]).ended(0).json();
        let text = if invented {
            format!("{}AAAAAAAAAAAAAAAA", created["data"]["prefix"].as_str().unwrap())
        } else {
            created["data"]["token"].as_str().unwrap().to_owned()
        };
        let (status, became, accepted) = if invented { (12, "failed", "null") } else { (0, "revoked", "false") };
        let document = whois(&cli, &["--revoke", "-y", "--wait"], &text, status);
        assert_eq!((rows(&document), statuses(&document)), (vec![format!("my-function/ci {accepted}")], vec![became]));
        let left = left(&cli, "my-function");
        assert_eq!(left.contains(&"ci".to_owned()), invented, "{left:?}");
        if invented {
            let error = &document["data"][0]["error"]["message"];
            assert!(error.as_str().is_some_and(|text| text.contains("is another one's")), "{document}");
        }
    }
}

/// One `--timeout` is all the time that waiting takes, however many deployments are waited for.
#[test]
fn waiting_takes_no_longer_than_its_timeout() {
    let values = [value("aaaa", 'x'), value("bbbb", 'y'), value("cccc", 'z')];
    let [a, b, c] = &values;
    let cli = with_tokens(&[("alpha", "ci", a), ("beta", "ci", b), ("gamma", "ci", c)]);
    cli.sandbox.inject(Fault::redeploy_hangs().method("DELETE").always());
    let began = std::time::Instant::now();
    let document = whois(&cli, &["--revoke", "-y", "--wait", "--timeout", "3s"], &values.join(" "), 11);
    assert_eq!(statuses(&document), ["revoked"; 3]);
    assert!(began.elapsed() < std::time::Duration::from_secs(8), "{:?}", began.elapsed());
}

/// A redeploy excuses nothing.
#[test]
fn a_redeploy_under_way_does_not_give_an_older_token_away() {
    let ci = value("ciii", 'x');
    let token = json!({"name": "ci", "value": ci, "created_at": "2026-01-01T00:00:00Z"});
    let fixture = json!({"functions": [{"slug": "alpha", "tokens": [token]}]}).to_string();
    let fixture = Fixture::parse(&fixture).unwrap();
    let cli = Cli::with(|builder| builder.fixture(fixture).redeploy_delay(std::time::Duration::from_secs(3600)));
    cli.jelou(&["tokens", "create", "alpha", "--name", "new", "--to", "file:new"]).ended(0);
    let document = whois(&cli, REVOKE, &value("ciii", 'y'), 12);
    assert_eq!((statuses(&document), left(&cli, "alpha").len()), (vec!["failed"], 3));
}

/// The gateway of the moment after, which answers no more.
#[test]
fn what_is_revoked_and_not_proven_to_be_refused_is_said() {
    let ci = value("ciii", 'x');
    let mut cli = with_tokens(&[("alpha", "ci", &ci)]);
    cli.set("JELOU_RETRIES", "0");
    // Three with the value and one with another; then it is asked again.
    cli.sandbox.inject(Fault::status(503).on(Plane::Gateway).after(4).always());
    let document = whois(&cli, &["--revoke", "-y", "--wait", "--timeout", "1s"], &ci, 12);
    assert_eq!((statuses(&document), rows(&document)), (vec!["revoked"], vec!["alpha/ci null".to_owned()]));
    assert_eq!(document["warnings"][0]["code"], "NOT_PROVED", "{document}");
    assert_eq!(left(&cli, "alpha"), ["default"]);
}

/// It could be enabled again.
#[test]
fn a_disabled_token_goes_too_and_an_expired_one_needs_not() {
    let ci = value("ciii", 'x');
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    cli.jelou(&["tokens", "disable", "alpha", "ci", "-y", "--wait"]).ended(0);
    assert_eq!(statuses(&whois(&cli, REVOKE, &ci, 0)), ["revoked"]);
    let cli = Cli::with(|builder| builder.clock(jelou::sandbox::SandboxClock::manual()));
    let create = ["tokens", "create", "my-function", "--name", "ci", "--expires-in", "1h", "--json"];
    let created = cli.jelou(&create).ended(0).json();
    cli.sandbox.clock().advance(std::time::Duration::from_secs(7200));
    let document = whois(&cli, &["--revoke", "-y", "--check"], created["data"]["token"].as_str().unwrap(), 0);
    assert_eq!((statuses(&document), rows(&document)), (vec!["expired"], vec!["my-function/ci false".to_owned()]));
    assert_eq!(cli.sent(true).len(), 1, "only the creation");
}

/// There, a token that cannot be seen may have the same prefix, unless the gateway accepts the value.
#[test]
fn with_a_function_that_cannot_be_listed_only_what_is_accepted_goes() {
    let ci = value("ciii", 'x');
    for (gateway_is_down, status, count) in [(false, "revoked", 1), (true, "failed", 2)] {
        let mut cli = with_tokens(&[("alpha", "ci", &ci)]);
        cli.set("JELOU_RETRIES", "0");
        if gateway_is_down {
            cli.set("JELOU_GATEWAY_URL", "http://127.0.0.1:1");
        }
        cli.sandbox.inject(Fault::status(403).path("/v1/functions/beta/tokens").always());
        let document = whois(&cli, REVOKE, &ci, 12);
        assert_eq!((statuses(&document), left(&cli, "alpha").len()), (vec![status], count), "{document}");
    }
}

#[test]
fn a_lost_answer_is_asked_again_and_a_failed_redeploy_is_not_live() {
    let ci = value("ciii", 'x');
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    cli.sandbox.inject(Fault::reset_after().method("DELETE"));
    assert_eq!(statuses(&whois(&cli, REVOKE, &ci, 0)), ["revoked"]);
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    cli.sandbox.inject(Fault::redeploy_fails().always());
    let document = whois(&cli, &["--revoke", "-y", "--wait"], &ci, 11);
    assert_eq!((statuses(&document), &document["error"]["code"]), (vec!["revoked"], &json!("NOT_LIVE")));
}

/// The text has been read; what is under way may end, and each token is reported.
#[test]
fn a_signal_leaves_nothing_unsaid() {
    let (ci, partner) = (value("ciii", 'x'), value("part", 'y'));
    let cli = with_tokens(&[("alpha", "ci", &ci), ("beta", "partner", &partner)]);
    cli.write("build.log", format!("{ci} {partner} {}", value("gone", 'q')));
    let hangs = Fault::delay(std::time::Duration::from_secs(30)).method("DELETE");
    cli.sandbox.inject(hangs.path("/v1/functions/beta/tokens/*").always());
    let mut command = cli.process(&["tokens", "whois", "--revoke", "-y", "--json"]);
    command.stdin(std::fs::File::open(cli.folder().join("build.log")).unwrap());
    let mut running = Running::start(command);
    until("both were sent", || (cli.sent(true).len() == 2).then_some(()));
    until("one is gone", || (left(&cli, "alpha").len() == 1).then_some(()));
    running.signal(15);
    let ended = running.end();
    let document = ended.ran.json();
    assert_eq!((ended.signal, &document["error"]["exit_code"]), (Some(15), &json!(143)));
    assert_eq!(statuses(&document), ["revoked", "unknown", "-"]);
    shows_no_value(&cli, &ended.ran, &[&ci, &partner]);
}

//! `--check` ends with 0 only if nothing of a text is or may be accepted, and `accepted: false` is
//! said only of what is proven to be refused.

use std::time::Duration;

use jelou::sandbox::{Fault, Fixture, Plane};
use serde_json::json;

use super::revoking::{left, statuses};
use super::{codes, rows, value, whois, with_tokens};
use crate::support::cli::Cli;

const FOR_LONG: Duration = Duration::from_secs(3600);

fn message(document: &serde_json::Value) -> &str {
    document["error"]["message"].as_str().unwrap_or_else(|| panic!("{document}"))
}

/// Enables a token again, by a deployment that is never live.
fn enabled_again(ci: &str) -> Cli {
    let token = json!({"name": "ci", "value": ci, "created_at": "2026-01-01T00:00:00Z"});
    let fixture = Fixture::parse(&json!({"functions": [{"slug": "alpha", "tokens": [token]}]}).to_string()).unwrap();
    let cli = Cli::with(|builder| builder.fixture(fixture));
    cli.jelou(&["tokens", "disable", "alpha", "ci", "-y", "--wait"]).ended(0);
    cli.sandbox.inject(Fault::redeploy_hangs());
    cli.jelou(&["tokens", "enable", "alpha", "ci"]).ended(0);
    cli
}

#[test]
fn a_token_that_is_not_live_yet_may_be_accepted() {
    let cli = Cli::with(|builder| builder.redeploy_delay(FOR_LONG));
    let created = cli.jelou(&["tokens", "create", "my-function", "--name", "ci", "--json"]).ended(0).json();
    let text = created["data"]["token"].as_str().unwrap();
    assert_eq!(rows(&whois(&cli, &["--check"], text, 12)), ["my-function/ci null"]);
    let ci = value("ciii", 'x');
    let cli = enabled_again(&ci);
    assert_eq!(rows(&whois(&cli, &["--check"], &ci, 12)), ["alpha/ci null"]);
}

/// The rest of the value may stand where it is not looked for.
#[test]
fn a_value_that_is_found_in_part_may_be_accepted() {
    let ci = value("ciii", 'x');
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    for text in [ci[..30].to_owned(), format!("{}\n{}", &ci[..40], &ci[40..]), format!("{ci}X")] {
        assert_eq!(rows(&whois(&cli, &["--check"], &text, 12)), ["alpha/ci null"], "{text}");
    }
}

#[test]
fn a_value_that_is_gone_works_until_the_deployment_is_live() {
    let ci = value("ciii", 'x');
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    cli.sandbox.inject(Fault::redeploy_hangs());
    cli.jelou(&["tokens", "revoke", "alpha", "ci", "-y"]).ended(0);
    for flags in [&["--check"][..], &["--check", "-f", "alpha"], &["--check", "--revoke", "-y"]] {
        let document = whois(&cli, flags, &ci, 12);
        assert_eq!(rows(&document), ["-/- null"]);
        assert!(message(&document).contains("`alpha`") && message(&document).contains("live"), "{document}");
    }
    whois(&cli, &[], &ci, 0);
    whois(&cli, &["--check"], "nothing", 0);
}

/// Who names a function asks about that one, and is told that nobody asked about the others.
#[test]
fn one_function_is_not_all() {
    let (ci, partner) = (value("ciii", 'x'), value("part", 'y'));
    let cli = with_tokens(&[("alpha", "ci", &ci), ("beta", "partner", &partner)]);
    for flags in [&["--check", "-f", "alpha"][..], &["--check", "alpha"], &["-f", "alpha"]] {
        let document = whois(&cli, flags, &partner, 0);
        assert_eq!((rows(&document), codes(&document)), (vec!["-/- null".to_owned()], vec!["UNKNOWN_VALUE"]));
        let warning = document["warnings"][0]["message"].as_str().unwrap();
        assert!(
            warning.contains("1 value fits no token of `alpha`")
                && warning.contains("other functions were not looked through"),
            "{warning}"
        );
        assert!(warning.contains("`jelou tokens whois --check` without `-f`"), "{warning}");
    }
    let document = whois(&cli, &["--check", "-f", "alpha"], &format!("{ci} {partner} {}", value("gone", 'q')), 12);
    assert!(message(&document).contains("\"ci\""), "{document}");
    assert!(document["warnings"][0]["message"].as_str().unwrap().starts_with("2 values fit"), "{document}");
    whois(&cli, &["--check"], &partner, 12);
}

/// That a disabled token has its prefix does not make a value the value of that.
#[test]
fn a_value_that_is_gone_may_have_the_prefix_of_a_token_that_is_refused() {
    let (ci, other) = (value("same", 'x'), value("same", 'y'));
    let cli = with_tokens(&[("alpha", "ci", &ci), ("beta", "other", &other)]);
    cli.jelou(&["tokens", "disable", "alpha", "ci", "-y", "--wait"]).ended(0);
    cli.sandbox.inject(Fault::redeploy_hangs());
    cli.jelou(&["tokens", "revoke", "beta", "other", "-y"]).ended(0);
    let document = whois(&cli, &["--check"], &other, 12);
    assert!(message(&document).contains("`beta`"), "{document}");
}

/// What a failed deployment should have revoked is still accepted.
#[test]
fn a_deployment_that_failed_revokes_nothing() {
    let ci = value("ciii", 'x');
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    cli.sandbox.inject(Fault::redeploy_fails());
    cli.jelou(&["tokens", "revoke", "alpha", "ci", "-y", "--wait"]).ended(11);
    assert!(message(&whois(&cli, &["--check"], &ci, 12)).contains("`alpha`"));
    let mut cli = with_tokens(&[]);
    cli.set("JELOU_RETRIES", "0");
    cli.sandbox.inject(Fault::status(500).path("/v1/functions/beta/deployments").always());
    assert!(message(&whois(&cli, &["--check"], &ci, 12)).contains("`beta`"));
}

#[test]
fn what_is_accepted_after_revoking_is_asked_again_until_it_is_refused() {
    let ci = value("ciii", 'x');
    let flags = ["--revoke", "-y", "--wait"];
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    cli.sandbox.inject(Fault::lag(8).method("DELETE"));
    assert_eq!(rows(&whois(&cli, &flags, &ci, 0)), ["alpha/ci false"]);
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    cli.sandbox.inject(Fault::lag_for(FOR_LONG).method("DELETE"));
    let document = whois(&cli, &[&flags[..], &["--timeout", "1s"]].concat(), &ci, 11);
    assert_eq!((rows(&document), statuses(&document)), (vec!["alpha/ci true".to_owned()], vec!["revoked"]));
    assert_eq!(document["error"]["code"], "NOT_LIVE");
    assert!(message(&document).contains("\"ci\""), "{document}");
    let hint = document["error"]["hint"].as_str().unwrap_or_default();
    assert!(!hint.contains("--check"), "no list has it any more, so `--check` asks nobody: {hint}");
    assert!(hint.contains("`jelou tokens verify alpha --token-stdin`"), "{hint}");
    whois(&cli, &["--check"], &ci, 0);
    assert_eq!(cli.jelou_with_stdin(&["tokens", "verify", "alpha", "--token-stdin"], &ci).ended(0).stderr, "");
}

/// Of several tokens, the last answer is not the answer.
#[test]
fn no_answer_hides_another_one() {
    let (ci, partner) = (value("ciii", 'x'), value("part", 'y'));
    for (of_ci, of_partner) in [("alpha", "beta"), ("beta", "alpha")] {
        let mut cli = with_tokens(&[(of_ci, "ci", &ci), (of_partner, "partner", &partner)]);
        cli.set("JELOU_RETRIES", "0");
        cli.sandbox.inject(Fault::status(503).on(Plane::Gateway).path("/fn/alpha/mcp").after(4).always());
        let document = whois(&cli, &["--revoke", "-y", "--wait", "--timeout", "1s"], &format!("{ci} {partner}"), 12);
        assert_eq!(statuses(&document), ["revoked", "revoked"]);
        assert_eq!(codes(&document), ["NOT_PROVED"]);
        assert_eq!(rows(&document).iter().filter(|row| row.ends_with("null")).count(), 1, "{document}");
    }
}

/// A proxy's 404 is no word about a function.
#[test]
fn a_list_that_is_not_there_is_believed_if_its_function_is_gone_too() {
    let ci = value("ciii", 'x');
    let gone = json!({"error": "NotFound", "code": "NOT_FOUND", "message": "none", "request_id": "r", "details": null});
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    cli.sandbox.inject(Fault::answer(404, gone.to_string()).path("/v1/functions/alpha/tokens").always());
    let document = whois(&cli, &["--check"], &ci, 12);
    assert!(message(&document).contains("the tokens of `alpha` could not be listed"), "{document}");
}

/// One of a rotated or guessed value would else have the token of somebody else revoked.
#[test]
fn a_gateway_that_fails_gives_no_active_token_away() {
    let ci = value("ciii", 'x');
    let mut cli = with_tokens(&[("alpha", "ci", &ci)]);
    cli.set("JELOU_RETRIES", "0");
    cli.sandbox.inject(Fault::status(503).on(Plane::Gateway).always());
    let document = whois(&cli, &["--revoke", "-y"], &ci, 12);
    assert_eq!((statuses(&document), left(&cli, "alpha").len()), (vec!["failed"], 2));
    let error = &document["data"][0]["error"];
    assert!(error["message"].as_str().is_some_and(|text| text.contains("could not be asked")), "{error}");
    assert!(document["error"]["message"].as_str().is_some_and(|text| text.contains("could not be revoked")));
}

/// Nobody else has its prefix, and there is nobody to ask.
#[test]
fn without_a_gateway_the_only_token_that_it_can_be_goes() {
    let ci = value("ciii", 'x');
    let mut cli = with_tokens(&[("alpha", "ci", &ci)]);
    cli.unset("JELOU_GATEWAY_URL");
    let document = whois(&cli, &["--revoke", "-y"], &ci, 0);
    assert_eq!((statuses(&document), left(&cli, "alpha").len()), (vec!["revoked"], 1));
}

#[test]
fn one_failure_leaves_the_rows_in_place() {
    let cli = Cli::new();
    let default = cli.sandbox.default_token("my-function").unwrap();
    let document = whois(&cli, &["--revoke", "-y"], &format!("{default}\n{}", value("gone", 'q')), 7);
    assert_eq!(statuses(&document), ["failed", "-"]);
    assert!(message(&document).contains("\"default\"") && message(&document).contains("my-function"), "{document}");
    assert_eq!(document["data"][0]["error"]["code"], "CONFLICT");
}

#[test]
fn a_token_that_is_enabled_again_is_not_live_yet() {
    let ci = value("ciii", 'x');
    let cli = enabled_again(&ci);
    let document = whois(&cli, &["--revoke", "-y"], &ci, 12);
    let error = &document["data"][0]["error"];
    assert!(error["message"].as_str().is_some_and(|text| text.contains("under way")), "{error}");
    let hint = &document["error"]["hint"];
    assert!(hint.as_str().is_some_and(|text| text.contains("when it is live")), "{hint}");
}

/// It opens more than any token.
#[test]
fn a_management_token_is_no_all_clear() {
    let cli = with_tokens(&[]);
    let pat = "jfn_pat_sbx_0123456789abc";
    for text in [pat.to_owned(), format!("{pat}\n{}", value("gone", 'q'))] {
        let document = whois(&cli, &["--check"], &text, 12);
        assert!(message(&document).contains("management token"), "{document}");
        assert_eq!(codes(&document)[0], "MANAGEMENT_TOKEN");
        whois(&cli, &[], &text, 0);
    }
}

#[test]
fn no_text_is_not_an_empty_one() {
    let cli = with_tokens(&[]);
    for stdin in ["<&-", "< /dev/null"] {
        for flags in ["", "--check", "--revoke -y"] {
            let ran = cli.bash(&format!("jelou tokens whois {flags} {stdin}")).ended(2);
            assert!(ran.stderr.contains("`jelou tokens whois < FILE`"), "{ran:?}");
        }
    }
    cli.write("empty", "");
    for stdin in ["< empty", "< <(false)"] {
        let ran = cli.bash(&format!("jelou tokens whois --check {stdin}")).ended(2);
        assert!(ran.stderr.contains("nothing was checked"), "{ran:?}");
        for flags in ["", "--revoke -y"] {
            let ran = cli.bash(&format!("jelou tokens whois --json {flags} {stdin}")).ended(0);
            assert_eq!(codes(&ran.json()), ["EMPTY_TEXT"]);
        }
    }
    assert!(cli.sandbox.requests().is_empty());
}

/// The text is anybody's, and the gateway is ours.
#[test]
fn a_text_does_not_decide_how_often_the_gateway_is_asked() {
    let ci = value("ciii", 'x');
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    let invented: Vec<String> = (0..500).map(|number| format!("jfn_rt_sbx_ciii{number:036}")).collect();
    let document = whois(&cli, &["--check"], &format!("{}\n{ci}", invented.join("\n")), 12);
    assert_eq!((rows(&document), codes(&document)), (vec!["alpha/ci null".to_owned()], vec!["TOO_MANY_VALUES"]));
    let warning = document["warnings"][0]["message"].as_str().unwrap();
    assert!(
        warning.starts_with("The text has more than 100 values with the prefix of a token of `alpha`"),
        "{warning}"
    );
    let hint = document["error"]["hint"].as_str().unwrap();
    assert!(!hint.contains("--revoke") && hint.contains("part of the text"), "{hint}");
    let asked = cli.sandbox.requests().into_iter().filter(|entry| entry.plane == Plane::Gateway).count();
    assert!((270..=330).contains(&asked), "{asked}");
    let document = whois(&cli, &["--revoke", "-y"], &format!("{}\n{ci}", invented.join("\n")), 12);
    assert_eq!((statuses(&document), left(&cli, "alpha").len()), (vec!["failed"], 2));
}

/// The gateway is asked about some of the places where it may end, and not about all.
#[test]
fn a_value_that_may_end_in_too_many_places_may_be_accepted() {
    let ci = value("ciii", 'x');
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    cli.jelou(&["tokens", "disable", "alpha", "ci", "-y", "--wait"]).ended(0);
    for (behind, status) in [("-y".repeat(3), 0), ("-y".repeat(100), 12), ("y".repeat(5000), 12)] {
        let document = whois(&cli, &["--check"], &format!("{ci}{behind}"), status);
        let (expected, warned): (_, &[&str]) =
            if status == 0 { ("alpha/ci false", &[]) } else { ("alpha/ci null", &["TOO_MANY_VALUES"]) };
        assert_eq!((rows(&document), codes(&document)), (vec![expected.to_owned()], warned.to_vec()));
    }
}

/// Nor how much memory it takes.
#[test]
fn a_text_with_more_values_than_are_kept_is_no_all_clear() {
    let cli = with_tokens(&[]);
    let text: String = (0..10_001).fold(String::new(), |text, number| text + &format!("jfn_rt_{number:012}\n"));
    let document = whois(&cli, &["--check"], &text, 12);
    assert!(message(&document).contains("more values than any log"), "{document}");
    assert_eq!(codes(&document), ["VALUES_LEFT_OUT", "UNKNOWN_VALUE"]);
    assert_eq!(rows(&document).len(), 10_000);
    whois(&cli, &["--check"], text.split_once('\n').unwrap().1, 0);
}

/// What was revoked is asked about again, and no more often than before.
#[test]
fn after_revoking_a_text_does_not_decide_how_often_either() {
    let ci = value("ciii", 'x');
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    let endings = |rest: char| format!("{}{}", value("ciii", rest), "-y".repeat(7));
    let invented: Vec<String> = "abcdefghijklmn".chars().map(endings).collect();
    let text = format!("{ci}\n{}", invented.join("\n"));
    let document = whois(&cli, &["--revoke", "-y", "--wait", "--check"], &text, 12);
    assert_eq!((rows(&document), statuses(&document)), (vec!["alpha/ci null".to_owned()], vec!["revoked"]));
    let asked = cli.sandbox.requests().into_iter().filter(|entry| entry.plane == Plane::Gateway).count();
    assert!(asked <= 2 * 3 * 115, "{asked}");
}

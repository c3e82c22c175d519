//! `tokens whois`: whose values stand in a text. Each is found however it is written, no value is
//! printed or sent to the control plane, and the gateway is asked only of functions that may know it.

mod all_clear;
mod deployments;
mod logs;
mod nodes;
mod not_known;
mod revoking;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jelou::sandbox::{Fixture, Plane};
use serde_json::{Value, json};

use crate::support::cli::{Cli, Ran};
use crate::support::repository::read;
use crate::support::terminal::Streams;

/// A value of a token in these fixtures: 40 characters behind a prefix of which `kind` are four.
pub fn value(kind: &str, rest: char) -> String {
    format!("jfn_rt_sbx_{kind}{}", rest.to_string().repeat(36))
}

/// A sandbox with `alpha`, `beta`, and `gamma`, which are given tokens of these names and values.
pub fn with_tokens(tokens: &[(&str, &str, &str)]) -> Cli {
    let functions = ["alpha", "beta", "gamma"].map(|slug| {
        let own = tokens.iter().filter(|(of, ..)| *of == slug);
        let own: Vec<Value> = own.map(|(_, name, value)| json!({"name": name, "value": value})).collect();
        json!({"slug": slug, "tokens": own})
    });
    let fixture = Fixture::parse(&json!({"functions": functions}).to_string()).unwrap();
    Cli::with(|builder| builder.fixture(fixture))
}

/// Asserts that nothing of a value was printed but its prefix, and that the control plane was sent
/// none of it.
#[track_caller]
pub fn shows_no_value(cli: &Cli, ran: &Ran, values: &[&str]) {
    for value in values {
        let start = &value["jfn_rt_sbx_".len() + 4..];
        let start = &start[..8];
        for (name, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
            assert!(!text.contains(start), "{name}: {ran:?}");
        }
        let sent = format!("{:?}", cli.sandbox.requests());
        assert!(!sent.contains(start), "{sent}");
    }
}

/// The document of a run that has to end with this status. It fits the schema.
#[track_caller]
pub fn whois(cli: &Cli, flags: &[&str], text: &str, status: i32) -> Value {
    let ran = cli.jelou_with_stdin(&[&["tokens", "whois", "--json"], flags].concat(), text).ended(status);
    let document = ran.json();
    let schema = serde_json::from_str(&read("schema/tokens-whois.json")).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap_or_else(|_| panic!("{schema}"));
    assert!(validator.is_valid(&document), "{document}");
    document
}

/// `alpha/ci true`: the function, the token and whether it is accepted, of each row.
pub fn rows(document: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let row = |row: &Value| format!("{}/{} {}", text(&row["function"]), text(&row["name"]), row["accepted"]);
    document["data"].as_array().unwrap_or_else(|| panic!("{document}")).iter().map(row).collect()
}

pub fn codes(document: &Value) -> Vec<&str> {
    document["warnings"].as_array().unwrap().iter().map(|warning| warning["code"].as_str().unwrap()).collect()
}

#[test]
fn a_token_is_named_by_the_prefix_of_its_value_and_asked_of_its_function_alone() {
    let (ci, partner) = (value("ciii", 'x'), value("part", 'y'));
    let cli = with_tokens(&[("alpha", "ci", &ci), ("beta", "partner", &partner)]);
    let ran = cli.jelou_with_stdin(&["tokens", "whois", "--json", "-v"], &format!("token={ci}\n")).ended(0);
    let token = cli.sandbox.tokens("alpha").into_iter().find(|token| token.name == "ci").unwrap();
    let document = ran.json();
    assert_eq!(document["command"], "tokens whois");
    let expected = json!([{"function": "alpha", "id": token.id, "name": "ci", "prefix": "jfn_rt_sbx_ciii", "status": "active",
        "last_used_at": null, "accepted": true}]);
    assert_eq!(document["data"], expected);
    let keys: Vec<&String> = document["data"][0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["function", "id", "name", "prefix", "status", "last_used_at", "accepted"]);
    let asked = cli.sandbox.requests().into_iter().filter(|entry| entry.plane == Plane::Gateway);
    let paths: Vec<String> = asked.map(|entry| entry.path).collect();
    assert!(!paths.is_empty() && paths.iter().all(|path| path == "/fn/alpha/mcp"), "{paths:?}");
    assert_eq!(cli.sent(true), [""; 0], "it only reads");
    shows_no_value(&cli, &ran, &[&ci]);
    assert_eq!(whois(&cli, &[], &ci, 0)["data"][0]["last_used_at"].as_str().map(str::len), Some(20), "it was used now");
}

#[test]
fn each_way_of_writing_a_value_finds_it_once() {
    let ci = value("ciii", 'x');
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    let percent: String = ci.bytes().fold(String::new(), |text, byte| text + &format!("%{byte:02X}"));
    let all = [
        ci.clone(),
        format!("It is {ci}."),
        format!("see {ci}.log"),
        format!("{ci}-{ci}"),
        percent,
        ci.replace('_', "%5f"),
        ci.replace('_', "\\u005f"),
        ci.replace('_', "\u{1b}[1m_"),
        format!("\u{1b}[32m{ci}\u{1b}[0mDone"),
        STANDARD.encode(&ci),
        STANDARD.encode(format!("a:{ci}\n")),
        STANDARD.encode(format!("ab:{ci}")),
    ];
    for text in &all {
        let ran = cli.jelou_with_stdin(&["tokens", "whois", "--check", "--json"], text).ended(12);
        assert_eq!(rows(&ran.json()), ["alpha/ci true"], "{text}");
        shows_no_value(&cli, &ran, &[&ci]);
    }
    assert_eq!(rows(&whois(&cli, &[], &all.join("\n"), 0)), ["alpha/ci true"]);
}

#[test]
fn what_is_no_whole_value_is_nothing() {
    let ci = value("ciii", 'x');
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    for text in ["\n", "a log\n", "jfn_rt_***", "jfn_rt_sbx_ciii..", "jfn_rt_sbx_ciii…", &ci[..18]] {
        for flags in [&[][..], &["--check"], &["--revoke", "-y"]] {
            let document = whois(&cli, flags, text, 0);
            assert_eq!((&document["data"], &document["warnings"]), (&json!([]), &json!([])), "{text}");
        }
    }
    let mut cli = cli;
    cli.unset("JELOU_TOKEN");
    whois(&cli, &[], "nothing to look up needs no credential", 0);
    assert_eq!(whois(&cli, &[], &ci, 3)["error"]["code"], "MISSING_AUTH");
    assert!(cli.sandbox.requests().is_empty(), "nothing was found");
}

/// A leak may be anybody's: a default would hide the others.
#[test]
fn only_a_function_that_the_line_names_narrows_the_search() {
    let (ci, partner) = (value("ciii", 'x'), value("part", 'y'));
    let mut cli = with_tokens(&[("alpha", "ci", &ci), ("beta", "partner", &partner)]);
    cli.set("JELOU_FUNCTION", "alpha");
    cli.write("jelou.json", r#"{"function": "alpha"}"#);
    let text = format!("{partner}\n{ci}");
    assert_eq!(rows(&whois(&cli, &[], &text, 0)), ["beta/partner true", "alpha/ci true"]);
    for flags in [&["beta"][..], &["-f", "beta"]] {
        let document = whois(&cli, flags, &text, 0);
        assert_eq!(rows(&document), ["beta/partner true", "-/- null"]);
        assert_eq!(codes(&document), ["UNKNOWN_VALUE"]);
    }
    for (command, names_it) in [("whois", false), ("list", true)] {
        let help = cli.jelou(&["tokens", command, "--help"]).ended(0).stdout;
        assert_eq!(help.contains("[env: JELOU_FUNCTION]"), names_it, "{help}");
    }
    let pat = cli.sandbox.issue_pat(&["tokens:read"]);
    cli.set("JELOU_TOKEN", &pat);
    whois(&cli, &["-f", "beta"], &text, 0);
    assert_eq!(whois(&cli, &["-f", "nobody"], &text, 5)["error"]["code"], "NOT_FOUND");
}

#[test]
fn a_value_that_is_gone_is_not_known_and_asked_of_nobody() {
    let ci = value("ciii", 'x');
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    cli.jelou(&["tokens", "revoke", "alpha", "ci", "-y", "--wait"]).ended(0);
    let before = cli.sandbox.requests().len();
    let document = whois(&cli, &["--check"], &ci, 0);
    let expected = json!([{"function": null, "id": null, "name": null, "prefix": "jfn_rt_sbx_ciii", "status": null,
        "last_used_at": null, "accepted": null}]);
    assert_eq!(document["data"], expected);
    assert_eq!(codes(&document), ["UNKNOWN_VALUE"]);
    let after = cli.sandbox.requests().split_off(before);
    assert!(after.iter().all(|entry| entry.plane == Plane::Control), "{after:?}");
    assert_eq!(whois(&cli, &["--revoke", "-y"], &ci, 0)["data"], expected, "nothing is left to revoke");
}

#[test]
fn disabled_tokens_are_found_and_check_is_content_with_them() {
    let ci = value("ciii", 'x');
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    cli.jelou(&["tokens", "disable", "alpha", "ci", "-y", "--wait"]).ended(0);
    let document = whois(&cli, &["--check"], &ci, 0);
    assert_eq!(
        (rows(&document), &document["data"][0]["status"]),
        (vec!["alpha/ci false".to_owned()], &json!("disabled"))
    );
}

#[test]
fn a_file_that_is_named_is_to_be_put_on_stdin() {
    let cli = with_tokens(&[]);
    for word in ["build.log", "./log", "-", &value("ciii", 'x')] {
        let ran = cli.jelou(&["tokens", "whois", word]).ended(2);
        assert!(ran.stderr.contains("`jelou tokens whois < FILE`"), "{word}: {ran:?}");
        shows_no_value(&cli, &ran, &[&value("ciii", 'x')]);
    }
    let ran = cli.jelou(&["tokens", "whois", "--timeout", "1x"]).ended(2);
    assert!(!ran.stderr.contains("FILE"), "{ran:?}");
}

/// Every page of every list is looked through.
#[test]
fn a_token_is_found_among_thousands() {
    let names: Vec<Value> = (0..2500).map(|number| json!({"name": format!("t-{number}")})).collect();
    let own = value("last", 'z');
    let tokens = [names, vec![json!({"name": "the-one", "value": own})]].concat();
    let fixture = json!({"functions": [{"slug": "other"}, {"slug": "big", "tokens": tokens}]}).to_string();
    let cli = Cli::with(|builder| builder.fixture(Fixture::parse(&fixture).unwrap()));
    assert_eq!(rows(&whois(&cli, &[], &own, 0)), ["big/the-one true"]);
}

#[test]
fn people_get_a_table_and_programs_ids() {
    let ci = value("ciii", 'x');
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    let text = format!("one\n{}\n{ci} and {}\n", STANDARD.encode(&ci), value("gone", 'q'));
    let ran = cli.jelou_with_stdin(&["tokens", "whois"], &text).ended(0);
    for part in
        ["alpha", "ci", "jfn_rt_sbx_ciii..", "yes", "2 (base64), 2 times", "jfn_rt_sbx_gone..", "gone or unknown"]
    {
        assert!(ran.stdout.contains(part), "{part}: {ran:?}");
    }
    shows_no_value(&cli, &ran, &[&ci]);
    let id = cli.sandbox.tokens("alpha").into_iter().find(|token| token.name == "ci").unwrap().id;
    assert_eq!(cli.jelou_with_stdin(&["tokens", "whois", "-q"], &text).ended(0).stdout, format!("{id}\n"));
    assert_eq!(
        cli.jelou_with_stdin(&["functions", "tokens", "whois", "--jq", ".data[0].name"], &text).ended(0).stdout,
        "ci\n"
    );
    let ran = cli.jelou_with_stdin(&["tokens", "whois"], "jfn_pat_sbx_0123456789abc").ended(0);
    assert!(
        ran.stdout.contains("No runtime token stands in it, but a management token does")
            && ran.stderr.contains("management token"),
        "{ran:?}"
    );
}

#[test]
fn a_replaced_token_has_the_status_that_the_list_shows() {
    let ci = value("ciii", 'x');
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    cli.jelou(&["tokens", "rotate", "alpha", "ci", "--grace", "1h", "--to", "file:new", "--wait"]).ended(0);
    for (command, text) in [("list alpha", ""), ("whois", ci.as_str())] {
        let words: Vec<&str> = ["tokens"].into_iter().chain(command.split(' ')).collect();
        let ran = cli.jelou_with_stdin(&words, text).ended(0);
        assert!(ran.stdout.contains("active (replaced)"), "{ran:?}");
    }
    let document = whois(&cli, &["--revoke", "-y"], &ci, 0);
    assert_eq!(document["data"][0]["status"], "revoked");
    let found = whois(&cli, &[], &ci, 0);
    assert_eq!(rows(&found), ["-/- null"]);
}

/// It is no name, of which a narrow terminal shows a part.
#[test]
fn what_stands_for_a_name_is_never_cut() {
    for columns in ["40", "60", "80"] {
        let mut cli = with_tokens(&[]);
        cli.set("COLUMNS", columns);
        let keys = Some(("Ctrl-D", "jfn_rt_sbx_gone0123456789\n\u{4}"));
        let session = cli.at_terminal(&["tokens", "whois"], Streams::All, keys).ended(0);
        assert!(session.screen.contains("gone or unknown"), "{columns}: {session:?}");
    }
}

#[test]
fn at_a_terminal_it_says_what_it_waits_for() {
    let cli = with_tokens(&[]);
    let session = cli.at_terminal(&["tokens", "whois"], Streams::All, Some(("Ctrl-D", "\u{4}"))).ended(0);
    assert!(session.screen.contains("No runtime token"), "{session:?}");
    let session = cli.at_terminal(&["tokens", "whois", "--revoke"], Streams::All, None).ended(2);
    assert!(session.screen.contains("`-y`"), "{session:?}");
}

//! `sh/rotate-all.sh` and `docs/rotation.md`: what is due gets a new value at its place, one token
//! after the other; what fails leaves the old value accepted, and the next run does the rest.

use std::collections::BTreeSet;

use jelou::exit;
use jelou::sandbox::{Fault, Fixture};

use super::{shows_no_value, stand_in};
use crate::support::cli::{Cli, Ran};
use crate::support::http::Request;
use crate::support::tools;
use crate::support::workflow::repository;

/// Where the values go.
const PLACES: &str = "# name   place\n\none file:one.token\none secret:other-function/ONE\ntwo command:dd of=two.token status=none\ndefault -";

/// A value of the fixture: 33 characters, as long as those that are issued.
fn value(name: &str) -> String {
    format!("jfn_rt_sbx_{name:0>28}")
}

/// A function with two tokens that are due, oldest first, and a young one.
fn cli() -> Cli {
    let old = |name: &str, day: u8| {
        let value = value(name);
        format!(r#"{{"name": "{name}", "created_at": "2020-01-0{day}T00:00:00Z", "value": "{value}"}}"#)
    };
    let young = r#"{"name": "young"}"#;
    let tokens = format!("{}, {}, {young}", old("one", 1), old("two", 2));
    let functions =
        format!(r#"{{"functions": [{{"slug": "my-function", "tokens": [{tokens}]}}, {{"slug": "other-function"}}]}}"#);
    let mut cli = Cli::with(|builder| builder.fixture(Fixture::parse(&functions).unwrap()));
    cli.set("JELOU_RETRIES", "0");
    cli.write("places", PLACES);
    cli.write("one.token", "the old value");
    cli
}

#[must_use]
fn by_shell(cli: &Cli, shell: &[&str]) -> Ran {
    let script = repository("ci-examples/sh/rotate-all.sh").display().to_string();
    let mut command = assert_cmd::Command::new(shell[0]);
    command.args(&shell[1..]).args([script.as_str(), "my-function", "90d", "10m", "places"]);
    command.env_clear().envs(cli.env()).current_dir(cli.folder()).timeout(crate::support::TIMEOUT);
    let ran = Ran::of(&mut command);
    shows_no_value(&ran.stdout);
    shows_no_value(&ran.stderr);
    ran
}

#[must_use]
fn rotate_all(cli: &Cli) -> Ran {
    by_shell(cli, &["sh"])
}

/// Whether the gateway accepts a value.
fn accepted(cli: &Cli, value: &str) -> bool {
    Request::get("/fn/my-function/mcp").token(value).send(cli.sandbox.port()).status != 401
}

fn file(cli: &Cli, name: &str) -> String {
    std::fs::read_to_string(cli.folder().join(name)).unwrap_or_default()
}

/// The tokens that were rotated, in order.
fn rotations(cli: &Cli) -> usize {
    cli.sent(true).iter().filter(|line| line.ends_with("/rotate")).count()
}

/// The value at the place of a token is its newest one, and is accepted.
#[track_caller]
fn assert_delivered(cli: &Cli, name: &str) {
    let new = file(cli, &format!("{name}.token"));
    let token = cli.sandbox.token_with_value("my-function", &new).unwrap_or_else(|| panic!("{name}: {new}"));
    assert_eq!(token.name, name);
    assert!(token.replaced_by.is_none() && accepted(cli, &new));
}

#[test]
fn what_is_due_gets_a_new_value_and_nothing_else_does() {
    let shells: [&[&str]; 4] = [&["sh"], &["dash"], &["bash", "--posix"], &["busybox", "sh"]];
    for shell in shells.into_iter().filter(|shell| tools::is_installed(shell[0])) {
        let cli = cli();
        let kept: Vec<_> =
            cli.sandbox.tokens("my-function").into_iter().filter(|token| token.name == "young").collect();
        let ran = by_shell(&cli, shell).ended(0);
        assert_eq!(rotations(&cli), 2, "{shell:?}: {ran:?}");
        for name in ["one", "two"] {
            assert_delivered(&cli, name);
            assert!(accepted(&cli, &value(name)), "{shell:?}: the old value of {name} is in its grace");
        }
        assert!(cli.sandbox.secret_is("other-function", "ONE", &file(&cli, "one.token")), "both places of `one`");
        let young: Vec<_> =
            cli.sandbox.tokens("my-function").into_iter().filter(|token| token.name == "young").collect();
        assert_eq!(young, kept);
        let sent = cli.sent(true).len();
        let again = by_shell(&cli, shell).ended(0);
        assert_eq!(cli.sent(true).len(), sent, "{shell:?}: nothing is due: {again:?}");
    }
}

#[test]
fn what_is_understood_in_part_is_refused_whole() {
    for (places, said) in [
        ("one file:one.token\n", "no line for: two"),
        ("", "no line for: one two"),
        ("one stdout\ntwo -\n", "'stdout'"),
        ("one github-env:T\ntwo -\n", "'github-env:T'"),
        ("one file:\ntwo -\n", "'file:'"),
        ("one\ntwo -\n", "needs file:"),
        ("one file:one.token\r\ntwo -\r\n", "carriage return"),
        ("one file:one.token\none -\ntwo -\n", "one has a place and -"),
        ("one -\ntwo -\none file:one.token\n", "one has a place and -"),
    ] {
        let cli = cli();
        cli.write("places", places);
        let ran = rotate_all(&cli).ended(2);
        assert!(ran.stderr.contains(said), "{places}: {ran:?}");
        assert_eq!(cli.sent(true), Vec::<String>::new(), "{places}");
    }
    let cli = cli();
    std::fs::remove_file(cli.folder().join("places")).unwrap();
    assert!(rotate_all(&cli).ended(2).stderr.contains("cannot read places"));
    assert_eq!(cli.sent(false), Vec::<String>::new());
}

/// One place that does not take the value costs that token its turn, not the others theirs.
#[test]
fn a_place_that_fails_is_made_good_by_the_next_run() {
    let cli = cli();
    cli.write("places", PLACES.replace("file:one.token", "command:false"));
    let ran = rotate_all(&cli).ended(12);
    assert!(ran.stderr.contains("one: not rotated as it should be (status 13)"), "{ran:?}");
    assert!(accepted(&cli, &value("one")));
    assert_delivered(&cli, "two");
    let names = || cli.sandbox.tokens("my-function").into_iter().map(|token| token.name).collect::<Vec<_>>();
    assert_eq!(names().iter().filter(|name| *name == "one").count(), 1, "the new one was revoked again");
    cli.write("places", PLACES);
    let before = rotations(&cli);
    let _ = rotate_all(&cli).ended(0);
    assert_eq!(rotations(&cli), before + 1, "`one` alone is still due");
    assert_delivered(&cli, "one");
}

#[test]
fn a_platform_that_fails_ends_the_run_and_the_next_one_goes_on() {
    for (fault, status) in [
        (Fault::status(503).path("/v1/**/rotate"), 9),
        (Fault::status(429).path("/v1/**/rotate"), 8),
        (Fault::status(401).path("/v1/**/rotate"), 3),
    ] {
        let what = format!("{fault:?}");
        let cli = cli();
        cli.sandbox.inject(fault.times(1));
        let ran = rotate_all(&cli).ended(status);
        assert!(ran.stderr.contains(&format!("one: stopped by status {status}")), "{what}: {ran:?}");
        assert_eq!(rotations(&cli), 1, "{what}: `two` is not reached");
        assert!(accepted(&cli, &value("one")) && accepted(&cli, &value("two")), "{what}");
        let _ = rotate_all(&cli).ended(0);
        assert_delivered(&cli, "one");
        assert_delivered(&cli, "two");
    }
}

/// Nothing that may hold the only value in use is revoked: people are told, and the next run does
/// not rotate again what waits for them.
#[test]
fn a_rotation_that_ended_between_its_steps_is_named_and_left_alone() {
    let cli = cli();
    let old = cli.sandbox.token_with_value("my-function", &value("one")).unwrap().id;
    let path = format!("/v1/functions/my-function/tokens/{old}/rotate");
    let request = Request::post(&path, &serde_json::json!({"grace_seconds": null})).bearer(cli.sandbox.pat());
    let replaced = request.send(cli.sandbox.port());
    assert_eq!(replaced.status, 201);
    let new = replaced.json()["id"].as_str().unwrap().to_owned();
    for _ in 0..2 {
        let ran = rotate_all(&cli);
        assert_eq!(ran.status, 12, "{ran:?}");
        for id in [old.as_str(), &new] {
            assert!(ran.stderr.contains(&format!("jelou tokens revoke my-function {id} -y")), "{ran:?}");
        }
        assert!(accepted(&cli, &value("one")));
        assert_delivered(&cli, "two");
    }
    assert_eq!(rotations(&cli), 2, "the killed one, and that of `two`");
    assert!(!cli.sent(true).iter().any(|line| line.starts_with("DELETE")));
}

/// The other function uses the old value until its own deployment is live, which it never is here.
#[test]
fn a_value_whose_user_does_not_get_the_new_one_is_not_ended() {
    let cli = cli();
    cli.sandbox.inject(Fault::redeploy_fails().path("/v1/functions/other-function/secrets"));
    for _ in 0..2 {
        let ran = rotate_all(&cli);
        assert_eq!(ran.status, 12, "{ran:?}");
        assert!(ran.stderr.contains("one: "), "{ran:?}");
        assert!(accepted(&cli, &value("one")));
    }
    assert_eq!(rotations(&cli), 2, "each of them once");
}

/// The new value is stored, and the old one stays until somebody ends it.
#[test]
fn an_old_value_that_could_not_be_given_an_end_is_named() {
    let cli = cli();
    cli.sandbox.inject(Fault::status(503).method("PATCH").always());
    for _ in 0..2 {
        let ran = rotate_all(&cli);
        assert_eq!(ran.status, 12, "{ran:?}");
        for name in ["one", "two"] {
            assert!(ran.stderr.contains(&format!("{name}: ")), "{ran:?}");
            assert_delivered(&cli, name);
            assert!(accepted(&cli, &value(name)));
        }
        assert!(ran.stderr.contains("jelou tokens revoke my-function tok_"), "{ran:?}");
    }
    assert_eq!(rotations(&cli), 2, "each of them once");
}

/// An end that the token always had is no grace: nobody said when the old value ends.
#[test]
fn an_old_value_with_an_end_of_its_own_is_named_until_it_has_the_grace_alone() {
    let cli = cli();
    let (one, fault) =
        (cli.sandbox.token_with_value("my-function", &value("one")).unwrap().id, "/v1/functions/*/tokens/*");
    let end = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(365 * 24);
    let path = format!("/v1/functions/my-function/tokens/{one}");
    let body = serde_json::json!({"expires_at": end.to_string()});
    let patched = Request::patch(&path, &body).bearer(cli.sandbox.pat()).send(cli.sandbox.port());
    assert_eq!(patched.status, 200, "{patched:?}");
    cli.sandbox.inject(Fault::status(503).method("PATCH").path(fault));
    for _ in 0..2 {
        let ran = rotate_all(&cli);
        assert_eq!(ran.status, 12, "{ran:?}");
        assert!(ran.stderr.contains(&format!("jelou tokens revoke my-function {one} -y")), "{ran:?}");
        assert_delivered(&cli, "one");
    }
    assert_eq!(rotations(&cli), 2, "each of them once");
}

#[test]
fn a_grace_that_is_not_understood_is_refused() {
    for grace in ["", "m", "10", "1h30m", "-1m", "010m", "10mm"] {
        let cli = cli();
        let script = repository("ci-examples/sh/rotate-all.sh").display().to_string();
        let mut command = assert_cmd::Command::new("sh");
        command.args([script.as_str(), "my-function", "90d", grace, "places"]).env_clear().envs(cli.env());
        let ran = Ran::of(command.current_dir(cli.folder())).ended(2);
        assert!(ran.stderr.contains("GRACE"), "{grace}: {ran:?}");
        assert_eq!(cli.sent(false), Vec::<String>::new(), "{grace}");
    }
}

/// The statuses after which the next token is tried; after every other one the run ends by it.
#[test]
fn every_status_goes_on_or_stops_as_it_should() {
    let goes_on = BTreeSet::from([0, 2, 5, 6, 7, 12, 13]);
    let statuses = exit::table().into_iter().map(|row| i32::from(row.status)).chain([124, 126, 127, 137]);
    for status in statuses {
        let mut cli = cli();
        let list = "[ \"$2\" = list ] && printf 'tok_1 one - -\\ntok_2 two - -\\n' && exit 0";
        let path = stand_in(&cli, "jelou", &format!("{list}\necho \"$@\" >>calls\nexit {status}"));
        cli.set("PATH", &path);
        let ran = rotate_all(&cli).ended(status);
        let calls = file(&cli, "calls");
        assert_eq!(calls.lines().count(), if goes_on.contains(&status) { 2 } else { 1 }, "{status}: {ran:?}");
        let lines = [
            "tokens rotate my-function tok_1 --grace 10m --force --to file:one.token --to secret:other-function/ONE",
            "tokens rotate my-function tok_2 --grace 10m --force --to command:dd of=two.token status=none",
        ];
        assert!(calls.lines().zip(lines).all(|(call, line)| call == line), "{calls}");
        assert_eq!(ran.stderr.is_empty(), status == 0, "{status}: {ran:?}");
        let path = stand_in(&cli, "jelou", &format!("[ \"$2\" = list ] && exit {status}\necho >>went-on"));
        cli.set("PATH", &path);
        let _ = rotate_all(&cli).ended(status);
        assert!(!cli.folder().join("went-on").exists(), "{status}: nothing is rotated after half a list");
    }
}

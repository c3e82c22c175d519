//! The end of a token is counted by the platform: the clock of this machine may be wrong.

use std::time::Duration;

use jelou::sandbox::SandboxClock;

use crate::support::cli::Cli;

/// The sandbox's clock is months away from the one of the machine that runs the tests.
fn far_away(clock: SandboxClock) -> Cli {
    Cli::with(|builder| builder.clock(clock))
}

fn seconds_between(token: &serde_json::Value, from: &str, to: &str) -> i64 {
    let at = |key: &str| token[key].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_second();
    at(to) - at(from)
}

#[test]
fn a_lifetime_is_counted_by_the_platform_in_one_request() {
    for key in [&[][..], &["--idempotency-key", "nightly"]] {
        let cli = far_away(SandboxClock::manual());
        let create = ["tokens", "create", "my-function", "--name", "ci", "--expires-in", "1h30m", "--json"];
        let created = cli.jelou(&[&create[..], key].concat()).ended(0).json();
        assert_eq!(seconds_between(&created["data"], "created_at", "expires_at"), 90 * 60);
        assert!(cli.sent(true).iter().all(|line| !line.starts_with("PATCH")), "{:?}", cli.sent(true));
    }
}

#[test]
fn a_repeated_create_with_its_key_has_the_same_end() {
    let cli = far_away(SandboxClock::manual());
    let create =
        ["tokens", "create", "my-function", "--name", "ci", "--expires-in", "30d", "--idempotency-key", "k", "--json"];
    let first = cli.jelou(&create).ended(0).json();
    cli.sandbox.clock().advance(Duration::from_secs(60));
    let second = cli.jelou(&create).ended(0).json();
    assert_eq!(first["data"]["id"], second["data"]["id"]);
    assert_eq!(first["data"]["expires_at"], second["data"]["expires_at"]);
}

#[test]
fn a_grace_is_counted_by_the_platform_and_never_prolongs() {
    for (lifetime, grace, seconds) in [(None, "10m", 600), (Some("1h"), "10m", 600), (Some("1m"), "2h", 60)] {
        let cli = far_away(SandboxClock::ticking(Duration::from_millis(20)));
        let mut create = vec!["tokens", "create", "my-function", "--name", "ci", "--quiet"];
        create.extend(lifetime.map(|lifetime| ["--expires-in", lifetime]).into_iter().flatten());
        cli.jelou(&create).ended(0);
        let rotated = cli.jelou(&["tokens", "rotate", "my-function", "ci", "--grace", grace, "--json"]).ended(0).json();
        let old = rotated["data"]["replaces"]["id"].as_str().unwrap();
        let listed = cli.jelou(&["tokens", "list", "my-function", "--json"]).ended(0).json();
        let old = listed["data"].as_array().unwrap().iter().find(|token| token["id"] == old).unwrap();
        assert_eq!(old["expires_at"], rotated["data"]["replaces"]["expires_at"], "what is said is what is stored");
        let lives = seconds_between(old, "created_at", "expires_at");
        // The clock of the sandbox moves by some ticks between the two requests.
        assert!((seconds..=seconds + 5).contains(&lives), "{lifetime:?} {grace}: {lives} s");
    }
}

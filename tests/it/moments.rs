//! Moments and durations on the command line: what is typed is what counts, and what is understood
//! only in part is refused whole, before anything is sent.

use std::time::Duration;

use jelou::sandbox::{Fixture, SandboxClock};
use serde_json::json;

use crate::support::cli::Cli;
use crate::support::raw_server::{self, RawServer};

/// A sandbox with a token for each time, which is its name as well.
fn created_at(times: &[&str]) -> Cli {
    let tokens: Vec<_> = times
        .iter()
        .enumerate()
        .map(|(index, time)| json!({"name": format!("t{index}"), "created_at": time}))
        .collect();
    let fixture = json!({"functions": [{"slug": "my-function", "tokens": tokens}]});
    Cli::with(|builder| builder.fixture(Fixture::parse(&fixture.to_string()).expect("a fixture")))
}

/// The last second before a moment, and the moment itself.
#[test]
fn a_day_begins_where_the_table_begins_it() {
    for (zone, day, before, first) in [
        ("UTC", "2026-04-01", "2026-03-31T23:59:59Z", "2026-04-01T00:00:00Z"),
        ("Asia/Tokyo", "2026-04-01", "2026-03-31T14:59:59Z", "2026-03-31T15:00:00Z"),
        ("JST-9", "2026-04-01", "2026-03-31T14:59:59Z", "2026-03-31T15:00:00Z"),
        ("America/Los_Angeles", "2026-04-01", "2026-04-01T06:59:59Z", "2026-04-01T07:00:00Z"),
        // Summer time begins at midnight: the day begins at 1 o'clock.
        ("Africa/Cairo", "2024-04-26", "2024-04-25T21:59:59Z", "2024-04-25T22:00:00Z"),
        // Summer time ends at 1 o'clock, so midnight comes twice: the day begins with the first one.
        ("America/Havana", "2025-11-02", "2025-11-02T03:59:59Z", "2025-11-02T04:00:00Z"),
        // A zone that nobody knows: the table shows UTC.
        ("Nowhere/Nix", "2026-04-01", "2026-03-31T23:59:59Z", "2026-04-01T00:00:00Z"),
    ] {
        let mut cli = created_at(&[before, first]);
        cli.set("TZ", zone);
        let shown = cli.jelou(&["tokens", "list", "my-function"]).ended(0).stdout;
        let (year, month_and_day) = day.split_once('-').expect("a day");
        let month_and_day = month_and_day.trim_start_matches('0').replace("-0", "/").replace('-', "/");
        let dated = |name: &str| {
            let row =
                shown.lines().find(|line| line.contains(&format!("▸ {name} "))).unwrap_or_else(|| panic!("{shown}"));
            row.contains(&format!(" {month_and_day}/{year}"))
        };
        assert_eq!((dated("t0"), dated("t1")), (false, true), "{zone}: {shown}");
        let prune = ["tokens", "prune", "my-function", "--created-before", day, "-y"];
        cli.jelou(&prune).ended(0);
        let left: Vec<String> = cli.token_names("my-function");
        assert!(left.contains(&"t1".to_owned()) && !left.contains(&"t0".to_owned()), "{zone}: {left:?}");
    }
}

#[test]
fn a_time_is_the_moment_that_its_offset_says() {
    for when in [
        "2026-04-01T09:00:00Z",
        "2026-04-01t09:00:00z",
        "2026-04-01 09:00:00Z",
        "2026-04-01T09:00:00.000Z",
        "2026-04-01T18:00:00+09:00",
        "2026-04-01T01:00:00-08:00",
        "2026-04-01T09:00:00-00:00",
    ] {
        let mut cli = created_at(&["2026-04-01T08:59:59Z", "2026-04-01T09:00:00Z"]);
        cli.set("TZ", "America/New_York");
        let list =
            ["tokens", "list", "my-function", "--created-before", when, "--json", "--jq", "[.data[].name]|join(\" \")"];
        assert_eq!(cli.jelou(&list).ended(0).stdout, "t0\n", "{when}");
    }
}

#[test]
fn an_age_counts_back_from_now() {
    let cli = created_at(&["2020-01-01T00:00:00Z"]);
    for (age, names) in [("1s", "t0"), ("52w", "t0"), ("1h30m", "t0"), ("40000w", "")] {
        let list = ["tokens", "list", "my-function", "--created-before", age, "--jq", ".data[].name"];
        let ran = cli.jelou(&list);
        if names.is_empty() {
            assert!(ran.ended(2).stderr.contains("`40000w`"));
        } else {
            assert_eq!(ran.ended(0).stdout.trim_end(), names, "{age}");
        }
    }
}

/// A clock of this machine that is wrong must not select a token: `prune` would revoke it.
#[test]
fn an_age_is_counted_by_the_clock_of_the_platform() {
    let fixture = json!({"functions": [{"slug": "my-function", "tokens": [
        {"name": "old", "created_at": "2026-03-01T00:00:00Z"},
        {"name": "new", "created_at": "2026-04-04T00:00:00Z"},
    ]}]});
    for flag in ["--unused-for", "--created-before"] {
        let fixture = Fixture::parse(&fixture.to_string()).expect("a fixture");
        // It stands at 2026-04-05T09:00:00Z.
        let cli = Cli::with(|builder| builder.fixture(fixture).clock(SandboxClock::manual()));
        let names = |days: &str| {
            let list = ["tokens", "list", "my-function", flag, days, "--jq", ".data[].name"];
            let names = cli.jelou(&list).ended(0).stdout;
            let stream = ["tokens", "list", "my-function", flag, days, "--ndjson"];
            let streamed = cli.jelou(&stream).ended(0).stdout;
            assert_eq!(streamed.lines().count(), names.lines().count(), "{streamed}");
            names
        };
        assert_eq!(names("30d"), "old\n", "{flag}");
        assert_eq!(names("36d"), "", "{flag}");
        cli.sandbox.clock().advance(Duration::from_secs(86_400));
        assert_eq!(names("36d"), "old\n", "{flag}");
        cli.jelou(&["tokens", "prune", "my-function", flag, "30d", "-y"]).ended(0);
        assert!(cli.token_names("my-function").contains(&"new".to_owned()), "{flag}");
        assert!(!cli.token_names("my-function").contains(&"old".to_owned()), "{flag}");
    }
}

#[test]
fn what_is_understood_only_in_part_is_refused_whole() {
    let cli = created_at(&["2020-01-01T00:00:00Z"]);
    for when in [
        "2026-04-01T10:00",
        "2026-04-01T10:00:00",
        "2026-04-01 10:00:00",
        "2026-04-01T10:00Z",
        "2026-04-01T10Z",
        "2026-04-01T10:00:00+09",
        "2026-04-01T10:00:00+0900",
        "2026-04-01T10:00:00+09:00:30",
        "2026-04-01T10:00:00+24:00",
        "2026-04-01T10:00:00+09:60",
        "2026-04-01T10:00:00Z[UTC]",
        "2026-04-01T10:00:00+09:00[America/New_York]",
        "2026-04-01T10:00:00Z[u-ca=hebrew]",
        "2026-04-01T10:00:00[Asia/Tokyo]",
        "2026-04-01[Asia/Tokyo]",
        "2026-04-01Z",
        "2026-04-01+09:00",
        "2026-04-01T24:00:00Z",
        "2026-04-01T23:59:60Z",
        "2026-04-01T10:00:00,5Z",
        "2026-04-01T10:00:00.Z",
        "2026-04-01T10:00:00.1234567890Z",
        "2026-04-01T10:00:00 Z",
        "2026-04-01  10:00:00Z",
        "2026-04-01_10:00:00Z",
        "2026-04-01T10:00:00UTC",
        "2026-04-01T10:00:00Z and more",
        "2026-04-01 ",
        " 2026-04-01",
        "2026-04-01\n",
        "2026-4-1",
        "26-04-01",
        "20260401",
        "20260401T100000Z",
        "+002026-04-01",
        "-002026-04-01",
        "2026-04",
        "2026-W14-3",
        "2026-091",
        "2026-02-29",
        "2026-13-01",
        "2026-00-00",
        "04/01/2026",
        "1775034000",
        "yesterday",
        "now",
        "",
        "-30d",
        "+30d",
        "30 d",
        "30d ago",
        "30dago",
        "30",
        "1.5d",
        "1mo",
        "1y",
        "P30D",
        "1us",
        "２０２６-04-01",
        "٣٠d",
    ] {
        for verb in ["list", "prune"] {
            let flag = format!("--created-before={when}");
            let ran = cli.jelou(&["tokens", verb, "my-function", &flag, "-y"]).ended(2);
            assert!(ran.stderr.contains("--created-before"), "{when:?}: {ran:?}");
            assert_eq!(ran.stdout, "", "{when:?}");
        }
    }
    assert_eq!(cli.sent(false), Vec::<String>::new());
}

/// Every flag that takes a duration, and every text of the sandbox that holds one.
#[test]
fn a_duration_is_read_in_one_way_everywhere() {
    let cli = created_at(&["2020-01-01T00:00:00Z"]);
    for wrong in
        ["", "5", "-5s", "+5s", "5 s", "1.5s", "1m 30s", "5s ago", "PT5S", "5S", "1y", "1us", "30m1h", "1s1s", "5s "]
    {
        for line in [
            &["tokens", "create", "my-function", "--name", "a", "--expires-in"][..],
            &["tokens", "list", "my-function", "--unused-for"],
            &["tokens", "prune", "my-function", "-y", "--unused-for"],
            &["tokens", "rotate", "my-function", "t0", "--grace"],
            &["tokens", "list", "my-function", "--timeout"],
            &["tokens", "list", "my-function", "--request-timeout"],
            &["sandbox", "advance"],
            &["sandbox", "run", "--redeploy-delay"],
        ] {
            let mut line = line.to_vec();
            let joined = format!("{}={wrong}", line.last().expect("a flag"));
            if line[0] == "sandbox" && line[1] == "advance" {
                line.extend(["--", wrong]);
            } else {
                *line.last_mut().expect("a flag") = &joined;
            }
            if line[0] == "sandbox" && line[1] == "run" {
                line.extend(["--", "true"]);
            }
            let ran = cli.jelou(&line).ended(2);
            assert!(ran.stderr.contains(&format!("`{wrong}`")) || wrong.is_empty(), "{line:?}: {ran:?}");
        }
        let fault = format!("'delay={wrong}'");
        cli.jelou(&["sandbox", "run", "--fault", &fault, "--", "true"]).ended(2);
        let scenario = cli.write("scenario.json", json!({"redeploy_delay": wrong}).to_string());
        let scenario = scenario.display().to_string();
        let ran = cli.jelou(&["sandbox", "run", "--scenario", &scenario, "--", "true"]).ended(2);
        assert!(ran.stderr.contains("redeploy_delay"), "{ran:?}");
    }
    assert_eq!(cli.sent(false), Vec::<String>::new());
    let right = cli.write("scenario.json", r#"{"redeploy_delay": "1d2h", "faults": ["delay=1w1d GET /none"]}"#);
    cli.jelou(&["sandbox", "run", "--scenario", &right.display().to_string(), "--", "true"]).ended(0);
}

/// A zone in brackets says more than the offset, or something else.
#[test]
fn a_time_of_the_server_that_is_understood_only_in_part_is_no_answer() {
    for time in ["2026-04-05T09:00:00", "2026-04-05T09:00:00Z[Asia/Tokyo]", "2026-04-05", "yesterday", "1775379600"] {
        let token = json!({"id": "tok_1", "name": "ci", "prefix": "jfn_rt_abc1", "function": "my-function",
            "status": "active", "created_at": time, "last_used_at": null, "expires_at": null, "replaced_by": null});
        for field in ["created_at", "last_used_at", "expires_at"] {
            let mut token = token.clone();
            token["created_at"] = json!("2026-04-05T09:00:00Z");
            token[field] = json!(time);
            let server = RawServer::always(raw_server::json(200, &json!({"items": [token]}).to_string()));
            let mut cli = Cli::new();
            cli.set("JELOU_API_URL", &server.url());
            let ran = cli.jelou(&["tokens", "list", "my-function", "--json"]).ended(9);
            assert_eq!(ran.json()["error"]["code"], "API_ERROR", "{field} {time}");
        }
    }
    for time in ["2026-04-05T09:00:00Z[Asia/Tokyo]", "2026-04-05T09:00:00"] {
        let cli = Cli::new();
        let tokens = json!([{"name": "old", "created_at": time}]);
        let seed = cli.write("seed.json", json!({"functions": [{"slug": "a", "tokens": tokens}]}).to_string());
        let ran = cli.jelou(&["sandbox", "run", "--seed-file", &seed.display().to_string(), "--", "true"]).ended(2);
        assert!(ran.stderr.contains(time), "{ran:?}");
    }
}

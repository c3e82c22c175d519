//! Times in JSON have whole seconds, whatever the sandbox's clock says or the platform sends.

use jelou::sandbox::{Fault, Fixture, Sandbox, SandboxClock};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::support::cli::Cli;
use crate::support::http::Request;
use crate::support::sandbox::{TOKENS, TestSandbox};

/// The texts in `body` that are times, as they stand there.
fn times(body: &Value) -> Vec<String> {
    match body {
        Value::String(text) => text.parse::<Timestamp>().map(|_| text.clone()).into_iter().collect(),
        Value::Array(items) => items.iter().flat_map(times).collect(),
        Value::Object(fields) => fields.values().flat_map(times).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn no_time_has_a_fraction() {
    let fixture = json!({"functions": [{"slug": "my-function", "tokens": [{
        "name": "old",
        "created_at": "2026-01-01T00:00:00.5Z",
        "last_used_at": "2026-01-02T00:00:00.25Z",
        "expires_at": "2027-01-01T00:00:00.125Z",
    }]}]});
    let fixture = Fixture::parse(&fixture.to_string()).unwrap();
    let clock = SandboxClock::manual_at("2026-04-05T09:00:00.75Z".parse().unwrap());
    let sandbox = TestSandbox::of(Sandbox::builder().fixture(fixture).clock(clock));
    let function = "/v1/functions/my-function";
    let seen = std::cell::RefCell::new(Vec::new());
    let ask = |request: Request| {
        let answer = sandbox.ask(request);
        assert!(answer.status < 300, "{}", answer.text());
        seen.borrow_mut().extend(times(&answer.json()));
        answer.json()
    };
    let created = ask(Request::post(TOKENS, &json!({"name": "ci", "expires_in_seconds": 60})));
    assert_eq!(
        (&created["created_at"], &created["expires_at"]),
        (&json!("2026-04-05T09:00:00Z"), &json!("2026-04-05T09:01:00Z"))
    );
    let token = format!("{TOKENS}/{}", created["id"].as_str().unwrap());
    ask(Request::post(&format!("{token}/rotate"), &json!({"grace_seconds": 60})));
    ask(Request::patch(&token, &json!({"expires_at": "2027-01-01T00:00:00.5Z"})));
    ask(Request::put(&format!("{function}/secrets"), &json!({"secrets": {"KEY": "value"}})));
    assert!(sandbox.accepts(&sandbox.default_value()));
    for path in ["/v1/functions", TOKENS, "/v1/functions/my-function/secrets", "/v1/functions/my-function/deployments"]
    {
        ask(Request::get(path));
    }
    for path in ["/__sandbox/journal", "/__sandbox/clock"] {
        seen.borrow_mut().extend(times(&sandbox.send(&Request::get(path)).expect(200).json()));
    }
    let seen = seen.into_inner();
    assert!(seen.len() > 40, "{seen:?}");
    for time in seen {
        assert_eq!(time.len(), "2026-04-05T09:00:00Z".len(), "{time}");
    }
}

/// `jq`'s `fromdate` reads no fraction.
#[test]
fn a_fraction_that_the_platform_sends_is_cut_off() {
    let cli = Cli::new();
    let token = json!({"id": "tok_1", "name": "ci", "prefix": "jfn_rt_abc1", "function": "my-function",
        "status": "active", "created_at": "2026-04-05T09:00:00.999Z", "last_used_at": "2026-04-05T11:00:01.5+02:00",
        "expires_at": "2027-01-01T00:00:00.000001Z", "replaced_by": null});
    let whole = ["2026-04-05T09:00:00Z", "2026-04-05T09:00:01Z", "2027-01-01T00:00:00Z"];
    cli.sandbox.inject(Fault::patch(json!({"items": [token]})).path(TOKENS).method("GET"));
    assert_eq!(times(&cli.jelou(&["tokens", "list", "my-function", "--json"]).ended(0).json()["data"]), whole);
    let (created, used, expires) = (&token["created_at"], &token["last_used_at"], &token["expires_at"]);
    let patch = json!({"created_at": created, "last_used_at": used, "expires_at": expires});
    cli.sandbox.inject(Fault::patch(patch).path(TOKENS).method("POST"));
    let create = ["tokens", "create", "my-function", "--name", "ci", "--json"];
    assert_eq!(times(&cli.jelou(&create).ended(0).json()["data"]), whole);
}

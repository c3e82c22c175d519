//! What a request costs, in entries that are passed on the way: as much in a platform that holds a
//! lot, after many changes, as in one that holds next to nothing.
//!
//! It is counted and not timed, so that a walk that comes back fails here on any machine. `just
//! bench` measures the same in seconds.
#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::time::Duration;

use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, HeaderName};
use serde_json::{Value, json};

use super::http_message::{HttpRequest, plane_and_path};
use super::state::steps;
use super::violations::{IDEMPOTENCY_KEY, TOKEN};
use super::{Fixture, Sandbox, SandboxClock};

/// More than what is done now and then, and a tenth of what a walk would pass.
const SLACK: usize = 150;
const FEW: usize = 5;
const MANY: usize = 1_500;

struct World {
    sandbox: Sandbox,
    runtime: tokio::runtime::Runtime,
    keys: usize,
}

impl World {
    /// A platform with so many functions, and so many tokens, secrets and redeploys of `full`. Time
    /// moves none of the functions: what was started is under way.
    fn new(size: usize) -> Self {
        let mut tokens = String::new();
        let mut secrets = String::new();
        let mut functions = String::new();
        for number in 0..size {
            let comma = if number == 0 { "" } else { "," };
            write!(tokens, r#"{comma}{{"name":"token-{number}","value":"jfn_rt_sbx_value-{number}"}}"#).unwrap();
            write!(secrets, r#"{comma}"KEY_{number}":"value""#).unwrap();
            write!(functions, r#",{{"slug":"function-{number}"}}"#).unwrap();
        }
        let text = format!(
            r#"{{"functions":[{{"slug":"full","tokens":[{tokens}],"secrets":{{{secrets}}}}},{{"slug":"to-delete"}}{functions}]}}"#
        );
        let builder = Sandbox::builder().fixture(Fixture::parse(&text).unwrap()).clock(SandboxClock::manual());
        let (sandbox, _) = builder.redeploy_delay(Duration::from_secs(3_600)).bind().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let mut world = Self { sandbox, runtime, keys: 0 };
        for number in 0..size {
            world.answered(201, "POST", "/v1/functions/full/tokens", Some(&json!({"name": format!("later-{number}")})));
            let secret = json!({"secrets": {"KEY": "value"}});
            world.answered(200, "PUT", &format!("/v1/functions/function-{number}/secrets"), Some(&secret));
        }
        world
    }

    /// Sends a request; the answer, and how many entries it passed.
    fn ask(&mut self, method: &str, target: &str, body: Option<&Value>, token: Option<&str>) -> (u16, Value, usize) {
        let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let (plane, path) = plane_and_path(None, path);
        self.keys += 1;
        let mut headers = HeaderMap::new();
        let mut add = |name: HeaderName, value: &str| _ = headers.insert(name, value.parse().unwrap());
        add(HOST, "127.0.0.1");
        match token {
            Some(token) => add(TOKEN, token),
            None => add(AUTHORIZATION, &format!("Bearer {}", self.sandbox.pat())),
        }
        if method == "POST" {
            add(IDEMPOTENCY_KEY, &format!("\"key-{}\"", self.keys));
        }
        if body.is_some() {
            add(CONTENT_TYPE, "application/json");
        }
        let body = body.map(ToString::to_string).unwrap_or_default();
        let (method, query) = (method.to_owned(), query.map(str::to_owned));
        let request =
            HttpRequest { plane, method, path, query, headers, body: Some(body.into()), absolute_target: false };
        steps::take();
        let answer = self.runtime.block_on(self.sandbox.platform.answer(request)).unwrap();
        let passed = steps::take();
        (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default(), passed)
    }

    #[track_caller]
    fn answered(&mut self, status: u16, method: &str, target: &str, body: Option<&Value>) -> (Value, usize) {
        let (answered, answer, passed) = self.ask(method, target, body, None);
        assert_eq!(answered, status, "{method} {target}: {answer}");
        (answer, passed)
    }

    /// Every kind of request, in an order in which each is answered with a success.
    fn costs(&mut self) -> Vec<(String, usize)> {
        let mut costs = Vec::new();
        let tokens = "/v1/functions/full/tokens";
        let mut note = |world: &mut Self, status, method: &str, target: &str, body: Option<Value>| {
            let (answer, passed) = world.answered(status, method, target, body.as_ref());
            // A page may cost what it holds.
            let held = answer["items"].as_array().map_or(0, Vec::len);
            costs.push((format!("{method} {target}"), passed.saturating_sub(held)));
            answer
        };
        note(self, 200, "GET", "/v1/me", None);
        for list in ["/v1/functions", tokens, "/v1/functions/full/secrets", "/v1/functions/full/deployments"] {
            // Two pages at the beginning, and the last one.
            let first = note(self, 200, "GET", &format!("{list}?limit=2"), None);
            let cursor = first["next_cursor"].as_str().unwrap();
            note(self, 200, "GET", &format!("{list}?limit=2&cursor={cursor}"), None);
            let mut cursor = cursor.to_owned();
            loop {
                let page = self.answered(200, "GET", &format!("{list}?limit=1000&cursor={cursor}"), None).0;
                match page["next_cursor"].as_str() {
                    Some(next) => next.clone_into(&mut cursor),
                    None => break,
                }
            }
            note(self, 200, "GET", &format!("{list}?limit=1000&cursor={cursor}"), None);
        }
        let created = note(self, 201, "POST", tokens, Some(json!({"name": "ci"})));
        let one = format!("{tokens}/{}", created["id"].as_str().unwrap());
        note(self, 200, "GET", &one, None);
        note(self, 200, "PATCH", &one, Some(json!({"status": "disabled"})));
        note(self, 200, "PATCH", &one, Some(json!({"expires_in_seconds": 60, "status": "active"})));
        let rotated = note(self, 201, "POST", &format!("{one}/rotate"), Some(json!({"grace_seconds": 30})));
        note(self, 200, "DELETE", &format!("{tokens}/{}", rotated["id"].as_str().unwrap()), None);
        note(self, 200, "DELETE", &one, None);
        note(self, 200, "PUT", "/v1/functions/full/secrets", Some(json!({"secrets": {"NEW": "value"}})));
        note(self, 200, "DELETE", "/v1/functions/full/secrets/NEW", None);
        let file = json!({"path": "index.ts", "content": "Ly8K"});
        let deploy = json!({"entrypoint": "index.ts", "files": [file]});
        let deployed = note(self, 201, "POST", "/v1/functions/full/deployments", Some(deploy));
        let deployment = format!("/v1/functions/full/deployments/{}", deployed["id"].as_str().unwrap());
        note(self, 200, "GET", &deployment, None);
        note(self, 200, "GET", &format!("{deployment}/artifact"), None);
        note(self, 202, "POST", "/v1/functions/full/cron/nightly/trigger", None);
        note(self, 201, "POST", "/v1/functions", Some(json!({"slug": "new", "name": "New"})));
        note(self, 200, "GET", "/v1/functions/full", None);
        note(self, 200, "DELETE", "/v1/functions/to-delete", None);
        note(self, 200, "GET", "/fn/full/__health", None);
        for value in ["jfn_rt_sbx_value-0", "jfn_rt_sbx_value-1"] {
            let (status, _, passed) = self.ask("GET", "/fn/full/", None, Some(value));
            assert_eq!(status, 200);
            costs.push(("GET /fn/full/".to_owned(), passed));
        }
        costs
    }
}

#[test]
fn a_request_passes_as_much_in_a_full_platform_as_in_an_empty_one() {
    let few = World::new(FEW).costs();
    let many = World::new(MANY).costs();
    let most = few.iter().map(|(_, passed)| *passed).max().unwrap();
    assert!(most > 0, "nothing is counted");
    for (request, passed) in &many {
        assert!(*passed <= most + SLACK, "{request} passes {passed} entries, and {most} at most where there are few");
    }
    assert_eq!(many.len(), few.len());
}

/// When the hour is over, what was started ends, once.
#[test]
fn time_moves_what_has_not_ended_and_nothing_else() {
    let mut world = World::new(MANY);
    world.sandbox.clock().advance(Duration::from_secs(3_600));
    let (_, passed) = world.answered(200, "GET", "/v1/me", None);
    assert!(passed >= MANY, "{passed}: no function was moved");
    world.sandbox.clock().advance(Duration::from_secs(3_600));
    let (_, passed) = world.answered(200, "GET", "/v1/me", None);
    assert!(passed <= 4, "{passed}");
    world.sandbox.clock().advance(Duration::from_secs(24 * 3_600));
    let (_, passed) = world.answered(200, "GET", "/v1/me", None);
    assert!(passed >= MANY, "{passed}: no key was forgotten");
}

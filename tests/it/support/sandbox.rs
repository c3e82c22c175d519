//! A sandbox that fails its test if a request broke a rule of the platform.

use std::ops::Deref;
use std::time::Duration;

use jelou::sandbox::{Builder, Sandbox, SandboxClock};
use serde_json::{Value, json};

use super::http::{Answer, Request};

/// How long the redeploys of [`TestSandbox::standing`] take.
pub const REDEPLOY: Duration = Duration::from_secs(40);

/// The tokens of `my-function`.
pub const TOKENS: &str = "/v1/functions/my-function/tokens";

/// The value in an answer that issues a token.
#[track_caller]
pub fn value(issued: &Value) -> &str {
    issued["token"].as_str().unwrap()
}

/// Asserts that no request broke a rule of the platform, unless the test has failed already.
pub fn assert_no_violations(sandbox: &Sandbox) {
    if !std::thread::panicking() {
        assert_eq!(sandbox.violations(), Vec::<String>::new(), "requests broke the platform's rules");
    }
}

/// A sandbox for one test.
pub struct TestSandbox(Sandbox);

impl TestSandbox {
    /// Starts what was built.
    pub fn of(builder: Builder) -> Self {
        super::environment::prepare();
        Self(builder.start().unwrap())
    }

    /// The usual functions, changes that are live at once, and a clock that stands.
    pub fn new() -> Self {
        Self::of(Sandbox::builder().example_fixture().clock(SandboxClock::manual()))
    }

    /// The usual functions and a clock that stands, so that a redeploy is live when the test says
    /// so.
    pub fn standing() -> Self {
        Self::of(Sandbox::builder().example_fixture().clock(SandboxClock::manual()).redeploy_delay(REDEPLOY))
    }

    /// Sends a request with the management token that allows everything.
    pub fn ask(&self, request: Request) -> Answer {
        request.bearer(self.pat()).send(self.port())
    }

    /// Sends it as it is.
    pub fn send(&self, request: &Request) -> Answer {
        request.send(self.port())
    }

    /// Creates a token of `my-function`; the answer.
    pub fn create(&self, name: &str) -> Value {
        self.ask(Request::post(TOKENS, &json!({"name": name}))).expect(201).json()
    }

    /// Whether the gateway lets `token` through to `my-function`.
    #[track_caller]
    pub fn accepts(&self, token: &str) -> bool {
        let answer = self.send(&Request::get("/fn/my-function/mcp").token(token));
        assert!(matches!(answer.status, 401 | 405), "{}", answer.status);
        answer.status == 405
    }

    /// The value of the `default` token of `my-function`.
    pub fn default_value(&self) -> String {
        self.default_token("my-function").unwrap()
    }
}

impl Deref for TestSandbox {
    type Target = Sandbox;

    fn deref(&self) -> &Sandbox {
        &self.0
    }
}

impl Drop for TestSandbox {
    fn drop(&mut self) {
        assert_no_violations(&self.0);
    }
}

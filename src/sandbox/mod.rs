//! The platform in-process: the tests' fake server, `jelou sandbox start` and `jelou sandbox run`.
//!
//! It is stricter than the platform, so that what works here works there. What no correct client
//! does is answered with an error and recorded as a violation, and a test that leaves a violation
//! fails.
//!
//! | part | what it holds |
//! | --- | --- |
//! | `server` | HTTP/1.1 on 127.0.0.1 |
//! | `platform` | a request's way through these parts, around one locked state |
//! | `control_plane` | `/v1/…`: one `match` on method and route, between the wire and the state |
//! | `gateway`, `mcp`, `handler` | `/fn/SLUG/…`: which tokens may call a function; what it answers |
//! | `cross_origin` | what a page in a browser may ask |
//! | `admin_plane`, `admin_api` | `/__sandbox/…`: faults, request log, clock, status, reset, stop |
//! | `state` | what is known and what each request does to it: pure, the time is passed in |
//! | `faults`, `scenario` | scripted faults, and the file that holds some |
//! | `user_file` | scenarios and seed files as people write them, in JSON or TOML |
//! | `apply_fault`, `holding` | what a fault does to a response; requests that a fault holds |
//! | `violations` | what no correct client does |
//! | `request_log`, `scrub_credentials` | the requests so far, with credentials by kind |
//! | `beginning` | what it began with, for a reset |
//! | `inspect` | what a program that holds a sandbox sees of it without a request |
//! | `clock` | the system's time plus an offset, or a time that tests move |
//! | `fixture`, `state_file` | the initial data; the file to which changes are appended |
//! | `language` | what help, manual and `docs/sandbox.md` say of faults, scenarios, seed files |
//! | `openapi` | makes the description of the control plane, `schema/openapi.json`, from the types |
//!
//! # One request
//!
//! It is read in full, logged and checked for violations, and the faults that apply are chosen. A
//! fault in front of the platform answers it. Otherwise the control plane checks it in this order:
//! rate (429), route (404), method (405), credential (401), scope (403), query (422), body (413,
//! 415), idempotency key (400, 409, 422). Then the state decides. A request that has arrived is
//! carried out even if the client has closed the connection: that is how an answer is lost.
//!
//! # Choices where the platform's docs are silent
//!
//! - A function has no tokens before its first deploy: creating one is a 409.
//! - Only successes are replayed; a refused request may be tried again with its key.
//! - Rotating a token that was replaced already is a 409; revoking the new one restores the old
//!   one's expiry.
//! - `DELETE /functions/{slug}` answers with the function as it was, and works at once.
//! - `state::redeploy` says how changes coalesce.
//!
//! [`NOT_MODELLED`] says what it does not model.
//!
//! # In tests of your own
//!
//! A client in Rust can be tested against a sandbox in its own process. What is public in this
//! module is for that, and nothing else of the crate is needed:
//!
//! - [`Sandbox::builder`] gives a [`Builder`]: a [`Fixture`] or a [`Scenario`], [`Fault`]s, a
//!   [`SandboxClock`] that stands until the test moves it, a seed that repeats ids and values.
//! - A [`Sandbox`] says where it listens, hands out credentials, and can be looked into without a
//!   request: its tokens, its deployments, and whether a secret holds a value.
//! - A [`LoggedRequest`] is what the client sent, and [`Sandbox::violations`] what no correct
//!   client does: a test that asserts that there is none proves more than its answers do.
//!
//! The API is not stable, as that of the whole crate. The wire is the one of `/openapi.json`.
//!
//! ```
//! use std::io::{Read, Write};
//! use std::net::TcpStream;
//! use std::time::Duration;
//!
//! use jelou::sandbox::{Fault, Fixture, Sandbox, SandboxClock};
//!
//! /// The client that is tested: it creates a token, and tries again once.
//! fn create(port: u16, pat: &str) -> std::io::Result<String> {
//!     let body = r#"{"name":"ci"}"#;
//!     let request = format!(
//!         "POST /v1/functions/billing/tokens HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\
//!          Authorization: Bearer {pat}\r\nIdempotency-Key: \"one-key\"\r\nConnection: close\r\n\
//!          Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
//!         body.len(),
//!     );
//!     let send = || {
//!         let mut stream = TcpStream::connect(("127.0.0.1", port))?;
//!         stream.write_all(request.as_bytes())?;
//!         let mut answer = String::new();
//!         stream.read_to_string(&mut answer)?;
//!         // A connection that ends without an answer is what the fault below makes of it.
//!         let lost = || std::io::ErrorKind::UnexpectedEof.into();
//!         if answer.is_empty() { Err(lost()) } else { Ok(answer) }
//!     };
//!     send().or_else(|_: std::io::Error| send())
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = SandboxClock::manual();
//! let fixture = Fixture::parse(r#"{"functions": [{"slug": "billing"}]}"#);
//! let sandbox = Sandbox::builder()
//!     .fixture(fixture.map_err(|error| error.message())?)
//!     .redeploy_delay(Duration::from_secs(30))
//!     .clock(clock.clone())
//!     // The first answer is lost: the token exists, and the client does not know of it.
//!     .fault(Fault::reset_after().method("POST"))
//!     .start()?;
//!
//! let answer = create(sandbox.port(), sandbox.pat())?;
//! assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
//!
//! // It was sent twice, with one key: so there is one token, beside the function's own.
//! let sent = sandbox.requests().into_iter().map(|request| request.status);
//! assert_eq!(sent.collect::<Vec<_>>(), [None, Some(201)]);
//! let names: Vec<_> = sandbox.tokens("billing").into_iter().map(|token| token.name).collect();
//! assert_eq!(names, ["default", "ci"]);
//!
//! // What it changed is live when the test says so, and the client broke no rule of the platform.
//! clock.advance(Duration::from_secs(30));
//! assert_eq!(sandbox.deployments("billing")[0].status.as_str(), "live");
//! assert_eq!(sandbox.violations(), Vec::<String>::new());
//! # Ok(())
//! # }
//! ```

pub(crate) mod admin_api;
mod admin_plane;
mod apply_fault;
mod beginning;
mod builder;
mod clock;
mod control_plane;
#[cfg(test)]
mod cost;
mod cross_origin;
mod faults;
mod fixture;
mod gateway;
mod handler;
mod holding;
mod http_message;
mod inspect;
mod issued_value;
pub(crate) mod language;
mod mcp;
#[cfg(test)]
pub(crate) mod openapi;
mod platform;
mod rate_limit;
mod request_log;
mod scenario;
mod scrub_credentials;
mod server;
mod state;
mod state_file;
mod user_file;
mod value_source;
mod violations;

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::watch;

pub use builder::Builder;
pub use clock::SandboxClock;
pub(crate) use faults::fault_kinds;
pub use faults::{Fault, RetryAfter};
pub use fixture::Fixture;
pub use request_log::{Credential, LoggedRequest, Plane};
pub use scenario::Scenario;
pub(crate) use scenario::scenarios;
pub use state::SCOPES;

use crate::api::wire::Slug;
use issued_value::IssuedValue;
use platform::Platform;

/// What the sandbox does not model, for people to read.
pub const NOT_MODELLED: &str = "\
The sandbox imitates rules, not a cloud. It does not model:
- your code: a function answers with an echo of its input, or as its seed file says, whatever was deployed
- cron schedules, logs, metrics, domains, billing, quotas, regions
- organisations, members, roles, and management tokens that lack a scope: there is one, with every scope; the fault `status=403` refuses as for a lack
- TLS, HTTP/2, cold starts, and any latency but the delays you script
- the real platform's wire format, which is not published: this one is described at /openapi.json
- retention: nothing is ever cleaned up, and secrets are kept as hashes only";

/// A sandbox that is listening. Dropping it stops its server.
///
/// [`Sandbox::builder`] makes one; the [module](self) shows a test with it.
#[derive(Debug)]
pub struct Sandbox {
    platform: Arc<Platform>,
    port: u16,
    pat: IssuedValue,
    /// The values of the `default` tokens of its fixture, by slug.
    defaults: BTreeMap<Slug, IssuedValue>,
    is_resumed: bool,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

/// The server of a sandbox. Until it serves, connections wait in the listener's queue.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    platform: Arc<Platform>,
    stop: watch::Receiver<bool>,
}

impl Server {
    /// Serves until the [`Sandbox`] is dropped.
    ///
    /// # Errors
    /// If the listener cannot be given to the runtime of the caller.
    pub async fn serve(self) -> std::io::Result<()> {
        self.serve_then(|| {}).await
    }

    /// The same; `at_end` is called while the port is still taken, so that it is done
    /// when nothing listens there any more.
    pub(crate) async fn serve_then(self, at_end: impl FnOnce()) -> std::io::Result<()> {
        server::serve(self.listener, self.platform, self.stop, at_end).await
    }
}

impl Sandbox {
    /// The settings of a new sandbox, all with their defaults: no functions, no faults, the
    /// system's clock, changes that are live at once.
    pub fn builder() -> Builder {
        Builder::default()
    }

    fn serve_on_own_thread(&mut self, server: Server) -> anyhow::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let serve = move || {
            // It fails only for a listener that is blocking, and this one is not.
            _ = runtime.block_on(server.serve());
        };
        self.thread = Some(std::thread::Builder::new().name("sandbox".to_owned()).spawn(serve)?);
        Ok(())
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The value for `JELOU_API_URL`.
    pub fn api_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The value for `JELOU_GATEWAY_URL`; functions answer at `/fn/SLUG` below it.
    pub fn gateway_url(&self) -> String {
        self.api_url()
    }

    /// A management token with every scope.
    pub fn pat(&self) -> &str {
        self.pat.expose()
    }

    /// Issues a management token with `scopes`.
    pub fn issue_pat(&self, scopes: &[&str]) -> String {
        self.platform.lock().0.state.issue_management_token("sandbox", scopes).expose().to_owned()
    }

    /// The value of the `default` token of a function of its fixture.
    pub fn default_token(&self, slug: &str) -> Option<String> {
        self.defaults.get(slug).map(|value| value.expose().to_owned())
    }

    /// Whether it goes on with the functions of its state file, in place of its fixture.
    pub fn is_resumed(&self) -> bool {
        self.is_resumed
    }

    /// Its clock, which tests move.
    pub fn clock(&self) -> &SandboxClock {
        &self.platform.clock
    }

    /// Every request so far, the oldest first.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.platform.lock().0.log.after(0)
    }

    /// Every violation so far, one line each.
    pub fn violations(&self) -> Vec<String> {
        self.platform.lock().0.log.violations()
    }

    /// The same, and forgets them: for a test that provokes them.
    pub fn take_violations(&self) -> Vec<String> {
        self.platform.lock().0.log.take_violations()
    }

    /// Adds a fault behind those that are pending.
    pub fn inject(&self, fault: Fault) {
        self.platform.lock().0.script.push(fault);
    }

    /// How many requests the faults [`Fault::hang_before`] and [`Fault::hang_after`] hold.
    pub fn held(&self) -> usize {
        self.platform.holding.count()
    }

    /// Lets the requests that are held go on.
    pub fn release(&self) {
        self.platform.holding.release();
    }

    /// A phrase for each pending fault that was not used for any request.
    pub(crate) fn unfired_faults(&self) -> Vec<String> {
        self.platform.lock().0.script.unfired()
    }

    /// Removes the pending faults.
    pub fn clear_faults(&self) {
        self.platform.lock().0.script.clear();
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // A panic of that thread was printed there, and `drop` has no caller to give it to.
            _ = thread.join();
        }
    }
}

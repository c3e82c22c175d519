//! The platform in-process: the tests' fake server, `jelou sandbox start` and `jelou sandbox run`, in one implementation.
//!
//! It is stricter than the platform, so that what works here works there: whatever no correct client does is answered with
//! an error *and* written down as a violation, and a test that leaves one fails.
//!
//! | part | what it is |
//! | --- | --- |
//! | `state` | what is known and what each request does to it: pure, time is handed in |
//! | `clock` | the system's time plus an offset, or a time that tests move |
//! | `control_plane` | one `match` on method and route, between the wire and the state |
//! | `gateway`, `mcp` | who may call a function; a function that echoes |
//! | `conduct` | what no correct client does |
//! | `faults`, `scenario` | scripted trouble, and the text it is written in |
//! | `journal`, `scrub` | what was asked, credentials by kind |
//! | `state_file` | where it is kept for the next run |
//! | `platform` | all of it around one state; `server` puts it on a socket of 127.0.0.1 |
//! | `admin` | the sandbox's own plane below `/__sandbox/` |
//! | [`openapi`] | the control plane described, from the types themselves |
//!
//! # One request
//!
//! It is read in full, written down, checked for conduct, and the faults that apply are picked. A fault in front of the
//! platform answers it. Else the control plane admits it in this order: rate (429), route (404), method (405), credential
//! (401), scope (403), query (422), body (413, 415), idempotency key (400, 409, 422), and only then does the state decide.
//! A request that has arrived is carried out, also if the client has gone by then: so an answer gets lost.
//!
//! # Choices where the platform is silent
//!
//! - A function has no tokens before its first deploy: creating one is a 409.
//! - Only successes are replayed; a refused request may be tried again with its key.
//! - Rotating a token that was replaced already is a 409; revoking the new one restores the old one's expiry.
//! - `DELETE /functions/{slug}` answers with the function as it was, and works at once.
//! - How changes coalesce is told in the state's module on redeploys.
//!
//! What it does not model is in [`NOT_MODELLED`].

mod admin;
pub(crate) mod admin_api;
mod builder;
mod clock;
mod conduct;
mod control_plane;
mod faults;
mod gateway;
mod handle;
mod issued_value;
mod journal;
mod mcp;
mod message;
pub mod openapi;
mod platform;
mod rate;
mod scenario;
mod scrub;
mod seed_file;
mod server;
mod spoil;
mod state;
mod state_file;
mod value_source;

use hyper::header::HeaderName;

pub use builder::Builder;
pub use clock::Clock;
pub use faults::{Fault, RetryAfter};
pub use handle::{Sandbox, Server};
pub use journal::{Credential, Entry, Plane};
pub use scenario::Scenario;
pub use seed_file::SeedFile;
pub use state::SCOPES;

/// Marks an answer that is a replay.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What the sandbox does not model, for people to read.
pub const NOT_MODELLED: &str = "\
The sandbox imitates rules, not a cloud. It does not model:
- your code: a function answers with an echo of its input, whatever was deployed
- cron schedules, logs, metrics, domains, billing, quotas, regions
- organisations, members and their roles: there are management tokens with scopes, nothing else
- TLS, HTTP/2, cold starts, and any latency but the delays you script
- the real platform's wire format, which is not published: this one is described at /openapi.json
- retention: nothing is ever cleaned up, and secrets are kept as hashes only";

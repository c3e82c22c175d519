//! Scripted faults: what goes wrong, for which requests, how often.
//!
//! A script is a list. In each *stage* of a request, the first fault applies that matches and is
//! not used up. So `status=503 x2` before `status=429` means 503 twice and then 429, and a delay
//! can be combined with a lost answer. The stages, in this order:
//!
//! 1. the delay, or a request that is held;
//! 2. in front of the platform, which never sees the request: a status, HTML, a redirect, a reset;
//! 3. inside: the idempotency key ignored, a redeploy that fails or hangs, a gateway that lags
//!    behind;
//! 4. the answer, after the change is applied: patched, with `Retry-After`, lost, truncated,
//!    garbled, oversized, held, of another status, of another request.
//!
//! A fault that lets requests pass first (`after=N`) counts those that reach its stage.
//!
//! A fault of the third stage is used up only by a request that it concerns. A request that is
//! refused or replayed starts no redeploy, and uses up no fault of one.

mod fault;
pub(crate) mod kinds;
mod retry_after;
mod script;
mod spec;

pub use fault::Fault;
pub(super) use fault::{Alteration, Delay, Interception};
pub(crate) use kinds::fault_kinds;
pub use retry_after::RetryAfter;
pub(super) use script::{Applied, Planned, RequestLine, Script};

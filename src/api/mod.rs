//! The platform as seen from here: wire types and routes, the control plane, the gateway, transport
//! and retries.
//!
//! A control plane is made from a management token and a gateway takes runtime tokens, so an
//! endpoint that needs a credential cannot be called without one, nor with one of the other plane.

pub(crate) mod address;
pub(crate) mod call;
mod client;
pub(crate) mod control;
mod gateway;
mod idempotency;
mod lost;
mod pages;
pub(crate) mod proxy;
mod question;
mod reference;
mod request_error;
mod response;
pub(crate) mod retry;
pub(crate) mod routes;
mod tls;
mod traffic;
pub(crate) mod transport;
pub mod wire;

pub(crate) use address::ApiUrl;
pub(crate) use control::ControlPlane;
pub use control::UndoIsRegistered;
pub(crate) use gateway::{CHECK_THE_ADDRESS, Gateway, PreparedCall, Verdict};
pub(crate) use idempotency::IdempotencyKey;
pub(crate) use pages::{Pages, Selected};
pub(crate) use question::OfFunction;
pub(crate) use reference::{TokenReference, is_pattern};
pub(crate) use request_error::RequestError;
pub(crate) use tls::{CertificateSource, Trust};
pub(crate) use traffic::Traffic;
pub(crate) use transport::{Options, Transport};

//! The platform as seen from here: wire types and routes, the control plane, the gateway, transport and retries.
//!
//! A control plane is made from a management token and a gateway takes runtime tokens, so an endpoint that needs a
//! credential cannot be called without one, nor with one of the other plane.

pub mod address;
pub mod answer;
pub mod control;
pub mod gateway;
pub mod idempotency;
pub mod reference;
pub mod retry;
pub mod routes;
mod tls;
pub mod transport;
pub mod wire;

pub use address::{ApiUrl, GatewayUrl};
pub use control::{ControlPlane, Reply};
pub use gateway::{Gateway, Verdict};
pub use idempotency::IdempotencyKey;
pub use reference::TokenReference;
pub use tls::Trust;
pub use transport::{Options, Transport};

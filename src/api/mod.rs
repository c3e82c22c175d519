//! The platform as seen from here: wire types and routes, the control plane, the gateway, transport and retries.

pub mod routes;
pub mod wire;

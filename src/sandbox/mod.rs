//! The platform in-process.

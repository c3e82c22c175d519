//! Handing a new token over: sinks that are checked before it exists, written after, and undone on failure.

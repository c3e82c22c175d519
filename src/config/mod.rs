//! Settings: what flags, environment, files and defaults say, and where each value came from.

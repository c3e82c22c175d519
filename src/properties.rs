//! What the property tests share.

use proptest::test_runner::Config;

/// `cases` cases, or as many as `PROPTEST_CASES` says. A failure prints the smallest case that was
/// found; it becomes a test of its own, so no file keeps it.
pub(crate) fn config(cases: u32) -> Config {
    let chosen = std::env::var_os("PROPTEST_CASES").is_some();
    let config = Config { failure_persistence: None, ..Config::default() };
    if chosen { config } else { Config { cases, ..config } }
}

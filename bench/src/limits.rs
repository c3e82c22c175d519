//! The limits: what `jelou` may cost at most. This is the one place where they stand.

use anyhow::{Context as _, Result, bail};

/// The most instructions that a command may need, in millions.
#[derive(Clone, Copy, Debug)]
pub enum Instructions {
    AtMost(f64),
    /// So many more than another row needs.
    Above(&'static str, f64),
    Any,
}

use Instructions::{Above, Any, AtMost};

/// A row: a command of `jelou` and its limits.
pub struct Limit {
    pub row: &'static str,
    /// Rivals, and the part of their time that `jelou` may take.
    pub times: &'static [(&'static str, f64)],
    pub instructions: Instructions,
    /// MiB of memory at the peak.
    pub mib: Option<f64>,
}

const fn limit(
    row: &'static str,
    times: &'static [(&'static str, f64)],
    instructions: Instructions,
    mib: Option<f64>,
) -> Limit {
    Limit { row, times, instructions, mib }
}

/// Every row that is measured.
#[rustfmt::skip]
pub const LIMITS: &[Limit] = &[
    //    row                            beside what, at most ×                      M instructions     MiB
    limit("--version",                   &[("true", 1.6)],                           AtMost(0.8),       Some(4.0)),
    limit("create --help",               &[],                                        AtMost(1.5),       None),
    limit("create, HTTP",                &[("curl", 0.33), ("curl and jq", 0.1)],    AtMost(1.6),       Some(6.0)),
    limit("create, TLS, one CA",         &[("curl", 0.38)],                          AtMost(4.5),       None),
    limit("create, TLS, system's roots", &[("curl", 0.2)],          Above("create, TLS, one CA", 9.5),  None),
    limit("list 1,000, --json",          &[("curl and jq", 0.15)],                   AtMost(14.0),      None),
    limit("list 1,000, --quiet",         &[("curl and jq", 0.15)],                   AtMost(9.0),       None),
    limit("list 1,000, table",           &[("curl and jq", 0.15)],                   AtMost(25.0),      None),
    limit("list 100,000, --ndjson",      &[("Node", 0.3)],                           Any,               Some(8.0)),
    limit("list 100,000, --json",        &[("curl and jq", 0.4)],                    AtMost(1_300.0),   Some(60.0)),
    limit("list 100,000, --quiet",       &[("curl and jq", 0.16)],                   Any,               Some(12.0)),
    limit("revoke 200, HTTP",            &[("curl", 0.48)],                          Any,               None),
    limit("revoke 200, TLS",             &[("curl", 0.45)],                          Any,               None),
    limit("revoke 200, 50 ms away",      &[("curl", 0.97)],                          Any,               None),
];

/// What may be added where there is more to do.
pub struct Growth {
    pub row: &'static str,
    /// How many times as long it may take: as many times as there is more to do, and a tenth of that
    /// where nothing of it is start-up.
    pub time: f64,
    /// KiB that each further item may cost.
    pub kib_an_item: f64,
}

/// How cost may grow.
#[rustfmt::skip]
pub const GROWTH: &[Growth] = &[
    // Flat: one page of the list is held, whatever its length. A MiB is more than runs differ by.
    Growth { row: "list --ndjson, 1,000 to 100,000", time: 100.0, kib_an_item: 1_024.0 / 99_000.0 },
    // The ids are held: 24 bytes, and where they are.
    Growth { row: "list --quiet, 1,000 to 100,000",  time: 100.0, kib_an_item: 0.064 },
    // What is reported of each item is held.
    Growth { row: "revoke --stdin, 1,000 to 10,000", time: 11.0,  kib_an_item: 1.0 },
];

/// The binary, stripped, with default features.
pub const BINARY_MIB: f64 = 6.0;

/// How many times as long a request to a sandbox may take if that holds 200,000 tokens and has seen
/// 100,000 changes, beside one that holds ten: without a state file, and with one.
pub const SANDBOX_RATIO: f64 = 1.5;
pub const SANDBOX_RATIO_KEPT: f64 = 2.0;
/// The seconds until a sandbox with 200,000 tokens in its seed file listens.
pub const SANDBOX_START: f64 = 2.0;

/// How far instructions may be from the committed table, as a part of it.
pub const DRIFT: f64 = 0.03;

impl Limit {
    /// The row of this name.
    ///
    /// # Errors
    /// There is none: what has no limits is not measured.
    pub fn of(row: &str) -> Result<&'static Self> {
        LIMITS.iter().find(|limit| limit.row == row).with_context(|| format!("`{row}` has no row in limits.rs"))
    }
}

impl Growth {
    pub fn of(row: &str) -> Result<&'static Self> {
        GROWTH.iter().find(|growth| growth.row == row).with_context(|| format!("`{row}` has no row in limits.rs"))
    }
}

/// Refuses limits that nothing is held against.
///
/// # Errors
/// Names the first row that none of the measured ones is.
pub fn all_are_used(measured: &[&str]) -> Result<()> {
    let rows = LIMITS.iter().map(|limit| limit.row).chain(GROWTH.iter().map(|growth| growth.row));
    for row in rows {
        if !measured.contains(&row) {
            bail!("`{row}` in limits.rs is measured by nothing");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_nothing_is_held_against_is_refused() {
        let mut rows: Vec<&str> =
            LIMITS.iter().map(|limit| limit.row).chain(GROWTH.iter().map(|row| row.row)).collect();
        all_are_used(&rows).unwrap();
        assert_eq!(rows.pop(), Some("revoke --stdin, 1,000 to 10,000"));
        assert!(all_are_used(&rows).is_err());
        assert!(Limit::of("revoke 300").is_err() && Growth::of("revoke 300").is_err());
    }
}

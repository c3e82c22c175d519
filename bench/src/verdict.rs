//! What was measured, held against the limits.

use crate::compare::{Grown, Row};
use crate::limits::BINARY_MIB;

/// One number and its limit.
pub struct Held {
    /// The row, and what of it.
    pub what: String,
    pub unit: &'static str,
    /// Nothing if it could not be measured here.
    pub measured: Option<f64>,
    pub limit: f64,
}

impl Held {
    /// What was measured. What is no number was not.
    pub fn new(what: String, unit: &'static str, measured: f64, limit: f64) -> Self {
        held(what, unit, Some(measured), limit)
    }

    /// What could not be measured is not kept: a check that cannot fail proves nothing.
    pub fn is_kept(&self) -> bool {
        self.measured.is_some_and(|measured| measured <= self.limit)
    }

    /// In words, for who must do something about it.
    pub fn in_words(&self) -> String {
        let Self { what, unit, limit, .. } = self;
        match self.measured {
            Some(measured) => format!("{what}: {measured:.3} {unit}, at most {limit:.3} {unit}"),
            None => format!("{what}: not measured, since something for it is not installed"),
        }
    }
}

/// Every limit of time, memory and size.
pub fn all(rows: &[Row], grown: &[Grown], binary: f64) -> Vec<Held> {
    let rows = rows.iter().flat_map(of_row);
    let size = held("the binary, stripped".to_owned(), "MiB", Some(binary), BINARY_MIB);
    rows.chain(grown.iter().flat_map(of_growth)).chain([size]).collect()
}

fn held(what: String, unit: &'static str, measured: Option<f64>, limit: f64) -> Held {
    Held { what, unit, measured, limit }
}

fn of_row(row: &Row) -> Vec<Held> {
    let of = |what: &str| format!("{}, {what}", row.limit.row);
    let times = row.limit.times.iter().map(|(rival, limit)| {
        let beside = row.beside.iter().find(|beside| beside.rival == *rival);
        held(of(&format!("beside {rival}")), "×", beside.map(|beside| beside.ratio), *limit)
    });
    let memory = row.limit.mib.map(|limit| held(of("memory"), "MiB", Some(row.ours.mib), limit));
    times.chain(memory).collect()
}

fn of_growth(grown: &Grown) -> [Held; 2] {
    let limit = grown.limit;
    [
        held(format!("{}, time", limit.row), "×", Some(grown.time), limit.time),
        held(format!("{}, memory an item", limit.row), "KiB", Some(grown.kib_an_item), limit.kib_an_item),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Beside;
    use crate::launcher::Cost;
    use crate::limits::Limit;

    fn kept(rival: &'static str, ratio: f64, mib: f64) -> Vec<bool> {
        let ours = Cost { seconds: 1.0, mib };
        let beside = vec![Beside { rival, cost: ours, ratio }];
        let row = Row { limit: Limit::of("list 100,000, --ndjson").unwrap(), ours, beside };
        all(&[row], &[], BINARY_MIB).iter().map(Held::is_kept).collect()
    }

    #[test]
    fn a_limit_is_kept_only_by_what_was_measured() {
        assert_eq!(kept("Node", 0.3, 8.0), [true, true, true]);
        assert_eq!(kept("Node", 0.31, 8.0), [false, true, true]);
        assert_eq!(kept("Node", 0.3, 8.1), [true, false, true]);
        // Node is not installed.
        assert_eq!(kept("Python", 0.3, 8.0), [false, true, true]);
        // Nothing was measured at all.
        assert_eq!(kept("Node", f64::NAN, 8.0), [false, true, true]);
        assert!(!all(&[], &[], BINARY_MIB + 0.01)[0].is_kept());
    }
}

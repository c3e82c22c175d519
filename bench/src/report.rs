//! What people read of a comparison while it runs.
#![allow(clippy::print_stdout, reason = "it is what the benchmark is run for")]

use crate::compare::{Grown, Row};
use crate::launcher::Cost;

/// The head of the table.
pub fn head() {
    println!("{:<28} {:<12} {:>10} {:>10} {:>9} {:>8}", "", "", "median ms", "ratio", "limit", "MiB");
}

/// The lines of a row: ours, then one for each rival.
pub fn row(row: &Row) {
    let memory = row.limit.mib.map(|limit| format!(" (limit {limit})")).unwrap_or_default();
    line(row.limit.row, "jelou", row.ours, "", "", &memory);
    for beside in &row.beside {
        let limit = row.limit.times.iter().find(|(rival, _)| *rival == beside.rival);
        let limit = limit.map(|(_, limit)| limit.to_string()).unwrap_or_default();
        line("", beside.rival, beside.cost, &format!("{:.3}", beside.ratio), &limit, "");
    }
}

/// The lines of a job of two sizes.
pub fn grown(grown: &Grown) {
    let [small, large] = grown.costs;
    line(grown.limit.row, "the small", small, "", "", "");
    let kib = format!(" ({:.4} KiB an item, limit {:.4})", grown.kib_an_item, grown.limit.kib_an_item);
    line("", "the large", large, &format!("{:.1}", grown.time), &grown.limit.time.to_string(), &kib);
}

fn line(row: &str, who: &str, cost: Cost, ratio: &str, limit: &str, more: &str) {
    let (ms, mib) = (cost.seconds * 1e3, cost.mib);
    println!("{row:<28} {who:<12} {ms:>10.2} {ratio:>10} {limit:>9} {mib:>8.1}{more}");
}

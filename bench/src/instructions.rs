//! Instructions, which callgrind counts and which repeat where milliseconds do not.
//!
//! The committed table says what each row needs, and on what that was counted. On other conditions
//! (another processor, C library, compiler, valgrind or store of certificates) some rows differ by
//! more than the 3 % that are allowed, so there the limits alone are held.
#![allow(clippy::print_stdout, reason = "it is what the benchmark is run for")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail, ensure};

use crate::authority;
use crate::conditions;
use crate::contender::Contender;
use crate::jobs::Job;
use crate::limits::{DRIFT, Instructions, Limit};
use crate::stage::{ROOTS, Stage};

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.md");
const CALLGRIND: &str = "callgrind.out";
const COUNTED_ON: &str = "Counted on: ";

/// Millions of instructions by row.
type Counts = BTreeMap<&'static str, f64>;

/// What becomes of the counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// They are written into the table.
    Write,
    /// They are held against it and against the limits.
    Check,
    /// They are shown: those of some rows alone make no table.
    Show,
}

/// Counts.
///
/// # Errors
/// valgrind is missing, a command fails, or a limit or the table does not hold.
pub fn run(stage: &Stage, jobs: &[Job], what: What) -> Result<()> {
    let here = conditions::of_instructions(stage, authority::count(&stage.path(ROOTS))?);
    let committed = Committed::parse(&std::fs::read_to_string(TABLE).unwrap_or_default());
    let comparable = committed.conditions == here;
    println!("{here}\n\n{:<28} {:>12} {:>12} {:>12}", "M instructions", "counted", "committed", "limit");
    let mut counts = Counts::new();
    let mut misses = Vec::new();
    for (limit, ours) in jobs.iter().filter(|job| job.is_counted).flat_map(|job| &job.ours) {
        let count = count(stage, ours)?;
        counts.insert(limit.row, count);
        let before = committed.counts.get(limit.row).copied();
        let most = at_most(limit, &counts, &committed)?;
        let shown = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"));
        println!("{:<28} {count:>12.3} {:>12} {:>12}", limit.row, shown(before), shown(most));
        if let Some(most) = most.filter(|most| count > *most) {
            misses.push(format!("{}: {count:.3} M instructions, at most {most:.3} M", limit.row));
        }
        if comparable && !before.is_some_and(|before| is_near(count, before)) {
            let before = shown(before);
            misses.push(format!("{}: {count:.3} M instructions, {before} M in bench/instructions.md", limit.row));
        }
    }
    if what == What::Write {
        // What is near stays, so that a drift in small steps is seen when it adds up.
        let kept = |(row, count): (&'static str, f64)| {
            let before = committed.counts.get(row).filter(|before| comparable && is_near(count, **before));
            (row, before.copied().unwrap_or(count))
        };
        let rows: Vec<&str> = jobs.iter().flat_map(|job| job.ours.iter().map(|(limit, _)| limit.row)).collect();
        std::fs::write(TABLE, table(&here, &counts.into_iter().map(kept).collect(), &rows))?;
    }
    if what != What::Check {
        return Ok(());
    }
    if !comparable {
        println!("\nthe limits alone were held: the table was counted on {}", committed.conditions);
    }
    ensure!(misses.is_empty(), "too much, or not what was committed:\n{}", misses.join("\n"));
    Ok(())
}

fn is_near(count: f64, before: f64) -> bool {
    (count - before).abs() <= before * DRIFT
}

fn at_most(limit: &Limit, counts: &Counts, committed: &Committed) -> Result<Option<f64>> {
    Ok(match limit.instructions {
        Instructions::AtMost(most) => Some(most),
        Instructions::Above(row, more) => {
            let other = counts.get(row).or(committed.counts.get(row));
            Some(other.with_context(|| format!("`{row}` was not counted"))? + more)
        }
        Instructions::Any => None,
    })
}

/// The millions of instructions of a run.
fn count(stage: &Stage, contender: &Contender) -> Result<f64> {
    let text = callgrind(stage, contender, &[])?;
    let total = text.lines().rev().find_map(|line| line.strip_prefix("totals: ").or(line.strip_prefix("summary: ")));
    let total: f64 = total.context("callgrind wrote no total")?.trim().parse()?;
    Ok(total / 1e6)
}

/// The profile of a run, as callgrind writes it.
///
/// # Errors
/// valgrind is missing, or the run does not do its job.
pub fn callgrind(stage: &Stage, contender: &Contender, options: &[&str]) -> Result<String> {
    let valgrind = stage.find("valgrind").context("valgrind is not installed, which counts the instructions")?;
    let file = stage.path(CALLGRIND);
    let mut command = stage.command(valgrind);
    command.args(["--quiet", "--tool=callgrind"]).arg(format!("--callgrind-out-file={}", file.display()));
    command.args(options).arg(&contender.program).args(&contender.words);
    stage.prepare(&mut command, contender)?;
    let output = stage.path("counted");
    let status = command.stdout(Stdio::from(std::fs::File::create(&output)?)).status()?;
    let printed = std::fs::read_to_string(&output)?;
    let revoked = stage.server.take_revoked();
    if !status.success() || !contender.prints.is(&printed, revoked) {
        bail!("under valgrind, {:?} did not do its job: {status}", contender.words);
    }
    Ok(std::fs::read_to_string(&file)?)
}

/// What the committed table says.
struct Committed {
    conditions: String,
    counts: BTreeMap<String, f64>,
}

impl Committed {
    fn parse(text: &str) -> Self {
        let conditions = text.lines().find_map(|line| line.strip_prefix(COUNTED_ON)).unwrap_or("nothing yet");
        let counts = text.lines().filter_map(|line| {
            let (row, count) = line.strip_prefix("| `")?.strip_suffix(" |")?.split_once("` | ")?;
            Some((row.to_owned(), count.parse().ok()?))
        });
        Self { conditions: conditions.to_owned(), counts: counts.collect() }
    }
}

/// The table, its rows in this order.
fn table(here: &str, counts: &Counts, rows: &[&str]) -> String {
    let mut text = format!(
        "# Instructions\n\n\
         Written by `just instructions`. A change of more than 3 % is committed with its reason.\n\n\
         {COUNTED_ON}{here}\n\n| row | M instructions |\n| --- | --- |\n"
    );
    for row in rows {
        if let Some(count) = counts.get(row) {
            _ = writeln!(text, "| `{row}` | {count:.3} |");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_as_it_is_written() {
        let counts = Counts::from([("--version", 0.71), ("list 1,000, table", 22.5)]);
        let committed = Committed::parse(&table("x86_64, 145 roots", &counts, &["list 1,000, table", "--version"]));
        assert_eq!(committed.conditions, "x86_64, 145 roots");
        assert_eq!(committed.counts.get("--version"), Some(&0.71));
        assert_eq!(committed.counts.get("list 1,000, table"), Some(&22.5));
        assert_eq!(Committed::parse("").counts.len(), 0);
    }

    #[test]
    fn three_per_cent_are_near() {
        for (count, before, near) in
            [(102.9, 100.0, true), (97.1, 100.0, true), (103.1, 100.0, false), (96.9, 100.0, false)]
        {
            assert_eq!(is_near(count, before), near, "{count}");
        }
    }

    #[test]
    fn a_limit_above_another_row_needs_that_row() {
        let limit = Limit::of("create, TLS, system's roots").unwrap();
        let nothing = Committed::parse("");
        assert!(at_most(limit, &Counts::new(), &nothing).is_err());
        let counts = Counts::from([("create, TLS, one CA", 4.0)]);
        assert_eq!(at_most(limit, &counts, &nothing).unwrap(), Some(13.5));
        let committed = Committed::parse("| `create, TLS, one CA` | 4.500 |");
        assert_eq!(at_most(limit, &Counts::new(), &committed).unwrap(), Some(14.0));
    }
}

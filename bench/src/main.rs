//! What `jelou` costs beside curl, jq, Node, Python and gh.
//!
//! Whole processes are timed, from start to end, against a server of this process that says what
//! was made beforehand. Each contender is checked once, then all of a job take turns. `just bench`
//! builds and runs it, `just bench --check` fails where a limit of `limits.rs` is not kept, and
//! `just instructions` counts instructions instead.

mod answers;
mod authority;
mod compare;
mod conditions;
mod contender;
mod instructions;
mod jobs;
mod launcher;
mod limits;
mod order;
mod page;
mod report;
mod rivals;
mod sandbox;
mod server;
mod stage;
mod verdict;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail, ensure};
use clap::{Parser, Subcommand};

use crate::jobs::{Grows, Job};
use crate::stage::Stage;

/// What `jelou` costs beside curl, jq, Node, Python and gh.
#[derive(Parser)]
struct Arguments {
    /// The `jelou` that is measured
    #[arg(long, global = true, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/release/jelou"))]
    jelou: PathBuf,
    /// Measure only the jobs that have a row with this text in its name
    #[arg(long, global = true, default_value = "")]
    only: String,
    /// Fail where a limit is not kept
    #[arg(long, global = true)]
    check: bool,
    /// How many rounds; jobs that take long are run in every third or fifth
    #[arg(long, default_value_t = 25)]
    rounds: usize,
    /// Write the tables of `docs/speed.md`
    #[arg(long, conflicts_with = "only")]
    page: bool,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Subcommand)]
enum What {
    /// Count instructions, and write their table or check it
    Instructions,
    /// Write `order.ld`: which functions come first in the binary
    Order {
        /// The linker's map of a `jelou` with its symbols
        map: PathBuf,
    },
    /// Compare a sandbox that holds 200,000 tokens with one that holds ten
    Sandbox,
}

#[allow(clippy::print_stderr, reason = "errors are for people")]
fn main() -> ExitCode {
    let mut words = std::env::args_os();
    let is_launcher = words.nth(1).is_some_and(|word| word == launcher::WORD);
    match if is_launcher { launcher::launch(words) } else { run() } {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments = Arguments::parse();
    let stage = Stage::new(&arguments.jelou)?;
    if matches!(arguments.what, Some(What::Sandbox)) {
        return kept(&sandbox::run(&stage, arguments.rounds)?, arguments.check);
    }
    let (mut jobs, mut grows) = jobs::all(&stage)?;
    jobs.retain(|job| job.ours.iter().any(|(limit, _)| limit.row.contains(&arguments.only)));
    grows.retain(|grows| grows.limit.row.contains(&arguments.only));
    if jobs.is_empty() && grows.is_empty() {
        bail!("no row has `{}` in its name: nothing would be held against its limit", arguments.only);
    }
    match arguments.what {
        Some(What::Instructions) => {
            let what = match (arguments.check, arguments.only.is_empty()) {
                (true, _) => instructions::What::Check,
                (false, true) => instructions::What::Write,
                (false, false) => instructions::What::Show,
            };
            instructions::run(&stage, &jobs, what)
        }
        Some(What::Order { ref map }) => order::write(&stage, &jobs, map),
        Some(What::Sandbox) | None => compare(&stage, &jobs, &grows, &arguments),
    }
}

#[allow(clippy::print_stdout, reason = "it is what the benchmark is run for")]
fn compare(stage: &Stage, jobs: &[Job], grows: &[Grows], arguments: &Arguments) -> Result<()> {
    println!("{}: {}", conditions::machine(), conditions::rivals(stage).join(", "));
    for program in conditions::missing(stage) {
        println!("{program} is not installed, and left out");
    }
    report::head();
    let mut rows = Vec::new();
    let is_timed = |job: &&Job| job.ours.iter().any(|(limit, _)| !limit.times.is_empty() || limit.mib.is_some());
    for job in jobs.iter().filter(is_timed) {
        let measured = compare::job(stage, job, arguments.rounds)?;
        measured.iter().for_each(report::row);
        rows.extend(measured);
    }
    let mut larger = Vec::new();
    for grows in grows {
        let measured = compare::growth(stage, grows, arguments.rounds)?;
        report::grown(&measured);
        larger.push(measured);
    }
    let binary = stage.stripped_size()?;
    println!("the binary, stripped: {binary:.2} MiB, limit {}", limits::BINARY_MIB);
    if arguments.page {
        page::write(stage, &rows, &larger, binary, arguments.rounds)?;
    }
    kept(&verdict::all(&rows, &larger, binary), arguments.check)
}

/// Refuses what is over its limit, if that is asked for.
fn kept(held: &[verdict::Held], is_checked: bool) -> Result<()> {
    let missed: Vec<String> = held.iter().filter(|held| !held.is_kept()).map(verdict::Held::in_words).collect();
    ensure!(!is_checked || missed.is_empty(), "limits that are not kept:\n{}", missed.join("\n"));
    Ok(())
}

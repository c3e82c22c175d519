//! The tables of `docs/speed.md`, written from what was measured.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};

use crate::compare::{Grown, Row};
use crate::conditions;
use crate::stage::Stage;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/speed.md");
const BEGIN: &str = "<!-- measured: just bench --page -->\n";
const END: &str = "<!-- end -->";
/// The columns, in this order.
const RIVALS: [&str; 5] = ["curl", "curl and jq", "Node", "Python", "gh"];

/// What stands in the page for a row of the limits.
const JOBS: &[(&str, &str)] = &[
    ("create, HTTP", "create a token over HTTP"),
    ("create, TLS, one CA", "the same over TLS, `--ca-cert`"),
    ("create, TLS, system's roots", "the same over TLS, the system's roots"),
    ("list 1,000, table", "list 1,000 tokens, table"),
    ("list 1,000, --json", "list 1,000 tokens, `--json`"),
    ("list 1,000, --quiet", "list 1,000 tokens, `--quiet`"),
    ("list 100,000, --json", "list 100,000 tokens, `--json`"),
    ("list 100,000, --quiet", "list 100,000 tokens, `--quiet`"),
    ("list 100,000, --ndjson", "list 100,000 tokens, `--ndjson`"),
    ("revoke 200, HTTP", "revoke 200 tokens over HTTP"),
    ("revoke 200, TLS", "revoke 200 tokens over TLS"),
    ("revoke 200, 50 ms away", "revoke 200 tokens, 50 ms away"),
];

/// Rewrites the block of the page.
///
/// # Errors
/// The page has no such block, or a row was not measured.
pub fn write(stage: &Stage, rows: &[Row], grown: &[Grown], binary: f64, rounds: usize) -> Result<()> {
    let page = std::fs::read_to_string(PAGE)?;
    let (before, rest) = page.split_once(BEGIN).with_context(|| format!("docs/speed.md has no line `{BEGIN}`"))?;
    let (_, after) = rest.split_once(END).context("the block in docs/speed.md has no end")?;
    let block = block(stage, rows, grown, binary, rounds)?;
    Ok(std::fs::write(PAGE, format!("{before}{BEGIN}{block}{END}{after}"))?)
}

fn block(stage: &Stage, rows: &[Row], grown: &[Grown], binary: f64, rounds: usize) -> Result<String> {
    let find = |name: &str| rows.iter().find(|row| row.limit.row == name).with_context(|| format!("no `{name}`"));
    let mut text = format!(
        "Measured with {}; {rounds} rounds, fewer of what takes longer, on {}.\n\n| `jelou`'s time beside | {} | memory, MiB |\n|{}\n",
        conditions::rivals(stage).join(", "),
        conditions::machine(),
        RIVALS.join(" | "),
        " --- |".repeat(RIVALS.len() + 2),
    );
    for (name, job) in JOBS {
        let row = find(name)?;
        let times = RIVALS.map(|rival| {
            let beside = row.beside.iter().find(|beside| beside.rival == rival);
            beside.map_or_else(|| " |".to_owned(), |beside| format!(" {} |", significant(beside.ratio)))
        });
        writeln!(text, "| {job} |{} {:.1} |", times.concat(), row.ours.mib)?;
    }
    let start_up = find("--version")?;
    let beside = start_up.beside.first().context("no `true`")?;
    writeln!(
        text,
        "\n`jelou --version` takes {} times as long as `true`, and needs {:.1} MiB of memory. The binary has {binary:.1} MiB.",
        significant(beside.ratio),
        start_up.ours.mib,
    )?;
    text += "\n| memory as the work grows, MiB | from | to |\n| --- | --- | --- |\n";
    for Grown { limit, costs: [small, large], .. } in grown {
        writeln!(text, "| `{}` | {:.1} | {:.1} |", limit.row, small.mib, large.mib)?;
    }
    Ok(text)
}

/// Two significant digits.
fn significant(ratio: f64) -> String {
    if ratio < 0.095 { format!("{ratio:.3}") } else { format!("{ratio:.2}") }
}

#[test]
fn the_page_has_the_block() {
    let page = std::fs::read_to_string(PAGE).unwrap();
    assert!(page.split_once(BEGIN).is_some_and(|(_, rest)| rest.contains(END)));
}

//! The vendor's pages, line by line: every command, header, status, output and body that they show.
//!
//! Where a page shows `https://my-function.fn.jelou.ai`, the sandbox's address stands here, and
//! where it shows `jfn_rt_abc123...`, a value that the sandbox issued. Nothing else is changed.

mod gateway;
mod lifecycle;
mod lines;
mod pipeline;
mod programs;
mod verbs;

use std::time::Duration;

use jelou::sandbox::Fixture;

use crate::support::cli::Cli;

/// The body of a 401, to the letter.
const UNAUTHORIZED: &str = r#"{"error":"Unauthorized","message":"Missing or invalid X-Jelou-Token header"}"#;

/// A sandbox with the functions of the pages.
fn cli() -> Cli {
    let functions = ["my-function", "mi-funcion", "other-function", "otra-funcion"];
    let functions = functions.map(|slug| format!(r#"{{"slug": "{slug}"}}"#)).join(", ");
    let functions = Fixture::parse(&format!(r#"{{"functions": [{functions}]}}"#)).unwrap();
    Cli::with(|builder| builder.fixture(functions).redeploy_delay(Duration::from_millis(20)))
}

/// Where a function answers.
fn address(cli: &Cli, slug: &str) -> String {
    format!("{}/fn/{slug}", cli.sandbox.gateway_url())
}

/// The lines, with runs of spaces as one: the widths of columns follow what stands in them.
fn lines(text: &str) -> Vec<String> {
    text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

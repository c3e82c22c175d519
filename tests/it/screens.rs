//! Every command's human output, whole: status, stdout and stderr, as files that are reviewed.
//!
//! The clock of the sandbox stands at 2026-04-05T09:00:00Z, so that times are the same in every
//! run.

mod accounts;
mod calls;
mod deploys;
mod functions;
mod issuing;
mod picture;
mod questions;
mod recovering;
mod sandbox;
mod tokens;

use std::time::Duration;

use jelou::sandbox::{Fixture, SandboxClock};
use serde_json::json;

use crate::support::cli::Cli;
use crate::support::repository::{files, read};
use crate::support::screens::FOLDER;

/// Every change is live at once.
fn live() -> Cli {
    Cli::with(|builder| builder.clock(SandboxClock::manual()).redeploy_delay(Duration::ZERO))
}

/// No change is ever live.
fn pending() -> Cli {
    Cli::with(|builder| builder.clock(SandboxClock::manual()).redeploy_delay(Duration::from_secs(3600)))
}

/// Every change is live at once; `my-function` has tokens of every kind and `empty` none.
fn with_tokens() -> Cli {
    let fixture = json!({"functions": [{"slug": "my-function", "tokens": [
        {"name": "pr-1", "created_at": "2020-01-01T00:00:00Z"},
        {"name": "pr-2", "created_at": "2021-01-01T00:00:00Z", "last_used_at": "2022-01-01T12:30:00Z"},
        {"name": "off", "created_at": "2019-01-01T00:00:00Z", "disabled": true},
        {"name": "gone", "created_at": "2018-01-01T00:00:00Z", "expires_at": "2018-02-01T00:00:00Z"},
    ]}, {"slug": "empty", "deployed": false}]});
    let fixture = Fixture::parse(&fixture.to_string()).unwrap();
    Cli::with(|builder| builder.fixture(fixture).clock(SandboxClock::manual()).redeploy_delay(Duration::ZERO))
}

/// A file that no test names is never compared.
#[test]
fn every_screen_is_compared() {
    let sources: String = files("tests/it", ".rs").iter().map(|file| read(file)).collect();
    for file in files(FOLDER, ".snap") {
        let name = file.strip_prefix(&format!("{FOLDER}/")).unwrap().trim_end_matches(".snap");
        assert!(sources.contains(&format!(".check(\"{name}\")")), "no test compares {file}");
    }
    assert!(files(FOLDER, ".new").is_empty(), "screens that were not reviewed");
}

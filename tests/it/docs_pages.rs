//! The pages of `docs/`: every block is run, compared, or an excerpt of a file, and every link leads
//! somewhere.

mod links;
mod page;
mod statuses;

use crate::support::markdown::blocks;
use crate::support::repository::{files, read};

/// Every page of `docs/` with the blocks that were seen, the pages side by side.
#[test]
fn every_block_of_every_page_is_run_or_compared() {
    let mut pages = files("docs", ".md");
    if !cfg!(target_os = "linux") {
        pages.retain(|page| page != "docs/testing-pipelines.md");
        crate::support::skipped("docs/testing-pipelines.md shows refusals for which `/proc` is read");
    }
    assert!(pages.len() > 1, "{pages:?}");
    std::thread::scope(|scope| {
        let runs: Vec<_> = pages.iter().map(|name| (name, scope.spawn(|| page::run(name, &read(name))))).collect();
        for (name, run) in runs {
            let seen = run.join().unwrap_or_else(|_| panic!("{name} fails; see above"));
            assert!(
                blocks(&read(name)).is_empty() || seen != page::Seen::default(),
                "{name} has blocks, and none of them proves anything"
            );
        }
    });
}

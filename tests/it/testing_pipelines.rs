//! `docs/testing-pipelines.md`: every command is run, and prints what the page says.

use crate::readme::{Block, blocks, essence};
use crate::support::cli::{Cli, Ran};
use crate::support::workflow::repository;

/// What a block is for, by the comment above it.
enum Use {
    /// A file of the pipeline.
    File(String),
    /// Commands, and the status with which they end.
    Commands(i32),
    /// What the commands before it print.
    Printed,
}

fn purpose(block: &Block) -> Use {
    let comment = block.comment.as_deref().map(|comment| comment.split_once(": ").expect("a kind and a value"));
    match (block.language.as_str(), comment) {
        ("sh", Some(("file", name))) => Use::File(name.to_owned()),
        ("sh", Some(("ends", status))) => Use::Commands(status.parse().expect("a status")),
        ("sh", None) => Use::Commands(0),
        ("text", None) => Use::Printed,
        _ => panic!("a block that nobody runs: {}", block.text),
    }
}

/// Without the empty lines that stand before masks.
fn lines(text: &str) -> Vec<String> {
    essence(text).into_iter().filter(|line| !line.is_empty()).collect()
}

#[test]
fn every_command_of_the_page_is_run() {
    let mut cli = Cli::new();
    for name in ["JELOU_API_URL", "JELOU_GATEWAY_URL", "JELOU_TOKEN"] {
        cli.unset(name);
    }
    let page = std::fs::read_to_string(repository("docs/testing-pipelines.md")).unwrap();
    let mut before: Option<Ran> = None;
    let (mut ran, mut compared) = (0, 0);
    for block in blocks(&page) {
        match purpose(&block) {
            Use::File(name) => _ = cli.write(&name, &block.text),
            Use::Commands(status) => {
                before = Some(cli.bash(&format!("exec 2>&1\n{}", block.text)).ended(status));
                ran += 1;
            }
            Use::Printed => {
                let printed = before.take().expect("commands stand before it").stdout;
                assert_eq!(lines(&printed), lines(&block.text), "{}", block.text);
                compared += 1;
            }
        }
    }
    assert!(ran >= 7 && compared >= 6, "{ran} blocks are run, {compared} compared");
}

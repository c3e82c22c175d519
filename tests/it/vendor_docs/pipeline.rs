//! The page's CI snippet, to the letter, under GitHub's default shell.

use super::cli;
use crate::support::cli::Cli;
use crate::support::runner::{Order, Runner};
use crate::support::tools;

const SNIPPET: &str = r#"
TOKEN=$(jelou tokens create mi-funcion --name ci-staging --json | jq -r '.data.token')
echo "::add-mask::$TOKEN"
"#;

fn runner(cli: &Cli, order: Order) -> Runner {
    tools::require();
    let runner = Runner::new(cli.folder()).order(order);
    cli.env().iter().fold(runner, |runner, (name, value)| runner.env(name, value))
}

#[test]
fn the_snippet_extracts_the_value_and_masks_it() {
    for order in [Order::StderrFirst, Order::StdoutFirst] {
        let cli = cli();
        let mut runner = runner(&cli, order);
        let step = runner.step(&format!("{SNIPPET}printf %s \"$TOKEN\" > value\necho \"the token is $TOKEN\"\n"));
        assert_eq!(step.status, 0, "{}", step.log);
        let value = std::fs::read_to_string(cli.folder().join("value")).unwrap();
        assert!(value.starts_with("jfn_rt_sbx_"), "{value}");
        assert!(step.log.contains("the token is ***") && !step.log.contains(&value), "{}", step.log);
        let masks: Vec<&str> = runner.commands().iter().map(|command| command.data.as_str()).collect();
        assert!(masks.iter().filter(|mask| **mask == value).count() == 2, "by us, then by the page's own line");
    }
}

#[test]
fn the_snippet_stops_where_the_token_cannot_be_created() {
    let cli = cli();
    cli.jelou(&["tokens", "create", "mi-funcion", "--name", "ci-staging"]).ended(0);
    let step = runner(&cli, Order::StderrFirst).step(&format!("{SNIPPET}echo went on\n"));
    assert_eq!(step.status, 5, "jq refuses to look into `false`: {}", step.log);
    assert!(step.log.contains("CONFLICT") && !step.log.contains("went on"), "{}", step.log);
}

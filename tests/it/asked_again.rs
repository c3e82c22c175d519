//! A request whose answer was lost, asked again by the command that the hint gives: the value goes
//! where it was to go, and nothing of the first run is left.

use jelou::sandbox::Fault;

use crate::support::cli::Cli;

/// The command of the hint.
fn command_of(stderr: &str) -> &str {
    let (_, rest) = stderr.split_once("the new token may exist: run `").expect("a hint");
    rest.split_once("`, or ").expect("another way").0
}

#[test]
fn the_command_of_the_hint_delivers_as_the_first_one_and_clears_its_record() {
    for line in [
        "tokens create my-function --name ci --expires-in 1h --wait --to 'file:a b'",
        "tokens create my-function --name ci --to 'file:a b' --to dotenv:.env:TOKEN",
        "tokens rotate my-function default --grace 10m --to 'file:a b' --force",
        "tokens regenerate my-function default -y --wait --to 'file:a b'",
    ] {
        let cli = Cli::new();
        cli.sandbox.inject(Fault::reset_after().method("POST").path("/v1/functions/**").times(1));
        let ran = cli.bash(&format!("jelou {line} --retries 0")).ended(10);
        let command = command_of(&ran.stderr);
        let ran = cli.bash(command).ended(0);
        let value = std::fs::read_to_string(cli.folder().join("a b")).unwrap();
        assert!(value.starts_with("jfn_rt_"), "{line}: {ran:?}");
        assert!(!ran.stdout.contains(value.trim()) && !ran.stderr.contains(value.trim()), "{line}: {ran:?}");
        let _ = cli.bash("jelou tokens verify my-function --token-stdin <'a b'").ended(0);
        // The one that it began with, or its successor; and the new one, or the old one in its grace.
        let expected = if line.contains("regenerate") { 1 } else { 2 };
        assert_eq!(cli.sandbox.tokens("my-function").len(), expected, "{line}");
        let ran = cli.jelou(&["tokens", "recover"]).ended(5);
        assert!(ran.stderr.contains("Nothing was left behind"), "{line}: {ran:?}");
    }
}

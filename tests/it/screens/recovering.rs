//! `tokens recover`, and what is said of a run that was killed.

use super::pending;
use crate::support::cli::Cli;
use crate::support::screens::Screens;

/// Kills a create that waits for its redeploy.
fn kill_create(cli: &Cli, name: &str) {
    let before = cli.sent(false).len();
    let mut running = cli.start(&["tokens", "create", "my-function", "--name", name, "--wait"]);
    crate::support::running::until("the wait", || {
        cli.sent(false)[before..].iter().any(|line| line.contains("/deployments/")).then_some(())
    });
    running.signal(9);
    assert_eq!(running.end().signal, Some(9));
}

#[test]
fn recover() {
    let mut screens = Screens::default();
    let cli = pending();
    screens.run(&cli, "jelou tokens recover").ended(5);
    screens.run(&cli, "jelou tokens recover --revoke -y").ended(0);
    kill_create(&cli, "ci");
    screens.run(&cli, "jelou tokens list my-function").ended(0);
    screens.run(&cli, "jelou tokens recover --to file:token").ended(0);
    kill_create(&cli, "second");
    screens.run(&cli, "jelou tokens recover").ended(0);
    kill_create(&cli, "third");
    kill_create(&cli, "fourth");
    screens.run(&cli, "jelou tokens recover").ended(2);
    screens.run(&cli, "jelou tokens recover --revoke").ended(2);
    screens.run(&cli, "jelou tokens recover --revoke -y").ended(0);
    screens.check("tokens_recover");
}

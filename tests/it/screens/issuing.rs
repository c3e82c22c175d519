//! `tokens create`, `rotate`, `regenerate` and `exec`.

use jelou::sandbox::Fault;

use super::{live, pending};
use crate::support::screens::Screens;

const CREATE: &str = "jelou tokens create my-function --name ci";

#[test]
fn create() {
    let mut screens = Screens::default();
    let cli = pending();
    screens.run(&cli, CREATE).ended(0);
    screens.run(&cli, CREATE).ended(7);
    screens.run(&cli, "jelou tokens create my-function --name quiet --quiet").ended(0);
    screens.run(&cli, "jelou tokens create my-function --name file --to file:token").ended(0);
    screens.run(&cli, "jelou tokens create my-function --name file-2 --to file:token").ended(2);
    screens.run(&cli, "jelou tokens create my-function --name both --to stdout --to file:other").ended(0);
    screens.run(&cli, "jelou tokens create my-function --name month --expires-in 30d").ended(0);
    screens.run(&cli, "jelou tokens create my-function --name 'no name'").ended(2);
    screens.run(&cli, "jelou tokens create nobody --name ci").ended(5);
    screens.check("tokens_create");
}

#[test]
fn create_and_wait() {
    let mut screens = Screens::default();
    let cli = live();
    screens.run(&cli, &format!("{CREATE} --wait")).ended(0);
    cli.sandbox.inject(Fault::redeploy_fails());
    screens.run(&cli, "jelou tokens create my-function --name failed --wait").ended(11);
    let cli = pending();
    screens.run(&cli, &format!("{CREATE} --wait --timeout 100ms")).ended(11);
    screens.run(&cli, "jelou tokens create my-function --name slow --wait --timeout 100ms --to file:token").ended(11);
    screens.check("tokens_create_wait");
}

#[test]
fn create_that_cannot_be_delivered() {
    if !cfg!(target_os = "linux") {
        return crate::support::skipped("no other system has `/dev/full`");
    }
    let mut screens = Screens::default();
    let cli = pending();
    screens.run(&cli, &format!("{CREATE} --to command:false")).ended(13);
    screens.run(&cli, &format!("{CREATE} --to file:token --to command:false")).ended(13);
    screens.run(&cli, &format!("{CREATE} --to nowhere:x")).ended(2);
    screens.run(&cli, &format!("{CREATE} --to file:no/such/folder/token")).ended(2);
    screens.run(&cli, &format!("{CREATE} > /dev/null")).ended(2);
    screens.run(&cli, &format!("{CREATE} > /dev/full")).ended(13);
    cli.sandbox.inject(Fault::status(403).method("DELETE").always());
    screens.run(&cli, &format!("{CREATE} --to command:false")).ended(13);
    screens.check("tokens_create_undelivered");
}

#[test]
fn create_with_an_unknown_outcome() {
    let mut screens = Screens::default();
    let cli = pending();
    cli.sandbox.inject(Fault::reset_after().method("POST").always());
    screens.run(&cli, &format!("{CREATE} --retries 0 --idempotency-key build-7")).ended(10);
    cli.sandbox.clear_faults();
    screens.run(&cli, &format!("{CREATE} --idempotency-key build-7")).ended(0);
    screens.check("tokens_create_unknown");
}

#[test]
fn rotate() {
    let mut screens = Screens::default();
    let cli = live();
    screens.run(&cli, "jelou tokens rotate my-function default").ended(0);
    screens.run(&cli, "jelou tokens rotate my-function default --to file:token").ended(0);
    screens.run(&cli, "jelou tokens rotate my-function default --grace 10m --to file:second").ended(0);
    screens.run(&cli, "jelou tokens create my-function --name default --if-exists rotate --to file:third").ended(0);
    screens.run(&cli, "jelou tokens rotate my-function nobody").ended(5);
    screens.run(&cli, "jelou tokens rotate my-function default --to command:false").ended(13);
    cli.sandbox.inject(Fault::status(400).method("DELETE").always());
    screens.run(&cli, "jelou tokens rotate my-function default --to file:fourth").ended(12);
    screens.check("tokens_rotate");
}

#[test]
fn rotate_that_is_not_live() {
    let mut screens = Screens::default();
    let cli = live();
    cli.sandbox.inject(Fault::redeploy_fails().method("POST"));
    screens.run(&cli, "jelou tokens rotate my-function default --to file:token").ended(13);
    let cli = pending();
    screens.run(&cli, "jelou tokens rotate my-function default --timeout 100ms").ended(13);
    screens.check("tokens_rotate_not_live");
}

#[test]
fn regenerate() {
    let mut screens = Screens::default();
    let cli = pending();
    screens.run(&cli, "jelou tokens regenerate my-function default").ended(2);
    screens.run(&cli, "jelou tokens regenerate my-function default -y").ended(0);
    screens.run(&cli, "jelou tokens regenerate my-function default -y --to file:token").ended(0);
    let cli = live();
    screens.run(&cli, "jelou tokens regenerate my-function default -y --wait").ended(0);
    cli.sandbox.inject(Fault::redeploy_fails().times(2));
    screens.run(&cli, "jelou tokens regenerate my-function default -y --wait").ended(11);
    screens.check("tokens_regenerate");
}

#[test]
fn exec() {
    let mut screens = Screens::default();
    let cli = live();
    screens.run(&cli, "jelou tokens exec my-function -- sh -c 'echo out; echo err >&2; exit 7'").ended(7);
    screens.run(&cli, "jelou tokens exec my-function -- no-such-program").ended(2);
    screens.run(&cli, "jelou tokens exec my-function --name default -- true").ended(7);
    cli.sandbox.inject(Fault::redeploy_fails().method("POST"));
    screens.run(&cli, "jelou tokens exec my-function -- true").ended(13);
    cli.sandbox.inject(Fault::status(403).method("DELETE").always());
    screens.run(&cli, "jelou tokens exec my-function --name e2e -- true").ended(12);
    screens.check("tokens_exec");
}

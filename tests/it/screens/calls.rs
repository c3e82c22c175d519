//! `call`.

use jelou::sandbox::{Fault, Plane};

use super::live;
use crate::support::screens::Screens;

#[test]
fn calls() {
    if !cfg!(target_os = "linux") {
        return crate::support::skipped("no other system has `/dev/full`");
    }
    let mut screens = Screens::default();
    let mut cli = live();
    let value = cli.sandbox.default_token("my-function").unwrap();
    cli.set("JELOU_FUNCTION_TOKEN", &value).unset("JELOU_TOKEN");
    screens.run(&cli, "jelou call my-function").ended(0);
    screens.run(&cli, "jelou call my-function '/greet?name=Ada' -d '{\"a\": 1}' -H 'X-Trace: 7'").ended(0);
    screens.run(&cli, "echo text | jelou call my-function -d @- -X PUT -H 'Content-Type: text/plain'").ended(0);
    screens.run(&cli, "jelou call my-function /__health -v").ended(0);
    screens.run(&cli, "jelou call nobody /x").ended(5);
    screens.run(&cli, "jelou call other-function").ended(3);
    for status in [400, 403, 429, 500] {
        cli.sandbox.inject(Fault::status(status).on(Plane::Gateway));
        screens.run(&cli, "jelou call my-function -d x > answer").ended(match status {
            400 => 6,
            403 => 4,
            429 => 8,
            _ => 9,
        });
    }
    cli.sandbox.inject(Fault::redirect().on(Plane::Gateway));
    screens.run(&cli, "jelou call my-function").ended(9);
    cli.sandbox.inject(Fault::reset_after().on(Plane::Gateway));
    screens.run(&cli, "jelou call my-function -d x").ended(10);
    cli.sandbox.inject(Fault::truncated().on(Plane::Gateway));
    screens.run(&cli, "jelou call my-function").ended(10);
    screens.run(&cli, "jelou call my-function -d x > /dev/full").ended(1);
    screens.run(&cli, "jelou call").ended(2);
    screens.run(&cli, "jelou call My_Function").ended(2);
    screens.run(&cli, "jelou call my-function x").ended(2);
    screens.run(&cli, "jelou call my-function '/a/../b c#d'").ended(2);
    screens.run(&cli, "jelou call my-function '/a/../b'").ended(2);
    screens.run(&cli, "jelou call my-function -H 'X-Jelou-Token: x'").ended(2);
    screens.run(&cli, "jelou call my-function -d @nothing").ended(2);
    screens.run(&cli, "jelou call my-function --json").ended(2);
    cli.unset("JELOU_FUNCTION_TOKEN");
    screens.run(&cli, "jelou call my-function").ended(3);
    screens.check("calls");
}

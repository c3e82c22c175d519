//! `sandbox`, and what the command line itself says.

use super::pending;
use crate::support::screens::Screens;

#[test]
fn sandbox() {
    let mut screens = Screens::default();
    let cli = pending();
    cli.jelou(&["tokens", "create", "my-function", "--name", "ci"]).ended(0);
    screens.run(&cli, "jelou sandbox journal").ended(0);
    screens.run(&cli, "jelou sandbox advance 10m").ended(0);
    screens.run(&cli, "jelou sandbox faults 'status=503 GET /v1/me x2' 'delay=1ms x*'").ended(0);
    screens.run(&cli, "jelou sandbox status").ended(0);
    screens.run(&cli, "jelou sandbox faults --clear").ended(0);
    screens.run(&cli, "jelou sandbox faults").ended(2);
    screens.run(&cli, "jelou sandbox faults 'reset-afer POST'").ended(2);
    screens.run(&cli, "jelou sandbox run --scenario lost-answer -- true").ended(2);
    screens.run(&cli, "jelou sandbox reset").ended(0);
    screens.run(&cli, "jelou sandbox faults 'status=nonsense'").ended(2);
    screens
        .run(&cli, "jelou sandbox run -- sh -c 'jelou tokens list my-function --jq \".data[].name\"; exit 3'")
        .ended(3);
    screens.run(&cli, "jelou sandbox run -- no-such-program").ended(2);
    screens.run(&cli, "jelou sandbox run --strict-faults --fault 'status=500 GET /none' -- true").ended(2);
    screens.run(&cli, "jelou sandbox stop").ended(0);
    screens.run(&cli, "jelou sandbox status").ended(10);
    screens.check("sandbox");
}

#[test]
fn usage_errors() {
    let mut screens = Screens::default();
    let cli = pending();
    for line in [
        "jelou",
        "jelou tokens",
        "jelou tokens creat",
        "jelou tokens create",
        "jelou tokens create my-function --nmae ci",
        "jelou tokens create my-function --name ci --if-exists maybe",
        "jelou tokens create my-function --name",
        "jelou tokens list my-function --quiet --json",
        "jelou tokens list my-function --jq '.data['",
        "jelou tokens list my-function --retries x",
        "jelou tokens list 'No Slug'",
        "jelou schema nonsense",
        "JELOU_API_URL=ftp://x jelou whoami",
        "JELOU_API_URL=http://example.com jelou whoami",
    ] {
        screens.run(&cli, line).ended(2);
    }
    screens.check("usage_errors");
}

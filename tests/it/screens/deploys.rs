//! `deploy`, `deployments` and `rollback`.

use jelou::sandbox::Fault;

use super::{live, pending};
use crate::support::cli::Cli;
use crate::support::screens::Screens;

fn with_project(cli: Cli) -> Cli {
    cli.write("jelou.json", r#"{"slug":"fresh","name":"Fresh one"}"#);
    cli.write("index.ts", "export default (input: unknown) => input;");
    cli
}

#[test]
fn deploy() {
    let mut screens = Screens::default();
    let cli = with_project(live());
    screens.run(&cli, "jelou deploy").ended(2);
    screens.run(&cli, "jelou deploy -y --wait").ended(0);
    screens.run(&cli, "jelou deploy -y --wait").ended(0);
    cli.write("logo.png", "x");
    cli.write("lib/run.sh", "x");
    screens.run(&cli, "jelou deploy -y").ended(0);
    screens.run(&cli, "jelou deploy -y --quiet").ended(0);
    cli.sandbox.inject(Fault::redeploy_fails());
    screens.run(&cli, "jelou deploy -y --wait").ended(11);
    screens.check("deploy");
}

#[test]
fn the_first_deploy() {
    let mut screens = Screens::default();
    screens.run(&with_project(pending()), "jelou deploy -y").ended(0);
    screens.run(&with_project(pending()), "jelou deploy -y --to file:token").ended(0);
    screens.run(&with_project(pending()), "jelou deploy -y --quiet").ended(0);
    let cli = with_project(live());
    cli.sandbox.inject(Fault::redeploy_fails());
    screens.run(&cli, "jelou deploy -y --wait").ended(11);
    screens.run(&with_project(pending()), "jelou deploy -y --to command:false").ended(13);
    screens.check("deploy_first");
}

#[test]
fn a_project_that_cannot_be_deployed() {
    let mut screens = Screens::default();
    let cli = with_project(live());
    screens.run(&cli, "jelou deploy nowhere -y").ended(2);
    for content in ["{", "{}", r#"{"slug":"../../me"}"#, r#"{"slug":"fresh","entrypoint":"main.ts"}"#] {
        cli.write("jelou.json", content);
        screens.run(&cli, "jelou deploy -y").ended(2);
    }
    cli.write("jelou.json", r#"{"slug":"fresh"}"#);
    cli.write("big.txt", "x".repeat(256 * 1024 + 1));
    screens.run(&cli, "jelou deploy -y").ended(2);
    std::fs::remove_file(cli.folder().join("big.txt")).unwrap();
    for number in 0..19 {
        cli.write(&format!("lib/{number}.ts"), "1");
    }
    screens.run(&cli, "jelou deploy -y").ended(2);
    screens.check("deploy_refused");
}

#[test]
fn deployments() {
    let mut screens = Screens::default();
    let cli = live();
    cli.jelou(&["tokens", "create", "my-function", "--name", "ci"]).ended(0);
    let id = cli.jelou(&["deployments", "list", "my-function", "--quiet"]).ended(0).stdout;
    let id = id.lines().next().unwrap();
    screens.run(&cli, "jelou deployments list my-function").ended(0);
    screens.run(&cli, &format!("jelou deployments info my-function {id}")).ended(0);
    screens.run(&cli, &format!("jelou deployments wait my-function {id}")).ended(0);
    screens.run(&cli, "jelou deployments info my-function dep_nobody").ended(5);
    screens.run(&cli, "jelou deployments wait my-function tok_x").ended(2);
    screens.check("deployments");
}

#[test]
fn rollback() {
    let mut screens = Screens::default();
    for (cli, flags) in [(live(), "--wait"), (pending(), "")] {
        let id = cli.jelou(&["deployments", "list", "my-function", "--quiet"]).ended(0).stdout;
        let line = format!("jelou rollback my-function {} -y {flags}", id.trim());
        screens.run(&cli, line.trim_end()).ended(0);
    }
    let cli = live();
    screens.run(&cli, "jelou rollback my-function").ended(2);
    screens.run(&cli, "jelou rollback my-function dep_1").ended(2);
    screens.run(&cli, "jelou rollback dep_1 my-function -y").ended(2);
    screens.run(&cli, "jelou rollback my-function dep_nobody -y").ended(5);
    screens.run(&cli, "jelou rollback dep_nobody -y").ended(2);
    screens.check("rollback");
}

#[test]
fn downloads() {
    let mut screens = Screens::default();
    let cli = with_project(live());
    cli.jelou(&["deploy", "-y"]).ended(0);
    let id = cli.jelou(&["deployments", "list", "fresh", "--quiet"]).ended(0).stdout;
    let line = format!("jelou deployments download fresh {}", id.trim());
    screens.run(&cli, &line).ended(0);
    screens.run(&cli, &line).ended(2);
    screens.run(&cli, &format!("{line} --force")).ended(0);
    screens.run(&cli, &format!("{line} -o code.tar")).ended(0);
    screens.run(&cli, &format!("{line} -o code.zip")).ended(2);
    screens.run(&cli, &format!("{line} -o jelou.json")).ended(2);
    let slips = r#"{"files":[{"path":"../x","content":""}]}"#;
    cli.sandbox.inject(Fault::answer(200, slips).path("/v1/functions/*/deployments/*/artifact"));
    screens.run(&cli, &format!("{line} -o out")).ended(9);
    screens.check("downloads");
}

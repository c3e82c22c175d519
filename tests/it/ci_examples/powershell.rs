//! `powershell/pipeline.ps1`, by PowerShell 7 where it is installed; what can be seen in its text is
//! looked at everywhere.

use jelou::sandbox::Fault;

use super::{FUNCTION, cli, names, read, shows_no_value};
use crate::support::cli::{Cli, Ran};
use crate::support::workflow::repository;
use crate::support::{skipped, tools};

const SCRIPT: &str = "ci-examples/powershell/pipeline.ps1";

/// Runs the script, unless there is no PowerShell.
fn run(cli: &Cli, function: &str) -> Option<Ran> {
    if !tools::is_installed("pwsh") {
        skipped("PowerShell 7 (`pwsh`) is not installed");
        return None;
    }
    let script = repository(SCRIPT).display().to_string();
    let mut command = assert_cmd::Command::new("pwsh");
    command.args(["-NoLogo", "-NoProfile", "-NonInteractive", "-File", &script, "-Function", function]);
    command.env_clear().envs(cli.env()).env("POWERSHELL_TELEMETRY_OPTOUT", "1").current_dir(cli.folder());
    let ran = Ran::of(command.timeout(crate::support::TIMEOUT));
    shows_no_value(&ran.stdout);
    shows_no_value(&ran.stderr);
    Some(ran)
}

#[test]
fn a_token_is_created_used_and_revoked() {
    let cli = cli();
    let Some(ran) = run(&cli, FUNCTION) else { return };
    let _ = ran.ended(0);
    assert_eq!(cli.sandbox.invocations(FUNCTION), 1);
    assert_eq!(names(&cli), ["default", "partner-api"]);
}

/// What is broken: a variable of the script, or the platform.
enum Broken {
    Variable(&'static str, &'static str),
    Platform(Box<Fault>),
}

#[test]
fn each_failure_is_the_status_of_the_script_and_leaves_no_token() {
    let variable = |name: &'static str, value: &'static str| Broken::Variable(name, value);
    for (what, broken, status) in [
        ("a wrong token", variable("JELOU_TOKEN", "jfn_pat_sbx_nobody0nobody0nobody0"), 3),
        ("a platform that is down", variable("JELOU_API_URL", "http://127.0.0.1:1"), 10),
        ("a deployment that fails", Broken::Platform(Box::new(Fault::redeploy_fails())), 11),
        ("a function that fails", Broken::Platform(Box::new(Fault::status(500).path("/fn/**").method("POST"))), 9),
        ("no such function", variable("LANG", "C.UTF-8"), 5),
    ] {
        let mut cli = cli();
        match broken {
            Broken::Variable(name, value) => _ = cli.set(name, value),
            Broken::Platform(fault) => cli.sandbox.inject(*fault),
        }
        let function = if status == 5 { "no-such-function" } else { FUNCTION };
        let Some(ran) = run(&cli, function) else { return };
        assert_eq!(ran.status, status, "{what}: {ran:?}");
        assert_eq!(names(&cli), ["default", "partner-api"], "{what}");
        assert_eq!(cli.sandbox.invocations(FUNCTION), 0, "{what}");
    }
}

/// In PowerShell a program that fails stops nothing: its status is asked for in the next line.
#[test]
fn the_status_of_every_program_is_looked_at() {
    let text = read(&repository(SCRIPT));
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.starts_with('#')).collect();
    let mut programs = 0;
    for (at, line) in lines.iter().enumerate() {
        if line.starts_with("jelou ") || line.contains("= jelou ") {
            programs += 1;
            let next = lines[at + 1];
            assert!(next.starts_with("Confirm-Status '") || next.contains("= $LASTEXITCODE"), "{line}\n{next}");
        }
        assert!(!line.contains("2>"), "a mask that is redirected is read by nobody: {line}");
    }
    assert_eq!(programs, 4);
    for setting in ["$ErrorActionPreference = 'Stop'", "$PSNativeCommandUseErrorActionPreference = $false"] {
        assert!(lines.contains(&setting), "{setting}");
    }
    assert!(text.contains("--ignore-missing --wait -y") && text.contains("\nfinally {\n"), "it is revoked in any case");
}

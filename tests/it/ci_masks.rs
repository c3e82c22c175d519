//! In an emulated GitHub job, whose runner reads stdout before stderr: no token's value is readable
//! in the log.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jelou::sandbox::Fault;

use crate::support::cli::Cli;
use crate::support::runner::{Dialect, Order, Runner, Shell};

/// Every verb that delivers a new value; the token `ci` exists.
const VERBS: [&str; 4] = [
    "tokens create my-function --name new",
    "tokens create my-function --name ci --if-exists rotate",
    "tokens rotate my-function ci",
    "tokens regenerate my-function ci -y",
];
const FORMATS: [&str; 4] = ["", "--json", "--quiet", "--jq .data.token"];
/// A later step that prints the value in the file `value`, as it is and encoded.
const CARELESS: &str = "V=$(cat value)\necho \"$V\"\necho \"Bearer $V\" >&2\nprintf %s \"$V\" | base64 | tr -d '\\n'; echo\n\
                        echo \"$V\" | base64 | tr -d '\\n'; echo\nprintf %s \"user:$V\" | base64 | tr -d '\\n'; echo\n\
                        printf '{\"a\":\"%s\"}' \"$V\" | base64 | tr -d '\\n'; echo\nprintf %s \"$V\" | jq -Rc '{token: .}'\n";

/// A job in the folder of a test, whose steps have `jelou` and its sandbox.
pub fn job(cli: &Cli) -> Runner {
    cli.env().iter().fold(Runner::new(cli.folder()), |runner, (name, value)| runner.env(name, value))
}

/// A platform with the token `ci`, created outside of the job.
fn with_ci() -> Cli {
    let cli = Cli::new();
    cli.jelou(&["tokens", "create", "my-function", "--name", "ci", "--wait", "--quiet"]).ended(0);
    cli
}

/// Asserts that a log contains the value neither as it is nor within base64 of a longer text.
#[track_caller]
pub fn assert_hidden(log: &str, value: &str) {
    assert!(value.len() > 20 && value.starts_with("jfn_rt_sbx_"), "{value:?}");
    assert!(!log.contains(value), "{log}");
    for before in ["", "u", "us"] {
        let encoded = STANDARD.encode(format!("{before}{value}"));
        let core = &encoded[4..encoded.len() - 4];
        assert!(!log.contains(core), "base64, {} before: {log}", before.len());
    }
}

/// The value that `--to file:value` has written.
fn delivered(cli: &Cli) -> String {
    std::fs::read_to_string(cli.folder().join("value")).unwrap()
}

/// Runs a step, then one that prints the value, and asserts that the log hides the value in the
/// file `value`.
#[track_caller]
fn check(cli: &Cli, runner: &mut Runner, script: &str) -> String {
    let step = runner.step(script);
    assert_eq!(step.status, 0, "{script}: {}", step.log);
    let careless = runner.step(CARELESS);
    assert!(careless.log.matches("***").count() >= 7, "{script}: {}", careless.log);
    assert_hidden(runner.log(), &delivered(cli));
    let only_masks = runner.commands().iter().all(|command| command.name == "add-mask");
    assert!(only_masks, "{:?}", runner.commands());
    std::fs::remove_file(cli.folder().join("value")).unwrap();
    step.log
}

#[test]
fn a_captured_value_is_masked_in_every_format() {
    for verb in VERBS {
        for format in FORMATS {
            for (first, flags) in [("", ""), ("set -x\n", "-v -v")] {
                let cli = with_ci();
                let mut runner = job(&cli);
                let script =
                    format!("{first}T=$(jelou {verb} {format} {flags} --to stdout --to file:value)\n[ -n \"$T\" ]\n");
                check(&cli, &mut runner, &script);
            }
        }
    }
}

/// The value is captured, so it does not matter that the runner reads stdout first.
#[test]
fn the_order_of_the_streams_does_not_matter_to_a_captured_value() {
    for dialect in [Dialect::GitHub, Dialect::Act, Dialect::Forgejo, Dialect::Gitea] {
        for order in [Order::StdoutFirst, Order::StderrFirst] {
            for shell in [Shell::Bash, Shell::BashPipefail] {
                let cli = with_ci();
                let mut runner = job(&cli).dialect(dialect).order(order).shell(shell);
                let script = "printf 'Creating… ' >&2; echo before; jelou tokens create my-function --name new \
                              --json --to stdout --to file:value | jq -r .data.id; echo after";
                let log = check(&cli, &mut runner, script);
                assert!(log.contains("tok_") && log.contains("before\n") && log.contains("after\n"), "{log}");
            }
        }
    }
}

#[test]
fn github_env_reaches_later_steps_of_the_same_job() {
    for verb in VERBS {
        let cli = with_ci();
        let mut runner = job(&cli);
        let step = runner.step(&format!(
            "jelou {verb} --to github-env:T --to github-output:t --to file:value --json; \
             cat \"$GITHUB_ENV\" \"$GITHUB_OUTPUT\""
        ));
        assert!(!step.failed, "{}", step.log);
        let value = delivered(&cli);
        assert_eq!(step.outputs["t"], value);
        assert_eq!(runner.job_output("t", &value), None, "a masked value does not cross jobs");
        assert!(step.log.contains("OUTPUT_STAYS_IN_JOB"), "{}", step.log);
        assert_eq!(runner.step("[ \"$T\" = \"$(cat value)\" ]; echo \"<$T>\"").log, "<***>\n");
        assert_hidden(runner.log(), &value);
    }
}

#[test]
fn printing_into_the_jobs_log_is_refused_before_the_request() {
    if !cfg!(target_os = "linux") {
        return crate::support::skipped("who reads a stream is known by `/proc` alone");
    }
    for verb in VERBS {
        for format in FORMATS {
            let cli = with_ci();
            let before = cli.sent(true).len();
            let mut runner = job(&cli);
            for exec in ["", "exec "] {
                let step = runner.step(&format!("{exec}jelou {verb} {format}"));
                assert_eq!(step.status, 2, "{exec}{verb} {format}: {}", step.log);
                assert!(step.log.contains("--print-token") && step.log.contains("--to"), "{}", step.log);
                assert_eq!(cli.sent(true).len(), before, "nothing was created");
            }
        }
    }
}

/// The step's shell may become `jelou`, so that a run that is cancelled signals it.
#[test]
fn what_is_captured_or_delivered_behind_exec_is_not_refused() {
    for line in [
        "T=$(exec jelou tokens create my-function --name behind-exec --quiet); [ -n \"$T\" ]",
        "exec jelou tokens create my-function --name behind-exec --quiet > value",
        "exec > value; exec jelou tokens create my-function --name behind-exec --quiet",
        "exec jelou tokens create my-function --name behind-exec --quiet > >(cat > value)",
        "exec jelou tokens create my-function --name behind-exec --to file:value",
    ] {
        let cli = with_ci();
        let step = job(&cli).step(line);
        assert_eq!(step.status, 0, "{line}: {}", step.log);
    }
}

#[test]
fn with_print_token_the_mask_goes_to_stdout_first() {
    for verb in VERBS {
        for format in FORMATS {
            for order in [Order::StdoutFirst, Order::StderrFirst] {
                let cli = with_ci();
                let mut runner = job(&cli).order(order);
                let log = check(
                    &cli,
                    &mut runner,
                    &format!("jelou {verb} {format} --print-token --to stdout --to file:value"),
                );
                assert!(log.contains("***"), "{log}");
            }
        }
    }
}

/// A mask that the runner never reads would leave the value readable in every later step.
#[test]
fn a_stderr_that_the_runner_does_not_read_is_refused_before_the_request() {
    let to = ["", "--to file:value", "--to github-env:T", "--to github-output:T"];
    for verb in VERBS {
        for to in to {
            for redirection in [
                "2>/dev/null",
                "2>&-",
                // That this is the stream of the job's log is known by `/proc` alone.
                #[cfg(target_os = "linux")]
                "2>&1",
            ] {
                let cli = with_ci();
                let before = cli.sent(true).len();
                let mut runner = job(&cli);
                let step = runner
                    .step(&format!("T=$(jelou {verb} {to} --json {redirection}) || {{ S=$?; echo \"$T\"; exit $S; }}"));
                assert_eq!(step.status, 2, "{verb} {to} {redirection}: {}", step.log);
                assert_eq!(cli.sent(true).len(), before, "nothing was created: {verb} {to} {redirection}");
            }
        }
    }
}

#[test]
fn a_command_does_not_run_with_a_token_that_cannot_be_masked() {
    let cli = Cli::new();
    let step = job(&cli).step("jelou tokens exec my-function -- env 2>/dev/null");
    assert_eq!((step.status, cli.sent(false)), (2, Vec::new()), "{}", step.log);
}

#[test]
fn failures_after_the_token_exists_show_no_value() {
    let failures: &[(&str, Option<Fault>)] = &[
        ("--to command:false", None),
        ("--to \"command:sh -c 'cat >&2; exit 1'\"", None),
        ("--jq .data.id", None),
        ("--to command:false", Some(Fault::status(403).method("DELETE").path("/v1/functions/*/tokens/*").always())),
        ("--wait --timeout 1s", Some(Fault::redeploy_fails().method("POST"))),
        // No other system has it.
        #[cfg(target_os = "linux")]
        ("> /dev/full", None),
    ];
    for (more, fault) in failures {
        for format in ["", "--json -v -v"] {
            let cli = Cli::new();
            if let Some(fault) = fault.clone() {
                cli.sandbox.inject(fault);
            }
            let mut runner = job(&cli);
            let to =
                if more.contains("--jq") || more.contains('>') || more.contains("--wait") { "--to stdout" } else { "" };
            let format = if more.contains("--jq") { "" } else { format };
            let script = format!(
                "set -x\nT=$(jelou tokens create my-function --name ci --to \"command:sh -c 'tee value'\" {format} {to} {more}) || \
                 {{ S=$?; echo \"$T\"; exit $S; }}"
            );
            let step = runner.step(&script);
            assert!([13, 11].contains(&step.status), "{more} {format}: {}", step.log);
            runner.step("cat value");
            assert_hidden(runner.log(), &delivered(&cli));
        }
    }
}

#[test]
fn the_token_of_a_command_is_masked_before_it_runs() {
    let cli = Cli::new();
    let mut runner = job(&cli);
    let script = "jelou tokens exec my-function -- sh -c 'printf %s \"$JELOU_FUNCTION_TOKEN\" > value; echo \"$JELOU_FUNCTION_TOKEN\"; \
                  env; echo \"$JELOU_FUNCTION_TOKEN\" | base64 | tr -d '\\n' >&2'";
    check(&cli, &mut runner, script);
}

#[test]
fn a_first_deploy_withholds_its_token_and_says_how_to_get_one() {
    if !cfg!(target_os = "linux") {
        return crate::support::skipped("who reads a stream is known by `/proc` alone");
    }
    for format in ["", "--json", "--quiet"] {
        let cli = Cli::new();
        cli.write("jelou.json", r#"{"slug": "new-function"}"#);
        cli.write("index.ts", "export default () => 1;\n");
        let mut runner = job(&cli);
        let step = runner.step(&format!("jelou deploy -y {format}"));
        assert_eq!(step.status, 0, "{}", step.log);
        assert!(step.log.contains("jelou tokens rotate new-function default --to"), "{}", step.log);
        assert!(
            !step.log.contains("jfn_rt_sbx_")
                || step.log.matches("jfn_rt_sbx_").count() == step.log.matches("\"prefix\"").count()
        );
        assert_eq!(cli.token_names("new-function"), ["default"]);
        let captured = Cli::new();
        captured.write("jelou.json", r#"{"slug": "new-function"}"#);
        captured.write("index.ts", "export default () => 1;\n");
        let mut runner = job(&captured);
        check(
            &captured,
            &mut runner,
            &format!("T=$(jelou deploy -y {format} --to stdout --to file:value); [ -n \"$T\" ]"),
        );
    }
}

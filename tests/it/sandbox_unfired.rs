//! Faults that never fired: said at the end of `sandbox run`, an error under `--strict-faults`.

use crate::support::cli::{Cli, Ran};

fn run(cli: &Cli, flags: &[&str], script: &str) -> Ran {
    cli.jelou(&[&["sandbox", "run"], flags, &["--", "sh", "-c", script]].concat())
}

const UNMET: &str = "status=500 GET /v1/nobody";
const MET: &str = "status=503 GET /v1/me x3";

#[test]
fn a_fault_that_never_fired_is_said_at_the_end() {
    let cli = Cli::new();
    let ran = run(&cli, &["--fault", MET, "--fault", UNMET], "jelou whoami --retries 0; exit 0").ended(0);
    assert_eq!(ran.stderr.matches("never fired").count(), 1, "{ran:?}");
    assert!(ran.stderr.ends_with(&format!("warning: The fault `{UNMET}` never fired\n")), "{ran:?}");
    assert!(!run(&cli, &["--fault", MET], "jelou whoami --retries 0; exit 0").ended(0).stderr.contains("never"));
    // The status of the command stays its own.
    assert!(run(&cli, &["--fault", UNMET], "exit 5").ended(5).stderr.contains("never fired"));
}

#[test]
fn strict_faults_ends_with_2_where_the_command_ended_with_0() {
    let cli = Cli::new();
    let ran = run(&cli, &["--strict-faults", "--fault", UNMET, "--fault", "lag=2"], "echo out").ended(2);
    assert_eq!(ran.stdout, "out\n");
    let error = format!("error: The fault `{UNMET}` never fired; the fault `lag=2` never fired (INPUT_ERROR, exit 2)");
    assert!(ran.stderr.contains(&error), "{ran:?}");
    assert!(!ran.stderr.contains("warning:"), "said once: {ran:?}");
    let ran = run(&cli, &["--strict-faults", "--fault", UNMET], "exit 5").ended(5);
    assert!(ran.stderr.contains("warning:") && ran.stderr.contains("never fired"), "{ran:?}");
    run(&cli, &["--strict-faults", "--fault", MET], "jelou whoami --retries 0; exit 0").ended(0);
    run(&cli, &["--strict-faults"], "exit 0").ended(0);
    // One that was taken away was not to fire.
    run(&cli, &["--strict-faults", "--fault", UNMET], "jelou sandbox faults --clear --quiet").ended(0);
    // One that was added in between was.
    let added = format!("jelou sandbox faults '{UNMET}' --quiet > /dev/null");
    run(&cli, &["--strict-faults"], &added).ended(2);
}

/// No pipeline meets all faults of a scenario that comes with the program.
#[test]
fn the_faults_of_a_named_scenario_count_together() {
    let cli = Cli::new();
    let flags = ["--strict-faults", "--scenario", "lost-answers"];
    let ran = run(&cli, &flags, "jelou whoami").ended(2);
    assert!(ran.stderr.contains("error: No fault of the scenario `lost-answers` fired (INPUT_ERROR"), "{ran:?}");
    let ran = run(&cli, &flags, "jelou tokens create my-function --name ci --quiet >token").ended(0);
    assert!(!ran.stderr.contains("fired"), "{ran:?}");
}

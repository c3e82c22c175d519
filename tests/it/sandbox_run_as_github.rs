//! `sandbox run --as github`: a step behaves as on a runner.

use std::os::unix::fs::PermissionsExt;

use rustix::process::Signal;

use crate::support::cli::{Cli, Ran};
use crate::support::runner::{Order, Runner};
use crate::support::running::until;

/// Runs a script as a step does.
fn step(cli: &Cli, script: &str) -> Ran {
    played(cli, &["bash", "-e", "-c", script])
}

fn played(cli: &Cli, command: &[&str]) -> Ran {
    cli.jelou(&[&["sandbox", "run", "--as", "github", "--"], command].concat())
}

/// The requests for a new token, as the sandbox itself tells.
const CREATED: &str = "jelou sandbox journal --jq '[.data.entries[] | select(.method == \"POST\")] | length'";

#[test]
fn the_log_is_that_of_the_runner() {
    let cli = Cli::new();
    for script in [
        "echo one\nprintf three",
        "echo two >&2; printf four >&2",
        "printf 'a\\rb\\r\\n\\n  ::group::G\\n::endgroup::\\n'; echo ::error file=x,line=1::bad%0Athing; false",
        "echo ::add-mask::s3cret-value >&2; echo the s3cret-value; echo czNjcmV0LXZhbHVl",
        "echo ::stop-commands::pause-it\necho ::add-mask::secret\necho secret\necho ::pause-it::\necho ##[add-mask]secret; echo secret",
        "echo ::echo::on; echo ::add-mask::one%0Atwo; echo one two; echo ::set-output name=x::y; echo ::debug::d",
        "echo '::set-env name=A::b'; echo ::stop-commands::; echo unread",
        "printf 'x\\xff\\xfey \\xc3\\xa9\\n'; echo '##[start-action x]'",
        "echo A=1 >> \"$GITHUB_ENV\"; echo nonsense >> \"$GITHUB_OUTPUT\"; echo 'B<<E' >> \"$GITHUB_STATE\"; exit 7",
    ] {
        let ran = step(&cli, script);
        let folder = tempfile::tempdir().unwrap();
        // One stream, or a mask before what it masks: anything else is a race there too.
        let expected = Runner::new(folder.path()).order(Order::StderrFirst).step(script);
        assert_eq!(ran.stdout, expected.log, "{script}");
        let status = if expected.failed && expected.status == 0 { 1 } else { expected.status };
        assert_eq!(ran.status, status, "{script}");
    }
}

#[test]
fn a_step_has_the_variables_of_a_job_and_none_of_another() {
    let mut cli = Cli::new();
    for (name, value) in [
        ("GITHUB_TOKEN", "outer"),
        ("ACTIONS_RUNTIME_TOKEN", "outer"),
        ("RUNNER_DEBUG", "1"),
        ("GITLAB_CI", "true"),
        ("TF_BUILD", "True"),
        ("KEPT", "kept"),
    ] {
        cli.set(name, value);
    }
    let ran = step(&cli, "env; cat; ls \"$GITHUB_EVENT_PATH\" \"$GITHUB_ENV\"; [ -d \"$RUNNER_TEMP\" ]").ended(0);
    let has = |line: &str| ran.stdout.lines().any(|other| other == line);
    for line in
        ["CI=true", "GITHUB_ACTIONS=true", "GITHUB_REF_NAME=main", "RUNNER_ENVIRONMENT=self-hosted", "KEPT=kept"]
    {
        assert!(has(line), "{line}: {ran:?}");
    }
    assert!(has(&format!("GITHUB_WORKSPACE={}", cli.folder().canonicalize().unwrap().display())), "{ran:?}");
    for name in ["GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "RUNNER_DEBUG", "GITLAB_CI", "TF_BUILD"] {
        assert!(!ran.stdout.contains(&format!("{name}=")), "{name}: {ran:?}");
    }
    assert!(has("JELOU_TOKEN=***") && has("JELOU_FUNCTION_TOKEN=***"), "as secrets of a repository: {ran:?}");
    cli.set("CI", "false");
    assert_eq!(step(&cli, "echo $CI").ended(0).stdout, "false\n", "the runner leaves it alone");
}

#[test]
fn a_value_is_captured_and_masked() {
    let cli = Cli::new();
    let script = "T=$(jelou tokens create my-function --name ci)\n\
                  echo \"${#T} ${T%%_*} $T\"; printf %s \"$T\" | base64 | tr -d '\\n'; echo; echo \"$T\" | base64 | tr -d '\\n'\n\
                  T=$T jelou tokens verify my-function --quiet >&2 || true";
    let ran = step(&cli, script).ended(0);
    let first = ran.stdout.lines().find(|line| line.ends_with("***")).unwrap();
    assert!(first.ends_with(" jfn ***"), "{ran:?}");
    assert!(!ran.stdout.contains("jfn_rt_sbx_") && !ran.stdout.contains("add-mask"), "{ran:?}");
    assert!(!ran.stdout.contains("amZuX3J0X3"), "nor its base64: {ran:?}");
}

/// A step may be a shell, or `jelou` itself.
#[test]
fn what_would_print_a_value_into_the_log_is_refused() {
    if !cfg!(target_os = "linux") {
        return crate::support::skipped("who reads a stream is known by `/proc` alone");
    }
    let create = "jelou tokens create my-function --name ci";
    let cli = Cli::new();
    let ran = step(&cli, &format!("{create} || echo \"status $?\"; {CREATED}")).ended(0);
    assert!(ran.stdout.contains("error: The token would be printed into the job's log"), "{ran:?}");
    assert!(ran.stdout.ends_with("status 2\n0\n"), "nothing was created: {ran:?}");
    let ran = played(&cli, &create.split(' ').collect::<Vec<_>>()).ended(2);
    assert!(ran.stdout.contains("error: The token would be printed into the job's log"), "{ran:?}");
    assert!(ran.stdout.ends_with("##[error]Process completed with exit code 2.\n"), "{ran:?}");
    let ran = step(&cli, &format!("{create} --print-token")).ended(0);
    assert!(ran.stdout.contains("***\n") && !ran.stdout.contains("jfn_rt_sbx_"), "{ran:?}");
}

#[test]
fn streams_that_the_runner_does_not_read_are_refused() {
    if !cfg!(target_os = "linux") {
        return crate::support::skipped("who reads a stream is known by `/proc` alone");
    }
    let cli = Cli::new();
    for redirected in [
        "jelou tokens create my-function --name ci >OUT 2>ERR",
        "T=$(jelou tokens create my-function --name ci 2>ERR)",
        "T=$(jelou tokens create my-function --name ci 2>&1); echo \"$T\" >ERR; false",
        "jelou tokens create my-function --name ci --to file:./value 2>ERR",
        "T=$(jelou tokens create my-function --name ci 2> >(tee ERR >&2)); wait $!; false",
    ] {
        let script = format!("({redirected}) || true; cat ERR >&2; {CREATED}");
        let ran = step(&cli, &script).ended(0);
        assert!(ran.stdout.contains("could not be masked"), "{redirected}: {ran:?}");
        assert!(ran.stdout.contains("`jelou sandbox run --as github -- CMD`"), "{redirected}: {ran:?}");
        assert!(ran.stdout.ends_with("0\n"), "nothing was created: {redirected}: {ran:?}");
    }
    let apart = "jelou tokens create my-function --name ci >OUT; cut -c1-11 OUT; rm OUT";
    assert_eq!(step(&cli, apart).ended(0).stdout.lines().last(), Some("jfn_rt_sbx_"), "stdout alone may be a file");
}

#[test]
fn what_the_next_steps_get_is_shown_masked() {
    let cli = Cli::new();
    let script = "jelou tokens create my-function --name ci --to github-env:T --to github-output:token\n\
                  printf 'M<<E\\nx\\ny\\nE\\n' >> \"$GITHUB_ENV\"; echo /opt/tool >> \"$GITHUB_PATH\"\n\
                  echo S=1 >> \"$GITHUB_STATE\"; grep -h jfn_rt \"$GITHUB_ENV\" >> \"$GITHUB_STEP_SUMMARY\"";
    let ran = step(&cli, script).ended(0);
    let expected = "The next steps get from this one:\n- variable: T=***\n- variable: M=x\\ny\n\
                    - folder on PATH: /opt/tool\n- output of this step: token=***\n\
                    - state of its `post` part: S=1\n- summary: ***\n";
    assert_eq!(ran.stderr, expected, "{ran:?}");
    assert!(!ran.stdout.contains("next steps"), "{ran:?}");
    assert_eq!(step(&cli, "true").stderr, "The next steps get nothing from this one\n");
}

#[test]
fn the_status_and_signals_are_passed_on() {
    let cli = Cli::new();
    assert_eq!(step(&cli, "exit 9").ended(9).stdout, "##[error]Process completed with exit code 9.\n");
    step(&cli, "kill -TERM $$").ended(143);
    let script = "trap 'echo got it; exit 5' TERM; touch ready; while :; do sleep 0.01; done";
    let mut running = cli.start(&["sandbox", "run", "--as", "github", "--", "bash", "-c", script]);
    until("the step", || cli.folder().join("ready").exists().then_some(()));
    running.signal(Signal::TERM.as_raw());
    let ended = running.end();
    assert_eq!(ended.ran.stdout, "got it\n##[error]Process completed with exit code 5.\n", "{ended:?}");
    assert_eq!(ended.ran.status, 5);
}

/// As on a runner, a process that is left behind holds the step up for 5 s and no longer.
#[test]
fn a_process_that_is_left_behind_does_not_keep_the_step() {
    let cli = Cli::new();
    let ran = step(&cli, "sleep 60 & echo $! > pid; printf unfinished").ended(0);
    assert_eq!(ran.stdout, "unfinished\n");
    let pid = std::fs::read_to_string(cli.folder().join("pid")).unwrap();
    let pid = rustix::process::Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    rustix::process::kill_process(pid, Signal::KILL).expect("it was still there");
}

#[test]
fn a_log_that_nobody_reads_does_not_end_the_step() {
    let cli = Cli::new();
    let line = "jelou sandbox run --as github -- bash -c 'seq 200000; touch done; exit 3' | head -n 1; \
                echo \"${PIPESTATUS[0]}\"";
    assert_eq!(cli.bash(line).ended(0).stdout, "1\n3\n");
    assert!(cli.folder().join("done").exists());
    if std::path::Path::new("/dev/full").exists() {
        let ran = cli.bash("jelou sandbox run --as github -- echo x >/dev/full || echo \"status $?\"").ended(0);
        assert_eq!(ran.stdout, "status 1\n");
        assert!(ran.stderr.contains("could not be written to stdout"), "{ran:?}");
    }
}

/// A script on stdin would be lost without a word.
#[test]
fn a_shell_that_would_read_stdin_is_warned_about() {
    let cli = Cli::new();
    for shell in [&["bash"][..], &["sh", "-s"]] {
        let line = [&["sandbox", "run", "--as", "github", "--"][..], shell].concat();
        let ran = cli.jelou_with_stdin(&line, "echo lost\n").ended(0);
        assert_eq!(ran.stdout, "");
        assert!(ran.stderr.starts_with("warning: A step has no stdin"), "{ran:?}");
    }
    assert!(!played(&cli, &["bash", "-c", "cat"]).ended(0).stderr.contains("warning"), "it has a script");
}

#[test]
fn nothing_is_left_behind() {
    let mut cli = Cli::new();
    let temporary = cli.folder().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    cli.set("TMPDIR", temporary.to_str().unwrap());
    step(&cli, "touch \"$RUNNER_TEMP/x\"; echo A=1 >> \"$GITHUB_ENV\"").ended(0);
    assert_eq!(temporary.read_dir().unwrap().count(), 0);
}

#[test]
fn another_system_is_refused_in_one_sentence() {
    let cli = Cli::new();
    for system in ["gitlab", "GitHub", ""] {
        let ran = cli.jelou(&["sandbox", "run", "--as", system, "--", "true"]).ended(2);
        assert_eq!(ran.stderr.matches("error:").count(), 1, "{ran:?}");
        assert!(ran.stderr.contains("--as") && ran.stderr.contains("github"), "{ran:?}");
    }
}

/// In a job of a real runner, and whatever this binary is called: its step is the played one.
#[test]
fn a_runner_is_played_inside_of_a_job_too() {
    if !cfg!(target_os = "linux") {
        return crate::support::skipped("who reads a stream is known by `/proc` alone");
    }
    let mut cli = Cli::new();
    cli.set("GITHUB_ACTIONS", "true").set("CI", "true").set("GITHUB_ENV", "/nowhere");
    let binary = cli.folder().join("jelou-1.2.3 (arm)");
    let copied = std::process::Command::new("cp").arg(env!("CARGO_BIN_EXE_jelou")).arg(&binary).status();
    assert!(copied.unwrap().success());
    std::fs::set_permissions(&binary, PermissionsExt::from_mode(0o755)).unwrap();
    for program in ["jelou", binary.to_str().unwrap()] {
        let run = |script: &str| {
            let mut command =
                assert_cmd::Command::new(if program == "jelou" { env!("CARGO_BIN_EXE_jelou") } else { program });
            command.args(["sandbox", "run", "--as", "github", "--", "bash", "-e", "-c", script]);
            Ran::of(command.env_clear().envs(cli.env()).current_dir(cli.folder()))
        };
        let ran = run("T=$(jelou tokens create my-function --name ci); echo \"$T\"").ended(0);
        assert_eq!(ran.stdout.lines().last(), Some("***"), "{program}: {ran:?}");
        let ran = run("jelou tokens create my-function --name ci").ended(2);
        assert!(ran.stdout.contains("into the job's log"), "{program}: {ran:?}");
        let ran = run("jelou tokens create my-function --name ci --to github-env:T").ended(0);
        assert!(ran.stderr.contains("- variable: T=***\n"), "{program}: {ran:?}");
    }
}

//! Process trees that a test cannot start. Those that it can are in `tests/it/job_log_guard.rs`.

use super::readers::{self, Reader};
use super::*;

/// The runner's stdout, which nobody in the step has.
const SERVICE_LOG: OpenFile = OpenFile { device: 1, inode: 1, kind: FdKind::File };
/// What the runner reads from the step.
const STEP: OpenFile = OpenFile { device: 1, inode: 2, kind: FdKind::Pipe };
/// What `$(…)` reads.
const CAPTURE: OpenFile = OpenFile { device: 1, inode: 3, kind: FdKind::Pipe };
const TERMINAL: OpenFile = OpenFile { device: 1, inode: 4, kind: FdKind::Terminal };
const SOCKET: OpenFile = OpenFile { device: 1, inode: 5, kind: FdKind::Socket };

fn process(role: Role, in_job: impl Into<Option<bool>>, stdout: impl Into<Option<OpenFile>>) -> Process {
    Process { pid: 0, role, in_job: in_job.into(), stdout: stdout.into(), holds_our_stdout: false }
}

/// This program, or another one that has the CI's variables.
fn jelou(stdout: OpenFile) -> Process {
    process(Role::Program, true, stdout)
}

/// A shell that has the CI's variables.
fn shell(stdout: OpenFile) -> Process {
    process(Role::Shell, true, stdout)
}

/// A shell that has not got the CI's variables, though it may export them.
fn bare_shell(stdout: OpenFile) -> Process {
    process(Role::Shell, false, stdout)
}

/// A program without the CI's variables that does not hold our stdout.
fn bare_program(stdout: OpenFile) -> Process {
    process(Role::Program, false, stdout)
}

/// A program without the CI's variables that reads our stdout.
fn runner() -> Process {
    Process { holds_our_stdout: true, ..bare_program(SERVICE_LOG) }
}

fn init() -> Process {
    Process { pid: 1, role: Role::Reaper, in_job: None, stdout: None, holds_our_stdout: false }
}

/// Numbers a lineage, so that only what ends in [`init`] has a process 1.
fn lineage(processes: Vec<Process>) -> Vec<Process> {
    let numbered = |(index, process): (usize, Process)| {
        // Any numbers but 1.
        let pid = if process.pid == 1 { 1 } else { 1000 - u32::try_from(index).unwrap() };
        Process { pid, ..process }
    };
    processes.into_iter().enumerate().map(numbered).collect()
}

fn check(table: Vec<(&str, Vec<Process>)>, expected: Destination) {
    for (name, processes) in table {
        assert_eq!(decide(&lineage(processes)), expected, "{name}");
    }
}

#[test]
fn what_inherits_the_stdout_of_the_steps_shell_prints_into_the_log() {
    let other_user = process(Role::Program, None, None);
    let agent = |in_job| process(Role::Agent, in_job, SERVICE_LOG);
    check(
        vec![
            ("plain", vec![jelou(STEP), shell(STEP), runner(), init()]),
            ("a subshell of one that exports", vec![jelou(STEP), bare_shell(STEP), bare_shell(STEP), runner(), init()]),
            ("a step in Python", vec![jelou(STEP), jelou(STEP), runner(), init()]),
            ("a runner that another user started", vec![jelou(STEP), shell(STEP), runner(), other_user]),
            ("an agent with sockets for pipes", vec![jelou(SOCKET), shell(SOCKET), agent(false), init()]),
            ("an agent with a terminal", vec![jelou(TERMINAL), shell(TERMINAL), agent(true), init()]),
            (
                "exec jelou: it has become the step",
                vec![jelou(STEP), Process { holds_our_stdout: true, ..agent(false) }, init()],
            ),
        ],
        Destination::JobLog,
    );
}

#[test]
fn what_the_step_captures_is_not_the_log() {
    check(
        vec![
            ("T=$(jelou)", vec![jelou(CAPTURE), shell(STEP), runner(), init()]),
            (
                "a program that captures",
                vec![jelou(CAPTURE), shell(CAPTURE), jelou(STEP), shell(STEP), runner(), init()],
            ),
            (
                "one that clears the environment",
                vec![jelou(CAPTURE), shell(CAPTURE), bare_program(STEP), shell(STEP), runner(), init()],
            ),
            (
                "T=$(make) with CI=true in the recipe, at home",
                vec![jelou(CAPTURE), bare_shell(CAPTURE), bare_program(CAPTURE), bare_shell(TERMINAL), init()],
            ),
        ],
        Destination::Elsewhere,
    );
}

#[test]
fn where_the_tree_ends_in_doubt_there_is_no_guard() {
    let first = |stdout| Process { pid: 1, ..shell(stdout) };
    let server = |name| Process { role: programs::role(name, &[]), ..runner() };
    let agent = || process(Role::Agent, false, SERVICE_LOG);
    check(
        vec![
            ("nothing could be read", vec![]),
            ("our own stdout could not be read", vec![process(Role::Program, true, None), shell(STEP), runner()]),
            ("only we have this stdout: our parent reads it", vec![jelou(CAPTURE), runner(), init()]),
            ("exec jelou > FILE", vec![jelou(CAPTURE), agent(), init()]),
            ("exec jelou > /dev/tcp/HOST/PORT", vec![jelou(SOCKET), agent(), init()]),
            ("the step's shell is process 1", vec![jelou(STEP), first(STEP)]),
            ("the runner is outside of the container", vec![jelou(STEP), shell(STEP)]),
            ("what started the step's shell is process 1", vec![jelou(STEP), shell(STEP), first(SERVICE_LOG)]),
            ("an orphan of a service manager", vec![jelou(CAPTURE), shell(CAPTURE), server("systemd"), init()]),
            ("a session of sshd", vec![jelou(STEP), shell(STEP), server("sshd-session"), init()]),
            (
                "the runner is another user's",
                vec![jelou(STEP), shell(STEP), process(Role::Program, None, None), init()],
            ),
            (
                "the runner's environment is unreadable",
                vec![jelou(STEP), shell(STEP), process(Role::Program, None, SERVICE_LOG), init()],
            ),
            ("{ jelou; } > /dev/tcp/HOST/PORT", vec![jelou(SOCKET), shell(SOCKET), bare_program(SERVICE_LOG), init()]),
            (
                "a person's terminal with CI=true",
                vec![jelou(TERMINAL), bare_shell(TERMINAL), bare_program(SERVICE_LOG), init()],
            ),
            ("a bare program between us and the step's shell", vec![jelou(STEP), bare_program(STEP), runner(), init()]),
        ],
        Destination::Unknown,
    );
}

#[test]
fn a_runner_inside_of_another_job_is_taken_for_a_part_of_it() {
    let nested = vec![jelou(STEP), shell(STEP), runner(), shell(SERVICE_LOG), init()];
    assert_eq!(decide(&lineage(nested)), Destination::Elsewhere);
}

/// `jelou sandbox run --as`: its command may be any program, and it may run inside of a job.
#[test]
fn what_a_played_runner_starts_is_the_step() {
    let played = |in_job| Process { role: Role::Emulator, in_job: Some(in_job), ..runner() };
    check(
        vec![
            ("jelou itself", vec![jelou(STEP), played(false), shell(TERMINAL), init()]),
            ("a shell", vec![jelou(STEP), shell(STEP), played(false), init()]),
            ("a program that clears the environment", vec![jelou(STEP), bare_program(STEP), played(false), init()]),
            ("inside of a job", vec![jelou(STEP), shell(STEP), played(true), shell(SERVICE_LOG), runner(), init()]),
        ],
        Destination::JobLog,
    );
    let capture = vec![jelou(CAPTURE), jelou(STEP), played(false), init()];
    assert_eq!(decide(&lineage(capture)), Destination::Elsewhere);
    let redirected = vec![jelou(CAPTURE), process(Role::Emulator, false, SERVICE_LOG), init()];
    assert_eq!(decide(&lineage(redirected)), Destination::Unknown, "it does not read that file");
}

#[test]
fn outside_ci_nothing_is_looked_at() {
    assert_eq!(observe(&Detection::from_env(&|_| None)), Destination::Unknown);
}

#[test]
fn stderr_is_read_by_the_step_if_all_who_hold_it_are_of_the_step() {
    let reader = |role, in_job| Reader { role, in_job };
    let tee = reader(Role::Program, Some(true));
    let shell = reader(Role::Shell, Some(true));
    for (readers, by_step) in [
        (vec![], false),
        (vec![tee], true),
        (vec![shell, tee], true),
        (vec![reader(Role::Program, Some(false))], false),
        (vec![reader(Role::Program, None)], false),
        (vec![reader(Role::Agent, Some(true))], false),
        (vec![reader(Role::Emulator, Some(true))], false),
        (vec![tee, reader(Role::Agent, Some(true))], false),
        (vec![tee, reader(Role::Program, Some(false))], false),
    ] {
        assert_eq!(readers::decide(&readers), by_step, "{readers:?}");
    }
}

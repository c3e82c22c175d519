//! Whether a process that prints to its stdout prints into the job's log, asked of real shells.
//!
//! A stand-in for `jelou` blocks inside of a step, so that its process tree can be read. The
//! processes above this test are left out: the tests must have the same result in a CI job and
//! outside of one.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jelou::ci::guard::{decide, proc_fs};
use jelou::ci::{Destination, Detection};

use Destination::{Elsewhere, JobLog, Unknown};

/// How the step's shell comes to the variables of its CI system.
#[derive(Clone, Copy, Debug)]
enum Variables {
    /// The runner starts it with them.
    Given,
    /// It exports them to its children.
    Exported,
    /// There are none: not a CI job, but for what the script says.
    None,
}

/// A step that runs, with the stand-in blocked inside of it until it is released.
struct Step {
    folder: tempfile::TempDir,
    shell: Child,
    script: String,
}

impl Step {
    /// Starts a script as a step. The script finds the stand-in as `./jelou`.
    fn start(shell: &[&str], variables: Variables, script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stand_in = "#!/bin/sh\necho $$ > \"$0.pid.new\"\nmv \"$0.pid.new\" \"$0.pid\"\nexec cat \"$0.gate\"\n";
        write_program(folder.path(), "jelou", stand_in);
        write_program(folder.path(), "wrapper.sh", "#!/bin/bash\n./jelou\ntrue\n");
        write_program(folder.path(), "exporting-wrapper.sh", "#!/bin/sh\nexport CI=true\n./jelou\ntrue\n");
        assert!(Command::new("mkfifo").arg(folder.path().join("jelou.gate")).status().unwrap().success());
        let export = if matches!(variables, Variables::Exported) { "export CI=true GITHUB_ACTIONS=true\n" } else { "" };
        fs::write(folder.path().join("step.sh"), format!("{export}{script}\n")).unwrap();

        let mut command = Command::new(shell[0]);
        command.args(&shell[1..]).arg("step.sh").current_dir(folder.path());
        command.env_clear().env("PATH", std::env::var("PATH").unwrap());
        if matches!(variables, Variables::Given) {
            command.env("CI", "true").env("GITHUB_ACTIONS", "true");
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { folder, shell: command.spawn().unwrap(), script: script.to_owned() }
    }

    /// Where the stdout of the stand-in leads, once that blocks.
    fn destination(&mut self) -> Destination {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(pid) = self.stand_in() {
                return decide(&lineage_below_us(pid));
            }
            if Instant::now() > deadline {
                let stderr = self.stderr();
                panic!("the stand-in did not start: {}\n{stderr}", self.script);
            }
            std::thread::yield_now();
        }
    }

    fn stand_in(&self) -> Option<u32> {
        let pid = fs::read_to_string(self.folder.path().join("jelou.pid")).ok()?.trim().parse().ok()?;
        fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "cat").then_some(pid)
    }

    fn release(&self) {
        drop(fs::OpenOptions::new().write(true).open(self.folder.path().join("jelou.gate")).unwrap());
    }

    fn stderr(&mut self) -> String {
        let _ = self.shell.kill();
        let mut text = String::new();
        self.shell.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        text
    }
}

/// Runs a script as a step and says where the stdout of the stand-in leads.
fn destination(shell: &[&str], variables: Variables, script: &str) -> Destination {
    let mut step = Step::start(shell, variables, script);
    let found = step.destination();
    step.release();
    assert!(step.shell.wait().unwrap().success(), "the step failed: {script}\n{}", step.stderr());
    found
}

/// Has a shell write a program: the kernel refuses to run one that is open for writing, which a
/// process that another test starts at the same moment would inherit from here.
fn write_program(folder: &Path, name: &str, text: &str) {
    let write = r#"printf %s "$1" > "$2" && chmod +x "$2""#;
    let status = Command::new("sh").args(["-c", write, "sh", text]).arg(folder.join(name)).status().unwrap();
    assert!(status.success());
}

fn lineage_below_us(pid: u32) -> Vec<jelou::ci::guard::Process> {
    let detection = Detection::from_env(&|name| (name == "CI").then(|| "true".to_owned()));
    let mut lineage = proc_fs::lineage(pid, &detection);
    if let Some(us) = lineage.iter().position(|process| process.pid == std::process::id()) {
        lineage.truncate(us + 1);
        lineage[us].in_job = Some(false);
    }
    lineage
}

const BASH: [&str; 4] = ["bash", "--noprofile", "--norc", "-e"];
const BASH_PIPEFAIL: [&str; 5] = ["bash", "--noprofile", "--norc", "-eo", "pipefail"];
const SH: [&str; 2] = ["sh", "-e"];

/// Checks each script under each shell, with the variables given to the shell and exported by it.
fn check(shells: &[&[&str]], table: &[(&str, Destination)]) {
    for shell in shells {
        for variables in [Variables::Given, Variables::Exported] {
            for (script, expected) in table {
                let found = destination(shell, variables, script);
                assert_eq!(found, *expected, "{} with variables {variables:?}: {script}", shell.join(" "));
            }
        }
    }
}

#[test]
fn a_stdout_inherited_from_the_steps_shell_is_the_job_log() {
    check(
        &[&BASH, &BASH_PIPEFAIL, &SH],
        &[
            ("./jelou", JobLog),
            ("./jelou 2>&1", JobLog),
            ("./jelou 2>/dev/null", JobLog),
            ("exec 2>&1\n./jelou", JobLog),
            ("f() { ./jelou; }\nf", JobLog),
            ("( ./jelou )", JobLog),
            ("( ./jelou; true )", JobLog),
            ("{ ./jelou; } 2>&1", JobLog),
            ("if ./jelou; then :; fi", JobLog),
            ("for i in 1; do ./jelou; done", JobLog),
            ("eval ./jelou", JobLog),
            (". ./wrapper.sh", JobLog),
            ("./wrapper.sh", JobLog),
            ("./exporting-wrapper.sh", JobLog),
            ("sh -c './jelou; true'", JobLog),
            ("bash -c 'bash -c \"./jelou; true\"; true'", JobLog),
            ("env -i CI=true sh -c './jelou; true'", JobLog),
            ("timeout 60 ./jelou", JobLog),
            ("echo x | ./jelou", JobLog),
            ("echo x | xargs ./jelou", JobLog),
            ("./jelou <<EOF\nx\nEOF", JobLog),
            ("./jelou & wait", JobLog),
            ("exec 3>&1 4>&1\n./jelou", JobLog),
        ],
    );
}

#[test]
fn a_captured_or_piped_stdout_is_elsewhere() {
    check(
        &[&BASH, &BASH_PIPEFAIL, &SH],
        &[
            ("T=$(./jelou)", Elsewhere),
            ("T=`./jelou`", Elsewhere),
            ("T=$(./jelou 2>&1)", Elsewhere),
            ("T=$(./jelou; true)", Elsewhere),
            ("T=$( ( ./jelou ) )", Elsewhere),
            ("f() { ./jelou; }\nT=$(f)", Elsewhere),
            ("export T=$(./jelou)", Elsewhere),
            ("echo \"$(./jelou)\"", Elsewhere),
            ("cat <<EOF\n$(./jelou)\nEOF", Elsewhere),
            ("T=$(./wrapper.sh)", Elsewhere),
            ("T=$(./exporting-wrapper.sh)", Elsewhere),
            ("T=$(. ./wrapper.sh)", Elsewhere),
            ("T=$(timeout 60 ./jelou)", Elsewhere),
            ("T=$(CI=true bash -c './jelou; true')", Elsewhere),
            ("T=$(CI=true bash -c ./jelou)", Elsewhere),
            ("T=$(env -i CI=true sh -c './jelou; true')", Elsewhere),
            ("T=$(bash -c 'T=$(./jelou); true')", Elsewhere),
            ("sh -c 'T=$(./jelou); true'", Elsewhere),
            ("./jelou | cat", Elsewhere),
            ("./jelou | tee copy", Elsewhere),
            ("./wrapper.sh | cat", Elsewhere),
            ("T=$(./jelou | cat)", Elsewhere),
            ("{ ./jelou; true; } | cat", Elsewhere),
            ("( ./jelou; true ) > file", Elsewhere),
            ("T=$( (./wrapper.sh & wait) )", Elsewhere),
        ],
    );
}

#[test]
fn a_redirected_stdout_is_elsewhere() {
    let table = ["./jelou > file", "./jelou >> file", "./jelou > file 2>&1", "./wrapper.sh > file"];
    check(&[&BASH, &BASH_PIPEFAIL], &table.map(|script| (script, Elsewhere)));
    // dash starts a program by vfork, and so redirects itself until the program has ended.
    for script in table {
        assert_ne!(destination(&SH, Variables::Given, script), JobLog, "{script}");
        assert_ne!(destination(&SH, Variables::Exported, script), JobLog, "{script}");
    }
}

#[test]
fn the_stdout_of_a_shell_that_redirected_itself_is_unknown() {
    check(
        &[&BASH, &BASH_PIPEFAIL, &SH],
        &[
            ("{ ./jelou; } > file", Unknown),
            ("{ echo T=; ./jelou; } >> file", Unknown),
            ("f() { ./jelou; }\nf > file", Unknown),
            ("if true; then ./jelou; fi > file", Unknown),
            ("exec > file\n./jelou", Unknown),
            ("mkfifo pipe\ncat pipe & exec > pipe\n./jelou", Unknown),
        ],
    );
}

#[test]
fn redirections_that_only_bash_has_are_not_the_job_log() {
    check(
        &[&BASH, &BASH_PIPEFAIL],
        &[
            ("read -r T < <(./jelou) || true", Elsewhere),
            ("mapfile -t T < <(./jelou)", Elsewhere),
            ("while read -r T; do :; done < <(./jelou)", Elsewhere),
            ("cat <(./jelou)", Elsewhere),
            ("coproc ./jelou\nwait", Elsewhere),
            ("./jelou > >(cat)", Elsewhere),
            ("./jelou |& cat", Elsewhere),
            ("./jelou &> file", Elsewhere),
            ("cat <<< \"$(./jelou)\"", Elsewhere),
            ("{ ./jelou; } > >(cat > /dev/null)", Unknown),
            ("exec > >(tee copy)\n./jelou", Unknown),
        ],
    );
}

#[test]
fn the_stdout_of_a_step_replaced_by_exec_is_unknown() {
    check(&[&BASH, &SH], &[("exec ./jelou", Unknown)]);
}

#[test]
fn a_captured_stdout_with_ci_true_in_a_local_script_is_elsewhere() {
    for shell in [&BASH[..], &SH[..]] {
        for script in [
            "T=$(CI=true ./jelou)",
            "T=$(CI=true ./jelou; true)",
            "T=$(CI=true bash -c './jelou; true')",
            "T=$(env CI=true sh -c './jelou; true')",
            "T=$(./exporting-wrapper.sh)",
            "f() { CI=true ./exporting-wrapper.sh; }\nT=$(f)",
            "CI=true ./wrapper.sh | cat",
        ] {
            assert_eq!(destination(shell, Variables::None, script), Elsewhere, "{}: {script}", shell.join(" "));
        }
    }
}

#[test]
fn the_stdout_of_an_orphan_is_unknown() {
    for script in ["( ./wrapper.sh & )", "T=$( ( ./wrapper.sh > file & ) )"] {
        let mut step = Step::start(&BASH, Variables::Given, script);
        assert!(step.shell.wait().unwrap().success());
        assert_eq!(step.destination(), Unknown, "{script}");
        step.release();
    }
}

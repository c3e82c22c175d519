//! In an emulated GitHub job: a mask that a program of the step would read is refused before
//! anything is created, and a step that leaves stderr alone may capture stdout as it likes.

use std::process::Command;

use crate::ci_masks::{assert_hidden, job};
use crate::support::cli::Cli;
use crate::support::tools::is_installed;

/// Each makes a mask: one for a value that goes elsewhere, one for the environment of a child.
const MASKING: [&str; 3] = [
    "jelou tokens create my-function --name new --to file:value",
    "jelou tokens create my-function --name new --to github-env:T --json",
    "jelou tokens exec my-function -- true",
];

/// What a step does with the stderr of `./it`; the program that it takes beside a POSIX system.
const LEAKS: &[(&str, &str)] = &[
    ("", "exec > log 2>&1\n./it"),
    ("", "exec 2> log\n./it"),
    ("", "exec >> log 2>&1\n( ./it )"),
    ("", "{ ./it; } > log 2>&1"),
    ("", "{ ./it; } 2> log"),
    ("", "f() { ./it; }\nf > log 2>&1"),
    ("", "./it > log 2>&1"),
    ("", "./it &> log"),
    ("", "nohup ./it > log 2>&1"),
    ("", "T=$(./it 2>&1)"),
    ("", "T=$(./it 2>&1 > /dev/null)"),
    ("", "T=$( { ./it; } 2>&1 )"),
    ("", "T=$(bash -c './it; true' 2>&1)"),
    ("", "./it 2>&1 | tee log"),
    ("", "./it |& sed 's/^/it: /'"),
    ("", "{ ./it; } 2>&1 | sed 's/^/it: /'"),
    ("", "./it 2>&1 | grep -v nothing"),
    ("", "./it 2>&1 | while read -r line; do echo \"[it] $line\"; done"),
    ("", "./it 2>&1 | awk '{ print \"it\", $0 }' | cat"),
    ("", "./it 2> >(sed 's/^/it: /' >&2)\nwait"),
    ("", "exec 2> >(tee log >&2)\n./it"),
    ("", "exec > >(tee log) 2>&1\n./it"),
    ("", "mkfifo pipe\nsed 's/^/it: /' < pipe > log & ./it 2> pipe\nwait"),
    ("", "coproc sed 's/^/it: /' > log\n./it 2>&\"${COPROC[1]}\""),
    ("", "echo x | xargs -I{} ./it 2>&1 | cat"),
    ("stdbuf", "stdbuf -oL ./it 2>&1 | cat"),
    ("make", "printf 'all:\\n\\t./it\\n' > Makefile\nmake 2>&1 | tee log"),
    ("script", "script -qec ./it log"),
    ("python3", "python3 -c 'import pty; pty.spawn([\"./it\"])'"),
    (
        "python3",
        "python3 -c 'import subprocess as s\nfor line in s.Popen([\"./it\"], stderr=s.PIPE, text=True).stderr: print(\"it:\", line)'",
    ),
    ("python3", "python3 -c 'import subprocess as s; s.run([\"./it\"], stdout=s.PIPE, stderr=s.STDOUT)'"),
    (
        "node",
        "node -e 'const p = require(\"child_process\").spawn(\"./it\"); p.stderr.on(\"data\", (d) => console.log(\"it: \" + d))'",
    ),
    (
        "node",
        "node -e 'require(\"child_process\").spawnSync(\"./it\", { stdio: [\"ignore\", \"inherit\", \"pipe\"] })'",
    ),
    ("perl", "perl -e 'open(my $p, \"-|\", \"./it 2>&1\"); print \"it: $_\" while <$p>'"),
];

/// How a step captures the value that `./it` prints; the value is in the file `value` then.
const CAPTURES: &[(&str, &str)] = &[
    ("", "T=$(./it)"),
    ("", "T=`./it`"),
    ("", "export T=$(./it)"),
    ("", "T=$( ( ./it ) )"),
    ("", "T=$(./it; true)"),
    ("", "f() { ./it; }\nT=$(f)"),
    ("", "T=$(./it | cat)"),
    ("", "T=$(bash -c ./it)"),
    ("", "T=$(sh -c './it; true')"),
    ("", "T=$(env -u NOTHING ./it)"),
    ("", "T=$(timeout 60 ./it)"),
    ("", "T=$(nice ./it)"),
    ("", "T=$(nohup ./it)"),
    ("", "T=$(setsid ./it)"),
    ("", "T=$(./it & wait)"),
    ("", "T=$(echo x | xargs -I{} ./it)"),
    ("", "T=$(find . -maxdepth 0 -exec ./it \\;)"),
    ("", "T=$(awk 'BEGIN { \"./it\" | getline line; print line }')"),
    ("", "exec 3>&2\nT=$(./it 2>&3)"),
    ("", "read -r T < <(./it)"),
    ("", "mapfile -t LINES_READ < <(./it)\nT=${LINES_READ[0]}"),
    ("", "while read -r T; do printf %s \"$T\" > value; done < <(./it)\nT=$(cat value)"),
    ("", "coproc { ./it; read -r _; }\nread -r T <&\"${COPROC[0]}\"\necho >&\"${COPROC[1]}\"\nwait"),
    ("", "read -r T <<< \"$(./it)\""),
    ("", "read -r T << END\n$(./it)\nEND"),
    ("", "./it > value\nT=$(cat value)"),
    ("", "./it | tee value > /dev/null\nT=$(cat value)"),
    ("", "{ ./it; } > value\nT=$(cat value)"),
    ("", "exec 5> value\n./it >&5\nT=$(cat value)"),
    ("", "cat <(./it) > value\nT=$(cat value)"),
    ("", "mkfifo pipe\n./it > pipe & read -r T < pipe\nwait"),
    ("stdbuf", "T=$(stdbuf -oL ./it)"),
    ("make", "printf 'all:\\n\\t@./it\\n' > Makefile\nT=$(make -s)"),
    ("make", "printf 'T := $(shell ./it)\\nall:\\n\\t@echo $(T)\\n' > Makefile\nT=$(make -s)"),
    ("python3", "T=$(python3 -c 'import subprocess as s; print(s.check_output([\"./it\"], text=True))')"),
    (
        "node",
        "T=$(node -e 'console.log(require(\"child_process\").execFileSync(\"./it\", { stdio: [\"ignore\", \"pipe\", \"inherit\"] }).toString())')",
    ),
    ("npm", "echo '{\"scripts\": {\"it\": \"./it\"}}' > package.json\nT=$(npm run --silent it)"),
    ("perl", "T=$(perl -e 'print `./it`')"),
    ("zsh", "T=$(zsh -c './it; true')"),
    ("script", "script -qec 'true' /dev/null\nT=$(./it)"),
];

/// A program of the step that runs a command line.
fn write_it(cli: &Cli, command: &str) {
    let file = cli.write("it", format!("#!/bin/sh\n{command}\n"));
    assert!(Command::new("chmod").arg("+x").arg(file).status().unwrap().success());
}

#[allow(clippy::print_stderr, reason = "the log of the tests says what was left out")]
fn is_there(tool: &str) -> bool {
    let there = tool.is_empty() || is_installed(tool);
    if !there {
        crate::support::skipped(&format!("{tool} is not installed"));
    }
    there
}

#[test]
fn a_mask_that_the_step_would_read_is_refused_before_anything_is_created() {
    for command in MASKING {
        for (_, script) in LEAKS.iter().filter(|(tool, _)| is_there(tool)) {
            let cli = Cli::new();
            write_it(&cli, command);
            let mut runner = job(&cli);
            let step = runner.step(&format!("set +e\n{script}\ntrue"));
            assert_eq!(cli.sent(true), Vec::<String>::new(), "{command}: {script}\n{}", step.log);
            assert_eq!(runner.commands(), [], "{command}: {script}");
            assert!(!cli.folder().join("value").exists(), "{command}: {script}");
        }
    }
}

#[test]
fn the_refusal_says_what_to_do() {
    let cli = Cli::new();
    let step = job(&cli).step("jelou tokens exec my-function -- true 2>&1 | tee log");
    for words in ["could not be masked", "INPUT_ERROR", "leave stderr alone", "on your own machine", ">OUT 2>ERR"] {
        assert!(step.log.contains(words), "{words}: {}", step.log);
    }
}

#[test]
fn a_step_that_leaves_stderr_alone_captures_stdout_as_it_likes() {
    for (_, script) in CAPTURES.iter().filter(|(tool, _)| is_there(tool)) {
        let cli = Cli::new();
        write_it(&cli, "exec jelou tokens create my-function --name new --quiet");
        let mut runner = job(&cli);
        let step = runner.step(&format!("{script}\nprintf %s \"$T\" | tr -d '\\n' > value\necho \"<$T>\""));
        assert_eq!(step.status, 0, "{script}\n{}", step.log);
        let value = std::fs::read_to_string(cli.folder().join("value")).unwrap();
        assert!(step.log.contains("<***"), "{script}\n{}", step.log);
        assert_hidden(runner.log(), &value);
        assert_eq!(cli.token_names("my-function"), ["default", "new"], "{script}");
    }
}

#[test]
fn a_step_that_leaves_stderr_alone_runs_a_command_with_a_token() {
    for script in [
        "./it",
        "X=$(./it)",
        "./it | cat",
        "./it > file",
        "( ./it ) | tee file",
        "{ ./it; } > file",
        "exec > file\n./it",
    ] {
        let cli = Cli::new();
        write_it(&cli, "jelou tokens exec my-function -- sh -c 'echo \"$JELOU_FUNCTION_TOKEN\" >&2'");
        let mut runner = job(&cli);
        let step = runner.step(script);
        assert_eq!((step.status, step.log.trim()), (0, "***"), "{script}");
    }
}

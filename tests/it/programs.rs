//! Programs that `--to command:`, `tokens exec` and `sandbox run` start: what a shell would run is
//! run, and what cannot be started is refused before a token is made.

use std::os::unix::fs::PermissionsExt;

use crate::support::cli::{Cli, Ran};

/// Every way to start a program; it writes `done` into `out` or prints it.
const WAYS: [&[&str]; 3] = [
    &["tokens", "create", "my-function", "--name", "ci", "--to", "command:PROGRAM 'an argument'"],
    &["tokens", "exec", "my-function", "--", "PROGRAM", "an argument"],
    &["sandbox", "run", "--", "PROGRAM", "an argument"],
];

fn run(cli: &Cli, way: &[&str], program: &str) -> Ran {
    let arguments: Vec<String> = way.iter().map(|word| word.replace("PROGRAM", program)).collect();
    cli.jelou(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

fn executable(cli: &Cli, name: &str, content: impl AsRef<[u8]>) {
    std::fs::set_permissions(cli.write(name, content), PermissionsExt::from_mode(0o755)).unwrap();
}

#[test]
fn a_script_without_an_interpreter_is_run_by_sh_as_a_shell_does() {
    let body = "cat > /dev/null\nprintf '%s|' \"$0\" \"$@\" > out\n";
    for content in [body.to_owned(), format!("# a comment\n{body}"), format!("\n{body}"), format!("#!\n{body}")] {
        for way in WAYS {
            // By a path, and found on `PATH`.
            for (program, shown) in [("./script", "./script"), ("script", "/bin/script")] {
                let mut cli = Cli::new();
                executable(&cli, "script", &content);
                executable(&cli, "bin/script", &content);
                let path = format!("{}:{}", cli.folder().join("bin").display(), cli.env()["PATH"]);
                cli.set("PATH", &path);
                run(&cli, way, program).ended(0);
                let out = std::fs::read_to_string(cli.folder().join("out")).expect("it ran");
                assert!(out.ends_with(&format!("{shown}|an argument|")), "{way:?} {content:?} {out}");
            }
        }
    }
    // Its own status, and nothing of it is lost.
    let cli = Cli::new();
    executable(&cli, "script", "exit 7\n");
    run(&cli, WAYS[1], "./script").ended(7);
    executable(&cli, "empty", "");
    run(&cli, WAYS[1], "./empty").ended(0);
}

#[test]
fn what_cannot_be_started_is_refused_before_a_token_is_made() {
    let own = std::fs::read(env!("CARGO_BIN_EXE_jelou")).unwrap();
    let mut foreign = own[..4096].to_vec();
    foreign[18..20].copy_from_slice(&[2, 0]);
    let files: [(&str, &[u8], u32, &str); 9] = [
        ("missing", b"#!/no/such/interpreter\n", 0o755, "`/no/such/interpreter` does not exist"),
        ("windows", b"#!/bin/sh\r\necho\r\n", 0o755, "CR LF"),
        ("env", b"#!/usr/bin/env no-such-program\n", 0o755, "`no-such-program`"),
        ("folder-as-interpreter", b"#!/tmp\n", 0o755, "`/tmp` is not an executable file"),
        ("foreign", &foreign, 0o755, "another kind of processor"),
        ("object", &own[..40], 0o755, "damaged"),
        ("exe", b"MZ\x90\0\x03\0", 0o755, "neither a script nor a program"),
        ("plain", b"#!/bin/sh\n", 0o644, "not an executable file"),
        ("folder/x", b"", 0o644, "not an executable file"),
    ];
    for (name, content, mode, why) in files {
        if matches!(name, "foreign" | "object" | "exe") && !cfg!(target_os = "linux") {
            crate::support::skipped(&format!("`{name}` is told apart from a program on Linux alone"));
            continue;
        }
        if matches!(name, "foreign" | "exe")
            && std::fs::read_dir("/proc/sys/fs/binfmt_misc").is_ok_and(|it| it.count() > 2)
        {
            crate::support::skipped(&format!("this kernel may start `{name}` by binfmt_misc"));
            continue;
        }
        for way in WAYS {
            let cli = Cli::new();
            std::fs::set_permissions(cli.write(name, content), PermissionsExt::from_mode(mode)).unwrap();
            let ran = run(&cli, way, &format!("./{}", name.trim_end_matches("/x"))).ended(2);
            assert!(ran.stderr.contains(why) && ran.stderr.contains("INPUT_ERROR"), "{way:?} {ran:?}");
            assert_eq!(cli.sent(true), Vec::<String>::new(), "{name}");
        }
    }
}

/// `ETXTBSY`: it is started as soon as nobody writes to it any more.
#[test]
fn a_program_that_is_still_open_for_writing_is_waited_for() {
    for way in &WAYS[..2] {
        let cli = Cli::new();
        executable(&cli, "script", "#!/bin/sh\ncat > /dev/null\n");
        let open = std::fs::OpenOptions::new().append(true).open(cli.folder().join("script")).unwrap();
        let arguments: Vec<String> = way.iter().map(|word| word.replace("PROGRAM", "./script")).collect();
        let running = cli.start(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        cli.until_sent("POST /v1/functions/my-function/tokens");
        drop(open);
        let ended = running.end();
        assert_eq!(ended.ran.status, 0, "{ended:?}");
    }
}

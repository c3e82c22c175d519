//! `sandbox run`: the command finds this `jelou`, and nothing is left behind.

use std::os::unix::fs::PermissionsExt;

use crate::support::cli::{Cli, Ran};
use crate::support::terminal::Streams;

/// Whatever this binary is called, the command and its children find it as `jelou`.
#[test]
fn the_command_is_this_jelou_whatever_its_file_is_called() {
    let cli = Cli::new();
    let elsewhere = cli.folder().join("tools/jelou-1.2.3 (arm)");
    std::fs::create_dir_all(elsewhere.parent().unwrap()).unwrap();
    // By another process: were the file open for writing here while another test starts a process,
    // that process would inherit it, and the kernel refuses to run it.
    let copied = std::process::Command::new("cp").arg(env!("CARGO_BIN_EXE_jelou")).arg(&elsewhere).status();
    assert!(copied.unwrap().success());
    // Another program of that name comes first on `PATH`.
    let impostor = cli.write("bin/jelou", "#!/bin/sh\necho impostor\n");
    std::fs::set_permissions(&impostor, PermissionsExt::from_mode(0o755)).unwrap();
    for path in [Some(format!("{}:/usr/bin:/bin", impostor.parent().unwrap().display())), Some(String::new()), None] {
        for binary in [env!("CARGO_BIN_EXE_jelou"), elsewhere.to_str().unwrap()] {
            for command in [
                &["jelou", "tokens", "list", "my-function", "--quiet"][..],
                &["sh", "-c", "jelou tokens list my-function --quiet"],
            ] {
                let mut started = assert_cmd::Command::new(binary);
                started.args(["sandbox", "run", "--"]).args(command).env_clear().current_dir(cli.folder());
                path.as_ref().map(|path| started.env("PATH", path));
                let ran = Ran::of(&mut started).ended(0);
                assert!(ran.stdout.starts_with("tok_"), "{binary} {path:?} {ran:?}");
            }
        }
    }
}

#[test]
fn a_command_that_is_not_found_starts_no_sandbox_and_leaves_nothing() {
    let mut cli = Cli::new();
    let temporary = cli.folder().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    cli.set("TMPDIR", temporary.to_str().unwrap());
    for command in ["jelou-nobody", "./absent", ""] {
        let ran = cli.jelou(&["sandbox", "run", "--", command]).ended(2);
        assert!(ran.stderr.contains("INPUT_ERROR"), "{ran:?}");
    }
    cli.jelou(&["sandbox", "run", "--", "true"]).ended(0);
    assert_eq!(temporary.read_dir().unwrap().count(), 0);
}

/// Only there: what a script prints is its own.
#[test]
fn a_person_who_gets_a_shell_is_told_where_it_is() {
    let cli = Cli::new();
    let said = "The commands of this shell reach the sandbox at http://127.0.0.1:";
    let line = ["sandbox", "run", "--", "sh", "-i"];
    let session = cli.at_terminal(&line, Streams::All, Some(("JELOU_TOKEN\n", "exit 7\r"))).ended(7);
    assert!(session.screen.contains(said) && session.screen.contains("`exit` leaves it"), "{session:?}");
    assert!(session.screen.contains("- my-function: token `default` jfn_rt_sbx_"), "{session:?}");
    assert!(session.screen.contains("its value is in JELOU_FUNCTION_TOKEN\n"), "{session:?}");

    let quiet: [(&[&str], Streams); 5] = [
        (&["sandbox", "run", "--", "sh", "-c", "true"], Streams::All),
        (&["sandbox", "run", "--", "sh"], Streams::NoStdin),
        (&["sandbox", "run", "--quiet", "--", "sh"], Streams::All),
        (&["--agent", "sandbox", "run", "--", "sh"], Streams::All),
        (&["sandbox", "run", "--", "sh"], Streams::NoStderr),
    ];
    for (line, streams) in quiet {
        let keys = (streams != Streams::NoStdin && !line.contains(&"-c")).then_some(("", "exit\r"));
        let session = cli.at_terminal(line, streams, keys).ended(0);
        assert!(!session.screen.contains("sandbox at"), "{line:?} {session:?}");
    }
}

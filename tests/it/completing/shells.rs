//! The shells themselves complete, with the scripts installed by the README's commands.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

use super::cli;
use crate::readme::commented;
use crate::support::cli::Cli;
use crate::support::terminal::AtTerminal;
use crate::support::{TIMEOUT, skipped, tools};

/// Those that complete here.
pub const SHELLS: [&str; 3] = ["bash", "zsh", "fish"];

/// What is typed before Tab, and the line that it becomes.
const LINES: &[(&str, &str)] = &[
    ("jelou tok", "jelou tokens"),
    ("jelou tokens reg", "jelou tokens regenerate"),
    ("jelou tokens revoke my-function ci-d", "jelou tokens revoke my-function ci-deploy"),
    ("jelou tokens revoke my-function default par", "jelou tokens revoke my-function default partner.api"),
    ("jelou tokens list -f oth", "jelou tokens list -f other-function"),
    ("jelou tokens list --function=oth", "jelou tokens list --function=other-function"),
    ("jelou tokens list my-function --status dis", "jelou tokens list my-function --status disabled"),
    ("jelou secrets set my-function DB", "jelou secrets set my-function DB_URL="),
    ("jelou sandbox run --fault redeploy-f", "jelou sandbox run --fault redeploy-fails"),
    ("jelou tokens create my-function --to github-o", "jelou tokens create my-function --to github-output:"),
    ("jelou tokens create my-function --to secret:oth", "jelou tokens create my-function --to secret:other-function/"),
    ("jelou tokens create my-function --to file:certs/o", "jelou tokens create my-function --to file:certs/own.pem"),
    ("jelou whoami --ca-cert=certs/o", "jelou whoami --ca-cert=certs/own.pem"),
    ("jelou whoami --ca-cert certs/o", "jelou whoami --ca-cert certs/own.pem"),
    ("jelou tokens list \"oth", "jelou tokens list other-function"),
    ("jelou tokens revoke 'my-function' par", "jelou tokens revoke my-function partner.api"),
    ("jelou tokens list --quiet > certs/o", "jelou tokens list --quiet"),
    ("jelou tokens exec my-function -- own-pro", "jelou tokens exec my-function -- own-program"),
    ("jelou sandbox run -- cat certs/o", "jelou sandbox run -- cat certs/own.pem"),
    ("jelou schema tokens rot", "jelou schema tokens rotate"),
    ("jelou completions zs", "jelou completions zsh"),
];

/// A home in which a shell has its completions as the README says; nothing if the shell is not
/// installed.
fn installed(shell: &str) -> Option<Cli> {
    if !tools::is_installed(shell) {
        skipped(&format!("{shell} is not installed, so nothing was completed in it"));
        return None;
    }
    let mut cli = cli();
    cli.write("certs/own.pem", "");
    let program = cli.write("bin/own-program", "");
    std::fs::set_permissions(program, PermissionsExt::from_mode(0o755)).unwrap();
    cli.write("bin/own-profile", "which cannot be run");
    let path = format!("{}:{}", cli.folder().join("bin").display(), cli.env()["PATH"]);
    cli.set("PATH", &path);
    let _ = cli.bash(&commented("docs/installing.md", &format!("completions: {shell}"))).ended(0);
    Some(cli)
}

/// A shell at a terminal. Of each line that Tab has completed `echo` writes the words to a file.
fn completes(shell: &str, rc: &str) {
    let Some(cli) = installed(shell) else { return };
    let rc = cli.folder().join("home").join(rc);
    let own = std::fs::read_to_string(&rc).unwrap();
    std::fs::write(&rc, format!("{own}\nPS1='ready> '\n")).unwrap();
    let mut command = Command::new(shell);
    command.arg("-i").env_clear().envs(cli.env()).env("TERM", "xterm").current_dir(cli.folder());
    let mut terminal = AtTerminal::start(command);
    let file = cli.folder().join("line");
    for (typed, expected) in LINES {
        terminal.until_asked("ready> ", 1);
        // Ctrl-A and Ctrl-E go to the begin and the end of the line.
        terminal.types(&format!("{typed}\t\u{1}echo \u{5} >line.new && mv line.new line\r"));
        assert_eq!(written(&file, shell, typed), *expected, "{shell}: {typed}");
        std::fs::remove_file(&file).unwrap();
    }
    assert!(!cli.folder().join("certs/o").exists(), "{shell} completes the file behind `>`");
    terminal.types("exit\r");
    let (status, _, screen) = terminal.end();
    assert_eq!(status, 0, "{screen}");
    let sent = cli.sent(false);
    assert!(sent.iter().all(|line| line.starts_with("GET /v1/functions")), "{sent:?}");
    assert!(sent.len() >= 3, "{sent:?}");
}

/// What a file says once it is there.
fn written(file: &std::path::Path, shell: &str, typed: &str) -> String {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        if let Ok(text) = std::fs::read_to_string(file) {
            return text.trim_end().to_owned();
        }
        assert!(Instant::now() < deadline, "{shell} completed nothing of `{typed}`");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

#[test]
fn bash_completes() {
    completes("bash", ".bashrc");
}

#[test]
fn zsh_completes() {
    completes("zsh", ".zshrc");
}

/// fish completes a line without a terminal.
#[test]
fn fish_completes() {
    let Some(mut cli) = installed("fish") else { return };
    for (typed, expected) in LINES {
        cli.set("TYPED", typed);
        let ran = cli.bash("fish -c 'complete -C \"$TYPED\"'").ended(0);
        let word = ran.stdout.lines().next().unwrap_or_default().split('\t').next().unwrap_or_default();
        let before = typed.rsplit_once(' ').map_or("", |(before, _)| before);
        // fish itself completes the file behind `>`.
        let expected =
            if before.ends_with('>') { format!("{expected} > certs/own.pem") } else { (*expected).to_owned() };
        assert_eq!(format!("{before} {word}").replace('\'', ""), expected, "{typed}: {ran:?}");
    }
    let ran = cli.bash("fish -c 'complete -C \"jelou tokens revoke my-function tok_\"'").ended(0);
    assert!(ran.stdout.contains("\tci-deploy, jfn_rt_sbx_"), "{ran:?}");
}

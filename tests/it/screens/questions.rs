//! What is asked at a terminal, and what follows a yes or a no.

use super::pending;
use crate::support::screens::Screens;
use crate::support::terminal::Streams;

#[test]
fn questions() {
    let mut screens = Screens::default();
    let mut cli = pending();
    for name in ["a", "b"] {
        cli.jelou(&["tokens", "create", "my-function", "--name", name]).ended(0);
    }
    cli.jelou(&["secrets", "set", "my-function", "A=1"]).ended(0);
    cli.write("project/jelou.json", r#"{"function":"fresh"}"#);
    cli.write("project/index.ts", "export default 1;");
    let folder = cli.folder().join("config").display().to_string();
    cli.set("JELOU_CONFIG_DIR", &folder);
    cli.jelou_with_stdin(&["login", "--token-stdin"], cli.sandbox.pat()).ended(0);
    for (line, keys, status) in [
        ("tokens revoke my-function a", "n\r", 14),
        ("tokens revoke my-function a", "\r", 14),
        ("tokens revoke my-function a b", "n\r", 14),
        ("tokens regenerate my-function a", "n\r", 14),
        ("tokens disable my-function a", "n\r", 14),
        ("tokens disable my-function a b", "n\r", 14),
        ("tokens prune my-function --all", "n\r", 14),
        ("tokens revoke my-function a", "y\r", 0),
        ("secrets delete my-function A", "y\r", 0),
        ("deploy project", "n\r", 14),
        ("functions delete other-function", "y\r", 0),
        ("auth remove default", "n\r", 14),
        ("logout --all", "y\r", 0),
    ] {
        let arguments: Vec<&str> = line.split(' ').collect();
        let prompt = if arguments[0] == "deploy" { "(Y/n)" } else { "(y/N)" };
        let session = cli.at_terminal(&arguments, Streams::All, Some((prompt, keys))).ended(status);
        screens.add_session(&cli, &format!("jelou {line}"), &session);
    }
    screens.check("questions");
}

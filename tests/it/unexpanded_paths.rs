//! A path that begins with `~`, `$` or a quote, which no shell has replaced: refused by name,
//! before a folder of that name appears in the working tree or a token is made.

use crate::support::cli::{Cli, Ran};

/// The names in the folder of the test.
fn entries(cli: &Cli) -> Vec<String> {
    let entries = std::fs::read_dir(cli.folder()).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[track_caller]
fn assert_refused(cli: &Cli, ran: Ran, name: &str, before: &[String]) {
    let ran = ran.ended(2);
    assert!(ran.stderr.contains(&format!("`{name}")), "{name} {ran:?}");
    assert!(ran.stderr.contains("only a shell") && ran.stderr.contains("write the whole path"), "{name} {ran:?}");
    assert_eq!(entries(cli), before, "{name}");
    assert!(cli.sandbox.requests().is_empty(), "{name}");
}

#[test]
fn a_folder_variable_is_refused_by_name() {
    for name in [
        "JELOU_CONFIG_DIR",
        "HOME",
        "XDG_CONFIG_HOME",
        "XDG_STATE_HOME",
        "JELOU_CA_CERT",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
    ] {
        for value in ["~", "~/.jelou", "~user/x", "$HOME/.jelou", "${HOME}/.jelou", "\"/x\"", "'/x'"] {
            let mut cli = Cli::new();
            cli.set(name, value);
            let before = entries(&cli);
            let pat = cli.sandbox.pat();
            assert_refused(&cli, cli.jelou_with_stdin(&["login", "--token-stdin"], pat), name, &before);
            for arguments in
                [&["tokens", "create", "my-function", "--name", "ci"][..], &["whoami"], &["logout"], &["auth", "list"]]
            {
                assert_refused(&cli, cli.jelou(arguments), name, &before);
            }
        }
    }
}

#[test]
fn every_folder_of_a_list_is_looked_at() {
    for value in ["/a:~/b", "/a:$HOME/b", "/a::\"/b\"", "/a:/b:~"] {
        let mut cli = Cli::new();
        cli.set("SSL_CERT_DIR", value);
        let before = entries(&cli);
        assert_refused(&cli, cli.jelou(&["whoami"]), "SSL_CERT_DIR", &before);
    }
}

/// What is not read cannot do harm.
#[test]
fn a_folder_variable_that_another_setting_beats_is_not_looked_at() {
    let mut cli = Cli::new();
    let folder = cli.folder().join("config").display().to_string();
    cli.set("JELOU_CONFIG_DIR", &folder);
    for name in ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"] {
        cli.set(name, "~/x");
    }
    cli.jelou(&["tokens", "create", "my-function", "--name", "ci"]).ended(0);
    cli.set("JELOU_CA_CERT", "~/ca.pem");
    cli.jelou(&["whoami"]).ended(2);
    cli.jelou(&["whoami", "--ca-cert", "ca.pem"]).ended(0);
    assert!(!entries(&cli).contains(&"~".to_owned()));
}

#[test]
fn a_path_in_the_arguments_is_refused_by_name() {
    let create = ["tokens", "create", "my-function", "--name", "ci"];
    for (arguments, name) in [
        (&["whoami", "--ca-cert=~/ca.pem"][..], "--ca-cert"),
        (&[&create[..], &["--to", "file:~/token"]].concat(), "--to file:~/token"),
        (&[&create[..], &["--to", "file:~"]].concat(), "--to file:~"),
        (&[&create[..], &["--to", "file:~token", "--force"]].concat(), "--to file:~token"),
        (&[&create[..], &["--to", "dotenv:~/.env:TOKEN"]].concat(), "--to dotenv:~/.env:TOKEN"),
        (&["secrets", "set", "my-function", "--from-env=~/.env"], "--from-env"),
        (&["sandbox", "run", "--seed-file=~/seed.json", "--", "true"], "--seed-file"),
        (&["sandbox", "run", "--scenario=~/s.json", "--", "true"], "--scenario"),
        (&["sandbox", "start", "--state=~/state.json"], "--state"),
        (&[&create[..], &["--to", "file:$TOKEN_FILE"]].concat(), "--to file:$TOKEN_FILE"),
        (&[&create[..], &["--to", "file:\"token\""]].concat(), "--to file:\"token\""),
        (&["man", "~/man"], "<DIR>"),
        (&["deploy", "~/function", "-y"], "[DIR]"),
    ] {
        let cli = Cli::new();
        let before = entries(&cli);
        assert_refused(&cli, cli.jelou(arguments), name, &before);
    }
    // A shell has replaced it, or it is meant.
    let cli = Cli::new();
    std::fs::create_dir(cli.folder().join("~")).unwrap();
    cli.jelou(&[&create[..], &["--to", "file:./~/token", "--to", "file:a~"]].concat()).ended(0);
    assert!(cli.folder().join("~/token").exists() && cli.folder().join("a~").exists());
}

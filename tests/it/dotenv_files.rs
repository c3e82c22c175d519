//! Dotenv files through the real binary: `secrets set --from-env` stores what bash would assign, and
//! `--to dotenv:` leaves a file in which bash finds the token.

use crate::support::cli::Cli;

const SET: &[&str] = &["secrets", "set", "my-function", "--from-env", "app.env"];

/// What bash assigns to `name` when it runs `app.env`.
fn bash_reads(cli: &Cli, name: &str) -> String {
    cli.bash(&format!("set -a; . ./app.env; printf %s \"${name}\"")).ended(0).stdout
}

#[test]
fn a_secret_is_what_bash_reads() {
    for (text, value) in [
        ("KEY= # the one of staging\n", ""),
        ("KEY=\t# the one of staging\n", ""),
        ("KEY=30\t# seconds\n", "30"),
        ("KEY=30 # seconds\n", "30"),
        ("KEY=30#seconds\n", "30#seconds"),
        ("KEY=#30\n", "#30"),
        ("KEY='30 # s'\t# seconds\n", "30 # s"),
        ("KEY=\"3'0\\\"\\$\\\\\" # seconds\n", "3'0\"$\\"),
        ("export KEY=a=b==\n", "a=b=="),
        ("KEY=1\nKEY=2\n", "2"),
        ("# KEY=1 \\\nKEY=3\n", "3"),
        ("KEY={a,b}*?[c]!^%@\n", "{a,b}*?[c]!^%@"),
        ("KEY='-----BEGIN-----\nab+/=\n-----END-----'\n", "-----BEGIN-----\nab+/=\n-----END-----"),
        ("KEY=schlüssel", "schlüssel"),
    ] {
        let cli = Cli::new();
        cli.write("app.env", text);
        assert_eq!(bash_reads(&cli, "KEY"), value, "{text:?}");
        cli.jelou(SET).ended(0);
        assert!(cli.sandbox.secret_is("my-function", "KEY", value), "{text:?}");
    }
}

#[test]
fn a_file_that_only_a_shell_could_read_sets_nothing() {
    for (line, named) in [
        (&b"KEY=hunter2 two"[..], "`KEY`"),
        (b"KEY = hunter2", "`KEY`"),
        (b"KEY=$hunter2", "`KEY`"),
        (b"KEY=`hunter2`", "`KEY`"),
        (b"KEY=\"$(hunter2)\"", "`KEY`"),
        (b"KEY=~hunter2", "`KEY`"),
        (b"export KEY={hunter2,b}", "`KEY`"),
        (b"KEY='hunter2", "`KEY`"),
        (b"KEY=hunter2\\", "`KEY`"),
        (b"KEY=hunter2'b'", "`KEY`"),
        (b"KEY=(hunter2)", "`KEY`"),
        (b"KEY=hunter2;B=1", "`KEY`"),
        (b"KEY=hunter2\r", "`KEY`"),
        (b"KEY=hunter2\0", "`KEY`"),
        (b"KEY+=hunter2", "KEY=VALUE"),
        (b"KEY[0]=hunter2", "KEY=VALUE"),
        (b"KEY: hunter2", "KEY=VALUE"),
        (b"KEY=hunter2\xe9", "UTF-8"),
    ] {
        let cli = Cli::new();
        cli.write("app.env", [b"A=1\n# two\n", line, b"\nB=2\n"].concat());
        for format in [&[][..], &["--json"]] {
            let ran = cli.jelou(&[SET, format].concat()).ended(2);
            let said = format!("{}{}", ran.stdout, ran.stderr);
            assert!(said.contains("line 3") && said.contains(named), "{ran:?}");
            assert!(!said.contains("hunter2"), "{ran:?}");
        }
        assert_eq!(cli.sent(false), Vec::<String>::new());
    }
}

#[test]
fn a_new_variable_is_written_as_the_last_one_is() {
    for (before, line) in [
        ("export A=1\nexport B='2'\n", "export TOKEN="),
        ("# mine\n\nexport A=1", "export TOKEN="),
        ("A=1\nexport B=2\n", "export TOKEN="),
        ("export A=1\nB=2\n", "TOKEN="),
        ("A=1\n", "TOKEN="),
        ("# export\n", "TOKEN="),
    ] {
        let cli = Cli::new();
        let path = cli.write("app.env", before);
        cli.jelou(&["tokens", "create", "my-function", "--name", "ci", "--to", "dotenv:app.env:TOKEN"]).ended(0);
        let text = std::fs::read_to_string(&path).unwrap();
        let value = bash_reads(&cli, "TOKEN");
        assert!(value.starts_with("jfn_rt_sbx_"), "{text}");
        let newline = if before.ends_with('\n') { "" } else { "\n" };
        assert_eq!(text, format!("{before}{newline}{line}{value}\n"));
    }
}

#[test]
fn a_file_in_which_bash_would_not_find_the_token_is_refused_before_there_is_one() {
    for (text, line) in [
        ("A=1\nB='open\n", 2),
        ("A=don't\nTOKEN=old\nB=won't\n", 1),
        ("A=1 \\\n", 1),
        ("A=$(cat\n", 1),
        ("cat <<E\nTOKEN=old\nE\n", 1),
        ("TOKEN=old\nTOKEN+=more\n", 2),
        ("TOKEN=old\nunset TOKEN\n", 2),
        ("readonly TOKEN=old\n", 1),
        ("export A=1 TOKEN=old\n", 1),
        ("TOKEN=old; A=1\n", 1),
    ] {
        let cli = Cli::new();
        let path = cli.write("app.env", text);
        let create = ["tokens", "create", "my-function", "--name", "ci", "--to", "dotenv:app.env:TOKEN"];
        let ran = cli.jelou(&create).ended(2);
        assert!(ran.stderr.contains(&format!("line {line} ")), "{text:?}: {ran:?}");
        assert_eq!(std::fs::read_to_string(path).unwrap(), text);
        assert_eq!(cli.sent(true), Vec::<String>::new());
    }
}

//! `secrets set` without a secret asks for them at a terminal: keys, hidden values, another one?

use rustix::process::Signal;

use crate::support::cli::Cli;
use crate::support::terminal::AtTerminal;

const KEY: &str = "? Secret key:";
const VALUE: &str = "? Secret value:";
const ANOTHER: &str = "? Add another secret? (y/N)";
const SET: &[&str] = &["secrets", "set", "my-function"];
const PUT: &str = "PUT /v1/functions/my-function/secrets";

#[test]
fn what_is_asked_is_set_by_one_request_and_no_value_is_shown() {
    let asked = &[
        (KEY, "CRM_API_KEY\r"),
        (VALUE, "hunter2 one\r"),
        (ANOTHER, "y\r"),
        (KEY, "JELOU_API_KEY\r"),
        (VALUE, "hunter2=two\r"),
        (ANOTHER, "n\r"),
    ];
    for (line, variable) in [
        ("secrets set my-function", None),
        ("secrets set -f my-function -v", None),
        ("functions secrets set my-function", None),
        ("secrets set", Some("my-function")),
    ] {
        let mut cli = Cli::new();
        if let Some(slug) = variable {
            cli.set("JELOU_FUNCTION", slug);
        }
        let session = cli.converse(&line.split(' ').collect::<Vec<_>>(), asked).ended(0);
        assert!(session.screen.contains("✓ Set 2 secrets"), "{session:?}");
        assert!(session.screen.contains("CRM_API_KEY") && !session.screen.contains("hunter2"), "{session:?}");
        assert_eq!(cli.sent(true), [PUT], "{line}");
        assert!(cli.sandbox.secret_is("my-function", "CRM_API_KEY", "hunter2 one"), "{line}");
        assert!(cli.sandbox.secret_is("my-function", "JELOU_API_KEY", "hunter2=two"), "{line}");
    }
}

/// The answers that end the questions; others are asked again.
#[test]
fn only_a_yes_or_a_no_answers_whether_there_is_another() {
    for (answers, keys) in [(&["\r"][..], 1), (&["no\r"], 1), (&["N\r"], 1), (&["YES\r", "\r"], 2)] {
        let cli = Cli::new();
        let mut asked = Vec::new();
        for (key, answer) in ["A\r", "B\r"].iter().zip(answers) {
            asked.extend([(KEY, *key), (VALUE, "hunter2\r"), (ANOTHER, *answer)]);
        }
        let session = cli.converse(SET, &asked).ended(0);
        assert_eq!(cli.jelou(&["secrets", "list", "my-function", "--quiet"]).ended(0).stdout.lines().count(), keys);
        assert!(session.screen.contains("✓ Set"), "{session:?}");
    }
    // A value of several lines that was pasted: what follows its first line is no answer, nor
    // does an empty line at its end count as one.
    let cli = Cli::new();
    let pasted = "hunter2 line one\rhunter2 line two\rhunter2 line three\r\r";
    let session = cli.converse(SET, &[(KEY, "A\r"), (VALUE, pasted), ("hint: ", "\u{4}")]).ended(14);
    assert!(session.screen.contains("`--stdin KEY`"), "{session:?}");
    assert_eq!(cli.sent(true), Vec::<String>::new());
}

#[test]
fn a_wrong_key_is_said_and_asked_again_and_nothing_is_lost() {
    let form = "is not the key of a secret: of `A-Z`";
    let cli = Cli::new();
    let session = cli
        .converse(
            SET,
            &[
                (KEY, "FIRST\r"),
                (VALUE, "hunter2-1\r"),
                (ANOTHER, "y\r"),
                (KEY, "lower\r"),
                (KEY, "__FN_SECRET\r"),
                (KEY, "\r"),
                (KEY, "1A\r"),
                (KEY, "A-B\r"),
                (KEY, "C=x\r"),
                (KEY, "SECOND\r"),
                (VALUE, "hunter2-2\r"),
                (ANOTHER, "\r"),
            ],
        )
        .ended(0);
    assert!(session.screen.matches(form).count() == 5, "{session:?}");
    assert!(session.screen.contains("`__FN_` is the platform's own"), "{session:?}");
    assert_eq!(cli.sent(true), [PUT]);
    assert!(cli.sandbox.secret_is("my-function", "FIRST", "hunter2-1"));
    assert!(cli.sandbox.secret_is("my-function", "SECOND", "hunter2-2"));
}

#[test]
fn a_later_value_of_a_key_replaces_the_earlier_one_and_that_is_said() {
    let cli = Cli::new();
    let session = cli
        .converse(
            SET,
            &[
                (KEY, "A\r"),
                (VALUE, "hunter2-1\r"),
                (ANOTHER, "y\r"),
                (KEY, " A \r"),
                (VALUE, "hunter2-2\r"),
                (ANOTHER, "\r"),
            ],
        )
        .ended(0);
    assert!(session.screen.contains("`A` was given before; this value replaces that one"), "{session:?}");
    assert!(session.screen.contains("✓ Set secret A"), "{session:?}");
    assert_eq!(cli.sent(true), [PUT]);
    assert!(cli.sandbox.secret_is("my-function", "A", "hunter2-2"));
}

/// A paste that failed, and an arrow key, are seen by nobody.
#[test]
fn an_empty_value_and_one_with_control_characters_are_asked_again() {
    let cli = Cli::new();
    let session = cli
        .converse(
            SET,
            &[(KEY, "A\r"), (VALUE, "\r"), (VALUE, "hunter2\u{1b}[D\r"), (VALUE, "hunter2\t \r"), (ANOTHER, "\r")],
        )
        .ended(0);
    assert!(session.screen.contains("`jelou secrets set my-function A=`"), "{session:?}");
    assert!(session.screen.contains("control character"), "{session:?}");
    assert!(!session.screen.contains("hunter2"), "{session:?}");
    assert_eq!(cli.sent(true), [PUT]);
    assert!(cli.sandbox.secret_is("my-function", "A", "hunter2\t "));
}

/// Wherever the questions are left, nothing is sent and the terminal is as it was.
#[test]
fn leaving_the_questions_sends_nothing() {
    let first = &[(KEY, "A\r"), (VALUE, "hunter2\r"), (ANOTHER, "y\r"), (KEY, "B\r"), (VALUE, "hunter2\r")];
    for answered in 0..=first.len() {
        let at = [KEY, VALUE, ANOTHER][answered % 3];
        // Without a controlling terminal, Ctrl-C is a key only while the value is hidden.
        for how in ["signal", "\u{3}", "\u{4}"].into_iter().filter(|how| *how != "\u{3}" || at == VALUE) {
            let cli = Cli::new();
            let mut session = AtTerminal::start(cli.process(SET));
            for (number, (prompt, keys)) in first[..answered].iter().enumerate() {
                session.until_said(prompt, number / 3 + 1);
                session.types(keys);
            }
            session.until_said(at, answered / 3 + 1);
            if how == "signal" {
                session.signal(Signal::INT);
            } else {
                session.types(how);
            }
            let (status, as_before, screen) = session.end();
            assert_eq!(status, if how == "\u{4}" { 14 } else { 130 }, "{at} {how:?} {screen:?}");
            assert!(as_before && !screen.contains("hunter2"), "{at} {how:?} {screen:?}");
            assert_eq!(cli.sent(true), Vec::<String>::new(), "{at} {how:?}");
        }
    }
}

/// An answer that the end of the input cuts off is none.
#[test]
fn an_answer_without_its_line_end_is_none() {
    for asked in [&[(KEY, "A\u{4}\u{4}")][..], &[(KEY, "A\r"), (VALUE, "hunter2\r"), (ANOTHER, "n\u{4}\u{4}")]] {
        let cli = Cli::new();
        let session = cli.converse(SET, asked).ended(14);
        assert!(session.screen.contains("nothing was changed"), "{session:?}");
        assert_eq!(cli.sent(true), Vec::<String>::new());
    }
}

#[test]
fn where_nobody_can_be_asked_the_error_names_the_three_ways() {
    let mut cli = Cli::new();
    for flags in [&[][..], &["--json"], &["--quiet"], &["--no-input"], &["--agent"]] {
        let ran = cli.jelou(&[SET, flags].concat()).ended(2);
        let said = if ran.stderr.is_empty() { ran.stdout.clone() } else { ran.stderr.clone() };
        assert!(["KEY=VALUE", "--from-env", "--stdin"].iter().all(|way| said.contains(way)), "{ran:?}");
        if !flags.is_empty() {
            let session = cli.converse(&[SET, flags].concat(), &[]).ended(2);
            assert!(!session.screen.contains("Secret key"), "{session:?}");
        }
    }
    cli.set("CI", "true");
    let session = cli.converse(SET, &[]).ended(2);
    assert!(session.screen.contains("--from-env") && !session.screen.contains("Secret key"), "{session:?}");
    assert_eq!(cli.sent(false), Vec::<String>::new());
}

/// An empty file of variables is no reason to ask.
#[test]
fn nothing_is_asked_if_the_command_says_where_the_secrets_are() {
    let cli = Cli::new();
    cli.write("empty.env", "# none\n");
    let session = cli.converse(&[SET, &["--from-env", "empty.env"]].concat(), &[]).ended(2);
    assert!(session.screen.contains("There is no secret to set"), "{session:?}");
}

/// What is missing is said before somebody types values for nothing.
#[test]
fn a_missing_credential_is_said_before_anything_is_asked() {
    let mut cli = Cli::new();
    cli.unset("JELOU_TOKEN");
    let session = cli.converse(SET, &[]).ended(3);
    assert!(!session.screen.contains("Secret key"), "{session:?}");
}

#[test]
fn a_function_that_does_not_exist_is_said_before_anything_is_asked() {
    let cli = Cli::new();
    let session = cli.converse(&["secrets", "set", "nobody"], &[]).ended(5);
    assert!(session.screen.contains("NOT_FOUND") && !session.screen.contains("Secret key"), "{session:?}");
}

#[test]
fn a_key_of_the_platform_is_refused_with_a_reason_of_its_own() {
    let cli = Cli::new();
    cli.write("own.env", "A=1\n__FN_SECRET=hunter2\n");
    for (line, place) in [
        ("secrets set my-function __FN_SECRET=hunter2", "`__FN_SECRET`"),
        ("secrets set my-function A=1 __FN_=hunter2", "`__FN_`"),
        ("secrets set my-function --from-env own.env", "own.env, line 2: `__FN_SECRET`"),
        ("secrets set my-function --stdin __FN_SECRET", "`__FN_SECRET`"),
        ("secrets delete my-function __FN_SECRET -y", "`__FN_SECRET`"),
        ("tokens create my-function --name x --to secret:other-function/__FN_X", "secret:other-function/__FN_X"),
    ] {
        let ran = cli.jelou_with_stdin(&line.split(' ').collect::<Vec<_>>(), "hunter2").ended(2);
        assert!(ran.stderr.contains("what begins `__FN_` is the platform's own"), "{line}: {ran:?}");
        assert!(ran.stderr.contains(place) && !ran.stderr.contains("hunter2"), "{line}: {ran:?}");
    }
    assert_eq!(cli.sent(false), Vec::<String>::new());
}

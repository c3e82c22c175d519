//! The emulated runner behaves as the real one was observed to. The tests of masks rest on it.

mod files;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jelou::ci::Masker;
use jelou::secret::{RuntimeToken, Secret};

use crate::support::readable::longest_part;
use crate::support::runner::{Dialect, Job, Order, Runner, Shell, parse};

/// 23 bytes, the value with which the real masker was observed.
const TOKEN: &str = "jfn_rt_A1b2C3d4E5f6G7h8";

fn runner() -> (tempfile::TempDir, Runner) {
    let folder = tempfile::tempdir().unwrap();
    let runner = Runner::new(folder.path());
    (folder, runner)
}

/// How a job's log shows a line after these commands.
fn shown(dialect: Dialect, commands: &str, line: &str) -> String {
    let mut job = Job::new(dialect);
    commands.lines().for_each(|command| job.process_line(command));
    job.log.clear();
    job.process_line(line);
    job.log.trim_end_matches('\n').to_owned()
}

/// The mask lines that `jelou` writes for a token.
fn our_masks(masker: &Masker) -> String {
    masker.commands(&RuntimeToken::issued(Secret::new(TOKEN)).unwrap()).to_string()
}

#[test]
fn the_masker_masks_what_the_real_one_was_seen_to_mask() {
    let mask = format!("::add-mask::{TOKEN}");
    let spaced: String = TOKEN.chars().flat_map(|c| [c, ' ']).collect();
    let table = [
        (TOKEN.to_owned(), "***"),
        (format!("Bearer {TOKEN}"), "Bearer ***"),
        (format!("{TOKEN} {TOKEN}"), "*** ***"),
        (format!("{TOKEN}{TOKEN}"), "***"),
        (STANDARD.encode(TOKEN), "***"),
        (STANDARD.encode(format!("u:{TOKEN}")), "dTpq***"),
    ];
    for (line, expected) in &table {
        assert_eq!(shown(Dialect::GitHub, &mask, line), *expected, "{line}");
    }
    for prefix in ["us:", "use:"] {
        assert!(
            shown(Dialect::GitHub, &mask, &STANDARD.encode(format!("{prefix}{TOKEN}"))).contains("***"),
            "{prefix}"
        );
    }
    for line in [
        STANDARD.encode(format!("{TOKEN}\n")),
        TOKEN.to_uppercase(),
        spaced.trim().to_owned(),
        TOKEN[..TOKEN.len() - 1].to_owned(),
        TOKEN.replace('j', "%6A"),
    ] {
        assert_eq!(shown(Dialect::GitHub, &mask, &line), line, "the real masker does not know this form");
    }
}

#[test]
fn readable_base64_is_detected() {
    for prefix in ["", "u", "us", "use"] {
        let line = STANDARD.encode(format!("{prefix}{TOKEN}\n"));
        assert_eq!(longest_part(TOKEN, &line), TOKEN.len(), "{prefix:?}");
        assert!(longest_part(TOKEN, &format!("***{}", &line[17..])) >= 6, "{prefix:?}");
    }
    assert_eq!(longest_part(TOKEN, "***"), 0);
}

#[test]
fn our_masks_cover_base64_with_anything_around_the_token() {
    let masks = our_masks(&Masker::WorkflowCommands);
    for dialect in [Dialect::GitHub, Dialect::Act, Dialect::Forgejo, Dialect::Gitea] {
        for prefix in ["", "u", "us", "use", "user:"] {
            for suffix in ["", "\n", "\r\n", "@"] {
                let line = STANDARD.encode(format!("{prefix}{TOKEN}{suffix}"));
                let log = shown(dialect, &masks, &line);
                let read = longest_part(TOKEN, &log);
                assert!(read < 6, "{dialect:?}, {prefix:?} before and {suffix:?} after: {read} bytes in {log}");
            }
        }
        assert_eq!(shown(dialect, &masks, TOKEN), "***");
        assert_eq!(shown(dialect, &masks, "jfn_rt_A1b2 ci-deploy"), "jfn_rt_A1b2 ci-deploy", "neither prefix nor name");
    }
}

#[test]
fn our_masks_work_after_an_unfinished_line() {
    let (_folder, mut runner) = runner();
    let script = our_masks(&Masker::WorkflowCommands)
        .lines()
        .fold("printf 'Creating… ' >&2\n".to_owned(), |script, line| script + "echo '" + line + "' >&2\n");
    let step = runner.step(&(script + "echo " + TOKEN));
    assert!(step.log.starts_with("Creating… \n"), "{}", step.log);
    assert!(step.log.ends_with("***\n") && !step.log.contains(TOKEN), "{}", step.log);
}

#[test]
fn commands_are_found_where_the_real_runner_finds_them() {
    let fires = [
        "::add-mask::x",
        "  \t::add-mask::x",
        "\u{a0}::add-mask::x",
        "\u{3000}::ADD-MASK::x",
        "\u{85}::add-mask::x",
        "\u{2028}::add-mask::x",
        "##[add-mask]x",
        "text ##[add-mask]x",
        "::unknown::##[add-mask]x",
    ];
    let does_not = [
        "text ::add-mask::x",
        "\u{1b}[0m::add-mask::x",
        "\u{200b}::add-mask::x",
        "\u{feff}::add-mask::x",
        ": :add-mask::x",
        "::unknown::x",
        "::add-mask:x",
        "##[unknown]x",
        "# #[add-mask]x",
        "#\\#[add-mask]x",
    ];
    for line in fires {
        assert_eq!(
            parse(Dialect::GitHub, line, None).map(|command| command.name),
            Some("add-mask".to_owned()),
            "{line:?}"
        );
    }
    for line in does_not {
        assert_eq!(parse(Dialect::GitHub, line, None), None, "{line:?}");
    }
}

#[test]
fn other_runners_accept_commands_at_column_0_only() {
    for dialect in [Dialect::Act, Dialect::Forgejo, Dialect::Gitea] {
        assert!(parse(dialect, "::add-mask::x", None).is_some(), "{dialect:?}");
        for line in [" ::add-mask::x", "::Add-Mask::x", "text ##[add-mask]x"] {
            assert_eq!(parse(dialect, line, None), None, "{dialect:?}: {line}");
        }
    }
    let data = |dialect| parse(dialect, "::add-mask::100%25", None).unwrap().data;
    assert_eq!(data(Dialect::GitHub), "100%");
    assert_eq!(data(Dialect::Forgejo), "100%25");
    assert!(parse(Dialect::Act, "##[add-mask]x", None).is_some());
    assert!(parse(Dialect::Forgejo, "##[add-mask]x", None).is_none());
}

#[test]
fn properties_and_data_are_decoded() {
    let command = parse(Dialect::GitHub, "::error file=a%2Cb.rs,title=x%3Ay::one%0Atwo%25%0D", None).unwrap();
    assert_eq!(command.properties["file"], "a,b.rs");
    assert_eq!(command.properties["title"], "x:y");
    assert_eq!(command.data, "one\ntwo%\r");
    assert_eq!(parse(Dialect::GitHub, "::set-output NAME=x::y", None).unwrap().properties["name"], "x");
    let command = parse(Dialect::GitHub, "##[set-output name=a%3Bb;x=1]c%5D", None).unwrap();
    assert_eq!((command.properties["name"].as_str(), command.data.as_str()), ("a;b", "c]"));
}

#[test]
fn a_lone_carriage_return_begins_a_line() {
    let (_folder, mut runner) = runner();
    let step = runner.step("printf 'text\\r::set-output name=x::y\\r\\nmore\\n'");
    let lines: Vec<&str> = step.log.lines().collect();
    assert!(lines[1].starts_with("##[warning]The `set-output` command is deprecated"), "{lines:?}");
    assert_eq!([lines[0], lines[2]], ["text", "more"]);
    assert_eq!(step.outputs["x"], "y");
    assert_eq!(runner.commands().len(), 1);
}

#[test]
fn stderr_comes_first_within_a_batch() {
    let script = format!("echo {TOKEN}; echo ::add-mask::{TOKEN} >&2");
    let (_folder, mut stderr_first) = runner();
    assert_eq!(stderr_first.step(&script).log, "***\n");
    let (_folder, stdout_first) = runner();
    let log = stdout_first.order(Order::StdoutFirst).step(&script).log;
    assert_eq!(log, format!("{TOKEN}\n"), "across streams a mask may come too late");
}

#[test]
fn stopped_commands_are_printed_and_masks_are_ignored() {
    let (_folder, mut runner) = runner();
    let step = runner.step(
        "echo ::stop-commands::resume-here\necho ::add-mask::secret-one\necho secret-one\necho ::resume-here::\n\
         echo ::add-mask::secret-two\necho secret-two",
    );
    assert_eq!(step.log, "::stop-commands::***\n::add-mask::secret-one\nsecret-one\n::***::\n***\n");
}

#[test]
fn a_stop_token_that_is_a_command_fails_the_step() {
    for token in ["", "add-mask", "pause-logging"] {
        let (_folder, mut runner) = runner();
        let step = runner.step(&format!("echo ::stop-commands::{token}\necho ::add-mask::late\necho late"));
        assert!(step.failed && step.status == 0, "{token}");
        assert!(step.log.starts_with("##[error]You cannot use a endToken"), "{}", step.log);
        assert_eq!(step.log.lines().count(), 1, "nothing more is read: {}", step.log);
    }
}

#[test]
fn a_mask_of_several_lines_masks_each() {
    let masks = "::add-mask::one-line%0Atwo-line";
    assert_eq!(shown(Dialect::GitHub, masks, "a one-line"), "a ***");
    assert_eq!(shown(Dialect::GitHub, masks, "a two-line"), "a ***");
    assert!(shown(Dialect::GitHub, "", "::add-mask:: ").contains("##[warning]"));
}

#[test]
fn forms_of_a_value_with_special_characters_are_masked() {
    let mask = "::add-mask::a\"b'c<d&e f/secret";
    for form in [
        "a\\\"b'c<d&e f/secret",
        "a\"b''c<d&e f/secret",
        "a%22b%27c%3Cd%26e%20f%2Fsecret",
        "a&quot;b&apos;c&lt;d&amp;e f/secret",
        "a\"b'c<d&",
        "e f/secret",
    ] {
        assert_eq!(shown(Dialect::GitHub, mask, form), "***", "{form}");
    }
    assert_eq!(shown(Dialect::GitHub, "::add-mask::\"quoted-secret\"", "quoted-secret"), "***");
}

#[test]
fn echoed_commands_are_masked() {
    let (_folder, mut runner) = runner();
    let step = runner
        .step(&format!("echo ::echo::on\necho ::add-mask::{TOKEN}\necho ::echo::off\necho ::add-mask::other-one"));
    assert_eq!(step.log, "::add-mask::***\n::echo::off\n");
}

#[test]
fn set_env_and_add_path_fail_the_step_and_print_the_line() {
    for command in ["::set-env name=A::leaked", "::add-path::leaked", "##[set-env name=A]leaked"] {
        let (_folder, mut runner) = runner();
        let step = runner.step(&format!("echo '{command}'"));
        assert!(step.failed && step.log.contains(command), "{}", step.log);
    }
}

#[test]
fn annotations_and_groups_are_rendered() {
    let (_folder, mut runner) = runner();
    let step = runner
        .step("echo ::error::bad\necho ::warning file=x::odd\necho ::group::G\necho ::endgroup::\necho ::debug::d");
    assert_eq!(step.log, "##[error]bad\n##[warning]odd\n##[group]G\n##[endgroup]\n");
    assert!(!step.failed, "an annotation is not a failure");
}

#[test]
fn a_step_fails_as_its_shell_does() {
    let script = "false | true\necho on";
    let (_folder, mut plain) = runner();
    assert_eq!(plain.step(script).log, "on\n");
    let (_folder, pipefail) = runner();
    let step = pipefail.shell(Shell::BashPipefail).step(script);
    assert_eq!(
        (step.status, step.failed, step.log.as_str()),
        (1, true, "##[error]Process completed with exit code 1.\n")
    );
}

#[test]
fn markers_of_the_runner_are_taken_away() {
    assert_eq!(
        shown(Dialect::GitHub, "", "a ##[start-action x]b ##[end-action]"),
        "a ##[\\start-action x]b ##[\\end-action]"
    );
}

#[test]
fn a_command_that_fails_is_named_or_quoted() {
    let quoted = shown(Dialect::GitHub, "", "::echo::maybe");
    assert_eq!(
        quoted,
        "##[error]Unable to process command '::echo::maybe' successfully.\n##[error]Invalid echo command value. \
         Possible values can be: 'on', 'off'. Current value is: 'maybe'."
    );
}

#[test]
fn a_job_has_the_variables_of_its_runner() {
    let (_folder, runner) = runner();
    let mut forgejo = runner.dialect(Dialect::Forgejo).env("EXTRA", "x");
    let step = forgejo.step("echo $GITHUB_ACTIONS $GITEA_ACTIONS $FORGEJO_ACTIONS $EXTRA");
    assert_eq!(step.log, "true true true x\n");
}

//! Every code of the table, provoked through the binary in every format: the same status, one
//! envelope or nothing on stdout, one human line on stderr.

use std::time::Duration;

use jelou::exit::ErrorCode;
use jelou::sandbox::{Fault, RetryAfter};

use crate::support::cli::{Cli, Ran};
use crate::support::screens::Screens;
use crate::support::terminal::Streams;

const FORMATS: [&[&str]; 5] = [&[], &["--json"], &["--quiet"], &["--jq", ".data"], &["--agent"]];

/// How a code is provoked.
struct Provocation {
    prepare: fn(&mut Cli),
    arguments: &'static [&'static str],
    /// stdout is a full disk.
    full_stdout: bool,
    /// Something was changed, so `.data` is printed in spite of the failure.
    keeps_data: bool,
    /// Needs an answer at a terminal, which only the human format asks for.
    needs_person: bool,
}

const LIST: &[&str] = &["tokens", "list", "my-function"];
const CREATE: &[&str] = &["tokens", "create", "my-function", "--name", "ci"];

impl Provocation {
    fn of(arguments: &'static [&'static str], prepare: fn(&mut Cli)) -> Self {
        Self { prepare, arguments, full_stdout: false, keeps_data: false, needs_person: false }
    }
}

/// A new code does not compile until there is a provocation for it.
fn provocation(code: ErrorCode) -> Provocation {
    let nothing = |_: &mut Cli| {};
    match code {
        ErrorCode::UnknownError => Provocation { full_stdout: true, ..Provocation::of(LIST, nothing) },
        ErrorCode::InputError => Provocation::of(&["tokens", "revoke", "my-function", "default"], nothing),
        ErrorCode::MissingFunctionsProject => Provocation::of(&["tokens", "list"], nothing),
        ErrorCode::MissingAuth => Provocation::of(LIST, |cli| {
            cli.unset("JELOU_TOKEN");
        }),
        ErrorCode::AuthError => Provocation::of(LIST, |cli| {
            cli.set("JELOU_TOKEN", "jfn_pat_sbx_nobody0nobody0nobody0");
        }),
        ErrorCode::Forbidden => Provocation::of(CREATE, |cli| {
            let pat = cli.sandbox.issue_pat(&["tokens:read"]);
            cli.set("JELOU_TOKEN", &pat);
        }),
        ErrorCode::NotFound => Provocation::of(&["tokens", "list", "nobody"], nothing),
        ErrorCode::ValidationError => Provocation::of(CREATE, |cli| cli.sandbox.inject(Fault::status(422))),
        ErrorCode::Conflict => Provocation::of(&["tokens", "create", "my-function", "--name", "default"], nothing),
        ErrorCode::RateLimited => Provocation::of(LIST, |cli| {
            cli.sandbox.inject(Fault::status(429).retry_after(RetryAfter::Seconds(3600)).always());
        }),
        ErrorCode::ApiError => Provocation::of(LIST, |cli| cli.sandbox.inject(Fault::html(200).always())),
        ErrorCode::TransientError => Provocation::of(LIST, |cli| {
            cli.sandbox.inject(Fault::status(500).always());
            cli.set("JELOU_RETRIES", "0");
        }),
        ErrorCode::NetworkError => Provocation::of(LIST, |cli| {
            cli.sandbox.inject(Fault::reset_before().always());
            cli.set("JELOU_RETRIES", "0");
        }),
        ErrorCode::NotLive => Provocation {
            keeps_data: true,
            ..Provocation::of(&["tokens", "create", "my-function", "--name", "ci", "--wait"], |cli| {
                cli.sandbox.inject(Fault::redeploy_fails());
            })
        },
        ErrorCode::PartialFailure => Provocation {
            keeps_data: true,
            ..Provocation::of(&["tokens", "revoke", "my-function", "extra", "tok_nobody", "-y"], |cli| {
                cli.jelou(&["tokens", "create", "my-function", "--name", "extra"]).ended(0);
            })
        },
        ErrorCode::DeliveryError => Provocation { full_stdout: true, ..Provocation::of(CREATE, nothing) },
        ErrorCode::Cancelled => Provocation {
            needs_person: true,
            ..Provocation::of(&["tokens", "revoke", "my-function", "default"], nothing)
        },
    }
}

/// Runs a provocation in one format.
#[must_use]
fn provoke(code: ErrorCode, format: &[&str], screens: &mut Screens) -> (Provocation, Ran) {
    let wanted = provocation(code);
    let mut cli = Cli::with(|builder| builder.redeploy_delay(Duration::from_millis(5)));
    (wanted.prepare)(&mut cli);
    let arguments = [wanted.arguments, format].concat();
    let ran = if wanted.needs_person {
        let session = cli.at_terminal(&arguments, Streams::StdoutCaptured, Some(("(y/N)", "n\r")));
        Ran { status: session.status, stdout: session.stdout, stderr: session.screen }
    } else if wanted.full_stdout {
        let mut command = cli.process(&arguments);
        command.stdout(crate::support::full_disk());
        command.stderr(std::process::Stdio::piped());
        let output = command.spawn().and_then(std::process::Child::wait_with_output).expect("the command runs");
        let stderr = String::from_utf8(output.stderr).expect("UTF-8 on stderr");
        Ran { status: output.status.code().expect("a status"), stdout: String::new(), stderr }
    } else {
        cli.jelou(&arguments)
    };
    let values = cli.sandbox.tokens("my-function").len();
    assert!(wanted.keeps_data || values == 1, "{values} tokens: {ran:?}");
    if format.is_empty() {
        let redirection = if wanted.full_stdout { " > /dev/full" } else { "" };
        screens.add(&cli, &format!("jelou {}{redirection}", wanted.arguments.join(" ")), &ran);
    }
    (wanted, ran)
}

#[test]
fn every_code_has_its_status_in_every_format() {
    let mut screens = Screens::default();
    for code in ErrorCode::ALL {
        if provocation(code).full_stdout && !cfg!(target_os = "linux") {
            crate::support::skipped(&format!("no other system has `/dev/full` to provoke {code:?}"));
            continue;
        }
        for format in FORMATS {
            let (wanted, ran) = provoke(code, format, &mut screens);
            let ran = ran.ended(i32::from(code.exit_status()));
            check_stderr(code, &wanted, format, &ran);
            check_stdout(code, &wanted, format, &ran);
            if wanted.needs_person {
                break;
            }
        }
    }
    if cfg!(target_os = "linux") {
        screens.check("error_codes");
    }
}

fn check_stderr(code: ErrorCode, wanted: &Provocation, format: &[&str], ran: &Ran) {
    if *format == ["--agent"] {
        assert_eq!(ran.stderr, "", "{code:?}");
        return;
    }
    let lines: Vec<&str> = ran.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    let [line] = lines[..] else { panic!("one line `error: …` for {code:?} {format:?}: {ran:?}") };
    assert!(line.ends_with(&format!(" ({}, exit {})", code.as_str(), code.exit_status())), "{line}");
    assert!(!line.contains(". ("), "no full stop: {line}");
    let last = ran.stderr.lines().last().expect("a line");
    assert!(last == line || last.starts_with("hint: ") || wanted.needs_person, "{ran:?}");
}

fn check_stdout(code: ErrorCode, wanted: &Provocation, format: &[&str], ran: &Ran) {
    if wanted.full_stdout {
        return;
    }
    if *format == ["--json"] || *format == ["--agent"] {
        let document = ran.json();
        assert_eq!(document["ok"], false, "{code:?}");
        assert_eq!(document["error"]["code"], code.as_str());
        assert_eq!(document["error"]["exit_code"], code.exit_status());
        assert_eq!(document["error"]["retryable"], code.retryable(), "{code:?}");
        for key in ["message", "hint", "http_status", "details"] {
            assert!(document["error"].get(key).is_some(), "{key} of {code:?}");
        }
        assert_eq!(document["data"] == false, !wanted.keeps_data, "{code:?}: {document}");
        assert_eq!(document["meta"]["schema_version"], 1);
        assert!(document["warnings"].is_array() && document["breadcrumbs"].is_array());
    } else {
        assert_eq!(ran.stdout.is_empty(), !wanted.keeps_data, "{code:?} {format:?}: {ran:?}");
    }
}

/// `NOT_LIVE` keeps its data: the token exists.
#[test]
fn a_token_that_is_not_live_is_delivered_in_every_format() {
    let provoke = |format: &[&str]| provoke(ErrorCode::NotLive, format, &mut Screens::default()).1;
    assert!(provoke(&["--quiet"]).stdout.starts_with("jfn_rt_sbx_"));
    assert!(provoke(&["--jq", ".data.token"]).stdout.starts_with("jfn_rt_sbx_"));
    let document = provoke(&["--json"]).json();
    assert!(document["data"]["token"].as_str().is_some_and(|value| value.starts_with("jfn_rt_sbx_")), "{document}");
    assert_eq!(document["data"]["deployment"]["status"], "failed");
    assert!(document["data"]["live"].is_null());
}

#[test]
fn the_table_has_signals_and_no_status_of_panics_or_shells() {
    let statuses: Vec<u8> = jelou::exit::table().iter().map(|row| row.status).collect();
    assert!([0, 129, 130, 143].iter().all(|status| statuses.contains(status)));
    assert!(!statuses.iter().any(|status| *status == 101 || (124..=127).contains(status)), "{statuses:?}");
}

/// `jq -r .data.token` fails on `false`, so the pipeline stops in a shell without `pipefail`, too.
#[test]
fn jq_fails_on_data_of_a_failure() {
    let cli = Cli::new();
    let ran = cli.bash("T=$(jelou tokens create nobody --name ci --json | jq -r .data.token); echo went on").ended(5);
    assert_eq!(ran.stdout, "");
}

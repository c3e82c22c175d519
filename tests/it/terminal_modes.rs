//! Whatever ends a prompt, the terminal is left as it was: the echo is on, the cursor is shown.

use std::time::Duration;

use jelou::sandbox::Fault;
use rustix::process::Signal;

use crate::support::cli::Cli;
use crate::support::running::until;
use crate::support::terminal::AtTerminal;

/// The last word on the cursor.
fn shows_cursor(screen: &str) -> bool {
    screen.rfind("\u{1b}[?25h") > screen.rfind("\u{1b}[?25l")
}

fn at_prompt(cli: &Cli, arguments: &[&str], prompt: &str) -> AtTerminal {
    let mut command = cli.process(arguments);
    command.env("TERM", "xterm");
    let mut session = AtTerminal::start(command);
    session.until_asked(prompt, 1);
    session
}

const LOGIN: (&[&str], &str) = (&["login"], "Paste your API key");
const PICKER: (&[&str], &str) = (&["tokens", "list"], "Which function");
const ENDING: &[Signal] = &[
    Signal::HUP,
    Signal::INT,
    Signal::QUIT,
    Signal::TERM,
    Signal::ALARM,
    Signal::USR1,
    Signal::USR2,
    Signal::XCPU,
    Signal::VTALARM,
    Signal::PROF,
    Signal::ABORT,
    #[cfg(target_os = "linux")]
    Signal::IO,
    #[cfg(target_os = "linux")]
    Signal::POWER,
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    Signal::STKFLT,
];

#[test]
fn a_signal_at_a_prompt_puts_the_terminal_back_and_ends_the_run() {
    for (arguments, prompt) in [LOGIN, PICKER] {
        for signal in ENDING.iter().copied() {
            let cli = Cli::new();
            let session = at_prompt(&cli, arguments, prompt);
            assert!(!session.is_as_before());
            session.signal(signal);
            let (status, as_before, screen) = session.end();
            assert_eq!(status, 128 + signal.as_raw(), "{arguments:?} {screen:?}");
            assert!(as_before, "{arguments:?} {signal:?}: the modes differ");
            assert!(arguments == LOGIN.0 || shows_cursor(&screen), "{arguments:?} {signal:?}: {screen:?}");
        }
    }
}

/// The picker changes the modes in a moment of its own, after it has hidden the cursor.
#[test]
fn a_signal_just_when_a_picker_begins_puts_the_terminal_back() {
    for _ in 0..20 {
        for signal in [Signal::TERM, Signal::USR1] {
            let cli = Cli::new();
            let mut command = cli.process(PICKER.0);
            command.env("TERM", "xterm");
            let mut session = AtTerminal::start(command);
            session.until_shown("\u{1b}[?25l");
            session.signal(signal);
            let (status, as_before, screen) = session.end();
            assert_eq!((status, as_before), (128 + signal.as_raw(), true), "{screen:?}");
            assert!(shows_cursor(&screen), "{screen:?}");
        }
    }
}

#[test]
fn ctrl_c_at_a_prompt_puts_the_terminal_back_and_ends_the_run() {
    for (arguments, prompt) in [LOGIN, PICKER] {
        let cli = Cli::new();
        let mut session = at_prompt(&cli, arguments, prompt);
        session.types("\u{3}");
        let (status, as_before, screen) = session.end();
        assert_eq!((status, as_before), (130, true), "{arguments:?} {screen:?}");
        assert!(arguments == LOGIN.0 || shows_cursor(&screen), "{screen:?}");
    }
}

/// Where the run stops, somebody else has the terminal.
#[cfg(target_os = "linux")]
#[test]
fn a_stop_puts_the_terminal_back_and_the_prompt_goes_on_afterwards() {
    let mut cli = Cli::new();
    let pat = cli.sandbox.pat().to_owned();
    cli.unset("JELOU_TOKEN");
    let mut session = at_prompt(&cli, LOGIN.0, LOGIN.1);
    session.signal(Signal::TSTP);
    let stat = format!("/proc/{}/stat", session.id());
    let state = || std::fs::read_to_string(&stat).unwrap().rsplit_once(") ").unwrap().1.starts_with('T');
    until("the stop", || state().then_some(()));
    assert!(session.is_as_before());
    session.signal(Signal::CONT);
    session.until_asked(LOGIN.1, 2);
    session.types(&format!("{pat}\r"));
    let (status, as_before, screen) = session.end();
    assert_eq!((status, as_before), (0, true), "{screen:?}");
    assert!(screen.contains("Logged in") && !screen.contains(&pat), "{screen:?}");
}

/// After a prompt the signals have their effect again, also while nothing is awaited.
#[test]
fn a_signal_after_a_prompt_ends_the_run() {
    for signal in ENDING.iter().copied() {
        let mut cli = Cli::new();
        let pat = cli.sandbox.pat().to_owned();
        cli.unset("JELOU_TOKEN");
        cli.sandbox.inject(Fault::delay(Duration::from_secs(20)).path("/v1/me").always());
        let mut session = at_prompt(&cli, LOGIN.0, LOGIN.1);
        session.types(&format!("{pat}\r"));
        cli.until_sent("GET /v1/me");
        session.signal(signal);
        let (status, as_before, screen) = session.end();
        assert_eq!((status, as_before), (128 + signal.as_raw(), true), "{screen:?}");
    }
}

/// A picker, and then a token that must be undone: the run receives the signals itself by then.
#[test]
fn a_signal_after_a_picker_undoes_the_token() {
    for signal in [Signal::INT, Signal::TERM] {
        let cli = Cli::new();
        cli.sandbox.inject(Fault::redeploy_hangs().method("POST"));
        let create = ["tokens", "create", "--name", "new", "--wait", "--to", "file:value"];
        let mut session = at_prompt(&cli, &create, PICKER.1);
        session.types("\r");
        until("the value", || cli.folder().join("value").exists().then_some(()));
        session.signal(signal);
        let (status, as_before, screen) = session.end();
        assert_eq!((status, as_before), (128 + signal.as_raw(), true), "{screen:?}");
        let tokens = [cli.token_names("my-function"), cli.token_names("other-function")].concat();
        assert!(!tokens.contains(&"new".to_owned()), "{tokens:?} {screen}");
        assert!(!cli.folder().join("value").exists());
    }
}

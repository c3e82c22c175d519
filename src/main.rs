//! The binary: runs the command line and ends as the run says.

use std::process::ExitCode;

use jelou::app::{self, Ended};

#[allow(clippy::disallowed_methods, reason = "the one reader of the arguments")]
fn main() -> ExitCode {
    match app::run(&std::env::args_os().collect::<Vec<_>>()) {
        Ended::Status(status) => ExitCode::from(status),
        Ended::Signal(number) => {
            // The kernel lets no signal with its default action end PID 1 (kill(2)): there the
            // status alone tells of it.
            if std::process::id() != 1 {
                // A core file of `SIGQUIT` would hold tokens.
                let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
                let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
                let _ = signal_hook::low_level::emulate_default_handler(number);
            }
            ExitCode::from(u8::try_from(128 + number).unwrap_or(u8::MAX))
        }
    }
}

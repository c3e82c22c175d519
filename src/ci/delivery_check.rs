//! Whether a new token may be printed to this stdout, and whether its mask would be read. Checked
//! before anything is created.

use super::guard::Destination;
use super::mask::Masker;
use super::streams::{FdKind, Streams};
use crate::error::Error;

/// What is known when a verb is about to create a token. If its value goes to stdout,
/// [`DeliveryCheck::stdout`] decides; if it goes to another sink, [`DeliveryCheck::mask`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryCheck {
    pub(crate) streams: Streams,
    /// Whether a program of the step reads stderr, which is found out only where masks go there.
    pub(crate) stderr_is_read_by_step: bool,
    /// Where our stdout leads.
    pub(crate) destination: Destination,
    pub(crate) masker: Masker,
    pub(crate) stdout_is_only_sink: bool,
    /// `--print-token`: print it even into the job's log.
    pub(crate) print_token: bool,
}

impl DeliveryCheck {
    /// Refuses a stdout that would lose the value or leak it.
    ///
    /// # Errors
    /// `INPUT_ERROR` if stdout has no reader and is the only sink; if it is the job's own log and
    /// `--print-token` was not given; if nobody would read the mask.
    pub(crate) fn stdout(&self) -> Result<(), Error> {
        if self.stdout_is_only_sink && self.streams.stdout.has_no_reader() {
            return Err(Error::input(
                "The token would be lost: stdout is closed or `/dev/null`, and there is no other sink",
            )
            .with_hint("capture it with `TOKEN=$(…)`, or deliver it with `--to`"));
        }
        if self.destination == Destination::JobLog && !self.print_token {
            return Err(Error::input("The token would be printed into the job's log")
                .with_hint("capture it with `TOKEN=$(…)`, deliver it with `--to`, or insist with `--print-token`"));
        }
        if self.mask_is_read() && !self.mask_may_be_captured() { Ok(()) } else { Err(unread()) }
    }

    /// Refuses to deliver a value to other sinks if certainly nobody reads the mask: a later step
    /// would show the value.
    pub(crate) fn mask(&self) -> Result<(), Error> {
        if self.mask_is_read() { Ok(()) } else { Err(unread()) }
    }

    /// Whether a mask reaches the CI system, as far as can be told; yes if none goes to stderr. It
    /// does not if stderr is closed, `/dev/null` or a file; if the step captures it with stdout; if
    /// a program of the step reads it.
    fn mask_is_read(&self) -> bool {
        let made_by_step = self.destination == Destination::Elsewhere;
        !self.masker.needs_stderr()
            || match self.streams.stderr {
                FdKind::Closed | FdKind::DevNull | FdKind::File => false,
                FdKind::Pipe | FdKind::Socket | FdKind::Terminal => {
                    !(self.stderr_is_read_by_step || self.streams.same_file && made_by_step)
                }
                FdKind::Other => true,
            }
    }

    /// Whether what is written to stderr reaches the log of Azure Pipelines and nothing else.
    /// Commands that set a variable may hold the value then.
    pub(crate) fn stderr_is_azure_log(&self) -> bool {
        self.masker == Masker::LoggingCommands
            && self.mask_is_read()
            && (!self.streams.same_file || self.destination == Destination::JobLog)
    }

    /// Whether the mask goes to stdout as well, before the value: under `--print-token`, unless
    /// stdout is certainly not the log. The runner reads the two streams one after the other, so
    /// only a mask on the same stream is sure to come first.
    pub(crate) fn masks_stdout_too(&self) -> bool {
        self.print_token && self.masker.needs_stderr() && self.destination != Destination::Elsewhere
    }

    /// Whether the step may capture the mask together with the value: nothing is known of the pipe
    /// that both go to.
    fn mask_may_be_captured(&self) -> bool {
        let pipe = self.streams.same_file && self.streams.stdout == FdKind::Pipe;
        self.masker.needs_stderr() && pipe && self.destination == Destination::Unknown && !self.print_token
    }
}

fn unread() -> Error {
    Error::input(
        "The token could not be masked: the mask goes to stderr, and the CI system does not read that here, for it is \
         redirected, or read by a program of the step",
    )
    .with_hint("leave stderr alone: no `2>/dev/null`, no `2>FILE`, no `2>&1`, no program that reads it")
    .with_hint("to try a pipeline on your own machine: `jelou sandbox run --as github -- CMD` reads both streams apart")
    .with_hint("to capture both yourself, outside of a CI job: `env -u GITHUB_ACTIONS -u TF_BUILD jelou … >OUT 2>ERR`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Program;

    fn stdout_refusal(streams: Streams, destination: Destination, stdout_is_only_sink: bool) -> String {
        let masker = Masker::WorkflowCommands;
        let check = DeliveryCheck {
            streams,
            stderr_is_read_by_step: false,
            destination,
            masker,
            stdout_is_only_sink,
            print_token: false,
        };
        check
            .stdout()
            .err()
            .map(|error| format!("{}: {}", error.message(), error.hints().join(", ")))
            .unwrap_or_default()
    }

    #[test]
    fn a_refusal_says_what_would_happen_and_what_to_do() {
        let pipes = Streams { stdout: FdKind::Pipe, stderr: FdKind::Pipe, same_file: false };
        for stdout in [FdKind::Closed, FdKind::DevNull] {
            let streams = Streams { stdout, ..pipes };
            let refusal = stdout_refusal(streams, Destination::Unknown, true);
            assert!(refusal.contains("lost") && refusal.contains("--to"), "{refusal}");
            assert_eq!(stdout_refusal(streams, Destination::Unknown, false), "", "another sink has the value");
        }
        let refusal = stdout_refusal(pipes, Destination::JobLog, true);
        assert!(refusal.contains("the job's log") && refusal.contains("--print-token"), "{refusal}");
        let refusal = stdout_refusal(Streams { stderr: FdKind::File, ..pipes }, Destination::Unknown, true);
        assert!(refusal.contains("could not be masked") && refusal.contains("2>/dev/null"), "{refusal}");
    }

    #[test]
    fn a_value_is_printed_if_it_reaches_a_reader_outside_of_the_log_and_its_mask_the_log() {
        use Destination::{Elsewhere, JobLog, Unknown};
        use FdKind::{Closed, DevNull, File, Pipe, Socket, Terminal};
        // stdout, stderr, same file, destination; whether the mask is read, whether stderr is
        // Azure's log alone, whether the value is printed, whether it is with `--print-token`
        let table = [
            (Pipe, Pipe, false, Elsewhere, true, true, true, true),
            (Pipe, Pipe, false, JobLog, true, true, false, true),
            (Pipe, Pipe, false, Unknown, true, true, true, true),
            (Pipe, Pipe, true, Elsewhere, false, false, false, false),
            (Pipe, Pipe, true, JobLog, true, true, false, true),
            (Pipe, Pipe, true, Unknown, true, false, false, true),
            (Pipe, File, false, Elsewhere, false, false, false, false),
            (Pipe, File, false, JobLog, false, false, false, false),
            (Pipe, File, false, Unknown, false, false, false, false),
            (File, File, true, Elsewhere, false, false, false, false),
            (File, File, true, JobLog, false, false, false, false),
            (File, File, true, Unknown, false, false, false, false),
            (Pipe, Socket, false, Elsewhere, true, true, true, true),
            (Socket, Socket, false, JobLog, true, true, false, true),
            (Terminal, Terminal, true, JobLog, true, true, false, true),
            (Terminal, Terminal, true, Unknown, true, false, true, true),
            (Socket, Socket, true, Elsewhere, false, false, false, false),
            (DevNull, Pipe, false, Unknown, true, true, false, false),
            (DevNull, DevNull, true, Elsewhere, false, false, false, false),
            (Pipe, DevNull, false, Elsewhere, false, false, false, false),
            (Pipe, DevNull, false, JobLog, false, false, false, false),
            (Pipe, Closed, false, JobLog, false, false, false, false),
            (Pipe, Closed, false, Unknown, false, false, false, false),
        ];
        for (stdout, stderr, same_file, destination, read, azure, prints, insisting) in table {
            let streams = Streams { stdout, stderr, same_file };
            let check = |masker: &Masker, print_token| {
                let masker = masker.clone();
                DeliveryCheck {
                    streams,
                    stderr_is_read_by_step: false,
                    destination,
                    masker,
                    stdout_is_only_sink: true,
                    print_token,
                }
            };
            for masker in [Masker::WorkflowCommands, Masker::LoggingCommands] {
                let plain = check(&masker, false);
                assert_eq!(plain.mask().is_ok(), read, "{plain:?}");
                assert_eq!(plain.stderr_is_azure_log(), azure && masker == Masker::LoggingCommands, "{plain:?}");
                assert_eq!(plain.stdout().is_ok(), prints, "{plain:?}");
                assert_eq!(check(&masker, true).stdout().is_ok(), insisting, "{plain:?}");
                assert_eq!(check(&masker, true).masks_stdout_too(), destination != Elsewhere, "{plain:?}");
                assert!(!plain.masks_stdout_too(), "{plain:?}");
            }
            // No mask goes to stderr, so it does not matter who reads that.
            let agent = Program::find("/bin/sh".as_ref(), None).expect("a program");
            for masker in [Masker::Nothing, Masker::Redactor(agent)] {
                let plain = check(&masker, false);
                assert!(plain.mask().is_ok() && !plain.stderr_is_azure_log(), "{plain:?}");
                assert_eq!(plain.stdout().is_ok(), destination != JobLog && !stdout.has_no_reader(), "{plain:?}");
                assert_eq!(check(&masker, true).stdout().is_ok(), !stdout.has_no_reader(), "{plain:?}");
                assert!(!check(&masker, true).masks_stdout_too(), "{plain:?}");
            }
        }
    }

    /// Whatever stderr is: a pipe into `tee`, a socket of Node.js, the terminal of `script`.
    #[test]
    fn a_mask_that_a_program_of_the_step_reads_is_refused() {
        for stderr in [FdKind::Pipe, FdKind::Socket, FdKind::Terminal] {
            let streams = Streams { stdout: FdKind::Pipe, stderr, same_file: false };
            let redactor = Masker::Redactor(Program::find("/bin/sh".as_ref(), None).expect("a program"));
            for (masker, refused) in [
                (Masker::WorkflowCommands, true),
                (Masker::LoggingCommands, true),
                (redactor, false),
                (Masker::Nothing, false),
            ] {
                let check = DeliveryCheck {
                    streams,
                    stderr_is_read_by_step: true,
                    destination: Destination::Elsewhere,
                    masker,
                    stdout_is_only_sink: true,
                    print_token: true,
                };
                assert_eq!(check.mask().is_err(), refused, "{check:?}");
                assert_eq!(check.stdout().is_err(), refused, "{check:?}");
                assert!(!check.stderr_is_azure_log(), "{check:?}");
            }
        }
    }
}

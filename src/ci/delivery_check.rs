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
            .with_hint("capture it with `TOKEN=$(…)`, or hand it over with `--to`"));
        }
        if self.destination == Destination::JobLog && !self.print_token {
            return Err(Error::input("The token would be printed into the job's log")
                .with_hint("capture it with `TOKEN=$(…)`, hand it over with `--to`, or insist with `--print-token`"));
        }
        if self.mask_is_read() && !self.mask_may_be_captured() { Ok(()) } else { Err(unread()) }
    }

    /// Refuses to deliver a value to other sinks if certainly nobody reads the mask: a later step
    /// would show the value.
    ///
    /// # Errors
    /// `INPUT_ERROR` if the mask is not [read](Self::mask_is_read).
    pub(crate) fn mask(&self) -> Result<(), Error> {
        if self.mask_is_read() { Ok(()) } else { Err(unread()) }
    }

    /// Whether a mask reaches the CI system, as far as can be told; yes if none goes to stderr. It
    /// does not if stderr is closed, `/dev/null`, a file, or captured with stdout by the step. (A
    /// file that is stdout too may be the log's own, unless the step made it.)
    fn mask_is_read(&self) -> bool {
        let made_by_step = self.destination == Destination::Elsewhere;
        !self.masker.needs_stderr()
            || match self.streams.stderr {
                FdKind::Closed | FdKind::DevNull => false,
                FdKind::File => self.streams.same_file && !made_by_step,
                FdKind::Pipe => !(self.streams.same_file && made_by_step),
                FdKind::Terminal | FdKind::Socket | FdKind::Other => true,
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
        "The token could not be masked: the mask goes to stderr, and nobody reads that as it is redirected here",
    )
    .with_hint("leave stderr alone: no `2>/dev/null`, no `2>FILE`, no `2>&1`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::ErrorCode;

    const PIPES: Streams = Streams { stdout: FdKind::Pipe, stderr: FdKind::Pipe, same_file: false };
    const MERGED: Streams = Streams { stdout: FdKind::Pipe, stderr: FdKind::Pipe, same_file: true };

    fn captured_on_github() -> DeliveryCheck {
        DeliveryCheck {
            streams: PIPES,
            destination: Destination::Elsewhere,
            masker: Masker::WorkflowCommands,
            stdout_is_only_sink: true,
            print_token: false,
        }
    }

    fn refusal(check: &DeliveryCheck) -> Option<String> {
        let error = check.stdout().err()?;
        assert_eq!(error.code(), ErrorCode::InputError);
        assert!(error.hint().is_some_and(|hint| hint.contains("--to") || hint.contains("stderr")));
        Some(error.message())
    }

    #[test]
    fn a_value_into_the_void_is_refused_everywhere_if_that_is_the_only_sink() {
        for stdout in [FdKind::Closed, FdKind::DevNull] {
            for masker in [Masker::Nothing, Masker::WorkflowCommands] {
                let streams = Streams { stdout, ..PIPES };
                let only = DeliveryCheck { streams, masker, ..captured_on_github() };
                assert!(refusal(&only).is_some_and(|message| message.contains("lost")), "{stdout:?}");
                assert_eq!(refusal(&DeliveryCheck { stdout_is_only_sink: false, ..only }), None, "{stdout:?}");
            }
        }
    }

    #[test]
    fn the_jobs_log_is_refused_unless_insisted_on() {
        for masker in [Masker::Nothing, Masker::WorkflowCommands, Masker::Redactor("agent".into())] {
            let naked = DeliveryCheck { destination: Destination::JobLog, masker, ..captured_on_github() };
            assert!(refusal(&naked).is_some_and(|message| message.contains("log")));
            assert_eq!(refusal(&DeliveryCheck { print_token: true, ..naked }), None);
        }
        for destination in [Destination::Elsewhere, Destination::Unknown] {
            assert_eq!(refusal(&DeliveryCheck { destination, ..captured_on_github() }), None, "{destination:?}");
        }
    }

    #[test]
    fn a_mask_that_nobody_reads_is_refused() {
        use Destination::{Elsewhere, JobLog, Unknown};
        use FdKind::{Closed, DevNull, File, Pipe, Socket, Terminal};
        // stdout, stderr, same file, destination, --print-token, refused
        let table = [
            (Pipe, Pipe, false, Elsewhere, false, false),
            (Pipe, File, false, Elsewhere, false, true),
            (Pipe, File, false, Unknown, false, true),
            (Pipe, Socket, false, Elsewhere, false, false),
            (File, File, true, JobLog, true, false),
            (Pipe, DevNull, false, Elsewhere, false, true),
            (Pipe, Closed, false, Unknown, false, true),
            (Pipe, DevNull, false, JobLog, true, true),
            (Pipe, Pipe, true, Elsewhere, false, true),
            (Pipe, Pipe, true, Unknown, false, true),
            (Pipe, Pipe, true, Unknown, true, false),
            (Pipe, Pipe, true, JobLog, true, false),
            (File, File, true, Elsewhere, false, true),
            (File, File, true, Unknown, false, false),
            (Terminal, Terminal, true, Unknown, false, false),
        ];
        for (stdout, stderr, same_file, destination, print_token, refused) in table {
            let streams = Streams { stdout, stderr, same_file };
            let check = DeliveryCheck { streams, destination, print_token, ..captured_on_github() };
            assert_eq!(refusal(&check).is_some(), refused, "{check:?}");
            for masker in [Masker::Nothing, Masker::Redactor("agent".into())] {
                let elsewhere = DeliveryCheck { masker, ..check.clone() };
                assert_eq!(refusal(&elsewhere), None, "no mask on stderr, nothing to read: {elsewhere:?}");
            }
        }
    }

    #[test]
    fn a_mask_must_be_read_whatever_the_sink() {
        use Destination::{Elsewhere, JobLog, Unknown};
        use FdKind::{Closed, DevNull, File, Pipe, Socket, Terminal};
        // stdout, stderr, same file, destination, whether the mask is read, whether stderr is the
        // log of Azure alone
        let table = [
            (Pipe, Pipe, false, JobLog, true, true),
            (Pipe, Pipe, false, Unknown, true, true),
            (Socket, Socket, false, JobLog, true, true),
            (Terminal, Terminal, true, JobLog, true, true),
            (DevNull, Pipe, false, Unknown, true, true),
            (Pipe, DevNull, false, JobLog, false, false),
            (Pipe, Closed, false, JobLog, false, false),
            (DevNull, DevNull, true, Elsewhere, false, false),
            (Pipe, File, false, JobLog, false, false),
            (File, File, true, Elsewhere, false, false),
            (File, File, true, Unknown, true, false),
            (Pipe, Pipe, true, JobLog, true, true),
            (Pipe, Pipe, true, Elsewhere, false, false),
            (Pipe, Pipe, true, Unknown, true, false),
        ];
        for (stdout, stderr, same_file, destination, read, azure) in table {
            let streams = Streams { stdout, stderr, same_file };
            for masker in [Masker::WorkflowCommands, Masker::LoggingCommands] {
                let check = DeliveryCheck { streams, destination, masker, ..captured_on_github() };
                assert_eq!(check.mask_is_read(), read, "{check:?}");
                assert_eq!(check.mask().is_ok(), read, "{check:?}");
                assert_eq!(check.stderr_is_azure_log(), azure && check.masker == Masker::LoggingCommands, "{check:?}");
            }
            for masker in [Masker::Nothing, Masker::Redactor("agent".into())] {
                let check = DeliveryCheck { streams, destination, masker, ..captured_on_github() };
                assert!(check.mask_is_read() && !check.stderr_is_azure_log(), "{check:?}");
            }
        }
    }

    #[test]
    fn the_mask_goes_to_stdout_too_if_the_log_is_insisted_on() {
        let insisting = DeliveryCheck { print_token: true, streams: MERGED, ..captured_on_github() };
        for (destination, expected) in
            [(Destination::JobLog, true), (Destination::Unknown, true), (Destination::Elsewhere, false)]
        {
            assert_eq!(
                DeliveryCheck { destination, ..insisting.clone() }.masks_stdout_too(),
                expected,
                "{destination:?}"
            );
            assert!(!DeliveryCheck { destination, print_token: false, ..insisting.clone() }.masks_stdout_too());
            assert!(!DeliveryCheck { destination, masker: Masker::Nothing, ..insisting.clone() }.masks_stdout_too());
        }
    }
}

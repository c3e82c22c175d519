//! A running command, to which signals are sent once a condition holds.

use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::TIMEOUT;
use super::cli::{Cli, Ran};

/// Looks again and again until something is there.
///
/// # Panics
/// With `what` if it never is.
#[track_caller]
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "never came: {what}");
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

/// A command that runs, its outputs being collected.
pub struct Running {
    child: Child,
    stdout: Option<JoinHandle<String>>,
    stderr: Option<JoinHandle<String>>,
    signalled: Option<Instant>,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    /// What it said, and its status as a shell sees it.
    pub ran: Ran,
    /// The signal that ended it, if one did.
    pub signal: Option<i32>,
    /// Whether it left a core file, as far as its limits and the system allow.
    pub dumped_core: bool,
    /// The time from the first signal that was sent until it ended; nothing if none was.
    pub took: Duration,
}

impl Cli {
    /// Starts `jelou` with stdin at its end.
    pub fn start(&self, arguments: &[&str]) -> Running {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jelou"));
        command.args(arguments);
        self.start_command(command)
    }

    /// Starts any command in the environment of the tests.
    pub fn start_command(&self, mut command: Command) -> Running {
        command.env_clear().envs(self.env()).current_dir(self.folder()).stdin(Stdio::null());
        Running::start(command)
    }

    /// Waits until a request has arrived, answered or not.
    #[track_caller]
    pub fn until_sent(&self, request: &str) {
        until(request, || self.sent(false).iter().any(|line| line.starts_with(request)).then_some(()));
    }

    /// The names of a function's tokens as the platform has them.
    pub fn token_names(&self, slug: &str) -> Vec<String> {
        self.sandbox.tokens(slug).into_iter().map(|token| token.name).collect()
    }
}

impl Running {
    /// Starts a command.
    pub fn start(mut command: Command) -> Self {
        command.stdout(Stdio::piped());
        Self::start_into(command)
    }

    /// Starts a command whose stdout was chosen.
    pub fn start_into(mut command: Command) -> Self {
        super::environment::prepare();
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the command starts");
        let stdout = child.stdout.take().map(collect);
        let stderr = child.stderr.take().map(collect);
        Self { child, stdout, stderr, signalled: None }
    }

    /// Sends it a signal.
    pub fn signal(&mut self, number: i32) {
        let pid = self.pid();
        let signal = rustix::process::Signal::from_named_raw(number).expect("a signal");
        // A process that has ended can be signalled until its status was asked for.
        rustix::process::kill_process(pid, signal).expect("it runs");
        self.signalled.get_or_insert_with(Instant::now);
    }

    /// Its number, and that of its group if it has one of its own.
    pub fn pid(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.child)
    }

    /// Whether it has ended; its status is kept for [`Running::end`].
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("it can be waited for").is_some()
    }

    /// Waits for its end.
    #[must_use = "a failure is only seen if the status is asserted"]
    #[track_caller]
    pub fn end(mut self) -> Ended {
        use std::os::unix::process::ExitStatusExt as _;
        let deadline = Instant::now() + TIMEOUT;
        let status: ExitStatus = loop {
            if let Some(status) = self.child.try_wait().expect("it can be waited for") {
                break status;
            }
            if Instant::now() > deadline {
                let _ = self.child.kill();
                let _ = self.child.wait();
                panic!("it never ended: {}", joined(self.stderr.take()));
            }
            std::thread::park_timeout(Duration::from_millis(1));
        };
        let took = self.signalled.map(|at| at.elapsed()).unwrap_or_default();
        let (signal, dumped_core) = (status.signal(), status.core_dumped());
        let status = status.code().or_else(|| signal.map(|number| 128 + number)).expect("a status");
        let (stdout, stderr) = (joined(self.stdout.take()), joined(self.stderr.take()));
        Ended { ran: Ran { status, stdout, stderr }, signal, dumped_core, took }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn collect(mut stream: impl std::io::Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn joined(collector: Option<JoinHandle<String>>) -> String {
    collector.map(|thread| thread.join().expect("a collector")).unwrap_or_default()
}

//! What a sandbox is made of.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::sync::watch;

use super::clock::{Clock, signed};
use super::faults::{Fault, Script};
use super::handle::{Sandbox, Server};
use super::journal::Journal;
use super::platform::{Inner, Platform};
use super::rate::RateLimit;
use super::scenario::Scenario;
use super::seed_file::SeedFile;
use super::server;
use super::state::{Hasher, SCOPES, Settings, State};
use super::state_file::StateFile;
use super::value_source::{ValueSource, random_bytes};

/// Collects what a sandbox is made of; [`Builder::start`] makes it.
#[derive(Debug)]
pub struct Builder {
    clock: Clock,
    redeploy_delay: Duration,
    seed: Option<u64>,
    rate_limit: Option<u32>,
    faults: Vec<Fault>,
    state_file: Option<PathBuf>,
    port: u16,
    content: SeedFile,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            clock: Clock::system(),
            redeploy_delay: Duration::ZERO,
            seed: None,
            rate_limit: None,
            faults: Vec::new(),
            state_file: None,
            port: 0,
            content: SeedFile::default(),
        }
    }
}

impl Builder {
    /// The clock it goes by; the system's unless another is given.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// How long a change takes until it is live; nothing unless a time is given.
    #[must_use]
    pub fn redeploy_delay(mut self, delay: Duration) -> Self {
        self.redeploy_delay = delay;
        self
    }

    /// Makes ids and values the same in every run.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// How many requests the control plane takes in each second of the clock; 429 beyond.
    #[must_use]
    pub fn rate_limit(mut self, per_second: u32) -> Self {
        self.rate_limit = Some(per_second);
        self
    }

    /// Adds a fault behind those that were added before.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Keeps the state in a file, and goes on with what is in it.
    #[must_use]
    pub fn state_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.state_file = Some(path.into());
        self
    }

    /// The port on 127.0.0.1; any free one unless a number is given.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Begins with `my-function` and `other-function`, both deployed and live with their `default` tokens.
    #[must_use]
    pub fn seeded(self) -> Self {
        self.seed_file(SeedFile::usual())
    }

    /// Begins with these functions, unless the state file holds some already.
    #[must_use]
    pub fn seed_file(mut self, content: SeedFile) -> Self {
        self.content = content;
        self
    }

    /// Applies the settings of a scenario, where it has them, and adds its faults.
    #[must_use]
    pub fn scenario(mut self, scenario: Scenario) -> Self {
        self.seed = scenario.seed.or(self.seed);
        self.redeploy_delay = scenario.redeploy_delay.unwrap_or(self.redeploy_delay);
        self.rate_limit = scenario.rate_limit.or(self.rate_limit);
        self.faults.extend(scenario.faults);
        self
    }

    /// Starts it on a thread of its own, which ends when the handle is dropped.
    ///
    /// # Errors
    /// Fails if the port is taken, or the state file cannot be read or written.
    pub fn start(self) -> anyhow::Result<Sandbox> {
        let (sandbox, server) = self.bind()?;
        sandbox.on_own_thread(server)
    }

    /// Makes it without serving yet: [`Server::serve`] does, on the caller's runtime, until the handle is dropped.
    ///
    /// # Errors
    /// The same as [`Builder::start`].
    pub fn bind(self) -> anyhow::Result<(Sandbox, Server)> {
        let listener =
            server::listen(self.port).with_context(|| format!("cannot listen on 127.0.0.1:{}", self.port))?;
        let port = listener.local_addr()?.port();
        let settings =
            Settings { redeploy_delay: signed(self.redeploy_delay), base_url: format!("http://127.0.0.1:{port}") };
        let values = ValueSource::new(self.seed)?;
        let taken = self.state_file.map(StateFile::take).transpose().context("cannot use the state file")?;
        let (state_file, saved) = taken.unzip();
        let mut state = if let Some(saved) = saved.flatten() {
            let (state, ahead) = State::load(&saved, settings, values).context("cannot use the state file")?;
            self.clock.catch_up(ahead);
            state
        } else {
            State::new(settings, Hasher::new(random_bytes()?), values)
        };
        let now = self.clock.now();
        state.settle(now);
        // A value cannot be read back from a state file: every start issues one, and the earlier ones stay valid.
        let pat = state.issue_management_token("sandbox", &SCOPES);
        let defaults = if state.is_empty() { self.content.plant(&mut state, now)? } else { BTreeMap::new() };

        let mut script = Script::default();
        self.faults.into_iter().for_each(|fault| script.push(fault));
        let inner = Inner { state, script, journal: Journal::default(), rate: RateLimit::new(self.rate_limit) };
        let platform = Arc::new(Platform::new(self.clock, state_file, inner));
        platform.save(&platform.lock().0.state).context("cannot write the state file")?;
        let stop = watch::Sender::new(false);
        let server = Server::new(listener, Arc::clone(&platform), stop.subscribe());
        Ok((Sandbox::new(platform, port, pat, defaults, stop), server))
    }
}

//! The settings of a sandbox, and how it is started.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::sync::watch;

use super::beginning::Beginning;
use super::clock::{SandboxClock, signed};
use super::faults::{Fault, Script};
use super::fixture::Fixture;
use super::platform::{Platform, Shared};
use super::rate_limit::RateLimit;
use super::request_log::RequestLog;
use super::scenario::Scenario;
use super::state::{Hasher, PlatformSettings, SCOPES, State};
use super::state_file::Claimed;
use super::value_source::{ValueSource, random_bytes};
use super::{Sandbox, Server, server};

/// Collects the settings of a sandbox; [`Builder::start`] starts it.
///
/// A later setting beats an earlier one, and faults add up.
#[derive(Debug, Default)]
pub struct Builder {
    clock: SandboxClock,
    redeploy_delay: Duration,
    clock_ahead: Duration,
    seed: Option<u64>,
    rate_limit: Option<u32>,
    faults: Vec<Fault>,
    state_file: Option<PathBuf>,
    port: u16,
    fixture: Fixture,
}

impl Builder {
    /// The clock of the platform; without one, the system's.
    #[must_use]
    pub fn clock(mut self, clock: SandboxClock) -> Self {
        self.clock = clock;
        self
    }

    /// How long a change takes until it is live; without one, it is live at once.
    #[must_use]
    pub fn redeploy_delay(mut self, delay: Duration) -> Self {
        self.redeploy_delay = delay;
        self
    }

    /// The seed of the random numbers, so that ids and values are the same in every run.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// How many requests a second the control plane takes before it answers 429.
    #[must_use]
    pub fn rate_limit(mut self, per_second: u32) -> Self {
        self.rate_limit = Some(per_second);
        self
    }

    /// Adds a fault behind the earlier ones.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Keeps the state in a file, and starts with what is in it.
    #[must_use]
    pub fn state_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.state_file = Some(path.into());
        self
    }

    /// The port on 127.0.0.1; 0, the default, takes any free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Starts with `my-function` and `other-function`, both live with their `default` tokens.
    #[must_use]
    pub fn example_fixture(self) -> Self {
        self.fixture(Fixture::example())
    }

    /// Starts with these functions, unless the state file holds some.
    #[must_use]
    pub fn fixture(mut self, fixture: Fixture) -> Self {
        self.fixture = fixture;
        self
    }

    /// Takes the settings that the scenario has, and adds its faults.
    #[must_use]
    pub fn scenario(mut self, scenario: Scenario) -> Self {
        self.seed = scenario.seed.or(self.seed);
        self.redeploy_delay = scenario.redeploy_delay.unwrap_or(self.redeploy_delay);
        self.rate_limit = scenario.rate_limit.or(self.rate_limit);
        self.clock_ahead = scenario.clock_ahead.unwrap_or(self.clock_ahead);
        self.faults.extend(scenario.faults);
        self
    }

    /// Starts it on a thread of its own, which ends when the sandbox is dropped.
    ///
    /// # Errors
    /// If the port is taken, the fixture contradicts itself, or the state file cannot be read or
    /// written or belongs to another sandbox.
    pub fn start(self) -> anyhow::Result<Sandbox> {
        let (mut sandbox, server) = self.bind()?;
        sandbox.serve_on_own_thread(server)?;
        Ok(sandbox)
    }

    /// Listens without serving yet: [`Server::serve`] serves on the caller's runtime until the
    /// sandbox is dropped.
    ///
    /// # Errors
    /// As [`Builder::start`].
    pub fn bind(self) -> anyhow::Result<(Sandbox, Server)> {
        let listener =
            server::listen(self.port).with_context(|| format!("cannot listen on 127.0.0.1:{}", self.port))?;
        let port = listener.local_addr()?.port();
        let redeploy_delay = signed(self.redeploy_delay);
        let settings = PlatformSettings { redeploy_delay, base_url: format!("http://127.0.0.1:{port}") };
        let values = ValueSource::new(self.seed)?;
        self.clock.advance_to_offset(signed(self.clock_ahead));
        let named = self.state_file.as_deref().unwrap_or(Path::new("")).display().to_string();
        let not_used = || format!("cannot use the state file `{named}`");
        let claimed = self.state_file.map(Claimed::of).transpose().with_context(not_used)?;
        let (claimed, saved) = claimed.unzip();
        let mut state = if let Some(saved) = saved.flatten() {
            let (state, ahead) = State::load(&saved, settings, values).with_context(not_used)?;
            self.clock.advance_to_offset(ahead);
            state
        } else {
            State::new(settings, Hasher::new(random_bytes()?), values)
        };
        let now = self.clock.now();
        state.advance_to(now);
        // The state file holds hashes only, so every start issues a management token; the earlier
        // ones stay valid.
        let pat = state.issue_management_token("sandbox", &SCOPES);
        let is_resumed = state.has_functions();
        let defaults = if is_resumed { BTreeMap::new() } else { self.fixture.create_in(&mut state, now)? };

        let ahead = self.clock.offset();
        let begin = |claimed: Claimed| claimed.begin(|mut file| state.write(&mut file, ahead));
        let state_file = claimed.map(begin).transpose().with_context(not_used)?;
        // Before its changes are forgotten: brought back, all of it is a change.
        let beginning = state.clone();
        state.forget_changes();

        let script = Script::new(self.faults);
        let shared = Shared {
            state,
            script,
            log: RequestLog::default(),
            rate: RateLimit::new(self.rate_limit),
            answers: Vec::new(),
        };
        let stop = watch::Sender::new(false);
        let beginning = Beginning::of(beginning, &shared, &self.clock);
        let platform = Arc::new(Platform::new(self.clock, state_file, shared, beginning, stop.clone()));
        let server = Server { listener, platform: Arc::clone(&platform), stop: stop.subscribe() };
        Ok((Sandbox { platform, port, pat, defaults, is_resumed, stop, thread: None }, server))
    }
}

//! Properties that hold after any sequence of changes.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;

use super::*;
use crate::api::wire::{self, CreateToken, Token, TokenStatus, UpdateToken};
use crate::sandbox::clock::{later, signed};
use crate::sandbox::fixture::Fixture;

const SLUG: &str = "my-function";

struct Simulation {
    state: State,
    now: Timestamp,
    /// Values by id.
    values: BTreeMap<String, String>,
    random: fastrand::Rng,
}

impl Simulation {
    fn new(seed: u64) -> Self {
        let settings =
            PlatformSettings { redeploy_delay: SignedDuration::from_secs(40), base_url: "http://h".to_owned() };
        let mut state = State::new(settings, Hasher::new([1; 32]), ValueSource::new(Some(seed)).unwrap());
        let now = Timestamp::from_second(1_775_379_600).unwrap();
        let defaults = Fixture::example().create_in(&mut state, now).unwrap();
        let mut simulation = Self { state, now, values: BTreeMap::new(), random: fastrand::Rng::with_seed(seed) };
        let first = simulation.tokens()[0].id.to_string();
        simulation.values.insert(first, defaults[SLUG].expose().to_owned());
        simulation
    }

    fn tokens(&self) -> Vec<Token> {
        let page = PageRequest::all();
        self.state.tokens(SLUG, &page, self.now).unwrap().items
    }

    fn pass_time(&mut self, seconds: u64) {
        self.now = later(self.now, signed(Duration::from_secs(seconds)));
        self.state.advance_to(self.now);
    }

    /// One change, or none if it is refused.
    fn change(&mut self) {
        let result = *self
            .random
            .choice(&[BuildResult::Live, BuildResult::Live, BuildResult::Fails, BuildResult::Hangs])
            .unwrap();
        let change = Change { at: self.now, result, lag: None };
        let tokens = self.tokens();
        // All may have expired and then been revoked.
        let id = self.random.choice(&tokens).map_or_else(|| "tok_none".to_owned(), |token| token.id.to_string());
        match self.random.u8(..5) {
            0 => {
                let expires_in_seconds = self.random.bool().then(|| self.random.u64(1..200));
                let name = format!("ci-{}", self.random.u8(..4)).parse().unwrap();
                let request = CreateToken { name, expires_in_seconds };
                if let Ok(created) = self.state.create_token(SLUG, &request, &change) {
                    self.values.insert(created.info.id.to_string(), created.value.expose().to_owned());
                }
            }
            1 => _ = self.state.revoke_token(SLUG, &id, &change),
            2 => {
                let status = if self.random.bool() { TokenStatus::Active } else { TokenStatus::Disabled };
                let request = UpdateToken { status: Some(status), ..UpdateToken::default() };
                _ = self.state.update_token(SLUG, &id, &request, &change);
            }
            3 => {
                let request = UpdateToken { expires_at: Some(None), ..UpdateToken::default() };
                _ = self.state.update_token(SLUG, &id, &request, &change);
            }
            _ => {
                let grace_seconds = self.random.bool().then(|| self.random.u64(..200));
                let request = wire::RotateToken { grace_seconds, expires_in_seconds: None };
                if let Ok(rotated) = self.state.rotate_token(SLUG, &id, &request, &change) {
                    self.values.insert(rotated.info.id.to_string(), rotated.value.expose().to_owned());
                }
            }
        }
    }
}

fn active(tokens: &[Token]) -> usize {
    tokens.iter().filter(|token| token.status == TokenStatus::Active).count()
}

#[test]
fn a_request_never_leaves_a_function_without_an_active_token_or_two_with_one_name() {
    for seed in 0..200 {
        let mut simulation = Simulation::new(seed);
        for step in 0..100 {
            let before = active(&simulation.tokens());
            simulation.change();
            let tokens = simulation.tokens();
            assert!(before == 0 || active(&tokens) > 0, "seed {seed}, step {step}: {tokens:?}");
            let mut names: Vec<&str> =
                tokens.iter().filter(|token| token.replaced_by.is_none()).map(|token| token.name.as_str()).collect();
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "seed {seed}, step {step}: {tokens:?}");
            for successor in tokens.iter().filter_map(|token| token.replaced_by.as_ref()) {
                assert!(tokens.iter().any(|token| token.id == *successor), "seed {seed}, step {step}: {tokens:?}");
            }
            let pause = simulation.random.u64(..30);
            simulation.pass_time(pause);
        }
    }
}

#[test]
fn once_a_redeploy_succeeds_the_gateway_accepts_exactly_what_is_listed_as_active() {
    for seed in 0..200 {
        let mut simulation = Simulation::new(seed);
        for _ in 0..60 {
            simulation.change();
            let pause = simulation.random.u64(..30);
            simulation.pass_time(pause);
        }
        let at = Change::at(simulation.now);
        let secrets = [("KEY".parse().unwrap(), crate::secret::Secret::new("value"))].into();
        simulation.state.put_secrets(SLUG, &wire::PutSecrets { secrets }, &at).unwrap();
        simulation.pass_time(80);

        let listed: BTreeMap<String, bool> = simulation
            .tokens()
            .into_iter()
            .map(|token| (token.id.to_string(), token.status == TokenStatus::Active))
            .collect();
        for (id, value) in simulation.values.clone() {
            let passed = simulation.state.admit(SLUG, Some(value.as_bytes()), simulation.now);
            assert_eq!(passed, listed.get(&id).copied().unwrap_or(false), "seed {seed}: {id}");
        }
    }
}

#[test]
fn a_state_that_was_saved_and_loaded_continues() {
    let mut simulation = Simulation::new(1);
    for _ in 0..50 {
        simulation.change();
        simulation.pass_time(7);
    }
    let saved = simulation.state.save(SignedDuration::ZERO).unwrap();
    let (loaded, _) =
        State::load(&saved, simulation.state.settings.clone(), ValueSource::new(Some(1)).unwrap()).unwrap();
    let again: serde_json::Value = serde_json::from_slice(&loaded.save(SignedDuration::ZERO).unwrap()).unwrap();
    assert_eq!(again, serde_json::from_slice::<serde_json::Value>(&saved).unwrap());

    let before = simulation.tokens();
    simulation.state = loaded;
    assert_eq!(simulation.tokens(), before);
    for _ in 0..50 {
        simulation.change();
        simulation.pass_time(7);
    }
    let ids: std::collections::BTreeSet<String> =
        simulation.tokens().iter().map(|token| token.id.to_string()).collect();
    assert_eq!(ids.len(), simulation.tokens().len(), "ids do not repeat");
}

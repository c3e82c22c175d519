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
    lag: Option<Lag>,
    random: fastrand::Rng,
}

impl Simulation {
    fn new(seed: u64) -> Self {
        let settings =
            PlatformSettings { redeploy_delay: SignedDuration::from_secs(40), base_url: "http://h".to_owned() };
        let mut state = State::new(settings, Hasher::new([1; 32]), ValueSource::new(Some(seed)).unwrap());
        let now = Timestamp::from_second(1_775_379_600).unwrap();
        let defaults = Fixture::example().create_in(&mut state, now).unwrap();
        let mut simulation =
            Self { state, now, values: BTreeMap::new(), lag: None, random: fastrand::Rng::with_seed(seed) };
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
        let change = Change { at: self.now, result, lag: self.lag };
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

fn whole(state: &State) -> String {
    let mut text = Vec::new();
    state.write(&mut text, SignedDuration::ZERO).unwrap();
    String::from_utf8(text).unwrap()
}

fn loaded(state: &State, text: &str) -> State {
    State::load(text.as_bytes(), state.settings.clone(), ValueSource::new(Some(1)).unwrap()).unwrap().0
}

/// What was written at first and the lines of all changes are what there is; and rewritten, they are
/// what would be written at first.
#[test]
fn the_lines_of_changes_add_up_to_the_state() {
    for seed in 0..40 {
        let mut simulation = Simulation::new(seed);
        let mut text = whole(&simulation.state);
        simulation.state.forget_changes();
        for step in 0..60 {
            simulation.change();
            if let Some(value) = simulation.values.values().next().cloned() {
                simulation.state.admit(SLUG, Some(value.as_bytes()), simulation.now);
            }
            if step % 25 == 24 {
                simulation.state.delete_function("other-function").ok();
            }
            let line = simulation.state.take_changes(SignedDuration::ZERO).unwrap();
            text.push_str(std::str::from_utf8(&line).unwrap());
            let pause = simulation.random.u64(..30);
            simulation.pass_time(pause);
        }
        let line = simulation.state.take_changes(SignedDuration::ZERO).unwrap();
        text.push_str(std::str::from_utf8(&line).unwrap());
        assert_eq!(whole(&loaded(&simulation.state, &text)), whole(&simulation.state), "seed {seed}");
        let mut rewritten = Vec::new();
        rewrite(text.as_bytes(), &mut rewritten).unwrap();
        assert_eq!(String::from_utf8(rewritten).unwrap(), whole(&simulation.state), "seed {seed}");
        // A line that was not written to its end was never answered.
        let cut = &text[..text.len() - 1];
        assert!(
            State::load(cut.as_bytes(), simulation.state.settings.clone(), ValueSource::new(None).unwrap()).is_ok()
        );
    }
}

#[test]
fn a_state_that_was_saved_and_loaded_continues() {
    let mut simulation = Simulation::new(1);
    for _ in 0..50 {
        simulation.change();
        simulation.pass_time(7);
    }
    let saved = whole(&simulation.state);
    let loaded = loaded(&simulation.state, &saved);
    assert_eq!(whole(&loaded), saved);

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

/// As a naive platform would do it: every redeploy gets a copy of all tokens.
#[test]
fn the_gateway_accepts_what_the_deployment_in_effect_copied_when_it_was_made() {
    for seed in 0..60 {
        let mut simulation = Simulation::new(seed);
        let mut copies: BTreeMap<String, Vec<Token>> = BTreeMap::new();
        let mut refused = 0;
        for step in 0..80 {
            let lag = *simulation
                .random
                .choice(&[None, None, Some(Lag::Requests(3)), Some(Lag::Time(SignedDuration::from_secs(50)))])
                .unwrap();
            simulation.lag = lag;
            let before = newest(&simulation.state);
            simulation.change();
            let after = newest(&simulation.state);
            if before != after {
                copies.insert(after, simulation.tokens());
            }
            let pause = simulation.random.u64(..40);
            simulation.pass_time(pause);

            for (id, value) in simulation.values.clone() {
                let function = simulation.state.function(SLUG).unwrap();
                let effective = function.lagging.as_ref().map_or(&function.effective, |lagging| &lagging.before);
                let deployment = effective.deployment.as_ref().unwrap().to_string();
                let Some(copy) = copies.get(&deployment) else { continue };
                let token = copy.iter().find(|token| token.id == id);
                let accepted = token.is_some_and(|token| {
                    let has_ended = token.expires_at.is_some_and(|end| end <= simulation.now);
                    token.status != TokenStatus::Disabled && !has_ended
                });
                let passed = simulation.state.admit(SLUG, Some(value.as_bytes()), simulation.now);
                assert_eq!(passed, accepted, "seed {seed}, step {step}: {id}");
                refused += usize::from(!passed);
            }
        }
        assert!(refused > 0, "seed {seed}: nothing was compared");
    }
}

/// The id of the newest deployment.
fn newest(state: &State) -> String {
    let page = PageRequest::parse(Some("1"), None).unwrap();
    state.deployments(SLUG, &page).unwrap().items[0].id.to_string()
}

/// As after a reset: the file goes on, and what stood in it does not count any more.
#[test]
fn the_first_line_of_a_new_state_forgets_what_stood_in_front_of_it() {
    let mut old = Simulation::new(1);
    let mut text = whole(&old.state);
    old.change();
    text.push_str(std::str::from_utf8(&old.state.take_changes(SignedDuration::ZERO).unwrap()).unwrap());
    let mut new = Simulation::new(2);
    new.state.stored.hasher = Hasher::new([2; 32]);
    text.push_str(std::str::from_utf8(&new.state.take_changes(SignedDuration::ZERO).unwrap()).unwrap());
    new.change();
    text.push_str(std::str::from_utf8(&new.state.take_changes(SignedDuration::ZERO).unwrap()).unwrap());
    assert_eq!(whole(&loaded(&new.state, &text)), whole(&new.state));
    assert_ne!(whole(&new.state), whole(&old.state));
}

//! What a program that holds a sandbox sees of its state without a request, so that a look leaves
//! nothing in the request log.

use super::Sandbox;
use super::state::PageRequest;
use crate::api::wire::{self, Slug};

impl Sandbox {
    /// The tokens of a function, without a request; none if there is no such function.
    pub fn tokens(&self, slug: &str) -> Vec<wire::Token> {
        let (shared, now) = self.platform.lock();
        shared.state.tokens(slug, &PageRequest::all(), now).map_or_else(|_| Vec::new(), |page| page.items)
    }

    /// The deployments of a function, the newest first; none if there is no such function.
    pub fn deployments(&self, slug: &str) -> Vec<wire::Deployment> {
        let (shared, _) = self.platform.lock();
        shared.state.deployments(slug, &PageRequest::all()).map_or_else(|_| Vec::new(), |page| page.items)
    }

    /// A function as it is, without a request.
    pub fn function(&self, slug: &str) -> Option<wire::Function> {
        self.platform.lock().0.state.show_function(slug).ok()
    }

    /// The token of a function that has this value, as the control plane lists it; nothing if none
    /// has it any more.
    pub fn token_with_value(&self, slug: &str, value: &str) -> Option<wire::Token> {
        let (shared, now) = self.platform.lock();
        shared.state.token_with_value(slug, value, now)
    }

    /// The token of `function` whose value a secret holds.
    pub fn token_in_secret(&self, slug: &str, key: &str, function: &str) -> Option<wire::Token> {
        let (shared, now) = self.platform.lock();
        shared.state.token_in_secret(slug, key, function, now)
    }

    /// Whether a secret of a function has exactly this value.
    pub fn secret_is(&self, slug: &str, key: &str, value: &str) -> bool {
        self.platform.lock().0.state.secret_is(slug, key, value)
    }

    /// The first functions, by slug, each with the first of its tokens, without a request.
    pub(crate) fn first_functions(&self, functions: usize, tokens: usize) -> Vec<(Slug, Vec<wire::Token>)> {
        let (shared, now) = self.platform.lock();
        let functions =
            shared.state.functions(&PageRequest::first(functions)).map_or_else(|_| Vec::new(), |page| page.items);
        let tokens_of = |slug: &Slug| shared.state.tokens(slug.as_str(), &PageRequest::first(tokens), now);
        functions
            .into_iter()
            .map(|function| {
                let tokens = tokens_of(&function.slug).map_or_else(|_| Vec::new(), |page| page.items);
                (function.slug, tokens)
            })
            .collect()
    }

    /// How often a cron trigger of a function was started.
    pub fn invocations(&self, slug: &str) -> u64 {
        self.platform.lock().0.state.invocations(slug)
    }
}

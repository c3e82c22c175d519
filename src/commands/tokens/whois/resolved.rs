//! From values, candidates and answers to tokens: which one a value is, and how sure that is.

use std::collections::BTreeSet;

use super::asked::{Answer, Answers, Unproved};
use super::candidates::{Candidate, Candidates};
use super::found::Finding;
use crate::api::wire::{Slug, TokenStatus};

/// A token that is, or may be, among the values.
#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) token: Candidate,
    /// Whether the gateway accepts its value; nothing if that is not known.
    pub(super) accepted: Option<bool>,
    pub(super) sureness: Sureness,
}

/// How sure it is that a value is that of a token. The more so, the greater.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sureness {
    /// The token is active, and the gateway refuses the value.
    Refused,
    /// The token is active, and the gateway should have been asked and was not.
    NotAsked,
    /// It is the only token known of that prefix, but not all could be listed.
    NotAllListed,
    /// There are so many of that prefix, and the gateway cannot tell them apart.
    OneOf(usize),
    /// Its function accepts the value and has no other token of that prefix, or no function has one
    /// and the gateway says nothing against it.
    Sure,
}

/// The tokens in the order in which their values were found.
pub(super) fn tokens(findings: &[Finding], candidates: &Candidates, answers: &Answers) -> Vec<Resolved> {
    let tokens = &candidates.tokens;
    let all_are_listed = candidates.not_listed.is_empty() && candidates.not_compared.is_empty();
    let values: Vec<Value<'_>> = (0..findings.len()).map(|index| Value::of(index, tokens, answers)).collect();
    let resolved = |place: usize| -> Option<(usize, Option<bool>, Sureness)> {
        let token = &tokens[place];
        let may_be: Vec<&Value<'_>> = values.iter().filter(|value| value.tokens.contains(&place)).collect();
        let accepted = may_be.iter().map(|value| value.accepted_as(token)).reduce(worse)?;
        let sureness = may_be.iter().map(|value| value.sureness(token, all_are_listed)).max()?;
        Some((may_be.first()?.index, accepted, sureness))
    };
    let mut found: Vec<(usize, usize, Option<bool>, Sureness)> = (0..tokens.len())
        .filter_map(|place| resolved(place).map(|(first, accepted, sureness)| (first, place, accepted, sureness)))
        .collect();
    found.sort_by_key(|(first, place, ..)| (*first, *place));
    let with_token = |(_, place, accepted, sureness): (usize, usize, Option<bool>, Sureness)| Resolved {
        token: tokens[place].clone(),
        accepted,
        sureness,
    };
    found.into_iter().map(with_token).collect()
}

/// Of two answers, the one that must not be overlooked: what is accepted beats what is not known, and
/// that beats a refusal.
pub(super) fn worse(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (None, _) | (_, None) => None,
        _ => Some(false),
    }
}

/// A value and the tokens that it may be.
struct Value<'a> {
    index: usize,
    /// By their place. If a function accepts it, those of others are out of the question.
    tokens: BTreeSet<usize>,
    answers: &'a Answers,
}

impl<'a> Value<'a> {
    fn of(index: usize, tokens: &[Candidate], answers: &'a Answers) -> Self {
        let fitting = |place: &usize| tokens[*place].findings.binary_search(&index).is_ok();
        let mut value = Self { index, tokens: (0..tokens.len()).filter(fitting).collect(), answers };
        let accepted: BTreeSet<usize> = value
            .tokens
            .iter()
            .copied()
            .filter(|place| value.accepted_by(&tokens[*place].function) == Some(true))
            .collect();
        if !accepted.is_empty() {
            value.tokens = accepted;
        }
        value
    }

    fn accepted_by(&self, function: &Slug) -> Option<bool> {
        self.answers.get(&(self.index, function.clone())).and_then(Answer::accepted)
    }

    /// The same of a token. That an active one is refused proves nothing: it may not be live yet, or
    /// the value have been found in part, or be another one's.
    fn accepted_as(&self, token: &Candidate) -> Option<bool> {
        let accepted = self.accepted_by(&token.function);
        accepted.filter(|accepted| *accepted || token.status != TokenStatus::Active)
    }

    fn sureness(&self, token: &Candidate, all_are_listed: bool) -> Sureness {
        let answer = self.answers.get(&(self.index, token.function.clone()));
        let is_active = token.status == TokenStatus::Active;
        match (self.tokens.len(), answer) {
            (1, Some(Answer::Accepted)) => Sureness::Sure,
            (1, _) if !all_are_listed => Sureness::NotAllListed,
            (1, Some(Answer::Refused)) if is_active => Sureness::Refused,
            (1, Some(Answer::Unproved(Unproved::Failed(_) | Unproved::TooMany))) if is_active => Sureness::NotAsked,
            (1, _) => Sureness::Sure,
            (count, _) => Sureness::OneOf(count),
        }
    }
}

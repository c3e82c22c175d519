//! The proof that the gateway accepts a token: three answers in a row that let it through, while a
//! random value is refused.
//!
//! What a random value gets as well proves nothing: many web servers answer every request alike.
//! 404 means two things, so that the random value decides there too: 404 as well if there is no
//! such function, 401 if the token was accepted and the function has no MCP endpoint.

use std::time::Duration;

use super::context::Context;
use super::deadline::{Deadline, FIRST_PAUSE, longer, not_live};
use super::wait::spinner;
use crate::api::wire::Slug;
use crate::api::{Gateway, RequestError, Verdict};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::secret::RuntimeToken;
use crate::warning::Warning;

/// How often in a row a token must be let through: a gateway of several nodes may answer from one
/// that lags behind.
const PROOFS: u32 = 3;

/// What the answers of a gateway prove of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    Accepted,
    Refused,
    /// The gateway knows no function of that name.
    NoSuchFunction,
    /// A random token is let in as well: the function is public, or this is no gateway.
    LetsAllIn,
    /// The gateway did not get as far as the token, or its nodes disagree.
    Unclear,
}

impl Finding {
    /// From the answer that the token got each time, and the one that a random token got.
    fn of(to_the_token: Verdict, to_another: Verdict) -> Self {
        match (to_the_token, to_another) {
            (Verdict::Refused, _) => Self::Refused,
            (Verdict::Unclear, _) | (_, Verdict::Unclear) => Self::Unclear,
            (_, Verdict::Refused) => Self::Accepted,
            (Verdict::NotFound, Verdict::NotFound) => Self::NoSuchFunction,
            (_, Verdict::LetThrough | Verdict::NotFound) => Self::LetsAllIn,
        }
    }
}

/// Asks whether a token is accepted now.
///
/// # Errors
/// `NETWORK_ERROR`; `API_ERROR` for a redirect.
pub(crate) async fn now(gateway: &Gateway, token: &RuntimeToken) -> Result<Finding, RequestError> {
    let first = gateway.probe(token).await?;
    for _ in 1..PROOFS {
        if matches!(first, Verdict::Refused | Verdict::Unclear) {
            break;
        }
        match gateway.probe(token).await? {
            Verdict::Refused => return Ok(Finding::Refused),
            verdict if verdict != first => return Ok(Finding::Unclear),
            _ => {}
        }
    }
    let to_another = match first {
        Verdict::Refused | Verdict::Unclear => first,
        Verdict::LetThrough | Verdict::NotFound => gateway.control_probe().await?,
    };
    Ok(Finding::of(first, to_another))
}

/// Asks whether a value that leaked is accepted, for which the word of one node is not enough: only
/// as many refusals in a row as a proof has prove that it is refused. Where answers differ, one
/// node may accept it still.
///
/// # Errors
/// As [`now`].
pub(crate) async fn of_each_node(gateway: &Gateway, token: &RuntimeToken) -> Result<Finding, RequestError> {
    let first = gateway.probe(token).await?;
    for _ in 1..PROOFS {
        if first == Verdict::Unclear || gateway.probe(token).await? != first {
            return Ok(Finding::Unclear);
        }
    }
    let to_another = match first {
        Verdict::Refused | Verdict::Unclear => first,
        Verdict::LetThrough | Verdict::NotFound => gateway.control_probe().await?,
    };
    Ok(Finding::of(first, to_another))
}

/// Waits until the gateway accepts a token. Gives nothing, and a warning, if that cannot be proved:
/// a random token is let in as well, or no gateway is known.
///
/// # Errors
/// `NOT_LIVE` if it was not accepted in time; `API_ERROR` for a redirect.
pub(crate) async fn of(
    cx: &Context,
    gateway: Option<&Gateway>,
    slug: &Slug,
    token: &RuntimeToken,
    deadline: Deadline,
) -> Result<Option<Duration>, Error> {
    let Some(gateway) = gateway else {
        cx.warn(Warning::new(
            "NOT_PROVED",
            "The gateway of this control plane is not known, so only the deployment was waited for; name it with `--gateway-url`",
        ));
        return Ok(None);
    };
    let _progress =
        spinner(cx, &format!("Waiting for the gateway to accept the token of {slug}, at most {}", deadline.length()));
    until_accepted(cx, gateway, slug, token, deadline).await.map_err(|error| {
        if error.code() != ErrorCode::NotLive || !error.hints().is_empty() {
            return error;
        }
        error.with_hint(format!(
            "it may still be accepted: ask again with `jelou tokens verify {slug}`, or wait longer with `--timeout {}`",
            deadline.longer()
        ))
    })
}

async fn until_accepted(
    cx: &Context,
    gateway: &Gateway,
    slug: &Slug,
    token: &RuntimeToken,
    deadline: Deadline,
) -> Result<Option<Duration>, Error> {
    let mut pause = FIRST_PAUSE;
    let mut so_far = SoFar { last: Verdict::Unclear, in_a_row: 0, problem: NOT_ACCEPTED.to_owned() };
    loop {
        let verdict = ask(gateway.probe(token), deadline, &mut so_far.problem).await?;
        so_far.count(verdict);
        if so_far.in_a_row == PROOFS {
            let accepted_after = deadline.elapsed();
            let to_another = ask(gateway.control_probe(), deadline, &mut so_far.problem).await?;
            match (verdict, Finding::of(verdict, to_another)) {
                (_, Finding::Accepted) => return Ok(Some(accepted_after)),
                (_, Finding::LetsAllIn) => {
                    cx.warn(Warning::new(
                        "FUNCTION_IS_PUBLIC",
                        "The gateway lets a random token in as well, so nothing is proved: is the function public?",
                    ));
                    return Ok(None);
                }
                (_, finding) => {
                    so_far.in_a_row = 0;
                    if verdict == Verdict::LetThrough {
                        "The gateway could not be asked whether it refuses a random token"
                            .clone_into(&mut so_far.problem);
                    }
                    if finding == Finding::NoSuchFunction {
                        so_far.problem = format!("The gateway knew no function `{slug}`");
                    }
                }
            }
        }
        if so_far.in_a_row == 0 {
            deadline.pause(pause, &so_far.problem).await?;
            pause = longer(pause);
        }
    }
}

const NOT_ACCEPTED: &str = "The gateway did not accept the token";

/// How a wait stands.
struct SoFar {
    last: Verdict,
    /// How many answers in a row let the token through, all in the same way.
    in_a_row: u32,
    /// Begins the error if the deadline comes now.
    problem: String,
}

impl SoFar {
    fn count(&mut self, verdict: Verdict) {
        self.in_a_row = match verdict {
            Verdict::Refused | Verdict::Unclear => 0,
            Verdict::LetThrough | Verdict::NotFound if verdict == self.last => self.in_a_row + 1,
            Verdict::LetThrough | Verdict::NotFound => 1,
        };
        if verdict == Verdict::Refused {
            NOT_ACCEPTED.clone_into(&mut self.problem);
        }
        self.last = verdict;
    }
}

/// Awaits an answer. A lost connection is no reason to give up before the deadline; one that cannot
/// be better next time is.
async fn ask(
    question: impl Future<Output = Result<Verdict, RequestError>>,
    deadline: Deadline,
    problem: &mut String,
) -> Result<Verdict, Error> {
    match deadline.within(question, problem).await? {
        Err(error) if error.code() == ErrorCode::NetworkError => {
            let (retryable, error) = (error.is_retryable(), Error::from(error));
            let message = format!("The gateway could not be asked: {}", error.message());
            if !retryable {
                return Err(not_live(message).with_hints_of(&error));
            }
            *problem = format!("{NOT_ACCEPTED} ({})", error.message());
            Ok(Verdict::Unclear)
        }
        answer => Ok(answer?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refused_random_token_makes_the_proof() {
        use Finding::{Accepted, LetsAllIn, NoSuchFunction, Refused, Unclear};
        let kinds = [Verdict::LetThrough, Verdict::Refused, Verdict::NotFound, Verdict::Unclear];
        let table = [
            (Verdict::LetThrough, [LetsAllIn, Accepted, LetsAllIn, Unclear]),
            (Verdict::Refused, [Refused, Refused, Refused, Refused]),
            (Verdict::NotFound, [LetsAllIn, Accepted, NoSuchFunction, Unclear]),
            (Verdict::Unclear, [Unclear, Unclear, Unclear, Unclear]),
        ];
        for (to_the_token, findings) in table {
            for (to_another, finding) in kinds.into_iter().zip(findings) {
                assert_eq!(Finding::of(to_the_token, to_another), finding, "{to_the_token:?}, {to_another:?}");
            }
        }
    }
}

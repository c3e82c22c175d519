//! The proof that the gateway accepts a token: three times in a row, while a random value is
//! refused.

use std::time::Duration;

use super::context::Context;
use super::deadline::{Deadline, FIRST_PAUSE, longer};
use super::wait::spinner;
use crate::api::{Gateway, RequestError, Verdict};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::secret::RuntimeToken;
use crate::warning::Warning;

/// How often in a row a token must be accepted: a gateway of several nodes may answer from one that
/// lags behind.
const PROOFS: u32 = 3;

/// Proves that the gateway accepts a token. Gives nothing, and a warning, if that cannot be proved:
/// the function is public, or no gateway is known.
///
/// # Errors
/// `NOT_LIVE` if it was not accepted in time.
pub(crate) async fn of(
    cx: &Context,
    gateway: Option<&Gateway>,
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
    let _progress = spinner(cx, "Proving the token at the gateway".to_owned());
    let mut pause = FIRST_PAUSE;
    let mut in_a_row = 0;
    loop {
        in_a_row = match ask(gateway.probe(token), deadline).await? {
            Verdict::Accepted => in_a_row + 1,
            Verdict::Refused | Verdict::Unclear => 0,
        };
        if in_a_row == PROOFS {
            break;
        }
        if in_a_row == 0 {
            deadline.pause(pause, "The gateway did not accept the token").await?;
            pause = longer(pause);
        }
    }
    let accepted_after = deadline.elapsed();
    match ask(gateway.control_probe(), deadline).await? {
        Verdict::Refused => Ok(Some(accepted_after)),
        Verdict::Unclear => {
            cx.warn(Warning::new(
                "NOT_PROVED",
                "The gateway accepts the token, but could not be asked whether it refuses a random one, so nothing is proved",
            ));
            Ok(None)
        }
        Verdict::Accepted => {
            cx.warn(Warning::new(
                "FUNCTION_IS_PUBLIC",
                "The gateway lets a random token in as well, so nothing is proved: is the function public?",
            ));
            Ok(None)
        }
    }
}

async fn ask(
    question: impl Future<Output = Result<Verdict, RequestError>>,
    deadline: Deadline,
) -> Result<Verdict, Error> {
    match deadline.within(question, "The gateway did not accept the token").await? {
        Err(error) if error.code() == ErrorCode::NetworkError => Ok(Verdict::Unclear),
        answer => Ok(answer?),
    }
}

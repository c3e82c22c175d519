//! `jelou tokens verify`: asks the gateway whether a token is accepted.

use serde::Serialize;
use serde_json::json;

use crate::api::CHECK_THE_ADDRESS;
use crate::api::wire::Slug;
use crate::cli::tokens::Verify;
use crate::commands::proof::{self, Finding};
use crate::commands::{Context, runtime_access};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::{Line, Outcome};

/// A token that the gateway accepts.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Verified {
    /// The slug.
    function: Slug,
    /// Always true: a token that is refused is an `AUTH_ERROR`, one of which nothing is proved an
    /// `API_ERROR`.
    accepted: bool,
}

/// Asks the gateway; a management token is not needed.
pub(crate) async fn run(cx: &Context, args: &Verify) -> Result<Outcome, Error> {
    let slug = cx.function(args.of.chosen()).await?;
    let token = runtime_access::token(cx, args.token_stdin)?;
    let gateway = runtime_access::gateway(cx, &slug)?;
    let error = match proof::now(&gateway, &token).await? {
        Finding::Accepted => {
            let done = format!("The gateway of {slug} accepts the token");
            return Ok(Outcome::read(Verified { function: slug, accepted: true }).line(Line::Done(done)));
        }
        Finding::Refused => Error::new(ErrorCode::AuthError, format!("The gateway of `{slug}` refuses the token"))
            .answered_with(401, None)
            .with_hint(format!("create one with `jelou tokens create {slug} --name NAME`; a new one counts once its deployment is live")),
        Finding::NoSuchFunction => Error::new(ErrorCode::NotFound, format!("The gateway knows no function `{slug}`"))
            .answered_with(404, None)
            .with_hint("check the slug with `jelou functions list`; a function is known once its first deployment is live"),
        Finding::LetsAllIn => Error::new(
            ErrorCode::ApiError,
            format!("A random token is not refused either, so nothing is proved: `{slug}` is public, or the address is no gateway"),
        )
        .with_details(Some(json!({"accepted": null})))
        .with_hint(CHECK_THE_ADDRESS),
        Finding::Unclear => {
            Error::new(ErrorCode::TransientError, "The gateway could not say whether it accepts the token")
                .with_hint("try again later")
        }
    };
    Err(error)
}

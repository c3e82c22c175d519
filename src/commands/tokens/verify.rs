//! `jelou tokens verify`: asks the gateway whether a token is accepted.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::api::wire::Slug;
use crate::api::{CHECK_THE_ADDRESS, Gateway};
use crate::cli::tokens::Verify;
use crate::commands::proof::{self, Finding};
use crate::commands::{Context, stdin};
use crate::config::env;
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::{Line, Outcome};
use crate::secret::RuntimeToken;

/// A token that the gateway accepts.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
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
    let token = token(cx, args.token_stdin)?;
    let gateway_url = match cx.identity() {
        Ok(identity) => identity.gateway_url.clone(),
        Err(error) if error.code() == ErrorCode::MissingAuth => {
            cx.settings.gateway_for(&cx.settings.api_url_or_default()?, None)?
        }
        Err(error) => return Err(error),
    };
    let gateway_url = gateway_url.ok_or_else(|| {
        Error::input("The gateway of this control plane is not known")
            .with_hint("name it with `--gateway-url` or `JELOU_GATEWAY_URL`")
    })?;
    let gateway = Gateway::new(&gateway_url, &slug, cx.settings.allow_http, |base| cx.transport(base))?;
    let error = match proof::now(&gateway, &token).await? {
        Finding::Accepted => {
            let done = format!("The gateway of {slug} accepts the token");
            return Ok(Outcome::read(Verified { function: slug, accepted: true }).line(Line::Done(done)));
        }
        Finding::Refused => Error::new(ErrorCode::AuthError, format!("The gateway of `{slug}` refuses the token"))
            .answered_with(401, None)
            .with_hint(format!("create one with `jelou tokens create {slug} --name NAME`; a new one counts once its redeploy is live")),
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

/// The runtime token, from stdin or `JELOU_FUNCTION_TOKEN`.
///
/// # Errors
/// `MISSING_AUTH` if there is none, `INPUT_ERROR` if it is not one.
#[allow(clippy::disallowed_methods, reason = "the form of the value is checked")]
fn token(cx: &Context, from_stdin: bool) -> Result<RuntimeToken, Error> {
    if from_stdin {
        return RuntimeToken::given(stdin::value(cx)?.expose(), "stdin");
    }
    let Some(text) = cx.env.text(env::JELOU_FUNCTION_TOKEN) else {
        return Err(Error::new(ErrorCode::MissingAuth, "There is no runtime token")
            .with_hint("set `JELOU_FUNCTION_TOKEN`, or give it with `--token-stdin`"));
    };
    RuntimeToken::given(text, "`JELOU_FUNCTION_TOKEN`")
}

//! What a command needs that sends a runtime token to a function: the token, and the gateway. No
//! management token is needed for it.

use super::{Context, stdin};
use crate::api::Gateway;
use crate::api::address::GatewayUrl;
use crate::api::wire::Slug;
use crate::config::env;
use crate::config::settings::CredentialSource;
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::secret::RuntimeToken;

/// The runtime token, from stdin or `JELOU_FUNCTION_TOKEN`.
///
/// # Errors
/// `MISSING_AUTH` if there is none, `INPUT_ERROR` if it is not one.
#[allow(clippy::disallowed_methods, reason = "the form of the value is checked")]
pub(super) fn token(cx: &Context, from_stdin: bool) -> Result<RuntimeToken, Error> {
    let (token, origin) = if from_stdin {
        (RuntimeToken::given(stdin::value(cx)?.expose(), "stdin")?, "stdin")
    } else {
        let Some(text) = cx.env.text(env::JELOU_FUNCTION_TOKEN) else {
            return Err(Error::new(ErrorCode::MissingAuth, "There is no runtime token")
                .with_hint("set `JELOU_FUNCTION_TOKEN`, or give it with `--token-stdin`"));
        };
        let origin = "`JELOU_FUNCTION_TOKEN`";
        (RuntimeToken::given(text, origin)?, origin)
    };
    // An API key of the platform has no prefix that tells what it is.
    let of_control_plane = cx.env.text(env::JELOU_TOKEN).map(str::trim);
    if !token.has_prefix() && of_control_plane == Some(token.secret().expose()) {
        return Err(Error::input(format!("{origin} holds the management token of `JELOU_TOKEN`, not a runtime token"))
            .with_hint("a function takes a runtime token (`jfn_rt_…`); create one with `jelou tokens create`"));
    }
    Ok(token)
}

/// A client of a function.
///
/// # Errors
/// `INPUT_ERROR` if the gateway is not known, or must not be sent a token.
pub(super) fn gateway(cx: &Context, slug: &Slug) -> Result<Gateway, Error> {
    let url = gateway_url(cx)?.ok_or_else(|| {
        Error::input("The gateway of this control plane is not known")
            .with_hint("name it with `--gateway-url` or `JELOU_GATEWAY_URL`")
    })?;
    Gateway::new(&url, slug, cx.settings.allow_http, |base| cx.transport(base))
}

/// The gateway that was named, else that of the profile, else that of the control plane. The
/// management token is not sent, so `JELOU_TOKEN` is not even parsed.
fn gateway_url(cx: &Context) -> Result<Option<GatewayUrl>, Error> {
    if let Some(named) = &cx.settings.gateway_url {
        return Ok(Some(named.clone()));
    }
    let of_control_plane = || cx.settings.gateway_for(&cx.settings.api_url_or_default()?, None);
    if matches!(cx.settings.credential, CredentialSource::Environment(_)) {
        return of_control_plane();
    }
    match cx.identity() {
        Ok(identity) => Ok(identity.gateway_url.clone()),
        Err(error) if error.code() == ErrorCode::MissingAuth => of_control_plane(),
        Err(error) => Err(error),
    }
}

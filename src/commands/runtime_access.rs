//! What a command needs that sends a runtime token to a function: the token, and the gateway. No
//! management token is needed for it.

use super::{Context, stdin};
use crate::api::Gateway;
use crate::api::address::GatewayUrl;
use crate::api::wire::Slug;
use crate::config::settings::CredentialSource;
use crate::config::{Origin, credentials, env};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::secret::{RuntimeToken, Secret};

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
    let mut known = known_management_tokens(cx).into_iter();
    let whose = known.find(|(_, known)| !token.has_prefix() && known.expose() == token.secret().expose());
    if let Some((whose, _)) = whose {
        return Err(Error::input(format!("{origin} holds the management token of {whose}, not a runtime token"))
            .with_hint("a function takes a runtime token (`jfn_rt_…`); create one with `jelou tokens create`"));
    }
    Ok(token)
}

/// The management tokens of this machine, and whose they are. They must not be sent to a function,
/// and some have no prefix that tells them apart. A file that cannot be read holds none: nothing
/// here needs it.
#[allow(clippy::disallowed_methods, reason = "the values are looked for where they must not be")]
pub(super) fn known_management_tokens(cx: &Context) -> Vec<(String, Secret)> {
    let of_environment =
        cx.env.text(env::JELOU_TOKEN).map(|text| ("`JELOU_TOKEN`".to_owned(), Secret::new(text.trim())));
    let stored = cx.config_folder().and_then(|folder| credentials::load(&folder).ok());
    let profiles = stored.map(|(stored, _)| stored.profiles).unwrap_or_default();
    let of_profiles = profiles
        .into_iter()
        .map(|(name, profile)| (format!("the profile `{name}`"), Secret::new(profile.token.secret().expose())));
    of_environment.into_iter().chain(of_profiles).collect()
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
    let (url, origin) = url;
    cx.tell("gateway", format_args!("{} ({origin})", url.as_str()));
    Gateway::new(&url, slug, cx.settings.allow_http, |base| cx.transport(base))
}

/// The gateway that was named, else that of the profile, else that of the control plane. The
/// management token is not sent, so `JELOU_TOKEN` is not even parsed.
fn gateway_url(cx: &Context) -> Result<Option<(GatewayUrl, Origin)>, Error> {
    let of_control_plane = || cx.settings.gateway_for(&cx.settings.api_url_or_default()?.0, None);
    if cx.settings.gateway_url.is_some() {
        return of_control_plane();
    }
    if matches!(cx.settings.credential, CredentialSource::Environment(_)) {
        return of_control_plane();
    }
    match cx.identity() {
        Ok(identity) => Ok(identity.gateway_url.clone()),
        Err(error) if error.code() == ErrorCode::MissingAuth => of_control_plane(),
        Err(error) => Err(error),
    }
}

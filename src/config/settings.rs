//! The settings of a run: pure resolution of flags, environment and a stored profile.
//!
//! A flag beats the environment, the environment beats a profile, a profile beats the default. The
//! credential comes from `--profile`, then `JELOU_TOKEN`, then `JELOU_PROFILE`, then the active
//! profile. A stored one goes only to the origin it was checked against.

use std::path::PathBuf;
use std::time::Duration;

use super::credentials::{Credentials, Profile};
use super::env::{self, Env};
use super::origin::Origin;
use crate::api::address::{API_KEYS_PAGE, ApiUrl, DEFAULT_API_URL, DEFAULT_GATEWAY_URL, GatewayUrl, check_destination};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::secret::{ManagementToken, Secret};
use crate::typed_path;
use crate::typed_word;

/// A redeploy takes seconds; two minutes leave room for a slow one.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);
/// No request of the platform takes longer than a few seconds.
const DEFAULT_REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// They cost at most 1.4 s of pauses (see `Policy::with_retries`).
const DEFAULT_RETRIES: u32 = 3;
/// The retries end with their budget of a minute anyway; a larger number is a slip of the keyboard.
const MAX_RETRIES: u32 = 20;

/// The flags that are settings, as they were typed.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    pub(crate) profile: Option<String>,
    pub(crate) api_url: Option<String>,
    pub(crate) gateway_url: Option<String>,
    pub(crate) allow_http: bool,
    pub(crate) ca_cert: Option<PathBuf>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) request_timeout: Option<Duration>,
    pub(crate) retries: Option<u32>,
}

/// What flags and environment say. Nothing has been read from a file yet.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(crate) api_url: Option<ApiUrl>,
    pub(crate) gateway_url: Option<GatewayUrl>,
    /// Whether tokens may cross plain HTTP off this machine.
    pub(crate) allow_http: bool,
    /// Certificates (PEM) to trust instead of the system's.
    pub(crate) ca_cert: Option<PathBuf>,
    /// How long a `--wait` takes at most.
    pub(crate) timeout: Duration,
    /// How long one attempt of a request takes at most.
    pub(crate) request_timeout: Duration,
    pub(crate) retries: u32,
    pub(crate) credential: CredentialSource,
    pub(crate) origins: Origins,
}

/// Where the settings come from that flags and environment can say.
#[derive(Clone, Debug)]
pub struct Origins {
    api_url: Origin,
    gateway_url: Origin,
    pub(crate) ca_cert: Origin,
    pub(crate) timeout: Origin,
    pub(crate) request_timeout: Origin,
    pub(crate) retries: Origin,
    /// Of the name of the profile.
    pub(crate) profile: Origin,
}

impl Origins {
    fn of(flags: &Flags, environment: &Env) -> Self {
        let of = |flag: &'static str, is_given: bool, variable: Option<&'static str>| match variable {
            _ if is_given => Origin::Named(flag),
            Some(variable) if environment.path(variable).is_some() => Origin::Named(variable),
            _ => Origin::Default,
        };
        Self {
            api_url: of("--api-url", flags.api_url.is_some(), Some(env::JELOU_API_URL)),
            gateway_url: of("--gateway-url", flags.gateway_url.is_some(), Some(env::JELOU_GATEWAY_URL)),
            ca_cert: of("--ca-cert", flags.ca_cert.is_some(), Some(env::JELOU_CA_CERT)),
            timeout: of("--timeout", flags.timeout.is_some(), None),
            request_timeout: of("--request-timeout", flags.request_timeout.is_some(), None),
            retries: of("--retries", flags.retries.is_some(), Some(env::JELOU_RETRIES)),
            profile: of("--profile", flags.profile.is_some(), Some(env::JELOU_PROFILE)),
        }
    }
}

/// Where the credential for the control plane comes from.
#[derive(Clone, Debug)]
pub enum CredentialSource {
    /// The value of `JELOU_TOKEN`, not parsed yet: a wrong one must not stop a command that needs
    /// none.
    Environment(Secret),
    /// The profile of this name.
    Profile(String),
    /// The active profile, if there is one.
    ActiveProfile,
}

/// A credential together with the planes it is for.
#[derive(Clone, Debug)]
pub struct Identity {
    pub(crate) token: ManagementToken,
    /// The stored profile that it comes from; nothing if it is `JELOU_TOKEN`.
    pub(crate) profile: Option<String>,
    pub(crate) api_url: ApiUrl,
    pub(crate) api_url_from: Origin,
    /// Nothing if the control plane is another than the default and no gateway was named.
    pub(crate) gateway_url: Option<(GatewayUrl, Origin)>,
}

impl Settings {
    /// Resolves flags and environment; an error names the flag or the variable that is wrong.
    pub(crate) fn resolve(flags: &Flags, environment: &Env) -> Result<Self, Error> {
        if let Some(name) = environment.unreadable() {
            return Err(Error::input(format!("`{name}` is not UTF-8")));
        }
        if let Some(problem) = environment.unexpanded(paths_read(flags, environment)) {
            return Err(Error::input(problem).with_hint(typed_path::HOW_TO_EXPAND));
        }
        let retries = match (flags.retries, environment.text(env::JELOU_RETRIES)) {
            (Some(retries), _) => retries,
            (None, Some(text)) => text.parse().map_err(|_| Error::input("`JELOU_RETRIES` is not a whole number"))?,
            (None, None) => DEFAULT_RETRIES,
        };
        if retries > MAX_RETRIES {
            return Err(Error::input(format!("More than {MAX_RETRIES} retries cannot be asked for")));
        }
        if flags.request_timeout.is_some_and(|timeout| timeout.is_zero()) {
            return Err(Error::input("`--request-timeout` must be longer than 0s"));
        }
        let api_url = named(("--api-url", &flags.api_url), env::JELOU_API_URL, environment);
        let gateway_url = named(("--gateway-url", &flags.gateway_url), env::JELOU_GATEWAY_URL, environment);
        Ok(Self {
            api_url: api_url.map(|(text, origin)| ApiUrl::parse(text, &origin)).transpose()?,
            gateway_url: gateway_url.map(|(text, origin)| GatewayUrl::parse(text, &origin)).transpose()?,
            allow_http: flags.allow_http,
            ca_cert: flags.ca_cert.clone().or_else(|| environment.path(env::JELOU_CA_CERT)),
            timeout: flags.timeout.unwrap_or(DEFAULT_TIMEOUT),
            request_timeout: flags.request_timeout.unwrap_or(DEFAULT_REQUEST_TIMEOUT),
            retries,
            credential: credential_source(flags, environment),
            origins: Origins::of(flags, environment),
        })
    }

    /// The control plane for a command that stores a credential: the one named, or the default.
    pub(crate) fn api_url_or_default(&self) -> Result<(ApiUrl, Origin), Error> {
        match &self.api_url {
            Some(url) => Ok((url.clone(), self.origins.api_url.clone())),
            None => Ok((ApiUrl::parse(DEFAULT_API_URL, "The default")?, Origin::Default)),
        }
    }

    /// The gateway of a control plane: the one named, else a profile's, else the default's.
    pub(crate) fn gateway_for(
        &self,
        api_url: &ApiUrl,
        profile: Option<(&str, &Profile)>,
    ) -> Result<Option<(GatewayUrl, Origin)>, Error> {
        if let Some(url) = &self.gateway_url {
            return Ok(Some((url.clone(), self.origins.gateway_url.clone())));
        }
        let of_profile = profile.and_then(|(name, profile)| {
            let url = profile.gateway_url.as_deref()?;
            Some((url, "The profile's gateway URL", Origin::Profile(name.to_owned())))
        });
        let default = api_url.is_default().then_some((DEFAULT_GATEWAY_URL, "The default", Origin::Default));
        let Some((text, what, origin)) = of_profile.or(default) else { return Ok(None) };
        Ok(Some((GatewayUrl::parse(text, what)?, origin)))
    }

    /// The credential of this run. `load` reads the stored profiles; it is not called if
    /// `JELOU_TOKEN` is used.
    ///
    /// # Errors
    /// `MISSING_AUTH` if there is none; `INPUT_ERROR` if it must not go to the control plane.
    #[allow(clippy::disallowed_methods, reason = "the text is parsed as a token")]
    pub(crate) fn identity(&self, load: impl FnOnce() -> Result<Credentials, Error>) -> Result<Identity, Error> {
        let identity = match &self.credential {
            CredentialSource::Environment(text) => {
                let token = ManagementToken::given(text.expose(), "`JELOU_TOKEN`")?;
                let (api_url, api_url_from) = self.api_url_or_default()?;
                let gateway_url = self.gateway_for(&api_url, None)?;
                Identity { token, profile: None, api_url, api_url_from, gateway_url }
            }
            CredentialSource::Profile(name) => self.stored_identity(name, &load()?)?,
            CredentialSource::ActiveProfile => {
                let credentials = load()?;
                let name = credentials.active.as_ref().ok_or_else(|| {
                    Error::new(ErrorCode::MissingAuth, "There is no credential for the control plane")
                        .with_hint("set `JELOU_TOKEN`, or run `jelou login`")
                        .with_hint(credential_origin())
                })?;
                self.stored_identity(name, &credentials)?
            }
        };
        check_destination(identity.api_url.url(), self.allow_http, identity.token.is_sandbox())?;
        Ok(identity)
    }

    fn stored_identity(&self, name: &str, credentials: &Credentials) -> Result<Identity, Error> {
        let profile = credentials.profiles.get(name).ok_or_else(|| {
            let similar = typed_word::similar("profile", name, credentials.profiles.keys().map(String::as_str));
            similar
                .into_iter()
                .fold(Error::input(format!("There is no profile `{name}`")), Error::with_hint)
                .with_hint(format!("log in with `jelou login --profile {name}`; `jelou auth list` shows the profiles"))
        })?;
        let bound = ApiUrl::parse(&profile.api_url, "The profile's API URL")?;
        let (api_url, api_url_from) = match &self.api_url {
            Some(named) if named.origin() != bound.origin() => {
                return Err(Error::input(format!(
                    "The credential of profile `{name}` was checked against {} and is not sent to {}",
                    bound.origin(),
                    named.origin()
                ))
                .with_hint("set `JELOU_TOKEN` for the other address, or log in there with another `--profile`"));
            }
            Some(named) => (named.clone(), self.origins.api_url.clone()),
            None => (bound, Origin::Profile(name.to_owned())),
        };
        let gateway_url = self.gateway_for(&api_url, Some((name, profile)))?;
        let (token, name) = (profile.token.clone(), name.to_owned());
        Ok(Identity { token, profile: Some(name), api_url, api_url_from, gateway_url })
    }
}

/// Where a credential for the control plane comes from, as a hint.
pub(crate) fn credential_origin() -> String {
    format!(
        "the token is an API key of the platform, made at {API_KEYS_PAGE}, or a personal access token (`jfn_pat_…`)"
    )
}

/// The variables that say where files are and that nothing else beats.
fn paths_read(flags: &Flags, environment: &Env) -> impl Iterator<Item = &'static str> {
    let folders = match environment.path(env::JELOU_CONFIG_DIR) {
        Some(_) => &[env::JELOU_CONFIG_DIR][..],
        // From these `directories` finds the system's folders.
        None => &["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"],
    };
    let certificates = match (&flags.ca_cert, environment.path(env::JELOU_CA_CERT)) {
        (Some(_), _) => &[][..],
        (None, Some(_)) => &[env::JELOU_CA_CERT],
        (None, None) => &[env::SSL_CERT_FILE, env::SSL_CERT_DIR],
    };
    folders.iter().chain(certificates).copied()
}

/// The value of a flag, else of a variable, and which of them it was, for errors.
fn named<'t>(
    (option, value): (&str, &'t Option<String>),
    variable: &str,
    environment: &'t Env,
) -> Option<(&'t str, String)> {
    let flag = value.as_deref().map(|text| (text, format!("`{option}`")));
    flag.or_else(|| Some((environment.text(variable)?, format!("`{variable}`"))))
}

fn credential_source(flags: &Flags, environment: &Env) -> CredentialSource {
    match (&flags.profile, environment.text(env::JELOU_TOKEN), environment.text(env::JELOU_PROFILE)) {
        (Some(name), _, _) => CredentialSource::Profile(name.clone()),
        (None, Some(text), _) => CredentialSource::Environment(Secret::new(text)),
        (None, None, Some(name)) => CredentialSource::Profile(name.to_owned()),
        (None, None, None) => CredentialSource::ActiveProfile,
    }
}

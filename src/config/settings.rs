//! What a run works with: pure resolution of flags, environment and a stored profile, with the origin of every value.
//!
//! A flag beats the environment, the environment beats a profile, a profile beats the default. The credential comes from
//! `--profile`, then `JELOU_TOKEN`, then `JELOU_PROFILE`, then the active profile; a stored one goes to the origin it was
//! checked against and to no other.

use std::path::PathBuf;
use std::time::Duration;

use super::credentials::{Credentials, Profile};
use super::env::{self, Env};
use crate::api::address::{ApiUrl, DEFAULT_API_URL, DEFAULT_GATEWAY_URL, GatewayUrl, check_destination};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::secret::{ManagementToken, Secret};

/// How long a `--wait` goes on unless `--timeout` says otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);
/// How long one request may take unless `--request-timeout` says otherwise.
pub const DEFAULT_REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How often a request is sent again unless `--retries` says otherwise.
pub const DEFAULT_RETRIES: u32 = 3;
/// The most retries that can be asked for.
pub const MAX_RETRIES: u32 = 20;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A flag of the command line.
    Flag,
    /// An environment variable.
    Environment(&'static str),
    /// A stored profile.
    Profile(String),
    /// Nothing said anything.
    Default,
}

/// What the command line said of the settings.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--profile`.
    pub profile: Option<String>,
    /// `--api-url`.
    pub api_url: Option<String>,
    /// `--gateway-url`.
    pub gateway_url: Option<String>,
    /// `--allow-http`.
    pub allow_http: bool,
    /// `--ca-cert`.
    pub ca_cert: Option<PathBuf>,
    /// `--timeout`.
    pub timeout: Option<Duration>,
    /// `--request-timeout`.
    pub request_timeout: Option<Duration>,
    /// `--retries`.
    pub retries: Option<u32>,
}

/// What flags and environment say. Nothing has been read from a file yet.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The control plane, if one was named.
    pub api_url: Option<(ApiUrl, Origin)>,
    /// The gateway, if one was named.
    pub gateway_url: Option<GatewayUrl>,
    /// Whether tokens may cross plain HTTP.
    pub allow_http: bool,
    /// Certificates to trust instead of the system's.
    pub ca_cert: Option<PathBuf>,
    /// How long a `--wait` goes on.
    pub timeout: Duration,
    /// How long one request may take.
    pub request_timeout: Duration,
    /// How often a request is sent again.
    pub retries: u32,
    /// Where the credential comes from.
    pub credential: CredentialSource,
}

/// Where the credential for the control plane comes from.
#[derive(Clone, Debug)]
pub enum CredentialSource {
    /// `JELOU_TOKEN`, not yet looked at: a command that needs no credential does not care whether it is one.
    Environment(Secret),
    /// The profile of this name.
    Profile(String, Origin),
    /// The active profile, if there is one.
    ActiveProfile,
}

/// Who this run is, and where: a credential together with the planes it is for.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The credential for the control plane.
    pub token: ManagementToken,
    /// Where the credential came from.
    pub origin: Origin,
    /// The control plane.
    pub api_url: ApiUrl,
    /// The gateway; nothing if the control plane is another than the default and no gateway was named.
    pub gateway_url: Option<GatewayUrl>,
}

impl Settings {
    /// Resolves flags and environment.
    ///
    /// # Errors
    /// `INPUT_ERROR` that names the flag or the variable that is wrong.
    pub fn resolve(flags: &Flags, environment: &Env) -> Result<Self, Error> {
        if let Some(name) = environment.unreadable() {
            return Err(Error::input(format!("`{name}` is not UTF-8")));
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
            return Err(Error::input("`--request-timeout` is no time at all"));
        }
        Ok(Self {
            api_url: named_api_url(flags, environment)?,
            gateway_url: named_gateway_url(flags, environment)?,
            allow_http: flags.allow_http,
            ca_cert: flags.ca_cert.clone().or_else(|| environment.path(env::JELOU_CA_CERT)),
            timeout: flags.timeout.unwrap_or(DEFAULT_TIMEOUT),
            request_timeout: flags.request_timeout.unwrap_or(DEFAULT_REQUEST_TIMEOUT),
            retries,
            credential: credential_source(flags, environment),
        })
    }

    /// The control plane for a command that stores a credential: the one named, or the default.
    ///
    /// # Errors
    /// Never in practice: the default is a URL.
    pub fn api_url_or_default(&self) -> Result<ApiUrl, Error> {
        match &self.api_url {
            Some((url, _)) => Ok(url.clone()),
            None => ApiUrl::parse(DEFAULT_API_URL, "The default"),
        }
    }

    /// The gateway of a control plane: the one named, else a profile's, else the default's.
    ///
    /// # Errors
    /// Never in practice: the default is a URL.
    pub fn gateway_for(&self, api_url: &ApiUrl, profile: Option<&Profile>) -> Result<Option<GatewayUrl>, Error> {
        if let Some(url) = &self.gateway_url {
            return Ok(Some(url.clone()));
        }
        if let Some(text) = profile.and_then(|profile| profile.gateway_url.as_deref()) {
            return GatewayUrl::parse(text, "The profile's gateway URL").map(Some);
        }
        if api_url.is_default() {
            return GatewayUrl::parse(DEFAULT_GATEWAY_URL, "The default").map(Some);
        }
        Ok(None)
    }

    /// Who this run is. `load` reads the stored profiles and is called only if `JELOU_TOKEN` does not decide.
    ///
    /// # Errors
    /// `MISSING_AUTH` if there is no credential; `INPUT_ERROR` if the profile does not exist, the stored credential was
    /// checked against another origin, or the credential must not go to the control plane.
    #[allow(clippy::disallowed_methods, reason = "the text is parsed as a token")]
    pub fn identity(&self, load: impl FnOnce() -> Result<Credentials, Error>) -> Result<Identity, Error> {
        let identity = match &self.credential {
            CredentialSource::Environment(text) => {
                let token = ManagementToken::given(text.expose(), "`JELOU_TOKEN`")?;
                let api_url = self.api_url_or_default()?;
                let gateway_url = self.gateway_for(&api_url, None)?;
                let origin = Origin::Environment(env::JELOU_TOKEN);
                Identity { token, origin, api_url, gateway_url }
            }
            CredentialSource::Profile(name, _) => self.stored_identity(name, &load()?)?,
            CredentialSource::ActiveProfile => {
                let credentials = load()?;
                let name = credentials.active.clone().ok_or_else(missing_auth)?;
                self.stored_identity(&name, &credentials)?
            }
        };
        check_destination(identity.api_url.url(), self.allow_http, identity.token.is_sandbox())?;
        Ok(identity)
    }

    fn stored_identity(&self, name: &str, credentials: &Credentials) -> Result<Identity, Error> {
        let profile = credentials.profiles.get(name).ok_or_else(|| {
            Error::input(format!("There is no profile `{name}`"))
                .with_hint(format!("log in with `jelou login --profile {name}`; `jelou auth list` shows the profiles"))
        })?;
        let bound = ApiUrl::parse(&profile.api_url, "The profile's API URL")?;
        let api_url = match &self.api_url {
            Some((named, _)) if named.origin() != bound.origin() => {
                return Err(Error::input(format!(
                    "The credential of profile `{name}` was checked against {} and is not sent to {}",
                    bound.origin(),
                    named.origin()
                ))
                .with_hint("set `JELOU_TOKEN` for the other address, or log in there with another `--profile`"));
            }
            Some((named, _)) => named.clone(),
            None => bound,
        };
        let gateway_url = self.gateway_for(&api_url, Some(profile))?;
        Ok(Identity { token: profile.token.clone(), origin: Origin::Profile(name.to_owned()), api_url, gateway_url })
    }
}

fn missing_auth() -> Error {
    Error::new(ErrorCode::MissingAuth, "There is no credential for the control plane")
        .with_hint("set `JELOU_TOKEN`, or run `jelou login`")
}

fn named_api_url(flags: &Flags, environment: &Env) -> Result<Option<(ApiUrl, Origin)>, Error> {
    if let Some(text) = &flags.api_url {
        return Ok(Some((ApiUrl::parse(text, "`--api-url`")?, Origin::Flag)));
    }
    let Some(text) = environment.text(env::JELOU_API_URL) else { return Ok(None) };
    Ok(Some((ApiUrl::parse(text, "`JELOU_API_URL`")?, Origin::Environment(env::JELOU_API_URL))))
}

fn named_gateway_url(flags: &Flags, environment: &Env) -> Result<Option<GatewayUrl>, Error> {
    if let Some(text) = &flags.gateway_url {
        return GatewayUrl::parse(text, "`--gateway-url`").map(Some);
    }
    let Some(text) = environment.text(env::JELOU_GATEWAY_URL) else { return Ok(None) };
    GatewayUrl::parse(text, "`JELOU_GATEWAY_URL`").map(Some)
}

fn credential_source(flags: &Flags, environment: &Env) -> CredentialSource {
    if let Some(name) = &flags.profile {
        return CredentialSource::Profile(name.clone(), Origin::Flag);
    }
    if let Some(text) = environment.text(env::JELOU_TOKEN) {
        return CredentialSource::Environment(Secret::new(text));
    }
    if let Some(name) = environment.text(env::JELOU_PROFILE) {
        return CredentialSource::Profile(name.to_owned(), Origin::Environment(env::JELOU_PROFILE));
    }
    CredentialSource::ActiveProfile
}

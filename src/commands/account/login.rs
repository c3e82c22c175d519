//! `jelou login`: the token is checked before it is stored.

use jiff::Timestamp;
use serde::Serialize;

use super::{DEFAULT_PROFILE, folder, named, warn_if_environment_beats};
use crate::api::ControlPlane;
use crate::api::address::{API_KEYS_PAGE, ApiUrl, check_destination};
use crate::api::wire::Id;
use crate::cli::account::Login;
use crate::commands::{Context, stdin};
use crate::config::credentials::{self, Profile, User};
use crate::config::settings::credential_origin;
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::{Line, Outcome, prompt};
use crate::secret::{ManagementToken, Secret};
use crate::warning::Warning;

/// Whose token was stored.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct LoggedIn {
    /// The profile, now the active one.
    profile: String,
    /// The owner's id.
    id: Id,
    /// The owner's name.
    name: String,
    /// The control plane it was checked against.
    api_url: String,
}

/// Checks a management token and stores it as the active profile.
#[allow(clippy::disallowed_methods, reason = "the form of the value is checked")]
pub(crate) async fn run(cx: &Context, args: &Login) -> Result<Outcome, Error> {
    let name = named(cx).unwrap_or(DEFAULT_PROFILE).to_owned();
    if !credentials::is_profile_name(&name) {
        return Err(Error::input(format!(
            "`{name}` is not a profile's name: 1 to 64 of `A-Z`, `a-z`, `0-9`, `.`, `_`, `-`"
        )));
    }
    let folder = folder(cx)?;
    let (api_url, api_url_from) = cx.settings.api_url_or_default()?;
    let (value, origin) = value(cx, args)?;
    cx.tell("credential", format_args!("a management token ({origin})"));
    cx.tell_control_plane(api_url.url(), &api_url_from);
    let token = ManagementToken::given(value.expose(), origin)?;
    check_destination(api_url.url(), cx.settings.allow_http, token.is_sandbox())?;
    let control = ControlPlane::new(cx.transport(api_url.url())?, api_url.clone(), token.clone());
    let me = control.me().await.map_err(|error| match error.code() {
        ErrorCode::AuthError => error.into_error().without_hints().with_hint(format!(
            "nothing was stored; check that the token is whole and still valid, and that it is one of {}",
            api_url.origin()
        )),
        _ => error.into_error(),
    })?;
    let mut profile = Profile::new(token, api_url.origin(), Timestamp::now());
    profile.api_url = api_url.url().to_string();
    profile.gateway_url = cx.settings.gateway_url.as_ref().map(|url| url.as_str().to_owned());
    profile.kind = Some(me.value.kind);
    profile.user = Some(User { id: me.value.id.to_string(), name: me.value.name.clone() });
    let stored = profile.clone();
    let earlier = credentials::update(&folder, |credentials| {
        credentials.active = Some(name.clone());
        Ok(credentials.profiles.insert(name.clone(), stored))
    })?;
    if let Some(earlier) = earlier.filter(|earlier| !is_of_same(earlier, &profile)) {
        let message = format!("The profile {name} held the credential of {}, which is replaced", owner(&earlier));
        cx.warn(Warning::new("PROFILE_REPLACED", message));
    }
    warn_if_environment_beats(cx, &name);
    let done = format!("Logged in as {} (profile {name}, now the active one)", me.value.name);
    let quiet = vec![name.clone()];
    let api_url = api_url.url().as_str().to_owned();
    let data = LoggedIn { profile: name, id: me.value.id, name: me.value.name, api_url };
    Ok(Outcome::changed_by(data, quiet.clone()).line(Line::Done(done)).quiet(quiet).request_id(me.request_id))
}

/// Whether two profiles are of one user at one origin.
fn is_of_same(one: &Profile, other: &Profile) -> bool {
    let origin =
        |profile: &Profile| ApiUrl::parse(&profile.api_url, "The profile's API URL").map(|url| url.origin()).ok();
    let user = |profile: &Profile| profile.user.as_ref().map(|user| user.id.clone());
    origin(one) == origin(other) && user(one) == user(other)
}

fn owner(profile: &Profile) -> String {
    match &profile.user {
        Some(user) => format!("{} ({}) at {}", user.name, user.id, profile.api_url),
        None => format!("a user whose name is not known at {}", profile.api_url),
    }
}

fn value(cx: &Context, args: &Login) -> Result<(Secret, &'static str), Error> {
    if args.token_stdin {
        return Ok((stdin::value(cx)?, "stdin"));
    }
    if let Some(token) = &args.token {
        cx.warn(Warning::new(
            "TOKEN_IN_ARGUMENTS",
            "A token on the command line shows in the process list and the shell's history; prefer `--token-stdin`",
        ));
        return Ok((Secret::new(token.as_str()), "`--token`"));
    }
    if cx.interactivity.can_prompt {
        cx.output.say(&format!("API keys are made at {API_KEYS_PAGE}; a personal access token begins `jfn_pat_`"));
        let answer = prompt::hidden("Paste your API key or personal access token")?;
        return Ok((Secret::new(answer), "The answer"));
    }
    Err(Error::input("There is no token to log in with, and nobody can be asked here")
        .with_hint("give it with `--token-stdin`, for example `printf %s \"$PAT\" | jelou login --token-stdin`")
        .with_hint(credential_origin()))
}

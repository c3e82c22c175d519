//! `jelou secrets set`

use super::ask;
use crate::api::wire::SecretName;
use crate::cli::secrets::Set;
use crate::commands::redeploys::{Redeploys, wait_or_warn};
use crate::commands::{Context, stdin};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::files::dotenv;
use crate::output::{Line, Outcome};
use crate::secret::Secret;

/// How secrets are given.
const WAYS: &str =
    "give KEY=VALUE, `--from-env FILE` or `--stdin KEY`; at a terminal the command asks if none is given";

/// Sets every secret in one request, so that there is one redeploy. Where none is named, a person is
/// asked for them.
///
/// # Errors
/// `INPUT_ERROR` for a wrong key, before anything is sent.
pub(crate) async fn run(cx: &Context, args: &Set) -> Result<Outcome, Error> {
    let (function, pairs) = args.of.sorted();
    let asks = pairs.is_empty() && args.from_env.is_none() && args.stdin.is_none() && cx.interactivity.can_prompt;
    let mut secrets = collect(cx, args, &pairs)?;
    if secrets.is_empty() && !asks {
        return Err(Error::input("There is no secret to set").with_hint(WAYS));
    }
    let slug = cx.function(function).await?;
    let control = cx.control()?;
    if asks {
        // A wrong slug must not cost what a person types.
        if let Err(error) = control.function(&slug).await
            && error.code() == ErrorCode::NotFound
        {
            return Err(error.into_error());
        }
        secrets = ask::secrets(cx, &slug)?;
    }
    let reply = control.put_secrets(&slug, &secrets).await?;
    let keys: Vec<String> = secrets.iter().map(|(key, _)| key.to_string()).collect();
    let done = match keys.as_slice() {
        [key] => format!("Set secret {key}"),
        several => format!("Set {} secrets: {}", several.len(), several.join(", ")),
    };
    let deployment = reply.value.deployment;
    let outcome = Outcome::changed_by(reply.value.items, keys.clone())
        .line(Line::Done(done))
        .quiet(keys)
        .request_id(reply.request_id);
    let redeploys = Redeploys::to_come(args.wait);
    redeploys.add(deployment);
    Ok(wait_or_warn(cx, &control, &slug, redeploys, outcome, "The function sees it").await)
}

/// Pairs, then the file, then stdin; a key that is set twice takes the later value.
fn collect(cx: &Context, args: &Set, pairs: &[String]) -> Result<Vec<(SecretName, Secret)>, Error> {
    let mut secrets: Vec<(SecretName, Secret)> = Vec::new();
    for pair in pairs {
        let Some((key, value)) = pair.split_once('=') else {
            // The word is not repeated: it may be a value.
            return Err(Error::input("A secret is given as KEY=VALUE, and one of the words is not").with_hint(
                "the SLUG is the first word, or it is behind `-f`; for a value from stdin use `--stdin KEY`",
            ));
        };
        push(&mut secrets, key.parse()?, Secret::new(value));
    }
    if let Some(path) = &args.from_env {
        for variable in dotenv::read(path)? {
            let (name, line) = (&variable.name, variable.line);
            let key = SecretName::parse(name).ok_or_else(|| {
                let place = format!("{}, line {line}", path.display());
                Error::input(format!("{place}: `{name}` is not the key of a secret: {}", SecretName::why_not(name)))
            })?;
            push(&mut secrets, key, Secret::new(variable.value.as_str()));
        }
    }
    if let Some(key) = &args.stdin {
        let value = stdin::value(cx)?;
        if value.is_empty() {
            return Err(Error::input(format!("stdin is empty, so `{key}` was not set"))
                .with_hint(format!("an empty value is set with `{key}=`")));
        }
        push(&mut secrets, key.clone(), value);
    }
    Ok(secrets)
}

/// A later value replaces an earlier one.
pub(super) fn push(secrets: &mut Vec<(SecretName, Secret)>, key: SecretName, value: Secret) {
    secrets.retain(|(earlier, _)| *earlier != key);
    secrets.push((key, value));
}

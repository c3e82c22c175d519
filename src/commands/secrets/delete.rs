//! `jelou secrets delete`

use crate::api::ControlPlane;
use crate::api::wire::{SecretName, Slug};
use crate::cli::secrets::Delete;
use crate::commands::Context;
use crate::commands::bulk::{self, Item, Subject, Wording};
use crate::commands::named::{self, Thing};
use crate::commands::redeploys::{Redeploys, wait_or_warn};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::Outcome;
use crate::typed_word;

const WORDING: Wording = Wording {
    done: "Secret deleted",
    noun: "secret",
    verb: "deleted",
    all_done: "deleted",
    again: "run it again with `--ignore-missing`",
};

impl Subject for SecretName {
    fn item(&self) -> Item {
        Item::done(self.as_str(), None, Some(self.as_str()), "deleted")
    }
}

/// Confirms, then deletes.
pub(crate) async fn run(cx: &Context, args: &Delete) -> Result<Outcome, Error> {
    let (function, named) = args.of.sorted()?;
    let asks = cx.interactivity.needs_confirmation("Deleting a secret")?;
    let slug = cx.function(function).await?;
    let control = cx.control()?;
    let redeploys = Redeploys::to_come(args.wait);
    let deleted = std::cell::RefCell::new(Vec::<String>::new());
    let mut keys: Vec<SecretName> = Vec::new();
    for key in named {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let missing = if asks { ask(cx, &control, &slug, &keys).await? } else { Vec::new() };
    let items = bulk::each(cx, "Deleting secrets", keys, async |key: SecretName| {
        let answer = if let Some((_, similar)) = missing.iter().find(|(missing, _)| *missing == key) {
            let error = Error::new(ErrorCode::NotFound, does_not_exist(&key, &slug));
            Err(similar.iter().fold(error, Error::with_hint).into())
        } else {
            control.delete_secret(&slug, &key).await
        };
        match answer {
            Ok(reply) => {
                deleted.borrow_mut().push(key.to_string());
                reply.value.into_iter().for_each(|deleted| redeploys.add(deleted.deployment));
                Item::done(key.as_str(), None, Some(key.as_str()), "deleted")
            }
            Err(error) if args.ignore_missing && error.is_absent() => {
                Item::done(key.as_str(), None, Some(key.as_str()), "missing")
            }
            Err(error) => Item::failed(key.as_str(), None, Some(key.as_str()), error),
        }
    })
    .await?;
    let mut outcome = bulk::outcome(items, WORDING)?;
    outcome.quiet = deleted.into_inner().into();
    Ok(wait_or_warn(cx, &control, &slug, redeploys, outcome, "The function loses it").await)
}

/// Names the keys and asks. What does not exist is said before and returned: nothing is sent for a
/// key that nobody was asked about. Each comes with a hint, if a stored key is similar.
async fn ask(
    cx: &Context,
    control: &ControlPlane,
    slug: &Slug,
    keys: &[SecretName],
) -> Result<Vec<(SecretName, Option<String>)>, Error> {
    let stored = control.secrets(slug).await?.value;
    let (found, missing): (Vec<_>, Vec<_>) =
        keys.iter().cloned().partition(|key| stored.iter().any(|secret| secret.key == key.as_str()));
    let similar = |key: &SecretName| typed_word::similar("key", key.as_str(), stored.iter().map(|it| it.key.as_str()));
    let missing: Vec<_> = missing.into_iter().map(|key| (key.clone(), similar(&key))).collect();
    if found.is_empty() {
        return Ok(missing);
    }
    for (key, _) in &missing {
        named::warn_of_missing(cx, does_not_exist(key, slug));
    }
    let what = match found.as_slice() {
        [key] => format!("secret {key} of {slug}"),
        several => {
            let thing = |key: &SecretName| Thing { name: key.to_string(), about: String::new() };
            named::several(cx, &format!("secrets of {slug}"), &several.iter().map(thing).collect::<Vec<_>>())
        }
    };
    cx.confirm("Deleting a secret", &format!("Delete {what}?"))?;
    Ok(missing)
}

fn does_not_exist(key: &SecretName, slug: &Slug) -> String {
    format!("There is no secret `{key}` of {slug}")
}

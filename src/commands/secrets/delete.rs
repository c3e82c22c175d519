//! `jelou secrets delete`

use crate::api::wire::{Deployment, SecretName};
use crate::cli::secrets::Delete;
use crate::commands::Context;
use crate::commands::bulk::{self, Item, Target, Wording};
use crate::commands::redeploys::wait_or_warn;
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::Outcome;

const WORDING: Wording = Wording {
    one: "Secret deleted",
    each: "Deleted secret",
    verb: "deleted",
    again: "run it again with `--ignore-missing`",
};

impl Target for SecretName {
    fn item(&self) -> Item {
        Item::done(self.as_str(), None, Some(self.as_str()), "deleted")
    }
}

/// Confirms, then deletes.
pub(crate) async fn run(cx: &Context, args: &Delete) -> Result<Outcome, Error> {
    let question = match args.keys.as_slice() {
        [key] => format!("Delete secret {key} of {}?", args.slug),
        several => format!("Delete {} secrets of {}?", several.len(), args.slug),
    };
    cx.confirm("Deleting a secret", &question)?;
    let control = cx.control()?;
    let redeploys = std::cell::RefCell::new(Vec::<Deployment>::new());
    let deleted = std::cell::RefCell::new(Vec::<String>::new());
    let mut keys: Vec<SecretName> = Vec::new();
    for key in &args.keys {
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    let items =
        bulk::each(cx, "Deleting", keys, async |key: SecretName| match control.delete_secret(&args.slug, &key).await {
            Ok(reply) => {
                deleted.borrow_mut().push(key.to_string());
                redeploys.borrow_mut().extend(reply.value.map(|deleted| deleted.deployment));
                Item::done(key.as_str(), None, Some(key.as_str()), "deleted")
            }
            Err(error) if args.ignore_missing && error.code() == ErrorCode::NotFound => {
                Item::done(key.as_str(), None, Some(key.as_str()), "missing")
            }
            Err(error) => Item::failed(key.as_str(), None, Some(key.as_str()), error),
        })
        .await?;
    let mut outcome = bulk::outcome(items, WORDING)?;
    outcome.quiet = deleted.into_inner();
    let redeploys = redeploys.into_inner();
    Ok(wait_or_warn(cx, &control, &args.slug, redeploys, args.wait, outcome, "The function loses it").await)
}

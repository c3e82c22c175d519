//! `jelou secrets delete`

use crate::api::wire::Deployment;
use crate::api::wire::names::is_secret_key;
use crate::cli::secrets::Delete;
use crate::commands::bulk::{self, Item, Wording};
use crate::commands::tokens::settle;
use crate::commands::{Context, context};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::Outcome;

const WORDING: Wording = Wording { one: "Secret deleted", each: "Deleted secret", verb: "deleted" };

/// Confirms, then deletes.
///
/// # Errors
/// `INPUT_ERROR` before anything is sent; the common error of all keys.
pub async fn run(cx: &Context, args: &Delete) -> Result<Outcome, Error> {
    context::check_slug(&args.slug)?;
    for key in &args.keys {
        if !is_secret_key(key) {
            return Err(Error::input(format!("`{key}` is not the key of a secret")));
        }
    }
    let question = match args.keys.as_slice() {
        [key] => format!("Delete secret {key} of {}?", args.slug),
        several => format!("Delete {} secrets of {}?", several.len(), args.slug),
    };
    cx.confirm("Deleting a secret", &question)?;
    let control = cx.control()?;
    let redeploys = std::cell::RefCell::new(Vec::<Deployment>::new());
    let deleted = std::cell::RefCell::new(Vec::<String>::new());
    let mut keys: Vec<String> = Vec::new();
    for key in &args.keys {
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    let items =
        bulk::each(cx, "Deleting", keys, async |key: String| match control.delete_secret(&args.slug, &key).await {
            Ok(reply) => {
                deleted.borrow_mut().push(key.clone());
                redeploys.borrow_mut().extend(reply.value.map(|deleted| deleted.deployment));
                Item::done(&key, None, Some(&key), "deleted")
            }
            Err(error) if args.ignore_missing && error.code() == ErrorCode::NotFound => {
                Item::done(&key, None, Some(&key), "missing")
            }
            Err(error) => Item::failed(&key, None, Some(&key), error),
        })
        .await;
    let mut outcome = bulk::outcome(items, WORDING)?;
    outcome.quiet = deleted.into_inner();
    settle(cx, &control, &args.slug, redeploys.into_inner(), args.wait, &mut outcome, "The function loses it").await;
    Ok(outcome)
}

//! `jelou functions delete`

use serde_json::json;

use crate::cli::functions::Delete;
use crate::commands::Context;
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::{Line, Outcome};

/// Confirms, then deletes a function with everything in it.
///
/// # Errors
/// `INPUT_ERROR` before anything is sent; `NOT_FOUND` unless missing ones are ignored.
pub async fn run(cx: &Context, args: &Delete) -> Result<Outcome, Error> {
    let question = format!("Delete function {} with its tokens, secrets and deployments?", args.slug);
    cx.confirm("Deleting a function", &question)?;
    let (deleted, request_id) = match cx.control()?.delete_function(&args.slug).await {
        Ok(reply) => (true, reply.request_id),
        Err(error) if args.ignore_missing && error.code() == ErrorCode::NotFound => (false, None),
        Err(error) => return Err(error.into()),
    };
    let line =
        if deleted { "Function deleted".to_owned() } else { format!("Nothing to do: {} does not exist", args.slug) };
    Ok(Outcome::changed(json!({ "slug": args.slug, "deleted": deleted }))
        .line(Line::Done(line))
        .quiet(vec![args.slug.to_string()])
        .request_id(request_id))
}

//! `jelou functions delete`

use schemars::JsonSchema;
use serde::Serialize;

use crate::api::wire::Slug;
use crate::cli::functions::Delete;
use crate::commands::Context;
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::{Line, Outcome};

/// A function that is gone.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct FunctionDeleted {
    /// Its slug.
    slug: Slug,
    /// False if it did not exist.
    deleted: bool,
}

/// Confirms, then deletes a function with everything in it.
pub(crate) async fn run(cx: &Context, args: &Delete) -> Result<Outcome, Error> {
    let question = format!("Delete function {} with its tokens, secrets and deployments?", args.slug);
    cx.confirm("Deleting a function", &question)?;
    let (deleted, request_id) = match cx.control()?.delete_function(&args.slug).await {
        Ok(reply) => (true, reply.request_id),
        Err(error) if args.ignore_missing && error.code() == ErrorCode::NotFound => (false, None),
        Err(error) => return Err(error.into_error()),
    };
    let line =
        if deleted { "Function deleted".to_owned() } else { format!("Nothing to do: {} does not exist", args.slug) };
    Ok(Outcome::changed(FunctionDeleted { slug: args.slug.clone(), deleted })
        .line(Line::Done(line))
        .quiet(vec![args.slug.to_string()])
        .request_id(request_id))
}

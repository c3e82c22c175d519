//! `jelou functions create`

use serde_json::json;

use crate::api::IdempotencyKey;
use crate::api::wire::CreateFunction;
use crate::cli::functions::Create;
use crate::commands::Context;
use crate::error::Error;
use crate::output::{Line, Outcome};

/// Creates a function that has no code yet.
///
/// # Errors
/// `CONFLICT` if the slug is taken.
pub async fn run(cx: &Context, args: &Create) -> Result<Outcome, Error> {
    let key = args.idempotency_key.clone().unwrap_or_else(IdempotencyKey::random);
    let body = CreateFunction {
        slug: args.slug.clone(),
        name: args.name.clone().unwrap_or_else(|| args.slug.to_string()),
        description: args.description.clone(),
    };
    let created = cx.control()?.create_function(&body, &key).await.map_err(|error| {
        if !error.may_have_been_applied {
            return error.into_error();
        }
        error.into_error().of_unknown_outcome(args.slug.as_str(), key.as_str(), key.is_given())
    })?;
    Ok(Outcome::changed(json!(created.value))
        .line(Line::Done(format!("Created function \"{}\"", args.slug)))
        .quiet(vec![args.slug.to_string()])
        .next("jelou deploy".to_owned(), "deploy its code; the first deploy issues the default token")
        .request_id(created.request_id))
}

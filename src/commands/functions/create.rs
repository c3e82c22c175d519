//! `jelou functions create`

use serde_json::json;

use crate::api::IdempotencyKey;
use crate::api::wire::CreateFunction;
use crate::cli::functions::Create;
use crate::commands::{Context, context};
use crate::error::Error;
use crate::output::{Line, Outcome};

/// Creates a function that has no code yet.
///
/// # Errors
/// `CONFLICT` if the slug is taken.
pub async fn run(cx: &Context, args: &Create) -> Result<Outcome, Error> {
    context::check_slug(&args.slug)?;
    let key = match &args.idempotency_key {
        Some(text) => IdempotencyKey::given(text)?,
        None => IdempotencyKey::random(),
    };
    let body = CreateFunction {
        slug: args.slug.clone(),
        name: args.name.clone().unwrap_or_else(|| args.slug.clone()),
        description: args.description.clone(),
    };
    let created = cx.control()?.create_function(&body, &key).await.map_err(|error| {
        if !error.may_have_happened() {
            return error;
        }
        error.of_unknown_outcome(&args.slug, key.as_str(), args.idempotency_key.is_some())
    })?;
    Ok(Outcome::changed(json!(created.value))
        .line(Line::Done(format!("Created function \"{}\"", args.slug)))
        .quiet(vec![args.slug.clone()])
        .next("jelou deploy".to_owned(), "deploy its code; the first deploy issues the default token")
        .request_id(created.request_id))
}

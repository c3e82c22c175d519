//! `jelou functions create`

use crate::api::IdempotencyKey;
use crate::api::wire::CreateFunction;
use crate::cli::functions::Create;
use crate::commands::Context;
use crate::commands::issuance::undo_report::Unseen;
use crate::error::Error;
use crate::output::{Line, Outcome};

/// Creates a function that has no code yet.
pub(crate) async fn run(cx: &Context, args: &Create) -> Result<Outcome, Error> {
    let slug = args.of.slug()?;
    let key = args.idempotency_key.clone().unwrap_or_else(IdempotencyKey::random);
    let body = CreateFunction {
        slug: slug.clone(),
        name: args.name.clone().unwrap_or_else(|| slug.to_string()),
        description: args.description.clone(),
    };
    let created = cx.control()?.create_function(&body, &key).await.map_err(|error| {
        if !error.may_have_been_applied {
            return error.into_error();
        }
        // A random key is lost with this run.
        let retryable = error.is_retryable() && key.is_given();
        error.into_error().with_fields(&Unseen::of(slug.as_str(), &key)).with_retryable(retryable)
    })?;
    Ok(Outcome::changed_by(created.value, vec![slug.to_string()])
        .line(Line::Done(format!("Created function \"{slug}\"")))
        .quiet(vec![slug.to_string()])
        .next("jelou deploy".to_owned(), "deploy its code; the first deploy issues the default token")
        .request_id(created.request_id))
}

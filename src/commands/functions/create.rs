//! `jelou functions create`

use crate::api::IdempotencyKey;
use crate::api::wire::CreateFunction;
use crate::cli::functions::Create;
use crate::commands::Context;
use crate::commands::issuance::undo_report::outcome_unknown;
use crate::error::Error;
use crate::output::{Line, Outcome};

/// Creates a function that has no code yet.
pub(crate) async fn run(cx: &Context, args: &Create) -> Result<Outcome, Error> {
    let slug = args.of.slug()?;
    let key = args.idempotency_key.clone().unwrap_or_else(IdempotencyKey::random);
    let body = CreateFunction::new(slug, args.name.as_deref(), args.description.as_deref());
    let created = cx.control()?.create_function(&body, &key).await.map_err(|error| {
        outcome_unknown(error, slug.as_str(), &key, &format!("look with `jelou functions info {slug}`"))
    })?;
    Ok(Outcome::changed_by(created.value, vec![slug.to_string()])
        .line(Line::Done(format!("Created function \"{slug}\"")))
        .quiet(vec![slug.to_string()])
        .next("jelou deploy".to_owned(), "deploy its code; the first deploy issues the default token")
        .request_id(created.request_id))
}

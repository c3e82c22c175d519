//! `jelou functions delete`

use serde::Serialize;

use crate::api::RequestError;
use crate::api::wire::Slug;
use crate::cli::functions::Delete;
use crate::commands::Context;
use crate::commands::named::{self, Thing};
use crate::error::Error;
use crate::output::{Line, Outcome};

/// A function that is gone.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct FunctionDeleted {
    /// Its slug.
    slug: Slug,
    /// False if it did not exist.
    deleted: bool,
}

/// Confirms, then deletes a function with everything in it.
pub(crate) async fn run(cx: &Context, args: &Delete) -> Result<Outcome, Error> {
    let slug = args.of.slug()?;
    cx.is_about(slug);
    let is_ignored = |error: &RequestError| args.ignore_missing && error.is_absent();
    let asks = cx.interactivity.needs_confirmation("Deleting a function")?;
    let control = cx.control()?;
    if asks {
        let function = match control.function(slug).await {
            Ok(found) => found.value,
            Err(error) if is_ignored(&error) => return Ok(outcome(slug, false, None)),
            Err(error) => return Err(error.into_error()),
        };
        let url = function.url.map(|url| format!(", {url}")).unwrap_or_default();
        let about = format!("{}{url}", function.status.as_str());
        named::show(cx, &[Thing { name: function.name, about }]);
        let question = format!("Delete function {slug} with its tokens, secrets and deployments?");
        cx.confirm("Deleting a function", &question)?;
    }
    match control.delete_function(slug).await {
        Ok(reply) => Ok(outcome(slug, true, reply.request_id)),
        Err(error) if is_ignored(&error) => Ok(outcome(slug, false, None)),
        Err(error) => Err(error.into_error()),
    }
}

fn outcome(slug: &Slug, deleted: bool, request_id: Option<String>) -> Outcome {
    let line =
        if deleted { format!("Function deleted: \"{slug}\"") } else { format!("Nothing to do: {slug} does not exist") };
    Outcome::changed_by(FunctionDeleted { slug: slug.clone(), deleted }, vec![slug.to_string()])
        .line(Line::Done(line))
        .quiet(vec![slug.to_string()])
        .request_id(request_id)
}

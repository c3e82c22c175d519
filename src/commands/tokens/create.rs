//! `jelou tokens create`: a new token, its value shown once.

use std::rc::Rc;
use std::time::Duration;

use super::{again, rotate};
use crate::api::wire::Slug;
use crate::api::{ControlPlane, IdempotencyKey, TokenReference};
use crate::cli::tokens::{Create, IfExists};
use crate::commands::issuance::request::whole_seconds;
use crate::commands::issuance::sinks::{Sinks, Unprintable};
use crate::commands::issuance::{Custody, IssueRequest, Obtained, Until};
use crate::commands::{Completion, Context, current_token};
use crate::error::Error;
use crate::exit::ErrorCode;

/// Creates a token and delivers it.
pub(crate) async fn run(cx: &Context, args: &Create) -> Result<Completion, Error> {
    let slug = cx.function(args.of.chosen()).await?;
    let lifetime = lifetime(args.expires_in)?;
    let key = args.idempotency_key.clone().unwrap_or_else(IdempotencyKey::random);
    let control = cx.control()?;
    let until = args.wait.then(|| Until::of(cx, &control, &slug)).transpose()?;
    let sinks = cx.sinks(&control, &args.delivery, Unprintable::Refuse).await?;
    let request = IssueRequest::create(&control, &slug, &args.name, lifetime, key.clone()).asked_with(&again::flags(
        &args.delivery,
        args.wait,
        None,
    ));
    let token = match Custody::open(cx, request, &sinks)?.obtain().await {
        Obtained::Nothing(error) if args.if_exists == IfExists::Rotate && error.code() == ErrorCode::Conflict => {
            return rotate_existing(cx, args, &control, &slug, &sinks, &key, error).await;
        }
        obtained => obtained.issued()?,
    };
    let token = token.mask().await?.deliver().await?;
    let token = token.prove_or_warn(until.as_ref(), "The token is accepted").await?;
    token.print(|token| token.outcome(&cx.times, format!("Created token \"{}\"", args.name), None)).await
}

/// `--if-exists rotate`: rotates the token that has the name. The key of the create is used up, so
/// the rotation's is derived from it.
///
/// # Errors
/// `refusal` if nothing has the name: then it is not why the create was refused.
async fn rotate_existing(
    cx: &Context,
    args: &Create,
    control: &ControlPlane,
    slug: &Slug,
    sinks: &Rc<Sinks>,
    key: &IdempotencyKey,
    refusal: Error,
) -> Result<Completion, Error> {
    let name = TokenReference::Name(args.name.to_string());
    let old = match current_token::find(control, slug, &name).await {
        Err(error) if error.code() == ErrorCode::NotFound => return Err(refusal),
        found => found?,
    };
    let plan = rotate::Plan {
        key: key.derived("rotate"),
        grace: None,
        expires_in_seconds: args.expires_in.map(whole_seconds),
        flags: again::flags(&args.delivery, false, None),
    };
    rotate::rotate(cx, control, &old, sinks, plan).await
}

/// `--expires-in` in seconds.
///
/// # Errors
/// `INPUT_ERROR` if it is zero.
pub(super) fn lifetime(expires_in: Option<Duration>) -> Result<Option<u64>, Error> {
    if expires_in.is_some_and(|duration| duration.is_zero()) {
        return Err(Error::input("`--expires-in` is zero, so the token would never be accepted")
            .with_hint("for example `--expires-in 30d`"));
    }
    Ok(expires_in.map(whole_seconds))
}

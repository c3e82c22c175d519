//! `jelou deploy`: checks everything before anything is uploaded. The first deploy of a function
//! returns its default token.

mod bundle;
pub(crate) mod files;
pub(crate) mod report;

use std::path::PathBuf;

use super::issuance::deploy::{DeployCustody, DeployRequest, FirstDeploy, FirstToken, how_to_replace};
use super::issuance::held::DeliveredToken;
use super::issuance::sinks::Unprintable;
use super::issuance::{Until, until_live};
use super::{Completion, Context, wait};
use crate::api::wire::{CreateFunction, Deploy, FunctionStatus, Id, Slug};
use crate::api::{ControlPlane, IdempotencyKey};
use crate::cli::deploy::Args;
use crate::config::project::{FILE, Project};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::prompt;
use crate::warning::Warning;
use bundle::Bundle;
pub(super) use bundle::check_entrypoint;

/// Reads the folder, confirms, uploads, delivers the default token if there is one.
pub(crate) async fn run(cx: &Context, args: &Args) -> Result<Completion, Error> {
    let (folder, project) = project(cx, args)?;
    let bundle = Bundle::read(&folder, &project.entrypoint)?;
    warn_of_what_is_left_out(cx, &project, &bundle);
    let slug = &project.slug;
    let key = args.idempotency_key.clone().unwrap_or_else(IdempotencyKey::random);
    if args.dry_run {
        return Ok(files::dry_run(&project, bundle).into());
    }
    // Without a credential nobody is asked.
    let control = cx.control()?;
    let asks = !args.no_confirm && cx.interactivity.needs_confirmation("Deploying")?;
    cx.output.preview(&[files::line(&bundle, &project.entrypoint)]);
    if asks {
        prompt::confirm(&format!("Deploy {slug}?"), prompt::Usual::Yes)?;
    }
    let until = args.wait.then(|| Until::of(cx, &control, slug)).transpose()?;
    let sinks = cx.sinks(&control, &args.delivery, Unprintable::Withhold).await?;
    let is_first = ensure_function(&control, &project, &key).await?;
    let body = Deploy { entrypoint: project.entrypoint.clone(), files: bundle.files };
    let request = DeployRequest { control, slug: slug.clone(), body, key, is_first };
    let answer = DeployCustody::open(cx, request, &sinks)?.deploy().await?;
    if matches!(answer.token, FirstToken::None) && answer.token_info.is_some() {
        let message = format!("The default token came without its value; {}", how_to_replace(slug));
        cx.warn(Warning::new("TOKEN_WITHOUT_VALUE", message));
    }
    let withheld = match answer.token {
        FirstToken::Issued(token) => {
            let token = token.mask().await?.deliver().await?;
            let token = match &until {
                Some(until) => token.prove(until).await?,
                None => token.unproved(|deployment| not_live_yet(slug, &deployment.id)),
            };
            cx.ledger.if_interrupted(None);
            return token.print(|token| report::first(token, slug)).await;
        }
        FirstToken::Withheld(value) => Some(value),
        FirstToken::None => None,
    };
    let mut deployment = answer.deployment;
    let mut live = None;
    let mut not_live = None;
    match &until {
        Some(until) => match until_live(cx, until, &mut deployment, withheld.as_ref()).await {
            Ok(proved) => live = proved,
            Err(error) if error.code() == ErrorCode::NotLive => not_live = Some(error),
            Err(error) => return Err(error),
        },
        None if deployment.is_under_way() => cx.warn(not_live_yet(slug, &deployment.id)),
        None => not_live = wait::failed(&deployment),
    }
    cx.ledger.if_interrupted(None);
    if withheld.is_some() {
        cx.warn(token_withheld(slug, sinks.withheld_because()));
    } else if !args.delivery.to.is_empty() && answer.token_info.is_none() {
        cx.warn(nothing_to_deliver(slug, &args.delivery.to));
    }
    let info = FirstDeploy { url: answer.url, token_info: answer.token_info };
    let request_id = answer.request_id;
    let delivered_to = Vec::new();
    let token = DeliveredToken { value: None, info, deployment, live, delivered_to, not_live, request_id };
    Ok(report::later(token, slug).into())
}

fn warn_of_what_is_left_out(cx: &Context, project: &Project, bundle: &Bundle) {
    if !project.unknown_keys.is_empty() {
        let keys = project.unknown_keys.join("`, `");
        cx.warn(Warning::new("UNKNOWN_KEYS", format!("`{FILE}` has unknown keys: `{keys}`")));
    }
    if !bundle.skipped.is_empty() {
        let message =
            format!("Not uploaded, since only some kinds of files are deployed: {}", bundle.skipped.join(", "));
        cx.warn(Warning::new("FILES_SKIPPED", message));
    }
}

fn project(cx: &Context, args: &Args) -> Result<(PathBuf, Project), Error> {
    let missing = || {
        Error::new(ErrorCode::MissingFunctionsProject, format!("There is no `{FILE}` to deploy"))
            .with_hint("`jelou init` writes one, and an `index.ts` beside it")
    };
    if let Some(dir) = &args.dir {
        let folder = cx.folder.join(dir);
        if !folder.is_dir() {
            return Err(Error::input(format!("{} is not a folder", dir.display())));
        }
        return Project::read(&folder)?.map(|project| (folder, project)).ok_or_else(missing);
    }
    Project::nearest(&cx.folder)?.ok_or_else(missing)
}

/// Creates the function if it does not exist. Returns whether nothing was ever deployed to it.
async fn ensure_function(control: &ControlPlane, project: &Project, key: &IdempotencyKey) -> Result<bool, Error> {
    match control.function(&project.slug).await {
        Ok(reply) => Ok(reply.value.status == FunctionStatus::Created),
        Err(error) if error.code() == ErrorCode::NotFound => {
            let body = CreateFunction::new(&project.slug, project.name.as_deref(), project.description.as_deref());
            control.create_function(&body, &key.derived("function")).await?;
            Ok(true)
        }
        Err(error) => Err(error.into_error()),
    }
}

/// As the docs write a warning: with what to type behind it.
fn not_live_yet(slug: &Slug, id: &Id) -> Warning {
    Warning::new("NOT_YET_LIVE", format!("Not live yet: jelou deployments wait {slug} {id}")).marked()
}

/// A deploy whose sinks got nothing is no failure: the same line deploys again and again.
fn nothing_to_deliver(slug: &Slug, sinks: &[String]) -> Warning {
    let message = format!(
        "Nothing was handed over to {}: only the first deploy of a function brings a token; `jelou tokens rotate {slug} {} --to SINK` gives one a new value",
        sinks.join(", "),
        super::tokens::DEFAULT_NAME
    );
    Warning::new("NO_TOKEN", message)
}

fn token_withheld(slug: &Slug, because: Option<&str>) -> Warning {
    let because = because.map(|because| format!(": {because}")).unwrap_or_default();
    let message = format!(
        "The default token is withheld{because}; get one with `jelou tokens rotate {slug} {} --to SINK`",
        super::tokens::DEFAULT_NAME
    );
    Warning::new("TOKEN_WITHHELD", message)
}

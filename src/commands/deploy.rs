//! `jelou deploy`: checks everything before anything is uploaded. The first deploy of a function returns its default token.

mod bundle;

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::handover::{Handover, finish};
use super::pending::Kept;
use super::tokens::not_waited;
use super::wait::{self, Patience};
use super::{Context, tokens};
use crate::api::wire::{CreateFunction, Deploy, Deployed, Deployment, DeploymentStatus, Slug, Token};
use crate::api::{ControlPlane, IdempotencyKey};
use crate::cli::deploy::Args;
use crate::config::project::{FILE, Project};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::{Line, Outcome};
use crate::secret::RuntimeToken;
use crate::warning::Warning;
use bundle::Bundle;

const COMMAND: &str = "deploy";
/// What a first deploy says (seed).
const CREATED_DEFAULT: &str = "A default runtime token was created for this function.";

/// Reads the folder, confirms, uploads, hands the default token over if there is one.
///
/// # Errors
/// `INPUT_ERROR` before any request for a folder that cannot be deployed.
pub async fn run(cx: &Context, args: &Args) -> Result<Outcome, Error> {
    let (folder, project) = project(cx, args)?;
    if !project.unknown_keys.is_empty() {
        let keys = project.unknown_keys.join("`, `");
        cx.warn(Warning::new("UNKNOWN_KEYS", format!("`{FILE}` has keys that mean nothing: `{keys}`")));
    }
    let bundle = Bundle::read(&folder, &project.entrypoint)?;
    if !bundle.skipped.is_empty() {
        let message = format!("Not uploaded, for their kind is not deployed: {}", bundle.skipped.join(", "));
        cx.warn(Warning::new("FILES_SKIPPED", message));
    }
    let slug = project.slug.clone();
    let key = args.idempotency_key.clone().unwrap_or_else(IdempotencyKey::random);
    if !args.no_confirm {
        let count = bundle.files.len();
        cx.confirm("Deploying", &format!("Deploy {count} files ({} KiB) to {slug}?", bundle.bytes.div_ceil(1024)))?;
    }
    let control = cx.control()?;
    let gateway = if args.wait { cx.gateway(&slug)? } else { None };
    let handover = Handover::prepare_lenient(cx, &control, &args.delivery).await?;
    ensure_function(&control, &project, &key).await?;
    let body = Deploy { entrypoint: project.entrypoint.clone(), files: bundle.files };
    cx.interrupts.receive()?;
    cx.on_interrupt(format!(
        "The deploy may have happened: look with `jelou deployments list {slug}`; after a first deploy, {}",
        kept(&slug).hint
    ));
    let deployed = control.deploy(&slug, &body, &key).await.map_err(|error| {
        if !error.may_have_been_applied {
            return error.into_error();
        }
        error
            .into_error()
            .of_unknown_outcome(slug.as_str(), key.as_str(), key.is_given())
            .without_hints()
            .with_hint(format!(
                "run it again with `--idempotency-key {}`, or look with `jelou deployments list {slug}`; after a first deploy, {}",
                key.as_str(),
                kept(&slug).hint
            ))
    })?;
    let request_id = deployed.request_id;
    let Deployed { mut deployment, url, token, token_info } = deployed.value;
    if token.is_none() && token_info.is_some() {
        let message = format!("The default token came without its value; {}", kept(&slug).hint);
        cx.warn(Warning::new("TOKEN_WITHOUT_VALUE", message));
    }
    let hands_over = token.is_some() && (handover.prints() || !args.delivery.to.is_empty());
    if hands_over {
        let id = token_info.as_ref().map(|info| info.id.clone());
        cx.pending.begin_kept(tokens::DEFAULT_NAME, id, kept(&slug), &handover);
    }
    let issued = token.map(RuntimeToken::issued).transpose()?;
    let mut delivered_to = Vec::new();
    if let Some(value) = issued.as_ref().filter(|_| hands_over) {
        delivered_to = handover.deliver(value).await?;
    }
    let mut live = None;
    let mut not_live = None;
    if args.wait {
        let patience = Patience::of(cx);
        not_live = wait::deployment(cx, &control, &slug, &mut deployment, None, patience).await.err();
        if let (None, Some(value)) = (&not_live, &issued) {
            match wait::proof(cx, gateway.as_ref(), value, patience).await {
                Ok(proved) => live = proved,
                Err(error) if error.code() == ErrorCode::NotLive => not_live = Some(error),
                Err(error) => return Err(error),
            }
        }
    } else if deployment.status != DeploymentStatus::Live {
        cx.warn(not_waited(&deployment, "It answers"));
    }
    cx.on_interrupt(String::new());
    let shown = Shown { deployment, url, token_info, live, delivered_to };
    let mut outcome = shown.outcome(&slug, issued.is_some(), handover.prints()).request_id(request_id);
    outcome.error = not_live;
    match issued {
        Some(value) if hands_over => finish(cx, COMMAND, &handover, value, outcome).await,
        Some(_) => {
            cx.warn(withheld(&slug));
            Ok(outcome)
        }
        None => Ok(outcome),
    }
}

struct Shown {
    deployment: Deployment,
    url: Option<String>,
    token_info: Option<Token>,
    live: Option<Duration>,
    delivered_to: Vec<String>,
}

impl Shown {
    fn outcome(self, slug: &Slug, first: bool, prints: bool) -> Outcome {
        let mut data = json!(self.deployment);
        data["url"] = self.url.clone().into();
        data["token"] = Value::Null;
        data["token_info"] = json!(self.token_info);
        data["live"] = json!(self.live.map(|after| json!({ "accepted_after_ms": after.as_millis() })));
        data["delivered_to"] = self.delivered_to.clone().into();
        let mut outcome = Outcome::changed(data).line(Line::Done("Deployed".to_owned()));
        if let Some(url) = self.url {
            outcome = outcome.line(Line::Field("URL:", url));
        }
        if first && prints {
            outcome = outcome
                .line(Line::Note(CREATED_DEFAULT.to_owned()))
                .line(Line::NoteContinued("Save it now — it will not be shown again."))
                .line(Line::Token);
        } else if first && !self.delivered_to.is_empty() {
            outcome = outcome
                .line(Line::Note(CREATED_DEFAULT.to_owned()))
                .line(Line::Field("Sent to ", self.delivered_to.join(", ")));
        }
        if self.deployment.status != DeploymentStatus::Live {
            let command = format!("jelou deployments wait {slug} {}", self.deployment.id);
            outcome = outcome.next(command, "wait until it answers");
        }
        outcome
    }
}

fn project(cx: &Context, args: &Args) -> Result<(PathBuf, Project), Error> {
    let missing = || {
        Error::new(ErrorCode::MissingFunctionsProject, format!("There is no `{FILE}` to deploy"))
            .with_hint(format!("write one: {{\"slug\": \"my-function\"}} in `{FILE}` beside `index.ts`"))
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

/// Creates the function if it does not exist.
async fn ensure_function(control: &ControlPlane, project: &Project, key: &IdempotencyKey) -> Result<(), Error> {
    match control.function(&project.slug).await {
        Ok(_) => Ok(()),
        Err(error) if error.code() == ErrorCode::NotFound => {
            let body = CreateFunction {
                slug: project.slug.clone(),
                name: project.name.clone().unwrap_or_else(|| project.slug.to_string()),
                description: project.description.clone(),
            };
            Ok(control.create_function(&body, &key.derived("function")).await.map(|_| ())?)
        }
        Err(error) => Err(error.into()),
    }
}

/// The default token cannot be revoked, since a function keeps at least one; a new value makes the lost one worthless.
fn kept(slug: &Slug) -> Kept {
    Kept {
        reason: "stays, for a function keeps at least one".to_owned(),
        hint: format!("give it a new value with `jelou tokens rotate {slug} {} --to SINK`", tokens::DEFAULT_NAME),
    }
}

fn withheld(slug: &Slug) -> Warning {
    let name = tokens::DEFAULT_NAME;
    Warning::new(
        "TOKEN_WITHHELD",
        format!(
            "The default token is withheld, for it would end in the job's log; get one with `jelou tokens rotate {slug} {name} --to SINK`"
        ),
    )
}

//! `jelou tokens revoke`: one or many; every item is tried and reported.

use std::collections::HashSet;
use std::io::{BufRead, Read};

use super::issue::not_waited;
use crate::api::ControlPlane;
use crate::api::wire::{Deployment, DeploymentStatus, Token};
use crate::cli::tokens::Revoke;
use crate::commands::bulk::{self, Item, Wording};
use crate::commands::target::Reference;
use crate::commands::wait::{self, Patience};
use crate::commands::{Context, context};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::Outcome;
use crate::warning::Warning;

/// More than any list of references has.
const MAX_STDIN: u64 = 16 << 20;

/// How revoking is spoken of.
pub const WORDING: Wording = Wording { one: "Token revoked", each: "Revoked token", verb: "revoked" };
const DRY_WORDING: Wording = Wording { one: "Would revoke the token", each: "Would revoke token", verb: "revocable" };

/// Confirms, then revokes.
///
/// # Errors
/// `INPUT_ERROR` before anything is sent; the common error of all items.
pub async fn run(cx: &Context, args: &Revoke) -> Result<Outcome, Error> {
    context::check_slug(&args.slug)?;
    if !args.dry_run {
        cx.interactivity.needs_confirmation("Revoking a token")?;
    }
    let lines = if args.stdin { lines_of_stdin()? } else { args.tokens.clone() };
    if lines.is_empty() {
        cx.warn(Warning::new("NOTHING_TO_DO", "No token was named, so none was revoked"));
        return bulk::outcome(Vec::new(), WORDING);
    }
    let references = parse(&lines)?;
    let control = cx.control()?;
    let targets = resolve(&control, &args.slug, references, args.dry_run || cx.interactivity.can_prompt).await?;
    if args.dry_run {
        return dry_run(&args.slug, targets, args.ignore_missing);
    }
    cx.confirm("Revoking a token", &question(&targets, &args.slug))?;
    revoke(cx, &control, &args.slug, targets, args.ignore_missing, args.wait).await
}

/// A reference and the token it was found to mean, if it was looked up.
pub struct Target {
    /// As it was typed.
    pub text: String,
    /// The id to send, or why there is none.
    pub id: Result<String, Error>,
    /// The token, if it was looked up.
    pub token: Option<Token>,
}

fn parse(lines: &[String]) -> Result<Vec<Reference>, Error> {
    let mut seen = HashSet::new();
    let mut references = Vec::new();
    for line in lines {
        let reference = Reference::parse(line)?;
        if seen.insert(reference.clone()) {
            references.push(reference);
        }
    }
    Ok(references)
}

/// Looks names and prefixes up, in one listing; an id is taken as it is unless `look_at_ids`.
async fn resolve(
    control: &ControlPlane,
    slug: &str,
    references: Vec<Reference>,
    look_at_ids: bool,
) -> Result<Vec<Target>, Error> {
    let needs_list = look_at_ids || references.iter().any(|reference| !matches!(reference, Reference::Id(_)));
    let tokens = if needs_list { control.tokens(slug).await?.value } else { Vec::new() };
    let mut targets: Vec<Target> = Vec::new();
    for reference in references {
        let text = reference.text().to_owned();
        let target = match &reference {
            Reference::Id(id) if !needs_list => Target { text, id: Ok(id.clone()), token: None },
            _ => match reference.find(&tokens, slug) {
                Ok(token) => Target { text, id: Ok(token.id.to_string()), token: Some(token.clone()) },
                Err(error) if error.code() == ErrorCode::NotFound => Target { text, id: Err(error), token: None },
                Err(error) => return Err(error),
            },
        };
        let twice = target
            .id
            .as_ref()
            .is_ok_and(|id| targets.iter().any(|seen| seen.id.as_ref().is_ok_and(|other| other == id)));
        if !twice {
            targets.push(target);
        }
    }
    Ok(targets)
}

fn question(targets: &[Target], slug: &str) -> String {
    match targets {
        [Target { token: Some(token), .. }] => format!("Revoke token {}... for {slug}?", token.prefix),
        [target] => format!("Revoke token {} for {slug}?", target.text),
        several => format!("Revoke {} tokens for {slug}?", several.len()),
    }
}

fn dry_run(slug: &str, targets: Vec<Target>, ignore_missing: bool) -> Result<Outcome, Error> {
    let items = targets.into_iter().map(|target| match (target.id, &target.token) {
        (Err(_), _) if ignore_missing => Item::done(&target.text, None, None, "missing"),
        (Err(error), _) => Item::failed(&target.text, None, None, error),
        (Ok(id), token) => {
            let name = token.as_ref().map(|token| token.name.as_str());
            Item::done(&target.text, Some(&id), name, "would_revoke")
        }
    });
    let mut outcome = bulk::outcome(items.collect(), DRY_WORDING)?;
    outcome.changed = false;
    Ok(outcome.next(format!("jelou tokens list {slug}"), "look at the tokens"))
}

/// Revokes tokens and reports on each; with `wait`, until the redeploys are live.
///
/// # Errors
/// The common error of all items.
pub async fn revoke(
    cx: &Context,
    control: &ControlPlane,
    slug: &str,
    targets: Vec<Target>,
    ignore_missing: bool,
    wait: bool,
) -> Result<Outcome, Error> {
    let redeploys = std::cell::RefCell::new(Vec::<Deployment>::new());
    let items = bulk::each(cx, "Revoking", targets, async |target: Target| {
        let Target { text, id, token } = target;
        let name = token.as_ref().map(|token| token.name.as_str());
        let (id, result) = match id {
            Ok(id) => {
                let result = control.revoke_token(slug, &id).await;
                (Some(id), result)
            }
            Err(error) => (None, Err(error)),
        };
        match result {
            Ok(reply) => match reply.value {
                Some(revoked) => {
                    let item = Item::done(&text, id.as_deref(), Some(&revoked.name), "revoked");
                    redeploys.borrow_mut().push(revoked.deployment);
                    item
                }
                None => Item::done(&text, id.as_deref(), name, "revoked"),
            },
            Err(error) if ignore_missing && error.code() == ErrorCode::NotFound => {
                Item::done(&text, id.as_deref(), name, "missing")
            }
            Err(error) => Item::failed(&text, id.as_deref(), name, error),
        }
    })
    .await;
    let mut outcome = bulk::outcome(items, WORDING)?;
    let redeploys = redeploys.into_inner();
    settle(cx, control, slug, redeploys, wait, &mut outcome, "Clients using it are refused").await;
    Ok(outcome)
}

/// Waits for the redeploys of a change, or says that nobody did.
pub async fn settle(
    cx: &Context,
    control: &ControlPlane,
    slug: &str,
    mut redeploys: Vec<Deployment>,
    wait: bool,
    outcome: &mut Outcome,
    effect: &str,
) {
    let mut seen = HashSet::new();
    redeploys.retain(|deployment| seen.insert(deployment.id.clone()));
    if !wait {
        if let Some(last) = redeploys.iter().rfind(|deployment| deployment.status != DeploymentStatus::Live) {
            cx.warn(not_waited(last, effect));
            let command = format!("jelou deployments wait {slug} {}", last.id);
            outcome.breadcrumbs.push(crate::output::Breadcrumb::new(command, "wait until it counts"));
        }
        return;
    }
    let patience = Patience::of(cx);
    for deployment in &redeploys {
        if let Err(error) = wait::deployment(cx, control, slug, deployment, patience).await {
            if outcome.error.is_none() {
                outcome.error = Some(error);
            }
            return;
        }
    }
}

fn lines_of_stdin() -> Result<Vec<String>, Error> {
    let wrong = |cause: std::io::Error| Error::input("The references on stdin cannot be read").caused_by(cause);
    let mut lines = Vec::new();
    for line in std::io::stdin().lock().take(MAX_STDIN).lines() {
        let line = line.map_err(wrong)?;
        let reference = line.trim();
        if !reference.is_empty() {
            lines.push(reference.to_owned());
        }
    }
    Ok(lines)
}

//! `jelou deployments …`

mod artifact;
pub(crate) mod download;

use super::deadline::Deadline;
use super::{Context, wait};
use crate::api::wire::Deployment;
use crate::cli::deployments::{List, One};
use crate::error::Error;
use crate::output::table::{Column, Table};
use crate::output::{Line, Outcome};

const HEADER: [Column; 5] = [
    Column::whole("ID", 0),
    Column::whole("Status", 0),
    Column::text("Reason", 1),
    Column::whole("Created", 2),
    Column::whole("Live", 3),
];

/// `jelou deployments list`
pub(crate) async fn list(cx: &Context, args: &List) -> Result<Outcome, Error> {
    let slug = cx.function(args.of.chosen()).await?;
    let listed = cx.control()?.deployments(&slug).await?;
    let deployments = listed.value;
    let shown = if deployments.is_empty() {
        Line::Text(format!("No deployments of {slug} to show"))
    } else {
        let rows = deployments.iter().map(|deployment| {
            vec![
                deployment.id.to_string(),
                deployment.status.as_str().to_owned(),
                deployment.reason.clone().unwrap_or_default(),
                cx.times.show(deployment.created_at),
                cx.times.show_or_never(deployment.live_at),
            ]
        });
        Line::Table(Table { header: HEADER.to_vec(), rows: rows.collect() })
    };
    let ids = deployments.iter().map(|deployment| deployment.id.to_string()).collect();
    Ok(Outcome::read(deployments).line(shown).quiet(ids).request_id(listed.request_id))
}

/// `jelou deployments info`
pub(crate) async fn info(cx: &Context, args: &One) -> Result<Outcome, Error> {
    let (function, id) = args.of.sorted()?;
    let slug = cx.function(function).await?;
    let (deployment, _) = cx.control()?.deployment(&slug, &id).await?;
    Ok(shown(cx, &deployment))
}

/// `jelou deployments wait`
///
/// # Errors
/// `NOT_LIVE` if it failed or was not live in time.
pub(crate) async fn wait(cx: &Context, args: &One) -> Result<Outcome, Error> {
    let (function, id) = args.of.sorted()?;
    let slug = cx.function(function).await?;
    let control = cx.control()?;
    let deadline = Deadline::of(cx);
    let (mut deployment, asked_pause) = control.deployment(&slug, &id).await?;
    let waited = wait::deployment(cx, &control, &slug, &mut deployment, asked_pause, deadline).await;
    let mut outcome = shown(cx, &deployment);
    match waited {
        Ok(()) => outcome = outcome.line(Line::Done("Live".to_owned())),
        Err(error) => outcome.failure = Some(error),
    }
    Ok(outcome)
}

fn shown(cx: &Context, deployment: &Deployment) -> Outcome {
    let mut outcome = Outcome::read(deployment.clone())
        .line(Line::Field("ID     ", deployment.id.to_string()))
        .line(Line::Field("Status ", deployment.status.as_str().to_owned()))
        .line(Line::Field("Created", cx.times.show(deployment.created_at)))
        .line(Line::Field("Live   ", cx.times.show_or_never(deployment.live_at)))
        .quiet(vec![deployment.id.to_string()]);
    if let Some(error) = &deployment.error {
        outcome = outcome.line(Line::Note(error.clone()));
    }
    outcome
}

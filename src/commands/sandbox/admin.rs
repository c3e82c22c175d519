//! `jelou sandbox faults|journal|advance|status|reset|stop`: what is asked of a sandbox that runs.

use std::time::Duration;

use serde_json::json;
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::ask;
use crate::cli::sandbox::{Advance, Faults};
use crate::commands::Context;
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::table::{Column, Table};
use crate::output::{Line, Outcome};
use crate::sandbox::admin_api::{
    self, LoggedRequests, NewFaults, PendingFault, PendingFaults, SandboxStatus, SandboxStopped, SandboxTime,
};
use crate::sandbox::{Fault, LoggedRequest};

const FAULTS: &str = "/__sandbox/faults";

const FAULTS_HEADER: [Column; 3] = [Column::whole("Fault", 0), Column::whole("Left", 0), Column::whole("Fired", 1)];

const JOURNAL_HEADER: [Column; 7] = [
    Column::whole("#", 0),
    Column::whole("Time", 2),
    Column::whole("Method", 0),
    Column::text("Path", 0),
    Column::whole("Status", 0),
    Column::text("Fault", 0),
    Column::text("Violation", 1),
];

/// How long the end of a sandbox is waited for. It ends as soon as its answer is sent.
const ENDS_WITHIN: Duration = Duration::from_secs(10);
/// Between two looks at its port.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// `jelou sandbox faults`
pub(crate) async fn faults(cx: &Context, args: &Faults) -> Result<Outcome, Error> {
    if args.list {
        let pending: PendingFaults = ask::get(cx, FAULTS).await?;
        return Ok(shown_faults(Outcome::read, pending.faults));
    }
    if args.clear {
        let pending: PendingFaults = ask::delete(cx, FAULTS).await?;
        return Ok(shown_faults(Outcome::changed, pending.faults));
    }
    // Here the words that may have been meant are known; the sandbox reads them again.
    let faults = args.specs.iter().map(|spec| Fault::parse(spec).map(|_| spec.clone()));
    let body = NewFaults { faults: faults.collect::<Result<_, _>>()? };
    let pending: PendingFaults = ask::post(cx, FAULTS, &body).await?;
    Ok(shown_faults(Outcome::changed, pending.faults))
}

fn shown_faults(outcome: impl Fn(Vec<PendingFault>) -> Outcome, faults: Vec<PendingFault>) -> Outcome {
    let names = faults.iter().map(|fault| fault.name.clone()).collect();
    let line = if faults.is_empty() {
        Line::Item("No fault is pending".to_owned())
    } else {
        Line::Table(fault_table(&faults))
    };
    outcome(faults).line(line).quiet(names)
}

fn fault_table(faults: &[PendingFault]) -> Table {
    let row = |fault: &PendingFault| {
        let left = fault.left.map_or_else(|| "all".to_owned(), |left| left.to_string());
        vec![fault.shown().to_owned(), left, fault.fired.to_string()]
    };
    Table { header: FAULTS_HEADER.to_vec(), rows: faults.iter().map(row).collect() }
}

/// `jelou sandbox journal`
pub(crate) async fn journal(cx: &Context) -> Result<Outcome, Error> {
    let log: LoggedRequests = ask::get(cx, "/__sandbox/journal").await?;
    let line = if log.entries.is_empty() {
        Line::Item("Nothing was asked".to_owned())
    } else {
        Line::Table(Table { header: JOURNAL_HEADER.to_vec(), rows: log.entries.iter().map(journal_row).collect() })
    };
    let numbers = log.entries.iter().map(|entry| entry.number.to_string()).collect();
    Ok(Outcome::read(log).line(line).quiet(numbers))
}

fn journal_row(entry: &LoggedRequest) -> Vec<String> {
    let query = entry.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
    vec![
        entry.number.to_string(),
        entry.at.to_string(),
        entry.method.clone(),
        format!("{}{query}", entry.path),
        // Nothing was sent: a fault reset the connection, or the request still waits.
        entry.status.map_or_else(|| "none".to_owned(), |status| status.to_string()),
        entry.faults.join(", "),
        entry.violations.join("; "),
    ]
}

/// `jelou sandbox advance`
pub(crate) async fn advance(cx: &Context, args: &Advance) -> Result<Outcome, Error> {
    let body = admin_api::Advance { by: format!("{}ms", args.by.as_millis()) };
    let time: SandboxTime = ask::post(cx, "/__sandbox/clock/advance", &body).await?;
    let now = time.now.to_string();
    Ok(Outcome::changed(time).line(Line::Done(format!("It is {now} in the sandbox"))).quiet(vec![now]))
}

/// `jelou sandbox status`
pub(crate) async fn status(cx: &Context) -> Result<Outcome, Error> {
    let status: SandboxStatus = ask::get(cx, "/__sandbox/status").await?;
    Ok(shown_status(Outcome::read, status))
}

/// `jelou sandbox reset`
pub(crate) async fn reset(cx: &Context) -> Result<Outcome, Error> {
    let status: SandboxStatus = ask::post(cx, "/__sandbox/reset", &json!({})).await?;
    Ok(shown_status(Outcome::changed, status))
}

fn shown_status(outcome: impl Fn(SandboxStatus) -> Outcome, status: SandboxStatus) -> Outcome {
    let functions = status.functions.iter().map(|function| {
        let tokens = counted(function.tokens, "token");
        Line::Field("Function  ", format!("{} ({}, {tokens})", function.slug, function.status))
    });
    let faults = status.faults.iter().map(|fault| {
        let left = fault.left.map_or_else(|| "all requests".to_owned(), |left| format!("{left} more"));
        Line::Field("Fault     ", format!("{} (for {left})", fault.shown()))
    });
    let violations = status.violations.iter().map(|violation| Line::Note(violation.clone()));
    let mut lines = vec![
        Line::Field("API       ", status.api_url.clone()),
        Line::Field("Gateway   ", status.gateway_url.clone()),
        Line::Field("Time      ", status.now.to_string()),
    ];
    lines.extend(functions);
    lines.push(Line::Field("Tokens    ", status.tokens.to_string()));
    lines.extend(faults);
    lines.push(Line::Field("Requests  ", status.requests.to_string()));
    lines.extend(violations);
    let url = status.api_url.clone();
    lines.into_iter().fold(outcome(status).quiet(vec![url]), Outcome::line)
}

fn counted(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// `jelou sandbox stop`: ends one that anybody started, and waits until nothing listens there any
/// more. Its state file is free by then.
pub(crate) async fn stop(cx: &Context) -> Result<Outcome, Error> {
    let base = ask::address(cx)?;
    let stopped: SandboxStopped = ask::post(cx, "/__sandbox/stop", &json!({})).await?;
    let host = base.url().host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let port = base.url().port_or_known_default().unwrap_or_default();
    let deadline = Instant::now() + ENDS_WITHIN;
    while TcpStream::connect((host.as_str(), port)).await.is_ok() {
        if Instant::now() > deadline {
            return Err(Error::new(ErrorCode::TransientError, "The sandbox has not ended")
                .with_hint("its process can be ended by a signal"));
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    let url = stopped.api_url.clone();
    let done = Line::Done(format!("The sandbox at {url} has ended"));
    Ok(Outcome::changed(stopped).line(done).quiet(vec![url]))
}

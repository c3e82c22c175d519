//! `jelou sandbox faults|journal|advance`: requests to a sandbox that runs.

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api::address::is_loopback;
use crate::api::routes::Method;
use crate::api::transport::Request;
use crate::api::{ApiUrl, IdempotencyKey};
use crate::cli::sandbox::{Advance, Faults};
use crate::commands::Context;
use crate::error::Error;
use crate::output::{Line, Outcome};
use crate::sandbox::admin_api::{self, LoggedRequests, NewFaults, PendingFaults, SandboxTime};

/// `jelou sandbox faults`
pub(crate) async fn faults(cx: &Context, args: &Faults) -> Result<Outcome, Error> {
    let body = NewFaults { faults: args.specs.clone() };
    let pending: PendingFaults = post(cx, "/__sandbox/faults", &body).await?;
    let names: Vec<String> = pending.faults.iter().map(|fault| fault.name.clone()).collect();
    let lines = names.iter().map(|name| Line::Field("Fault", name.clone()));
    Ok(lines.fold(Outcome::changed(pending.faults).quiet(names.clone()), Outcome::line))
}

/// `jelou sandbox journal`
pub(crate) async fn journal(cx: &Context) -> Result<Outcome, Error> {
    let log: LoggedRequests = send(cx, Method::Get, "/__sandbox/journal", None).await?;
    let entries = log.entries.iter().map(|entry| {
        let status = entry.status.map_or_else(|| "null".to_owned(), |status| status.to_string());
        Line::Field("", format!("{} {} {} {status}", entry.plane, entry.method, entry.path))
    });
    let violations = log.violations.iter().map(|violation| Line::Note(violation.clone()));
    let lines: Vec<Line> = entries.chain(violations).collect();
    Ok(lines.into_iter().fold(Outcome::read(log), Outcome::line))
}

/// `jelou sandbox advance`
pub(crate) async fn advance(cx: &Context, args: &Advance) -> Result<Outcome, Error> {
    let body = admin_api::Advance { by: format!("{}ms", args.by.as_millis()) };
    let time: SandboxTime = post(cx, "/__sandbox/clock/advance", &body).await?;
    let now = time.now.to_string();
    Ok(Outcome::changed(time).line(Line::Done(format!("It is {now} in the sandbox"))).quiet(vec![now]))
}

async fn post<T: DeserializeOwned>(cx: &Context, path: &str, body: &impl Serialize) -> Result<T, Error> {
    let body = serde_json::to_vec(body).map_err(|cause| Error::unknown("The request cannot be written", cause))?;
    send(cx, Method::Post, path, Some(Bytes::from(body))).await
}

async fn send<T: DeserializeOwned>(cx: &Context, method: Method, path: &str, body: Option<Bytes>) -> Result<T, Error> {
    let (base, _): (ApiUrl, _) = cx.settings.api_url_or_default()?;
    if !is_loopback(base.url()) {
        return Err(Error::input("No sandbox is named")
            .with_hint("set `JELOU_API_URL` as `jelou sandbox start` says, or use `--api-url`"));
    }
    let key = IdempotencyKey::random();
    let key = (method == Method::Post).then_some(&key);
    let request = Request { method, url: base.join(path), credential: None, agent: None, body, key, wants_body: None };
    Ok(cx.transport(base.url())?.send(&request).await?.parse()?)
}

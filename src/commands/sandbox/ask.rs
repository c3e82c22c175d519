//! `jelou sandbox faults|journal|advance`: talk to a sandbox that runs.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::api::address::is_loopback;
use crate::api::routes::Method;
use crate::api::transport::Request;
use crate::api::{ApiUrl, IdempotencyKey};
use crate::cli::sandbox::{Advance, Faults};
use crate::commands::Context;
use crate::error::Error;
use crate::output::{Line, Outcome};

/// `jelou sandbox faults`
///
/// # Errors
/// `VALIDATION_ERROR` for a fault that makes no sense.
pub async fn faults(cx: &Context, args: &Faults) -> Result<Outcome, Error> {
    let answer = ask(cx, Method::Post, "/__sandbox/faults", Some(json!({ "faults": args.specs }))).await?;
    let names: Vec<String> = listed(&answer["faults"], "name");
    let mut outcome = Outcome::changed(answer["faults"].clone()).quiet(names.clone());
    for name in names {
        outcome = outcome.line(Line::Field("Fault", name));
    }
    Ok(outcome)
}

/// `jelou sandbox journal`
///
/// # Errors
/// `NETWORK_ERROR` if no sandbox answers.
pub async fn journal(cx: &Context) -> Result<Outcome, Error> {
    let answer = ask(cx, Method::Get, "/__sandbox/journal", None).await?;
    let mut outcome = Outcome::read(answer.clone());
    for entry in answer["entries"].as_array().into_iter().flatten() {
        let text = |key: &str| entry[key].as_str().map_or_else(|| entry[key].to_string(), str::to_owned);
        let line = format!("{} {} {} {}", text("plane"), text("method"), text("path"), text("status"));
        outcome = outcome.line(Line::Field("", line));
    }
    for violation in answer["violations"].as_array().into_iter().flatten() {
        outcome = outcome.line(Line::Note(violation.as_str().map_or_else(|| violation.to_string(), str::to_owned)));
    }
    Ok(outcome)
}

/// `jelou sandbox advance`
///
/// # Errors
/// `NETWORK_ERROR` if no sandbox answers.
pub async fn advance(cx: &Context, args: &Advance) -> Result<Outcome, Error> {
    let by = format!("{}ms", args.by.as_millis());
    let answer = ask(cx, Method::Post, "/__sandbox/clock/advance", Some(json!({ "by": by }))).await?;
    let now = answer["now"].as_str().unwrap_or_default().to_owned();
    Ok(Outcome::changed(answer).line(Line::Done(format!("It is {now} in the sandbox"))).quiet(vec![now]))
}

fn listed(items: &Value, key: &str) -> Vec<String> {
    items.as_array().into_iter().flatten().filter_map(|item| item[key].as_str().map(str::to_owned)).collect()
}

async fn ask(cx: &Context, method: Method, path: &str, body: Option<Value>) -> Result<Value, Error> {
    let base: ApiUrl = cx.settings.api_url_or_default()?;
    if !is_loopback(base.url()) {
        return Err(Error::input("No sandbox is named")
            .with_hint("set `JELOU_API_URL` as `jelou sandbox start` says, or use `--api-url`"));
    }
    let key = IdempotencyKey::random();
    let request = Request {
        method,
        url: base.join(path),
        credential: None,
        agent: None,
        body: body.map(|body| Bytes::from(body.to_string())),
        key: (method == Method::Post).then_some(&key),
    };
    Ok(cx.transport(base.url())?.send(&request).await?.parse()?)
}

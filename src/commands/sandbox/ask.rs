//! Requests to the sandbox that `JELOU_API_URL` or `--api-url` names.

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api::address::is_loopback;
use crate::api::routes::Method;
use crate::api::transport::Request;
use crate::api::{ApiUrl, IdempotencyKey, RequestError};
use crate::commands::Context;
use crate::error::Error;
use crate::exit::ErrorCode;

/// How a sandbox is started and named, where there is none.
const HOW_TO_START: &str = "`jelou sandbox start` starts one and says what to set; \
                            inside of `jelou sandbox run -- CMD` it is set";

/// The address of the sandbox.
///
/// # Errors
/// `INPUT_ERROR` if it is not on this machine: the platform has no admin plane.
pub(super) fn address(cx: &Context) -> Result<ApiUrl, Error> {
    let (base, origin) = cx.settings.api_url_or_default()?;
    if is_loopback(base.url()) {
        return Ok(base);
    }
    let shown = base.url().as_str().trim_end_matches('/');
    Err(Error::input(format!("No sandbox is named: `{shown}` ({origin}) is not on this machine"))
        .with_hint("set `JELOU_API_URL` as `jelou sandbox start` says, or use `--api-url`"))
}

pub(super) async fn get<T: DeserializeOwned>(cx: &Context, path: &str) -> Result<T, Error> {
    send(cx, Method::Get, path, None).await
}

pub(super) async fn delete<T: DeserializeOwned>(cx: &Context, path: &str) -> Result<T, Error> {
    send(cx, Method::Delete, path, None).await
}

pub(super) async fn post<T: DeserializeOwned>(cx: &Context, path: &str, body: &impl Serialize) -> Result<T, Error> {
    let body = serde_json::to_vec(body).map_err(|cause| Error::unknown("The request cannot be written", cause))?;
    send(cx, Method::Post, path, Some(Bytes::from(body))).await
}

async fn send<T: DeserializeOwned>(cx: &Context, method: Method, path: &str, body: Option<Bytes>) -> Result<T, Error> {
    let base = address(cx)?;
    let key = IdempotencyKey::random();
    let key = (method == Method::Post).then_some(&key);
    let request = Request { method, url: base.join(path), credential: None, agent: None, body, key, wants_body: None };
    // What listens on this machine answers at once, or not at all.
    let sent = cx.transport_without_retries(base.url())?.send(&request).await;
    sent.and_then(|response| response.parse()).map_err(|error| explained(error, &base))
}

/// Says of an address where no sandbox answers that there is none.
fn explained(error: RequestError, base: &ApiUrl) -> Error {
    let shown = base.url().as_str().trim_end_matches('/');
    let message = match error.code() {
        ErrorCode::NetworkError if !error.may_have_been_applied => format!("No sandbox answers at `{shown}`"),
        ErrorCode::ApiError | ErrorCode::NotFound => {
            format!("What answers at `{shown}` is no sandbox of this version of jelou")
        }
        _ => return error.into(),
    };
    let (code, cause) = (error.code(), error.into_error());
    Error::new(code, message).answered_like(&cause).caused_by(anyhow::anyhow!(cause.message())).with_hint(HOW_TO_START)
}

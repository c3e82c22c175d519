//! The admin plane below `/__sandbox/`, which `jelou sandbox faults|journal|advance` ask.
//!
//! | method and path | request → answer |
//! | --- | --- |
//! | GET `/__sandbox/journal?after=N` | → [`LoggedRequests`], those behind number N |
//! | GET, DELETE `/__sandbox/faults` | → [`PendingFaults`]; DELETE removes them first |
//! | POST `/__sandbox/faults` | [`NewFaults`] → 201 [`PendingFaults`] |
//! | GET `/__sandbox/clock` | → [`SandboxTime`] |
//! | POST `/__sandbox/clock/advance` | [`Advance`] → [`SandboxTime`] |
//!
//! It needs no credential, because it listens on loopback only. A page in a browser is refused by
//! its `Origin`.

use hyper::header::{HOST, ORIGIN};
use serde::de::DeserializeOwned;

use super::admin_api::{Advance, FaultLeft, LoggedRequests, NewFaults, PendingFaults, SandboxTime};
use super::clock::{SandboxClock, whole_seconds};
use super::faults::{Fault, Script};
use super::http_message::{HttpRequest, HttpResponse};
use super::request_log::RequestLog;
use super::state::Refusal;
use super::violations::is_loopback;
use crate::duration;
use crate::strict_json;

pub(super) fn answer(
    request: &HttpRequest,
    script: &mut Script,
    log: &RequestLog,
    clock: &SandboxClock,
) -> Result<HttpResponse, Refusal> {
    if request.headers.contains_key(ORIGIN) || !is_loopback(request.header(&HOST)) {
        return Err(Refusal::new(403, "Not from a browser"));
    }
    let path = request.path.strip_prefix("/__sandbox/").unwrap_or_default();
    match (request.method.as_str(), path) {
        ("GET", "journal") => {
            let after = request.query.as_deref().and_then(|query| query.strip_prefix("after="));
            let after = after.map(str::parse).transpose();
            let after = after.map_err(|_| Refusal::invalid("`after` is not a number"))?.unwrap_or(0);
            let requests = LoggedRequests { entries: log.after(after), violations: log.violations() };
            Ok(HttpResponse::json(200, &requests))
        }
        ("GET", "faults") => Ok(pending(200, script)),
        ("POST", "faults") => {
            let new: NewFaults = body(request)?;
            let faults: Result<Vec<Fault>, _> = new.faults.iter().map(|spec| Fault::parse(spec)).collect();
            for fault in faults.map_err(|error| Refusal::invalid(error.message()))? {
                script.push(fault);
            }
            Ok(pending(201, script))
        }
        ("DELETE", "faults") => {
            script.clear();
            Ok(pending(200, script))
        }
        ("GET", "clock") => Ok(time(clock)),
        ("POST", "clock/advance") => {
            let Advance { by } = body(request)?;
            clock.advance(duration::parse(&by).map_err(Refusal::invalid)?);
            Ok(time(clock))
        }
        (method, _) => Err(Refusal::not_found(format!("There is no {method} `{}`", request.path))),
    }
}

fn pending(status: u16, script: &Script) -> HttpResponse {
    let left = |(name, left): (&str, Option<u32>)| FaultLeft { name: name.to_owned(), left: left.map(u64::from) };
    HttpResponse::json(status, &PendingFaults { faults: script.pending().into_iter().map(left).collect() })
}

fn time(clock: &SandboxClock) -> HttpResponse {
    HttpResponse::json(200, &SandboxTime { now: whole_seconds(clock.now()) })
}

fn body<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, Refusal> {
    strict_json::from_slice(request.body.as_deref().unwrap_or_default())
        .map_err(|error| Refusal::invalid(error.to_string()))
}

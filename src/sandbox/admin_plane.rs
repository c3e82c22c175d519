//! The admin plane below `/__sandbox/`, which the commands of `jelou sandbox` ask.
//!
//! | method and path | request → answer |
//! | --- | --- |
//! | GET `/__sandbox/status` | → [`SandboxStatus`] |
//! | GET `/__sandbox/journal?after=N` | → [`LoggedRequests`], those behind number N |
//! | GET, DELETE `/__sandbox/faults` | → [`PendingFaults`]; DELETE removes them first |
//! | POST `/__sandbox/faults` | [`NewFaults`] → 201 [`PendingFaults`] |
//! | GET `/__sandbox/clock` | → [`SandboxTime`] |
//! | POST `/__sandbox/clock/advance` | [`Advance`] → [`SandboxTime`] |
//! | POST `/__sandbox/reset` | → [`SandboxStatus`], as it was at the beginning |
//! | POST `/__sandbox/stop` | → [`SandboxStopped`]; it ends once this is sent |
//!
//! It needs no credential, because it listens on loopback only. A page in a browser is refused by
//! its `Origin` and its `Sec-Fetch-Site`.

use hyper::header::{CONNECTION, HOST};
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::admin_api::{Advance, LoggedRequests, NewFaults, PendingFaults, SandboxStatus, SandboxStopped, SandboxTime};
use super::beginning::Beginning;
use super::clock::{SandboxClock, whole_seconds};
use super::faults::{Fault, Script};
use super::http_message::{HttpRequest, HttpResponse};
use super::platform::Shared;
use super::state::Refusal;
use super::user_file;
use super::violations::is_loopback;
use crate::duration;

/// The paths below `/__sandbox/`, and `Allow` of each.
const ROUTES: [(&str, &str); 7] = [
    ("status", "GET, HEAD"),
    ("journal", "GET, HEAD"),
    ("faults", "GET, HEAD, POST, DELETE"),
    ("clock", "GET, HEAD"),
    ("clock/advance", "POST"),
    ("reset", "POST"),
    ("stop", "POST"),
];

/// What requests to the admin plane read and change.
pub(super) struct Admin<'a> {
    pub(super) shared: &'a mut Shared,
    pub(super) clock: &'a SandboxClock,
    pub(super) beginning: &'a Beginning,
    pub(super) now: Timestamp,
}

impl Admin<'_> {
    pub(super) fn answer(&mut self, request: &HttpRequest) -> Result<HttpResponse, Refusal> {
        if !is_loopback(request.header(&HOST)) {
            return Err(Refusal::new(403, "The host is not a loopback name"));
        }
        let path = request.path.strip_prefix("/__sandbox/").unwrap_or_default();
        // The server leaves the body out (RFC 9110, section 9.3.2).
        let method = if request.method == "HEAD" { "GET" } else { request.method.as_str() };
        match (method, path) {
            ("GET", "status") => Ok(HttpResponse::json(200, &self.status())),
            ("GET", "journal") => self.journal(request),
            ("GET", "faults") => Ok(pending(200, &self.shared.script)),
            ("POST", "faults") => {
                let new: NewFaults = body(request)?;
                let faults: Result<Vec<Fault>, _> = new.faults.iter().map(|spec| Fault::parse(spec)).collect();
                for fault in faults.map_err(|error| Refusal::invalid(error.message()))? {
                    self.shared.script.push(fault);
                }
                Ok(pending(201, &self.shared.script))
            }
            ("DELETE", "faults") => {
                self.shared.script.clear();
                Ok(pending(200, &self.shared.script))
            }
            ("GET", "clock") => Ok(time(self.clock)),
            ("POST", "clock/advance") => {
                let Advance { by } = body(request)?;
                self.clock.advance(duration::parse(&by).map_err(Refusal::invalid)?);
                Ok(time(self.clock))
            }
            ("POST", "reset") => {
                self.beginning.restore(self.shared, self.clock);
                self.now = self.clock.now();
                self.shared.state.advance_to(self.now);
                Ok(HttpResponse::json(200, &self.status()))
            }
            ("POST", "stop") => {
                let SandboxStatus { api_url, faults, requests, .. } = self.status();
                let stopped = SandboxStopped { api_url, faults, requests };
                let response = HttpResponse::json(200, &stopped).with_header(CONNECTION, "close");
                Ok(HttpResponse { is_last: true, ..response })
            }
            (method, _) if allowed(path).is_some() => {
                Err(Refusal::new(405, format!("`{}` does not take {method}", request.path)))
            }
            _ => Err(Refusal::not_found(format!("There is no `{}`", request.path))),
        }
    }

    fn journal(&self, request: &HttpRequest) -> Result<HttpResponse, Refusal> {
        let after = match request.query.as_deref() {
            None | Some("") => None,
            Some(query) => {
                let after = query.strip_prefix("after=");
                Some(after.ok_or_else(|| Refusal::invalid("The query here is `after=N` alone"))?)
            }
        };
        let after = after.map(str::parse).transpose();
        let after = after.map_err(|_| Refusal::invalid("`after` is not a number"))?.unwrap_or(0);
        let log = &self.shared.log;
        Ok(HttpResponse::json(200, &LoggedRequests { entries: log.after(after), violations: log.violations() }))
    }

    fn status(&self) -> SandboxStatus {
        let Shared { state, script, log, .. } = &*self.shared;
        let functions = state.functions_in_short();
        let url = state.base_url().to_owned();
        SandboxStatus {
            api_url: url.clone(),
            gateway_url: url,
            now: whole_seconds(self.now),
            tokens: functions.iter().map(|function| function.tokens).sum(),
            functions,
            faults: script.pending(),
            requests: log.count(),
            violations: log.violations(),
        }
    }
}

/// `Allow` of what is below `/__sandbox/`.
pub(super) fn allowed(path: &str) -> Option<&'static str> {
    ROUTES.iter().find(|(route, _)| *route == path).map(|(_, methods)| *methods)
}

fn pending(status: u16, script: &Script) -> HttpResponse {
    HttpResponse::json(status, &PendingFaults { faults: script.pending() })
}

fn time(clock: &SandboxClock) -> HttpResponse {
    HttpResponse::json(200, &SandboxTime { now: whole_seconds(clock.now()) })
}

fn body<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, Refusal> {
    user_file::parse_json(request.body.as_deref().unwrap_or_default(), "The body")
        .map_err(|error| Refusal::invalid(error.message()))
}

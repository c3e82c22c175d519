//! A request's way through the platform: log, faults, plane, state file, response.

use std::mem::Discriminant;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hyper::header::{ALLOW, AUTHORIZATION, DATE, HOST, HeaderName, USER_AGENT};
use jiff::Timestamp;
use tokio::sync::watch;

use super::admin_plane::Admin;
use super::apply_fault::{alter, intercept};
use super::beginning::Beginning;
use super::clock::{SandboxClock, whole_seconds};
use super::control_plane::{self, Checked};
use super::cross_origin::refuse_other_pages;
use super::faults::{Alteration, Applied, Delay, Planned, RequestLine, Script};
use super::handler::Answered;
use super::holding::Holding;
use super::http_message::{HttpRequest, HttpResponse};
use super::rate_limit::RateLimit;
use super::request_log::{Credential, LogId, LoggedRequest, Plane, RequestLog};
use super::state::{BuildResult, Change, Refusal, State};
use super::state_file::StateFile;
use super::violations::{self, violations_of};
use super::{admin_plane, gateway};
use crate::api::routes::{Method, Route};
use crate::api::wire::REQUEST_ID_HEADER;
use crate::embedded;

const REQUEST_ID: HeaderName = HeaderName::from_static(REQUEST_ID_HEADER);

/// What all connections share.
#[derive(Debug)]
pub(super) struct Platform {
    pub(super) clock: SandboxClock,
    pub(super) holding: Holding,
    state_file: Option<StateFile>,
    shared: Mutex<Shared>,
    beginning: Beginning,
    stop: watch::Sender<bool>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) state: State,
    pub(super) script: Script,
    pub(super) log: RequestLog,
    pub(super) rate: RateLimit,
    /// The last success of each kind, while a fault `replay` is pending.
    pub(super) answers: Vec<(AnswerKind, HttpResponse)>,
}

/// What requests have in common whose answers the fault `replay` mixes up: the method and the
/// route, whatever its parameters.
type AnswerKind = (String, Discriminant<Route<'static>>);

impl Platform {
    /// `stop` becomes true once its server is to end.
    pub(super) fn new(
        clock: SandboxClock,
        state_file: Option<StateFile>,
        shared: Shared,
        beginning: Beginning,
        stop: watch::Sender<bool>,
    ) -> Self {
        Self { clock, holding: Holding::default(), state_file, shared: Mutex::new(shared), beginning, stop }
    }

    /// Ends the server.
    pub(super) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Lets another sandbox use the state file. What is still under way changes it no more.
    pub(super) fn close(&self) {
        if let Some(file) = &self.state_file {
            file.close();
        }
    }

    /// Locks the state, advanced to the time that is returned with it.
    pub(super) fn lock(&self) -> (MutexGuard<'_, Shared>, Timestamp) {
        // A panic while it was locked was printed and ended that request only.
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        shared.state.advance_to(now);
        (shared, now)
    }

    /// The answer to a request; `None` if a fault resets the connection.
    pub(super) async fn answer(&self, request: HttpRequest) -> Option<HttpResponse> {
        if request.plane == Plane::Sandbox {
            let (response, request_id) = self.answer_admin(&request);
            return Some(self.kept(response, &request_id).await);
        }
        self.clock.tick();
        let (id, request_id, mut applied) = self.log_request(&request);
        let response = if let Some(fault) = &applied.interception {
            self.delay(&applied).await;
            intercept(fault, &request_id, self.clock.now())
        } else {
            let response = self.answer_planes(id, &request, &request_id, &mut applied).await;
            let response = self.kept(response, &request_id).await;
            let earlier = self.exchange_for_earlier(&request, &response);
            match &applied.alteration {
                Some(Alteration::Held) => {
                    self.holding.hold().await;
                    Some(response)
                }
                Some(Alteration::Replay) => Some(earlier.unwrap_or(response)),
                Some(fault) => alter(response, fault, &request_id, self.clock.now()),
                None => Some(response),
            }
        };
        let (mut shared, now) = self.lock();
        shared.log.close(id, response.as_ref().map(|response| response.status), applied.names);
        response.map(|response| with_id_and_date(response, &request_id, now))
    }

    /// The response, and the id of the request.
    fn answer_admin(&self, request: &HttpRequest) -> (HttpResponse, String) {
        let (mut guard, now) = self.lock();
        let offset = self.clock.offset();
        let request_id = guard.state.request_id();
        let mut admin = Admin { shared: &mut guard, clock: &self.clock, beginning: &self.beginning, now };
        let response = refuse_other_pages(request)
            .and_then(|()| admin.answer(request))
            .and_then(|response| {
                if self.clock.offset() != offset || guard.state.is_new() {
                    self.save_or_refuse(&mut guard.state)?;
                }
                Ok(response)
            })
            .unwrap_or_else(|refusal| {
                let response = HttpResponse::refusal(&refusal, &request_id);
                let path = request.path.strip_prefix("/__sandbox/").unwrap_or_default();
                match admin_plane::allowed(path).filter(|_| refusal.status == 405) {
                    Some(allowed) => response.with_header(ALLOW, allowed),
                    None => response,
                }
            });
        // Only a violation is logged, so that reading the log does not fill it.
        let violations = violations_of(request);
        if !violations.is_empty() {
            let id = add_to_log(&mut guard.log, request, &violations, now);
            guard.log.close(id, Some(response.status), Vec::new());
        }
        (with_id_and_date(response, &request_id, now), request_id)
    }

    /// Logs the request and chooses the faults that apply to it; the request in the log, its id and
    /// the faults.
    fn log_request(&self, request: &HttpRequest) -> (LogId, String, Applied) {
        let (mut guard, now) = self.lock();
        let shared = &mut *guard;
        let id = add_to_log(&mut shared.log, request, &violations_of(request), now);
        let applied = shared.script.take(&request_line(request));
        (id, shared.state.request_id(), applied)
    }

    async fn delay(&self, applied: &Applied) {
        match applied.delay {
            Some(Delay::Time(time)) => self.clock.sleep(time).await,
            Some(Delay::Release) => self.holding.hold().await,
            None => {}
        }
    }

    /// The last success of the same kind, in whose place this one is kept. None is kept unless a
    /// fault `replay` was pending before this request, or is still.
    fn exchange_for_earlier(&self, request: &HttpRequest, response: &HttpResponse) -> Option<HttpResponse> {
        let kind = (request.method.clone(), std::mem::discriminant(&Route::parse(&request.path)?));
        let (mut shared, _) = self.lock();
        let at = shared.answers.iter().position(|(known, _)| *known == kind);
        let earlier = at.map(|at| shared.answers.swap_remove(at).1);
        if !shared.script.may_replay() {
            shared.answers.clear();
        } else if (200..300).contains(&response.status) {
            shared.answers.push((kind, response.clone()));
        } else {
            shared.answers.extend(earlier.clone().map(|earlier| (kind, earlier)));
        }
        earlier
    }

    async fn answer_planes(
        &self,
        logged: LogId,
        request: &HttpRequest,
        request_id: &str,
        applied: &mut Applied,
    ) -> HttpResponse {
        if !violations::is_loopback(request.header(&HOST)) {
            self.delay(applied).await;
            return HttpResponse::refusal(&Refusal::new(421, "The host is not a loopback name"), request_id);
        }
        if request.plane == Plane::Gateway {
            self.delay(applied).await;
            let Answered { response, after } = self.answer_gateway(request, request_id);
            self.clock.sleep(after).await;
            return response;
        }
        let result = match refuse_other_pages(request) {
            Ok(()) if request.path == "/openapi.json" => description(request),
            Ok(()) => self.answer_control(request, applied).await,
            Err(refusal) => Err(refusal),
        };
        result.unwrap_or_else(|refusal| {
            if refusal.is_violation {
                self.lock().0.log.violation(logged, &refusal.message);
            }
            let response = HttpResponse::refusal(&refusal, request_id);
            if refusal.status == 405 { response.with_header(ALLOW, &allowed(&request.path)) } else { response }
        })
    }

    fn answer_gateway(&self, request: &HttpRequest, request_id: &str) -> Answered {
        let (mut shared, now) = self.lock();
        let answered = gateway::answer(&mut shared.state, request, now, request_id);
        let saved = self.save_calls_or_refuse(&mut shared.state);
        saved.map_or_else(|refusal| HttpResponse::refusal(&refusal, request_id).into(), |()| answered)
    }

    async fn answer_control(&self, request: &HttpRequest, applied: &mut Applied) -> Result<HttpResponse, Refusal> {
        let checked = {
            let (mut shared, now) = self.lock();
            shared.rate.count(now)?;
            control_plane::check(&mut shared.state, request, applied.key_ignored)
        };
        self.delay(applied).await;
        let checked = match checked? {
            Checked::Replayed(response) => return Ok(response),
            Checked::CarryOut(checked) => checked,
        };
        let (mut guard, at) = self.lock();
        let shared = &mut *guard;
        let line = request_line(request);
        let faults = if checked.starts_redeploy() { shared.script.plan(&line) } else { Planned::default() };
        let change = Change { at, result: faults.result.unwrap_or(BuildResult::Live), lag: faults.lag };
        let response = control_plane::carry_out(&mut shared.state, &checked, &change)?;
        applied.names.extend(shared.script.spend(&faults));
        if checked.may_change_state() {
            self.save_or_refuse(&mut shared.state)?;
        }
        Ok(response)
    }

    /// Queues what changed for the state file, if there is one. [`Platform::kept`] must follow.
    fn save_or_refuse(&self, state: &mut State) -> Result<(), Refusal> {
        match &self.state_file {
            Some(file) => file.queue_change(&state.take_changes(self.clock.offset()).map_err(unwritten)?),
            None => state.forget_changes(),
        }
        Ok(())
    }

    /// The same for what a caller of a function changed.
    fn save_calls_or_refuse(&self, state: &mut State) -> Result<(), Refusal> {
        match &self.state_file {
            Some(file) => {
                let line = state.take_calls(self.clock.offset()).map_err(unwritten)?;
                line.iter().for_each(|line| file.queue_calls(line));
            }
            None => state.forget_changes(),
        }
        Ok(())
    }

    /// The response once everything that it can know of is in the state file, so that a client never
    /// knows of a change that a restart would lose.
    async fn kept(&self, response: HttpResponse, request_id: &str) -> HttpResponse {
        let Some(file) = &self.state_file else { return response };
        match file.until_synced().await {
            Ok(()) => response,
            Err(error) => HttpResponse::refusal(&unwritten(format!("{error:#}")), request_id),
        }
    }
}

fn unwritten(error: impl std::fmt::Display) -> Refusal {
    Refusal::new(500, format!("The state file could not be written: {error}"))
}

fn request_line(request: &HttpRequest) -> RequestLine<'_> {
    RequestLine { plane: request.plane, method: &request.method, path: &request.path }
}

fn add_to_log(log: &mut RequestLog, request: &HttpRequest, violations: &[String], now: Timestamp) -> LogId {
    let id = log.open(logged(request, now));
    for violation in violations {
        log.violation(id, violation);
    }
    id
}

fn logged(request: &HttpRequest, at: Timestamp) -> LoggedRequest {
    let header = |name: &HeaderName| request.header(name).map(str::to_owned);
    let credential = match request.plane {
        Plane::Gateway => Credential::of(request.header(&violations::TOKEN)),
        _ => match (request.bearer(), request.headers.contains_key(AUTHORIZATION)) {
            (None, true) => Credential::Other,
            (bearer, _) => Credential::of(bearer),
        },
    };
    LoggedRequest {
        number: 0,
        at: whole_seconds(at),
        plane: request.plane,
        method: request.method.clone(),
        path: request.path.clone(),
        query: request.query.clone(),
        credential,
        idempotency_key: header(&violations::IDEMPOTENCY_KEY),
        user_agent: header(&USER_AGENT),
        status: None,
        faults: Vec::new(),
        violations: Vec::new(),
    }
}

/// The description of the control plane.
fn description(request: &HttpRequest) -> Result<HttpResponse, Refusal> {
    match request.method.as_str() {
        "GET" | "HEAD" => Ok(HttpResponse::text(200, "application/json", embedded::openapi())),
        method => Err(Refusal::violation(405, format!("`{}` does not take {method}", request.path))),
    }
}

/// `Allow` of a 405 (RFC 9110, section 15.5.6): what a path takes, and HEAD wherever there is GET.
fn allowed(path: &str) -> String {
    let methods = Route::parse(path).map_or(&[Method::Get] as &[_], |route| route.methods());
    let named = methods.iter().map(|method| if *method == Method::Get { "GET, HEAD" } else { method.as_str() });
    named.collect::<Vec<_>>().join(", ")
}

fn with_id_and_date(response: HttpResponse, request_id: &str, now: Timestamp) -> HttpResponse {
    let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    response.with_header(REQUEST_ID, request_id).with_header(DATE, &date)
}

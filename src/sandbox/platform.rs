//! The platform behind the connection: the planes, the faults and the journal around one state.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hyper::header::{ALLOW, DATE, HeaderName};
use jiff::Timestamp;

use super::clock::{Clock, whole_seconds};
use super::conduct;
use super::control_plane::{self, Admission, Rejection};
use super::faults::{Applied, Planned, Script, Target};
use super::journal::{Credential, Entry, Journal, Plane};
use super::message::{Inbound, Reply};
use super::rate::RateLimit;
use super::spoil::{Ending, in_front, spoiled};
use super::state::{Change, Outcome, Refusal, State};
use super::state_file::StateFile;
use super::{admin, gateway, openapi};
use crate::api::wire::REQUEST_ID_HEADER;

const REQUEST_ID: HeaderName = HeaderName::from_static(REQUEST_ID_HEADER);

/// Everything that the connections share.
#[derive(Debug)]
pub struct Platform {
    pub clock: Clock,
    state_file: Option<StateFile>,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
pub struct Inner {
    pub state: State,
    pub script: Script,
    pub journal: Journal,
    pub rate: RateLimit,
}

impl Platform {
    pub fn new(clock: Clock, state_file: Option<StateFile>, inner: Inner) -> Self {
        Self { clock, state_file, inner: Mutex::new(inner) }
    }

    /// The one way to the state: with everything done that the passing of time brings about.
    pub fn lock(&self) -> (MutexGuard<'_, Inner>, Timestamp) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        inner.state.settle(now);
        (inner, now)
    }

    /// Answers a request.
    pub async fn answer(&self, request: Inbound) -> Ending {
        if request.plane == Plane::Sandbox {
            return Ending::Whole(self.steer(&request));
        }
        self.clock.tick();
        let (number, request_id, mut applied) = self.open(&request);
        let ending = if let Some(front) = &applied.front {
            self.wait(&applied).await;
            in_front(front, &request_id, self.clock.now())
        } else {
            let reply = self.inside(number, &request, &request_id, &mut applied).await;
            spoiled(reply, applied.answer.as_ref(), self.clock.now())
        };
        let status = match &ending {
            Ending::Whole(reply) | Ending::Cut(reply) => Some(reply.status),
            Ending::Reset => None,
        };
        let (mut inner, now) = self.lock();
        inner.journal.close(number, status, applied.names);
        drop(inner);
        match ending {
            Ending::Whole(reply) => Ending::Whole(stamped(reply, &request_id, now)),
            Ending::Cut(reply) => Ending::Cut(stamped(reply, &request_id, now)),
            Ending::Reset => Ending::Reset,
        }
    }

    fn steer(&self, request: &Inbound) -> Reply {
        let (mut guard, now) = self.lock();
        let Inner { state, script, journal, .. } = &mut *guard;
        let request_id = state.request_id();
        let reply = admin::answer(request, script, journal, &self.clock)
            .and_then(|reply| if request.method == "GET" { Ok(reply) } else { self.keep(state).map(|()| reply) })
            .unwrap_or_else(|refusal| Reply::refusal(&refusal, &request_id));
        // The readers of the journal do not stand in it, unless they do what no correct client does.
        let violations = conduct::violations(request);
        if !violations.is_empty() {
            let number = write_down(journal, request, &violations, now);
            journal.close(number, Some(reply.status), Vec::new());
        }
        stamped(reply, &request_id, now)
    }

    /// Writes the request down and picks the faults that apply to it.
    fn open(&self, request: &Inbound) -> (u64, String, Applied) {
        let (mut guard, now) = self.lock();
        let inner = &mut *guard;
        let number = write_down(&mut inner.journal, request, &conduct::violations(request), now);
        let applied = inner.script.take(&target(request));
        (number, inner.state.request_id(), applied)
    }

    async fn wait(&self, applied: &Applied) {
        if let Some(delay) = applied.delay {
            self.clock.sleep(delay).await;
        }
    }

    async fn inside(&self, number: u64, request: &Inbound, request_id: &str, applied: &mut Applied) -> Reply {
        if !conduct::is_loopback(request.header(&hyper::header::HOST)) {
            self.wait(applied).await;
            return Reply::refusal(&Refusal::new(421, "The host is not a loopback name"), request_id);
        }
        if request.plane == Plane::Gateway {
            self.wait(applied).await;
            let (mut inner, now) = self.lock();
            let reply = gateway::answer(&mut inner.state, request, now, request_id);
            let kept = self.keep(&inner.state);
            return kept.map_or_else(|refusal| Reply::refusal(&refusal, request_id), |()| reply);
        }
        if request.path == "/openapi.json" && request.method == "GET" {
            return Reply::json(200, &openapi::document());
        }
        let result = self.controlled(request, applied).await;
        result.unwrap_or_else(|Rejection { refusal, violation }| {
            if let Some(violation) = violation {
                self.lock().0.journal.violation(number, &violation);
            }
            let reply = Reply::refusal(&refusal, request_id);
            if refusal.status == 405 { reply.with(ALLOW, &allowed(&request.path)) } else { reply }
        })
    }

    async fn controlled(&self, request: &Inbound, applied: &mut Applied) -> Result<Reply, Rejection> {
        let admission = {
            let (mut inner, now) = self.lock();
            inner.rate.pass(now)?;
            control_plane::admit(&mut inner.state, request, applied.key_ignored)
        };
        self.wait(applied).await;
        let admitted = match admission? {
            Admission::Replayed(reply) => return Ok(reply),
            Admission::Granted(admitted) => admitted,
        };
        let (mut guard, at) = self.lock();
        let inner = &mut *guard;
        let faults = if admitted.starts_redeploy() { inner.script.plan(&target(request)) } else { Planned::default() };
        let change = Change { at, outcome: faults.outcome.unwrap_or(Outcome::Live), lag: faults.lag };
        let body = request.body.as_deref().unwrap_or_default();
        let reply = control_plane::carry_out(&mut inner.state, *admitted, body, &change)?;
        applied.names.extend(inner.script.spend(&faults));
        if request.method != "GET" {
            self.keep(&inner.state)?;
        }
        Ok(reply)
    }

    /// Writes the state file, if there is one.
    pub fn save(&self, state: &State) -> anyhow::Result<()> {
        match &self.state_file {
            Some(file) => file.write(&state.save(self.clock.ahead())?),
            None => Ok(()),
        }
    }

    /// The same before an answer is given: it tells of nothing that would not outlast the sandbox.
    fn keep(&self, state: &State) -> Result<(), Refusal> {
        self.save(state).map_err(|error| Refusal::new(500, format!("The state file could not be written: {error:#}")))
    }
}

fn target(request: &Inbound) -> Target<'_> {
    Target { plane: request.plane, method: &request.method, path: &request.path }
}

fn write_down(journal: &mut Journal, request: &Inbound, violations: &[String], now: Timestamp) -> u64 {
    let number = journal.open(entry(request, now));
    for violation in violations {
        journal.violation(number, violation);
    }
    number
}

fn entry(request: &Inbound, at: Timestamp) -> Entry {
    let header = |name: &HeaderName| request.header(name).map(str::to_owned);
    let credential = match request.plane {
        Plane::Gateway => Credential::of(request.header(&conduct::TOKEN)),
        _ => match (request.bearer(), request.headers.contains_key(hyper::header::AUTHORIZATION)) {
            (None, true) => Credential::Other,
            (bearer, _) => Credential::of(bearer),
        },
    };
    Entry {
        number: 0,
        at: whole_seconds(at),
        plane: request.plane,
        method: request.method.clone(),
        path: request.path.clone(),
        query: request.query.clone(),
        credential,
        idempotency_key: header(&conduct::IDEMPOTENCY_KEY),
        user_agent: header(&hyper::header::USER_AGENT),
        status: None,
        faults: Vec::new(),
        violations: Vec::new(),
    }
}

fn allowed(path: &str) -> String {
    let methods = crate::api::routes::Route::parse(path).map_or(&[] as &[_], |route| route.methods());
    methods.iter().map(|method| method.as_str()).collect::<Vec<_>>().join(", ")
}

fn stamped(reply: Reply, request_id: &str, now: Timestamp) -> Reply {
    let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    reply.with(REQUEST_ID, request_id).with(DATE, &date)
}

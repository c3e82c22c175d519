//! The control plane: one `match` on method and route, between the wire and the state.
//!
//! A request is checked first (route, method, credential, scope, query, body, idempotency key) and
//! carried out later. The fault `delay` lies between the two, so that the same request, sent again
//! meanwhile, finds its key claimed.

use std::borrow::Cow;
use std::collections::BTreeMap;

use hyper::header::HeaderName;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::http_message::{HttpRequest, HttpResponse};
use super::state::{Caller, Change, Claim, PageRequest, Refusal, Shows, State, Tag};
use super::violations::{IDEMPOTENCY_KEY, idempotency_key};
use crate::api::routes::{Method, Route};
use crate::api::wire::{self, REPLAYED_HEADER};
use crate::strict_json;

/// The largest body, in bytes: the largest deploy is 1 MiB of files, 1.4 MiB in base64.
pub(super) const MAX_BODY: usize = 2 * 1024 * 1024;

/// Marks the answer to a request whose key was used before.
const REPLAYED: HeaderName = HeaderName::from_static(REPLAYED_HEADER);

/// A request that passed every check.
#[derive(Debug)]
pub(super) struct CheckedRequest<'r> {
    method: Method,
    route: Route<'static>,
    caller: Caller,
    page: PageRequest,
    body: &'r [u8],
    claim: Option<Tag>,
}

impl CheckedRequest<'_> {
    pub(super) fn may_change_state(&self) -> bool {
        self.method != Method::Get
    }

    /// Whether it starts a redeploy if it succeeds.
    pub(super) fn starts_redeploy(&self) -> bool {
        self.may_change_state() && !matches!(self.route, Route::Functions | Route::Function(_) | Route::CronTrigger(..))
    }
}

#[derive(Debug)]
pub(super) enum Checked<'r> {
    CarryOut(Box<CheckedRequest<'r>>),
    /// It was carried out before; this is its answer.
    Replayed(HttpResponse),
}

/// Checks a request as far as that needs no function.
pub(super) fn check<'r>(
    state: &mut State,
    request: &'r HttpRequest,
    key_ignored: bool,
) -> Result<Checked<'r>, Refusal> {
    let route = Route::parse(&request.path)
        .ok_or_else(|| Refusal::violation(404, format!("There is no route `{}`", request.path)))?;
    // The server leaves the body out (RFC 9110, section 9.3.2).
    let asked = if request.method == "HEAD" { "GET" } else { request.method.as_str() };
    let method = Method::parse(asked).filter(|method| route.methods().contains(method));
    let method = method
        .ok_or_else(|| Refusal::violation(405, format!("`{}` does not take {}", request.path, request.method)))?;
    if route.path() != request.path {
        return Err(Refusal::violation(400, "The path is not percent-encoded segment by segment"));
    }
    let caller = state.caller(request.bearer())?;
    if let Some(scope) = scope(method, &route) {
        caller.require(scope)?;
    }
    let page = page_of(method, &route, request.query.as_deref())?;
    let body = body_of(method, request)?;
    let mut checked = Box::new(CheckedRequest { method, route, caller, page, body, claim: None });
    if method != Method::Post {
        return Ok(Checked::CarryOut(checked));
    }
    let key = request
        .header(&IDEMPOTENCY_KEY)
        .and_then(idempotency_key)
        .ok_or_else(|| Refusal::violation(400, "POST needs one `Idempotency-Key`, a quoted string"))?;
    if key_ignored {
        return Ok(Checked::CarryOut(checked));
    }
    match state.claim(&checked.caller, &key, &request.path, body)? {
        Claim::First(claim) => {
            checked.claim = Some(claim);
            Ok(Checked::CarryOut(checked))
        }
        Claim::Replay(answer) => {
            let response = HttpResponse::text(answer.status, "application/json", answer.body());
            Ok(Checked::Replayed(response.with_header(REPLAYED, "true")))
        }
    }
}

/// Carries out a request, and keeps its answer under its idempotency key if it succeeds.
pub(super) fn carry_out(
    state: &mut State,
    request: &CheckedRequest<'_>,
    change: &Change,
) -> Result<HttpResponse, Refusal> {
    let result = perform(state, request, change);
    if let Some(claim) = request.claim {
        match &result {
            Ok(response) => {
                let shows = shown_by(&request.route, &response.body);
                state.record(claim, (response.status, &response.body), &shows, change.at);
            }
            Err(_) => state.release(claim),
        }
    }
    result
}

/// What the answer to a POST shows of a function.
fn shown_by<'r>(route: &'r Route<'_>, body: &[u8]) -> Shows<'r> {
    match route {
        Route::Tokens(slug) | Route::RotateToken(slug, _) | Route::Deployments(slug) | Route::Rollback(slug, _) => {
            Shows::Deployment(slug)
        }
        Route::Functions => match serde_json::from_slice::<wire::Function>(body) {
            Ok(function) => Shows::Function(function.slug),
            Err(_) => Shows::Neither,
        },
        _ => Shows::Neither,
    }
}

fn perform(state: &mut State, request: &CheckedRequest<'_>, change: &Change) -> Result<HttpResponse, Refusal> {
    let (now, page, body) = (change.at, &request.page, request.body);
    Ok(match (request.method, &request.route) {
        (Method::Get, Route::Me) => ok(&request.caller.me()),
        (Method::Get, Route::Functions) => ok(&state.functions(page)?),
        (Method::Post, Route::Functions) => created(&state.create_function(json(body)?, now)?),
        (Method::Get, Route::Function(slug)) => ok(&state.show_function(slug)?),
        (Method::Delete, Route::Function(slug)) => ok(&state.delete_function(slug)?),
        (Method::Get, Route::Tokens(slug)) => ok(&state.tokens(slug, page, now)?),
        (Method::Post, Route::Tokens(slug)) => created(&state.create_token(slug, &json(body)?, change)?),
        (Method::Get, Route::Token(slug, id)) => ok(&state.show_token(slug, id, now)?),
        (Method::Patch, Route::Token(slug, id)) => ok(&state.update_token(slug, id, &json(body)?, change)?),
        (Method::Delete, Route::Token(slug, id)) => ok(&state.revoke_token(slug, id, change)?),
        (Method::Post, Route::RotateToken(slug, id)) => created(&state.rotate_token(slug, id, &json(body)?, change)?),
        (Method::Get, Route::Deployments(slug)) => ok(&state.deployments(slug, page)?),
        (Method::Post, Route::Deployments(slug)) => created(&state.deploy(slug, json(body)?, change)?),
        (Method::Get, Route::Deployment(slug, id)) => ok(&state.show_deployment(slug, id)?),
        (Method::Get, Route::Artifact(slug, id)) => ok(&state.artifact(slug, id)?),
        (Method::Post, Route::Rollback(slug, id)) => {
            no_fields(body)?;
            created(&state.rollback(slug, id, change)?)
        }
        (Method::Get, Route::Secrets(slug)) => ok(&state.secrets(slug, page)?),
        (Method::Put, Route::Secrets(slug)) => ok(&state.put_secrets(slug, &json(body)?, change)?),
        (Method::Delete, Route::Secret(slug, key)) => ok(&state.delete_secret(slug, key, change)?),
        (Method::Post, Route::CronTrigger(slug, name)) => {
            no_fields(body)?;
            HttpResponse::json(202, &state.trigger_cron(slug, name)?)
        }
        // `check` lets only the methods of `Route::methods` through.
        _ => return Err(Refusal::violation(405, "The method is not one of the route's")),
    })
}

/// The scope that a request needs; `None` if every credential may send it.
pub(super) fn scope(method: Method, route: &Route) -> Option<&'static str> {
    let reads = method == Method::Get;
    let pick = |read, write| Some(if reads { read } else { write });
    match route {
        Route::Me => None,
        Route::Functions | Route::Function(_) => pick("functions:read", "functions:write"),
        Route::Tokens(_) | Route::Token(..) | Route::RotateToken(..) => pick("tokens:read", "tokens:write"),
        Route::Deployments(_) | Route::Deployment(..) | Route::Artifact(..) | Route::Rollback(..) => {
            pick("deployments:read", "deployments:write")
        }
        Route::Secrets(_) | Route::Secret(..) => pick("secrets:read", "secrets:write"),
        Route::CronTrigger(..) => Some("cron:write"),
    }
}

fn page_of(method: Method, route: &Route, query: Option<&str>) -> Result<PageRequest, Refusal> {
    let is_list = matches!(route, Route::Functions | Route::Tokens(_) | Route::Deployments(_) | Route::Secrets(_))
        && method == Method::Get;
    let mut given = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        let known = is_list && matches!(name.as_ref(), "limit" | "cursor");
        if !known || given.insert(name.clone().into_owned(), value.into_owned()).is_some() {
            return Err(Refusal::violation(422, format!("Unexpected query parameter `{name}`")));
        }
    }
    if let Some(name) = given.iter().find_map(|(name, value)| value.is_empty().then_some(name)) {
        return Err(Refusal::invalid(format!("`{name}` is empty")));
    }
    let value = |name: &str| given.get(name).map(String::as_str);
    PageRequest::parse(value("limit"), value("cursor"))
}

fn body_of(method: Method, request: &HttpRequest) -> Result<&[u8], Refusal> {
    let Some(body) = &request.body else {
        return Err(Refusal::new(413, format!("The body is larger than {MAX_BODY} bytes")));
    };
    if body.is_empty() {
        return Ok(body);
    }
    if matches!(method, Method::Get | Method::Delete) {
        return Err(Refusal::violation(400, format!("{} takes no body", method.as_str())));
    }
    if !request.is_json() {
        return Err(Refusal::violation(415, "The body is not declared as `application/json`"));
    }
    Ok(body)
}

/// Reads a body. A correct client sends JSON and no unknown field.
fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    strict_json::from_slice(body).map_err(|error| {
        let text = error.to_string();
        match error.classify() {
            serde_json::error::Category::Data if text.contains("unknown field") => Refusal::violation(422, text),
            serde_json::error::Category::Data => Refusal::invalid(text),
            _ => Refusal::violation(400, format!("The body is not JSON: {text}")),
        }
    })
}

/// Accepts no body and an empty object.
fn no_fields(body: &[u8]) -> Result<(), Refusal> {
    if body.is_empty() {
        return Ok(());
    }
    let fields: BTreeMap<Cow<'_, str>, serde_json::Value> = json(body)?;
    match fields.keys().next() {
        None => Ok(()),
        Some(field) => Err(Refusal::violation(422, format!("unknown field `{field}`"))),
    }
}

fn ok(body: &impl Serialize) -> HttpResponse {
    HttpResponse::json(200, body)
}

fn created(body: &impl Serialize) -> HttpResponse {
    HttpResponse::json(201, body)
}

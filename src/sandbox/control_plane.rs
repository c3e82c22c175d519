//! The control plane: one `match` on method and route, between the wire and the state.
//!
//! A request is admitted first (route, method, credential, scope, idempotency key) and carried out later, so that a delay
//! between the two leaves its key claimed: the same request again is then still running.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::conduct::{IDEMPOTENCY_KEY, idempotency_key};
use super::message::{Inbound, Reply};
use super::state::{Caller, Change, Claim, PageQuery, Recorded, Refusal, State, Tag};
use crate::api::routes::{Method, Route};
use crate::api::wire::strict_json;

/// The largest body, in bytes: a deploy of the largest size in base64, and some.
pub const MAX_BODY: usize = 2 * 1024 * 1024;

/// A refusal, and whether what it refuses is something that no correct client does.
#[derive(Debug)]
pub struct Rejection {
    pub refusal: Refusal,
    pub violation: Option<String>,
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, violation: None }
    }
}

impl Rejection {
    fn violation(refusal: Refusal) -> Self {
        let violation = Some(refusal.message.clone());
        Self { refusal, violation }
    }
}

/// A request that may be carried out.
#[derive(Debug)]
pub struct Admitted {
    method: Method,
    route: Route<'static>,
    caller: Caller,
    page: PageQuery,
    claim: Option<Tag>,
}

impl Admitted {
    /// Whether it starts a redeploy if it succeeds.
    pub fn starts_redeploy(&self) -> bool {
        self.method != Method::Get
            && !matches!(self.route, Route::Functions | Route::Function(_) | Route::CronTrigger(..))
    }
}

/// What admitting a request comes to.
#[derive(Debug)]
pub enum Admission {
    /// It is to be carried out.
    Granted(Box<Admitted>),
    /// It was carried out before.
    Replayed(Reply),
}

/// The method and the route of a request, if it is one of the API's.
fn route_of(request: &Inbound) -> Option<(Method, Route<'static>)> {
    let route = Route::parse(&request.path)?;
    let method = Method::parse(&request.method).filter(|method| route.methods().contains(method))?;
    Some((method, route))
}

/// Decides whether a request may be carried out.
pub fn admit(state: &mut State, request: &Inbound, key_ignored: bool) -> Result<Admission, Rejection> {
    let route = Route::parse(&request.path)
        .ok_or_else(|| Rejection::violation(Refusal::not_found(format!("There is no route `{}`", request.path))))?;
    let (method, _) = route_of(request).ok_or_else(|| {
        Rejection::violation(Refusal::new(405, format!("`{}` does not take {}", request.path, request.method)))
    })?;
    if route.path() != request.path {
        return Err(Rejection::violation(Refusal::new(400, "The path is not percent-encoded segment by segment")));
    }
    let caller = state.caller(request.bearer())?;
    if let Some(scope) = scope(method, &route) {
        caller.require(scope)?;
    }
    let page = page_of(method, &route, request.query.as_deref())?;
    let body = body_of(method, request)?;
    if method != Method::Post {
        return Ok(Admission::Granted(Box::new(Admitted { method, route, caller, page, claim: None })));
    }

    let key = request
        .header(&IDEMPOTENCY_KEY)
        .and_then(idempotency_key)
        .ok_or_else(|| Rejection::violation(Refusal::new(400, "POST needs one `Idempotency-Key`, a quoted string")))?;
    if key_ignored {
        return Ok(Admission::Granted(Box::new(Admitted { method, route, caller, page, claim: None })));
    }
    match state.claim(&caller, &key, &[method.as_str().as_bytes(), request.path.as_bytes(), body])? {
        Claim::First(claim) => {
            Ok(Admission::Granted(Box::new(Admitted { method, route, caller, page, claim: Some(claim) })))
        }
        Claim::Replay(Recorded { status, body }) => {
            let reply = Reply::text(status, "application/json", body.to_vec());
            Ok(Admission::Replayed(reply.with(super::REPLAYED, "true")))
        }
    }
}

/// Carries out a request that was admitted.
pub fn carry_out(state: &mut State, admitted: Admitted, body: &[u8], change: &Change) -> Result<Reply, Rejection> {
    let claim = admitted.claim;
    let result = perform(state, admitted.method, &admitted.route, &admitted.caller, &admitted.page, body, change);
    if let Some(claim) = claim {
        match &result {
            Ok(reply) => {
                let answer = Recorded { status: reply.status, body: Zeroizing::new(reply.body.to_vec()) };
                state.keys.record(claim, answer, change.at);
            }
            Err(_) => state.keys.release(claim),
        }
    }
    result
}

fn perform(
    state: &mut State,
    method: Method,
    route: &Route,
    caller: &Caller,
    page: &PageQuery,
    body: &[u8],
    change: &Change,
) -> Result<Reply, Rejection> {
    let now = change.at;
    Ok(match (method, route) {
        (Method::Get, Route::Me) => ok(&caller.me()),
        (Method::Get, Route::Functions) => ok(&state.functions(page)),
        (Method::Post, Route::Functions) => created(&state.create_function(json(body)?, now)?),
        (Method::Get, Route::Function(slug)) => ok(&state.show_function(slug)?),
        (Method::Delete, Route::Function(slug)) => ok(&state.delete_function(slug)?),
        (Method::Get, Route::Tokens(slug)) => ok(&state.tokens(slug, page, now)?),
        (Method::Post, Route::Tokens(slug)) => created(&state.create_token(slug, json(body)?, change)?),
        (Method::Get, Route::Token(slug, id)) => ok(&state.show_token(slug, id, now)?),
        (Method::Patch, Route::Token(slug, id)) => ok(&state.update_token(slug, id, &json(body)?, change)?),
        (Method::Delete, Route::Token(slug, id)) => ok(&state.revoke_token(slug, id, change)?),
        (Method::Post, Route::RotateToken(slug, id)) => created(&state.rotate_token(slug, id, &json(body)?, change)?),
        (Method::Get, Route::Deployments(slug)) => ok(&state.deployments(slug, page)?),
        (Method::Post, Route::Deployments(slug)) => created(&state.deploy(slug, json(body)?, change)?),
        (Method::Get, Route::Deployment(slug, id)) => ok(&state.show_deployment(slug, id)?),
        (Method::Get, Route::Artifact(slug, id)) => ok(&state.artifact(slug, id)?),
        (Method::Post, Route::Rollback(slug, id)) => {
            nothing(body)?;
            created(&state.rollback(slug, id, change)?)
        }
        (Method::Get, Route::Secrets(slug)) => ok(&state.secrets(slug, page)?),
        (Method::Put, Route::Secrets(slug)) => ok(&state.put_secrets(slug, &json(body)?, change)?),
        (Method::Delete, Route::Secret(slug, key)) => ok(&state.delete_secret(slug, key, change)?),
        (Method::Post, Route::CronTrigger(slug, name)) => {
            nothing(body)?;
            Reply::json(202, &state.trigger_cron(slug, name)?)
        }
        // `route_of` lets only the methods of `Route::methods` through.
        _ => return Err(Rejection::violation(Refusal::new(405, "The method is not one of the route's"))),
    })
}

/// The scope that a request needs.
pub fn scope(method: Method, route: &Route) -> Option<&'static str> {
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

fn page_of(method: Method, route: &Route, query: Option<&str>) -> Result<PageQuery, Rejection> {
    let is_list = matches!(route, Route::Functions | Route::Tokens(_) | Route::Deployments(_) | Route::Secrets(_))
        && method == Method::Get;
    let mut given = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        let known = is_list && matches!(name.as_ref(), "limit" | "cursor");
        if !known || given.insert(name.clone().into_owned(), value.into_owned()).is_some() {
            return Err(Rejection::violation(Refusal::invalid(format!("Unexpected query parameter `{name}`"))));
        }
    }
    let value = |name: &str| given.get(name).map(String::as_str);
    Ok(PageQuery::new(value("limit"), value("cursor"))?)
}

fn body_of(method: Method, request: &Inbound) -> Result<&[u8], Rejection> {
    let Some(body) = &request.body else {
        return Err(Refusal::new(413, format!("The body is larger than {MAX_BODY} bytes")).into());
    };
    if body.is_empty() {
        return Ok(body);
    }
    if matches!(method, Method::Get | Method::Delete) {
        return Err(Rejection::violation(Refusal::new(400, format!("{} takes no body", method.as_str()))));
    }
    if !request.is_json() {
        return Err(Rejection::violation(Refusal::new(415, "The body is not declared as `application/json`")));
    }
    Ok(body)
}

/// Reads a body. Text that is not JSON and a field that is not known are things that no correct client sends.
fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Rejection> {
    strict_json::from_slice(body).map_err(|error| {
        let text = error.to_string();
        match error.classify() {
            serde_json::error::Category::Data if text.contains("unknown field") => {
                Rejection::violation(Refusal::invalid(text))
            }
            serde_json::error::Category::Data => Refusal::invalid(text).into(),
            _ => Rejection::violation(Refusal::new(400, format!("The body is not JSON: {text}"))),
        }
    })
}

/// Accepts an empty body and an empty object.
fn nothing(body: &[u8]) -> Result<(), Rejection> {
    if body.is_empty() {
        return Ok(());
    }
    let fields: BTreeMap<Cow<'_, str>, serde_json::Value> = json(body)?;
    match fields.keys().next() {
        None => Ok(()),
        Some(field) => Err(Rejection::violation(Refusal::invalid(format!("unknown field `{field}`")))),
    }
}

fn ok(body: &impl Serialize) -> Reply {
    Reply::json(200, body)
}

fn created(body: &impl Serialize) -> Reply {
    Reply::json(201, body)
}

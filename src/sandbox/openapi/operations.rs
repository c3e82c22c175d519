//! What each operation is called, takes, gives and may be refused with.

use serde_json::{Value, json};

use super::schemas::Schemas;
use super::template;
use crate::api::routes::{Method, ROOT, Route};
use crate::api::wire::{self, Id, SecretName, Slug};
use crate::sandbox::control_plane::scope;
use crate::sandbox::issued_value::IssuedValue;
use crate::sandbox::state::limits::MAX_NAME;
use crate::sandbox::violations::IDEMPOTENCY_KEY_PATTERN;

/// The groups of the operations.
pub(super) const TAGS: [(&str, &str); 6] = [
    ("Caller", "Whom a credential belongs to."),
    ("Cron", "Runs that are started by hand."),
    ("Deployments", "Code that was uploaded, and the redeploys that make changes count."),
    ("Functions", "What runs, and where it answers."),
    ("Secrets", "Variables of a function, whose values no answer has."),
    ("Tokens", "Runtime tokens, each of which opens one function. A value is shown once."),
];

/// What an operation is called, and its bodies.
struct Operation {
    id: &'static str,
    summary: &'static str,
    request: Option<Value>,
    answer: Value,
}

pub(super) fn operation(method: Method, route: &Route, schemas: &mut Schemas) -> Value {
    let Operation { id, summary, request, answer } = named(method, route, schemas);
    let status = match (method, route) {
        (_, Route::CronTrigger(..)) => "202",
        (Method::Post, _) => "201",
        _ => "200",
    };
    let mut headers = json!({"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}});
    if method == Method::Post {
        headers["Idempotent-Replayed"] = json!({"$ref": "#/components/headers/Idempotent-Replayed"});
    }
    let needs = match scope(method, route) {
        Some(scope) => format!("Needs the scope `{scope}`."),
        None => "Any credential may ask.".to_owned(),
    };
    let mut operation = json!({
        "operationId": id,
        "summary": summary,
        "description": needs,
        "tags": [tag(route)],
        "parameters": parameters(method, route),
        "responses": {
            status: {
                "description": "It was done.",
                "headers": headers,
                "content": {"application/json": {"schema": answer}},
            },
        },
    });
    for (status, name) in refusals(method, route) {
        operation["responses"][status] = json!({"$ref": format!("#/components/responses/{name}")});
    }
    if let Some(request) = request {
        let content = json!({"schema": request, "example": example(route)});
        operation["requestBody"] = json!({"required": true, "content": {"application/json": content}});
    } else if method == Method::Post {
        let nothing = json!({"type": "object", "additionalProperties": false, "maxProperties": 0});
        operation["requestBody"] = json!({
            "description": "Nothing, or an empty object.",
            "required": false,
            "content": {"application/json": {"schema": nothing}},
        });
    }
    operation
}

/// The body of a request as a client may send it.
fn example(route: &Route) -> Value {
    match route {
        Route::Functions => json!({"slug": "another-function", "name": "Another function"}),
        Route::Tokens(_) => json!({"name": "ci-deploy", "expires_in_seconds": 2_592_000}),
        Route::Token(..) => json!({"status": "disabled"}),
        Route::RotateToken(..) => json!({"grace_seconds": 600}),
        Route::Deployments(_) => json!({
            "entrypoint": "index.ts",
            "files": [{"path": "index.ts", "content": "ZXhwb3J0IGRlZmF1bHQgKCkgPT4gbmV3IFJlc3BvbnNlKCJvayIpCg=="}],
        }),
        Route::Secrets(_) => json!({"secrets": {"DATABASE_URL": "postgres://db.example/app"}}),
        _ => json!({}),
    }
}

/// The answers that are not a success, of those in [`super::REFUSALS`].
fn refusals(method: Method, route: &Route) -> Vec<(&'static str, &'static str)> {
    let changes = method != Method::Get;
    let has_body = matches!(method, Method::Post | Method::Put | Method::Patch);
    let [bad_request, unauthorized, forbidden, not_found, conflict, too_large, media_type, invalid, limited, other] =
        super::REFUSALS.map(|(status, name, _)| (status, name));
    [
        (true, bad_request),
        (true, unauthorized),
        (scope(method, route).is_some(), forbidden),
        (!matches!(route, Route::Me | Route::Functions), not_found),
        (changes, conflict),
        (has_body, too_large),
        (has_body, media_type),
        (true, invalid),
        (true, limited),
        (true, other),
    ]
    .into_iter()
    .filter_map(|(may_be, refusal)| may_be.then_some(refusal))
    .collect()
}

fn tag(route: &Route) -> &'static str {
    match route {
        Route::Me => "Caller",
        Route::Functions | Route::Function(_) => "Functions",
        Route::Tokens(_) | Route::Token(..) | Route::RotateToken(..) => "Tokens",
        Route::Deployments(_) | Route::Deployment(..) | Route::Artifact(..) | Route::Rollback(..) => "Deployments",
        Route::Secrets(_) | Route::Secret(..) => "Secrets",
        Route::CronTrigger(..) => "Cron",
    }
}

fn named(method: Method, route: &Route, s: &mut Schemas) -> Operation {
    let asks = |id, summary, answer| Operation { id, summary, request: None, answer };
    let sends = |id, summary, request, answer| Operation { id, summary, request: Some(request), answer };
    match (route, method) {
        (Route::Me, _) => asks("showCaller", "Show whom the credential belongs to", s.answer::<wire::Me>()),
        (Route::Functions, Method::Post) => sends(
            "createFunction",
            "Create a function",
            s.request::<wire::CreateFunction>(),
            s.answer::<wire::Function>(),
        ),
        (Route::Functions, _) => asks("listFunctions", "List the functions", s.page::<wire::Function>()),
        (Route::Function(_), Method::Delete) => {
            asks("deleteFunction", "Delete a function and all that belongs to it", s.answer::<wire::Function>())
        }
        (Route::Function(_), _) => asks("showFunction", "Show a function", s.answer::<wire::Function>()),
        (Route::Tokens(_), Method::Post) => sends(
            "createToken",
            "Create a token; the only answer that has its value",
            s.request::<wire::CreateToken>(),
            s.answer::<wire::CreatedToken<IssuedValue>>(),
        ),
        (Route::Tokens(_), _) => asks("listTokens", "List the tokens of a function", s.page::<wire::Token>()),
        (Route::Token(..), Method::Patch) => sends(
            "updateToken",
            "Disable or enable a token, or change when it expires",
            s.request::<wire::UpdateToken>(),
            s.answer::<wire::UpdatedToken>(),
        ),
        (Route::Token(..), Method::Delete) => asks("revokeToken", "Revoke a token", s.answer::<wire::RevokedToken>()),
        (Route::Token(..), _) => asks("showToken", "Show a token", s.answer::<wire::Token>()),
        (Route::RotateToken(..), _) => sends(
            "rotateToken",
            "Put a new token in the place of one",
            s.request::<wire::RotateToken>(),
            s.answer::<wire::RotatedToken<IssuedValue>>(),
        ),
        (Route::Deployments(_), Method::Post) => sends(
            "deploy",
            "Deploy code; the first time also issues the token `default`",
            s.request::<wire::Deploy>(),
            s.answer::<wire::Deployed<IssuedValue>>(),
        ),
        (Route::Deployments(_), _) => {
            asks("listDeployments", "List the deployments of a function", s.page::<wire::Deployment>())
        }
        (Route::Deployment(..), _) => asks("showDeployment", "Show a deployment", s.answer::<wire::Deployment>()),
        (Route::Artifact(..), _) => {
            asks("downloadArtifact", "Download the code of a deployment", s.answer::<wire::Artifact>())
        }
        (Route::Rollback(..), _) => {
            asks("rollBack", "Deploy the code of an earlier deployment again", s.answer::<wire::Deployment>())
        }
        (Route::Secrets(_), Method::Put) => sends(
            "putSecrets",
            "Set secrets; the others stay",
            s.request::<wire::PutSecrets<String>>(),
            s.answer::<wire::SecretsPut>(),
        ),
        (Route::Secrets(_), _) => {
            asks("listSecrets", "List the keys of the secrets of a function", s.page::<wire::SecretKey>())
        }
        (Route::Secret(..), _) => asks("deleteSecret", "Delete a secret", s.answer::<wire::SecretDeleted>()),
        (Route::CronTrigger(..), _) => {
            asks("triggerCron", "Start a cron trigger now", s.answer::<wire::CronTriggered>())
        }
    }
}

fn parameters(method: Method, route: &Route) -> Vec<Value> {
    let path = template(route);
    let names = path.trim_start_matches(ROOT).split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<Value> = names.map(|name| in_path(name, route)).collect();
    let is_list = matches!(route, Route::Functions | Route::Tokens(_) | Route::Deployments(_) | Route::Secrets(_));
    if is_list && method == Method::Get {
        for name in ["limit", "cursor"] {
            parameters.push(json!({"$ref": format!("#/components/parameters/{name}")}));
        }
    }
    if method == Method::Post {
        parameters.push(json!({"$ref": "#/components/parameters/Idempotency-Key"}));
    }
    parameters
}

fn in_path(name: &str, route: &Route) -> Value {
    let (description, schema, example) = match name {
        "slug" => ("The slug of the function.", json!({"type": "string", "pattern": Slug::PATTERN}), "my-function"),
        "key" => ("The key of the secret.", json!({"type": "string", "pattern": SecretName::PATTERN}), "DATABASE_URL"),
        "name" => {
            ("The name of the trigger.", json!({"type": "string", "minLength": 1, "maxLength": MAX_NAME}), "nightly")
        }
        _ if matches!(route, Route::Token(..) | Route::RotateToken(..)) => {
            ("The id of the token.", json!({"type": "string", "pattern": Id::PATTERN}), "tok_4x7h")
        }
        _ => ("The id of the deployment.", json!({"type": "string", "pattern": Id::PATTERN}), "dep_4x7h"),
    };
    json!({"name": name, "in": "path", "required": true, "description": description, "schema": schema, "example": example})
}

/// The parameters that several operations have.
pub(super) fn shared_parameters() -> Value {
    json!({
        "limit": {
            "name": "limit",
            "in": "query",
            "description": "How many items a page has at most.",
            "schema": {"type": "integer", "minimum": 1, "maximum": wire::MAX_PAGE},
        },
        "cursor": {
            "name": "cursor",
            "in": "query",
            "description": "Where the page begins: a `next_cursor` that this list gave.",
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"},
        },
        "Idempotency-Key": {
            "name": "Idempotency-Key",
            "in": "header",
            "required": true,
            "description": concat!(
                "A string in quotes (RFC 8941, section 3.3.3), such as a UUID: a new one for each request that is ",
                "meant to be carried out. For 24 hours the same request with the same key is carried out once and ",
                "gets the same answer; another request with it is refused with `KEY_REUSED`."
            ),
            "schema": {"type": "string", "pattern": IDEMPOTENCY_KEY_PATTERN},
        },
    })
}

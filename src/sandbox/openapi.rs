//! Makes the `OpenAPI` 3.1 document of the control plane from the wire types, the routes and the
//! limits themselves. It says what the sandbox refuses as far as a schema can.

mod operations;
mod schemas;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use self::operations::{TAGS, operation, shared_parameters};
use self::schemas::Schemas;
use crate::api::routes::Route;
use crate::api::wire;

/// Every route, with `{name}` for each parameter.
const ROUTES: [Route<'static>; 13] = {
    use std::borrow::Cow::Borrowed as Named;
    const SLUG: std::borrow::Cow<'static, str> = Named("{slug}");
    const ID: std::borrow::Cow<'static, str> = Named("{id}");
    [
        Route::Me,
        Route::Functions,
        Route::Function(SLUG),
        Route::Tokens(SLUG),
        Route::Token(SLUG, ID),
        Route::RotateToken(SLUG, ID),
        Route::Deployments(SLUG),
        Route::Deployment(SLUG, ID),
        Route::Artifact(SLUG, ID),
        Route::Rollback(SLUG, ID),
        Route::Secrets(SLUG),
        Route::Secret(SLUG, Named("{key}")),
        Route::CronTrigger(SLUG, Named("{name}")),
    ]
};

/// The answers that are not a success: status, name and when.
const REFUSALS: [(&str, &str, &str); 10] = [
    ("400", "BadRequest", "The body is not JSON, the key is no quoted string, or the path is not percent-encoded."),
    ("401", "Unauthorized", "There is no credential, or one that is not known."),
    ("403", "Forbidden", "The credential lacks the scope."),
    ("404", "NotFound", "There is no such function, token, deployment or secret."),
    ("409", "Conflict", "The state forbids it, or the same request is still running (`IN_PROGRESS`)."),
    ("413", "PayloadTooLarge", "The body, a file or a value is larger than it may be."),
    ("415", "UnsupportedMediaType", "The body is not declared as `application/json`."),
    ("422", "Invalid", "A parameter or a field is unknown, missing or not as described."),
    ("429", "RateLimited", "There were too many requests."),
    ("default", "Failed", "Any other failure."),
];

pub(crate) fn document() -> Value {
    let mut schemas = Schemas::new();
    let mut paths = Map::new();
    for route in &ROUTES {
        let mut operations = Map::new();
        for &method in route.methods() {
            operations.insert(method.as_str().to_ascii_lowercase(), operation(method, route, &mut schemas));
        }
        paths.insert(template(route), Value::Object(operations));
    }
    let error = schemas.answer::<wire::ErrorBody>();
    let responses: Map<String, Value> =
        REFUSALS.iter().map(|(status, name, when)| ((*name).to_owned(), refusal(status, when, &error))).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Jelou Functions control plane",
            "summary": "Functions, their runtime tokens, deployments and secrets.",
            "version": "1",
            "description": "The dialect that `jelou` and its sandbox speak. The platform publishes no reference of its own.",
            "contact": {"name": "The maintainers of `jelou`"},
            "license": {"name": env!("CARGO_PKG_LICENSE"), "identifier": env!("CARGO_PKG_LICENSE")},
        },
        "servers": [{"url": "/", "description": "The sandbox that serves this document."}],
        "security": [{"managementToken": []}],
        "tags": TAGS.map(|(name, description)| json!({"name": name, "description": description})),
        "paths": paths,
        "components": {
            "schemas": schemas.finish(),
            "parameters": shared_parameters(),
            "headers": {
                "X-Request-Id": {"description": "The server's id of the request.", "required": true, "schema": {"type": "string"}},
                "Idempotent-Replayed": {
                    "description": "On an answer that an earlier request with the same key has got.",
                    "schema": {"type": "string", "enum": ["true"]},
                },
                "Retry-After": {
                    "description": "After how many seconds to ask again.",
                    "schema": {"type": "integer", "minimum": 0},
                },
                "WWW-Authenticate": {
                    "description": "How to say who asks.",
                    "required": true,
                    "schema": {"type": "string", "enum": ["Bearer"]},
                },
            },
            "responses": responses,
            "securitySchemes": {"managementToken": {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "jfn_pat_… or an API key",
                "description": "A management token: a personal access token or an API key of the platform.",
            }},
        },
    })
}

fn refusal(status: &str, when: &str, error: &Value) -> Value {
    let mut headers = json!({"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}});
    let more = match status {
        "401" => Some("WWW-Authenticate"),
        "409" | "429" | "default" => Some("Retry-After"),
        _ => None,
    };
    if let Some(name) = more {
        headers[name] = json!({"$ref": format!("#/components/headers/{name}")});
    }
    json!({"description": when, "headers": headers, "content": {"application/json": {"schema": error}}})
}

fn template(route: &Route) -> String {
    route.path().replace("%7B", "{").replace("%7D", "}")
}

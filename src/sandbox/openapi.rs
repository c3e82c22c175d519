//! Makes the `OpenAPI` 3.1 document of the control plane from the wire types and the routes
//! themselves.

use schemars::JsonSchema;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};

use super::control_plane::scope;
use super::issued_value::IssuedValue;
use crate::api::routes::{Method, ROOT, Route};
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
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Jelou Functions control plane",
            "version": "1",
            "description": "The dialect that `jelou` and its sandbox speak. The platform publishes no reference of its own.",
        },
        "security": [{"managementToken": []}],
        "paths": paths,
        "components": {
            "schemas": schemas.finish(),
            "responses": {"Error": {
                "description": "Refused: 400, 401, 403, 404, 405, 409, 413, 415, 422, 429 or 5xx.",
                "headers": {
                    "X-Request-Id": {"schema": {"type": "string"}},
                    "Retry-After": {"schema": {"type": "string"}},
                },
                "content": {"application/json": {"schema": error}},
            }},
            "securitySchemes": {"managementToken": {"type": "http", "scheme": "bearer", "bearerFormat": "jfn_pat_… or an API key"}},
        },
    })
}

fn template(route: &Route) -> String {
    route.path().replace("%7B", "{").replace("%7D", "}")
}

fn operation(method: Method, route: &Route, schemas: &mut Schemas) -> Value {
    let (id, request, answer) = bodies(method, route, schemas);
    let status = match (method, route) {
        (_, Route::CronTrigger(..)) => "202",
        (Method::Post, _) => "201",
        _ => "200",
    };
    let mut operation = json!({
        "operationId": id,
        "parameters": parameters(method, route),
        "responses": {
            status: {
                "description": "Done.",
                "headers": {"X-Request-Id": {"schema": {"type": "string"}}},
                "content": {"application/json": {"schema": answer}},
            },
            "default": {"$ref": "#/components/responses/Error"},
        },
    });
    if let Some(scope) = scope(method, route) {
        operation["description"] = format!("Needs the scope `{scope}`.").into();
    }
    if let Some(request) = request {
        operation["requestBody"] = json!({"required": true, "content": {"application/json": {"schema": request}}});
    }
    operation
}

/// The operation's id, and the schemas of its request and its answer.
fn bodies(method: Method, route: &Route, schemas: &mut Schemas) -> (&'static str, Option<Value>, Value) {
    let s = schemas;
    match (route, method) {
        (Route::Me, _) => ("showCaller", None, s.answer::<wire::Me>()),
        (Route::Functions, Method::Post) => {
            ("createFunction", Some(s.request::<wire::CreateFunction>()), s.answer::<wire::Function>())
        }
        (Route::Functions, _) => ("listFunctions", None, s.page::<wire::Function>()),
        (Route::Function(_), Method::Delete) => ("deleteFunction", None, s.answer::<wire::Function>()),
        (Route::Function(_), _) => ("showFunction", None, s.answer::<wire::Function>()),
        (Route::Tokens(_), Method::Post) => {
            ("createToken", Some(s.request::<wire::CreateToken>()), s.answer::<wire::CreatedToken<IssuedValue>>())
        }
        (Route::Tokens(_), _) => ("listTokens", None, s.page::<wire::Token>()),
        (Route::Token(..), Method::Patch) => {
            ("updateToken", Some(s.request::<wire::UpdateToken>()), s.answer::<wire::UpdatedToken>())
        }
        (Route::Token(..), Method::Delete) => ("revokeToken", None, s.answer::<wire::RevokedToken>()),
        (Route::Token(..), _) => ("showToken", None, s.answer::<wire::Token>()),
        (Route::RotateToken(..), _) => {
            ("rotateToken", Some(s.request::<wire::RotateToken>()), s.answer::<wire::RotatedToken<IssuedValue>>())
        }
        (Route::Deployments(_), Method::Post) => {
            ("deploy", Some(s.request::<wire::Deploy>()), s.answer::<wire::Deployed<IssuedValue>>())
        }
        (Route::Deployments(_), _) => ("listDeployments", None, s.page::<wire::Deployment>()),
        (Route::Deployment(..), _) => ("showDeployment", None, s.answer::<wire::Deployment>()),
        (Route::Artifact(..), _) => ("downloadArtifact", None, s.answer::<wire::Artifact>()),
        (Route::Rollback(..), _) => ("rollBack", None, s.answer::<wire::Deployment>()),
        (Route::Secrets(_), Method::Put) => {
            ("putSecrets", Some(s.request::<wire::PutSecrets<String>>()), s.answer::<wire::SecretsPut>())
        }
        (Route::Secrets(_), _) => ("listSecrets", None, s.page::<wire::SecretKey>()),
        (Route::Secret(..), _) => ("deleteSecret", None, s.answer::<wire::SecretDeleted>()),
        (Route::CronTrigger(..), _) => ("triggerCron", None, s.answer::<wire::CronTriggered>()),
    }
}

fn parameters(method: Method, route: &Route) -> Vec<Value> {
    let path = template(route);
    let mut parameters: Vec<Value> = path
        .trim_start_matches(ROOT)
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
        .collect();
    let is_list = matches!(route, Route::Functions | Route::Tokens(_) | Route::Deployments(_) | Route::Secrets(_));
    if is_list && method == Method::Get {
        let limit = json!({"type": "integer", "minimum": 1, "maximum": wire::MAX_PAGE});
        parameters.push(json!({"name": "limit", "in": "query", "schema": limit}));
        parameters.push(json!({"name": "cursor", "in": "query", "schema": {"type": "string"}}));
    }
    if method == Method::Post {
        parameters.push(json!({
            "name": "Idempotency-Key",
            "in": "header",
            "required": true,
            "description": "A quoted string (RFC 8941); the same key with the same request is carried out once in 24 h.",
            "schema": {"type": "string", "pattern": "^\".+\"$"},
        }));
    }
    parameters
}

/// The schemas that the operations refer to: of requests as they are read, of answers as they are
/// written.
struct Schemas {
    requests: SchemaGenerator,
    answers: SchemaGenerator,
}

impl Schemas {
    fn new() -> Self {
        Self {
            requests: SchemaSettings::openapi3().with(adapt).into_generator(),
            answers: SchemaSettings::openapi3().with(adapt).for_serialize().into_generator(),
        }
    }

    fn request<T: JsonSchema>(&mut self) -> Value {
        self.requests.subschema_for::<T>().to_value()
    }

    fn answer<T: JsonSchema>(&mut self) -> Value {
        self.answers.subschema_for::<T>().to_value()
    }

    /// A page of a list. It is inlined, because each kind of item would need a name of its own.
    fn page<T: JsonSchema>(&mut self) -> Value {
        json!({
            "type": "object",
            "properties": {
                "items": {"type": "array", "items": self.answer::<T>()},
                "next_cursor": {"type": ["string", "null"], "description": "Null on the last page."},
            },
            "required": ["items", "next_cursor"],
        })
    }

    fn finish(mut self) -> Value {
        let mut all = self.requests.take_definitions(true);
        all.append(&mut self.answers.take_definitions(true));
        all.sort_keys();
        Value::Object(all)
    }
}

/// `OpenAPI` 3.1 uses JSON Schema 2020-12; of the settings for 3.0 only the path of the definitions
/// is right for it.
fn adapt(settings: &mut SchemaSettings) {
    let draft = SchemaSettings::draft2020_12();
    settings.transforms = draft.transforms;
    settings.meta_schema = None;
}

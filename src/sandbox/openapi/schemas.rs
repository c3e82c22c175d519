//! The schemas of the bodies: of requests as they are read, of answers as they are written.

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use crate::api::wire::{self, SecretName, limits};
use crate::sandbox::state::limits::{MAX_DESCRIPTION, MAX_GRACE, MAX_LIFETIME, MAX_NAME, MAX_PATH, MAX_SECRET_VALUE};

/// A path as an upload may have it: no part begins with a dot, none is a folder that is left out,
/// and it ends as an uploaded file does.
pub(super) const PATH: &str = concat!(
    r"^(?:(?!(?:node_modules|dist)/)[^./\\\u0000-\u001f\u007f-\u009f][^/\\\u0000-\u001f\u007f-\u009f]*/)*",
    r"[^./\\\u0000-\u001f\u007f-\u009f][^/\\\u0000-\u001f\u007f-\u009f]*\.(?:ts|js|json|md|txt)$",
);
/// Standard base64 (RFC 4648, section 4) with its padding, and no bits behind the last byte.
pub(super) const BASE64: &str = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$";

/// The schemas that the operations refer to.
pub(super) struct Schemas {
    requests: SchemaGenerator,
    answers: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        Self {
            requests: SchemaSettings::openapi3().with(adapt).into_generator(),
            answers: SchemaSettings::openapi3().with(adapt).for_serialize().into_generator(),
        }
    }

    pub(super) fn request<T: JsonSchema>(&mut self) -> Value {
        self.requests.subschema_for::<T>().to_value()
    }

    pub(super) fn answer<T: JsonSchema>(&mut self) -> Value {
        self.answers.subschema_for::<T>().to_value()
    }

    /// A page of a list, named after its items.
    pub(super) fn page<T: JsonSchema>(&mut self) -> Value {
        let name = format!("{}Page", T::schema_name());
        let page = json!({
            "description": "A page of a list.",
            "type": "object",
            "properties": {
                "items": {"type": "array", "maxItems": wire::MAX_PAGE, "items": self.answer::<T>()},
                "next_cursor": {
                    "type": ["string", "null"],
                    "description": "Where the next page begins, as `cursor` takes it; null on the last page.",
                },
            },
            "required": ["items", "next_cursor"],
        });
        self.answers.definitions_mut().insert(name.clone(), page);
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }

    pub(super) fn finish(mut self) -> Value {
        let mut all = self.requests.take_definitions(true);
        constrain(&mut all);
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
    settings.transforms.push(Box::new(without_own_formats));
    settings.meta_schema = None;
}

/// Leaves out the formats that schemars makes of Rust's integers, which nobody else knows, and the
/// defaults of what an answer always has.
fn without_own_formats(schema: &mut Schema) {
    if schema.get("format").and_then(Value::as_str).is_some_and(|format| format.starts_with("uint")) {
        schema.remove("format");
    }
    schema.remove("default");
    schemars::transform::transform_subschemas(&mut without_own_formats, schema);
}

/// Says of the requests what the sandbox refuses beyond their types.
fn constrain(requests: &mut Map<String, Value>) {
    let lifetime = json!({ "minimum": 1, "maximum": MAX_LIFETIME });
    // Base64 makes four characters of three bytes.
    let longest_content = limits::MAX_FILE_BYTES.div_ceil(3) * 4;
    for (schema, field, rules) in [
        ("CreateFunction", "name", json!({ "minLength": 1, "maxLength": MAX_NAME })),
        ("CreateFunction", "description", json!({ "maxLength": MAX_DESCRIPTION })),
        ("CreateToken", "expires_in_seconds", lifetime.clone()),
        ("RotateToken", "expires_in_seconds", lifetime.clone()),
        ("RotateToken", "grace_seconds", json!({ "minimum": 0, "maximum": MAX_GRACE })),
        ("UpdateToken", "expires_in_seconds", lifetime),
        ("UpdateToken", "status", json!({ "type": "string", "enum": ["active", "disabled"] })),
        ("UpdateToken", "expires_at", json!({ "description": "A new expiry, in the future; null clears it." })),
        (
            "Deploy",
            "entrypoint",
            json!({ "pattern": PATH, "maxLength": MAX_PATH, "description": "The file that is started, one of `files`." }),
        ),
        (
            "Deploy",
            "files",
            json!({
                "minItems": 1,
                "uniqueItems": true,
                "maxItems": limits::MAX_FILES,
                "description": format!("Every file, each path once, at most {} bytes in all.", limits::MAX_TOTAL_BYTES),
            }),
        ),
        ("FileContent", "path", json!({ "pattern": PATH, "maxLength": MAX_PATH })),
        (
            "FileContent",
            "content",
            json!({
                "pattern": BASE64,
                "maxLength": longest_content,
                "contentEncoding": "base64",
                "description": format!("Its bytes in base64, at most {}.", limits::MAX_FILE_BYTES),
            }),
        ),
        (
            "PutSecrets",
            "secrets",
            json!({
                "minProperties": 1,
                "propertyNames": { "pattern": SecretName::PATTERN },
                "additionalProperties": { "type": "string", "maxLength": MAX_SECRET_VALUE },
            }),
        ),
    ] {
        let at = requests[schema]["properties"][field].as_object_mut();
        let at = at.unwrap_or_else(|| panic!("`{schema}` has no `{field}`"));
        at.remove("$ref");
        at.remove("patternProperties");
        at.extend(rules.as_object().cloned().unwrap_or_default());
    }
    requests["RotateToken"]["required"] = json!(["grace_seconds"]);
    requests["UpdateToken"]["minProperties"] = json!(1);
    requests["UpdateToken"]["not"] = json!({
        "properties": { "expires_at": {}, "expires_in_seconds": {} },
        "required": ["expires_at", "expires_in_seconds"],
    });
    // It was the request's `status` alone that referred to it; answers have their own.
    requests.remove("TokenStatus");
}

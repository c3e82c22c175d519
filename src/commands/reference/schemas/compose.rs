//! Makes the schemas from the types of the commands' data.
//!
//! A document is one of three: a success with the command's data, a failure whose `data` is
//! `false`, and, for commands that can change something and then fail, a failure that kept its data
//! (`NOT_LIVE`, `PARTIAL_FAILURE`). The envelope and the data of our own are closed; what the
//! platform sends may grow.
//!
//! Types are generated from the schemas, so every form of the document is a definition with a name
//! of its own, and no reference has keywords beside it: generators would number them (`Error1`).

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema, json_schema};
use serde_json::{Map, Value, json};

use super::{DATA, FAILURE};
use crate::commands::bulk::Item;
use crate::commands::issuance::issued_token::{IssuedToken, Replaced};
use crate::commands::{deploy, functions};
use crate::exit::ErrorCode;
use crate::output::envelope::{ErrorView, Meta, SCHEMA_VERSION};
use crate::output::outcome::Breadcrumb;
use crate::warning::Warning;

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// What `.data` of a command is.
pub(super) enum Data {
    /// What the command prints is that of a child or of a function, and no document of its own.
    None,
    /// Data on success only.
    Plain(fn(&mut SchemaGenerator) -> Value),
    /// Data on success, and on a failure after something happened.
    Kept(fn(&mut SchemaGenerator) -> Value),
    /// A list of items of one of these statuses, one for everything that was named; also on a
    /// failure.
    Items(&'static [&'static str]),
    /// Either such a list or another type.
    ItemsOr(&'static [&'static str], fn(&mut SchemaGenerator) -> Value),
}

/// What a signal leaves of an item.
const INTERRUPTED: [&str; 2] = ["unknown", "not_attempted"];

pub(super) const REVOKED: &[&str] = &["revoked", "missing", "would_revoke", "failed"];

/// The schema of every command's document, and that of [`FAILURE`], by name.
pub(crate) fn all() -> Vec<(&'static str, Value)> {
    DATA.iter().chain([&(FAILURE, Data::None)]).map(|(name, data)| (*name, compose(name, data))).collect()
}

fn compose(name: &str, data: &Data) -> Value {
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let schema = match data {
        Data::None => None,
        Data::Plain(schema) | Data::Kept(schema) => Some(schema(&mut generator)),
        Data::Items(_) => Some(of_type::<Vec<Item>>(&mut generator)),
        Data::ItemsOr(_, other) => {
            let items = of_type::<Vec<Item>>(&mut generator);
            Some(json!({ "anyOf": [items, other(&mut generator)] }))
        }
    };
    let is_known = name != FAILURE;
    let envelope = Envelope {
        command: if is_known { json!({ "const": name }) } else { json!({ "type": "string" }) },
        error: of_type::<ErrorView>(&mut generator),
        warnings: of_type::<Vec<Warning>>(&mut generator),
        breadcrumbs: of_type::<Vec<Breadcrumb>>(&mut generator),
        meta: of_type::<Meta>(&mut generator),
    };
    let mut forms = Vec::new();
    if let Some(schema) = &schema {
        forms.push(("Success", envelope.form("It worked.", true, schema)));
    }
    let nothing = json!({ "const": false });
    forms.push(("Failure", envelope.form("It failed, and nothing is to be used.", false, &nothing)));
    if let (Some(schema), false) = (&schema, matches!(data, Data::Plain(_))) {
        let happened = "It failed after something happened: `NOT_LIVE` or `PARTIAL_FAILURE`.";
        forms.push(("Incomplete", envelope.form(happened, false, schema)));
    }
    let mut definitions = generator.take_definitions(true);
    if let Data::Items(statuses) | Data::ItemsOr(statuses, _) = data {
        definitions["Item"]["properties"]["status"]["enum"] = json!([statuses, &INTERRUPTED[..]].concat());
    }
    definitions["Meta"]["properties"]["schema_version"] = json!({ "const": SCHEMA_VERSION });
    let exit_code = &mut definitions["Error"]["properties"]["exit_code"];
    exit_code["minimum"] = 1.into();
    exit_code["maximum"] = highest_exit_code(!matches!(data, Data::Plain(_))).into();
    let one_of: Vec<Value> = forms.iter().map(|(form, _)| json!({ "$ref": format!("#/$defs/{form}") })).collect();
    definitions.extend(forms.into_iter().map(|(form, schema)| (form.to_owned(), schema)));
    definitions.sort_keys();
    let title = if is_known { format!("jelou {name} --json") } else { "jelou --json".to_owned() };
    let mut schema = json_schema!({
        "$schema": DIALECT,
        "title": title,
        "description": describe(name, schema.is_some()),
        "type": "object",
        "oneOf": one_of,
        "$defs": definitions,
    });
    portable(&mut schema);
    schema.to_value()
}

fn describe(name: &str, has_data: bool) -> &'static str {
    match (name, has_data) {
        (FAILURE, _) => "What every failure looks like, also where the command was not understood.",
        ("call", _) => "Its output is the function's answer as it is; only failures before the request are documents.",
        (_, false) => "Its output is that of the command it runs; only its own failures are documents.",
        ("tokens list", _) => "The document on stdout. With `--ndjson` there is none, but one `#/$defs/Token` a line.",
        _ => "The document on stdout.",
    }
}

struct Envelope {
    command: Value,
    error: Value,
    warnings: Value,
    breadcrumbs: Value,
    meta: Value,
}

impl Envelope {
    /// One form of the document; one that is not `ok` has an error.
    fn form(&self, description: &str, ok: bool, data: &Value) -> Value {
        let mut properties = Map::new();
        properties.insert("ok".to_owned(), json!({ "const": ok }));
        properties.insert("command".to_owned(), self.command.clone());
        properties.insert("data".to_owned(), data.clone());
        if !ok {
            properties.insert("error".to_owned(), self.error.clone());
        }
        properties.insert("warnings".to_owned(), self.warnings.clone());
        properties.insert("breadcrumbs".to_owned(), self.breadcrumbs.clone());
        properties.insert("meta".to_owned(), self.meta.clone());
        json!({
            "description": description,
            "type": "object",
            "required": properties.keys().collect::<Vec<_>>(),
            "properties": properties,
            "additionalProperties": false,
        })
    }
}

pub(super) fn of_type<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    generator.subschema_for::<T>().to_value()
}

pub(super) fn any_schema(_: &mut SchemaGenerator) -> Value {
    json!({ "type": "object", "description": "A schema, or schemas by command." })
}

pub(super) fn function_info(generator: &mut SchemaGenerator) -> Value {
    json!({ "anyOf": [
        of_type::<functions::info::FunctionInfo>(generator),
        of_type::<functions::mcp_config::McpConfig>(generator),
        of_type::<functions::mcp_config::VsCodeConfig>(generator),
        of_type::<functions::mcp_config::BrainStudio>(generator),
    ] })
}

pub(super) fn deployed(generator: &mut SchemaGenerator) -> Value {
    json!({ "anyOf": [of_type::<deploy::report::DeployReport>(generator), of_type::<deploy::files::WouldDeploy>(generator)] })
}

/// A new token that says what it replaces.
pub(super) fn rotated(generator: &mut SchemaGenerator) -> Value {
    let mut schema = <IssuedToken as JsonSchema>::json_schema(generator).to_value();
    schema["description"] = "A new token that takes over from another one.".into();
    schema["properties"]["replaces"] = of_type::<Replaced>(generator);
    if let Some(required) = schema["required"].as_array_mut() {
        required.push("replaces".into());
    }
    generator.definitions_mut().insert("RotatedToken".to_owned(), schema);
    json!({ "$ref": "#/$defs/RotatedToken" })
}

/// The highest status of the codes. A signal may end a run that has something to report: its
/// document then has 128 and the number of the signal, which no system has above 31 for the signals
/// in question.
fn highest_exit_code(may_be_interrupted: bool) -> u8 {
    let of_codes = ErrorCode::ALL.iter().map(|code| code.exit_status());
    if may_be_interrupted { 128 + 31 } else { of_codes.fold(0, u8::max) }
}

/// Leaves out the formats, of which Ajv knows none unless it is given them, and in their place says
/// what they meant. Times are printed in whole seconds in UTC.
fn portable(schema: &mut Schema) {
    if let Some(Value::String(format)) = schema.remove("format")
        && format == "date-time"
    {
        schema.insert("pattern".to_owned(), "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$".into());
    }
    schemars::transform::transform_subschemas(&mut portable, schema);
}

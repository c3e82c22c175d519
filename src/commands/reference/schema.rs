//! `jelou schema`: the schema is the result, so it is printed as it is; under `--json` it is
//! `.data`.

use serde_json::{Map, Value};

use super::schemas::{FAILURE, Schemas, commands};
use crate::cli;
use crate::cli::reference::Schema;
use crate::commands::Context;
use crate::error::Error;
use crate::output::json::to_json;
use crate::output::{Line, Outcome};
use crate::typed_word;

/// Prints the schema of a command, of the commands of a group by name, or of all.
pub(crate) fn run(cx: &Context, args: &Schema) -> Result<Outcome, Error> {
    let words: Vec<String> =
        args.command.iter().flat_map(|words| words.split_whitespace()).map(str::to_owned).collect();
    let schema = find(&words)?;
    let text = to_json(&schema, cx.output.presentation.layout)?;
    Ok(Outcome::read(schema).quiet(vec![text.clone()]).line(Line::Own(text)))
}

fn find(words: &[String]) -> Result<Value, Error> {
    let schemas = Schemas::load();
    let typed = words.join(" ");
    if typed == FAILURE {
        return schemas.of(FAILURE).ok_or_else(|| unknown(&typed));
    }
    let name = cli::name_of(words).ok_or_else(|| unknown(&typed))?;
    if let Some(schema) = schemas.of(&name) {
        return Ok(schema);
    }
    let group = format!("{name} ");
    let mut found = Map::new();
    for command in commands().filter(|command| name.is_empty() || command.starts_with(&group)) {
        if let Some(schema) = schemas.of(command) {
            found.insert(command.to_owned(), schema);
        }
    }
    if found.is_empty() { Err(unknown(&typed)) } else { Ok(Value::Object(found)) }
}

fn unknown(typed: &str) -> Error {
    let known: Vec<&str> = commands().collect();
    let last = |command: &&str| command.rsplit(' ').next() == Some(typed);
    let mut near: Vec<&str> = known.iter().copied().filter(last).collect();
    if near.is_empty() {
        near = typed_word::nearest(typed, known.iter().copied());
    }
    let unknown = Error::input(format!("There is no command `{typed}`"));
    let meant = typed_word::listed("command", &near).into_iter().fold(unknown, Error::with_hint);
    meant.with_hint(format!("the commands are: {}", known.join(", ")))
}

//! What a new project's files hold.

use serde_json::{Map, Value, json};

use super::choices::Choices;

/// What `$schema` of a `jelou.json` says (the vendor's demo).
const SCHEMA: &str = "https://jelou.ai/schemas/jelou.json";
/// Where a Deno runtime finds the package that `index.ts` imports (the vendor's demo).
const PACKAGE: (&str, &str) = ("@jelou/functions", "jsr:@jelou/functions@0.7.3");

/// What the description of a tool is that nobody has described.
const UNDESCRIBED: &str = "Greets whoever is named";

/// What must not be committed.
const IGNORED: [&str; 3] = [".env", ".jelou/", "node_modules/"];

/// `jelou.json`. An `id` is only kept, never made: a function is named by its slug.
pub(super) fn jelou_json(choices: &Choices, id: Option<&str>, entrypoint: &str) -> String {
    let mut object = Map::new();
    object.insert("$schema".to_owned(), SCHEMA.into());
    object.insert("function".to_owned(), choices.slug.as_str().into());
    let (name, description) = (choices.name.as_deref(), choices.description.as_deref());
    for (key, text) in [("id", id), ("name", name), ("description", description)] {
        if let Some(text) = text {
            object.insert(key.to_owned(), text.into());
        }
    }
    object.insert("entrypoint".to_owned(), entrypoint.into());
    indented(&Value::Object(object))
}

pub(super) fn deno_json() -> String {
    let (name, from) = PACKAGE;
    indented(&json!({ "imports": { name: from } }))
}

/// A document indented by two blanks, with a final newline.
fn indented(document: &Value) -> String {
    format!("{document:#}\n")
}

/// A function that choices. The text of JSON is a text of TypeScript too (ECMAScript 2019).
pub(super) fn index_ts(choices: &Choices) -> String {
    let name = json!(choices.slug.as_str());
    let description = json!(choices.description.as_deref().unwrap_or(UNDESCRIBED));
    let package = PACKAGE.0;
    format!(
        r#"import {{ define, z }} from "{package}";

export default define({{
  name: {name},
  description: {description},
  input: z.object({{
    name: z.string().default("world").describe("Whom to greet"),
  }}),
  output: z.object({{
    message: z.string().describe("The greeting"),
  }}),
  handler: async (input, ctx) => {{
    ctx.log("Greeting", {{ name: input.name }});

    return {{ message: `Hello, ${{input.name}}!` }};
  }},
}});
"#
    )
}

/// Comments alone: nothing is set before somebody writes it.
pub(super) fn dot_env(choices: &Choices) -> String {
    format!(
        "# Variables of the function, one KEY=VALUE a line. This file is neither committed nor deployed;\n\
         # `jelou secrets set {} --from-env .env` stores them on the platform.\n",
        choices.slug
    )
}

/// A `.gitignore` with the lines that it lacks, in its own line ends; nothing if it lacks none.
pub(super) fn gitignore(earlier: &str) -> Option<String> {
    let line_end = if earlier.contains("\r\n") { "\r\n" } else { "\n" };
    let lacking: Vec<&str> = IGNORED.into_iter().filter(|wanted| !is_ignored(earlier, wanted)).collect();
    if lacking.is_empty() {
        return None;
    }
    let mut text = earlier.to_owned();
    if !matches!(text.chars().last(), None | Some('\n' | '\u{feff}')) {
        text.push_str(line_end);
    }
    lacking.iter().for_each(|line| text.extend([line, line_end]));
    Some(text)
}

/// Whether git ignores it: the last line that matches decides (gitignore(5)). No wildcard is taken
/// for a match, but each that may be one for the opposite: a line too many does no harm.
fn is_ignored(gitignore: &str, wanted: &str) -> bool {
    let name = wanted.trim_end_matches('/');
    let is_folder = name != wanted;
    let mut ignored = false;
    for line in gitignore.strip_prefix('\u{feff}').unwrap_or(gitignore).lines() {
        // Blanks at the end do not count, tabs and all blanks at the start do.
        let line = line.trim_end_matches(' ');
        let (is_opposite, pattern) = line.strip_prefix('!').map_or((false, line), |pattern| (true, pattern));
        let of_folders = pattern.strip_suffix('/');
        if of_folders.is_some() && !is_folder {
            continue;
        }
        let pattern = of_folders.unwrap_or(pattern);
        let pattern = pattern.strip_prefix('/').unwrap_or(pattern);
        if pattern == name {
            ignored = !is_opposite;
        } else if is_opposite && may_match(pattern, name) {
            ignored = false;
        }
    }
    ignored
}

/// Whether a pattern with wildcards may match a name, by what is before and behind them.
fn may_match(pattern: &str, name: &str) -> bool {
    let pattern = pattern.trim_start_matches("**/");
    let Some(first) = pattern.find(['*', '?', '[', '\\']) else { return pattern == name };
    let behind = if pattern.contains(['[', '\\']) { "" } else { pattern.rsplit(['*', '?']).next().unwrap_or("") };
    name.starts_with(&pattern[..first]) && name.ends_with(behind)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::api::wire::Slug;

    #[test]
    fn a_gitignore_gets_what_it_lacks_once_and_keeps_its_line_ends() {
        let all = ".env\n.jelou/\nnode_modules/\n";
        for (earlier, after) in [
            ("", Some(all)),
            (all, None),
            ("dist\n", Some("dist\n.env\n.jelou/\nnode_modules/\n")),
            ("dist", Some("dist\n.env\n.jelou/\nnode_modules/\n")),
            (".env\n.env.*\n.jelou/\n.deno/\nnode_modules/\n", None),
            ("node_modules\n/.jelou\n.env  ", None),
            ("node_modules\n/.jelou\n  .env", Some("node_modules\n/.jelou\n  .env\n.env\n")),
            (".env\n!.env.*\n!*.example\n!src/*\n!.jelou/*\n.jelou\nnode_modules", None),
            ("\u{feff}.env\n.jelou\nnode_modules", None),
            ("\u{feff}", Some("\u{feff}.env\n.jelou/\nnode_modules/\n")),
            ("dist\r\n.env", Some("dist\r\n.env\r\n.jelou/\r\nnode_modules/\r\n")),
            ("# .env\n!.env\n", Some("# .env\n!.env\n.env\n.jelou/\nnode_modules/\n")),
        ] {
            assert_eq!(gitignore(earlier).as_deref(), after, "{earlier:?}");
            assert_eq!(after.and_then(gitignore), None, "{earlier:?}: nothing twice");
        }
    }

    #[test]
    fn a_description_cannot_leave_its_place() {
        let hostile = "\"}); Deno.exit(1); ({\\ \n\u{2028}${x}`*/ 你";
        let choices = Choices {
            slug: Slug::parse("a-b").unwrap(),
            name: None,
            description: Some(hostile.to_owned()),
            mode: None,
        };
        let code = index_ts(&choices);
        assert_eq!(code.lines().count(), index_ts(&Choices { description: None, ..choices }).lines().count());
        let line = code.lines().find(|line| line.starts_with("  description: ")).unwrap();
        let literal = line.trim_start_matches("  description: ").trim_end_matches(',');
        assert_eq!(serde_json::from_str::<String>(literal).unwrap(), hostile);
    }
}

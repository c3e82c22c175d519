//! `jelou functions list`

use serde_json::json;

use crate::commands::Context;
use crate::commands::tokens::Clock;
use crate::error::Error;
use crate::output::table::Table;
use crate::output::{Line, Outcome};

/// Lists the functions.
///
/// # Errors
/// Those of the request.
pub async fn run(cx: &Context) -> Result<Outcome, Error> {
    let listed = cx.control()?.functions().await?;
    let clock = Clock::new(cx.now(), cx.output.presentation.terminals.stdout);
    let shown = if listed.value.is_empty() {
        Line::Text("No functions to show".to_owned())
    } else {
        let rows = listed.value.iter().map(|function| {
            vec![
                function.slug.to_string(),
                function.name.clone(),
                function.status.as_str().to_owned(),
                function.url.clone().unwrap_or_default(),
                clock.show(function.created_at),
            ]
        });
        Line::Table(Table { header: vec!["Slug", "Name", "Status", "URL", "Created"], rows: rows.collect() })
    };
    let slugs = listed.value.iter().map(|function| function.slug.to_string()).collect();
    Ok(Outcome::read(json!(listed.value)).line(shown).quiet(slugs).request_id(listed.request_id))
}

//! `jelou functions list`

use crate::commands::Context;
use crate::error::Error;
use crate::output::table::{Column, Table};
use crate::output::{Line, Outcome};

const HEADER: [Column; 5] = [
    Column::name("Slug", 0),
    Column::text("Name", 2),
    Column::whole("Status", 0),
    Column::whole("URL", 1),
    Column::whole("Created", 3),
];

/// Lists the functions.
pub(crate) async fn run(cx: &Context) -> Result<Outcome, Error> {
    let listed = cx.control()?.functions().await?;
    let functions = listed.value;
    let shown = if functions.is_empty() {
        Line::Text("No functions to show".to_owned())
    } else {
        let rows = functions.iter().map(|function| {
            vec![
                function.slug.to_string(),
                function.name.clone(),
                function.status.as_str().to_owned(),
                function.url.clone().unwrap_or_default(),
                cx.times.show(function.created_at),
            ]
        });
        Line::Table(Table { header: HEADER.to_vec(), rows: rows.collect() })
    };
    let slugs = functions.iter().map(|function| function.slug.to_string()).collect();
    Ok(Outcome::read(functions).line(shown).quiet(slugs).request_id(listed.request_id))
}

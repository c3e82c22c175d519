//! `jelou secrets list`

use crate::cli::secrets::List;
use crate::commands::Context;
use crate::error::Error;
use crate::output::table::{Column, Table};
use crate::output::{Line, Outcome};

/// Lists the keys.
pub(crate) async fn run(cx: &Context, args: &List) -> Result<Outcome, Error> {
    let slug = cx.function(args.of.chosen()).await?;
    let listed = cx.control()?.secrets(&slug).await?;
    let secrets = listed.value;
    let shown = if secrets.is_empty() {
        Line::Text(format!("No secrets of {slug} to show"))
    } else {
        let rows = secrets.iter().map(|secret| vec![secret.key.to_string(), cx.times.show(secret.updated_at)]);
        Line::Table(Table { header: vec![Column::name("Key", 0), Column::whole("Updated", 1)], rows: rows.collect() })
    };
    let keys = secrets.iter().map(|secret| secret.key.to_string()).collect();
    Ok(Outcome::read(secrets).line(shown).quiet(keys).request_id(listed.request_id))
}

//! `jelou secrets list`

use jiff::Timestamp;
use serde_json::json;

use crate::cli::secrets::List;
use crate::commands::Context;
use crate::commands::tokens::Clock;
use crate::error::Error;
use crate::output::table::Table;
use crate::output::{Line, Outcome};

/// Lists the keys.
///
/// # Errors
/// Those of the request.
pub async fn run(cx: &Context, args: &List) -> Result<Outcome, Error> {
    let listed = cx.control()?.secrets(&args.slug).await?;
    let clock = Clock::new(Timestamp::now(), cx.output.presentation.terminals.stdout);
    let shown = if listed.value.is_empty() {
        Line::Text(format!("No secrets of {} to show", args.slug))
    } else {
        let rows = listed.value.iter().map(|secret| vec![secret.key.to_string(), clock.show(secret.updated_at)]);
        Line::Table(Table { header: vec!["Key", "Updated"], rows: rows.collect() })
    };
    let keys = listed.value.iter().map(|secret| secret.key.to_string()).collect();
    Ok(Outcome::read(json!(listed.value)).line(shown).quiet(keys).request_id(listed.request_id))
}

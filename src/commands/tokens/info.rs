//! `jelou tokens info`: one token, with all its fields.

use crate::api::TokenReference;
use crate::api::wire::Token;
use crate::cli::tokens::Info;
use crate::commands::Context;
use crate::error::Error;
use crate::output::{Line, Outcome};

/// Shows a token. An id is asked for by itself, another reference is looked up in the list.
pub(crate) async fn run(cx: &Context, args: &Info) -> Result<Outcome, Error> {
    let (function, reference) = args.of.sorted()?;
    let slug = cx.function(function).await?;
    let control = cx.control()?;
    let (token, request_id) = match &reference {
        TokenReference::Id(id) => {
            let found = control.token(&slug, id).await?;
            (found.value, found.request_id)
        }
        other => {
            let listed = control.tokens(&slug).await?;
            (other.find(&listed.value, &slug)?.clone(), listed.request_id)
        }
    };
    let id = token.id.to_string();
    let next = format!("jelou tokens rotate {slug} {id}");
    let outcome = fields(cx, &token).into_iter().fold(Outcome::read(token), Outcome::line);
    Ok(outcome.quiet(vec![id]).next(next, "give it a new value").request_id(request_id))
}

fn fields(cx: &Context, token: &Token) -> Vec<Line> {
    let mut lines = vec![
        Line::Field("Name       ", token.name.clone()),
        Line::Field("ID         ", token.id.to_string()),
        Line::Field("Prefix     ", format!("{}..", token.prefix)),
        Line::Field("Function   ", token.function.to_string()),
        Line::Field("Status     ", token.status.as_str().to_owned()),
        Line::Field("Created    ", cx.times.show(token.created_at)),
        Line::Field("Last used  ", cx.times.show_or_never(token.last_used_at)),
        Line::Field("Expires    ", cx.times.show_or_never(token.expires_at)),
    ];
    if let Some(successor) = &token.replaced_by {
        lines.push(Line::Field("Replaced by", successor.to_string()));
    }
    lines
}

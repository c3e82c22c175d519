//! Which tokens the values that were found may be: those whose prefix they begin with.

use futures_util::StreamExt;

use super::found::{ByPrefix, Finding, comparable};
use crate::api::wire::{Id, Slug, Token, TokenStatus};
use crate::api::{ControlPlane, RequestError};
use crate::commands::bulk::AT_ONCE;
use crate::error::Error;

/// A token that a value may be.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) function: Slug,
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) prefix: String,
    pub(super) status: TokenStatus,
    /// Whether a rotation gave it a successor and it is accepted for a while.
    pub(super) is_replaced: bool,
    pub(super) last_used_at: Option<jiff::Timestamp>,
    /// The values that begin with its prefix, by their place among all.
    pub(super) findings: Vec<usize>,
}

/// What the lists of functions say.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    /// In the order of the functions, and of each one's list.
    pub(super) tokens: Vec<Candidate>,
    /// The functions that were looked through.
    pub(super) listed: Vec<Slug>,
    /// Those whose list has active tokens of which it shows nothing that can be compared.
    pub(super) not_compared: Vec<Slug>,
    /// The functions whose tokens could not be listed. One of theirs may be among the values.
    pub(super) not_listed: Vec<(Slug, Error)>,
}

/// Looks through the tokens of one function, or of every one that the credential may list.
///
/// # Errors
/// Those of the list of functions, and that of every function if none could be listed.
pub(super) async fn of(control: &ControlPlane, only: Option<&Slug>, findings: &[Finding]) -> Result<Candidates, Error> {
    let slugs = match only {
        Some(slug) => vec![slug.clone()],
        None => slugs(control).await?,
    };
    let values = &ByPrefix::of(findings);
    let lists =
        futures_util::stream::iter(&slugs).map(|slug| async move { (slug, listed(control, slug, values).await) });
    let lists: Vec<_> = lists.buffered(AT_ONCE).collect().await;
    let mut candidates = Candidates::default();
    let mut count = lists.len();
    for (slug, list) in lists {
        match list {
            Ok(list) => {
                candidates.tokens.extend(list.tokens);
                candidates.not_compared.extend(list.is_not_compared.then(|| slug.clone()));
                candidates.listed.push(slug.clone());
            }
            Err(error) if only.is_none() && error.is_absent() && is_gone(control, slug).await => count -= 1,
            Err(error) => candidates.not_listed.push((slug.clone(), error.into_error())),
        }
    }
    let failed = &mut candidates.not_listed;
    let alike = failed.iter().all(|(_, error)| error.code() == failed[0].1.code());
    if !failed.is_empty() && failed.len() == count && alike {
        return Err(failed.swap_remove(0).1);
    }
    Ok(candidates)
}

/// Whether a function was deleted meanwhile, so that it has no tokens. That its list is not there may
/// have other reasons.
async fn is_gone(control: &ControlPlane, slug: &Slug) -> bool {
    control.function(slug).await.is_err_and(|error| error.is_absent())
}

async fn slugs(control: &ControlPlane) -> Result<Vec<Slug>, Error> {
    let (mut pages, mut slugs) = (control.function_pages(), Vec::new());
    while let Some(page) = pages.next().await? {
        slugs.extend(page.value.into_iter().map(|function| function.slug));
    }
    Ok(slugs)
}

/// What is kept of a list.
struct Listed {
    tokens: Vec<Candidate>,
    is_not_compared: bool,
}

/// The tokens of a function that the values may be; of a page nothing else is kept.
async fn listed(control: &ControlPlane, slug: &Slug, values: &ByPrefix<'_>) -> Result<Listed, RequestError> {
    let (mut pages, mut tokens, mut is_not_compared) = (control.token_pages(slug), Vec::new(), false);
    while let Some(page) = pages.next().await? {
        let hides = |token: &Token| token.status == TokenStatus::Active && comparable(&token.prefix).is_none();
        is_not_compared |= page.value.iter().any(hides);
        tokens.extend(page.value.into_iter().filter_map(|token| {
            let findings = values.with(&token.prefix);
            (!findings.is_empty()).then(|| Candidate {
                // It becomes part of addresses, so it is never the server's word for it.
                function: slug.clone(),
                id: token.id,
                name: token.name,
                prefix: token.prefix.trim_end_matches('.').to_owned(),
                status: token.status,
                is_replaced: token.replaced_by.is_some(),
                last_used_at: token.last_used_at,
                findings,
            })
        }));
    }
    Ok(Listed { tokens, is_not_compared })
}

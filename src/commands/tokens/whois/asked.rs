//! What the gateway says of the values that were found.

use std::collections::BTreeMap;

use futures_util::StreamExt;

use super::candidates::Candidate;
use super::found::Finding;
use crate::api::Gateway;
use crate::api::wire::Slug;
use crate::commands::Context;
use crate::commands::bulk::AT_ONCE;
use crate::commands::proof::{self, Finding as Proof};
use crate::error::Error;
use crate::exit::ErrorCode;

/// Whether a function accepts a value.
#[derive(Debug)]
pub(super) enum Answer {
    Accepted,
    Refused,
    /// Nothing is proved, and this is why.
    Unproved(Unproved),
}

#[derive(Debug)]
pub(super) enum Unproved {
    /// No gateway is known.
    NotAsked,
    /// It lets everybody in, or knows no such function.
    LetsAllIn,
    Failed(Error),
    /// So many values have its prefix, or in so many places it may end, that it was not asked about
    /// each.
    TooMany,
}

/// About so many readings of values a function is asked for one prefix, three times each, as the
/// text must not decide it.
pub(super) const AT_MOST: usize = 100;

/// How many of the values that have the prefix of a token are asked about: the first ones.
pub(super) fn how_many(findings: &[Finding], places: &[usize]) -> usize {
    let mut readings = 0;
    let is_asked = |place: &&usize| {
        readings += findings[**place].readings().len();
        readings <= AT_MOST
    };
    places.iter().take_while(is_asked).count()
}

impl Answer {
    pub(super) fn accepted(&self) -> Option<bool> {
        match self {
            Self::Accepted => Some(true),
            Self::Refused => Some(false),
            Self::Unproved(_) => None,
        }
    }
}

/// The answers by value, which is named by its place, and function.
pub(super) type Answers = BTreeMap<(usize, Slug), Answer>;

/// Asks every function that has a candidate with the values that this may be.
///
/// # Errors
/// `INPUT_ERROR` if a value must not be sent there.
pub(super) async fn all(cx: &Context, findings: &[Finding], candidates: &[Candidate]) -> Result<Answers, Error> {
    let mut gateways: BTreeMap<&Slug, Option<Gateway>> = BTreeMap::new();
    let mut pairs: Vec<(usize, &Slug)> = Vec::new();
    let mut too_many: Vec<(usize, &Slug)> = Vec::new();
    for candidate in candidates {
        let slug = &candidate.function;
        if !gateways.contains_key(slug) {
            gateways.insert(slug, cx.gateway(slug)?);
        }
        let (asked, rest) = candidate.findings.split_at(how_many(findings, &candidate.findings));
        pairs.extend(asked.iter().map(|finding| (*finding, slug)));
        too_many.extend(rest.iter().map(|finding| (*finding, slug)));
    }
    pairs.sort_unstable();
    pairs.dedup();
    let gateways = &gateways;
    let asked = futures_util::stream::iter(pairs).map(|(index, slug)| async move {
        let answer = match gateways.get(slug) {
            Some(Some(gateway)) => of(gateway, &findings[index]).await?,
            _ => Answer::Unproved(Unproved::NotAsked),
        };
        Ok::<_, Error>(((index, slug.clone()), answer))
    });
    let asked: Vec<Result<_, Error>> = asked.buffered(AT_ONCE).collect().await;
    let mut answers = asked.into_iter().collect::<Result<Answers, Error>>()?;
    for (index, slug) in too_many {
        answers.entry((index, slug.clone())).or_insert(Answer::Unproved(Unproved::TooMany));
    }
    Ok(answers)
}

/// Asks with each reading of a value until one is accepted. That one is refused by some nodes
/// alone, or by none, does not hide that another one is accepted.
///
/// # Errors
/// As [`all`].
pub(super) async fn of(gateway: &Gateway, finding: &Finding) -> Result<Answer, Error> {
    let mut is_unclear = false;
    for reading in finding.readings() {
        let unproved = match proof::of_each_node(gateway, reading).await.map_err(Error::from) {
            Ok(Proof::Accepted) => return Ok(Answer::Accepted),
            Ok(Proof::Refused) => continue,
            Ok(Proof::Unclear) => {
                is_unclear = true;
                continue;
            }
            Ok(Proof::LetsAllIn | Proof::NoSuchFunction) => Unproved::LetsAllIn,
            Err(error) if error.code() == ErrorCode::InputError => return Err(error),
            Err(error) => Unproved::Failed(error),
        };
        return Ok(Answer::Unproved(unproved));
    }
    Ok(if is_unclear {
        let message = "The gateway could not say whether it accepts the value, or its nodes disagree";
        Answer::Unproved(Unproved::Failed(Error::new(ErrorCode::TransientError, message)))
    } else if finding.has_other_readings() {
        Answer::Unproved(Unproved::TooMany)
    } else {
        Answer::Refused
    })
}

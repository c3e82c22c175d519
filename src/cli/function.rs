//! Which function a command is about, and which word of its line is which.
//!
//! With `-f` no word is the function. Without it the first word is, if it has the form of a slug; a
//! word that has not cannot be one. A command that needs something else as well (a token, a
//! deployment) takes its only word for that, and the function is the default one. What exists on
//! the platform decides nothing: the same line always means the same.

use clap::Args;

use crate::api::TokenReference;
use crate::api::wire::{Id, SecretName, Slug};
use crate::error::Error;

/// The function, where a command takes no other word.
#[derive(Clone, Debug, Default, Args)]
pub struct Function {
    /// The function [default: `JELOU_FUNCTION`, then `jelou.json`]
    #[arg(value_name = "SLUG")]
    slug: Option<Slug>,
    /// The function, in place of the argument
    #[arg(short = 'f', long, value_name = "SLUG", conflicts_with = "slug")]
    function: Option<Slug>,
}

/// The function, where a default could destroy or make the wrong one.
#[derive(Debug, Args)]
pub struct NamedFunction {
    /// The function: a-z, 0-9 and dashes, beginning with a letter
    #[arg(value_name = "SLUG", required_unless_present = "function")]
    slug: Option<Slug>,
    /// The function, in place of the argument
    #[arg(short = 'f', long, visible_alias = "slug", value_name = "SLUG", conflicts_with = "slug")]
    function: Option<Slug>,
}

/// A function and tokens.
#[derive(Debug, Args)]
pub struct FunctionAndTokens {
    /// The function [default: `JELOU_FUNCTION`, then `jelou.json`]; a single word is the TOKEN
    #[arg(value_name = "SLUG")]
    first: Option<String>,
    /// Tokens, by id, exact name or prefix
    #[arg(value_name = "TOKEN")]
    rest: Vec<String>,
    /// The function; then every word is a TOKEN
    #[arg(short = 'f', long, value_name = "SLUG")]
    function: Option<Slug>,
}

/// A function and one token.
#[derive(Debug, Args)]
pub struct FunctionAndToken {
    /// The function [default: `JELOU_FUNCTION`, then `jelou.json`]; a single word is the TOKEN
    #[arg(value_name = "SLUG")]
    first: Option<String>,
    /// The token, by id, exact name or prefix
    #[arg(value_name = "TOKEN")]
    second: Option<String>,
    /// The function; then the word is the TOKEN
    #[arg(short = 'f', long, value_name = "SLUG")]
    function: Option<Slug>,
}

/// A function and one of its deployments.
#[derive(Debug, Args)]
pub struct FunctionAndDeployment {
    /// The function [default: `JELOU_FUNCTION`, then `jelou.json`]; a single word is the DEPLOYMENT
    #[arg(value_name = "SLUG")]
    first: Option<String>,
    /// The deployment (`dep_…`)
    #[arg(value_name = "DEPLOYMENT")]
    second: Option<String>,
    /// The function; then the word is the DEPLOYMENT
    #[arg(short = 'f', long, value_name = "SLUG")]
    function: Option<Slug>,
}

/// A function and one of its deployments, for which a person can be asked.
#[derive(Debug, Args)]
pub struct FunctionAndAnyDeployment {
    /// The function [default: `JELOU_FUNCTION`, then `jelou.json`]
    #[arg(value_name = "SLUG")]
    first: Option<String>,
    /// The deployment (`dep_…`, which is never a SLUG) [default: asks at a terminal]
    #[arg(value_name = "DEPLOYMENT")]
    second: Option<String>,
    /// The function; then the word is the DEPLOYMENT
    #[arg(short = 'f', long, value_name = "SLUG")]
    function: Option<Slug>,
}

/// A function and keys of its secrets.
#[derive(Debug, Args)]
pub struct FunctionAndKeys {
    /// The function [default: `JELOU_FUNCTION`, then `jelou.json`]
    #[arg(value_name = "SLUG")]
    first: Option<String>,
    /// The keys
    #[arg(value_name = "KEY")]
    rest: Vec<String>,
    /// The function; then every word is a KEY
    #[arg(short = 'f', long, value_name = "SLUG")]
    function: Option<Slug>,
}

/// A function and secrets to set.
#[derive(Debug, Args)]
pub struct FunctionAndSecrets {
    /// The function [default: `JELOU_FUNCTION`, then `jelou.json`]
    #[arg(value_name = "SLUG")]
    first: Option<String>,
    /// Secrets; a value shows in the process list, so prefer the flags
    #[arg(value_name = "KEY=VALUE")]
    rest: Vec<String>,
    /// The function; then every word is KEY=VALUE
    #[arg(short = 'f', long, value_name = "SLUG")]
    function: Option<Slug>,
}

/// The function that a command line names, if it names one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ChosenFunction {
    pub(crate) slug: Option<Slug>,
    /// What the words were taken for, if there are others than the function's.
    pub(crate) reading: Option<Reading>,
}

/// What the words of a line were taken for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) text: String,
    /// Whether a word that is not the function's has the form of a slug.
    pub(crate) is_doubtful: bool,
}

/// What a command needs beside the function.
struct Needed {
    /// Its name in the help.
    what: &'static str,
    /// Whether a single word is that.
    takes_the_only_word: bool,
}

const TOKEN: Needed = Needed { what: "TOKEN", takes_the_only_word: true };
const DEPLOYMENT: Needed = Needed { what: "DEPLOYMENT", takes_the_only_word: true };

impl Function {
    pub(crate) fn chosen(&self) -> ChosenFunction {
        ChosenFunction { slug: self.slug.clone().or_else(|| self.function.clone()), reading: None }
    }
}

impl NamedFunction {
    /// # Errors
    /// `INPUT_ERROR` if there is none, which the parser refuses before.
    pub(crate) fn slug(&self) -> Result<&Slug, Error> {
        self.slug.as_ref().or(self.function.as_ref()).ok_or_else(|| missing("SLUG", None))
    }
}

impl FunctionAndTokens {
    /// The function and the tokens. With `is_enough`, the tokens come from elsewhere.
    ///
    /// # Errors
    /// `INPUT_ERROR` if no token is named, or one in a form that none has.
    pub(crate) fn sorted(&self, is_enough: bool) -> Result<(ChosenFunction, Vec<TokenReference>), Error> {
        let needed = Needed { takes_the_only_word: !is_enough, ..TOKEN };
        let (function, words) = sort(self.function.as_ref(), self.first.iter().chain(&self.rest), &needed);
        let tokens = words.iter().map(|word| TokenReference::parse(word)).collect::<Result<Vec<_>, _>>()?;
        match (is_enough, tokens.first()) {
            (false, None) => Err(missing("TOKEN", function.slug.as_ref().filter(|_| self.function.is_none()))),
            (true, Some(token)) => {
                Err(Error::input(format!("`--stdin` names the tokens, and so does `{}`", token.text()))
                    .with_hint("use one of the two"))
            }
            _ => Ok((function, tokens)),
        }
    }
}

impl FunctionAndToken {
    /// # Errors
    /// As [`FunctionAndTokens::sorted`].
    pub(crate) fn sorted(&self) -> Result<(ChosenFunction, TokenReference), Error> {
        let (function, word) = sort_one(self.function.as_ref(), self.first.as_ref(), self.second.as_ref(), &TOKEN)?;
        Ok((function, TokenReference::parse(&word)?))
    }
}

impl FunctionAndDeployment {
    /// # Errors
    /// `INPUT_ERROR` if no deployment is named, or in a form that none has.
    pub(crate) fn sorted(&self) -> Result<(ChosenFunction, Id), Error> {
        let (first, second) = (self.first.as_ref(), self.second.as_ref());
        let (function, word) = sort_one(self.function.as_ref(), first, second, &DEPLOYMENT)?;
        let id = deployment(&function, &word)?;
        Ok((function, id))
    }
}

impl FunctionAndAnyDeployment {
    /// The function and the deployment, if one is named; a single word in the form of a slug is the
    /// function.
    ///
    /// # Errors
    /// As [`FunctionAndDeployment::sorted`], but none for a deployment that is missing.
    pub(crate) fn sorted(&self) -> Result<(ChosenFunction, Option<Id>), Error> {
        let needed = Needed { takes_the_only_word: false, ..DEPLOYMENT };
        let words = || self.first.iter().chain(&self.second);
        let (function, rest) = sort(self.function.as_ref(), words(), &needed);
        if rest.is_empty() {
            return Ok((function, None));
        }
        let (first, second) = (self.first.as_ref(), self.second.as_ref());
        let (function, word) = sort_one(self.function.as_ref(), first, second, &needed)?;
        let id = deployment(&function, &word)?;
        Ok((function, Some(id)))
    }
}

/// The deployment that a word is.
fn deployment(function: &ChosenFunction, word: &str) -> Result<Id, Error> {
    let slug = function.slug.as_ref().map(Slug::as_str).or(Slug::parse(word).map(|_| word));
    let list =
        slug.map_or_else(|| "jelou deployments list".to_owned(), |slug| format!("jelou deployments list {slug}"));
    Id::parse(word).filter(|_| word.starts_with("dep_")).ok_or_else(|| {
        Error::input(format!("`{word}` was taken for the DEPLOYMENT, and is not the id of one (`dep_…`)"))
            .with_hint(format!("`{list}` shows them"))
    })
}

impl FunctionAndKeys {
    /// # Errors
    /// `INPUT_ERROR` if no key is named, or one in a form that none has.
    pub(crate) fn sorted(&self) -> Result<(ChosenFunction, Vec<SecretName>), Error> {
        let needed = Needed { what: "KEY", takes_the_only_word: false };
        let (function, words) = sort(self.function.as_ref(), self.first.iter().chain(&self.rest), &needed);
        if words.is_empty() {
            return Err(missing("KEY", function.slug.as_ref().filter(|_| self.function.is_none())));
        }
        Ok((function, words.iter().map(|word| word.parse()).collect::<Result<_, _>>()?))
    }
}

impl FunctionAndSecrets {
    /// The function and the words that set secrets, maybe none.
    pub(crate) fn sorted(&self) -> (ChosenFunction, Vec<String>) {
        let needed = Needed { what: "KEY=VALUE", takes_the_only_word: false };
        sort(self.function.as_ref(), self.first.iter().chain(&self.rest), &needed)
    }
}

/// The error for something that no word is.
fn missing(what: &str, slug: Option<&Slug>) -> Error {
    let error = Error::input(format!("The following required arguments were not provided: <{what}>"));
    let error = match what {
        "TOKEN" => error.with_hint("`jelou tokens list` shows the tokens of the function"),
        "DEPLOYMENT" => error.with_hint("`jelou deployments list` shows the deployments of the function"),
        "KEY" => error.with_hint("`jelou secrets list` shows the keys of the function"),
        _ => error,
    };
    match slug {
        Some(slug) => error.with_hint(format!("`{slug}` was taken for the SLUG")),
        None => error,
    }
}

/// The function and exactly one other word.
fn sort_one(
    flag: Option<&Slug>,
    first: Option<&String>,
    second: Option<&String>,
    needed: &Needed,
) -> Result<(ChosenFunction, String), Error> {
    let what = needed.what;
    let (function, words) = sort(flag, first.into_iter().chain(second), needed);
    match <[String; 1]>::try_from(words) {
        Ok([word]) => Ok((function, word)),
        Err(words) => Err(match words.first() {
            None => missing(what, function.slug.as_ref().filter(|_| flag.is_none())),
            Some(_) if flag.is_some() => Error::input(format!(
                "One {what} is expected, and with `-f` every word is one; there are {}",
                words.len()
            )),
            Some(word) => Error::input(format!("`{word}` is not a slug: {}", Slug::RULE))
                .with_hint(format!("of two words the first is the SLUG, the second the {what}")),
        }),
    }
}

/// Tells the function's word from the others.
fn sort<'a>(
    flag: Option<&Slug>,
    words: impl Iterator<Item = &'a String>,
    needed: &Needed,
) -> (ChosenFunction, Vec<String>) {
    let mut rest: Vec<String> = words.cloned().collect();
    if let Some(slug) = flag {
        return (ChosenFunction { slug: Some(slug.clone()), reading: None }, rest);
    }
    let is_only = rest.len() == 1 && needed.takes_the_only_word;
    let slug = rest.first().filter(|_| !is_only).and_then(|word| Slug::parse(word));
    if slug.is_some() {
        rest.remove(0);
    }
    // A value stays out of messages.
    let next = rest.first().map(|word| word.split_once('=').map_or(word.as_str(), |(key, _)| key));
    let reading = next.map(|next| Reading {
        text: match &slug {
            Some(slug) => format!("`{slug}` was taken for the SLUG, `{next}` for a {}", needed.what),
            None => format!("`{next}` was taken for a {}", needed.what),
        },
        is_doubtful: Slug::parse(next).is_some(),
    });
    (ChosenFunction { slug, reading }, rest)
}

#[cfg(test)]
#[path = "function/tests.rs"]
mod tests;

//! Which function a command is about, and which word of its line is which.
//!
//! With `-f` no word is the function. Without it the first word is, if it has the form of a slug; a
//! word that has not cannot be one. A command that needs something else as well (a token, a
//! deployment) takes its only word for that, and the function is the default one. What exists on
//! the platform decides nothing: the same line always means the same.

mod words;

use clap::Args;

use crate::api::wire::{Id, SecretName, Slug};
use crate::api::{TokenReference, is_pattern};
use crate::error::Error;
use words::{Needed, OnlyWord, Words};

pub(crate) use words::ChosenFunction;

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

/// Where the tokens are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tokens {
    ByWords,
    OnStdin,
}

const TOKEN: Needed = Needed { what: "TOKEN", list: Some("jelou tokens list"), only_word: OnlyWord::IsTheOther };
const DEPLOYMENT: Needed =
    Needed { what: "DEPLOYMENT", list: Some("jelou deployments list"), only_word: OnlyWord::IsTheOther };
const KEY: Needed = Needed { what: "KEY", list: Some("jelou secrets list"), only_word: OnlyWord::IsTheFunction };
const SECRET: Needed = Needed { what: "KEY=VALUE", list: None, only_word: OnlyWord::IsTheFunction };

impl Function {
    pub(crate) fn chosen(&self) -> ChosenFunction {
        ChosenFunction { slug: self.slug.clone().or_else(|| self.function.clone()), reading: None }
    }
}

impl NamedFunction {
    /// # Errors
    /// `INPUT_ERROR` if there is none, which the parser refuses before.
    pub(crate) fn slug(&self) -> Result<&Slug, Error> {
        self.slug.as_ref().or(self.function.as_ref()).ok_or_else(|| Error::input("The function is not named"))
    }
}

impl FunctionAndTokens {
    /// The function and the tokens.
    ///
    /// # Errors
    /// `INPUT_ERROR` if no token is named, one in a form that none has, or one beside those on
    /// stdin.
    pub(crate) fn sorted(&self, named: Tokens) -> Result<(ChosenFunction, Vec<TokenReference>), Error> {
        let on_stdin = Needed { only_word: OnlyWord::IsTheFunction, ..TOKEN };
        let needed = if named == Tokens::OnStdin { on_stdin } else { TOKEN };
        let words = Words::sort(self.function.as_ref(), self.first.iter().chain(&self.rest), needed);
        let tokens = words.rest.iter().map(|word| TokenReference::parse(word)).collect::<Result<Vec<_>, _>>()?;
        match (named, tokens.first()) {
            (Tokens::ByWords, None) => Err(words.missing()),
            (Tokens::OnStdin, Some(token)) => {
                Err(Error::input(format!("`--stdin` names the tokens, and so does `{}`", token.text()))
                    .with_hint("use one of the two"))
            }
            _ => Ok((words.function, tokens)),
        }
    }
}

impl FunctionAndTokens {
    /// The first word that is a pattern, and the function that the words name.
    pub(crate) fn pattern(&self) -> Option<(Option<Slug>, &str)> {
        let words = Words::sort(self.function.as_ref(), self.first.iter().chain(&self.rest), TOKEN);
        let pattern = self.first.iter().chain(&self.rest).find(|word| is_pattern(word))?;
        Some((words.function.slug, pattern))
    }
}

impl FunctionAndToken {
    /// # Errors
    /// `INPUT_ERROR` if no token is named, or one in a form that none has.
    pub(crate) fn sorted(&self) -> Result<(ChosenFunction, TokenReference), Error> {
        let words = Words::sort(self.function.as_ref(), self.first.iter().chain(&self.second), TOKEN);
        let word = words.one()?.ok_or_else(|| words.missing())?;
        Ok((words.function, TokenReference::parse(&word)?))
    }
}

impl FunctionAndDeployment {
    /// # Errors
    /// `INPUT_ERROR` if no deployment is named, or one in a form that none has.
    pub(crate) fn sorted(&self) -> Result<(ChosenFunction, Id), Error> {
        let words = Words::sort(self.function.as_ref(), self.first.iter().chain(&self.second), DEPLOYMENT);
        let word = words.one()?.ok_or_else(|| words.missing())?;
        let id = deployment(&words.function, &word)?;
        Ok((words.function, id))
    }
}

impl FunctionAndAnyDeployment {
    /// The function and the deployment, if one is named; a single word in the form of a slug is the
    /// function.
    ///
    /// # Errors
    /// As [`FunctionAndDeployment::sorted`], but none for a deployment that is missing.
    pub(crate) fn sorted(&self) -> Result<(ChosenFunction, Option<Id>), Error> {
        let needed = Needed { only_word: OnlyWord::IsTheFunction, ..DEPLOYMENT };
        let words = Words::sort(self.function.as_ref(), self.first.iter().chain(&self.second), needed);
        let id = words.one()?.map(|word| deployment(&words.function, &word)).transpose()?;
        Ok((words.function, id))
    }
}

impl FunctionAndKeys {
    /// # Errors
    /// `INPUT_ERROR` if no key is named, or one in a form that none has.
    pub(crate) fn sorted(&self) -> Result<(ChosenFunction, Vec<SecretName>), Error> {
        let words = Words::sort(self.function.as_ref(), self.first.iter().chain(&self.rest), KEY);
        if words.rest.is_empty() {
            return Err(words.missing());
        }
        Ok((words.function, words.rest.iter().map(|word| word.parse()).collect::<Result<_, _>>()?))
    }
}

impl FunctionAndSecrets {
    /// The function and the words that set secrets, maybe none.
    pub(crate) fn sorted(&self) -> (ChosenFunction, Vec<String>) {
        let words = Words::sort(self.function.as_ref(), self.first.iter().chain(&self.rest), SECRET);
        (words.function, words.rest)
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

#[cfg(test)]
#[path = "function/tests.rs"]
mod tests;

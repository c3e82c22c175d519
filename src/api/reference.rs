//! A token is referred to by its id, its exact name, or the prefix that `list` shows.

use super::wire::{Id, Slug, Token, TokenName};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::secret::{MANAGEMENT_PREFIX, RUNTIME_PREFIX, WHOLE_VALUE};
use crate::typed_word;

/// A reference as it was typed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TokenReference {
    /// `tok_…`: sent as it is, without a look-up.
    Id(Id),
    /// An exact name, or an id of another form.
    Name(String),
    /// `jfn_rt_abc1`, trailing dots cut off.
    Prefix(String),
}

impl TokenReference {
    /// A whole value is refused and not repeated.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        if text.starts_with("tok_") {
            let refuse = || Error::input(format!("`{text}` is not a token's id: {}", Id::RULE));
            return Id::parse(text).map(Self::Id).ok_or_else(refuse);
        }
        for type_prefix in [RUNTIME_PREFIX, MANAGEMENT_PREFIX] {
            if let Some(rest) = text.strip_prefix(type_prefix) {
                let rest = rest.trim_end_matches('.').trim_end_matches('…');
                if rest.len() >= WHOLE_VALUE {
                    let hint =
                        "`jelou tokens list` shows your tokens; a value typed here may now be in your shell's history";
                    let problem = "A token is named by its id, name or prefix, not by its value";
                    return Err(Error::input(problem).with_hint(hint));
                }
                return Ok(Self::Prefix(format!("{type_prefix}{rest}")));
            }
        }
        if TokenName::parse(text).is_some() || Id::parse(text).is_some() {
            return Ok(Self::Name(text.to_owned()));
        }
        if is_pattern(text) {
            return Err(Error::input(format!(
                "`{text}` is a pattern, and a token is named by its id, exact name or prefix"
            ))
            .with_hint(format!("`jelou tokens list --name {}` shows what it selects", typed_word::quoted(text))));
        }
        Err(Error::input(format!("`{text}` has not the form of a token's id, name or prefix"))
            .with_hint("`jelou tokens list` shows your tokens"))
    }

    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Id(id) => id.as_str(),
            Self::Name(text) | Self::Prefix(text) => text,
        }
    }

    fn fitting<'t>(&self, tokens: &'t [Token]) -> Vec<&'t Token> {
        let fits = |token: &&Token| match self {
            Self::Id(id) => token.id == *id,
            Self::Name(name) => token.name == *name || token.id.as_str() == name,
            Self::Prefix(prefix) => token.prefix.trim_end_matches('.') == prefix,
        };
        tokens.iter().filter(fits).collect()
    }

    /// The token of the function that this refers to. An error lists them if there are several.
    pub(crate) fn find<'t>(&self, tokens: &'t [Token], slug: &Slug) -> Result<&'t Token, Error> {
        self.one_of(&self.fitting(tokens), tokens, slug)
    }

    /// As [`TokenReference::find`], but prefers a token that no other replaces: during a rotation
    /// both have the same name.
    pub(crate) fn find_current<'t>(&self, tokens: &'t [Token], slug: &Slug) -> Result<&'t Token, Error> {
        let fitting = self.fitting(tokens);
        let current: Vec<&Token> = fitting.iter().copied().filter(|token| token.replaced_by.is_none()).collect();
        self.one_of(if current.is_empty() { &fitting } else { &current }, tokens, slug)
    }

    /// The tokens that may have been meant, as this one was referred to.
    fn similar(&self, tokens: &[Token]) -> Option<String> {
        let known = tokens.iter().map(|token| match self {
            Self::Id(_) => token.id.as_str(),
            Self::Name(_) => token.name.as_str(),
            Self::Prefix(_) => token.prefix.trim_end_matches('.'),
        });
        typed_word::similar("token", self.text(), known)
    }

    fn one_of<'t>(&self, fitting: &[&'t Token], tokens: &[Token], slug: &Slug) -> Result<&'t Token, Error> {
        match fitting {
            [] => Err(self
                .similar(tokens)
                .into_iter()
                .fold(
                    Error::new(ErrorCode::NotFound, format!("`{slug}` has no token `{}`", self.text())),
                    Error::with_hint,
                )
                .with_hint(format!("`jelou tokens list {slug}` shows what it has"))),
            [token] => Ok(token),
            several => {
                let listed: Vec<String> = several
                    .iter()
                    .map(|token| format!("{} (`{}`, {}..)", token.id, token.name, token.prefix))
                    .collect();
                Err(Error::input(format!("`{}` fits {} tokens: {}", self.text(), several.len(), listed.join(", ")))
                    .with_hint("name one by its id"))
            }
        }
    }
}

/// Whether a text, which names no token, selects some as `--name` takes it.
pub(crate) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '[']) && glob::Pattern::new(text).is_ok()
}

impl std::str::FromStr for TokenReference {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests;

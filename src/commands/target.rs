//! Which token is meant: by id, by exact name, or by the prefix that `list` shows.

use crate::api::ControlPlane;
use crate::api::wire::Token;
use crate::api::wire::names::{is_id, is_token_name};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::secret::{MANAGEMENT_PREFIX, RUNTIME_PREFIX};

/// As many characters behind a type prefix make a whole value, and a value is never taken as a name.
const WHOLE_VALUE: usize = 12;

/// A reference as it was typed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reference {
    /// `tok_…`: sent as it is, without a look-up.
    Id(String),
    /// An exact name, or an id of another form.
    Name(String),
    /// `jfn_rt_abc1`, trailing dots cut off.
    Prefix(String),
}

impl Reference {
    /// Reads a reference.
    ///
    /// # Errors
    /// `INPUT_ERROR` for what can be none, and for a whole value, which is not repeated.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.starts_with("tok_") {
            return if is_id(text) {
                Ok(Self::Id(text.to_owned()))
            } else {
                Err(Error::input(format!("`{text}` is not a token's id")))
            };
        }
        for type_prefix in [RUNTIME_PREFIX, MANAGEMENT_PREFIX] {
            if let Some(rest) = text.strip_prefix(type_prefix) {
                let rest = rest.trim_end_matches('.').trim_end_matches('…');
                if rest.len() >= WHOLE_VALUE {
                    return Err(Error::input("A token is named by its id, name or prefix, not by its value")
                        .with_hint("`jelou tokens list` shows them; a value that was typed here may be in a history now"));
                }
                return Ok(Self::Prefix(format!("{type_prefix}{rest}")));
            }
        }
        if is_token_name(text) || is_id(text) {
            return Ok(Self::Name(text.to_owned()));
        }
        Err(Error::input(format!("`{text}` is neither a token's id, nor its name, nor its prefix"))
            .with_hint("`jelou tokens list` shows them"))
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        match self {
            Self::Id(text) | Self::Name(text) | Self::Prefix(text) => text,
        }
    }

    fn fits(&self, token: &Token) -> bool {
        match self {
            Self::Id(id) => token.id.as_str() == id,
            Self::Name(name) => token.name == *name || token.id.as_str() == name,
            Self::Prefix(prefix) => token.prefix.trim_end_matches('.') == prefix,
        }
    }

    /// The token that is meant, out of all of the function's.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is none; `INPUT_ERROR` that lists both if there are two.
    pub fn find<'t>(&self, tokens: &'t [Token], slug: &str) -> Result<&'t Token, Error> {
        let fitting: Vec<&Token> = tokens.iter().filter(|token| self.fits(token)).collect();
        self.one_of(&fitting, slug)
    }

    /// As [`Reference::find`], but a token that another one replaces does not count if that leaves one: both have the same
    /// name while the older one ends.
    ///
    /// # Errors
    /// As [`Reference::find`].
    pub fn find_current<'t>(&self, tokens: &'t [Token], slug: &str) -> Result<&'t Token, Error> {
        let fitting: Vec<&Token> = tokens.iter().filter(|token| self.fits(token)).collect();
        let current: Vec<&Token> = fitting.iter().copied().filter(|token| token.replaced_by.is_none()).collect();
        self.one_of(if current.is_empty() { &fitting } else { &current }, slug)
    }

    fn one_of<'t>(&self, fitting: &[&'t Token], slug: &str) -> Result<&'t Token, Error> {
        match fitting {
            [] => Err(Error::new(ErrorCode::NotFound, format!("`{slug}` has no token `{}`", self.text()))
                .with_hint(format!("`jelou tokens list {slug}` shows what it has"))),
            [token] => Ok(token),
            several => {
                let both: Vec<String> = several
                    .iter()
                    .map(|token| format!("{} (`{}`, {}..)", token.id, token.name, token.prefix))
                    .collect();
                Err(Error::input(format!("`{}` fits {} tokens: {}", self.text(), several.len(), both.join(", ")))
                    .with_hint("name one by its id"))
            }
        }
    }
}

/// Finds one token for a verb that gives it a new value.
///
/// # Errors
/// As [`Reference::find_current`], and those of the request.
pub async fn current(control: &ControlPlane, slug: &str, text: &str) -> Result<Token, Error> {
    let token = match Reference::parse(text)? {
        Reference::Id(id) => control.token(slug, &id).await?.value,
        other => other.find_current(&control.tokens(slug).await?.value, slug)?.clone(),
    };
    // It becomes part of addresses, so it is never the server's word for it.
    Ok(Token { function: slug.to_owned(), ..token })
}

/// Refuses a key for a token that is not named by its id: once it has a new value, its name and prefix mean the new token,
/// and the same command would be another request.
///
/// # Errors
/// `INPUT_ERROR` for that, and as [`Reference::parse`].
pub fn check_repeatable(text: &str, key: Option<&str>) -> Result<(), Error> {
    let reference = Reference::parse(text)?;
    if key.is_none() || matches!(reference, Reference::Id(_)) {
        return Ok(());
    }
    Err(Error::input("With `--idempotency-key` the token is named by its id")
        .with_hint("its name will mean the new token when the command is run again; `jelou tokens list` shows the ids"))
}

/// Refuses what may not be a token's name.
///
/// # Errors
/// `INPUT_ERROR` that says what a name is. What looks like a value is not repeated.
pub fn check_name(name: &str) -> Result<(), Error> {
    if is_token_name(name) {
        return Ok(());
    }
    let what = match name {
        "" => "An empty name".to_owned(),
        name if name.starts_with("jfn_") => "What begins `jfn_`".to_owned(),
        name => format!("`{name}`"),
    };
    Err(Error::input(format!(
        "{what} is not a token's name: 1 to 64 of `A-Z`, `a-z`, `0-9`, `.`, `_` and `-`, not beginning `tok_` or `jfn_`"
    ))
    .with_hint("for example `--name ci-deploy`"))
}

#[cfg(test)]
mod tests;

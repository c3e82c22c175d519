//! Telling the function's word from the others.

use crate::api::wire::Slug;
use crate::error::Error;

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

/// What a single word in the form of a slug is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnlyWord {
    IsTheFunction,
    /// What the command needs beside it.
    IsTheOther,
}

/// What a command needs beside the function.
#[derive(Clone, Copy)]
pub(super) struct Needed {
    /// Its name in the help.
    pub(super) what: &'static str,
    /// The command that shows what there is.
    pub(super) list: Option<&'static str>,
    pub(super) only_word: OnlyWord,
}

/// The words of a line.
pub(super) struct Words {
    pub(super) function: ChosenFunction,
    /// Those that are not the function's.
    pub(super) rest: Vec<String>,
    /// Whether `-f` names the function.
    is_by_flag: bool,
    needed: Needed,
}

impl Words {
    pub(super) fn sort<'a>(flag: Option<&Slug>, words: impl Iterator<Item = &'a String>, needed: Needed) -> Self {
        let mut rest: Vec<String> = words.cloned().collect();
        if let Some(slug) = flag {
            let function = ChosenFunction { slug: Some(slug.clone()), reading: None };
            return Self { function, rest, is_by_flag: true, needed };
        }
        let is_the_other = rest.len() == 1 && needed.only_word == OnlyWord::IsTheOther;
        let slug = rest.first().filter(|_| !is_the_other).and_then(|word| Slug::parse(word));
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
        Self { function: ChosenFunction { slug, reading }, rest, is_by_flag: false, needed }
    }

    /// The one word beside the function's, if there is any.
    ///
    /// # Errors
    /// `INPUT_ERROR` if there are several.
    pub(super) fn one(&self) -> Result<Option<String>, Error> {
        let what = self.needed.what;
        match self.rest.as_slice() {
            [] => Ok(None),
            [word] => Ok(Some(word.clone())),
            several if self.is_by_flag => {
                let count = several.len();
                Err(Error::input(format!("One {what} is expected, and with `-f` every word is one; there are {count}")))
            }
            [first, ..] => Err(Error::input(format!("`{first}` is not a slug: {}", Slug::RULE))
                .with_hint(format!("of two words the first is the SLUG, the second the {what}"))),
        }
    }

    /// The error for what no word is.
    pub(super) fn missing(&self) -> Error {
        let error = Error::input(format!("The following required arguments were not provided: <{}>", self.needed.what));
        let list = self.needed.list.map(|list| format!("`{list}` shows what the function has"));
        let word = self.function.slug.as_ref().filter(|_| !self.is_by_flag);
        let taken = word.map(|slug| format!("`{slug}` was taken for the SLUG"));
        list.into_iter().chain(taken).fold(error, Error::with_hint)
    }
}

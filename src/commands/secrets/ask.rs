//! The questions of `jelou secrets set` where it is given no secret, as the vendor's docs show them:
//! key, hidden value, another one?

use super::set::push;
use crate::api::wire::{SecretName, Slug};
use crate::commands::Context;
use crate::error::Error;
use crate::output::prompt;
use crate::secret::Secret;

/// Asks until there are no more secrets, at least for one. An answer that cannot be used is asked
/// for again, so that a slip loses nothing.
///
/// # Errors
/// `CANCELLED` if a prompt was left.
pub(super) fn secrets(cx: &Context, slug: &Slug) -> Result<Vec<(SecretName, Secret)>, Error> {
    let mut secrets = Vec::new();
    loop {
        let key = key(cx)?;
        if secrets.iter().any(|(earlier, _)| *earlier == key) {
            cx.output.say(&format!("`{key}` was given before; this value replaces that one"));
        }
        let value = value(cx, slug, &key)?;
        push(&mut secrets, key, value);
        if !is_there_another(cx)? {
            return Ok(secrets);
        }
    }
}

/// What was typed is not repeated: it may be a value.
fn key(cx: &Context) -> Result<SecretName, Error> {
    loop {
        let typed = prompt::shown("Secret key:")?;
        match SecretName::parse(&typed) {
            Some(key) => return Ok(key),
            None => cx.output.say(&format!("That is not the key of a secret: {}", SecretName::why_not(&typed))),
        }
    }
}

fn value(cx: &Context, slug: &Slug, key: &SecretName) -> Result<Secret, Error> {
    loop {
        let typed = zeroize::Zeroizing::new(prompt::hidden("Secret value")?);
        if typed.is_empty() {
            cx.output.say(&format!("That is empty; `jelou secrets set {slug} {key}=` sets an empty value"));
        } else if typed.chars().any(|c| c.is_control() && c != '\t') {
            // An arrow key, which nobody sees here.
            cx.output.say(&format!(
                "That holds a control character, as an arrow key types it; `--stdin {key}` takes every value"
            ));
        } else {
            return Ok(Secret::new(typed.as_str()));
        }
    }
}

fn is_there_another(cx: &Context) -> Result<bool, Error> {
    loop {
        match prompt::shown("Add another secret? (y/N)")?.to_ascii_lowercase().as_str() {
            "y" | "yes" => return Ok(true),
            "n" | "no" | "" => return Ok(false),
            // The rest of a pasted value, whose last line may be empty.
            _ => prompt::forget_what_was_typed(),
        }
        cx.output.say("That is neither yes nor no; of a value of several lines, only the first was taken");
        cx.output.say("hint: `--stdin KEY` takes several lines; Ctrl-C ends this, and nothing is set");
    }
}

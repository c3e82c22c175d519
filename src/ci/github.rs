//! GitHub, Forgejo and Gitea Actions: `::add-mask::VALUE`.

use crate::secret::Secret;

/// The command that masks one text, without its line end.
///
/// Lower case and nothing before it: Forgejo, Gitea and `act` match `^::add-mask::` to the letter, and Forgejo and Gitea do
/// not decode `%25`. A token's alphabet has nothing to encode (nor has base64).
#[allow(clippy::disallowed_methods, reason = "the mask")]
pub fn mask_command(text: &Secret) -> Secret {
    Secret::new(format!("::add-mask::{}", text.expose()))
}

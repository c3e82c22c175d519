//! GitHub, Forgejo and Gitea Actions: `::add-mask::VALUE`.

use crate::secret::Secret;

/// The command that masks one text, without its line end.
///
/// Lower case and nothing before it: Forgejo, Gitea and `act` match `^::add-mask::` exactly, and
/// Forgejo and Gitea do not decode `%25`. Neither a token's alphabet nor base64 has anything to
/// encode.
#[allow(clippy::disallowed_methods, reason = "the mask holds the value")]
pub(super) fn mask_command(text: &Secret) -> Secret {
    Secret::new(format!("::add-mask::{}", text.expose()))
}

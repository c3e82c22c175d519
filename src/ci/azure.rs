//! Azure Pipelines: `##vso[task.setsecret]VALUE`.

use crate::secret::Secret;

/// The command that masks one text, without its line end. Neither a token's alphabet nor base64 has
/// anything to encode.
#[allow(clippy::disallowed_methods, reason = "the mask holds the value")]
pub(super) fn mask_command(text: &Secret) -> Secret {
    Secret::new(format!("##vso[task.setsecret]{}", text.expose()))
}

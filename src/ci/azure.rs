//! Azure Pipelines: `##vso[task.setsecret]VALUE`.

use crate::secret::Secret;

/// The command that masks one text, without its line end. A token's alphabet has nothing to encode (nor has base64).
#[allow(clippy::disallowed_methods, reason = "the mask")]
pub fn mask_command(text: &Secret) -> Secret {
    Secret::new(format!("##vso[task.setsecret]{}", text.expose()))
}

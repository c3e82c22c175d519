//! Texts that the base64 of any text with a secret in it contains.
//!
//! Base64 turns groups of three bytes into four characters. In a longer text the first byte of a
//! secret is the first, second or third of its group. The groups that lie wholly inside the secret
//! depend on the secret alone, whatever precedes and follows it. Hence three forms: the value
//! without its first 0, 1 or 2 bytes, cut to whole groups.
//!
//! GitHub's runner masks the base64 of the value with its padding. `echo "$TOKEN" | base64` encodes
//! a line feed after the value, so it does not contain that text, but it does contain one of these
//! forms.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::secret::Secret;

/// In characters. A shorter form occurs in a log by chance, and masking it would hide other text.
const SHORTEST_FORM: usize = 16;

/// The forms of a value; those under [`SHORTEST_FORM`] are left out.
#[allow(clippy::disallowed_methods, reason = "the mask holds the value")]
pub(super) fn constant_base64_forms(value: &Secret) -> Vec<Secret> {
    let bytes = value.expose().as_bytes();
    (0..3)
        .filter_map(|skipped| bytes.get(skipped..))
        .map(|rest| &rest[..rest.len() - rest.len() % 3])
        .map(|groups| STANDARD_NO_PAD.encode(groups))
        .filter(|form| form.len() >= SHORTEST_FORM)
        .map(Secret::new)
        .collect()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn whatever_surrounds_the_value_its_base64_contains_one_of_the_forms() {
        for length in 14..=40 {
            let value: String = "jfn_rt_A1b2C3d4E5f6G7h8_iJkLmNoPqRsTuVwXyZ".chars().take(length).collect();
            let forms = constant_base64_forms(&Secret::new(&value));
            assert_eq!(forms.len(), 3, "length {length}");
            for prefix in ["", "u", "us", "use", "user:", "\u{0}\u{ff}"] {
                for suffix in ["", "\n", "\r\n", "@host", "\u{0}"] {
                    let encoded = STANDARD.encode(format!("{prefix}{value}{suffix}"));
                    assert!(
                        forms.iter().any(|form| encoded.contains(form.expose())),
                        "length {length}, {prefix:?} before, {suffix:?} after"
                    );
                }
            }
        }
    }

    #[test]
    fn nothing_short_is_ever_masked() {
        for length in 0..12 {
            assert!(constant_base64_forms(&Secret::new("x".repeat(length))).is_empty(), "length {length}");
        }
        assert_eq!(constant_base64_forms(&Secret::new("x".repeat(12))).len(), 1);
    }
}

//! Texts of a request without the credentials in them, for the request log and the echo of a
//! function.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::secret::{MANAGEMENT_PREFIX, RUNTIME_PREFIX};

/// The text with `…` in place of what follows a token's prefix. If a prefix is percent-encoded, the
/// whole text is decoded.
pub(super) fn without_credentials(text: &str) -> String {
    let decoded = percent_decode_str(text).decode_utf8_lossy();
    let text = if prefixes(&decoded) > prefixes(text) { decoded } else { Cow::Borrowed(text) };
    let mut clean = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some((at, prefix)) = [RUNTIME_PREFIX, MANAGEMENT_PREFIX]
        .into_iter()
        .filter_map(|prefix| rest.find(prefix).map(|at| (at, prefix)))
        .min()
    {
        let end = at + prefix.len();
        clean.push_str(&rest[..end]);
        rest = rest[end..].trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "_.-%".contains(c));
        clean.push('…');
    }
    clean + rest
}

/// Whether the text holds the prefix of a token, percent-encoded or not.
pub(super) fn holds_credential(text: &str) -> bool {
    prefixes(&percent_decode_str(text).decode_utf8_lossy()) > 0
}

fn prefixes(text: &str) -> usize {
    text.matches(RUNTIME_PREFIX).count() + text.matches(MANAGEMENT_PREFIX).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_replaced_behind_its_prefix() {
        for (text, expected) in [
            ("plain", "plain"),
            ("100% plain", "100% plain"),
            ("a=jfn_rt_sbx_abc&b=jfn_pat_x.y c", "a=jfn_rt_…&b=jfn_pat_… c"),
            ("jfn_rt_", "jfn_rt_…"),
            ("/v1/%6Afn%5frt_sbx_abc/é", "/v1/jfn_rt_…/é"),
            ("jfn_rt_a&%6Afn_pat_b", "jfn_rt_…&jfn_pat_…"),
            ("jfn_rt_%61bc%2Fd/e", "jfn_rt_…/e"),
        ] {
            assert_eq!(without_credentials(text), expected, "{text}");
            assert_eq!(holds_credential(text), text != expected, "{text}");
        }
    }
}

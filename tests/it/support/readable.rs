//! How much of a value can be decoded from base64 of which a part is masked.

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine as _, alphabet};

/// How many bytes of `token` in a row can be decoded from what `log` still shows.
pub fn longest_part(token: &str, log: &str) -> usize {
    let lenient = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let lenient = GeneralPurpose::new(&alphabet::STANDARD, lenient);
    let runs = log.split(|c: char| !c.is_ascii_alphanumeric() && !"+/".contains(c));
    // What precedes a run may be masked, so that its groups may begin at any of four places.
    let shifted = runs.flat_map(|run| (0..4).filter_map(|at| run.get(at..)));
    let decoded = shifted.map(|run| {
        // One character alone is no byte.
        let whole = if run.len() % 4 == 1 { &run[..run.len() - 1] } else { run };
        lenient.decode(whole).unwrap()
    });
    decoded.map(|bytes| longest_common(token.as_bytes(), &bytes)).max().unwrap_or(0)
}

fn longest_common(token: &[u8], bytes: &[u8]) -> usize {
    let holds = |length: &usize| token.windows(*length).any(|part| bytes.windows(*length).any(|window| window == part));
    (1..=token.len()).rev().find(holds).unwrap_or(0)
}

//! Base64 in a text, of either alphabet, decoded.
//!
//! Where what was encoded begins is not known, as other letters may stand before it, so all is read
//! in four ways: with its first character as each of a group of four. Lines are put together again
//! that an encoder made of one, also where each has a timestamp or another text before it.

use std::ops::Range;

use memchr::memchr_iter;

use super::escaped::BACKSLASHES;
use super::view::{Draft, View, steps};

/// Less is no value: base64 of the shortest one has as many characters that are its own.
const SHORTEST: usize = 24;
/// A line goes on in the next one if so much base64 stands at its end: encoders wrap after 64 or 76.
const LINE: usize = 16;

/// Pieces of a text that are one base64 together.
type Chain = Vec<Range<usize>>;

/// What all base64 in a text may stand for, one after the other.
pub(super) fn each(of: View<'_>, mut take: impl FnMut(View<'_>)) {
    let mut decode = |chain: &Chain| {
        if chain.iter().map(Range::len).sum::<usize>() >= SHORTEST {
            for place in 0..4 {
                take(decoded(of, chain, place).view());
            }
        }
    };
    adjoining(of.bytes, &mut decode);
    at_the_ends_of_lines(of.bytes, &mut decode);
}

/// The base64 between which nothing but ends of lines stands, and indentation.
fn adjoining(text: &[u8], found: &mut impl FnMut(&Chain)) {
    let (mut at, mut chain) = (0, Chain::new());
    steps::take(text.len());
    while at < text.len() {
        let length = text[at..].iter().take_while(|&&byte| is_part(byte)).count();
        if length > 0 {
            chain.push(at..at + length);
            at += length;
        }
        let end = if length > 0 { end_of_line(&text[at..]) } else { None };
        if let Some(end) = end {
            at += end;
            continue;
        }
        if !chain.is_empty() {
            found(&chain);
            chain.clear();
        }
        at += 1;
    }
    if !chain.is_empty() {
        found(&chain);
    }
}

/// The base64 that stands last in lines one after the other, at least one of which has something
/// else before it.
fn at_the_ends_of_lines(text: &[u8], found: &mut impl FnMut(&Chain)) {
    let (mut begin, mut chain, mut is_new) = (0, Chain::new(), false);
    steps::take(text.len());
    for end in memchr_iter(b'\n', text).chain([text.len()]) {
        let line = begin..end;
        begin = (end + 1).min(text.len());
        let behind = text[line.clone()].iter().rev().take_while(|&&byte| !is_part(byte)).count();
        let last = line.end - behind;
        let length = text[line.start..last].iter().rev().take_while(|&&byte| is_part(byte)).count();
        is_new |=
            !chain.is_empty() && !text[line.start..last - length].iter().all(|&byte| matches!(byte, b' ' | b'\t'));
        if length > 0 {
            chain.push(last - length..last);
        }
        let goes_on = length >= LINE && !text[last..line.end].contains(&b'=');
        if !goes_on {
            if is_new && chain.len() > 1 {
                found(&chain);
            }
            chain.clear();
            is_new = false;
        }
    }
    if is_new && chain.len() > 1 {
        found(&chain);
    }
}

/// Decodes what begins at a place of a group of four characters. It may have ended with each line.
fn decoded(of: View<'_>, chain: &Chain, place: u32) -> Draft {
    let length: usize = chain.iter().map(Range::len).sum();
    steps::take(length);
    let mut read = Draft::of(length);
    // The bits before the first whole byte are none of ours.
    let mut skipped = 2 * place;
    let (mut bits, mut count, mut origin) = (0_u32, 0, 0);
    for piece in chain {
        read.seam();
        let mut seams = of.seams_between(piece.start, piece.end).iter().peekable();
        for at in piece.clone() {
            while seams.next_if(|&&seam| seam <= at).is_some() {
                read.seam();
            }
            let Some(sextet) = sextet(of.bytes[at]) else { continue };
            if count == 0 {
                origin = of.origin(at);
            }
            bits = bits << 6 | sextet;
            count += 6 - skipped;
            skipped = 0;
            if count >= 8 {
                count -= 8;
                read.push((bits >> count).to_be_bytes()[3], origin);
                origin = of.origin(at);
                bits &= (1 << count) - 1;
            }
        }
    }
    read
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'/' | b'_')
}

fn sextet(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

/// The length of an end of a line, as it is or as JSON writes it, also in JSON in JSON, and of the
/// indentation behind it.
fn end_of_line(text: &[u8]) -> Option<usize> {
    let end = match text {
        [b'\r', b'\n', ..] => 2,
        [b'\n', ..] => 1,
        _ => match escaped(text)? {
            (b'n', end) => end,
            (_, end) => end + escaped(&text[end..]).filter(|(letter, _)| *letter == b'n')?.1,
        },
    };
    let indentation = text[end..].iter().take_while(|&&byte| matches!(byte, b' ' | b'\t')).count();
    steps::take(indentation);
    Some(end + indentation)
}

/// `\r` or `\n` with any number of backslashes that it can have, and its length.
fn escaped(text: &[u8]) -> Option<(u8, usize)> {
    let slashes = text.iter().take(BACKSLASHES).take_while(|&&byte| byte == b'\\').count();
    steps::take(slashes);
    let letter = *text.get(slashes).filter(|&&letter| slashes > 0 && matches!(letter, b'r' | b'n'))?;
    Some((letter, slashes + 1))
}

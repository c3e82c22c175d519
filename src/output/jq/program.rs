//! jq programs, by jaq: its definitions, and in `builtins.jq` what jq has beside them.

use jaq_core::load::{self, Arena, File, Loader};
use jaq_core::native::{Fun, bome, run, v};
use jaq_core::{Compiler, Ctx, Error, Vars, compile, data};
use jaq_json::{Map, Num, Val, read};
use jaq_std::ValT as _;

type Data = data::JustLut<Val>;
type Compiled = compile::Filter<jaq_core::Native<Data>>;

const BUILTINS: &str = include_str!("builtins.jq");
/// The variables that a program finds set.
const VARIABLES: [&str; 3] = ["$ENV", "$ARGS", "$__loc__"];

/// Compiles a program.
///
/// # Errors
/// What is wrong with it, and where: the rest of a sentence.
pub(super) fn compile(program: &str) -> Result<Compiled, String> {
    let arena = Arena::default();
    let ours = load::parse(BUILTINS, |parser| parser.defs()).unwrap_or_default();
    let definitions = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs()).chain(ours);
    let functions = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs()).chain(base32());
    let file = File { code: program, path: () };
    let modules = Loader::new(definitions).load(&arena, file).map_err(|errors| {
        let first = errors.into_iter().next();
        first.map_or_else(|| "it does not parse".to_owned(), |(file, error)| unparsable(file.code, error))
    })?;
    let variables = VARIABLES.into_iter().filter(|name| is_known(name, program));
    Compiler::default().with_funs(functions).with_global_vars(variables).compile(modules).map_err(|errors| {
        let first = errors.into_iter().find_map(|(file, errors)| Some((file.code, errors.into_iter().next()?)));
        first.map_or_else(|| "it does not compile".to_owned(), |(code, (word, what))| undefined(code, word, &what))
    })
}

/// Runs a program on a document: a line for each output, strings raw.
///
/// # Errors
/// What is wrong with the program, or the message of the error that it ended with. The message may
/// quote the document.
pub(super) fn evaluate(
    program: &str,
    document: &[u8],
    env: impl Iterator<Item = (String, String)>,
) -> Result<Vec<u8>, String> {
    let compiled = compile(program)?;
    let input = read::parse_single(document).map_err(|_| "found no JSON".to_owned())?;
    let text = |text: &str| Val::from(text.to_owned());
    let object = |fields: Vec<(Val, Val)>| Val::obj(fields.into_iter().collect::<Map>());
    let variables = [
        object(env.map(|(name, value)| (Val::from(name), Val::from(value))).collect()),
        object(vec![(text("positional"), [].into_iter().collect()), (text("named"), object(Vec::new()))]),
        object(vec![(text("file"), text("<top-level>")), (text("line"), Val::from(1_isize))]),
    ];
    let variables = VARIABLES.iter().zip(variables).filter(|(name, _)| is_known(name, program));
    let context = Ctx::<Data>::new(&compiled.lut, Vars::new(variables.map(|(_, value)| value)));
    let mut lines = Vec::new();
    for output in compiled.id.run((context, input)) {
        match output {
            Ok(Val::TStr(text) | Val::BStr(text)) => lines.extend_from_slice(&text),
            Ok(value) => lines.extend_from_slice(as_json(value).to_string().as_bytes()),
            Err(exception) => match exception.get_err() {
                Ok(error) => {
                    return Err(match error.into_val() {
                        Val::TStr(text) => String::from_utf8_lossy(&text).into_owned(),
                        value => value.to_string(),
                    });
                }
                Err(exception) => match exception.get_halt() {
                    Ok(0) => break,
                    Ok(status) => return Err(format!("it halted with {status}")),
                    Err(_) => return Err("it broke out of nothing".to_owned()),
                },
            },
        }
        lines.push(b'\n');
    }
    Ok(lines)
}

/// `$__loc__` names the line it stands in. Which one that is, is known of a program of one line.
fn is_known(variable: &str, program: &str) -> bool {
    variable != "$__loc__" || !program.contains('\n')
}

/// A value as jq prints it: whole numbers without a fraction, and nothing that JSON has not.
fn as_json(value: Val) -> Val {
    /// Up to here every whole number is a 64-bit float.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Val::Num(Num::Float(number)) if number.is_nan() => Val::Null,
        Val::Num(Num::Float(number)) if number.is_infinite() => Val::from(f64::MAX.copysign(number)),
        #[allow(clippy::cast_possible_truncation, reason = "it is whole, and no larger than `EXACT`")]
        Val::Num(Num::Float(number)) if number.fract() == 0.0 && number.abs() <= EXACT => Val::from(number as isize),
        Val::BStr(text) => Val::TStr(text),
        Val::Arr(items) => items.iter().cloned().map(as_json).collect(),
        Val::Obj(fields) => Val::obj(fields.iter().map(|(key, value)| (key_of(key), as_json(value.clone()))).collect()),
        other => other,
    }
}

/// The keys of jaq's objects may be any values.
fn key_of(key: &Val) -> Val {
    match key {
        Val::TStr(_) => key.clone(),
        Val::BStr(text) => Val::TStr(text.clone()),
        other => Val::from(as_json(other.clone()).to_string()),
    }
}

/// The functions behind `@base32` and `@base32d` (RFC 4648, section 6).
fn base32() -> impl Iterator<Item = Fun<Data>> {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    fn encode(bytes: &[u8]) -> String {
        let mut text = String::new();
        for chunk in bytes.chunks(5) {
            let bits = (0..5).fold(0_u64, |bits, at| bits << 8 | u64::from(chunk.get(at).copied().unwrap_or(0)));
            let digits = (chunk.len() * 8).div_ceil(5);
            // Five bits are an index of 32 letters.
            let letter = |at| ALPHABET[usize::try_from((bits >> (35 - 5 * at)) & 31).unwrap_or(0)];
            text.extend((0..8).map(|at| if at < digits { char::from(letter(at)) } else { '=' }));
        }
        text
    }
    fn decode(text: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let (mut bits, mut count) = (0_u32, 0);
        for letter in text.iter().copied().filter(|&letter| letter != b'=') {
            let digit = ALPHABET.iter().position(|&other| other == letter)?;
            bits = bits << 5 | u32::try_from(digit).ok()?;
            count += 5;
            if count >= 8 {
                count -= 8;
                bytes.extend(u8::try_from(bits >> count & 0xff));
            }
        }
        Some(bytes)
    }
    let encoding: jaq_core::native::Filter<jaq_core::RunPtr<Data>> =
        ("encode_base32", v(0), |cv| bome(cv.1.try_as_utf8_bytes().map(|bytes| Val::from(encode(bytes)))));
    let decoding: jaq_core::native::Filter<jaq_core::RunPtr<Data>> = ("decode_base32", v(0), |cv| {
        bome(cv.1.try_as_utf8_bytes().and_then(|text| {
            let bytes = decode(text).ok_or_else(|| Error::str("this is not base32"))?;
            Ok(Val::from_utf8_bytes(bytes))
        }))
    });
    [run::<Data>(encoding), run::<Data>(decoding)].into_iter()
}

/// The sentence for a program that does not parse.
fn unparsable(code: &str, error: load::Error<&str>) -> String {
    let expected = |what: &str, found: &str| {
        let found = first_word(code, found);
        format!("{what} is expected {found}")
    };
    match error {
        load::Error::Io(modules) => {
            let name = modules.first().map_or("", |(name, _)| name);
            format!("modules cannot be loaded: `{name}`")
        }
        load::Error::Lex(errors) => errors.first().map_or_else(String::new, |(what, found)| match what {
            load::lex::Expect::Token => format!("nothing of jq begins {}", first_word(code, found)),
            load::lex::Expect::Delim(open) => {
                format!("the `{open}` is not closed {}", first_word(code, found))
            }
            what => expected(&format!("a {}", what.as_str()), found),
        }),
        load::Error::Parse(errors) => errors.first().map_or_else(String::new, |(what, found)| match what {
            load::parse::Expect::Just(word) => expected(&format!("`{word}`"), found),
            load::parse::Expect::Nothing => format!("nothing more is expected {}", first_word(code, found)),
            what => expected(what.as_str(), found),
        }),
    }
}

fn undefined(code: &str, word: &str, what: &compile::Undefined) -> String {
    let at = place(code, word);
    match what {
        compile::Undefined::Filter(arguments) => {
            let arguments = match *arguments {
                0 => String::new(),
                1 => " with 1 argument".to_owned(),
                count => format!(" with {count} arguments"),
            };
            format!("there is no `{word}`{arguments} {at}")
        }
        what => format!("there is no {} `{word}` {at}", what.as_str()),
    }
}

/// The word that stands where an error was found, and the place.
fn first_word(code: &str, rest: &str) -> String {
    let is_of_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '@');
    let first = rest.chars().next();
    let word: String = match first {
        Some(c) if is_of_word(c) => rest.chars().take_while(|&c| is_of_word(c)).take(40).collect(),
        first => first.into_iter().collect(),
    };
    if word.is_empty() { "at its end".to_owned() } else { format!("{} (`{word}`)", place(code, rest)) }
}

/// Where a part of a program stands: the character, and the line if there are several.
fn place(code: &str, part: &str) -> String {
    let before = code.get(..load::span(code, part).start).unwrap_or_default();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    if code.contains('\n') {
        format!("at line {}, character {column}", before.matches('\n').count() + 1)
    } else {
        format!("at character {column}")
    }
}

#[cfg(test)]
mod tests;

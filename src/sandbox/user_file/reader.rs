//! From a [`Value`] to the type of a file. The type says what it takes by serde's traits; what is
//! wrong is said here, so that no error names a type of Rust or of the parser.

use std::fmt::Display;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::{Language, Value};

pub(super) fn read<T: DeserializeOwned>(value: Value, language: Language) -> Result<T, String> {
    T::deserialize(Reader { value, language }).map_err(|wrong| wrong.to_string())
}

/// What is wrong, and where.
#[derive(Debug)]
struct Wrong {
    /// From the inside out: `.name` or `[0]`.
    steps: Vec<String>,
    what: String,
    /// Whether it names the key itself.
    names_key: bool,
}

impl Wrong {
    fn new(what: impl Into<String>) -> Self {
        Self { steps: Vec::new(), what: what.into(), names_key: false }
    }

    fn expected(expected: &str, found: &str) -> Self {
        Self::new(format!("expected {expected}, found {found}"))
    }

    fn below(mut self, step: String) -> Self {
        self.steps.push(step);
        self
    }
}

impl Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path: String = self.steps.iter().rev().map(String::as_str).collect();
        match path.trim_start_matches('.') {
            "" => f.write_str(&self.what),
            path => write!(f, "`{path}`: {}", self.what),
        }
    }
}

impl std::error::Error for Wrong {}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

impl serde::de::Error for Wrong {
    fn custom<T: Display>(what: T) -> Self {
        Self::new(what.to_string())
    }

    /// What a type that takes several forms expected.
    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expected(&expected.to_string(), name_of(&found))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("expected one of {}", listed(expected)))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let what = format!("there is no key `{field}`; the keys here are {}", listed(expected));
        Self { names_key: true, ..Self::new(what) }
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("the key `{field}` is missing"))
    }
}

/// serde's word for what was found, without the value, which may be a secret.
fn name_of(found: &Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "true or false",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "a whole number",
        Unexpected::Float(_) => "a number",
        Unexpected::Str(_) | Unexpected::Char(_) => "a text",
        Unexpected::Seq => "a list",
        Unexpected::Map => "a group of keys",
        Unexpected::Unit | Unexpected::Option => "null",
        _ => "something else",
    }
}

struct Reader {
    value: Value,
    language: Language,
}

impl Reader {
    /// What stands there, in the words of its language.
    fn found(&self) -> String {
        match &self.value {
            Value::Null => "null".to_owned(),
            Value::Bool(value) => format!("`{value}`"),
            Value::Integer(number) => format!("`{number}`"),
            Value::Float(number) => format!("`{number}`"),
            Value::Text(_) => "a text".to_owned(),
            Value::List(_) => self.language.list().to_owned(),
            Value::Keys(_) => self.language.keys().to_owned(),
        }
    }

    fn wrong(&self, expected: &str) -> Wrong {
        Wrong::expected(expected, &self.found())
    }
}

/// Whole numbers: which ones fit.
macro_rules! integers {
    ($($method:ident $visit:ident $type:ty;)+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
            let number = match self.value {
                Value::Integer(number) => <$type>::try_from(number).ok(),
                _ => None,
            };
            match number {
                Some(number) => visitor.$visit(number),
                None => Err(self.wrong(&format!("a whole number from {} to {}", <$type>::MIN, <$type>::MAX))),
            }
        }
    )+};
}

impl<'de> Deserializer<'de> for Reader {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        let language = self.language;
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Integer(number) => match (u64::try_from(number), i64::try_from(number)) {
                (Ok(number), _) => visitor.visit_u64(number),
                (_, Ok(number)) => visitor.visit_i64(number),
                _ => visitor.visit_i128(number),
            },
            Value::Float(number) => visitor.visit_f64(number),
            Value::Text(text) => visitor.visit_string(text),
            Value::List(items) => visitor.visit_seq(Items { rest: items.into_iter(), language, at: 0 }),
            Value::Keys(keys) => visitor.visit_map(Keys { rest: keys.into_iter(), language, current: None }),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.value {
            Value::Bool(value) => visitor.visit_bool(value),
            _ => Err(self.wrong("`true` or `false`")),
        }
    }

    integers! {
        deserialize_u8 visit_u8 u8;
        deserialize_u16 visit_u16 u16;
        deserialize_u32 visit_u32 u32;
        deserialize_u64 visit_u64 u64;
        deserialize_i8 visit_i8 i8;
        deserialize_i16 visit_i16 i16;
        deserialize_i32 visit_i32 i32;
        deserialize_i64 visit_i64 i64;
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.value {
            Value::Text(text) => visitor.visit_string(text),
            _ => Err(self.wrong("a text")),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.value {
            Value::List(_) => self.deserialize_any(visitor),
            _ => Err(self.wrong(self.language.list())),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.value {
            Value::Keys(_) => self.deserialize_any(visitor),
            _ => Err(self.wrong(self.language.keys())),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match self.value {
            Value::Text(text) => visitor.visit_enum(Word(text)),
            _ => Err(self.wrong(&format!("one of {}", listed(variants)))),
        }
    }

    forward_to_deserialize_any! {
        i128 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

/// A text that names one of several things.
struct Word(String);

impl<'de> EnumAccess<'de> for Word {
    type Error = Wrong;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Wrong> {
        let name: StrDeserializer<'_, Wrong> = self.0.as_str().into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

/// No file names a thing that holds others.
impl<'de> VariantAccess<'de> for Word {
    type Error = Wrong;

    fn unit_variant(self) -> Result<(), Wrong> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, _: S) -> Result<S::Value, Wrong> {
        Err(Wrong::new("expected more than a word"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Wrong> {
        Err(Wrong::new("expected more than a word"))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Wrong> {
        Err(Wrong::new("expected more than a word"))
    }
}

struct Items {
    rest: std::vec::IntoIter<Value>,
    language: Language,
    at: usize,
}

impl<'de> SeqAccess<'de> for Items {
    type Error = Wrong;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Wrong> {
        let Some(value) = self.rest.next() else { return Ok(None) };
        let (at, language) = (self.at, self.language);
        self.at += 1;
        seed.deserialize(Reader { value, language }).map(Some).map_err(|wrong| wrong.below(format!("[{at}]")))
    }
}

struct Keys {
    rest: std::vec::IntoIter<(String, Value)>,
    language: Language,
    /// The key that was read last, and what stands behind it.
    current: Option<(String, Value)>,
}

impl<'de> MapAccess<'de> for Keys {
    type Error = Wrong;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Wrong> {
        self.current = self.rest.next();
        let Some((key, _)) = &self.current else { return Ok(None) };
        let name: StrDeserializer<'_, Wrong> = key.as_str().into_deserializer();
        let place = |wrong: Wrong| if wrong.names_key { wrong } else { wrong.below(format!(".{key}")) };
        seed.deserialize(name).map(Some).map_err(place)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Wrong> {
        let (key, value) = self.current.take().unwrap_or_else(|| (String::new(), Value::Null));
        let language = self.language;
        seed.deserialize(Reader { value, language }).map_err(|wrong| wrong.below(format!(".{key}")))
    }
}

//! Reading JSON into types, without taking an array for an object.
//!
//! A `Deserialize` that is derived for a struct also accepts an array of its fields in their order.
//! On the wire that is a wrong answer, so a struct is read here as a map, at every depth.

use serde::Deserialize;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

/// As [`serde_json::from_slice`], but an array where an object belongs is an error.
pub(crate) fn from_slice<T: DeserializeOwned>(text: &[u8]) -> Result<T, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = T::deserialize(Strict(&mut deserializer))?;
    deserializer.end()?;
    Ok(value)
}

/// As [`from_slice`], of what borrows from the text or is decoded by a seed.
pub(crate) fn from_str<'de, S: DeserializeSeed<'de>>(text: &'de str, seed: S) -> Result<S::Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = seed.deserialize(Strict(&mut deserializer))?;
    deserializer.end()?;
    Ok(value)
}

/// For a field with structs in it, of a type that others take in by `#[serde(flatten)]`: serde reads
/// such a field from a buffer that knows nothing of [`from_slice`].
pub(crate) fn nested<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::deserialize(Strict(deserializer))
}

/// Passes everything on to `T`, except that structs are asked for as maps.
struct Strict<T>(T);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Strict<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(Strict(visitor))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(Strict(visitor))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(Strict(visitor))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_option(Strict(visitor))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_newtype_struct(name, Strict(visitor))
    }

    /// The enums of the wire hold no structs.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct identifier ignored_any
    }
}

macro_rules! pass_on {
    ($($visit:ident: $value:ty),+) => {
        $(fn $visit<E: Error>(self, value: $value) -> Result<V::Value, E> {
            self.0.$visit(value)
        })+
    };
}

/// What JSON can hold.
impl<'de, V: Visitor<'de>> Visitor<'de> for Strict<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.expecting(f)
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_unit()
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_none()
    }

    pass_on! {
        visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str, visit_borrowed_str: &'de str
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        self.0.visit_some(Strict(value))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        self.0.visit_newtype_struct(Strict(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<V::Value, A::Error> {
        self.0.visit_seq(Strict(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Strict(entries))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, A::Error> {
        self.0.next_element_seed(Strict(seed))
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        self.0.next_key_seed(seed)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, A::Error> {
        self.0.next_value_seed(Strict(seed))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Strict<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Strict(deserializer))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::from_slice;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Inner {
        name: String,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Outer {
        #[serde(flatten)]
        flat: Inner,
        list: Vec<Inner>,
        maybe: Option<Inner>,
        count: i64,
    }

    #[test]
    fn an_array_is_never_taken_for_an_object() {
        let whole = |list: &str, maybe: &str| format!(r#"{{"name":"a","list":{list},"maybe":{maybe},"count":-1}}"#);
        let read = |text: &str| from_slice::<Outer>(text.as_bytes());
        let object = r#"{"name":"b"}"#;
        let outer = read(&whole(&format!("[{object}]"), object)).expect("objects");
        assert_eq!((outer.list.len(), outer.maybe.is_some(), outer.count), (1, true, -1));
        assert!(read(&whole("[]", "null")).is_ok());
        assert!(read(&whole(r#"[["b"]]"#, "null")).is_err(), "in a list");
        assert!(read(&whole("[]", r#"["b"]"#)).is_err(), "in an option");
        assert!(from_slice::<Inner>(br#"["b"]"#).is_err(), "at the top");
        assert!(serde_json::from_slice::<Inner>(br#"["b"]"#).is_ok(), "what the derive does by itself");
        assert!(from_slice::<Inner>(br#"{"name":"a"} x"#).is_err(), "more behind it");
    }

    #[derive(Debug, Deserialize)]
    struct Nested {
        #[serde(deserialize_with = "super::nested")]
        list: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    struct Flattened {
        #[serde(flatten)]
        nested: Nested,
    }

    #[test]
    fn an_array_is_not_taken_for_an_object_in_a_flattened_field() {
        let read = |text: &str| from_slice::<Flattened>(text.as_bytes()).map(|read| read.nested.list.len());
        assert_eq!(read(r#"{"list":[{"name":"a"},{"name":"b"}]}"#).expect("objects"), 2);
        assert!(read(r#"{"list":[["a"]]}"#).is_err());
        assert!(from_slice::<Nested>(br#"{"list":[["a"]]}"#).is_err());
    }
}

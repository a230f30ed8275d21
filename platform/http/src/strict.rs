//! Reads what a client sent into our types without serde's leniency: an object is no list of its
//! fields, `null` in a PATCH is no way to leave a field alone, and every fault has a place.

use platform_kernel::error::FieldError;
use platform_kernel::{Error, ErrorCode, Result};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{
    DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};
use serde_path_to_error::{Path, Segment};
use std::fmt;
use std::marker::PhantomData;

/// The name by which [`nullable`] tells the reader that `null` has a meaning.
const NULLABLE: &str = "Nullable";

type Fault = serde::de::value::Error;
type Read<T> = std::result::Result<T, Fault>;

/// Where values come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A body that makes something or acts: `null` is as good as leaving a field out.
    Body,
    /// A body that changes some fields: `null` is refused where it does not clear one.
    Patch,
    /// A query string: every value is text.
    Query,
}

/// Reads `value`; the error has the JSON pointer of what does not fit.
pub(crate) fn read<T: DeserializeOwned>(value: Value, source: Source) -> Result<T> {
    let strict = Strict {
        value,
        source,
        refuse_null: false,
    };
    serde_path_to_error::deserialize(strict).map_err(|error| {
        let code = match source {
            Source::Query => ErrorCode::BadRequest,
            Source::Body | Source::Patch => ErrorCode::ValidationFailed,
        };
        let place = pointer(error.path());
        Error::from(code).fields([fault(place, error.into_inner().to_string())])
    })
}

/// For a field of a PATCH that `null` clears: `#[serde(default, deserialize_with = "nullable")]`. `None`
/// was not sent, `Some(None)` is `null`.
///
/// # Errors
/// What the field's own type says of the value.
pub fn nullable<'de, D, T>(deserializer: D) -> std::result::Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let read = deserializer.deserialize_newtype_struct(NULLABLE, Nullable(PhantomData));
    read.map(Some)
}

struct Nullable<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Nullable<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or null")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> std::result::Result<Self::Value, D::Error> {
        Option::deserialize(deserializer)
    }
}

/// A JSON pointer (RFC 6901).
pub(crate) fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Map { key } => {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

/// A missing or unknown field is named in serde's message and lies below the object that lacks or has
/// it; every other fault is where the reader stood.
pub(crate) fn fault(place: String, message: String) -> FieldError {
    let named = |start: &str| Some(message.split_once(start)?.1.split_once('`')?.0);
    let (code, below) = if let Some(name) = named("missing field `") {
        ("required", Some(name))
    } else if let Some(name) = named("unknown field `") {
        ("unknown_field", Some(name))
    } else if let Some(name) = named("duplicate field `") {
        ("duplicate_field", Some(name))
    } else {
        ("invalid", None)
    };
    let pointer = match below {
        // The path of an unknown or repeated field may end with it.
        Some(name) if !place.ends_with(&format!("/{name}")) => format!("{place}/{name}"),
        _ => place,
    };
    FieldError {
        pointer,
        code: code.to_owned(),
        detail: message,
    }
}

/// A value on its way into one of our types.
struct Strict {
    value: Value,
    source: Source,
    refuse_null: bool,
}

impl IntoDeserializer<'_, Fault> for Strict {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl Strict {
    /// The members of an object; only those of the outermost one of a PATCH are told apart from null.
    fn members(
        members: Map<String, Value>,
        source: Source,
        refuse_null: bool,
    ) -> MapDeserializer<'static, impl Iterator<Item = (String, Self)>, Fault> {
        let source = if source == Source::Patch {
            Source::Body
        } else {
            source
        };
        MapDeserializer::new(members.into_iter().map(move |(name, value)| {
            let value = Self {
                value,
                source,
                refuse_null,
            };
            (name, value)
        }))
    }

    fn unexpected(&self) -> Unexpected<'_> {
        match &self.value {
            Value::Null => Unexpected::Other("null"),
            Value::Bool(value) => Unexpected::Bool(*value),
            Value::Number(_) => Unexpected::Other("a number"),
            Value::String(text) => Unexpected::Str(text),
            Value::Array(_) => Unexpected::Other("an array"),
            Value::Object(_) => Unexpected::Other("an object"),
        }
    }

    /// A value of a query as the number or truth value that its text spells.
    fn scalar<'de, V: Visitor<'de>>(mut self, visitor: V) -> Read<V::Value> {
        if self.source == Source::Query
            && let Value::String(text) = &self.value
            && let Ok(value @ (Value::Number(_) | Value::Bool(_))) = serde_json::from_str(text)
        {
            self.value = value;
        }
        self.deserialize_any(visitor)
    }
}

macro_rules! scalars {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
            self.scalar(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Strict {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        let source = self.source;
        match self.value {
            Value::Null if self.refuse_null => Err(no_null()),
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(number) => number.deserialize_any(visitor).map_err(Fault::custom),
            Value::String(text) => visitor.visit_string(text),
            Value::Array(items) => {
                let mut items = SeqDeserializer::new(items.into_iter().map(|value| Self {
                    value,
                    source,
                    refuse_null: false,
                }));
                let read = visitor.visit_seq(&mut items)?;
                items.end()?;
                Ok(read)
            }
            Value::Object(members) => {
                let mut members = Self::members(members, source, false);
                let read = visitor.visit_map(&mut members)?;
                members.end()?;
                Ok(read)
            }
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Read<V::Value> {
        let Value::Object(members) = self.value else {
            return Err(Fault::invalid_type(self.unexpected(), &"an object"));
        };
        let mut members = Self::members(members, self.source, self.source == Source::Patch);
        let read = visitor.visit_map(&mut members)?;
        members.end()?;
        Ok(read)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Read<V::Value> {
        match self.value {
            Value::String(word) => visitor.visit_enum(word.into_deserializer()),
            Value::Object(members) if members.len() == 1 => {
                let members = Self::members(members, self.source, false);
                visitor.visit_enum(MapAccessDeserializer::new(members))
            }
            Value::Null if self.refuse_null => Err(no_null()),
            _ => Err(Fault::invalid_type(self.unexpected(), &"a word")),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        match self.value {
            Value::Null if self.refuse_null => Err(no_null()),
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        visitor: V,
    ) -> Read<V::Value> {
        self.refuse_null &= name != NULLABLE;
        visitor.visit_newtype_struct(self)
    }

    scalars! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_i128 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_u128 deserialize_f32 deserialize_f64
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map identifier
        ignored_any
    }
}

fn no_null() -> Fault {
    Fault::custom("must not be null; leave the field out to keep it as it is")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Color {
        Red,
        DarkBlue,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Car {
        name: String,
        #[serde(default)]
        color: Option<Color>,
        #[serde(default, deserialize_with = "nullable")]
        owner: Option<Option<String>>,
        #[serde(default)]
        seats: Option<u8>,
        #[serde(default)]
        parts: Vec<Part>,
        #[serde(default)]
        more: Value,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Part {
        number: u32,
        #[serde(default)]
        note: Option<String>,
    }

    fn refused(value: Value, source: Source) -> (String, String) {
        let error = read::<Car>(value, source).unwrap_err();
        let field = &error.errors()[0];
        (field.pointer.clone(), field.code.clone())
    }

    fn at(pointer: &str, code: &str) -> (String, String) {
        (pointer.to_owned(), code.to_owned())
    }

    #[test]
    fn a_list_is_no_object_at_any_depth() {
        assert_eq!(refused(json!(["Civic"]), Source::Body), at("", "invalid"));
        let parts = json!({"name": "Civic", "parts": [{"number": 1}, [2, null]]});
        assert_eq!(refused(parts, Source::Body), at("/parts/1", "invalid"));
        assert_eq!(refused(json!(null), Source::Body), at("", "invalid"));
    }

    #[test]
    fn faults_have_a_place_and_a_kind() {
        let cases = [
            (json!({}), "/name", "required"),
            (json!({"name": "x", "nmae": 1}), "/nmae", "unknown_field"),
            (json!({"name": "x", "color": "green"}), "/color", "invalid"),
            (
                json!({"name": "x", "color": {"a": 1, "b": 2}}),
                "/color",
                "invalid",
            ),
            (json!({"name": "x", "seats": 300}), "/seats", "invalid"),
            (json!({"name": "x", "seats": "4"}), "/seats", "invalid"),
            (
                json!({"name": "x", "parts": [{}]}),
                "/parts/0/number",
                "required",
            ),
        ];
        for (value, pointer, code) in cases {
            assert_eq!(
                refused(value.clone(), Source::Body),
                at(pointer, code),
                "{value}"
            );
        }
    }

    #[test]
    fn null_in_a_patch_clears_or_is_refused() {
        let patch = |value| read::<Car>(value, Source::Patch);
        let cleared = patch(json!({"name": "x", "owner": null})).unwrap();
        assert_eq!(cleared.owner, Some(None));
        assert_eq!(patch(json!({"name": "x"})).unwrap().owner, None);
        for field in ["color", "seats", "parts"] {
            let refused = refused(json!({"name": "x", field: null}), Source::Patch);
            assert_eq!(refused, at(&format!("/{field}"), "invalid"));
        }
        // What lies deeper is replaced as a whole, and a free value may be null.
        let deeper =
            json!({"name": "x", "parts": [{"number": 1, "note": null}], "more": {"a": null}});
        assert_eq!(patch(deeper).unwrap().more, json!({"a": null}));
        assert!(read::<Car>(json!({"name": "x", "color": null}), Source::Body).is_ok());
    }

    #[test]
    fn texts_of_a_query_are_numbers_where_numbers_are_asked() {
        let query = json!({"name": "12", "seats": "4", "color": "dark_blue"});
        let car: Car = read(query, Source::Query).unwrap();
        assert_eq!((car.name.as_str(), car.seats), ("12", Some(4)));
        assert_eq!(car.color, Some(Color::DarkBlue));
        let wrong = refused(json!({"name": "x", "seats": "four"}), Source::Query);
        assert_eq!(wrong, at("/seats", "invalid"));
    }

    #[test]
    fn values_of_any_shape_arrive_unchanged() {
        let value =
            json!({"a": [1, -2, 2.5, 18_446_744_073_709_551_615_u64, true, null, "ü", {"b": []}]});
        assert_eq!(read::<Value>(value.clone(), Source::Body).unwrap(), value);
    }
}

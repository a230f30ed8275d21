//! The part of a scope that one expression sees: borrowed values under the names that lead to them.

use platform_kernel::number;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;
use std::collections::BTreeMap;

/// A value, or an object of which only some fields are visible.
#[derive(Clone, Debug)]
pub(super) enum Node<'a> {
    Value(&'a Value),
    Part(BTreeMap<String, Node<'a>>),
}

/// A field of a node.
#[derive(Clone, Copy, Debug)]
pub(super) enum Field<'n> {
    Node(&'n Node<'n>),
    Value(&'n Value),
}

impl<'a> Node<'a> {
    /// The parts of the node that are wanted. Where a path leads into something that has no
    /// fields, that is taken whole.
    pub(super) fn pick(self, wanted: &Wanted<'_>) -> Self {
        if wanted.whole {
            return self;
        }
        match self {
            Node::Value(Value::Object(fields)) => {
                let parts = wanted.parts();
                let parts = parts.filter_map(|(name, inner)| {
                    Some((name.to_owned(), Node::Value(fields.get(name)?).pick(inner)))
                });
                Node::Part(parts.collect())
            }
            Node::Part(fields) => {
                let fields = fields.into_iter();
                let fields = fields.filter_map(|(name, node)| {
                    let node = node.pick(wanted.parts.get(name.as_str())?);
                    Some((name, node))
                });
                Node::Part(fields.collect())
            }
            other => other,
        }
    }

    /// The value at a path of names and indexes.
    pub(super) fn at(self, path: &[String]) -> Option<Value> {
        match (self, path.split_first()) {
            (Node::Part(mut fields), Some((name, rest))) => fields.remove(name)?.at(rest),
            (Node::Part(fields), None) => {
                let fields = fields.into_iter();
                let fields = fields.filter_map(|(name, node)| Some((name, node.at(&[])?)));
                Some(Value::Object(fields.collect()))
            }
            (Node::Value(value), _) => path
                .iter()
                .try_fold(value, |value, segment| match value {
                    Value::Object(fields) => fields.get(segment),
                    Value::Array(items) => items.get(segment.parse::<usize>().ok()?),
                    _ => None,
                })
                .cloned(),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<Field<'_>> {
        match self {
            Node::Value(value) => value.get(name).map(Field::Value),
            Node::Part(fields) => fields.get(name).map(Field::Node),
        }
    }

    /// Bytes of text and number of parts, counted no further than `most`.
    pub(super) fn size(&self, most: usize) -> usize {
        match self {
            Node::Value(value) => super::size_up_to(value, most),
            Node::Part(fields) => {
                let mut size = 1;
                for (name, node) in fields {
                    if size >= most {
                        break;
                    }
                    size += name.len() + node.size(most - size);
                }
                size
            }
        }
    }

    /// How many parts there are.
    pub(super) fn parts(&self) -> u64 {
        fn of(value: &Value) -> u64 {
            match value {
                Value::Array(items) => 1 + items.iter().map(of).sum::<u64>(),
                Value::Object(fields) => 1 + fields.values().map(of).sum::<u64>(),
                _ => 1,
            }
        }
        match self {
            Node::Value(value) => of(value),
            Node::Part(fields) => 1 + fields.values().map(Node::parts).sum::<u64>(),
        }
    }

    /// The bytes of the longest text inside.
    pub(super) fn longest_text(&self) -> usize {
        fn of(value: &Value) -> usize {
            match value {
                Value::String(text) => text.len(),
                Value::Array(items) => items.iter().map(of).max().unwrap_or(0),
                Value::Object(fields) => fields.values().map(of).max().unwrap_or(0),
                _ => 0,
            }
        }
        match self {
            Node::Value(value) => of(value),
            Node::Part(fields) => fields.values().map(Node::longest_text).max().unwrap_or(0),
        }
    }
}

impl<'n> Field<'n> {
    pub(super) fn get(self, name: &str) -> Option<Self> {
        match self {
            Field::Node(node) => node.get(name),
            Field::Value(value) => value.get(name).map(Field::Value),
        }
    }
}

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Node::Value(value) => Canonical(value).serialize(serializer),
            Node::Part(fields) => fields.serialize(serializer),
        }
    }
}

/// Writes whole numbers as integers, however they were spelled.
struct Canonical<'a>(&'a Value);

impl Serialize for Canonical<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Number(written) => match number::whole(written) {
                Some(whole) => serializer.serialize_i64(whole),
                None => written.serialize(serializer),
            },
            Value::Array(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&Canonical(item))?;
                }
                list.end()
            }
            Value::Object(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (name, field) in fields {
                    map.serialize_entry(name, &Canonical(field))?;
                }
                map.end()
            }
            other => other.serialize(serializer),
        }
    }
}

/// The paths that the references of an expression name, overlapping ones merged.
#[derive(Debug, Default)]
pub(super) struct Wanted<'r> {
    whole: bool,
    parts: BTreeMap<&'r str, Wanted<'r>>,
}

impl<'r> Wanted<'r> {
    pub(super) fn add(&mut self, path: &'r [String]) {
        match path.split_first() {
            _ if self.whole => {}
            None => {
                self.whole = true;
                self.parts.clear();
            }
            Some((name, rest)) => self.parts.entry(name).or_default().add(rest),
        }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.whole
    }

    pub(super) fn parts(&self) -> impl Iterator<Item = (&'r str, &Wanted<'r>)> {
        self.parts.iter().map(|(name, inner)| (*name, inner))
    }
}

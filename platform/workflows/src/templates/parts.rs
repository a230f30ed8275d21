//! A definition taken apart into the pieces that people change one by one, and put together
//! again: what comparisons of templates work on.

use platform_engine::definition::Definition;
use platform_kernel::{Error, Result};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A definition by its parts. A part's path starts with the group it stands and falls with:
/// `steps/<id>/config/<field>`, `triggers/<id>/type`, `edges/<from>.<port>.<to>`,
/// `settings/<field>`, `notes/<id>`.
pub type Parts = BTreeMap<String, Value>;

/// Takes a definition apart.
pub fn split(definition: &Definition) -> Result<Parts> {
    let mut parts = Parts::new();
    for (kind, nodes) in [
        ("triggers", values(&definition.triggers)?),
        ("steps", values(&definition.steps)?),
    ] {
        for node in nodes {
            split_node(kind, node, &mut parts);
        }
    }
    for edge in &definition.edges {
        let path = format!("edges/{}.{}.{}", edge.from, edge.port, edge.to);
        let value = serde_json::to_value(edge).map_err(Error::internal)?;
        parts.insert(path, value);
    }
    let settings = serde_json::to_value(&definition.settings).map_err(Error::internal)?;
    if let Value::Object(settings) = settings {
        for (name, value) in settings {
            parts.insert(format!("settings/{name}"), value);
        }
    }
    for note in values(&definition.notes)? {
        if let Some(id) = note.get("id").and_then(Value::as_str) {
            parts.insert(format!("notes/{id}"), note.clone());
        }
    }
    Ok(parts)
}

fn values<T: serde::Serialize>(items: &[T]) -> Result<Vec<Value>> {
    items
        .iter()
        .map(|item| serde_json::to_value(item).map_err(Error::internal))
        .collect()
}

fn split_node(kind: &str, node: Value, parts: &mut Parts) {
    let Value::Object(mut fields) = node else {
        return;
    };
    let Some(Value::String(id)) = fields.remove("id") else {
        return;
    };
    let config = fields.remove("config");
    for (name, value) in config
        .as_ref()
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        parts.insert(format!("{kind}/{id}/config/{name}"), value.clone());
    }
    for (name, value) in fields {
        parts.insert(format!("{kind}/{id}/{name}"), value);
    }
}

/// Puts a definition together. `order` gives the order of nodes that it knows; `layout` and
/// pinned values are taken from the definitions in `places`, the first that has them.
pub fn join(parts: &Parts, order: &[&Definition], places: &[&Definition]) -> Result<Definition> {
    let mut definition = Definition {
        triggers: typed(nodes(parts, "triggers", order))?,
        steps: typed(nodes(parts, "steps", order))?,
        edges: typed(below(parts, "edges/"))?,
        notes: typed(below(parts, "notes/"))?,
        ..Definition::default()
    };
    let known: Vec<_> = order.iter().flat_map(|known| &known.edges).collect();
    let rank = |edge: &_| known.iter().position(|other| *other == edge);
    definition
        .edges
        .sort_by_key(|edge| rank(edge).unwrap_or(usize::MAX));
    let settings: Map<String, Value> = parts
        .iter()
        .filter_map(|(path, value)| {
            Some((path.strip_prefix("settings/")?.to_owned(), value.clone()))
        })
        .collect();
    definition.settings =
        serde_json::from_value(Value::Object(settings)).map_err(Error::internal)?;
    let ids = definition.triggers.iter().map(|t| &t.id);
    let ids: Vec<String> = ids
        .chain(definition.steps.iter().map(|s| &s.id))
        .cloned()
        .collect();
    for id in ids {
        let place = places.iter().find_map(|known| known.layout.get(&id));
        if let Some(place) = place {
            definition.layout.insert(id.clone(), *place);
        }
        let pinned = places.iter().find_map(|known| known.pinned.get(&id));
        if let Some(pinned) = pinned {
            definition.pinned.insert(id, pinned.clone());
        }
    }
    Ok(definition)
}

fn typed<T: serde::de::DeserializeOwned>(values: Vec<Value>) -> Result<Vec<T>> {
    serde_json::from_value(Value::Array(values)).map_err(Error::internal)
}

fn below(parts: &Parts, prefix: &str) -> Vec<Value> {
    let found = parts.iter().filter(|(path, _)| path.starts_with(prefix));
    found.map(|(_, value)| value.clone()).collect()
}

fn nodes(parts: &Parts, kind: &str, order: &[&Definition]) -> Vec<Value> {
    let mut found: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for (path, value) in parts {
        let mut names = path.splitn(4, '/');
        if names.next() != Some(kind) {
            continue;
        }
        let (Some(id), Some(field)) = (names.next(), names.next()) else {
            continue;
        };
        let node = found.entry(id).or_insert_with(|| {
            Map::from_iter([
                ("id".to_owned(), json!(id)),
                ("config".to_owned(), json!({})),
            ])
        });
        match names.next() {
            Some(name) => {
                if let Some(Value::Object(config)) = node.get_mut("config") {
                    config.insert(name.to_owned(), value.clone());
                }
            }
            None => {
                node.insert(field.to_owned(), value.clone());
            }
        }
    }
    let rank = |id: &str| {
        let ids: Vec<&str> = order.iter().flat_map(|known| ids_of(known, kind)).collect();
        ids.iter()
            .position(|known| *known == id)
            .unwrap_or(usize::MAX)
    };
    let mut nodes: Vec<(usize, Map<String, Value>)> = found
        .into_iter()
        .map(|(id, node)| (rank(id), node))
        .collect();
    nodes.sort_by_key(|(rank, _)| *rank);
    nodes
        .into_iter()
        .map(|(_, node)| Value::Object(node))
        .collect()
}

fn ids_of<'a>(definition: &'a Definition, kind: &str) -> Vec<&'a str> {
    if kind == "steps" {
        definition
            .steps
            .iter()
            .map(|step| step.id.as_str())
            .collect()
    } else {
        definition.triggers.iter().map(|t| t.id.as_str()).collect()
    }
}

//! Three definitions side by side: what a template was, what the dealership made of it, and what
//! the template is now.

use super::parts::{Parts, join, split};
use platform_engine::definition::Definition;
use platform_kernel::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// Which of two changes of the same part stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// What the dealership made of it.
    Mine,
    /// What the template's new version says.
    Theirs,
}

/// One part that differs; `null` where the part is not there.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Change {
    /// For example `steps/reply/config/subject`.
    pub path: String,
    #[schema(value_type = Option<Object>)]
    pub base: Option<Value>,
    #[schema(value_type = Option<Object>)]
    pub mine: Option<Value>,
    #[schema(value_type = Option<Object>)]
    pub theirs: Option<Value>,
    /// Both changed it, to different things: somebody has to choose.
    pub conflict: bool,
}

/// A comparison of three definitions.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// What the dealership changed of the version that it has.
    pub overrides: Vec<Change>,
    /// What the new version changes, conflicts among it.
    pub changes: Vec<Change>,
}

/// Compares part by part.
pub fn compare(base: &Definition, mine: &Definition, theirs: &Definition) -> Result<Comparison> {
    let (base, mine, theirs) = (split(base)?, split(mine)?, split(theirs)?);
    let paths: BTreeSet<&String> = base
        .keys()
        .chain(mine.keys())
        .chain(theirs.keys())
        .collect();
    let fought_over = fought_over(&base, &mine, &theirs);
    let mut comparison = Comparison::default();
    for path in paths {
        let (b, m, t) = (base.get(path), mine.get(path), theirs.get(path));
        let node = node_of(path);
        let change = |conflict| Change {
            path: path.clone(),
            base: b.cloned(),
            mine: m.cloned(),
            theirs: t.cloned(),
            conflict,
        };
        if m != b {
            comparison.overrides.push(change(false));
        }
        if t != b && t != m {
            let conflict = m != b || node.is_some_and(|node| fought_over.contains(node));
            comparison.changes.push(change(conflict));
        } else if node.is_some_and(|node| fought_over.contains(node)) && m != t {
            comparison.changes.push(change(true));
        }
    }
    Ok(comparison)
}

/// The new version with what the dealership changed. A choice is for one part, or for a whole step
/// or trigger (`steps/<id>`). A conflict without a choice is refused with
/// its place under `/resolutions`; what nobody fights over is taken from who changed it.
pub fn merge(
    base: &Definition,
    mine: &Definition,
    theirs: &Definition,
    choices: &BTreeMap<String, Choice>,
) -> Result<Definition> {
    let comparison = compare(base, mine, theirs)?;
    let conflicts: BTreeSet<&str> = comparison
        .changes
        .iter()
        .filter(|change| change.conflict)
        .map(|change| change.path.as_str())
        .collect();
    for path in choices.keys() {
        let meant = |change: &Change| &change.path == path || node_of(&change.path) == Some(path);
        if !comparison.changes.iter().any(meant) {
            let pointer = format!("/resolutions/{}", crate::stored::escape(path));
            return Err(Error::invalid(
                pointer,
                "unknown_path",
                "nothing differs there",
            ));
        }
    }
    let choice = |path: &str| {
        choices
            .get(path)
            .or_else(|| choices.get(node_of(path)?))
            .copied()
    };
    let open = conflicts.iter().filter(|path| choice(path).is_none());
    let open: Vec<_> = open
        .map(|path| platform_kernel::error::FieldError {
            pointer: format!("/resolutions/{}", crate::stored::escape(path)),
            code: "choice_missing".to_owned(),
            detail: "both sides changed this; say which one stands".to_owned(),
        })
        .collect();
    Error::check(open)?;
    let differs: BTreeSet<&str> = comparison
        .changes
        .iter()
        .map(|change| change.path.as_str())
        .collect();
    let (b, m, t) = (split(base)?, split(mine)?, split(theirs)?);
    let paths: BTreeSet<&String> = b.keys().chain(m.keys()).chain(t.keys()).collect();
    let mut merged = Parts::new();
    for path in paths {
        let (base_part, my_part, their_part) = (b.get(path), m.get(path), t.get(path));
        let chosen = match choice(path).filter(|_| differs.contains(path.as_str())) {
            Some(Choice::Mine) => my_part,
            Some(Choice::Theirs) => their_part,
            None if my_part == base_part => their_part,
            None => my_part,
        };
        if let Some(part) = chosen {
            merged.insert(path.clone(), part.clone());
        }
    }
    keep_whole(&mut merged);
    join(&merged, &[theirs, mine], &[mine, theirs])
}

/// Nodes that one side removed and the other one changed.
fn fought_over<'a>(base: &'a Parts, mine: &'a Parts, theirs: &'a Parts) -> BTreeSet<&'a str> {
    let nodes: BTreeSet<&str> = base.keys().filter_map(|path| node_of(path)).collect();
    let has = |parts: &Parts, node: &str| parts.contains_key(&format!("{node}/type"));
    let changed = |parts: &Parts, node: &str| {
        let within = |path: &&String| node_of(path) == Some(node);
        let paths: BTreeSet<&String> = base
            .keys()
            .filter(within)
            .chain(parts.keys().filter(within))
            .collect();
        paths
            .into_iter()
            .any(|path| base.get(path) != parts.get(path))
    };
    nodes
        .into_iter()
        .filter(|node| {
            has(base, node)
                && ((!has(mine, node) && has(theirs, node) && changed(theirs, node))
                    || (!has(theirs, node) && has(mine, node) && changed(mine, node)))
        })
        .collect()
}

/// `steps/<id>` or `triggers/<id>` of a path below one.
fn node_of(path: &str) -> Option<&str> {
    if !path.starts_with("steps/") && !path.starts_with("triggers/") {
        return None;
    }
    let mut ends = path.match_indices('/').map(|(at, _)| at);
    ends.next();
    ends.next().and_then(|end| path.get(..end))
}

/// What is left of a node without a type is no node, and an edge needs both its ends.
fn keep_whole(parts: &mut Parts) {
    let types: BTreeSet<String> = parts
        .keys()
        .filter(|path| path.ends_with("/type") && path.matches('/').count() == 2)
        .filter_map(|path| node_of(path).map(str::to_owned))
        .collect();
    let known = |id: &str| {
        types.contains(&format!("steps/{id}")) || types.contains(&format!("triggers/{id}"))
    };
    parts.retain(|path, value| {
        if let Some(node) = node_of(path) {
            return types.contains(node);
        }
        if path.starts_with("edges/") {
            let end = |name: &str| value.get(name).and_then(Value::as_str).is_some_and(known);
            return end("from") && end("to");
        }
        true
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn definition(value: Value) -> Definition {
        serde_json::from_value(value).unwrap()
    }

    fn base() -> Definition {
        definition(json!({
            "triggers": [{"id": "lead", "type": "adf_lead"}],
            "steps": [
                {"id": "draft", "type": "ai.generate", "name": "Draft", "config": {"prompt": "a", "model": "m"}},
                {"id": "send", "type": "email.send", "name": "Send", "config": {"subject": "Hi", "to": "x"}}
            ],
            "edges": [{"from": "lead", "to": "draft"}, {"from": "draft", "to": "send"}],
            "layout": {"draft": {"x": 1.0, "y": 2.0}}
        }))
    }

    fn changed(change: impl FnOnce(&mut Value)) -> Definition {
        let mut value = serde_json::to_value(base()).unwrap();
        change(&mut value);
        definition(value)
    }

    #[test]
    fn a_definition_comes_back_together() {
        let base = base();
        let parts = split(&base).unwrap();
        assert_eq!(join(&parts, &[&base], &[&base]).unwrap(), base);
    }

    #[test]
    fn what_only_one_side_changed_needs_no_choice() {
        let mine = changed(|d| d["steps"][1]["config"]["subject"] = json!("Hello from Acme"));
        let theirs = changed(|d| d["steps"][0]["config"]["prompt"] = json!("better"));
        let comparison = compare(&base(), &mine, &theirs).unwrap();
        assert_eq!(comparison.overrides.len(), 1);
        assert_eq!(comparison.overrides[0].path, "steps/send/config/subject");
        assert_eq!(comparison.changes.len(), 1);
        assert!(!comparison.changes[0].conflict);
        let merged = merge(&base(), &mine, &theirs, &BTreeMap::new()).unwrap();
        assert_eq!(merged.steps[0].config["prompt"], "better");
        assert_eq!(merged.steps[1].config["subject"], "Hello from Acme");
        assert_eq!(merged.layout["draft"].x, 1.0);
    }

    #[test]
    fn what_both_changed_is_asked_for() {
        let mine = changed(|d| d["steps"][0]["config"]["prompt"] = json!("mine"));
        let theirs = changed(|d| d["steps"][0]["config"]["prompt"] = json!("theirs"));
        let refused = merge(&base(), &mine, &theirs, &BTreeMap::new()).unwrap_err();
        assert_eq!(
            refused.errors()[0].pointer,
            "/resolutions/steps~1draft~1config~1prompt"
        );
        for (choice, expected) in [(Choice::Mine, "mine"), (Choice::Theirs, "theirs")] {
            let choices = BTreeMap::from([("steps/draft/config/prompt".to_owned(), choice)]);
            let merged = merge(&base(), &mine, &theirs, &choices).unwrap();
            assert_eq!(merged.steps[0].config["prompt"], expected);
        }
        let same = merge(&base(), &mine, &mine, &BTreeMap::new()).unwrap();
        assert_eq!(same, mine);
    }

    #[test]
    fn a_step_that_one_removed_and_the_other_changed_is_asked_for() {
        let theirs = changed(|d| {
            d["steps"].as_array_mut().unwrap().pop();
            d["edges"].as_array_mut().unwrap().pop();
        });
        let untouched = merge(&base(), &base(), &theirs, &BTreeMap::new()).unwrap();
        assert_eq!(untouched.steps.len(), 1);
        assert_eq!(untouched.edges.len(), 1);
        let mine = changed(|d| d["steps"][1]["config"]["subject"] = json!("Mine"));
        let comparison = compare(&base(), &mine, &theirs).unwrap();
        let conflicts: Vec<_> = comparison.changes.iter().filter(|c| c.conflict).collect();
        assert!(conflicts.len() >= 3, "{conflicts:#?}");
        let choices = |choice| BTreeMap::from([("steps/send".to_owned(), choice)]);
        let kept = merge(&base(), &mine, &theirs, &choices(Choice::Mine)).unwrap();
        assert_eq!(kept.step("send").unwrap().config["subject"], "Mine");
        let gone = merge(&base(), &mine, &theirs, &choices(Choice::Theirs)).unwrap();
        assert!(gone.step("send").is_none());
        assert_eq!(gone.edges.len(), 1);
    }

    #[test]
    fn new_steps_and_edges_of_both_sides_stand_beside_each_other() {
        let mine = changed(|d| {
            d["steps"]
                .as_array_mut()
                .unwrap()
                .push(json!({"id": "log", "type": "notify"}));
            d["edges"]
                .as_array_mut()
                .unwrap()
                .push(json!({"from": "send", "to": "log"}));
        });
        let theirs = changed(|d| {
            d["steps"]
                .as_array_mut()
                .unwrap()
                .push(json!({"id": "text", "type": "sms.send"}));
            d["edges"]
                .as_array_mut()
                .unwrap()
                .push(json!({"from": "send", "to": "text"}));
            d["settings"] = json!({"max_concurrency": 3});
        });
        let merged = merge(&base(), &mine, &theirs, &BTreeMap::new()).unwrap();
        let ids: Vec<_> = merged.steps.iter().map(|step| step.id.as_str()).collect();
        assert_eq!(ids, ["draft", "send", "text", "log"]);
        assert_eq!(merged.edges.len(), 4);
        assert_eq!(merged.settings.max_concurrency, Some(3));
    }

    #[test]
    fn a_choice_about_nothing_is_a_mistake() {
        let choices = BTreeMap::from([("steps/draft/name".to_owned(), Choice::Mine)]);
        let refused = merge(&base(), &base(), &base(), &choices).unwrap_err();
        assert_eq!(refused.errors()[0].code, "unknown_path");
    }
}

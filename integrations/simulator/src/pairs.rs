//! Finds names and values in a prompt: JSON in it, `Name: value` lines, `<name>value</name>`.

use serde_json::Value;

/// Names in lower case with underscores, the path joined by dots: `customer.first_name`.
#[derive(Debug, Default)]
pub(crate) struct Pairs(Vec<(String, String)>);

/// A prompt full of braces must not cost a parse each.
const MOST_TRIES: usize = 64;

impl Pairs {
    pub(crate) fn read(text: &str) -> Self {
        let mut pairs = Self::default();
        let mut rest = text;
        for _ in 0..MOST_TRIES {
            let Some(at) = rest.find('{') else { break };
            let tail = rest.get(at..).unwrap_or_default();
            let mut values = serde_json::Deserializer::from_str(tail).into_iter::<Value>();
            let skip = match values.next() {
                Some(Ok(value)) => {
                    pairs.flatten("", &value);
                    values.byte_offset().max(1)
                }
                _ => 1,
            };
            rest = tail.get(skip..).unwrap_or_default();
        }
        for line in text.lines() {
            pairs.line(line);
        }
        pairs
    }

    /// The first value whose name, or its last part, is one of `names`.
    pub(crate) fn get(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|wanted| {
            let named = |name: &str| {
                let before = name.strip_suffix(wanted);
                before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
            };
            self.0
                .iter()
                .find(|(name, _)| named(name))
                .map(|(_, value)| value.as_str())
        })
    }

    /// The value of that very name, with no path before it.
    pub(crate) fn exact(&self, wanted: &str) -> Option<&str> {
        let found = self.0.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_str())
    }

    fn flatten(&mut self, path: &str, value: &Value) {
        let join = |name: &str| {
            let name = normal(name);
            if path.is_empty() {
                name
            } else {
                format!("{path}.{name}")
            }
        };
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    self.flatten(&join(name), value);
                }
            }
            Value::Array(items) => {
                for item in items {
                    self.flatten(path, item);
                }
            }
            Value::String(text) => self.add(path, text),
            Value::Number(number) => self.add(path, &number.to_string()),
            Value::Bool(_) | Value::Null => {}
        }
    }

    fn line(&mut self, line: &str) {
        let line = line.trim().trim_start_matches(['-', '*', '•', ' ', '#']);
        if let Some((name, rest)) = line.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
            if let Some((value, _)) = rest.split_once("</") {
                self.add(&normal(name), value);
            }
            return;
        }
        let Some((name, value)) = line.split_once(':') else {
            return;
        };
        if name.len() <= 40 && name.split_whitespace().count() <= 4 && !name.contains('"') {
            self.add(&normal(name), value);
        }
    }

    fn add(&mut self, name: &str, value: &str) {
        let value = value.trim().trim_matches(['*', '"']).trim();
        let nothing = ["", "null", "none", "n/a", "unknown", "undefined", "-"];
        if !nothing.iter().any(|no| value.eq_ignore_ascii_case(no)) {
            self.0.push((name.to_owned(), value.to_owned()));
        }
    }
}

fn normal(name: &str) -> String {
    let name = name.trim().trim_matches(['*', '`']).to_ascii_lowercase();
    name.replace([' ', '-'], "_").replace("'s_", "_")
}

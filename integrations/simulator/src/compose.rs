//! Fills a JSON Schema with an answer that satisfies it and makes sense for the facts.

use crate::facts::Facts;
use crate::wording;
use data_encoding::HEXLOWER;
use serde_json::{Map, Number, Value, json};

/// Deeper than any schema that makes sense, and the end of those that refer to themselves.
const DEEPEST: usize = 12;

pub(crate) fn compose(schema: &Value, facts: &Facts) -> Value {
    let composer = Composer {
        root: schema,
        facts,
    };
    composer.value("answer", schema, 0)
}

struct Composer<'a> {
    root: &'a Value,
    facts: &'a Facts,
}

impl Composer<'_> {
    fn value(&self, name: &str, schema: &Value, depth: usize) -> Value {
        let schema = self.resolve(schema);
        if depth > DEEPEST {
            return Value::Null;
        }
        if let Some(constant) = schema.get("const") {
            return constant.clone();
        }
        if let Some(Value::Array(choices)) = schema.get("enum") {
            return self.choice(name, choices);
        }
        for key in ["anyOf", "oneOf", "allOf"] {
            if let Some(Value::Array(branches)) = schema.get(key) {
                let real = branches.iter().find(|b| kind(self.resolve(b)) != "null");
                return real.map_or(Value::Null, |branch| self.value(name, branch, depth + 1));
            }
        }
        match kind(schema) {
            "object" => self.object(schema, depth),
            "array" => self.array(name, schema, depth),
            "boolean" => Value::Bool(self.yes(name)),
            "integer" => number(name, schema, true),
            "number" => number(name, schema, false),
            "null" => Value::Null,
            _ => Value::String(self.string(name, schema)),
        }
    }

    /// Follows `#/$defs/…`, a few steps at most.
    fn resolve<'b>(&'b self, schema: &'b Value) -> &'b Value {
        let mut schema = schema;
        for _ in 0..DEEPEST {
            let target = schema.get("$ref").and_then(Value::as_str);
            let target = target.and_then(|at| self.root.pointer(at.strip_prefix('#')?));
            match target {
                Some(found) => schema = found,
                None => break,
            }
        }
        schema
    }

    fn object(&self, schema: &Value, depth: usize) -> Value {
        let mut answer = Map::new();
        if let Some(Value::Object(properties)) = schema.get("properties") {
            for (name, property) in properties {
                answer.insert(name.clone(), self.value(name, property, depth + 1));
            }
        }
        Value::Object(answer)
    }

    fn array(&self, name: &str, schema: &Value, depth: usize) -> Value {
        let limit = |key: &str| schema.get(key).and_then(Value::as_u64);
        let least = limit("minItems").unwrap_or(1).max(1);
        let count = least.min(limit("maxItems").unwrap_or(u64::MAX)).min(50);
        let items = schema.get("items").unwrap_or(&Value::Null);
        let items = self.resolve(items);
        let unique = schema.get("uniqueItems") == Some(&json!(true));
        let value = |at: u64| match items.get("enum").and_then(Value::as_array) {
            Some(choices) if unique => {
                let at = usize::try_from(at).unwrap_or_default();
                choices.get(at).cloned().unwrap_or(Value::Null)
            }
            _ => self.value(name, items, depth + 1),
        };
        Value::Array((0..count).map(value).collect())
    }

    fn choice(&self, name: &str, choices: &[Value]) -> Value {
        let texts: Vec<&str> = choices.iter().filter_map(Value::as_str).collect();
        match wording::choose(name, &texts, self.facts) {
            Some(text) => json!(text),
            None => choices.first().cloned().unwrap_or(Value::Null),
        }
    }

    fn yes(&self, name: &str) -> bool {
        use crate::signs::Topic;
        let name = name.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
        let asked = |topic| self.facts.topics.contains(&topic);
        match () {
            () if has(&["trade"]) => asked(Topic::Trade),
            () if has(&["test", "drive"]) => asked(Topic::TestDrive),
            () if has(&["price", "quote"]) => asked(Topic::Price),
            () if has(&["financ", "payment", "lease"]) => asked(Topic::Finance),
            () if has(&["opt_out", "unsubscribe", "stop"]) => self.facts.opted_out,
            () if has(&["urgent"]) => wording::urgency(self.facts) == "high",
            () if has(&["human", "review", "escalate"]) => self.facts.needs_human,
            () if has(&["spam"]) => false,
            () => !self.facts.opted_out,
        }
    }

    fn string(&self, name: &str, schema: &Value) -> String {
        let said = |key: &str| schema.get(key).and_then(Value::as_str).unwrap_or_default();
        if let Some(formatted) = self.formatted(said("format")) {
            return formatted;
        }
        let description = [said("title"), said("description")].join(" ");
        let text = wording::text(name, &description, self.facts);
        let (told_least, told_most) = told_lengths(said("description"));
        let limit = |key: &str| usize::try_from(schema.get(key)?.as_u64()?).ok();
        let least = limit("minLength").or(told_least).unwrap_or(0);
        let most = limit("maxLength").or(told_most).unwrap_or(usize::MAX);
        fit(text, least.min(10_000), most)
    }

    fn formatted(&self, format: &str) -> Option<String> {
        let email = || {
            self.facts
                .email
                .clone()
                .unwrap_or_else(|| "customer@example.com".into())
        };
        Some(match format {
            "email" => email(),
            "date" => "2027-01-15".to_owned(),
            "date-time" => "2027-01-15T17:00:00Z".to_owned(),
            "time" => "17:00:00Z".to_owned(),
            "uri" | "url" => "https://www.example.com/".to_owned(),
            "uuid" => self.uuid(),
            _ => return None,
        })
    }

    fn uuid(&self) -> String {
        let hex = HEXLOWER.encode(&self.facts.seed);
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default().to_owned();
        let parts = [
            part(0, 8),
            part(8, 12),
            format!("4{}", part(13, 16)),
            format!("8{}", part(17, 20)),
            part(20, 32),
        ];
        parts.join("-")
    }
}

/// The lengths in a description that ends in "At most 80 characters.", "3 to 80 characters." or
/// "At least 3 characters.": strict mode has no keyword for them.
fn told_lengths(description: &str) -> (Option<usize>, Option<usize>) {
    let Some(words) = description.strip_suffix(" characters.") else {
        return (None, None);
    };
    let mut words = words.rsplit(' ');
    let (last, before, first) = (words.next(), words.next(), words.next());
    let number = |word: Option<&str>| word.and_then(|word| word.parse().ok());
    match before {
        Some("to") => (number(first), number(last)),
        Some("least") => (number(last), None),
        Some("most") => (None, number(last)),
        _ => (None, None),
    }
}

/// The first type that isn't null, or what the keywords suggest.
fn kind(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => {
            let real = kinds
                .iter()
                .filter_map(Value::as_str)
                .find(|kind| *kind != "null");
            real.unwrap_or("null")
        }
        _ if schema.get("properties").is_some() => "object",
        _ if schema.get("items").is_some() => "array",
        _ => "string",
    }
}

/// Cuts at a word's end, or fills up to the least length.
fn fit(text: String, least: usize, most: usize) -> String {
    if text.chars().count() > most {
        let cut: String = text.chars().take(most).collect();
        let end = cut.rfind(char::is_whitespace).unwrap_or(cut.len());
        let whole = cut.get(..end).unwrap_or_default().trim_end().to_owned();
        return if whole.chars().count() >= least {
            whole
        } else {
            cut
        };
    }
    let mut text = text;
    while text.chars().count() < least {
        text.push('.');
    }
    text
}

fn number(name: &str, schema: &Value, whole: bool) -> Value {
    let limit = |key: &str| schema.get(key).and_then(Value::as_f64);
    let step = limit("multipleOf").filter(|step| *step > 0.0);
    let nudge = step.unwrap_or(if whole { 1.0 } else { 0.01 });
    let least = limit("minimum").or_else(|| Some(limit("exclusiveMinimum")? + nudge));
    let most = limit("maximum").or_else(|| Some(limit("exclusiveMaximum")? - nudge));
    let name = name.to_lowercase();
    let share = ["confidence", "score", "probability"]
        .iter()
        .any(|word| name.contains(word));
    let mut value = match (share, least, most) {
        (true, least, Some(most)) => least.unwrap_or(0.0) + 0.8 * (most - least.unwrap_or(0.0)),
        (true, _, None) if !whole => 0.8,
        _ => 1.0,
    };
    value = value
        .max(least.unwrap_or(f64::MIN))
        .min(most.unwrap_or(f64::MAX));
    if let Some(step) = step {
        value = (value / step).floor() * step;
        if least.is_some_and(|least| value < least) {
            value += step;
        }
    }
    if whole {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "rounded first; schemas stay small"
        )]
        return Value::from(value.ceil().min(most.unwrap_or(f64::MAX).floor()) as i64);
    }
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

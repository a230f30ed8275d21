//! Tasks whose answers lie in the text itself: choosing among labels and finding fields. They
//! are known by their schema's name, and answered by rules from what the text says.

use crate::compose::compose;
use crate::facts::Facts;
use crate::pairs::Pairs;
use crate::wording;
use serde_json::{Map, Value, json};

/// The answer, if a schema called `name` is of such a task.
pub(crate) fn answer(name: &str, schema: &Value, instructions: &str, text: &str) -> Option<Value> {
    match name {
        "classification" => classify(schema, instructions, text),
        "extraction" => extract(schema, instructions, text),
        _ => None,
    }
}

fn classify(schema: &Value, instructions: &str, text: &str) -> Option<Value> {
    let several = schema.pointer("/properties/labels/items/enum");
    let one = schema.pointer("/properties/label/enum");
    let labels: Vec<&str> = several
        .or(one)?
        .as_array()?
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let said = words(text);
    let mut scored: Vec<(usize, &str, Option<&str>)> = labels
        .iter()
        .map(|label| {
            let hints = words(&described(instructions, label));
            let shared: Vec<&str> = hints
                .iter()
                .filter(|hint| said.iter().any(|word| same_stem(hint, word)))
                .map(String::as_str)
                .collect();
            let hint = shared
                .first()
                .and_then(|hint| said.iter().find(|word| same_stem(hint, word)))
                .and_then(|word| text_word(text, word));
            (shared.len(), *label, hint)
        })
        .collect();
    scored.sort_by_key(|(score, ..)| std::cmp::Reverse(*score));
    let (score, best, hint) = *scored.first()?;
    let guess = || wording::choose("category", &labels, &Facts::read(instructions, text));
    let best = if score == 0 {
        guess().unwrap_or(best)
    } else {
        best
    };
    let confidence = [0.4, 0.7, 0.8, 0.9].get(score).copied().unwrap_or(0.95);
    let reason = hint.map_or_else(
        || "Nothing in the text speaks for another label.".to_owned(),
        |word| format!("The text says “{word}”."),
    );
    if several.is_some() {
        let fitting = scored.iter().filter(|(score, ..)| *score > 0);
        let labels: Vec<&str> = fitting.map(|(_, label, _)| *label).collect();
        return Some(json!({"labels": labels, "confidence": confidence, "reason": reason}));
    }
    Some(json!({"label": best, "confidence": confidence, "reason": reason}))
}

/// What the instructions say about a label, in a line `- label (description)`, and the label.
fn described(instructions: &str, label: &str) -> String {
    let line = instructions.lines().find(|line| {
        let named = line.strip_prefix("- ").and_then(|l| l.strip_prefix(label));
        named.is_some_and(|rest| rest.is_empty() || rest.starts_with(" ("))
    });
    line.unwrap_or(label).to_owned()
}

/// Words that mean something, in lower case.
fn words(text: &str) -> Vec<String> {
    const EMPTY: [&str; 16] = [
        "about", "and", "are", "for", "from", "has", "have", "not", "that", "the", "their", "they",
        "this", "wants", "who", "with",
    ];
    let split = text.split(|c: char| !c.is_alphanumeric());
    split
        .map(str::to_lowercase)
        .filter(|word| word.len() > 2 && !EMPTY.contains(&word.as_str()))
        .collect()
}

fn same_stem(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    short == long || (short.len() > 3 && long.starts_with(short) && long.len() - short.len() < 4)
}

fn text_word<'a>(text: &'a str, lower: &str) -> Option<&'a str> {
    text.split(|c: char| !c.is_alphanumeric())
        .find(|word| word.to_lowercase() == lower)
}

fn extract(schema: &Value, instructions: &str, text: &str) -> Option<Value> {
    let facts = Facts::read(instructions, text);
    let pairs = Pairs::read(text);
    let mut answer = Map::new();
    for (name, field) in schema.get("properties")?.as_object()? {
        let description = field.get("description").and_then(Value::as_str);
        let hint = format!("{name} {}", description.unwrap_or_default()).to_lowercase();
        let found = pairs.get(&[name.as_str()]).map(str::to_owned);
        let found = found.or_else(|| look(&hint, text, &facts));
        let value = found.and_then(|found| fit(&found, field));
        let said_nothing = || match nullable(field) {
            true => Value::Null,
            false => compose(field, &facts),
        };
        let boolean = || is_type(field, "boolean").then(|| json!(mentioned(name, text)));
        answer.insert(
            name.clone(),
            value.or_else(boolean).unwrap_or_else(said_nothing),
        );
    }
    Some(Value::Object(answer))
}

/// Looks for what a field is called or described as.
fn look(hint: &str, text: &str, facts: &Facts) -> Option<String> {
    let has = |words: &[&str]| words.iter().any(|word| hint.contains(word));
    let mut tokens = text
        .split(|c: char| c.is_whitespace() || ";()<>\"".contains(c))
        .map(|token| token.trim_matches(['.', ',', ':', '!', '?']));
    let digits = |token: &str| token.chars().filter(char::is_ascii_digit).count();
    let found = match () {
        () if has(&["vin"]) => {
            tokens.find(|t| t.len() == 17 && t.chars().all(char::is_alphanumeric))
        }
        () if has(&["email", "e-mail"]) => tokens.find(|t| t.contains('@') && t.contains('.')),
        () if has(&["date"]) => tokens.find(|t| t.len() == 10 && digits(t) == 8 && t.contains('-')),
        () if has(&["phone"]) => tokens.find(|t| digits(t) >= 10 && t.len() < 18),
        () if has(&["price", "budget", "amount", "payment"]) => tokens.find(|t| t.starts_with('$')),
        () if has(&["year"]) => tokens.find(|t| t.len() == 4 && digits(t) == 4),
        () if has(&["vehicle", "car"]) => facts.vehicle.as_deref(),
        () if has(&["name"]) => facts.full_name.as_deref(),
        () => None,
    };
    found.map(str::to_owned)
}

/// The text as the field's type; `None` when it is not of it.
fn fit(found: &str, field: &Value) -> Option<Value> {
    let number = || {
        let kept = found.chars().filter(|c| c.is_ascii_digit() || *c == '.');
        kept.collect::<String>().parse::<f64>().ok()
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "numbers of a text are small"
    )]
    let whole = |number: f64| number.trunc() as i64;
    let said = found.to_lowercase();
    Some(match () {
        () if is_type(field, "integer") => json!(whole(number()?)),
        () if is_type(field, "number") => json!(number()?),
        () if is_type(field, "boolean") => json!(matches!(said.as_str(), "yes" | "true")),
        () if is_type(field, "array") => found.split(',').map(str::trim).collect(),
        () => json!(found),
    })
}

fn mentioned(name: &str, text: &str) -> bool {
    let said = words(text);
    words(&name.replace('_', " "))
        .iter()
        .any(|word| said.iter().any(|other| same_stem(word, other)))
}

fn is_type(field: &Value, name: &str) -> bool {
    match field.get("type") {
        Some(Value::Array(types)) => types.iter().any(|known| known == name),
        Some(known) => known == name,
        None => false,
    }
}

fn nullable(field: &Value) -> bool {
    is_type(field, "null")
}

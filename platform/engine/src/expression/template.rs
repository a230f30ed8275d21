//! MiniJinja: text with values in it. A name that is not there is an error, `null` writes
//! nothing, and a template can neither run long nor grow large.

use super::reference::Reference;
use super::{MAX_RESULT, View};
use minijinja::value::{Rest, Serde, ValueKind};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value, escape_formatter};
use platform_kernel::text::is_filler;
use std::io::{self, Write};
use std::sync::LazyLock;

const FUEL: u64 = 50_000;
/// Bytes that intermediate texts may take, by a coarse estimate.
const MAX_WORK: usize = 64 << 20;
/// Operators that the tags of a template may have: the parser calls itself for each link of a chain.
const MAX_OPERATORS: usize = 1_000;
/// Statements that keep nothing between two places of the text, so that nothing can grow.
const STATEMENTS: [&str; 8] = [
    "if", "elif", "else", "endif", "for", "endfor", "raw", "endraw",
];
/// What a text may see as a whole.
const SLICED_ROOTS: [&str; 4] = ["trigger", "parameters", "tenant", "execution"];
/// Filters and functions that make much out of little.
const REMOVED_FILTERS: [&str; 12] = [
    "batch", "slice", "indent", "format", "pprint", "chain", "zip", "groupby", "attr", "map",
    "safe", "tojson",
];
const REMOVED_FUNCTIONS: [&str; 5] = ["range", "dict", "debug", "namespace", "lipsum"];

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(64);
    environment.set_formatter(|out, state, value| {
        let value = if value.is_none() {
            &Value::UNDEFINED
        } else {
            value
        };
        if value.is_undefined() {
            Ok(())
        } else {
            escape_formatter(out, state, value)
        }
    });
    for name in REMOVED_FILTERS {
        environment.remove_filter(name);
    }
    for name in REMOVED_FUNCTIONS {
        environment.remove_global(name);
    }
    environment.add_filter("join", join);
    environment.add_filter("replace", replace);
    environment.add_filter("tojson", to_json);
    environment.add_filter("known", known);
    environment
});

/// What the template refers to; the error says why it does not compile.
pub(super) fn references(source: &str) -> Result<Vec<Reference>, String> {
    check_statements(source)?;
    if operators(source) > MAX_OPERATORS {
        return Err("the template is too long; split it over several values".to_owned());
    }
    let template = ENVIRONMENT
        .template_from_str(source)
        .map_err(|error| describe(&error))?;
    check_filters(source)?;
    let found = template.undeclared_variables(true).into_iter().map(|path| {
        let segments = path.split('.').map(str::to_owned).collect();
        let reference = Reference::from_segments(segments);
        reference.check().map(|()| reference)
    });
    let mut found: Vec<Reference> = found.collect::<Result<_, _>>()?;
    // MiniJinja does not look into what is sliced (`trigger.at[:10]`).
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let words: Vec<&str> = source.split(|c| !is_part(c)).collect();
    for root in SLICED_ROOTS {
        let named = |word: &&str| word.split('.').next() == Some(root);
        if words.iter().any(named) && !found.iter().any(|r| r.root() == root) {
            found.push(Reference::from_segments(vec![root.to_owned()]));
        }
    }
    Ok(found)
}

pub(super) fn render(source: &str, scope: &View<'_>) -> Result<String, String> {
    let references = references(source)?;
    let values = scope.narrow(&references);
    check_cost(source, &values)?;
    let template = ENVIRONMENT
        .template_from_str(source)
        .map_err(|error| describe(&error))?;
    let mut text = Capped(Vec::new());
    template
        .render_captured_to(Value::from(Serde(&values)), &mut text)
        .map_err(|error| describe(&error))?;
    String::from_utf8(text.0).map_err(|error| error.to_string())
}

fn check_statements(source: &str) -> Result<(), String> {
    for (at, _) in source.match_indices("{%") {
        let rest = source.get(at + 2..).unwrap_or_default();
        let rest = rest.trim_start_matches(['-', '+']).trim_start();
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or_default();
        if !STATEMENTS.contains(&word) {
            return Err(format!(
                "`{{% {word} %}}` is not available; there are if and for"
            ));
        }
    }
    Ok(())
}

/// MiniJinja looks filters up when it renders; who publishes should hear of a wrong one before.
fn check_filters(source: &str) -> Result<(), String> {
    for name in filters(source) {
        let tried = ENVIRONMENT.empty_state().apply_filter(name, &[]);
        if tried.is_err_and(|error| error.kind() == ErrorKind::UnknownFilter) {
            return Err(format!("there is no filter `{name}`"));
        }
    }
    Ok(())
}

/// The words after a `|` inside of tags and outside of quotes.
fn filters(source: &str) -> Vec<&str> {
    let (mut names, mut tag, mut quote) = (Vec::new(), false, None);
    let mut characters = source.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        match (tag, quote) {
            (false, _) => tag = c == '{' && matches!(next, Some('{' | '%')),
            (true, Some(open)) if c == open => quote = None,
            (true, Some(_)) if c == '\\' => drop(characters.next()),
            (true, Some(_)) => {}
            (true, None) if matches!(c, '"' | '\'') => quote = Some(c),
            (true, None) if matches!(c, '}' | '%') && next == Some('}') => tag = false,
            (true, None) if c == '|' => {
                let rest = source.get(at + 1..).unwrap_or_default().trim_start();
                let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
                names.extend(rest.get(..end).filter(|name| !name.is_empty()));
            }
            (true, None) => {}
        }
    }
    names
}

/// Counts what may link two parts, texts in tags included. A quote only matters for where a tag
/// ends; whatever is not understood counts as inside.
fn operators(source: &str) -> usize {
    let (mut count, mut tag, mut quote, mut escaped) = (0, false, None, false);
    let mut last = ' ';
    for c in source.chars() {
        match (tag, quote) {
            (false, _) => tag = last == '{' && matches!(c, '{' | '%'),
            (true, Some(mark)) => {
                if c == mark && !escaped {
                    quote = None;
                }
                escaped = c == '\\' && !escaped;
            }
            (true, None) if matches!(c, '"' | '\'') => (quote, escaped) = (Some(c), false),
            (true, None) => tag = !(c == '}' && matches!(last, '}' | '%')),
        }
        count += usize::from(tag && "+-*/%<>=!.[(|~".contains(c));
        last = c;
    }
    count
}

/// Joining texts multiplies at most the size of what is joined with how often it is written.
fn check_cost(
    source: &str,
    values: &serde_json::Map<String, serde_json::Value>,
) -> Result<(), String> {
    let operators = source.matches(['~', '+', '*']).count();
    if operators == 0 {
        return Ok(());
    }
    let size = serde_json::to_string(values).map_or(usize::MAX, |text| text.len());
    match operators.checked_mul(size) {
        Some(work) if work <= MAX_WORK => Ok(()),
        _ => Err("the values are too large to be joined in a template".to_owned()),
    }
}

fn describe(error: &Error) -> String {
    let text = match (error.detail(), error.line()) {
        (Some(detail), Some(line)) => format!("{}: {detail} (line {line})", error.kind()),
        (Some(detail), None) => format!("{}: {detail}", error.kind()),
        (None, Some(line)) => format!("{} (line {line})", error.kind()),
        (None, None) => error.kind().to_string(),
    };
    text.chars().take(300).collect()
}

/// Output that refuses to grow beyond the limit.
struct Capped(Vec<u8>);

impl Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_RESULT {
            return Err(io::Error::other("the text is too long"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn too_large() -> Error {
    Error::new(ErrorKind::InvalidOperation, "the text is too long")
}

fn join(values: Value, separator: Option<String>) -> Result<String, Error> {
    let separator = separator.unwrap_or_default();
    let mut text = String::new();
    for (index, item) in values.try_iter()?.enumerate() {
        if index > 0 {
            text.push_str(&separator);
        }
        if !item.is_none() {
            text.push_str(&item.to_string());
        }
        if text.len() > MAX_RESULT {
            return Err(too_large());
        }
    }
    Ok(text)
}

fn replace(text: String, from: String, to: String, _rest: Rest<Value>) -> Result<String, Error> {
    let found = if from.is_empty() {
        text.len() + 1
    } else {
        text.matches(&from).count()
    };
    if found.saturating_mul(to.len()).saturating_add(text.len()) > MAX_RESULT {
        return Err(too_large());
    }
    Ok(text.replace(&from, &to))
}

/// The value, unless it is missing or a text that stands for nothing (`N/A`, `null null`).
fn known(value: Value) -> Value {
    match value.as_str() {
        Some(text) if is_filler(text) => Value::from(()),
        None if value.kind() == ValueKind::Undefined => Value::from(()),
        _ => value,
    }
}

fn to_json(value: Value) -> Result<String, Error> {
    if value.kind() == ValueKind::Undefined {
        return Err(Error::from(ErrorKind::UndefinedError));
    }
    serde_json::to_string(&value)
        .map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))
}

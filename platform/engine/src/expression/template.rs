//! MiniJinja: text with values in it. A name that is not there is an error, `null` writes
//! nothing, and a template can neither run long nor grow large.

use super::filters;
use super::node::Node;
use super::reference::Reference;
use super::{Limits, MAX_RESULT, View};
use minijinja::value::{Serde, ValueKind};
use minijinja::{Environment, Error, UndefinedBehavior, Value, escape_formatter};
use moka::sync::Cache;
use std::io::{self, Write};
use std::sync::{Arc, LazyLock};

/// Bytes of source text whose compiled form is kept; that takes some tens of times as much.
const KEPT_SOURCE: u64 = 512 * 1024;
/// Bytes that intermediate texts may take, by a coarse estimate.
const MAX_WORK: usize = 64 << 20;
/// Operators that the tags of a template may have: the parser calls itself for each link of a chain,
/// and folding constants takes the square of its length.
const MAX_OPERATORS: usize = 1_000;
/// The least fuel of a template, however large what it compares is.
const LEAST_FUEL: u64 = 64;
/// Statements that keep nothing between two places of the text, so that nothing can grow.
const STATEMENTS: [&str; 8] = [
    "if", "elif", "else", "endif", "for", "endfor", "raw", "endraw",
];
/// Words that link two parts as operators do.
const LINKING_WORDS: [&str; 7] = ["not", "and", "or", "if", "is", "in", "else"];
/// What a text may see as a whole.
const SLICED_ROOTS: [&str; 4] = ["trigger", "parameters", "tenant", "execution"];
const REMOVED_FUNCTIONS: [&str; 5] = ["range", "dict", "debug", "namespace", "lipsum"];

/// What a template makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    Text,
    /// Values are escaped where they are written.
    Html,
}

impl Form {
    /// The name that MiniJinja reads the form from.
    fn name(self) -> &'static str {
        match self {
            Form::Text => "template.txt",
            Form::Html => "template.html",
        }
    }
}

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_recursion_limit(64);
    environment.set_formatter(|out, state, value| match value.kind() {
        ValueKind::None | ValueKind::Undefined => Ok(()),
        ValueKind::Seq | ValueKind::Map | ValueKind::Bool => {
            let json = Value::from(serde_json::to_string(value).map_err(filters::not_json)?);
            escape_formatter(out, state, &json)
        }
        _ => escape_formatter(out, state, value),
    });
    filters::set(&mut environment);
    for name in REMOVED_FUNCTIONS {
        environment.remove_global(name);
    }
    environment
});

/// A template that compiles, in an environment of its own.
struct Compiled {
    environment: Environment<'static>,
    references: Vec<Reference>,
    /// What the template sees: some references without the parts that it looks up by itself.
    seen: Vec<Reference>,
    /// Operators that may copy or compare whole values each time that they are reached.
    copying: u64,
}

type Compiling = Result<Arc<Compiled>, String>;

static TEMPLATES: LazyLock<Cache<(Form, String), Compiling>> = LazyLock::new(|| {
    let weight = |key: &(Form, String), _: &_| u32::try_from(key.1.len()).unwrap_or(u32::MAX);
    Cache::builder()
        .max_capacity(KEPT_SOURCE)
        .weigher(weight)
        .build()
});

fn compile(source: &str, form: Form) -> Compiling {
    TEMPLATES.get_with((form, source.to_owned()), || {
        check_statements(source)?;
        if operators(source) > MAX_OPERATORS {
            return Err("the template is too long; split it over several values".to_owned());
        }
        let mut environment = ENVIRONMENT.clone();
        environment
            .add_template_owned(form.name(), source.to_owned())
            .map_err(|error| describe(&error))?;
        check_filters(source)?;
        let template = environment.get_template(form.name());
        let template = template.map_err(|error| describe(&error))?;
        let references = referred(source, template.undeclared_variables(true))?;
        let seen = seen(source, &references);
        Ok(Arc::new(Compiled {
            environment,
            references,
            seen,
            copying: copying(source),
        }))
    })
}

/// What the template refers to; the error says why it does not compile.
pub(super) fn references(source: &str) -> Result<Vec<Reference>, String> {
    compile(source, Form::Text).map(|compiled| compiled.references.clone())
}

/// Whether compiling the source costs nothing, because it was compiled before.
pub(super) fn is_compiled(source: &str, form: Form) -> bool {
    TEMPLATES.contains_key(&(form, source.to_owned()))
}

fn referred(
    source: &str,
    paths: impl IntoIterator<Item = String>,
) -> Result<Vec<Reference>, String> {
    let found = paths.into_iter().map(|path| {
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

/// What a template with these references sees. Where something is looked up (`trigger["a"]`), roots and
/// names are seen whole, because MiniJinja does not tell what is looked up in them.
fn seen(source: &str, references: &[Reference]) -> Vec<Reference> {
    let looks_up = source.contains('[');
    let references = references.iter().map(|reference| {
        let named = ["steps", "variables", "loops"].contains(&reference.root());
        let kept = if looks_up {
            1 + usize::from(named)
        } else {
            usize::MAX
        };
        let segments = reference.segments().iter().take(kept).cloned();
        Reference::from_segments(segments.collect())
    });
    references.collect()
}

pub(super) fn render(
    source: &str,
    form: Form,
    scope: &View<'_>,
    limits: &Limits,
) -> Result<String, String> {
    let compiled = compile(source, form)?;
    let values = scope.narrow(&compiled.seen);
    limits.admit(&values)?;
    check_cost(source, &values)?;
    let mut environment = compiled.environment.clone();
    environment.set_fuel(Some(fuel(&compiled, &values, limits)));
    let template = environment.get_template(form.name());
    let template = template.map_err(|error| describe(&error))?;
    let mut text = Capped(Vec::new());
    filters::with_budget(limits.filter_bytes, || {
        template.render_captured_to(Value::from(Serde(&values)), &mut text)
    })
    .map_err(|error| describe(&error))?;
    String::from_utf8(text.0).map_err(|error| error.to_string())
}

/// Instructions that the template may take: fewer where each of them may copy or compare a long text
/// or a large list.
fn fuel(compiled: &Compiled, values: &Node<'_>, limits: &Limits) -> u64 {
    if compiled.copying == 0 {
        return limits.fuel;
    }
    let text = (values.longest_text() as u64).max(1);
    let parts = values.parts().max(1);
    let by_text = limits.copied_bytes / text.saturating_mul(compiled.copying);
    let by_parts = limits.compared_parts / parts;
    limits.fuel.min(by_text).min(by_parts).max(LEAST_FUEL)
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
    for name in filters_of(source) {
        if !filters::is_known(name) {
            return Err(format!("there is no filter `{name}`"));
        }
    }
    Ok(())
}

/// The words after a `|` inside of tags and outside of quotes.
fn filters_of(source: &str) -> Vec<&str> {
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
    let (mut last, mut word) = (' ', String::new());
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
        if tag && (c.is_ascii_alphanumeric() || c == '_') {
            word.push(c);
        } else {
            count += usize::from(LINKING_WORDS.contains(&word.as_str()));
            word.clear();
        }
        last = c;
    }
    count
}

/// How often a copying or comparing operator stands in the source, at least once if one does.
fn copying(source: &str) -> u64 {
    let joins = source.matches(['~', '+', '*']).count();
    let compares = source.contains(['=', '<', '>', '['])
        || source
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|word| matches!(word, "in" | "is"));
    (joins + usize::from(compares)) as u64
}

/// Joining texts multiplies at most the size of what is joined with how often it is written.
fn check_cost(source: &str, values: &Node<'_>) -> Result<(), String> {
    let operators = source.matches(['~', '+', '*']).count();
    match operators.checked_mul(values.size(MAX_WORK)) {
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

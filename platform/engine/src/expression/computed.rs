//! CEL: predicates and computed values. It has no loops of its own; what its `map`, `filter` and
//! the like may take is bounded in `cost`.

use super::node::Node;
use super::reference::{ROOTS, Reference};
use super::{Limits, MAX_RESULT, View, arithmetic, cost};
use cel::common::ast::{EntryExpr, Expr, IdedExpr};
use cel::objects::{Key, Map as CelMap};
use cel::{Context, Env, Program, Value as CelValue};
use moka::sync::Cache;
use platform_kernel::number;
use serde_json::{Map, Number, Value};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

/// Bytes of source text whose compiled form is kept; that takes a hundred times as much.
const KEPT_SOURCE: u64 = 512 * 1024;

/// Operators that one expression may have. The parser and the interpreter call themselves for each
/// link of a chain such as `1+1+1`, and a stack that overflows takes the whole process along.
const MAX_OPERATORS: usize = 1_000;
/// How deep the parts of an expression may lie in each other, long chains included.
const MAX_DEPTH: usize = 100;

struct Compiled {
    program: Program,
    /// The program with JSON's arithmetic in place of CEL's.
    numeric: IdedExpr,
    references: Vec<Reference>,
}

static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut environment = Env::stdlib();
    if let Err(error) = environment.add_extension(cel::extensions::strings) {
        tracing::error!(?error, "CEL's text functions could not be added");
    }
    Arc::new(environment)
});

static PROGRAMS: LazyLock<Cache<String, Result<Arc<Compiled>, String>>> = LazyLock::new(|| {
    let weight = |source: &String, _: &_| u32::try_from(source.len()).unwrap_or(u32::MAX);
    Cache::builder()
        .max_capacity(KEPT_SOURCE)
        .weigher(weight)
        .build()
});

fn compile(source: &str) -> Result<Arc<Compiled>, String> {
    PROGRAMS.get_with_by_ref(source, || {
        check_length(source)?;
        let program = ENVIRONMENT
            .compile(source)
            .map_err(|errors| why_not(source, &errors.to_string()))?;
        if is_deeper(program.expression(), MAX_DEPTH) {
            return Err(TOO_LONG.to_owned());
        }
        let mut walk = Walk::default();
        walk.visit(program.expression());
        Ok(Arc::new(Compiled {
            numeric: arithmetic::over_json_numbers(program.expression()),
            program,
            references: walk.references,
        }))
    })
}

const TOO_LONG: &str = "the expression is too long or too deep; split it over several values";

/// Counts whatever may link two parts; those in texts count too, which harms nobody.
fn check_length(source: &str) -> Result<(), String> {
    let words = source.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let operators = source
        .matches(|c: char| "+-*/%<>=!?.[(&|".contains(c))
        .count()
        + words.filter(|word| *word == "in").count();
    if operators > MAX_OPERATORS {
        return Err(TOO_LONG.to_owned());
    }
    Ok(())
}

fn is_deeper(root: &IdedExpr, most: usize) -> bool {
    let mut open = vec![(root, 1)];
    while let Some((node, depth)) = open.pop() {
        if depth > most {
            return true;
        }
        open.extend(parts(&node.expr).into_iter().map(|part| (part, depth + 1)));
    }
    false
}

/// The expressions directly inside.
fn parts(expression: &Expr) -> Vec<&IdedExpr> {
    fn of_entry(entry: &EntryExpr) -> Vec<&IdedExpr> {
        match entry {
            EntryExpr::StructField(field) => vec![&field.value],
            EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
        }
    }
    match expression {
        Expr::Select(select) => vec![&select.operand],
        Expr::Call(call) => call
            .target
            .as_deref()
            .into_iter()
            .chain(&call.args)
            .collect(),
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Map(map) => map.entries.iter().flat_map(|e| of_entry(&e.expr)).collect(),
        Expr::Struct(object) => object
            .entries
            .iter()
            .flat_map(|e| of_entry(&e.expr))
            .collect(),
        Expr::Comprehension(each) => vec![
            &each.iter_range,
            &each.accu_init,
            &each.loop_cond,
            &each.loop_step,
            &each.result,
        ],
        Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => Vec::new(),
    }
}

/// What the expression refers to; the error says why it does not compile.
pub(super) fn references(source: &str) -> Result<Vec<Reference>, String> {
    let compiled = compile(source)?;
    compiled.references.iter().try_for_each(Reference::check)?;
    Ok(compiled.references.clone())
}

/// Whether compiling the source costs nothing, because it was compiled before.
pub(super) fn is_compiled(source: &str) -> bool {
    PROGRAMS.contains_key(source)
}

pub(super) fn evaluate(source: &str, scope: &View<'_>, limits: &Limits) -> Result<Value, String> {
    let compiled = compile(source)?;
    let values = scope.narrow(&compiled.references);
    limits.admit(&values)?;
    cost::check(compiled.program.expression(), &values, limits.cel_steps)?;
    let mut context = Context::with_env(Arc::clone(&ENVIRONMENT));
    arithmetic::add_to(&mut context).map_err(|error| shorten(&error.to_string()))?;
    if let Node::Part(mut values) = values {
        for root in ROOTS {
            let value = values.remove(root);
            let value = value.map_or(CelValue::Null, |node| to_cel_part(&node));
            context.add_variable_from_value(root, value);
        }
    }
    let result = context
        .resolve(&compiled.numeric)
        .map_err(|error| shorten(&error.to_string()))?;
    let mut budget = MAX_RESULT;
    from_cel(&result, &mut budget)
}

fn to_cel_part(node: &Node<'_>) -> CelValue {
    match node {
        Node::Value(value) => to_cel(value),
        Node::Part(fields) => {
            let fields = fields.iter();
            to_map(fields.map(|(name, field)| (name.clone(), to_cel_part(field))))
        }
    }
}

/// Whole JSON numbers become `int`, so that `trigger.count > 3` means what it says.
fn to_cel(value: &Value) -> CelValue {
    match value {
        Value::Null => CelValue::Null,
        Value::Bool(flag) => CelValue::Bool(*flag),
        Value::Number(written) => match number::whole(written) {
            Some(whole) => CelValue::Int(whole),
            None => CelValue::Float(written.as_f64().unwrap_or(f64::NAN)),
        },
        Value::String(text) => CelValue::String(Arc::new(text.clone())),
        Value::Array(items) => CelValue::List(Arc::new(items.iter().map(to_cel).collect())),
        Value::Object(fields) => to_map(
            fields
                .iter()
                .map(|(key, field)| (key.clone(), to_cel(field))),
        ),
    }
}

fn to_map(fields: impl Iterator<Item = (String, CelValue)>) -> CelValue {
    let map: HashMap<Key, CelValue> = fields
        .map(|(key, field)| (Key::String(Arc::new(key)), field))
        .collect();
    CelValue::Map(CelMap { map: Arc::new(map) })
}

fn from_cel(value: &CelValue, budget: &mut usize) -> Result<Value, String> {
    let size = match value {
        CelValue::String(text) => text.len() + 1,
        CelValue::Bytes(bytes) => bytes.len() * 2,
        _ => 1,
    };
    *budget = budget
        .checked_sub(size)
        .ok_or_else(|| "the result is too large".to_owned())?;
    Ok(match value {
        CelValue::List(items) => Value::Array(
            items
                .iter()
                .map(|item| from_cel(item, budget))
                .collect::<Result<_, _>>()?,
        ),
        CelValue::Map(map) => {
            let mut fields = Map::new();
            for (key, field) in map.map.iter() {
                fields.insert(key.to_string(), from_cel(field, budget)?);
            }
            Value::Object(fields)
        }
        CelValue::Float(float) => match number::whole_float(*float) {
            Some(whole) => Value::from(whole),
            None => Number::from_f64(*float)
                .map(Value::Number)
                .ok_or_else(|| "the result is not a finite number".to_owned())?,
        },
        CelValue::Timestamp(at) => Value::String(super::scope::time(at.to_utc())),
        CelValue::Duration(length) => Value::Number(
            Number::from_f64(length.as_seconds_f64()).unwrap_or_else(|| Number::from(0)),
        ),
        other => other.json().map_err(|error| shorten(&error.to_string()))?,
    })
}

/// Collects the paths that an expression reads.
#[derive(Default)]
struct Walk {
    references: Vec<Reference>,
    /// Names that a loop around binds.
    bound: Vec<String>,
}

impl Walk {
    fn visit(&mut self, node: &IdedExpr) {
        match &node.expr {
            Expr::Ident(_) | Expr::Select(_) => self.path(node),
            Expr::Call(call) => {
                if let Some(target) = &call.target {
                    self.visit(target);
                }
                self.all(&call.args);
            }
            Expr::List(list) => self.all(&list.elements),
            Expr::Map(map) => map.entries.iter().for_each(|e| self.entry(&e.expr)),
            Expr::Struct(object) => {
                object.entries.iter().for_each(|e| self.entry(&e.expr));
            }
            Expr::Comprehension(each) => {
                self.visit(&each.iter_range);
                self.visit(&each.accu_init);
                let outer = self.bound.len();
                self.bound.push(each.iter_var.clone());
                self.bound.extend(each.iter_var2.clone());
                self.bound.push(each.accu_var.clone());
                for inner in [&each.loop_cond, &each.loop_step, &each.result] {
                    self.visit(inner);
                }
                self.bound.truncate(outer);
            }
            Expr::Literal(_) | Expr::Unspecified => {}
        }
    }

    fn all(&mut self, nodes: &[IdedExpr]) {
        nodes.iter().for_each(|node| self.visit(node));
    }

    fn entry(&mut self, entry: &EntryExpr) {
        match entry {
            EntryExpr::StructField(field) => self.visit(&field.value),
            EntryExpr::MapEntry(entry) => {
                self.visit(&entry.key);
                self.visit(&entry.value);
            }
        }
    }

    /// `steps.lead.output.phone` as one path; whatever else a selection starts from is visited.
    fn path(&mut self, node: &IdedExpr) {
        let mut segments = Vec::new();
        let mut node = node;
        loop {
            match &node.expr {
                Expr::Select(select) => {
                    segments.push(select.field.clone());
                    node = &select.operand;
                }
                Expr::Ident(name) => {
                    segments.push(name.clone());
                    break;
                }
                _ => return self.visit(node),
            }
        }
        segments.reverse();
        let name = segments.first().map_or("", String::as_str);
        // `@result` and the like are the loops' own; type names such as `int` stand alone.
        let own = name.starts_with('@') || self.bound.iter().any(|bound| bound == name);
        let type_name = segments.len() == 1 && TYPE_NAMES.contains(&name);
        if !own && !type_name {
            self.references.push(Reference::from_segments(segments));
        }
    }
}

const TYPE_NAMES: [&str; 10] = [
    "int",
    "uint",
    "double",
    "bool",
    "string",
    "bytes",
    "list",
    "map",
    "null_type",
    "type",
];

/// The parser's first complaint without its own bookkeeping, which means nothing to who writes.
fn why_not(source: &str, complaints: &str) -> String {
    if source.trim().is_empty() {
        return "write a formula, for example trigger.amount > 1000".to_owned();
    }
    let line = first_line(complaints);
    let Some((line_number, rest)) = line
        .strip_prefix("ERROR: <input>:")
        .and_then(|rest| rest.split_once(':'))
    else {
        return line;
    };
    let (column, complaint) = rest.split_once(": ").unwrap_or(("1", rest));
    let complaint = complaint.split(" expecting ").next().unwrap_or(complaint);
    let complaint = complaint.replace("'<EOF>'", "end");
    format!("line {line_number}, character {column}: {complaint}")
}

fn first_line(text: &str) -> String {
    let line = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("does not compile");
    shorten(line.trim())
}

fn shorten(text: &str) -> String {
    text.chars().take(300).collect()
}

//! What a CEL expression may take at most, worked out before it runs: CEL ends always, but nested
//! loops over lists and texts that double make a short expression run for hours or fill the memory.

use super::node::{Field, Node};
use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue};
use cel::common::ast::{SelectExpr, operators};
use serde_json::Value;
use std::collections::HashMap;

/// Parts and bytes of text that a value on the way may have.
const MAX_SIZE: u64 = 4 << 20;
/// What the longest written number takes, and a date.
const NUMBER: u64 = 400;
/// What one clause of `format` can write with the greatest precision.
const CLAUSE: u64 = 1_400;
/// Steps that compiling a pattern takes for each state it may have.
const STATE: u64 = 20;

/// States times bytes of a text that a step stands for where they are matched.
const MATCHED: u64 = 8;

/// Upper bounds of a value.
#[derive(Clone, Copy, Default)]
struct Bound {
    /// Parts and bytes of text in all of it.
    size: u64,
    /// Its own entries, where it is a list or an object.
    count: u64,
    /// Entries of the longest list or object inside.
    deep: u64,
    /// The size of the largest entry of any list or object in it.
    item: u64,
}

impl Bound {
    fn flat(size: u64) -> Self {
        Self {
            size,
            ..Self::default()
        }
    }

    /// Of a value about which nothing but its size is known.
    fn opaque(size: u64) -> Self {
        Self {
            size,
            count: size,
            deep: size,
            item: size,
        }
    }

    fn of(value: &Value) -> Self {
        match value {
            Value::String(text) => Self::flat(1 + text.len() as u64),
            Value::Array(items) => Self::list(items.iter().map(Self::of)),
            Value::Object(fields) => Self::list(fields.iter().map(|(key, field)| {
                let field = Self::of(field);
                let size = field.size + key.len() as u64;
                Self { size, ..field }
            })),
            _ => Self::flat(1),
        }
    }

    fn of_node(node: &Node<'_>) -> Self {
        match node {
            Node::Value(value) => Self::of(value),
            Node::Part(fields) => Self::list(fields.iter().map(|(name, field)| {
                let field = Self::of_node(field);
                let size = field.size + name.len() as u64;
                Self { size, ..field }
            })),
        }
    }

    fn list(items: impl Iterator<Item = Self>) -> Self {
        let mut list = Self::flat(1);
        for item in items {
            list.count += 1;
            list.size = list.size.saturating_add(item.size);
            list.deep = list.deep.max(item.count).max(item.deep);
            list.item = list.item.max(item.item).max(item.size);
        }
        list
    }

    /// Whether it may be a text, as far as is known.
    fn may_be_text(self) -> bool {
        self.count == 0 || self.count == self.size
    }

    /// Of a value that is either of the two.
    fn or(self, other: Self) -> Self {
        Self {
            size: self.size.max(other.size),
            count: self.count.max(other.count),
            deep: self.deep.max(other.deep),
            item: self.item.max(other.item),
        }
    }

    /// Of the two put together.
    fn and(self, other: Self) -> Self {
        Self {
            size: self.size.saturating_add(other.size),
            count: self.count.saturating_add(other.count),
            deep: self.deep.max(other.deep),
            item: self.item.max(other.item),
        }
    }

    /// Of `times` values like this put together.
    fn times(self, times: u64) -> Self {
        Self {
            size: self.size.saturating_mul(times),
            count: self.count.saturating_mul(times),
            ..self
        }
    }

    /// Of something inside.
    fn inside(self) -> Self {
        Self {
            size: self.item,
            count: self.deep,
            ..self
        }
    }
}

/// Refuses an expression that could take more than `most` steps of evaluation and bytes looked at
/// with these `values`.
pub(super) fn check(expression: &IdedExpr, values: &Node<'_>, most: u64) -> Result<(), String> {
    let mut estimate = Estimate {
        values,
        known: HashMap::new(),
        bound: Vec::new(),
        work: 0,
        most,
        times: 1,
    };
    estimate.visit(expression).map(|_size| ())
}

const TOO_LARGE: &str = "a value of the expression could grow too large";

struct Estimate<'a> {
    values: &'a Node<'a>,
    /// Bounds of the values that were looked at, by their address: a large value that is named many
    /// times is walked once.
    known: HashMap<usize, Bound>,
    /// What the loops around have given names to.
    bound: Vec<(&'a str, Bound)>,
    work: u64,
    most: u64,
    /// How often what is visited runs.
    times: u64,
}

impl<'a> Estimate<'a> {
    fn visit(&mut self, node: &'a IdedExpr) -> Result<Bound, String> {
        let bound = match &node.expr {
            Expr::Ident(name) => self.name(name),
            Expr::Select(select) => self.select(select)?,
            Expr::Call(call) => self.call(call)?,
            Expr::List(list) => self.list(&list.elements)?,
            Expr::Map(map) => self.entries(map.entries.iter().map(|entry| &entry.expr))?,
            Expr::Struct(object) => self.entries(object.entries.iter().map(|entry| &entry.expr))?,
            Expr::Comprehension(each) => self.each(each)?,
            Expr::Literal(literal) => Bound::flat(length(literal)),
            Expr::Unspecified => Bound::default(),
        };
        if bound.size > MAX_SIZE {
            return Err(TOO_LARGE.to_owned());
        }
        self.spend(1)?;
        Ok(bound)
    }

    /// Counts `steps` for each time that the place is run.
    fn spend(&mut self, steps: u64) -> Result<(), String> {
        self.work = self.work.saturating_add(steps.saturating_mul(self.times));
        if self.work > self.most {
            return Err("loops over so long a list take too long".to_owned());
        }
        Ok(())
    }

    fn all(&mut self, nodes: impl Iterator<Item = &'a IdedExpr>) -> Result<Vec<Bound>, String> {
        nodes.map(|node| self.visit(node)).collect()
    }

    /// Stops at the element with which the list grows too large.
    fn list(&mut self, elements: &'a [IdedExpr]) -> Result<Bound, String> {
        let mut bounds = Vec::with_capacity(elements.len());
        let mut size: u64 = 1;
        for element in elements {
            let bound = self.visit(element)?;
            size = size.saturating_add(bound.size);
            if size > MAX_SIZE {
                return Err(TOO_LARGE.to_owned());
            }
            bounds.push(bound);
        }
        Ok(Bound::list(bounds.into_iter()))
    }

    fn entries(&mut self, entries: impl Iterator<Item = &'a EntryExpr>) -> Result<Bound, String> {
        let mut bounds = Vec::new();
        for entry in entries {
            bounds.push(match entry {
                EntryExpr::StructField(field) => self.visit(&field.value)?,
                EntryExpr::MapEntry(entry) => {
                    let key = self.visit(&entry.key)?;
                    let value = self.visit(&entry.value)?;
                    Bound {
                        size: value.size.saturating_add(key.size),
                        ..value
                    }
                }
            });
        }
        Ok(Bound::list(bounds.into_iter()))
    }

    fn name(&mut self, name: &str) -> Bound {
        let bound = self.bound.iter().rev().find(|(known, _)| *known == name);
        match (bound, self.values.get(name)) {
            (Some((_, bound)), _) => *bound,
            (None, Some(field)) => self.of(field),
            (None, None) => Bound::flat(1),
        }
    }

    fn of(&mut self, field: Field<'a>) -> Bound {
        let address = match field {
            Field::Node(node) => std::ptr::from_ref(node).addr(),
            Field::Value(value) => std::ptr::from_ref(value).addr(),
        };
        let known = self.known.entry(address);
        *known.or_insert_with(|| match field {
            Field::Node(node) => Bound::of_node(node),
            Field::Value(value) => Bound::of(value),
        })
    }

    /// A path from a root is looked up; of anything else what is selected lies inside.
    fn select(&mut self, select: &'a SelectExpr) -> Result<Bound, String> {
        match self.field(select) {
            Some(field) => Ok(self.of(field)),
            None => Ok(self.visit(&select.operand)?.inside()),
        }
    }

    fn field(&self, select: &SelectExpr) -> Option<Field<'a>> {
        let operand = match &select.operand.expr {
            Expr::Ident(name) if self.bound.iter().all(|(bound, _)| bound != name) => {
                self.values.get(name)?
            }
            Expr::Select(inner) => self.field(inner)?,
            _ => return None,
        };
        operand.get(&select.field)
    }

    fn call(&mut self, call: &'a CallExpr) -> Result<Bound, String> {
        let target = call.target.as_deref();
        let nodes: Vec<&IdedExpr> = target.into_iter().chain(&call.args).collect();
        let bounds = self.all(nodes.iter().copied())?;
        let sum = bounds
            .iter()
            .fold(0, |sum: u64, bound| sum.saturating_add(bound.size));
        let nth = |index: usize| bounds.get(index).copied().unwrap_or_default();
        let (first, second, third) = (nth(0), nth(1), nth(2));
        let result = match call.func_name.as_str() {
            operators::CONDITIONAL => second.or(third),
            operators::ADD => first.and(second),
            operators::INDEX | operators::OPT_INDEX | operators::OPT_SELECT => first.inside(),
            "matches" => {
                let states = nodes.get(1).map_or(u64::MAX, |pattern| states(pattern));
                self.spend(states.saturating_mul(STATE))?;
                let width = nodes.get(1).and_then(|pattern| text(pattern));
                let width = width.map_or(ANY_STATES, pattern_width);
                self.spend(first.size.saturating_mul(width) / MATCHED)?;
                self.spend(first.size)?;
                Bound::flat(1)
            }
            "split" => Bound {
                size: first.size.saturating_mul(2),
                count: first.size,
                item: first.size,
                ..first
            },
            "replace" => {
                let written = first.size.saturating_mul(third.size);
                Bound::flat(first.size.saturating_add(written))
            }
            "join" => {
                let separators = first.count.saturating_mul(second.size);
                Bound::flat(first.size.saturating_add(separators))
            }
            "format" => {
                let clauses = nodes.first().map_or(u64::MAX, |text| clauses(text, first));
                Bound::flat(sum.saturating_mul(2).saturating_add(clauses))
            }
            "strings.quote" | "quote" => Bound::flat(sum.saturating_mul(6)),
            name if is_comparison(name) => Bound::flat(1),
            _ => Bound::opaque(sum.saturating_add(NUMBER)).or(first),
        };
        // The characters of a text are counted, the entries of a list are known.
        let counts_text = call.func_name == "size" && first.may_be_text();
        if counts_text || !is_lazy(&call.func_name) {
            self.spend(sum)?;
        }
        self.spend(result.size / 8)?;
        Ok(result)
    }

    /// The macros become loops that collect: what one turn adds is added for every entry.
    fn each(&mut self, each: &'a ComprehensionExpr) -> Result<Bound, String> {
        let range = self.visit(&each.iter_range)?;
        let init = self.visit(&each.accu_init)?;
        self.spend(range.size)?;
        let (names, times) = (self.bound.len(), self.times);
        // A map is gone through by its keys, a list by its entries.
        self.bound.push((&each.iter_var, range.inside()));
        if let Some(second) = &each.iter_var2 {
            self.bound.push((second, range.inside()));
        }
        self.bound.push((&each.accu_var, Bound::default()));
        self.times = times.saturating_mul(range.count);
        self.visit(&each.loop_cond)?;
        let step = self.visit(&each.loop_step)?;
        self.times = times;
        let collected = init.and(step.times(range.count));
        self.bound.truncate(names);
        self.bound.push((&each.accu_var, collected));
        let result = self.visit(&each.result);
        self.bound.truncate(names);
        result
    }
}

/// Whether a call looks at no more than the beginning of its operands.
fn is_lazy(name: &str) -> bool {
    let operators = [
        operators::CONDITIONAL,
        operators::LOGICAL_AND,
        operators::LOGICAL_OR,
        operators::LOGICAL_NOT,
        operators::NOT_STRICTLY_FALSE,
        operators::INDEX,
        operators::OPT_INDEX,
        operators::OPT_SELECT,
        "size",
    ];
    operators.contains(&name)
}

/// Whether a call answers with a truth value or a number.
fn is_comparison(name: &str) -> bool {
    let names = [
        operators::LOGICAL_AND,
        operators::LOGICAL_OR,
        operators::LOGICAL_NOT,
        operators::NOT_STRICTLY_FALSE,
        operators::EQUALS,
        operators::NOT_EQUALS,
        operators::GREATER,
        operators::GREATER_EQUALS,
        operators::LESS,
        operators::LESS_EQUALS,
        operators::IN,
        operators::MULTIPLY,
        operators::DIVIDE,
        operators::MODULO,
        operators::NEGATE,
        "size",
        "contains",
        "startsWith",
        "endsWith",
        "indexOf",
        "lastIndexOf",
        "int",
        "uint",
        "double",
        "bool",
    ];
    names.contains(&name)
}

fn length(literal: &LiteralValue) -> u64 {
    match literal {
        LiteralValue::String(text) => 1 + text.inner().len() as u64,
        LiteralValue::Bytes(bytes) => 1 + bytes.inner().len() as u64,
        _ => 1,
    }
}

fn text(node: &IdedExpr) -> Option<&str> {
    match &node.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

/// How many states the pattern of a call may have. One that is only known when it runs may have any.
fn states(pattern: &IdedExpr) -> u64 {
    text(pattern).map_or(ANY_STATES, pattern_states)
}

const ANY_STATES: u64 = 50_000;

/// How many states a pattern may compile to: its length, as often as its counts repeat it.
pub(crate) fn pattern_states(pattern: &str) -> u64 {
    let classes = pattern.matches(['\\', '.', '[']).count() as u64;
    let states = (pattern.len() as u64).saturating_add(classes.saturating_mul(100));
    repeated(pattern, states)
}

/// How many states a pattern may be in at once: what each byte of a text costs where no automaton of
/// single states can be kept.
pub(crate) fn pattern_width(pattern: &str) -> u64 {
    repeated(pattern, pattern.len() as u64)
}

/// `states` as often as the counts of the pattern repeat them.
fn repeated(pattern: &str, states: u64) -> u64 {
    pattern
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .filter_map(|(counts, _)| {
            counts
                .split(',')
                .filter_map(|n| n.trim().parse().ok())
                .max()
        })
        .fold(states, |states, count: u64| {
            states.saturating_mul(count.max(1))
        })
        .min(ANY_STATES.saturating_mul(10))
}

fn clauses(template: &IdedExpr, bound: Bound) -> u64 {
    let clauses = text(template).map_or(bound.size, |text| text.matches('%').count() as u64);
    clauses.saturating_mul(CLAUSE)
}

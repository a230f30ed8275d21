//! Arithmetic of CEL expressions over JSON's one number type: `100 * 0.9` is 90 and `25 / 2` is 12.5,
//! whichever way a number was written. Everything but numbers keeps CEL's own operators.

use cel::common::ast::{EntryExpr, Expr, IdedExpr, operators};
use cel::{Context, DeclarationError, ExecutionError, ResolveResult, Value};

/// CEL's operators and the functions that take their place. The names cannot be written in a source.
const REPLACED: [(&str, &str); 5] = [
    (operators::ADD, "@add"),
    (operators::SUBSTRACT, "@subtract"),
    (operators::MULTIPLY, "@multiply"),
    (operators::DIVIDE, "@divide"),
    (operators::MODULO, "@remainder"),
];

/// The same expression with the operators replaced.
pub(super) fn over_json_numbers(expression: &IdedExpr) -> IdedExpr {
    let mut replaced = expression.clone();
    replace(&mut replaced);
    replaced
}

fn replace(node: &mut IdedExpr) {
    match &mut node.expr {
        Expr::Call(call) => {
            let found = REPLACED.iter().find(|(from, _)| *from == call.func_name);
            if let (Some((_, to)), [first, _]) = (found, call.args.as_slice())
                && !is_collected(first)
            {
                (*to).clone_into(&mut call.func_name);
            }
            call.target.iter_mut().for_each(|target| replace(target));
            call.args.iter_mut().for_each(replace);
        }
        Expr::Select(select) => replace(&mut select.operand),
        Expr::List(list) => list.elements.iter_mut().for_each(replace),
        Expr::Map(map) => map
            .entries
            .iter_mut()
            .for_each(|entry| of_entry(&mut entry.expr)),
        Expr::Struct(object) => {
            let entries = object.entries.iter_mut();
            entries.for_each(|entry| of_entry(&mut entry.expr));
        }
        Expr::Comprehension(each) => {
            for part in [
                &mut each.iter_range,
                &mut each.accu_init,
                &mut each.loop_cond,
                &mut each.loop_step,
                &mut each.result,
            ] {
                replace(part);
            }
        }
        Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => {}
    }
}

/// Whether this is what a loop has collected so far: its list grows in place, and holds no number.
fn is_collected(node: &IdedExpr) -> bool {
    matches!(&node.expr, Expr::Ident(name) if name.starts_with('@'))
}

fn of_entry(entry: &mut EntryExpr) {
    match entry {
        EntryExpr::StructField(field) => replace(&mut field.value),
        EntryExpr::MapEntry(entry) => {
            replace(&mut entry.key);
            replace(&mut entry.value);
        }
    }
}

/// Adds the functions that [`over_json_numbers`] calls.
pub(super) fn add_to(context: &mut Context<'_, '_>) -> Result<(), DeclarationError> {
    context.add_function("@add", |a: Value, b: Value| {
        mixed(a, b, |a, b| Ok(a + b), |a, b| a + b)
    })?;
    context.add_function("@subtract", |a: Value, b: Value| {
        mixed(a, b, |a, b| Ok(a - b), |a, b| a - b)
    })?;
    context.add_function("@multiply", |a: Value, b: Value| {
        mixed(a, b, |a, b| Ok(a * b), |a, b| a * b)
    })?;
    context.add_function("@divide", divide)?;
    context.add_function("@remainder", remainder)
}

fn divide(a: Value, b: Value) -> ResolveResult {
    let by_zero = ExecutionError::DivisionByZero(a.clone());
    let quotient = |a: f64, b: f64| if b == 0.0 { Err(by_zero) } else { Ok(a / b) };
    match (&a, &b) {
        (Value::Int(whole), Value::Int(by)) if *by != 0 && whole.checked_rem(*by) != Some(0) => {
            Ok(Value::Float(double(*whole) / double(*by)))
        }
        _ => mixed(a, b, quotient, |a, b| a / b),
    }
}

fn remainder(a: Value, b: Value) -> ResolveResult {
    let by_zero = ExecutionError::RemainderByZero(a.clone());
    let remainder = |a: f64, b: f64| if b == 0.0 { Err(by_zero) } else { Ok(a % b) };
    match (&a, &b) {
        (Value::Float(a), Value::Float(b)) => remainder(*a, *b).map(Value::Float),
        _ => mixed(a, b, remainder, |a, b| a % b),
    }
}

/// Calculates in doubles where an integer meets a double, and as CEL does otherwise.
fn mixed(
    a: Value,
    b: Value,
    doubles: impl FnOnce(f64, f64) -> Result<f64, ExecutionError>,
    cel: impl FnOnce(Value, Value) -> ResolveResult,
) -> ResolveResult {
    match (as_double(&a), as_double(&b)) {
        (Some((a, a_whole)), Some((b, b_whole))) if !(a_whole && b_whole) => {
            doubles(a, b).map(Value::Float)
        }
        _ => match (a, b) {
            (Value::Int(a), Value::UInt(b)) => cel(Value::Int(a), integer(b)),
            (Value::UInt(a), Value::Int(b)) => cel(integer(a), Value::Int(b)),
            (a, b) => cel(a, b),
        },
    }
}

/// A number as a double, and whether it is an integer.
fn as_double(value: &Value) -> Option<(f64, bool)> {
    match value {
        Value::Int(whole) => Some((double(*whole), true)),
        Value::UInt(whole) => Some((double(i64::try_from(*whole).ok()?), true)),
        Value::Float(float) => Some((*float, false)),
        _ => None,
    }
}

fn integer(unsigned: u64) -> Value {
    i64::try_from(unsigned).map_or(Value::UInt(unsigned), Value::Int)
}

#[allow(
    clippy::cast_precision_loss,
    reason = "JSON numbers are doubles to whoever reads them"
)]
fn double(whole: i64) -> f64 {
    whole as f64
}

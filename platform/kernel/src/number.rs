//! The canonical form of numbers in JSON: JSON has one number type, so `2025.0` and `2025` are the
//! same value and get the same spelling where they enter.

use serde_json::{Number, Value};

/// The largest whole number up to which every whole number has its own double (2^53).
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// The integer that a number is, if it is one that a double keeps exactly.
pub fn whole(number: &Number) -> Option<i64> {
    if let Some(integer) = number.as_i64() {
        return Some(integer);
    }
    if number.is_u64() {
        return None;
    }
    whole_float(number.as_f64()?)
}

/// The integer that a double is, if it is one that a double keeps exactly.
pub fn whole_float(float: f64) -> Option<i64> {
    let exact = float.fract() == 0.0 && float.abs() <= MAX_EXACT;
    #[allow(
        clippy::cast_possible_truncation,
        reason = "checked: whole and within 2^53"
    )]
    exact.then_some(float as i64)
}

/// Writes every whole number inside as an integer.
pub fn canonicalize(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => {
            if let Some(integer) = whole(number) {
                *number = Number::from(integer);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(canonicalize),
        Value::Object(fields) => fields.values_mut().for_each(canonicalize),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn whole_numbers_become_integers_and_nothing_else_changes() {
        let mut value = json!({"year": 2025.0, "phone": 6_502_530_000.0, "none": -0.0,
            "price": 34_999.5, "large": 1e300, "list": [1e3, {"n": 7.0}], "text": "7.0", "int": 5});
        canonicalize(&mut value);
        assert_eq!(
            value.to_string(),
            json!({"year": 2025, "phone": 6_502_530_000_i64, "none": 0, "price": 34_999.5,
                "large": 1e300, "list": [1000, {"n": 7}], "text": "7.0", "int": 5})
            .to_string()
        );
        assert_eq!(whole_float(9_007_199_254_740_994.0), None);
        assert_eq!(whole(&Number::from(u64::MAX)), None);
    }
}

//! CEL over what came in: filters and keys of triggers.

use platform_engine::expression::{self, Expression, Scope};
use platform_kernel::tenant::TenantContext;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// What an expression of a trigger sees.
const ROOTS: [&str; 3] = ["trigger", "parameters", "tenant"];
/// The longest key that is kept as it is.
const LONGEST_KEY: usize = 120;

/// What came in, as the trigger's expressions see it. Copied only once an expression asks.
pub(crate) struct Seen<'a> {
    pub(crate) trigger: &'a Value,
    pub(crate) parameters: Option<&'a Value>,
    pub(crate) tenant: &'a TenantContext,
}

impl Seen<'_> {
    /// Whether a filter lets it pass; without a filter everything does.
    pub(crate) fn passes(&self, filter: Option<&str>) -> Result<bool, String> {
        let Some(source) = filter.filter(|source| !source.trim().is_empty()) else {
            return Ok(true);
        };
        match self.evaluate(source)? {
            Value::Bool(passes) => Ok(passes),
            _ => Err("the filter gives neither true nor false".to_owned()),
        }
    }

    /// The key that an expression gives: the same for the same value, and short. `None` for null.
    pub(crate) fn key(&self, source: &str) -> Result<Option<String>, String> {
        Ok(match self.evaluate(source)? {
            Value::Null => None,
            Value::String(text) if text.len() <= LONGEST_KEY && !text.contains('\0') => Some(text),
            Value::String(text) => Some(digest(text.as_bytes())),
            other => {
                let text = other.to_string();
                let short = text.len() <= LONGEST_KEY && other.is_number();
                Some(if short { text } else { digest(text.as_bytes()) })
            }
        })
    }

    fn evaluate(&self, source: &str) -> Result<Value, String> {
        let tenant = self.tenant;
        let mut values = Map::new();
        values.insert("trigger".to_owned(), self.trigger.clone());
        let parameters = self.parameters.cloned().unwrap_or(Value::Null);
        values.insert("parameters".to_owned(), parameters);
        values.insert(
            "tenant".to_owned(),
            json!({"id": tenant.id, "name": tenant.name, "slug": tenant.slug, "time_zone": tenant.time_zone}),
        );
        let scope = Scope::from_values(values);
        expression::resolve(&json!({ "$cel": source }), &scope).map_err(|error| error.message)
    }
}

/// What is wrong with an expression of a trigger, if anything is.
pub(crate) fn fault(source: &str) -> Option<String> {
    match expression::check(Expression::Cel(source)) {
        Err(message) => Some(message),
        Ok(references) => references
            .iter()
            .map(expression::Reference::root)
            .find(|root| !ROOTS.contains(root))
            .map(|root| format!("`{root}` is not there yet; there are {}", ROOTS.join(", "))),
    }
}

/// SHA-256 in hex.
pub(crate) fn digest(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform_kernel::id::{GroupId, TenantId};
    use platform_kernel::tenant::TenantStatus;

    fn tenant() -> TenantContext {
        TenantContext {
            id: TenantId::new(),
            group_id: GroupId::new(),
            slug: "acme".to_owned(),
            name: "Acme".to_owned(),
            time_zone: "UTC".to_owned(),
            status: TenantStatus::Active,
            auth_epoch: 0,
        }
    }

    #[test]
    fn filters_say_yes_or_no_and_keys_are_short() {
        let (tenant, trigger) = (
            tenant(),
            json!({"price": 31000, "vin": "X", "long": "y".repeat(500)}),
        );
        let parameters = json!({"least": 30000});
        let seen = Seen {
            trigger: &trigger,
            parameters: Some(&parameters),
            tenant: &tenant,
        };
        assert_eq!(seen.passes(None), Ok(true));
        assert_eq!(
            seen.passes(Some("trigger.price > parameters.least")),
            Ok(true)
        );
        assert_eq!(seen.passes(Some("tenant.slug == 'other'")), Ok(false));
        assert!(seen.passes(Some("trigger.price")).is_err());
        assert!(seen.passes(Some("trigger.missing > 3")).is_err());
        assert_eq!(seen.key("trigger.vin"), Ok(Some("X".to_owned())));
        assert_eq!(seen.key("trigger.price"), Ok(Some("31000".to_owned())));
        assert_eq!(seen.key("null"), Ok(None));
        assert_eq!(seen.key("trigger.long").unwrap().unwrap().len(), 64);
    }

    #[test]
    fn only_what_is_there_before_a_run_may_be_asked() {
        assert_eq!(fault("trigger.a == parameters.b"), None);
        assert!(fault("steps.a.output == 1").unwrap().contains("steps"));
        assert!(fault("trigger.a ==").is_some());
    }
}

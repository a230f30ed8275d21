//! CEL over what came in: filters and keys of triggers.

use platform_engine::expression::{self, Expression};
use platform_engine::keys::Seen;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What an expression of a trigger sees.
const ROOTS: [&str; 3] = ["trigger", "parameters", "tenant"];
/// The longest key that is kept as it is.
const LONGEST_KEY: usize = 120;

/// Whether a filter lets pass what is `seen`; without a filter everything does.
pub(crate) async fn passes(seen: &Seen<'_>, filter: Option<&str>) -> Result<bool, String> {
    let Some(source) = filter.filter(|source| !source.trim().is_empty()) else {
        return Ok(true);
    };
    match seen.evaluate(source).await? {
        Value::Bool(passes) => Ok(passes),
        _ => Err("the filter gives neither true nor false".to_owned()),
    }
}

/// The key that an expression gives: the same for the same value, and short. `None` for null.
pub(crate) async fn key(seen: &Seen<'_>, source: &str) -> Result<Option<String>, String> {
    Ok(match seen.evaluate(source).await? {
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
    use platform_kernel::tenant::{TenantContext, TenantStatus};
    use serde_json::json;

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

    #[tokio::test]
    async fn filters_say_yes_or_no_and_keys_are_short() {
        let (tenant, trigger) = (
            tenant(),
            json!({"price": 31000, "vin": "X", "long": "y".repeat(500)}),
        );
        let parameters = json!({"least": 30000});
        let seen = Seen::new(&trigger, Some(&parameters), &tenant);
        assert_eq!(passes(&seen, None).await, Ok(true));
        assert_eq!(
            passes(&seen, Some("trigger.price > parameters.least")).await,
            Ok(true)
        );
        assert_eq!(
            passes(&seen, Some("tenant.slug == 'other'")).await,
            Ok(false)
        );
        assert!(passes(&seen, Some("trigger.price")).await.is_err());
        assert!(passes(&seen, Some("trigger.missing > 3")).await.is_err());
        assert_eq!(key(&seen, "trigger.vin").await, Ok(Some("X".to_owned())));
        assert_eq!(
            key(&seen, "trigger.price").await,
            Ok(Some("31000".to_owned()))
        );
        assert_eq!(key(&seen, "null").await, Ok(None));
        assert_eq!(key(&seen, "trigger.long").await.unwrap().unwrap().len(), 64);
    }

    #[test]
    fn only_what_is_there_before_a_run_may_be_asked() {
        assert_eq!(fault("trigger.a == parameters.b"), None);
        assert!(fault("steps.a.output == 1").unwrap().contains("steps"));
        assert!(fault("trigger.a ==").is_some());
    }
}

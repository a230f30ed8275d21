//! What a run is called and counted by: the formulas of a workflow's settings over `trigger`,
//! worked out before the run begins.

use crate::definition::Settings;
use crate::evaluation::{self, Waits};
use crate::expression::Scope;
use crate::text;
use platform_kernel::tenant::TenantContext;
use serde_json::{Value, json};
use std::sync::OnceLock;

/// Longest key that is kept, in characters; what is longer is cut.
const MAX_KEY: usize = 200;

/// The keys of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// What people find the run by.
    pub business_key: Option<String>,
    /// Shares the places of the workflow's `max_concurrency`.
    pub concurrency_key: Option<String>,
}

/// What the formulas of a trigger and of a workflow's settings see.
#[derive(Debug)]
pub struct Seen<'a> {
    trigger: &'a Value,
    parameters: Option<&'a Value>,
    tenant: &'a TenantContext,
    /// Made with the first formula: most deliveries have none.
    scope: OnceLock<Scope>,
}

impl<'a> Seen<'a> {
    pub fn new(
        trigger: &'a Value,
        parameters: Option<&'a Value>,
        tenant: &'a TenantContext,
    ) -> Self {
        Self {
            trigger,
            parameters,
            tenant,
            scope: OnceLock::new(),
        }
    }

    /// What a CEL formula gives.
    pub async fn evaluate(&self, source: &str) -> Result<Value, String> {
        let scope = self
            .scope
            .get_or_init(|| Scope::of_trigger(self.tenant, self.trigger.clone(), self.parameters));
        let formula = json!({ "$cel": source });
        evaluation::resolve(self.tenant.id, Waits::Briefly, &formula, scope.into(), &[])
            .await
            .map_err(|error| error.message)
    }
}

impl Keys {
    /// The keys of a run that begins with what is `seen`. A formula that gives nothing, or cannot
    /// be worked out, gives no key: a delivery is not refused for its name.
    pub async fn of(settings: &Settings, seen: &Seen<'_>) -> Self {
        Self {
            business_key: key(settings.business_key.as_deref(), seen).await,
            concurrency_key: key(settings.concurrency_key.as_deref(), seen).await,
        }
    }
}

async fn key(source: Option<&str>, seen: &Seen<'_>) -> Option<String> {
    let value = match seen.evaluate(source?).await {
        Ok(value) => value,
        Err(error) => {
            tracing::debug!(error, "a key could not be worked out");
            return None;
        }
    };
    let mut text = match value {
        Value::Null => return None,
        Value::String(text) => text,
        other => other.to_string(),
    };
    text::clean_text(&mut text);
    let text: String = text.trim().chars().take(MAX_KEY).collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform_kernel::id::{GroupId, TenantId};
    use platform_kernel::tenant::TenantStatus;

    async fn keys(business: &str, concurrency: &str, input: &Value) -> Keys {
        let settings = Settings {
            business_key: Some(business.to_owned()),
            concurrency_key: Some(concurrency.to_owned()),
            ..Settings::default()
        };
        let tenant = TenantContext {
            id: TenantId::new(),
            group_id: GroupId::new(),
            slug: "acme".to_owned(),
            name: "Acme".to_owned(),
            time_zone: "UTC".to_owned(),
            status: TenantStatus::Active,
            auth_epoch: 0,
        };
        Keys::of(&settings, &Seen::new(input, None, &tenant)).await
    }

    #[tokio::test]
    async fn keys_are_texts_of_what_the_formulas_give() {
        let input = json!({"deal": {"number": 4711}, "customer": " ann "});
        let keys = keys("trigger.deal.number", "trigger.customer", &input).await;
        assert_eq!(keys.business_key.as_deref(), Some("4711"));
        assert_eq!(keys.concurrency_key.as_deref(), Some("ann"));
    }

    #[tokio::test]
    async fn what_gives_nothing_is_no_key_and_what_is_long_is_cut() {
        let input = json!({"nothing": null, "long": "x".repeat(300)});
        let none = keys("trigger.nothing", "trigger.missing.deep", &input).await;
        assert_eq!(none, Keys::default());
        let long = keys("trigger.long", "'  '", &input).await;
        assert_eq!(long.business_key.unwrap().len(), MAX_KEY);
        assert_eq!(long.concurrency_key, None);
    }
}

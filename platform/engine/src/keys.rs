//! What a run is called and counted by: the formulas of a workflow's settings over `trigger`,
//! worked out before the run begins.

use crate::definition::Settings;
use crate::expression::{self, Scope};
use crate::text;
use platform_kernel::tenant::TenantContext;
use serde_json::{Map, Value, json};

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

/// What the formulas see.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    pub trigger: &'a Value,
    pub parameters: Option<&'a Value>,
    pub tenant: &'a TenantContext,
}

impl Keys {
    /// The keys of a run that begins with what is `seen`. A formula that gives nothing, or cannot
    /// be worked out, gives no key: a delivery is not refused for its name.
    pub fn of(settings: &Settings, seen: Seen<'_>) -> Self {
        let sources = [&settings.business_key, &settings.concurrency_key];
        if sources.iter().all(|source| source.is_none()) {
            return Self::default();
        }
        let scope = seen.scope();
        let [business_key, concurrency_key] = sources.map(|source| key(source.as_deref()?, &scope));
        Self {
            business_key,
            concurrency_key,
        }
    }
}

impl Seen<'_> {
    fn scope(&self) -> Scope {
        let tenant = self.tenant;
        let mut values = Map::new();
        values.insert("trigger".to_owned(), self.trigger.clone());
        let parameters = self.parameters.cloned().unwrap_or(Value::Null);
        values.insert("parameters".to_owned(), parameters);
        values.insert(
            "tenant".to_owned(),
            json!({"id": tenant.id, "name": tenant.name, "slug": tenant.slug, "time_zone": tenant.time_zone}),
        );
        Scope::from_values(values)
    }
}

fn key(source: &str, scope: &Scope) -> Option<String> {
    let value = match expression::resolve(&json!({ "$cel": source }), scope) {
        Ok(value) => value,
        Err(error) => {
            tracing::debug!(%error, "a key could not be worked out");
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

    fn keys(business: &str, concurrency: &str, input: &Value) -> Keys {
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
        let seen = Seen {
            trigger: input,
            parameters: None,
            tenant: &tenant,
        };
        Keys::of(&settings, seen)
    }

    #[test]
    fn keys_are_texts_of_what_the_formulas_give() {
        let input = json!({"deal": {"number": 4711}, "customer": " ann "});
        let keys = keys("trigger.deal.number", "trigger.customer", &input);
        assert_eq!(keys.business_key.as_deref(), Some("4711"));
        assert_eq!(keys.concurrency_key.as_deref(), Some("ann"));
    }

    #[test]
    fn what_gives_nothing_is_no_key_and_what_is_long_is_cut() {
        let input = json!({"nothing": null, "long": "x".repeat(300)});
        let none = keys("trigger.nothing", "trigger.missing.deep", &input);
        assert_eq!(none, Keys::default());
        let long = keys("trigger.long", "'  '", &input);
        assert_eq!(long.business_key.unwrap().len(), MAX_KEY);
        assert_eq!(long.concurrency_key, None);
    }
}

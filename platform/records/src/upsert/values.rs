//! What a step wants to write, read leniently: values come out of other systems and language
//! models, so a number may be a text and a blank text means nothing.

use super::invalid;
use crate::text::{Cleaner, of_value, readable};
use platform_engine::step::StepError;
use platform_kernel::text::Money;
use serde_json::Value;
use std::str::FromStr;

pub(super) struct Values<'a> {
    values: Option<&'a Value>,
    matching: Option<&'a Value>,
}

impl<'a> Values<'a> {
    pub(super) fn of(config: &'a Value) -> Self {
        Self {
            values: config.get("values"),
            matching: config.get("match"),
        }
    }

    /// A value that is there and not null.
    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        self.values?.get(name).filter(|value| !value.is_null())
    }

    /// Whether a value is there, be it null.
    pub(super) fn has(&self, name: &str) -> bool {
        self.values.is_some_and(|values| values.get(name).is_some())
    }

    /// A text, or a number as text; `None` when it is blank.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        of_value(self.get(name)?)
    }

    /// An amount in hundredths, and its currency where the text names one.
    pub(super) fn money(&self, name: &str, cleaner: &mut Cleaner) -> Option<Money> {
        let text = self.text(name)?;
        cleaner.read(name, &text, Money::read(&text))
    }

    /// All of them as a document.
    pub(super) fn document(&self) -> String {
        let text = self.values.map(ToString::to_string).unwrap_or_default();
        readable(text.as_bytes())
    }

    /// What the record is to be found by, where the author says so.
    pub(super) fn matching(&self, name: &str) -> Option<String> {
        of_value(self.matching?.get(name)?)
    }

    /// An id to find the record by.
    pub(super) fn id<T: FromStr>(&self) -> Result<Option<T>, StepError> {
        let id = self.matching("id").or_else(|| self.text("id"));
        id.map(|id| parse_id("id", &id)).transpose()
    }

    /// The id of another record to link.
    pub(super) fn link<T: FromStr>(&self, name: &str) -> Result<Option<T>, StepError> {
        self.text(name).map(|id| parse_id(name, &id)).transpose()
    }
}

fn parse_id<T: FromStr>(name: &str, text: &str) -> Result<T, StepError> {
    text.parse()
        .map_err(|_not_an_id| invalid(format!("{name} is no id")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_read_as_they_are_meant() {
        let config = json!({ "match": { "phone": 6502530000.0 }, "values": { "floating": 2025.0, "stock": 4411.0, "year": "2025", "price": "$34,999.50", "vin": "  ", "make": null, "zip": 78701 } });
        let values = Values::of(&config);
        assert_eq!(values.text("floating").as_deref(), Some("2025"));
        assert_eq!(values.text("stock").as_deref(), Some("4411"));
        assert_eq!(values.matching("phone").as_deref(), Some("6502530000"));
        let price = values.money("price", &mut Cleaner::default()).unwrap();
        assert_eq!((price.minor, price.currency), (3_499_950, Some("USD")));
        assert_eq!(values.text("vin"), None);
        assert_eq!(values.text("zip").as_deref(), Some("78701"));
        assert!(values.has("make") && values.get("make").is_none());
    }
}

//! Until when models are served (the vendor's deprecation page, state of December 2026).

use chrono::NaiveDate;

/// When a model ends, and what the vendor names in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelEnd {
    pub date: NaiveDate,
    pub replacement: &'static str,
}

/// Model, year, month, day, replacement.
const ENDS: &[(&str, i32, u32, u32, &str)] = &[
    ("gpt-5", 2026, 12, 11, "gpt-6.1-terra"),
    ("gpt-5-mini", 2026, 12, 11, "gpt-6.1-terra"),
    ("gpt-5-nano", 2026, 12, 11, "gpt-6.1-terra"),
    ("o3", 2026, 12, 11, "gpt-6.1-terra"),
    ("gpt-4o", 2027, 1, 14, "gpt-6.1-terra"),
    ("gpt-4o-mini", 2027, 1, 14, "gpt-6-luna"),
    ("gpt-4.1", 2027, 1, 14, "gpt-6.1-terra"),
    ("gpt-4.1-mini", 2027, 1, 14, "gpt-6-luna"),
    ("gpt-4.1-nano", 2027, 1, 14, "gpt-6-luna"),
    ("gpt-5.1", 2027, 4, 1, "gpt-6.1-terra"),
];

/// The announced end of a model, by its id or one with a date behind it.
pub fn model_end(model: &str) -> Option<ModelEnd> {
    let named = |id: &str| {
        let rest = model.strip_prefix(id);
        rest.is_some_and(|rest| rest.is_empty() || is_date(rest))
    };
    let (_, year, month, day, replacement) = ENDS.iter().find(|(id, ..)| named(id))?;
    Some(ModelEnd {
        date: NaiveDate::from_ymd_opt(*year, *month, *day)?,
        replacement,
    })
}

/// `-2025-08-07`.
fn is_date(rest: &str) -> bool {
    let date = rest.strip_prefix('-').unwrap_or_default();
    date.len() == 10 && NaiveDate::parse_from_str(date, "%Y-%m-%d").is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_model_is_known_by_its_id() {
        let end = |model: &str| model_end(model).map(|end| end.date.to_string());
        assert_eq!(end("gpt-5-mini").as_deref(), Some("2026-12-11"));
        assert_eq!(end("gpt-5-2025-08-07").as_deref(), Some("2026-12-11"));
        assert_eq!(end("gpt-4o-mini").as_deref(), Some("2027-01-14"));
        for model in [
            "gpt-6-luna",
            "gpt-5.4",
            "gpt-5-codex",
            "o3-pro",
            "simulator-1",
        ] {
            assert_eq!(end(model), None, "{model}");
        }
    }
}

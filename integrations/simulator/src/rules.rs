//! What models refuse: parameters by model as the vendor's API does, in its words.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, HttpResponseBuilder};
use chrono::NaiveDate;
use serde_json::{Map, Value, json};

/// Top-level parameters of `POST /v1/chat/completions` (the vendor's OpenAPI document).
const KNOWN: [&str; 37] = [
    "audio",
    "frequency_penalty",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "metadata",
    "modalities",
    "model",
    "moderation",
    "n",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
    "verbosity",
    "web_search_options",
];

/// Year, month, day.
pub(crate) type Day = (i32, u32, u32);

/// Models and the day on which they end; the current ones have none.
pub(crate) const MODELS: [(&str, Option<Day>); 16] = [
    ("simulator-1", None),
    ("gpt-6-luna", None),
    ("gpt-6-sol", None),
    ("gpt-6-astra", None),
    ("gpt-6.1-terra", None),
    ("gpt-6.1-sol", None),
    ("gpt-5.4", None),
    ("gpt-5.1", Some((2027, 4, 1))),
    ("gpt-4.1", Some((2027, 1, 14))),
    ("gpt-4o", Some((2027, 1, 14))),
    ("gpt-4o-mini", Some((2027, 1, 14))),
    ("gpt-5", Some((2026, 12, 11))),
    ("gpt-5-mini", Some((2026, 12, 11))),
    ("gpt-5-nano", Some((2026, 12, 11))),
    ("o3", Some((2026, 12, 11))),
    ("gpt-4.5-preview", Some((2025, 7, 14))),
];

/// A refusal in the vendor's words.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: Option<&'static str>,
    pub(crate) param: Option<&'static str>,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(param: &'static str, code: &'static str, message: String) -> Self {
        Self {
            status: 400,
            code: Some(code),
            param: Some(param),
            message,
        }
    }

    pub(crate) fn response(&self) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        HttpResponseBuilder::new(status).json(json!({ "error": {
            "message": self.message,
            "type": "invalid_request_error",
            "param": self.param,
            "code": self.code,
        } }))
    }
}

/// How a model reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Generation {
    /// Samples, and knows no effort.
    Sampling,
    /// Samples with effort `none` only; that effort is offered.
    Optional,
    /// Always reasons, and never samples.
    Always(&'static [&'static str]),
}

const TO_MAX: &[&str] = &["low", "medium", "high", "xhigh", "max"];
const FROM_MINIMAL: &[&str] = &["minimal", "low", "medium", "high"];
const FROM_LOW: &[&str] = &["low", "medium", "high"];
const ALL: &[&str] = &["none", "low", "medium", "high", "xhigh", "max"];

impl Generation {
    /// Whoever is not known here is of the current generation.
    fn of(model: &str) -> Self {
        let is = |name: &str| {
            let rest = model.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        match () {
            () if is("gpt-4o") || is("gpt-4.1") => Self::Sampling,
            () if is("gpt-6-astra") || is("gpt-6.1-sol") => Self::Always(TO_MAX),
            () if is("gpt-5") => Self::Always(FROM_MINIMAL),
            () if is("o1") || is("o3") || is("o4") => Self::Always(FROM_LOW),
            () => Self::Optional,
        }
    }
}

/// Whether the model spends tokens on reasoning for this request.
pub(crate) fn reasons(model: &str, request: &Map<String, Value>) -> bool {
    match Generation::of(model) {
        Generation::Sampling => false,
        Generation::Optional => request.get("reasoning_effort") != Some(&json!("none")),
        Generation::Always(_) => true,
    }
}

/// Refuses a model that has ended by `today`, and parameters that the model does not take.
pub(crate) fn check(
    model: &str,
    request: &Map<String, Value>,
    today: NaiveDate,
) -> Result<(), Refusal> {
    if has_ended(model, today) {
        let message =
            format!("The model `{model}` does not exist or you do not have access to it.");
        return Err(Refusal {
            status: 404,
            ..Refusal::new("model", "model_not_found", message)
        });
    }
    if let Some(name) = request.keys().find(|name| !KNOWN.contains(&name.as_str())) {
        return Err(unrecognized(name));
    }
    let generation = Generation::of(model);
    effort(generation, request)?;
    limit(generation, request)?;
    [
        "temperature",
        "top_p",
        "frequency_penalty",
        "presence_penalty",
    ]
    .into_iter()
    .try_for_each(|name| sampling(model, name, request))
}

fn has_ended(model: &str, today: NaiveDate) -> bool {
    let known = MODELS.iter().find(|(id, _)| *id == model);
    let end = known.and_then(|(_, end)| *end);
    let end = end.and_then(|(year, month, day)| NaiveDate::from_ymd_opt(year, month, day));
    end.is_some_and(|end| today >= end)
}

fn unrecognized(name: &str) -> Refusal {
    Refusal {
        status: 400,
        code: None,
        param: None,
        message: format!("Unrecognized request argument supplied: {name}"),
    }
}

fn effort(generation: Generation, request: &Map<String, Value>) -> Result<(), Refusal> {
    let Some(effort) = request.get("reasoning_effort").filter(|e| !e.is_null()) else {
        return Ok(());
    };
    let offered = match generation {
        Generation::Sampling => return Err(unrecognized("reasoning_effort")),
        Generation::Optional => ALL,
        Generation::Always(offered) => offered,
    };
    if offered.iter().any(|known| effort == known) {
        return Ok(());
    }
    let list = offered.join("', '");
    let message = format!(
        "Unsupported value: 'reasoning_effort' does not support {effort} with this model. \
         Supported values are: '{list}'."
    );
    Err(Refusal::new(
        "reasoning_effort",
        "unsupported_value",
        message,
    ))
}

fn limit(generation: Generation, request: &Map<String, Value>) -> Result<(), Refusal> {
    if request.contains_key("max_tokens") && generation != Generation::Sampling {
        let message = "Unsupported parameter: 'max_tokens' is not supported with this model. \
                       Use 'max_completion_tokens' instead."
            .to_owned();
        return Err(Refusal::new("max_tokens", "unsupported_parameter", message));
    }
    for name in ["max_tokens", "max_completion_tokens"] {
        let given = request.get(name).filter(|given| !given.is_null());
        if given.is_some_and(|given| given.as_u64().is_none_or(|limit| limit == 0)) {
            let message = format!("Invalid value for '{name}': expected a positive integer.");
            return Err(Refusal::new(name_of(name), "invalid_value", message));
        }
    }
    Ok(())
}

fn name_of(name: &str) -> &'static str {
    match name {
        "max_tokens" => "max_tokens",
        "temperature" => "temperature",
        "top_p" => "top_p",
        "frequency_penalty" => "frequency_penalty",
        "presence_penalty" => "presence_penalty",
        _ => "max_completion_tokens",
    }
}

/// A reasoning model samples in its own way: the default may be named, nothing else.
fn sampling(model: &str, name: &str, request: &Map<String, Value>) -> Result<(), Refusal> {
    let Some(given) = request.get(name).filter(|given| !given.is_null()) else {
        return Ok(());
    };
    let default = if name.ends_with("penalty") { 0.0 } else { 1.0 };
    let value = given.as_f64();
    if value.is_none_or(|value| !(-2.0..=2.0).contains(&value)) {
        let message = format!("Invalid '{name}': the value {given} is out of range.");
        return Err(Refusal::new(
            name_of(name),
            "decimal_above_max_value",
            message,
        ));
    }
    if !reasons(model, request) || value == Some(default) {
        return Ok(());
    }
    let message = format!(
        "Unsupported value: '{name}' does not support {given} with this model. \
         Only the default ({default}) value is supported."
    );
    Err(Refusal::new(name_of(name), "unsupported_value", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(model: &str, request: Value) -> Option<String> {
        let today = NaiveDate::from_ymd_opt(2026, 12, 12).unwrap();
        let refusal = check(model, request.as_object().unwrap(), today).err()?;
        Some(refusal.param.unwrap_or("-").to_owned())
    }

    #[test]
    fn each_generation_refuses_what_it_does_not_take() {
        for (model, request, param) in [
            ("gpt-6-luna", json!({"temperature": 0}), Some("temperature")),
            ("gpt-6-luna", json!({"temperature": 1}), None),
            (
                "gpt-6-luna",
                json!({"temperature": 0, "reasoning_effort": "none"}),
                None,
            ),
            ("gpt-6-luna", json!({"max_tokens": 9}), Some("max_tokens")),
            (
                "gpt-6-luna",
                json!({"reasoning_effort": "minimal"}),
                Some("reasoning_effort"),
            ),
            (
                "gpt-6-astra",
                json!({"reasoning_effort": "none"}),
                Some("reasoning_effort"),
            ),
            ("gpt-6.1-sol", json!({"top_p": 0.5}), Some("top_p")),
            ("gpt-4o", json!({"temperature": 0, "max_tokens": 9}), None),
            ("gpt-4o", json!({"reasoning_effort": "low"}), Some("-")),
            ("gpt-5-mini", json!({}), Some("model")),
            ("gpt-4.5-preview", json!({}), Some("model")),
            (
                "simulator-1",
                json!({"temperature": 0.3}),
                Some("temperature"),
            ),
            (
                "simulator-1",
                json!({"store": false, "max_completion_tokens": 5}),
                None,
            ),
            (
                "simulator-1",
                json!({"max_completion_tokens": 0}),
                Some("max_completion_tokens"),
            ),
            ("simulator-1", json!({"num_ctx": 5}), Some("-")),
        ] {
            let got = refused(model, request.clone());
            assert_eq!(got.as_deref(), param, "{model} {request}");
        }
    }

    #[test]
    fn a_model_is_served_until_it_ends() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 12, day).unwrap();
        assert!(check("gpt-5-mini", &Map::new(), day(10)).is_ok());
        assert_eq!(
            check("gpt-5-mini", &Map::new(), day(11))
                .unwrap_err()
                .status,
            404
        );
    }
}

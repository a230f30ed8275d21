//! What each model takes, by the beginning of its id. Facts from the vendor's model pages and
//! deprecation list, state of December 2026. An unknown id gets a cautious row.

/// How much a model may reason before it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    None,
    Minimal,
    Low,
    Medium,
    High,
    XHigh,
    Max,
}

impl Effort {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Minimal => "minimal",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::XHigh => "xhigh",
            Self::Max => "max",
        }
    }
}

/// Whether `temperature` may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sampling {
    Always,
    /// With effort `none` only.
    WithoutReasoning,
    Never,
}

/// How an answer of a given form is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SchemaMode {
    /// `json_schema`, strict where the schema allows it.
    Strict,
    /// `json_object`, with the schema in the instructions.
    Json,
    /// In the instructions alone.
    Prompt,
}

/// What the limit of the output is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `max_completion_tokens`, which counts reasoning too.
    OpenAi,
    /// `max_tokens`, which every compatible server knows.
    Compatible,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Capabilities {
    pub(crate) dialect: Dialect,
    pub(crate) sampling: Sampling,
    /// Ascending; empty where `reasoning_effort` is not sent.
    pub(crate) efforts: &'static [Effort],
    /// Whether it reasons unless told otherwise.
    pub(crate) reasons: bool,
    pub(crate) schema: SchemaMode,
    pub(crate) max_output_tokens: u32,
}

const fn openai(
    efforts: &'static [Effort],
    sampling: Sampling,
    max_output_tokens: u32,
) -> Capabilities {
    Capabilities {
        dialect: Dialect::OpenAi,
        sampling,
        efforts,
        reasons: !efforts.is_empty(),
        schema: SchemaMode::Strict,
        max_output_tokens,
    }
}

const fn compatible(sampling: Sampling, schema: SchemaMode) -> Capabilities {
    Capabilities {
        dialect: Dialect::Compatible,
        sampling,
        efforts: &[],
        reasons: false,
        schema,
        max_output_tokens: u32::MAX,
    }
}

use Effort::{High, Low, Max, Medium, Minimal, XHigh};

const TO_MAX: &[Effort] = &[Effort::None, Low, Medium, High, XHigh, Max];
const ALWAYS_TO_MAX: &[Effort] = &[Low, Medium, High, XHigh, Max];
const TO_HIGH: &[Effort] = &[Effort::None, Low, Medium, High];
const FROM_MINIMAL: &[Effort] = &[Minimal, Low, Medium, High];
const FROM_LOW: &[Effort] = &[Low, Medium, High];

/// The longest beginning that fits decides.
const MODELS: &[(&str, Capabilities)] = &[
    (
        "gpt-6-astra",
        openai(ALWAYS_TO_MAX, Sampling::Never, 128_000),
    ),
    (
        "gpt-6.1-sol",
        openai(ALWAYS_TO_MAX, Sampling::Never, 128_000),
    ),
    ("gpt-6", openai(TO_MAX, Sampling::WithoutReasoning, 128_000)),
    (
        "gpt-6.",
        openai(TO_MAX, Sampling::WithoutReasoning, 128_000),
    ),
    (
        "gpt-5.",
        openai(TO_HIGH, Sampling::WithoutReasoning, 128_000),
    ),
    ("gpt-5", openai(FROM_MINIMAL, Sampling::Never, 128_000)),
    ("o1", openai(FROM_LOW, Sampling::Never, 100_000)),
    ("o3", openai(FROM_LOW, Sampling::Never, 100_000)),
    ("o4", openai(FROM_LOW, Sampling::Never, 100_000)),
    ("gpt-4.1", openai(&[], Sampling::Always, 32_768)),
    ("gpt-4o", openai(&[], Sampling::Always, 16_384)),
    // Our own stand-in plays the current generation.
    (
        "simulator-",
        openai(TO_MAX, Sampling::WithoutReasoning, 128_000),
    ),
    // These promise JSON and enforce no schema.
    ("deepseek", compatible(Sampling::Always, SchemaMode::Json)),
    ("glm", compatible(Sampling::Always, SchemaMode::Json)),
    ("minimax", compatible(Sampling::Always, SchemaMode::Json)),
    ("qwen", compatible(Sampling::Always, SchemaMode::Json)),
];

/// What `model` takes at `host`.
pub(crate) fn of(model: &str, host: &str) -> Capabilities {
    let id = family(model);
    let known = MODELS.iter().filter(|(start, _)| begins(&id, start));
    let row = known.max_by_key(|(start, _)| start.len());
    row.map_or_else(|| cautious(&id, host), |(_, capabilities)| *capabilities)
}

/// No parameter that some models refuse. A schema is tried, and what is refused is remembered.
fn cautious(id: &str, host: &str) -> Capabilities {
    if is_openai_host(host) || is_openai_id(id) {
        return Capabilities {
            reasons: true,
            ..openai(&[], Sampling::Never, u32::MAX)
        };
    }
    compatible(Sampling::Never, SchemaMode::Strict)
}

/// The id without what providers put around it: `ft:gpt-4o:acme::1`, `openai/gpt-6-luna`.
fn family(model: &str) -> String {
    let model = model.strip_prefix("ft:").unwrap_or(model);
    let model = model.rsplit('/').next().unwrap_or(model);
    model.to_ascii_lowercase()
}

/// `gpt-5` begins `gpt-5-mini`, not `gpt-50`.
fn begins(id: &str, start: &str) -> bool {
    id.strip_prefix(start).is_some_and(|rest| {
        let next = rest.chars().next();
        start.ends_with('.')
            || next.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '.')
            || !start.ends_with(|c: char| c.is_ascii_digit())
    })
}

fn is_openai_id(id: &str) -> bool {
    let o_series = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    (id.starts_with("gpt-") && !id.starts_with("gpt-oss"))
        || id.starts_with("chatgpt")
        || id.strip_prefix('o').is_some_and(o_series)
}

fn is_openai_host(host: &str) -> bool {
    [
        "openai.com",
        "openai.azure.com",
        "cognitiveservices.azure.com",
    ]
    .iter()
    .any(|domain| {
        let before = host.strip_suffix(domain);
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_beginning_decides() {
        let sampling = |model: &str| of(model, "api.openai.com").sampling;
        for (model, expected) in [
            ("gpt-6-luna", Sampling::WithoutReasoning),
            ("gpt-6.1-terra", Sampling::WithoutReasoning),
            ("gpt-6.1-terra-2026-09-30", Sampling::WithoutReasoning),
            ("openai/gpt-6-luna", Sampling::WithoutReasoning),
            ("gpt-6.1-sol", Sampling::Never),
            ("gpt-6-astra", Sampling::Never),
            ("gpt-5.4", Sampling::WithoutReasoning),
            ("gpt-5-mini", Sampling::Never),
            ("o4-mini", Sampling::Never),
            ("gpt-4o-2024-08-06", Sampling::Always),
            ("ft:gpt-4o-mini:acme::7", Sampling::Always),
            ("gpt-4.1-mini", Sampling::Always),
            ("gpt-50", Sampling::Never),
            ("my-deployment", Sampling::Never),
        ] {
            assert_eq!(sampling(model), expected, "{model}");
        }
    }

    #[test]
    fn an_unknown_model_gets_a_cautious_row_in_the_dialect_of_its_place() {
        for (model, host, dialect) in [
            ("gpt-7", "gateway.example.com", Dialect::OpenAi),
            ("o9-mini", "gateway.example.com", Dialect::OpenAi),
            ("our-deployment", "acme.openai.azure.com", Dialect::OpenAi),
            ("llama-4", "127.0.0.1", Dialect::Compatible),
            ("gpt-oss-20b", "127.0.0.1", Dialect::Compatible),
            ("qwen3", "127.0.0.1", Dialect::Compatible),
            ("anything", "notopenai.com", Dialect::Compatible),
        ] {
            let row = of(model, host);
            assert_eq!((row.dialect, row.efforts.len()), (dialect, 0), "{model}");
        }
    }
}

//! `AUTERITY_AI_*`: the provider of language models.

use super::Reader;
use super::settings::url;
use platform_kernel::secret::SecretString;
use url::Url;

/// Writes texts.
const MODEL: &str = "gpt-6.1-terra";
/// Chooses labels and finds fields, at a tenth of the price.
const READING_MODEL: &str = "gpt-6-luna";

/// `AUTERITY_AI_*`
pub struct AiConfig {
    pub base_url: Url,
    pub api_key: SecretString,
    /// For texts.
    pub model: String,
    /// For choosing labels and finding fields.
    pub reading_model: String,
    /// Whether a simulator answers; the screens say so.
    pub simulated: bool,
}

/// Whoever names one model of an endpoint of their own means it for everything.
pub(super) fn read(reader: &mut Reader) -> AiConfig {
    let model = reader.text("AUTERITY_AI_MODEL");
    let reading = reader.text("AUTERITY_AI_READING_MODEL");
    let reading_model = reading.or_else(|| model.clone());
    AiConfig {
        base_url: url(reader, "AUTERITY_AI_BASE_URL", "https://api.openai.com/v1"),
        api_key: reader.secret("AUTERITY_AI_API_KEY").unwrap_or_default(),
        model: model.unwrap_or_else(|| MODEL.to_owned()),
        reading_model: reading_model.unwrap_or_else(|| READING_MODEL.to_owned()),
        simulated: reader.parsed("AUTERITY_AI_SIMULATED", false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn models(values: &[(&str, &str)]) -> (String, String) {
        let values = values
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        let config = read(&mut Reader::new(values));
        (config.model, config.reading_model)
    }

    #[test]
    fn texts_and_readings_have_models_of_their_own() {
        let both = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(models(&[]), both("gpt-6.1-terra", "gpt-6-luna"));
        let one = ("AUTERITY_AI_MODEL", "llama-4");
        assert_eq!(models(&[one]), both("llama-4", "llama-4"));
        let other = ("AUTERITY_AI_READING_MODEL", "small-1");
        assert_eq!(models(&[one, other]), both("llama-4", "small-1"));
        assert_eq!(models(&[other]), both("gpt-6.1-terra", "small-1"));
    }
}

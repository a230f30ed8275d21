use platform_kernel::secret::{ExposeSecret, SecretString};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, InvalidHeaderValue};
use url::Url;

/// A provider of language models and the models to ask unless a request names another.
#[derive(Clone, Debug)]
pub struct OpenAiConfig {
    /// For example `https://api.openai.com/v1`.
    pub base_url: String,
    /// Nothing for a provider in the same network that wants no key.
    pub api_key: Option<SecretString>,
    pub model: String,
    /// For questions whose purpose is reading.
    pub reading_model: String,
    /// Whether a simulator stands at the other end.
    pub simulated: bool,
    /// What people call this connection; the host unless given.
    pub label: Option<String>,
}

/// Why the settings of a provider cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenAiConfigError {
    #[error("the base URL must look like https://api.openai.com/v1")]
    BaseUrl(#[source] Option<url::ParseError>),
    #[error("the API key holds a character that no header can carry")]
    ApiKey(#[source] InvalidHeaderValue),
    #[error("no model is named")]
    NoModel,
    #[error("the HTTP client could not be made")]
    Client(#[source] reqwest::Error),
}

/// Where requests go and what they carry.
#[derive(Clone)]
pub(crate) struct Endpoint {
    base: String,
    headers: HeaderMap,
    key: SecretString,
    pub(crate) host: String,
}

impl Endpoint {
    pub(crate) fn new(config: &OpenAiConfig) -> Result<Self, OpenAiConfigError> {
        let url = Url::parse(&config.base_url)
            .map_err(|error| OpenAiConfigError::BaseUrl(Some(error)))?;
        let host = match (url.scheme(), url.host_str(), url.query(), url.fragment()) {
            ("http" | "https", Some(host), None, None) if url.username().is_empty() => host,
            _ => return Err(OpenAiConfigError::BaseUrl(None)),
        };
        let key = config.api_key.clone().unwrap_or_default();
        let mut headers = HeaderMap::new();
        if !key.expose_secret().is_empty() {
            let mut bearer = HeaderValue::try_from(format!("Bearer {}", key.expose_secret()))
                .map_err(OpenAiConfigError::ApiKey)?;
            bearer.set_sensitive(true);
            headers.insert(AUTHORIZATION, bearer);
        }
        Ok(Self {
            base: url.as_str().trim_end_matches('/').to_owned(),
            headers,
            key,
            host: host.to_owned(),
        })
    }

    pub(crate) fn headers(&self) -> HeaderMap {
        self.headers.clone()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Takes the key out of words that a provider wrote, some of which repeat it.
    pub(crate) fn redact(&self, text: &str) -> String {
        match self.key.expose_secret() {
            "" => text.to_owned(),
            key => text.replace(key, "…"),
        }
    }
}

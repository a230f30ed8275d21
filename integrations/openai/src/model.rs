use crate::answer;
use crate::capabilities::{self, Capabilities};
use crate::config::{Endpoint, OpenAiConfig, OpenAiConfigError};
use crate::exchange::{Answered, NoSuccess, exchange};
use crate::lessons::{Lessons, OPTIONAL};
use crate::request::body;
use async_trait::async_trait;
use platform_kernel::ports::{
    CallError, ChatAnswer, ChatModel, ChatPurpose, ChatRequest, Description,
};
use reqwest::Client;
use std::time::Duration;

/// A model behind an OpenAI-compatible address. It never tries again by itself: the engine does,
/// where it shows. A question that was refused for one of its parameters is another question
/// without it.
pub struct OpenAiModel {
    client: Client,
    endpoint: Endpoint,
    model: String,
    reading_model: String,
    label: String,
    simulated: bool,
    lessons: Lessons,
}

impl OpenAiModel {
    /// Connects to nothing yet.
    pub fn new(config: OpenAiConfig) -> Result<Self, OpenAiConfigError> {
        if config.model.trim().is_empty() || config.reading_model.trim().is_empty() {
            return Err(OpenAiConfigError::NoModel);
        }
        let endpoint = Endpoint::new(&config)?;
        let client = Client::builder()
            .connect_timeout(Duration::from_secs(10))
            // A redirect could carry the key, and the customer's words, to somebody else.
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .build()
            .map_err(OpenAiConfigError::Client)?;
        Ok(Self {
            client,
            label: config.label.unwrap_or_else(|| endpoint.host.clone()),
            endpoint,
            model: config.model,
            reading_model: config.reading_model,
            simulated: config.simulated,
            lessons: Lessons::default(),
        })
    }

    /// Asks, and asks again without what the model turns out not to take.
    async fn ask(&self, request: &ChatRequest) -> Result<ChatAnswer, CallError> {
        let default = || self.default_model(request.purpose);
        let model = request.model.clone().unwrap_or_else(default);
        let capabilities = capabilities::of(&model, &self.endpoint.host);
        for _ in OPTIONAL {
            match self.ask_once(request, &model, &capabilities).await {
                Err(NoSuccess::Refused(refusal)) if refusal.learnt => {}
                Err(NoSuccess::Refused(refusal)) => return Err(refusal.error()),
                Err(NoSuccess::Failed(error)) => return Err(error),
                Ok(answer) => return Ok(answer),
            }
        }
        let text = format!("{model} takes none of the parameters that it was asked with");
        Err(CallError::fatal("ai_rejected", text))
    }

    async fn ask_once(
        &self,
        request: &ChatRequest,
        model: &str,
        capabilities: &Capabilities,
    ) -> Result<ChatAnswer, NoSuccess> {
        let body = body(request, model, capabilities, &self.lessons.refused(model));
        match exchange(&self.client, &self.endpoint, &body.json).await {
            Ok(Answered {
                body: bytes,
                request_id,
            }) => {
                let answer = answer::read(&bytes, request, model).map_err(NoSuccess::Failed)?;
                Ok(ChatAnswer {
                    provider_request_id: request_id,
                    omitted: body.omitted,
                    ..answer
                })
            }
            Err(NoSuccess::Refused(mut refusal)) => {
                refusal.learnt = self.lessons.learn(model, &body.sent, &refusal);
                Err(NoSuccess::Refused(refusal))
            }
            Err(failed) => Err(failed),
        }
    }
}

#[async_trait]
impl ChatModel for OpenAiModel {
    async fn answer(&self, request: &ChatRequest) -> Result<ChatAnswer, CallError> {
        let asking = tokio::time::timeout(request.timeout, Box::pin(self.ask(request)));
        let answered = asking.await.unwrap_or_else(|_elapsed| {
            let text = format!("no answer within {} s", request.timeout.as_secs_f32());
            Err(CallError::retry("ai_timeout", text))
        });
        answered.map_err(|error| CallError {
            message: self.endpoint.redact(&error.message),
            ..error
        })
    }

    fn describe(&self) -> Description {
        Description {
            kind: "ai",
            adapter: "openai",
            name: format!("{} ({})", self.label, self.model),
            simulated: self.simulated,
        }
    }

    fn default_model(&self, purpose: ChatPurpose) -> String {
        match purpose {
            ChatPurpose::Reading => self.reading_model.clone(),
            ChatPurpose::Writing => self.model.clone(),
        }
    }
}

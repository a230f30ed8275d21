//! The outside world of these tests: a model that says what it is told, a letter box, and no web.

use async_trait::async_trait;
use platform_kernel::ports::{
    CallError, ChatAnswer, ChatModel, ChatRequest, Description, Handover, HttpCall, HttpCaller,
    HttpReply, Mailer, OutgoingMail, SentMail,
};
use platform_kernel::trace::{self, Trace};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// What the outside world saw, and what it will do.
#[derive(Clone, Default)]
pub struct Outside {
    pub mails: Arc<Mutex<Vec<OutgoingMail>>>,
    pub prompts: Arc<Mutex<Vec<String>>>,
    /// The trace that the model was asked in.
    pub trace: Arc<Mutex<Option<Trace>>>,
    /// The model's next answers; it is not to be had while this is `None`.
    pub answer: Arc<Mutex<Option<Value>>>,
    pub refuse_mail: Arc<Mutex<bool>>,
    /// Whether the connection breaks when a mail is on its way.
    pub lose_mail: Arc<Mutex<bool>>,
}

impl Outside {
    pub fn answers(&self, answer: Value) {
        *self.answer.lock().unwrap() = Some(answer);
    }

    pub fn mails(&self) -> Vec<OutgoingMail> {
        self.mails.lock().unwrap().clone()
    }
}

/// An answer as the lead template asks for it.
pub fn reading(needs_human: bool) -> Value {
    json!({
        "summary": "Ann wants to drive the RAV4. Call her.", "intent": "test_drive",
        "urgency": "high", "needs_human": needs_human, "opt_out": false,
        "subject": "Your test drive of the RAV4", "body": "Hi Ann,\n\nwhen would suit you?\n\nYour sales team"
    })
}

fn describe(kind: &'static str) -> Description {
    Description {
        kind,
        adapter: "test",
        name: "test".to_owned(),
        simulated: true,
    }
}

#[async_trait]
impl ChatModel for Outside {
    async fn answer(&self, request: &ChatRequest) -> Result<ChatAnswer, CallError> {
        let said = request.messages.iter().map(|m| m.content.clone());
        let said: Vec<String> = said.collect();
        self.prompts.lock().unwrap().push(said.join("\n"));
        *self.trace.lock().unwrap() = trace::current();
        let answer = self.answer.lock().unwrap().clone();
        let answer = answer.ok_or_else(|| CallError::fatal("ai_unavailable", "no model"))?;
        Ok(ChatAnswer {
            content: answer.to_string(),
            model: "test".to_owned(),
            input_tokens: 1,
            output_tokens: 1,
            ..ChatAnswer::default()
        })
    }

    fn describe(&self) -> Description {
        describe("ai")
    }
}

#[async_trait]
impl Mailer for Outside {
    async fn send(
        &self,
        mail: &OutgoingMail,
        handover: &dyn Handover,
    ) -> Result<SentMail, CallError> {
        if *self.refuse_mail.lock().unwrap() {
            return Err(CallError::fatal("smtp_rejected", "550 no such mailbox"));
        }
        handover.mark().await?;
        if *self.lose_mail.lock().unwrap() {
            return Err(CallError::unknown("smtp_lost", "the connection broke"));
        }
        self.mails.lock().unwrap().push(mail.clone());
        Ok(SentMail {
            provider_reference: "250 ok".to_owned(),
        })
    }

    fn describe(&self) -> Description {
        describe("email")
    }
}

#[async_trait]
impl HttpCaller for Outside {
    async fn call(&self, _: &HttpCall) -> Result<HttpReply, CallError> {
        Err(CallError::fatal("address_refused", "there is no web here"))
    }

    fn describe(&self) -> Description {
        describe("http")
    }
}

//! Stand-ins for the outside world, for the engine's own tests.

use super::add_core;
use crate::registry::StepRegistry;
use async_trait::async_trait;
use platform_kernel::ports::{
    CallError, ChatAnswer, ChatModel, ChatRequest, Description, HttpCall, HttpCaller, HttpReply,
};
use std::sync::{Arc, Mutex};

/// A model that gives the answers it was given, in order.
#[derive(Default)]
pub(crate) struct ScriptedModel {
    pub(crate) answers: Mutex<Vec<Result<String, CallError>>>,
    pub(crate) asked: Mutex<Vec<ChatRequest>>,
}

#[async_trait]
impl ChatModel for ScriptedModel {
    async fn answer(&self, request: &ChatRequest) -> Result<ChatAnswer, CallError> {
        self.asked.lock().unwrap().push(request.clone());
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.is_empty() {
            Ok("{}".to_owned())
        } else {
            answers.remove(0)
        };
        answer.map(|content| ChatAnswer {
            content,
            model: "scripted-1".to_owned(),
            input_tokens: 7,
            output_tokens: 3,
            cached_tokens: 2,
            reasoning_tokens: 1,
            provider_request_id: Some("req_1".to_owned()),
            omitted: request
                .temperature
                .map(|_| "temperature")
                .into_iter()
                .collect(),
            ..ChatAnswer::default()
        })
    }

    fn describe(&self) -> Description {
        describe("ai")
    }
}

/// A caller that gives the replies it was given, in order.
#[derive(Default)]
pub(crate) struct ScriptedCaller {
    pub(crate) replies: Mutex<Vec<Result<HttpReply, CallError>>>,
    pub(crate) called: Mutex<Vec<HttpCall>>,
}

#[async_trait]
impl HttpCaller for ScriptedCaller {
    async fn call(&self, call: &HttpCall) -> Result<HttpReply, CallError> {
        self.called.lock().unwrap().push(call.clone());
        let mut replies = self.replies.lock().unwrap();
        if replies.is_empty() {
            Ok(reply(200, "{}"))
        } else {
            replies.remove(0)
        }
    }

    fn describe(&self) -> Description {
        describe("http")
    }
}

pub(crate) fn reply(status: u16, body: &str) -> HttpReply {
    HttpReply {
        status,
        headers: vec![
            ("Content-Type".into(), "application/json".into()),
            ("Retry-After".into(), "7".into()),
        ],
        body: body.as_bytes().to_vec(),
    }
}

fn describe(kind: &'static str) -> Description {
    Description {
        kind,
        adapter: "scripted",
        name: "scripted".to_owned(),
        simulated: true,
    }
}

/// The core types over stand-ins that say yes to everything.
pub(crate) fn registry() -> StepRegistry {
    let mut registry = StepRegistry::new();
    let model = Arc::new(ScriptedModel::default());
    let caller = Arc::new(ScriptedCaller::default());
    add_core(&mut registry, model, caller).unwrap();
    registry
}

use super::*;
use metrics_exporter_prometheus::PrometheusBuilder;

fn description(adapter: &'static str) -> Description {
    Description {
        kind: "any",
        adapter,
        name: adapter.to_owned(),
        simulated: true,
    }
}

/// Replies with the status that the URL names, or is cut off.
struct Web;

#[async_trait]
impl HttpCaller for Web {
    async fn call(&self, call: &HttpCall) -> Result<HttpReply, CallError> {
        let reply = |status| HttpReply {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        };
        let lost = || CallError::unknown("http_lost", "the connection was lost");
        call.url.parse().map(reply).map_err(|_not_a_status| lost())
    }

    fn describe(&self) -> Description {
        description("http")
    }
}

struct Model;

#[async_trait]
impl ChatModel for Model {
    async fn answer(&self, request: &ChatRequest) -> Result<ChatAnswer, CallError> {
        Ok(ChatAnswer {
            model: request.model.clone().unwrap_or_default(),
            input_tokens: 100,
            cached_tokens: 60,
            cache_write_tokens: 10,
            output_tokens: 50,
            reasoning_tokens: 20,
            ..ChatAnswer::default()
        })
    }

    fn describe(&self) -> Description {
        description("openai")
    }

    fn default_model(&self, purpose: ChatPurpose) -> String {
        format!("{purpose:?}")
    }
}

async fn scraped(work: impl Future<Output = ()>) -> Vec<String> {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _local = metrics::set_default_local_recorder(&recorder);
    work.await;
    let page = recorder.handle().render();
    page.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn every_call_is_counted_by_system_and_outcome_and_timed() {
    let web: Arc<dyn HttpCaller> = Arc::new(Web);
    let web: Arc<dyn HttpCaller> = Arc::new(Measured::new(web.describe(), web));
    let lines = scraped(async {
        for url in ["200", "302", "404", "429", "503", "lost"] {
            let call = HttpCall {
                method: "GET".to_owned(),
                url: url.to_owned(),
                headers: Vec::new(),
                body: None,
                timeout: std::time::Duration::from_secs(1),
            };
            assert_eq!(web.call(&call).await.is_ok(), url != "lost");
        }
    })
    .await;
    let counted = |outcome: &str, count: u32| {
        format!("auterity_outbound_requests_total{{system=\"http\",outcome=\"{outcome}\"}} {count}")
    };
    for line in [
        counted("ok", 2),
        counted("refused", 1),
        counted("retry", 2),
        counted("unknown", 1),
        "auterity_outbound_duration_seconds_count{system=\"http\"} 6".to_owned(),
    ] {
        assert!(lines.contains(&line), "{line} is not in {lines:#?}");
    }
}

#[tokio::test]
async fn kinds_of_tokens_add_up_to_what_was_used() {
    let model: Arc<dyn ChatModel> = Arc::new(Model);
    let model: Arc<dyn ChatModel> = Arc::new(Measured::new(model.describe(), model));
    assert_eq!(model.default_model(ChatPurpose::Reading), "Reading");
    let lines = scraped(async {
        let request = ChatRequest {
            purpose: ChatPurpose::Writing,
            model: Some("sum-1".to_owned()),
            messages: Vec::new(),
            schema: None,
            max_output_tokens: None,
            temperature: None,
            timeout: std::time::Duration::from_secs(1),
        };
        model.answer(&request).await.unwrap();
    })
    .await;
    let of_model = lines.iter().filter(|line| line.contains("model=\"sum-1\""));
    let sum: u32 = of_model
        .map(|line| line.rsplit(' ').next().unwrap().parse::<u32>().unwrap())
        .sum();
    assert_eq!(sum, 150, "{lines:#?}");
    assert!(
        lines
            .iter()
            .any(|line| line.contains("kind=\"input\"") && line.ends_with(" 30"))
    );
}

#[test]
fn names_of_models_from_outside_make_few_series() {
    let labels: BTreeSet<String> = (0..1_000).map(|n| model_label(&format!("m-{n}"))).collect();
    assert!(labels.len() <= MODELS + 1, "{} labels", labels.len());
    assert_eq!(model_label(&"x".repeat(65)), "other");
}

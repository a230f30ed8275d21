use super::body::Delivery;
use super::deliveries;
use super::dto::HookAccepted;
use crate::json_schema;
use crate::stored::check_storable;
use crate::triggers::WEBHOOK;
use crate::triggers::queries::Listening;
use chrono::Duration;
use platform_db::TenantTx;
use platform_db::jobs::Lane;
use platform_engine::{LiveBus, NewExecution, accept};
use platform_http::body::parse_json;
use platform_kernel::id::ExecutionId;
use platform_kernel::{Error, ErrorCode, Result, clock};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// One delivery in 256, those that draw this number, also clears away old ones.
const PRUNE_ON: u8 = 0;

/// Accepts a run for a JSON object. The same delivery again answers with the run it started.
pub(super) async fn accept_json(
    tx: &mut TenantTx,
    bus: &LiveBus,
    listening: &Listening,
    delivery: &Delivery,
) -> Result<HookAccepted> {
    let input = read(delivery, listening)?;
    let source = format!("trigger:{}", listening.trigger.id);
    let (key, window) = identity(listening, delivery, &input);
    if !deliveries::claim(tx, &source, &key, window).await? {
        let execution = deliveries::execution_of(tx, &source, &key).await?;
        return Ok(answer(execution, true));
    }
    let execution = accept(tx, bus, run_of(listening, input)).await?;
    deliveries::link(tx, &source, &key, execution).await?;
    if rand::random::<u8>() == PRUNE_ON {
        deliveries::prune(tx, clock::now() - deliveries::NAMED).await?;
    }
    Ok(answer(Some(execution), false))
}

/// Under which key a repetition of the delivery is known, and for how long: what the sender calls
/// it, what the workflow's author says names it, else its whole body.
fn identity(listening: &Listening, delivery: &Delivery, input: &Value) -> (String, Duration) {
    if let Some(id) = &delivery.id {
        return (format!("id:{id}"), deliveries::NAMED);
    }
    let path = listening.trigger.config.get("deduplicate_by");
    match path.and_then(|path| value_at(input, path.as_str()?)) {
        Some(named) => (
            format!("path:{}", digest(named.to_string().as_bytes())),
            deliveries::NAMED,
        ),
        None => (
            format!("body:{}", digest(&delivery.body)),
            deliveries::SAME_BODY,
        ),
    }
}

/// The value at a dotted path; `None` where there is nothing.
fn value_at<'a>(input: &'a Value, path: &str) -> Option<&'a Value> {
    let found = path
        .split('.')
        .try_fold(input, |value, name| value.get(name))?;
    (!found.is_null()).then_some(found)
}

fn digest(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}

fn read(delivery: &Delivery, listening: &Listening) -> Result<Value> {
    let body = delivery.body.as_ref();
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if body.trim_ascii().is_empty() {
        return Err(ErrorCode::MalformedJson.detail("the body is empty; send a JSON object"));
    }
    let input: Value = parse_json(body)?;
    if !input.is_object() {
        return Err(Error::invalid("", "invalid", "must be a JSON object"));
    }
    if let Some(schema) = listening.trigger.config.get("input_schema") {
        json_schema::check(schema, &input, "")?;
    }
    check_storable(&input, "")?;
    Ok(input)
}

fn run_of(listening: &Listening, input: Value) -> NewExecution {
    NewExecution::new(
        listening.trigger.workflow_id,
        listening.version,
        &listening.trigger.trigger_id,
        WEBHOOK,
        input,
        Lane::Event,
    )
}

fn answer(execution_id: Option<ExecutionId>, duplicate: bool) -> HookAccepted {
    HookAccepted {
        execution_id,
        lead_id: None,
        duplicate,
        accepted: Vec::new(),
    }
}

use super::body::Delivery;
use super::dto::HookAccepted;
use crate::json_schema;
use crate::stored::check_storable;
use crate::triggers::expression::digest;
use crate::triggers::queries::Listening;
use crate::triggers::start::{Incoming, start};
use platform_db::TenantTx;
use platform_engine::LiveBus;
use platform_http::body::{aside, parse_json};
use platform_kernel::id::{ExecutionId, TenantId};
use platform_kernel::number;
use platform_kernel::text::normalize_json;
use platform_kernel::{Error, ErrorCode, Result};
use serde_json::Value;

/// Accepts a run for a JSON object. The same delivery again answers with the run it started.
pub(super) async fn accept_json(
    tx: &mut TenantTx,
    bus: &LiveBus,
    listening: &Listening,
    delivery: &Delivery,
) -> Result<HookAccepted> {
    let incoming = incoming(tx.tenant().id, listening, delivery).await?;
    let started = start(tx, bus, listening, incoming).await?;
    Ok(answer(started.execution_id, started.duplicate))
}

/// What a JSON object brings for the trigger.
pub(super) async fn incoming(
    tenant: TenantId,
    listening: &Listening,
    delivery: &Delivery,
) -> Result<Incoming> {
    let input = read(tenant, delivery, listening).await?;
    Ok(Incoming {
        name: name(listening, delivery, &input),
        content: Some(format!("body:{}", digest(&delivery.body))),
        input,
        ..Incoming::default()
    })
}

pub(super) fn answer(execution_id: Option<ExecutionId>, duplicate: bool) -> HookAccepted {
    HookAccepted {
        execution_id,
        lead_id: None,
        duplicate,
        accepted: Vec::new(),
    }
}

/// What names the delivery: what the sender calls it, else what stands where the workflow's
/// author says.
fn name(listening: &Listening, delivery: &Delivery, input: &Value) -> Option<String> {
    if let Some(id) = &delivery.id {
        return Some(format!("id:{id}"));
    }
    let path = listening.trigger.config.get("deduplicate_by");
    let named = path.and_then(|path| value_at(input, path.as_str()?))?;
    Some(format!("path:{}", digest(named.to_string().as_bytes())))
}

/// The value at a dotted path; `None` where there is nothing.
fn value_at<'a>(input: &'a Value, path: &str) -> Option<&'a Value> {
    let found = path
        .split('.')
        .try_fold(input, |value, name| value.get(name))?;
    (!found.is_null()).then_some(found)
}

async fn read(tenant: TenantId, delivery: &Delivery, listening: &Listening) -> Result<Value> {
    let input = aside(delivery.body.clone(), object).await?;
    if let Some(schema) = listening.trigger.config.get("input_schema") {
        json_schema::check(tenant, schema, &input, "").await?;
    }
    Ok(input)
}

/// The body as an object that can be stored, its texts in NFC and its numbers canonical.
fn object(body: &[u8]) -> Result<Value> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if body.trim_ascii().is_empty() {
        return Err(ErrorCode::MalformedJson.detail("the body is empty; send a JSON object"));
    }
    let mut input = parse_json(body)?;
    normalize_json(&mut input);
    number::canonicalize(&mut input);
    if !input.is_object() {
        return Err(Error::invalid("", "invalid", "must be a JSON object"));
    }
    check_storable(&input, "")?;
    Ok(input)
}

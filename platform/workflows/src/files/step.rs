use super::content::{CONTENT_TYPES, Content};
use super::queries::{self, NewFile};
use async_trait::async_trait;
use data_encoding::HEXLOWER;
use platform_db::TenantTx;
use platform_engine::schema::Fault;
use platform_engine::step::{StepContext, StepError, StepOutput, TransactionalStep};
use platform_kernel::id::{FileId, LeadId};
use platform_kernel::{Result, clock};
use platform_records::leads;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The step type `file.store`.
pub(super) struct StoreFile;

#[async_trait]
impl TransactionalStep for StoreFile {
    async fn run(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        config: Value,
    ) -> Result<StepOutput, StepError> {
        let content = Content::of(&config)?;
        let lead = lead(tx, context, &config).await?;
        let sha256 = Sha256::digest(&content.bytes).to_vec();
        let file = NewFile {
            id: FileId::new(),
            name: &content.name,
            content_type: &content.content_type,
            size: i64::try_from(content.bytes.len()).unwrap_or(i64::MAX),
            sha256: &sha256,
            content: &content.bytes,
            execution_id: context.execution_id,
            step_id: &context.step_id,
            lead_id: lead,
            created_at: clock::now(),
        };
        queries::insert(tx, &file).await?;
        context
            .report
            .info(format!("Kept {} ({} bytes).", file.name, file.size));
        Ok(StepOutput::new(json!({
            "file_id": file.id,
            "name": file.name,
            "content_type": file.content_type,
            "size": file.size,
            "sha256": HEXLOWER.encode(&sha256),
        })))
    }
}

/// The lead that the file belongs to: the one named, or the run's own.
async fn lead(
    tx: &mut TenantTx,
    context: &StepContext,
    config: &Value,
) -> Result<Option<LeadId>, StepError> {
    let given = config.get("lead_id").and_then(Value::as_str).map(str::trim);
    let Some(given) = given.filter(|id| !id.is_empty()) else {
        return Ok(context.lead_id);
    };
    let known = match given.parse::<LeadId>() {
        Ok(id) => leads::queries::find(tx, id).await?.map(|_| id),
        Err(_not_an_id) => None,
    };
    let shown: String = given.chars().take(60).collect();
    let words = format!("lead_id: there is no lead {shown}");
    known
        .map(Some)
        .ok_or_else(|| StepError::fatal("unknown_lead", words))
}

/// What the schema cannot say: a literal type is one of those that are kept.
pub(super) fn check(config: &Value) -> Vec<Fault> {
    let literal = config.get("content_type").and_then(Value::as_str);
    let refused = literal.filter(|text| {
        let essence = text
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        !CONTENT_TYPES.contains(&essence.as_str())
    });
    let fault = refused.map(|_| Fault {
        pointer: "/content_type".to_owned(),
        message: "files of this type are not kept".to_owned(),
    });
    fault.into_iter().collect()
}

pub(super) fn config_schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["name", "content"],
        "x-ui": { "order": ["name", "content", "encoding", "content_type", "lead_id"] },
        "properties": {
            "name": { "type": "string", "title": "File name", "minLength": 1 },
            "content": { "title": "Content", "description": "A text, a value, or base64; at most 5 MB", "format": "multiline" },
            "encoding": { "title": "Content is", "enum": ["text", "json", "base64", null], "default": "text" },
            "content_type": { "type": ["string", "null"], "title": "Type", "description": "For example text/csv; follows from the content unless given", "examples": CONTENT_TYPES },
            "lead_id": { "type": ["string", "null"], "title": "Belongs to lead", "description": "The run's lead unless given" }
        }
    })
}

pub(super) fn output_schema() -> Value {
    json!({
        "type": "object",
        "required": ["file_id", "name", "content_type", "size", "sha256"],
        "properties": {
            "file_id": { "type": "string" },
            "name": { "type": "string" },
            "content_type": { "type": "string" },
            "size": { "type": "integer", "description": "Bytes" },
            "sha256": { "type": "string" }
        }
    })
}

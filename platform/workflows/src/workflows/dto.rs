use super::model::{WorkflowOverview, WorkflowStatus};
use crate::triggers::TriggerView;
use chrono::{DateTime, Utc};
use platform_engine::definition::Definition;
use platform_http::Validate;
use platform_http::body::{check_text, fault};
use platform_kernel::error::FieldError;
use platform_kernel::id::WorkflowId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// A workflow in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkflowSummary {
    pub id: WorkflowId,
    pub name: String,
    pub description: String,
    pub status: WorkflowStatus,
    pub published_version: Option<i32>,
    pub has_unpublished_changes: bool,
    pub trigger_types: Vec<String>,
    /// The template it was made from.
    pub template: Option<TemplateOrigin>,
    pub executions_24h: i64,
    pub failures_24h: i64,
    pub last_execution_at: Option<DateTime<Utc>>,
    pub updated_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TemplateOrigin {
    pub id: String,
    pub version: i32,
}

/// A workflow with its draft.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkflowView {
    #[serde(flatten)]
    pub summary: WorkflowSummary,
    #[schema(value_type = Definition)]
    pub draft: Value,
    /// Send it with the next draft, so that nobody's change is overwritten unseen.
    pub draft_revision: i64,
    /// Those of the published version, and those that the draft adds.
    pub triggers: Vec<TriggerView>,
    /// What the template's parameters were set to.
    #[schema(value_type = Option<Object>)]
    pub parameters: Option<Value>,
}

/// Which workflows to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WorkflowsQuery {
    /// All but the archived ones unless given.
    pub status: Option<WorkflowStatus>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateWorkflow {
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub description: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<Definition>)]
    pub definition: Option<Value>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateWorkflow {
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub description: Option<String>,
}

/// An action without fields.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoFields {}

impl Validate for NoFields {
    fn validate(&self) -> Vec<FieldError> {
        Vec::new()
    }
}

impl Validate for CreateWorkflow {
    fn validate(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        check_text(&mut faults, "/name", &self.name, 200);
        check_description(&mut faults, self.description.as_deref());
        faults
    }
}

impl Validate for UpdateWorkflow {
    fn validate(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        if let Some(name) = &self.name {
            check_text(&mut faults, "/name", name, 200);
        }
        check_description(&mut faults, self.description.as_deref());
        faults
    }
}

/// A description may be empty and may have lines.
fn check_description(faults: &mut Vec<FieldError>, text: Option<&str>) {
    let text = text.unwrap_or_default();
    if text.chars().count() > 2_000 {
        faults.push(fault(
            "/description",
            "too_long",
            "must have at most 2000 characters",
        ));
    }
    if text
        .chars()
        .any(|c| c.is_control() && !"\n\r\t".contains(c))
    {
        faults.push(fault(
            "/description",
            "invalid",
            "must not contain control characters",
        ));
    }
}

impl From<WorkflowOverview> for WorkflowSummary {
    fn from(row: WorkflowOverview) -> Self {
        Self {
            id: row.id,
            name: row.name,
            description: row.description,
            status: row.status,
            published_version: row.published_version,
            has_unpublished_changes: row.has_unpublished_changes,
            trigger_types: row.trigger_types,
            template: row
                .template_id
                .zip(row.template_version)
                .map(|(id, version)| TemplateOrigin { id, version }),
            executions_24h: row.executions_24h,
            failures_24h: row.failures_24h,
            last_execution_at: row.last_execution_at,
            updated_at: row.updated_at,
            created_at: row.created_at,
        }
    }
}

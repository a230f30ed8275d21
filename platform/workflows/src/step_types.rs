//! What the builder offers.

use crate::service::Workflows;
use actix_web::{get, web};
use platform_engine::step::{StepTypeInfo, TriggerTypeInfo};
use platform_http::{ApiResult, Authorized, Problem};
use policies::markers::WorkflowsRead;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// All step and trigger types.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepTypes {
    pub steps: Vec<StepTypeView>,
    pub triggers: Vec<TriggerTypeView>,
}

/// A step type.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepTypeView {
    #[serde(rename = "type")]
    pub type_: &'static str,
    pub name: &'static str,
    /// `logic`, `ai`, `message`, `data` or `http`.
    pub category: &'static str,
    pub description: &'static str,
    /// A lucide icon's name.
    pub icon: &'static str,
    /// JSON Schema of the configuration; any value in it may be an expression instead.
    #[schema(value_type = Object)]
    pub config_schema: Value,
    #[schema(value_type = Object)]
    pub output_schema: Value,
    /// The ways out; empty when they follow from the configuration.
    pub ports: Vec<String>,
    /// Said when a simulator stands at the other end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub simulated_note: Option<String>,
}

/// A trigger type.
#[derive(Debug, Serialize, ToSchema)]
pub struct TriggerTypeView {
    #[serde(rename = "type")]
    pub type_: &'static str,
    pub name: &'static str,
    pub description: &'static str,
    /// A lucide icon's name.
    pub icon: &'static str,
    #[schema(value_type = Object)]
    pub config_schema: Value,
    /// JSON Schema of `trigger` in expressions.
    #[schema(value_type = Object)]
    pub output_schema: Value,
}

/// The step and trigger types that workflows are made of.
#[utoipa::path(
    tag = "workflows", operation_id = "list_step_types",
    responses(
        (status = 200, description = "All types", body = StepTypes),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/step-types")]
pub async fn list_step_types(
    _auth: Authorized<WorkflowsRead>,
    service: web::Data<Workflows>,
) -> ApiResult<web::Json<StepTypes>> {
    let registry = service.registry();
    Ok(web::Json(StepTypes {
        steps: registry.steps().map(StepTypeView::from).collect(),
        triggers: registry.triggers().map(TriggerTypeView::from).collect(),
    }))
}

impl From<&StepTypeInfo> for StepTypeView {
    fn from(info: &StepTypeInfo) -> Self {
        Self {
            type_: info.type_,
            name: info.name,
            category: info.category,
            description: info.description,
            icon: info.icon,
            config_schema: info.config_schema.clone(),
            output_schema: info.output_schema.clone(),
            ports: info.ports.fixed(),
            simulated_note: info.simulated_note.clone(),
        }
    }
}

impl From<&TriggerTypeInfo> for TriggerTypeView {
    fn from(info: &TriggerTypeInfo) -> Self {
        Self {
            type_: info.type_,
            name: info.name,
            description: info.description,
            icon: info.icon,
            config_schema: info.config_schema.clone(),
            output_schema: info.output_schema.clone(),
        }
    }
}

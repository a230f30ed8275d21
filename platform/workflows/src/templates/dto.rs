use super::library::Template;
use platform_engine::definition::Definition;
use platform_http::Validate;
use platform_http::body::check_text;
use platform_kernel::error::FieldError;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A template of the library.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplateView {
    pub id: String,
    pub version: i32,
    pub name: String,
    pub description: String,
    pub category: String,
    /// A lucide icon's name.
    pub icon: String,
    /// JSON Schema of the parameters, with titles, defaults and `x-ui` hints for a form.
    #[schema(value_type = Object)]
    pub parameters_schema: Value,
    pub definition: Definition,
    pub trigger_types: Vec<String>,
    pub step_count: usize,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InstantiateTemplate {
    /// Name of the workflow; the template's own unless given.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub name: Option<String>,
    /// What is left out gets its default.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub parameters: Option<Value>,
}

impl Validate for InstantiateTemplate {
    fn validate(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        if let Some(name) = &self.name {
            check_text(&mut faults, "/name", name, 200);
        }
        faults
    }
}

impl From<&Template> for TemplateView {
    fn from(template: &Template) -> Self {
        let definition = template.definition.clone();
        let mut trigger_types: Vec<_> = definition
            .triggers
            .iter()
            .map(|trigger| trigger.type_.clone())
            .collect();
        trigger_types.sort_unstable();
        trigger_types.dedup();
        Self {
            id: template.id.clone(),
            version: template.version,
            name: template.name.clone(),
            description: template.description.clone(),
            category: template.category.clone(),
            icon: template.icon.clone(),
            parameters_schema: template.parameters_schema.clone(),
            step_count: definition.steps.len(),
            trigger_types,
            definition,
        }
    }
}
